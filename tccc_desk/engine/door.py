"""The engine itself: the user agent on real sockets, driven by one asyncio loop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import random
import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import cast

import tccc_desk
from tccc_desk.engine.awake import TICK_S, SleepWatch, slept_clock
from tccc_desk.engine.collector import Collector
from tccc_desk.engine.commands import (
    Command,
    ConfigureHep,
    ConfigureLog,
    ConfigureSound,
    ListDevices,
    TestSound,
)
from tccc_desk.engine.events import (
    CallEnded,
    CommandRefused,
    ContactChosen,
    EngineStarted,
    EngineStopped,
    Event,
    Fault,
    FlowLost,
    FlowOpened,
    MediaMeasured,
    MediaReport,
    Traced,
)
from tccc_desk.engine.histories import Histories
from tccc_desk.engine.keeping import Keeping
from tccc_desk.engine.probe import is_probe
from tccc_desk.engine.sound import Sound
from tccc_desk.engine.sounding import Sounding, Unfit
from tccc_desk.engine.user_agent import UserAgent
from tccc_desk.net.errors import TransportError
from tccc_desk.net.flows import Flows, Listener
from tccc_desk.net.interface import interface_of
from tccc_desk.net.surroundings import Surroundings, look_around
from tccc_desk.net.udp import source_address
from tccc_desk.sdp.negotiate import MediaParameters
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.trace.recorder import Recorder
from tccc_desk.trace.sound_record import FACT, record_details
from tccc_desk.trunk.profile import Trunk

MEASURE_S = 0.5
"""Between two measurements of a call: at most four a second reach a face."""
PREPARE_S = 0.5
"""After the start, when the first REGISTER is out: what calls need is loaded then."""
PRODUCT = f"TCCC-Desk/{tccc_desk.__version__}"


class Engine:
    """Commands in by `submit`, events out to `listener`, both on the loop's thread."""

    def __init__(
        self,
        listener: Callable[[Event], None],
        *,
        make_flows: Callable[[Listener], Flows] = Flows,
        log: ConfigureLog | None = None,
    ) -> None:
        self._listener = listener
        self._make_flows = make_flows
        self._recorder = Recorder(time.time)
        self._keeping = Keeping(self._tell)
        if log is not None:
            self._keeping.configure(log)
        self._agent = UserAgent(self, self._recorder, product=PRODUCT)
        self._timer: asyncio.TimerHandle | None = None
        self._measuring: asyncio.TimerHandle | None = None
        self._watching: asyncio.TimerHandle | None = None
        self._opening: set[asyncio.Task[None]] = set()
        self._closed = asyncio.Event()
        self._stopping = False
        self._histories = Histories()
        self._collector = Collector()
        self._outbox: deque[Event] = deque()
        self._delivering = False

    async def start(self) -> None:
        """Begin; the first event is EngineStarted."""
        self._loop = asyncio.get_running_loop()
        self._flows = self._make_flows(self)
        self._sound = Sound(self.emit, self._post, self._digit)
        self._loop.call_later(PREPARE_S, self._sound.prepare)
        self._sleep = SleepWatch(slept_clock())
        self._watching = self._loop.call_later(TICK_S, self._watch)
        self.emit(EngineStarted(at=time.time(), version=tccc_desk.__version__, pid=os.getpid()))
        self._deliver()

    def submit(self, command: Command) -> None:
        """Carry out a command; what comes of it is said by events."""
        if not self._stopping:
            match command:
                case ConfigureSound():
                    self._configure_sound(command)
                case ConfigureLog():
                    self._keeping.configure(command)
                case ConfigureHep():
                    self._collector.configure(command)
                case ListDevices():
                    self._sound.devices.list()
                case TestSound(on=on):
                    self._sound.devices.test(on)
            self._agent.command(command, self._loop.time())
            self._settle()

    async def closed(self) -> None:
        """Wait until a Shutdown is done; EngineStopped has been said then."""
        await self._closed.wait()

    # What the user agent asks for (engine.doors.Doors).

    def wall(self) -> float:
        """Wall clock."""
        return time.time()

    def token(self) -> str:
        """A word nobody can guess."""
        return secrets.token_hex(10)

    def jitter(self) -> float:
        """From 0 to 1."""
        return random.random()  # noqa: S311 - spreads retries, guards nothing

    def emit(self, event: Event) -> None:
        """Say an event, after the log entries that led to it.

        A Contact is said at once, within the step: it must be stored before it is on the wire.
        A listener answers it with no command.
        """
        if isinstance(event, ContactChosen):
            self._listener(event)
            return
        if isinstance(event, CallEnded) and event.media is not None:
            self._recorder.fact(
                FACT,
                event.trunk,
                self._loop.time(),
                record_details(self._histories.record(event.call, event.media, event.at)),
                call_id=event.call_id,
            )
        self._say_trace()
        self._outbox.append(event)

    def surroundings(self) -> Surroundings:
        """What this machine looks like from within."""
        return look_around()

    def open_flow(self, trunk: Trunk) -> None:
        """Begin to open a flow."""
        task = self._loop.create_task(self._open(trunk))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def close_flow(self, flow: Flow) -> None:
        """Close a flow."""
        self._flows.close(flow)

    def blame_flow(self, flow: Flow) -> None:
        """Remember a silent far end."""
        self._flows.blame(flow)

    def transmit(self, flow: Flow, data: bytes) -> None:
        """Put octets on a flow."""
        self._flows.send(flow, data)

    def open_media(self, trunk: str, call: str, host: str) -> int:
        """Bind an RTP port. Raises NoMediaPort."""
        port = self._sound.open(trunk, call, host)
        if self._measuring is None:
            self._measuring = self._loop.call_later(MEASURE_S, self._measure)
        return port

    def unfit(self, sounding: Sounding) -> Unfit | None:
        """Say why this cannot be sent or recorded."""
        return self._sound.unfit(sounding)

    def start_media(
        self,
        call: str,
        parameters: MediaParameters,
        sounding: Sounding,
        *,
        tones: bool,
        answered: bool = False,
    ) -> None:
        """Start or re-direct the sound of a call."""
        self._sound.start(call, parameters, sounding, tones=tones, answered=answered)

    def change_media(self, call: str, sounding: Sounding) -> None:
        """Send something else, begin or end to listen."""
        self._sound.change(call, sounding)

    def record_media(self, call: str, file: str) -> None:
        """Record into another file, or end that."""
        self._sound.record(call, file)

    def send_digits(self, call: str, digits: str, *, inband: bool) -> bool:
        """Queue digits as telephone-events or as tones."""
        return self._sound.send_digits(call, digits, inband=inband)

    def close_media(self, call: str) -> MediaReport | None:
        """Stop the sound of a call."""
        return self._sound.close(call)

    # What the flows tell (net.flows.Listener).

    def received(self, data: bytes, flow: Flow, trunk: str, *, trusted: bool) -> None:
        """One message's octets."""
        self._agent.received(data, flow, trunk, self._loop.time(), trusted=trusted)
        self._settle()

    def lost(self, flow: Flow, trunk: str, fault: str, detail: str) -> None:
        """A flow ended."""
        now = self._loop.time()
        where = {"remote": host_port(flow.remote), "detail": detail}
        self._recorder.fact("fact." + fault, trunk, now, where, flow=flow)
        word = cast("Fault", fault)
        remote = host_port(flow.remote)
        if not is_probe(trunk):
            self.emit(
                FlowLost(
                    at=time.time(),
                    trunk=trunk,
                    transport=flow.transport,
                    remote=remote,
                    fault=word,
                    detail=detail,
                )
            )
        self._agent.flow_lost(flow, word, detail, now)
        self._settle()

    def noted(self, fact: str, trunk: str, details: dict[str, str], flow: Flow | None) -> None:
        """A transport fact for the log."""
        self._recorder.fact(fact, trunk, self._loop.time(), details, flow=flow)
        self._say_trace()
        self._deliver()

    async def _open(self, trunk: Trunk) -> None:
        try:
            # Which of two servers is the registration's to choose; the other one may still call.
            others = ((trunk.backup_server, trunk.backup_port),) if trunk.backup_server else ()
            flow = await self._flows.open(
                trunk.name,
                ((trunk.server, trunk.port),),
                trunk.transport,
                others=others,
                ca_file=trunk.ca_file,
            )
        except TransportError as error:
            word = cast("Fault", error.fault)
            self._agent.flow_failed(trunk.name, word, error.detail, self._loop.time(), why=error.why)
        else:
            if not is_probe(trunk.name):
                self.emit(
                    FlowOpened(
                        at=time.time(),
                        trunk=trunk.name,
                        transport=flow.transport,
                        local=host_port(flow.local),
                        remote=host_port(flow.remote),
                        interface=interface_of(flow.local[0]),
                    )
                )
            self._agent.flow_opened(trunk.name, flow, self._loop.time())
        self._settle()

    def _configure_sound(self, command: ConfigureSound) -> None:
        if field := self._sound.configure(command):
            details = {"low": str(command.port_low), "high": str(command.port_high)}
            self.emit(
                CommandRefused(
                    at=time.time(),
                    command="ConfigureSound",
                    field=field,
                    finding="finding.command.bad-ports",
                    details=details,
                )
            )

    def _post(self, work: Callable[[], None]) -> None:
        """Have something done on the loop's thread; from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop closed under a last packet
            self._loop.call_soon_threadsafe(self._do, work)

    def _do(self, work: Callable[[], None]) -> None:
        work()
        self._settle()

    def _digit(self, call: str, digit: str, method: str) -> None:
        """Called on the media thread."""
        self._post(lambda: self._agent.digit_heard(call, digit, method, self._loop.time()))

    def _tell(self, event: Event) -> None:
        """Say an event of the log's, from its thread; nothing is said after the end."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(lambda: None if self._stopping else self._say(event))

    def _say(self, event: Event) -> None:
        self.emit(event)
        self._deliver()

    def _measure(self) -> None:
        self._measuring = None
        for trunk, call, report in self._sound.reports():
            media = self._agent.measured(call, report)
            self._histories.add(call, report, time.time())
            self._say(MediaMeasured(at=time.time(), trunk=trunk, call=call, media=media))
        if self._sound.running:
            self._measuring = self._loop.call_later(MEASURE_S, self._measure)

    def _watch(self) -> None:
        """Notice that this machine slept, or sends from another address than it did."""
        self._watching = self._loop.call_later(TICK_S, self._watch)
        now = self._loop.time()
        slept_s = self._sleep.look()
        if slept_s:
            self._agent.woke(slept_s, now)
        else:
            self._agent.sources(functools.cache(_source), now)
        self._settle()

    def _tick(self) -> None:
        self._timer = None
        self._agent.advance(self._loop.time())
        self._settle()

    def _settle(self) -> None:
        """Say what happened, arm the one timer, and stop when there is nothing left to do."""
        self._say_trace()
        self._deliver()
        if self._stopping:
            return
        if self._agent.finished:
            self._stop()
            return
        if self._timer is not None:
            self._timer.cancel()
        due = self._agent.deadline()
        self._timer = self._loop.call_at(due, self._tick) if due is not None else None

    def _say_trace(self) -> None:
        if entries := self._recorder.drain():
            if self._keeping.take(entries):
                self._outbox.append(Traced(at=time.time(), entries=entries))
            if fault := self._collector.take(entries):
                details = {"remote": self._collector.place, "detail": fault}
                self._recorder.fact("fact.hep-failed", "", self._loop.time(), details)

    def _deliver(self) -> None:
        """Hand out events between steps only: a listener may answer one with a command."""
        if self._delivering:
            return
        self._delivering = True
        try:
            while self._outbox:
                self._listener(self._outbox.popleft())
        finally:
            self._delivering = False

    def _stop(self) -> None:
        if self._stopping:
            return
        self._stopping = True
        for handle in (self._timer, self._measuring, self._watching):
            if handle is not None:
                handle.cancel()
        for task in self._opening:
            task.cancel()
        self._sound.stop()
        self._flows.close_all()
        self._say_trace()
        self._collector.close()
        self._keeping.close()
        self._say(EngineStopped(at=time.time()))
        self._closed.set()


def _source(remote: tuple[str, int]) -> str:
    """The address this system would send from to `remote`; "" while no way leads there."""
    try:
        return source_address(remote)
    except OSError:
        return ""
