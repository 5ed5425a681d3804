"""Which speech model the settings mean."""

from qm.demo import MODEL
from qm.errors import ModelUnavailable
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
            hotwords=settings.hotwords,
            temperatures=(0.0,) if settings.model == "demo" else _FALLBACK,
        ),
    )


def check_model(settings: Settings, *, fetch: bool) -> str:
    """One sentence about the model, which is not loaded, and the device it would run on.

    Args:
        fetch: get a model of the hub if it is not on this machine yet.

    Raises:
        ModelUnavailable: what is missing and what to do.
    """
    _check_device(settings)
    directory = find_model(_model(settings), fetch=fetch)
    size = (directory / "model.bin").stat().st_size
    return f"Model {settings.model}, {size / 1e6:.0f} MB, {settings.compute_type} on {settings.device}."


def _check_device(settings: Settings) -> None:
    import ctranslate2

    cuda = ctranslate2.get_cuda_device_count() > 0
    if settings.device == "cuda" and not cuda:
        raise ModelUnavailable("QM_DEVICE is cuda, but there is no CUDA device here; set QM_DEVICE=cpu.")
    device = "cuda" if cuda and settings.device != "cpu" else "cpu"
    possible = sorted(ctranslate2.get_supported_compute_types(device))
    if settings.compute_type not in {"default", "auto", *possible}:
        raise ModelUnavailable(
            f"QM_COMPUTE_TYPE {settings.compute_type} does not run on this {device}; choose {', '.join(possible)}."
        )


def _model(settings: Settings) -> str:
    return str(MODEL) if settings.model == "demo" else settings.model
