import subprocess

from airflow.providers.common.compat.sdk import AirflowException
from airflow.sdk import BaseOperator


class BashOperator(BaseOperator):
    def __init__(self, *, bash_command, env=None, append_env=False, skip_on_exit_code=99, cwd=None, **kwargs):
        super().__init__(**kwargs)
        self.bash_command = bash_command

    def execute(self, context):
        code = subprocess.run(["bash", "-c", self.bash_command]).returncode
        if code != 0:
            raise AirflowException(f"Bash command failed. The command returned a non-zero exit code {code}.")
