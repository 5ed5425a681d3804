"""Evaluation forms: YAML read into frozen types, every mistake told with file, line and cure.

A form has sections of criteria. A criterion has findings (signals with parameters, or rules over other findings)
and verdict rules over them; the first rule that holds decides. `scoring_rubrics/README.md` is the reference.
"""

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar

import yaml
from yaml.constructor import ConstructorError, SafeConstructor

from qm.call import LANGUAGES, Language
from qm.errors import FormError
from qm.evaluation import ErrorClass, Outcome, Verdict
from qm.signals import RULES, SIGNALS, Value, lang
from qm.signals.registry import Range

DEFAULT_THRESHOLD = 0.4
"""confidence below which a verdict is not given, when the form says nothing"""

_WEIGHTS = Range(0.01, 1000)
_THRESHOLDS = Range(0, 1)
_NULL = "tag:yaml.org,2002:null"
"""an empty value, or one written `~` or `null`"""
_DEEPEST = 50
"""levels of nesting, and findings that rest on each other: far more than a person follows, and what scoring can"""
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})?(\.[0-9]*)?")
"""numbers that read as they are written; YAML takes 1:30 for 90 and 010 for 8, and has no largest number"""

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Answer = TypeVar("Answer", bound=StrEnum)


class Combine(StrEnum):
    """How a rule combines its parts."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True)
class Combination:
    """Several rules as one."""

    combine: Combine
    rules: tuple["Rule", ...]
    count: int = 0
    """only for `at_least`"""


Rule = str | Combination
"""a finding's name, or a combination"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a finding is made: by a signal with its parameters."""

    signal: str
    parameters: Mapping[str, Value]


Findings = Mapping[str, Recipe | Rule]
"""by name, in order: a finding may use the ones before it"""


@dataclass(frozen=True, slots=True)
class Case(Generic[Answer]):
    """An answer and when it holds."""

    answer: Answer
    rule: Rule


@dataclass(frozen=True, slots=True)
class Decision(Generic[Answer]):
    """Cases in order, the first that holds decides; `otherwise` when none does."""

    cases: tuple[Case[Answer], ...]
    otherwise: Answer


Bilingual = Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question of the form."""

    id: str
    title: Bilingual
    definition: str
    weight: float
    findings: Findings
    """the form's shared findings, then the criterion's own"""
    not_applicable: Rule | None
    verdict: Decision[Verdict]
    error_class: ErrorClass | None = None
    coaching: Bilingual | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Criteria that belong together."""

    id: str
    title: Bilingual
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class AutoFailRule:
    """A critical error and when it holds."""

    id: str
    title: Bilingual
    definition: str
    error_class: ErrorClass
    findings: Findings
    when: Rule


@dataclass(frozen=True, slots=True)
class OutcomeRules:
    """How the outcome is decided."""

    findings: Findings
    decision: Decision[Outcome]


@dataclass(frozen=True, slots=True)
class EvaluationForm:
    """A form as loaded. `version` is the hash of what it says and of what judges by it, the language files and
    the rules of the signals: layout and comments do not alter it."""

    id: str
    version: str
    title: Bilingual
    threshold: float
    """confidence, 0…1, below which a verdict becomes cannot tell"""
    sections: tuple[Section, ...]
    auto_fails: tuple[AutoFailRule, ...]
    outcome: OutcomeRules | None

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(criterion for section in self.sections for criterion in section.criteria)


def shipped() -> dict[str, Path]:
    """The forms that come with qm, by name: in `scoring_rubrics` beside the package."""
    return _forms_in(Path(__file__).resolve().parent.parent / "scoring_rubrics")


def find(name_or_path: str, extra_folder: Path | None = None) -> Path:
    """The file of a form: a path, or a name among the user's own forms and then the shipped ones.

    Raises:
        FormError: there is no such form; names the nearest.
    """
    known = shipped() | (_forms_in(extra_folder) if extra_folder else {})
    if name_or_path in known:
        return known[name_or_path]
    path = Path(name_or_path)
    try:
        if path.is_file():
            return path
    except OSError as error:  # the name is too long, or the folder may not be entered
        raise _unreadable(name_or_path, error) from error
    raise FormError(f"{name_or_path}: no such form; {_choose(name_or_path, known)}")


def load(path: Path) -> EvaluationForm:
    """Read and check a form.

    Raises:
        FormError: the first mistake, with file, line and cure.
    """
    try:
        source = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise FormError(f"{path.name}: cannot be read; save the form as UTF-8 text") from error
    except OSError as error:
        raise _unreadable(path.name, error) from error
    return _FormReader(path.name).read(source)


def _forms_in(folder: Path) -> dict[str, Path]:
    try:  # not `glob`, which takes a folder that may not be read for an empty one
        return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix == ".yaml"}
    except OSError as error:
        raise _unreadable(str(folder), error) from error


