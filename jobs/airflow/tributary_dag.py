"""A daily run of Tributary: check the job, then fuse the day's partition.

Needs a worker with the project, JDK 17 and, for a cluster, SPARK_HOME. What would be refused (exit code 2) fails in the check,
which is not tried again.
"""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

HOME = "{{ var.value.get('tributary_home', '/opt/tributary') }}"
JOB = "{{ var.value.get('tributary_job', 'jobs/table.yaml') }}"
MASTER = "{{ var.value.get('tributary_master', 'local[*]') }}"
DAY = "--set input.path=s3a://bucket/table/day={{ ds }} --set output.path=s3a://bucket/embeddings/day={{ ds }}"


def tributary(task_id: str, command: str, **options) -> BashOperator:
    """One command of the launcher as a task."""
    call = f'cd "{HOME}" && jobs/tributary --master "{MASTER}" {command} {DAY}'
    return BashOperator(task_id=task_id, bash_command=call, **options)


with DAG(
    dag_id="tributary_fuse",
    start_date=datetime(2026, 1, 1),
    schedule="@daily",
    catchup=False,
    max_active_runs=1,
) as dag:
    check = tributary("check", f"check '{JOB}'", retries=0)
    # A rerun of the same day writes the same table, and no second copy.
    fuse = tributary("fuse", f"fuse '{JOB}' --set output.mode=overwrite", retries=2, retry_delay=timedelta(minutes=10))
    check >> fuse
