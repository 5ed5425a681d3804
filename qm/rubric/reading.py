"""Evaluation forms: YAML read into frozen types, every mistake told with file, line and cure.

A form has sections of criteria. A criterion has findings (signals with parameters, or rules over other findings)
and verdict rules over them; the first rule that holds decides. `scoring_rubrics/README.md` is the reference.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path

import yaml

from qm.brand import Brand
from qm.call import LANGUAGES, Language
from qm.errors import FormError
from qm.evaluation import OUTCOME, ErrorClass, Outcome, Verdict
from qm.learned import Learned, ModelError, from_json
from qm.rubric.brands import load_brand, shipped_brands
from qm.rubric.documents import DEEPEST, RUBRICS, Reader, Shelf, choose, source, unreadable
from qm.rubric.forms import (
    Answer,
    AutoFailRule,
    Case,
    Combination,
    Combine,
    Criterion,
    Decision,
    Definition,
    EvaluationForm,
    Example,
    Findings,
    JudgeUse,
    OutcomeRules,
    Recipe,
    Rule,
    Section,
)
from qm.signals import RULES, SIGNALS, Value, lang
from qm.signals.registry import Range

FORMS = Shelf("form")
DEFAULT_THRESHOLD = 0.4
"""confidence below which a verdict is not given, when the form says nothing"""
LEARNED = "learned"
"""folder of models, beside the forms"""
GENERAL = "general"
"""the brand of an installation that names none"""

_OPTIONAL = {"threshold", "findings", "auto_fails", "outcome", "judge", "remove", "learned"}
_WEIGHTS = Range(0.01, 1000)
_NOTHING = re.compile(r"0(\.0*)?")
"""the weight of what is reported and not scored"""
_CLOCK = r"(\d+:)?\d{1,2}:\d{2}([.,]\d{1,3})?"
_WHEN = rf"[\[(]?{_CLOCK}(\s*[-–]\s*{_CLOCK})?[\])]?\s+"
_SPOKEN = re.compile(rf"\s*({_WHEN})?(agent|customer)\s*:[^\0]*\w[^\0]*", re.IGNORECASE)
"""a line of an example: a speaker and words, and a time before them if that matters; every such call can be read"""
_THRESHOLDS = Range(0, 1)


def shipped() -> dict[str, Path]:
    """The forms that come with qm, by name: in `scoring_rubrics` beside the package."""
    return FORMS.shipped()


def find_form(name_or_path: str, extra_folder: Path | None = None) -> Path:
    """The file of a form: a path, or a name among the user's own forms and then the shipped ones.

    Raises:
        FormError: there is no such form; names the nearest.
    """
    return FORMS.find(name_or_path, extra_folder)


def load(path: Path, brand: Brand | None = None, extra_folder: Path | None = None) -> EvaluationForm:
    """Read and check a form.

    Args:
        brand: whose vocabulary the signals use; the general one by default.
        extra_folder: the user's own forms, for `extends`.

    Raises:
        FormError: the first mistake, with file, line and cure.
    """
    root = FORMS.compose(path, extra_folder)
    return _FormReader(path, extra_folder).read(root, brand or load_brand(shipped_brands()[GENERAL]))


def learned_file(name: str, form: Path, extra_folder: Path | None) -> Path | None:
    """The models of a name: beside the form, in the user's folder, or shipped."""
    folders = [form.parent, *([extra_folder] if extra_folder else []), RUBRICS]
    return next((file for each in folders if (file := each / LEARNED / f"{name}.json").is_file()), None)


def models_of(form: Path, extra_folder: Path | None = None) -> Path | None:
    """The file beside a form to which its models belong; None when it names none.

    Args:
        extra_folder: the user's own forms, for `extends`.

    Raises:
        FormError: the form cannot be read, or its models are those of the form that it extends.
    """
    reader = Reader(form.name)
    named = _learned_name(reader, FORMS.compose(form, extra_folder))
    own = _learned_name(reader, reader.compose(source(form)))
    if named and not own:
        what = f"its models, '{named}', are those of the form it extends, and training would overwrite them"
        raise FormError(f"{form.name}: {what}; add your own learned: line, such as 'learned: {form.stem}'")
    return form.parent / LEARNED / f"{own}.json" if own else None


def _learned_name(reader: Reader, root: yaml.Node) -> str | None:
    return next((reader.name(value) for key, value in reader.pairs(root) if reader.text(key) == LEARNED), None)


class Need(StrEnum):
    """What a criterion needs beside the transcript."""

    NOTE = "note"


