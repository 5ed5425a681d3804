"""What a form author has: extending, checking, examples, showing, the schema."""

import re
import textwrap
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import yaml

from qm.errors import FormError
from qm.evaluation import Verdict
from qm.formats import read_transcript
from qm.learned import Learned
from qm.learned.model import CallModel, TurnModel
from qm.rubric import JudgeUse, find_form, load, models_of, schema, shipped
from qm.scoring import Remark, check, check_on, describe, evaluate, explain
from qm.signals import SIGNALS, Text
from qm.transcript import Transcript

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
          greets: {signal: phrase, phrases: {nl: [hallo], en: [hello]}, speaker: agent, nl: groet}
          thanks: {signal: phrase, markers: thanks, speaker: agent}
        verdict:
          met: {all: [greets, thanks]}
          partly_met: {any: [greets, thanks]}
          otherwise: not_met
        examples:
          - {language: en, call: "agent: Hello, thank you for calling.", expect: met}
          - {language: nl, call: "agent: Hallo daar.", expect: partly_met}
"""

CHILD = """\
extends: parent
id: child
sections:
  - id: opening
    criteria:
      - id: greeting
        weight: 5
        findings:
          greets: {signal: phrase, phrases: {nl: [hoi], en: [hi]}, speaker: agent}
      - id: thanking
        title: {nl: Bedanken, en: Thanking}
        definition: The agent thanks.
        weight: 1
        verdict: {met: {any: [said_thanks]}, otherwise: not_met}
        findings:
          said_thanks: {signal: phrase, markers: thanks, speaker: agent}
"""


MODELS = """\
{"format": 1, "form": "small", "definitions": {}, "provenance": {}, "turns": {"shows": [], "bias": [], "weights": {}},
 "calls": {"greeting": {"answers": ["met", "unmet"], "bias": [0, 0], "temperature": 0.5, "weights": {}}}}
