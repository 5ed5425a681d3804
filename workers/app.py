"""The Celery application: queues and habits.

A message is a wake-up with a call's id; the database decides whether there is work (`qm.store.jobs`). So a
lost message costs time, a doubled one nothing, and no transcript text ever enters the broker.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from celery import Celery
from celery.signals import setup_logging

from qm.errors import BrokerUnavailable
from qm.logs import log_to_stderr
from qm.settings import Settings
from workers.broker import check_address

QUEUES = ("speech", "score", "maintenance")
ROUTES = {
    "qm.hear": {"queue": "speech"},
    "qm.score": {"queue": "score"},
    "qm.sweep": {"queue": "maintenance"},
}
OVERRIDES = ("BROKER_URL", "BROKER_READ_URL", "BROKER_WRITE_URL", "RESULT_BACKEND", "CONFIG_MODULE", "LOADER")
"""what Celery would take from its own environment (CELERY_…), over qm's settings"""
SWEEP_SECONDS = 60
"""how often the schedule looks for expired leases and lost messages"""


def create_app(settings: Settings) -> Celery:
    """The application for `settings`; its broker must be known by now.

    Raises:
        BrokerUnavailable: no broker is set, or its address cannot be one; the command line starts one, a
            fleet names one.
    """
    if settings.broker_url is None:
        raise BrokerUnavailable("No broker is set; give QM_BROKER_URL (redis://…), or let qm process start one.")
    check_address(settings.broker_url)
    for name in OVERRIDES:
        os.environ.pop(f"CELERY_{name}", None)
    app = Celery("qm", broker=settings.broker_url, include=["workers.tasks"])
    app.conf.update(
        task_ignore_result=True,
        task_routes=ROUTES,
        # A worker that is not told its queues takes from all of these.
        task_queues={name: {"exchange": name, "routing_key": name} for name in QUEUES},
        task_default_queue="maintenance",
        # With late acknowledgement this means: no message is taken before a process is free for it.
        worker_prefetch_multiplier=1,
        task_acks_late=True,
        broker_connection_retry_on_startup=True,
        beat_schedule={"sweep": {"task": "qm.sweep", "schedule": SWEEP_SECONDS}},
        broker_transport_options=_transport(settings.broker_url),
    )
    app.qm_settings = settings
    return app


def _set_up_logging(**_: object) -> None:
    log_to_stderr()


# In place of Celery's own lines, which would quote a task's error.
setup_logging.connect(_set_up_logging)


def _transport(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme != "filesystem":
        # Longer than any call takes to hear: a message must not come back while its call is worked on.
        return {"visibility_timeout": 6 * 3600, "socket_keepalive": True}
    folder = Path(unquote(parts.path))
    for name in ("messages", "done", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "processed_folder": str(folder / "done"),
        "control_folder": str(folder / "control"),
        "store_processed": False,
    }
