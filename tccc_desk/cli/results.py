"""What the commands report: the shapes behind `--json`, field by field in the order printed.

Fields that are not known are None, never absent. Keys are English whatever the user's
language; `finding` is the stable id of the explanation, `sentence` says it to a person.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tccc_desk.engine.events import CallEnded, CallOffered, MediaReport
from tccc_desk.texts.catalogue import Language, text

State = Literal["registered", "verified", "rejected", "unsupported", "unreachable"]


class ChallengeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The registrar's challenge; the nonce is nobody's business."""

    realm: str
    algorithm: str
    qop: str


class NoticeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """Something worth knowing that decided nothing."""

    finding: str
    sentence: str | None


class RegistrationResult(msgspec.Struct, frozen=True, kw_only=True):
    """`register` and `verify`."""

    state: State
    status: int
    """0 where no SIP response decided."""
    reason: str
    said_by: Literal["server", "local"]
    requested_expires_s: int | None = None
    granted_expires_s: int | None = None
    contact: str | None = None
    other_contacts: tuple[str, ...] = ()
    received: str | None = None
    rport: int | None = None
    challenge: ChallengeSeen | None = None
    elapsed_ms: float = 0.0
    """Of the first success, or of the last failure."""
    registers_sent: int = 0
    """All rounds of this command, the removal of the binding not counted."""
    fault: str = ""
    finding: str | None = None
    sentence: str | None = None
    server: str | None = None
    """The server asked last: the primary, or the backup."""
    stale_removed: tuple[str, ...] = ()
    """Our own bindings of before that were still there."""
    notices: tuple[NoticeSeen, ...] = ()


class MediaResult(msgspec.Struct, frozen=True, kw_only=True):
    """The sound of one call, as measured here."""

    codec: str
    payload_type: int | None
    ptime_ms: int
    sent: int
    received: int
    lost: int
    jitter_ms: float
    mos: float | None
    remote: str | None
    one_way: str
    remote_report: bool
    dtmf_sent: str
    dtmf_received: str


class CallResult(msgspec.Struct, frozen=True, kw_only=True):
    """`call`, and what one entry of `wait`'s `calls` has in common with it."""

    outcome: str
    status: int
    reason: str
    said_by: Literal["server", "local"]
    call_id: str | None = None
    pdd_ms: float | None = None
    answer_ms: float | None = None
    duration_s: float = 0.0
    ended_by: Literal["us", "them"] | None = None
    media: MediaResult | None = None
    fault: str = ""
    finding: str | None = None
    sentence: str | None = None


class WaitedCallResult(CallResult, frozen=True, kw_only=True):
    """One call that came in."""

    from_: str = msgspec.field(default="", name="from")
    to: str = ""
    request_uri: str = ""
    asserted_identity: str | None = None
    expected: bool | None = None
    """Was To the number of `--expect-to`? None without that option."""


def sentence_of(finding: str, details: dict[str, str], language: Language) -> str | None:
    """The finding in words, or None where there is none (or none is known by that id)."""
    if not finding:
        return None
    try:
        return text(finding, language, **details) if details else text(finding, language)
    except KeyError:
        return None


def media_result(report: MediaReport | None) -> MediaResult | None:
    """The contract's selection of a measurement."""
    if report is None:
        return None
    return MediaResult(
        codec=report.codec,
        payload_type=report.payload_type,
        ptime_ms=report.ptime_ms,
        sent=report.sent,
        received=report.received,
        lost=report.lost,
        jitter_ms=round(report.jitter_ms, 3),
        mos=None if report.mos is None else round(report.mos, 2),
        remote=report.remote or None,
        one_way=report.one_way,
        remote_report=report.remote_report,
        dtmf_sent=report.dtmf_sent,
        dtmf_received=report.dtmf_received,
    )


def call_result(ended: CallEnded, language: Language) -> CallResult:
    """A call we placed, from its one end."""
    return CallResult(
        outcome=ended.outcome,
        status=ended.status,
        reason=ended.reason,
        said_by=ended.said_by,
        call_id=ended.call_id or None,
        pdd_ms=_rounded(ended.pdd_ms),
        answer_ms=_rounded(ended.answer_ms),
        duration_s=round(ended.duration_s, 3),
        ended_by=ended.ended_by or None,
        media=media_result(ended.media),
        fault=ended.fault,
        finding=ended.finding or None,
        sentence=sentence_of(ended.finding, ended.details, language),
    )


def waited_call_result(
    offered: CallOffered, ended: CallEnded, expected: bool | None, language: Language
) -> WaitedCallResult:
    """A call that came in, from its first and its last event."""
    return WaitedCallResult(
        **msgspec.structs.asdict(call_result(ended, language)),
        from_=offered.from_,
        to=offered.to,
        request_uri=offered.request_uri,
        asserted_identity=offered.asserted_identity or None,
        expected=expected,
    )


def failed_call(registration: RegistrationResult) -> CallResult:
    """A call that never was, because its registration failed."""
    return CallResult(
        outcome="failed",
        status=registration.status,
        reason=registration.reason,
        said_by=registration.said_by,
        fault=registration.fault,
        finding=registration.finding,
        sentence=registration.sentence,
    )


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 1)
