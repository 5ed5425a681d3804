"""YAML files that people write (forms, brands), read as nodes that know their file and line.

A file may extend another one; what it says itself goes before. Every mistake is told with file, line and cure. The
files of one kind are on a shelf: those that come with qm, and the user's own.
"""

import difflib
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor

from qm.call import LANGUAGES, Language
from qm.errors import FormError
from qm.rubric.forms import Answer, Place
from qm.signals import Phrases
from qm.signals.registry import Range, phrases_problem

RUBRICS = Path(__file__).resolve().parents[2] / "scoring_rubrics"
"""what comes with qm, beside the package"""
_NULL = "tag:yaml.org,2002:null"
"""an empty value, or one written `~` or `null`"""
DEEPEST = 50
"""levels of nesting: far more than a person follows, and what reading them can descend"""
_LONGEST_LINE_OF_PARENTS = 20
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})?(\.[0-9]*)?")
"""numbers that read as they are written; YAML takes 1:30 for 90 and 010 for 8, and has no largest number"""
_WHOLE = frozenset({"verdict", "when", "decide"})
"""values that a file that extends another replaces whole: half of the old rule and half of the new make no sense"""

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Find = Callable[[str, Path], Path]
"""from the name that a file extends, and that file: the file meant; raises FormError"""
_SOUND = ("x",)
"""phrases without fault, where there may be none"""


def choose(wrong: str, known: Iterable[str]) -> str:
    """The cure for a wrong name: the nearest right one, or all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(wrong, names, n=1)
    return f"did you mean '{near[0]}'?" if near else f"use one of: {', '.join(names)}"


def unreadable(what: str, error: OSError) -> FormError:
    """The refusal of a file or folder that the system does not let qm read."""
    return FormError(f"{what}: cannot be read, {error.strerror}; check the path and who may read it")


def files_in(folder: Path, *, may_lack: bool = False) -> dict[str, Path]:
    """The YAML files of a folder by name.

    Args:
        may_lack: there may be no such folder, and then there are none.

    Raises:
        FormError: the folder cannot be read.
    """
    try:  # not `glob`, which takes a folder that may not be read for an empty one
        return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix == ".yaml"}
    except OSError as error:
        if may_lack and isinstance(error, FileNotFoundError):
            return {}
        raise unreadable(str(folder), error) from error


@dataclass(frozen=True, slots=True)
class Shelf:
    """The files of one kind: those that come with qm, and the user's own in a folder that is laid out alike."""

    what: str
    """what people call one of them"""
    folder: str = "."
    """where they are, within what comes with qm and within the user's folder"""

    def shipped(self) -> dict[str, Path]:
        """Those that come with qm, by name."""
        return files_in(RUBRICS / self.folder)

    def find(self, name_or_path: str, extra_folder: Path | None = None) -> Path:
        """The file of a name among the user's own and then the shipped ones, or a path.

        Args:
            extra_folder: the user's own folder.

        Raises:
            FormError: there is no such file; names the nearest.
        """
        known = self.shipped() | self._own(extra_folder)
        if name_or_path in known:
            return known[name_or_path]
        path = Path(name_or_path)
        try:
            if path.is_file():
                return path
        except OSError as error:  # the name is too long, or the folder may not be entered
            raise unreadable(name_or_path, error) from error
        raise FormError(f"{name_or_path}: no such {self.what}; {choose(name_or_path, known)}")

    def _own(self, extra_folder: Path | None) -> dict[str, Path]:
        if extra_folder is None:
            return {}
        folder = extra_folder / self.folder
        return files_in(folder, may_lack=folder != extra_folder)

    def parent_of(self, name: str, child: Path, extra_folder: Path | None = None) -> Path:
        """The file that another one extends by this name; a file may bear the name of the shipped one it extends.

        Raises:
            FormError: there is no such file; names the nearest.
        """
        found, shipped = self.find(name, extra_folder), self.shipped()
        return shipped[name] if name in shipped and found.resolve() == child.resolve() else found

    def compose(self, path: Path, extra_folder: Path | None = None) -> yaml.MappingNode:
        """The nodes of a file, as `compose` has them."""
        return compose(path, lambda name, child: self.parent_of(name, child, extra_folder))


def compose(path: Path, parent: Find) -> yaml.MappingNode:
    """The nodes of a file, laid over those of the files it extends, without the key `extends` itself.

    Raises:
        FormError: a file cannot be read, is not YAML, or extends itself in the end.
    """
    return _composed(path, parent, ())


