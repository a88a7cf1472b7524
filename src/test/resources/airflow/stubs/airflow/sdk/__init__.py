"""What Airflow's DAG and BaseOperator take, by name; anything else is a TypeError, as there."""

DAGS = {}


class DAG:
    current = None

    def __init__(self, dag_id, *, schedule=None, start_date=None, catchup=False, max_active_runs=16, default_args=None, tags=None):
        self.dag_id = dag_id
        self.schedule = schedule
        self.start_date = start_date
        self.catchup = catchup
        self.max_active_runs = max_active_runs
        self.tasks = {}
        DAGS[dag_id] = self

    def __enter__(self):
        DAG.current = self
        return self

    def __exit__(self, *_):
        DAG.current = None


class BaseOperator:
    def __init__(self, *, task_id, retries=0, retry_delay=None, execution_timeout=None, **unknown):
        if unknown:
            raise TypeError(f"Invalid arguments were passed to {type(self).__name__}: {unknown}")
        self.task_id = task_id
        self.retries = retries
        self.retry_delay = retry_delay
        self.execution_timeout = execution_timeout
        DAG.current.tasks[task_id] = self
