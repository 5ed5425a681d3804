"""The sound of a recording: what is in it, its samples in blocks, its loudness and slices to play.

PyAV decodes, with the codecs in its wheel: no ffmpeg on the system. Every time is a count of decoded samples
from the start, so what `survey`, `blocks`, `levels` and `clip` call second 12.3 is the same moment; container
timestamps, which are approximate in MP3 and Ogg, are not used.

Loudness is in dBFS relative to a full-scale sample: a full-scale sine has an RMS of −3.0 dBFS. Digital
silence is −100 dBFS.
"""

import os
import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, groupby
from math import log10
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from numpy.typing import NDArray

from qm.call import Sound
from qm.errors import Reason, RecordingError

if TYPE_CHECKING:
    from pydub import AudioSegment

Pcm = NDArray[np.int16]
Samples = NDArray[np.float32]

RATE = 16_000
"""Hz of everything that is recognised; Whisper and Silero are trained on it."""

_FORMATS = "wav,w64,aiff,au,caf,mp3,flac,ogg,mov,matroska,asf,aac,amr,gsm,g722"
"""Only containers of sound: FFmpeg also reads playlists, which may name other files and addresses."""
_COUNTED = frozenset({"aiff", "au", "flac", "mov"})
"""Containers whose header counts the samples, and FFmpeg tells; of others it tells what the file holds."""
_RATES = range(4_000, 192_001)
_STREAMED = 0x7FFF_0000
"""A WAV data size this large (or 0) is a placeholder of a recorder that wrote to a pipe."""
_OGG_PAGE = 65_307
"""Bytes of the largest page of an Ogg file."""
_MISSING = 0.5
"""Seconds between declared and decoded that codecs explain (padding, a last partial frame)."""
_CLIPPED = 0.98
"""Of full scale: just below the largest value of G.711 (32,124 in µ-law, 32,256 in A-law)."""
_SILENT = -55.0
"""dBFS that no second of a silent channel reaches: speech is near −26 (ITU-T P.56), idle lines near −65."""
_SAME = 0.98
"""Correlation above which two channels carry one signal; separate speakers with bleed stay below 0.7."""
_SAME_LEVEL = 3.0
"""dB that two copies of one signal may differ; an echo of the other side is weaker."""
_FLOOR = 1e-5
_GROUP = 65_536
"""Samples handled at once: frames hold as few as 160, and a call per frame would cost more than decoding."""
_SEARCH = 30.0
_PAUSE = 0.2
_HOP = 0.02


