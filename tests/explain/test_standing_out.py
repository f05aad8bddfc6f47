"""What stands out in a call: one case each, and nothing in an ordinary one."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.explain.standing_out import MAX_FINDINGS, findings
from tccc_desk.explain.words import finding_words, stand_out
from tccc_desk.texts.catalogue import LANGUAGES
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.masked import masked_entry
from tccc_desk.trace.masking import Masker

DOMAIN = "1400000001.tccc.qcloud.com"
LINE, CALLER = "075583765566", "13800138000"
SDP = (
    "v=0\r\no=- 1 1 IN IP4 119.28.0.9\r\ns=-\r\nc=IN IP4 119.28.0.9\r\nt=0 0\r\n"
    "m=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)
CREDENTIALS = (
    f'Proxy-Authorization: Digest username="gateway01", realm="{DOMAIN}", nonce="n", '
    f'uri="sip:{LINE}@{DOMAIN}", response="*"\r\n'
)
CHALLENGE = f'Proxy-Authenticate: Digest realm="{DOMAIN}", nonce="n", qop="auth"\r\n'


class Log:
    """Writes the log of one exchange, a line at a time."""

    def __init__(self, transport: str = "UDP") -> None:
        self.entries: list[TraceEntry] = []
        self.at = 1_700_000_000.0
        self.transport = transport

    def _add(self, **fields: object) -> TraceEntry:
        number = len(self.entries) + 1
        made = TraceEntry(
            **{
                "number": number,
                "at": self.at,
                "monotonic": self.at,
                "kind": "message",
                "direction": "local",
                "trunk": "office",
                "transport": self.transport,
                "local": "192.168.1.5:40000",
                "remote": "119.28.0.7:35090",
                "call_id": "c1",
                **fields,
            }
        )
        self.entries.append(made)
        return made

    def later(self, seconds: float) -> Log:
        self.at += seconds
        return self

    def fact(self, fact: str, **details: str) -> Log:
        self._add(kind="fact", fact=fact, details=details)
        return self

    def request(
        self, method: str, cseq: int, *, way: str = "sent", more: str = "", body: str = "", repeat: int = 0
    ) -> Log:
        raw = (
            f"{method} sip:{LINE}@{DOMAIN} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.transport} 192.168.1.5:40000;branch=z9hG4bK{method}{cseq};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{CALLER}@{DOMAIN}>;tag=a\r\nTo: <sip:{LINE}@{DOMAIN}>\r\n"
            f"Call-ID: c1\r\nCSeq: {cseq} {method}\r\n{more}"
        )
        raw += "Content-Type: application/sdp\r\n" if body else ""
        raw += f"Content-Length: {len(body)}\r\n\r\n{body}"
        self._add(direction=way, method=method, cseq=cseq, raw=raw.encode(), retransmission=repeat)
        return self

    def answer(
        self,
        status: int,
        method: str,
        cseq: int,
        *,
        way: str = "received",
        more: str = "",
        repeat: int = 0,
        via: str = "",
        body: str = "",
    ) -> Log:
        hop = via or (
            f"SIP/2.0/{self.transport} 192.168.1.5:40000;branch=z9hG4bK{method}{cseq};"
            "rport=5001;received=198.51.100.3"
        )
        raw = (
            f"SIP/2.0 {status} Words\r\nVia: {hop}\r\nFrom: <sip:{CALLER}@{DOMAIN}>;tag=a\r\n"
            f"To: <sip:{LINE}@{DOMAIN}>;tag=b\r\nCall-ID: c1\r\nCSeq: {cseq} {method}\r\n{more}"
        )
        raw += "Content-Type: application/sdp\r\n" if body else ""
        raw += f"Content-Length: {len(body)}\r\n\r\n{body}"
        self._add(
            direction=way,
            method=method,
            cseq=cseq,
            status=status,
            reason="Words",
            raw=raw.encode(),
            retransmission=repeat,
        )
        return self

    def called(self) -> Log:
        """An ordinary call up to its ACK."""
        self.request("INVITE", 1, body=SDP).answer(407, "INVITE", 1, more=CHALLENGE).request("ACK", 1)
        self.request("INVITE", 2, more=CREDENTIALS, body=SDP).answer(100, "INVITE", 2)
        self.later(1).answer(180, "INVITE", 2)
        return self.later(3).answer(200, "INVITE", 2, body=SDP).request("ACK", 2)

    def registering(self, contact: str = "<sip:gateway01@192.168.1.5:40000>", granted: str = "120") -> Log:
        more = "Contact: <sip:gateway01@192.168.1.5:40000>\r\nExpires: 120\r\n"
        self.request("REGISTER", 1, more=more)
        return self.answer(200, "REGISTER", 1, more=f"Contact: {contact};expires={granted}\r\n")

    @property
    def found(self) -> dict[str, str]:
        return {one.id: one.severity for one in findings(self.entries)}


def test_nothing_stands_out_in_an_ordinary_call() -> None:
    log = Log("TCP").called().later(20).request("BYE", 3).answer(200, "BYE", 3)
    assert log.found == {}


CASES: list[tuple[str, str, Log]] = [
    (
        "finding.call.large-udp",
        "wrong",
        Log()
        .request("INVITE", 1, body=SDP)
        .answer(407, "INVITE", 1, more=CHALLENGE)
        .request("ACK", 1)
        .request("INVITE", 2, more=CREDENTIALS, body=SDP)
        .later(0.5)
        .request("INVITE", 2, more=CREDENTIALS, body=SDP, repeat=1),
    ),
    ("finding.path.silence-udp", "wrong", Log().request("INVITE", 1).later(3).fact("fact.resolved")),
    (
        "finding.path.silence-stream",
        "wrong",
        Log("TCP").request("INVITE", 1).fact("fact.timeout", method="INVITE"),
    ),
    (
        "explain.finding.repeated",
        "unusual",
        Log().request("INVITE", 1).request("INVITE", 1, repeat=1).answer(200, "INVITE", 1),
    ),
    (
        "explain.finding.repeated-theirs",
        "unusual",
        Log().request("OPTIONS", 1, way="received").request("OPTIONS", 1, way="received", repeat=1),
    ),
    ("explain.finding.answer-repeated", "unusual", Log().called().answer(200, "INVITE", 2, repeat=1)),
    (
        "explain.finding.large",
        "unusual",
        Log().request("INVITE", 1, more="X: " + "x" * 1300 + "\r\n").answer(200, "INVITE", 1),
    ),
    ("finding.call.not-found", "wrong", Log().request("INVITE", 1).answer(404, "INVITE", 1)),
    ("finding.call.busy", "unusual", Log().request("INVITE", 1).answer(486, "INVITE", 1)),
    ("finding.call.server-fault", "wrong", Log().request("INVITE", 1).answer(500, "INVITE", 1)),
    ("finding.call.redirected", "wrong", Log().request("INVITE", 1).answer(302, "INVITE", 1)),
    ("finding.register.forbidden", "wrong", Log().request("REGISTER", 1).answer(403, "REGISTER", 1)),
    ("explain.finding.refused", "wrong", Log().request("INFO", 1).answer(415, "INFO", 1)),
    (
        "finding.call.rejected-by-us",
        "info",
        Log().request("INVITE", 1, way="received").answer(486, "INVITE", 1, way="sent"),
    ),
    (
        "explain.finding.refused-by-us",
        "unusual",
        Log().request("REFER", 1, way="received").answer(405, "REFER", 1, way="sent"),
    ),
    (
        "finding.call.credentials",
        "wrong",
        Log()
        .request("INVITE", 1)
        .answer(407, "INVITE", 1, more=CHALLENGE)
        .request("INVITE", 2, more=CREDENTIALS)
        .answer(407, "INVITE", 2, more=CHALLENGE),
    ),
    (
        "explain.finding.via-rewritten",
        "wrong",
        Log()
        .request("OPTIONS", 1)
        .answer(200, "OPTIONS", 1, via="SIP/2.0/UDP 9.9.9.9:1;branch=z9hG4bKOPTIONS1"),
    ),
    ("explain.finding.ended-at-once", "unusual", Log().called().later(0.4).request("BYE", 1, way="received")),
    ("finding.call.no-ack", "wrong", Log().called().fact("fact.unacknowledged", timer="H", method="INVITE")),
    (
        "finding.call.no-ack",
        "wrong",
        Log().called().answer(200, "INVITE", 2, repeat=1).later(32).request("BYE", 1, way="received"),
    ),
    ("media.cause.nothing-arrives", "wrong", Log().called().fact("fact.media", cause="nothing-arrives")),
    ("fact.refused", "wrong", Log("TCP").fact("fact.refused")),
    ("explain.c.private", "unusual", Log().request("INVITE", 1, body=SDP.replace("119.28.0.9", "10.0.0.9"))),
    ("explain.finding.short-expiry", "info", Log().registering(granted="90")),
    ("explain.contact.granted-short", "unusual", Log().registering(granted="30")),
    ("finding.register.rewritten", "unusual", Log().registering("<sip:gateway01@198.51.100.3:5001>")),
    (
        "explain.contact.others",
        "unusual",
        Log().registering("<sip:gateway01@192.168.1.5:40000>, <sip:gateway01@9.9.9.9>"),
    ),
]


@pytest.mark.parametrize(("id", "severity", "log"), CASES, ids=[case[0] for case in CASES])
def test_it_stands_out(id: str, severity: str, log: Log) -> None:
    assert log.found.get(id) == severity
    numbers = {entry.number for entry in log.entries}
    for one in findings(log.entries):
        assert one.entries
        assert set(one.entries) <= numbers
        for language in LANGUAGES:
            assert "{" not in finding_words(one, language)


def test_another_port_than_the_documents_stands_out() -> None:
    log = Log("TCP").called()
    moved = [msgspec.structs.replace(one, remote="119.28.0.7:5089") for one in log.entries]
    assert [(one.id, one.values) for one in findings(moved)] == [("explain.finding.port", {"port": "5089"})]
    lab = [msgspec.structs.replace(one, remote="127.0.0.1:5089") for one in log.entries]
    assert findings(lab) == ()


def test_the_acks_credentials_are_those_of_its_invite() -> None:
    log = Log("TCP").called().later(9).request("ACK", 2, more=CREDENTIALS.replace(f"sip:{LINE}@", "sip:1@"))
    assert log.found == {}


def test_a_masked_log_has_no_findings_of_its_own() -> None:
    mask = Masker().mask
    log = Log("TCP").registering()
    assert findings([masked_entry(one, mask) for one in log.entries]) == findings(log.entries)
    call = Log("TCP").called().later(20).request("BYE", 3).answer(200, "BYE", 3)
    assert [one.id for one in findings([masked_entry(one, mask) for one in call.entries])] == []


def test_ordinary_nat_and_a_challenge_do_not_stand_out() -> None:
    assert set(Log("TCP").called().found) == set()


def test_a_stale_nonce_is_no_refusal() -> None:
    log = Log().request("INVITE", 1).answer(407, "INVITE", 1, more=CHALLENGE)
    log.request("INVITE", 2, more=CREDENTIALS)
    log.answer(407, "INVITE", 2, more=CHALLENGE.replace("qop", "stale=true, qop"))
    assert "finding.call.credentials" not in log.found


def test_a_line_against_the_document_stands_out_once() -> None:
    log = Log()
    for number in (1, 2):
        log.request("INVITE", number, body=SDP).answer(404, "INVITE", number)
    wrong = [
        msgspec.structs.replace(
            one, raw=one.raw.replace(f"To: <sip:{LINE}@".encode(), b"To: <sip:gateway01@")
        )
        for one in log.entries
    ]
    found = [one for one in findings(wrong) if one.id == "explain.to.line-wrong"]
    assert len(found) == 1
    assert found[0].entries == (1,)


@given(
    st.lists(
        st.builds(
            TraceEntry,
            number=st.integers(1, 99),
            at=st.floats(0, 4e9),
            monotonic=st.just(0.0),
            kind=st.sampled_from(["message", "message", "fact", "transition"]),
            direction=st.sampled_from(["sent", "received", "local"]),
            trunk=st.just(""),
            transport=st.sampled_from(["UDP", "tcp", ""]),
            method=st.sampled_from(["INVITE", "REGISTER", "BYE", "ACK", ""]),
            status=st.sampled_from([0, 100, 200, 302, 401, 407, 404, 503]),
            cseq=st.sampled_from([None, 1, 2]),
            fact=st.sampled_from(["", "fact.media", "fact.timeout", "fact.refused", "fact.unacknowledged"]),
            details=st.dictionaries(
                st.sampled_from(["unreadable", "cause", "method", "x"]), st.text(max_size=9)
            ),
            retransmission=st.integers(0, 2),
            raw=st.one_of(st.binary(max_size=80), st.sampled_from([one.raw for one in CASES[0][2].entries])),
        ),
        max_size=12,
    )
)
def test_nothing_in_a_log_breaks_it(entries: list[TraceEntry]) -> None:
    found = findings(entries)
    assert len(found) <= MAX_FINDINGS
    for language in LANGUAGES:
        assert len(stand_out(entries, language)) == len(found)
