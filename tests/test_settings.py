"""Settings: environment over file over defaults; nothing misspelt goes unnoticed."""

from pathlib import Path

import pytest

from qm.errors import SettingsError
from qm.install import prepare
from qm.settings import read_settings


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("QM_HOME", str(tmp_path))
    return monkeypatch


def test_environment_goes_before_the_file(tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    (tmp_path / "qm.toml").write_text('model = "small"\nworkers = 3\nforms = ["resolution"]\n')
    environment.setenv("QM_WORKERS", "5")
    settings = read_settings()
    assert (settings.model, settings.workers, settings.forms) == ("small", 5, ("resolution",))


def test_forms_are_named_with_commas(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("QM_FORMS", "resolution, own.yaml")
    assert read_settings().forms == ("resolution", "own.yaml")


def test_the_home_folder_may_be_a_tilde(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("QM_HOME", "~/qm-data")
    assert read_settings().home == Path.home() / "qm-data"


def test_an_empty_variable_is_no_setting(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("QM_DATABASE_URL", "")
    environment.setenv("QM_BROKER_URL", "")
    settings = read_settings()
    assert settings.database == f"sqlite:///{tmp_path / 'qm.sqlite3'}"
    assert settings.broker_url is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("QM_MODLE", "small", "There is no setting QM_MODLE; did you mean QM_MODEL?"),
        ("QM_WORKERS", "0", "QM_WORKERS"),
        ("QM_WORKERS", "many", "QM_WORKERS"),
        ("QM_DEVICE", "tpu", "QM_DEVICE"),
        ("QM_NONSENSE", "x", "There is no setting QM_NONSENSE; the README lists them"),
        ("QM_THREADS", "100000", "QM_THREADS"),
        ("QM_LEASE_SECONDS", "inf", "QM_LEASE_SECONDS"),
        ("QM_HOTWORDS", "\udcff", "not UTF-8"),
        ("QM_CONFIG", "/nowhere/qm.toml", "not a file"),
        ("QM_CONFIG", "/tmp", "not a file"),
        ("QM_HOME", "/tmp/" + 300 * "n", "cannot be read"),
        ("QM_FORMS_FOLDER", 300 * "n", "cannot be read"),
        ("QM_FORMS_FOLDER", "/nowhere", "is not a folder"),
        ("QM_FORMS", " , ", "QM_FORMS"),
    ],
)
def test_a_mistake_is_named(environment: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsError, match=said.replace("?", r"\?")):
        read_settings()


@pytest.mark.parametrize("content", ["workers = [", 'colour = "red"', 'workers = "many"'])
def test_a_mistake_in_the_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "qm.toml").write_text(content)
    with pytest.raises(SettingsError, match=r"qm\.toml"):
        read_settings()


@pytest.mark.parametrize("name", ["a?b=c", "a%20b", "a#b", "a\nb"])
def test_a_data_folder_may_have_any_name(tmp_path: Path, environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv("QM_HOME", str(tmp_path / name))
    settings = read_settings()
    with prepare(settings) as database:
        assert database.place == str(tmp_path / name / "qm.sqlite3")
    assert (tmp_path / name / "qm.sqlite3").is_file()
