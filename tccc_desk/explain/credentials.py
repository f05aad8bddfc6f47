"""Challenges and the credentials that answer them. The digest response itself is never in the log."""

from __future__ import annotations

from functools import partial
from typing import Literal

from tccc_desk.explain.facts import Facts, or_none
from tccc_desk.explain.fits import realm_fits
from tccc_desk.explain.model import Said, say
from tccc_desk.sip.digest import ALGORITHMS, parse_authorization, parse_challenges
from tccc_desk.sip.headers import Headers

_OWN: dict[str, Literal["WWW-Authenticate", "Proxy-Authenticate"]] = {
    "www-authenticate": "WWW-Authenticate",
    "proxy-authenticate": "Proxy-Authenticate",
}


def www_authenticate(value: str, facts: Facts, _nth: int) -> Said:
    return _challenge(value, facts, "www-authenticate")


def proxy_authenticate(value: str, facts: Facts, _nth: int) -> Said:
    return _challenge(value, facts, "proxy-authenticate")


def _challenge(value: str, facts: Facts, header: str) -> Said:
    name = _OWN[header]
    found = parse_challenges(Headers([(name, value)]), name)
    if not found:
        scheme = value.split(" ", 1)[0]
        return say("explain.challenge.unreadable", "wrong", scheme=scheme)
    one = found[0]
    values = {"realm": one.realm, "algorithm": one.algorithm, "qop": ", ".join(one.qop) or "-"}
    if one.algorithm.upper() not in map(str.upper, ALGORITHMS):
        return say("explain.challenge.algorithm", "wrong", **values)
    if one.qop and "auth" not in one.qop:
        return say("explain.challenge.qop", "wrong", **values)
    if one.stale:
        return say("explain.challenge.stale", "expected", **values)
    if not realm_fits(one.realm, facts.domain):
        return say("explain.challenge.realm", "unusual", **values)
    if facts.context.credentials_sent_before:
        return say("explain.challenge.again", "wrong", **values)
    if not one.qop:
        return say("explain.challenge.no-qop", "unusual", **values)
    return say("explain.challenge.first", "expected", **values)


def authorization(value: str, facts: Facts, _nth: int) -> Said:
    if facts.method == "INVITE" and facts.context.step == 2:
        return _credentials(value, facts, proxied=False)
    return _credentials(value, facts, proxied=True)


def proxy_authorization(value: str, facts: Facts, _nth: int) -> Said:
    return _credentials(value, facts, proxied=True)


def _credentials(value: str, facts: Facts, *, proxied: bool) -> Said:
    found = or_none(partial(parse_authorization, value))
    if found is None:
        return say("explain.credentials.unreadable", "wrong", scheme=value.split(" ", 1)[0])
    values = {name: found.get(name, "") or "-" for name in ("username", "realm", "uri", "nc")}
    values["algorithm"] = found.get("algorithm") or "MD5"
    trunk = facts.context.trunk
    if trunk is not None and found["username"] != trunk.digest_username and "userhash" not in found:
        return say("explain.credentials.user", "wrong", **values)
    # ACK carries the credentials of its INVITE as they were (RFC 3261 section 22.1).
    if facts.request and facts.uri and found["uri"] != facts.uri and facts.method != "ACK":
        return say("explain.credentials.uri", "wrong", asked=facts.uri, **values)
    if not realm_fits(found["realm"], facts.domain):
        return say("explain.credentials.realm", "unusual", **values)
    if not proxied:
        return say("explain.credentials.not-proxy", "unusual", **values)
    return say("explain.credentials.fit", "expected", **values)


def authentication_info(value: str, _facts: Facts, _nth: int) -> Said:
    if "nextnonce" in value.lower():
        return say("explain.authentication-info.next", "info")
    return say("explain.authentication-info.proof", "info")
