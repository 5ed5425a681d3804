"""Brands: what is read, what a second one takes from the first, what signals make of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qm.brand import Tone
from qm.errors import FormError
from qm.rubric import find_brand, load_brand
from qm.rubric.brands import shipped_brands
from qm.signals import SIGNALS, Finding, Text, Unknown

OWN = """\
id: acme
extends: general
title: Acme
names: [Acme]
tone: u
jargon: {nl: [kortgolf lus], en: [short loop]}
"""

MATCH = [
    "agent: Ik zet een ticket uit voor de tweedelijns.",
    "agent: Dat is conform de voorwaarden.",
    "agent: That is as per our policy, you see.",
    "agent: It was a soft decline, I see here.",
]
NO_MATCH = [
    "agent: Dat staat op uw rekening van mei.",
    "agent: Ik zoek het even voor u op.",
    "agent: It's on your bill for May.",
    "agent: Let me look that up for you.",
    "agent: Restitutie, met andere woorden: u krijgt uw geld terug.",
]


def written(folder: Path, text: str, name: str = "acme") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("line", MATCH)
def test_jargon_is_found(call: Callable[..., Text], line: str) -> None:
    assert SIGNALS["jargon"](call(line, "customer: Ja yes."))


@pytest.mark.parametrize("line", NO_MATCH)
def test_plain_or_explained_words_are_no_jargon(call: Callable[..., Text], line: str) -> None:
    finding = SIGNALS["jargon"](call(line, "customer: Ja yes."))
    assert isinstance(finding, Finding)
    assert not finding


def test_a_second_brand_adds_to_the_first(tmp_path: Path) -> None:
    general, own = load_brand(shipped_brands()["general"]), load_brand(written(tmp_path, OWN))
    assert (own.id, own.names, own.tone) == ("acme", ("Acme",), Tone.U)
    assert own.jargon["nl"] == (*general.jargon["nl"], "kortgolf lus")


@pytest.mark.parametrize("name", sorted(shipped_brands()))
def test_shipped_brands_load(name: str) -> None:
    assert load_brand(find_brand(name)).id == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OWN.replace("tone: u", "tone: gij"), "acme.yaml line 5: unknown tone 'gij'"),
        (OWN.replace("general", "genral"), "acme.yaml line 2: cannot extend: genral: no such brand; did you mean"),
        (OWN.replace("names", "namen"), "acme.yaml line 4: unknown key 'namen'; did you mean 'names'?"),
        (OWN.replace("[kortgolf lus]", '["..."]'), "acme.yaml line 6: a phrase that cannot be searched for"),
    ],
)
def test_a_mistake_names_file_line_and_cure(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormError, match=message.replace("?", r"\?")):
        load_brand(written(tmp_path, text))


def test_a_mistake_in_the_parent_names_the_parent(tmp_path: Path) -> None:
    (tmp_path / "brands").mkdir()
    written(tmp_path / "brands", "id: parent\ntitle: P\ntone: thou\n", "parent")
    child = written(tmp_path, "id: acme\nextends: parent\ntitle: Acme\n")
    with pytest.raises(FormError, match=r"parent\.yaml line 3: unknown tone"):
        load_brand(child, tmp_path)


def test_brands_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "brands").mkdir()
    written(tmp_path / "brands", "id: one\nextends: two\ntitle: One\n", "one")
    two = written(tmp_path / "brands", "id: two\nextends: one\ntitle: Two\n", "two")
    with pytest.raises(FormError, match="the file extends itself by way of"):
        load_brand(two, tmp_path)


def test_a_brand_may_bear_the_name_of_the_one_it_extends(tmp_path: Path) -> None:
    (tmp_path / "brands").mkdir()
    written(tmp_path / "brands", OWN.replace("id: acme", "id: general"), "general")
    path = find_brand("general", tmp_path)
    assert path.parent == tmp_path / "brands"
    own, general = load_brand(path, tmp_path), load_brand(shipped_brands()["general"])
    assert (own.title, own.jargon["nl"]) == ("Acme", (*general.jargon["nl"], "kortgolf lus"))


def test_a_brand_may_extend_ones_own_of_the_shipped_name(tmp_path: Path) -> None:
    (tmp_path / "brands").mkdir()
    written(tmp_path / "brands", OWN.replace("id: acme", "id: general"), "general")
    child = written(tmp_path / "brands", "id: child\ntitle: Child\nextends: general\n", "child")
    assert load_brand(child, tmp_path).names == ("Acme",)


def test_a_mistake_in_a_parent_of_the_same_name_names_its_folder(tmp_path: Path) -> None:
    (tmp_path / "brands").mkdir()
    written(tmp_path / "brands", "id: acme\ntitle: P\ntone: thou\n")
    child = written(tmp_path, "id: acme\nextends: acme\ntitle: Acme\n")
    with pytest.raises(FormError, match=r"^brands/acme\.yaml line 3: unknown tone"):
        load_brand(child, tmp_path)


def test_a_folder_need_not_hold_brands_but_must_be_one(tmp_path: Path) -> None:
    assert find_brand("general", tmp_path) == shipped_brands()["general"]
    (tmp_path / "brands").write_text("", "utf-8")
    with pytest.raises(FormError, match="brands: cannot be read, Not a directory; check the path"):
        find_brand("general", tmp_path)


@pytest.mark.parametrize("key", ["jargon", "products"])
def test_lists_may_be_empty(tmp_path: Path, call: Callable[..., Text], key: str) -> None:
    brand = load_brand(written(tmp_path, f"id: a\ntitle: A\nnames: []\n{key}: {{nl: [], en: [short loop]}}\n"))
    assert (brand.names, getattr(brand, key)) == ((), {"nl": (), "en": ("short loop",)})
    for language, said in (("nl", "Dat is een korte lus."), ("en", "That is a short loop.")):
        text = call(f"agent: {said}", "customer: Ja yes.", language=language)
        assert bool(SIGNALS["jargon"](Text(text.transcript, brand))) == ((language, key) == ("en", "jargon"))


def test_without_company_names_the_greeting_cannot_be_checked_for_one(call: Callable[..., Text]) -> None:
    assert isinstance(SIGNALS["company_named"](call("agent: Good morning, Acme here.")), Unknown)


@pytest.mark.parametrize(("tone", "found"), [("u", True), ("je", False), ("either", False)])
def test_the_tone_decides_which_form_of_address_is_wrong(
    tmp_path: Path, call: Callable[..., Text], tone: str, found: bool
) -> None:
    said = call("agent: Wil je me dan je nummer geven?", "customer: Ja, dat is goed.").transcript
    brand = load_brand(written(tmp_path, OWN.replace("tone: u", f"tone: {tone}")))
    assert bool(SIGNALS["u_je_switches"](Text(said, brand))) == found
