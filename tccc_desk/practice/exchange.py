"""The calls under way: lines answering, devices being called, pyVoIP's phone and its process."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from typing import TypeVar

from tccc_desk.net.media import PortsExhausted
from tccc_desk.sip.address import Address
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Request, cseq, from_address
from tccc_desk.sip.outputs import RequestReceived

from .accounts import Account, new_password
from .answering import AnsweringCall
from .calling import CallIn, Wish
from .core import callee_of, caller_of
from .events import CallArrived, DigitReceived, Event, PhoneChanged, Troubled
from .leg import Leg, Stage
from .lines import Line
from .phone import PhoneSettings, PhoneTold
from .phone_process import PhoneProcess
from .relay import Relay

MAX_CALLS = 100
L = TypeVar("L", bound=Leg)
PHONE_USER = "pyvoip"


class CannotDo(Exception):
    """A wish that makes no sense now. `field` names the part of it that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Exchange:
    """Every call of the gateway, by its handle."""

    def __init__(self, stage: Stage, domain: str, emit: Callable[[Event], None]) -> None:
        self._stage = stage
        self._domain = domain
        self._emit = emit
        self._numbers = itertools.count(1)
        self._calls: dict[str, Leg | Relay] = {}
        self._tasks: set[asyncio.Future[object]] = set()
        self.phone_account = Account(PHONE_USER, new_password())
        self._phone: PhoneProcess | None = None
        self._phone_at: tuple[str, Flow] | None = None

    def open(self, host: str, port: int, *, wake_phone: bool) -> None:
        """Know where we listen; start the phone in the background if it shall be there early."""
        account = self.phone_account
        self._phone = PhoneProcess(
            PhoneSettings(server=host, port=port, username=account.username, password=account.password),
            self._phone_told,
        )
        if wake_phone:
            self._spawn(self._phone.ensure())

    async def close(self) -> None:
        """Hang up and end the phone."""
        self.hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._phone is not None:
            await self._phone.stop()

    @property
    def phone_pid(self) -> int | None:
        """Process id of pyVoIP's phone while it runs."""
        return self._phone.pid if self._phone is not None else None

    @property
    def phone_remote(self) -> tuple[str, int] | None:
        """Where the phone registered from."""
        return self._phone_at[1].remote if self._phone_at is not None else None

    def phone_registered(self, request: Request, flow: Flow) -> str:
        """Note where the phone is; return its Contact URI. Raises RemoteProtocolError."""
        contact = str(Address.parse(request.headers.get("Contact")).uri)
        self._phone_at = (contact, flow)
        return contact

    def is_merged(self, request: Request) -> bool:
        """Whether an INVITE under way came already, by another path (RFC 3261 section 8.2.2.2)."""
        self._forget_ended()
        return any(
            leg.invite.headers.get("Call-ID") == request.headers.get("Call-ID")
            and from_address(leg.invite).tag == from_address(request).tag
            and cseq(leg.invite) == cseq(request)
            for leg in self._calls.values()
            if isinstance(leg, AnsweringCall | Relay)
        )

    def connect(self, event: RequestReceived, line: Line, account: Account) -> None:
        """Take an authenticated INVITE to one of our lines. Raises CannotDo, RemoteProtocolError."""
        self._check_room()
        request = event.request
        call = self._new_call()
        leg: AnsweringCall | Relay
        if line.action == "phone":
            leg = Relay(self._stage, call, event)
        else:
            leg = self._media_leg(lambda: AnsweringCall(self._stage, call, event, line, self._line_contact))
        self._emit(
            CallArrived(
                call=call,
                account=account.username,
                from_=caller_of(request),
                to=callee_of(request),
                line=line.name,
            )
        )
        self._calls[call] = leg
        if isinstance(leg, Relay):
            self._spawn(self._ring_phone(leg))
        else:
            leg.start()

    def call_in(self, wish: Wish, contact: str, flow: Flow) -> str:
        """Call a registered device; return the call's handle. Raises CannotDo."""
        self._check_room()
        call = self._new_call()
        leg = self._media_leg(
            lambda: CallIn(self._stage, call, flow, contact=contact, domain=self._domain, wish=wish)
        )
        self._calls[call] = leg
        leg.start()
        return call

    def hang_up(self, call: str = "") -> int:
        """End one call, or all; return how many."""
        self._forget_ended()
        if call and call not in self._calls:
            return 0
        chosen = [self._calls[call]] if call else list(self._calls.values())
        for leg in chosen:
            leg.hang_up()
        return len(chosen)

    async def _ring_phone(self, relay: Relay) -> None:
        awake = self._phone is not None and await self._phone.ensure()
        if awake and self._phone_at is not None:
            relay.start(*self._phone_at)
        else:
            relay.refuse(503, "the phone of pyVoIP does not run")

    def _phone_told(self, told: PhoneTold) -> None:
        match told.state:
            case "starting" | "ready" | "gone":
                if told.state == "gone":
                    self._phone_gone()
                self._emit(PhoneChanged(state=told.state, detail=told.detail))
            case "digit":
                talking = [leg.call for leg in self._calls.values() if isinstance(leg, Relay)]
                self._emit(DigitReceived(call=talking[-1] if talking else "", digit=told.detail))
            case "failed" | "trouble":
                self._emit(Troubled(kind="phone", detail=told.detail))

    def _media_leg(self, make: Callable[[], L]) -> L:
        try:
            return make()
        except PortsExhausted as error:
            raise CannotDo("call", f"no free media ports: {error}") from error

    def _phone_gone(self) -> None:
        self._phone_at = None
        for leg in self._calls.values():
            if isinstance(leg, Relay):
                leg.phone_gone()

    def _line_contact(self, number: str) -> str:
        return f"<sip:{number}@{self._domain}>"

    def _check_room(self) -> None:
        self._forget_ended()
        if len(self._calls) >= MAX_CALLS:
            raise CannotDo("call", f"{MAX_CALLS} calls are there already")

    def _new_call(self) -> str:
        return f"call-{next(self._numbers)}"

    def _forget_ended(self) -> None:
        self._calls = {name: leg for name, leg in self._calls.items() if leg.state != "ended"}

    def _spawn(self, work: Coroutine[object, object, object]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
