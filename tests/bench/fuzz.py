"""Bent messages through codec and user agent: no exception but the declared one, no slow one, memory flat.

One user agent lives through the whole run, registered, calling and called, so that whatever it
kept would be seen. Time is simulated; CPU time is real.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from tccc_desk.engine.commands import AnswerCall, HangUp, PlaceTestCall, RegisterTrunk, UnregisterTrunk
from tccc_desk.engine.events import CallOffered
from tccc_desk.sdp.negotiate import make_offer
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Message, Request, Response, encode_message, parse_message, response_to
from tests.helpers.mutation import bent, mutated
from tests.helpers.simulation import DOMAIN, Desk, World

LIMIT_MS = 50.0
"""CPU time one message may take, everything it causes included."""
GROWTH = 8_000_000
"""Octets the process may grow by after its first fifth: allocator noise, not a leak."""
STATUSES = (
    100,
    180,
    183,
    199,
    200,
    200,
    200,
    202,
    301,
    302,
    401,
    404,
    407,
    408,
    423,
    481,
    486,
    487,
    500,
    503,
    603,
)
METHODS = (
    "INVITE",
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "OPTIONS",
    "INFO",
    "UPDATE",
    "PRACK",
    "REFER",
    "NOTIFY",
    "X",
)
PAUSES = (*(0.001, 0.01, 0.1) * 10, *(1.0,) * 5, 40.0)
_SDP = make_offer("192.0.2.1", 40000, ("PCMA", "PCMU"), session_id=1, version=1)
_CHALLENGE = f'Digest realm="{DOMAIN}", nonce="n", qop="auth,auth-int", algorithm=SHA-256, stale=true'
_EXTRA = (
    ("Contact", "<sip:far@192.0.2.1:35090;transport=tcp>;expires=60"),
    ("Record-Route", "<sip:p1.example;lr>, <sip:p2.example>"),
    ("WWW-Authenticate", _CHALLENGE),
    ("Proxy-Authenticate", _CHALLENGE),
    ("Require", "100rel"),
    ("RSeq", "1"),
    ("RAck", "1 1 INVITE"),
    ("Min-Expires", "300"),
    ("Expires", "60"),
    ("Retry-After", "5 (x);duration=60"),
    ("Session-Expires", "90;refresher=uac"),
    ("Min-SE", "1800"),
    ("Supported", "timer, 100rel, replaces"),
    ("Replaces", "x;to-tag=a;from-tag=b"),
    ("Refer-To", "<sip:x@y>"),
    ("P-Asserted-Identity", '"\xff" <tel:+86>'),
    ("Authentication-Info", 'nextnonce="n2", qop=auth'),
)


class FuzzedDesk(Desk):
    """Forgets what it said; an answer may give back what was unreadable in the request."""

    def transmit(self, flow: Flow, data: bytes) -> None:
        del self.sent[:-20]
        try:
            self.sent.append(parse_message(data))
        except RemoteProtocolError:
            if not data.startswith(b"SIP/2.0 "):
                raise


@dataclass
class Run:
    """What came of a run."""

    count: int = 0
    understood: int = 0
    """Messages that got past the parser."""
    undeclared: list[str] = field(default_factory=list)
    slowest_ms: float = 0.0
    slowest: bytes = b""
    grown: int = 0
    """Octets of resident memory, between the first fifth and the end."""
    left: int = 0
    """Calls and transactions still there ten minutes after the last message."""
    seconds: float = 0.0


class Scene:
    """A user agent at work, and the messages that would fit into what it does."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.world = World(seed)
        self.desk = FuzzedDesk(self.world)
        self.desk.configure()
        self.flow = Flow(9999, "TCP", ("192.0.2.10", 1), ("192.0.2.1", 2))
        self._placed = 0
        self._offers: list[str] = []

    def message(self) -> bytes:
        """One bent message; many are left as they are, so that the agent gets somewhere."""
        kind = self.chance.random()
        if kind < 0.35:
            return mutated(self.chance)
        message = self._response() if kind < 0.7 else self._request()
        data = encode_message(message)
        return data if self.chance.random() < 0.5 else bent(data, self.chance)

    def take(self, data: bytes) -> None:
        """Hand a message to the agent, from its server or from a stranger."""
        self.flow = self.desk.flow or self.flow
        self.desk.agent.received(data, self.flow, "t", self.world.now, trusted=self.chance.random() < 0.9)

    def go_on(self) -> None:
        """Let time pass, and the admin do something now and then."""
        chance = self.chance
        self.world.run(chance.choice(PAUSES), [self.desk])
        for event in self.desk.events:
            if isinstance(event, CallOffered):
                self._offers.append(event.call)
        del self._offers[:-5]
        self._forget()
        match chance.randrange(40):
            case 0:
                self.desk.tell(RegisterTrunk(trunk="t"))
            case 1:
                self.desk.tell(UnregisterTrunk(trunk="t"))
            case 2 | 3:
                self._placed += 1
                call = f"c{self._placed}"
                self.desk.tell(PlaceTestCall(trunk="t", call=call, caller="100", line="200", duration_s=60))
            case 4:
                self.desk.tell(HangUp(call=f"c{self._placed}"))
            case 5 | 6 if self._offers:
                self.desk.tell(AnswerCall(call=self._offers.pop(), duration_s=20))
            case 7 if self.desk.flow is not None and chance.random() < 0.2:
                self.desk.lose_flow(chance.choice(("closed", "icmp")))
            case _:
                pass

    def _forget(self) -> None:
        desk = self.desk
        for kept in (desk.events, desk.trace, desk.closed_media, desk.closed_flows):
            kept.clear()  # type: ignore[attr-defined]
        desk._recorder.drain()
        if len(desk.media) > 200:
            desk.media.clear()

    def _extra(self) -> list[tuple[str, str]]:
        return self.chance.sample(_EXTRA, self.chance.choice((0, 0, 1, 2, 4)))

    def _body(self) -> tuple[list[tuple[str, str]], bytes]:
        if self.chance.random() < 0.5:
            return [], b""
        return [("Content-Type", "application/sdp")], bent(
            _SDP, self.chance
        ) if self.chance.random() < 0.5 else _SDP

    def _response(self) -> Message:
        """An answer to something the agent asked lately."""
        asked = [one for one in self.desk.sent if isinstance(one, Request) and one.method != "ACK"]
        if not asked:
            return self._request()
        request = asked[-1] if self.chance.random() < 0.7 else self.chance.choice(asked)
        kind, body = self._body()
        headers = [*self._extra(), *kind]
        if request.method == "REGISTER" and "Contact" in request.headers and self.chance.random() < 0.5:
            headers.append(("Contact", request.headers.get("Contact") + ";expires=60"))
        status = self.chance.choice(STATUSES)
        return response_to(
            request, status, to_tag=self.chance.choice(("far", "far", "fork")), headers=headers, body=body
        )

    def _request(self) -> Message:
        """A request from the far end, often inside a call there is."""
        chance = self.chance
        method = chance.choice(METHODS)
        number = chance.choice((1, 2, 2, 3, 7, chance.randrange(2**31)))
        dialog = chance.choice(self.desk.sent) if self.desk.sent and chance.random() < 0.6 else None
        match dialog:
            case Response(headers=headers):
                from_, to, call_id = headers.get("From"), headers.get("To"), headers.get("Call-ID")
            case Request(headers=headers):
                to, from_, call_id = (
                    headers.get("From"),
                    headers.get("To") + ";tag=far",
                    headers.get("Call-ID"),
                )
            case _:
                from_, to, call_id = "<sip:a@b>;tag=f", "<sip:c@d>", f"call{chance.randrange(50)}"
        kind, body = self._body()
        items = [
            ("Via", f"SIP/2.0/TCP 192.0.2.1:35090;branch=z9hG4bK{chance.randrange(400)};rport"),
            ("Max-Forwards", "70"),
            ("From", from_),
            ("To", to),
            ("Call-ID", call_id),
            ("CSeq", f"{number} {method}"),
            ("Contact", "<sip:far@192.0.2.1:35090>"),
            *self._extra(),
            *kind,
        ]
        return Request(method, "sip:gateway01@192.0.2.10:40000", Headers(items), body)


