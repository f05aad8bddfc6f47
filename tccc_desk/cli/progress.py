"""What a person sees on stderr while a command works."""

from __future__ import annotations

from tccc_desk.cli.output import Output
from tccc_desk.cli.results import sentence_of, verdict_sentence
from tccc_desk.engine.events import (
    BindingEstablished,
    CallAnswered,
    CallOffered,
    CallPlaced,
    CallProgressed,
    CallRefused,
    ChallengeReceived,
    DigitReceived,
    DigitsSent,
    Event,
    FlowLost,
    FlowOpened,
    LargeRequestNoticed,
    LogFailed,
    MediaMeasured,
    Noticed,
    RecordingStarted,
    RegistrationFailed,
    RegistrationStarted,
    SoundNoticed,
    StaleBindingRemoved,
    Traced,
)


def narrate(event: Event, output: Output) -> None:
    """Say the events worth a line; the ends of rounds and calls are the result's to say."""
    match event:
        case RegistrationStarted():
            output.progress(
                f"cli.progress.{event.purpose}", server=event.server, transport=event.transport.upper()
            )
        case FlowOpened():
            output.progress(
                "cli.progress.flow", transport=event.transport, local=event.local, remote=event.remote
            )
        case FlowLost():
            output.progress("cli.progress.flow_lost", remote=event.remote, detail=event.detail or event.fault)
        case ChallengeReceived():
            challenge = event.challenge
            output.progress(
                "cli.progress.challenge",
                status=challenge.status,
                realm=challenge.realm,
                algorithm=challenge.algorithm,
            )
        case BindingEstablished():
            output.progress("cli.progress.bound", granted=event.granted_expires_s)
        case RegistrationFailed() if event.retry_in_s is not None:
            said = sentence_of(event.finding, event.details, output.language)
            output.progress(
                "cli.progress.retry", what=said or event.reason, seconds=round(event.retry_in_s, 1)
            )
        case LargeRequestNoticed():
            output.notice("cli.notice.large_udp", method=event.method, octets=event.octets)
        case StaleBindingRemoved():
            output.progress("cli.result.stale_removed", contact=event.contact)
        case Noticed() | SoundNoticed():
            said = sentence_of(event.finding, event.details, output.language)
            output.progress("cli.progress.notice", what=said or event.finding)
        case CallPlaced():
            output.progress("cli.progress.placed", caller=event.caller, line=event.line)
        case CallProgressed():
            output.progress("cli.progress.provisional", status=event.status, reason=event.reason)
        case CallAnswered():
            output.progress("cli.progress.answered", codec=event.codec, remote=event.remote_media)
        case CallOffered():
            output.progress("cli.progress.offered", to=event.to, caller=event.from_)
        case CallRefused():
            output.progress("cli.progress.stranger", source=event.source)
        case Traced(entries=(entry, *_)):
            detail = entry.details.get("detail", "")
            output.notice("cli.notice.unreadable", remote=entry.remote, detail=detail)
        case LogFailed():
            output.notice("finding.log.failed", detail=event.detail)
        case DigitReceived():
            output.progress("cli.progress.digit", digit=event.digit, method=event.method)
        case DigitsSent():
            output.progress("cli.progress.digits_sent", digits=event.digits, method=event.method)
        case RecordingStarted():
            output.progress("cli.progress.recording", file=event.file)
        case MediaMeasured():
            output.progress("cli.progress.sound", what=verdict_sentence(event.media, output.language))
        case _:
            pass
