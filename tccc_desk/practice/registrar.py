"""The location service: contacts of the accounts and the flows they came over (RFC 3261 section 10.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tccc_desk.sip.address import Address
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Request, cseq

MAX_EXPIRES_S = 120
MIN_EXPIRES_S = 10
MAX_BINDINGS = 10
"""For one account."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One registered contact and the flow its REGISTER came over: calls go back that way."""

    username: str
    contact: Address
    call_id: str
    cseq: int
    expires_at: float
    flow: Flow | None
    """None for the made-up device of the fault "other-device": nobody can be reached there."""

    def listed(self, now: float) -> str:
        """The Contact header value of a 200 to REGISTER."""
        return f"<{self.contact.uri}>;expires={min(MAX_EXPIRES_S, max(0, round(self.expires_at - now)))}"


class RegistrationRefused(Exception):
    """The REGISTER is authentic but not acceptable: `status` with extra header lines."""

    def __init__(self, status: int, why: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(why)
        self.status = status
        self.headers = headers


class Registrar:
    """Bindings of all accounts. Time is an argument."""

    def __init__(self) -> None:
        self._bindings: dict[str, list[Binding]] = {}

    def bindings(self, username: str, now: float) -> tuple[Binding, ...]:
        """What is bound and not expired, newest last."""
        alive = [binding for binding in self._bindings.get(username, ()) if binding.expires_at > now]
        self._bindings[username] = alive
        return tuple(alive)

    def update(
        self, username: str, request: Request, flow: Flow, now: float, cap_s: int = MAX_EXPIRES_S
    ) -> tuple[Binding, ...]:
        """Apply one REGISTER, all of its contacts or none; return what is bound then.

        Raises RegistrationRefused.
        """
        current = list(self.bindings(username, now))
        lines = request.headers.split("Contact")
        call_id, (number, _) = request.headers.get("Call-ID"), cseq(request)
        if "*" in lines:
            if len(lines) > 1 or request.headers.get("Expires").strip() != "0":
                raise RegistrationRefused(400, "Contact * needs Expires 0 and no other Contact")
            for old in current:
                _check_order(old, call_id, number)
            current = []
            lines = ()
        for line in lines:
            contact = Address.parse(line)
            expires = _asked_expiry(contact, request)
            if 0 < expires < MIN_EXPIRES_S:
                raise RegistrationRefused(
                    423, f"expiry below {MIN_EXPIRES_S} s", (("Min-Expires", str(MIN_EXPIRES_S)),)
                )
            for old in [old for old in current if old.contact.uri.same(contact.uri)]:
                _check_order(old, call_id, number)
                current.remove(old)
            if expires:
                granted = min(expires, cap_s)
                bare = Address("", contact.uri, ())
                current.append(Binding(username, bare, call_id, number, now + granted, flow))
        if len(current) > MAX_BINDINGS:
            raise RegistrationRefused(403, f"more than {MAX_BINDINGS} bindings")
        self._bindings[username] = current
        return tuple(current)

    def add(self, binding: Binding) -> None:
        """Put a binding there that no REGISTER made."""
        self._bindings.setdefault(binding.username, []).insert(0, binding)

    def drop_unreachable(self) -> None:
        """Remove what `add` put there."""
        self._keep(lambda binding: binding.flow is not None)

    def flow_lost(self, flow_id: int) -> tuple[Binding, ...]:
        """Remove the bindings of a lost connection (RFC 5626 section 5.3); returns them."""
        gone = tuple(
            binding
            for bindings in self._bindings.values()
            for binding in bindings
            if binding.flow is not None and binding.flow.id == flow_id
        )
        self._keep(lambda binding: binding not in gone)
        return gone

    def _keep(self, wanted: Callable[[Binding], bool]) -> None:
        for username, bindings in self._bindings.items():
            self._bindings[username] = [binding for binding in bindings if wanted(binding)]


def _asked_expiry(contact: Address, request: Request) -> int:
    """Seconds asked for one contact; a value nobody can read counts as the maximum (section 10.2.1.1)."""
    text = contact.parameter("expires")
    if text is None:
        text = request.headers.get("Expires", str(MAX_EXPIRES_S))
    text = text.strip()
    readable = text.isascii() and text.isdigit() and len(text) < 20
    return min(int(text), 2**32 - 1) if readable else MAX_EXPIRES_S


def _check_order(old: Binding, call_id: str, number: int) -> None:
    """Refuse a REGISTER that was overtaken by a later one of the same device (section 10.3, step 7)."""
    if old.call_id == call_id and number <= old.cseq:
        raise RegistrationRefused(400, "CSeq is not higher than that of the last REGISTER")
