"""`celery -A workers.main worker`: the application of this environment's settings."""

from celery.signals import setup_logging

from qm.logs import log_to_stderr
from qm.settings import read_settings
from workers.app import create_app

app = create_app(read_settings())


@setup_logging.connect
def _log(**_: object) -> None:
    """Instead of Celery's own lines, which leave out what a record carries."""
    log_to_stderr()
