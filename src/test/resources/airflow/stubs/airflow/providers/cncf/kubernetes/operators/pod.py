from airflow.providers.common.compat.sdk import AirflowException
from airflow.sdk import BaseOperator


class KubernetesPodOperator(BaseOperator):
    remote_pod = None

    def __init__(
        self,
        *,
        namespace=None,
        image=None,
        name=None,
        cmds=None,
        arguments=None,
        volumes=None,
        volume_mounts=None,
        env_vars=None,
        labels=None,
        startup_timeout_seconds=120,
        base_container_name=None,
        container_resources=None,
        service_account_name=None,
        security_context=None,
        container_security_context=None,
        on_finish_action="delete_pod",
        active_deadline_seconds=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.base_container_name = base_container_name or "base"
        self.arguments = arguments
        self.security_context = security_context
        self.container_security_context = container_security_context
        self.volume_mounts = volume_mounts
        self.service_account_name = service_account_name

    def execute(self, context):
        self.cleanup(pod=self.remote_pod, remote_pod=self.remote_pod, xcom_result=None, context=context)

    def cleanup(self, pod, remote_pod, xcom_result=None, context=None):
        if remote_pod.status.phase != "Succeeded":
            raise AirflowException("Pod tributary-fuse returned a failure.")
