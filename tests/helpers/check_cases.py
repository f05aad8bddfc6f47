"""Faults, and what a check must say of each: the table behind docs/verdicts.md.

Each runs against a scripted server in simulated time. The lines of the practice gateway, real sockets and
Kamailio have tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tccc_desk.diagnosis.stages import Side
from tccc_desk.engine.commands import HangUp, StopCheck
from tccc_desk.engine.events import CheckFinished
from tccc_desk.net.surroundings import Surroundings
from tests.helpers.checking import CheckDesk, Registrar
from tests.helpers.simulation import World

Setup = Callable[[CheckDesk, Registrar], None]
CALL = {"caller": "13800138000", "line": "075512345600"}
UDP, TLS = {"transport": "udp"}, {"transport": "tls", "port": 5061}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One fault."""

    what: str
    """For the table of the documentation."""
    id: str
    side: Side
    step: int | None
    setup: Setup = lambda desk, server: None
    trunk: Mapping[str, object] = field(default_factory=dict)
    command: Mapping[str, object] = field(default_factory=dict)
    passwords: int = 0
    """REGISTERs with a digest, at most."""
    finds: tuple[str, ...] = ()
    """Findings that must be there."""
    lacks: tuple[str, ...] = ()


def run(case: Case) -> tuple[CheckDesk, CheckFinished]:
    """One check in a world of its own."""
    world, server = World(), Registrar()
    desk = CheckDesk(world, server)
    case.setup(desk, server)
    desk.configure((), "", **case.trunk)
    return desk, desk.check(120.0, **case.command)


def _server(**changes: object) -> Setup:
    def setup(_: CheckDesk, server: Registrar) -> None:
        for name, value in changes.items():
            setattr(server, name, value)

    return setup


def _desk(**changes: object) -> Setup:
    def setup(desk: CheckDesk, _: Registrar) -> None:
        for name, value in changes.items():
            setattr(desk, name, value)

    return setup


def _both(*setups: Setup) -> Setup:
    def setup(desk: CheckDesk, server: Registrar) -> None:
        for one in setups:
            one(desk, server)

    return setup


def _dead(*transports: str, fault: str, why: str = "") -> Setup:
    return lambda desk, _: desk.faults.update(dict.fromkeys(transports, (fault, why)))  # type: ignore[arg-type]


def _silent(*transports: str) -> Setup:
    return lambda _, server: server.silent.update(transports)


def _challenge(**changes: str) -> Setup:
    return lambda _, server: server.challenge.update(changes)


def _swap(before: bytes, after: bytes, way: str) -> Setup:
    def rewrite(data: bytes, direction: str) -> bytes:
        return data.replace(before, after) if direction == way else data

    return _desk(rewrite=rewrite)


def _call(*answers: int, **changes: object) -> Setup:
    return _server(invite=list(answers), **changes)


def _slow(seconds: float, *answers: int) -> Setup:
    return _both(_call(*answers), _desk(delay_s={"INVITE": seconds}))


def _hangs_up(desk: CheckDesk, server: Registrar) -> None:
    server.invite = [100, 180]
    desk.world.later(5.0, lambda: desk.tell(HangUp(call="check c")))


def _stopped(desk: CheckDesk, server: Registrar) -> None:
    server.invite = [100, 180]
    desk.world.later(5.0, lambda: desk.tell(StopCheck(check="c")))


_ALL = ("udp", "tcp", "tls")
_OTHER = "<sip:gateway01@198.51.100.9:5060;transport=tcp>;expires=90"

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

