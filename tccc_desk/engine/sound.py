"""The media ports of an engine's calls, by the call's handle."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from tccc_desk.engine.commands import Source
from tccc_desk.engine.events import MediaReport
from tccc_desk.net.media import Measurement, MediaClock, MediaPort
from tccc_desk.sdp.negotiate import MediaParameters


class Sound:
    """Ports on one media thread. `on_digit(trunk, call, digit)` is called on that thread."""

    def __init__(self, on_digit: Callable[[str, str, str], None]) -> None:
        self._on_digit = on_digit
        self._clock = MediaClock()
        self._ports: dict[str, tuple[str, MediaPort]] = {}
        self._started: set[str] = set()

    @property
    def running(self) -> bool:
        """Whether any call has a port."""
        return bool(self._ports)

    def open(self, trunk: str, call: str, host: str) -> int:
        """Bind a port for a call. Raises PortsExhausted."""
        port = MediaPort.open(host, self._clock)
        self._ports[call] = (trunk, port)
        return port.port

    def start(self, call: str, parameters: MediaParameters, source: Source) -> None:
        """Start or re-direct; nothing for a call that has no port any more."""
        if call in self._ports:
            trunk, port = self._ports[call]
            self._started.add(call)
            port.start(parameters, source, lambda digit: self._on_digit(trunk, call, digit))

    def send_digits(self, call: str, digits: str) -> None:
        """Queue telephone-events."""
        if call in self._started:
            self._ports[call][1].send_digits(digits)

    def reports(self) -> Iterator[tuple[str, str, MediaReport]]:
        """Trunk, call and measurement of every call with sound."""
        for call in self._started:
            trunk, port = self._ports[call]
            yield trunk, call, _report(port.report())

    def close(self, call: str) -> MediaReport | None:
        """Stop a call's sound; None where it never began."""
        if call not in self._ports:
            return None
        _, port = self._ports.pop(call)
        measured = port.close()
        if call not in self._started:
            return None
        self._started.discard(call)
        return _report(measured)

    def stop(self) -> None:
        """Close every port and end the media thread."""
        for call in list(self._ports):
            self.close(call)
        self._clock.stop()


def _report(measured: Measurement) -> MediaReport:
    return MediaReport(
        **{field.name: getattr(measured, field.name) for field in dataclasses.fields(measured)}
    )
