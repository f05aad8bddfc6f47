"""An INVITE, header by header, against step 2 or step 3 of the provider's document.

Each rule looks at one thing and is judged for itself, so that one mistake is one line. What the document
demands is a "must"; what it advises, or general practice wants, is "advice".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tccc_desk.diagnosis.invite import Invite
from tccc_desk.explain.fits import G711, UDP_SAFE, UNSPECIFIED, domain_fits, hops_fit, number_fits, realm_fits
from tccc_desk.rtp.addresses import private
from tccc_desk.trunk.china import read_number

Weight = Literal["must", "advice"]


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the trunk; empty where it is not, and then the shape alone is judged."""

    line: str = ""
    """Step 2: the trunk's own line number. Step 3: the number the provider wants dialled."""
    caller: str = ""
    domain: str = ""
    username: str = ""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One line of the table. `expected` and `found` are values, or text ids from "conformance.value."."""

    id: str
    header: str
    expected: str
    found: str
    ok: bool | None
    """None: cannot be judged from this message alone."""
    weight: Weight = "must"
    details: Mapping[str, str] = field(default_factory=dict)


Rule = Callable[[Invite, Context], RuleResult]


def conformance(invite: Invite, step: Literal[2, 3], context: Context) -> tuple[RuleResult, ...]:
    """Judge every rule of a step; those on credentials only where there are credentials."""
    rules = _STEP_2 if step == 2 else _STEP_3
    results = [rule(invite, context) for rule in rules]
    if step == 2 and invite.credentials:
        results += [rule(invite, context) for rule in _CREDENTIALS]
    return tuple(results)


def _number(id: str, header: str, found: str, wanted: str) -> RuleResult:
    expected = wanted or "conformance.value.a-number"
    return RuleResult(id, header, expected, found, number_fits(found, wanted))


def _domain(id: str, header: str, found: str, wanted: str) -> RuleResult:
    expected = wanted or "conformance.value.instance-domain"
    return RuleResult(id, header, expected, found, domain_fits(found, wanted))


def _uri_user(invite: Invite, context: Context) -> RuleResult:
    return _number("uri-user", "Request-URI", invite.uri_user, context.line)


def _uri_host(invite: Invite, context: Context) -> RuleResult:
    return _domain("uri-host", "Request-URI", invite.uri_host, context.domain)


def _to_user(invite: Invite, context: Context) -> RuleResult:
    return _number("to-user", "To", invite.to_user, context.line)


def _to_host(invite: Invite, context: Context) -> RuleResult:
    return _domain("to-host", "To", invite.to_host, context.domain)


def _to_tag(invite: Invite, _: Context) -> RuleResult:
    return RuleResult("to-tag", "To", "conformance.value.no-tag", invite.to_tag, not invite.to_tag)


def _from_user(invite: Invite, context: Context) -> RuleResult:
    result = _number("from-user", "From", invite.from_user, context.caller)
    account = context.username or invite.credentials.get("username", "")
    if account and invite.from_user == account:
        return RuleResult("from-user", "From", result.expected, invite.from_user, False)
    return result


def _from_host(invite: Invite, context: Context) -> RuleResult:
    return _domain("from-host", "From", invite.from_host, context.domain)


def _from_tag(invite: Invite, _: Context) -> RuleResult:
    return RuleResult("from-tag", "From", "conformance.value.a-tag", invite.from_tag, bool(invite.from_tag))


def _credentials(invite: Invite, _: Context) -> RuleResult:
    if invite.credentials:
        found: str = "conformance.value.there"
        return RuleResult("credentials", "Proxy-Authorization", found, found, True)
    return RuleResult(
        "credentials", "Proxy-Authorization", "conformance.value.there", "conformance.value.missing", None
    )


def _credentials_user(invite: Invite, context: Context) -> RuleResult:
    found = invite.credentials.get("username", "")
    expected = context.username or "conformance.value.account"
    ok = found == context.username if context.username else bool(found)
    return RuleResult("credentials-user", "Proxy-Authorization", expected, found, ok)


def _credentials_realm(invite: Invite, context: Context) -> RuleResult:
    found = invite.credentials.get("realm", "")
    ok = realm_fits(found, context.domain)
    expected = context.domain or "conformance.value.instance-domain"
    return RuleResult("credentials-realm", "Proxy-Authorization", expected, found, ok)


def _credentials_uri(invite: Invite, context: Context) -> RuleResult:
    """RFC 7616 section 3.4.6: the URI of the request; servers compare it octet by octet."""
    found = invite.credentials.get("uri", "")
    due = f"sip:{context.line}@{context.domain}" if context.line and context.domain else invite.uri
    ok = found in {invite.uri, due}
    return RuleResult("credentials-uri", "Proxy-Authorization", invite.uri, found, ok)


def _via(invite: Invite, _: Context) -> RuleResult:
    ok = bool(invite.via_host) and invite.via_host not in UNSPECIFIED
    return RuleResult("via-host", "Via", "conformance.value.an-address", invite.via_host, ok)


def _transport(invite: Invite, _: Context) -> RuleResult:
    found = invite.transport
    return RuleResult("transport", "Via", "conformance.value.tcp", found, found in {"TCP", "TLS"}, "advice")


def _size(invite: Invite, _: Context) -> RuleResult:
    fits = invite.transport != "UDP" or invite.octets <= UDP_SAFE
    return RuleResult("size", "", "conformance.value.size", str(invite.octets), fits, "advice")


def _forwards(invite: Invite, _: Context) -> RuleResult:
    found = invite.max_forwards
    return RuleResult("max-forwards", "Max-Forwards", "conformance.value.hops", found, hops_fit(found))


def _contact(invite: Invite, _: Context) -> RuleResult:
    ok = bool(invite.contact_host) and invite.contact_host not in UNSPECIFIED
    return RuleResult("contact", "Contact", "conformance.value.an-address", invite.contact, ok)


def _body(invite: Invite, _: Context) -> RuleResult:
    found = f"conformance.value.sdp-{invite.body}"
    ok = {"there": True, "missing": None, "unreadable": False}[invite.body]
    return RuleResult("sdp", "SDP", "conformance.value.sdp-there", found, ok)


def _codec(invite: Invite, _: Context) -> RuleResult:
    names = {codec.partition("/")[0].upper() for codec in invite.codecs}
    ok = bool(names & G711) if invite.body == "there" else None
    return RuleResult("codec", "SDP m=audio", "PCMA, PCMU", ", ".join(invite.codecs), ok)


def _events(invite: Invite, _: Context) -> RuleResult:
    ok = invite.telephone_event if invite.body == "there" else None
    found = "conformance.value.there" if ok else "conformance.value.missing"
    return RuleResult("telephone-event", "SDP a=rtpmap", "conformance.value.there", found, ok, "advice")


def _media_address(invite: Invite, _: Context) -> RuleResult:
    ok = None if invite.body != "there" or not invite.media_host else not private(invite.media_host)
    return RuleResult(
        "media-address", "SDP c=", "conformance.value.public-address", invite.media_host, ok, "advice"
    )


def _form(id: str, header: str, found: str) -> RuleResult:
    kind = read_number(found).kind
    ok = None if kind == "none" else kind not in {"unknown", "local", "emergency"}
    return RuleResult(id, header, "conformance.value.whole-number", found, ok, "advice")


def _line_form(invite: Invite, context: Context) -> RuleResult:
    # Of the number itself: that another one stands in To is the rule before this one's business.
    return _form("line-form", "To", context.line or invite.to_user)


def _caller_form(invite: Invite, context: Context) -> RuleResult:
    return _form("caller-form", "From", context.caller or invite.from_user)


def _uri_ours(invite: Invite, context: Context) -> RuleResult:
    """Step 3: the Request-URI is the Contact of the registration, or the number to dial."""
    found = invite.uri_user
    known = {name for name in (context.username, context.line, invite.to_user) if name}
    ok = True if found in known or found.startswith("gw+") else None
    return RuleResult("uri-ours", "Request-URI", "conformance.value.contact-or-number", found, ok)


_ALWAYS: tuple[Rule, ...] = (
    _forwards,
    _contact,
    _body,
    _codec,
    _events,
    _media_address,
    _line_form,
    _caller_form,
)
_STEP_2: tuple[Rule, ...] = (
    _uri_user,
    _uri_host,
    _to_user,
    _to_host,
    _to_tag,
    _from_user,
    _from_host,
    _from_tag,
    _credentials,
    _via,
    _transport,
    _size,
    *_ALWAYS,
)
_CREDENTIALS: tuple[Rule, ...] = (_credentials_user, _credentials_realm, _credentials_uri)
_STEP_3: tuple[Rule, ...] = (
    _uri_ours,
    _to_user,
    _to_tag,
    _from_user,
    _from_host,
    _from_tag,
    *_ALWAYS,
)
