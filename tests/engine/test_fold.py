from __future__ import annotations

from functools import reduce as fold_all

import pytest

from tccc_desk.engine import events as e
from tccc_desk.engine.fold import MAX_ENDED_CALLS, reduce
from tccc_desk.engine.status import Mark, Phase, Registration, Status
from tests.helpers import window_script as script
from tests.helpers.window_script import NOW


def folded(*events: e.Event) -> Status:
    return fold_all(reduce, events, Status())


def test_a_password_nobody_asked_for_is_not_proved() -> None:
    trunk = folded(script.bound()).trunk("gateway01")
    assert trunk.registration is Registration.REGISTERED
    assert trunk.proofs["path"].mark is Mark.PROVEN
    assert trunk.proofs["password"].mark is Mark.UNKNOWN


def test_a_registration_is_proved_step_by_step() -> None:
    status = folded(
        script.started(),
        e.RegistrationStarted(
            at=NOW, trunk="gateway01", purpose="register", server="sip.example", transport="tcp"
        ),
    )
    assert status.trunk("gateway01").registration is Registration.REGISTERING
    status = reduce(status, script.challenged())
    status = reduce(status, script.bound())
    trunk = status.trunk("gateway01")
    assert trunk.registration is Registration.REGISTERED
    assert (trunk.granted_expires_s, trunk.requested_expires_s) == (60, 120)
    assert trunk.refresh_at == NOW + 45
    assert trunk.proofs["password"].mark is Mark.PROVEN
    assert trunk.proofs["calls_in"].mark is Mark.UNKNOWN


@pytest.mark.parametrize(("transport", "mark"), [("UDP", Mark.UNKNOWN), ("TCP", Mark.PROVEN)])
def test_only_a_connection_proves_the_path_by_being_opened(transport: str, mark: Mark) -> None:
    opened = e.FlowOpened(at=NOW, trunk="gateway01", transport=transport, local="a:1", remote="b:2")
    assert folded(opened).trunk("gateway01").proofs["path"].mark is mark


def test_a_refresh_leaves_the_trunk_registered() -> None:
    status = folded(
        script.bound(),
        e.RegistrationStarted(at=NOW, trunk="gateway01", purpose="refresh", server="s", transport="tcp"),
    )
    assert status.trunk("gateway01").registration is Registration.REGISTERED


def test_asking_who_is_there_returns_to_off() -> None:
    verified = e.CredentialsVerified(
        at=NOW,
        trunk="gateway01",
        status=200,
        reason="OK",
        contacts=("sip:other@192.0.2.9",),
        received="",
        rport=None,
        elapsed_ms=1,
        registers_sent=2,
    )
    trunk = folded(script.challenged(), verified).trunk("gateway01")
    assert trunk.registration is Registration.OFF
    assert trunk.other_contacts == ("sip:other@192.0.2.9",)
    assert trunk.proofs["password"].mark is Mark.PROVEN


def test_a_local_failure_is_never_a_servers_word() -> None:
    trunk = folded(script.failed()).trunk("gateway01")
    assert trunk.registration is Registration.RETRYING
    assert trunk.retry_at == NOW + 12
    assert trunk.answer is not None
    assert (trunk.answer.said_by, trunk.answer.status) == ("local", 0)
    assert trunk.proofs["path"].mark is Mark.FAILED
    assert folded(script.failed(retry_in_s=None)).trunk("gateway01").registration is Registration.FAILED


def test_a_wrong_password_is_rejected_and_a_403_says_nothing_of_the_password() -> None:
    wrong = folded(script.refused()).trunk("gateway01")
    assert wrong.registration is Registration.REJECTED
    assert wrong.proofs["password"].mark is Mark.FAILED
    assert wrong.proofs["path"].mark is Mark.PROVEN
    forbidden = folded(script.refused(status=403)).trunk("gateway01")
    assert forbidden.proofs["password"].mark is Mark.UNKNOWN