def run(count: int, seed: int) -> Run:
    """Put `count` messages through one agent."""
    scene, result, began = Scene(seed), Run(), time.monotonic()
    resident = 0
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for number in range(count):
            if number % 500 == 0:
                gc.collect()
            if number == count // 5:
                resident = _resident()
            _one(scene, result)
    finally:
        if collecting:
            gc.enable()
    scene.world.run(600, [scene.desk])
    agent = scene.desk.agent
    result.left = len(agent._endpoint._servers) + sum(len(one.calls) for one in agent._agents.values())
    gc.collect()
    result.grown = _resident() - resident
    result.seconds = time.monotonic() - began
    return result


def _one(scene: Scene, result: Run) -> None:
    data = scene.message()
    result.count += 1
    before = time.thread_time()
    try:
        try:
            parse_message(data)
            result.understood += 1
        except RemoteProtocolError:
            pass
        scene.take(data)
    except Exception:  # noqa: BLE001 - what this is for
        result.undeclared.append(f"{traceback.format_exc()}\n{data!r}")
    spent = (time.thread_time() - before) * 1000
    if spent > result.slowest_ms:
        result.slowest_ms, result.slowest = spent, data
    try:
        scene.go_on()
    except Exception:  # noqa: BLE001
        result.undeclared.append(f"later: {traceback.format_exc()}\n{data!r}")


def _resident() -> int:
    """Octets of memory the process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    result = run(200_000, seed=20261123)
    print(
        f"{result.count:,} bent messages in {result.seconds:.0f} s, {result.understood:,} past the parser: "
        f"{len(result.undeclared)} undeclared exceptions, slowest {result.slowest_ms:.1f} ms CPU (at most "
        f"{LIMIT_MS:g}), memory grown by {result.grown / 1e6:.1f} MB after the first fifth, "
        f"{result.left} calls and transactions left over"
    )
    if result.undeclared or result.slowest_ms > LIMIT_MS or result.grown > GROWTH or result.left:
        sys.exit("\n".join(result.undeclared[:3]) or repr(result.slowest[:500]))


if __name__ == "__main__":
    main()
