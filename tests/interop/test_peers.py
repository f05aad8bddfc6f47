"""The real peers do what the tests of the product rely on, tried here without the product."""

from __future__ import annotations

import hashlib
import itertools
import re
import socket
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.baresip import LINE, Baresip
from tests.helpers.kamailio import DOMAIN, LINES, RINGS, SILENT, USERNAME, Kamailio
from tests.helpers.process import PeerFailed
from tests.helpers.screen import Screen
from tests.helpers.sipp import ANSWER, Sipp

CALLER = "13900000001"


class Raw:
    """A gateway made of a socket: just enough SIP to look at what comes back."""

    def __init__(self, gateway: Kamailio, transport: str) -> None:
        self.gateway = gateway
        self.transport = transport
        kind = socket.SOCK_STREAM if transport == "TCP" else socket.SOCK_DGRAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.settimeout(5)
        self.socket.connect(("127.0.0.1", gateway.port))
        self.local = "{}:{}".format(*self.socket.getsockname())
        self.branches = itertools.count(1)
        self.cseq = itertools.count(1)
        self.buffer = b""

    def close(self) -> None:
        self.socket.close()

    def request(self, method: str, user: str, caller: str = "", **extra: str) -> str:
        """Send it (with a new branch unless given) and return the branch."""
        to = f"{user}@{DOMAIN}" if user else DOMAIN
        uri = DOMAIN if method == "REGISTER" else to
        branch = extra.pop("branch", "") or f"z9hG4bKraw{self.socket.getsockname()[1]}{next(self.branches)}"
        number = extra.pop("cseq", "") or str(next(self.cseq))
        lines = [
            f"{method} sip:{uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport} {self.local};branch={branch};rport",
            "Max-Forwards: 70",
            f"From: <sip:{caller or user}@{DOMAIN}>;tag=raw{self.socket.getsockname()[1]}",
            f"To: <sip:{to}>{extra.pop('to_tag', '')}",
            f"Call-ID: raw-{self.socket.getsockname()[1]}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:{USERNAME}@{self.local};transport={self.transport.lower()}>",
            *(f"{name.replace('_', '-')}: {value}" for name, value in extra.items()),
            "Content-Length: 0",
        ]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return branch

    def receive(self) -> str:
        """Next message, head only."""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(65536)
        head, _, rest = self.buffer.partition(b"\r\n\r\n")
        length = re.search(rb"(?im)^Content-Length: *(\d+)", head)
        body = int(length.group(1)) if length else 0
        while len(rest) < body:
            rest += self.socket.recv(65536)
        self.buffer = rest[body:]
        return head.decode()

    def answer_to(self, challenge: str, method: str, uri: str, password: str) -> str:
        fields = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        digest = hashlib.sha256 if "algorithm=SHA-256" in challenge else hashlib.md5

        def h(text: str) -> str:
            return digest(text.encode()).hexdigest()

        ha1, ha2 = h(f"{USERNAME}:{fields['realm']}:{password}"), h(f"{method}:{uri}")
        qop = ""
        response = h(f"{ha1}:{fields['nonce']}:{ha2}")
        if "qop" in fields:
            response = h(f"{ha1}:{fields['nonce']}:00000001:c0ffee:auth:{ha2}")
            qop = ', qop=auth, nc=00000001, cnonce="c0ffee"'
        algorithm = "SHA-256" if digest is hashlib.sha256 else "MD5"
        return (
            f'Digest username="{USERNAME}", realm="{fields["realm"]}", nonce="{fields["nonce"]}", '
            f'uri="{uri}", response="{response}", algorithm={algorithm}{qop}'
        )

    def register(self, password: str = "", **extra: str) -> str:
        """REGISTER twice; the second response."""
        self.request("REGISTER", USERNAME)
        first = self.receive()
        assert first.startswith("SIP/2.0 401")
        answer = self.answer_to(first, "REGISTER", f"sip:{DOMAIN}", password or self.gateway.password)
        self.request("REGISTER", USERNAME, Authorization=answer, **extra)
        return self.receive()

    def invite(self, line: str) -> tuple[str, str, str]:
        """INVITE, 407, ACK, INVITE again; branch, CSeq number and first final or ringing response."""
        branch = self.request("INVITE", line, CALLER)
        first = self.receive()
        assert first.startswith("SIP/2.0 407")
        cseq = re.search(r"(?m)^CSeq: (\d+)", first)
        tag = re.search(r"(?m)^To: .*?(;tag=\S+)", first)
        assert cseq
        assert tag
        self.request("ACK", line, CALLER, branch=branch, cseq=cseq.group(1), to_tag=tag.group(1))
        answer = self.answer_to(first, "INVITE", f"sip:{line}@{DOMAIN}", self.gateway.password)
        number = str(int(cseq.group(1)) + 1)
        branch = self.request("INVITE", line, CALLER, cseq=number, Proxy_Authorization=answer)
        return branch, number, self.receive()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kamailio]:
    with Kamailio(tmp_path_factory.mktemp("kamailio")) as running:
        yield running


