"""Every day, by the launcher: on a worker with the project, a JDK and, for a cluster, SPARK_HOME."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

from tributary_operators import FinalByMessage

HOME = "{{ var.value.get('tributary_home', '/opt/tributary') }}"
JOB = "{{ var.value.get('tributary_job', 'jobs/table.yaml') }}"
MASTER = "{{ var.value.get('tributary_master', 'local[*]') }}"


class LauncherOperator(FinalByMessage, BashOperator):
    """One command of the launcher."""


with DAG(
    dag_id="tributary_launcher",
    start_date=datetime(2026, 1, 1),
    schedule="@daily",
    catchup=False,
    # Never two drivers at one output.
    max_active_runs=1,
) as dag:
    # --with fetches the library of s3a:// once; the worker's credentials are those of AWS's default chain (environment, profile, role).
    # A retry, or a rerun of the same day, writes the same table and no second copy.
    fuse = LauncherOperator(
        task_id="fuse",
        bash_command=f'cd "{HOME}" && jobs/tributary --master "{MASTER}" --with s3a fuse "{JOB}"'
        " --set input.path=s3a://bucket/table/day={{ ds }}"
        " --set output.path=s3a://bucket/embeddings/day={{ ds }}"
        " --set output.mode=merge --set output.deletes=remove",
        retries=2,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours=6),
    )
