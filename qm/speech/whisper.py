"""Whisper through faster-whisper on CTranslate2; the only module that imports it for recognition.

Importing this module loads nothing native: CTranslate2 must not be loaded in a process that forks workers.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qm.call import LANGUAGES, Language, Speaker
from qm.errors import FULL, ModelUnavailable, StorageFull
from qm.speech.recogniser import Segment
from qm.transcript import Provenance, Word, turn_of

if TYPE_CHECKING:
    from qm.audio import Samples

_JSON_FILES = ("config.json", "tokenizer.json", "preprocessor_config.json")
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
_WINDOW = 30 * 16_000
_CURE = "Put a complete CTranslate2 Whisper model in a directory and set QM_MODEL to it."


@dataclass(frozen=True, slots=True)
class Options:
    """How to decode; every option shapes the text and stands in the provenance."""

    beam_size: int = 5
    """hypotheses kept; 1 is greedy"""
    temperatures: tuple[float, ...] = (0.0,)
    """tried in turn while the text is repetitive or improbable; above 0 the result is drawn at random, so a
    second transcript of the same call may differ"""
    hotwords: str = ""
    """names the recogniser should expect; under about 40, they share 448 tokens with the text"""


class FasterWhisper:
    """A Recogniser. Decoding is sequential, because batched decoding ignores the quality thresholds.

    The model is loaded on first use. One instance belongs to one thread.

    Args:
        model: a directory with a CTranslate2 Whisper model, or a size that the hub knows (`small`,
            `large-v3-turbo`, …), which is fetched once.
        device: `auto`, `cpu` or `cuda`.
        compute_type: CTranslate2's, such as `int8`, `float16`; `default` is the type the model is stored in.
        threads: CPU threads; 0 lets CTranslate2 choose.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        device: str = "auto",
        compute_type: str = "default",
        threads: int = 0,
        options: Options | None = None,
    ) -> None:
        self._name = str(model)
        self._device = device
        self._compute_type = compute_type
        self._threads = threads
        self._options = options or Options()
        self._directory: Path | None = None
        self._model: Any = None

    def load(self) -> None:
        """Load the model, if it is not loaded yet.

        Raises:
            ModelUnavailable: it is missing, incomplete or damaged, cannot be fetched, or does not fit the
                device.
        """
        if self._model is not None:
            return
        directory = find_model(self._name)
        from faster_whisper import WhisperModel

        try:
            self._model = WhisperModel(
                str(directory), device=self._device, compute_type=self._compute_type, cpu_threads=self._threads
            )
        except Exception as error:  # CTranslate2 raises RuntimeError and ValueError, tokenizers Exception itself
            raise ModelUnavailable(
                f"The speech model in {directory} cannot be loaded on {self._device} as {self._compute_type}: "
                f"{_first_line(error)}. Check QM_MODEL, the device and the compute type."
            ) from error
        self._directory = directory

    @property
    def provenance(self) -> Provenance:
        self.load()
        assert self._directory is not None
        return Provenance(
            engine="faster-whisper",
            model=self._directory.name if Path(self._name).is_dir() else self._name,
            model_hash=model_hash(self._directory),
            options={
                "beam_size": self._options.beam_size,
                "temperatures": " ".join(map(str, self._options.temperatures)),
                "hotwords": self._options.hotwords,
                "compute_type": self._compute_type,
            },
        )

    def detect_language(self, samples: "Samples") -> tuple[Language, float]:
        """As Recogniser; sound longer than 30 s is judged window by window, by their lengths."""
        self.load()
        if not self._model.model.is_multilingual:
            return "en", 1.0
        weights: dict[Language, float] = dict.fromkeys(LANGUAGES, 0.0)
        for at in range(0, len(samples), _WINDOW):
            window = samples[at : at + _WINDOW]
            probabilities = dict(self._model.detect_language(audio=window)[2])
            for language in LANGUAGES:
                weights[language] += probabilities.get(language, 0.0) * len(window)
        best = max(LANGUAGES, key=lambda language: weights[language])
        return best, weights[best] / sum(weights.values())

    def recognise(self, samples: "Samples", language: Language) -> list[Segment]:
        """As Recogniser. Nothing that was recognised is dropped: `qm.speech.suppression` judges it."""
        self.load()
        segments, _ = self._model.transcribe(
            samples,
            language=language,
            beam_size=self._options.beam_size,
            temperature=self._options.temperatures,
            hotwords=self._options.hotwords or None,
            word_timestamps=True,
            condition_on_previous_text=False,
            no_speech_threshold=None,
        )
        return [
            Segment(
                words=_words(segment),
                avg_logprob=float(segment.avg_logprob),
                no_speech=float(segment.no_speech_prob),
            )
            for segment in segments
        ]


