"""Imports the DAGs of a folder with stubs of Airflow in its place, and prints as JSON what they are and how often each exit code is tried.

python3 dags.py STUBS DAGS
"""

import importlib
import json
import pathlib
import re
import shlex
import sys
from types import SimpleNamespace

stubs, folder = sys.argv[1:]
sys.path[:0] = [stubs, folder]

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException  # noqa: E402
from airflow.sdk import DAGS  # noqa: E402


def attempts(task, fails):
    """Runs a task as Airflow does: again after a failure, unless that is final, and no more than retries say."""
    fails(task)
    for attempt in range(1, task.retries + 2):
        try:
            task.execute({})
            return attempt, "success"
        except AirflowFailException as failure:
            return attempt, str(failure)
        except AirflowException as failure:
            last = str(failure)
    return attempt, last


def bash(code):
    return lambda task: setattr(task, "bash_command", f"exit {code}")


def submit(message):
    return lambda task: setattr(task, "failure", message)


def pod(code, phase="Failed"):
    state = SimpleNamespace(terminated=SimpleNamespace(exit_code=code))
    other = SimpleNamespace(name="sidecar", state=SimpleNamespace(terminated=SimpleNamespace(exit_code=2)))
    statuses = [other, SimpleNamespace(name="base", state=state)]
    return lambda task: setattr(task, "remote_pod", SimpleNamespace(status=SimpleNamespace(phase=phase, container_statuses=statuses)))


def gone(task):
    """Evicted: the pod has no container any more."""
    task.remote_pod = SimpleNamespace(status=SimpleNamespace(phase="Failed", container_statuses=None))


def rendered(text):
    """Templates as Airflow renders them without variables and without OpenLineage's provider."""
    text = re.sub(r"\{\{ var\.value\.get\('\w+', '([^']*)'\) \}\}", r"\1", text)
    text = re.sub(r"\{\{ macros\.\S+ if macros\.OpenLineageProviderPlugin is defined else '' \}\}", "", text)
    return text.replace("{{ ds }}", "2026-01-02")


COMMAND = "Cannot execute: spark-submit --set=x=2 app.jar. "
CASES = {
    "tributary_launcher": {str(code): bash(code) for code in (0, 1, 2, 3, 52)},
    "tributary_submit": {
        **{str(code): submit(f"{COMMAND}Error code is: {code}.") for code in (1, 2, 3, 52)},
        "kubernetes 3": submit(f"{COMMAND}Error code is: 1. Kubernetes spark exit code is: 3"),
        "kubernetes 1": submit(f"{COMMAND}Error code is: 1. Kubernetes spark exit code is: 1"),
        "yarn 2": submit(f"{COMMAND}Error code is: 1.\nLast spark-submit output:\ndiagnostics: User application exited with status 2"),
        "yarn": submit(f"{COMMAND}Error code is: 1."),
        "0": submit(None),
        "no code": submit("No driver id is known: something went wrong"),
    },
    "tributary_kubernetes": {
        **{str(code): pod(code) for code in (1, 2, 3, 52, 143)},
        "0": pod(0, "Succeeded"),
        "evicted": gone,
    },
}

for file in sorted(pathlib.Path(folder).glob("*_dag.py")):
    importlib.import_module(file.stem)

shown = {}
for dag_id, dag in DAGS.items():
    (task,) = dag.tasks.values()
    arguments = getattr(task, "arguments", None) or getattr(task, "application_args", None)
    arguments = [rendered(a) for a in arguments] if arguments else shlex.split(rendered(task.bash_command))
    shown[dag_id] = {
        "schedule": dag.schedule,
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "retries": task.retries,
        "execution_timeout": task.execution_timeout.total_seconds(),
        "arguments": arguments,
        "injects_parent": getattr(task, "openlineage_inject_parent_job_info", False),
        "attempts": {case: attempts(task, fails) for case, fails in CASES[dag_id].items()},
    }
print(json.dumps(shown))
