"""What happens to a registration over a long life: sleep, other addresses, other servers, leftovers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tccc_desk.engine.awake import LEAST_S, SleepWatch, slept_clock
from tccc_desk.engine.commands import PlaceTestCall, RegisterTrunk, Shutdown, UnregisterTrunk, VerifyTrunk
from tccc_desk.engine.events import (
    BindingEstablished,
    BindingRefused,
    BindingRemoved,
    CallEnded,
    ContactChosen,
    CredentialsVerified,
    FlowLost,
    Noticed,
    RegistrationFailed,
    RegistrationStarted,
    StaleBindingRemoved,
)
from tccc_desk.sip.message import Request, Response, response_to
from tests.engine.test_registering import challenge, desk_with, registrar
from tests.helpers.simulation import Desk, Server, World

INSTANCE = "urn:uuid:6d0ac6b7-9d1c-4f8b-8a44-2f8f3a0a9f10"
OURS = "sip:gateway01@192.0.2.10:40000;transport=tcp"
Answers = Callable[[Request], list[Response]]


class Location:
    """A registrar that keeps what it is told, as RFC 3261 section 10.3 has it."""

    def __init__(self, *contacts: str, rewrite: Callable[[str], str] = lambda uri: uri) -> None:
        self.contacts = list(contacts)
        self.removals: list[str] = []
        self._rewrite = rewrite

    def answers(self, request: Request) -> list[Response]:
        if "Authorization" not in request.headers:
            return [challenge(request)]
        for value in request.headers.all("Contact"):
            uri = self._rewrite(value[1 : value.index(">")])
            asked = value.partition(";expires=")[2] or request.headers.get("Expires")
            if uri in self.contacts:
                self.contacts.remove(uri)
            if asked == "0":
                self.removals.append(uri)
            else:
                self.contacts.append(uri)
        listed = [("Contact", f"<{uri}>;expires=120") for uri in self.contacts]
        return [response_to(request, 200, to_tag="s", headers=listed)]


def registered(answers: Answers, **changes: object) -> Desk:
    desk = desk_with(answers, **changes)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    assert desk.said(BindingEstablished)
    return desk


def notices(desk: Desk) -> list[str]:
    return [event.finding for event in desk.said(Noticed) if isinstance(event, Noticed)]


# Leftovers


def test_the_contact_is_said_before_its_first_register() -> None:
    desk = desk_with(registrar)
    order: list[str] = []
    transmit, emit = desk.transmit, desk.emit
    desk.transmit = lambda flow, data: (order.append("sent"), transmit(flow, data))[1]  # type: ignore[method-assign]
    desk.emit = lambda event: (order.append(type(event).__name__), emit(event))[1]  # type: ignore[method-assign]
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    assert order.index("ContactChosen") < order.index("sent")
    assert [event.contact for event in desk.said(ContactChosen)] == [OURS]  # type: ignore[union-attr]
    desk.world.run(300, [desk])
    assert len(desk.said(ContactChosen)) == 1  # refreshes keep it


def test_a_binding_left_by_a_crash_is_removed_and_no_other() -> None:
    crashed, other = "sip:gateway01@192.0.2.10:51000;transport=tcp", "sip:gateway01@198.51.100.7:5060"
    location = Location(crashed, other)
    desk = desk_with(location.answers, former=(crashed, "not a uri \r\n", "sip:gateway01@192.0.2.10:1"))
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(200, [desk])
    assert location.removals == [crashed]
    assert location.contacts == [other, OURS]
    assert [event.contact for event in desk.said(StaleBindingRemoved)] == [crashed]  # type: ignore[union-attr]
    bound = desk.said(BindingEstablished)[0]
    assert isinstance(bound, BindingEstablished)
    assert bound.other_contacts == (f"<{other}>;expires=120",)
    assert "finding.register.stale-removed" in [entry.fact for entry in desk.trace]
    removal = next(one for one in desk.requests("REGISTER") if ";expires=0" in one.headers.get("Contact"))
    assert removal.headers.all("Contact") == (f"<{crashed}>;expires=0",)
    assert "Expires" not in removal.headers


def test_a_leftover_that_will_not_go_is_asked_to_once() -> None:
    crashed = "sip:gateway01@192.0.2.10:51000;transport=tcp"

    def answers(request: Request) -> list[Response]:
        if ";expires=0" in request.headers.get("Contact"):
            return [response_to(request, 403)]
        return registrar(request, "120", f"<{crashed}>;expires=60")

    desk = desk_with(answers, former=(crashed,))
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1000, [desk])
    assert sum(";expires=0" in one.headers.get("Contact") for one in desk.requests("REGISTER")) == 1
    assert not desk.said(StaleBindingRemoved)
    assert not desk.said(BindingRefused)
    assert len(desk.said(BindingEstablished)) > 5


def test_a_leftover_is_removed_before_an_early_shutdown_ends() -> None:
    crashed = "sip:gateway01@192.0.2.10:51000;transport=tcp"
    location = Location(crashed)
    desk = desk_with(location.answers, former=(crashed,))
    desk.tell(RegisterTrunk(trunk="t"))
    while not desk.said(BindingEstablished):
        desk.world.run(0.005, [desk])
    desk.tell(Shutdown())
    desk.world.run(3, [desk])
    assert desk.agent.finished
    assert location.contacts == []


def test_the_binding_of_a_flow_before_is_ours_and_goes() -> None:
    location = Location()
    desk = registered(location.answers)
    desk.local_port = 40002
    desk.lose_flow()
    desk.world.run(5, [desk])
    bound = desk.last(BindingEstablished)
    assert isinstance(bound, BindingEstablished)
    assert bound.other_contacts == ()
    assert location.removals == [OURS]
    assert location.contacts == ["sip:gateway01@192.0.2.10:40002;transport=tcp"]


def test_our_instance_is_sent_and_what_echoes_it_is_ours() -> None:
    former = f'<sip:gateway01@203.0.113.9:4444>;+sip.instance="<{INSTANCE}>";expires=44'
    other = '<sip:gateway01@203.0.113.8:4444>;+sip.instance="<urn:uuid:0>";expires=44'
    desk = desk_with(lambda request: registrar(request, "120", former, other), instance=INSTANCE)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(2, [desk])
    first = desk.requests("REGISTER")[0]
    assert first.headers.get("Contact") == f'<{OURS}>;+sip.instance="<{INSTANCE}>"'
    assert "Supported" not in first.headers
    bound = desk.last(BindingEstablished)
    assert isinstance(bound, BindingEstablished)
    assert bound.other_contacts == (other,)
    assert (
        desk.requests("REGISTER")[-1].headers.get("Contact") == "<sip:gateway01@203.0.113.9:4444>;expires=0"
    )


def test_verify_knows_what_was_ours() -> None:
    crashed = "sip:gateway01@192.0.2.10:51000;transport=tcp"
    location = Location(crashed, "sip:pbx@198.51.100.7")
    desk = desk_with(location.answers, former=(crashed,))
    desk.tell(VerifyTrunk(trunk="t"))
    desk.world.run(1, [desk])
    verified = desk.last(CredentialsVerified)
    assert isinstance(verified, CredentialsVerified)
    assert verified.contacts == ("<sip:pbx@198.51.100.7>;expires=120",)
    assert location.removals == []


# Rewritten on the way


def test_a_rewritten_contact_is_ours_and_said_once() -> None:
    rewritten = "sip:gateway01@203.0.113.5:61000"
    location = Location(rewrite=lambda _: rewritten)
    desk = registered(location.answers)
    desk.world.run(500, [desk])
    assert notices(desk) == ["finding.register.rewritten"]
    notice = desk.last(Noticed)
    assert isinstance(notice, Noticed)
    assert notice.details == {"contact": rewritten, "ours": OURS}
    assert not desk.said(RegistrationFailed)
    desk.tell(UnregisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    assert desk.requests("REGISTER")[-1].headers.get("Contact") == f"<{OURS}>"


def test_of_two_candidates_the_one_the_server_saw_us_at_is_ours() -> None:
    def answers(request: Request) -> list[Response]:
        via = request.headers.get("Via").replace(";rport", ";rport=61000;received=203.0.113.5")
        contacts = ["<sip:gateway01@198.51.100.7:5060>", "<sip:gateway01@203.0.113.5:61000>;expires=90"]
        answer = response_to(request, 200, headers=[("Contact", one) for one in contacts])
        return [Response(200, "OK", answer.headers.set("Via", via))]

    desk = registered(answers)
    bound = desk.last(BindingEstablished)
    assert isinstance(bound, BindingEstablished)
    assert (bound.granted_expires_s, bound.other_contacts) == (90, ("<sip:gateway01@198.51.100.7:5060>",))


def test_who_was_there_before_us_is_not_ours_rewritten() -> None:
    other = "<sip:gateway01@198.51.100.7:5060>;expires=60"

    def answers(request: Request) -> list[Response]:
        return [response_to(request, 200, headers=[("Contact", other)])]

    desk = desk_with(answers)
    desk.tell(VerifyTrunk(trunk="t"))
    desk.world.run(1, [desk])
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    failed = desk.last(RegistrationFailed)
    assert isinstance(failed, RegistrationFailed)
    assert failed.finding == "finding.register.not-granted"


# Sleep, addresses, cables


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_after_sleep_there_is_one_registration(transport: str) -> None:
    location = Location()
    desk = registered(location.answers, transport=transport)
    before = len(desk.requests("REGISTER"))
    desk.local_port = 40002
    desk.agent.woke(3600.0, desk.world.now)
    lost = desk.last(FlowLost)
    assert isinstance(lost, FlowLost)
    assert lost.fault == "slept"
    desk.world.run(30, [desk])
    bindings = [
        one for one in desk.requests("REGISTER")[before:] if ";expires=0" not in one.headers.get("Contact")
    ]
    assert len(bindings) == 1  # the nonce of before still counts
    assert len(desk.said(BindingEstablished)) == 2
    assert len(location.contacts) == 1


def test_waking_shortens_the_wait_for_the_next_try_but_not_what_a_server_asked_for() -> None:
    desk = desk_with(registrar)
    desk.reachable = False
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(400, [desk])
    desk.reachable = True
    desk.agent.woke(600.0, desk.world.now)
    desk.world.run(2, [desk])
    assert len(desk.said(BindingEstablished)) == 1

    busy = desk_with(lambda request: [response_to(request, 503, headers=[("Retry-After", "90")])])
    busy.tell(RegisterTrunk(trunk="t"))
    busy.world.run(1, [busy])
    busy.agent.woke(600.0, busy.world.now)
    busy.world.run(80, [busy])
    assert len(busy.requests("REGISTER")) == 1
    busy.world.run(15, [busy])
    assert len(busy.requests("REGISTER")) == 2


def test_a_woken_trunk_that_never_registered_stays_silent() -> None:
    desk = desk_with(registrar)
    desk.agent.woke(600.0, desk.world.now)
    desk.world.run(60, [desk])
    assert not desk.requests("REGISTER")


def test_another_source_address_is_one_new_registration() -> None:
    desk = registered(registrar)
    desk.agent.sources(lambda _: "192.0.2.10", desk.world.now)
    desk.agent.sources(lambda _: "", desk.world.now)  # the cable is out: nothing is known yet
    desk.agent.sources(lambda _: "192.0.2.10", desk.world.now)
    desk.world.run(5, [desk])
    assert not desk.said(FlowLost)
    desk.address = "192.0.2.99"
    for _ in range(4):
        desk.agent.sources(lambda _: "192.0.2.99", desk.world.now)
        desk.world.run(5, [desk])
    assert len(desk.said(FlowLost)) == 1
    assert len(desk.said(BindingEstablished)) == 2
    assert desk.last(ContactChosen).contact == "sip:gateway01@192.0.2.99:40000;transport=tcp"  # type: ignore[union-attr]


def test_a_cable_back_in_ends_the_wait() -> None:
    desk = registered(registrar)
    desk.reachable = False
    desk.lose_flow()
    desk.agent.sources(lambda _: "", desk.world.now)
    desk.world.run(400, [desk])
    desk.reachable = True
    desk.agent.sources(lambda _: "192.0.2.10", desk.world.now)
    desk.agent.sources(lambda _: "192.0.2.10", desk.world.now)
    desk.world.run(2, [desk])
    assert len(desk.said(BindingEstablished)) == 2


def test_a_lost_flow_during_a_verify_is_replaced_too() -> None:
    desk = registered(registrar)
    desk.tell(VerifyTrunk(trunk="t"))
    desk.lose_flow()
    assert len(desk.said(RegistrationFailed)) == 2  # of the query, and of the binding
    desk.world.run(5, [desk])
    assert len(desk.said(BindingEstablished)) == 2


def test_a_flow_lost_under_a_register_is_one_failure() -> None:
    desk = desk_with(lambda _: [])
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    desk.lose_flow()
    assert len(desk.said(RegistrationFailed)) == 1
    desk.world.run(3.5, [desk])
    assert len(desk.requests("REGISTER")) == 2


def test_sleep_is_what_one_clock_counts_and_the_other_does_not() -> None:
    total = 100.0
    watch = SleepWatch(lambda: total)
    assert watch.look() == 0
    total += LEAST_S / 2
    assert watch.look() == 0
    total += 3600
    assert watch.look() == 3600
    assert watch.look() == 0
    clock = slept_clock()
    assert clock() == pytest.approx(clock(), abs=0.5)


# Two servers


def test_a_backup_server_is_used_at_once_where_the_first_cannot_be_reached() -> None:
    desk = desk_with(registrar, backup_server="192.0.2.2", backup_port=35090)
    desk.down.add("192.0.2.1")
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    assert desk.said(BindingEstablished)
    assert not desk.said(RegistrationFailed)
    servers = [event.server for event in desk.said(RegistrationStarted)]  # type: ignore[union-attr]
    assert servers == ["192.0.2.1", "192.0.2.2"]
    assert notices(desk) == ["finding.register.other-server"]


@pytest.mark.parametrize("status", [0, 408, 503, 504])
def test_silence_and_trouble_lead_to_the_backup(status: int) -> None:
    def answers(request: Request) -> list[Response]:
        assert desk.flow is not None
        if desk.flow.remote[0] == "192.0.2.2":
            return registrar(request)
        return [response_to(request, status)] if status else []

    desk = desk_with(answers, backup_server="192.0.2.2")
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(40, [desk])
    bound = desk.last(BindingEstablished)
    assert isinstance(bound, BindingEstablished)
    assert bound.registers_sent == 3


@pytest.mark.parametrize("headers", [[], [("Retry-After", "90")]])
def test_a_refusal_or_a_time_to_come_back_is_no_reason_to_go_elsewhere(
    headers: list[tuple[str, str]],
) -> None:
    status = 503 if headers else 403
    desk = desk_with(
        lambda request: [response_to(request, status, headers=headers)], backup_server="192.0.2.2"
    )
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(80, [desk])
    assert desk.opened_to == ["192.0.2.1"]
    assert len(desk.requests("REGISTER")) == 1


def test_both_down_is_one_failure_a_round_and_growing_patience() -> None:
    desk = desk_with(registrar, backup_server="192.0.2.2")
    desk.reachable = False
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(600, [desk])
    failures = [event for event in desk.said(RegistrationFailed) if isinstance(event, RegistrationFailed)]
    assert [event.retry_in_s for event in failures][:3] == [3.0, 6.0, 12.0]
    assert desk.opened_to[:4] == ["192.0.2.1", "192.0.2.2"] * 2


def test_the_primary_is_tried_again_later_and_kept_away_from_while_it_fails() -> None:
    location = Location()
    desk = desk_with(location.answers, backup_server="192.0.2.2")
    desk.down.add("192.0.2.1")
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    kept = desk.flow
    desk.world.run(500, [desk])
    assert desk.opened_to == ["192.0.2.1", "192.0.2.2"]
    desk.world.run(300, [desk])  # past ten minutes the primary is asked for, in vain
    assert desk.opened_to == ["192.0.2.1", "192.0.2.2", "192.0.2.1"]
    assert desk.flow == kept
    assert not desk.closed_flows
    desk.down.clear()
    desk.local_port = 40002
    desk.world.run(900, [desk])
    assert desk.opened_to[3:] == ["192.0.2.1"]
    assert desk.closed_flows == [kept]
    assert location.contacts == ["sip:gateway01@192.0.2.10:40002;transport=tcp"]
    assert not desk.said(RegistrationFailed)


def test_registering_by_hand_goes_back_to_the_primary() -> None:
    desk = desk_with(registrar, backup_server="192.0.2.2")
    desk.down.add("192.0.2.1")
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    desk.down.clear()
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    assert desk.opened_to == ["192.0.2.1", "192.0.2.2", "192.0.2.1"]
    desk.tell(UnregisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    assert desk.said(BindingRemoved)


def test_a_call_without_registration_takes_the_backup_too() -> None:
    desk = Desk(World())
    Server(desk, lambda request: [response_to(request, 486)])
    desk.configure(backup_server="192.0.2.2", register=False)
    desk.down.add("192.0.2.1")
    desk.tell(PlaceTestCall(trunk="t", call="c", caller="1", line="2"))
    desk.world.run(5, [desk])
    ended = desk.last(CallEnded)
    assert isinstance(ended, CallEnded)
    assert ended.status == 486
    desk.lose_flow()
    desk.down.add("192.0.2.2")
    desk.tell(PlaceTestCall(trunk="t", call="d", caller="1", line="2"))
    desk.world.run(5, [desk])
    ended = desk.last(CallEnded)
    assert isinstance(ended, CallEnded)
    assert ended.fault == "refused"
    assert desk.opened_to == ["192.0.2.1", "192.0.2.2"] * 2


def test_302_says_where_it_points_and_is_not_followed() -> None:
    pointed = [("Contact", "<sip:203.0.113.77:5060>"), ("Contact", "<sip:203.0.113.78>")]
    desk = desk_with(lambda request: [response_to(request, 302, headers=pointed)])
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(3600, [desk])
    refused = desk.last(BindingRefused)
    assert isinstance(refused, BindingRefused)
    assert (refused.finding, refused.details["contact"]) == (
        "finding.register.redirected",
        "<sip:203.0.113.77:5060>",
    )
    assert len(desk.requests("REGISTER")) == 1
