"""Trunk checks in simulated time: every fault of the table, and what a check must never do."""

from __future__ import annotations

import pytest

from tccc_desk.diagnosis import wording
from tccc_desk.diagnosis.stages import STAGES
from tccc_desk.engine.commands import (
    ConfigureTrunk,
    ForgetTrunk,
    RegisterTrunk,
    RunCheck,
    Shutdown,
    StopCheck,
)
from tccc_desk.engine.events import (
    BindingEstablished,
    BindingRefused,
    BindingRemoved,
    CheckFinished,
    CheckStageChanged,
    CommandRefused,
)
from tccc_desk.engine.probe import Probe
from tccc_desk.sip.message import Request
from tests.helpers.check_cases import CASES, Case, run
from tests.helpers.checking import CheckDesk, Registrar
from tests.helpers.simulation import PASSWORD, World, trunk_named


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_a_fault_is_named_with_its_side(case: Case) -> None:
    desk, finished = run(case)
    verdict = finished.verdict
    assert (verdict.id, verdict.side, verdict.document_step) == (case.id, case.side, case.step)
    assert desk.credentialed <= case.passwords
    found = {one.id for one in finished.findings}
    assert set(case.finds) <= found
    assert not set(case.lacks) & found
    assert len(desk.verdicts()) == 1
    assert set(desk.stages()) == set(STAGES)
    reached = [stage for stage, one in desk.stages().items() if one.state != "skipped"]
    assert reached == sorted(reached, key=STAGES.index)
    for language in ("en", "zh"):
        said = [wording.said(verdict, language), wording.to_do(verdict, language)]
        said += [wording.sentence(one, language) for one in finished.findings]
        said += [
            wording.stage_sentence(one.state, one.finding, one.details, language)
            for one in desk.stages().values()
        ]
        assert not [one for one in said if "{" in one or not one]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_a_check_leaves_nothing_behind(case: Case) -> None:
    desk, _ = run(case)
    desk.world.run(60.0, [desk])
    assert set(desk.agent._agents) == {"t"}
    assert not desk.agent._agents["t"].calls
    assert not any(getattr(one, "trunk", "").count("\0") for one in desk.events)
    assert not any("\0" in entry.trunk for entry in desk.trace)
    registers = [one for one in desk.sent if isinstance(one, Request) and one.method == "REGISTER"]
    with_contact = [one for one in registers if "Contact" in one.headers]
    refused = not desk.said(BindingEstablished) and desk.said(BindingRefused)
    assert not with_contact or refused or _removes(with_contact[-1])
    assert not any(one.headers.get("Contact") == "*" for one in registers)


def _removes(request: Request) -> bool:
    return request.headers.get("Expires") == "0" or "expires=0" in request.headers.get("Contact")


@pytest.mark.parametrize("proved", [401, 403])
def test_after_a_rejection_no_password_is_shown_again(proved: int) -> None:
    world, server = World(), Registrar()
    server.proved = proved
    desk = CheckDesk(world, server)
    desk.configure()
    desk.check(caller="13800138000", line="075512345600", wait_inbound_s=30.0)
    world.run(600.0, [desk])
    assert desk.credentialed == 1
    assert desk.requests("INVITE") == []


def test_probes_never_hold_a_password() -> None:
    desk, _ = run(CASES[0])
    assert all(
        "Authorization" not in one.headers
        for one in desk.sent
        if isinstance(one, Request) and (one.method == "OPTIONS" or "UDP" in one.headers.get("Via"))
    )


def test_silence_is_judged_in_time() -> None:
    world, server = World(), Registrar()
    server.silent = {"udp", "tcp", "tls"}
    desk = CheckDesk(world, server)
    desk.configure(transport="udp")
    began = world.now
    desk.tell(RunCheck(trunk="t", check="c"))
    while not desk.verdicts():
        world.run(0.5, [desk])
    assert world.now - began <= 16.0


def test_silence_all_along_takes_45_seconds_at_most() -> None:
    world, server = World(), Registrar()
    server.options, server.bound = None, None
    desk = CheckDesk(world, server)
    desk.delay_s = {"REGISTER": 9.0}
    desk.configure()
    began = world.now
    desk.tell(RunCheck(trunk="t", check="c"))
    while not desk.verdicts():
        world.run(0.5, [desk])
    assert world.now - began <= 45.5


