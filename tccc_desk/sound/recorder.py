"""A call recorded to a stereo WAV file: left what we send, right what they send, 8 kHz, 16 bits.

The media thread only hands frames over; a thread of the recorder writes. Both sides are laid along
one time line, so that a late start, a gap or frames left out never shift them against each other.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tccc_desk.rtp.pcm import RATE
from tccc_desk.sound.faults import SoundFault, said, shown

_HEADER = 44
_FRAME = 4
"""Octets of one sample of both sides."""
MAX_OCTETS = (2 << 30) - 4096
"""The largest file: 18 hours, and every program can still read it."""
_EVERY_S = 0.5
_WAITING_MOST = 3000
"""Frames handed over and not yet written: half a minute of both sides."""
_TOLERANCE = RATE * 3 // 50
"""A frame within 60 ms of where it should be follows the one before it: threads are never exact."""
_PATIENCE = RATE // 2
"""Samples one side may be ahead before the other counts as silent."""
_PIECE = RATE
"""Samples written at once, so that an hour's gap needs no hour's memory."""


class RecordingEnd(NamedTuple):
    """How a recording ended."""

    seconds: float
    finding: str
    """An id of `sound.faults.RECORDING`, empty when it was ended by `close`."""
    details: dict[str, str]


class _Side:
    """One of the two sinks. `play` runs on the media thread."""

    def __init__(self, recorder: Recorder, index: int) -> None:
        self._recorder = recorder
        self._index = index
        self._next = 0
        """Position (samples since the start) that follows what was taken."""

    def play(self, pcm: bytes, now: float) -> None:
        """Take linear sound that is heard (or sent) at `now`. Never blocks."""
        due = self._recorder.position(now)
        if due < self._next - _TOLERANCE:
            return  # more sound than time has passed for
        at = self._next if due <= self._next + _TOLERANCE else due
        self._next = at + len(pcm) // 2
        self._recorder.take(self._index, at, pcm[: len(pcm) & ~1])


class Recorder:
    """Creates the file at once, or raises SoundFault: an existing file is never touched.

    `on_end` is called once if the recording ends by itself, from the writer's or the media thread;
    it must not block. `sent` and `received` are the sinks of the two directions.
    """

    def __init__(
        self,
        path: Path,
        *,
        started: float | None = None,
        max_octets: int = MAX_OCTETS,
        on_end: Callable[[RecordingEnd], None] | None = None,
    ) -> None:
        """`started` (monotonic seconds) is where the file's time begins; None: with the first frame."""
        self._name = shown(path)
        self._file = create(path, {"file": self._name})
        self._origin = started
        self._most = (min(max_octets, MAX_OCTETS) - _HEADER) // _FRAME
        self._on_end = on_end
        self._waiting: deque[tuple[int, int, bytes]] = deque()
        self._sides = (bytearray(), bytearray())
        self._written = 0
        """Samples in the file, each side."""
        self._stated = -1
        self._once = threading.Lock()
        self._ended = False
        self._fault: RecordingEnd | None = None
        self._closing = threading.Event()
        self.sent = _Side(self, 0)
        self.received = _Side(self, 1)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def seconds(self) -> float:
        """Sound in the file so far."""
        return self._written / RATE

    def close(self, timeout_s: float = 2.0) -> RecordingEnd:
        """Write what waits and end; from any thread but the media thread, any number of times."""
        self._closing.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return self._fault or RecordingEnd(self.seconds, "", {"file": self._name})

    # -- on the media thread

    def position(self, now: float) -> int:
        """Samples from the start of the file's time to `now`."""
        if self._origin is None:
            self._origin = now
        return max(0, round((now - self._origin) * RATE))

    def take(self, side: int, at: int, pcm: bytes) -> None:
        """Note sound of a side at a position."""
        if self._ended or self._closing.is_set():
            return
        if len(self._waiting) >= _WAITING_MOST:
            self._end("sound.recording.too-slow")
            return
        self._waiting.append((side, at, pcm))

    # -- on the writer's thread

    def _run(self) -> None:
        try:
            self._state()
            while not self._ended and not self._closing.wait(_EVERY_S):
                self._write(_PATIENCE)
                self._state()
            self._write(0)
        except OSError as error:
            full = error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
            self._end("sound.recording.disk-full" if full else "sound.recording.failed", said(error))
        finally:
            try:
                self._state()
                os.close(self._file)
            except OSError as error:  # a network drive may say only now what it could not keep
                self._end("sound.recording.failed", said(error))

    def _write(self, patience: int) -> None:
        """Write what both sides have, and what one has that is older than `patience` samples."""
        while self._waiting and not self._full:
            side, at, pcm = self._waiting.popleft()
            while at - self._written > 2 * _PIECE and not self._full:
                self._append(_PIECE)
            gap = at - self._written - len(self._sides[side]) // 2
            # A negative gap: that time has been written as silence already.
            self._sides[side].extend(bytes(2 * gap) + pcm if gap >= 0 else pcm[-2 * gap :])
        lengths = [len(side) // 2 for side in self._sides]
        ready = max(min(lengths), max(lengths) - patience)
        while ready > 0 and not self._full:
            self._append(min(ready, _PIECE))
            ready -= _PIECE
        if self._full:
            self._end("sound.recording.full")

    @property
    def _full(self) -> bool:
        return self._written >= self._most

    def _append(self, samples: int) -> None:
        samples = min(samples, self._most - self._written)
        both = bytearray(_FRAME * samples)
        for index, side in enumerate(self._sides):
            pcm = side[: 2 * samples].ljust(2 * samples, b"\0")
            del side[: 2 * samples]
            both[2 * index :: _FRAME] = pcm[0::2]
            both[2 * index + 1 :: _FRAME] = pcm[1::2]
        os.lseek(self._file, _HEADER + _FRAME * self._written, os.SEEK_SET)
        rest = memoryview(both)
        while rest:
            done = os.write(self._file, rest)
            rest = rest[done:]
        self._written += samples

    def _state(self) -> None:
        """Let the header say what is there, after it is there: killed at any moment, the file is valid."""
        if self._stated == self._written:
            return
        self._stated = self._written
        octets = _FRAME * self._written
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(
            self._file,
            struct.pack("<4sI4s4sIHHIIHH", b"RIFF", _HEADER - 8 + octets, b"WAVE", b"fmt ", 16, 1, 2, RATE,
                        RATE * _FRAME, _FRAME, 16) + struct.pack("<4sI", b"data", octets),
        )  # fmt: skip

    # -- on either

    def _end(self, finding: str, detail: str = "") -> None:
        if not self._once.acquire(blocking=False):
            return
        details = {"file": self._name, "seconds": f"{self.seconds:.1f}"} | (
            {"detail": detail} if detail else {}
        )
        self._fault = RecordingEnd(self.seconds, finding, details)
        self._ended = True
        self._waiting.clear()
        if self._on_end is not None:
            self._on_end(self._fault)


def create(path: Path, name: dict[str, str]) -> int:
    """Make a new file, open for writing. Raises SoundFault."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except FileExistsError as error:
        mode = os.lstat(path).st_mode
        ordinary = stat.S_ISREG(mode) or stat.S_ISLNK(mode)
        raise SoundFault(f"sound.recording.{'exists' if ordinary else 'not-a-file'}", name) from error
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError | NotADirectoryError) and not path.parent.is_dir():
            raise SoundFault("sound.recording.no-folder", name) from error
        raise SoundFault("sound.recording.unwritable", name | {"detail": said(error)}) from error
