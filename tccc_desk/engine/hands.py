"""What a call borrows from the trunk it runs on."""

from __future__ import annotations

from typing import Protocol

from tccc_desk.engine.doors import Doors
from tccc_desk.sip.endpoint import Endpoint
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Request, Response
from tccc_desk.trunk.authentication import Authenticator
from tccc_desk.trunk.profile import Trunk


class Hands(Protocol):
    """Implemented by `TrunkAgent`."""

    trunk: Trunk
    doors: Doors
    endpoint: Endpoint

    @property
    def flow(self) -> Flow | None:
        """The flow to the server, if there is one now."""

    def contact(self) -> str:
        """Our Contact URI on the current flow."""

    def authenticator(self) -> Authenticator:
        """A fresh one: a call's proxy challenges are its own."""

    def leak(self, response: Response, where: str) -> None:
        """Log and say a challenge that is not answered, since we never asked for anything."""

    def send(self, owner: object, request: Request, now: float, flow: Flow | None = None) -> str:
        """Send over the trunk's flow, or the given one; what comes of it is handed to `owner`.

        "" where no flow is left.
        """

    def moved(self, machine: str, arrow: tuple[str, str, str], now: float, call_id: str = "") -> None:
        """Write a transition to the trace: state, input and next state."""

    def disown(self, request: Request, response: Response, now: float) -> None:
        """ACK and BYE a 2xx nobody waits for: another fork's (RFC 3261 section 13.2.2.4)."""

    def ended(self, call: str) -> None:
        """Forget a call that has finished."""