@dataclass(frozen=True, slots=True)
class Level:
    """The loudness of one channel over the whole recording."""

    rms: float
    """dBFS"""
    peak: float
    """dBFS"""
    clipped: float
    """share of samples at full scale, 0…1"""
    silent: bool
    """no second is louder than −55 dBFS: nobody speaks here"""


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over a recording shows."""

    duration: float
    """seconds decoded"""
    declared: float | None
    """seconds the header promises; None where it only estimates or the recorder left it open"""
    sample_rate: int
    """Hz, as recorded"""
    codec: str
    """FFmpeg's name: pcm_alaw, opus, gsm_ms, …"""
    levels: tuple[Level, ...]
    """one per channel"""
    dual_mono: bool
    """two channels with the same signal: treat it as mono, speakers cannot be told apart by channel"""

    @property
    def channels(self) -> int:
        return len(self.levels)

    @property
    def silent(self) -> tuple[int, ...]:
        """Channels on which nobody speaks, from 0."""
        return tuple(i for i, level in enumerate(self.levels) if level.silent)

    @property
    def separated(self) -> bool:
        """Whether each side of the call has a channel of its own."""
        return self.channels == 2 and not self.dual_mono

    @property
    def sound(self) -> Sound:
        """What the rest of qm keeps of it."""
        return Sound(
            duration=self.duration,
            channels=self.channels,
            separated=self.separated,
            peak_dbfs=max(level.peak for level in self.levels),
            silent=len(self.silent) == self.channels,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A stretch of a recording that starts and ends in a pause."""

    start: float
    """seconds from the start of the recording"""
    samples: Samples
    """(channels, n) at 16 kHz, −1…1"""

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(self.samples.shape[1] / RATE)


def survey(path: Path) -> Survey:
    """Decode the whole recording once and say what is in it.

    Raises:
        RecordingError: UNREADABLE, EMPTY, NOT_AUDIO, NO_SOUND, TOO_MANY_CHANNELS or TRUNCATED.
    """
    with _opened(path) as sound:
        tally = _Tally(sound.channels)
        for second in sound.pcm(sound.rate, group=sound.rate):
            tally.add(second)
        if tally.samples == 0 and not sound.damaged:
            raise RecordingError(Reason.NO_SOUND)
        if sound.damaged > sound.frames:
            raise RecordingError(Reason.NOT_AUDIO, f"{sound.codec}: most of it cannot be decoded")
        if sound.format == "ogg" and not _ogg_ends(path):
            raise RecordingError(Reason.TRUNCATED, "its last page does not say that it is the last")
        duration = tally.samples / sound.rate
        declared = _declared(path, sound, duration)
        if declared is not None and declared - duration > _MISSING:
            raise RecordingError(Reason.TRUNCATED, f"{duration:.1f} of {declared:.1f} s")
        return Survey(
            duration=duration,
            declared=declared,
            sample_rate=sound.rate,
            codec=sound.codec,
            levels=tally.levels(),
            dual_mono=tally.dual_mono(),
        )


def blocks(path: Path, *, seconds: float = 300.0) -> Iterator[Block]:
    """The recording at 16 kHz in blocks of at most `seconds`, cut in pauses, one block in memory at a time.

    The blocks follow each other without gap or overlap. Each cut is the quietest moment of the block's last
    30 seconds (half of a shorter block), so that no word is cut.

    Raises:
        RecordingError: as `survey`, except TRUNCATED.
    """
    limit = round(seconds * RATE)
    search = min(round(_SEARCH * RATE), limit // 2)
    start = 0
    with _opened(path) as sound:
        held = np.empty((sound.channels, 0), np.int16)
        waiting: list[Pcm] = []
        length = 0
        for pcm in sound.pcm(RATE):
            waiting.append(pcm)
            length += pcm.shape[1]
            if length < limit:
                continue
            held = np.concatenate([held, *waiting], axis=1)
            waiting.clear()
            while held.shape[1] >= limit:
                cut = limit - search + quietest(_floats(held[:, limit - search : limit]))
                yield Block(start / RATE, _floats(held[:, :cut]))
                held = held[:, cut:].copy()
                start += cut
            length = held.shape[1]
        held = np.concatenate([held, *waiting], axis=1)
        if held.shape[1]:
            yield Block(start / RATE, _floats(held))


def quietest(samples: Samples) -> int:
    """Index in the middle of the quietest 0.2 s of (channels, n) samples at 16 kHz; the first one of equals.

    Channels count alike however loud they are: a cut in the pause of a loud speaker must not fall into the
    words of a faint one.
    """
    hop, width = round(_HOP * RATE), round(_PAUSE / _HOP)
    frames = samples.shape[1] // hop
    if frames <= width:
        return int(samples.shape[1] // 2)
    energy = np.square(samples[:, : frames * hop].reshape(len(samples), frames, hop)).mean(axis=2)
    relative = (energy / (energy.mean(axis=1, keepdims=True) + _FLOOR**2)).sum(axis=0)
    pauses = np.convolve(relative, np.ones(width), mode="valid")
    return int((pauses.argmin() + width / 2) * hop)


def levels(path: Path, *, step: float = 1.0) -> NDArray[np.float32]:
    """Loudness over time: RMS in dBFS, (channels, steps) of `step` seconds each.

    Raises:
        RecordingError: as `survey`, except TRUNCATED.
    """
    with _opened(path) as sound:
        powers = [_power(pcm) for pcm in sound.pcm(sound.rate, group=max(1, round(step * sound.rate)))]
    rms = np.sqrt(np.array(powers, dtype=np.float32).reshape(-1, sound.channels).T)
    return 20 * np.log10(np.maximum(rms, np.float32(_FLOOR)))


def clip(path: Path, start: float, end: float, *, margin: float = 0.5) -> "AudioSegment":
    """Seconds `start`…`end` with a margin on both sides, all channels, at the recorded rate in 16 bit.

    What lies outside the recording is left out; the slice may be empty.

    Raises:
        RecordingError: as `survey`, except TRUNCATED.
    """
    with _opened(path) as sound:
        first, last = (max(0, round(at * sound.rate)) for at in (start - margin, end + margin))
        parts: list[Pcm] = []
        at = 0
        for pcm in sound.pcm(sound.rate):
            parts.append(pcm[:, max(0, first - at) : max(0, last - at)])
            at += pcm.shape[1]
            if at >= last:
                break
    return segment(np.concatenate(parts, axis=1) if parts else np.empty((sound.channels, 0), np.int16), sound.rate)


def segment(pcm: Pcm, rate: int) -> "AudioSegment":
    """(channels, n) 16-bit samples as pydub's AudioSegment."""
    with warnings.catch_warnings():
        # On import pydub warns that there is no ffmpeg, which decoded audio does not need, and that audioop
        # is deprecated, which audioop-lts answers.
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
    return AudioSegment(data=pcm.T.tobytes(), sample_width=2, frame_rate=rate, channels=len(pcm))


class _Sound:
    """The audio stream of an open container."""

    def __init__(self, container: "av.container.InputContainer") -> None:
        streams = container.streams.audio
        if not streams or not _decodable(streams[0]):
            raise RecordingError(Reason.NOT_AUDIO, "no sound in it that can be decoded")
        if len(streams) > 1:
            raise RecordingError(Reason.TOO_MANY_CHANNELS, f"{len(streams)} sound tracks")
        self._container = container
        self._stream = streams[0]
        self.format = container.format.name.partition(",")[0]
        self.codec = self._stream.codec_context.name
        self.channels = self._stream.channels
        self.rate = self._stream.rate
        self.frames = 0
        """decoded so far"""
        self.damaged = 0
        """packets that could not be decoded so far"""
        if self.channels > 2:
            raise RecordingError(Reason.TOO_MANY_CHANNELS, f"{self.channels} channels")
        if self.rate not in _RATES:
            raise RecordingError(Reason.NOT_AUDIO, f"sample rate {self.rate} Hz")

    @property
    def stream_duration(self) -> float | None:
        """Seconds, stated or estimated."""
        duration, base = self._stream.duration, self._stream.time_base
        return None if duration is None or base is None else float(duration * base)

    @property
    def header_duration(self) -> float | None:
        """Seconds the container states; where FFmpeg estimates, it fills in the stream's duration too."""
        duration = self._container.duration
        return None if duration is None or self._stream.duration is not None else duration / av.time_base

    def pcm(self, rate: int, group: int = _GROUP) -> Iterator[Pcm]:
        """(channels, n) samples at `rate` Hz, from groups of `group` samples as recorded."""
        # A new resampler wherever a stream changes its format half-way (spliced MP3, HE-AAC).
        for _, frames in groupby(self._frames(), key=_form):
            resampler = av.AudioResampler(format="s16p", rate=rate)
            for frame in chain(_grouped(frames, group), (None,)):
                for converted in resampler.resample(frame):
                    pcm = converted.to_ndarray().astype(np.int16, copy=False)
                    if len(pcm) != self.channels:
                        raise RecordingError(Reason.NOT_AUDIO, "the number of channels changes half-way")
                    yield pcm

    def _frames(self) -> Iterator[av.AudioFrame]:
        for packet in self._packets():
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                self.damaged += 1
                continue
            for frame in decoded:
                # Only samples that were recorded as floating-point numbers can be none.
                if self.codec.startswith("pcm_f") and not np.isfinite(frame.to_ndarray()).all():
                    raise RecordingError(Reason.NOT_AUDIO, "samples that are not numbers")
                self.frames += 1
                frame.pts = None
                yield frame

    def _packets(self) -> Iterator["av.Packet[av.AudioStream]"]:
        try:
            yield from self._container.demux(self._stream)
        except (av.InvalidDataError, av.EOFError):
            self.damaged += 1


class _Tally:
    """Sums over a recording, from which levels and likeness of its channels follow."""

    def __init__(self, channels: int) -> None:
        self.samples = 0
        self._energy = np.zeros(channels)
        self._product = 0.0
        self._peak = np.zeros(channels)
        self._clipped = np.zeros(channels)
        self._loudest = np.zeros(channels)

    def add(self, pcm: Pcm) -> None:
        sound = _floats(pcm)
        power = _power(pcm)
        size = np.abs(sound)
        self.samples += pcm.shape[1]
        self._energy += power * pcm.shape[1]
        self._peak = np.maximum(self._peak, size.max(axis=1))
        self._clipped += (size >= _CLIPPED).sum(axis=1)
        self._loudest = np.maximum(self._loudest, power)
        if len(sound) == 2:
            self._product += float(sound[0] @ sound[1])

    def levels(self) -> tuple[Level, ...]:
        return tuple(
            Level(
                rms=_dbfs(float(energy / self.samples) ** 0.5),
                peak=_dbfs(float(peak)),
                clipped=float(clipped / self.samples),
                silent=_dbfs(float(loudest) ** 0.5) < _SILENT,
            )
            for energy, peak, clipped, loudest in zip(
                self._energy, self._peak, self._clipped, self._loudest, strict=True
            )
        )

    def dual_mono(self) -> bool:
        """Whether two channels carry one signal; two silent ones do."""
        levels = self.levels()
        if len(levels) != 2:
            return False
        if levels[0].silent or levels[1].silent:
            return levels[0].silent and levels[1].silent
        correlation = abs(self._product) / float(np.prod(self._energy)) ** 0.5
        return correlation > _SAME and abs(levels[0].rms - levels[1].rms) < _SAME_LEVEL


@contextmanager
def _opened(path: Path) -> Iterator[_Sound]:
    """The sound of a file; whatever FFmpeg or the system say against it becomes a RecordingError."""
    try:
        # Opening a pipe or a device could wait for ever.
        if not path.is_file():
            raise RecordingError(Reason.UNREADABLE, "no such file" if not path.exists() else "not a file")
        if path.stat().st_size == 0:
            raise RecordingError(Reason.EMPTY)
        # An absolute path, because FFmpeg takes what stands before a colon for a protocol.
        with av.open(
            f"file:{path.resolve()}",
            metadata_errors="ignore",
            options={"protocol_whitelist": "file", "format_whitelist": _FORMATS},
        ) as container:
            yield _Sound(container)
    except OSError as error:
        raise RecordingError(Reason.UNREADABLE, error.strerror or "") from error
    except av.FFmpegError as error:
        raise RecordingError(Reason.NOT_AUDIO) from error


def _decodable(stream: "av.AudioStream") -> bool:
    return stream.codec_context is not None and stream.channels > 0 and stream.rate > 0


def _form(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _grouped(frames: Iterator[av.AudioFrame], size: int) -> Iterator[av.AudioFrame]:
    fifo = av.AudioFifo()
    for frame in frames:
        fifo.write(frame)
        while fifo.samples >= size:
            yield _read(fifo, size)
    if fifo.samples:
        yield _read(fifo, fifo.samples)


def _read(fifo: av.AudioFifo, size: int) -> av.AudioFrame:
    frame = fifo.read(size)
    assert frame is not None
    return frame


def _declared(path: Path, sound: _Sound, duration: float) -> float | None:
    """Seconds the header promises, where it counts them."""
    match sound.format:
        case "wav":
            share = _wav_share(path)
            return None if share is None else duration / share
        case "mp3":
            return _mp3_seconds(path, sound.rate)
        case "matroska":
            return sound.header_duration
        case _:
            return sound.stream_duration if sound.format in _COUNTED else None


def _wav_share(path: Path) -> float | None:
    """Bytes of sound in a WAV file over the bytes its header declares, at most 1.

    Bytes and not seconds: recorders write wrong byte rates and sample counts, and still the right size.
    """
    with path.open("rb") as file:
        wide = None
        file.seek(12)
        while len(head := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", head)
            if name == b"data":
                size = wide if wide is not None else size
                present = path.stat().st_size - file.tell()
                return None if size == 0 or size >= _STREAMED or present <= 0 else min(1.0, present / size)
            if name == b"ds64":
                wide = struct.unpack("<8xQ", file.read(16))[0]
                size -= 16
            file.seek(size + size % 2, 1)
    return None


def _ogg_ends(path: Path) -> bool:
    """Whether an Ogg file, which declares no length, ends with a whole page that is marked as the last."""
    with path.open("rb") as file:
        file.seek(-min(_OGG_PAGE, path.stat().st_size), os.SEEK_END)
        page = file.read()
    page = page[max(0, page.rfind(b"OggS")) :]
    if len(page) < 27 or not page[5] & 4:
        return False
    segments = page[27 : 27 + page[26]]
    return len(segments) == page[26] and len(page) >= 27 + len(segments) + sum(segments)


def _mp3_seconds(path: Path, rate: int) -> float | None:
    """Seconds by the frame count that most encoders put into the first frame (a Xing or Info header)."""
    with path.open("rb") as file:
        head = file.read(10)
        tagged = head[:3] == b"ID3" and len(head) == 10
        file.seek(10 + sum((byte & 0x7F) << 7 * i for i, byte in enumerate(head[:5:-1])) if tagged else 0)
        found = re.search(rb"(?:Xing|Info)(.{4})(.{4})", file.read(256), re.DOTALL)
    if found is None or not found[1][3] & 1:
        return None
    return int.from_bytes(found[2]) * (1_152 if rate >= 32_000 else 576) / rate


def _floats(pcm: Pcm) -> Samples:
    return pcm.astype(np.float32) / np.float32(32_768)


def _power(pcm: Pcm) -> NDArray[np.float64]:
    """Mean square of each channel, full scale being 1."""
    return np.array([float(row @ row) / max(1, len(row)) for row in _floats(pcm)])


def _dbfs(amplitude: float) -> float:
    return round(20 * log10(max(amplitude, _FLOOR)), 1)
