"""A trunk as the admin enters it: plain values, no secret among them."""

from __future__ import annotations

from typing import Literal

import msgspec

from tccc_desk.trunk.china import Rule

Transport = Literal["udp", "tcp", "tls"]
DtmfMethod = Literal["auto", "rfc4733", "info", "info-dtmf", "inband"]
"""How digits are sent: RTP events, SIP INFO with application/dtmf-relay or application/dtmf, or tones.

"auto" is RFC 4733 where the answer took telephone-event, else INFO where their Allow names it, else tones.
"""

DEFAULT_EXPIRES_S = 120
"""Asked expiry, seconds: the value of the provider's document."""


class Trunk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One registration account at the provider.

    User name, domain and server are three different things: the domain is never
    resolved, the server is where requests go (RFC 3261 section 8.1.2, outbound proxy).
    Build one from a form or a command line with `trunk.entry.checked_trunk`, which
    validates and normalises; this class only carries the values.
    """

    name: str
    """The admin's own name for it, unique among the stored trunks."""
    username: str
    """Registration user, gatewayXX."""
    domain: str
    """Instance domain, 14xxxxx.tccc.qcloud.com: host part of every SIP URI we write."""
    server: str
    """Outbound proxy host: a name or an IP address, without brackets and without port."""
    port: int | None = None
    """Port of the server; None asks the resolver (RFC 3263)."""
    backup_server: str = ""
    backup_port: int | None = None
    transport: Transport = "tcp"
    expires_s: int = DEFAULT_EXPIRES_S
    auth_username: str = ""
    """Digest user where it differs from `username`; empty means the same."""
    ca_file: str = ""
    """PEM file to verify a TLS server against; empty means the system trust store."""
    loose_route: bool = False
    """Add a Route header with the outbound proxy; off as in the provider's reference gateway."""
    register: bool = True
    """False makes the trunk call-only: INVITE without REGISTER."""
    codecs: tuple[str, ...] = ("PCMA", "PCMU")
    allowed_realms: tuple[str, ...] = ()
    """Realms outside the instance and server names that may be answered."""
    allowed_sources: tuple[str, ...] = ()
    """Addresses or networks, besides the servers' own, whose calls are taken (a provider's cluster)."""
    dtmf: DtmfMethod = "auto"
    number_rule: Rule = "typed"
    """How the numbers of a test call are written: see `trunk.dialling`."""
    number_prefix: str = ""
    """Digits before the called number, as agreed with the provider; not before the caller's."""
    line_number: str = ""
    """Last line number used, offered again in the call form."""
    caller_number: str = ""
    """Last caller number used, offered again in the call form."""

    @property
    def digest_username(self) -> str:
        """The user name that goes into Authorization and Proxy-Authorization."""
        return self.auth_username or self.username

    @property
    def server_and_port(self) -> str:
        """The outbound proxy as host or host:port, an IPv6 address in brackets."""
        host = f"[{self.server}]" if ":" in self.server else self.server
        return f"{host}:{self.port}" if self.port else host
