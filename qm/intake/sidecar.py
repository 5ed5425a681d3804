"""The metadata file beside a recording: `call-17.wav` has `call-17.json`.

Every key is optional, none may be unknown: a misspelt key is a mistake to report, not a default to apply.
"""

import codecs
import difflib
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from qm.call import CallMetadata, Direction, Language
from qm.errors import Reason, RecordingError

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""no call was recorded outside; near the ends of the calendar, a time may have no equal in another time zone"""


def _printable(text: str) -> str:
    """PostgreSQL stores no NUL, and a terminal obeys the others."""
    if re.search(r"[\x00-\x1f\x7f-\x9f]", text):
        raise PydanticCustomError("control_character", "control characters are not allowed")
    return text


def _date_text(value: object) -> object:
    """A number would be taken for seconds since 1970."""
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d", value):
        raise PydanticCustomError("date_text", "write a time like 2026-03-02T09:14:00+01:00")
    return value


def _plausible(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise PydanticCustomError("date_range", "the year must be between 1970 and 2099")
    return moment


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
Moment = Annotated[AwareDatetime, BeforeValidator(_date_text), AfterValidator(_plausible)]


def _no_truth(value: object) -> object:
    """For a Literal of numbers, which takes true for 1."""
    return str(value) if isinstance(value, bool) else value


Channel = Annotated[Literal[0, 1], BeforeValidator(_no_truth)]


class Sidecar(BaseModel):
    """The keys of a metadata file; `CallMetadata` says what they mean."""

    model_config = ConfigDict(extra="forbid", strict=False)

    started_at: Moment | None = None
    direction: Direction | None = None
    language: Language | None = None
    agent_id: Name | None = None
    agent_name: Name | None = None
    team: Name | None = None
    queue: Name | None = None
    customer_reference: Name | None = None
    note: Note | None = None
    agent_channel: Channel = 0


def sidecar_of(recording: Path) -> Path | None:
    """The metadata file of `recording`, if there is one; it need not be usable.

    There is none where its name would be too long for a file.
    """
    path = recording.with_suffix(".json")
    return path if path != recording and os.path.lexists(path) else None


def read_metadata(recording: Path) -> CallMetadata:
    """The metadata of `recording`; without a metadata file nothing is known.

    Raises:
        RecordingError: BAD_SIDECAR, with the key and what is wrong with it (never its value).
    """
    path = sidecar_of(recording)
    if path is None:
        return CallMetadata()
    try:
        return CallMetadata(**dict(_parsed(_content(path))))
    except OSError as error:
        raise RecordingError(Reason.BAD_SIDECAR, f"{path.name}: {error.strerror}") from error
    except ValidationError as error:
        raise RecordingError(Reason.BAD_SIDECAR, f"{path.name}: {_complaint(error)}") from None
    except ValueError as error:
        raise RecordingError(Reason.BAD_SIDECAR, f"{path.name}: {error}") from None


def _content(path: Path) -> bytes:
    # Opening a pipe could wait for ever; a folder and a link to nothing fail by themselves.
    if path.exists() and not path.is_file():
        raise ValueError("not a regular file")
    # Windows programs begin UTF-8 with a mark; JSON has none.
    return path.read_bytes().removeprefix(codecs.BOM_UTF8)


def _parsed(content: bytes) -> Sidecar:
    sidecar = Sidecar.model_validate_json(content)
    # Parsers take the last of equal keys and do not say so. Numbers stay text: Python refuses very long ones.
    json.loads(content, object_pairs_hook=_once, parse_int=str)
    return sidecar


def _once(pairs: list[tuple[str, object]]) -> None:
    keys = [key for key, _ in pairs]
    for key in Sidecar.model_fields:
        if keys.count(key) > 1:
            raise ValueError(f"{key} is given twice")


def _complaint(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return _unknown(key)
    if first["type"] in {"literal_error", "enum"}:
        return f"{key}: allowed are {first['ctx']['expected'].replace(' or ', ' and ')}"
    return f"{key}: {first['msg']}" if key else first["msg"]


def _unknown(key: str) -> str:
    near = difflib.get_close_matches(key, Sidecar.model_fields, 1)
    known = f"did you mean {near[0]}?" if near else f"known are {', '.join(Sidecar.model_fields)}"
    # What is no name of a field may be one of a person: a file of another program, with what was said in it.
    shown = f"unknown key {key}" if key.isidentifier() and len(key) < 40 else "an unknown key"
    return f"{shown}; {known}"
