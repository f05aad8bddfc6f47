"""What the user agent asks of the world: sockets, sound, words nobody can guess, listeners."""

from __future__ import annotations

from typing import Protocol

from tccc_desk.engine.events import Event, MediaReport
from tccc_desk.engine.sounding import Sounding, Unfit
from tccc_desk.net.surroundings import Surroundings
from tccc_desk.sdp.negotiate import MediaParameters
from tccc_desk.sip.flow import Flow
from tccc_desk.trunk.profile import Trunk


class NoMediaPort(Exception):
    """No UDP port could be had for the sound. `ports` is the range allowed, "" for any."""

    def __init__(self, ports: str = "", detail: str = "") -> None:
        super().__init__(f"no pair of UDP ports {ports}: {detail}")
        self.ports = ports
        self.detail = detail

    @property
    def finding(self) -> str:
        """The sentence for it."""
        return "finding.call.no-port-in-range" if self.ports else "finding.call.no-media-port"

    @property
    def details(self) -> dict[str, str]:
        """What fills it."""
        return {"ports": self.ports, "detail": self.detail}


class Doors(Protocol):
    """Implemented by the driver with real sockets, by tests in memory."""

    def wall(self) -> float:
        """Wall clock, seconds since the epoch, for display only."""

    def token(self) -> str:
        """A fresh unpredictable word of at least 16 token characters."""

    def jitter(self) -> float:
        """A random number from 0 to 1."""

    def emit(self, event: Event) -> None:
        """Tell the face."""

    def surroundings(self) -> Surroundings:
        """Say what this machine looks like from within; nothing is sent for it."""

    def open_flow(self, trunk: Trunk) -> None:
        """Begin to open a flow to the trunk's server; its backup is for another time.

        `UserAgent.flow_opened` or `flow_failed` follows later.
        """

    def close_flow(self, flow: Flow) -> None:
        """Close it quietly after what is queued was sent."""

    def blame_flow(self, flow: Flow) -> None:
        """Remember that its far end fell silent: the next flow is tried elsewhere first."""

    def transmit(self, flow: Flow, data: bytes) -> None:
        """Put octets on a flow."""

    def open_media(self, trunk: str, call: str, host: str) -> int:
        """Bind an RTP port on a local address for a call. Raises NoMediaPort."""

    def unfit(self, sounding: Sounding) -> Unfit | None:
        """Say why this cannot be sent or recorded here and now: a file that is no WAV file."""

    def start_media(
        self,
        call: str,
        parameters: MediaParameters,
        sounding: Sounding,
        *,
        tones: bool,
        answered: bool = False,
    ) -> None:
        """Start, or re-direct what is running (a later answer, a re-INVITE).

        `sounding` counts at the start only. `tones` looks for DTMF tones in what arrives.
        `answered` says that what came before was early media.
        """

    def change_media(self, call: str, sounding: Sounding) -> None:
        """Send something else, begin or end to listen."""

    def record_media(self, call: str, file: str) -> None:
        """Record into another file from now on; "" ends it."""

    def send_digits(self, call: str, digits: str, *, inband: bool) -> bool:
        """Queue digits as telephone-events or as tones; False where too many wait."""

    def close_media(self, call: str) -> MediaReport | None:
        """Stop and say what was measured; None if there never was any. Idempotent."""
