"""The metadata file beside a recording: `call-17.wav` has `call-17.json`.

Every key is optional, none may be unknown: a misspelt key is a mistake to report, not a default to apply.
"""

import codecs
import difflib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from qm.call import CallMetadata, Direction, Language
from qm.errors import Reason, RecordingError

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


def _no_truth(value: object) -> object:
    """For a Literal of numbers, which takes true for 1."""
    return str(value) if isinstance(value, bool) else value


Channel = Annotated[Literal[0, 1], BeforeValidator(_no_truth)]


class Sidecar(BaseModel):
    """The keys of a metadata file; `CallMetadata` says what they mean."""

    model_config = ConfigDict(extra="forbid", strict=False)

    started_at: AwareDatetime | None = None
    direction: Direction | None = None
    language: Language | None = None
    agent_id: Name | None = None
    agent_name: Name | None = None
    team: Name | None = None
    queue: Name | None = None
    customer_reference: Name | None = None
    agent_channel: Channel = 0


def sidecar_of(recording: Path) -> Path | None:
    """The metadata file of `recording`, if there is one."""
    path = recording.with_suffix(".json")
    return path if path != recording and path.is_file() else None


def read_metadata(recording: Path) -> CallMetadata:
    """The metadata of `recording`; without a metadata file nothing is known.

    Raises:
        RecordingError: BAD_SIDECAR, with the key and what is wrong with it (never its value).
    """
    path = sidecar_of(recording)
    if path is None:
        return CallMetadata()
    try:
        # Windows programs begin UTF-8 with a mark; JSON has none.
        sidecar = Sidecar.model_validate_json(path.read_bytes().removeprefix(codecs.BOM_UTF8))
    except OSError as error:
        raise RecordingError(Reason.BAD_SIDECAR, f"{path.name}: {error.strerror}") from error
    except ValidationError as error:
        raise RecordingError(Reason.BAD_SIDECAR, f"{path.name}: {_complaint(error)}") from None
    return CallMetadata(**dict(sidecar))


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
