"""File in, result out, nothing stored: `qm transcribe` and `qm score`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qm.errors import UserError

if TYPE_CHECKING:
    from qm.transcript import Transcript


@click.command()
@click.argument("recording", metavar="AUDIO", type=click.Path(path_type=Path))
@click.option("--vtt", "as_vtt", is_flag=True, help="As WebVTT with speakers.")
@click.option("--json", "as_json", is_flag=True, help="As qm JSON, with every word's time and confidence.")
def transcribe(recording: Path, as_vtt: bool, as_json: bool) -> None:
    """Transcribe one recording; nothing is stored."""
    from qm import audio, intake
    from qm.cli.rendering import console, print_json, print_transcript, progress
    from qm.formats import to_json, to_text, to_vtt
    from qm.settings import read_settings
    from qm.speech import check_model, hear, open_recogniser

    settings = read_settings()
    if not os.path.isfile(recording):  # noqa: PTH113 — pathlib's raises where a name is too long
        raise UserError(f"{recording} is not a file; name one recording.")
    metadata = intake.read_metadata(recording)
    sound = audio.survey(recording).sound
    check_model(settings, fetch=True)
    with progress() as bar:
        task = bar.add_task("Listening", total=sound.duration, note="")
        recogniser = open_recogniser(settings)
        transcript = hear(recording, metadata, sound, recogniser, lambda s: bar.update(task, completed=s))
    if as_json:
        print_json(to_json(transcript))
    elif as_vtt:
        click.echo(to_vtt(transcript), nl=False)
    elif console().is_terminal:
        print_transcript(transcript)
    else:
        click.echo(to_text(transcript), nl=False)


@click.command()
@click.argument("transcript", type=click.Path(path_type=Path))
@click.option("--form", "forms", multiple=True, help="A form's id or file; can be given twice. Default: all in use.")
@click.option("--note", help="What the agent wrote of the call.")
@click.option("--explain", "explained", is_flag=True, help="Which rule decided, and what was looked for where.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def score(transcript: Path, forms: tuple[str, ...], note: str | None, explained: bool, as_json: bool) -> None:
    """Score a transcript file; nothing is stored.

    TRANSCRIPT is qm JSON, WhisperX JSON, Amazon Transcribe JSON, WebVTT or plain text of "agent: …" and
    "customer: …" lines.
    """
    from qm.assess import assess
    from qm.call import CallMetadata
    from qm.cli.rendering import print_evaluations, print_explanations, print_json, print_measures, print_wrap_up
    from qm.install import open_forms, open_reasons
    from qm.rubric.reasons import reason_titles
    from qm.scoring import explain
    from qm.settings import read_settings
    from qm.views import evaluation_json, explanation_json, measures_json, wrap_up_json

    settings = read_settings()
    chosen = open_forms(settings, forms)
    said = _read(transcript)
    reasons = open_reasons(settings)
    done = assess(said, CallMetadata(note=note), chosen, reasons, settings)
    evaluations = done.evaluations
    why = {form.id: explain(done.text, form, done.judged.get(form.id)) for form in chosen} if explained else {}
    if as_json:
        results = [evaluation_json(evaluation) for evaluation in evaluations]
        for result in results if explained else ():
            result["explanation"] = [explanation_json(each) for each in why[result["form"]]]
        about = {"measures": measures_json(done.measures), "wrap_up": wrap_up_json(done.wrap_up)}
        print_json({"evaluations": results, **about})
        return
    titles = {form.id: form.title[settings.language] for form in chosen}
    if explained:
        for form, explanations in why.items():
            print_explanations(titles[form], explanations)
    else:
        print_evaluations(evaluations, titles, settings.language)
        print_wrap_up(done.wrap_up, reason_titles(reasons, settings.language), settings.language)
        print_measures(done.measures, settings.language)


def _read(path: Path) -> "Transcript":
    from qm.formats import read_transcript

    try:
        return read_transcript(path.read_bytes(), path.name)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