def test_a_call_walks_its_steps_and_keeps_their_times() -> None:
    status = folded(
        script.placed(),
        script.progressed(100, at=0.1),
        script.progressed(180, at=0.2),
        script.progressed(100, at=0.3),
        script.answered(),
        script.measured(),
    )
    call = status.calls["c1"]
    assert call.phase is Phase.ANSWERED
    assert [phase for phase, _ in sorted(call.steps.items(), key=lambda step: step[1])] == [
        Phase.CALLING,
        Phase.TRYING,
        Phase.RINGING,
        Phase.ANSWERED,
    ]
    assert status.trunk("gateway01").proofs["calls_out"].mark is Mark.PROVEN
    assert status.trunk("gateway01").proofs["sound"].mark is Mark.PROVEN
    assert status.live_calls() == (call,)
    assert reduce(status, script.ended()).live_calls() == ()


def test_one_way_audio_fails_the_sound() -> None:
    status = folded(script.placed(), script.answered(), script.measured("we_hear_nothing"))
    assert status.trunk("gateway01").proofs["sound"].mark is Mark.FAILED


def test_an_offered_call_proves_calls_in() -> None:
    status = folded(script.offered())
    assert status.calls["in1"].phase is Phase.OFFERED
    assert status.trunk("gateway01").proofs["calls_in"].mark is Mark.PROVEN


def test_late_events_do_not_revive_an_ended_call() -> None:
    status = folded(script.placed(), script.ended())
    assert reduce(status, script.progressed(180)) == status
    assert reduce(status, script.answered()) == status
    assert reduce(status, script.measured()) == status
    assert reduce(status, script.answered("unknown")) == status


def test_ended_calls_are_bounded() -> None:
    status = Status()
    for number in range(MAX_ENDED_CALLS + 20):
        status = reduce(status, script.placed(str(number)))
        status = reduce(status, script.ended(str(number)))
    assert len(status.calls) == MAX_ENDED_CALLS
    assert "0" not in status.calls


def test_a_dead_engine_leaves_no_call_and_no_registration() -> None:
    stopped = e.EngineStopped(at=NOW, crashed=True, detail="exit status 1")
    status = folded(script.started(), script.bound(), script.placed(), stopped)
    assert status.crashed
    assert not status.running
    assert status.live_calls() == ()
    assert status.trunk("gateway01").registration is Registration.OFF
    assert status.trunk("gateway01").refresh_at is None


def test_every_event_is_folded_or_meant_not_to_be() -> None:
    from typing import get_args

    from tccc_desk.engine.fold import _FOLDS

    assert set(get_args(e.Event)) - set(_FOLDS) == {
        e.Traced,
        e.Noticed,
        e.ContactChosen,
        e.StaleBindingRemoved,
        e.CheckStageChanged,
        e.CheckFinished,
    }  # for the log, the store, and whoever asked for a check


def test_recording_and_what_was_noticed_belong_to_their_call() -> None:
    here = {"at": NOW, "trunk": "gateway01", "call": "c1"}
    status = folded(script.placed("c1"), e.RecordingStarted(**here, file="/a.wav"))
    assert status.calls["c1"].recording == "/a.wav"
    ended = e.RecordingEnded(**here, file="/a.wav", seconds=3.0, fault="disk-full")
    notices = [e.SoundNoticed(**here, finding=f"finding.sound.{number}") for number in range(20)]
    call = fold_all(reduce, [ended, *notices], status).calls["c1"]
    assert (call.recording, call.recorded) == ("", (ended,))
    assert [one.finding for one in call.sound_notices] == [f"finding.sound.{n}" for n in range(12, 20)]
    stranger = {**here, "call": "nobody"}
    others = [
        e.RecordingStarted(**stranger, file="/b.wav"),
        e.RecordingEnded(**stranger, file="/b.wav", seconds=0.0),
        e.SoundNoticed(**stranger, finding="finding.sound.x"),
    ]
    assert fold_all(reduce, others, status) == status


def test_the_engines_devices_and_its_log_are_of_no_trunk() -> None:
    devices = e.DevicesListed(at=NOW, microphones=(e.SoundDevice(id="m", name="Mic", default=True),))
    tested = e.SoundTested(at=NOW, input_dbov=-20.0)
    status = folded(devices, tested, e.LogFailed(at=NOW, detail="No space left on device"))
    assert (status.devices, status.sound_test) == (devices, tested)
    assert status.log_failure == "No space left on device"
    grown = e.LogGrown(at=NOW, segment="s", entries=1, messages=1)
    assert reduce(status, grown).log_failure == ""