@pytest.fixture(params=["UDP", "TCP"])
def raw(gateway: Kamailio, request: pytest.FixtureRequest) -> Iterator[Raw]:
    client = Raw(gateway, request.param)
    yield client
    client.close()


def test_kamailio_grants_120_seconds_to_who_knows_the_password(raw: Raw) -> None:
    reply = raw.register(Expires="3600")
    assert reply.startswith("SIP/2.0 200")
    assert re.search(r"(?m)^Contact: .*;expires=120\b", reply)


def test_kamailio_asks_again_after_a_wrong_password(raw: Raw) -> None:
    reply = raw.register(password="Wrong2026")
    assert reply.startswith("SIP/2.0 401")
    assert "stale" not in reply.lower()


def test_kamailio_says_stale_for_an_old_nonce_only(tmp_path: Path) -> None:
    with Kamailio(tmp_path, nonce_life_s=-10) as gateway:
        client = Raw(gateway, "UDP")
        reply = client.register()
        client.close()
    assert reply.startswith("SIP/2.0 401")
    assert "stale=true" in reply


def test_kamailio_speaks_sha_256_without_qop(tmp_path: Path) -> None:
    with Kamailio(tmp_path, algorithm="SHA-256", qop=False) as gateway:
        client = Raw(gateway, "TCP")
        assert client.register().startswith("SIP/2.0 200")
        client.close()


@pytest.mark.parametrize("digits", LINES)
def test_kamailio_answers_a_line_by_its_last_two_digits(gateway: Kamailio, digits: str) -> None:
    client = Raw(gateway, "TCP")
    _, _, reply = client.invite(f"021888860{digits}")
    client.close()
    status, reason = LINES[digits]
    assert reply.startswith(f"SIP/2.0 {status} {reason}")


def test_kamailio_rings_until_it_is_cancelled(raw: Raw) -> None:
    line = f"021888860{RINGS}"
    branch, number, reply = raw.invite(line)
    assert reply.startswith("SIP/2.0 180")
    raw.request("CANCEL", line, CALLER, branch=branch, cseq=number)
    finals = {raw.receive().split("\r\n", 1)[0], raw.receive().split("\r\n", 1)[0]}
    assert finals == {"SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"}


def test_kamailio_leaves_a_silent_line_silent(raw: Raw) -> None:
    raw.socket.settimeout(1)
    with pytest.raises(TimeoutError):
        raw.invite(f"021888860{SILENT}")


@pytest.mark.parametrize("number_in_request_uri", [False, True])
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_call_from_inside_arrives_on_the_registered_flow(
    tmp_path: Path, transport: str, number_in_request_uri: bool
) -> None:
    gateway = Kamailio(tmp_path / "kamailio", number_in_request_uri=number_in_request_uri)
    with gateway, Baresip(tmp_path / "baresip") as phone:
        client = Raw(gateway, transport)
        assert client.register().startswith("SIP/2.0 200")
        phone.dial(gateway.inside_uri("13800138000"))
        invite = client.receive()
        client.close()
    user = "13800138000" if number_in_request_uri else USERNAME
    assert invite.startswith(f"INVITE sip:{user}@{client.local}")
    assert re.search(r"(?m)^To: <sip:13800138000@", invite)


