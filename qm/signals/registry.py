"""One decorator registers a signal under its function's name; its signature says which parameters a form may set.

    @signal()
    def greeting(text: Text, *, speaker: Voice = "agent") -> Finding: ...

A call answers `Unknown` before the function runs when what it needs is missing: words, a known language, the
speakers it tells apart, times. A number has a range, told by its type: `Count`, `FirstTurns`, `Seconds`,
`Pace`, `Fraction`; a form that goes beyond it is refused.
"""

import difflib
import inspect
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, NewType, get_args, get_origin, get_type_hints

from qm.call import LANGUAGES, Language, Speaker
from qm.signals.finding import Finding, Unknown
from qm.signals.lang import marker_sets
from qm.signals.pattern import PatternError, compile_patterns
from qm.signals.saying import MISSING, Missing
from qm.signals.text import Text

MarkerSet = NewType("MarkerSet", str)
"""name of a marker set in the language files; "" for none"""
Phrases = Mapping[Language, tuple[str, ...]]
"""patterns per language"""
_LONGEST = 100
"""words of a phrase; nobody says a longer one twice, and matching descends a step per word"""
Value = str | int | float | bool | Phrases
"""what a form may give for a parameter; for another finding, its name"""
Argument = Value | Finding | None


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that make sense, bounds included; never infinite, never "not a number"."""

    least: float
    most: float

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and self.least <= value <= self.most

    def __str__(self) -> str:
        return f"from {self.least:g} to {self.most:g}"


Count = Annotated[int, Range(1, 1000)]
"""how many are needed"""
FirstTurns = Annotated[int, Range(0, 1000)]
"""a speaker's first so many turns; 0 for all"""
Seconds = Annotated[float, Range(0.1, 3600)]
"""a length of time; the least is what word times can tell"""
Pace = Annotated[float, Range(0, 1000)]
"""words per minute; 0 for no limit"""
Fraction = Annotated[float, Range(0.01, 1)]
"""a part of the call; the least leaves at least one turn of any call"""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One keyword of a signal."""

    name: str
    type: object
    required: bool
    range: Range | None = None
    """of a number"""

    @property
    def is_finding(self) -> bool:
        """Whether its value is the name of another finding."""
        return self.type == Finding | None or self.type is Finding

    def problem(self, value: object) -> str | None:
        """What is wrong with a value from a form; None when nothing is."""
        if self.type is MarkerSet:
            return _marker_set_problem(value)
        if self.type == Phrases:
            return phrases_problem(value)
        if get_origin(self.type) is Literal:
            choices = get_args(self.type)
            return None if value in choices else f"{value!r} is not one of {', '.join(map(str, choices))}"
        if self.is_finding:
            return None if isinstance(value, str) else "it needs the name of another finding"
        return _scalar_problem(self.type, value, self.range)


@dataclass(frozen=True, slots=True)
class Signal:
    """A registered function with what it accepts and needs."""

    function: Callable[..., Finding]
    parameters: Mapping[str, Parameter]
    needs_times: bool
    needs_speakers: bool
    needs_names: bool
    needs_note: bool

    @property
    def name(self) -> str:
        return self.function.__name__

    def __call__(self, text: Text, **arguments: Argument) -> Finding | Unknown:
        """What the signal answers; looked up once per text, also when several forms ask the same."""
        key = (self.name, *((name, _hashable(value)) for name, value in arguments.items()))
        if key not in text.answered:
            missing = self._missing(text, arguments)
            unknown = Unknown(MISSING[text.reader][missing]) if missing else None
            text.answered[key] = unknown or self.function(text, **arguments)
        return text.answered[key]

    def _missing(self, text: Text, arguments: Mapping[str, Argument]) -> Missing | None:
        lacks = {
            Missing.LANGUAGE: bool(text.turns) and text.language is None,
            Missing.WORDS: not text.stems,
            Missing.NAMES: self.needs_names and not text.brand.names,
            Missing.NOTE: self.needs_note and not text.note,
            Missing.TIMES: self.needs_times and not text.timed,
        }
        if any(lacks.values()):
            return next(missing for missing, lacking in lacks.items() if lacking)
        voices = {"agent", "customer"} if self.needs_speakers else {arguments.get("speaker")}
        named = [speaker for speaker in (Speaker.AGENT, Speaker.CUSTOMER) if speaker.value in voices]
        if named and not text.attributed:
            return Missing.SPEAKERS
        unheard = [speaker for speaker in named if not text.voices[speaker]]
        return Missing(unheard[0].value) if unheard else None


SIGNALS: dict[str, Signal] = {}


def signal(
    *, needs_times: bool = False, needs_speakers: bool = False, needs_names: bool = False, needs_note: bool = False
) -> Callable[[Callable[..., Finding]], Callable[..., Finding]]:
    """Register a signal under its function's name.

    Args:
        needs_times: it cannot tell without word times.
        needs_speakers: it cannot tell unless agent and customer are both heard and told apart.
        needs_names: it cannot tell when the brand has no company name.
        needs_note: it cannot tell without the agent's note of the call.
    """

    def register(function: Callable[..., Finding]) -> Callable[..., Finding]:
        signal = Signal(function, _parameters(function), needs_times, needs_speakers, needs_names, needs_note)
        SIGNALS[function.__name__] = signal
        return function

    return register


def _hashable(value: Argument) -> Hashable:
    """A value as part of a key; phrases are the only ones that are none by themselves."""
    return tuple(value.items()) if isinstance(value, Mapping) else value


def _parameters(function: Callable[..., Finding]) -> dict[str, Parameter]:
    hints = get_type_hints(function, include_extras=True)
    keywords = [each for each in inspect.signature(function).parameters.values() if each.kind is each.KEYWORD_ONLY]
    return {each.name: _parameter(each, hints[each.name]) for each in keywords}


def _parameter(keyword: inspect.Parameter, hint: object) -> Parameter:
    type_, *ranges = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    return Parameter(keyword.name, type_, keyword.default is keyword.empty, *ranges)


def _marker_set_problem(value: object) -> str | None:
    if isinstance(value, str) and value in marker_sets():
        return None
    near = difflib.get_close_matches(str(value), sorted(marker_sets()), n=1)
    return f"there is no marker set {value!r}" + (f", did you mean '{near[0]}'?" if near else "")


def _scalar_problem(type_: object, value: object, range_: Range | None) -> str | None:
    names: dict[object, tuple[str, tuple[type, ...]]] = {
        bool: ("true or false", (bool,)),
        int: ("a whole number", (int,)),
        float: ("a number", (int, float)),
        str: ("text", (str,)),
    }
    wanted, accepted = names[type_]
    fits = isinstance(value, accepted) and (type_ is bool or not isinstance(value, bool))
    if fits and (range_ is None or value in range_):
        return None
    return f"it needs {wanted} {range_ or ''}".rstrip()


def phrases_problem(value: object) -> str | None:
    """What is wrong with phrases per language; None when nothing is."""
    if not isinstance(value, Mapping) or set(value) != set(LANGUAGES):
        return "it needs phrases for nl and for en"
    for language in LANGUAGES:
        phrases = value[language]
        if not phrases or not isinstance(phrases, tuple) or not all(isinstance(phrase, str) for phrase in phrases):
            return f"the phrases for {language} are not a list of texts, write them in [brackets]"
        if any(len(phrase.split()) > _LONGEST for phrase in phrases):
            return f"a phrase for {language} is longer than {_LONGEST} words, split it"
        try:
            compile_patterns(tuple(phrases), language)
        except PatternError as error:
            return str(error)
    return None
