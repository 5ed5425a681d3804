"""Metadata files: every key known, every mistake named, no value repeated."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from qm.call import CallMetadata, Direction
from qm.errors import Reason, RecordingError
from qm.intake import read_metadata

CHANNELS = "agent_channel: allowed are 0 and 1"
FULL = {
    "started_at": "2026-03-02T09:14:00+01:00",
    "direction": "outbound",
    "language": "nl",
    "agent_id": "sanne",
    "agent_name": "Sanne",
    "team": "noord",
    "queue": "insurance",
    "customer_reference": "C-1041",
    "agent_channel": 1,
}


def beside(folder: Path, content: bytes) -> Path:
    """A recording with this metadata file."""
    (folder / "call.json").write_bytes(content)
    return folder / "call.wav"


def test_without_a_metadata_file_nothing_is_known(tmp_path: Path) -> None:
    assert read_metadata(tmp_path / "call.wav") == CallMetadata()


def test_every_key_is_read(tmp_path: Path) -> None:
    metadata = read_metadata(beside(tmp_path, json.dumps(FULL).encode()))
    started = datetime(2026, 3, 2, 9, 14, tzinfo=timezone(timedelta(hours=1)))
    expected = FULL | {"started_at": started, "direction": Direction.OUTBOUND}
    assert metadata == CallMetadata(**expected)  # type: ignore[arg-type]
    assert metadata.started_at is not None
    assert metadata.started_at.astimezone(UTC).hour == 8


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Invalid JSON"),
        (b"{", "Invalid JSON"),
        (b"\xff\xfe", "Invalid JSON"),
        (b"[]", "call.json"),
        (b'{"agnet_id": "x"}', "unknown key agnet_id; did you mean agent_id?"),
        (b'{"colour": "red"}', "unknown key colour; known are"),
        (b'{"language": "fr"}', "language: allowed are 'nl' and 'en'"),
        (b'{"direction": "sideways"}', "direction: allowed are 'inbound' and 'outbound'"),
        *(
            (b'{"agent_channel": %b}' % wrong, CHANNELS)
            for wrong in (b'"left"', b'"1"', b"2", b"-1", b"true", b"false")
        ),
        (b'{"started_at": "2026-03-02T09:14:00"}', "timezone"),
        (b'{"agent_name": ""}', "agent_name"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(RecordingError) as caught:
        read_metadata(beside(tmp_path, content))
    assert caught.value.reason is Reason.BAD_SIDECAR
    assert said in caught.value.detail


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    metadata = read_metadata(beside(tmp_path, b'\xef\xbb\xbf{"agent_id": "sanne"}'))
    assert metadata == CallMetadata(agent_id="sanne")


@pytest.mark.parametrize(
    "wrong",
    [{"customer_reference": ["Jansen"]}, {"language": "Jansen"}, {"Jansen" * 9: 1}, {"mevrouw Jansen": 1}],
)
def test_a_mistake_does_not_repeat_values(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(RecordingError) as caught:
        read_metadata(beside(tmp_path, json.dumps(wrong).encode()))
    assert "Jansen" not in caught.value.detail
