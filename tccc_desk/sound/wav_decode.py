"""Octets of a WAV file to one channel of 16-bit samples, whole blocks at a time."""

from __future__ import annotations

from array import array
from operator import add

from tccc_desk.rtp.pcm import SWAPPED, linear, samples
from tccc_desk.sound.wav_format import WavFormat

_UNSIGNED = bytes(value ^ 0x80 for value in range(256))


def decode_wav(format_: WavFormat, data: bytes) -> array[int]:
    """The channels' mean at the file's own rate. `data` is whole frames; the upper 16 bits count."""
    values = _samples(format_, data)
    if format_.channels == 1:
        return values
    total: map[int] | array[int] = values[0 :: format_.channels]
    for channel in range(1, format_.channels):
        total = map(add, total, values[channel :: format_.channels])
    channels = format_.channels
    return array("h", [value // channels for value in total])


def _samples(format_: WavFormat, data: bytes) -> array[int]:
    if format_.kind == "float":
        floats = array("f" if format_.width == 4 else "d")
        floats.frombytes(data)
        if SWAPPED:
            floats.byteswap()
        return array("h", map(_from_float, floats))
    if format_.kind != "int":
        return samples(linear(format_.kind, data))
    if format_.width == 2:
        return samples(data)
    pcm = bytearray(2 * (len(data) // format_.width))
    if format_.width == 1:
        pcm[1::2] = data.translate(_UNSIGNED)
    else:
        pcm[0::2] = data[format_.width - 2 :: format_.width]
        pcm[1::2] = data[format_.width - 1 :: format_.width]
    return samples(bytes(pcm))


def _from_float(value: float) -> int:
    if -1.0 < value < 1.0:
        return int(value * 32768)
    return 32767 if value >= 1.0 else -32768 if value <= -1.0 else 0  # 0: not a number
