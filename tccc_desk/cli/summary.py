"""Results in a few lines for a person: what came out, who said it, what it means."""

from __future__ import annotations

from collections.abc import Iterator

from tccc_desk.cli.output import Output
from tccc_desk.cli.results import CallResult, MediaResult, RegistrationResult, WaitedCallResult


def registration_lines(result: RegistrationResult, output: Output) -> Iterator[str]:
    """`register` and `verify`."""
    yield output.words(f"cli.state.{result.state}")
    yield from _said(result.status, result.reason, result.said_by, result.sentence, output)
    if result.granted_expires_s is not None:
        yield output.words(
            "cli.result.expires", granted=result.granted_expires_s, requested=result.requested_expires_s
        )
    if result.contact:
        yield output.words("cli.result.contact", contact=result.contact)
    if result.received or result.rport:
        seen = f"{result.received or ''}:{result.rport or ''}"
        yield output.words("cli.result.seen_as", address=seen.strip(":"))
    for contact in result.other_contacts:
        yield output.words("cli.result.other_contact", contact=contact)
    for contact in result.stale_removed:
        yield output.words("cli.result.stale_removed", contact=contact)
    yield from (notice.sentence for notice in result.notices if notice.sentence)
    yield output.words("cli.result.effort", elapsed=round(result.elapsed_ms), registers=result.registers_sent)


def call_lines(result: CallResult, output: Output) -> Iterator[str]:
    """`call`, and each call of `wait`."""
    if isinstance(result, WaitedCallResult):
        yield output.words("cli.result.incoming", to=result.to, caller=result.from_, uri=result.request_uri)
        if result.expected is not None:
            yield output.words("cli.result.expected" if result.expected else "cli.result.unexpected")
    yield output.words(f"cli.outcome.{result.outcome}")
    sentence = None if result.outcome == "answered" else result.sentence  # which says no more than that
    yield from _said(result.status, result.reason, result.said_by, sentence, output)
    if result.pdd_ms is not None:
        yield output.words("cli.result.pdd", milliseconds=round(result.pdd_ms))
    if result.answer_ms is not None:
        yield output.words(
            f"cli.result.talked_{result.ended_by or 'unknown'}", seconds=f"{result.duration_s:.1f}"
        )
    if result.media is not None:
        yield from _media_lines(result.media, output)
    for recording in result.recordings:
        yield output.words("cli.result.recorded", file=recording.file, seconds=f"{recording.seconds:.1f}")
        if recording.sentence:
            yield recording.sentence
    yield from (notice.sentence for notice in result.notices if notice.sentence)


def _said(status: int, reason: str, said_by: str, sentence: str | None, output: Output) -> Iterator[str]:
    answer = f"{status} {reason}".strip() if status else reason
    if answer:
        yield output.words(f"cli.result.{said_by}", answer=answer)
    if sentence:
        yield sentence


def _media_lines(media: MediaResult, output: Output) -> Iterator[str]:
    yield output.words(
        "cli.result.media",
        codec=media.codec,
        sent=media.sent,
        received=media.received,
        lost=media.lost,
        jitter=media.jitter_ms,
        mos="-" if media.mos is None else media.mos,
        remote=media.remote or "-",
    )
    yield media.sentence
    if media.round_trip_ms is not None or media.level_received_dbov is not None:
        yield output.words(
            "cli.result.path",
            round_trip=_known(media.round_trip_ms),
            sent=_known(media.level_sent_dbov),
            received=_known(media.level_received_dbov),
        )
    if media.late or media.reordered or media.duplicated or media.concealed:
        yield output.words(
            "media.order",
            late=media.late,
            reordered=media.reordered,
            duplicated=media.duplicated,
            concealed=media.concealed,
        )
    if media.foreign or media.malformed or media.flooded:
        yield output.words(
            "media.refused", foreign=media.foreign, malformed=media.malformed, flooded=media.flooded
        )
    if media.loop is not None and media.loop.delay_ms is not None:
        yield output.words(
            "media.loop",
            percent=round(media.loop.returned_percent),
            delay=round(media.loop.delay_ms),
            attenuation=media.loop.attenuation_db,
        )
    elif media.loop is not None:
        yield output.words("media.loop-none")
    if media.dtmf_sent or media.dtmf_received:
        yield output.words(
            "cli.result.dtmf",
            sent=_digits(media.dtmf_sent, media.dtmf_sent_by),
            received=_digits(media.dtmf_received, media.dtmf_received_by),
        )


def _digits(digits: str, methods: tuple[str, ...]) -> str:
    if not digits:
        return "-"
    return f"{digits} ({', '.join(methods)})" if methods else digits


def _known(number: float | None) -> str:
    return "-" if number is None else f"{number:g}"
