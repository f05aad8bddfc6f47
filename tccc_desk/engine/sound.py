"""The media ports of an engine's calls, by the call's handle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from tccc_desk.engine.doors import NoMediaPort
from tccc_desk.engine.events import MediaReport
from tccc_desk.engine.sounding import Sounding, Unfit
from tccc_desk.sdp.negotiate import MediaParameters

if TYPE_CHECKING:
    from tccc_desk.net.media import MediaClock, MediaPort


class Sound:
    """Ports on one media thread. `on_digit(call, digit, method)` is called on that thread."""

    def __init__(self, on_digit: Callable[[str, str, str], None]) -> None:
        self._on_digit = on_digit
        self._clock: MediaClock | None = None
        self._ports: dict[str, tuple[str, MediaPort]] = {}
        self._started: set[str] = set()

    @property
    def running(self) -> bool:
        """Whether any call has a port."""
        return bool(self._ports)

    def prepare(self) -> None:
        """Load what a call needs, so that the first one need not wait for it."""
        import tccc_desk.net.media  # noqa: F401, PLC0415

    def open(self, trunk: str, call: str, host: str) -> int:
        """Bind a port for a call. Raises NoMediaPort."""
        # Not loaded before: the first REGISTER need not wait for it.
        from tccc_desk.net.media import MediaClock, MediaPort, PortsExhausted  # noqa: PLC0415

        if self._clock is None:
            self._clock = MediaClock()
        try:
            port = MediaPort.open(host, self._clock)
        except PortsExhausted as error:
            raise NoMediaPort(str(error)) from error
        self._ports[call] = (trunk, port)
        return port.port

    def unfit(self, sounding: Sounding) -> Unfit | None:
        """Say why this cannot be sent or recorded."""
        return None

    def start(self, call: str, parameters: MediaParameters, sounding: Sounding, *, tones: bool) -> None:
        """Start or re-direct; nothing for a call that has no port any more."""
        if call in self._ports:
            _, port = self._ports[call]
            self._started.add(call)
            source = sounding.play
            made: Literal["tone", "sweep", "silence", "echo"] = (
                "silence" if source == "file" or source == "microphone" else source  # noqa: PLR1714
            )
            port.start(parameters, made, lambda digit: self._on_digit(call, digit, "rfc4733"))

    def change(self, call: str, sounding: Sounding) -> None:
        """Send something else, begin or end to listen."""

    def record(self, call: str, file: str) -> None:
        """Record into another file; "" ends it."""

    def send_digits(self, call: str, digits: str, *, inband: bool) -> bool:
        """Queue telephone-events or tones."""
        return call in self._started and self._ports[call][1].send_digits(digits)

    def reports(self) -> Iterator[tuple[str, str, MediaReport]]:
        """Trunk, call and measurement of every call with sound."""
        for call in self._started:
            trunk, port = self._ports[call]
            yield trunk, call, port.report()

    def close(self, call: str) -> MediaReport | None:
        """Stop a call's sound; None where it never began."""
        if call not in self._ports:
            return None
        _, port = self._ports.pop(call)
        measured = port.close()
        if call not in self._started:
            return None
        self._started.discard(call)
        return measured

    def stop(self) -> None:
        """Close every port and end the media thread."""
        for call in list(self._ports):
            self.close(call)
        if self._clock is not None:
            self._clock.stop()
