"""Forms: what is read, what is refused and how it is said."""

import errno
import inspect
import os
import re
from pathlib import Path
from typing import NoReturn

import pytest

from qm.call import Speaker
from qm.errors import FormError
from qm.evaluation import ErrorClass, Outcome, Verdict
from qm.rubric import Combination, Recipe, find_form, load, shipped
from qm.rubric.documents import Shelf
from qm.scoring import evaluate
from qm.signals import SIGNALS
from qm.signals.lang import language_data, marker_sets
from qm.transcript import Transcript, turn_of

REFERENCE = Path(__file__).parent.parent / "scoring_rubrics" / "README.md"

FORM = """\
id: small
title: {nl: Klein, en: Small}
sections:
  - id: opening
    title: {nl: Opening, en: Opening}
    criteria:
      - id: greeting
        title: {nl: Groet, en: Greeting}
        definition: The agent greets.
        weight: 2
        findings:
          greets: {signal: phrase, phrases: {nl: [hallo], en: [hello]}, speaker: agent, first_turns: 1}
          thanks: {signal: phrase, markers: thanks}
        verdict:
          met: {all: [greets, thanks]}
          partly_met: {any: [greets]}
          otherwise: not_met
"""


def written(folder: Path, text: str, name: str = "small") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_form_is_read(tmp_path: Path) -> None:
    form = load(written(tmp_path, FORM))
    (criterion,) = form.criteria
    assert (form.id, form.title["nl"], criterion.weight) == ("small", "Klein", 2.0)
    assert criterion.findings["greets"].made == Recipe(
        "phrase",
        {"phrases": {"nl": ("hallo",), "en": ("hello",)}, "speaker": "agent", "first_turns": 1},
    )
    assert criterion.verdict.otherwise is Verdict.NOT_MET
    assert isinstance(criterion.verdict.cases[0].rule, Combination)


def test_layout_and_comments_leave_the_version_alone(tmp_path: Path) -> None:
    again = "# a remark\n" + FORM.replace("weight: 2", "weight:   2.0  # heavy").replace("Klein,", '"Klein",')
    assert load(written(tmp_path, FORM)).version == load(written(tmp_path, again)).version


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("weight: 2", "weight: 3"),
        ("[hallo]", "[hoi]"),
        (
            "met: {all: [greets, thanks]}\n          partly_met: {any: [greets]}",
            "partly_met: {any: [greets]}\n          met: {all: [greets, thanks]}",
        ),
    ],
)
def test_content_alters_the_version(tmp_path: Path, old: str, new: str) -> None:
    assert old in FORM
    version = load(written(tmp_path, FORM.replace(old, new))).version
    assert re.fullmatch("[0-9a-f]{12}", version)
    assert version != load(written(tmp_path, FORM)).version


@pytest.mark.parametrize(
    ("judge", "value"), [("qm.rubric.reading.RULES", 0), ("qm.signals.lang.content_hash", lambda: "0")]
)
def test_another_judge_alters_the_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, judge: str, value: object
) -> None:
    before = load(written(tmp_path, FORM)).version
    monkeypatch.setattr(judge, value)
    assert load(written(tmp_path, FORM)).version != before


CHAIN = "          f0: {any: [greets]}\n" + "".join(f"          f{n}: {{any: [f{n - 1}]}}\n" for n in range(1, 50))
"""findings that each rest on the one before; `f48` is the fiftieth with `greets`"""