def test_a_trunk_that_was_registered_stays_so() -> None:
    world = World()
    desk = CheckDesk(world, Registrar())
    desk.configure()
    desk.tell(RegisterTrunk(trunk="t"))
    world.run(5.0, [desk])
    assert desk.check(20.0).verdict.id == "registered"
    assert desk.said(BindingRemoved) == []


def test_evidence_points_into_the_log() -> None:
    desk, _ = run(CASES[0])
    desk._collect()
    by_number = {entry.number: entry for entry in desk.trace}
    stages = desk.stages()
    assert {by_number[one].method for one in stages["options"].evidence} == {"OPTIONS"}
    assert {by_number[one].status for one in stages["challenge"].evidence} == {0, 401}
    assert 200 in {by_number[one].status for one in stages["registration"].evidence}


def test_what_cannot_be_checked_is_refused() -> None:
    world = World()
    desk = CheckDesk(world, Registrar())
    desk.configure()
    desk.tell(RunCheck(trunk="nobody", check="c"))
    desk.tell(RunCheck(trunk="t", check=""))
    desk.tell(RunCheck(trunk="t", check="c", ring_timeout_s=0.0))
    desk.tell(StopCheck(check="c"))
    desk.tell(RunCheck(trunk="t", check="c"))
    desk.tell(RunCheck(trunk="t", check="c"))
    desk.tell(RunCheck(trunk="t", check="d"))
    assert [(one.field, one.finding.rpartition(".")[2]) for one in desk.said(CommandRefused)] == [
        ("trunk", "unknown-trunk"),
        ("check", "check-exists"),
        ("seconds", "bad-value"),
        ("check", "unknown-check"),
        ("check", "check-exists"),
        ("trunk", "check-runs"),
    ]


@pytest.mark.parametrize(
    "command",
    [
        Shutdown(),
        ForgetTrunk(trunk="t"),
        ConfigureTrunk(trunk=trunk_named("t"), password=PASSWORD),
    ],
    ids=lambda command: type(command).__name__,
)
@pytest.mark.parametrize("after_s", [0.0, 0.015, 0.05, 0.2, 1.0, 3.0])
def test_a_check_ends_with_its_trunk(
    command: Shutdown | ForgetTrunk | ConfigureTrunk, after_s: float
) -> None:
    world, server = World(), Registrar()
    server.invite = [100, 180]
    desk = CheckDesk(world, server)
    desk.configure()
    desk.tell(RunCheck(trunk="t", check="c", caller="13800138000", line="075512345600"))
    world.run(after_s, [desk])
    desk.tell(command)
    assert [one.verdict.id for one in desk.events if isinstance(one, CheckFinished)] == ["stopped"]
    world.run(60.0, [desk])
    assert not [agent for agent in desk.agent._agents.values() if isinstance(agent, Probe)]


def test_stages_begin_before_they_end() -> None:
    desk, _ = run(CASES[0])
    running: list[str] = []
    for one in desk.events:
        if isinstance(one, CheckStageChanged) and one.state == "running":
            running.append(one.stage)
        elif isinstance(one, CheckStageChanged) and one.state not in {"skipped", "running"}:
            assert one.stage in running


def test_a_checks_call_goes_by_the_trunks_rule() -> None:
    world = World()
    desk = CheckDesk(world, Registrar())
    desk.configure(number_rule="plus")
    desk.check(caller="13800138000", line="075583765566")
    invite = next(one for one in desk.sent if isinstance(one, Request) and one.method == "INVITE")
    assert invite.uri.startswith("sip:+8675583765566@")
    assert "sip:+8613800138000@" in invite.headers.get("From")


def test_a_prefix_that_reaches_an_emergency_service_is_bad_input() -> None:
    world = World()
    desk = CheckDesk(world, Registrar())
    desk.configure(number_prefix="1")
    finished = desk.check(caller="13800138000", line="10")
    assert finished.verdict.id == "input"
    assert not any(isinstance(one, Request) and one.method == "INVITE" for one in desk.sent)
