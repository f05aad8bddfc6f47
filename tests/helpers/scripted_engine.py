"""A door to an engine that follows a script: for what a real server is hard to make do on time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from tccc_desk.engine import events
from tccc_desk.engine.commands import Command, Shutdown
from tccc_desk.engine.events import EngineStopped, Event

Script = Callable[[Command], Iterable[Event | Callable[[], object]]]
"""What happens upon a command, in order: events, and acts to do between them."""

E = TypeVar("E", bound=msgspec.Struct)


class ScriptedEngine:
    """Records the commands and answers each with what the script gives, in a later round of the loop."""

    def __init__(self, listener: Callable[[Event], None], script: Script) -> None:
        self.commands: list[Command] = []
        self._listener = listener
        self._script = script
        self._closed = asyncio.Event()

    async def start(self) -> None:
        """Nothing to start."""

    def submit(self, command: Command) -> None:
        """Take a command."""
        self.commands.append(command)
        loop = asyncio.get_running_loop()
        for step in self._script(command):
            loop.call_soon(self._do, step)
        if isinstance(command, Shutdown):
            loop.call_soon(self._stop)

    async def closed(self) -> None:
        """Wait for the end of a Shutdown."""
        await self._closed.wait()

    def _do(self, step: Event | Callable[[], object]) -> None:
        if callable(step):
            step()
        else:
            self._listener(step)

    def _stop(self) -> None:
        self._listener(EngineStopped(at=0.0))
        self._closed.set()


_FILLINGS: dict[str, Any] = {
    "at": 0.0,
    "trunk": "gateway01@1400000001.tccc.qcloud.com",
    "status": 200,
    "reason": "OK",
    "said_by": "server",
    "requested_expires_s": 120,
    "granted_expires_s": 60,
    "refresh_in_s": 50.0,
    "contact": "sip:gateway01@127.0.0.1:4321",
    "contacts": (),
    "other_contacts": (),
    "received": "127.0.0.1",
    "rport": 4321,
    "elapsed_ms": 12.34,
    "registers_sent": 2,
    "first": True,
    "fault": "",
    "finding": "",
    "call": "test-call",
    "call_id": "abc@example",
    "incoming": False,
    "outcome": "answered",
    "to": "13800138000",
    "from_": "02188886666",
    "request_uri": "sip:13800138000@127.0.0.1",
    "asserted_identity": "",
    "to_header": "<sip:13800138000@x>",
    "from_header": "<sip:02188886666@x>;tag=1",
    "source": "127.0.0.1:5060",
    "has_offer": True,
    "confirmed": True,
    "method": "REGISTER",
    "challenge": events.Challenge(status=401, realm="tccc.qcloud.com", algorithm="MD5", qop="auth"),
}


def made(kind: type[E], **fields: Any) -> E:
    """An event with every required field filled plausibly, `fields` as given."""
    required = {field.name for field in msgspec.structs.fields(kind) if field.required}
    return kind(**{**{name: _FILLINGS[name] for name in required}, **fields})
