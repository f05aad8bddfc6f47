"""The trunks at work, who of them is leaving, and whose call is whose."""

from __future__ import annotations

from tccc_desk.engine.call import Call
from tccc_desk.engine.rota import Rota
from tccc_desk.engine.trunk_agent import TrunkAgent


class Roster:
    """Trunks by name. One that was replaced goes on under a key no trunk can have until it is idle."""

    def __init__(self) -> None:
        self.agents: dict[str, TrunkAgent] = {}
        self.rota = Rota()
        self._leaving: dict[TrunkAgent, str] = {}
        """Agents to be dropped once they are idle, and their keys."""

    def enter(self, agent: TrunkAgent, key: str, now: float) -> None:
        """Take in a trunk; a former one of its name removes its binding and goes, under `key`."""
        name = agent.trunk.name
        former = self.agents.pop(name, None)
        if former is not None:
            self.agents[key] = former
            self.leave(key, former, now)
        self.agents[name] = agent
        self.rota.add(agent)

    def leave(self, key: str, agent: TrunkAgent, now: float) -> None:
        """Hang up and remove the binding; the trunk is dropped when both are done."""
        self.rota.touch(agent)
        self._leaving[agent] = key
        for call in list(agent.calls.values()):
            call.hang_up(now)
        agent.unregister(now)

    def leave_all(self, now: float) -> None:
        """Every trunk goes."""
        for key, agent in list(self.agents.items()):
            self.leave(key, agent, now)

    def stay(self, agent: TrunkAgent) -> None:
        """A trunk that was leaving is wanted again."""
        self._leaving.pop(agent, None)

    def see_off(self, now: float) -> None:
        """Drop the leaving trunks that have nothing left to do."""
        for agent in self.rota.touched(self._leaving):
            if agent.idle:
                agent.drop_flow(now)
                self.rota.forget(agent)
                del self.agents[self._leaving.pop(agent)]

    def find(self, handle: str) -> Call | None:
        """The call with this handle, its trunk marked as one that may change."""
        for agent in self.rota.busy():
            if handle in agent.calls:
                self.rota.touch(agent)
                return agent.calls[handle]
        return None

    def count_calls(self) -> int:
        """Calls over all trunks."""
        return sum(len(agent.calls) for agent in self.rota.busy())

    def touch_busy(self) -> list[TrunkAgent]:
        """Look again at every trunk that has calls."""
        busy = self.rota.busy()
        for agent in busy:
            self.rota.touch(agent)
        return busy
