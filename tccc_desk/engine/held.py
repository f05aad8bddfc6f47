"""What a face is told about hold: who holds, and that the far end would not."""

from __future__ import annotations

from tccc_desk.engine.events import CallHeld, CommandRefused
from tccc_desk.engine.hands import Hands
from tccc_desk.sip.message import Response
from tccc_desk.sip.wire import printable

Holds = tuple[bool, bool]
"""Held by us, held by them."""


def say_holds(hands: Hands, call: str, before: Holds, after: Holds) -> None:
    """Say each side's hold that has changed."""
    at, trunk = hands.doors.wall(), hands.trunk.name
    if after[0] != before[0]:
        hands.doors.emit(CallHeld(at=at, trunk=trunk, call=call, by="us", held=after[0]))
    if after[1] != before[1]:
        hands.doors.emit(CallHeld(at=at, trunk=trunk, call=call, by="them", held=after[1]))


def say_refused(hands: Hands, call: str, response: Response) -> None:
    """Say that the far end refused our hold or resumption; the call goes on as it was."""
    refused = CommandRefused(
        at=hands.doors.wall(),
        command="HoldCall",
        field="call",
        finding="finding.call.hold-refused",
        details={"status": str(response.status), "reason": printable(response.reason)},
        trunk=hands.trunk.name,
        call=call,
    )
    hands.doors.emit(refused)