def _unreadable(what: str, error: OSError) -> FormError:
    return FormError(f"{what}: cannot be read, {error.strerror}; check the path and who may read it")


def _choose(wrong: str, known: Iterable[str]) -> str:
    """The cure for a wrong name: the nearest right one, or all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(wrong, names, n=1)
    return f"did you mean '{near[0]}'?" if near else f"use one of: {', '.join(names)}"


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


class _FormReader:
    """Walks the YAML nodes, which know their lines."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.ids: set[str] = set()

    # -- the form -------------------------------------------------------------------------------------

    def read(self, source: str) -> EvaluationForm:
        root = self._compose(source)
        fields = self._fields(root, {"id", "title", "sections"}, {"threshold", "findings", "auto_fails", "outcome"})
        shared = self._findings(fields.get("findings"), {})
        form = EvaluationForm(
            id=self._name(fields["id"]),
            title=self._bilingual(fields["title"]),
            threshold=self._threshold(fields.get("threshold")),
            sections=tuple(self._section(each, shared) for each in self._list(fields["sections"])),
            auto_fails=tuple(self._auto_fail(each, shared) for each in self._list(fields.get("auto_fails"))),
            outcome=self._outcome(fields["outcome"], shared) if "outcome" in fields else None,
            version=_version(self._value(root)),
        )
        if not form.criteria:
            raise self._error(fields["sections"], "the form has no criteria", "add a section with a criterion")
        return form

    def _compose(self, source: str) -> yaml.Node:
        try:
            self._check_events(yaml.parse(source, Loader=_LOADER))
            root = yaml.compose(source, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise FormError(
                f"{self.file} line {line}: malformed YAML, {error.problem}; check indentation, quotes and brackets"
            ) from error
        except yaml.YAMLError as error:
            raise FormError(f"{self.file} line 1: not YAML text; save the form as plain UTF-8 text") from error
        if root is None:
            raise FormError(f"{self.file} line 1: the form is empty; begin with id, title and sections")
        return root

    def _check_events(self, events: Iterable[yaml.Event]) -> None:
        """Refuse what YAML has and a form needs not, before anything is built of it."""
        depth = 0
        for event in events:
            if isinstance(event, yaml.AliasEvent):  # an alias may hold itself, and has no line of its own
                raise self._error(event, "an alias", "write the content out, or share a finding")
            if getattr(event, "tag", None):
                raise self._error(event, "a tag, which begins with '!'", "leave it out, or put the text in quotes")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise self._error(event, "too many levels", "make findings of the inner rules and name those")

    def _section(self, node: yaml.Node, shared: Findings) -> Section:
        fields = self._fields(node, {"id", "title", "criteria"})
        return Section(
            self._new_id(fields["id"]),
            self._bilingual(fields["title"]),
            tuple(self._criterion(each, shared) for each in self._list(fields["criteria"])),
        )

    def _criterion(self, node: yaml.Node, shared: Findings) -> Criterion:
        fields = self._fields(
            node,
            {"id", "title", "definition", "weight", "verdict"},
            {"findings", "error_class", "coaching"},
        )
        findings = self._findings(fields.get("findings"), shared)
        cases = self._decision(fields["verdict"], Verdict, findings)
        not_applicable = [each.rule for each in cases.cases if each.answer is Verdict.NOT_APPLICABLE]
        return Criterion(
            id=self._new_id(fields["id"]),
            title=self._bilingual(fields["title"]),
            definition=self._text(fields["definition"]),
            weight=self._weight(fields["weight"]),
            findings=findings,
            not_applicable=not_applicable[0] if not_applicable else None,
            verdict=replace(cases, cases=tuple(c for c in cases.cases if c.answer is not Verdict.NOT_APPLICABLE)),
            error_class=self._choice(fields["error_class"], ErrorClass, "error class")
            if "error_class" in fields
            else None,
            coaching=self._bilingual(fields["coaching"]) if "coaching" in fields else None,
        )

    def _auto_fail(self, node: yaml.Node, shared: Findings) -> AutoFailRule:
        fields = self._fields(node, {"id", "title", "definition", "error_class", "when"}, {"findings"})
        findings = self._findings(fields.get("findings"), shared)
        return AutoFailRule(
            id=self._new_id(fields["id"]),
            title=self._bilingual(fields["title"]),
            definition=self._text(fields["definition"]),
            error_class=self._choice(fields["error_class"], ErrorClass, "error class"),
            findings=findings,
            when=self._rule(fields["when"], findings),
        )

    def _outcome(self, node: yaml.Node, shared: Findings) -> OutcomeRules:
        fields = self._fields(node, {"decide"}, {"findings"})
        findings = self._findings(fields.get("findings"), shared)
        return OutcomeRules(findings, self._decision(fields["decide"], Outcome, findings))

    # -- findings and rules ---------------------------------------------------------------------------

    def _findings(self, node: yaml.Node | None, shared: Findings) -> Findings:
        findings = dict(shared)
        heights: dict[str, int] = {}
        for each, made in shared.items():
            heights[each] = _height(made, heights)
        for key, value in self._pairs(node) if node else ():
            name = self._name(key)
            if name in findings:
                raise self._error(key, f"the finding '{name}' is defined twice", "give one of them another name")
            findings[name] = self._finding(value, findings)
            heights[name] = _height(findings[name], heights)
            if heights[name] > _DEEPEST:
                raise self._error(key, f"'{name}' rests on too many findings in a row", "let it use earlier ones")
        return findings

    def _finding(self, node: yaml.Node, earlier: Findings) -> Recipe | Rule:
        keys = {self._text(key): key for key, _ in self._pairs(node)}
        values = {self._text(key): value for key, value in self._pairs(node)}
        if "signal" not in keys:
            if keys.keys() & set(Combine):
                return self._rule(node, earlier)
            raise self._error(node, "a finding without a signal", "add 'signal: phrase' or a rule such as 'any:'")
        name = self._text(values.pop("signal"))
        if name not in SIGNALS:
            raise self._error(keys["signal"], f"unknown signal '{name}'", _choose(name, SIGNALS))
        for parameter in SIGNALS[name].parameters.values():
            if parameter.required and parameter.name not in values:
                what = f"the signal '{name}' needs '{parameter.name}'"
                raise self._error(node, what, f"add '{parameter.name}:' to it")
        return Recipe(name, {key: self._parameter(name, keys[key], value, earlier) for key, value in values.items()})

    def _parameter(self, name: str, at: yaml.Node, node: yaml.Node, earlier: Findings) -> Value:
        """A parameter's value, of the type that the signal's signature asks for."""
        key = self._text(at)
        parameters = SIGNALS[name].parameters
        if key not in parameters:
            raise self._error(at, f"unknown parameter '{key}' of the signal '{name}'", _choose(key, parameters))
        value = self._value(node)
        if isinstance(value, dict):
            self._pairs(node)  # no key twice
            value = {each: tuple(words) if isinstance(words, list) else words for each, words in value.items()}
        problem = parameters[key].problem(value)
        if problem is not None:
            raise self._error(node, f"wrong value for '{key}' of '{name}'", problem)
        if parameters[key].is_finding and value not in earlier:
            raise self._error(node, f"undefined finding '{value}'", _choose(str(value), earlier))
        return value  # type: ignore[return-value]  # checked by the parameter

    def _decision(self, node: yaml.Node, answers: type[Answer], findings: Findings) -> Decision[Answer]:
        cases = []
        otherwise: Answer | None = None
        for key, value in self._pairs(node):
            word = self._text(key)
            if word == "otherwise":
                otherwise = self._choice(value, answers, answers.__name__.lower())
            else:
                cases.append(Case(self._choice(key, answers, answers.__name__.lower()), self._rule(value, findings)))
        if otherwise is None:
            raise self._error(node, "the key 'otherwise' is missing", "say what holds when no rule does")
        return Decision(tuple(cases), otherwise)

    def _rule(self, node: yaml.Node, findings: Findings) -> Rule:
        if isinstance(node, yaml.ScalarNode):
            name = self._text(node)
            if name not in findings:
                raise self._error(node, f"undefined finding '{name}'", _choose(name, findings))
            return name
        if isinstance(node, yaml.SequenceNode):
            raise self._error(node, "a list without a combinator", "write 'all:', 'any:' or 'none:' before it")
        parts = tuple(self._combination(key, value, findings) for key, value in self._pairs(node))
        return parts[0] if len(parts) == 1 else Combination(Combine.ALL, parts)

    def _combination(self, key: yaml.Node, value: yaml.Node, findings: Findings) -> Combination:
        combine = self._choice(key, Combine, "combinator")
        if combine is not Combine.AT_LEAST:
            return Combination(combine, self._rules(value, findings))
        fields = self._fields(value, {"count", "of"})
        count = self._value(fields["count"])
        rules = self._rules(fields["of"], findings)
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= len(rules):
            raise self._error(fields["count"], "wrong count", f"use a whole number from 1 to {len(rules)}")
        return Combination(combine, rules, count)

    def _rules(self, node: yaml.Node, findings: Findings) -> tuple[Rule, ...]:
        rules = tuple(self._rule(each, findings) for each in self._list(node))
        if not rules:
            raise self._error(node, "an empty list of findings", "name at least one finding")
        return rules

    # -- values ---------------------------------------------------------------------------------------

    def _fields(self, node: yaml.Node, required: set[str], optional: set[str] | None = None) -> dict[str, yaml.Node]:
        known = required | (optional or set())
        fields: dict[str, yaml.Node] = {}
        for key, value in self._pairs(node):
            name = self._text(key)
            if name not in known:
                raise self._error(key, f"unknown key '{name}'", _choose(name, known))
            fields[name] = value
        missing = sorted(required - fields.keys())
        if missing:
            raise self._error(node, f"the key '{missing[0]}' is missing", f"add '{missing[0]}:'")
        return fields

    def _pairs(self, node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode) or not node.value:
            raise self._error(node, "expected keys with values", "write 'key: value' lines here")
        seen: set[str] = set()
        for key, _ in node.value:
            name = self._text(key)
            if name in seen:
                raise self._error(key, f"'{name}' stands twice", "remove one, or join two rules with 'any:'")
            seen.add(name)
        return list(node.value)

    def _list(self, node: yaml.Node | None) -> list[yaml.Node]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(node, "expected a list", "write items in [brackets] or on lines that begin with '-'")
        return list(node.value)

    def _text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or not str(node.value).strip() or node.tag == _NULL:
            raise self._error(node, "expected a text", "write a word or a sentence here")
        return str(node.value)

    def _name(self, node: yaml.Node) -> str:
        name = self._text(node)
        if not name.replace("_", "").isalnum() or not name.isascii():
            raise self._error(node, f"'{name}' cannot be a name", "use letters, digits and underscores")
        return name

    def _new_id(self, node: yaml.Node) -> str:
        name = self._name(node)
        if name in self.ids:
            raise self._error(node, f"the id '{name}' stands twice", "give one of them another id")
        self.ids.add(name)
        return name

    def _bilingual(self, node: yaml.Node) -> Bilingual:
        fields = self._fields(node, set(LANGUAGES))
        return {language: self._text(fields[language]) for language in LANGUAGES}

    def _weight(self, node: yaml.Node) -> float:
        return self._number(node, "weight", _WEIGHTS)

    def _threshold(self, node: yaml.Node | None) -> float:
        return DEFAULT_THRESHOLD if node is None else self._number(node, "threshold", _THRESHOLDS)

    def _number(self, node: yaml.Node, what: str, allowed: Range) -> float:
        value = self._value(node)
        if isinstance(value, bool) or not isinstance(value, int | float) or value not in allowed:
            raise self._error(node, f"wrong {what}", f"use a number {allowed}")
        return float(value)

    def _choice(self, node: yaml.Node, choices: type[Answer], what: str) -> Answer:
        word = self._text(node)
        if word not in set(choices):
            raise self._error(node, f"unknown {what} '{word}'", _choose(word, set(choices)))
        return choices(word)

    def _value(self, node: yaml.Node) -> object:
        """The value a node stands for."""
        try:
            return _Values().construct_document(node)
        except ConstructorError as error:
            line = (error.problem_mark or node.start_mark).line + 1
            what = "neither a text nor a plain number"
            cure = "write digits such as 12 or 0.5, or put a text in quotes"
            raise self._error_in(line, what, cure) from error

    def _error(self, place: yaml.Node | yaml.Event, what: str, cure: str) -> FormError:
        return self._error_in(place.start_mark.line + 1 if place.start_mark else 1, what, cure)

    def _error_in(self, line: int, what: str, cure: str) -> FormError:
        return FormError(f"{self.file} line {line}: {what}; {cure}")


def _height(made: Recipe | Rule, heights: Mapping[str, int]) -> int:
    """How many steps lead from a finding to the words: one more than what it rests on."""
    if isinstance(made, str):
        return heights[made]
    if isinstance(made, Combination):
        return 1 + max(_height(rule, heights) for rule in made.rules)
    parameters = SIGNALS[made.signal].parameters
    return 1 + max((heights[str(v)] for name, v in made.parameters.items() if parameters[name].is_finding), default=0)


_ORDERED = frozenset({"verdict", "decide"})
"""mappings whose order is content: the first case that holds decides"""


def _version(form: object) -> str:
    """First 12 hexadecimal digits of the SHA-256 of the form's content, whatever its layout, and of its judge."""
    judge = [lang.content_hash(), RULES]
    content = json.dumps([_canonical(form), *judge], ensure_ascii=False, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _canonical(value: object, ordered: bool = False) -> object:
    if isinstance(value, dict):
        return [list(pair) for pair in _canonical_pairs(value, ordered)]
    if isinstance(value, list):
        return [_canonical(each) for each in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _canonical_pairs(mapping: dict[object, object], ordered: bool) -> Iterator[tuple[str, object]]:
    keys = list(mapping) if ordered else sorted(mapping, key=str)
    for key in keys:
        yield str(key), _canonical(mapping[key], ordered=key in _ORDERED)
