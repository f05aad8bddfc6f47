"""The document's step 2: a call from us to the provider."""

from __future__ import annotations

import contextlib

from tccc_desk.engine.call import PATIENCE_S, SDP, Call
from tccc_desk.engine.call_table import Action, Input, State
from tccc_desk.engine.commands import PlaceTestCall
from tccc_desk.engine.doors import NoMediaPort
from tccc_desk.engine.events import CallPlaced, CallProgressed, Challenge, ChallengeReceived, Fault, Outcome
from tccc_desk.engine.hands import Hands
from tccc_desk.sdp.negotiate import MediaParameters, NegotiationFailed, make_offer, read_answer
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.digest import AuthenticationImpossible
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request, Response, to_address
from tccc_desk.sip.wire import printable
from tccc_desk.trunk import findings
from tccc_desk.trunk.bindings import ALLOW, routes


class OutgoingCall(Call):
    """One INVITE of ours, its challenge, its answer or refusal."""

    def __init__(self, command: PlaceTestCall, hands: Hands, now: float) -> None:
        super().__init__(command.call, hands, now, source=command.play, duration_s=command.duration_s)
        self.call_id = hands.doors.token()
        self._command = command
        self._tag = hands.doors.token()
        self._cseq = 0
        self._invite = ""
        self._request: Request | None = None
        self._accepted: Response | None = None
        self._challenge: Response | None = None
        self._authenticator = hands.authenticator()
        self._answered_realms: set[tuple[int, str]] = set()
        self._renewed = False
        self._ring_until = now + command.ring_timeout_s
        self._offered = b""
        self._pending: MediaParameters | None = None
        self._ending.finding = "finding.path.internal"
        doors = hands.doors
        doors.emit(
            CallPlaced(
                at=doors.wall(),
                trunk=hands.trunk.name,
                call=self.handle,
                call_id=self.call_id,
                caller=command.caller,
                line=command.line,
            )
        )

    def ready(self, now: float) -> None:
        """There is a flow: bind a port for the sound and call."""
        if self._state is not State.PREPARING:
            return
        flow = self._hands.flow
        assert flow is not None  # what ready means
        try:
            self._media_port = self._hands.doors.open_media(
                self._hands.trunk.name, self.handle, flow.local[0]
            )
        except NoMediaPort:
            self._ending.finding = "finding.call.no-media-port"
            self._ending.fault = "internal"
            self._step(Input.NOT_READY, now)
            return
        self._media_host = flow.local[0]
        self._step(Input.READY, now)

    def not_ready(self, fault: Fault, detail: str, now: float, *, why: str = "") -> None:
        """No flow to the server could be opened."""
        self._locally(fault, detail, why)
        self._step(Input.NOT_READY, now)

    def responded(self, transaction: str, response: Response, now: float) -> None:
        """A response to our INVITE, or to our BYE."""
        if transaction != self._invite:
            super().responded(transaction, response, now)
            return
        if response.status < 200:
            self._progressed(response, now)
        elif response.status < 300:
            self._succeeded(response, now)
        elif response.status in {401, 407} and self._state is State.CALLING:
            self._challenged(response, now)
        else:
            self._refused(response, findings.call_refusal(response.status))
            self._step(Input.REJECTED, now)

    def failed(
        self, transaction: str, fault: Fault, detail: str, now: float, *, transmissions: int = 0
    ) -> None:
        """No answer to our INVITE, or the flow went away under it."""
        if transaction != self._invite:
            super().failed(transaction, fault, detail, now)
            return
        if self._state is State.CALLING:
            self._locally(fault, detail)
            if fault == "silence" and self._answered_realms and self._hands.trunk.transport == "udp":
                # The first INVITE was answered by a challenge, the larger one by nothing.
                self._ending.finding = "finding.call.large-udp"
            self._ending.details["transmissions"] = str(transmissions)
        self._step(Input.REJECTED, now)

    def _codecs(self) -> tuple[str, ...]:
        return self._command.codecs or self._hands.trunk.codecs

    def _offer(self) -> bytes:
        self._sdp_version += 1
        return make_offer(
            self._media_host,
            self._media_port,
            self._codecs(),
            session_id=self._sdp_id,
            version=self._sdp_version,
        )

    def _progressed(self, response: Response, now: float) -> None:
        if 180 <= response.status <= 183 and self._pdd_ms is None:
            self._pdd_ms = (now - self._began) * 1000
        if response.body and self._media is None and self._state is State.CALLING:
            with contextlib.suppress(NegotiationFailed):  # early media; the final answer decides
                self._start_media(read_answer(self._offered, response.body))
        doors = self._hands.doors
        doors.emit(
            CallProgressed(
                at=doors.wall(),
                trunk=self._hands.trunk.name,
                call=self.handle,
                status=response.status,
                reason=printable(response.reason),
                pdd_ms=self._pdd_ms,
            )
        )

    def _succeeded(self, response: Response, now: float) -> None:
        if self._dialog is not None or self._accepted is not None:
            self._further_success(response, now)
            return
        self._accepted = response
        self._step(Input.SUCCESS if self._understood(response) else Input.UNUSABLE, now)

    def _understood(self, response: Response) -> bool:
        """Whether the 2xx (or the early media before it) leaves us with sound to exchange."""
        if response.body:
            try:
                self._pending = read_answer(self._offered, response.body)
            except NegotiationFailed:
                return False
        else:
            self._pending = self._media
        return self._pending is not None

    def _further_success(self, response: Response, now: float) -> None:
        """A repeated 2xx wants its ACK again; another fork's is thanked and ended (section 13.2.2.4)."""
        if self._dialog is not None and to_address(response).tag == self._dialog.remote_tag:
            self._acknowledge(now)
            return
        assert self._request is not None  # there was an INVITE to answer
        self._hands.disown(self._request, response, now)

    def _challenged(self, response: Response, now: float) -> None:
        doors = self._hands.doors
        for seen in self._authenticator.seen(response):
            shown = Challenge(
                status=response.status,
                realm=printable(seen.realm),
                algorithm=printable(seen.algorithm),
                qop=printable(",".join(seen.qop)),
                stale=seen.stale,
            )
            doors.emit(
                ChallengeReceived(
                    at=doors.wall(), trunk=self._hands.trunk.name, method="INVITE", challenge=shown
                )
            )
        self._refused(response, "finding.call.credentials")
        try:
            challenge = self._authenticator.take(response)
        except AuthenticationImpossible as error:
            self._ending.finding = findings.AUTHENTICATION[error.reason]
            self._ending.details |= {"realm": error.realm, "algorithm": error.algorithm}
            self._step(Input.REJECTED, now)
            return
        key = (response.status, challenge.realm)
        fresh = key not in self._answered_realms and len(self._answered_realms) < 2
        renewable = challenge.stale and not self._renewed
        if not fresh and not renewable:
            self._step(Input.REJECTED, now)
            return
        self._renewed = self._renewed or not fresh
        self._answered_realms.add(key)
        self._step(Input.CHALLENGE, now)

    def _do(self, action: Action, now: float) -> None:
        match action:
            case Action.SEND_INVITE:
                self._send_invite(now)
            case Action.SEND_CANCEL:
                self._ring_until = None
                self._hang_up_at = now + PATIENCE_S
                self._hands.endpoint.cancel(self._invite, now)
            case Action.CONFIRM:
                self._confirm(now)
                if self._pending is not None:
                    self._start_media(self._pending)
                assert self._accepted is not None  # what confirmed it
                self._started(now, self._accepted.status, self._accepted.reason)
                if self._command.dtmf:
                    self.send_digits(self._command.dtmf)
            case Action.CONFIRM_SILENTLY:
                self._confirm(now)
            case Action.NOTE_CANCEL:
                self._decide("cancelled", "finding.call.cancelled")
                self._ending.by = "us"
            case Action.NOTE_NO_ANSWER:
                rang = self._pdd_ms is not None
                self._decide("no_answer", "finding.call.no-answer" if rang else "finding.call.no-ringing")
                self._ending.details = {"seconds": f"{self._command.ring_timeout_s:g}"}
                self._ending.by = "us"
            case Action.NOTE_UNUSABLE:
                self._decide("failed", "finding.call.bad-answer")
                self._ending.by = "us"
            case _:
                super()._do(action, now)

    def _send_invite(self, now: float) -> None:
        trunk, command = self._hands.trunk, self._command
        uri = f"sip:{command.line}@{trunk.domain}"
        if not self._offered:
            self._offered = self._offer()
        self._cseq += 1
        request = Request(
            "INVITE",
            uri,
            Headers(
                [
                    ("From", f"<sip:{command.caller}@{trunk.domain}>;tag={self._tag}"),
                    ("To", f"<{uri}>"),
                    ("Call-ID", self.call_id),
                    ("CSeq", f"{self._cseq} INVITE"),
                    ("Contact", f"<{self._hands.contact()}>"),
                    ("Allow", ALLOW),
                    *routes(trunk),
                    *self._authenticator.headers("INVITE", uri, self._offered),
                    *command.headers,
                    ("Content-Type", SDP),
                ]
            ),
            self._offered,
        )
        self._request = request
        self._invite = self._hands.send(self, request, now)
        if not self._invite:
            self._locally("closed", "")
            self._step(Input.REJECTED, now)

    def _confirm(self, now: float) -> None:
        assert self._request is not None  # a 2xx answers a request
        assert self._accepted is not None  # and is what brought us here
        self._dialog = Dialog.from_response(self._request, self._accepted)
        self._acknowledge(now)

    def _acknowledge(self, now: float) -> None:
        flow = self._hands.flow
        if flow is None or self._dialog is None:
            return
        # Credentials go into the ACK as they stood in the INVITE (section 22.1).
        invite = self._request.headers if self._request is not None else ()
        kept = [(name, value) for name, value in invite if name == "Proxy-Authorization"]
        _, ack = self._dialog.request("ACK", contact="", headers=kept, cseq=self._cseq)
        self._hands.endpoint.send_ack(ack, flow, now)

    def _decide(self, outcome: Outcome, finding: str) -> None:
        """Our own decision: no SIP response is to blame."""
        self._ending.outcome = outcome
        self._ending.status, self._ending.reason, self._ending.said_by = 0, "", "local"
        self._ending.finding = finding
        self._ending.fault = ""

    def _refused(self, response: Response, finding: str) -> None:
        if self._state is not State.CALLING:
            return  # we had given up already: the 487 is only the echo of our CANCEL
        self._ending.outcome = "busy" if response.status in {486, 600} else "rejected"
        self._ending.status, self._ending.reason, self._ending.said_by = (
            response.status,
            response.reason,
            "server",
        )
        self._ending.finding = finding
        self._ending.by = "them"
        self._ending.details = {
            "status": str(response.status),
            "reason": response.reason,
            "line": self._command.line,
        }

    def _locally(self, fault: Fault, detail: str, why: str = "") -> None:
        trunk = self._hands.trunk
        self._ending.outcome, self._ending.fault = "failed", fault
        self._ending.status, self._ending.reason, self._ending.said_by = 0, "", "local"
        self._ending.finding = findings.path(fault, trunk.transport, why)
        self._ending.details = {"server": trunk.server_and_port, "detail": detail} | (
            {"why": why} if why else {}
        )
