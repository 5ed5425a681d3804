"""Results for people: tables and scorecards on the terminal."""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.text import Text

    from qm.call import Language
    from qm.comparison import Comparison
    from qm.evaluation import AutoFail, CriterionResult, Evaluation, OutcomeResult
    from qm.insight import WrapUp
    from qm.measures import Measures
    from qm.scoring import Explanation
    from qm.scoring.describing import Chapter
    from qm.store import CallRow, FormScore, Quarantined
    from qm.training.agreement import Summary
    from qm.transcript import Evidence, Transcript

STYLES = {"met": "green", "partly_met": "yellow", "not_met": "red", "not_applicable": "dim", "cannot_tell": "dim"}
SAID = {
    "en": {
        "score": "{score:.0f} of 100",
        "no_score": "no score: too little could be told",
        "coverage": "coverage {coverage:.0%}",
        "version": "version",
        "auto_fail": "Auto-fail",
        "no_judge": "No verdicts of the judge model",
        "customer_critical": "customer critical",
        "business_critical": "business critical",
        "compliance_critical": "compliance critical",
        "wrap_up": "Wrap-up",
        "confidence": "confidence",
        "promise": "promise",
        "agent": "agent",
        "organisation": "organisation",
        "unnamed": "nobody named",
        "no_time": "no time",
        "vague": "vague",
        "next_step": "next step",
        "conversation": "Conversation",
    },
    "nl": {
        "score": "{score:.0f} van 100",
        "no_score": "geen score: er is te weinig te zeggen",
        "coverage": "dekking {coverage:.0%}",
        "version": "versie",
        "auto_fail": "Kritieke fout",
        "no_judge": "Geen oordeel van het beoordelende model",
        "customer_critical": "kritiek voor de klant",
        "business_critical": "kritiek voor het bedrijf",
        "compliance_critical": "kritiek voor de regels",
        "wrap_up": "Verslag",
        "confidence": "zekerheid",
        "promise": "toezegging",
        "agent": "medewerker",
        "organisation": "organisatie",
        "unnamed": "niemand genoemd",
        "no_time": "geen tijd",
        "vague": "vaag",
        "next_step": "volgende stap",
        "conversation": "Gesprek",
    },
}
"""what a scorecard says beside the evaluation's own words"""
SIGNS = {"met": "●", "partly_met": "◐", "not_met": "○", "not_applicable": "–", "cannot_tell": "?"}

_STEERING = r"\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""C1 controls, line separators, bidirectional marks, halves of characters: JSON does not escape them by itself"""
_UNSEEN = re.compile(rf"[\x00-\x1f{_STEERING}]")
_UNESCAPED = re.compile(rf"[{_STEERING}]")


def visible(text: str) -> str:
    """`text` on one line, with � for each character that a terminal would obey instead of showing.

    Names and titles come from files that others wrote: an escape sequence in one could clear the screen, and a
    line break or a bidirectional mark could make one file look like another.
    """
    return _UNSEEN.sub("�", text)


