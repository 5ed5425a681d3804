"""Log lines hold what may be logged, as JSON."""

import json
import logging
import sys
from types import TracebackType

from qm.logs import JsonLines

SAID = "zebravink"

Caught = tuple[type[BaseException], BaseException, TracebackType | None]


def line(
    message: str = "heard", *arguments: object, error: Caught | None = None, **fields: object
) -> dict[str, object]:
    """What a record becomes."""
    record = logging.LogRecord("qm.pipeline", logging.INFO, __file__, 1, message, arguments, error)
    for name, value in fields.items():
        setattr(record, name, value)
    loaded: dict[str, object] = json.loads(JsonLines().format(record))
    return loaded


def test_the_fields_that_may_be_logged_are_there() -> None:
    logged = line(call="ab12", stage="hear", turns=7)
    assert logged["message"] == "heard"
    assert (logged["call"], logged["stage"], logged["turns"], logged["level"]) == ("ab12", "hear", 7, "info")


def test_other_fields_are_left_out() -> None:
    assert SAID not in json.dumps(line(text=SAID, agent_name=SAID))


def test_an_error_is_named_without_its_message() -> None:
    try:
        raise ValueError(SAID)
    except ValueError:
        logged = line("failed", error=sys.exc_info())  # type: ignore[arg-type]
    assert logged["error"] == "ValueError"
    assert SAID not in json.dumps(logged)
