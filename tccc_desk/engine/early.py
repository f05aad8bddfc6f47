"""Early dialogs of a call of ours: forks, early media, reliable provisional responses (RFC 3262)."""

from __future__ import annotations

from dataclasses import dataclass

from tccc_desk.engine.agreement import Agreement
from tccc_desk.engine.errand import DialogBox, Errands
from tccc_desk.sdp.negotiate import MediaParameters, NegotiationFailed
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.errors import ProtocolError
from tccc_desk.sip.message import Message, Request, Response, cseq, to_address

MAX_FORKS = 16
"""Early dialogs kept of one call; a proxy that forks further gets no PRACK for the rest."""
SDP = "application/sdp"


@dataclass(slots=True)
class Early:
    """One fork that answered provisionally."""

    box: DialogBox
    rseq: int = 0
    """The last reliable response taken; 0 before the first."""
    media: MediaParameters | None = None
    """What its description settled, were this fork to answer."""


class EarlyDialogs:
    """All forks of one INVITE, by To tag."""

    def __init__(self, errands: Errands, agreement: Agreement, *, late_offer: bool) -> None:
        self._errands = errands
        self._agreement = agreement
        self._late_offer = late_offer
        self._forks: dict[str, Early] = {}
        self.answered_in_prack = False
        """A late offer came with a reliable response and was answered by its PRACK."""

    def find(self, message: Message) -> Early | None:
        """The fork a request or response belongs to."""
        return next((one for one in self._forks.values() if one.box.dialog.matches(message)), None)

    def provisional(self, request: Request, response: Response, now: float) -> MediaParameters | None:
        """Take a 101 to 199: acknowledge it where it wants that; early media it settles, if any.

        A repeated or overtaken reliable response settles nothing (RFC 3262 section 4).
        """
        early = self._fork(request, response)
        if early is None:
            return None
        if not _reliable(response):
            return self._settled(early, response) if not self._late_offer else None
        rseq = _number(response.headers.get("RSeq"))
        if rseq is None or (early.rseq and rseq != early.rseq + 1):
            return None
        early.rseq = rseq
        body = b""
        if self._late_offer and response.body and not self.answered_in_prack:
            try:
                body = self._agreement.answer(response.body)
            except NegotiationFailed:
                return None  # no PRACK: the far end gives up, or its 2xx shows what it means
            self.answered_in_prack = True
            early.media = self._agreement.media
        number, method = cseq(request)
        self._errands.run(
            "PRACK",
            early.box,
            lambda *_: None,  # a refused PRACK ends nothing; the INVITE's own answer decides
            now,
            headers=(("RAck", f"{rseq} {number} {method}"),),
            body=body,
            content_type=SDP if body else "",
        )
        return early.media if self._late_offer else self._settled(early, response)

    def _fork(self, request: Request, response: Response) -> Early | None:
        try:
            tag = to_address(response).tag
            if not tag:
                return None
            known = self._forks.get(tag)
            if known is None and len(self._forks) < MAX_FORKS:
                known = self._forks[tag] = Early(DialogBox(Dialog.from_response(request, response)))
        except ProtocolError:
            return None
        return known

    def _settled(self, early: Early, response: Response) -> MediaParameters | None:
        """Read the answer in a provisional response; each fork's first one counts (section 13.2.1)."""
        if not response.body or early.media is not None:
            return None
        try:
            early.media = self._agreement.read(response.body)
        except NegotiationFailed:  # early media only; the final answer decides
            return None
        return early.media


def _reliable(response: Response) -> bool:
    required = {option.strip().lower() for option in response.headers.split("Require")}
    return "100rel" in required


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= 10 and int(text) else None
