"""From what a form or a command line holds to a `Trunk` or a call, or to one clear refusal."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast, get_args

from tccc_desk.trunk.dialling import checked_prefix, checked_rule
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.numbers import checked_number
from tccc_desk.trunk.plain import plain, shown
from tccc_desk.trunk.profile import DEFAULT_EXPIRES_S, DtmfMethod, Transport, Trunk
from tccc_desk.trunk.server import (
    BACKUP_SERVER,
    IP_MODE_HOSTS,
    IP_MODE_PORT,
    PORT,
    SERVER,
    TCCC,
    TLS_PORT,
    ServerAddress,
    is_instance_domain,
    parse_domain,
    parse_server,
)

MIN_EXPIRES_S, MAX_EXPIRES_S = 10, 86_400
CODECS = ("PCMA", "PCMU")
"""Offered and taken unless others are asked for."""
_KNOWN_CODECS = (*CODECS, "G722")
DTMF_METHODS: tuple[DtmfMethod, ...] = get_args(DtmfMethod)
MAX_HEADERS = 16
MAX_DTMF = 64
MAX_SOURCES = 64
FIELDS = (
    "name",
    "username",
    "domain",
    "server",
    "backup_server",
    "transport",
    "expires",
    "auth_username",
    "ca_file",
    "loose_route",
    "register",
    "codecs",
    "allowed_realms",
    "allowed_sources",
    "dtmf_method",
    "number_rule",
    "number_prefix",
    "line_number",
    "caller_number",
)

# What may stand unescaped in the user part of a SIP URI (RFC 3261 section 25.1), less ',', ';', '?'.
_USER = re.compile(r"[A-Za-z0-9\-_.!~*'()&=+$/]+")
_AUTH_USER = re.compile(r"[!#-\[\]-~]+")  # printable ASCII without space, '"' and '\'
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_OWNED_HEADERS = frozenset(
    {"via", "from", "to", "call-id", "cseq", "contact", "content-length", "content-type", "max-forwards"}
    | {"authorization", "proxy-authorization", "route", "record-route", "v", "f", "t", "i", "m", "l", "c"}
)
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something filled in or doubtful, worth a sentence; it stops nothing."""

    field: str
    finding: str
    details: dict[str, str]


@dataclass(frozen=True, slots=True)
class CheckedCall:
    """A test call as `PlaceTestCall` takes it."""

    caller: str
    line: str
    headers: tuple[tuple[str, str], ...]
    dtmf: str
    codecs: tuple[str, ...]
    """Empty: the trunk's own order."""


def checked_trunk(fields: Mapping[str, str]) -> tuple[Trunk, tuple[Notice, ...]]:
    """Validate and normalise one trunk; `fields` has keys of `FIELDS`, a missing or empty one is the default.

    Without a "name" key the account (user@domain) becomes the name. Raises InputError
    on the first bad field; an unknown key is our own mistake and raises KeyError.
    """
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise KeyError(f"not a trunk field: {min(unknown)}")
    notices: list[Notice] = []

    def entered(field: str, limit: int = 128) -> str:
        return plain(field, fields.get(field, ""), limit)

    name = plain("name", fields["name"], 64, required=True) if "name" in fields else ""
    username = _checked_user("username", plain("username", fields.get("username", ""), 64, required=True))
    domain = parse_domain("domain", fields.get("domain", ""))
    server = parse_server("server", fields.get("server", ""))
    backup = parse_server("backup_server", fields["backup_server"]) if entered("backup_server", 320) else None
    transport = _checked_transport(entered("transport", 16), server, backup, notices)
    server = _with_port("server", server, transport, notices)
    if backup:
        backup = _with_port("backup_server", backup, transport, notices)
        if (backup.host, backup.port) == (server.host, server.port):
            notices.append(_notice("backup_server", "input.backup_server.same"))
    _doubts_about_names(username, domain, server, notices)
    auth_username = entered("auth_username", 128)
    if auth_username and not _AUTH_USER.fullmatch(auth_username):
        raise InputError("auth_username", "input.user.character", value=shown(auth_username))
    ca_file = entered("ca_file", 4096)
    if ca_file and transport != "tls":
        notices.append(_notice("ca_file", "input.ca_file.unused", transport=transport.upper()))
    line_number, caller_number = entered("line_number"), entered("caller_number")
    number_rule = checked_rule(entered("number_rule", 16))
    trunk = Trunk(
        name=name or f"{username}@{domain}"[:64],
        username=username,
        domain=domain,
        server=server.host,
        port=server.port,
        backup_server=backup.host if backup else "",
        backup_port=backup.port if backup else None,
        transport=transport,
        expires_s=_checked_expires(entered("expires")),
        auth_username=auth_username,
        ca_file=ca_file,
        loose_route=_checked_flag("loose_route", entered("loose_route"), default=False),
        register=_checked_flag("register", entered("register"), default=True),
        codecs=_checked_codecs(entered("codecs")) or CODECS,
        allowed_realms=_checked_realms(entered("allowed_realms", 2048)),
        allowed_sources=_checked_sources(entered("allowed_sources", 2048)),
        dtmf=checked_dtmf_method(entered("dtmf_method", 32)),
        number_rule=number_rule,
        number_prefix=checked_prefix(entered("number_prefix", 32), number_rule),
        line_number=checked_number("line_number", line_number, called=True) if line_number else "",
        caller_number=checked_number("caller_number", caller_number, called=False) if caller_number else "",
    )
    return trunk, tuple(notices)


