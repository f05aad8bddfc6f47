"""A real Kamailio set up as TCCC's registration mode: registrar and proxy of one instance domain.

It listens on one port for gateways (UDP and TCP; TLS on another where it has a certificate) and on
one more, the inside one (UDP), for the carriers' side. What it does with a request that arrives

- for gateways: REGISTER is asked for digest (401) and granted at most 120 s; INVITE is asked
  for digest (407) with the registration account, whatever From says. The Request-URI's user is
  the line: its last two digits may stand for a final response (`LINES`), for ringing until
  cancelled (`RINGS`) or for silence (`SILENT`); every other line is relayed to `far_end`.
- inside: any INVITE is looked up for the registered account and relayed over its flow, To as
  it came; the Request-URI is the binding's Contact, with the called number as user where
  `number_in_request_uri` is set.

In-dialog requests follow Record-Route (left out without `record_route`) or the Request-URI.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from tests.helpers.certificates import Identity
from tests.helpers.process import LOOPBACK, Program, await_true, free_port

DOMAIN = "1400000001.tccc.qcloud.com"
USERNAME = "gateway01"
LINES = {
    "00": (404, "Not Found"),
    "02": (302, "Moved Temporarily"),
    "03": (403, "Forbidden"),
    "53": (503, "Service Unavailable"),
    "80": (480, "Temporarily Unavailable"),
    "86": (486, "Busy Here"),
    "88": (488, "Not Acceptable Here"),
    "50": (500, "Server Internal Error"),
    "60": (600, "Busy Everywhere"),
    "63": (603, "Decline"),
}
"""Final responses by the last two digits of the line."""
RINGS = "18"
"""Last two digits of a line that rings (180) until it is cancelled (487)."""
SILENT = "99"
"""Last two digits of a line that gets no response after the 407."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One message as Kamailio saw it on the wire."""

    received: bool
    transport: str
    source: tuple[str, int]
    destination: tuple[str, int]
    data: bytes

    @property
    def start_line(self) -> str:
        return self.data.split(b"\r\n", 1)[0].decode("utf-8", "replace")

    def header(self, name: str) -> str:
        """First header field of that (long) name, or ""."""
        found = re.search(rb"(?im)^" + re.escape(name.encode()) + rb"[ \t]*:[ \t]*(.*?)\r?$", self.data)
        return found.group(1).decode("utf-8", "replace") if found else ""


