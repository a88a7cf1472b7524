"""Every day on Kubernetes, without an operator there: apache-airflow-providers-cncf-kubernetes starts the driver's pod.

Needs what jobs/k8s/cronjob.yaml names: the image, jobs/k8s/access.yaml and the config maps tributary-job and tributary-executor. The driver
listens on its pod's address, so no Service is needed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG
from kubernetes.client import models as k8s

from tributary_operators import FinalByPod

IMAGE = "registry.example/tributary:0.1.0"
NAMESPACE = "default"

# For OpenLineage: the task's run is the parent of Spark's. Empty without apache-airflow-providers-openlineage.
LINEAGE = "{{ macros.OpenLineageProviderPlugin.%s if macros.OpenLineageProviderPlugin is defined else '' }}"
PARENT = {
    "spark.openlineage.parentJobNamespace": LINEAGE % "lineage_job_namespace()",
    "spark.openlineage.parentJobName": LINEAGE % "lineage_job_name(task_instance)",
    "spark.openlineage.parentRunId": LINEAGE % "lineage_run_id(task_instance)",
}

CONF = {
    "spark.kubernetes.namespace": NAMESPACE,
    "spark.kubernetes.container.image": IMAGE,
    "spark.kubernetes.driver.pod.name": "$(POD)",
    "spark.kubernetes.executor.podTemplateFile": "/etc/tributary/executor/executor.yaml",
    # The driver's rights are those of jobs/k8s/access.yaml.
    "spark.kubernetes.executor.disableConfigMap": "true",
    "spark.kubernetes.driver.service.deleteOnTermination": "false",
    "spark.kubernetes.driver.ownPersistentVolumeClaim": "false",
    "spark.kubernetes.driver.reusePersistentVolumeClaim": "false",
    "spark.driver.host": "$(POD_IP)",
    "spark.driver.bindAddress": "0.0.0.0",
    "spark.driver.extraClassPath": "/opt/tributary/lib/*",
    "spark.executor.extraClassPath": "/opt/tributary/lib/*:/opt/tributary/tributary.jar",
    "spark.executor.extraJavaOptions": "-Dorg.bytedeco.javacpp.cachedir=/tmp/javacpp",
    "spark.executorEnv.OMP_NUM_THREADS": "1",
    **PARENT,
}


def field(name: str, path: str) -> k8s.V1EnvVar:
    """An environment variable with what Kubernetes knows of the pod."""
    reference = k8s.V1ObjectFieldSelector(field_path=path)
    return k8s.V1EnvVar(name=name, value_from=k8s.V1EnvVarSource(field_ref=reference))


def volume(name: str, path: str, config_map: str | None = None) -> tuple[k8s.V1Volume, k8s.V1VolumeMount]:
    """A config map, or an empty folder, and where it is."""
    source = {"config_map": k8s.V1ConfigMapVolumeSource(name=config_map)} if config_map else {"empty_dir": k8s.V1EmptyDirVolumeSource()}
    return k8s.V1Volume(name=name, **source), k8s.V1VolumeMount(name=name, mount_path=path, read_only=bool(config_map))


VOLUMES = [
    volume("job", "/etc/tributary/job", "tributary-job"),
    volume("executor", "/etc/tributary/executor", "tributary-executor"),
    volume("work", "/work"),
    volume("tmp", "/tmp"),
]


class FusePodOperator(FinalByPod, KubernetesPodOperator):
    """One command in a driver's pod."""


with DAG(
    dag_id="tributary_kubernetes",
    start_date=datetime(2026, 1, 1),
    schedule="@daily",
    catchup=False,
    # Never two drivers at one output.
    max_active_runs=1,
) as dag:
    fuse = FusePodOperator(
        task_id="fuse",
        name="tributary-fuse",
        namespace=NAMESPACE,
        image=IMAGE,
        cmds=["/opt/spark/bin/spark-submit"],
        # A retry, or a rerun of the same day, writes the same table and no second copy.
        arguments=[
            "--master=k8s://https://kubernetes.default.svc",
            "--deploy-mode=client",
            "--name=tributary-fuse",
            "--class=tributary.cli.Main",
            "--properties-file=/opt/tributary/conf/spark-defaults.conf",
            "--num-executors=8",
            "--executor-cores=4",
            "--executor-memory=4g",
            "--driver-memory=2g",
            "--driver-java-options=-Dorg.bytedeco.javacpp.cachedir=/tmp/javacpp",
            *(f"--conf={key}={value}" for key, value in CONF.items()),
            "local:///opt/tributary/tributary.jar",
            "fuse",
            "/etc/tributary/job/job.yaml",
            "--set=input.path=s3a://bucket/table/day={{ ds }}",
            "--set=output.path=s3a://bucket/embeddings/day={{ ds }}",
            "--set=output.mode=merge",
            "--set=output.deletes=remove",
        ],
        # Kubernetes puts these in the place of $(POD) and $(POD_IP).
        env_vars=[
            field("POD", "metadata.name"),
            field("POD_IP", "status.podIP"),
            k8s.V1EnvVar(name="SPARK_LOCAL_DIRS", value="/work"),
        ],
        service_account_name="tributary",
        container_resources=k8s.V1ResourceRequirements(requests={"cpu": "2", "memory": "3Gi"}, limits={"memory": "3Gi"}),
        volumes=[v for v, _ in VOLUMES],
        volume_mounts=[m for _, m in VOLUMES],
        security_context=k8s.V1PodSecurityContext(
            run_as_non_root=True,
            run_as_user=185,
            run_as_group=185,
            fs_group=185,
            seccomp_profile=k8s.V1SeccompProfile(type="RuntimeDefault"),
        ),
        container_security_context=k8s.V1SecurityContext(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=k8s.V1Capabilities(drop=["ALL"]),
        ),
        startup_timeout_seconds=600,
        retries=2,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours=6),
    )