def _composed(path: Path, parent: Find, children: tuple[Path, ...]) -> yaml.MappingNode:
    # A file that bears its child's name is told apart by its folder.
    same = any(path.name == each.name for each in children)
    reader = Reader(f"{path.parent.name}/{path.name}" if same else path.name)
    root = reader.compose(source(path))
    extends = [(key, value) for key, value in reader.pairs(root) if reader.text(key) == "extends"]
    assert isinstance(root, yaml.MappingNode)
    if not extends:
        return root
    own = yaml.MappingNode(root.tag, [pair for pair in root.value if pair != extends[0]], root.start_mark)
    name = extends[0][1]
    try:
        above = parent(reader.text(name), path)
    except FormError as error:
        raise reader.error(name, f"cannot extend: {error}", "name a file that exists") from error
    family = (*children, path.resolve())
    if above.resolve() in family or len(family) > _LONGEST_LINE_OF_PARENTS:
        raise reader.error(name, f"the file extends itself by way of {above.name}", "take one 'extends' out")
    return _laid_over(_composed(above, parent, family), own)


def source(path: Path) -> str:
    """The text of a file.

    Raises:
        FormError: it cannot be read.
    """
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise FormError(f"{path.name}: cannot be read; save it as UTF-8 text") from error
    except OSError as error:
        raise unreadable(path.name, error) from error


def _laid_over(base: yaml.MappingNode, own: yaml.MappingNode, within: str = "") -> yaml.MappingNode:
    """`own` before `base`: keys of both are joined, items with the same id too; other lists are added."""
    pairs = {_scalar(key): (key, value) for key, value in base.value}
    for key, value in own.value:
        name = _scalar(key)
        under = pairs[name][1] if name in pairs else None
        whole = name in _WHOLE or within == "findings"
        pairs[name] = (key, value if whole or under is None else _joined(under, value, name))
    return yaml.MappingNode(own.tag, list(pairs.values()), own.start_mark)


def _joined(base: yaml.Node, own: yaml.Node, name: str) -> yaml.Node:
    if isinstance(base, yaml.MappingNode) and isinstance(own, yaml.MappingNode):
        return _laid_over(base, own, name)
    if isinstance(base, yaml.SequenceNode) and isinstance(own, yaml.SequenceNode):
        return yaml.SequenceNode(own.tag, _items(base.value, own.value), own.start_mark)
    return own


def _items(base: list[yaml.Node], own: list[yaml.Node]) -> list[yaml.Node]:
    items = list(base)
    places = {_id(item): at for at, item in enumerate(base) if _id(item)}
    for item in own:
        at = places.get(_id(item))
        if at is None:
            items.append(item)
        else:
            items[at] = _joined(items[at], item, "")
    return items


def _id(item: yaml.Node) -> str | None:
    if not isinstance(item, yaml.MappingNode):
        return None
    return next((_scalar(value) for key, value in item.value if _scalar(key) == "id"), None)


def _scalar(node: yaml.Node) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _decimal(_: SafeConstructor, node: yaml.ScalarNode) -> float:
    text = str(node.value)
    if not _DECIMAL.fullmatch(text):
        raise ConstructorError(problem_mark=node.start_mark)
    return float(text) if "." in text else int(text)


def _as_written(_: SafeConstructor, node: yaml.ScalarNode) -> str:
    return str(node.value)


class _Values(SafeConstructor):
    """Makes values of YAML nodes: numbers that are plain decimals only, dates as texts."""

    yaml_constructors = SafeConstructor.yaml_constructors | {
        "tag:yaml.org,2002:int": _decimal,
        "tag:yaml.org,2002:float": _decimal,
        "tag:yaml.org,2002:timestamp": _as_written,
        "tag:yaml.org,2002:value": _as_written,
    }


class _Source(io.StringIO):
    """Text with the name of its file, which goes into the nodes' marks."""

    name = ""


