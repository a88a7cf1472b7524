"""Every day, by spark-submit: apache-airflow-providers-apache-spark, a worker with Spark's spark-submit and the project.

The connection spark_default names the master (yarn, spark://..., k8s://...) and the deploy mode. In client mode the exit code is the
command's. In cluster mode YARN and a standalone master tell a failure and not always its code: what is refused may be tried again there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG

from tributary_operators import FinalByMessage

HOME = "/opt/tributary"


class FuseSubmitOperator(FinalByMessage, SparkSubmitOperator):
    """One command by spark-submit."""


with DAG(
    dag_id="tributary_submit",
    start_date=datetime(2026, 1, 1),
    schedule="@daily",
    catchup=False,
    # Never two drivers at one output.
    max_active_runs=1,
) as dag:
    fuse = FuseSubmitOperator(
        task_id="fuse",
        conn_id="spark_default",
        name="tributary-fuse",
        application=f"{HOME}/target/tributary-0.1.0-SNAPSHOT.jar",
        java_class="tributary.cli.Main",
        jars=f"{HOME}/target/lib/*.jar",
        # The file system of s3a://, in the version of Spark's Hadoop; credentials are those of AWS's default chain.
        packages="org.apache.hadoop:hadoop-aws:3.4.2",
        properties_file=f"{HOME}/conf/spark-defaults.conf",
        conf={"spark.executorEnv.OMP_NUM_THREADS": "1"},
        env_vars={"OMP_NUM_THREADS": "1"},
        num_executors=8,
        executor_cores=4,
        executor_memory="4g",
        driver_memory="2g",
        # A retry, or a rerun of the same day, writes the same table and no second copy.
        application_args=[
            "fuse",
            f"{HOME}/jobs/table.yaml",
            "--set=input.path=s3a://bucket/table/day={{ ds }}",
            "--set=output.path=s3a://bucket/embeddings/day={{ ds }}",
            "--set=output.mode=merge",
            "--set=output.deletes=remove",
        ],
        # For OpenLineage: the task's run is the parent of Spark's (apache-airflow-providers-openlineage; without it nothing is added).
        openlineage_inject_parent_job_info=True,
        retries=2,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours=6),
    )
