"""Verdicts, rules and grounds as sentences that a coach can check, in the coach's language. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from qm.call import Language
from qm.rubric import Combination, Combine, Findings, Rule
from qm.scoring.rules import Grounds

ANSWERS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "met": "met",
        "partly_met": "partly met",
        "not_met": "not met",
        "not_applicable": "not applicable",
        "cannot_tell": "cannot tell",
        "resolved": "resolved",
        "partly_resolved": "partly resolved",
        "pending_with_commitment": "pending with commitment",
        "unresolved": "unresolved",
        "not_determinable": "not determinable",
    },
    "nl": {
        "met": "voldaan",
        "partly_met": "deels voldaan",
        "not_met": "niet voldaan",
        "not_applicable": "niet van toepassing",
        "cannot_tell": "niet te zeggen",
        "resolved": "opgelost",
        "partly_resolved": "deels opgelost",
        "pending_with_commitment": "loopt, met toezegging",
        "unresolved": "niet opgelost",
        "not_determinable": "niet vast te stellen",
    },
}
"""answers as people read them"""

_SAYINGS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "found": "Found: {names}.",
        "missing": "Not found in {place}: {names}.",
        "everywhere": "the whole call",
        "nothing": "No rule of the form needed a finding.",
        "no_note": "No note of the call was given.",
        "person": "Cannot tell from the call alone: this needs a person or a source of facts.",
        "because": "Cannot tell, because {reasons}: needed for {names}.",
        "unsure": "Cannot tell: confidence {confidence:.2f} is below the form's {threshold:.2f}. {reason}",
        "rule": "{answer} when {rule}",
        "fails": "fails when {rule}",
        "auto_fails": "Auto-fails",
        "outcome": "Outcome",
        "otherwise": "{answer} otherwise",
        "learned": "Learned from {calls} labelled calls: {answer}, {chance:.0%}.",
        "contradicted": "The rules alone say {answer}: {reason}",
        "judged": "The judge model says {answer}: {why}",
        "and": " and ",
        "or": " or ",
        "none": "no {name}",
        "before": " before ",
        "at_least": "at least {count} of: {names}",
    },
    "nl": {
        "found": "Gevonden: {names}.",
        "missing": "Niet gevonden in {place}: {names}.",
        "everywhere": "het hele gesprek",
        "nothing": "Geen regel van het formulier had een vondst nodig.",
        "no_note": "Er is geen notitie bij het gesprek.",
        "person": "Niet te zeggen uit het gesprek alleen: hiervoor is een mens of een bron van feiten nodig.",
        "because": "Niet te zeggen, want {reasons}: nodig voor {names}.",
        "unsure": "Niet te zeggen: zekerheid {confidence:.2f}, het formulier vraagt {threshold:.2f}. {reason}",
        "rule": "{answer} als {rule}",
        "fails": "afgekeurd als {rule}",
        "auto_fails": "Kritieke fouten",
        "outcome": "Uitkomst",
        "otherwise": "anders {answer}",
        "learned": "Geleerd van {calls} gelabelde gesprekken: {answer}, {chance:.0%}.",
        "contradicted": "De regels alleen zeggen {answer}: {reason}",
        "judged": "Het beoordelende model zegt {answer}: {why}",
        "and": " en ",
        "or": " of ",
        "none": "geen {name}",
        "before": " vóór ",
        "at_least": "minstens {count} van: {names}",
    },
}


class Sayings:
    """The sentences of one reader's language."""

    def __init__(self, reader: Language) -> None:
        self.reader = reader
        self._say = _SAYINGS[reader]

    def reason(self, grounds: Grounds, findings: Findings) -> str:
        """What was found, and what was not and where."""
        parts = []
        if grounds.found:
            parts.append(self._say["found"].format(names=self._listed(grounds.found, findings)))
        places: dict[str, list[str]] = {}
        for name, finding in grounds.missing.items():
            place = finding.searched.what if finding.searched else self._say["everywhere"]
            places.setdefault(place, []).append(name)
        for place, names in places.items():
            parts.append(self._say["missing"].format(place=place, names=self._listed(names, findings)))
        return " ".join(parts) or self._say["nothing"]

    def no_note(self) -> str:
        """Why a criterion about the agent's note does not apply."""
        return self._say["no_note"]

    def why_not(self, grounds: Grounds, findings: Findings) -> str:
        """Why the rules cannot tell."""
        if not grounds.unknown:
            return self._say["person"]
        reasons = self._say["and"].join(dict.fromkeys(each.reason for each in grounds.unknown.values()))
        return self._say["because"].format(reasons=reasons, names=self._listed(grounds.unknown, findings))

    def unsure(self, confidence: float, threshold: float, reason: str) -> str:
        """Why an answer is not given that the rules have."""
        return self._say["unsure"].format(confidence=confidence, threshold=threshold, reason=reason)

    def learned(self, calls: int, answer: StrEnum, chance: float) -> str:
        """What the models say, and how sure they are."""
        return self._say["learned"].format(calls=calls, answer=ANSWERS[self.reader][answer], chance=chance)

    def contradicted(self, answer: StrEnum, grounds: Grounds, findings: Findings) -> str:
        """What the rules answer where the models answer otherwise."""
        reason = self.reason(grounds, findings)
        return self._say["contradicted"].format(answer=ANSWERS[self.reader][answer], reason=reason)

    def judged(self, answer: str, why: str) -> str:
        """What a judge model says."""
        return self._say["judged"].format(answer=ANSWERS[self.reader][answer], why=why)

    def case(self, answer: StrEnum, rule: Rule, findings: Findings) -> str:
        """ "met when own name and offer to help"."""
        return self._say["rule"].format(answer=ANSWERS[self.reader][answer], rule=self._rule(rule, findings))

    def fails(self, rule: Rule, findings: Findings) -> str:
        """ "fails when insult"."""
        return self._say["fails"].format(rule=self._rule(rule, findings))

    def word(self, name: str) -> str:
        """A heading."""
        return self._say[name]

    def otherwise(self, answer: StrEnum) -> str:
        """ "not met otherwise"."""
        return self._say["otherwise"].format(answer=ANSWERS[self.reader][answer])

    def title(self, name: str, findings: Findings) -> str:
        """What people call a finding."""
        return findings[name].title[self.reader] if name in findings else name.replace("_", " ")

    def _rule(self, rule: Rule, findings: Findings, inner: bool = False) -> str:
        if not isinstance(rule, Combination):
            return self.title(rule, findings)
        if rule.combine is Combine.AT_LEAST:
            names = ", ".join(self._rule(each, findings, True) for each in rule.rules)
            return f"({self._say['at_least'].format(count=rule.count, names=names)})"
        joint = {Combine.ANY: "or", Combine.IN_ORDER: "before"}.get(rule.combine, "and")
        parts = [self._rule(each, findings, len(rule.rules) > 1) for each in rule.rules]
        if rule.combine is Combine.NONE:
            parts = [self._say["none"].format(name=self._negated(each, findings)) for each in rule.rules]
        said = self._say[joint].join(parts)
        return f"({said})" if inner and len(parts) > 1 else said

    def _negated(self, rule: Rule, findings: Findings) -> str:
        """ "no (a and b)": without the parentheses, only the first would seem to be meant."""
        said = self._rule(rule, findings)
        return f"({said})" if isinstance(rule, Combination) and not said.startswith("(") else said

    def _listed(self, names: Iterable[str], findings: Findings) -> str:
        return ", ".join(self.title(name, findings) for name in names)