class Reader:
    """Takes nodes apart; each mistake is a FormError with the line of the node at which it stands."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.ids: set[str] = set()

    def compose(self, source: str) -> yaml.Node:
        """The root node of a YAML text."""
        try:
            self._check_events(yaml.parse(source, Loader=_LOADER))
            named = _Source(source)
            named.name = self.file
            root = yaml.compose(named, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise FormError(
                f"{self.file} line {line}: malformed YAML, {error.problem}; check indentation, quotes and brackets"
            ) from error
        except yaml.YAMLError as error:
            raise FormError(f"{self.file} line 1: not YAML text; save it as plain UTF-8 text") from error
        if root is None:
            raise FormError(f"{self.file} line 1: the file is empty; begin with id and title")
        return root

    def _check_events(self, events: Iterable[yaml.Event]) -> None:
        """Refuse what YAML has and these files need not, before anything is built of it."""
        depth = 0
        for event in events:
            if isinstance(event, yaml.AliasEvent):  # an alias may hold itself, and has no line of its own
                raise self.error(event, "an alias", "write the content out, or share a finding")
            if getattr(event, "tag", None):
                raise self.error(event, "a tag, which begins with '!'", "leave it out, or put the text in quotes")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise self.error(event, "too many levels", "make findings of the inner rules and name those")

    # -- collections ----------------------------------------------------------------------------------

    def fields(self, node: yaml.Node, required: set[str], optional: set[str] | None = None) -> dict[str, yaml.Node]:
        """A mapping with these keys and no others."""
        known = required | (optional or set())
        fields: dict[str, yaml.Node] = {}
        for key, value in self.pairs(node):
            name = self.text(key)
            if name not in known:
                raise self.error(key, f"unknown key '{name}'", choose(name, known))
            fields[name] = value
        missing = sorted(required - fields.keys())
        if missing:
            raise self.error(node, f"the key '{missing[0]}' is missing", f"add '{missing[0]}:'")
        return fields

    def pairs(self, node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
        """The keys and values of a mapping, no key twice."""
        if not isinstance(node, yaml.MappingNode) or not node.value:
            raise self.error(node, "expected keys with values", "write 'key: value' lines here")
        seen: set[str] = set()
        for key, _ in node.value:
            name = self.text(key)
            if name in seen:
                raise self.error(key, f"'{name}' stands twice", "remove one, or join two rules with 'any:'")
            seen.add(name)
        return list(node.value)

    def items(self, node: yaml.Node | None) -> list[yaml.Node]:
        """The items of a list; none without a node."""
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(node, "expected a list", "write items in [brackets] or on lines that begin with '-'")
        return list(node.value)

    # -- single values --------------------------------------------------------------------------------

    def text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or not str(node.value).strip() or node.tag == _NULL:
            raise self.error(node, "expected a text", "write a word or a sentence here")
        return str(node.value)

    def name(self, node: yaml.Node) -> str:
        name = self.text(node)
        if not name.replace("_", "").isalnum() or not name.isascii():
            raise self.error(node, f"'{name}' cannot be a name", "use letters, digits and underscores")
        return name

    def new_id(self, node: yaml.Node) -> str:
        """A name that stands once in the file."""
        name = self.name(node)
        if name in self.ids:
            raise self.error(node, f"the id '{name}' stands twice", "give one of them another id")
        self.ids.add(name)
        return name

    def bilingual(self, node: yaml.Node) -> dict[Language, str]:
        fields = self.fields(node, set(LANGUAGES))
        return {language: self.text(fields[language]) for language in LANGUAGES}

    def number(self, node: yaml.Node, what: str, allowed: Range) -> float:
        value = self.value(node)
        if isinstance(value, bool) or not isinstance(value, int | float) or value not in allowed:
            raise self.error(node, f"wrong {what}", f"use a number {allowed}")
        return float(value)

    def optional_text(self, node: yaml.Node) -> str | None:
        """A text; None for an empty value, or one written `~` or `null`."""
        return None if isinstance(node, yaml.ScalarNode) and node.tag == _NULL else self.text(node)

    def texts(self, node: yaml.Node | None) -> tuple[str, ...]:
        """The texts of a list, each once; none without a node."""
        return tuple(dict.fromkeys(self.text(each) for each in self.items(node)))

    def phrases(self, node: yaml.Node | None, *, may_be_empty: bool = False) -> Phrases:
        """Phrases in both languages; none without a node."""
        if node is None:
            return {}
        fields = self.fields(node, set(LANGUAGES))
        phrases = {language: self.texts(fields[language]) for language in LANGUAGES}
        filled = {language: words or _SOUND for language, words in phrases.items()}
        problem = phrases_problem(filled if may_be_empty else phrases)
        if problem is not None:
            raise self.error(node, "a phrase that cannot be searched for", problem)
        return phrases

    def language(self, node: yaml.Node) -> Language:
        word = self.text(node)
        known = next((each for each in LANGUAGES if each == word), None)
        if known is None:
            raise self.error(node, f"unknown language '{word}'", choose(word, LANGUAGES))
        return known

    def choice(self, node: yaml.Node, choices: type[Answer], what: str) -> Answer:
        word = self.text(node)
        if word not in set(choices):
            raise self.error(node, f"unknown {what} '{word}'", choose(word, set(choices)))
        return choices(word)

    def value(self, node: yaml.Node) -> object:
        """The value a node stands for."""
        try:
            return _Values().construct_document(node)
        except ConstructorError as error:
            what = "neither a text nor a plain number"
            cure = "write digits such as 12 or 0.5, or put a text in quotes"
            raise self._error_at(error.problem_mark or node.start_mark, what, cure) from error

    # -- mistakes -------------------------------------------------------------------------------------

    def place(self, node: yaml.Node) -> Place:
        """Where a node stands: its file, which may be one that this file extends, and its line."""
        return self._place(node.start_mark)

    def error(self, at: yaml.Node | yaml.Event, what: str, cure: str) -> FormError:
        return self._error_at(at.start_mark, what, cure)

    def _error_at(self, mark: Any, what: str, cure: str) -> FormError:
        place = self._place(mark)
        return FormError(f"{place.file} line {place.line}: {what}; {cure}")

    def _place(self, mark: Any) -> Place:
        file = mark.name if mark and not mark.name.startswith("<") else self.file
        return Place(file, mark.line + 1 if mark else 1)
