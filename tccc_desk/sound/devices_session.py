"""One wish for a microphone and a speaker, fulfilled as long as it lasts and the devices allow it."""

from __future__ import annotations

from collections.abc import Callable
from operator import mul

import msgspec

from tccc_desk.rtp.frame_queue import FrameQueue
from tccc_desk.rtp.level import dbov
from tccc_desk.rtp.pcm import samples
from tccc_desk.sound.devices_drift import Drift, Fitter, fitted
from tccc_desk.sound.devices_link import Link, StartLink
from tccc_desk.sound.devices_wire import (
    CHOSEN,
    FAILED,
    FRAME_SAMPLES,
    NOBODY,
    OPENED,
    SOUND,
    WANTED,
    Device,
    DeviceFault,
    DeviceList,
    Opened,
    Word,
)

_QUIET_S = 1.0
"""Devices move a frame every 20 ms; measured gaps stay below 30 ms."""
_OPENING_S = 4.0
"""A Bluetooth headset takes up to two seconds to change to its microphone, an idle device to wake up.
A server that stands still meanwhile is noticed by the listing."""
_SETTLED = 10
"""Frames a side must have moved to count as running: a speaker takes its first three at once."""
_AGAIN_S = (0.5, 1.0, 2.0, 4.0)
_LONGEST_NAME = 200


class Meter:
    """Level since it was last asked; fed by one thread, asked by another."""

    def __init__(self) -> None:
        self._energy = self._samples = 0

    def add(self, pcm: bytes) -> None:
        values = samples(pcm)
        self._energy += sum(map(mul, values, values))
        self._samples += len(values)

    def take(self) -> float | None:
        """Level in dBov; None when nothing came."""
        energy, count = self._energy, self._samples
        self._energy = self._samples = 0
        return dbov(energy, count) if count else None