def say(text: str, *, err: bool = False) -> None:
    """One line on standard output or error, `visible`."""
    click.echo(visible(text), err=err)


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def print_json(value: Any) -> None:
    """`value` as JSON on standard output; what the terminal would obey or cannot show is escaped, never lost."""
    unicode = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    text = json.dumps(value, ensure_ascii=not unicode, indent=2)
    click.echo(_UNESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def console() -> "Console":
    """Standard output, as wide as the terminal, and wide enough for a table when it is none."""
    from rich.console import Console

    plain = Console()
    return plain if plain.is_terminal else Console(width=140)


def progress() -> "Progress":
    """A bar on standard error; each task has a `note`."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"))
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))


def clock(seconds: float | None) -> str:
    """1:07; an hour is 1:00:07."""
    if seconds is None:
        return "–"
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def words(name: str | None) -> str:
    """`partly_met` as people read it."""
    return (name or "–").replace("_", " ")


def moment(at: datetime | None) -> str:
    """A time in this machine's zone."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M") if at else "–"


def call_table(rows: Sequence["CallRow"]) -> Any:
    """A table of calls with one score column for each form that judged any of them."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("call")
    for name in ("recording", "agent", "dir", "lang"):
        table.add_column(name)
    table.add_column("length", justify="right")
    table.add_column("outcome")
    forms = sorted({score.form for row in rows for score in row.scores})
    for form in forms:
        table.add_column(words(form), justify="right")
    table.add_column("flags")
    for row in rows:
        scores = {score.form: score for score in row.scores}
        table.add_row(
            row.id[:8],
            escape(visible(row.name)),
            escape(visible(row.agent_name or row.agent_id or "–")),
            {"inbound": "in", "outbound": "out"}.get(row.direction or "", "–"),
            row.language or "–",
            clock(row.duration),
            words(row.outcome) if row.state == "done" else f"[dim]{_stage(row)}[/]",
            *(_score(scores.get(form)) for form in forms),
            _flags(row),
        )
    return table


def _stage(row: "CallRow") -> str:
    doing = {"hear": "speech", "score": "scoring"}[row.stage]
    return f"{doing} {row.state}"


def _score(score: "FormScore | None") -> str:
    if score is None:
        return "–"
    number = "n/a" if score.score is None else f"{score.score:.0f}"
    return f"[red]{number}[/]" if score.failed else number


def _flags(row: "CallRow") -> str:
    flags = []
    if any(score.failed for score in row.scores):
        flags.append("[red]auto-fail[/]")
    if row.reason:
        flags.append(f"[red]{words(row.reason)}[/]")
    elif row.detail and row.state != "done":
        flags.append("[yellow]will be tried again[/]")
    return " ".join(flags)


def quarantine_lines(entries: Iterable["Quarantined"]) -> Iterable[str]:
    """One line a file that could not become a call."""
    for entry in entries:
        detail = f" ({entry.detail})" if entry.detail else ""
        yield visible(f"{entry.path}: {entry.reason.sentence}{detail}")


def print_scorecard(
    row: "CallRow", evaluations: Sequence["Evaluation"], titles: dict[str, str], reader: "Language" = "en"
) -> None:
    """One call: what became of it, and each form with verdicts, reasons, quotes and times."""
    from rich.text import Text

    about = [row.agent_name or row.agent_id, row.direction, row.language, clock(row.duration), moment(row.started_at)]
    line = Text.assemble("\n", (visible(row.name), "bold"), "  ", (row.id[:12], "dim"), "  ")
    console().print(line + " · ".join(visible(part) for part in about if part))
    print_evaluations(evaluations, titles, reader)


def print_evaluations(evaluations: Sequence["Evaluation"], titles: dict[str, str], reader: "Language" = "en") -> None:
    """Outcome, then each form with verdicts, reasons, quotes and times."""
    from rich.text import Text

    from qm.scoring import ANSWERS

    for outcome in (e.outcome for e in evaluations if e.outcome):
        label = {"en": "Outcome: ", "nl": "Uitkomst: "}[reader]
        answer = (ANSWERS[reader][outcome.outcome], "bold")
        console().print(Text.assemble(label, answer, f" – {visible(outcome.reason)}"))
        _print_quotes(outcome)
    for evaluation in evaluations:
        _print_form(evaluation, titles.get(evaluation.form, words(evaluation.form)), reader)


def print_explanations(title: str, explanations: Iterable["Explanation"]) -> None:
    """How each answer of a form came about: the rules tried, what was looked for, and where."""
    from rich.text import Text

    out = console()
    out.print(Text(f"\n{visible(title)}", "bold"))
    for each in explanations:
        out.print(Text.assemble(f"\n{visible(each.title)}: ", (each.answer, "bold"), (f"  {each.id}", "dim")))
        out.print(f"  {visible(each.reason)}", style="dim", markup=False, highlight=False)
        if each.learned:
            chances = ", ".join(f"{answer} {chance:.0%}" for answer, chance in each.learned)
            out.print(f"  learned: {chances}", markup=False, highlight=False)
        for rule, holds in each.rules:
            out.print(f"  {_mark(holds)} {visible(rule)}", markup=False, highlight=False)
        for finding in each.findings:
            where = f" ({visible(finding.searched)})" if finding.searched and not finding.found else ""
            out.print(f"      {_mark(finding.found)} {visible(finding.title)}{where}", markup=False, highlight=False)
            for line in _quotes(finding.quotes):
                out.print(f"          {line}", style="italic", markup=False)


def _mark(holds: bool | None) -> str:
    return {True: "✓", False: "✗", None: "?"}[holds]


def print_wrap_up(wrap_up: "WrapUp", titles: "Mapping[str, str]", reader: "Language" = "en") -> None:
    """Why somebody called, what was said of it, what is promised."""
    from rich.text import Text

    out, said = console(), SAID[reader]
    reason = visible(titles.get(wrap_up.reason.path, wrap_up.reason.path))
    note = (f"  {said['confidence']} {wrap_up.reason.confidence:.2f}", "dim")
    out.print(Text.assemble("\n", (said["wrap_up"], "bold"), f"  {reason}", note))
    for line in _quotes(wrap_up.summary.evidence):
        out.print(f"  {line}", style="italic", markup=False, highlight=False)
    for each in wrap_up.promises:
        about = [said[each.who], each.due.words if each.due else said["no_time"], said["vague"] if each.vague else ""]
        mark = f" → {said['next_step']}" if each is wrap_up.next_step else ""
        line = f"  {said['promise']} ({', '.join(filter(None, about))}){mark}: “{_line(each.action)}”"
        out.print(visible(line), markup=False, highlight=False)


def print_measures(measures: "Measures", reader: "Language" = "en") -> None:
    """How the conversation went in numbers, on a few lines; they diagnose and never score."""
    from rich.text import Text

    out = console()
    out.print(Text(f"\n{SAID[reader]['conversation']}", "bold"))
    for line in (_measures_in_dutch if reader == "nl" else _measures_in_english)(measures):
        out.print(f"  {line}", markup=False, highlight=False)


def _measures_in_english(measures: "Measures") -> "Iterable[str]":
    agent, customer = measures.agent, measures.customer
    yield f"agent {_share(measures)} of the talk; words: agent {agent.words}, customer {customer.words}"
    if measures.non_talk is not None:
        silences = f"pauses over 3 s: {measures.pauses}, unannounced over 10 s: {measures.unannounced_silences}"
        yield f"nobody speaks {clock(measures.non_talk)}, hold {clock(measures.hold)}; {silences}"
        pace = f"words a minute: agent {_number(agent.words_per_minute)}, customer {_number(customer.words_per_minute)}"
        yield f"interruptions: agent {agent.interruptions}, customer {customer.interruptions}; {pace}"


def _measures_in_dutch(measures: "Measures") -> "Iterable[str]":
    agent, customer = measures.agent, measures.customer
    yield f"medewerker {_share(measures)} van het praten; woorden: medewerker {agent.words}, klant {customer.words}"
    if measures.non_talk is not None:
        silences = f"pauzes langer dan 3 s: {measures.pauses}, onaangekondigd langer dan 10 s: "
        silences += str(measures.unannounced_silences)
        yield f"niemand spreekt {clock(measures.non_talk)}, wachtstand {clock(measures.hold)}; {silences}"
        pace = f"medewerker {_number(agent.words_per_minute)}, klant {_number(customer.words_per_minute)}"
        breaks = f"onderbrekingen: medewerker {agent.interruptions}, klant {customer.interruptions}"
        yield f"{breaks}; woorden per minuut: {pace}"


def _share(measures: "Measures") -> str:
    return "–" if measures.agent_share_of_talk is None else f"{measures.agent_share_of_talk:.0%}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"


def print_comparison(comparison: "Comparison") -> None:
    """What a new version changes: scores, outcomes, and each criterion's verdicts."""
    out = console()
    version = ", ".join(sorted(comparison.versions))
    out.print(f"\n{words(comparison.form)}, version {version}", style="bold", markup=False, highlight=False)
    known = comparison.calls - comparison.first
    parts = [f"{counted(comparison.calls, 'call')} judged", f"{comparison.changed} of {known} otherwise than before"]
    if comparison.first:
        parts.append(f"{comparison.first} for the first time")
    if comparison.mean_scores:
        before, after = comparison.mean_scores
        parts.append(f"mean score {before:.1f} → {after:.1f}")
    out.print(f"  {', '.join(parts)}", markup=False, highlight=False)
    changes = {"outcome": comparison.outcomes, "auto-fail": comparison.failed, **comparison.criteria}
    for name, counts in changes.items():
        for (before_word, after_word), count in counts.most_common():
            change = f"{words(before_word or 'absent')} → {words(after_word or 'absent')}"
            out.print(f"  {words(name):28} {change:32} {count}", markup=False, highlight=False)


def print_form(chapters: "Iterable[Chapter]") -> None:
    """A form's sections with each criterion's definition, rules and coaching tip."""
    from rich.padding import Padding
    from rich.text import Text

    out = console()
    for chapter in chapters:
        out.print(Text(f"\n{visible(chapter.title)}", "bold"))
        for each in chapter.entries:
            about = [f"weight {each.weight:g}"] if each.weight is not None else []
            about += [words(each.error_class)] if each.error_class else []
            about += ["learned"] if each.learned else []
            note = (f"  ({', '.join(about)})" if about else "", "dim")
            out.print(Text.assemble(f"  {visible(each.title)}", note))
            for line in filter(None, (each.definition, *each.rules)):
                out.print(Padding(Text(visible(line), "" if line == each.definition else "dim"), (0, 0, 0, 4)))
            if each.coaching:
                out.print(Padding(Text(f"→ {visible(each.coaching)}", "cyan"), (0, 0, 0, 4)))


def agreement_table(summary: "Summary") -> Any:
    """A row for each criterion and the outcome, with what all of them come to below."""
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, show_footer=True)
    outcome = "–" if summary.outcome_accuracy is None else f"{summary.outcome_accuracy:.0%}"
    flips = "" if summary.flips is None else f", resolved ↔ unresolved {summary.flips:.1%}"
    rank = "" if summary.rank_correlation is None else f", score and impression ρ {summary.rank_correlation:.2f}"
    foot = f"{counted(summary.calls, 'call')}; outcome {outcome}{flips}{rank}"
    table.add_column(summary.form, footer=foot, max_width=60)
    table.add_column("labels", justify="right")
    table.add_column("cannot tell", justify="right", footer=f"{summary.cannot_tell:.0%}")
    table.add_column("right", justify="right")
    table.add_column("macro-F1", justify="right", footer=f"{summary.mean_f1:.2f}")
    table.add_column("evidence", justify="right")
    for each in summary.targets:
        evidence = "–" if each.evidence is None else f"{each.evidence:.0%}"
        row = (f"{each.cannot_tell:.0%}", f"{each.accuracy:.0%}", f"{each.macro_f1:.2f}", evidence)
        table.add_row(words(each.target), str(each.labels), *row)
    return table


