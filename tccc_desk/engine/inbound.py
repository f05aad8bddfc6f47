"""Requests that come to us: a call for a card, or an answer as RFC 3261 section 8.2 wants it."""

from __future__ import annotations

from collections import Counter, deque

from tccc_desk.engine.call_table import State
from tccc_desk.engine.doors import Doors, NoMediaPort
from tccc_desk.engine.events import CallRefused, Fault, Noticed
from tccc_desk.engine.incoming import CameBy, IncomingCall, readable
from tccc_desk.engine.screening import Screening
from tccc_desk.engine.trunk_agent import TrunkAgent
from tccc_desk.engine.within import capabilities
from tccc_desk.sip.endpoint import Endpoint
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.sip.message import Request, Response, response_to, to_address
from tccc_desk.sip.wire import printable

MAX_CARDS = 20
"""Unanswered calls at once; the next is told we are busy."""
MAX_STRANGERS = 1000
"""Addresses counted one by one."""
MAX_SAID_A_SECOND = 10
"""Refusals of strangers a face hears of: a scanner must not fill its memory or an admin's screen."""


class Inbound:
    """Decides about requests outside dialogs and finds the dialog of the others."""

    def __init__(self, doors: Doors, endpoint: Endpoint, product: str) -> None:
        self._doors = doors
        self._endpoint = endpoint
        self._product = product
        self._screening = Screening()
        self._offered: dict[str, IncomingCall] = {}
        self._strangers: Counter[str] = Counter()
        self._said: deque[float] = deque(maxlen=MAX_SAID_A_SECOND)

    def request(
        self,
        transaction: str,
        request: Request,
        flow: Flow,
        agent: TrunkAgent | None,
        now: float,
        *,
        came_by: CameBy = "flow",
    ) -> None:
        """A new request from the far end of a trunk's flow, or from another address it may come from."""
        if agent is None:
            self._answer(transaction, request, 481, now)
        elif to_address(request).tag:
            self._inside(transaction, request, agent, now)
        elif refusal := self._screening.refusal(request, agent.trunk.name, agent.calls.values(), now):
            self._answer(transaction, request, refusal[0], now, refusal[1])
        elif request.method == "INVITE":
            self._invited(transaction, request, flow, agent, came_by=came_by, now=now)
        elif request.method == "OPTIONS":
            self._answer(transaction, request, 200, now, list(capabilities()))
        else:
            self._answer(transaction, request, 481, now)  # these want a dialog

    def acknowledged(self, request: Request, agent: TrunkAgent | None, now: float) -> None:
        """An ACK to a 2xx."""
        for call in list(agent.calls.values()) if agent is not None else []:
            if call.owns_dialog(request):
                call.acknowledged(request, now)

    def cancelled(self, transaction: str, now: float) -> None:
        """A CANCEL matched an INVITE."""
        call = self._offered.pop(transaction, None)
        if call is not None:
            call.cancelled(now)

    def flow_lost(self, flow: Flow, fault: Fault, detail: str, now: float) -> None:
        """The way back to the callers on this flow is gone."""
        for call in list(self._offered.values()):
            if call.flow == flow:
                call.lost(fault, detail, now)

    def stranger(self, request: Request, flow: Flow, trunk: str, now: float) -> None:
        """A request from elsewhere than the trunk's server: refused, counted, said."""
        if request.method == "ACK":
            return
        source = host_port(flow.remote)
        if source in self._strangers or len(self._strangers) < MAX_STRANGERS:
            self._strangers[source] += 1
        self._endpoint.reply(request, flow, response_to(request, 403, to_tag=self._doors.token()), now)
        if len(self._said) == MAX_SAID_A_SECOND and now - self._said[0] < 1.0:
            return  # counted all the same: the next one said tells how many there were
        self._said.append(now)
        self._doors.emit(
            CallRefused(
                at=self._doors.wall(),
                trunk=trunk,
                source=source,
                request_uri=printable(request.uri),
                count=self._strangers[source],
                details={"source": source, "address": printable(flow.remote[0])},
            )
        )

    def _inside(self, transaction: str, request: Request, agent: TrunkAgent, now: float) -> None:
        for call in list(agent.calls.values()):
            if call.owns_dialog(request):
                call.requested(transaction, request, now)
                return
        self._answer(transaction, request, 481, now)

    def _invited(
        self,
        transaction: str,
        request: Request,
        flow: Flow,
        agent: TrunkAgent,
        *,
        came_by: CameBy,
        now: float,
    ) -> None:
        cards = [call for call in agent.calls.values() if isinstance(call, IncomingCall)]
        if not readable(request):
            self._answer(transaction, request, 400, now)
            return
        if len(cards) >= MAX_CARDS:
            self._answer(transaction, request, 486, now)
            return
        handle = "in-" + self._doors.token()
        try:
            call = IncomingCall(handle, transaction, request, flow, hands=agent, came_by=came_by, now=now)
        except NoMediaPort as error:
            self._answer(transaction, request, 480, now)
            at, name = self._doors.wall(), agent.trunk.name
            self._doors.emit(Noticed(at=at, trunk=name, finding=error.finding, details=error.details))
            return
        agent.calls[handle] = call
        self._offered = {key: one for key, one in self._offered.items() if one.state is not State.ENDED}
        self._offered[transaction] = call
        call.refuse_unfit(now)

    def _answer(
        self,
        transaction: str,
        request: Request,
        status: int,
        now: float,
        headers: list[tuple[str, str]] | None = None,
    ) -> None:
        response: Response = response_to(request, status, to_tag=self._doors.token(), headers=headers or [])
        self._endpoint.respond(transaction, response, now)
