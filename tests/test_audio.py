"""What the audio module promises, on recordings made on the spot in every format this machine writes."""

import os
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from qm.audio import RATE, blocks, clip, levels, quietest, survey
from qm.errors import Reason, RecordingError
from tests.audio_files import babble, encode, gsm_wav, silence, tone, wav_header, write_wav

FORMATS = [
    # name, encoder, rate, codec as the survey calls it
    ("a.wav", "pcm_s16le", 8_000, "pcm_s16le"),
    ("a.wav", "pcm_s16le", 44_100, "pcm_s16le"),
    ("a.wav", "pcm_u8", 8_000, "pcm_u8"),
    ("a.wav", "pcm_s24le", 48_000, "pcm_s24le"),
    ("a.wav", "pcm_f32le", 16_000, "pcm_f32le"),
    ("a.wav", "pcm_alaw", 8_000, "pcm_alaw"),
    ("a.wav", "pcm_mulaw", 8_000, "pcm_mulaw"),
    ("a.wav", "adpcm_ima_wav", 8_000, "adpcm_ima_wav"),
    ("a.wav", "adpcm_ms", 8_000, "adpcm_ms"),
    ("a.w64", "pcm_s16le", 8_000, "pcm_s16le"),
    ("a.aiff", "pcm_s16be", 8_000, "pcm_s16be"),
    ("a.au", "pcm_mulaw", 8_000, "pcm_mulaw"),
    ("a.caf", "pcm_s16le", 8_000, "pcm_s16le"),
    ("a.mp3", "libmp3lame", 8_000, "mp3float"),
    ("a.mp3", "libmp3lame", 48_000, "mp3float"),
    ("a.ogg", "libopus", 48_000, "opus"),
    ("a.opus", "libopus", 16_000, "opus"),
    ("a.webm", "libopus", 48_000, "opus"),
    ("a.flac", "flac", 16_000, "flac"),
    ("a.m4a", "aac", 16_000, "aac"),
    ("a.m4a", "alac", 16_000, "alac"),
    ("a.aac", "aac", 16_000, "aac"),
]
CODEC_PADDING = 0.2
"""seconds that encoders add at the ends: two MP3 frames of 72 ms at 8 kHz"""


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("name", "encoder", "rate", "codec"), FORMATS)
def test_reads_every_format(tmp_path: Path, name: str, encoder: str, rate: int, codec: str, channels: int) -> None:
    sound = [babble(3, rate, seed=seed) for seed in range(channels)]
    path = encode(tmp_path / name, *sound, rate=rate, codec=encoder)

    found = survey(path)

    assert found.duration == pytest.approx(3, abs=CODEC_PADDING)
    assert found.declared is None or found.declared == pytest.approx(3, abs=CODEC_PADDING)
    assert (found.channels, found.codec) == (channels, codec)
    assert found.sample_rate == (48_000 if codec == "opus" else rate)
    assert found.silent == ()
    assert not found.dual_mono
    assert found.separated == (channels == 2)
    heard = np.concatenate([block.samples for block in blocks(path)], axis=1)
    assert heard.dtype == np.float32
    assert heard.shape == (channels, pytest.approx(found.duration * RATE, abs=1))


def test_reads_gsm(tmp_path: Path) -> None:
    found = survey(gsm_wav(tmp_path / "a.wav", blocks=100))

    assert (found.duration, found.codec, found.sample_rate) == (4.0, "gsm_ms", 8_000)


def test_a_name_is_only_a_name(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "http:%d 2024-05-01 10:30?.wav", tone(1))

    assert survey(path).duration == 1.0


def test_levels_of_a_channel(tmp_path: Path) -> None:
    loud = tone(2, level=0.0)
    path = write_wav(tmp_path / "a.wav", loud, tone(2, level=-30.0))

    agent, customer = survey(path).levels

    assert (agent.rms, agent.peak) == (-3.0, 0.0)
    assert agent.clipped == pytest.approx(0.13, abs=0.02)  # a full-scale sine is above 0.98 for 13 % of the time
    assert (customer.rms, customer.peak, customer.clipped) == (-33.0, -30.0, 0.0)