CASES: tuple[Case, ...] = (
    Case(
        what="nothing wrong, no call",
        id="registered",
        side="none",
        step=None,
        passwords=3,
        finds=("check.found.alg-none", "check.found.inbound-unproven", "check.found.large-passes"),
    ),
    Case(what="nothing wrong over UDP", id="registered", side="none", step=None, trunk=UDP, passwords=3),
    Case(
        what="nothing wrong over TLS",
        id="registered",
        side="none",
        step=None,
        trunk=TLS,
        passwords=3,
        finds=("check.found.alg-unseen",),
    ),
    Case(
        what="OPTIONS is ignored",
        id="registered",
        side="none",
        step=None,
        passwords=3,
        setup=_server(options=None),
    ),
    Case(
        what="OPTIONS is answered 405",
        id="registered",
        side="none",
        step=None,
        passwords=3,
        setup=_server(options=405),
    ),
    Case(
        what="the server grants 60 of 120 s",
        id="registered",
        side="none",
        step=None,
        passwords=3,
        setup=_server(granted=60),
        finds=("check.found.shortened",),
    ),
    Case(
        what="NAT: received and rport differ from our address",
        id="registered",
        side="none",
        step=None,
        trunk=UDP,
        passwords=3,
        setup=_swap(b";rport", b";rport=61000;received=203.0.113.7", "out"),
        finds=("check.found.nat", "check.found.alg-none"),
        lacks=("check.found.alg",),
    ),
    Case(
        what="another device holds the account",
        id="in-use",
        side="none",
        step=1,
        passwords=1,
        setup=_server(others=[_OTHER]),
        finds=("check.found.others",),
    ),
    Case(
        what="another device holds it, registering beside it is allowed",
        id="registered",
        side="none",
        step=None,
        passwords=3,
        setup=_server(others=[_OTHER]),
        command={"beside_others": True},
        finds=("check.found.others",),
    ),
    Case(
        what="another device holds the account, the call is refused as busy",
        id="call-busy",
        side="beyond",
        step=2,
        passwords=1,
        setup=_both(_server(others=[_OTHER]), _call(100, 180, 486)),
        command=CALL,
    ),
    Case(
        what="a query without Contact is not taken (405)",
        id="registered",
        side="none",
        step=None,
        passwords=2,
        setup=_server(query=405),
    ),
    Case(
        what="no password is asked for", id="registered", side="none", step=None, setup=_server(register=200)
    ),
    # What was entered, and this machine.
    Case(
        what="the caller is no number",
        id="input",
        side="configuration",
        step=None,
        command={"caller": "x", "line": "075512345600"},
    ),
    Case(
        what="a line without a caller",
        id="input",
        side="configuration",
        step=None,
        command={"line": "075512345600"},
    ),
    Case(
        what="the line is an emergency number",
        id="input",
        side="configuration",
        step=None,
        command={"caller": "13800138000", "line": "110"},
    ),
    Case(
        what="no route leads out",
        id="no-network",
        side="this_machine",
        step=1,
        setup=_both(_desk(around=Surroundings(source="")), _dead(*_ALL, fault="unreachable")),
    ),
    Case(
        what="the way out leads through a VPN",
        id="registered",
        side="none",
        step=None,
        passwords=3,
        setup=_desk(around=Surroundings(source="10.8.0.2", interface="tun0", tunnels=("tun0",))),
        finds=("check.found.vpn",),
    ),
    Case(
        what="a web proxy is set",
        id="registered",
        side="none",
        step=None,
        passwords=3,
        setup=_desk(around=Surroundings(source="192.0.2.10", proxies=("https_proxy",))),
        finds=("check.found.proxy",),
    ),
    Case(
        what="the clock is years behind",
        id="registered",
        side="none",
        step=None,
        passwords=3,
        setup=_desk(wall_offset=-1.0e9),
        finds=("check.found.clock",),
    ),
    Case(
        what="the sample user name, gatewayXX",
        id="registered",
        side="none",
        step=None,
        passwords=3,
        trunk={"username": "gatewayXX"},
        finds=("input.username.sample",),
    ),
    # The way there.
    Case(
        what="the server's name does not resolve",
        id="dns",
        side="network",
        step=1,
        trunk={"server": "sip.tccc.example"},
        setup=_dead(*_ALL, fault="dns"),
    ),
    Case(
        what="the instance domain is entered as the server",
        id="dns-domain",
        side="configuration",
        step=1,
        trunk={"server": "pbx.example", "domain": "pbx.example"},
        setup=_dead(*_ALL, fault="dns"),
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
        setup=_dead(*_ALL, fault="refused"),
    ),
    Case(
        what="every transport is refused",
        id="refused",
        side="unknown",
        step=1,
        setup=_dead(*_ALL, fault="refused"),
    ),
    Case(
        what="UDP: port unreachable, TCP refused",
        id="refused",
        side="unknown",
        step=1,
        trunk=UDP,
        setup=_both(_dead("udp", fault="icmp"), _dead("tcp", "tls", fault="refused")),
    ),
    Case(
        what="TCP refused, UDP answers",
        id="other-transport",
        side="configuration",
        step=1,
        setup=_dead("tcp", fault="refused"),
    ),
    Case(
        what="TCP times out, UDP answers",
        id="other-transport",
        side="configuration",
        step=1,
        setup=_desk(never={"tcp"}),
    ),
    Case(
        what="connecting times out everywhere",
        id="blocked",
        side="network",
        step=1,
        setup=_both(_desk(never={"tcp", "tls"}), _silent("udp")),
    ),
    Case(
        what="connecting is reported as timed out",
        id="blocked",
        side="network",
        step=1,
        setup=_both(_dead("tcp", "tls", fault="connect-timeout"), _silent("udp")),
    ),
    Case(
        what="no route to the server",
        id="unreachable",
        side="network",
        step=1,
        setup=_dead(*_ALL, fault="unreachable"),
    ),
    Case(
        what="UDP silent, TCP answers",
        id="udp-blocked",
        side="network",
        step=1,
        trunk=UDP,
        setup=_silent("udp"),
    ),
    Case(
        what="UDP silent, nothing else answers",
        id="silent",
        side="unknown",
        step=1,
        trunk=UDP,
        setup=_silent(*_ALL),
    ),
    Case(
        what="TCP connects and stays silent", id="silent-stream", side="unknown", step=1, setup=_silent(*_ALL)
    ),
    Case(
        what="TCP connects and is closed",
        id="closed",
        side="unknown",
        step=1,
        setup=_dead(*_ALL, fault="closed"),
    ),
    Case(
        what="the first server is dead, the backup answers",
        id="backup-works",
        side="provider_edge",
        step=1,
        trunk={"backup_server": "192.0.2.2", "backup_port": 35090},
        setup=lambda desk, _: desk.never.add("192.0.2.1"),
    ),
    *(
        Case(
            what=f"TLS: {what}", id=id, side=side, step=1, trunk=TLS, setup=_dead("tls", fault="tls", why=why)
        )
        for what, why, id, side in _TLS_FAULTS
    ),
    Case(
        what="TLS: expired by a clock that is wrong",
        id="tls-clock",
        side="this_machine",
        step=1,
        trunk=TLS,
        setup=_both(_dead("tls", fault="tls", why="expired"), _desk(wall_offset=-1.0e9)),
    ),
    # The password.
    Case(
        what="the password is wrong",
        id="credentials",
        side="configuration",
        step=1,
        passwords=1,
        setup=_server(proved=401),
    ),
    Case(
        what="the realm is somebody else's",
        id="challenge-realm",
        side="provider_edge",
        step=1,
        setup=_challenge(realm="sip.example.net"),
    ),
    Case(
        what="an unknown digest algorithm",
        id="challenge-odd",
        side="provider_edge",
        step=1,
        setup=_challenge(algorithm="SHA-1024"),
    ),
    Case(
        what="only qop auth-int",
        id="challenge-odd",
        side="provider_edge",
        step=1,
        setup=_challenge(qop="auth-int"),
    ),
    Case(
        what="401 without a challenge",
        id="challenge-odd",
        side="provider_edge",
        step=1,
        setup=_server(register=401),
    ),
    Case(
        what="403 before a password",
        id="register-forbidden",
        side="provider_edge",
        step=1,
        setup=_server(register=403),
    ),
    Case(
        what="403 after the password",
        id="register-forbidden",
        side="provider_edge",
        step=1,
        passwords=1,
        setup=_server(proved=403),
    ),
    Case(
        what="404 before a password",
        id="register-unknown",
        side="configuration",
        step=1,
        setup=_server(register=404),
    ),
    Case(
        what="404 after the password",
        id="register-unknown",
        side="configuration",
        step=1,
        passwords=1,
        setup=_server(proved=404),
    ),
    Case(
        what="408 to REGISTER", id="register-slow", side="provider_edge", step=1, setup=_server(register=408)
    ),
    Case(
        what="503 with Retry-After to REGISTER",
        id="register-trouble",
        side="provider_edge",
        step=1,
        setup=_server(register=503, extra=[("Retry-After", "30")]),
    ),
    Case(
        what="500 after the password",
        id="register-trouble",
        side="provider_edge",
        step=1,
        passwords=1,
        setup=_server(proved=500),
    ),
    Case(
        what="302 to REGISTER",
        id="register-redirected",
        side="provider_edge",
        step=1,
        setup=_server(register=302, extra=[("Contact", "<sip:198.51.100.1>")]),
    ),
    Case(
        what="603 after the password",
        id="register-rejected",
        side="provider_edge",
        step=1,
        passwords=1,
        setup=_server(proved=603),
    ),
    Case(
        what="the request with the password is not answered",
        id="silent-after-challenge",
        side="network",
        step=1,
        passwords=6,
        setup=_server(proved=None),
    ),
    Case(
        what="the binding is refused though the password is right",
        id="register-forbidden",
        side="provider_edge",
        step=1,
        passwords=2,
        setup=_server(bound=403),
    ),
    Case(
        what="200 without our binding",
        id="register-not-kept",
        side="provider_edge",
        step=1,
        passwords=3,
        setup=_server(granted=0),
    ),
    Case(
        what="the binding is not answered",
        id="silent-after-challenge",
        side="network",
        step=1,
        passwords=3,
        setup=_server(bound=None),
    ),
    # The way's tricks.
    Case(
        what="SIP ALG: Via rewritten and not put back",
        id="registered",
        side="none",
        step=None,
        trunk=UDP,
        passwords=3,
        setup=_swap(b"UDP 192.0.2.10", b"UDP 203.0.113.7", "out"),
        finds=("check.found.alg",),
    ),
    Case(
        what="SIP ALG over TCP",
        id="registered",
        side="none",
        step=None,
        passwords=3,
        setup=_swap(b"TCP 192.0.2.10", b"TCP 203.0.113.7", "back"),
        finds=("check.found.alg",),
    ),
    Case(
        what="large UDP datagrams are lost; the trunk uses TCP",
        id="registered",
        side="none",
        step=None,
        passwords=3,
        setup=_desk(limit=1300),
        finds=("check.found.large-lost",),
    ),
    Case(
        what="407, then silence: the larger INVITE is lost over UDP",
        id="call-large",
        side="network",
        step=2,
        trunk=UDP,
        passwords=3,
        setup=_both(_desk(limit=950), _call(100, 180, 486)),
        command=CALL,
        finds=("check.found.large-lost",),
    ),
    # Step 2.
    Case(
        what="busy, after ringing",
        id="call-busy",
        side="beyond",
        step=2,
        passwords=3,
        setup=_call(100, 180, 486),
        command=CALL,
        finds=("check.origin.beyond",),
    ),
    Case(
        what="busy, at once",
        id="call-busy",
        side="provider_edge",
        step=2,
        passwords=3,
        setup=_call(486),
        command=CALL,
        finds=("check.origin.provider_edge",),
    ),
    Case(
        what="busy everywhere (600), after ringing",
        id="call-busy",
        side="beyond",
        step=2,
        passwords=3,
        setup=_call(180, 600),
        command=CALL,
    ),
    Case(
        what="declined (603) by another software",
        id="call-declined",
        side="beyond",
        step=2,
        passwords=3,
        setup=_call(100, 603, behind="Agent/2"),
        command=CALL,
    ),
    Case(
        what="no agent (480), after a while",
        id="call-unavailable",
        side="beyond",
        step=2,
        passwords=3,
        setup=_slow(2.0, 100, 480),
        command=CALL,
    ),
    Case(
        what="403 to the call, at once",
        id="call-forbidden",
        side="provider_edge",
        step=2,
        passwords=3,
        setup=_call(403),
        command=CALL,
    ),
    Case(
        what="403 to the call, passed on",
        id="call-forbidden",
        side="beyond",
        step=2,
        passwords=3,
        setup=_call(100, 183, 403),
        command=CALL,
    ),
    Case(
        what="403 to the call, time and software undecided",
        id="call-forbidden",
        side="unknown",
        step=2,
        passwords=3,
        setup=_slow(0.15, 403),
        command=CALL,
        finds=("check.origin.unknown",),
    ),
    Case(
        what="503 to the call, at once",
        id="call-line-down",
        side="provider_edge",
        step=2,
        passwords=3,
        setup=_call(503),
        command=CALL,
    ),
    Case(
        what="503 to the call, from behind",
        id="call-line-down",
        side="beyond",
        step=2,
        passwords=3,
        setup=_slow(3.0, 100, 503),
        command=CALL,
    ),
    Case(
        what="500 to the call, from behind",
        id="call-fault",
        side="beyond",
        step=2,
        passwords=3,
        setup=_call(100, 500, behind="Media/7"),
        command=CALL,
    ),
    Case(
        what="404: not the line's number",
        id="call-unknown-number",
        side="configuration",
        step=2,
        passwords=3,
        setup=_call(404),
        command=CALL,
    ),
    Case(
        what="484: the number is incomplete",
        id="call-incomplete",
        side="configuration",
        step=2,
        passwords=3,
        setup=_call(484),
        command=CALL,
    ),
    Case(
        what="488: no common codec",
        id="call-codec",
        side="configuration",
        step=2,
        passwords=3,
        setup=_call(488),
        command=CALL,
    ),
    Case(
        what="420: an extension is wanted",
        id="call-extension",
        side="configuration",
        step=2,
        passwords=3,
        setup=_call(420),
        command=CALL,
    ),
    Case(
        what="482: a loop",
        id="call-loop",
        side="network",
        step=2,
        passwords=3,
        setup=_call(482),
        command=CALL,
    ),
    Case(
        what="408 after a while",
        id="call-slow",
        side="beyond",
        step=2,
        passwords=3,
        setup=_slow(5.0, 100, 408),
        command=CALL,
    ),
    Case(
        what="302 to the call, at once",
        id="call-redirected",
        side="provider_edge",
        step=2,
        passwords=3,
        setup=_call(302, invite_extra=[("Contact", "<sip:198.51.100.1>")]),
        command=CALL,
    ),
    Case(
        what="an odd code (499)",
        id="call-rejected",
        side="provider_edge",
        step=2,
        passwords=3,
        setup=_call(499),
        command=CALL,
    ),
    Case(
        what="407 again after the password",
        id="call-credentials",
        side="configuration",
        step=2,
        passwords=3,
        setup=_server(invite_refused=True),
        command=CALL,
    ),
    Case(
        what="the INVITE is not answered at all over TCP",
        id="call-silent",
        side="unknown",
        step=2,
        passwords=3,
        setup=_call(invite_challenge=False),
        command=CALL,
    ),
    Case(
        what="it rings and nobody answers",
        id="call-no-answer",
        side="beyond",
        step=2,
        passwords=3,
        setup=_call(100, 180),
        command=CALL,
    ),
    Case(
        what="100 and nothing more",
        id="call-no-ringing",
        side="unknown",
        step=2,
        passwords=3,
        setup=_call(100),
        command=CALL,
    ),
    Case(
        what="no port is free for the sound",
        id="call-local-port",
        side="this_machine",
        step=2,
        passwords=3,
        setup=_desk(media_ports=False, port_range="20000-20001"),
        command=CALL,
    ),
    Case(
        what="answered without a session description",
        id="call-bad-answer",
        side="beyond",
        step=2,
        passwords=3,
        setup=_call(180, 200),
        command=CALL,
    ),
    Case(
        what="hung up here while it rings",
        id="stopped",
        side="unknown",
        step=None,
        passwords=3,
        setup=_hangs_up,
        command=CALL,
    ),
    Case(
        what="the check is stopped",
        id="stopped",
        side="unknown",
        step=None,
        passwords=3,
        setup=_stopped,
        command=CALL,
    ),
    # Step 3.
    Case(
        what="nobody calls in",
        id="no-call-came",
        side="unknown",
        step=3,
        passwords=3,
        command={"wait_inbound_s": 20.0},
    ),
)
