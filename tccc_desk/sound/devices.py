"""Microphone and speaker for the engine: listed, opened, tested, lost and found again.

The devices are used by processes of their own (`sound.device_process`), because a sound server
that dies or stands still can take its client with it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence

from tccc_desk.rtp.frame_queue import FrameQueue
from tccc_desk.sound.devices_link import Link, OnEnd, OnFrame
from tccc_desk.sound.devices_lister import Lister
from tccc_desk.sound.devices_session import Session
from tccc_desk.sound.devices_wire import Device, DeviceFault, DeviceList, Opened

__all__ = ["Device", "DeviceFault", "DeviceList", "Opened", "SoundCard"]

SYSTEM_DEFAULT = ""
"""The id that stands for whatever the system prefers now."""
_TICK_S = 0.25

OnLevel = Callable[[float | None, float | None, DeviceFault | None], None]


class SoundCard:
    """The one owner of sound devices in an engine. No method blocks, none raises for a device.

    Every callback comes on a thread of this class, one at a time; it must neither block nor raise.
    Nothing runs until devices are asked for. One pair of devices is open at a time: `open` and
    `test` end what was open before.
    """

    def __init__(self) -> None:
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lister = Lister(self._run_process, self._inbox.put, self._take_list, time.monotonic)
        self._session: Session | None = None
        self._on_list: Callable[[DeviceList], None] | None = None
        self._on_level: OnLevel | None = None
        self._links: list[Link] = []
        """All that may still have a process, to be waited for at the end."""
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def list(self, callback: Callable[[DeviceList], None]) -> None:
        """Say which devices there are, at once and whenever they change, until `close(everything=True)`."""
        self._post(lambda: self._follow(callback))

    def open(
        self,
        microphone: str | None,
        speaker: str | None,
        to_engine: FrameQueue,
        from_engine: FrameQueue,
        on_fault: Callable[[DeviceFault], None],
    ) -> None:
        """Hear `microphone` into `to_engine`, play `from_engine` on `speaker`, until `close`.

        Ids of a `DeviceList`; "" is the system's default, None leaves that side out. What fails is
        told to `on_fault` once within two seconds; then nothing is put and nothing taken, and the
        devices are tried again until they work, which is told as "restored".
        """
        self._post(
            lambda: self._use(
                self._wish(microphone, speaker, to_engine, from_engine, on_fault),
                None,
            )
        )

    def test(
        self,
        on: bool,
        on_level: OnLevel | None = None,
        microphone: str = SYSTEM_DEFAULT,
        speaker: str = SYSTEM_DEFAULT,
    ) -> None:
        """Hear the microphone on the speaker. `on_level` gets both levels (dBov) four times a second.

        Its third argument is the fault that holds at this time, None while all is well.
        """
        if not on:
            self.close()
            return
        loop = FrameQueue()
        self._post(lambda: self._use(self._wish(microphone, speaker, loop, loop, _nobody), on_level))

    def close(self, *, everything: bool = False) -> None:
        """End what is open; `everything` ends the listing, too, and this object's thread."""
        if everything:
            self._closed = True
        if self._thread is not None:
            self._inbox.put(lambda: self._use(None, None))

    def join(self, timeout_s: float) -> bool:
        """After `close(everything=True)`: wait until no process and no thread is left; False if one is."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    @property
    def levels(self) -> tuple[float | None, float | None]:
        """Level of microphone and speaker over the last quarter second, dBov; None: not in use."""
        session = self._session
        return session.levels if session is not None else (None, None)

    @property
    def opened(self) -> Opened | None:
        """How the devices are open now; None while they are not."""
        session = self._session
        return session.opened if session is not None else None

    def _wish(
        self,
        microphone: str | None,
        speaker: str | None,
        to_engine: FrameQueue,
        from_engine: FrameQueue,
        on_fault: Callable[[DeviceFault], None],
    ) -> Session:
        return Session(
            microphone,
            speaker,
            to_engine=to_engine,
            from_engine=from_engine,
            on_fault=on_fault,
            run=self._run_process,
            post=self._inbox.put,
            now=time.monotonic,
        )

    def _post(self, work: Callable[[], None]) -> None:
        with self._starting:
            if self._closed:
                return
            self._inbox.put(work)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sound-card", daemon=True)
                self._thread.start()

    # -- on this object's thread

    def _run(self) -> None:
        due = time.monotonic()
        while not self._closed or not self._inbox.empty():
            try:
                wait = max(0.0, due - time.monotonic()) if self._wanted else None
                self._inbox.get(timeout=wait)()
            except queue.Empty:
                pass
            now = time.monotonic()
            if self._wanted and now >= due:
                due = now + _TICK_S
                self._tick(now)
        self._lister.stop()
        for link in self._links:
            link.join(2.0)

    @property
    def _wanted(self) -> bool:
        return not self._closed and (self._session is not None or self._on_list is not None)

    def _tick(self, now: float) -> None:
        self._lister.tick(now)
        session = self._session
        if session is None:
            return
        session.measure()
        session.tick(now, self._lister.found)
        if self._on_level is not None:
            self._on_level(*session.levels, session.fault)

    def _use(self, session: Session | None, on_level: OnLevel | None) -> None:
        if self._session is not None:
            self._session.stop()
        self._session = session
        self._on_level = on_level
        if not self._wanted:
            self._lister.stop()
        elif session is not None:
            self._tick(time.monotonic())

    def _run_process(self, arguments: Sequence[str], on_frame: OnFrame, on_end: OnEnd) -> Link:
        link = Link(arguments, on_frame, on_end)
        self._links = [*(one for one in self._links if one.running), link]
        return link

    def _follow(self, callback: Callable[[DeviceList], None]) -> None:
        self._on_list = callback
        if self._lister.found is not None:
            callback(self._lister.found)

    def _take_list(self, found: DeviceList) -> None:
        if self._on_list is not None:
            self._on_list(found)
        if self._session is not None:
            self._session.tick(time.monotonic(), found)


def _nobody(_: DeviceFault) -> None:
    pass
