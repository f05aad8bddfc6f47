"""pyVoIP's own phone, as the far end of one line: `python -m tccc_desk.practice.phone`.

A process of its own: pyVoIP polls in threads, prints, and keeps every packet of a call. It
is told where to register by one JSON line on stdin, tells its state by JSON lines on stdout,
and ends when stdin closes, so that it never outlives the gateway.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import warnings
from typing import TYPE_CHECKING, BinaryIO, Protocol

import msgspec

if TYPE_CHECKING:  # untyped, and 60 ms to import: at run time only in this process
    from pyVoIP.VoIP import VoIPCall, VoIPPhone

MAX_SETTINGS = 65536
FRAME = 160
"""Octets of 20 ms of sound at 8,000 Hz."""


class Tell(Protocol):
    def __call__(self, state: str, detail: str = "") -> None:
        """Write one line to the gateway."""


class PhoneSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the phone registers. The secret comes over a pipe, like everything else."""

    server: str
    port: int
    username: str
    password: str

    def __repr__(self) -> str:
        """Leave the password out."""
        return f"PhoneSettings({self.username!r})"


class PhoneTold(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the phone's: registering went well or not, a call came, a digit was heard."""

    state: str
    detail: str = ""


def main() -> None:
    """Run the phone until stdin closes."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # pyVoIP prints; our lines stay ours
    warnings.simplefilter("ignore")
    settings = msgspec.json.decode(_first_line(), type=PhoneSettings)
    threading.Thread(target=_end_with_gateway, daemon=True).start()
    lock = threading.Lock()

    def tell(state: str, detail: str = "") -> None:
        with lock:
            _write(out, PhoneTold(state=state, detail=detail))

    try:
        phone = _make_phone(settings, tell)
        phone.start()
        tell("ready" if phone.get_status().name == "REGISTERED" else "failed", phone.get_status().name)
        threading.Event().wait()
    except Exception as error:  # noqa: BLE001 the process boundary: whatever the library raises ends here
        tell("failed", f"{type(error).__name__}: {error}")
    os._exit(1)


def _end_with_gateway() -> None:
    """End the process at once when stdin closes, whatever the library is waiting for.

    Its threads are no daemons, and its own stop waits for a server that may be gone.
    """
    while os.read(0, 4096):
        pass
    os._exit(0)


def _first_line() -> bytes:
    """Read the settings, octet by octet so that nothing behind them is taken."""
    line = b""
    while (octet := os.read(0, 1)) not in {b"", b"\n"} and len(line) < MAX_SETTINGS:
        line += octet
    return line


def _write(out: BinaryIO, line: PhoneTold) -> None:
    try:
        out.write(msgspec.json.encode(line) + b"\n")
    except OSError:
        os._exit(0)


def _make_phone(settings: PhoneSettings, tell: Tell) -> VoIPPhone:
    """Build the phone."""
    from pyVoIP.VoIP import VoIPPhone  # noqa: PLC0415

    class Phone(VoIPPhone):
        """Takes its sound ports from the system, in place of a random guess within a range."""

        def request_port(self, blocking: bool = True) -> int:  # noqa: ARG002
            return free_port(settings.server)

        def release_ports(self, call: VoIPCall | None = None) -> None:
            """Nothing is reserved."""

    return Phone(
        settings.server,
        settings.port,
        settings.username,
        settings.password,
        myIP=settings.server,
        callCallback=lambda call: _echo(call, tell),
        sipPort=free_port(settings.server),
    )


def free_port(host: str) -> int:
    """Return a UDP port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _echo(call: VoIPCall, tell: Tell) -> None:
    """Answer a call and send back what is heard, on the library's thread for this call."""
    from pyVoIP.VoIP import CallState, InvalidStateError  # noqa: PLC0415

    try:
        call.answer()
        tell("answered")
        while call.state == CallState.ANSWERED:
            call.write_audio(call.read_audio(FRAME, blocking=True))
            if digit := call.get_dtmf(1):
                tell("digit", digit)
    except InvalidStateError:
        pass  # hung up while it rang
    except Exception as error:  # noqa: BLE001 one bad call must not end the phone
        tell("trouble", f"{type(error).__name__}: {error}")
        time.sleep(0.1)
    tell("ended")


if __name__ == "__main__":
    main()
