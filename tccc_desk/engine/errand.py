"""Requests of ours inside a dialog, each answering a challenge once (RFC 3261 sections 12.2.1, 22)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tccc_desk.engine.hands import Hands
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.digest import AuthenticationImpossible
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Response

Done = Callable[[Response | None, float], None]
"""Told the final answer, None where there is none to come."""


@dataclass(slots=True)
class Errand:
    """One request on its way."""

    method: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    content_type: str
    dialog: DialogBox
    done: Done
    cseq: int = 0
    credentials: tuple[tuple[str, str], ...] = ()
    """Present once a challenge was answered; the ACK bears them, too (section 22.1)."""
    settled: bool = False


class DialogBox:
    """Holds a dialog that several errands move on: its CSeq rises with each."""

    def __init__(self, dialog: Dialog) -> None:
        self.dialog = dialog


class Errands:
    """All of one call.

    With `answers` false a challenge is left unanswered: whoever calls us and then asks for a
    password wants a digest to guess it from.
    """

    def __init__(self, owner: object, hands: Hands, *, answers: bool = True) -> None:
        self._answers = answers
        self._owner = owner
        self._hands = hands
        self._running: dict[str, Errand] = {}
        self.flow: Flow | None = None
        """Where the dialog lives when that is not the trunk's own flow."""

    def run(
        self,
        method: str,
        dialog: DialogBox,
        done: Done,
        now: float,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> None:
        """Send a request; `done` is called exactly once, at once where no flow is left."""
        self._send(Errand(method, headers, body, content_type, dialog, done), now)

    def responded(self, transaction: str, response: Response, now: float) -> bool:
        """Take a response; False where it is for no errand."""
        errand = self._running.get(transaction)
        if errand is None:
            return False
        if response.status < 200:
            return True
        if errand.method == "INVITE" and response.status < 300:
            # Kept: each repeat of this 2xx wants the ACK again (section 13.2.2.4).
            errand.dialog.dialog = errand.dialog.dialog.refreshed(response)
            self.acknowledge(errand, now)
            self._settle(errand, response, now)
            return True
        del self._running[transaction]
        if response.status in {401, 407} and not self._answers:
            self._hands.leak(response, errand.dialog.dialog.remote_target)
        elif response.status in {401, 407} and not errand.credentials:
            authenticator = self._hands.authenticator()
            try:
                authenticator.take(response)
            except AuthenticationImpossible:
                self._settle(errand, response, now)
                return True
            # Which URI goes out depends on the route set; a request that is not sent tells.
            uri = errand.dialog.dialog.request(errand.method, contact="")[1].uri
            errand.credentials = tuple(authenticator.headers(errand.method, uri, errand.body))
            self._send(errand, now)
            return True
        errand.dialog.dialog = errand.dialog.dialog.refreshed(response)
        self._settle(errand, response, now)
        return True

    def failed(self, transaction: str, now: float) -> bool:
        """No answer came, or the flow was lost; False where it is for no errand."""
        errand = self._running.pop(transaction, None)
        if errand is None:
            return False
        self._settle(errand, None, now)
        return True

    def acknowledge(self, errand: Errand, now: float) -> None:
        """ACK a 2xx to a re-INVITE."""
        flow = self.flow or self._hands.flow
        if flow is None:
            return
        _, ack = errand.dialog.dialog.request("ACK", contact="", headers=errand.credentials, cseq=errand.cseq)
        self._hands.endpoint.send_ack(ack, flow, now)

    def _send(self, errand: Errand, now: float) -> None:
        box = errand.dialog
        box.dialog, request = box.dialog.request(
            errand.method,
            contact=f"<{self._hands.contact()}>",
            headers=[*errand.headers, *errand.credentials],
            body=errand.body,
            content_type=errand.content_type,
        )
        errand.cseq = box.dialog.local_cseq
        transaction = self._hands.send(self._owner, request, now, self.flow)
        if transaction:
            self._running[transaction] = errand
        else:
            self._settle(errand, None, now)

    def _settle(self, errand: Errand, response: Response | None, now: float) -> None:
        if not errand.settled:
            errand.settled = True
            errand.done(response, now)
