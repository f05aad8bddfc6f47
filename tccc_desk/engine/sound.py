"""The sounds of an engine's calls: media ports on one media thread, files, and devices."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tccc_desk.engine.call_sound import CallSound, Workshop
from tccc_desk.engine.commands import ConfigureSound
from tccc_desk.engine.devices import Devices
from tccc_desk.engine.doors import NoMediaPort
from tccc_desk.engine.events import Event, MediaReport
from tccc_desk.engine.sounding import Sounding, Unfit
from tccc_desk.sdp.negotiate import MediaParameters

if TYPE_CHECKING:
    from tccc_desk.net.media import MediaClock
    from tccc_desk.sound.prover_thread import ProverThread

CLOSE_S = 3.0
"""At the end files get this long to be completed."""


class Sound:
    """Every method is for the engine's thread, on which events are said by `say`.

    `post` has something done on that thread, from any other one; `on_digit(call, digit, method)`
    is called on the media thread.
    """

    def __init__(
        self,
        say: Callable[[Event], None],
        post: Callable[[Callable[[], None]], None],
        on_digit: Callable[[str, str, str], None],
    ) -> None:
        self._say = say
        self._post = post
        self.devices = Devices(self._told, post)
        self._prover: ProverThread | None = None
        self._shop = Workshop(self._told, post, self._later, on_digit, self.devices, prover=self._proving)
        self._clock: MediaClock | None = None
        self._range: tuple[int, int] | None = None
        self._calls: dict[str, CallSound] = {}
        self._helper: _Helper | None = None
        self._thread = threading.current_thread()
        self._said: queue.SimpleQueue[Event] = queue.SimpleQueue()
        """What other threads want said."""

    @property
    def running(self) -> bool:
        """Whether any call has a port."""
        return bool(self._calls)

    def prepare(self) -> None:
        """Load what a call needs, so that the first one need not wait for it."""
        import tccc_desk.net.media  # noqa: F401, PLC0415

    def configure(self, command: ConfigureSound) -> str:
        """Take devices and ports for calls from now on; "" or the field that is wrong."""
        low, high = command.port_low, command.port_high
        if (low, high) == (0, 0):
            self._range = None
        elif 1024 <= low < high <= 65535 and high - low >= 1 + low % 2:
            self._range = (low, high)
        else:
            return "port_low"
        self.devices.choose(command.microphone, command.speaker)
        return ""

    def open(self, trunk: str, call: str, host: str) -> int:
        """Bind a port for a call. Raises NoMediaPort."""
        # Not loaded before: the first REGISTER need not wait for it.
        from tccc_desk.net.media import MediaClock, MediaPort, PortsExhausted  # noqa: PLC0415

        if self._clock is None:
            self._clock = MediaClock()
        try:
            port = MediaPort.open(host, self._clock, self._range)
        except PortsExhausted as error:
            wanted = f"{error.ports[0]}-{error.ports[1]}" if error.ports else ""
            raise NoMediaPort(wanted, error.detail) from error
        self._calls[call] = CallSound(trunk, call, port, self._shop)
        return port.port

    def unfit(self, sounding: Sounding) -> Unfit | None:
        """Say why this cannot be sent or recorded."""
        if sounding.play != "file" and not sounding.record_file:
            return None
        from tccc_desk.sound.checks import check_playable, check_recordable  # noqa: PLC0415
        from tccc_desk.sound.faults import SoundFault  # noqa: PLC0415

        field = "play_file"
        try:
            if sounding.play == "file":
                check_playable(Path(sounding.play_file))
            field = "record_file"
            if sounding.record_file:
                check_recordable(Path(sounding.record_file))
        except SoundFault as fault:
            return Unfit(field, fault.finding, fault.details)
        return None

    def start(
        self,
        call: str,
        parameters: MediaParameters,
        sounding: Sounding,
        *,
        tones: bool,
        answered: bool = False,
    ) -> None:
        """Start or re-direct; nothing for a call that has no port any more."""
        if call in self._calls:
            self._calls[call].start(parameters, sounding, tones=tones, answered=answered)

    def change(self, call: str, sounding: Sounding) -> None:
        """Send something else, begin or end to listen."""
        if call in self._calls:
            self._calls[call].change(sounding)

    def record(self, call: str, file: str) -> None:
        """Record into another file; "" ends it."""
        if call in self._calls:
            self._calls[call].record(file)

    def send_digits(self, call: str, digits: str, *, inband: bool) -> bool:
        """Queue telephone-events or tones; False where they cannot be taken."""
        return call in self._calls and self._calls[call].send_digits(digits, inband=inband)

    def reports(self) -> Iterator[tuple[str, str, MediaReport]]:
        """Trunk, call and measurement of every call with sound."""
        for call in list(self._calls.values()):
            if call.started:
                yield call.trunk, call.call, call.report()

    def close(self, call: str) -> MediaReport | None:
        """Stop a call's sound; None where it never began."""
        ended = self._calls.pop(call, None)
        return ended.close() if ended is not None else None

    def stop(self) -> None:
        """Close every port, complete every file, say what came of them, and end the threads."""
        for call in list(self._calls):
            self.close(call)
        self.devices.close()
        if self._clock is not None:
            self._clock.stop()
        if self._prover is not None:
            self._prover.stop()
        if self._helper is not None:
            self._helper.finish(CLOSE_S)
        self._tell()

    def _proving(self) -> ProverThread:
        from tccc_desk.sound.prover_thread import ProverThread  # noqa: PLC0415

        if self._prover is None:
            self._prover = ProverThread()
        return self._prover

    def _told(self, event: Event) -> None:
        """Say an event from any thread."""
        if threading.current_thread() is self._thread:
            self._say(event)
        else:
            self._said.put(event)
            self._post(self._tell)

    def _tell(self) -> None:
        while not self._said.empty():
            self._say(self._said.get())

    def _later(self, work: Callable[[], None]) -> None:
        if self._helper is None:
            self._helper = _Helper()
            self._helper.start()
        self._helper.work.put(work)


class _Helper(threading.Thread):
    """Closes files, which may wait for a disk, one after the other."""

    def __init__(self) -> None:
        super().__init__(name="sound-files", daemon=True)
        self.work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    def finish(self, timeout_s: float) -> None:
        """Do what is queued, then end."""
        self.work.put(None)
        self.join(timeout_s)

    def run(self) -> None:
        """Thread body."""
        while (work := self.work.get()) is not None:
            work()