"""


def written(folder: Path, text: str, name: str = "small") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path


def said(*lines: str) -> Transcript:
    return read_transcript("\n".join(["# language: en", *lines]).encode(), "call.txt")


def remarks(folder: Path, old: str, new: str) -> list[Remark]:
    assert old in FORM
    return check(load(written(folder, FORM.replace(old, new))))


# -- extending ----------------------------------------------------------------------------------------


def test_a_form_takes_over_what_it_does_not_say(tmp_path: Path) -> None:
    written(tmp_path, FORM, "parent")
    child = load(written(tmp_path, CHILD, "child"), extra_folder=tmp_path)
    greeting, thanking = child.criteria
    assert (child.id, child.title["en"], greeting.weight, thanking.id) == ("child", "Small", 5.0, "thanking")
    assert evaluate(said("agent: Hi."), child).criteria[0].verdict is Verdict.PARTLY_MET
    assert evaluate(said("agent: Hello."), child).criteria[0].verdict is Verdict.NOT_MET


def test_a_form_leaves_criteria_out(tmp_path: Path) -> None:
    written(tmp_path, FORM, "parent")
    child = load(written(tmp_path, CHILD + "remove: [greeting]\n", "child"), extra_folder=tmp_path)
    assert [each.id for each in child.criteria] == ["thanking"]


def test_a_form_of_ones_own_may_bear_the_name_of_the_one_it_extends(tmp_path: Path) -> None:
    text = "extends: brand_values\nremove: [listens]\n"
    own = load(written(tmp_path, text, "brand_values"), extra_folder=tmp_path)
    assert {each.id for each in load(shipped()["brand_values"]).criteria} - {each.id for each in own.criteria} == {
        "listens"
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: nowhere\nid: child\n", "child.yaml line 1: cannot extend: nowhere: no such form"),
        ("extends: child\nid: child\n", "child.yaml line 1: the file extends itself"),
        (CHILD + "remove: [greetings]\n", "there is no 'greetings' to remove; did you mean 'greeting'?"),
        (CHILD.replace("weight: 5", "weight: x"), "child.yaml line 7: wrong weight"),
        (CHILD.replace("id: thanking", "id: opening"), "the id 'opening' stands twice"),
    ],
)
def test_mistakes_in_extending_name_file_line_and_cure(tmp_path: Path, text: str, message: str) -> None:
    written(tmp_path, FORM, "parent")
    with pytest.raises(FormError) as caught:
        load(written(tmp_path, text, "child"), extra_folder=tmp_path)
    assert message in str(caught.value)


def test_forms_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "extends: two\n", "one")
    with pytest.raises(FormError, match="the file extends itself by way of"):
        load(written(tmp_path, "extends: one\n", "two"), extra_folder=tmp_path)


def test_a_mistake_in_the_parent_names_the_parent(tmp_path: Path) -> None:
    written(tmp_path, FORM.replace("weight: 2", "weight: much"), "parent")
    with pytest.raises(FormError, match=r"parent\.yaml line 10: wrong weight"):
        load(written(tmp_path, "extends: parent\nid: child\n", "child"), extra_folder=tmp_path)


def test_a_form_may_extend_ones_own_of_the_shipped_name(tmp_path: Path) -> None:
    written(tmp_path, "extends: brand_values\nremove: [listens]\n", "brand_values")
    child = load(written(tmp_path, "extends: brand_values\nid: child\n", "child"), extra_folder=tmp_path)
    assert "listens" not in {each.id for each in child.criteria}


# -- models -------------------------------------------------------------------------------------------


def test_models_stand_beside_the_form_that_names_them(tmp_path: Path) -> None:
    written(tmp_path, FORM, "parent")
    child = written(tmp_path, "extends: parent\nid: child\nlearned: own\n", "child")
    assert models_of(child, tmp_path) == tmp_path / "learned" / "own.json"
    assert models_of(find_form("parent", tmp_path), tmp_path) is None


@pytest.mark.parametrize("name", ["child", "brand_values"])
def test_the_models_of_the_parent_are_not_those_of_the_child(tmp_path: Path, name: str) -> None:
    child = written(tmp_path, "extends: brand_values\nid: child\n", name)
    with pytest.raises(FormError, match=rf"{name}\.yaml: its models, 'brand_values', .+; add your own learned: line"):
        models_of(child, tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "its content is no mapping"),
        ("{", "Expecting property name"),
        (MODELS.replace("0.5", "0"), "has the temperature 0"),
        (MODELS.replace("unmet", "good"), "'greeting' has the answer 'good', which no form has"),
        (MODELS.replace('"greeting"', '"outcome"').replace("unmet", "not_met"), "'outcome' has the answer 'met'"),
    ],
)
def test_models_that_cannot_be_used_are_told_with_their_file(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "learned").mkdir()
    (tmp_path / "learned" / "small.json").write_text(content, "utf-8")
    with pytest.raises(
        FormError, match=r"small\.json: cannot be used, .+; make it again with qm forms train"
    ) as caught:
        load(written(tmp_path, FORM.replace("id: small", "id: small\nlearned: small")))
    assert message in str(caught.value)


# -- checking -----------------------------------------------------------------------------------------


def test_a_sound_form_has_no_remarks(tmp_path: Path) -> None:
    assert check(load(written(tmp_path, FORM))) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("met: {all: [greets, thanks]}", "met: {all: [greets], none: [greets]}", 15, "'greeting' can never be met"),
        (
            "met: {all: [greets, thanks]}\n          partly_met: {any: [greets, thanks]}",
            "met: {any: [greets, thanks]}\n          partly_met: {all: [greets, thanks]}",
            16,
            "'greeting' can never be partly_met",
        ),
        (
            "partly_met: {any: [greets, thanks]}",
            "partly_met: {any: [greets, {none: [greets]}]}",
            15,
            "'greeting' can never be not_met, its 'otherwise'",
        ),
        ("expect: partly_met", "expect: met", 20, "the example of 'greeting' should be met and is partly_met"),
    ],
)
def test_a_mistake_names_the_line(tmp_path: Path, old: str, new: str, line: int, what: str) -> None:
    mistakes = [each for each in remarks(tmp_path, old, new) if each.mistake]
    assert (mistakes[0].line, mistakes[0].what) == (line, what)
    assert mistakes[0].cure


IN_ORDER = [
    "met: {in_order: [greets, thanks]}\n          partly_met: {all: [greets, thanks]}",
    "not_applicable: {none: [greets, thanks]}\n          met: {in_order: [greets, thanks]}\n"
    "          partly_met: {in_order: [thanks, greets]}",
    "met: {all: [greets, thanks], none: [{in_order: [greets, thanks]}]}\n          partly_met: {all: [greets, thanks]}",
]


@pytest.mark.parametrize("rules", IN_ORDER)
def test_an_order_is_more_than_that_all_are_found(tmp_path: Path, rules: str) -> None:
    text = FORM.replace("met: {all: [greets, thanks]}\n          partly_met: {any: [greets, thanks]}", rules)
    form = load(written(tmp_path, text[: text.index("        examples")]))
    assert check(form) == []


def test_an_order_holds_only_when_its_parts_are_found(tmp_path: Path) -> None:
    rules = "met: {in_order: [greets, thanks], none: [thanks]}\n          partly_met: {any: [greets, thanks]}"
    text = FORM.replace("met: {all: [greets, thanks]}\n          partly_met: {any: [greets, thanks]}", rules)
    form = load(written(tmp_path, text[: text.index("        examples")]))
    assert [each.what for each in check(form)] == ["'greeting' can never be met"]


# -- examples -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('"Hello, thank you for calling."', "nobody speaks in line 1 of the example's call; begin it with 'agent:'"),
        ('"agent: Hello.\\ncustmer: Hi."', "nobody speaks in line 2 of the example's call"),
        ('"agent:"', "nobody speaks in line 1"),
        ('"agent: ..."', "nobody speaks in line 1"),
        ('"00:01.0 --> 00:02.0"', "nobody speaks in line 1"),
    ],
)
def test_an_example_that_nobody_says_is_told_with_form_and_line(tmp_path: Path, call: str, message: str) -> None:
    with pytest.raises(FormError) as caught:
        load(written(tmp_path, FORM.replace('"agent: Hello, thank you for calling."', call)))
    assert str(caught.value).startswith("small.yaml line 19: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        "agent: Hello there, thank you.",
        "Agent: Hello, thank you.\\nCustomer : Hi.\\n\\n  agent: Bye.",
        "[00:12] agent: Hello, thank you.\\n[0:15 - 0:17] customer: Hi.",
        "0:01 agent: Hello, thank you.\\n(1:00:02.5) customer: Hi.",
        "agent: Hello, {thank} [you] 00:01.0 --> 00:02.0",
        "agent: Hello: thank you: 1.",
    ],
)
def test_every_example_that_is_accepted_can_be_tried(tmp_path: Path, call: str) -> None:
    form = load(written(tmp_path, FORM.replace("agent: Hello, thank you for calling.", call)))
    assert check(form) == []


NOTED = """\
id: noted
title: {nl: Notitie, en: Note}
sections:
  - id: all
    title: {nl: Alles, en: All}
    criteria:
      - id: note_right
        title: {nl: Notitie, en: Note}
        definition: The note says what was promised.
        weight: 1
        needs: note
        findings:
          promise: {signal: commitment}
          noted: {signal: note_agrees, of: promise}
        verdict: {met: noted, otherwise: not_met}
        examples:
          - {language: en, call: &said, note: New meter on Tuesday., expect: met}
          - {language: en, call: &said, note: Customer was friendly., expect: not_met}
          - {language: en, call: &said, expect: not_applicable}
