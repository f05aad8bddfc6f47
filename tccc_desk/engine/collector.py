"""The log told live to a HEP collector where the admin entered one: off by default, in no call's way."""

from __future__ import annotations

from collections.abc import Iterable

from tccc_desk.engine.commands import ConfigureHep
from tccc_desk.net.hep_sender import HepSender
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.hep import hep_of

DEFAULT_PORT = 9060


def collector_command(entered: str, capture_id: int = 0) -> ConfigureHep:
    """Make the command from a setting "host", "host:port" or "[address]:port"; "" ends the telling."""
    host, colon, port = entered.strip().rpartition(":")
    if not colon or not port.isdecimal() or (":" in host and not host.startswith("[")):
        host, port = entered.strip(), str(DEFAULT_PORT)
    number = int(port[:6])
    host = host.removeprefix("[").removesuffix("]")
    return ConfigureHep(host=host, port=number if 0 < number < 65536 else DEFAULT_PORT, capture_id=capture_id)


class Collector:
    """Tells each message as it is logged: masked as in the log. What cannot be sent at once is dropped."""

    def __init__(self) -> None:
        self._sender: HepSender | None = None
        self._wish = ConfigureHep(host="")
        self._said = ""

    def configure(self, command: ConfigureHep) -> None:
        """Tell this collector from now on; one without host ends the telling."""
        if command == self._wish:
            return
        self.close()
        self._wish = command
        if command.host:
            self._sender = HepSender(command.host, command.port)

    def take(self, entries: Iterable[TraceEntry]) -> str:
        """Tell entries; gives the words of a fault that is new, "" otherwise."""
        sender = self._sender
        if sender is None:
            return ""
        for entry in entries:
            packet = hep_of(entry, capture_id=self._wish.capture_id, password=self._wish.password)
            if packet is not None:
                sender.send(packet)
        if sender.fault == self._said:
            return ""
        self._said = sender.fault
        return self._said

    @property
    def place(self) -> str:
        """host:port of the collector, "" where none is told."""
        return f"{self._wish.host}:{self._wish.port}" if self._sender else ""

    def close(self) -> None:
        """Tell nobody any more."""
        if self._sender is not None:
            self._sender.close()
        self._sender, self._said = None, ""
