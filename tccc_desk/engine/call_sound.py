"""The sound of one call: its port, what it sends, who listens, and its recording."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tccc_desk.engine.events import Event, MediaReport, RecordingEnded, RecordingStarted, SoundNoticed
from tccc_desk.engine.sounding import Sounding
from tccc_desk.sdp.negotiate import MediaParameters

if TYPE_CHECKING:
    from tccc_desk.engine.devices import Devices
    from tccc_desk.net.media import MediaPort
    from tccc_desk.rtp.dtmf_detector import DigitDetector
    from tccc_desk.rtp.frame_queue import Microphone, Speaker
    from tccc_desk.rtp.loop_proof import LoopProver
    from tccc_desk.rtp.sources import SoundSource
    from tccc_desk.sound.prover_thread import ProverThread
    from tccc_desk.sound.recorder import Recorder, RecordingEnd
    from tccc_desk.sound.wav_source import Ending, WavSource


class Workshop:
    """What the sounds of all calls share, handed in by `Sound`.

    `say` and `later` may be called from any thread: the one tells an event, the other has something
    done on a thread where it may wait for a disk.
    """

    def __init__(
        self,
        say: Callable[[Event], None],
        post: Callable[[Callable[[], None]], None],
        later: Callable[[Callable[[], None]], None],
        on_digit: Callable[[str, str, str], None],
        devices: Devices,
        *,
        prover: Callable[[], ProverThread],
    ) -> None:
        self.say = say
        self.post = post
        """Have something done on the engine's own thread."""
        self.later = later
        self.on_digit = on_digit
        self.devices = devices
        self.prover = prover
        """Where the loop proofs of all calls are worked out."""