class _FormReader(Reader):
    """Walks the YAML nodes, which know their lines."""

    def __init__(self, path: Path, extra_folder: Path | None) -> None:
        super().__init__(path.name)
        self.path = path
        self.extra_folder = extra_folder

    # -- the form -------------------------------------------------------------------------------------

    def read(self, root: yaml.Node, brand: Brand) -> EvaluationForm:
        fields = self.fields(root, {"id", "title", "sections"}, _OPTIONAL)
        shared = self._findings(fields.get("findings"), {})
        judge = self._judge(fields.get("judge"), JudgeUse.OFF)
        removed = self._removed(fields.get("remove"))
        form = EvaluationForm(
            id=self.name(fields["id"]),
            title=self.bilingual(fields["title"]),
            threshold=self._threshold(fields.get("threshold")),
            sections=tuple(self._section(each, shared, judge) for each in self.items(fields["sections"])),
            auto_fails=tuple(self._auto_fail(each, shared) for each in self.items(fields.get("auto_fails"))),
            outcome=self._outcome(fields["outcome"], shared, judge) if "outcome" in fields else None,
            brand=brand,
            version="",
        )
        form = self._without(form, removed)
        models, digest = self._learned(fields.get("learned"))
        form = replace(form, learned=models, version=_version(self.value(root), brand, digest))
        if not form.criteria:
            raise self.error(fields["sections"], "the form has no criteria", "add a section with a criterion")
        return form

    def _removed(self, node: yaml.Node | None) -> dict[str, yaml.Node]:
        return {self.text(each): each for each in self.items(node)}

    def _without(self, form: EvaluationForm, removed: Mapping[str, yaml.Node]) -> EvaluationForm:
        """The form without the criteria and auto-fails of the form it extends that it does not want."""
        for name, node in removed.items():
            if name not in self.ids:
                raise self.error(node, f"there is no '{name}' to remove", choose(name, self.ids))
        sections = (
            replace(each, criteria=tuple(c for c in each.criteria if c.id not in removed)) for each in form.sections
        )
        return replace(
            form,
            sections=tuple(each for each in sections if each.criteria and each.id not in removed),
            auto_fails=tuple(each for each in form.auto_fails if each.id not in removed),
        )

    def _learned(self, node: yaml.Node | None) -> tuple[Learned | None, str]:
        """The models that the form names, and the hash of their file. Before the first training there are none."""
        if node is None:
            return None, ""
        file = learned_file(self.name(node), self.path, self.extra_folder)
        if file is None:
            return None, ""
        try:
            content = file.read_bytes()
            return _models(json.loads(content)), hashlib.sha256(content).hexdigest()
        except OSError as error:
            raise unreadable(str(file), error) from error
        except (ModelError, ValueError) as error:
            raise FormError(f"{file}: cannot be used, {error}; make it again with qm forms train") from error

    def _section(self, node: yaml.Node, shared: Findings, judge: JudgeUse) -> Section:
        fields = self.fields(node, {"id", "title", "criteria"})
        return Section(
            self.new_id(fields["id"]),
            self.bilingual(fields["title"]),
            tuple(self._criterion(each, shared, judge) for each in self.items(fields["criteria"])),
        )

    def _criterion(self, node: yaml.Node, shared: Findings, judge: JudgeUse) -> Criterion:
        fields = self.fields(
            node,
            {"id", "title", "definition", "weight", "verdict"},
            {"findings", "error_class", "coaching", "judge", "needs", "examples"},
        )
        findings = self._findings(fields.get("findings"), shared)
        cases = self._decision(fields["verdict"], Verdict, findings)
        not_applicable = [each.rule for each in cases.cases if each.answer is Verdict.NOT_APPLICABLE]
        return Criterion(
            id=self._target(fields["id"]),
            title=self.bilingual(fields["title"]),
            definition=self._definition_of(fields["definition"]),
            weight=self._weight(fields["weight"]),
            findings=findings,
            not_applicable=not_applicable[0] if not_applicable else None,
            verdict=replace(cases, cases=tuple(c for c in cases.cases if c.answer is not Verdict.NOT_APPLICABLE)),
            error_class=self.choice(fields["error_class"], ErrorClass, "error class")
            if "error_class" in fields
            else None,
            coaching=self.bilingual(fields["coaching"]) if "coaching" in fields else None,
            judge=self._judge(fields.get("judge"), judge),
            place=self.place(fields["id"]),
            needs_note="needs" in fields and bool(self.choice(fields["needs"], Need, "need")),
            examples=self._examples(fields.get("examples"), Verdict),
        )

    def _auto_fail(self, node: yaml.Node, shared: Findings) -> AutoFailRule:
        fields = self.fields(node, {"id", "title", "definition", "error_class", "when"}, {"findings"})
        findings = self._findings(fields.get("findings"), shared)
        return AutoFailRule(
            id=self._target(fields["id"]),
            title=self.bilingual(fields["title"]),
            definition=self._definition_of(fields["definition"]),
            error_class=self.choice(fields["error_class"], ErrorClass, "error class"),
            findings=findings,
            when=self._rule(fields["when"], findings),
        )

    def _outcome(self, node: yaml.Node, shared: Findings, judge: JudgeUse) -> OutcomeRules:
        fields = self.fields(node, {"decide"}, {"findings", "judge", "examples"})
        findings = self._findings(fields.get("findings"), shared)
        return OutcomeRules(
            findings,
            self._decision(fields["decide"], Outcome, findings),
            self._judge(fields.get("judge"), judge),
            self._examples(fields.get("examples"), Outcome),
        )

    def _target(self, node: yaml.Node) -> str:
        """The id of something that is judged."""
        name = self.new_id(node)
        if name == OUTCOME:
            raise self.error(node, f"'{OUTCOME}' is the name of what became of the call", "use another id")
        return name

    def _definition_of(self, node: yaml.Node) -> dict[Language, str]:
        """In both languages, or one text for both."""
        if isinstance(node, yaml.MappingNode):
            return self.bilingual(node)
        return dict.fromkeys(LANGUAGES, self.text(node))

    def _judge(self, node: yaml.Node | None, default: JudgeUse) -> JudgeUse:
        return default if node is None else self.choice(node, JudgeUse, "use of the judge")

    def _examples(self, node: yaml.Node | None, answers: type[Answer]) -> tuple[Example[Answer], ...]:
        return tuple(self._example(each, answers) for each in self.items(node))

    def _example(self, node: yaml.Node, answers: type[Answer]) -> Example[Answer]:
        fields = self.fields(node, {"language", "call", "expect"}, {"note"})
        return Example(
            language=self.language(fields["language"]),
            call=self._call(fields["call"]),
            expect=self.choice(fields["expect"], answers, answers.__name__.lower()),
            note=self.text(fields["note"]) if "note" in fields else None,
            place=self.place(node),
        )

    def _call(self, node: yaml.Node) -> str:
        """What is said in an example. A mistyped speaker would otherwise go on with the turn before."""
        call = self.text(node)
        for number, line in enumerate(call.splitlines(), start=1):
            if line.strip() and not _SPOKEN.fullmatch(line):
                what = f"nobody speaks in line {number} of the example's call"
                raise self.error(node, what, "begin it with 'agent:' or 'customer:', then the words")
        return call

    # -- findings and rules ---------------------------------------------------------------------------

    def _findings(self, node: yaml.Node | None, shared: Findings) -> Findings:
        findings = dict(shared)
        heights: dict[str, int] = {}
        for each, definition in shared.items():
            heights[each] = _height(definition.made, heights)
        for key, value in self.pairs(node) if node else ():
            name = self.name(key)
            if name in findings:
                raise self.error(key, f"the finding '{name}' is defined twice", "give one of them another name")
            findings[name] = self._definition(name, value, findings)
            heights[name] = _height(findings[name].made, heights)
            if heights[name] > DEEPEST:
                raise self.error(key, f"'{name}' rests on too many findings in a row", "let it use earlier ones")
        return findings

    def _definition(self, name: str, node: yaml.Node, earlier: Findings) -> Definition:
        """A finding; the key `nl` is what it is called in Dutch, in English its name says it."""
        english = name.replace("_", " ")
        dutch = [pair for pair in self.pairs(node) if self.text(pair[0]) == LANGUAGES[0]]
        if not dutch:
            return Definition(self._made(node, earlier), {"nl": english, "en": english})
        assert isinstance(node, yaml.MappingNode)
        rest = yaml.MappingNode(node.tag, [pair for pair in node.value if pair != dutch[0]], node.start_mark)
        return Definition(self._made(rest, earlier), {"nl": self.text(dutch[0][1]), "en": english})

    def _made(self, node: yaml.Node, earlier: Findings) -> Recipe | Rule:
        keys = {self.text(key): key for key, _ in self.pairs(node)}
        values = {self.text(key): value for key, value in self.pairs(node)}
        if "signal" not in keys:
            if keys.keys() & set(Combine):
                return self._rule(node, earlier)
            raise self.error(node, "a finding without a signal", "add 'signal: phrase' or a rule such as 'any:'")
        name = self.text(values.pop("signal"))
        if name not in SIGNALS:
            raise self.error(keys["signal"], f"unknown signal '{name}'", choose(name, SIGNALS))
        for parameter in SIGNALS[name].parameters.values():
            if parameter.required and parameter.name not in values:
                what = f"the signal '{name}' needs '{parameter.name}'"
                raise self.error(node, what, f"add '{parameter.name}:' to it")
        return Recipe(name, {key: self._parameter(name, keys[key], value, earlier) for key, value in values.items()})

    def _parameter(self, name: str, at: yaml.Node, node: yaml.Node, earlier: Findings) -> Value:
        """A parameter's value, of the type that the signal's signature asks for."""
        key = self.text(at)
        parameters = SIGNALS[name].parameters
        if key not in parameters:
            raise self.error(at, f"unknown parameter '{key}' of the signal '{name}'", choose(key, parameters))
        value = self.value(node)
        if isinstance(value, dict):
            self.pairs(node)  # no key twice
            value = {each: tuple(words) if isinstance(words, list) else words for each, words in value.items()}
        problem = parameters[key].problem(value)
        if problem is not None:
            raise self.error(node, f"wrong value for '{key}' of '{name}'", problem)
        if parameters[key].is_finding and value not in earlier:
            raise self.error(node, f"undefined finding '{value}'", choose(str(value), earlier))
        return value  # type: ignore[return-value]  # checked by the parameter

    def _decision(self, node: yaml.Node, answers: type[Answer], findings: Findings) -> Decision[Answer]:
        cases = []
        otherwise: Answer | None = None
        for key, value in self.pairs(node):
            word = self.text(key)
            if word == "otherwise":
                otherwise = self.choice(value, answers, answers.__name__.lower())
            else:
                answer = self.choice(key, answers, answers.__name__.lower())
                cases.append(Case(answer, self._rule(value, findings), self.place(key)))
        if otherwise is None:
            raise self.error(node, "the key 'otherwise' is missing", "say what holds when no rule does")
        return Decision(tuple(cases), otherwise, self.place(node))

    def _rule(self, node: yaml.Node, findings: Findings) -> Rule:
        if isinstance(node, yaml.ScalarNode):
            name = self.text(node)
            if name not in findings:
                raise self.error(node, f"undefined finding '{name}'", choose(name, findings))
            return name
        if isinstance(node, yaml.SequenceNode):
            raise self.error(node, "a list without a combinator", "write 'all:', 'any:' or 'none:' before it")
        parts = tuple(self._combination(key, value, findings) for key, value in self.pairs(node))
        return parts[0] if len(parts) == 1 else Combination(Combine.ALL, parts)

    def _combination(self, key: yaml.Node, value: yaml.Node, findings: Findings) -> Combination:
        combine = self.choice(key, Combine, "combinator")
        if combine is not Combine.AT_LEAST:
            rules = self._rules(value, findings)
            if combine is Combine.IN_ORDER and not all(isinstance(each, str) for each in rules):
                raise self.error(value, "'in_order' of something else than findings", "give the rule a name first")
            return Combination(combine, rules)
        fields = self.fields(value, {"count", "of"})
        count = self.value(fields["count"])
        rules = self._rules(fields["of"], findings)
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= len(rules):
            raise self.error(fields["count"], "wrong count", f"use a whole number from 1 to {len(rules)}")
        return Combination(combine, rules, count)

    def _rules(self, node: yaml.Node, findings: Findings) -> tuple[Rule, ...]:
        rules = tuple(self._rule(each, findings) for each in self.items(node))
        if not rules:
            raise self.error(node, "an empty list of findings", "name at least one finding")
        return rules

    def _weight(self, node: yaml.Node) -> float:
        return 0.0 if _NOTHING.fullmatch(self.text(node)) else self.number(node, "weight", _WEIGHTS)

    def _threshold(self, node: yaml.Node | None) -> float:
        return DEFAULT_THRESHOLD if node is None else self.number(node, "threshold", _THRESHOLDS)


def _models(content: object) -> Learned:
    """The models of a file, whose answers are ones that a form has."""
    models = from_json(content)
    for target, model in models.calls.items():
        wrong = [each for each in model.answers if each not in set(Outcome if target == OUTCOME else Verdict)]
        if wrong:
            raise ModelError(f"'{target}' has the answer '{wrong[0]}', which no form has")
    return models


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


def _version(form: object, brand: Brand, learned: str) -> str:
    """First 12 hexadecimal digits of the SHA-256 of the form's content, whatever its layout, and of its judge."""
    judge = [lang.content_hash(), RULES, _canonical(asdict(brand)), learned]
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