UAC = """
  <send retrans="500"><![CDATA[
    INVITE sip:[service]@{domain} SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    Max-Forwards: 70
    From: <sip:{caller}@{domain}>;tag=[pid]call[call_number]
    To: <sip:[service]@{domain}>
    Call-ID: [call_id]
    CSeq: {cseq} INVITE
    Contact: <sip:{user}@[local_ip]:[local_port];transport=[transport]>
{authentication}    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=sipp 1 1 IN IP4 [local_ip]
    s=-
    c=IN IP4 [media_ip]
    t=0 0
    m=audio [media_port] RTP/AVP 8
    a=rtpmap:8 PCMA/8000
  ]]></send>
"""
AFTER = """
  <recv response="100" optional="true"/>
  <recv response="180" optional="true" rrs="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
    ACK [next_url] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    [routes]
    Max-Forwards: 70
    From: <sip:{caller}@{domain}>;tag=[pid]call[call_number]
    [last_To:]
    Call-ID: [call_id]
    CSeq: 2 ACK
    Content-Length: 0
  ]]></send>
  <pause milliseconds="400"/>
  <send retrans="500"><![CDATA[
    BYE [next_url] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    [routes]
    Max-Forwards: 70
    From: <sip:{caller}@{domain}>;tag=[pid]call[call_number]
    [last_To:]
    Call-ID: [call_id]
    CSeq: 3 BYE
    Content-Length: 0
  ]]></send>
  <recv response="200"/>
"""
REFUSED = """
  <recv response="407" auth="true"/>
  <send><![CDATA[
    ACK sip:[service]@{domain} SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-2]
    Max-Forwards: 70
    From: <sip:{caller}@{domain}>;tag=[pid]call[call_number]
    [last_To:]
    Call-ID: [call_id]
    CSeq: 1 ACK
    Content-Length: 0
  ]]></send>
"""


def call_scenario(password: str) -> str:
    names = {"domain": DOMAIN, "caller": CALLER, "user": USERNAME}
    authentication = f"    [authentication username={USERNAME} password={password}]\n"
    return (
        UAC.format(**names, cseq=1, authentication="")
        + REFUSED.format(**names)
        + UAC.format(**names, cseq=2, authentication=authentication)
        + AFTER.format(**names)
    )


@pytest.mark.parametrize("record_route", [True, False])
@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_a_sipp_call_through_kamailio_is_answered_by_baresip(
    tmp_path: Path, transport: str, record_route: bool
) -> None:
    with Baresip(tmp_path / "baresip") as phone:
        gateway = Kamailio(tmp_path / "kamailio", far_end=phone.address, record_route=record_route)
        with gateway:
            caller = Sipp(
                tmp_path / "sipp",
                call_scenario(gateway.password),
                remote=("127.0.0.1", gateway.port),
                number=LINE,
                transport=transport,
            )
            with caller:
                status = caller.finish()
            assert status == 0, caller.messages()
            phone.await_received("ACK ")
            phone.await_received("BYE ")
            phone.await_event("CALL_CLOSED")
            invite = gateway.await_wire(f"INVITE sip:{LINE}@{DOMAIN}")
            assert invite.header("From").startswith(f"<sip:{CALLER}@{DOMAIN}>")
        assert phone.packets()[0] > 10


def test_baresip_hears_baresip(tmp_path: Path) -> None:
    caller = Baresip(tmp_path / "caller", user="13900000001")
    with Baresip(tmp_path / "answerer") as answerer, caller:
        caller.dial(f"sip:{LINE}@127.0.0.1:{answerer.port}")
        answerer.await_event("CALL_RTPESTAB")
        caller.await_event("CALL_RTPESTAB")
        caller.hang_up()
        answerer.await_event("CALL_CLOSED")
        sent, received = answerer.packets()
        assert sent > 0
        assert received > 0
        (recording,) = answerer.recordings()
        with wave.open(str(recording)) as heard:
            assert heard.getframerate() == 8000


def test_sipp_answers_as_written(tmp_path: Path) -> None:
    with (
        Sipp(tmp_path / "sipp", ANSWER) as answerer,
        Baresip(tmp_path / "baresip", user="13900000001") as caller,
    ):
        caller.dial(f"sip:{LINE}@127.0.0.1:{answerer.port}")
        caller.await_event("CALL_ESTABLISHED")
        caller.hang_up()
        assert answerer.finish() == 0, answerer.messages()


def test_a_peer_that_cannot_start_says_why(tmp_path: Path) -> None:
    gateway = Kamailio(tmp_path)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", gateway.port))
        with pytest.raises(PeerFailed, match=r"kamailio ended(?s:.)*Address already in use"), gateway:
            pass


def test_a_virtual_screen_names_its_display(tmp_path: Path) -> None:
    with Screen(tmp_path) as screen:
        assert re.fullmatch(r":\d+", screen.display)
