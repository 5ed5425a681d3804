"""Contact reasons: a YAML tree → ReasonTree. A second tree is a second file that extends the first.

A reason has a title, phrases that say it (`markers`), words that go with it (`hints`), and reasons below it. Every
contact centre writes its own, one to four levels deep; `other` is always there and needs no entry.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from qm.call import Language
from qm.rubric.documents import Reader, Shelf, choose
from qm.rubric.forms import Bilingual
from qm.signals import Phrases

TREES = Shelf("tree of reasons", "reasons")
OTHER = "other"
"""the path of what is none of the reasons"""
DEEPEST = 4
"""levels of reasons"""
_OTHER_TITLE: Bilingual = {"nl": "Anders", "en": "Other"}
_PARTS = {"markers", "hints", "reasons"}


@dataclass(frozen=True, slots=True)
class ContactReason:
    """One reason for contact. It has no phrases, or some in each language."""

    path: str
    """ids from the top, with `/` between them: "money/refund" """
    title: Bilingual
    markers: Phrases = field(default_factory=dict)
    """phrases that say the reason"""
    hints: Phrases = field(default_factory=dict)
    """words that go with it; a negation beside them changes nothing"""
    reasons: tuple["ContactReason", ...] = ()

    def walk(self) -> Iterator["ContactReason"]:
        """The reason itself, then all below it."""
        yield self
        for each in self.reasons:
            yield from each.walk()


@dataclass(frozen=True, slots=True, eq=False)
class ReasonTree:
    """A tree as loaded. Compared by identity: a key for what is made of it. `version` is the hash of its content."""

    id: str
    version: str
    title: Bilingual
    reasons: tuple[ContactReason, ...]

    def walk(self) -> Iterator[ContactReason]:
        """All reasons, each before those below it."""
        for each in self.reasons:
            yield from each.walk()

    @property
    def leaves(self) -> tuple[ContactReason, ...]:
        """The reasons with none below them, and `other`."""
        return (*(each for each in self.walk() if not each.reasons), ContactReason(OTHER, _OTHER_TITLE))


def shipped_trees() -> dict[str, Path]:
    """The trees that come with qm, by name."""
    return TREES.shipped()


def find_tree(name_or_path: str, extra_folder: Path | None = None) -> Path:
    """The file of a tree: a path, or a name among the user's own trees and then the shipped ones.

    Args:
        extra_folder: the user's own forms; trees are in its folder `reasons`.

    Raises:
        FormError: there is no such tree; names the nearest.
    """
    return TREES.find(name_or_path, extra_folder)


def load_tree(path: Path, extra_folder: Path | None = None) -> ReasonTree:
    """Read and check a tree.

    Raises:
        FormError: the first mistake, with file, line and cure.
    """
    return _TreeReader(path.name).read(TREES.compose(path, extra_folder))


class _TreeReader(Reader):
    def read(self, root: yaml.Node) -> ReasonTree:
        fields = self.fields(root, {"id", "title", "reasons"}, {"remove"})
        removed = {self.text(each): each for each in self.items(fields.get("remove"))}
        reasons = self._reasons(fields["reasons"], "", 1)
        known = {each.path for reason in reasons for each in reason.walk()}
        for path, node in removed.items():
            if path not in known:
                raise self.error(node, f"there is no reason '{path}' to remove", choose(path, known))
        return ReasonTree(
            id=self.name(fields["id"]),
            version=_version(self.value(root)),
            title=self.bilingual(fields["title"]),
            reasons=self._kept(fields["reasons"], reasons, frozenset(removed)),
        )

    def _kept(
        self, node: yaml.Node, reasons: tuple[ContactReason, ...], removed: frozenset[str]
    ) -> tuple[ContactReason, ...]:
        kept = _without(reasons, removed)
        if not kept:
            raise self.error(node, "the tree has no reasons", "add one with '- id:' and 'title:'")
        return kept

    def _reasons(self, node: yaml.Node | None, above: str, level: int) -> tuple[ContactReason, ...]:
        reasons: dict[str, ContactReason] = {}
        for each in self.items(node):
            if level > DEEPEST:
                raise self.error(each, f"a reason below {DEEPEST} others", "join it with the reason above it")
            reason = self._reason(each, above, level)
            if reason.path in reasons:
                raise self.error(each, f"the reason '{reason.path}' stands twice", "give one of them another id")
            reasons[reason.path] = reason
        return tuple(reasons.values())

    def _reason(self, node: yaml.Node, above: str, level: int) -> ContactReason:
        fields = self.fields(node, {"id", "title"}, _PARTS)
        path = f"{above}/{self.name(fields['id'])}".lstrip("/")
        if path == OTHER:
            raise self.error(fields["id"], f"'{OTHER}' is always there", "leave it out, or use another id")
        return ContactReason(
            path,
            self.bilingual(fields["title"]),
            self.phrases(fields.get("markers")),
            self.phrases(fields.get("hints")),
            self._reasons(fields.get("reasons"), path, level + 1),
        )


def _without(reasons: tuple[ContactReason, ...], removed: frozenset[str]) -> tuple[ContactReason, ...]:
    return tuple(
        ContactReason(each.path, each.title, each.markers, each.hints, _without(each.reasons, removed))
        for each in reasons
        if each.path not in removed
    )


def _version(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def reason_titles(tree: ReasonTree, reader: Language) -> dict[str, str]:
    """What people call each reason, from the top: "Money › Refund"."""
    titles = {OTHER: _OTHER_TITLE[reader]}
    for reason in tree.walk():
        above = reason.path.rpartition("/")[0]
        own = reason.title[reader]
        titles[reason.path] = f"{titles[above]} › {own}" if above else own
    return titles
