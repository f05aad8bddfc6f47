"""Folds events into the picture of `status`: pure, one small function an event type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tccc_desk.engine import events as e
from tccc_desk.engine.status import (
    CallStatus,
    LastAnswer,
    Mark,
    Phase,
    Proof,
    Registration,
    Status,
    TrunkStatus,
)

MAX_ENDED_CALLS = 50
"""Ended calls kept; the oldest goes first."""

MAX_DIGITS = 128
"""Received and sent digits kept per call."""

MAX_SOUND_NOTICES = 8
"""Notices and ended recordings kept per call."""


def reduce(status: Status, event: e.Event) -> Status:
    """Give the picture after `event`. Events about unknown calls change nothing."""
    fold = _FOLDS.get(type(event))
    return fold(status, event) if fold else status


def _with_trunk(status: Status, trunk: TrunkStatus) -> Status:
    return replace(status, trunks={**status.trunks, trunk.name: trunk})


def _with_call(status: Status, call: CallStatus) -> Status:
    calls = {**status.calls, call.call: call}
    ended = [one.call for one in calls.values() if one.phase is Phase.ENDED]
    for name in ended[: max(0, len(ended) - MAX_ENDED_CALLS)]:
        del calls[name]
    return replace(status, calls=calls)


def _proved(trunk: TrunkStatus, at: float, mark: Mark, *names: str) -> TrunkStatus:
    return replace(trunk, proofs={**trunk.proofs, **{name: Proof(mark, at) for name in names}})


def _started(_: Status, event: e.EngineStarted) -> Status:
    return Status(running=True, version=event.version, pid=event.pid)


def _stopped(status: Status, event: e.EngineStopped) -> Status:
    trunks = {
        name: replace(TrunkStatus(name), proofs=one.proofs, server=one.server, transport=one.transport)
        for name, one in status.trunks.items()
    }
    calls = {
        name: one if one.phase is Phase.ENDED else replace(one, phase=Phase.ENDED, recording="")
        for name, one in status.calls.items()
    }
    return replace(
        status, running=False, crashed=event.crashed, detail=event.detail, trunks=trunks, calls=calls
    )


def _refused(status: Status, event: e.CommandRefused) -> Status:
    return replace(status, refusal=event)


_ROUNDS = {
    "register": Registration.REGISTERING,
    "unregister": Registration.UNREGISTERING,
    "verify": Registration.VERIFYING,
}


def _registration_started(status: Status, event: e.RegistrationStarted) -> Status:
    trunk = status.trunk(event.trunk)
    state = _ROUNDS.get(event.purpose, trunk.registration)
    if event.purpose == "verify" and trunk.bound:
        state = trunk.registration
    return _with_trunk(
        status,
        replace(trunk, registration=state, server=event.server, transport=event.transport, retry_at=None),
    )


def _flow_opened(status: Status, event: e.FlowOpened) -> Status:
    trunk = replace(
        status.trunk(event.trunk),
        transport=event.transport,
        local=event.local,
        remote=event.remote,
        interface=event.interface,
    )
    # A UDP socket reaches nobody by being opened: only an answer proves its path.
    proved = ("name",) if event.transport.lower() == "udp" else ("name", "path")
    return _with_trunk(status, _proved(trunk, event.at, Mark.PROVEN, *proved))


def _fault(trunk: TrunkStatus, at: float, fault: e.Fault) -> TrunkStatus:
    if fault == "dns":
        return _proved(trunk, at, Mark.FAILED, "name")
    if fault in ("refused", "connect-timeout", "icmp", "unreachable", "tls", "silence"):
        return _proved(trunk, at, Mark.FAILED, "path")
    return trunk


def _flow_lost(status: Status, event: e.FlowLost) -> Status:
    return _with_trunk(status, _fault(status.trunk(event.trunk), event.at, event.fault))


def _challenged(status: Status, event: e.ChallengeReceived) -> Status:
    trunk = replace(status.trunk(event.trunk), challenge=event.challenge)
    return _with_trunk(status, _proved(trunk, event.at, Mark.PROVEN, "name", "path"))


def _bound(status: Status, event: e.BindingEstablished) -> Status:
    trunk = replace(
        status.trunk(event.trunk),
        registration=Registration.REGISTERED,
        requested_expires_s=event.requested_expires_s,
        granted_expires_s=event.granted_expires_s,
        refresh_at=event.at + event.refresh_in_s,
        expires_at=event.at + event.granted_expires_s,
        retry_at=None,
        contact=event.contact,
        other_contacts=event.other_contacts,
        received=event.received,
        rport=event.rport,
        answer=LastAnswer(event.at, event.status, event.reason, "server"),
    )
    return _with_trunk(status, _admitted(trunk, event.at))


def _binding_refused(status: Status, event: e.BindingRefused) -> Status:
    trunk = status.trunk(event.trunk)
    if event.said_by == "server":
        trunk = _proved(trunk, event.at, Mark.PROVEN, "name", "path")
    if event.status in (401, 407):
        trunk = _proved(trunk, event.at, Mark.FAILED, "password")
    answer = LastAnswer(event.at, event.status, event.reason, event.said_by, "", event.finding, event.details)
    # A refused removal leaves nothing we would refresh: to the admin the trunk is off.
    state = Registration.OFF if event.purpose == "unregister" else Registration.REJECTED
    return _with_trunk(
        status,
        replace(trunk, registration=state, answer=answer, refresh_at=None, expires_at=None, retry_at=None),
    )


def _registration_failed(status: Status, event: e.RegistrationFailed) -> Status:
    trunk = _fault(status.trunk(event.trunk), event.at, event.fault)
    if event.said_by == "server":
        trunk = _proved(trunk, event.at, Mark.PROVEN, "name", "path")
    retry_at = None if event.retry_in_s is None else event.at + event.retry_in_s
    if event.purpose == "unregister":
        state = Registration.OFF
    else:
        state = Registration.FAILED if retry_at is None else Registration.RETRYING
    answer = LastAnswer(
        event.at, event.status, event.reason, event.said_by, event.fault, event.finding, event.details
    )
    return _with_trunk(
        status,
        replace(trunk, registration=state, answer=answer, refresh_at=None, retry_at=retry_at),
    )


def _unbound(status: Status, event: e.BindingRemoved) -> Status:
    trunk = replace(
        status.trunk(event.trunk),
        registration=Registration.OFF,
        refresh_at=None,
        expires_at=None,
        retry_at=None,
        granted_expires_s=None,
        contact="",
    )
    return _with_trunk(status, trunk)


def _verified(status: Status, event: e.CredentialsVerified) -> Status:
    trunk = status.trunk(event.trunk)
    if trunk.registration is not Registration.REGISTERED:
        trunk = replace(trunk, registration=Registration.OFF)
    trunk = replace(
        trunk,
        other_contacts=tuple(
            one for one in event.contacts if not (trunk.contact and f"<{trunk.contact}>" in one)
        ),
        received=event.received,
        rport=event.rport,
        answer=LastAnswer(event.at, event.status, event.reason, "server"),
    )
    return _with_trunk(status, _admitted(trunk, event.at))


def _admitted(trunk: TrunkStatus, at: float) -> TrunkStatus:
    """A 2xx proves the password only where the server asked for it."""
    asked = ("password",) if trunk.challenge is not None else ()
    return _proved(trunk, at, Mark.PROVEN, "name", "path", *asked)


def _placed(status: Status, event: e.CallPlaced) -> Status:
    call = CallStatus(
        call=event.call,
        trunk=event.trunk,
        incoming=False,
        phase=Phase.CALLING,
        started_at=event.at,
        call_id=event.call_id,
        caller=event.caller,
        line=event.line,
        steps={Phase.CALLING: event.at},
    )
    return _with_call(replace(status, refusal=None), call)


def _offered(status: Status, event: e.CallOffered) -> Status:
    call = CallStatus(
        call=event.call,
        trunk=event.trunk,
        incoming=True,
        phase=Phase.OFFERED,
        started_at=event.at,
        call_id=event.call_id,
        caller=event.from_,
        line=event.to,
        steps={Phase.OFFERED: event.at},
        offer=event,
    )
    trunk = _proved(status.trunk(event.trunk), event.at, Mark.PROVEN, "calls_in")
    return _with_trunk(_with_call(status, call), trunk)


def _reach(call: CallStatus, phase: Phase, at: float) -> CallStatus:
    return replace(call, phase=phase, steps={phase: at, **call.steps})


def _progressed(status: Status, event: e.CallProgressed) -> Status:
    call = status.calls.get(event.call)
    if call is None or call.phase in (Phase.ANSWERED, Phase.ENDED):
        return status
    ringing = event.status >= 180 or call.phase is Phase.RINGING
    call = _reach(call, Phase.RINGING if ringing else Phase.TRYING, event.at)
    pdd_ms = call.pdd_ms if call.pdd_ms is not None else event.pdd_ms
    return _with_call(status, replace(call, status=event.status, reason=event.reason, pdd_ms=pdd_ms))


def _answered(status: Status, event: e.CallAnswered) -> Status:
    call = status.calls.get(event.call)
    if call is None or call.phase is Phase.ENDED:
        return status
    call = replace(
        _reach(call, Phase.ANSWERED, event.at),
        status=event.status,
        reason=event.reason,
        answer_ms=event.answer_ms,
        codec=event.codec,
    )
    status = _with_call(status, call)
    if call.incoming:
        return status
    return _with_trunk(status, _proved(status.trunk(event.trunk), event.at, Mark.PROVEN, "calls_out"))


def _heard(status: Status, event: e.MediaMeasured | e.CallEnded, media: e.MediaReport) -> Status:
    marks = {
        "none": Mark.PROVEN,
        "we_hear_nothing": Mark.FAILED,
        "they_hear_nothing": Mark.FAILED,
        "both": Mark.FAILED,
    }
    mark = marks.get(media.one_way)
    trunk = status.trunk(event.trunk)
    if mark is None or trunk.proofs["sound"].mark is mark:
        return status
    return _with_trunk(status, _proved(trunk, event.at, mark, "sound"))


def _measured(status: Status, event: e.MediaMeasured) -> Status:
    call = status.calls.get(event.call)
    if call is None or call.phase is Phase.ENDED:
        return status
    status = _with_call(status, replace(call, media=event.media))
    return _heard(status, event, event.media)


def _digits_sent(status: Status, event: e.DigitsSent) -> Status:
    call = status.calls.get(event.call)
    if call is None:
        return status
    digits = (call.digits_sent + event.digits)[-MAX_DIGITS:]
    return _with_call(status, replace(call, digits_sent=digits, digits_sent_by=event.method))


def _digit_received(status: Status, event: e.DigitReceived) -> Status:
    call = status.calls.get(event.call)
    if call is None:
        return status
    digits = (call.digits_received + event.digit)[-MAX_DIGITS:]
    return _with_call(status, replace(call, digits_received=digits, digits_received_by=event.method))


def _recording(status: Status, event: e.RecordingStarted) -> Status:
    call = status.calls.get(event.call)
    return (
        status
        if call is None
        else _with_call(status, replace(call, recording=event.file, recording_since=event.at))
    )


def _recorded(status: Status, event: e.RecordingEnded) -> Status:
    call = status.calls.get(event.call)
    if call is None:
        return status
    recorded = (*call.recorded, event)[-MAX_SOUND_NOTICES:]
    return _with_call(status, replace(call, recording="", recorded=recorded))


def _sound_noticed(status: Status, event: e.SoundNoticed) -> Status:
    call = status.calls.get(event.call)
    if call is None:
        return status
    notices = (*call.sound_notices, event)[-MAX_SOUND_NOTICES:]
    return _with_call(status, replace(call, sound_notices=notices))


def _devices(status: Status, event: e.DevicesListed) -> Status:
    return replace(status, devices=event)


def _sound_tested(status: Status, event: e.SoundTested) -> Status:
    return replace(status, sound_test=event)


def _log_failed(status: Status, event: e.LogFailed) -> Status:
    return replace(status, log_failure=event.detail)


def _log_grown(status: Status, _event: e.LogGrown) -> Status:
    return replace(status, log_failure="") if status.log_failure else status


def _ended(status: Status, event: e.CallEnded) -> Status:
    call = status.calls.get(event.call)
    if call is None:
        call = CallStatus(event.call, event.trunk, event.incoming, Phase.ENDED, event.at, event.call_id)
    answered = Phase.ANSWERED in call.steps
    call = replace(
        _reach(call, Phase.ENDED, event.at),
        status=event.status,
        reason=event.reason,
        media=event.media or call.media,
        end=event,
    )
    status = _with_call(status, call)
    if event.media is not None and answered:
        status = _heard(status, event, event.media)
    # Answered or not, a final answer of the server to our INVITE is no failure of the path;
    # a call nobody could place is a failure of calls out until one succeeds.
    if not call.incoming and not answered and event.outcome in ("failed", "rejected"):
        trunk = status.trunk(event.trunk)
        if trunk.proofs["calls_out"].mark is Mark.UNKNOWN:
            status = _with_trunk(status, _proved(trunk, event.at, Mark.FAILED, "calls_out"))
    return status


def _held(status: Status, event: e.CallHeld) -> Status:
    call = status.calls.get(event.call)
    if call is None:
        return status
    if event.by == "us":
        return _with_call(status, replace(call, held_by_us=event.held))
    return _with_call(status, replace(call, held_by_them=event.held))


def _stranger(status: Status, event: e.CallRefused) -> Status:
    return _with_trunk(status, replace(status.trunk(event.trunk), refused_calls=event.count))


def _latency(status: Status, event: e.LatencyMeasured) -> Status:
    trunk = status.trunk(event.trunk)
    if event.milliseconds is None:
        return status  # no answer proves nothing
    return _with_trunk(
        status,
        _proved(replace(trunk, latency_ms=event.milliseconds), event.at, Mark.PROVEN, "name", "path"),
    )


def _large(status: Status, _event: e.LargeRequestNoticed) -> Status:
    return status


def _dropped(status: Status, event: e.TraceDropped) -> Status:
    return replace(status, dropped_measurements=status.dropped_measurements + event.measurements)


_FOLDS: Mapping[type, Callable[[Status, Any], Status]] = {
    e.EngineStarted: _started,
    e.EngineStopped: _stopped,
    e.CommandRefused: _refused,
    e.RegistrationStarted: _registration_started,
    e.FlowOpened: _flow_opened,
    e.FlowLost: _flow_lost,
    e.ChallengeReceived: _challenged,
    e.BindingEstablished: _bound,
    e.BindingRefused: _binding_refused,
    e.RegistrationFailed: _registration_failed,
    e.BindingRemoved: _unbound,
    e.CredentialsVerified: _verified,
    e.CallPlaced: _placed,
    e.CallProgressed: _progressed,
    e.CallOffered: _offered,
    e.CallAnswered: _answered,
    e.MediaMeasured: _measured,
    e.DigitsSent: _digits_sent,
    e.DigitReceived: _digit_received,
    e.CallHeld: _held,
    e.RecordingStarted: _recording,
    e.RecordingEnded: _recorded,
    e.SoundNoticed: _sound_noticed,
    e.DevicesListed: _devices,
    e.SoundTested: _sound_tested,
    e.LogFailed: _log_failed,
    e.LogGrown: _log_grown,
    e.CallEnded: _ended,
    e.CallRefused: _stranger,
    e.LatencyMeasured: _latency,
    e.LargeRequestNoticed: _large,
    e.TraceDropped: _dropped,
}
