"""Speech that says when each word and each sound begins.

espeak-ng's library reports, while it speaks, at which sample every word and every phoneme starts. That is
what a recording never has, and what makes training short: the encoder is told which sound each frame holds,
and the decoder where to look for each piece of text.
"""

import ctypes
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from qm.demo.training.voices import RATE, Voice, trimmed, write_variants

WORD, PHONEME = 1, 7
"""espeak_EVENT_TYPE in espeak-ng's speak_lib.h, as the other numbers here"""
SYNCHRONOUS = 2
PHONEME_EVENTS, DO_NOT_EXIT = 0x0001, 0x8000
UTF_8 = 1
SPEED, PITCH = 1, 3
PHONEMES = (
    "_ 0 3 3: 8 @ @2 @5 @L A A: A@ A~ D E E2 EI I I2 N O O: O@ OI Q S T U U@ V VU Wy Y: Z a a# a: aI aI@ aU aa b d dZ "
    "e: e@ eI eU f g h i i: i@ i@3 j k l m n n^ o: o@ oU p r s t tS u u: v v# w x y yU z"
).split()
"""espeak-ng's names of the sounds of both languages; `_` is any pause"""
POSITION = RATE // 50
"""samples of one position of Whisper's encoder (20 ms)"""
VOICE_FILES = {"nl": "gmw/nl", "en-gb": "gmw/en", "en-gb-x-rp": "gmw/en-GB-x-rp"}
"""espeak-ng's command knows languages, its library files"""


def phoneme_class(name: str) -> int:
    """Index of espeak-ng's phoneme `name` in `PHONEMES`; marks without a sound of their own count as pauses."""
    plain = "_" if name.startswith("_") else name.rstrip("-")
    return PHONEMES.index(plain) if plain in PHONEMES else 0


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


@dataclass(frozen=True)
class Aligned:
    """Sound (float32 at `RATE`), with the samples at which words (by character of the text) and phonemes start."""

    sound: NDArray[np.float32]
    words: list[tuple[int, int]]
    phonemes: list[tuple[str, int]]

    def positions(self) -> NDArray[np.uint8]:
        """Index in `PHONEMES` of the sound at each whole position of the encoder, pauses where it is unknown."""
        starts = [start for _, start in self.phonemes]
        classes = [0, *(phoneme_class(name) for name, _ in self.phonemes)]
        middles = np.arange(len(self.sound) // POSITION) * POSITION + POSITION // 2
        return np.array(classes, np.uint8)[np.searchsorted(starts, middles, side="right")]


class Synthesiser:
    """espeak-ng's library, which is one for the whole process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self._folder = TemporaryDirectory()
        data = Path(self._folder.name) / "espeak-ng-data"
        # espeak-ng finds 350 voices at most: those of other languages make room for the invented ones.
        shutil.copytree(self._installed(), data, ignore=_other_languages)
        write_variants(data)
        self._rate = self._library.espeak_Initialize(
            SYNCHRONOUS, 0, self._folder.name.encode(), PHONEME_EVENTS | DO_NOT_EXIT
        )
        self._parts: list[NDArray[np.int16]] = []
        self._words: list[tuple[int, int]] = []
        self._phonemes: list[tuple[str, int]] = []
        receive = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
        self._receive = receive(self._received)  # kept: the library calls it later
        self._library.espeak_SetSynthCallback(self._receive)

    def _installed(self) -> Path:
        """espeak-ng's data folder on this machine."""
        self._library.espeak_Initialize(SYNCHRONOUS, 0, None, DO_NOT_EXIT)
        path = ctypes.c_char_p()
        self._library.espeak_Info(ctypes.byref(path))
        self._library.espeak_Terminate()
        return Path((path.value or b"").decode())

    def _received(self, samples: Any, count: int, events: Any) -> int:
        """Called by the library for each piece of sound, with the events in it."""
        if count > 0:
            self._parts.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type:
            event = events[index]
            if event.type == WORD:
                self._words.append((event.text_position - 1, event.sample))
            elif event.type == PHONEME:
                self._phonemes.append((event.name.decode(), event.sample))
            index += 1
        return 0

    def speak(self, voice: Voice, text: str) -> Aligned:
        """`text` in `voice`, trimmed as `Voice.speak` does.

        Raises:
            LookupError: espeak-ng does not know the voice.
            ValueError: it produced nothing audible.
        """
        for heard in (self._parts, self._words, self._phonemes):
            heard.clear()
        name = f"{VOICE_FILES[voice.accent]}+{voice.variant}" if voice.variant else VOICE_FILES[voice.accent]
        if self._library.espeak_SetVoiceByName(name.encode()):
            raise LookupError(f"espeak-ng has no voice {name}")
        self._library.espeak_SetParameter(SPEED, voice.speed, 0)
        self._library.espeak_SetParameter(PITCH, voice.pitch, 0)
        encoded = text.encode()
        self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, UTF_8, None, None)
        if not self._parts:
            raise ValueError(f"espeak-ng said nothing for a text of {len(text)} characters")
        sound = np.concatenate(self._parts).astype(np.float32) / 32768
        sound = resample_poly(sound, RATE // 50, self._rate // 50).astype(np.float32)
        first, last = trimmed(sound, text)

        def moved(sample: int) -> int:
            return min(last - first, max(0, sample * RATE // self._rate - first))

        return Aligned(
            sound[first:last],
            [(character, moved(sample)) for character, sample in self._words],
            [(phoneme, moved(sample)) for phoneme, sample in self._phonemes],
        )


def _other_languages(folder: str, names: list[str]) -> list[str]:
    kept = {"lang": {"gmw"}, "voices": {"!v"}}.get(Path(folder).name)
    return [name for name in names if kept is not None and name not in kept]


@cache
def synthesiser() -> Synthesiser:
    """The one of this process."""
    return Synthesiser()