def find_model(name: str, *, fetch: bool = True) -> Path:
    """The directory of a model, checked to be complete; a size the hub knows is fetched first, if `fetch`.

    A path that does not exist is an error and never taken for a hub's address.

    Raises:
        ModelUnavailable: what is missing and what to do.
    """
    try:
        directory = Path(name)
        if not directory.is_dir():
            directory = _fetched(name, fetch=fetch)
        _check_files(directory)
    except OSError as error:  # a folder that may not be read, or a name that is too long
        raise ModelUnavailable(f"The speech model {name} cannot be read: {error.strerror}. {_CURE}") from error
    return directory


def _check_files(directory: Path) -> None:
    missing = [file for file in ("model.bin", *_JSON_FILES) if not (directory / file).is_file()]
    if not any((directory / file).is_file() for file in _VOCABULARIES):
        missing.append("vocabulary.json")
    if missing:
        raise ModelUnavailable(f"The speech model in {directory} lacks {', '.join(missing)}. {_CURE}")
    for file in _JSON_FILES:
        try:
            json.loads((directory / file).read_bytes())
        except ValueError as error:
            raise ModelUnavailable(f"{directory / file} of the speech model is damaged. {_CURE}") from error


def model_hash(directory: Path) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of model.bin."""
    file = directory / "model.bin"
    state = file.stat()
    return _file_hash(file, state.st_size, state.st_mtime_ns)


@cache
def _file_hash(file: Path, _size: int, _modified: int) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()[:16]


def _fetched(name: str, *, fetch: bool) -> Path:
    from faster_whisper import available_models, download_model

    if name not in available_models():
        raise ModelUnavailable(
            f"There is no speech model {name}: it is neither a directory nor one of the known sizes "
            f"(small, medium, large-v3, large-v3-turbo, …). {_CURE}"
        )
    try:
        return Path(download_model(name, local_files_only=not fetch))
    except Exception as error:  # the hub's client raises its own errors and those of its HTTP library
        if not fetch:
            raise ModelUnavailable(
                f"The speech model {name} is not on this machine yet; qm process fetches it."
            ) from error
        if getattr(error, "errno", None) in FULL:
            raise StorageFull(f"No space is left to fetch the speech model {name}; free some.") from error
        raise ModelUnavailable(
            f"The speech model {name} cannot be fetched: no connection to the model hub. Connect this machine, "
            "or put the model in a directory and set QM_MODEL to it."
        ) from error


def _words(segment: Any) -> tuple[Word, ...]:
    """The words of faster-whisper's segment.

    It gives what follows a hyphen, an apostrophe or a decimal comma as a word without a leading space
    ("'s", "-mail", ",50"): it belongs to the word before. Where alignment failed there are no words, and
    the text is spread over the segment's time.
    """
    if not segment.words:
        return turn_of(Speaker.UNKNOWN, segment.text, segment.start, segment.end).words
    return tuple(_joined(segment.words))


def _joined(parts: Iterable[Any]) -> list[Word]:
    words: list[Word] = []
    for part in parts:
        text, start, end, confidence = part.word, float(part.start), float(part.end), float(part.probability)
        if words and not text.startswith(" "):
            before = words.pop()
            text, start = before.text + text, before.start or 0.0
            confidence = min(confidence, before.confidence or 0.0)
        if text.strip():
            words.append(Word(text.strip(), start, end, round(confidence, 3)))
    return words


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