""".replace("&said", '"agent: I will send you a new meter on Tuesday.\\ncustomer: Thanks."')


def test_an_example_may_have_the_note_of_the_call(tmp_path: Path) -> None:
    form = load(written(tmp_path, NOTED, "noted"))
    assert [each.note for each in form.criteria[0].examples] == [
        "New meter on Tuesday.",
        "Customer was friendly.",
        None,
    ]
    assert check(form) == []
    jsonschema.validate(yaml.safe_load(NOTED), schema())


@pytest.mark.parametrize(("name", "file"), [("child", "small.yaml"), ("small", "parents/small.yaml")])
def test_an_example_that_is_inherited_and_fails_names_the_parents_line(tmp_path: Path, name: str, file: str) -> None:
    (tmp_path / "parents").mkdir()
    parent = written(tmp_path / "parents", FORM)
    greets = "findings: {greets: {signal: phrase, phrases: {nl: [hoi], en: [hi]}, speaker: agent}}"
    sections = f"sections: [{{id: opening, criteria: [{{id: greeting, {greets}}}]}}]"
    child = load(written(tmp_path, f"extends: {parent}\nid: child\n{sections}\n", name))
    assert [(each.file, each.line, each.mistake) for each in check(child)] == [(file, 19, True), (file, 20, True)]


# -- remarks ------------------------------------------------------------------------------------------


def test_weights_and_idle_findings_are_noted(tmp_path: Path) -> None:
    assert remarks(tmp_path, "weight: 2", "weight: 0")[0].what == "every criterion has weight 0"
    idle = remarks(tmp_path, "partly_met: {any: [greets, thanks]}", "partly_met: greets")
    assert idle == []
    unused = FORM.replace("{all: [greets, thanks]}", "greets").replace("{any: [greets, thanks]}", "{none: [greets]}")
    whats = [each.what for each in check(load(written(tmp_path, unused)))]
    assert "the finding 'thanks' is used by no rule" in whats


def test_sample_calls_show_what_never_happens(tmp_path: Path) -> None:
    form = load(written(tmp_path, FORM))
    whats = [each.what for each in check_on(form, [said("agent: Hello."), said("agent: Hello there.")])]
    assert whats == [
        "'thanks' is found in none of 2 sample calls",
        "the rules of 'greeting' say partly_met of all 2 sample calls",
    ]


def test_a_redefined_criterion_is_left_to_the_rules(tmp_path: Path) -> None:
    form = load(written(tmp_path, FORM))
    turns = TurnModel(("greeting:met",), (0.0,), {("a", "hello"): {0: 1.0}})
    sure = CallModel(("met", "not_met"), (9.0, -9.0), {}, 1.0)
    stale = replace(form, learned=Learned("small", {"greeting": "0" * 12}, {}, turns, {"greeting": sure}))
    assert evaluate(said("agent: Nope.", "customer: Oh."), stale).criteria[0].verdict is Verdict.NOT_MET
    assert any("is not the one its model learned" in each.what for each in check(stale))


@pytest.mark.parametrize("name", ["brand_values", "resolution"])
def test_the_shipped_forms_have_no_mistakes(name: str) -> None:
    assert [each for each in check(load(shipped()[name])) if each.mistake] == []


@pytest.mark.parametrize("name", ["brand_values", "resolution"])
def test_the_shipped_forms_are_complete(name: str) -> None:
    form = load(shipped()[name])
    assert len(form.criteria) == {"brand_values": 12, "resolution": 11}[name]
    assert sum(each.weight for each in form.criteria) == 100
    for criterion in form.criteria:
        assert criterion.coaching, criterion.id
        assert criterion.definition["nl"] != criterion.definition["en"], criterion.id
        for finding, definition in criterion.findings.items():
            assert definition.title["nl"] != definition.title["en"], finding


# -- showing ------------------------------------------------------------------------------------------


def test_a_form_is_described_in_both_languages(tmp_path: Path) -> None:
    form = load(written(tmp_path, FORM))
    (english,), (dutch,) = describe(form, "en")[0].entries, describe(form, "nl")[0].entries
    assert english.rules == ("met when greets and thanks", "partly met when greets or thanks", "not met otherwise")
    assert dutch.rules[0] == "voldaan als groet en thanks"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{none: [{all: [greets, thanks]}]}", "no (greets and thanks)"),
        ("{none: [{any: [greets, thanks]}, thanks]}", "no (greets or thanks) and no thanks"),
        ("{none: [greets, thanks]}", "no greets and no thanks"),
        ("{none: [{at_least: {count: 1, of: [greets, thanks]}}]}", "no (at least 1 of: greets, thanks)"),
        ("{none: [{none: [greets]}]}", "no (no greets)"),
        ("{any: [{none: [{in_order: [greets, thanks]}]}, greets]}", "no (greets before thanks) or greets"),
    ],
)
def test_what_must_be_absent_is_told_as_one(tmp_path: Path, rule: str, said: str) -> None:
    form = load(written(tmp_path, FORM.replace("met: {all: [greets, thanks]}", f"met: {rule}")))
    assert describe(form, "en")[0].entries[0].rules[0] == f"met when {said}"


def test_an_explanation_says_which_rule_decided_and_what_was_searched(tmp_path: Path) -> None:
    (greeting,) = explain(Text(said("agent: Hello.")), load(written(tmp_path, FORM)))
    assert greeting.rules == (("met when greets and thanks", False), ("partly met when greets or thanks", True))
    looked = {each.name: (each.found, each.searched) for each in greeting.findings}
    assert looked == {"greets": (True, "the agent's turns"), "thanks": (False, "the agent's turns")}


# -- the schema ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["brand_values", "resolution"])
def test_the_shipped_forms_fulfil_the_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(yaml.safe_load(shipped()[name].read_text("utf-8")), schema())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("weight: 2", "wieght: 2"),
        ("markers: thanks", "markers: thankfulness"),
        ("signal: phrase, markers", "signal: phrases, markers"),
        ("otherwise: not_met", "otherwise: bad"),
        ("all: [greets", "al: [greets"),
    ],
)
def test_the_schema_refuses_what_the_check_refuses(tmp_path: Path, old: str, new: str) -> None:
    text = FORM.replace(old, new)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), schema())
    with pytest.raises(FormError):
        load(written(tmp_path, text))


def test_the_schema_accepts_a_judge_that_is_off_as_old_yaml_reads_it(tmp_path: Path) -> None:
    text = FORM.replace("weight: 2", "weight: 2\n        judge: off")
    assert yaml.safe_load("judge: off") == {"judge": False}
    jsonschema.validate(yaml.safe_load(text), schema())
    assert load(written(tmp_path, text)).criteria[0].judge is JudgeUse.OFF
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text.replace("off", "on")), schema())


def test_the_schema_knows_every_signal() -> None:
    text = str(schema())
    assert all(f"'const': '{name}'" in text for name in SIGNALS)


REFERENCE = Path(__file__).parent.parent / "scoring_rubrics" / "README.md"


def test_the_recipe_works(tmp_path: Path) -> None:
    recipe = re.search(r"^   ```yaml\n(.+?)^   ```", REFERENCE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert recipe
    form = load(written(tmp_path, textwrap.dedent(recipe[1])))
    assert len(form.criteria[0].examples) == 2
    assert check(form) == []
