"""One transport to one server, tried without a password: OPTIONS, and REGISTER without credentials.

A probe is a trunk of the user agent with a name no trunk can have, so that flows, log and transactions
serve it like any other. It never sees a password, registers nothing and takes no call.
"""

from __future__ import annotations

from typing import cast

import msgspec

from tccc_desk.diagnosis.answers import answer_of
from tccc_desk.diagnosis.evidence import PathSeen
from tccc_desk.engine.doors import Doors
from tccc_desk.engine.events import Fault
from tccc_desk.engine.trunk_agent import TrunkAgent
from tccc_desk.sip.endpoint import Endpoint
from tccc_desk.sip.errors import LocalProtocolError
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request, Response, encode_message
from tccc_desk.sip.wire import printable
from tccc_desk.trace.recorder import Recorder
from tccc_desk.trunk.bindings import aor, register_request, routes
from tccc_desk.trunk.profile import Transport, Trunk

MARK = "\0"
"""In the name of a probe, behind the name of its trunk: no name entered holds it."""
QUIET_S = 4.0
"""So long OPTIONS may stay unanswered (over UDP: sent four times by then) before REGISTER asks."""
SIZES = (1200, 1400, 1600)
"""Octets of the padded OPTIONS: below and above what RFC 3261 18.1.1 and a 1,500-octet path allow."""
_PADDING = "X-Padding"


def probe_name(trunk: str, word: str) -> str:
    """What the user agent knows a probe by."""
    return f"{trunk}{MARK}{word}"


def is_probe(name: str) -> bool:
    """Whether events of this name are a probe's, and concern no face."""
    return MARK in name


