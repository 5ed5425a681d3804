"""A recording as a transcript: find speech, recognise it, put it in turns.

The work goes block by block, so memory does not grow with the length of the call.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from qm.audio import Block, blocks
from qm.call import CallMetadata, Language, Sound, Speaker, channel_speakers
from qm.errors import Reason, RecordingError
from qm.speech import suppression, voice
from qm.speech.recogniser import Recogniser, Segment
from qm.speech.turns import merge
from qm.speech.voice import Window
from qm.transcript import Provenance, Transcript

_DETECT_BLOCK = 60.0
_DETECT_SPEECH = 15.0
"""Seconds of speech, of all channels together, that decide the language of a call."""


def hear(
    path: Path,
    metadata: CallMetadata,
    sound: Sound,
    recogniser: Recogniser,
    progress: Callable[[float], None],
) -> Transcript:
    """The transcript of a recording; without speech it has no turns.

    A recording whose channels do not separate the speakers is heard once, with speaker UNKNOWN. One language
    holds for the call: the metadata's, else the one detected over the speech of both channels.

    Args:
        progress: called after each window with the seconds of the recording that are done; what it raises
            ends the work.

    Raises:
        RecordingError: BAD_CHANNEL, or as `qm.audio.blocks`.
        ModelUnavailable: the recogniser cannot be loaded.
    """
    speakers = _speakers(sound, metadata)
    language, certainty = metadata.language, None
    if language is None:
        detected = _detect_language(path, len(speakers), recogniser)
        language, certainty = detected if detected else (None, None)
    heard: list[list[Segment]] = [[] for _ in speakers]
    if language is not None:
        for block in blocks(path):
            _hear_block(block, language, recogniser, heard, progress)
    progress(sound.duration)
    return Transcript(
        language=language,
        turns=merge(list(zip(speakers, heard, strict=True))),
        duration=sound.duration,
        provenance=_provenance(recogniser, certainty),
    )


def _speakers(sound: Sound, metadata: CallMetadata) -> tuple[Speaker, ...]:
    if not sound.separated:
        return (Speaker.UNKNOWN,)
    if not 0 <= metadata.agent_channel < sound.channels:
        raise RecordingError(Reason.BAD_CHANNEL, f"channel {metadata.agent_channel} of {sound.channels}")
    return channel_speakers(sound.channels, metadata.agent_channel)


def _hear_block(
    block: Block,
    language: Language,
    recogniser: Recogniser,
    heard: Sequence[list[Segment]],
    progress: Callable[[float], None],
) -> None:
    work = [
        (window, segments)
        for windows, segments in zip(_windows(block, len(heard)), heard, strict=True)
        for window in windows
    ]
    for done, (window, segments) in enumerate(work, start=1):
        found = recogniser.recognise(window.samples, language)
        segments.extend(suppression.mark((_located(segment, window) for segment in found), language))
        progress(block.start + block.duration * done / len(work))


def _windows(block: Block, channels: int) -> list[list[Window]]:
    """The windows of each channel. Of a dual-mono recording only the first channel counts."""
    sides = voice.without_bleed(block.samples[:channels])
    return [voice.pack(samples, voice.find_speech(samples), start=block.start) for samples in sides]


def _located(segment: Segment, window: Window) -> Segment:
    return replace(segment, words=tuple(window.located(word) for word in segment.words))


def _detect_language(path: Path, channels: int, recogniser: Recogniser) -> tuple[Language, float] | None:
    """The language of the first speech; None without speech.

    A pass of its own over as few minutes as it takes: a call may start with minutes of ringing or music.
    """
    speech: list[Window] = []
    for block in blocks(path, seconds=_DETECT_BLOCK):
        for windows in _windows(block, channels):
            speech += windows[:1]
        if sum(window.duration for window in speech) >= _DETECT_SPEECH:
            break
    if not speech:
        return None
    return recogniser.detect_language(np.concatenate([window.samples for window in speech]))


def _provenance(recogniser: Recogniser, certainty: float | None) -> Provenance:
    made = recogniser.provenance
    options = {
        **made.options,
        "vad": "silero-v6",
        "bleed_db": voice.BLEED,
        **{f"vad_{name}": value for name, value in voice.OPTIONS.items()},
    }
    if certainty is not None:
        options["language_certainty"] = round(certainty, 3)
    return replace(made, options=options)
