from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest

from tccc_desk.practice.events import Event, Ready
from tccc_desk.practice.gateway import Gateway, Settings

from .scripted import ScriptedAgent

E = TypeVar("E")


class Running:
    """A gateway on this loop, with what it told so far."""

    def __init__(self, gateway: Gateway, ready: Ready, told: list[Event]) -> None:
        self.gateway = gateway
        self.ready = ready
        self.told = told
        self.agents: list[ScriptedAgent] = []

    async def agent(
        self, transport: str = "TCP", username: str = "gateway01", password: str | None = None
    ) -> ScriptedAgent:
        if password is None:
            password = self.gateway.accounts[username].password
        agent = ScriptedAgent(transport, username, password)
        await agent.open(self.ready.host, self.ready.port)
        self.agents.append(agent)
        return agent

    def events(self, kind: type[E]) -> list[E]:
        return [event for event in self.told if isinstance(event, kind)]


@pytest.fixture
def settings() -> Settings:
    return Settings(wake_phone=False)


@pytest.fixture
async def running(settings: Settings) -> AsyncIterator[Running]:
    told: list[Event] = []
    gateway = Gateway(settings, told.append)
    server = Running(gateway, await gateway.start(), told)
    yield server
    for agent in server.agents:
        await agent.close()
    await gateway.close()


async def until(true: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Wait for something measured on another thread, which tells nobody."""
    async with asyncio.timeout(timeout_s):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
