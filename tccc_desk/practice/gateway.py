"""The practice gateway: registrar and proxy with the provider's rules, lines to call, and faults on demand.

Step 1 of the provider's document is REGISTER with a 401, step 2 an INVITE to a line number
with a 407, step 3 an INVITE from here to a registered contact over the flow it registered on.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from tccc_desk.net.media import MediaClock
from tccc_desk.sip.address import Address
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.outputs import RequestReceived
from tccc_desk.sip.uri import Uri
from tccc_desk.texts.catalogue import text

from .accounts import DEFAULT_DOMAIN, Account, new_accounts
from .calling import Wish
from .core import Core, token
from .events import AccountShown, Event, FaultSet, LineShown, Ready, Troubled, Unregistered
from .exchange import CannotDo, Exchange
from .faults import FAULTS, Fault, Faults
from .leg import Stage
from .lines import DEFAULT_LINE, LINES
from .reception import Reception
from .registrar import Binding, Registrar

OTHER_DEVICE = "sip:{}@192.0.2.77:5060"
"""A contact in a network made for documents, RFC 5737: nobody is there."""
OTHER_DEVICE_LIFE_S = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the gateway runs."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 finds one that is free for UDP and TCP."""
    domain: str = DEFAULT_DOMAIN
    record_route: bool = False
    """Add a Record-Route to answers, as a provider's proxy does, so that later requests bear a Route."""
    wake_phone: bool = True
    """Start pyVoIP's phone in the background; False starts it when its line is first called."""


class Gateway:
    """One running gateway. Everything happens on the running loop's thread."""

    def __init__(self, settings: Settings, listener: Callable[[Event], None]) -> None:
        self._settings = settings
        self._emit = listener
        self.accounts: dict[str, Account] = new_accounts()
        self._faults = Faults()
        self._registrar = Registrar()
        self._clock = MediaClock()
        self._core = Core(self._accept, self._lost, self._trouble)
        self._stage = Stage(self._core, self._clock, listener, record_route=settings.record_route)
        self.exchange = Exchange(self._stage, settings.domain, listener)
        self._reception = Reception(
            core=self._core,
            exchange=self.exchange,
            registrar=self._registrar,
            faults=self._faults,
            accounts=self.accounts,
            domain=settings.domain,
            emit=listener,
        )

    async def start(self) -> Ready:
        """Bind the sockets and return what a face needs to know. Raises OSError."""
        await self._core.open(self._settings.host, self._settings.port)
        host, port = self._core.sockets.local
        self.exchange.open(host, port, wake_phone=self._settings.wake_phone)
        return self.ready()

    async def close(self) -> None:
        """Hang up, end the phone, close the sockets."""
        await self.exchange.close()
        await self._core.close()
        self._clock.stop()

    def ready(self) -> Ready:
        """Return address, accounts with their passwords, and lines."""
        host, port = self._core.sockets.local
        return Ready(
            host=host,
            port=port,
            domain=self._settings.domain,
            accounts=tuple(
                AccountShown(username=each.username, password=each.password)
                for each in self.accounts.values()
            ),
            lines=tuple(
                LineShown(
                    number=line.number,
                    name=line.name,
                    en=text(f"practice.line.{line.name}", "en"),
                    zh=text(f"practice.line.{line.name}", "zh"),
                )
                for line in LINES
            ),
            default_line=DEFAULT_LINE,
            faults=FAULTS,
            pid=os.getpid(),
        )

    def set_password(self, username: str, password: str) -> None:
        """Give an account another password. Raises CannotDo."""
        if username not in self.accounts:
            raise CannotDo("account", f"there is no account {username}")
        if not password:
            raise CannotDo("password", "a password is needed")
        self.accounts[username] = Account(username, password)

    def apply(self, fault: Fault) -> None:
        """Misbehave from now on, or, with "normal", behave again."""
        self._faults.apply(fault)
        match fault:
            case "normal":
                self._registrar.drop_unreachable()
            case "kill-connections":
                self._core.sockets.kill_connections()
            case "other-device":
                self._add_other_device()
        self._core.sockets.deaf = "silence" in self._faults.on
        self._stage.mute = "one-way" in self._faults.on
        self._emit(FaultSet(name=fault))

    def bindings(self) -> dict[str, tuple[str, ...]]:
        """Return contacts with the seconds they have left, by account."""
        now = self._core.now()
        return {
            name: tuple(binding.listed(now) for binding in self._registrar.bindings(name, now))
            for name in self.accounts
        }

    def call_in(self, wish: Wish) -> str:
        """Call the device that registered an account last; return the call's handle. Raises CannotDo."""
        for binding in reversed(self._registrar.bindings(wish.account, self._core.now())):
            if binding.flow is not None:
                return self.exchange.call_in(wish, str(binding.contact.uri), binding.flow)
        raise CannotDo("account", f"{wish.account} is not registered")

    def hang_up(self, call: str = "") -> int:
        """End one call, or all; return how many."""
        return self.exchange.hang_up(call)

    def _accept(self, event: RequestReceived) -> None:
        self._reception.accept(event)

    def _trouble(self, kind: str, detail: str) -> None:
        self._emit(Troubled(kind=kind, detail=detail))

    def _lost(self, flow: Flow, _detail: str) -> None:
        for binding in self._registrar.flow_lost(flow.id):
            contact = str(binding.contact.uri)
            self._emit(Unregistered(account=binding.username, contact=contact, why="connection-lost"))

    def _add_other_device(self) -> None:
        self._registrar.drop_unreachable()
        expires_at = self._core.now() + OTHER_DEVICE_LIFE_S
        for name in self.accounts:
            contact = Address("", Uri.parse(OTHER_DEVICE.format(name)), ())
            self._registrar.add(Binding(name, contact, token(), 1, expires_at, None))