def _print_form(evaluation: "Evaluation", title: str, reader: "Language") -> None:
    from rich.table import Table
    from rich.text import Text

    from qm.scoring import ANSWERS

    said = SAID[reader]
    out = console()
    score = said["no_score"] if evaluation.score is None else said["score"].format(score=evaluation.score)
    about = f"  {score}, {said['coverage'].format(coverage=evaluation.coverage)}  "
    out.print(Text.assemble("\n", (visible(title), "bold"), about, (f"{said['version']} {evaluation.version}", "dim")))
    if evaluation.judge is not None and evaluation.judge.failure is not None:
        out.print(Text(f"  {said['no_judge']}: {visible(evaluation.judge.failure)}", "yellow"))
    for fail in evaluation.auto_fails:
        name = (f"  {said['auto_fail']}: {visible(fail.title)}", "red bold")
        out.print(Text.assemble(name, f" ({said[fail.error_class]}) – {visible(fail.reason)}"))
        _print_quotes(fail)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(min_width=20, max_width=30)
    table.add_column(no_wrap=True)
    table.add_column()
    for criterion in evaluation.criteria:
        style = STYLES[criterion.verdict]
        table.add_row(
            Text(f"  {SIGNS[criterion.verdict]}", style),
            Text(visible(criterion.title)),
            Text(ANSWERS[reader][criterion.verdict], style),
            _explanation(criterion),
        )
    out.print(table)


