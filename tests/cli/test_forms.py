"""`qm forms …` with a small form and twelve short calls."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from qm.cli.forms import forms
from qm.errors import FormError, UserError
from tests.training.small_corpus import FORM, calls, write_corpus, write_form

Run = Callable[..., Result]
BARE = FORM.replace("learned: small\n", "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The user's forms: one of them."""
    return write_form(tmp_path / "forms").parent


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """The same calls to learn from and to measure with; a test may."""
    write_corpus(tmp_path / "calls", calls())
    return write_corpus(tmp_path / "calls", calls(("dirk", "eef")), "test")


@pytest.fixture
def run(tmp_path: Path, folder: Path) -> Run:
    """`qm forms` with arguments, in an installation of this test's own; what goes wrong is raised."""
    unset = {name: None for name in os.environ if name.startswith("QM_")}
    environment = {**unset, "QM_HOME": str(tmp_path / "home"), "QM_FORMS_FOLDER": str(folder)}

    def invoke(*arguments: object) -> Result:
        return CliRunner(env=environment).invoke(forms, list(map(str, arguments)), catch_exceptions=False)

    return invoke


def test_train_writes_models_beside_the_form_and_says_how_they_do(run: Run, folder: Path, corpus: Path) -> None:
    done = run("train", "small", "--calls", corpus)
    assert done.exit_code == 0
    written = folder / "learned" / "small.json"
    heading, *figures, last = done.stdout.splitlines()
    assert heading == "Answers on each hand's calls, with its hand left out:"
    assert [line.split(maxsplit=1) for line in figures] == [
        ["wishes", "100% right, macro-F1 1.00"],
        ["outcome", "100% right, macro-F1 1.00"],
        ["greets", "no model: every label is met"],
        ["sings", "no model: it has no labels"],
    ]
    assert last.startswith(f"Written to {written} (")
    first = written.read_bytes()
    run("train", "small", "--calls", corpus)
    assert written.read_bytes() == first


def test_train_for_programs(run: Run, tmp_path: Path, corpus: Path) -> None:
    out = tmp_path / "elsewhere" / "models.json"
    told = json.loads(run("train", "small", "--calls", corpus, "--out", out, "--json").stdout)
    assert (told["file"], told["calls"]) == (str(out), 12)
    assert told["held_out"]["wishes"] == [1.0, 1.0]
    assert told["skipped"] == {"greets": "every label is met", "sings": "it has no labels"}
    assert json.loads(out.read_text("utf-8"))["form"] == "small"


@pytest.mark.parametrize(
    ("form", "error", "message"),
    [
        (BARE, UserError, "small names no models; add the line 'learned: small' to it"),
        ("extends: parent\nid: small\n", FormError, r"small\.yaml: its models, 'small', are those of the form it ext"),
        (
            FORM.replace("id: wishes", "id: whistles").partition("outcome:")[0],
            FormError,
            "small: the calls have no two different labels for whistles, greets, sings",
        ),
    ],
)
def test_train_tells_what_it_cannot_do(
    run: Run, folder: Path, corpus: Path, form: str, error: type[Exception], message: str
) -> None:
    write_form(folder, name="parent")
    write_form(folder, form)
    with pytest.raises(error, match=message):
        run("train", "small", "--calls", corpus)
    assert not (folder / "learned").exists()


def test_a_form_that_extends_one_of_the_users_folder_is_trained(run: Run, folder: Path, corpus: Path) -> None:
    write_form(folder, "extends: small\nid: child\nlearned: own\nremove: [sings]\n", "child")
    assert run("train", "child", "--calls", corpus).exit_code == 0
    assert [each.name for each in (folder / "learned").iterdir()] == ["own.json"]


def test_agreement_shows_what_the_models_add(run: Run, corpus: Path) -> None:
    run("train", "small", "--calls", corpus)
    rules = json.loads(run("agreement", "small", "--calls", corpus, "--rules-only", "--json").stdout)
    learned = json.loads(run("agreement", "small", "--calls", corpus, "--json").stdout)
    for summary, right in ((rules, 0.5), (learned, 1.0)):
        assert (summary["form"], summary["calls"], summary["unlabelled"]) == ("small", 8, ["sings"])
        assert summary["targets"][0] | {"macro_f1": None} == {
            "target": "wishes",
            "labels": 8,
            "cannot_tell": 0.0,
            "accuracy": right,
            "macro_f1": None,
            "evidence": None if summary is rules else 1.0,
        }
    table = run("agreement", "small", "--calls", corpus).stdout
    assert "8 calls; outcome 100%" in " ".join(table.split())
    assert table.splitlines()[-1] == "No labels for sings."


def test_agreement_on_calls_that_the_form_does_not_label_is_told(run: Run, folder: Path, corpus: Path) -> None:
    text = FORM.partition("outcome:")[0].replace("id: wishes", "id: whistles").replace("id: greets", "id: grins")
    write_form(folder, text)
    with pytest.raises(FormError, match="small: no labels for whistles, grins, sings"):
        run("agreement", "small", "--calls", corpus)


def test_agreement_in_a_language_that_no_call_has_is_told(run: Run, corpus: Path) -> None:
    with pytest.raises(UserError, match="None of the labelled calls is in the language 'nl'"):
        run("agreement", "small", "--calls", corpus, "--language", "nl")


def test_check_says_that_a_form_is_sound(run: Run) -> None:
    done = run("check", "small")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1].startswith("small is sound: 3 criteria, version ")


def test_check_names_file_and_line_of_a_mistake(run: Run, folder: Path) -> None:
    write_form(folder, FORM.replace("{met: said_goodbye,", "{met: {all: [said_goodbye], none: [said_goodbye]},"))
    write_form(folder, "extends: small\nid: child\n", "child")
    done = run("check", "child")
    assert done.exit_code == 1
    assert done.stdout.startswith("Mistake in small.yaml line 14: 'wishes' can never be met; ")
    assert "child has 1 mistake: 3 criteria" in done.stdout
    told = json.loads(run("check", "child", "--json").stdout)
    assert (told["sound"], told["remarks"][0]["file"], told["remarks"][0]["line"]) == (False, "small.yaml", 14)


def test_check_for_programs_tells_why_a_form_cannot_be_read(run: Run, folder: Path) -> None:
    write_form(folder, FORM.replace("weight: 2", "weight: much"))
    done = run("check", "small", "--json")
    assert done.exit_code == 1
    assert "small.yaml line 11: wrong weight" in json.loads(done.stdout)["error"]


def test_show_reads_as_a_coach_does(run: Run) -> None:
    assert "met when said goodbye" in run("show", "small").stdout
    dutch = json.loads(run("show", "small", "--language", "nl", "--json").stdout)
    assert dutch["id"] == "small"
    assert "Wens" in json.dumps(dutch["sections"])


def test_schema_is_one(run: Run) -> None:
    told = json.loads(run("schema").stdout)
    assert told["$schema"].startswith("https://json-schema.org/")
    assert told["title"] == "Evaluation form of qm"


def test_list_tells_the_forms_in_use(run: Run) -> None:
    assert [each["id"] for each in json.loads(run("list", "--json").stdout)] == ["brand_values", "resolution"]
