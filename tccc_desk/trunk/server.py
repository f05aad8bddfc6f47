"""The server field: host and port as people write them, and the mix-ups around TCCC's names."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import plain, shown

TCCC = "tccc.qcloud.com"
SERVER = "sip.tccc.qcloud.com"
BACKUP_SERVER = "sip2.tccc.qcloud.com"
PORT = 35090
"""UDP and TCP port of the two servers above."""
TLS_PORT = 5061
IP_MODE_PORT = 5089
"""Port of the provider's other mode (IP allow-list), often mistaken for this one's."""

IP_MODE_HOSTS = frozenset(
    {
        "sip.pstn.avc.qcloud.com",
        "139.199.4.25",
        "203.195.240.224",
        "129.211.167.158",
        "129.211.167.34",
        "129.211.166.16",
        "129.204.27.73",
        "43.134.208.145",
        "175.27.32.131",
        "101.42.153.119",
    }
)
"""Published signalling addresses of the IP allow-list mode; the later batch only in part."""

_INSTANCE = re.compile(r"[0-9]+\.tccc\.qcloud\.com")
_SAMPLE_INSTANCE = re.compile(r"[0-9]*x+[0-9x]*\.tccc\.qcloud\.com")
_SERVER_NAME = re.compile(r"sip[0-9]*\.tccc\.qcloud\.com")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_BROADCAST = ipaddress.IPv4Address("255.255.255.255")
# "sip:5060" is a host called sip with a port; "localhost:x" is a bad port, not a scheme.
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://|(sips?|udp|tcp|tls):(?![0-9]{1,5}$)", re.IGNORECASE)
_TRANSPORT_OF_SCHEME = {"sip": "", "sips": "tls", "udp": "udp", "tcp": "tcp", "tls": "tls"}
# An input method left on makes these of the full stop, the colon and the at sign.
_TYPED = str.maketrans({"。": ".", "．": ".", "：": ":", "；": ";", "＠": "@", "／": "/"})


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """`transport` is "" unless the text itself named one (`tcp://`, `;transport=tcp`)."""

    host: str
    port: int | None
    transport: str


def is_instance_domain(host: str) -> bool:
    return _INSTANCE.fullmatch(host) is not None


def is_sample_domain(host: str) -> bool:
    """Say whether `host` is the document's example, with the x still in it."""
    return _SAMPLE_INSTANCE.fullmatch(host) is not None


def is_tccc_server(host: str) -> bool:
    return _SERVER_NAME.fullmatch(host) is not None


def checked_host(field: str, text: str) -> str:
    """Return a host name (lower case, no final dot) or an IP address without brackets."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        pass
    else:
        in_brackets = bare is not text and address.version != 6
        nobody = address.is_unspecified or address.is_multicast or address == _BROADCAST
        if in_brackets or "%" in bare or nobody:
            raise InputError(field, "input.host.unusable", value=shown(text))
        return str(address)
    host = text.lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        raise InputError(field, "input.host.bad", value=shown(text))
    return host


def _checked_port(field: str, text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise InputError(field, "input.port.range", value=shown(text))
    return int(text)


def _without_uri(field: str, text: str) -> tuple[str, str]:
    """Take a scheme and URI parameters off; return the rest and the transport they name."""
    transport = ""
    scheme = _SCHEME.match(text)
    if scheme:
        name = (scheme.group(1) or scheme.group(2)).lower()
        if name not in _TRANSPORT_OF_SCHEME:
            raise InputError(field, "input.server.scheme", scheme=shown(name))
        transport = _TRANSPORT_OF_SCHEME[name]
        text = text[scheme.end() :].removesuffix("/")
    text, _, parameters = text.partition(";")
    for parameter in filter(None, parameters.split(";")):
        key, _, value = parameter.partition("=")
        if key.strip().lower() != "transport" or value.strip().lower() not in ("udp", "tcp", "tls"):
            if key.strip().lower() == "lr":
                continue
            raise InputError(field, "input.server.parameter", parameter=shown(parameter))
        named = value.strip().lower()
        if transport and named not in (transport, "tcp"):  # sips with transport=tcp is TLS over TCP
            raise InputError(field, "input.server.transport_conflict", first=transport, second=named)
        transport = transport or named
    return text, transport


def parse_server(field: str, text: str) -> ServerAddress:
    """Read `host`, `host:port`, `[v6]:port`, `sip:host:port;transport=tcp` or `tcp://host:port`.

    Raises InputError for everything else, naming what is wrong, and for an instance
    domain, which is no server.
    """
    entered = plain(field, text, 320, required=True).translate(_TYPED)
    rest, transport = _without_uri(field, entered)
    if "@" in rest:
        raise InputError(field, "input.server.user", value=shown(entered))
    if "/" in rest:
        raise InputError(field, "input.server.path", value=shown(entered))
    port: int | None = None
    if rest.startswith("["):
        inner, closing, after = rest.partition("]")
        if not closing or (after and not after.startswith(":")):
            raise InputError(field, "input.host.bad", value=shown(entered))
        host_text = inner + closing
        if after:
            port = _checked_port(field, after[1:])
    elif rest.count(":") == 1:
        host_text, _, port_text = rest.partition(":")
        port = _checked_port(field, port_text)
    else:
        host_text = rest  # no colon, or an IPv6 address written bare
    if not host_text:
        raise InputError(field, "input.host.bad", value=shown(entered))
    host = checked_host(field, host_text)
    if is_instance_domain(host) or is_sample_domain(host):
        right = BACKUP_SERVER if field == "backup_server" else SERVER
        raise InputError(field, "input.server.is_domain", value=host, server=f"{right}:{PORT}")
    return ServerAddress(host, port, transport)


def parse_domain(field: str, text: str) -> str:
    """Read an instance domain: a host name, or an IPv4 address in a laboratory."""
    entered = plain(field, text, 255, required=True).translate(_TYPED)
    if "@" in entered or "/" in entered or entered.lower().startswith(("sip:", "sips:")):
        raise InputError(field, "input.domain.uri", value=shown(entered))
    if ":" in entered:
        raise InputError(field, "input.domain.port", value=shown(entered))
    host = checked_host(field, entered)
    if is_tccc_server(host):
        raise InputError(field, "input.domain.is_server", value=host)
    if is_sample_domain(host):
        raise InputError(field, "input.domain.sample", value=host)
    return host
