class AirflowException(Exception):
    pass


class AirflowFailException(AirflowException):
    """Airflow does not try the task again."""