MISTAKES = [
    ("id: small", "id: [small", 2, "malformed YAML"),
    ("id: small\n", "id: small\nid: other\n", 2, "'id' stands twice"),
    ("id: small", "name: small", 1, "unknown key 'name'"),
    ("sections:", "section:", 3, "unknown key 'section'; did you mean 'sections'?"),
    ("title: {nl: Klein, en: Small}", "title: {nl: Klein}", 2, "the key 'en' is missing"),
    ("        definition: The agent greets.\n", "", 7, "the key 'definition' is missing"),
    ("id: greeting", "id: opening", 7, "the id 'opening' stands twice"),
    ("id: greeting", "id: a greeting", 7, "cannot be a name"),
    ("id: greeting", "id: outcome", 7, "'outcome' is the name of what became of the call; use another id"),
    ("weight: 2", "weight: -1", 10, "wrong weight; use a number from 0.01 to 1000"),
    ("weight: 2", "weight: heavy", 10, "wrong weight"),
    ("weight: 2", "weight: true", 10, "wrong weight"),
    ("weight: 2", "weight: .inf", 10, "neither a text nor a plain number"),
    ("weight: 2", "weight: .nan", 10, "neither a text nor a plain number"),
    ("weight: 2", "weight: 1:30", 10, "neither a text nor a plain number"),
    ("weight: 2", "weight: 010", 10, "neither a text nor a plain number"),
    ("weight: 2", "weight: 1" + 400 * "0", 10, "neither a text nor a plain number"),
    ("weight: 2", "weight: 0x" + 400 * "f", 10, "neither a text nor a plain number"),
    ("weight: 2", "weight: 1001", 10, "wrong weight"),
    ("weight: 2", "weight: 0." + 400 * "0" + "1", 10, "wrong weight"),
    ("weight: 2", 'weight: !!timestamp "abc"', 10, "a tag"),
    ("weight: 2", 'weight: !!bool "abc"', 10, "a tag"),
    ("weight: 2", "weight: 2024-13-45", 10, "wrong weight"),
    ("definition: The agent greets.", "definition: 1" + 400 * "0", 9, "put a text in quotes"),
    ("en: Small}", "en: ~}", 2, "expected a text"),
    ("en: Small}", "en: }", 2, "expected a text"),
    ("{all: [greets, thanks]}", 300 * "{all: [" + "greets" + 300 * "]}", 15, "too many levels"),
    ("signal: phrase, markers", "signal: phrese, markers", 13, "unknown signal 'phrese'; did you mean 'phrase'?"),
    ("markers: thanks", "markers: thansk", 13, "did you mean 'thanks'?"),
    ("markers: thanks", "markers: [thanks]", 13, "wrong value for 'markers'"),
    ("markers: thanks", "marker: thanks", 13, "unknown parameter 'marker' of the signal 'phrase'"),
    ("first_turns: 1", "first_turns: one", 12, "it needs a whole number"),
    ("first_turns: 1", "first_turns: true", 12, "it needs a whole number"),
    ("first_turns: 1", "first_turns: -1", 12, "it needs a whole number from 0 to 1000"),
    ("first_turns: 1", "first_turns: 1001", 12, "it needs a whole number from 0 to 1000"),
    ("first_turns: 1", "first_turns: 1000000000000000000000", 12, "neither a text nor a plain number"),
    ("first_turns: 1", "at_least: 0", 12, "it needs a whole number from 1 to 1000"),
    ("first_turns: 1", "last_fraction: -1", 12, "it needs a number from 0.01 to 1"),
    ("first_turns: 1", "last_fraction: 0", 12, "it needs a number from 0.01 to 1"),
    ("first_turns: 1", "last_fraction: 7", 12, "it needs a number from 0.01 to 1"),
    ("first_turns: 1", "last_fraction: .nan", 12, "neither a text nor a plain number"),
    ("phrase, markers: thanks", "silence, seconds: -4", 13, "it needs a number from 0.1 to 3600"),
    ("phrase, markers: thanks", "silence, seconds: 5000", 13, "it needs a number from 0.1 to 3600"),
    ("phrase, markers: thanks", "silence, seconds: .inf", 13, "neither a text nor a plain number"),
    ("phrase, markers: thanks", "silence, seconds: 1" + 400 * "0", 13, "neither a text nor a plain number"),
    ("speaker: agent", "speaker: boss", 12, "'boss' is not one of agent, customer, anyone"),
    ("{nl: [hallo], en: [hello]}", "{nl: [hallo]}", 12, "phrases for nl and for en"),
    ("nl: [hallo]", "nl: hallo", 12, "the phrases for nl are not a list of texts"),
    ("nl: [hallo]", "nl: 5", 12, "the phrases for nl are not a list of texts"),
    ("nl: [hallo]", "nl: [hoi], nl: [hallo]", 12, "'nl' stands twice"),
    ("[hello]", "['" + 101 * "hello " + "']", 12, "longer than 100 words"),
    ("        verdict:", CHAIN + "        verdict:", 63, "'f49' rests on too many findings in a row"),
    ("en: [hello]", "en: [... hello]", 12, "begins or ends with a gap"),
    ("first_turns: 1", "after: thanks", 12, "undefined finding 'thanks'"),
    ("signal: phrase, markers: thanks", "markers: thanks", 13, "a finding without a signal"),
    ("thanks: {signal: phrase, markers: thanks}", "thanks: {signal: acknowledgement}", 13, "needs 'of'"),
    ("met: {all: [greets, thanks]}", "met: {all: [greet, thanks]}", 15, "did you mean 'greets'?"),
    ("met: {all: [greets, thanks]}", "met: {every: [greets, thanks]}", 15, "unknown combinator 'every'"),
    ("met: {all: [greets, thanks]}", "met: [greets, thanks]", 15, "a list without a combinator"),
    ("met: {all: [greets, thanks]}", "met: {all: []}", 15, "an empty list"),
    ("{all: [greets, thanks]}", "{at_least: {count: 3, of: [greets, thanks]}}", 15, "from 1 to 2"),
    ("          met: {all", "          mett: {all", 15, "unknown verdict 'mett'; did you mean 'met'?"),
    ("otherwise: not_met", "otherwise: no", 17, "unknown verdict 'no'"),
    ("          otherwise: not_met\n", "", 15, "'otherwise' is missing"),
    ("definition: The", "error_class: fatal\n        definition: The", 9, "unknown error class 'fatal'"),
    ("definition: The agent greets.", "definition: !!python/object:os.x {}", 9, "a tag"),
    ("title: {nl: Groet, en: Greeting}", "title: &t {nl: Groet, en: Greeting}\n        coaching: *t", 9, "an alias"),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), MISTAKES)
