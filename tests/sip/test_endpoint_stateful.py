"""Any order of wishes, messages, losses and time: the endpoint keeps its promises."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tccc_desk.sip.errors import LocalProtocolError
from tccc_desk.sip.message import Request, Response, parse_message, response_to
from tccc_desk.sip.outputs import (
    Cancelled,
    RequestReceived,
    ResponseReceived,
    StrayResponse,
    TransactionFailed,
    TransactionTimedOut,
    Transmit,
)
from tests.helpers.sip_wire import TCP, UDP, endpoint, incoming, request

FLOWS = st.sampled_from([UDP, TCP])
LIMIT = 6


class Life(RuleBasedStateMachine):
    """Drives one endpoint, and counts what it hands out."""

    def __init__(self) -> None:
        super().__init__()
        self.ua = endpoint(max_server_transactions=LIMIT)
        self.now = 0.0
        self.sent: dict[str, Transmit] = {}
        self.open: dict[str, Request] = {}
        self.answered: set[str] = set()
        self.outcomes: Counter[str] = Counter()
        self.cancelled: Counter[str] = Counter()

    def drain(self) -> list[object]:
        outputs = self.ua.outputs()
        for output in outputs:
            match output:
                case Transmit(data=data, message=message):
                    parsed = parse_message(data)  # whatever we send, a strict parser takes
                    assert type(parsed) is type(message)
                case ResponseReceived(transaction, sent, response, _) if response.status >= 200:
                    assert sent.method != "CANCEL"
                    if sent.method != "INVITE" or response.status >= 300:
                        self.outcomes[transaction] += 1
                case TransactionTimedOut(transaction, sent, timer, _):
                    assert sent.method != "CANCEL"
                    if timer != "H":
                        self.outcomes[transaction] += 1
                case TransactionFailed(transaction, _, fault, _):
                    assert fault == "closed"
                    self.outcomes[transaction] += 1
                case RequestReceived(transaction, received, _):
                    assert received.method not in {"ACK", "CANCEL"}
                    self.open[transaction] = received
                    self.answered.discard(transaction)
                    self.cancelled[transaction] = 0
                case Cancelled(transaction, _):
                    self.cancelled[transaction] += 1
        return list(outputs)

    @rule(method=st.sampled_from(["INVITE", "BYE", "REGISTER"]), flow=FLOWS)
    def send(self, method: str, flow: object) -> None:
        id = self.ua.send(request(method), flow, self.now)  # type: ignore[arg-type]
        (transmit,) = [output for output in self.drain() if isinstance(output, Transmit)]
        self.sent[id] = transmit

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), status=st.sampled_from([100, 180, 200, 407, 486, 503]), tag=st.sampled_from("ab"))
    def response_arrives(self, data: st.DataObject, status: int, tag: str) -> None:
        transmit = self.sent[data.draw(st.sampled_from(sorted(self.sent)))]
        assert isinstance(transmit.message, Request)
        self.ua.receive(response_to(transmit.message, status, to_tag=tag), transmit.flow, self.now)
        self.drain()

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), broken=st.sampled_from(["branch", "flow", "call-id", "from-tag"]))
    def foreign_response_arrives(self, data: st.DataObject, broken: str) -> None:
        transmit = self.sent[data.draw(st.sampled_from(sorted(self.sent)))]
        assert isinstance(transmit.message, Request)
        ok = response_to(transmit.message, 200, to_tag="x")
        headers, flow = ok.headers, transmit.flow
        if broken == "branch":
            headers = headers.set("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKforeign")
        elif broken == "flow":
            flow = TCP if flow is UDP else UDP
        elif broken == "call-id":
            headers = headers.set("Call-ID", "foreign")
        else:
            headers = headers.set("From", "<sip:a@b>;tag=foreign")
        self.ua.receive(Response(200, "OK", headers), flow, self.now)
        outputs = self.drain()
        assert [type(output) for output in outputs] == [StrayResponse]

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.sent)))
        if id.endswith("/INVITE"):
            self.ua.cancel(id, self.now)
            self.drain()

    @rule(
        method=st.sampled_from(["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"]),
        branch=st.sampled_from(["z9hG4bK1", "z9hG4bK2", "z9hG4bK3", "old", "z9hG4bK"]),
        to_tag=st.sampled_from(["", "ours"]),
        number=st.integers(1, 2),
        flow=FLOWS,
    )
    def request_arrives(self, method: str, branch: str, to_tag: str, number: int, flow: object) -> None:
        via = f"SIP/2.0/UDP 198.51.100.7:35090;branch={branch}"
        before = self.ua.pending(UDP.id) + self.ua.pending(TCP.id)
        message = incoming(method, via=via, to_tag=to_tag, number=number)
        self.ua.receive(message, flow, self.now)  # type: ignore[arg-type]
        self.drain()
        if method in {"ACK", "CANCEL"}:
            assert self.ua.pending(UDP.id) + self.ua.pending(TCP.id) <= before

    @precondition(lambda self: self.open)
    @rule(data=st.data(), status=st.sampled_from([180, 200, 486]), copy=st.booleans())
    def respond(self, data: st.DataObject, status: int, copy: bool) -> None:
        id = data.draw(st.sampled_from(sorted(self.open)))
        response = response_to(self.open[id], status, to_tag="ours")
        try:
            self.ua.respond(id, response, self.now, reliable_copy=copy)
        except LocalProtocolError:
            assert id in self.answered, "only a second final answer is refused"
        if status >= 200:
            self.answered.add(id)
        self.drain()

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        self.ua.acknowledged(data.draw(st.sampled_from(sorted(self.open))), self.now)
        self.drain()

    @rule(seconds=st.sampled_from([0.0, 0.2, 0.5, 3.0, 5.0, 31.0, 600.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.ua.advance(self.now)
        self.drain()
        deadline = self.ua.deadline()
        assert deadline is None or deadline > self.now

    @rule(flow=FLOWS)
    def flow_is_lost(self, flow: object) -> None:
        self.ua.flow_lost(flow.id, "closed", "", self.now)  # type: ignore[attr-defined]
        self.drain()
        assert self.ua.pending(flow.id) == 0  # type: ignore[attr-defined]

    @invariant()
    def every_client_transaction_has_at_most_one_outcome(self) -> None:
        assert all(count == 1 for count in self.outcomes.values())

    @invariant()
    def a_cancel_is_reported_once(self) -> None:
        assert all(count <= 1 for count in self.cancelled.values())

    @invariant()
    def server_transactions_are_bounded(self) -> None:
        assert len(self.ua._servers) <= LIMIT

    @invariant()
    def timers_belong_to_living_transactions(self) -> None:
        living = set(self.ua._clients) | set(self.ua._servers)
        assert {owner for owner, _ in self.ua.agenda._due} <= living
        assert set(self.ua._accepted.values()) <= living

    def teardown(self) -> None:
        """Answer what is unanswered; then time alone must end everything but an INVITE that rings."""
        for id, received in self.open.items():
            if id not in self.answered:
                self.ua.respond(id, response_to(received, 486, to_tag="ours"), self.now)
        for id in self.sent:
            if id.endswith("/INVITE"):
                self.ua.cancel(id, self.now)
        while (deadline := self.ua.deadline()) is not None:
            self.ua.advance(deadline)
        self.drain()
        assert self.ua.pending(UDP.id) == self.ua.pending(TCP.id) == 0
        assert self.ua._accepted == {}


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_9_1_the_branch_of_every_transaction_is_fresh() -> None:
    ua = endpoint()
    ua._token = lambda: "always-the-same-token"
    ua.send(request(), UDP, 0.0)
    with pytest.raises(LocalProtocolError, match="not fresh"):
        ua.send(request(), UDP, 0.0)
