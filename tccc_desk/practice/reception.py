"""What becomes of a request outside any dialog: challenged, refused, registered, or put through."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Message, Request, from_address, response_to, to_address
from tccc_desk.sip.outputs import RequestReceived
from tccc_desk.sip.uri import Uri

from .accounts import Account
from .authority import Authority
from .core import Core, token
from .events import Event, Refused, Registered, Unregistered
from .exchange import PHONE_USER, CannotDo, Exchange
from .faults import FOREIGN_REALM, RETRY_AFTER_S, SHORT_EXPIRY_S, Faults
from .leg import ALLOW
from .lines import find_line
from .registrar import MAX_EXPIRES_S, Binding, Registrar, RegistrationRefused

METHODS = f"{ALLOW}, REGISTER"
Headers = list[tuple[str, str]]


class Reception:
    """The provider's rules, and the faults that bend them."""

    def __init__(
        self,
        *,
        core: Core,
        exchange: Exchange,
        registrar: Registrar,
        faults: Faults,
        accounts: Mapping[str, Account],
        domain: str,
        emit: Callable[[Event], None],
    ) -> None:
        self._core = core
        self._exchange = exchange
        self._registrar = registrar
        self._faults = faults
        self._accounts = accounts
        self._domain = domain
        self._emit = emit
        self.authority = Authority(domain, accounts, token)
        core.sockets.spared = self._of_our_phone

    def accept(self, event: RequestReceived) -> None:
        """Take one request. Raises RemoteProtocolError where it cannot be read."""
        request = event.request
        if required := request.headers.split("Require"):
            self._refuse(event, 420, "no extensions here", [("Unsupported", ", ".join(required))])
            return
        match request.method:
            case "REGISTER" if to_address(request).uri.number == PHONE_USER:
                self._register_phone(event)
            case "REGISTER":
                self._register(event)
            case "INVITE":
                self._invite(event)
            case "OPTIONS":
                self._core.respond(
                    event.transaction,
                    response_to(request, 200, to_tag=token(), headers=[("Allow", METHODS)]),
                )
            case "BYE" | "INFO" | "UPDATE" | "PRACK":
                self._refuse(event, 481, "no such dialog")
            case _:
                self._refuse(event, 405, "this method is not offered here", [("Allow", METHODS)])

    # step 1

    def _register(self, event: RequestReceived) -> None:
        request, now = event.request, self._core.now()
        if self._refused_by_fault(event):
            return
        account = self._authentic(event, "WWW-Authenticate", "Authorization", 401)
        if account is None:
            return
        aor = to_address(request).uri
        if aor.host.lower() != self._domain or aor.number not in self._accounts:
            self._refuse(event, 404, "To is not an account of this domain")
            return
        if aor.number != account.username:
            self._refuse(event, 403, "the digest user may not register this account")
            return
        before = self._registrar.bindings(account.username, now)
        cap = SHORT_EXPIRY_S if "short-expiry" in self._faults.on else MAX_EXPIRES_S
        try:
            bound = self._registrar.update(account.username, request, event.flow, now, cap)
        except RegistrationRefused as refused:
            self._refuse(event, refused.status, str(refused), list(refused.headers))
            return
        headers = [("Contact", binding.listed(now)) for binding in bound]
        self._core.respond(event.transaction, response_to(request, 200, to_tag=token(), headers=headers))
        self._tell_bindings(account.username, before, bound, now)

    def _tell_bindings(
        self, username: str, before: tuple[Binding, ...], after: tuple[Binding, ...], now: float
    ) -> None:
        for binding in after:
            if binding not in before:
                self._emit(
                    Registered(
                        account=username,
                        contact=str(binding.contact.uri),
                        expires=round(binding.expires_at - now),
                        flow=str(binding.flow),
                    )
                )
        kept = {str(binding.contact.uri) for binding in after}
        for binding in before:
            if (contact := str(binding.contact.uri)) not in kept:
                self._emit(Unregistered(account=username, contact=contact, why="asked"))

    def _register_phone(self, event: RequestReceived) -> None:
        """Let our own phone in, by a digest without qop: the only one it can answer."""
        request, now = event.request, self._core.now()
        if self.authority.check_plain(request, "Authorization", self._exchange.phone_account):
            contact = self._exchange.phone_registered(request, event.flow)
            status, header = 200, ("Contact", f"<{contact}>;expires={MAX_EXPIRES_S}")
        else:
            (value,) = self.authority.challenges(now, algorithms=("MD5",), qop=False)
            status, header = 401, ("WWW-Authenticate", value)
        self._core.respond(event.transaction, response_to(request, status, to_tag=token(), headers=[header]))

    def _of_our_phone(self, message: Message, flow: Flow) -> bool:
        """Whether a message comes from our own phone, which the fault "silence" leaves alone."""
        if flow.remote == self._exchange.phone_remote:
            return True
        return isinstance(message, Request) and to_address(message).uri.number == PHONE_USER

    # step 2

    def _invite(self, event: RequestReceived) -> None:
        request = event.request
        if self._refused_by_fault(event):
            return
        account = self._authentic(event, "Proxy-Authenticate", "Proxy-Authorization", 407)
        if account is None:
            return
        target, to, caller = Uri.parse(request.uri), to_address(request).uri, from_address(request).uri
        if caller.host.lower() != self._domain:
            self._refuse(event, 403, "From is not of the instance domain")
        elif to.host.lower() != self._domain or target.host.lower() != self._domain:
            self._refuse(event, 404, "To or Request-URI is not of the instance domain")
        elif target.number != to.number:
            self._refuse(event, 404, "Request-URI and To differ, both are the line number")
        elif self._exchange.is_merged(request):
            self._refuse(event, 482, "this INVITE came before")
        elif (line := find_line(to.number)) is None:
            self._refuse(event, 404, "no such line number")
        else:
            try:
                self._exchange.connect(event, line, account)
            except CannotDo as full:
                self._refuse(event, 503, str(full))

    # who may, and who gets refused

    def _authentic(self, event: RequestReceived, challenge: str, answer: str, status: int) -> Account | None:
        """Return whose credentials the request bears; None when it has been challenged instead."""
        now, faults = self._core.now(), self._faults
        realm = FOREIGN_REALM if "foreign-realm" in faults.on else ""
        verdict = self.authority.check(event.request, answer, now, algorithms=faults.algorithms, realm=realm)
        stale, why = verdict.outcome == "stale", verdict.why
        if verdict.outcome == "accepted":
            if faults.take("stale-nonce"):
                stale = True
            elif "wrong-password" in faults.on:
                why = "the password does not fit"
            else:
                return verdict.account
        headers = [
            (challenge, value)
            for value in self.authority.challenges(
                now, algorithms=faults.algorithms, stale=stale, realm=realm
            )
        ]
        self._refuse(event, status, "stale nonce" if stale else why, headers)
        return None

    def _refused_by_fault(self, event: RequestReceived) -> bool:
        if "403" in self._faults.on:
            self._refuse(event, 403, "the fault 403 is on")
        elif "503" in self._faults.on:
            self._refuse(event, 503, "the fault 503 is on", [("Retry-After", str(RETRY_AFTER_S))])
        else:
            return False
        return True

    def _refuse(self, event: RequestReceived, status: int, why: str, headers: Headers | None = None) -> None:
        """Answer with an error, and with a Warning that says why to whoever reads the log."""
        lines = list(headers or ())
        if why:
            lines.append(("Warning", f'399 practice "{why}"'))
            self._emit(Refused(method=event.request.method, status=status, why=why))
        self._core.respond(
            event.transaction, response_to(event.request, status, to_tag=token(), headers=lines)
        )