class Session:
    """Every method is for the sound card's thread, unless it says otherwise."""

    def __init__(
        self,
        microphone: str | None,
        speaker: str | None,
        *,
        to_engine: FrameQueue,
        from_engine: FrameQueue,
        on_fault: Callable[[DeviceFault], None],
        run: StartLink,
        post: Callable[[Callable[[], None]], None],
        now: Callable[[], float],
    ) -> None:
        self._microphone = microphone
        self._speaker = speaker
        self._to_engine = to_engine
        self._from_engine = from_engine
        self._on_fault = on_fault
        self._run = run
        self._post = post
        self._now = now
        self._link: Link | None = None
        self._started_at = self._start_at = now()
        self._failed = 0
        self._names: dict[str, str] = {}
        self._heard_at = self._asked_at = 0.0
        """When the last frame came and the last one was asked for."""
        self._heard = self._asked = 0
        """Frames since the start."""
        self._meters = Meter(), Meter()
        self._drift = Drift()
        self._fitter = Fitter(Drift())
        self.opened: Opened | None = None
        self.fault: DeviceFault | None = None
        """What holds now."""
        self.levels: tuple[float | None, float | None] = (None, None)

    def tick(self, now: float, found: DeviceList | None) -> None:
        """Start, watch, start again. `found`: the devices there are, None while that is not known."""
        lost = self._lost(found)
        if lost is not None:
            self._fail(lost, now)
        elif self._link is None:
            if now >= self._start_at:
                self._start(now)
        elif self._quiet_for(now) > (_QUIET_S if self._moves() else _OPENING_S):
            self._fail(DeviceFault("server-hangs"), now)
        elif self.fault is not None and self._moves():
            self.fault = None
            self._failed = 0
            self._on_fault(DeviceFault("restored", self._named()))

    def measure(self) -> None:
        """Take the levels since the last time."""
        self.levels = self._meters[0].take(), self._meters[1].take()

    def stop(self) -> None:
        """End the process, if one runs."""
        link, self._link = self._link, None
        self.opened = None
        if link is not None:
            link.kill()

    def _start(self, now: float) -> None:
        self._heard = self._asked = 0
        self._heard_at = self._asked_at = self._started_at = now
        chosen = (NOBODY if side is None else CHOSEN + side for side in (self._microphone, self._speaker))
        self._link = self._run(("open", *chosen), self._frame, self._end)

    def _lost(self, found: DeviceList | None) -> DeviceFault | None:
        """What the list of devices says against this wish."""
        if found is None:
            return None
        if found.fault:
            return DeviceFault(found.fault, found.detail)
        sides: tuple[tuple[str | None, tuple[Device, ...]], ...] = (
            (self._microphone, found.microphones),
            (self._speaker, found.speakers),
        )
        for wanted, devices in sides:
            self._names |= {device.id: device.name for device in devices}
            if wanted and wanted not in {device.id for device in devices}:
                return DeviceFault("unplugged", self._names.get(wanted, wanted[:_LONGEST_NAME]))
            if wanted is not None and not devices:
                return DeviceFault("no-device")
        return None

    def _fail(self, fault: DeviceFault, now: float) -> None:
        if self._link is not None or self.fault is None:
            self._start_at = now + _AGAIN_S[min(self._failed, len(_AGAIN_S) - 1)]
            self._failed += 1
        self.stop()
        if self.fault is None or (fault.word not in {self.fault.word, "process-died"}):
            self.fault = fault
            self._on_fault(fault)

    def _quiet_for(self, now: float) -> float:
        """Seconds since the last movement of the side that moves less."""
        since = [
            at
            for wanted, at in ((self._microphone, self._heard_at), (self._speaker, self._asked_at))
            if wanted is not None
        ]
        return now - min(since, default=now)

    def _moves(self) -> bool:
        """Whether every side runs."""
        return (self._microphone is None or self._heard >= _SETTLED) and (
            self._speaker is None or self._asked >= _SETTLED
        )

    def _named(self) -> str:
        names = (
            self._names.get(side, side) for side in (self._microphone, self._speaker) if side is not None
        )
        return ", ".join(name for name in names if name)

    # -- on the link's reader thread

    def _frame(self, link: Link, kind: bytes, payload: bytes) -> None:
        if kind == SOUND:
            self._hear(payload)
        elif kind == WANTED:
            self._play(link)
        elif kind == OPENED:
            opened = msgspec.json.decode(payload, type=Opened)
            self._post(lambda: self._take_opened(link, opened))
        elif kind == FAILED:
            fault = msgspec.json.decode(payload, type=DeviceFault)
            self._post(lambda: self._ended(link, fault))

    def _hear(self, pcm: bytes) -> None:
        self._heard_at = self._now()
        self._heard += 1
        self._meters[0].add(pcm)
        self._to_engine.put(self._fitter.fit(pcm, self._to_engine.waiting))

    def _play(self, link: Link) -> None:
        if not self._asked:
            self._from_engine.clear()  # what waited since before is old
        self._asked_at = self._now()
        self._asked += 1
        # Taking one sample more and squeezing it into the frame empties the queue, and the reverse.
        change = self._drift.step(self._from_engine.waiting - FRAME_SAMPLES)
        pcm = self._from_engine.take(FRAME_SAMPLES - change) or b""
        if change and pcm:
            pcm = fitted(pcm, FRAME_SAMPLES)
        self._meters[1].add(pcm or bytes(2 * FRAME_SAMPLES))
        link.send(SOUND, pcm)

    def _end(self, link: Link, fault: DeviceFault) -> None:
        self._post(lambda: self._ended(link, fault))

    # -- posted from there

    def _take_opened(self, link: Link, opened: Opened) -> None:
        if link is self._link:
            self.opened = opened

    def _ended(self, link: Link, fault: DeviceFault) -> None:
        if link is self._link:
            word: Word = fault.word
            detail = fault.detail
            for id, name in self._names.items():
                detail = detail.replace(id.partition(":")[2], name)
            self._fail(DeviceFault(word, detail), self._now())
