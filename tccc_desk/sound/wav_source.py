"""A WAV file as a source of a call. Its thread reads ahead, the media thread only takes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tccc_desk.rtp.g711 import SILENCE
from tccc_desk.rtp.pcm import RATE, companded, packed, prepare
from tccc_desk.rtp.resample import Resampler
from tccc_desk.sound.faults import said, shown
from tccc_desk.sound.wav_decode import decode_wav
from tccc_desk.sound.wav_format import open_wav

_AHEAD = 2 * RATE
"""Samples read ahead: 2 s outlast a slow disk and are 32 KB."""
_BLOCK_S = 0.02
"""Sound converted at once: some 0.7 ms of work for a file of 48 kHz."""


class Ending(NamedTuple):
    """How a file ended, as a finding of `sound.faults.WAV`."""

    finding: str
    details: dict[str, str]
    seconds: float
    """Sound that was sent of it."""


class WavSource:
    """Opens at once, or raises SoundFault; plays once, or for ever with `loop`; then sends silence.

    `on_end` is called on the media thread with the first frame after the last sample; it must not
    block. Until `close` a thread and an open file belong to it.
    """

    def __init__(
        self, path: Path, *, loop: bool = False, on_end: Callable[[Ending], None] | None = None
    ) -> None:
        self._name = shown(path)
        file, self.format = open_wav(path)
        prepare()
        self._loop = loop
        self._on_end = on_end
        self._blocks: deque[bytes] = deque()
        self._rest = b""
        self._ahead = 0
        """Samples the reader has given, counted by it alone."""
        self._taken = 0
        """Samples the media thread took, counted by it alone."""
        self._fault = ""
        self._read_all = threading.Event()
        self._wanted = threading.Event()
        self._ready = threading.Event()
        self._closed = False
        self.starved = 0
        """Frames that were silent because the disk was too slow."""
        self.ended = False
        self._thread = threading.Thread(target=self._run, args=(file,), name="wav reader", daemon=True)
        self._thread.start()

    @property
    def seconds(self) -> float:
        """Sound sent so far."""
        return self._taken / RATE

    def frame(self, samples: int, codec: str) -> bytes:
        waiting = self._rest
        while len(waiting) < 2 * samples and self._blocks:
            waiting += self._blocks.popleft()
        pcm, self._rest = waiting[: 2 * samples], waiting[2 * samples :]
        self._taken += len(pcm) // 2
        if self._ahead - self._taken < _AHEAD:
            self._wanted.set()
        payload = companded(codec, pcm)
        if len(payload) < samples:
            if self._read_all.is_set() and not self._blocks:
                self._end()
            elif self._taken:
                self.starved += 1
            payload += bytes((SILENCE[codec],)) * (samples - len(payload))
        return payload

    def heard(self, payload: bytes, codec: str) -> None:
        pass

    def close(self, timeout_s: float = 1.0) -> None:
        """End the reader; from any thread, any number of times."""
        self._closed = True
        self._wanted.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout_s)

    def wait_ready(self, timeout_s: float) -> bool:
        """Wait until a second (or all of it) is there; not for the media thread."""
        return self._ready.wait(timeout_s)

    def _end(self) -> None:
        if self.ended:
            return
        self.ended = True
        if self._on_end is not None:
            details = {"file": self._name} | ({"detail": self._fault} if self._fault else {})
            finding = "sound.wav.broke-off" if self._fault else "sound.wav.ended"
            self._on_end(Ending(finding, details, self.seconds))

    # -- everything below runs on the reader's thread

    def _run(self, file: BinaryIO) -> None:
        try:
            with file:
                resampler = Resampler(self.format.rate)
                self._read_once(file, resampler)
                while self._loop and not self._closed:
                    self._read_once(file, resampler)
                self._give(packed(resampler.end()))
        except (OSError, ValueError) as error:
            self._fault = said(error)
        finally:
            self._read_all.set()
            self._ready.set()

    def _read_once(self, file: BinaryIO, resampler: Resampler) -> None:
        format_ = self.format
        file.seek(format_.start)
        left = format_.octets
        block = max(1, round(format_.rate * _BLOCK_S)) * format_.frame
        while left and not self._closed:
            data = file.read(min(block, left))
            left -= len(data)
            whole = len(data) - len(data) % format_.frame
            self._give(packed(resampler.feed(decode_wav(format_, data[:whole]))))
            if not data or len(data) % format_.frame:
                raise ValueError("the file became shorter")

    def _give(self, pcm: bytes) -> None:
        if pcm:
            self._blocks.append(pcm)
            self._ahead += len(pcm) // 2
        if self._ahead - self._taken >= _AHEAD // 2:
            self._ready.set()
        while self._ahead - self._taken >= _AHEAD and not self._closed:
            self._wanted.clear()
            if self._ahead - self._taken >= _AHEAD and not self._closed:
                self._wanted.wait()
