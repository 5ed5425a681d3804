"""The tasks: wake up, do what the database says, wake the next stage.

`qm.pipeline` is imported inside, by the child that works: CTranslate2 and onnxruntime must not live in the
parent that forks.
"""

import logging
from functools import cache
from typing import TYPE_CHECKING

from celery import current_app, shared_task
from celery.exceptions import Ignore

from qm.errors import QmError

if TYPE_CHECKING:
    from qm.pipeline import Pipeline

log = logging.getLogger("qm.tasks")


@cache
def _pipeline() -> "Pipeline":
    """One pipeline per process, with one model.

    Raises:
        Ignore: it cannot be opened; the log says why, and the call waits.
    """
    from qm.pipeline import Pipeline

    try:
        return Pipeline.open(current_app.qm_settings)
    except QmError as error:
        log.error("%s", error)  # noqa: TRY400 — for people: the sentence says what to mend
        raise Ignore from None


@shared_task(name="qm.hear")
def hear(call_id: str) -> None:
    """Turn a recording into a transcript."""
    if _pipeline().hear(call_id):
        score.delay(call_id)


@shared_task(name="qm.score")
def score(call_id: str) -> None:
    """Judge the latest transcript of a call by every form."""
    _pipeline().score(call_id)


@shared_task(name="qm.sweep")
def sweep() -> None:
    """Wake what waits, free what a dead worker holds."""
    for call_id, stage in _pipeline().sweep():
        current_app.send_task(f"qm.{stage}", args=[call_id])
