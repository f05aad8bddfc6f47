"""The acceptance script: what to go through with the provider, and what proves each step.

Pure. The provider publishes no such list for registration mode; this one is ours, made of what a trunk
is used for. Sentences are in `texts` as acceptance.step.ID and acceptance.check.NAME.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec

from tccc_desk.trunk.china import read_number

Verdict = Literal["pass", "fail", "open"]
Check = Literal[
    "outgoing",
    "incoming",
    "mobile_caller",
    "landline_caller",
    "answered",
    "we_hear",
    "they_hear",
    "digit_sent",
    "digits_sent",
    "we_hung_up",
    "they_hung_up",
    "ten_minutes",
    "expected_to",
    "expected_from",
    "busy",
    "declined",
    "registered_ten_minutes",
    "codec_seen",
    "dtmf_method_seen",
    "remark",
]
CHECKS: tuple[Check, ...] = get_args(Check)
LONG_S = 600.0
MAX_STEPS = 64
MAX_REMARK = 1000
_SHORTENED_S = 1.0
"""A call of ten minutes may be measured a little short: answer and BYE take their time."""

_Word = Annotated[str, msgspec.Meta(max_length=256)]
_Id = Annotated[str, msgspec.Meta(max_length=64)]


class Step(msgspec.Struct, frozen=True):
    """One line of the script. `proofs` holds "remark" where only a person can tell."""

    id: str
    proofs: tuple[Check, ...]
    caller: Literal["", "mobile", "landline"] = ""
    """Whose number calls, where that matters."""
    runs: bool = False
    """True where this machine can place the call by itself."""
    dtmf: str = ""
    seconds: float = 5.0


_TALK: tuple[Check, ...] = ("outgoing", "answered", "we_hear", "they_hear")
STEPS: tuple[Step, ...] = (
    Step("mobile-caller", (*_TALK, "mobile_caller"), caller="mobile", runs=True),
    Step("landline-caller", (*_TALK, "landline_caller"), caller="landline", runs=True),
    Step("ivr-single", (*_TALK, "digit_sent", "remark"), runs=True, dtmf=",1", seconds=6.0),
    Step("ivr-multi", (*_TALK, "digits_sent", "remark"), runs=True, dtmf=",123456#", seconds=9.0),
    Step("agent-answers", (*_TALK, "remark")),
    Step("we-hang-up", (*_TALK, "we_hung_up"), runs=True),
    Step("they-hang-up", (*_TALK, "they_hung_up")),
    Step("codec-dtmf", ("answered", "codec_seen", "dtmf_method_seen"), runs=True, dtmf=",5", seconds=6.0),
    Step(
        "outbound-request", ("incoming", "answered", "expected_to", "expected_from", "we_hear", "they_hear")
    ),
    Step("outbound-busy", ("incoming", "busy")),
    Step("outbound-rejected", ("incoming", "declined")),
    Step("registration-kept", ("registered_ten_minutes",)),
    Step("long-call", (*_TALK, "ten_minutes"), runs=True, seconds=LONG_S),
)
BY_ID = {step.id: step for step in STEPS}


class CallFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one call, or of one registration, from a result or from the log."""

    kind: Literal["call", "registration"] = "call"
    call_id: _Word = ""
    at: float = 0.0
    """Wall clock, seconds."""
    incoming: bool = False
    caller: _Word = ""
    callee: _Word = ""
    outcome: _Word = ""
    """answered, busy, rejected, no_answer, cancelled, failed; of a registration: registered or failed."""
    status: int = 0
    reason: _Word = ""
    duration_s: float = 0.0
    ended_by: Literal["", "us", "them"] = ""
    codec: _Word = ""
    received: int = 0
    """RTP packets."""
    one_way: _Word = ""
    """As in a measurement; empty where nothing was measured."""
    mos: float | None = None
    pdd_ms: float | None = None
    dtmf_sent: _Word = ""
    dtmf_method: _Word = ""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One step as it was filled in."""

    step: _Id
    filled_at: float
    facts: CallFacts | None = None
    expect_to: _Word = ""
    expect_from: _Word = ""
    remark: Annotated[str, msgspec.Meta(max_length=MAX_REMARK)] = ""
    ruled: Literal["", "pass", "fail"] = ""
    """The admin's own verdict, which stands before what the checks say."""


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """The script of one trunk as far as it was gone through."""

    trunk: _Word
    records: Annotated[tuple[Record, ...], msgspec.Meta(max_length=MAX_STEPS)] = ()

    def record(self, step: str) -> Record | None:
        """Give what was filled in for a step."""
        return next((one for one in self.records if one.step == step), None)

    def filled(self, record: Record) -> Acceptance:
        """The same with one step filled in anew."""
        kept = tuple(one for one in self.records if one.step != record.step)
        return msgspec.structs.replace(self, records=(*kept, record))


def checks_of(step: Step, record: Record | None) -> tuple[tuple[Check, bool | None], ...]:
    """Say of each proof whether it is met; None where that is not known."""
    return tuple((check, _met(check, record)) for check in step.proofs)


def verdict_of(step: Step, record: Record | None) -> Verdict:
    """The admin's word if there is one; else fail on one unmet proof, pass on nothing but met ones."""
    if record is None:
        return "open"
    if record.ruled:
        return record.ruled
    found = [met for _, met in checks_of(step, record)]
    if False in found:
        return "fail"
    return "pass" if all(found) else "open"


def _met(check: Check, record: Record | None) -> bool | None:
    if record is None:
        return None
    if check == "remark":
        return {"pass": True, "fail": False}.get(record.ruled)
    facts = record.facts
    if facts is None:
        return None
    talked = facts.kind == "call" and facts.outcome == "answered"
    match check:
        case "outgoing":
            return facts.kind == "call" and not facts.incoming
        case "incoming":
            return facts.kind == "call" and facts.incoming
        case "mobile_caller":
            return read_number(facts.caller).kind == "mobile"
        case "landline_caller":
            return read_number(facts.caller).kind == "landline"
        case "answered":
            return talked
        case "we_hear":
            return _heard(facts, "we_hear_nothing") if talked else False
        case "they_hear":
            return _heard(facts, "they_hear_nothing") if talked else False
        case "digit_sent":
            return len(_digits(facts)) >= 1
        case "digits_sent":
            return len(_digits(facts)) >= 2
        case "we_hung_up":
            return facts.ended_by == "us"
        case "they_hung_up":
            return facts.ended_by == "them"
        case "ten_minutes":
            return talked and facts.duration_s >= LONG_S - _SHORTENED_S
        case "expected_to":
            return facts.callee == record.expect_to if record.expect_to else None
        case "expected_from":
            return facts.caller == record.expect_from if record.expect_from else None
        case "busy":
            return facts.status in (486, 600)
        case "declined":
            return facts.status >= 400 and facts.status not in (486, 487, 600)
        case "registered_ten_minutes":
            return (
                facts.kind == "registration" and facts.outcome == "registered" and facts.duration_s >= LONG_S
            )
        case "codec_seen":
            return bool(facts.codec)
        case "dtmf_method_seen":
            return bool(facts.dtmf_method) if _digits(facts) else False
    raise AssertionError(check)


def _heard(facts: CallFacts, deaf: str) -> bool | None:
    """Whether one direction was heard: unknown where nobody could tell."""
    if facts.one_way in (deaf, "both"):
        return False
    if facts.one_way == "none" or (deaf == "we_hear_nothing" and facts.received > 0):
        return True
    return None


def _digits(facts: CallFacts) -> str:
    return facts.dtmf_sent.replace(",", "")
