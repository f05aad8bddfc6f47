"""Two user agents back to back in memory: a seeded network that loses, repeats and reorders, no clock.

The transaction users here do as little as a call needs, so that what is tested is the endpoints.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.endpoint import Endpoint
from tccc_desk.sip.flow import Flow, Transport
from tccc_desk.sip.message import parse_message, response_to
from tccc_desk.sip.outputs import (
    AckReceived,
    Cancelled,
    Output,
    RequestReceived,
    ResponseReceived,
    StrayResponse,
    TransactionFailed,
    TransactionTimedOut,
    Transmit,
)
from tests.helpers.sip_wire import request, tokens


@dataclass(frozen=True, slots=True)
class Faults:
    """What the network does to a datagram: probabilities, and seconds of delay."""

    loss: float = 0.0
    repeat: float = 0.0
    delay: tuple[float, float] = (0.01, 0.01)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the two users want; seconds from the start, or from what went before."""

    answer: int | None = 200
    """Final status of the callee; None rings for ever."""
    ring_s: float = 0.3
    answer_s: float = 1.0
    cancel_at: float | None = None
    talk_s: float = 1.0
    callee_hangs_up: bool = False
    lose_flow_at: float | None = None


class End:
    """One side: an endpoint, its flow, and what its user has seen."""

    def __init__(self, pair: Pair, name: str, flow: Flow, plan: Plan) -> None:
        self.endpoint = Endpoint(token=tokens(name))
        self.flow = flow
        self.pair = pair
        self.plan = plan
        self.dialog: Dialog | None = None
        self.finals: list[int] = []
        self.invites: list[str] = []
        self.byes = 0
        self.acks = 0
        self.timeouts: list[str] = []
        self.failures = 0
        self.strays: list[str] = []
        self.ended = False

    def drain(self) -> None:
        """Carry out what the endpoint says until it is silent."""
        while outputs := self.endpoint.outputs():
            for output in outputs:
                self._take(output)

    def hang_up(self) -> None:
        """Send the one BYE of this side."""
        if self.dialog is None or self.ended:
            return
        self.ended = True
        self.dialog, bye = self.dialog.request("BYE", contact="")
        self.endpoint.send(bye, self.flow, self.pair.now)

    def _take(self, output: Output) -> None:
        match output:
            case Transmit(data=data):
                self.pair.carry(self, data)
            case TransactionTimedOut(timer=timer):
                self.timeouts.append(timer)
                if timer == "H":
                    self.hang_up()
            case TransactionFailed():
                self.failures += 1
            case StrayResponse(why=why):
                self.strays.append(why)
            case RequestReceived(transaction, received, _) if received.method == "BYE":
                self.byes += 1
                self.ended = True
                self.endpoint.respond(transaction, response_to(received, 200), self.pair.now)
            case _:
                self.heard(output)

    def heard(self, output: Output) -> None:
        """Take what only one of the two sides understands."""


class Caller(End):
    invite = ""

    def call(self) -> None:
        self.invite = self.endpoint.send(request("INVITE"), self.flow, self.pair.now)
        if self.plan.cancel_at is not None:
            self.pair.at(self.pair.now + self.plan.cancel_at, self, self._cancel)

    def _cancel(self) -> None:
        self.endpoint.cancel(self.invite, self.pair.now)

    def heard(self, output: Output) -> None:
        if not isinstance(output, ResponseReceived) or output.response.status < 200:
            return
        status = output.response.status
        if output.request.method != "INVITE":
            return
        self.finals.append(status)
        if status >= 300:
            return
        if self.dialog is None:
            self.dialog = Dialog.from_response(output.request, output.response)
            cancelled = self.plan.cancel_at is not None
            if cancelled or not self.plan.callee_hangs_up:
                self.pair.at(self.pair.now + (0 if cancelled else self.plan.talk_s), self, self.hang_up)
        _, ack = self.dialog.request("ACK", contact="", cseq=1)
        self.endpoint.send_ack(ack, self.flow, self.pair.now)


class Callee(End):
    waiting = ""
    confirmed = False

    def heard(self, output: Output) -> None:
        match output:
            case RequestReceived(transaction, invite, _):
                self.invites.append(transaction)
                self.waiting = transaction
                self.pair.at(self.pair.now + self.plan.ring_s, self, lambda: self._answer(output, 180))
                if self.plan.answer is not None:
                    status = self.plan.answer
                    self.pair.at(
                        self.pair.now + self.plan.answer_s, self, lambda: self._answer(output, status)
                    )
            case AckReceived():
                self.acks += 1
                if not self.confirmed:
                    self.confirmed = True
                    if self.plan.callee_hangs_up:
                        self.pair.at(self.pair.now + self.plan.talk_s, self, self.hang_up)
            case Cancelled(transaction, invite):
                if self.waiting == transaction:
                    self.waiting = ""
                    self.endpoint.respond(
                        transaction, response_to(invite, 487, to_tag="callee"), self.pair.now
                    )
                    self.finals.append(487)

    def _answer(self, received: RequestReceived, status: int) -> None:
        if self.waiting != received.transaction:
            return
        contact = [("Contact", "<sip:callee@192.0.2.2>")]
        response = response_to(received.request, status, to_tag="callee", headers=contact)
        self.endpoint.respond(received.transaction, response, self.pair.now)
        if status >= 200:
            self.waiting = ""
            self.finals.append(status)
        if 200 <= status < 300:
            self.dialog = Dialog.from_request(received.request, "callee")


class Pair:
    """The network between them and its time."""

    def __init__(self, seed: int, faults: Faults, plan: Plan, transport: Transport = "UDP") -> None:
        self.now = 0.0
        self._random = Random(seed)
        self._faults = faults
        self._order = itertools.count()
        self._queue: list[tuple[float, int, End, Callable[[], None]]] = []
        a, b = ("192.0.2.1", 5060), ("192.0.2.2", 35090)
        self.caller = Caller(self, "caller", Flow(1, transport, a, b), plan)
        self.callee = Callee(self, "callee", Flow(2, transport, b, a), plan)
        if plan.lose_flow_at is not None:
            for end in (self.caller, self.callee):
                self.at(plan.lose_flow_at, end, partial(self._lose, end))

    def at(self, time: float, end: End, action: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (time, next(self._order), end, action))

    def carry(self, sender: End, data: bytes) -> None:
        receiver = self.callee if sender is self.caller else self.caller
        copies = 0 if self._random.random() < self._faults.loss else 1
        copies += self._random.random() < self._faults.repeat
        for _ in range(copies):
            delay = self._random.uniform(*self._faults.delay)
            self.at(self.now + delay, receiver, lambda: self._arrive(receiver, data))

    def _lose(self, end: End) -> None:
        end.endpoint.flow_lost(end.flow.id, "closed", "", self.now)

    def _arrive(self, end: End, data: bytes) -> None:
        end.endpoint.receive(parse_message(data), end.flow, self.now)

    def run(self, until: float = 1000.0) -> None:
        """Call, then live until nothing is left to happen."""
        self.at(0.0, self.caller, self.caller.call)
        ends = (self.caller, self.callee)
        while True:
            due = [(end.endpoint.deadline(), end) for end in ends]
            timers = [(time, end) for time, end in due if time is not None]
            timer = min(timers, key=lambda pair: pair[0], default=None)
            if self._queue and (timer is None or self._queue[0][0] <= timer[0]):
                self.now, _, end, action = heapq.heappop(self._queue)
                action()
            elif timer is not None:
                self.now, end = timer
                end.endpoint.advance(self.now)
            else:
                return
            assert self.now < until, "the two never come to rest"
            end.drain()
