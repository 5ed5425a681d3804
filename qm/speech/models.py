"""Which speech model the settings mean."""

from qm.demo import MODEL
from qm.settings import Settings
from qm.speech.recogniser import Recogniser
from qm.speech.whisper import FasterWhisper, Options, find_model

_FALLBACK = (0.0, 0.2, 0.4)


def open_recogniser(settings: Settings) -> Recogniser:
    """The recogniser of the settings; it is loaded on first use.

    The bundled model reads one way only, so that every machine gets the same text. Others try again at a
    higher temperature where their text is repetitive or improbable, as Whisper is meant to be used.
    """
    return FasterWhisper(
        _model(settings),
        device=settings.device,
        compute_type=settings.compute_type,
        threads=settings.threads,
        options=Options(
            beam_size=settings.beam_size,
            temperatures=(0.0,) if settings.model == "demo" else _FALLBACK,
        ),
    )


def check_model(settings: Settings) -> str:
    """One sentence about the model; it is fetched if need be, and not loaded.

    Raises:
        ModelUnavailable: what is missing and what to do.
    """
    directory = find_model(_model(settings))
    size = (directory / "model.bin").stat().st_size
    return f"Model {settings.model}, {size / 1e6:.0f} MB, {settings.compute_type} on {settings.device}."


def _model(settings: Settings) -> str:
    return str(MODEL) if settings.model == "demo" else settings.model
