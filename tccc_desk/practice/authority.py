"""Who may register and call: digest challenges and their verification, server side.

RFC 7616 with qop "auth" and a nonce count that must rise; RFC 2617 answers without qop are
accepted from the gateway's own phone only, which knows nothing else.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from tccc_desk.sip.digest import expected_response, parse_authorization
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.message import Request

from .accounts import Account

NONCE_LIFE_S = 300.0
MAX_NONCES = 1000

Outcome = Literal["accepted", "missing", "stale", "wrong"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the credentials of one request are worth. `account` is set when they were accepted."""

    outcome: Outcome
    account: Account | None = None
    why: str = ""
    """For the admin's eyes: which part did not fit."""


@dataclass(slots=True)
class _Nonce:
    issued: float
    highest_count: int = 0


class Authority:
    """Issues nonces for one realm and checks the answers."""

    def __init__(self, realm: str, accounts: Mapping[str, Account], token: Callable[[], str]) -> None:
        self.realm = realm
        self._accounts = accounts
        self._token = token
        self._nonces: OrderedDict[str, _Nonce] = OrderedDict()

    def challenges(
        self,
        now: float,
        *,
        algorithms: tuple[str, ...],
        stale: bool = False,
        realm: str = "",
        qop: bool = True,
    ) -> tuple[str, ...]:
        """Values for WWW-Authenticate or Proxy-Authenticate, one an algorithm, all with one fresh nonce."""
        nonce = self._token()
        self._nonces[nonce] = _Nonce(now)
        if len(self._nonces) > MAX_NONCES:
            self._nonces.popitem(last=False)
        tail = (', qop="auth"' if qop else "") + (", stale=true" if stale else "")
        return tuple(
            f'Digest realm="{realm or self.realm}", nonce="{nonce}", algorithm={algorithm}{tail}'
            for algorithm in algorithms
        )

    def check(
        self, request: Request, header: str, now: float, *, algorithms: tuple[str, ...], realm: str = ""
    ) -> Verdict:
        """Judge the credentials in `header` of a request."""
        realm = realm or self.realm
        why = ""
        for value in request.headers.all(header):
            try:
                fields = parse_authorization(value)
            except RemoteProtocolError as error:
                why = str(error)
                continue
            if fields.get("realm") == realm:
                return self._judge(fields, request, now, algorithms)
            why = "the credentials are for another realm"
        return Verdict("missing", why=why)

    def _judge(
        self, fields: Mapping[str, str], request: Request, now: float, algorithms: tuple[str, ...]
    ) -> Verdict:
        account = self._accounts.get(fields.get("username", ""))
        if account is None:
            return Verdict("wrong", why="unknown digest user name")
        algorithm = fields.get("algorithm", "MD5")
        if algorithm.upper() not in {each.upper() for each in algorithms}:
            return Verdict("wrong", why=f"algorithm {algorithm} was not offered")
        if fields.get("uri") != request.uri:
            return Verdict("wrong", why="digest uri is not the Request-URI")
        if fields.get("qop", "").lower() != "auth":
            return Verdict("wrong", why="qop auth is missing")
        try:
            count = int(fields.get("nc", ""), 16)
            expected = expected_response(fields, request.method, account.password)
        except (ValueError, RemoteProtocolError):
            return Verdict("wrong", why="unusable digest fields")
        if not hmac.compare_digest(
            expected.encode(), fields.get("response", "").lower().encode(errors="replace")
        ):
            return Verdict("wrong", why="the password does not fit")
        # Only the right password earns "stale": RFC 7616 section 3.4.
        known = self._nonces.get(fields.get("nonce", ""))
        if known is None or now - known.issued > NONCE_LIFE_S or count <= known.highest_count:
            return Verdict("stale", account)
        known.highest_count = count
        return Verdict("accepted", account)

    def check_plain(self, request: Request, header: str, account: Account) -> bool:
        """Check an answer without qop and with a uri of the phone's own making (RFC 2617 section 3.2.2.1)."""
        for value in request.headers.all(header):
            try:
                fields = parse_authorization(value)
                expected = expected_response(fields, request.method, account.password)
            except (ValueError, RemoteProtocolError):
                continue
            known = fields.get("nonce", "") in self._nonces
            if known and fields.get("username") == account.username and fields.get("response") == expected:
                return True
        return False
