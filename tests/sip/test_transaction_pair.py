"""Two user agents over a network that loses, repeats and reorders: both always come to rest."""

from __future__ import annotations

from random import Random

import pytest

from tccc_desk.sip.flow import Transport
from tests.helpers.sip_pair import Faults, Pair, Plan

CLEAN = Faults()
JUMBLED = Faults(repeat=0.4, delay=(0.0, 1.5))
LOSSY = Faults(loss=0.3, repeat=0.2, delay=(0.0, 1.0))
DEAD = Faults(loss=1.0)


def at_rest(pair: Pair) -> None:
    """Hold what must be true however a call went."""
    for end in (pair.caller, pair.callee):
        assert end.endpoint.pending(end.flow.id) == 0
        assert end.endpoint.deadline() is None
        assert len(end.endpoint.agenda) == 0
        assert end.endpoint._accepted == {}
    caller, callee = pair.caller, pair.callee
    assert len(callee.invites) <= 1, "a repeated INVITE was handed up as a new one"
    assert len(callee.finals) <= 1
    successes = [status for status in caller.finals if status < 300]
    rejections = [status for status in caller.finals if status >= 300]
    reports = len(rejections) + bool(successes) + caller.timeouts.count("B")
    if caller.failures == 0:
        assert reports == 1, "an INVITE has one outcome"
    assert set(caller.finals) <= set(callee.finals)
    assert caller.byes + callee.byes <= 2


def run(seed: int, faults: Faults, plan: Plan, transport: Transport = "UDP") -> Pair:
    pair = Pair(seed, faults, plan, transport)
    pair.run()
    at_rest(pair)
    return pair


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("callee_hangs_up", [False, True])
def test_13_and_15_a_call_on_a_clean_network(transport: Transport, callee_hangs_up: bool) -> None:
    pair = run(1, CLEAN, Plan(callee_hangs_up=callee_hangs_up), transport)
    assert pair.caller.finals == [200]
    assert pair.callee.acks == 1
    assert (pair.caller.byes, pair.callee.byes) == ((1, 0) if callee_hangs_up else (0, 1))
    assert pair.caller.timeouts == pair.callee.timeouts == []
    assert pair.caller.strays == pair.callee.strays == []


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_17_a_rejection_on_a_clean_network(transport: Transport) -> None:
    pair = run(1, CLEAN, Plan(answer=486), transport)
    assert pair.caller.finals == [486]
    assert pair.callee.acks == 0
    assert pair.callee.timeouts == []


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_9_a_cancel_on_a_clean_network(transport: Transport) -> None:
    pair = run(1, CLEAN, Plan(answer=None, cancel_at=5.0), transport)
    assert pair.caller.finals == [487]
    assert pair.callee.timeouts == []


def test_17_1_1_2_nobody_there_ends_with_timer_b() -> None:
    pair = run(1, DEAD, Plan())
    assert pair.caller.timeouts == ["B"]
    assert pair.callee.invites == []


@pytest.mark.parametrize("seed", range(100))
def test_13_a_call_over_a_network_that_repeats_and_reorders(seed: int) -> None:
    pair = run(seed, JUMBLED, Plan(callee_hangs_up=seed % 2 == 0))
    assert set(pair.caller.finals) == {200}
    assert pair.callee.acks >= 1
    assert pair.caller.byes + pair.callee.byes == 1
    assert pair.caller.timeouts == pair.callee.timeouts == []


@pytest.mark.parametrize("seed", range(100))
def test_17_a_rejection_over_a_network_that_repeats_and_reorders(seed: int) -> None:
    pair = run(seed, JUMBLED, Plan(answer=503))
    assert pair.caller.finals == [503]
    assert pair.callee.timeouts == []


@pytest.mark.parametrize("seed", range(150))
def test_13_a_call_over_a_network_that_loses(seed: int) -> None:
    pair = run(seed, LOSSY, Plan(callee_hangs_up=seed % 2 == 0))
    assert set(pair.caller.finals) == {200}
    assert pair.callee.acks >= 1


@pytest.mark.parametrize("seed", range(50))
def test_17_1_1_2_a_rejection_over_a_network_that_loses_is_always_acknowledged(seed: int) -> None:
    pair = run(seed, LOSSY, Plan(answer=486))
    assert pair.caller.finals == [486]
    assert pair.callee.timeouts == []


@pytest.mark.parametrize("seed", range(150))
def test_9_1_a_cancel_that_may_cross_the_answer(seed: int) -> None:
    random = Random(seed)
    plan = Plan(
        answer=random.choice([200, 200, 486, None]),
        answer_s=random.uniform(0.0, 2.0),
        ring_s=random.uniform(0.0, 0.5),
        cancel_at=random.uniform(0.0, 3.0),
    )
    pair = run(seed, random.choice([CLEAN, JUMBLED, LOSSY]), plan)
    if 200 in pair.caller.finals:
        assert pair.caller.ended, "a 2xx that crossed the CANCEL wants a BYE (section 15)"


def test_9_1_over_the_seeds_each_outcome_of_the_crossing_happens() -> None:
    seen = set()
    for seed in range(60):
        random = Random(seed)
        plan = Plan(answer_s=1.0, cancel_at=random.uniform(0.5, 1.5))
        seen |= set(run(seed, JUMBLED, plan).caller.finals)
    assert seen == {200, 487}


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("seed", range(60))
def test_17_a_flow_lost_at_any_moment_leaves_nothing(seed: int, transport: Transport) -> None:
    random = Random(seed)
    plan = Plan(
        answer=random.choice([200, 486, None]),
        cancel_at=random.choice([None, 1.5]),
        lose_flow_at=random.uniform(0.0, 6.0),
    )
    pair = Pair(seed, CLEAN if transport == "TCP" else LOSSY, plan, transport)
    # A side whose user still waits answers into nothing: that must be harmless.
    pair.run()
    for end in (pair.caller, pair.callee):
        assert end.endpoint.deadline() is None
