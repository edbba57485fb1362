"""Sound: reading what citizens send, changing the sample rate, the telephone's µ-law. NumPy arrays are float32 between -1 and 1."""

from __future__ import annotations

import io

import av
import numpy as np
import soxr
from av import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

LINE_RATE = 8000
"""Hz of a telephone line."""

Samples = NDArray[np.float32]


class SoundUnreadable(ValueError):
    """Not a sound file, or a broken one. `str(error)` is a Chinese sentence for the citizen."""


class SoundTooLong(SoundUnreadable):
    """Longer than is read at once."""


def to_samples(pcm: bytes) -> Samples:
    """PCM16 as numbers. An odd last byte is dropped."""
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) / 32768.0


def to_pcm(samples: Samples) -> bytes:
    """Numbers as PCM16; what is too loud is clipped."""
    return (np.clip(samples, -1.0, 32767 / 32768) * 32768.0).round().astype("<i2").tobytes()


def resample(pcm: bytes, rate: int, to: int) -> bytes:
    """The same sound at another sample rate (Hz)."""
    if rate == to or not pcm:
        return pcm
    return to_pcm(soxr.resample(to_samples(pcm), rate, to).astype(np.float32))


_STEP = LINE_RATE // 100
_AUDIBLE = 100
_LEAD = 2
"""Steps of 10 ms that stay before the first sound."""


def without_lead(pcm: bytes) -> bytes:
    """A rendered sentence at the line's rate without the silence that many voices begin with, up to 0.3 s: a caller waits for it every time."""
    samples = np.frombuffer(pcm, "<i2")
    steps = np.abs(samples[: len(samples) // _STEP * _STEP].astype(np.int32)).reshape(-1, _STEP).mean(axis=1)
    heard = np.flatnonzero(steps > _AUDIBLE)
    return pcm[max(0, int(heard[0]) - _LEAD) * _STEP * 2 :] if len(heard) else pcm


def encode(pcm: bytes, rate: int) -> bytes:
    """PCM16 mono as a voice message: Ogg with Opus."""
    out = io.BytesIO()
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48000, layout="mono")
        frame = AudioFrame.from_ndarray(np.frombuffer(pcm, "<i2").reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        resampler = AudioResampler(format="s16", layout="mono", rate=48000, frame_size=960)
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            for packet in stream.encode(piece):
                container.mux(packet)
    return out.getvalue()


def decode(content: bytes, rate: int, *, longest: float) -> bytes:
    """A sound file of any usual kind (ogg/opus, webm, mp3, m4a, wav, amr) as PCM16 mono at `rate` Hz.

    Reads no more than `longest` seconds. Raises SoundUnreadable, and SoundTooLong for what goes on after that.
    """
    most = int(longest * rate) * 2
    pcm = bytearray()
    try:
        with av.open(io.BytesIO(content), mode="r") as container:
            if not container.streams.audio:
                raise SoundUnreadable("这段语音里没有声音，请重新录一次，或者打字告诉我。")
            resampler = AudioResampler(format="s16", layout="mono", rate=rate)
            for frame in container.decode(audio=0):
                for piece in resampler.resample(frame):
                    pcm += bytes(piece.planes[0])[: piece.samples * 2]
                if len(pcm) > most:
                    raise SoundTooLong(f"这段语音太长了，请分几次说，每次不超过{int(longest)}秒，或者打字告诉我。")
            for piece in resampler.resample(None):
                pcm += bytes(piece.planes[0])[: piece.samples * 2]
    except (av.FFmpegError, ValueError) as error:
        if isinstance(error, SoundUnreadable):
            raise
        raise SoundUnreadable("这段语音打不开，请重新录一次，或者打字告诉我。") from None
    return bytes(pcm)
