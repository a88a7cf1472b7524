"""Airflow's operators with Tributary's exit codes: what no other run would change is not tried again.

Exit code 1 (failed) and 52 (out of memory) are tried again as the DAG says (retries); 2 (refused: configuration or input) and 3 (error
budget exceeded) fail the task at once. Put this file beside the DAGs.
"""

from __future__ import annotations

import re

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

FINAL = {
    2: "refused: configuration or input, see the log",
    3: "error budget exceeded, see the quarantine table",
}

# As SparkSubmitHook (on Kubernetes; in YARN's cluster mode, where its own exit code is 1; else) and BashOperator tell it.
_TOLD = [
    re.compile(r"Kubernetes spark exit code is: (\d+)"),
    re.compile(r"User application exited with status (\d+)"),
    re.compile(r"Error code is: (\d+)"),
    re.compile(r"non-zero exit code (\d+)"),
]


def exit_code(message: str) -> int | None:
    """The command's exit code, of what an operator says of a failure; None where it tells none."""
    for told in _TOLD:
        match = told.search(message)
        if match and int(match.group(1)) != 0:
            return int(match.group(1))
    return None


def end(code: int | None, failure: Exception) -> None:
    """Fails the task for good where the exit code is final; else returns."""
    if code in FINAL:
        raise AirflowFailException(f"Exit code {code} is not tried again ({FINAL[code]})") from failure


class FinalByMessage:
    """Before an operator that names the exit code in its exception: SparkSubmitOperator, BashOperator."""

    def execute(self, context):
        try:
            return super().execute(context)
        except AirflowException as failure:
            end(exit_code(str(failure)), failure)
            raise


class FinalByPod:
    """Before KubernetesPodOperator, which tells no exit code in its exception: the pod does."""

    def cleanup(self, pod, remote_pod, *args, **kwargs):
        try:
            return super().cleanup(pod, remote_pod, *args, **kwargs)
        except AirflowException as failure:
            end(self._exit_code(remote_pod), failure)
            raise

    def _exit_code(self, pod) -> int | None:
        for container in (pod.status.container_statuses or []) if pod and pod.status else []:
            if container.name == self.base_container_name and container.state and container.state.terminated:
                return container.state.terminated.exit_code
        return None