def test_a_mistake_names_file_line_and_cure(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert old in FORM
    with pytest.raises(FormError) as caught:
        load(written(tmp_path, FORM.replace(old, new, 1)))
    assert str(caught.value).startswith(f"small.yaml line {line}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "just words\n", "id: small\n---\nid: other\n", "\x00"])
def test_a_file_that_is_no_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FormError, match=r"small\.yaml line \d+: "):
        load(written(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormError, match="cannot be read"):
        load(tmp_path / "none.yaml")


def test_every_number_of_a_signal_has_a_range_that_holds_its_default_and_that_the_reference_tells() -> None:
    text = REFERENCE.read_text("utf-8")
    for name, each in SIGNALS.items():
        defaults = inspect.signature(each.function).parameters
        for parameter in each.parameters.values():
            if parameter.type in {int, float}:
                assert parameter.range is not None, f"{name}: {parameter.name}"
                assert defaults[parameter.name].default in parameter.range
                assert re.search(rf"\| `{parameter.name}` \| .*{parameter.range}\b", text), parameter.name


@pytest.mark.parametrize("parameters", ["last_fraction: 0.01", "last_fraction: 1", "first_turns: 0", "at_least: 1000"])
def test_the_bounds_of_a_range_can_be_scored(tmp_path: Path, parameters: str) -> None:
    form = load(written(tmp_path, FORM.replace("first_turns: 1", parameters)))
    for length in range(1, 20):
        evaluate(Transcript("en", length * (turn_of(Speaker.AGENT, "Hello there, and thanks for the call."),)), form)


def test_the_longest_chain_of_findings_and_rules_can_be_scored(tmp_path: Path) -> None:
    chain = "".join(CHAIN.splitlines(keepends=True)[:-1])
    rule = 20 * "{all: [" + "f48" + 20 * "]}"
    text = FORM.replace("        verdict:", chain + "        verdict:").replace("{all: [greets, thanks]}", rule)
    form = load(written(tmp_path, text.replace("[hello]", "['" + 100 * "hello " + "']")))
    evaluate(Transcript("en", (turn_of(Speaker.AGENT, 100 * "hello "),)), form)


@pytest.mark.parametrize("weight", ["0", "0.0", "0.", "0.000"])
def test_a_weight_of_nothing_may_be_written_in_each_way(tmp_path: Path, weight: str) -> None:
    assert load(written(tmp_path, FORM.replace("weight: 2", f"weight: {weight}"))).criteria[0].weight == 0


def test_no_auto_fail_is_called_outcome(tmp_path: Path) -> None:
    fail = (
        "auto_fails:\n  - {id: outcome, title: {nl: a, en: a}, definition: a, error_class: customer_critical, when: g}"
    )
    findings = "findings: {g: {signal: phrase, markers: thanks}}\n"
    with pytest.raises(FormError, match=r"small\.yaml line 20: 'outcome' is the name of what became of the call"):
        load(written(tmp_path, FORM + findings + fail))


def test_a_form_without_its_models_is_the_same_form(tmp_path: Path) -> None:
    form = load(written(tmp_path, FORM))
    assert form.without_models() == form
    assert form.without_models().learned is None


def test_a_date_is_a_text(tmp_path: Path) -> None:
    form = load(written(tmp_path, FORM.replace("The agent greets.", "2024-13-45")))
    assert form.criteria[0].definition["en"] == "2024-13-45"


def test_a_path_that_is_too_long_is_refused() -> None:
    with pytest.raises(FormError, match="cannot be read, File name too long; check the path"):
        find_form(300 * "x" + ".yaml")


def test_a_form_in_a_folder_that_may_not_be_entered_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_file", _refuse)  # a test may run as root, whom no folder keeps out
    with pytest.raises(FormError, match="cannot be read, Permission denied; check the path"):
        find_form(str(tmp_path / "small.yaml"))


def test_a_folder_of_forms_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = shipped()
    monkeypatch.setattr(Shelf, "shipped", lambda _: known)
    monkeypatch.setattr(Path, "iterdir", _refuse)
    with pytest.raises(FormError, match="cannot be read, Permission denied; check the path"):
        find_form("resolution", tmp_path)


def _refuse(path: Path) -> NoReturn:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def test_an_unknown_outcome_is_refused(tmp_path: Path) -> None:
    thanks = "{t: {signal: phrase, markers: thanks}}"
    outcome = f"outcome:\n  findings: {thanks}\n  decide: {{solved: t, otherwise: unresolved}}\n"
    with pytest.raises(FormError, match="unknown outcome 'solved'"):
        load(written(tmp_path, FORM + outcome))


def test_forms_are_found_by_name_by_path_and_in_an_extra_folder(tmp_path: Path) -> None:
    own = written(tmp_path, FORM)
    assert find_form("resolution") == shipped()["resolution"]
    assert find_form(str(own)) == own
    assert find_form("small", tmp_path) == own
    with pytest.raises(FormError, match="did you mean 'resolution'"):
        find_form("resolutoin")


@pytest.mark.parametrize("name", ["brand_values", "resolution"])
def test_shipped_forms_load(name: str) -> None:
    form = load(shipped()[name])
    assert form.id == name
    assert all(criterion.coaching or criterion.id == "correct_answer" for criterion in form.criteria)


def test_weights_are_those_of_the_drafts() -> None:
    weights = {name: sum(c.weight for c in load(shipped()[name]).criteria) for name in shipped()}
    assert weights == {"brand_values": 100, "resolution": 100}


def test_the_reference_names_everything_a_form_may_use() -> None:
    text = REFERENCE.read_text("utf-8")
    words = set(re.findall(r"`([a-z_]+)`", text))
    parameters = {name for signal in SIGNALS.values() for name in signal.parameters}
    classes = set(language_data("nl").classes)
    for expected in (set(SIGNALS), parameters, marker_sets(), classes, set(Verdict), set(Outcome), set(ErrorClass)):
        assert expected <= words, sorted(expected - words)


def test_the_example_in_the_reference_loads(tmp_path: Path) -> None:
    example = re.search(r"## An example\n\n```yaml\n(.+?)```", REFERENCE.read_text("utf-8"), re.DOTALL)
    assert example
    assert load(written(tmp_path, example[1])).outcome is not None