def _explanation(criterion: "CriterionResult") -> "Text":
    from rich.text import Text

    lines = [Text(visible(criterion.reason)), *(Text(line, "italic") for line in _quotes(criterion.evidence))]
    if criterion.coaching:
        lines.append(Text(f"→ {visible(criterion.coaching)}", "cyan"))
    return Text("\n").join(lines)


def _print_quotes(result: "OutcomeResult | AutoFail") -> None:
    out = console()
    for line in _quotes(result.evidence):
        out.print(f"    {line}", style="italic", markup=False)


def _quotes(evidence: Iterable["Evidence"], most: int = 3) -> list[str]:
    return [
        f"{clock(item.start) + ' ' if item.start is not None else ''}{item.speaker}: “{_line(item.quote)}”"
        for item in list(evidence)[:most]
    ]


def _line(said: str) -> str:
    """Spoken text, which may hold the line breaks of its file, on one line."""
    return visible(" ".join(said.split()))


def print_transcript(transcript: "Transcript") -> None:
    """Turn by turn, with times; suppressed text is marked."""
    out = console()
    for turn in transcript.turns:
        mark = f"  ({turn.suppressed}, not used)" if turn.suppressed else ""
        style = "dim" if turn.suppressed else None
        out.print(
            f"{clock(turn.start):>6}  {turn.speaker:9} {_line(turn.text)}{mark}",
            style=style,
            markup=False,
            highlight=False,
        )
