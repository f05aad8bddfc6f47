"""The real engine on real sockets through a sleep, and through another source address."""

from __future__ import annotations

import pytest

from tccc_desk.engine import door
from tccc_desk.engine.commands import RegisterTrunk
from tccc_desk.engine.events import BindingEstablished, FlowLost
from tests.helpers.hostile_gateway.gateway import Transport
from tests.helpers.hostile_gateway.sayings import honest
from tests.helpers.hostile_gateway.trial import Trial


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_a_sleep_is_followed_by_one_registration(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep = 0.0
    monkeypatch.setattr(door, "TICK_S", 0.05)
    monkeypatch.setattr(door, "slept_clock", lambda: lambda: asleep)
    trial = Trial(transport, honest)
    await trial.begin()
    try:
        trial.engine.submit(RegisterTrunk(trunk="t"))
        await trial.until(lambda: len(trial.said(BindingEstablished)) == 1)
        asleep = 3600.0
        await trial.until(lambda: len(trial.said(BindingEstablished)) == 2)
        assert [event.fault for event in trial.said(FlowLost)] == ["slept"]
        first, second = trial.said(BindingEstablished)
        assert first.contact != second.contact
    finally:
        await trial.end()


async def test_another_source_address_is_noticed_on_a_real_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "127.0.0.1"
    monkeypatch.setattr(door, "TICK_S", 0.05)
    monkeypatch.setattr(door, "source_address", lambda _: source)
    trial = Trial("tcp", honest)
    await trial.begin()
    try:
        trial.engine.submit(RegisterTrunk(trunk="t"))
        await trial.until(lambda: len(trial.said(BindingEstablished)) == 1)
        source = "127.0.0.9"
        await trial.until(lambda: bool(trial.said(FlowLost)))
        source = "127.0.0.1"
        await trial.until(lambda: len(trial.said(BindingEstablished)) == 2)
        assert [event.fault for event in trial.said(FlowLost)] == ["address-changed"]
    finally:
        await trial.end()