class Probe(TrunkAgent):
    """Fills a `PathSeen`. With `own` it is the trunk's own transport, whose challenge is wanted, too."""

    def __init__(
        self,
        trunk: Trunk,
        word: str,
        seen: PathSeen,
        *,
        own: bool,
        doors: Doors,
        endpoint: Endpoint,
        recorder: Recorder,
    ) -> None:
        hidden = msgspec.structs.replace(
            trunk, name=probe_name(trunk.name, word), transport=cast("Transport", seen.transport)
        )
        super().__init__(hidden, "", doors=doors, endpoint=endpoint, recorder=recorder)
        self.seen = seen
        self.own = own
        self.challenge: Response | None = None
        """The answer to REGISTER without credentials, for whoever judges the challenge."""
        self._sent: dict[str, tuple[str, float]] = {}
        self._register_at: float | None = None
        self._large_until: float | None = None

    @property
    def idle(self) -> bool:
        """Nothing of it outlives its wish to go."""
        return True

    @property
    def pending(self) -> bool:
        """Whether an answer that is wanted may still come."""
        if self.seen.state not in {"opening", "open"}:
            return False
        wanted = self.seen.challenge is None if self.own else not self.seen.answered
        return wanted or self._large_until is not None

    def begin(self, now: float) -> None:  # noqa: ARG002 - as the other orders
        """Open the flow."""
        self._open(self.trunk)

    def unregister(self, now: float) -> None:
        """Nothing was registered."""

    def flow_opened(self, flow: Flow, now: float) -> None:
        """The transport stands: ask."""
        self._opening = False
        self._flow = flow
        self._remote, self._source = flow.remote, flow.local[0]
        self.seen.state = "open"
        self.seen.local, self.seen.remote = host_port(flow.local), host_port(flow.remote)
        self._ask("options", self._options(0), now)
        self._register_at = now + QUIET_S

    def flow_failed(self, fault: Fault, detail: str, now: float, *, why: str = "") -> None:  # noqa: ARG002
        """No such transport."""
        self._opening = False
        self._fail(fault, detail, why)

    def flow_lost(self, flow: Flow, fault: Fault, detail: str, now: float) -> None:  # noqa: ARG002
        """It ended; that counts while nothing was answered."""
        if flow == self._flow:
            self._flow = None
            self._register_at = self._large_until = None
            if not self.seen.answered or (self.own and self.seen.challenge is None):
                self._fail(fault, detail, "")

    def renew(self, fault: Fault, detail: str, now: float) -> None:
        """The machine slept, or its address changed under the check."""
        flow, self._flow = self._flow, None
        if flow is not None:
            self._close(flow, now)
        self._register_at = self._large_until = None
        self._fail(fault, detail, "")

    def give_up(self, now: float) -> None:
        """Its time is over: what was not answered is silent."""
        self._large_until = self._register_at = None
        if self.seen.state == "opening" and self.trunk.transport != "udp":
            self._fail("connect-timeout", "", "")
        elif self.seen.state in {"opening", "open"} and not self.seen.answered:
            self.seen.state, self.seen.fault = "silent", "silence"
        self._note_large(False)
        self.drop_flow(now)

    def responded(self, transaction: str, request: Request, response: Response, now: float) -> None:
        """A response to one of our questions."""
        what, sent_at = self._sent.get(transaction, ("", now))
        if response.status < 200 or not what:
            return
        del self._sent[transaction]
        self._owners.pop(transaction, None)
        answer = answer_of(response, (now - sent_at) * 1000)
        if what == "options":
            self.seen.options = answer
            if self.trunk.transport == "udp":
                self._ask_large(request, now)
            self._ask_challenge(now)
        elif what == "challenge":
            self.seen.challenge, self.challenge = answer, response
            self._register_at = None
        else:
            self.seen.large[int(what)] = True
            if len(self.seen.large) == len(SIZES):
                self._large_until = None

    def failed(
        self,
        transaction: str,
        fault: Fault,  # noqa: ARG002
        detail: str,  # noqa: ARG002
        transmissions: int,  # noqa: ARG002
        now: float,  # noqa: ARG002
    ) -> None:
        """Timer F, or the flow went: `give_up` and `flow_lost` judge."""
        self._sent.pop(transaction, None)
        self._owners.pop(transaction, None)

    def deadline(self) -> float | None:
        """When `advance` is wanted next."""
        times = (self._register_at, self._large_until)
        return min((time for time in times if time is not None), default=None)

    def advance(self, now: float) -> None:
        """Ask otherwise what nobody answered; give the large ones up."""
        if self._register_at is not None and now >= self._register_at:
            self._ask_challenge(now, anyway=True)
        if self._large_until is not None and now >= self._large_until:
            self._large_until = None
            self._note_large(False)

    def _ask_challenge(self, now: float, *, anyway: bool = False) -> None:
        """REGISTER without Contact and credentials: it changes nothing (RFC 3261 section 10.2.3)."""
        self._register_at = None
        if self.own or anyway:
            token = self.doors.token
            request = register_request(
                self.trunk, contact=(), call_id=token(), cseq=1, from_tag=token(), credentials=()
            )
            self._ask("challenge", request, now)

    def _ask_large(self, small: Request, now: float) -> None:
        """The same question, padded. What its small sister needed is known by now."""
        try:
            octets = len(encode_message(small))
        except LocalProtocolError:
            return
        self._large_until = now + QUIET_S
        for size in SIZES:
            self._ask(str(size), self._options(max(size - octets - len(_PADDING) - 4, 1)), now)

    def _note_large(self, answered: bool) -> None:
        if self.seen.options is not None and self.trunk.transport == "udp":
            for size in SIZES:
                self.seen.large.setdefault(size, answered)

    def _ask(self, what: str, request: Request, now: float) -> None:
        if transaction := self.send(None, request, now):
            self._sent[transaction] = (what, now)

    def _options(self, padding: int) -> Request:
        token = self.doors.token
        uri = f"sip:{self.trunk.domain}"
        items = [
            ("From", f"<{aor(self.trunk)}>;tag={token()}"),
            ("To", f"<{uri}>"),
            ("Call-ID", token()),
            ("CSeq", "1 OPTIONS"),
            ("Contact", f"<{self.contact()}>"),
            ("Accept", "application/sdp"),
            *routes(self.trunk),
        ]
        if padding:
            items.append((_PADDING, "x" * padding))
        return Request("OPTIONS", uri, Headers(items))

    def _fail(self, fault: str, detail: str, why: str) -> None:
        seen = self.seen
        seen.state, seen.fault, seen.why, seen.detail = "failed", fault, why, printable(detail)[:200]
