"""Runs one REGISTER round by its table (`trunk.round`)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tccc_desk.sip.digest import AuthenticationImpossible
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Response
from tccc_desk.trunk import findings
from tccc_desk.trunk.authentication import Authenticator
from tccc_desk.trunk.bindings import contact_uri, contact_value, register_request
from tccc_desk.trunk.profile import Trunk
from tccc_desk.trunk.reports import Challenged, Purpose, Report, Result, SendRegister
from tccc_desk.trunk.round import MAX_REQUESTS, TABLE, Action, Input, State

MAX_PER_SECOND = 3
"""REGISTERs a second per trunk, whatever a server grants or asks."""
MAX_BRIEF_S = 86_400
"""A Min-Expires beyond a day is not honoured."""


class Pacer:
    """When the next REGISTER of a trunk may leave."""

    def __init__(self) -> None:
        self._sent: deque[float] = deque(maxlen=MAX_PER_SECOND)

    def due(self, now: float) -> float:
        """The time at which one more request is within the bound."""
        full = len(self._sent) == MAX_PER_SECOND
        return max(now, self._sent[0] + 1.0) if full else now

    def note(self, now: float) -> None:
        """A request leaves now."""
        self._sent.append(now)


@dataclass(slots=True)
class Identity:
    """Call-ID, From tag and CSeq of a trunk's registrations, the same for all (section 10.2)."""

    call_id: str
    from_tag: str
    cseq: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the round ended."""

    action: Action
    result: Result
    response: Response | None
    contact: str
    requested_s: int


class Exchange:
    """One round. The owner feeds it and looks at `outcome` after each call."""

    def __init__(
        self,
        purpose: Purpose,
        trunk: Trunk,
        identity: Identity,
        authenticator: Authenticator,
        *,
        pacer: Pacer,
        now: float,
        report: Callable[[Report], None],
        instance: str = "",
        stale: str = "",
        before: int = 0,
    ) -> None:
        """`stale` is a former Contact of ours to remove instead of the present one.

        `before` counts what the same round sent to another server.
        """
        self.purpose = purpose
        self.stale = stale
        self.outcome: Outcome | None = None
        self._trunk = trunk
        self._identity = identity
        self._authenticator = authenticator
        self._pacer = pacer
        self._report = report
        self._instance = instance
        self._state = State.OPENING
        self._flow: Flow | None = None
        self._started = now
        self._expires_s = 0 if purpose == "unregister" else trunk.expires_s
        self._raised = False
        self._answered: set[tuple[int, str]] = set()
        self._before = before
        self._requests = 0
        self._send_at: float | None = None

    def flow_opened(self, flow: Flow, now: float) -> None:
        """There is a flow: ask."""
        self._flow = flow
        self._step(Input.FLOW, now)

    def lost(self, fault: str, detail: str, now: float, *, why: str = "") -> None:
        """Timer F, no flow, or the flow went away under us."""
        finding = findings.path(fault, self._trunk.transport, why)
        details = findings.path_details(self._trunk.server_and_port, detail, why)
        self._step(Input.LOST, now, self._local(now, fault, finding, details))

    def responded(self, response: Response, now: float) -> None:
        """A final response to the request that is out."""
        status = response.status
        if status < 200:
            return
        result = self._said(response, now, findings.register_refusal(status), _pointed_to(response))
        if status < 300:
            self._authenticator.accepted(response)
            self._step(Input.SUCCESS, now, self._said(response, now, "finding.register.ok"), response)
        elif status in {401, 407}:
            self._challenged(response, now)
        elif status == 423 and (least := self._least(response)) and not self._raised:
            self._raised = True
            self._expires_s = least
            self._step(Input.BRIEF, now)
        elif status in {408, 480} or (500 <= status < 600 and status not in {501, 505, 513}):
            self._step(Input.TROUBLE, now, result, response)
        else:
            self._step(Input.REJECTED, now, result, response)

    def deadline(self) -> float | None:
        """When a paced request may leave."""
        return self._send_at

    def advance(self, now: float) -> None:
        """Send what waited for its pace."""
        if self._send_at is not None and now >= self._send_at:
            self._send(now)

    def _challenged(self, response: Response, now: float) -> None:
        for seen in self._authenticator.seen(response):
            self._report(
                Challenged(
                    "REGISTER", response.status, seen.realm, seen.algorithm, ",".join(seen.qop), seen.stale
                )
            )
        try:
            challenge = self._authenticator.take(response)
        except AuthenticationImpossible as error:
            details = {"realm": error.realm, "algorithm": error.algorithm, "domain": self._trunk.domain}
            refusal = self._said(response, now, findings.AUTHENTICATION[error.reason], details)
            self._step(Input.UNANSWERABLE, now, refusal, response)
            return
        refusal = self._said(
            response, now, "finding.register.credentials-refused", {"realm": challenge.realm}
        )
        key = (response.status, challenge.realm)
        if key not in self._answered:
            self._answered.add(key)
            given = Input.CHALLENGE
        else:
            given = Input.STALE if challenge.stale else Input.REPEATED
        if self._requests >= MAX_REQUESTS:
            given = Input.REPEATED
        self._step(given, now, refusal, response)

    def _step(
        self, given: Input, now: float, result: Result | None = None, response: Response | None = None
    ) -> None:
        row = TABLE[self._state, given]
        self._state = row.next
        for action in row.actions:
            if action is Action.SEND:
                self._send_at = self._pacer.due(now)
                self.advance(now)
            elif result is not None:
                self.outcome = Outcome(action, result, response, self._contact(), self._expires_s)

    def _send(self, now: float) -> None:
        self._send_at = None
        self._pacer.note(now)
        self._requests += 1
        self._identity.cseq += 1
        uri = f"sip:{self._trunk.domain}"
        self._report(
            SendRegister(
                register_request(
                    self._trunk,
                    contact=self._contact_headers(),
                    call_id=self._identity.call_id,
                    cseq=self._identity.cseq,
                    from_tag=self._identity.from_tag,
                    credentials=self._authenticator.headers("REGISTER", uri),
                )
            )
        )

    def _contact_headers(self) -> list[tuple[str, str]]:
        if self.stale:
            return [("Contact", f"{contact_value(self.stale)};expires=0")]
        contact = self._contact()
        if not contact:
            return []
        return [
            ("Contact", contact_value(contact, self._instance)),
            ("Expires", str(self._expires_s)),
        ]

    def _contact(self) -> str:
        return "" if self.purpose == "verify" or self._flow is None else contact_uri(self._trunk, self._flow)

    def _least(self, response: Response) -> int:
        text = response.headers.get("Min-Expires").strip()
        least = int(text[:11]) if text.isascii() and text.isdigit() else 0
        return least if self._expires_s < least <= MAX_BRIEF_S else 0

    def _said(
        self, response: Response, now: float, finding: str, details: dict[str, str] | None = None
    ) -> Result:
        server = self._trunk.server_and_port
        shown = {"status": str(response.status), "reason": response.reason, "server": server}
        return Result(
            purpose=self.purpose,
            status=response.status,
            reason=response.reason,
            said_by="server",
            elapsed_ms=(now - self._started) * 1000,
            registers_sent=self._before + self._requests,
            finding=finding,
            details=shown | (details or {}),
        )

    def _local(self, now: float, fault: str, finding: str, details: dict[str, str]) -> Result:
        return Result(
            purpose=self.purpose,
            status=0,
            reason="",
            said_by="local",
            elapsed_ms=(now - self._started) * 1000,
            registers_sent=self._before + self._requests,
            fault=fault,
            finding=finding,
            details=details,
        )


def _pointed_to(response: Response) -> dict[str, str]:
    """Where a 3xx points (RFC 3261 section 21.3), as text to show and never to follow."""
    if not 300 <= response.status < 400:
        return {}
    contacts = response.headers.split("Contact")
    return {"contact": contacts[0] if contacts else "-"}