@dataclass(slots=True)
class Kamailio:
    """One running gateway. Use as a context manager; `folder` is private to it."""

    folder: Path
    password: str = "Practice2026"
    domain: str = DOMAIN
    username: str = USERNAME
    far_end: tuple[str, int] = (LOOPBACK, 9)
    max_expires_s: int = 120
    record_route: bool = True
    double_record_route: bool = True
    """Record both sockets a call passes, the gateways' and the inside one; else only the latter."""
    number_in_request_uri: bool = False
    algorithm: Literal["MD5", "SHA-256"] = "MD5"
    qop: bool = True
    nonce_life_s: int = 300
    port: int = field(default_factory=free_port)
    inside_port: int = field(default_factory=free_port)
    tls: Identity | None = None
    """Show this on `tls_port`; None serves no TLS."""
    tls_port: int = field(default_factory=free_port)
    ipv6: bool = False
    """Serve gateways on [::1], too."""
    program: Program | None = None

    @property
    def tls_server(self) -> str:
        """host:port for gateways, TLS."""
        return f"{LOOPBACK}:{self.tls_port}"

    @property
    def ipv6_server(self) -> str:
        """host:port for gateways, UDP and TCP over IPv6."""
        return f"[::1]:{self.port}"

    @property
    def server(self) -> str:
        """host:port for gateways, UDP and TCP."""
        return f"{LOOPBACK}:{self.port}"

    def inside_uri(self, number: str) -> str:
        """Where a far end dials to reach the registered gateway, `number` as To."""
        return f"sip:{number}@{LOOPBACK}:{self.inside_port}"

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "kamailio.cfg"
        config.touch(mode=0o600)
        config.write_text(self.configuration(), encoding="utf-8")
        (self.folder / "dump").mkdir()
        (self.folder / "run").mkdir()
        arguments = [
            "-DD",
            "-E",
            "-m",
            "24" if self.tls is None else "64",
            "-M",
            "4",
            "-Y",
            str(self.folder / "run"),
            "-f",
            str(config),
        ]
        self.program = Program(["kamailio", *arguments], self.folder / "kamailio.log")
        try:
            self.program.await_ready(self._answers)
        except BaseException:
            self.program.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.program is not None:
            self.program.stop()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), timeout=0.5):
            return self._answers_options()
        return False

    def _answers_options(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((LOOPBACK, 0))
            probe.settimeout(0.5)
            host, port = probe.getsockname()
            probe.sendto(
                f"OPTIONS sip:{self.domain} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bKready\r\n"
                f"From: <sip:probe@{host}>;tag=1\r\nTo: <sip:{self.domain}>\r\nCall-ID: ready\r\n"
                "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n".encode(),
                (LOOPBACK, self.port),
            )
            try:
                return probe.recv(65536).startswith(b"SIP/2.0 200")
            except OSError:
                return False

    def wire(self) -> list[Wire]:
        """Every message so far, in order, the readiness probe left out."""
        text = b"".join(path.read_bytes() for path in sorted((self.folder / "dump").glob("*.data")))
        return [one for one in parse_dump(text) if one.header("Call-ID") not in {"", "ready"}]

    def await_wire(self, start: str, timeout_s: float = 5.0, *, received: bool = True) -> Wire:
        """First message whose start line begins with `start`; waits for it. PeerFailed when none comes."""
        found: list[Wire] = []

        def looked() -> bool:
            found[:] = [w for w in self.wire() if w.received is received and w.start_line.startswith(start)]
            return bool(found)

        await_true(looked, timeout_s, f"{start!r} at Kamailio")
        return found[0]

    def configuration(self) -> str:
        """The whole kamailio.cfg; it holds HA1, not the password."""
        digest = hashlib.sha256 if self.algorithm == "SHA-256" else hashlib.md5
        replies = "\n".join(
            f'        case "{digits}": t_reply("{status}", "{reason}"); exit;'
            for digits, (status, reason) in LINES.items()
            if status != 302
        )
        values = {
            "PORT": self.port,
            "INSIDE": self.inside_port,
            "DOMAIN": self.domain,
            "USERNAME": self.username,
            "HA1": digest(f"{self.username}:{self.domain}:{self.password}".encode()).hexdigest(),
            "ALGORITHM": self.algorithm,
            "FRESH": 1 if self.qop else 0,
            "STALE": 17 if self.qop else 16,
            "NONCE_LIFE": self.nonce_life_s,
            "MAX_EXPIRES": self.max_expires_s,
            "DUMP": self.folder / "dump",
            "FAR_END": f"{self.far_end[0]}:{self.far_end[1]}",
            "DOUBLE_ROUTE": int(self.double_record_route),
            "RECORD_ROUTE": "record_route();" if self.record_route else "",
            "REQUEST_URI": "$rU = $var(number);" if self.number_in_request_uri else "",
            "REPLIES": replies,
            "RINGS": RINGS,
            "SILENT": SILENT,
            "LISTEN": "\n".join(self._further_sockets()),
            "TLS": "" if self.tls is None else TLS,
            "CERTIFICATE": self.tls.certificate if self.tls else "",
            "KEY": self.tls.key if self.tls else "",
        }

        def filled(text: str) -> str:
            return re.sub(r"@([A-Z0-9_]+)@", lambda hit: filled(str(values[hit.group(1)])), text)

        return filled(CONFIGURATION)

    def _further_sockets(self) -> Iterator[str]:
        if self.tls is not None:
            yield f"enable_tls=yes\nlisten=tls:{LOOPBACK}:{self.tls_port}"
        if self.ipv6:
            yield from (f"listen={kind}:[::1]:{self.port}" for kind in ("udp", "tcp"))


def parse_dump(text: bytes) -> Iterator[Wire]:
    """Records of Kamailio's sipdump files."""
    for record in re.split(rb"={20,}\r?\n", text):
        head, _, data = record.partition(b"~" * 20 + b"\n")
        fields = dict(re.findall(r"^(\w+): (.*)$", head.decode(), re.MULTILINE))
        if not data or "proto" not in fields:
            continue
        yield Wire(
            received=fields["tag"] == "rcv",
            transport=fields["proto"].split()[0].upper(),
            source=(fields["srcip"], int(fields["srcport"])),
            destination=(fields["dstip"], int(fields["dstport"])),
            data=data.removesuffix(b"|" * 20 + b"\n"),
        )


TLS = """loadmodule "tls.so"
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "@CERTIFICATE@")
modparam("tls", "private_key", "@KEY@")
modparam("tls", "verify_certificate", 0)
modparam("tls", "require_certificate", 0)"""

CONFIGURATION = """#!KAMAILIO
debug=1
log_stderror=yes
# One worker a socket: two would now and then overtake each other, a 200 its own 180.
children=1
tcp_children=1
auto_aliases=no
alias="@DOMAIN@"
listen=udp:127.0.0.1:@PORT@
listen=tcp:127.0.0.1:@PORT@
listen=udp:127.0.0.1:@INSIDE@
@LISTEN@
dns=no
rev_dns=no
dns_try_ipv6=no
tcp_connection_lifetime=3605
server_signature=no
sip_warning=0

@TLS@
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "nathelper.so"
loadmodule "auth.so"
loadmodule "sipdump.so"

modparam("tm", "fr_timer", 5000)
modparam("tm", "fr_inv_timer", 60000)
modparam("rr", "append_fromtag", 0)
modparam("rr", "enable_double_rr", @DOUBLE_ROUTE@)
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", @MAX_EXPIRES@)
modparam("registrar", "default_expires", @MAX_EXPIRES@)
modparam("registrar|nathelper", "received_avp", "$avp(received)")
modparam("auth", "algorithm", "@ALGORITHM@")
modparam("auth", "nonce_expire", @NONCE_LIFE@)
modparam("sipdump", "enable", 1)
modparam("sipdump", "folder", "@DUMP@")
modparam("sipdump", "fprefix", "wire-")

request_route {
    if (!mf_process_maxfwd_header("10")) {
        sl_send_reply("483", "Too Many Hops");
        exit;
    }
    force_rport();
    if (is_method("CANCEL")) {
        route(CANCEL);
        exit;
    }
    if (has_totag()) {
        route(IN_DIALOG);
        exit;
    }
    if (is_method("ACK")) {
        t_check_trans();
        exit;
    }
    if (is_method("OPTIONS")) {
        sl_send_reply("200", "OK");
        exit;
    }
    if ($Rp == @INSIDE@) {
        route(INBOUND);
        exit;
    }
    if (is_method("REGISTER")) {
        route(AUTHENTICATE);
        fix_nated_register();
        save("location");
        exit;
    }
    if (!is_method("INVITE")) {
        sl_send_reply("405", "Method Not Allowed");
        exit;
    }
    if (t_lookup_request()) {
        exit;
    }
    route(AUTHENTICATE);
    route(LINE);
}

route[AUTHENTICATE] {
    if (!pv_auth_check("@DOMAIN@", "@HA1@", "1", "0")) {
        if ($rc == -4) {  # the nonce has expired
            auth_challenge("@DOMAIN@", "@STALE@");
        } else {
            auth_challenge("@DOMAIN@", "@FRESH@");
        }
        exit;
    }
    if ($au != "@USERNAME@") {
        auth_challenge("@DOMAIN@", "@FRESH@");
        exit;
    }
    consume_credentials();
}

# The document's step 2: the line number, in the Request-URI and in To, says where to go.
route[LINE] {
    if ($rd != "@DOMAIN@" || $td != "@DOMAIN@" || $fd != "@DOMAIN@" || $tU != $rU) {
        sl_send_reply("404", "Not A Line Of This Instance");
        exit;
    }
    $var(last) = $(rU{s.substr,-2,0});
    t_newtran();
    switch ($var(last)) {
@REPLIES@
        case "02":
            append_to_reply("Contact: <sip:elsewhere@192.0.2.1:5060>\\r\\n");
            t_reply("302", "Moved Temporarily");
            exit;
        case "@RINGS@":
            t_reply("180", "Ringing");
            exit;
        case "@SILENT@":
            exit;
    }
    add_contact_alias();
    @RECORD_ROUTE@
    $du = "sip:@FAR_END@;transport=udp";
    $fs = "udp:127.0.0.1:@INSIDE@";
    t_relay();
}

# The document's step 3: an INVITE of the carriers' side goes to the registered account.
route[INBOUND] {
    if (!is_method("INVITE")) {
        sl_send_reply("405", "Method Not Allowed");
        exit;
    }
    $var(number) = $rU;
    $ru = "sip:@USERNAME@@@DOMAIN@";
    if (!lookup("location")) {
        sl_send_reply("480", "Temporarily Unavailable");
        exit;
    }
    @REQUEST_URI@
    @RECORD_ROUTE@
    t_on_reply("FROM_GATEWAY");
    t_relay();
}

onreply_route[FROM_GATEWAY] {
    add_contact_alias();
}

route[CANCEL] {
    $var(last) = $(rU{s.substr,-2,0});
    if ($Rp != @INSIDE@ && $var(last) == "@RINGS@") {
        sl_send_reply("200", "OK");
        t_reply_callid("$ci", "$cs", "487", "Request Terminated");
        exit;
    }
    if (t_check_trans()) {
        t_relay();
    } else {
        sl_send_reply("481", "Call/Transaction Does Not Exist");
    }
}

route[IN_DIALOG] {
    if (is_method("ACK") && t_check_trans()) {
        exit;  # of a negative response of our own
    }
    if (!loose_route() && uri == myself) {
        if (!is_method("ACK")) {
            sl_send_reply("481", "Call/Transaction Does Not Exist");
        }
        exit;
    }
    handle_ruri_alias();
    t_relay();
}
"""
