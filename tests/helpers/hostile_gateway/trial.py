"""One engine before one hostile gateway: what it did, and that it lives on."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from tccc_desk.engine.commands import (
    AnswerCall,
    ConfigureTrunk,
    HangUp,
    PlaceTestCall,
    RegisterTrunk,
    Shutdown,
)
from tccc_desk.engine.door import Engine
from tccc_desk.engine.events import (
    BindingEstablished,
    BindingRefused,
    CallAnswered,
    CallEnded,
    CallOffered,
    CallRefused,
    EngineStopped,
    Event,
    RegistrationFailed,
    Traced,
)
from tccc_desk.sip.message import Request
from tests.helpers.hostile_gateway.gateway import HOST, Gateway, Greeting, Link, Script, Transport
from tests.helpers.hostile_gateway.sayings import honest
from tests.helpers.simulation import PASSWORD, trunk_named

Kind = TypeVar("Kind")
PATIENCE_S = 15.0
CONCLUDED = (BindingEstablished, BindingRefused, RegistrationFailed)

_running: ContextVar[Trial | None] = ContextVar("running", default=None)


class Trial:
    """Engine, trunk "t" towards the hostile gateway, trunk "good" towards an honest one."""

    def __init__(self, transport: Transport, script: Script, greeting: Greeting | None = None) -> None:
        self.transport = transport
        self.gateway = Gateway(transport, script, greeting)
        self.good = Gateway(transport, honest)
        self.events: list[Event] = []
        self.facts: Counter[str] = Counter()
        self.collapses: list[str] = []
        self._news = asyncio.Event()
        self.engine = Engine(self._listen)

    async def begin(self, **changes: object) -> None:
        """Open everything; send nothing."""
        _running.set(self)
        asyncio.get_running_loop().set_exception_handler(_note_collapse)
        await self.gateway.open()
        await self.good.open()
        await self.engine.start()
        for name, port in (("t", self.gateway.port), ("good", self.good.port)):
            fields = {"server": HOST, "port": port, "transport": self.transport} | changes
            self.engine.submit(ConfigureTrunk(trunk=trunk_named(name, **fields), password=PASSWORD))

    async def end(self) -> None:
        """Shut down; whatever state the gateway left us in, that must end in time."""
        self.engine.submit(Shutdown(deadline_s=0.3))
        try:
            await self.until(lambda: bool(self.said(EngineStopped)))
        finally:
            self.gateway.shut()
            self.good.shut()

    async def until(self, met: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
        """Wait for what the events or the gateway must show."""
        end = time.monotonic() + seconds
        while not met():
            left = end - time.monotonic()
            assert left > 0, f"waited {seconds:g} s in vain; {self.summary()}"
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), min(left, 0.02))
            except TimeoutError:
                continue

    async def hear(self, *kinds: type[Event], seconds: float = PATIENCE_S) -> Event:
        """Wait for the next event of these kinds."""
        before = len(self.events)
        await self.until(lambda: any(isinstance(one, kinds) for one in self.events[before:]), seconds)
        return next(one for one in self.events[before:] if isinstance(one, kinds))

    def said(self, kind: type[Kind], name: str = "") -> list[Kind]:
        """Events of a kind; with a name, of that trunk or call."""
        return [
            one
            for one in self.events
            if isinstance(one, kind)
            and (not name or name in {getattr(one, "call", ""), getattr(one, "trunk", "")})
        ]

    def register(self) -> None:
        self.engine.submit(RegisterTrunk(trunk="t"))

    def place(self, call: str = "c", **changes: object) -> None:
        fields: dict[str, Any] = {
            "trunk": "t", "call": call, "caller": "13800138000", "line": "075512345600", "play": "silence"
        }  # fmt: skip
        self.engine.submit(PlaceTestCall(**(fields | changes)))

    def link(self) -> Link:
        """Where the client is now."""
        return self.gateway.links[-1]

    async def bound(self) -> Link:
        """Register before an attack begins."""
        self.register()
        await self.hear(BindingEstablished)
        return self.link()

    async def answered(self, invite: Request, link: Link) -> CallOffered:
        """Send an INVITE, let the admin answer it, and wait for the 200."""
        link.say(invite)
        offer = await self.hear(CallOffered)
        assert isinstance(offer, CallOffered)
        self.engine.submit(AnswerCall(call=offer.call, play="silence"))
        await self.until(lambda: any(one.status == 200 for one in self.gateway.answers("INVITE")))
        return offer

    async def in_call(self) -> Link:
        """A call of ours the gateway has answered."""
        self.place()
        await self.until(lambda: bool(self.said(CallAnswered, "c")))
        return self.link()

    async def hung_up(self, call: str = "c") -> None:
        """Ended by the admin, whatever the gateway is at, and soon; once."""
        self.engine.submit(HangUp(call=call))
        await self.until(lambda: bool(self.said(CallEnded, call)), 7)
        assert len(self.said(CallEnded, call)) == 1

    async def talked(self) -> None:
        """A call of ours from its beginning to our BYE."""
        await self.in_call()
        await self.hung_up()
        await self.until(lambda: bool(self.gateway.requests("BYE")))

    async def lives(self, *, same: bool) -> None:
        """Prove that the engine still registers and calls, on the other trunk and, if `same`, on this."""
        if same:
            self.gateway.script = honest
            self.gateway.greeting = None
            self.register()
            await self.until(lambda: self._bound_again("t"))
        self.engine.submit(RegisterTrunk(trunk="good"))
        await self.until(lambda: bool(self.said(BindingEstablished, "good")))
        self.place("afterwards", trunk="t" if same else "good")
        await self.until(lambda: bool(self.said(CallAnswered, "afterwards")))
        self.engine.submit(HangUp(call="afterwards"))
        await self.until(lambda: bool(self.said(CallEnded, "afterwards")))

    def _bound_again(self, trunk: str) -> bool:
        last = next((one for one in reversed(self.events) if isinstance(one, CONCLUDED)), None)
        return isinstance(last, BindingEstablished) and last.trunk == trunk

    def summary(self) -> str:
        """What happened, for a failure's message."""
        kinds = [type(one).__name__ for one in self.events[-12:]]
        heard = [
            one.method if isinstance(one, Request) else str(one.status) for one in self.gateway.heard[-12:]
        ]
        return f"said {kinds}, gateway heard {heard}, facts {dict(self.facts)}"

    def sound(self, *, echoes: bool) -> None:
        """Nothing broke: no traceback on the loop, nothing unreadable sent."""
        assert not self.collapses, self.collapses[0]
        assert echoes or not self.gateway.unreadable, str(self.gateway.unreadable[0][:500])
        assert not any(one.crashed for one in self.said(EngineStopped))

    def _listen(self, event: Event) -> None:
        if isinstance(event, Traced):
            self.facts.update(entry.fact for entry in event.entries if entry.fact)
        elif not isinstance(event, CallRefused) or event.count < 10:
            self.events.append(event)
        self._news.set()


def _note_collapse(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Give an exception nobody caught to the trial on whose behalf it was run."""
    error = context.get("exception")
    text = context.get("message", "")
    if error is not None:
        text += "\n" + "".join(traceback.format_exception(error))
    thing = context.get("handle") or context.get("task") or context.get("future")
    owner = getattr(thing, "_context", None)
    trial = owner.get(_running) if owner is not None else _running.get()
    if trial is not None:
        trial.collapses.append(text)
    else:
        loop.default_exception_handler(context)
        raise AssertionError(text)
