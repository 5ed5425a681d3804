"""The JSON Schema of forms, for editors: what a key means, which signals and parameters there are. Pure."""

from typing import Any, get_args, get_origin

from qm.call import LANGUAGES
from qm.evaluation import ErrorClass, Outcome, Verdict
from qm.rubric.forms import Combine, JudgeUse
from qm.signals import SIGNALS, Parameter, Signal
from qm.signals.lang import marker_sets
from qm.signals.registry import MarkerSet, Phrases

_TEXT = {"type": "string", "minLength": 1}
_NAME = {"type": "string", "pattern": "^[A-Za-z0-9_]+$"}
_NAMES = {"type": "array", "items": {"$ref": "#/$defs/rule"}, "minItems": 1}


def schema() -> dict[str, Any]:
    """The schema that a form's YAML fulfils; it is a little more lenient than `qm forms check`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Evaluation form of qm",
        "type": "object",
        "properties": {
            "extends": _said("the form whose content this one takes over and changes", _TEXT),
            "id": _NAME,
            "title": _ref("bilingual"),
            "threshold": _said("confidence below which a verdict becomes cannot tell", _number(0, 1)),
            "learned": _said("name of the models beside the rules", _NAME),
            "judge": _ref("judge"),
            "remove": _said("ids of the extended form that this one leaves out", {"type": "array", "items": _NAME}),
            "findings": _ref("findings"),
            "sections": {"type": "array", "items": _ref("section")},
            "auto_fails": {"type": "array", "items": _ref("auto_fail")},
            "outcome": _ref("outcome"),
        },
        "additionalProperties": False,
        "anyOf": [{"required": ["id", "title", "sections"]}, {"required": ["extends"]}],
        "$defs": _definitions(),
    }


def _definitions() -> dict[str, Any]:
    bilingual = dict.fromkeys(LANGUAGES, _TEXT)
    return {
        "bilingual": {"type": "object", "properties": bilingual, "additionalProperties": False},
        # An editor by YAML 1.1 takes an unquoted `off` for false.
        "judge": {"enum": [*(each.value for each in JudgeUse), False]},
        "rule": {"anyOf": [_NAME, _ref("combination")]},
        "combination": _combination(),
        "finding": {"anyOf": [*map(_signal, SIGNALS.values()), _combination({"nl": _TEXT})]},
        "findings": {"type": "object", "propertyNames": _NAME, "additionalProperties": _ref("finding")},
        "section": _object({"id": _NAME, "title": _ref("bilingual"), "criteria": _list("criterion")}, ["id"]),
        "criterion": _object(_criterion(), ["id"]),
        "auto_fail": _object(
            {**_headed(), "error_class": _ref("error_class"), "findings": _ref("findings"), "when": _ref("rule")},
            ["id"],
        ),
        "outcome": _object(
            {
                "findings": _ref("findings"),
                "decide": _decision(Outcome),
                "judge": _ref("judge"),
                "examples": _examples(Outcome),
            },
            [],
        ),
        "error_class": {"enum": [each.value for each in ErrorClass]},
    }


def _criterion() -> dict[str, Any]:
    return {
        **_headed(),
        "weight": _said("of the score; 0 is reported and not scored", _number(0, 1000)),
        "findings": _ref("findings"),
        "verdict": _decision(Verdict),
        "error_class": _ref("error_class"),
        "coaching": _said("what the agent can do better", _ref("bilingual")),
        "judge": _ref("judge"),
        "needs": {"enum": ["note"]},
        "examples": _examples(Verdict),
    }


def _headed() -> dict[str, Any]:
    definition = {"anyOf": [_TEXT, _ref("bilingual")]}
    return {"id": _NAME, "title": _ref("bilingual"), "definition": _said("what a QA lead judges by", definition)}


def _decision(answers: type[Verdict] | type[Outcome]) -> dict[str, Any]:
    values = [each.value for each in answers]
    rules = {each: _ref("rule") for each in values}
    return _object({**rules, "otherwise": {"enum": values}}, ["otherwise"])


def _examples(answers: type[Verdict] | type[Outcome]) -> dict[str, Any]:
    expect = {"enum": [each.value for each in answers]}
    example = {"language": {"enum": list(LANGUAGES)}, "call": _TEXT, "expect": expect}
    note = {"note": _said("what the agent wrote of the call", _TEXT)}
    return {"type": "array", "items": _object({**example, **note}, list(example))}


def _combination(more: dict[str, Any] | None = None) -> dict[str, Any]:
    rules: dict[str, Any] = {each.value: _NAMES for each in Combine}
    rules["at_least"] = _object({"count": {"type": "integer", "minimum": 1}, "of": _NAMES}, ["count", "of"])
    return {**_object({**rules, **(more or {})}, []), "minProperties": 1}


def _signal(signal: Signal) -> dict[str, Any]:
    said = (signal.function.__doc__ or "").split("\n")[0]
    parameters = {name: _parameter(each) for name, each in signal.parameters.items()}
    required = [name for name, each in signal.parameters.items() if each.required]
    named = {"signal": {"const": signal.name}, "nl": _said("what the finding is called in Dutch", _TEXT)}
    return {**_object({**named, **parameters}, ["signal", *required]), "description": said}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    if parameter.type is MarkerSet:
        return {"enum": sorted(marker_sets())}
    if parameter.type == Phrases:
        words = {"type": "array", "items": _TEXT, "minItems": 1}
        return _object(dict.fromkeys(LANGUAGES, words), list(LANGUAGES))
    if parameter.is_finding:
        return _said("the name of a finding before this one", _NAME)
    if get_origin(parameter.type) is not None:
        return {"enum": list(get_args(parameter.type))}
    if parameter.type is bool:
        return {"type": "boolean"}
    kind = {"type": "integer" if parameter.type is int else "number"}
    return {**kind, "minimum": parameter.range.least, "maximum": parameter.range.most} if parameter.range else kind


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _number(least: float, most: float) -> dict[str, Any]:
    return {"type": "number", "minimum": least, "maximum": most}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _said(description: str, kind: dict[str, Any]) -> dict[str, Any]:
    return {**kind, "description": description}