def checked_call(
    caller: str, line: str, *, headers: Iterable[str] = (), dtmf: str = "", codecs: str = ""
) -> CheckedCall:
    """Validate the document's step 2: who seems to call, and which line number is called.

    `headers` are lines "Name: value". Fields of InputError: caller, line, header, dtmf, codecs.
    """
    return CheckedCall(
        caller=checked_number("caller", caller, called=False),
        line=checked_number("line", line, called=True),
        headers=_checked_headers(headers),
        dtmf=_checked_dtmf(dtmf),
        codecs=_checked_codecs(plain("codecs", codecs, 128)),
    )


def fields_of(trunk: Trunk) -> dict[str, str]:
    """Write `trunk` as the fields it could have been entered by: for an edit form."""
    return {
        "name": trunk.name,
        "username": trunk.username,
        "domain": trunk.domain,
        "server": _host_port(trunk.server, trunk.port),
        "backup_server": _host_port(trunk.backup_server, trunk.backup_port),
        "transport": trunk.transport,
        "expires": str(trunk.expires_s),
        "auth_username": trunk.auth_username,
        "ca_file": trunk.ca_file,
        "loose_route": "true" if trunk.loose_route else "false",
        "register": "true" if trunk.register else "false",
        "codecs": ",".join(trunk.codecs),
        "allowed_realms": ",".join(trunk.allowed_realms),
        "allowed_sources": ",".join(trunk.allowed_sources),
        "dtmf_method": trunk.dtmf,
        "number_rule": trunk.number_rule,
        "number_prefix": trunk.number_prefix,
        "line_number": trunk.line_number,
        "caller_number": trunk.caller_number,
    }


def checked_dtmf_method(entered: str) -> DtmfMethod:
    """One of `DTMF_METHODS`, "auto" for nothing. Raises InputError for the field "dtmf_method"."""
    chosen = entered.strip().lower() or "auto"
    if chosen not in DTMF_METHODS:
        raise InputError(
            "dtmf_method", "input.dtmf.method", value=shown(entered), allowed=", ".join(DTMF_METHODS)
        )
    return chosen


def _host_port(host: str, port: int | None) -> str:
    shown_host = f"[{host}]" if ":" in host else host
    return shown_host if port is None else f"{shown_host}:{port}"


def _notice(field: str, finding: str, **details: str) -> Notice:
    return Notice(field, finding, {"field": field, **details})


def _checked_user(field: str, username: str) -> str:
    if not _USER.fullmatch(username):
        raise InputError(field, "input.user.character", value=shown(username))
    return username


def _checked_transport(
    entered: str, server: ServerAddress, backup: ServerAddress | None, notices: list[Notice]
) -> Transport:
    chosen = entered.lower()
    if chosen not in ("", "udp", "tcp", "tls"):
        raise InputError("transport", "input.transport.unknown", value=shown(entered))
    for field, address in (("server", server), ("backup_server", backup)):
        if address is None or not address.transport:
            continue
        if chosen and chosen != address.transport:
            raise InputError(field, "input.server.transport_conflict", first=address.transport, second=chosen)
        if not chosen:
            notices.append(_notice(field, "input.server.transport_read", transport=address.transport.upper()))
        chosen = address.transport
    return cast("Transport", chosen or "tcp")


