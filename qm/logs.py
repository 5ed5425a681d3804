"""Log lines as JSON: the message and the fields that may be logged, and nothing else.

No text, name or number of a call is ever passed to a logger; as a second line of defence, a record's
arguments and a traceback's message are left out.
"""

import json
import logging
import sys
from datetime import UTC, datetime

FIELDS = ("call", "stage", "reason", "detail", "turns", "forms")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage() if record.name.startswith("qm") else str(record.msg),
        }
        line |= {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False, default=str)


def log_to_stderr(level: int = logging.INFO) -> None:
    """What a worker says."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("qm").setLevel(level)


def log_nothing() -> None:
    """A command says what it has to say itself."""
    logging.getLogger("qm").addHandler(logging.NullHandler())
    logging.getLogger("qm").propagate = False
