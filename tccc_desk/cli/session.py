"""One command's time with an engine: commands in, events out one by one, interrupts among them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Protocol, Self

from tccc_desk.cli.exits import Exit
from tccc_desk.cli.memory import Memory
from tccc_desk.engine.commands import Command, ConfigureLog, Shutdown
from tccc_desk.engine.events import (
    CommandRefused,
    EngineStopped,
    Event,
    LogGrown,
    MediaMeasured,
    Traced,
)
from tccc_desk.store.errors import StoreError
from tccc_desk.store.paths import folders

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SHUTDOWN_S = 3.0
"""What the engine gets to hang up and to remove our binding; half a second more is ours."""

UNREADABLE = "fact.bad-message"
"""The fact of the log that is an event of a command as well, once."""

_LATE_COMMANDS = frozenset(
    {"AnswerCall", "RejectCall", "HangUp", "SendDigits", "StopCheck", "UnregisterTrunk"}
)
"""Commands about something the far end may have ended a moment earlier."""


class Door(Protocol):
    """What `engine.door.Engine` offers; tests script another one."""

    async def start(self) -> None: ...

    def submit(self, command: Command) -> None: ...

    async def closed(self) -> None: ...


OpenDoor = Callable[[Callable[[Event], None]], Door]
"""Makes a door from a listener. The listener is called on the loop's own thread."""


def open_engine(listener: Callable[[Event], None], log: ConfigureLog | None = None) -> Door:
    """The real engine, in this process."""
    from tccc_desk.engine.door import Engine  # noqa: PLC0415  help and bad input need none

    return Engine(listener, log=log)


class Interrupted(Exception):
    """SIGINT or SIGTERM arrived. Raised once, by the `next` that was waiting or is called then."""


class EngineLost(Exception):
    """The engine stopped without being asked to; nothing more will come."""


class Refused(Exception):
    """The engine found a command senseless and sent nothing for it."""

    def __init__(self, event: CommandRefused) -> None:
        super().__init__(event.finding)
        self.event = event


@contextlib.contextmanager
def held_signals() -> Iterator[None]:
    """Keep signals back until a session watches for them, at most as long as the context.

    While the loop is made, a KeyboardInterrupt would leave half a loop behind, or get lost between
    two handlers.
    """
    before = _mask(_SIGNALS)
    try:
        yield
    finally:
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _mask(numbers: tuple[signal.Signals, ...]) -> set[int] | None:
    """Block signals; the mask that stood before, None on systems without masks."""
    return signal.pthread_sigmask(signal.SIG_BLOCK, numbers) if hasattr(signal, "pthread_sigmask") else None


class Session:
    """An engine in use. Leaving the context hangs up, removes our binding and waits for it.

    A second signal gives up at once: the process ends with 130 and whatever the server
    still holds of us expires by itself.
    """

    def __init__(self, open_door: OpenDoor, memory: Memory | None = None) -> None:
        self._memory = memory
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._door = open_door(self._listen)
        self._signals = 0
        self._lost = False
        self._unreadable_said = False
        self._verdicts: dict[str, tuple[str, str]] = {}

    @property
    def interrupted(self) -> bool:
        """True once a signal asked us to end."""
        return self._signals > 0

    async def __aenter__(self) -> Self:
        self._watch_signals()
        await self._door.start()
        self._tell_collector()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._lost:
            self._door.submit(Shutdown(deadline_s=_SHUTDOWN_S))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._door.closed(), _SHUTDOWN_S + 0.5)
        self._forget_signals()

    def _tell_collector(self) -> None:
        """Let the engine tell the HEP collector that the settings name, if any."""
        from tccc_desk.engine.collector import collector_command  # noqa: PLC0415  loaded with the engine
        from tccc_desk.store.options import Options  # noqa: PLC0415

        with contextlib.suppress(StoreError):
            options = Options(folders())
            if entered := str(options.get("hep_collector")):
                self._door.submit(collector_command(entered, int(options.get("hep_capture_id"))))

    def submit(self, command: Command) -> None:
        """Hand the engine a command; what comes of it is told by events."""
        self._door.submit(command)

    @staticmethod
    def now() -> float:
        """The clock that `next` measures `until` by, in seconds."""
        return asyncio.get_running_loop().time()

    async def next(self, until: float | None = None) -> Event | None:
        """The next event, or None when `until` is past. Of the log only `UNREADABLE`.

        Of the measurements those that bring another verdict.

        Raises Interrupted once after a signal, EngineLost when no event can come any more, and
        Refused for a command that started something; one about a call that just ended is no news.
        """
        try:
            async with asyncio.timeout_at(until):
                event = await self._events.get()
        except TimeoutError:
            return None
        if event is None:
            raise Interrupted
        if isinstance(event, EngineStopped):
            self._lost = True
            raise EngineLost(event.detail)
        if isinstance(event, CommandRefused) and event.command not in _LATE_COMMANDS:
            raise Refused(event)
        return event

    def rest(self) -> Iterator[Event]:
        """What came and was not asked for, such as what happened while we took leave."""
        while not self._events.empty():
            event = self._events.get_nowait()
            if event is not None:
                yield event

    def _listen(self, event: Event) -> None:
        if self._memory is not None:
            self._memory.take(event)
        if isinstance(event, Traced):
            # Of the log only this: without it, an answer we could not read looks like silence.
            broken = tuple(entry for entry in event.entries if entry.fact == UNREADABLE)
            if broken and not self._unreadable_said:
                self._unreadable_said = True
                self._events.put_nowait(Traced(at=event.at, entries=broken[:1]))
        elif isinstance(event, LogGrown):
            pass
        elif not isinstance(event, MediaMeasured) or self._is_news(event):
            self._events.put_nowait(event)

    def _is_news(self, event: MediaMeasured) -> bool:
        """Whether a measurement tells of a deaf direction, or of the end of that, for the first time."""
        verdict = (event.media.one_way, event.media.cause)
        former = self._verdicts.setdefault(event.call, ("unknown", ""))
        self._verdicts[event.call] = verdict
        return verdict != former and (verdict != ("none", "") or former != ("unknown", ""))

    def _on_signal(self) -> None:
        self._signals += 1
        if self._signals == 1:
            self._events.put_nowait(None)
            return
        # Not by unwinding: a name look-up stuck in its thread would hold the interpreter.
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
        os._exit(Exit.INTERRUPTED)

    def _watch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            try:
                loop.add_signal_handler(number, self._on_signal)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._on_signal))
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def _forget_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            try:
                loop.remove_signal_handler(number)
            except NotImplementedError:
                signal.signal(number, signal.SIG_DFL)