@pytest.mark.parametrize(
    ("left", "right", "silent", "dual_mono"),
    [
        pytest.param(babble(3), babble(3, seed=1), (), False, id="two sides"),
        pytest.param(babble(3), babble(3), (), True, id="the same twice"),
        pytest.param(babble(3), -babble(3), (), True, id="the same, inverted"),
        pytest.param(babble(3), babble(3) // 5, (), False, id="only an echo on the right"),
        pytest.param(babble(3), babble(3, seed=1) + babble(3) // 4, (), False, id="bleed"),
        pytest.param(babble(3), silence(3), (1,), False, id="silent right"),
        pytest.param(tone(3, level=-70.0), babble(3), (0,), False, id="humming left"),
        pytest.param(silence(3), silence(3), (0, 1), True, id="nobody"),
        pytest.param(
            np.concatenate([silence(60), babble(2)]), babble(62, seed=1), (), False, id="speaks once in a minute"
        ),
    ],
)
def test_likeness_of_channels(
    tmp_path: Path, left: np.ndarray, right: np.ndarray, silent: tuple[int, ...], dual_mono: bool
) -> None:
    found = survey(write_wav(tmp_path / "a.wav", left, right))

    assert found.silent == silent
    assert found.dual_mono == dual_mono
    assert found.separated is not dual_mono


def test_dual_mono_survives_a_lossy_codec(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.ogg", babble(3, 48_000), babble(3, 48_000), rate=48_000, codec="libopus")

    assert survey(path).dual_mono


def _bytes(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


def _half(codec: str, rate: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        encode(path, babble(6, rate), rate=rate, codec=codec)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])

    return write


def _two_tracks(path: Path) -> None:
    with av.open(str(path), "w") as file:
        for _ in range(2):
            file.add_stream("pcm_s16le", rate=8_000, layout="mono")
        for stream in file.streams.audio:
            frame = av.AudioFrame.from_ndarray(babble(1)[np.newaxis], format="s16p", layout="mono")
            frame.sample_rate = 8_000
            for packet in stream.encode(frame):
                file.mux(packet)


def _video(path: Path) -> None:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        for packet in [*stream.encode(av.VideoFrame(64, 64, "yuv420p")), *stream.encode(None)]:
            file.mux(packet)


def _cut(codec: str, missing: int) -> Callable[[Path], None]:
    """Without its last bytes."""

    def write(path: Path) -> None:
        encode(path, babble(6, 48_000), rate=48_000, codec=codec)
        path.write_bytes(path.read_bytes()[:-missing])

    return write


def _floats(*wrong: float) -> Callable[[Path], None]:
    """A second of sound whose last samples are these."""

    def write(path: Path) -> None:
        samples = babble(1).astype("<f4") / 32_768
        samples[len(samples) - len(wrong) :] = wrong
        path.write_bytes(wav_header(4 * len(samples), codec=3, bits=32) + samples.tobytes())

    return write


PCM = babble(4).tobytes()
NOISE = random.Random(1).randbytes(50_000)

MALFORMED = [
    ("nothing.wav", _bytes(b""), Reason.EMPTY),
    ("text.wav", _bytes(b"agent: good morning\n" * 50), Reason.NOT_AUDIO),
    ("two bytes.wav", _bytes(b"hi"), Reason.NOT_AUDIO),
    *[(f"noise.{suffix}", _bytes(NOISE), Reason.NOT_AUDIO) for suffix in ("wav", "mp3", "ogg", "flac", "m4a", "bin")],
    ("picture.wav", _bytes(b"\x89PNG\r\n\x1a\n" + NOISE), Reason.NOT_AUDIO),
    (
        "playlist.wav",
        _bytes(b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n"),
        Reason.NOT_AUDIO,
    ),
    ("list.wav", _bytes(b"ffconcat version 1.0\nfile /etc/hostname\n"), Reason.NOT_AUDIO),
    ("video.mp4", _video, Reason.NOT_AUDIO),
    ("riff only.wav", _bytes(wav_header(0)[:12]), Reason.NOT_AUDIO),
    ("half a header.wav", _bytes(wav_header(0)[:30]), Reason.NOT_AUDIO),
    ("no channels.wav", _bytes(wav_header(len(PCM), channels=0) + PCM), Reason.NOT_AUDIO),
    ("no rate.wav", _bytes(wav_header(len(PCM), rate=0) + PCM), Reason.NOT_AUDIO),
    ("rate of 1 Hz.wav", _bytes(wav_header(len(PCM), rate=1) + PCM), Reason.NOT_AUDIO),
    ("rate of 1 GHz.wav", _bytes(wav_header(len(PCM), rate=2**30) + PCM), Reason.NOT_AUDIO),
    ("unknown codec.wav", _bytes(wav_header(len(PCM), codec=0x7777) + PCM), Reason.NOT_AUDIO),
    ("header only.wav", _bytes(wav_header(0)), Reason.NO_SOUND),
    ("header that promises.wav", _bytes(wav_header(len(PCM))), Reason.NO_SOUND),
    ("three.wav", _bytes(wav_header(len(PCM), channels=3) + PCM), Reason.TOO_MANY_CHANNELS),
    ("two tracks.mka", _two_tracks, Reason.TOO_MANY_CHANNELS),
    ("a third.wav", _bytes(wav_header(len(PCM)) + PCM[: len(PCM) // 3]), Reason.TRUNCATED),
    ("half.wav", _half("pcm_alaw", 8_000), Reason.TRUNCATED),
    ("half.flac", _half("flac", 16_000), Reason.TRUNCATED),
    ("half.au", _half("pcm_mulaw", 8_000), Reason.TRUNCATED),
    ("half.aiff", _half("pcm_s16be", 8_000), Reason.TRUNCATED),
    ("half.mp3", _half("libmp3lame", 16_000), Reason.TRUNCATED),
    ("half.ogg", _half("libopus", 48_000), Reason.TRUNCATED),
    ("all but a byte.opus", _cut("libopus", 1), Reason.TRUNCATED),
    ("no numbers.wav", _floats(*[float("nan")] * 8_000), Reason.NOT_AUDIO),
    ("infinite at the end.wav", _floats(float("inf")), Reason.NOT_AUDIO),
    ("half.webm", _half("libopus", 48_000), Reason.TRUNCATED),
    ("half.m4a", _half("aac", 16_000), Reason.NOT_AUDIO),  # what its index says came last
]


@pytest.mark.parametrize(("name", "write", "reason"), MALFORMED, ids=[name for name, _, _ in MALFORMED])
def test_refuses_with_a_reason(tmp_path: Path, name: str, write: Callable[[Path], None], reason: Reason) -> None:
    write(tmp_path / name)

    with pytest.raises(RecordingError) as caught:
        survey(tmp_path / name)

    assert caught.value.reason is reason


def test_refuses_what_is_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "dangling.wav").symlink_to("nowhere")
    for name in ("missing.wav", "pipe.wav", "dangling.wav", "."):
        with pytest.raises(RecordingError) as caught:
            survey(tmp_path / name)
        assert caught.value.reason is Reason.UNREADABLE


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(0, id="written to a pipe, 0"),
        pytest.param(0xFFFF_FFFF, id="written to a pipe, all ones"),
        pytest.param(0x7FFF_FFFF - 36, id="written to a pipe, sox"),
        pytest.param(len(PCM) + 44, id="header counted too"),
    ],
)
def test_accepts_wav_sizes_that_recorders_write(tmp_path: Path, size: int) -> None:
    (tmp_path / "a.wav").write_bytes(wav_header(size) + PCM)

    assert survey(tmp_path / "a.wav").duration == 4.0


def test_accepts_mp3_of_joined_parts(tmp_path: Path) -> None:
    part = encode(tmp_path / "part.mp3", babble(2, 16_000), rate=16_000, codec="libmp3lame").read_bytes()
    (tmp_path / "a.mp3").write_bytes(part + part)

    assert survey(tmp_path / "a.mp3").duration == pytest.approx(4, abs=2 * CODEC_PADDING)


def test_damage_never_ends_in_a_traceback(tmp_path: Path) -> None:
    damage = random.Random(3)
    for name, codec, rate in [
        ("a.wav", "pcm_alaw", 8_000),
        ("a.mp3", "libmp3lame", 8_000),
        ("a.ogg", "libopus", 48_000),
    ]:
        whole = encode(tmp_path / name, babble(2, rate), rate=rate, codec=codec).read_bytes()
        for _ in range(15):
            data = bytearray(whole)
            for _ in range(10):
                data[damage.randrange(damage.choice([60, 600, len(data)]))] = damage.randrange(256)
            (tmp_path / name).write_bytes(data)
            try:
                found = survey(tmp_path / name)
            except RecordingError:
                continue
            heard = sum(block.duration for block in blocks(tmp_path / name))
            assert heard == pytest.approx(found.duration, abs=0.01)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_blocks_are_the_whole(tmp_path: Path, rate: int) -> None:
    path = write_wav(tmp_path / "a.wav", babble(25, rate), babble(25, rate, seed=1), rate=rate)
    (whole,) = blocks(path)

    parts = list(blocks(path, seconds=4))

    assert len(parts) > 6
    assert all(part.duration <= 4 for part in parts)
    assert [part.start for part in parts] == pytest.approx([0, *np.cumsum([part.duration for part in parts])[:-1]])
    np.testing.assert_array_equal(np.concatenate([part.samples for part in parts], axis=1), whole.samples)


def test_blocks_at_16_khz_are_the_file(tmp_path: Path) -> None:
    sound = babble(10, RATE)
    path = write_wav(tmp_path / "a.wav", sound, rate=RATE)

    heard = np.concatenate([block.samples for block in blocks(path, seconds=3)], axis=1)

    np.testing.assert_array_equal(heard[0] * 32_768, sound)


def test_blocks_are_cut_in_pauses_of_both_channels(tmp_path: Path) -> None:
    # The left speaks until 8.0 s and from 8.5 s on; the faint right is heard in the left's other pause.
    left = np.concatenate([tone(6), silence(0.5), tone(1.5), silence(0.5), tone(4)])
    right = np.concatenate([silence(6), tone(0.5, level=-45), silence(6)])
    path = write_wav(tmp_path / "a.wav", left, right)

    first = next(blocks(path, seconds=10))

    assert 8.0 < first.duration < 8.5


def test_quietest_of_next_to_nothing_is_its_middle() -> None:
    assert quietest(np.zeros((2, 100), np.float32)) == 50


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    """Half an hour of two channels is 230 MB in float32; a block of a minute is 8 MB."""
    path = tmp_path / "long.wav"
    minute = np.stack([babble(60), babble(60, seed=1)], axis=1).tobytes()
    with path.open("wb") as file:
        file.write(wav_header(30 * len(minute), channels=2))
        for _ in range(30):
            file.write(minute)
    tracemalloc.start()
    try:
        found = survey(path).duration, sum(block.duration for block in blocks(path, seconds=60))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found == (1800, pytest.approx(1800))
    assert peak < 60e6


def test_levels_over_time(tmp_path: Path) -> None:
    left = np.concatenate([tone(2, level=-20), silence(1.5)])
    path = write_wav(tmp_path / "a.wav", left, tone(3.5, level=-40))

    found = levels(path, step=0.5)

    assert found.shape == (2, 7)
    np.testing.assert_allclose(found[0], [-23] * 4 + [-100] * 3, atol=0.1)
    np.testing.assert_allclose(found[1], [-43] * 7, atol=0.1)


def test_clip_is_the_moment(tmp_path: Path) -> None:
    left = np.concatenate([silence(10), tone(1), silence(10)])
    path = write_wav(tmp_path / "a.wav", left, silence(21))

    piece = clip(path, 10, 11, margin=0.5)

    assert (piece.channels, piece.frame_rate, piece.sample_width, len(piece)) == (2, 8_000, 2, 2_000)
    agent, customer = piece.split_to_mono()
    assert agent[:490].max == 0
    assert agent[510:1_490].dBFS == pytest.approx(-23, abs=0.1)
    assert agent[1_510:].max == 0
    assert customer.max == 0


@pytest.mark.parametrize(("start", "end", "milliseconds"), [(0, 1, 1_500), (2.8, 9, 700), (7, 9, 0)])
def test_clip_stays_inside(tmp_path: Path, start: float, end: float, milliseconds: int) -> None:
    path = write_wav(tmp_path / "a.wav", tone(3))

    assert len(clip(path, start, end, margin=0.5)) == milliseconds


def test_clip_can_be_written_as_wav(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.ogg", babble(3, 48_000), rate=48_000, codec="libopus")

    clip(path, 1, 2, margin=0).export(tmp_path / "clip.wav", format="wav").close()

    assert survey(tmp_path / "clip.wav").duration == 1.0
