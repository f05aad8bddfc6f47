"""From, To, Contact and Via: whose number stands where, and where answers go."""

from __future__ import annotations

from tccc_desk.explain.facts import Facts, read_address, read_via, whole
from tccc_desk.explain.fits import UNSPECIFIED, domain_fits, number_fits, unreachable
from tccc_desk.explain.model import Said, say
from tccc_desk.sip.address import Address
from tccc_desk.sip.grammar import find_parameter, split_commas
from tccc_desk.sip.via import BRANCH_COOKIE

SHORT_EXPIRY_S = 60
"""A binding granted for less has to be refreshed twice a minute."""


def from_line(value: str, facts: Facts, _nth: int) -> Said:
    """From: who calls, or the account that registers."""
    address = read_address(value)
    if address is None:
        return say("explain.from.unreadable", "wrong", value=value)
    if not address.tag:
        return say("explain.from.no-tag", "wrong", value=value)
    if not facts.as_called:
        return say("explain.from.called", "info", number=address.uri.number)
    if facts.method == "REGISTER":
        return _account("from", address, facts)
    if facts.context.step == 2:
        return _caller(address, facts)
    if facts.context.step == 3:
        return say("explain.from.step3", "expected", number=address.uri.number)
    return say("explain.from.other", "info", number=address.uri.number or address.uri.host)


def _caller(address: Address, facts: Facts) -> Said:
    number, host = address.uri.number, address.uri.host
    if facts.account and number == facts.account:
        return say("explain.from.account", "wrong", number=number)
    if not number_fits(number, facts.context.caller):
        return say("explain.from.caller-wrong", "wrong", number=number, caller=facts.context.caller)
    if not domain_fits(host, facts.domain):
        return say("explain.from.host-wrong", "wrong", host=host, domain=facts.domain)
    return say("explain.from.caller", "expected", number=number)


def to_line(value: str, facts: Facts, _nth: int) -> Said:
    """To: the number the provider reads in step 2, the number to dial in step 3."""
    address = read_address(value)
    if address is None:
        return say("explain.to.unreadable", "wrong", value=value)
    number = address.uri.number
    if facts.request and facts.context.first_request and address.tag:
        return say("explain.to.tag-new", "wrong", tag=address.tag)
    if not facts.as_called:
        return say("explain.to.caller", "info", number=number)
    if facts.method == "REGISTER":
        return _account("to", address, facts)
    if facts.context.step == 2:
        return _line_number(address, facts)
    if facts.context.step == 3:
        if not number:
            return say("explain.to.empty", "wrong", value=value)
        if facts.context.line and number != facts.context.line:
            return say("explain.to.step3-other", "unusual", number=number, line=facts.context.line)
        return say("explain.to.step3", "expected", number=number)
    return say("explain.to.other", "info", number=number or address.uri.host)


def _line_number(address: Address, facts: Facts) -> Said:
    number, host = address.uri.number, address.uri.host
    if facts.account and number == facts.account:
        return say("explain.to.account", "wrong", number=number)
    if not number_fits(number, facts.context.line):
        return say("explain.to.line-wrong", "wrong", number=number, line=facts.context.line)
    if not domain_fits(host, facts.domain):
        return say("explain.to.host-wrong", "wrong", host=host, domain=facts.domain)
    return say("explain.to.line", "expected", number=number)


def _account(header: str, address: Address, facts: Facts) -> Said:
    """REGISTER: From and To are both the account (RFC 3261 section 10.2)."""
    user, host = address.uri.number, address.uri.host
    if not user or (facts.account and user != facts.account):
        return say("explain.register.account-wrong", "wrong", header=header.title(), user=user)
    if not domain_fits(host, facts.domain):
        return say("explain.register.host-wrong", "wrong", header=header.title(), host=host)
    return say(f"explain.{header}.register", "expected", user=user, host=host)


def contact(value: str, facts: Facts, _nth: int) -> Said:
    """Contact: where the other side sends what comes next."""
    if facts.method == "REGISTER":
        return _binding(value, facts)
    address = read_address(value)
    if address is None:
        return say("explain.contact.unreadable", "wrong", value=value)
    host = address.uri.host
    if 300 <= facts.status < 400:
        return say("explain.contact.redirect", "unusual", uri=str(address.uri))
    if host in UNSPECIFIED:
        return say("explain.contact.nowhere", "wrong", host=host)
    if unreachable(host):
        received = facts.context.direction == "received"
        id = "explain.contact.private-theirs" if received else "explain.contact.private"
        return say(id, "unusual" if received else "info", host=host)
    ours = facts.context.direction == "sent"
    return say(
        "explain.contact.dialog" if ours else "explain.contact.theirs", "expected", uri=str(address.uri)
    )


def _binding(value: str, facts: Facts) -> Said:
    if value == "*":
        return say("explain.contact.all", "wrong")
    parts = split_commas(value)
    if not facts.request and facts.contacts > 1:
        return say("explain.contact.others", "unusual", count=facts.contacts, value=parts[0])
    address = read_address(value)
    if address is None:
        return say("explain.contact.unreadable", "wrong", value=value)
    expires = find_parameter(address.parameters, "expires")
    seconds = whole(expires) if expires else None
    uri = str(address.uri)
    if facts.request:
        if seconds == 0 or (seconds is None and whole(facts.cut.first("expires")) == 0):
            return say("explain.contact.remove", "expected", uri=uri)
        return say("explain.contact.register", "expected", uri=uri)
    if seconds is None:
        return say("explain.contact.binding", "expected", uri=uri)
    if seconds < SHORT_EXPIRY_S:
        return say("explain.contact.granted-short", "unusual", uri=uri, seconds=seconds)
    return say("explain.contact.granted", "expected", uri=uri, seconds=seconds)


def via(value: str, facts: Facts, nth: int) -> Said:
    """Via: the way back. `nth` 0 is the last hop of a request, and our own in a response to us."""
    hop = read_via(value)
    if hop is None:
        return say("explain.via.unreadable", "wrong", value=value)
    address = f"{hop.host}:{hop.port}" if hop.port else hop.host
    if hop.host in UNSPECIFIED:
        return say("explain.via.nowhere", "wrong", address=address)
    if nth:
        return say("explain.via.further", "info", address=address, transport=hop.transport)
    if not hop.branch.startswith(BRANCH_COOKIE):
        return say("explain.via.branch", "unusual", branch=hop.branch or "-")
    ours = facts.by_us
    if not facts.request and ours:
        if hop.rport is None and not hop.received:
            return say("explain.via.returned", "expected", address=address)
        seen_host, seen_port = hop.received or hop.host, hop.rport or hop.port or ""
        seen = f"{seen_host}:{seen_port}"
        if (seen_host, hop.rport or hop.port) == (hop.host, hop.port):
            return say("explain.via.no-nat", "expected", address=address)
        return say("explain.via.nat", "expected", address=address, seen=seen)
    if facts.request and ours and hop.transport == "UDP" and not hop.wants_rport:
        return say("explain.via.no-rport", "unusual", address=address)
    if ours:
        return say("explain.via.sent", "expected", address=address, transport=hop.transport)
    return say("explain.via.theirs", "info", address=address, transport=hop.transport)
