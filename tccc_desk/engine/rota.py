"""Whose turn it is among many trunks, without asking each of them each time."""

from __future__ import annotations

import heapq
from collections.abc import Collection
from itertools import count

from tccc_desk.engine.trunk_agent import TrunkAgent


class Rota:
    """Due times and calls of trunks, looked up anew only for those that were touched.

    Everything that may have changed a trunk or one of its calls must `touch` it; the cost of a step
    then goes with the trunks it touched and not with all there are.
    """

    def __init__(self) -> None:
        self._known: set[TrunkAgent] = set()
        self._touched: dict[TrunkAgent, None] = {}
        self._busy: dict[TrunkAgent, None] = {}
        self._due: dict[TrunkAgent, float] = {}
        self._heap: list[tuple[float, int, TrunkAgent]] = []
        self._count = count()

    def add(self, agent: TrunkAgent) -> None:
        """Begin to look after a trunk."""
        self._known.add(agent)
        self.touch(agent)

    def touch(self, agent: TrunkAgent) -> None:
        """Look at a trunk again before the next answer; nothing for one that was forgotten."""
        if agent in self._known:
            self._touched[agent] = None

    def touched(self, among: Collection[TrunkAgent]) -> list[TrunkAgent]:
        """Of some trunks, those touched since the last question about deadlines or calls."""
        return [agent for agent in self._touched if agent in among] if among else []

    def forget(self, agent: TrunkAgent) -> None:
        """A trunk is gone."""
        self._known.discard(agent)
        self._touched.pop(agent, None)
        self._busy.pop(agent, None)
        self._due.pop(agent, None)

    def busy(self) -> list[TrunkAgent]:
        """Trunks that have calls."""
        self._look()
        return list(self._busy)

    def deadline(self) -> float | None:
        """When the first trunk is due."""
        self._look()
        while self._heap:
            due, _, agent = self._heap[0]
            if self._due.get(agent) == due:
                return due
            heapq.heappop(self._heap)
        return None

    def due(self, now: float) -> list[TrunkAgent]:
        """Trunks that are due by `now`, the first due first; the caller touches and advances them."""
        found: list[TrunkAgent] = []
        while (due := self.deadline()) is not None and due <= now:
            agent = heapq.heappop(self._heap)[2]
            del self._due[agent]
            found.append(agent)
        return found

    def _look(self) -> None:
        """Take over what the touched trunks say now."""
        for agent in self._touched:
            if agent.calls:
                self._busy[agent] = None
            else:
                self._busy.pop(agent, None)
            due = agent.deadline()
            if due is None:
                self._due.pop(agent, None)
            elif self._due.get(agent) != due:
                self._due[agent] = due
                heapq.heappush(self._heap, (due, next(self._count), agent))
        self._touched.clear()
        if len(self._heap) > 64 + 4 * len(self._due):
            self._heap = [(due, next(self._count), agent) for agent, due in self._due.items()]
            heapq.heapify(self._heap)
