"""OPTIONS with its latency, and the word before a request that is large for UDP."""

from __future__ import annotations

import pytest

from tccc_desk.engine.commands import MeasureLatency, PlaceTestCall, RegisterTrunk
from tccc_desk.engine.events import (
    CallEnded,
    Event,
    FlowLost,
    LargeRequestNoticed,
    LatencyMeasured,
    RegistrationFailed,
    Traced,
)
from tccc_desk.sip.message import Request, Response, response_to
from tests.helpers.simulation import DOMAIN, Desk, Server, World


def measured(desk: Desk) -> list[LatencyMeasured]:
    return [event for event in desk.said(LatencyMeasured) if isinstance(event, LatencyMeasured)]


@pytest.mark.parametrize("status", [200, 401, 405, 483, 503])
def test_any_final_answer_measures(status: int) -> None:
    desk = Desk(World())
    Server(desk, lambda request: [response_to(request, 100), response_to(request, status)])
    desk.configure()
    desk.tell(MeasureLatency(trunk="t"))
    desk.world.run(60, [desk])
    (one,) = measured(desk)
    assert (one.status, one.trunk) == (status, "t")
    assert one.milliseconds == pytest.approx(20)
    (options,) = desk.requests("OPTIONS")
    assert options.uri == f"sip:{DOMAIN}"
    assert options.headers.get("To") == f"<sip:{DOMAIN}>"
    assert "Authorization" not in options.headers


def test_measurements_follow_each_other_until_told_to_stop() -> None:
    desk = Desk(World())
    Server(desk, lambda request: [response_to(request, 200)])
    desk.configure()
    desk.tell(MeasureLatency(trunk="t", every_s=30))
    desk.world.run(95, [desk])
    assert len(measured(desk)) == 4
    desk.tell(MeasureLatency(trunk="t", every_s=0))
    desk.world.run(300, [desk])
    assert len(measured(desk)) == 4
    desk.tell(MeasureLatency(trunk="t", every_s=0.001))
    desk.world.run(14, [desk])
    assert len(measured(desk)) == 7  # no more often than every 5 s


def test_no_answer_is_information_and_closes_nothing() -> None:
    desk = Desk(World())
    Server(desk, lambda request: [])
    desk.configure()
    desk.tell(MeasureLatency(trunk="t"))
    desk.world.run(60, [desk])
    (one,) = measured(desk)
    assert (one.milliseconds, one.status) == (None, 0)
    assert (desk.closed_flows, desk.blamed_flows) == ([], [])
    assert desk.said(FlowLost) + desk.said(RegistrationFailed) == []


def test_a_flow_that_breaks_or_never_opens_measures_nothing() -> None:
    desk = Desk(World())
    Server(desk, lambda request: [])
    desk.configure()
    desk.tell(MeasureLatency(trunk="t", every_s=600))
    desk.world.run(1, [desk])
    desk.lose_flow()
    desk.world.run(1, [desk])
    assert [one.milliseconds for one in measured(desk)] == [None]
    desk.reachable = False
    desk.tell(MeasureLatency(trunk="t"))
    desk.world.run(1, [desk])
    assert [one.milliseconds for one in measured(desk)] == [None, None]


def test_a_silent_server_is_blamed_for_a_silent_registration() -> None:
    desk = Desk(World())
    Server(desk, lambda request: [])
    desk.configure(transport="udp")
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(33, [desk])
    assert len(desk.blamed_flows) == 1
    assert desk.closed_flows == desk.blamed_flows


def noticed(desk: Desk) -> list[LargeRequestNoticed]:
    return [event for event in desk.said(LargeRequestNoticed) if isinstance(event, LargeRequestNoticed)]


def asks_for_a_password(request: Request) -> list[Response]:
    if request.method == "INVITE" and "Proxy-Authorization" not in request.headers:
        value = f'Digest realm="{DOMAIN}", nonce="{"n" * 80}", qop="auth", algorithm=MD5'
        return [response_to(request, 407, to_tag="s", headers=[("Proxy-Authenticate", value)])]
    return [response_to(request, 486, to_tag="s")]


@pytest.mark.parametrize(("transport", "times"), [("udp", 1), ("tcp", 0), ("tls", 0)])
def test_a_large_request_is_said_once_a_call_before_it_leaves(transport: str, times: int) -> None:
    desk = Desk(World())
    order: list[str] = []
    Server(desk, asks_for_a_password)
    transmit, emit = desk.transmit, desk.emit

    def noting(flow: object, data: bytes) -> None:
        order.append("sent" if data.startswith(b"INVITE") and len(data) > 1300 else "")
        transmit(flow, data)  # type: ignore[arg-type]

    def saying(event: Event) -> None:
        order.append("said" if isinstance(event, LargeRequestNoticed) else "")
        emit(event)

    desk.transmit = noting  # type: ignore[method-assign]
    desk.emit = saying  # type: ignore[method-assign]
    desk.configure(transport=transport)
    for name in ("one", "two"):
        desk.tell(
            PlaceTestCall(
                trunk="t",
                call=name,
                caller="13900000001",
                line="075512345600",
                headers=(("X-Long", "x" * 900),),
            )
        )
        desk.world.run(60, [desk])
    assert len(desk.said(CallEnded)) == 2
    assert len(noticed(desk)) == 2 * times
    if times:
        first = noticed(desk)[0]
        assert (first.method, first.trunk) == ("INVITE", "t")
        assert first.octets > 1300
        assert [step for step in order if step][:3] == ["said", "sent", "sent"]
        facts = [
            entry
            for event in desk.said(Traced)
            if isinstance(event, Traced)
            for entry in event.entries
            if entry.fact == "fact.large-udp"
        ]
        assert [entry.call_id for entry in facts] == [one.call_id for one in noticed(desk)]
