"""What flows tell, kept for a test to look at and to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tccc_desk.sip.flow import Flow


class Heard:
    """Implements `net.flows.Listener`."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes, Flow, bool]] = []
        self.ends: list[tuple[Flow, str, str]] = []
        self.facts: list[tuple[str, dict[str, str]]] = []
        self._news = asyncio.Event()

    def received(self, data: bytes, flow: Flow, trunk: str, *, trusted: bool) -> None:
        self.messages.append((data, flow, trusted))
        self._news.set()

    def lost(self, flow: Flow, trunk: str, fault: str, detail: str) -> None:
        self.ends.append((flow, fault, detail))
        self._news.set()

    def noted(self, fact: str, trunk: str, details: dict[str, str], flow: Flow | None) -> None:
        self.facts.append((fact, details))
        self._news.set()

    def said(self, fact: str) -> list[dict[str, str]]:
        """The details of every note of one fact."""
        return [details for name, details in self.facts if name == fact]

    async def until(self, condition: Callable[[], object], timeout_s: float = 5.0) -> None:
        """Return once `condition` holds."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._news.clear()
                await self._news.wait()
