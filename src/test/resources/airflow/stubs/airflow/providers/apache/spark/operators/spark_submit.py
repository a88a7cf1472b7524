from airflow.providers.common.compat.sdk import AirflowException
from airflow.sdk import BaseOperator


class SparkSubmitOperator(BaseOperator):
    failure = None

    def __init__(
        self,
        *,
        application="",
        conf=None,
        conn_id="spark_default",
        files=None,
        driver_class_path=None,
        jars=None,
        java_class=None,
        packages=None,
        total_executor_cores=None,
        executor_cores=None,
        executor_memory=None,
        driver_memory=None,
        name="arrow-spark",
        num_executors=None,
        application_args=None,
        env_vars=None,
        verbose=False,
        spark_binary=None,
        properties_file=None,
        yarn_queue=None,
        deploy_mode=None,
        openlineage_inject_parent_job_info=False,
        openlineage_inject_transport_info=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.application_args = application_args
        self.openlineage_inject_parent_job_info = openlineage_inject_parent_job_info

    def execute(self, context):
        if self.failure:
            raise AirflowException(self.failure)
