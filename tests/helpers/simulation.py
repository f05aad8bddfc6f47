"""User agents in memory: simulated time, links that lose, repeat and reorder, scripted servers.

Nothing here sleeps and nothing touches a socket; a minute of protocol takes milliseconds.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from tccc_desk.engine.commands import Command, ConfigureTrunk
from tccc_desk.engine.doors import NoMediaPort
from tccc_desk.engine.events import Event, Fault, MediaReport, Traced
from tccc_desk.engine.sounding import Sounding, Unfit
from tccc_desk.engine.user_agent import UserAgent
from tccc_desk.net.surroundings import Surroundings
from tccc_desk.sdp.negotiate import MediaParameters
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Message, Request, Response, encode_message, parse_message
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.recorder import Recorder
from tccc_desk.trunk.profile import Trunk

DOMAIN = "1400000001.tccc.qcloud.com"
PASSWORD = "Practice2026"


def trunk_named(name: str, **changes: object) -> Trunk:
    """A trunk to the simulated server, TCP unless changed."""
    fields = {
        "name": name,
        "username": "gateway01",
        "domain": DOMAIN,
        "server": "192.0.2.1",
        "port": 35090,
        "transport": "tcp",
    }
    return Trunk(**(fields | changes))  # type: ignore[arg-type]


class Peer(Protocol):
    """The other end of a link."""

    def hears(self, data: bytes, now: float) -> None: ...


@dataclass(order=True)
class _Due:
    at: float
    order: int
    act: Callable[[], None] = field(compare=False)


class World:
    """The clock and everything under way."""

    def __init__(self, seed: int = 0) -> None:
        self.now = 1000.0
        self.chance = random.Random(seed)
        self._queue: list[_Due] = []
        self._order = itertools.count()

    def later(self, delay: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._queue, _Due(self.now + delay, next(self._order), act))

    def run(self, seconds: float, agents: list[Desk]) -> None:
        """Let time pass, firing messages and timers in their order."""
        end = self.now + seconds
        while True:
            times = [self._queue[0].at] if self._queue else []
            times += [due for desk in agents if (due := desk.deadline()) is not None]
            following = min(times, default=None)
            if following is None or following > end:
                self.now = end
                return
            self.now = max(self.now, following)
            if self._queue and self._queue[0].at <= self.now:
                heapq.heappop(self._queue).act()
            else:
                for desk in agents:
                    due = desk.agent.deadline()
                    if due is not None and due <= self.now:
                        desk.agent.advance(self.now)


@dataclass
class Path:
    """How a link treats what is put on it."""

    delay_s: float = 0.01
    lost: float = 0.0
    repeated: float = 0.0
    reordered: float = 0.0


class Desk:
    """One user agent with its doors."""

    def __init__(self, world: World, path: Path | None = None, *, address: str = "192.0.2.10") -> None:
        self.world = world
        self.path = path or Path()
        self.address = address
        self.events: list[Event] = []
        self.trace: list[TraceEntry] = []
        self.sent: list[Message] = []
        self.media: dict[str, tuple[MediaParameters, Sounding]] = {}
        self.tones = False
        self.records: list[str] = []
        self.digits: list[tuple[str, bool]] = []
        """Handed to the sound: the digits, and whether as tones."""
        self.unfit_files: dict[str, Unfit] = {}
        self.closed_media: list[str] = []
        self.closed_flows: list[Flow] = []
        self.blamed_flows: list[Flow] = []
        self.reachable = True
        self.down: set[str] = set()
        self.opened_to: list[str] = []
        self.local_port = 40000
        self.around = Surroundings(source=address, interface="eth0")
        self.server = "192.0.2.1"
        self.media_ports = True
        self.port_range = ""
        self.peer: Peer | None = None
        self.flow: Flow | None = None
        self._flows = itertools.count(1)
        self._tokens = itertools.count(1)
        self._recorder = Recorder(self.wall)
        self.agent = UserAgent(self, self._recorder, product="Desk/0")

    def tell(self, command: Command) -> None:
        self.agent.command(command, self.world.now)

    def configure(self, former: tuple[str, ...] = (), instance: str = "", **changes: object) -> None:
        trunk = trunk_named("t", **changes)
        self.tell(
            ConfigureTrunk(trunk=trunk, password=PASSWORD, former_contacts=former, instance_id=instance)
        )

    def connect(self, trunk: str = "t", transport: str = "TCP") -> None:
        local, remote = (self.address, self.local_port), (self.server, 35090)
        self.flow = Flow(next(self._flows), transport, local, remote)  # type: ignore[arg-type]
        self.agent.flow_opened(trunk, self.flow, self.world.now)

    def lose_flow(self, fault: Fault = "closed") -> None:
        lost, self.flow = self.flow, None
        assert lost is not None
        self.agent.flow_lost(lost, fault, "", self.world.now)

    def hears(self, data: bytes, now: float) -> None:
        if self.flow is not None:
            self.agent.received(data, self.flow, "t", now)

    def requests(self, method: str) -> list[Request]:
        return [one for one in self.sent if isinstance(one, Request) and one.method == method]

    def said(self, kind: type) -> list[Event]:
        self._collect()
        return [event for event in self.events if isinstance(event, kind)]

    def last(self, kind: type) -> Event:
        return self.said(kind)[-1]

    def deadline(self) -> float | None:
        """The agent's; proves each time that no trunk's own was forgotten."""
        due = self.agent.deadline()
        wanted = [agent.deadline() for agent in self.agent._agents.values()]
        assert self.agent.finished or all(one is None or (due is not None and due <= one) for one in wanted)
        return due

    # engine.doors.Doors

    def wall(self) -> float:
        return 1_700_000_000.0 + self.world.now

    def token(self) -> str:
        return f"{self.address.replace('.', '')}token{next(self._tokens):08d}"

    def jitter(self) -> float:
        return 0.5

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def surroundings(self) -> Surroundings:
        return self.around

    def open_flow(self, trunk: Trunk) -> None:
        self.opened_to.append(trunk.server)
        if self.reachable and trunk.server not in self.down:
            transport = trunk.transport.upper()
            self.server = trunk.server
            self.world.later(0.001, lambda: self.connect(trunk.name, transport))
        else:
            refused = "Connection refused"
            self.world.later(
                0.001, lambda: self.agent.flow_failed(trunk.name, "refused", refused, self.world.now)
            )

    def blame_flow(self, flow: Flow) -> None:
        self.blamed_flows.append(flow)

    def close_flow(self, flow: Flow) -> None:
        self.closed_flows.append(flow)
        if flow == self.flow:
            self.flow = None

    def transmit(self, flow: Flow, data: bytes) -> None:
        self.sent.append(parse_message(data))
        peer = self.peer
        if peer is None or self.world.chance.random() < self.path.lost:
            return
        copies = 2 if self.world.chance.random() < self.path.repeated else 1
        for _ in range(copies):
            delay = self.path.delay_s
            if self.world.chance.random() < self.path.reordered:
                delay += self.world.chance.uniform(0, 0.3)
            self.world.later(delay, lambda: peer.hears(data, self.world.now))

    def open_media(self, trunk: str, call: str, host: str) -> int:
        if not self.media_ports:
            raise NoMediaPort(self.port_range, "Address already in use")
        return 20000

    def unfit(self, sounding: Sounding) -> Unfit | None:
        return self.unfit_files.get(sounding.play_file) or self.unfit_files.get(sounding.record_file)

    def start_media(
        self,
        call: str,
        parameters: MediaParameters,
        sounding: Sounding,
        *,
        tones: bool,
        answered: bool = False,
    ) -> None:
        self.media[call] = (parameters, sounding)
        self.tones = tones

    def change_media(self, call: str, sounding: Sounding) -> None:
        self.media[call] = (self.media[call][0], sounding)

    def record_media(self, call: str, file: str) -> None:
        self.records.append(file)

    digits_go = 1000
    """So many of the digits given to the media port go out before the call ends."""

    def send_digits(self, call: str, digits: str, *, inband: bool) -> bool:
        self.digits.append((digits, inband))
        return True

    def close_media(self, call: str) -> MediaReport | None:
        self.closed_media.append(call)
        if call not in self.media:
            return None
        given = "".join(digits for digits, _ in self.digits).upper().replace(",", "")
        return MediaReport(codec=self.media[call][0].codec, dtmf_sent=given[: self.digits_go])

    def _collect(self) -> None:
        if entries := self._recorder.drain():
            self.trace += entries
            self.events.append(Traced(at=self.wall(), entries=entries))


class Server:
    """A scripted far end: `answers` is asked about each request (not ACK) that arrives."""

    def __init__(self, desk: Desk, answers: Callable[[Request], list[Response]]) -> None:
        self._desk = desk
        self._answers = answers
        self.heard: list[Message] = []
        desk.peer = self

    def hears(self, data: bytes, now: float) -> None:
        message = parse_message(data)
        self.heard.append(message)
        if isinstance(message, Request) and message.method != "ACK":
            for response in self._answers(message):
                self.say(response)

    def say(self, message: Message) -> None:
        data = encode_message(message)
        self._desk.world.later(0.01, lambda: self._desk.hears(data, self._desk.world.now))
