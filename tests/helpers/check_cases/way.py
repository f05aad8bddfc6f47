"""The way to the server: its name, its port, the transports, TLS."""

from __future__ import annotations

from tccc_desk.diagnosis.stages import Side
from tests.helpers.check_cases.case import TLS, UDP, Case, both, dead, desk, silent

_ALL = ("udp", "tcp", "tls")

_TLS_FAULTS: tuple[tuple[str, str, str, Side], ...] = (
    ("the certificate names another server", "name", "tls-name", "configuration"),
    ("the certificate has expired", "expired", "tls-expired", "provider_edge"),
    ("the certificate is not valid yet", "not-yet-valid", "tls-clock", "this_machine"),
    ("the certificate's issuer is not trusted", "issuer", "tls-issuer", "network"),
    ("the port does not speak TLS", "not-tls", "tls-mixed", "configuration"),
    ("closed before the handshake's end", "closed", "tls-mixed", "configuration"),
    ("the greeting is not answered", "timeout", "tls-mixed", "configuration"),
    ("the CA file cannot be read", "ca-file", "tls-ca-file", "configuration"),
    ("no version in common", "version", "tls-other", "unknown"),
)

WAY: tuple[Case, ...] = (
    Case(
        what="the server's name does not resolve",
        id="dns",
        side="network",
        step=1,
        trunk={"server": "sip.tccc.example"},
        setup=dead(*_ALL, fault="dns"),
    ),
    Case(
        what="the instance domain is entered as the server",
        id="dns-domain",
        side="configuration",
        step=1,
        trunk={"server": "pbx.example", "domain": "pbx.example"},
        setup=dead(*_ALL, fault="dns"),
    ),
    Case(
        what="a TCCC instance domain is entered as the server",
        id="input",
        side="configuration",
        step=None,
        trunk={"server": "1400000001.tccc.qcloud.com"},
    ),
    Case(
        what="TCP refused on a port that is not TCCC's",
        id="wrong-port",
        side="configuration",
        step=1,
        trunk={"server": "sip.tccc.qcloud.com", "port": 5060},
        setup=dead(*_ALL, fault="refused"),
    ),
    Case(
        what="every transport is refused",
        id="refused",
        side="unknown",
        step=1,
        setup=dead(*_ALL, fault="refused"),
    ),
    Case(
        what="UDP: port unreachable, TCP refused",
        id="refused",
        side="unknown",
        step=1,
        trunk=UDP,
        setup=both(dead("udp", fault="icmp"), dead("tcp", "tls", fault="refused")),
    ),
    Case(
        what="TCP refused, UDP answers",
        id="other-transport",
        side="configuration",
        step=1,
        setup=dead("tcp", fault="refused"),
    ),
    Case(
        what="TCP times out, UDP answers",
        id="other-transport",
        side="configuration",
        step=1,
        setup=desk(never={"tcp"}),
    ),
    Case(
        what="connecting times out everywhere",
        id="blocked",
        side="network",
        step=1,
        setup=both(desk(never={"tcp", "tls"}), silent("udp")),
    ),
    Case(
        what="connecting is reported as timed out",
        id="blocked",
        side="network",
        step=1,
        setup=both(dead("tcp", "tls", fault="connect-timeout"), silent("udp")),
    ),
    Case(
        what="no route to the server",
        id="unreachable",
        side="network",
        step=1,
        setup=dead(*_ALL, fault="unreachable"),
    ),
    Case(
        what="UDP silent, TCP answers",
        id="udp-blocked",
        side="network",
        step=1,
        trunk=UDP,
        setup=silent("udp"),
    ),
    Case(
        what="UDP silent, nothing else answers",
        id="silent",
        side="unknown",
        step=1,
        trunk=UDP,
        setup=silent(*_ALL),
    ),
    Case(
        what="TCP connects and stays silent", id="silent-stream", side="unknown", step=1, setup=silent(*_ALL)
    ),
    Case(
        what="TCP connects and is closed",
        id="closed",
        side="unknown",
        step=1,
        setup=dead(*_ALL, fault="closed"),
    ),
    Case(
        what="the first server is dead, the backup answers",
        id="backup-works",
        side="provider_edge",
        step=1,
        trunk={"backup_server": "192.0.2.2", "backup_port": 35090},
        setup=lambda desk, _: desk.never.add("192.0.2.1"),
    ),
    Case(
        what="the provider's first server is dead, its second answers, though not entered",
        id="backup-works",
        side="provider_edge",
        step=1,
        trunk={"server": "sip.tccc.qcloud.com"},
        setup=lambda desk, _: desk.never.add("sip.tccc.qcloud.com"),
    ),
    *(
        Case(
            what=f"TLS: {what}", id=id, side=side, step=1, trunk=TLS, setup=dead("tls", fault="tls", why=why)
        )
        for what, why, id, side in _TLS_FAULTS
    ),
    Case(
        what="TLS: expired by a clock that is wrong",
        id="tls-clock",
        side="this_machine",
        step=1,
        trunk=TLS,
        setup=both(dead("tls", fault="tls", why="expired"), desk(wall_offset=-1.0e9)),
    ),
)