def _with_port(
    field: str, address: ServerAddress, transport: Transport, notices: list[Notice]
) -> ServerAddress:
    """Fill in the provider's port where it is known, and say what looks mixed up."""
    port = address.port
    if address.host in (SERVER, BACKUP_SERVER):
        if port is None:
            port = TLS_PORT if transport == "tls" else PORT
            notices.append(_notice(field, "input.port.filled", port=str(port), host=address.host))
        unconfirmed = _notice("transport", "input.transport.tls_unconfirmed")
        if transport == "tls" and unconfirmed not in notices:
            notices.append(unconfirmed)
    if (port == PORT and transport == "tls") or (port == TLS_PORT and transport != "tls"):
        notices.append(_notice(field, "input.port.mixed", port=str(port), transport=transport.upper()))
    if address.host in IP_MODE_HOSTS or port == IP_MODE_PORT:
        notices.append(
            _notice(
                field, "input.server.ip_mode", value=_host_port(address.host, port), server=f"{SERVER}:{PORT}"
            )
        )
    return ServerAddress(address.host, port, transport)


def _doubts_about_names(username: str, domain: str, server: ServerAddress, notices: list[Notice]) -> None:
    if username.lower() == "gatewayxx":
        notices.append(_notice("username", "input.username.sample", value=username))
    elif not (username.isascii() and username.isalnum()):
        notices.append(_notice("username", "input.username.unusual", value=username))
    under_tccc = (domain.endswith("." + TCCC) or domain == TCCC) or server.host.endswith("." + TCCC)
    if under_tccc and not is_instance_domain(domain):
        notices.append(_notice("domain", "input.domain.unusual", value=domain))


def _checked_expires(entered: str) -> int:
    if not entered:
        return DEFAULT_EXPIRES_S
    if not re.fullmatch("[0-9]{1,9}", entered) or not MIN_EXPIRES_S <= int(entered) <= MAX_EXPIRES_S:
        raise InputError(
            "expires",
            "input.expires.range",
            value=shown(entered),
            low=str(MIN_EXPIRES_S),
            high=str(MAX_EXPIRES_S),
        )
    return int(entered)


def _checked_flag(field: str, entered: str, *, default: bool) -> bool:
    lowered = entered.lower()
    if lowered and lowered not in _TRUE + _FALSE:
        raise InputError(field, "input.flag", value=shown(entered))
    return lowered in _TRUE if lowered else default


def _checked_codecs(entered: str) -> tuple[str, ...]:
    chosen: dict[str, None] = {}
    for name in filter(None, re.split("[,\\s]+", entered)):
        if name.upper() not in _KNOWN_CODECS:
            raise InputError("codecs", "input.codec.unknown", value=shown(name))
        chosen[name.upper()] = None
    if entered and not chosen:
        raise InputError("codecs", "input.codec.unknown", value=shown(entered))
    return tuple(chosen)


def _checked_realms(entered: str) -> tuple[str, ...]:
    realms = dict.fromkeys(filter(None, (part.strip() for part in entered.split(","))))
    for realm in realms:
        if len(realm) > 255 or '"' in realm or "\\" in realm:
            raise InputError("allowed_realms", "input.realm.bad", value=shown(realm))
    if len(realms) > 16:
        raise InputError("allowed_realms", "input.realm.many", limit="16")
    return tuple(realms)


def _checked_sources(entered: str) -> tuple[str, ...]:
    """Addresses and networks, written the one way: 192.0.2.7, 198.51.100.0/24, 2001:db8::/32."""
    sources: dict[str, None] = {}
    for part in filter(None, re.split("[,\\s]+", entered)):
        try:
            network = ipaddress.ip_network(part, strict=False)
        except ValueError:
            raise InputError("allowed_sources", "input.source.bad", value=shown(part)) from None
        single = network.prefixlen == network.max_prefixlen
        sources[str(network.network_address) if single else str(network)] = None
    if len(sources) > MAX_SOURCES:
        raise InputError("allowed_sources", "input.source.many", limit=str(MAX_SOURCES))
    return tuple(sources)


def _checked_headers(lines: Iterable[str]) -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []
    for entered in lines:
        if len(pairs) == MAX_HEADERS:
            raise InputError("header", "input.header.many", limit=str(MAX_HEADERS))
        line = plain("header", entered, 1024, required=True)
        name, colon, value = line.partition(":")
        name = name.rstrip()
        if not colon or len(name) > 64 or not _TOKEN.fullmatch(name):
            raise InputError("header", "input.header.form", value=shown(line))
        if name.lower() in _OWNED_HEADERS:
            raise InputError("header", "input.header.owned", name=name)
        pairs.append((name, value.strip()))
    return tuple(pairs)


def _checked_dtmf(entered: str) -> str:
    digits = plain("dtmf", entered, MAX_DTMF).upper()
    if not re.fullmatch("[0-9*#A-D,]*", digits):
        raise InputError("dtmf", "input.dtmf.bad", value=shown(entered))
    return digits
