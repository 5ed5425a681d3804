"""Bad input: a sentence that says what, where and what to do; exit status 1; no traceback; nothing lost."""

import json
import os
import shutil
import time
from pathlib import Path

import psycopg
import pytest

from qm.rubric import shipped
from tests.audio_files import encode, vowels, wav_header, write_wav
from tests.cli.conftest import Qm


def assert_said(done: object, *parts: str) -> None:
    """One plain sentence on standard error."""
    assert done.returncode == 1, done  # type: ignore[attr-defined]
    said = done.stderr  # type: ignore[attr-defined]
    assert "Traceback" not in said
    for part in parts:
        assert part in said, said


def settled(path: Path) -> Path:
    """Old enough to be complete."""
    past = time.time() - 60
    os.utime(path, (past, past))
    return path


RECORDINGS = {
    "empty": (b"", "The file is empty"),
    "text": (b"Dear sir, this is a letter.\n" * 30, "not a sound recording"),
    "header_only": (wav_header(0), "has a header but no sound"),
    "truncated": (wav_header(16_000 * 20) + b"\x01\x00" * 8_000, "ends before its header says"),
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_that_cannot_be_used(qm: Qm, tmp_path: Path, name: str) -> None:
    data, said = RECORDINGS[name]
    path = tmp_path / f"{name}.wav"
    path.write_bytes(data)
    settled(path)
    done = qm("process", path)
    assert_said(done, said, str(path))
    assert path.read_bytes() == data
    assert said in qm("calls").stdout, "it stays listed"
    assert_said(qm("transcribe", path), said)


@pytest.mark.parametrize(
    ("sidecar", "said"),
    [
        ("{nonsense", "Invalid JSON"),
        ('{"agentname": "x"}', "did you mean agent_name?"),
        ('{"agent_channel": 3}', "allowed are 0 and 1"),
        ('{"agent_channel": -1}', "allowed are 0 and 1"),
    ],
)
def test_metadata_that_cannot_be_used(qm: Qm, tmp_path: Path, sidecar: str, said: str) -> None:
    path = settled(write_wav(tmp_path / "call.wav", vowels(3), vowels(3, seed=2)))
    path.with_suffix(".json").write_text(sidecar)
    assert_said(qm("process", path), said)


def test_unusable_files_do_not_stop_the_others(qm: Qm, tmp_path: Path) -> None:
    settled(encode(tmp_path / "good.ogg", vowels(3, 48_000), vowels(3, 48_000, seed=2), rate=48_000, codec="libopus"))
    (tmp_path / "bad.wav").write_bytes(b"")
    settled(tmp_path / "bad.wav")
    done = qm("process", tmp_path, "--json")
    assert done.returncode == 1
    assert '"state": "done"' in done.stdout
    assert '"reason": "empty"' in done.stdout


def test_one_recording_under_two_names_is_one_call(qm: Qm, tmp_path: Path) -> None:
    first = settled(write_wav(tmp_path / "a.wav", vowels(3), vowels(3, seed=2)))
    shutil.copy2(first, tmp_path / "b.wav")
    done = json.loads(qm("process", tmp_path, "--json").stdout)
    assert len(done["calls"]) == 1
    assert len(done["duplicates"]) == 1


def test_paths_without_recordings(qm: Qm, tmp_path: Path) -> None:
    assert_said(qm("process", tmp_path), "No recordings in", "wav")
    assert_said(qm("process", tmp_path / "nothing"), "does not exist")
    assert_said(qm("transcribe", tmp_path / (300 * "n")), "is not a file")


def test_a_model_directory_that_is_missing(qm: Qm, tmp_path: Path) -> None:
    path = settled(write_wav(tmp_path / "call.wav", vowels(3)))
    assert_said(qm("process", path, model="./no/such/model"), "There is no speech model ./no/such/model", "QM_MODEL")
    assert_said(qm("transcribe", path, model="./no/such/model"), "There is no speech model")


@pytest.mark.parametrize("file", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_a_model_that_is_incomplete(qm: Qm, tmp_path: Path, model: Path, file: str) -> None:
    copy = tmp_path / "model"
    shutil.copytree(model, copy)
    (copy / file).unlink()
    done = qm("doctor", model=copy)
    assert done.returncode == 1
    assert f"lacks {file}" in done.stdout


def test_a_model_that_is_cut_off(qm: Qm, tmp_path: Path, model: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(model, copy)
    os.truncate(copy / "model.bin", 100_000)
    done = qm("doctor", model=copy)
    assert done.returncode == 1
    assert "cannot be loaded" in done.stdout


def test_a_hub_that_cannot_be_reached(qm: Qm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    path = settled(write_wav(tmp_path / "call.wav", vowels(3)))
    done = qm("process", path, model="small")
    assert_said(done, "small cannot be fetched", "QM_MODEL")


def test_forms_that_cannot_be_used(qm: Qm, tmp_path: Path) -> None:
    said = tmp_path / "call.txt"
    said.write_text("agent: Good morning.\ncustomer: Hello.\n")
    assert_said(qm("score", said, "--form", "brand_valeus"), "brand_valeus", "brand_values")
    form = tmp_path / "own.yaml"
    form.write_text("id: own\n  title: [\n")
    assert_said(qm("score", said, "--form", form), "own.yaml", "line 2")
    assert_said(qm("forms", "check", form), "own.yaml", "line 2")
    form.write_text(shipped()["resolution"].read_text("utf-8"), "utf-8")
    assert_said(qm("score", said, "--form", "resolution", "--form", form), "own.yaml", "the id 'resolution'")


@pytest.mark.parametrize("content", ["", "no speaker here\n", "{", "WEBVTT\n\n00:zz --> 1\nx\n"])
def test_transcripts_that_cannot_be_read(qm: Qm, tmp_path: Path, content: str) -> None:
    path = tmp_path / "call.txt"
    path.write_text(content)
    assert_said(qm("score", path), "call.txt")
    assert_said(qm("score", tmp_path / "nothing.txt"), "nothing.txt", "cannot be read")


def test_settings_that_are_wrong(qm: Qm, home: Path) -> None:
    assert_said(qm("calls", workers="many"), "QM_WORKERS")
    assert_said(qm("calls", database_url="mysql://x/y"), "sqlite and postgresql")
    home.mkdir()
    (home / "qm.toml").write_text("workers = [\n")
    assert_said(qm("calls"), "qm.toml cannot be read")
    (home / "qm.toml").write_text("colour = 'red'\n")
    assert_said(qm("calls"), "QM_COLOUR")


def test_a_database_of_a_newer_version(qm: Qm, postgresql_server: str) -> None:
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE newer")
    url = postgresql_server.replace("/postgres?", "/newer?")
    assert qm("db", "upgrade", database_url=url).returncode == 0
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in (["calls"], ["db", "upgrade"]):
        assert_said(qm(*command, database_url=url), "newer qm")


def test_a_database_that_cannot_be_reached(qm: Qm) -> None:
    done = qm("calls", database_url="postgresql://qm:secret@127.0.0.1:1/qm")
    assert_said(done, "qm at 127.0.0.1")
    assert "secret" not in done.stderr


def test_a_redis_that_does_not_answer(qm: Qm, tmp_path: Path) -> None:
    path = settled(write_wav(tmp_path / "call.wav", vowels(3)))
    assert_said(qm("process", path, broker_url="redis://127.0.0.1:1"), "does not answer")
    done = qm("doctor", broker_url="redis://127.0.0.1:1")
    assert done.returncode == 1
    assert "Redis does not answer" in done.stdout


def test_calls_that_are_not_there(qm: Qm) -> None:
    assert_said(qm("show", "nothing"), "No call", "qm calls")
    assert qm("calls").returncode == 0
