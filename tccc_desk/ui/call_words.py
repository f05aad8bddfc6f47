"""A call in words: its clock, its last answer, its measurements and its verdict."""

from __future__ import annotations

from tccc_desk.engine.events import CallEnded, MediaReport
from tccc_desk.engine.status import CallStatus, Phase
from tccc_desk.ui.inert import inert
from tccc_desk.ui.texts import Texts

_MOS = ((4.3, "excellent"), (4.0, "good"), (3.6, "fair"), (3.1, "poor"), (0.0, "bad"))


def parties(texts: Texts, call: CallStatus) -> str:
    """Say who calls whom, inert."""
    id = "window.now.parties-in" if call.incoming else "window.now.parties"
    return texts(id, caller=inert(call.caller, 40) or "-", line=inert(call.line, 40) or "-")


def clock_words(texts: Texts, call: CallStatus, now: float) -> str:
    """Say how long: since the answer while it goes on, the whole talk when it ended."""
    if call.end is not None:
        return texts.seconds(call.end.duration_s)
    answered = call.steps.get(Phase.ANSWERED)
    return texts.seconds(now - (answered if answered is not None else call.started_at))


def answer_words(texts: Texts, call: CallStatus) -> str:
    """Say the last code and reason and who said it."""
    end = call.end
    # Until it ends, the last word on a call of ours is the server's, on one of theirs ours.
    said_by = end.said_by if end is not None else ("local" if call.incoming else "server")
    who = texts(f"window.said-by.{said_by}")
    if call.status:
        return texts("window.trunks.answer", status=call.status, reason=inert(call.reason, 80), who=who)
    if end is None:
        return texts("window.now.no-answer-yet")
    if end.fault:
        return texts("window.trunks.answer-local", what=texts(f"window.fault.{end.fault}"), who=who)
    return ""


def end_words(texts: Texts, end: CallEnded) -> str:
    """Say how it ended, in one sentence, and the finding where there is one."""
    # A finding says what happened and what to do; the bare outcome is for calls that need none.
    if end.outcome != "answered":
        return texts.finding(end.finding, end.details) or texts(f"window.outcome.{end.outcome}")
    words = texts("window.outcome.answered")
    return f"{words} {texts(f'window.ended-by.{end.ended_by}')}" if end.ended_by else words


def timing_words(texts: Texts, call: CallStatus) -> str:
    """Say post-dial delay and time to answer."""
    words = []
    if call.pdd_ms is not None:
        words.append(texts("window.now.pdd", seconds=f"{call.pdd_ms / 1000:.2f}"))
    if call.answer_ms is not None:
        words.append(texts("window.now.answered-after", seconds=f"{call.answer_ms / 1000:.2f}"))
    return "   ".join(words)


def counter_words(texts: Texts, media: MediaReport) -> str:
    """Say what was sent, received and lost."""
    words = texts(
        "window.now.counters",
        codec=inert(media.codec, 20),
        sent=f"{media.sent:,}",
        received=f"{media.received:,}",
        lost=f"{media.lost:,}",
        jitter=f"{media.jitter_ms:.1f}",
    )
    if media.remote_report and media.remote_lost is not None:
        words += "\n" + texts("window.now.remote-lost", lost=f"{media.remote_lost:,}")
    if media.round_trip_ms is not None:
        words += "   " + texts("window.now.round-trip", ms=f"{media.round_trip_ms:.0f}")
    return words


def detail_words(texts: Texts, media: MediaReport) -> str:
    """Say the finer counters: order, the jitter buffer, and what was not taken; nothing where all is well."""
    words = []
    if media.playout_delay_ms is not None:
        words.append(texts("media.playout", ms=f"{media.playout_delay_ms:.0f}"))
    if media.late or media.reordered or media.duplicated or media.concealed:
        words.append(
            texts(
                "media.order",
                late=f"{media.late:,}",
                reordered=f"{media.reordered:,}",
                duplicated=f"{media.duplicated:,}",
                concealed=f"{media.concealed:,}",
            )
        )
    if media.foreign or media.malformed or media.flooded:
        words.append(
            texts(
                "media.refused",
                foreign=f"{media.foreign:,}",
                malformed=f"{media.malformed:,}",
                flooded=f"{media.flooded:,}",
            )
        )
    if media.address_changes:
        words.append(texts("media.moved", remote=inert(media.remote, 60)))
    return "\n".join(words)


def loop_words(texts: Texts, media: MediaReport) -> str:
    """Say what came back of our own sound; empty where nothing was looked for."""
    if media.loop is None:
        return ""
    if not media.loop.returned_percent:
        return texts("media.loop-none")
    return texts(
        "media.loop",
        percent=f"{media.loop.returned_percent:.0f}",
        delay=f"{media.loop.delay_ms:.0f}",
        attenuation=f"{media.loop.attenuation_db:z.0f}",
    )


def recording_words(texts: Texts, call: CallStatus, now: float) -> str:
    """Say that a recording runs, or where the finished ones are, or why one ended."""
    lines = []
    for ended in call.recorded:
        id = "soundroom.recorded" if not ended.fault else "soundroom.recorded-fault"
        why = {"detail": ended.detail, "file": ended.file, "seconds": f"{ended.seconds:.1f}"}
        words = texts.finding(ended.fault, why)
        lines.append(texts(id, seconds=texts.seconds(ended.seconds), file=inert(ended.file), why=words))
    if call.recording:
        lines.append(
            texts(
                "soundroom.recording",
                seconds=texts.seconds(now - call.recording_since),
                file=inert(call.recording),
            )
        )
    return "\n".join(lines)


def notice_words(texts: Texts, call: CallStatus) -> str:
    """Say what happened to the sound without ending anything, oldest first."""
    return "\n".join(texts.finding(one.finding, one.details).rstrip() for one in call.sound_notices)


def mos_words(texts: Texts, media: MediaReport) -> str:
    """Say the estimated MOS and its word."""
    if media.mos is None:
        return texts("window.now.mos-none")
    grade = next(word for least, word in _MOS if media.mos >= least or least == 0.0)
    return texts("window.now.mos", mos=f"{media.mos:.1f}", word=texts(f"window.mos.{grade}"))


def one_way_words(texts: Texts, media: MediaReport) -> tuple[str, str]:
    """Say in words which way sound goes, and the colour role of it."""
    roles = {"none": "good", "unknown": "quiet"}
    if media.cause == "inactive":
        return texts("media.cause.inactive"), "quiet"  # there is no sound to know anything of
    words = texts(f"window.one-way.{media.one_way}")
    role = roles.get(media.one_way, "bad")
    if media.cause:
        why = "media.ended" if media.ended else f"media.cause.{media.cause}"
        words = f"{words} {texts(why, received=f'{media.received:,}')}"
        role = "wait" if role == "good" else role
    return words, role
