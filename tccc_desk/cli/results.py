"""What the commands report: the shapes behind `--json`, field by field in the order printed.

Fields that are not known are None, never absent. Keys are English whatever the user's
language; `finding` is the stable id of the explanation, `sentence` says it to a person.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tccc_desk.engine.events import CallEnded, CallOffered, MediaReport
from tccc_desk.rtp.report import LoopProof
from tccc_desk.texts.catalogue import Language, text

_STOP: dict[Language, str] = {"en": ". ", "zh": "。"}
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


class RecordingSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One file that was recorded into; `finding` says what ended it before its time."""

    file: str
    seconds: float
    finding: str | None
    sentence: str | None


class LoopSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What came back of the sound we sent; delay and attenuation are null where nothing did."""

    delay_ms: float | None
    attenuation_db: float | None
    returned_percent: float


class MediaResult(msgspec.Struct, frozen=True, kw_only=True):
    """The sound of one call, as measured here."""

    codec: str
    payload_type: int | None
    ptime_ms: int
    sent: int
    received: int
    lost: int
    late: int
    reordered: int
    duplicated: int
    concealed: int
    jitter_ms: float
    playout_delay_ms: float | None
    mos: float | None
    remote: str | None
    address_changes: int
    foreign: int
    malformed: int
    flooded: int
    one_way: str
    cause: str | None
    sentence: str
    """Direction and cause in words."""
    remote_report: bool
    remote_lost: int | None
    round_trip_ms: float | None
    level_sent_dbov: float | None
    level_received_dbov: float | None
    loop: LoopSeen | None
    dtmf_sent: str
    dtmf_sent_by: tuple[str, ...] = ()
    """Methods in the order of their first digit."""
    dtmf_received: str
    dtmf_received_by: tuple[str, ...] = ()


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
    recordings: tuple[RecordingSeen, ...] = ()
    notices: tuple[NoticeSeen, ...] = ()
    """What was noticed about the sound and ended nothing."""


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
        return text(finding, language, **details).rstrip()  # a detail at its end may be empty
    except KeyError:
        return None


def verdict_sentence(report: MediaReport, language: Language) -> str:
    """Which direction is deaf, and why as far as it is known."""
    if report.cause == "inactive":
        return text("media.cause.inactive", language)  # there is no sound to know anything of
    said = text(f"cli.one_way.{report.one_way}", language)
    if not report.cause:
        return said
    why = "media.ended" if report.ended else f"media.cause.{report.cause}"
    return f"{said}{_STOP[language]}{text(why, language, received=report.received)}"


def media_result(report: MediaReport | None, language: Language) -> MediaResult | None:
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
        late=report.late,
        reordered=report.reordered,
        duplicated=report.duplicated,
        concealed=report.concealed,
        jitter_ms=round(report.jitter_ms, 3),
        playout_delay_ms=_rounded(report.playout_delay_ms),
        mos=None if report.mos is None else round(report.mos, 2),
        remote=report.remote or None,
        address_changes=report.address_changes,
        foreign=report.foreign,
        malformed=report.malformed,
        flooded=report.flooded,
        one_way=report.one_way,
        cause=report.cause or None,
        sentence=verdict_sentence(report, language),
        remote_report=report.remote_report,
        remote_lost=report.remote_lost,
        round_trip_ms=_rounded(report.round_trip_ms),
        level_sent_dbov=_rounded(report.level_sent_dbov),
        level_received_dbov=_rounded(report.level_received_dbov),
        loop=_loop(report.loop),
        dtmf_sent=report.dtmf_sent,
        dtmf_received=report.dtmf_received,
    )


def _loop(proof: LoopProof | None) -> LoopSeen | None:
    if proof is None:
        return None
    came = proof.returned_percent > 0
    return LoopSeen(
        delay_ms=_rounded(proof.delay_ms) if came else None,
        attenuation_db=round(proof.attenuation_db, 1) + 0.0 if came else None,  # no minus before a zero
        returned_percent=round(proof.returned_percent, 1),
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
        media=media_result(ended.media, language),
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
