"""Events as an engine would send them, for tests that need no engine."""

from __future__ import annotations

from typing import Any

from tccc_desk.engine import events as e
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trunk.profile import Trunk

NOW = 1_700_000_000.0
TRUNK = Trunk(
    name="gateway01",
    username="gateway01",
    domain="1400000001.tccc.qcloud.com",
    server="sip.tccc.qcloud.com",
    port=35090,
    caller_number="13800138000",
    line_number="075512345600",
)
HOSTILE = "<b>a</b>\u202e\x07\r\n<img src=x onerror=y>\u200b" + "9" * 5_000


def started() -> e.EngineStarted:
    return e.EngineStarted(at=NOW, version="0", pid=1)


def challenged() -> e.ChallengeReceived:
    asked = e.Challenge(status=401, realm="1400000001.tccc.qcloud.com", algorithm="MD5", qop="auth")
    return e.ChallengeReceived(at=NOW, trunk="gateway01", method="REGISTER", challenge=asked)


def bound(**changes: Any) -> e.BindingEstablished:
    values: dict[str, Any] = {
        "at": NOW,
        "trunk": "gateway01",
        "status": 200,
        "reason": "OK",
        "requested_expires_s": 120,
        "granted_expires_s": 60,
        "refresh_in_s": 45.0,
        "contact": "sip:gateway01@192.0.2.10:40123",
        "other_contacts": (),
        "received": "198.51.100.3",
        "rport": 40123,
        "elapsed_ms": 35.0,
        "registers_sent": 2,
        "first": True,
    }
    return e.BindingEstablished(**{**values, **changes})


def failed(**changes: Any) -> e.RegistrationFailed:
    values: dict[str, Any] = {
        "at": NOW,
        "trunk": "gateway01",
        "status": 0,
        "reason": "",
        "said_by": "local",
        "fault": "refused",
        "finding": "finding.path.refused",
        "details": {"server": "sip.tccc.qcloud.com:35090"},
        "retry_in_s": 12.0,
    }
    return e.RegistrationFailed(**{**values, **changes})


def refused(**changes: Any) -> e.BindingRefused:
    values: dict[str, Any] = {
        "at": NOW,
        "trunk": "gateway01",
        "status": 401,
        "reason": "Unauthorized",
        "said_by": "server",
        "finding": "finding.register.credentials-refused",
    }
    return e.BindingRefused(**{**values, **changes})


def placed(call: str = "c1") -> e.CallPlaced:
    return e.CallPlaced(
        at=NOW, trunk="gateway01", call=call, call_id=f"id-{call}", caller="13800138000", line="075512345600"
    )


def progressed(status: int, call: str = "c1", at: float = 0.1) -> e.CallProgressed:
    return e.CallProgressed(
        at=NOW + at, trunk="gateway01", call=call, status=status, reason="x", pdd_ms=100.0
    )


def answered(call: str = "c1") -> e.CallAnswered:
    return e.CallAnswered(
        at=NOW + 0.4,
        trunk="gateway01",
        call=call,
        status=200,
        reason="OK",
        answer_ms=400.0,
        codec="PCMA",
        remote_media="203.0.113.7:20000",
    )


def measured(one_way: e.OneWay = "none", call: str = "c1") -> e.MediaMeasured:
    media = e.MediaReport(
        codec="PCMA", sent=100, received=98, lost=2, mos=4.2, one_way=one_way, level_sent_dbov=-15.0
    )
    return e.MediaMeasured(at=NOW + 1, trunk="gateway01", call=call, media=media)


def ended(call: str = "c1", **changes: Any) -> e.CallEnded:
    values: dict[str, Any] = {
        "at": NOW + 5,
        "trunk": "gateway01",
        "call": call,
        "call_id": f"id-{call}",
        "incoming": False,
        "outcome": "busy",
        "status": 486,
        "reason": "Busy Here",
        "said_by": "server",
        "fault": "",
        "finding": "finding.call.busy",
        "details": {"status": "486"},
    }
    return e.CallEnded(**{**values, **changes})


def offered(call: str = "in1", **changes: Any) -> e.CallOffered:
    values: dict[str, Any] = {
        "at": NOW,
        "trunk": "gateway01",
        "call": call,
        "call_id": f"id-{call}",
        "to": "13800001111",
        "from_": "075512345678",
        "request_uri": "sip:gateway01@192.0.2.10:40123",
        "asserted_identity": "",
        "to_header": "<sip:13800001111@1400000001.tccc.qcloud.com>",
        "from_header": "<sip:075512345678@1400000001.tccc.qcloud.com>;tag=1",
        "source": "203.0.113.7:35090",
        "has_offer": True,
    }
    return e.CallOffered(**{**values, **changes})


def message(number: int, direction: str = "sent", **changes: Any) -> TraceEntry:
    values: dict[str, Any] = {
        "number": number,
        "at": NOW + number / 1000,
        "monotonic": 0.0,
        "kind": "message",
        "direction": direction,
        "trunk": "gateway01",
        "method": "REGISTER",
        "call_id": "r1",
        "cseq": 1,
        "summary": "REGISTER sip:1400000001.tccc.qcloud.com SIP/2.0",
        "raw": b"REGISTER sip:1400000001.tccc.qcloud.com SIP/2.0\r\nExpires: 120\r\nX-Mark: needle\r\n\r\n",
    }
    return TraceEntry(**{**values, **changes})


def fact(number: int, name: str = "fact.refused", **details: str) -> TraceEntry:
    return TraceEntry(
        number=number,
        at=NOW + number / 1000,
        monotonic=0.0,
        kind="transition" if name == "fact.state" else "fact",
        direction="local",
        trunk="gateway01",
        fact=name,
        details=details,
    )


def traced(*entries: TraceEntry) -> e.Traced:
    return e.Traced(at=NOW, entries=entries)
