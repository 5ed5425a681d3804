"""The tasks: wake up, do what the database says, wake the next stage.

`qm.pipeline` is imported inside, by the child that works: CTranslate2 and onnxruntime must not live in the
parent that forks.
"""

from functools import cache
from typing import TYPE_CHECKING

from celery import current_app, shared_task

if TYPE_CHECKING:
    from qm.pipeline import Pipeline


@cache
def _pipeline() -> "Pipeline":
    """One pipeline per process, with one model."""
    from qm.pipeline import Pipeline

    return Pipeline.open(current_app.qm_settings)


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
