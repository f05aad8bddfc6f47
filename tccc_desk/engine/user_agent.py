"""The user agent: commands and datagrams in, events and datagrams out. No socket, no loop.

Every public method may change state once; each ends by draining the endpoint, and the
driver then asks `deadline` and arms one timer.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import cast

from tccc_desk.engine.checks import Checks
from tccc_desk.engine.commands import Command
from tccc_desk.engine.doors import Doors
from tccc_desk.engine.events import Fault, LargeRequestNoticed, MediaReport
from tccc_desk.engine.inbound import Inbound
from tccc_desk.engine.incoming import CameBy
from tccc_desk.engine.orders import MAX_CALLS, Orders
from tccc_desk.engine.roster import Roster
from tccc_desk.engine.screening import allowed
from tccc_desk.engine.trunk_agent import TrunkAgent
from tccc_desk.sip.endpoint import Endpoint
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.sip.message import Message, Request, Response, parse_message, response_to, salvage
from tccc_desk.sip.outputs import (
    AckReceived,
    Cancelled,
    Output,
    RequestReceived,
    ResponseReceived,
    StrayResponse,
    TransactionFailed,
    TransactionTimedOut,
    Transition,
    Transmit,
)
from tccc_desk.sip.wire import printable
from tccc_desk.trace.recorder import Recorder

MAX_GUESTS = 256
"""Flows from other addresses remembered; the oldest is forgotten."""
UDP_SAFE = 1300
"""RFC 3261 section 18.1.1: above this a request wants a congestion controlled transport."""


class UserAgent:
    """All trunks of one engine."""

    def __init__(self, doors: Doors, recorder: Recorder, *, product: str) -> None:
        self._checks = Checks(doors)
        doors = self._doors = self._checks.tap()
        self._recorder = recorder
        self._endpoint = Endpoint(token=doors.token, user_agent=product)
        self._roster = Roster()
        self._agents = self._roster.agents
        self._rota = self._roster.rota
        self._orders = Orders(doors, self._endpoint, recorder, self._roster, self._checks)
        self._checks.serve(self._roster, self._endpoint, recorder)
        self._of_flow: dict[int, TrunkAgent] = {}
        self._guests: OrderedDict[int, tuple[TrunkAgent, CameBy]] = OrderedDict()
        """Trunk of the flows that requests came on from elsewhere than the trunk's own far end."""
        self._inbound = Inbound(doors, self._endpoint, product)
        self._large: deque[str] = deque(maxlen=MAX_CALLS)
        """Call-IDs whose requests were said to be large for UDP."""

    @property
    def finished(self) -> bool:
        """True once a shutdown has nothing left to wait for."""
        return self._orders.stop_by is not None and not self._agents

    def command(self, command: Command, now: float) -> None:
        """Carry out a command of the face, or refuse it with an event."""
        self._orders.carry_out(command, now)
        self._drain(now)

    def flow_opened(self, trunk: str, flow: Flow, now: float) -> None:
        """A flow asked for by `Doors.open_flow` is there."""
        agent = self._agents.get(trunk)
        if agent is None:
            self._doors.close_flow(flow)
            return
        self._rota.touch(agent)
        self._of_flow[flow.id] = agent
        former = agent.flow
        agent.flow_opened(flow, now)
        if former != flow:
            self._replaced(agent, former, "closed", now)
        self._drain(now)

    def flow_failed(self, trunk: str, fault: Fault, detail: str, now: float, *, why: str = "") -> None:
        """A flow asked for could not be opened; `why` tells kinds of one fault apart."""
        agent = self._agents.get(trunk)
        if agent is not None:
            self._rota.touch(agent)
            agent.flow_failed(fault, detail, now, why=why)
        self._drain(now)

    def flow_lost(self, flow: Flow, fault: Fault, detail: str, now: float) -> None:
        """A flow is gone without our wish."""
        agent = self._of_flow.pop(flow.id, None)
        self._endpoint.flow_lost(flow.id, fault, detail, now)
        self._drain(now)
        if agent is not None:
            self._rota.touch(agent)
            agent.flow_lost(flow, fault, detail, now)
            self._inbound.flow_lost(flow, fault, detail, now)
        self._drain(now)

    def woke(self, slept_s: float, now: float) -> None:
        """This machine was suspended for `slept_s` seconds: no flow of before is trusted."""
        for agent in list(self._agents.values()):
            former = agent.flow
            self._rota.touch(agent)
            agent.renew("slept", f"{slept_s:.0f} s", now)
            self._replaced(agent, former, "slept", now)
            self._drain(now)

    def sources(self, source_of: Callable[[tuple[str, int]], str], now: float) -> None:
        """Look whether the way to a server has another source address than its flow.

        `source_of` gives the address the system would send from to a host and port, "" for none.
        """
        for agent in list(self._agents.values()):
            former = agent.flow
            if agent.sourced(source_of, now):
                self._rota.touch(agent)
                self._replaced(agent, former, "address-changed", now)
                self._drain(now)

    def _replaced(self, agent: TrunkAgent, former: Flow | None, fault: Fault, now: float) -> None:
        """A trunk gave up its flow of its own accord."""
        self._rota.touch(agent)
        if former is not None:
            self._of_flow.pop(former.id, None)
            self._inbound.flow_lost(former, fault, "", now)

    def received(self, data: bytes, flow: Flow, trunk: str, now: float, *, trusted: bool = True) -> None:
        """Octets of one message from a flow of `trunk`.

        `trusted` is False where the sender is neither the flow's far end nor an address the
        names of the trunk's servers resolved to; the trunk may still allow it by name.
        """
        try:
            message = parse_message(data)
        except RemoteProtocolError as error:
            self._recorder.message("received", trunk, flow, data, None, now=now)
            details = {"remote": host_port(flow.remote), "detail": printable(str(error))}
            self._recorder.fact("fact.bad-message", trunk, now, details, flow=flow)
            rescued = salvage(data) if trusted else None
            if isinstance(rescued, Request) and rescued.method != "ACK":
                answer = response_to(rescued, error.status, to_tag=self._doors.token())
                self._endpoint.reply(rescued, flow, answer, now)
            self._drain(now)
            return
        self._recorder.message("received", trunk, flow, data, message, now=now)
        if not isinstance(message, Request) or self._welcome(message, flow, trunk, now, trusted=trusted):
            self._endpoint.receive(message, flow, now)
        else:
            self._inbound.stranger(message, flow, trunk, now)
        self._drain(now)

    def digit_heard(self, call: str, digit: str, method: str, now: float) -> None:
        """A digit came in a call's sound, as an event or as a tone."""
        found = self._roster.find(call)
        if found is not None:
            found.heard(digit, method, now)

    def measured(self, call: str, media: MediaReport) -> MediaReport:
        """A call's measurement, complete with what is known beside its sound."""
        found = self._roster.find(call)
        return media if found is None else found.amended(media)

    def advance(self, now: float) -> None:
        """Fire what is due."""
        self._endpoint.advance(now)
        self._drain(now)
        for agent in self._rota.due(now):
            self._rota.touch(agent)
            agent.advance(now)
            self._drain(now)
        if self._orders.stop_by is not None and now >= self._orders.stop_by:
            self._agents.clear()

    def deadline(self) -> float | None:
        """When `advance` is wanted next."""
        if self.finished:
            return None
        times = (
            self._rota.deadline(),
            self._endpoint.deadline(),
            self._orders.stop_by,
            self._checks.deadline(),
        )
        return min((time for time in times if time is not None), default=None)

    def _welcome(self, request: Request, flow: Flow, trunk: str, now: float, *, trusted: bool) -> bool:
        """Whether a request's sender may call us; one that is not our flow's far end is noted."""
        if flow.id in self._of_flow:
            return trusted
        agent = self._agents.get(trunk)
        if agent is None:
            return trusted
        came_by: CameBy = "server" if trusted else "allowed"
        if not trusted and not allowed(flow.remote[0], agent.trunk.allowed_sources):
            return False
        self._guests[flow.id] = (agent, came_by)
        self._guests.move_to_end(flow.id)
        if len(self._guests) > MAX_GUESTS:
            self._guests.popitem(last=False)
        if request.method != "ACK":
            self._recorder.fact(
                f"fact.from-{came_by}", trunk, now, {"remote": host_port(flow.remote)}, flow=flow
            )
        return True

    def _agent_of(self, flow: Flow) -> TrunkAgent | None:
        if flow.id in self._of_flow:
            return self._of_flow[flow.id]
        guest = self._guests.get(flow.id)
        return guest[0] if guest is not None and guest[0] in self._agents.values() else None

    def _drain(self, now: float) -> None:
        """Hand out what the endpoint produced, until nothing is left; then drop who may leave."""
        while True:
            while outputs := self._endpoint.outputs():
                for output in outputs:
                    self._hand_out(output, now)
            if not self._checks.settle(now):
                break
        self._roster.see_off(now)

    def _hand_out(self, output: Output, now: float) -> None:
        match output:
            case Transmit(flow, data, message, retransmission):
                self._transmit(flow, data, message, retransmission, now)
            case ResponseReceived(transaction, request, response, flow):
                if (agent := self._touched_by(flow)) is not None:
                    agent.responded(transaction, request, response, now)
            case TransactionTimedOut(transaction, request, timer, transmissions):
                self._timed_out(transaction, request, timer, transmissions, now)
            case TransactionFailed(transaction, _, fault, detail):
                self._failed(transaction, cast("Fault", fault), detail, 0, now)
            case RequestReceived(transaction, request, flow):
                guest = self._guests.get(flow.id)
                came_by = guest[1] if guest is not None else "flow"
                self._inbound.request(
                    transaction, request, flow, self._touched_by(flow), now, came_by=came_by
                )
            case AckReceived(request, flow):
                self._inbound.acknowledged(request, self._touched_by(flow), now)
            case Cancelled(transaction, _):
                self._roster.touch_busy()
                self._inbound.cancelled(transaction, now)
            case StrayResponse(response, flow, why):
                self._stray(response, flow, why, now)
            case Transition(machine, key, state, given, following):
                details = {"from": state, "input": given, "to": following, "key": key}
                self._recorder.transition(machine, "", now, details)

    def _stray(self, response: Response, flow: Flow, why: str, now: float) -> None:
        challenge = response.status in {401, 407}
        fact = "fact.digest-refused" if challenge else "fact.stray-response"
        self._recorder.fact(fact, self._trunk_of(flow), now, {"detail": why}, flow=flow)
        agent = self._of_flow.get(flow.id)
        if challenge and agent is not None:
            agent.stray_challenge(response, host_port(flow.remote))

    def _transmit(self, flow: Flow, data: bytes, message: Message, retransmission: int, now: float) -> None:
        trunk = self._trunk_of(flow)
        if (
            flow.transport == "UDP"
            and len(data) > UDP_SAFE
            and isinstance(message, Request)
            and not retransmission
        ):
            self._say_large(flow, len(data), message, now)
        self._recorder.message("sent", trunk, flow, data, message, now=now, retransmission=retransmission)
        self._doors.transmit(flow, data)

    def _say_large(self, flow: Flow, octets: int, request: Request, now: float) -> None:
        """Say it once for each call, and for each trunk's registrations, which share a Call-ID."""
        call_id = printable(request.headers.get("Call-ID"))
        if call_id in self._large:
            return
        self._large.append(call_id)
        trunk = self._trunk_of(flow)
        self._recorder.fact("fact.large-udp", trunk, now, {"count": str(octets)}, flow=flow, call_id=call_id)
        self._doors.emit(
            LargeRequestNoticed(
                at=self._doors.wall(),
                trunk=trunk,
                call_id=call_id,
                method=printable(request.method),
                octets=octets,
            )
        )

    def _timed_out(
        self, transaction: str, request: Request, timer: str, transmissions: int, now: float
    ) -> None:
        call_id = printable(request.headers.get("Call-ID"))
        details = {"timer": timer, "count": str(transmissions), "method": printable(request.method)}
        fact = "fact.unacknowledged" if timer == "H" else "fact.timeout"
        self._recorder.fact(fact, "", now, details, call_id=call_id)
        if timer == "H":
            for call in [call for agent in self._roster.touch_busy() for call in agent.calls.values()]:
                call.unacknowledged(transaction, now)
            return
        self._failed(transaction, "silence", "", transmissions, now)

    def _failed(self, transaction: str, fault: Fault, detail: str, transmissions: int, now: float) -> None:
        """Tell the one trunk whose request it was."""
        for agent in self._agents.values():
            if agent.sent(transaction):
                self._rota.touch(agent)
                agent.failed(transaction, fault, detail, transmissions, now)
                return

    def _touched_by(self, flow: Flow) -> TrunkAgent | None:
        """The trunk a message from `flow` is for, which it may change."""
        agent = self._agent_of(flow)
        if agent is not None:
            self._rota.touch(agent)
        return agent

    def _trunk_of(self, flow: Flow) -> str:
        agent = self._agent_of(flow)
        return agent.trunk.name if agent is not None else ""
