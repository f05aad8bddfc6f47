"""The gateway in a process of its own, seen from the window, the command line or a test."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import Callable
from typing import Any, Self, TypeVar, cast

import msgspec

from .accounts import DEFAULT_DOMAIN
from .control import Reply
from .events import AccountShown, Event, NotStarted, Ready
from .spawn import end, spawn

START_TIMEOUT_S = 20.0
REPLY_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 6.0
REMEMBERED = 2000

T = TypeVar("T")

_LINES: msgspec.json.Decoder[Event | Reply] = msgspec.json.Decoder(Event | Reply)


class PracticeError(Exception):
    """The gateway did not start, died, or refused a command; `field` names the wrong part of one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class PracticeProcess:
    """One gateway process. It ends with us: its stdin is ours.

    `listener` hears every event on the loop that called `start`.
    """

    def __init__(self, listener: Callable[[Event], None] | None = None) -> None:
        self._listener = listener
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ids = itertools.count(1)
        self._replies: dict[int, asyncio.Future[Reply]] = {}
        self._events: deque[Event] = deque(maxlen=REMEMBERED)
        self._waiting: list[tuple[Callable[[Event], bool], asyncio.Future[Event]]] = []
        self.ready: Ready

    async def start(
        self,
        *,
        host: str = "",
        port: int = 0,
        domain: str = DEFAULT_DOMAIN,
        passwords: dict[str, str] | None = None,
        record_route: bool = False,
    ) -> Ready:
        """Start it and wait until its sockets are bound. Raises PracticeError.

        `passwords` replace the random ones, by account; they travel over the pipe.
        """
        arguments = ["--control", "--port", str(port), "--domain", domain]
        if host:
            arguments += ["--host", host]
        if record_route:
            arguments.append("--record-route")
        try:
            self._process = await spawn("tccc_desk.practice", *arguments)
        except OSError as error:
            raise PracticeError(str(error)) from error
        self._reader = asyncio.create_task(self._read(self._process))
        try:
            first: Ready | NotStarted = await self.wait_for(Ready, NotStarted, timeout_s=START_TIMEOUT_S)
        except PracticeError:
            await self.stop()
            raise
        if isinstance(first, NotStarted):
            await self.stop()
            raise PracticeError(first.why)
        accounts = []
        for account in first.accounts:
            password = (passwords or {}).get(account.username)
            if password is not None:
                await self.do("set-password", account=account.username, password=password)
            accounts.append(AccountShown(username=account.username, password=password or account.password))
        self.ready = msgspec.structs.replace(first, accounts=tuple(accounts))
        return self.ready

    @property
    def pid(self) -> int | None:
        """Process id, None before the start."""
        return self._process.pid if self._process is not None else None

    @property
    def running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def ended(self) -> None:
        """Wait for the end of the process; at once where none was started."""
        if self._process is not None:
            await self._process.wait()

    def password(self, account: str = "gateway01") -> str:
        """Return the password of an account."""
        return next(each.password for each in self.ready.accounts if each.username == account)

    async def do(self, command: str, /, **fields: object) -> Reply:
        """Carry out one command and wait for its reply. `from_` stands for "from". Raises PracticeError."""
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            raise PracticeError("the practice gateway does not run")
        number = next(self._ids)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._replies[number] = future
        line = {"do": command, "id": number, **{name.rstrip("_"): value for name, value in fields.items()}}
        try:
            process.stdin.write(msgspec.json.encode(line) + b"\n")
            await process.stdin.drain()
            reply = await asyncio.wait_for(future, REPLY_TIMEOUT_S)
        except (TimeoutError, ConnectionError) as error:
            raise PracticeError("the practice gateway does not answer") from error
        finally:
            self._replies.pop(number, None)
        if reply.error is not None:
            raise PracticeError(reply.error.message, reply.error.field)
        return reply

    async def wait_for(
        self,
        *kinds: type[T],
        where: Callable[[T], bool] = lambda _: True,
        timeout_s: float = 10.0,
    ) -> T:
        """Wait for an event of these kinds that happened and was not waited for yet, or the next one.

        Raises PracticeError when none comes in time.
        """

        def fits(event: Event) -> bool:
            return isinstance(event, kinds) and where(event)

        for event in self._events:
            if isinstance(event, kinds) and where(event):
                self._events.remove(event)
                return event
        future: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._waiting.append((fits, future))
        try:
            return cast(T, await asyncio.wait_for(future, timeout_s))
        except TimeoutError as error:
            names = ", ".join(kind.__name__ for kind in kinds)
            raise PracticeError(f"no {names} within {timeout_s:g} s") from error
        finally:
            self._waiting = [item for item in self._waiting if item[1] is not future]

    async def stop(self) -> None:
        """End the process; returns when it is gone."""
        if self._process is not None:
            await end(self._process, STOP_TIMEOUT_S)
        if self._reader is not None:
            await self._reader

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError):  # a line without end: not ours
            while line := await process.stdout.readline():
                self._take(line)
        await process.wait()
        gone = PracticeError("the practice gateway ended")
        waiting: list[asyncio.Future[Any]] = [*self._replies.values()]
        waiting += [future for _, future in self._waiting]
        for future in waiting:
            if not future.done():
                future.set_exception(gone)

    def _take(self, line: bytes) -> None:
        try:
            item = _LINES.decode(line)
        except msgspec.MsgspecError:
            return
        if isinstance(item, Reply):
            future = self._replies.get(item.id)
            if future is not None and not future.done():
                future.set_result(item)
            return
        if self._listener is not None:
            self._listener(item)
        for fits, waiting in self._waiting:
            if not waiting.done() and fits(item):
                waiting.set_result(item)
                return
        self._events.append(item)
