"""Metadata files: every key known, every mistake named, no value repeated."""

import json
import os
from collections.abc import Callable
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
        *(
            (b'{"started_at": "%b"}' % wrong, "started_at: the year must be between 1970 and 2099")
            for wrong in (
                b"0001-01-01T00:00:00+23:59",
                b"9999-12-31T23:59:59-23:59",
                b"9999-12-31T23:59:59+00:00",
                b"1969-12-31T23:59:59+00:00",
                b"2100-01-01T00:00:00+00:00",
            )
        ),
        *(
            (b'{"started_at": %b}' % wrong, "started_at: write a time like 2026-03-02T09:14:00+01:00")
            for wrong in (b"0", b"1700000000.5", b'"1700000000"', b"true")
        ),
        (b'{"agent_name": ""}', "agent_name"),
        (b'{"agent_name": "x\\u0000y"}', "agent_name: control characters are not allowed"),
        (b'{"agent_id": "x", "team": "a", "agent_id": "x"}', "agent_id is given twice"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(RecordingError) as caught:
        read_metadata(beside(tmp_path, content))
    assert caught.value.reason is Reason.BAD_SIDECAR
    assert said in caught.value.detail


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing"])
def test_what_is_no_file_is_not_taken_for_absent(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "call.json"
    make: dict[str, Callable[[], object]] = {
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "link to nothing": lambda: path.symlink_to("no"),
    }
    make[kind]()
    with pytest.raises(RecordingError) as caught:
        read_metadata(tmp_path / "call.wav")
    assert caught.value.reason is Reason.BAD_SIDECAR
    assert "call.json: " in caught.value.detail


def test_the_longest_name_of_a_recording_leaves_none_for_metadata(tmp_path: Path) -> None:
    recording = tmp_path / ("n" * 251 + ".wav")
    recording.touch()
    assert read_metadata(recording) == CallMetadata()


def test_the_first_and_the_last_moment(tmp_path: Path) -> None:
    for text in ("1970-01-01T00:00:00+00:00", "2099-12-31T23:59:59Z"):
        metadata = read_metadata(beside(tmp_path, json.dumps({"started_at": text}).encode()))
        assert metadata.started_at == datetime.fromisoformat(text)


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
