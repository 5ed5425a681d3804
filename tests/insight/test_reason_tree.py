"""Trees of contact reasons as people write them, and their mistakes."""

from pathlib import Path

import pytest

from qm.errors import FormError
from qm.rubric.reasons import OTHER, find_tree, load_tree, reason_titles, shipped_trees

TREE = """
id: garage
title: {nl: Garage, en: Garage}
reasons:
  - id: car
    title: {nl: Auto, en: Car}
    markers: {nl: [mijn auto], en: [my car]}
    reasons:
      - id: service
        title: {nl: Beurt, en: Service}
        reasons:
          - id: small
            title: {nl: Kleine beurt, en: Small service}
            markers: {nl: [kleine beurt], en: [small service]}
            reasons:
              - id: oil
                title: {nl: Olie, en: Oil}
                hints: {nl: [olie], en: [oil]}
"""

MISTAKES = {
    "line 1: the file is empty": "",
    "line 1: the key 'reasons' is missing; add 'reasons:'": "id: a\ntitle: {nl: a, en: a}",
    "line 3: the tree has no reasons; add one": "id: a\ntitle: {nl: a, en: a}\nreasons: []",
    "line 4: the key 'title' is missing": "id: a\ntitle: {nl: a, en: a}\nreasons:\n  - id: x",
    "line 4: unknown key 'marker'; did you mean 'markers'?": (
        "id: a\ntitle: {nl: a, en: a}\nreasons:\n  - {id: x, marker: [], title: {nl: a, en: a}}"
    ),
    "line 4: 'other' is always there; leave it out": (
        "id: a\ntitle: {nl: a, en: a}\nreasons:\n  - {id: other, title: {nl: a, en: a}}"
    ),
    "line 5: the reason 'x' stands twice": (
        "id: a\ntitle: {nl: a, en: a}\nreasons:\n  - {id: x, title: {nl: a, en: a}}\n  - {id: x, title: {nl: a, en: a}}"
    ),
    "line 4: 'x/y' cannot be a name": "id: a\ntitle: {nl: a, en: a}\nreasons:\n  - {id: x/y, title: {nl: a, en: a}}",
    "line 4: the key 'en' is missing": (
        "id: a\ntitle: {nl: a, en: a}\nreasons:\n  - {id: x, title: {nl: a, en: a}, markers: {nl: [a]}}"
    ),
    "begins or ends with a gap": (
        'id: a\ntitle: {nl: a, en: a}\nreasons:\n  - {id: x, title: {nl: a, en: a}, markers: {nl: ["... a"], en: [a]}}'
    ),
    "line 19: a reason below 4 others; join it": TREE.lstrip()
    + "                reasons:\n                  - {id: x, title: {nl: a, en: a}}",
    "there is no reason 'car/servce' to remove; did you mean 'car/service'?": TREE + "remove: [car/servce]",
}


def written(folder: Path, text: str, name: str = "own.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_tree_is_up_to_four_levels_deep(tmp_path: Path) -> None:
    tree = load_tree(written(tmp_path, TREE))
    assert [each.path for each in tree.walk()] == [
        "car",
        "car/service",
        "car/service/small",
        "car/service/small/oil",
    ]
    assert [each.path for each in tree.leaves] == ["car/service/small/oil", OTHER]
    assert reason_titles(tree, "nl")["car/service/small/oil"].endswith(" › Olie")
    assert reason_titles(tree, "en")[OTHER] == "Other"


@pytest.mark.parametrize("message", MISTAKES)
def test_a_mistake_is_told_with_its_place_and_cure(tmp_path: Path, message: str) -> None:
    with pytest.raises(FormError) as raised:
        load_tree(written(tmp_path, MISTAKES[message]))
    assert message in str(raised.value)
    assert str(raised.value).startswith("own.yaml line ")


def test_a_tree_extends_another_one(tmp_path: Path) -> None:
    own = """
extends: general
id: ours
title: {nl: Ons, en: Ours}
remove: [claim, order/place]
reasons:
  - id: money
    reasons:
      - {id: refund, markers: {nl: [kwijtschelding], en: [waiver]}}
      - {id: grant, title: {nl: Subsidie, en: Grant}}
"""
    tree = load_tree(written(tmp_path, own))
    shipped = load_tree(find_tree("general"))
    paths = {each.path for each in tree.walk()}
    assert paths - {each.path for each in shipped.walk()} == {"money/grant"}
    assert {each.path for each in shipped.walk()} - paths == {"claim", "claim/report", "claim/status", "order/place"}
    refund = next(each for each in tree.walk() if each.path == "money/refund")
    assert refund.markers["nl"][-1] == "kwijtschelding"
    assert len(refund.markers["nl"]) > 5
    assert tree.version != shipped.version


def test_a_tree_of_ones_own_may_bear_the_name_of_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "reasons").mkdir()
    text = "extends: general\nid: general\ntitle: {nl: Ons, en: Ours}\nreasons:\n  - {id: x, title: {nl: X, en: X}}\n"
    written(tmp_path / "reasons", text, "general.yaml")
    path = find_tree("general", tmp_path)
    assert path.parent == tmp_path / "reasons"
    assert reason_titles(load_tree(path, tmp_path), "en")["x"] == "X"


def test_a_tree_may_extend_ones_own_of_the_shipped_name(tmp_path: Path) -> None:
    (tmp_path / "reasons").mkdir()
    text = "extends: general\nid: {}\ntitle: {{nl: Ons, en: Ours}}\nreasons:\n  - {{id: {}, title: {{nl: X, en: X}}}}\n"
    written(tmp_path / "reasons", text.format("general", "x"), "general.yaml")
    child = written(tmp_path / "reasons", text.format("child", "y"), "child.yaml")
    assert {"x", "y", "money"} <= {each.path for each in load_tree(child, tmp_path).walk()}


def test_phrases_are_in_both_languages_or_in_none(tmp_path: Path) -> None:
    text = TREE.replace("{nl: [mijn auto], en: [my car]}", "{nl: [], en: [my car]}")
    with pytest.raises(FormError, match=r"own\.yaml line 7: a phrase that cannot be searched for; the phrases for nl"):
        load_tree(written(tmp_path, text))


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(FormError, match="no such tree of reasons; did you mean 'general'"):
        find_tree("genral")


def test_layout_does_not_alter_the_version(tmp_path: Path) -> None:
    version = load_tree(written(tmp_path, TREE)).version
    assert load_tree(written(tmp_path, TREE.replace("id: garage", "id:   garage  # ours"))).version == version
    assert load_tree(written(tmp_path, TREE.replace("Olie", "Oliewissel"))).version != version


def test_every_shipped_reason_has_titles_and_words() -> None:
    for path in shipped_trees().values():
        leaves = [each for each in load_tree(path).leaves if each.path != OTHER]
        assert all(each.title["nl"] and each.title["en"] for each in leaves)
        assert all(each.markers["nl"] and each.markers["en"] for each in leaves)