class CallSound:
    """Used on the engine's thread; what other threads report comes back to it. Is a `devices.User`."""

    def __init__(self, trunk: str, call: str, port: MediaPort, shop: Workshop) -> None:
        self.trunk = trunk
        self.call = call
        self.started = False
        self._port = port
        self._shop = shop
        self._file: WavSource | None = None
        self._recorder: Recorder | None = None
        self._recorded = ""
        self._detector: DigitDetector | None = None
        self._prover: LoopProver | None = None
        self._microphone: Microphone | None = None
        self._speaker: Speaker | None = None

    def start(
        self, parameters: MediaParameters, sounding: Sounding, *, tones: bool, answered: bool = False
    ) -> None:
        """Start, or have what runs follow a new negotiation."""
        self._look_for_tones(tones)
        if self.started:
            self._port.update(parameters)
            if answered:
                self._port.answered()
            return
        self.started = True
        if sounding.record_file:
            self.record(sounding.record_file)
        self._port.start(parameters, self._source(sounding), self._event_digit, self._moved)

    def change(self, sounding: Sounding) -> None:
        """Send something else."""
        if self.started:
            former, self._file = self._file, None
            self._port.change_source(self._source(sounding))
            if former is not None:
                self._shop.later(former.close)

    def record(self, file: str) -> None:
        """Record into a new file from now on; "" ends what is being recorded."""
        from tccc_desk.sound.faults import SoundFault  # noqa: PLC0415
        from tccc_desk.sound.recorder import Recorder  # noqa: PLC0415

        self._end_recording()
        if not file:
            return

        def ended(end: RecordingEnd) -> None:
            self._shop.post(lambda: self._ended_early(recorder, end))

        try:
            recorder = Recorder(Path(file), on_end=ended)
        except SoundFault as fault:
            self._say_recorded(file, 0.0, fault.finding, fault.details)
            return
        self._recorder, self._recorded = recorder, file
        self._port.attach(recorder.sent, ours=True)
        self._port.attach(recorder.received)
        self._shop.say(RecordingStarted(at=time.time(), trunk=self.trunk, call=self.call, file=file))

    def send_digits(self, digits: str, *, inband: bool) -> bool:
        """Queue digits as events or as tones; False where too many wait."""
        if not self.started:
            return False
        return self._port.send_tones(digits) if inband else self._port.send_digits(digits)

    def report(self) -> MediaReport:
        """What was measured until now."""
        return self._port.report()

    def close(self) -> MediaReport | None:
        """End it all; None where it never began."""
        self._shop.devices.release(self)
        measured = self._port.close()
        self._end_recording()
        if self._file is not None:
            self._shop.later(self._file.close)
        return measured if self.started else None

    def devices_gone(self) -> None:
        """Another call took microphone and speaker: this one goes on without."""
        from tccc_desk.rtp.sources import Silence  # noqa: PLC0415

        if self._microphone is not None:
            self._port.change_source(Silence())
        self._microphone = None
        self._stop_listening()
        self._notice("finding.sound.devices-taken", {})

    def device_told(self, finding: str, detail: str) -> None:
        """A device stopped working, or works again."""
        self._notice(finding, {"detail": detail})

    def _use_devices(self, *, microphone: bool, speaker: bool) -> None:
        if (microphone, speaker) == (self._microphone is not None, self._speaker is not None):
            return
        from tccc_desk.rtp.frame_queue import Microphone, Speaker  # noqa: PLC0415

        self._stop_listening()
        self._microphone = None
        if not (microphone or speaker):
            self._shop.devices.release(self)
            return
        heard, played = self._shop.devices.take(self, microphone=microphone, speaker=speaker)
        if microphone:
            self._microphone = Microphone(heard)
        if speaker:
            self._speaker = Speaker(played)
            self._port.attach(self._speaker)

    def _stop_listening(self) -> None:
        if self._speaker is not None:
            self._port.detach(self._speaker)
            self._speaker = None

    def _look_for_tones(self, wanted: bool) -> None:
        if wanted and self._detector is None:
            from tccc_desk.rtp.dtmf_detector import DigitDetector  # noqa: PLC0415

            self._detector = DigitDetector(lambda digit: self._shop.on_digit(self.call, digit, "inband"))
            self._port.attach(self._detector)
        elif not wanted and self._detector is not None:
            self._port.detach(self._detector)
            self._detector = None

    def _source(self, sounding: Sounding) -> SoundSource:
        from tccc_desk.rtp.sources import Silence, source_named  # noqa: PLC0415

        self._use_devices(microphone=sounding.play == "microphone", speaker=sounding.listen)
        if self._microphone is not None:
            return self._microphone
        if sounding.play == "file":
            from tccc_desk.sound.faults import SoundFault  # noqa: PLC0415
            from tccc_desk.sound.wav_source import WavSource  # noqa: PLC0415

            try:
                self._file = WavSource(Path(sounding.play_file), on_end=self._played)
            except SoundFault as fault:  # it was there when the call was ordered
                self._notice(fault.finding, fault.details)
                return Silence()
            return self._file
        if sounding.play == "microphone":  # another call took it a moment ago
            return Silence()
        if sounding.play in {"tone", "sweep"}:
            return self._marked("sweep" if sounding.play == "sweep" else "tone")
        return source_named(sounding.play)

    def _marked(self, kind: Literal["tone", "sweep"]) -> SoundSource:
        """A tone whose return is looked for as long as the call lasts."""
        from tccc_desk.rtp.loop_proof import LoopProver  # noqa: PLC0415
        from tccc_desk.rtp.marker import Marked  # noqa: PLC0415

        if self._prover is None:
            self._prover = LoopProver(self._shop.prover().submit)
            self._port.attach(self._prover.sent, ours=True)
            self._port.attach(self._prover.received)
            self._port.prove_by(self._prover.proof)
        return Marked(kind, random.SystemRandom().random)

    # -- told by other threads

    def _event_digit(self, digit: str) -> None:
        self._shop.on_digit(self.call, digit, "rfc4733")

    def _moved(self, before: str, now: str) -> None:
        self._notice("finding.sound.source-changed", {"before": before, "now": now})

    def _played(self, end: Ending) -> None:
        self._notice(end.finding, {**end.details, "seconds": f"{end.seconds:.1f}"})

    def _notice(self, finding: str, details: dict[str, str]) -> None:
        self._shop.say(
            SoundNoticed(at=time.time(), trunk=self.trunk, call=self.call, finding=finding, details=details)
        )

    def _ended_early(self, recorder: Recorder, end: RecordingEnd) -> None:
        if recorder is self._recorder:  # else it was ended by us, and says the same
            self._recorder = None
            self._port.detach(recorder.sent)
            self._port.detach(recorder.received)
            self._say_recorded(self._recorded, end.seconds, end.finding, end.details)

    def _end_recording(self) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        self._port.detach(recorder.sent)
        self._port.detach(recorder.received)
        file = self._recorded

        def close() -> None:
            end = recorder.close()
            self._say_recorded(file, end.seconds, end.finding, end.details)

        self._shop.later(close)

    def _say_recorded(self, file: str, seconds: float, fault: str, details: dict[str, str]) -> None:
        self._shop.say(
            RecordingEnded(
                at=time.time(),
                trunk=self.trunk,
                call=self.call,
                file=file,
                seconds=seconds,
                fault=fault,
                detail=details.get("detail", ""),
            )
        )
