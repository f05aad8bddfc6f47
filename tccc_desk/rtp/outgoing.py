"""What we send: frames of sound or digits on an absolute schedule."""

from __future__ import annotations

from tccc_desk.rtp.dtmf_tones import ToneSender
from tccc_desk.rtp.g722 import CARRIER, NAME, G722Encoder
from tccc_desk.rtp.level import LevelMeter
from tccc_desk.rtp.packet import RtpPacket, build_packet
from tccc_desk.rtp.pcm import linear
from tccc_desk.rtp.reports import Sending
from tccc_desk.rtp.sources import SoundSource
from tccc_desk.rtp.stream import RATE, Identity, Stream
from tccc_desk.rtp.telephone_event import DigitSender
from tccc_desk.rtp.verdict import SILENT_AFTER_S, SILENT_DBOV

MAX_BURST = 3
"""Frames sent at once to catch up after a delay; what is older is left out."""
_KEPT_DIGITS = 1024


class OutgoingStream:
    """Sequence numbers count what was sent, timestamps count time, whether or not we send."""

    def __init__(self, stream: Stream, source: SoundSource, identity: Identity, started: float) -> None:
        self._stream = stream
        self._source = source
        self._ssrc = identity.ssrc
        self._sequence = identity.sequence
        self._timestamp = identity.timestamp
        self._anchor = started
        self._tick = 0
        self._mark = True
        self._wide: G722Encoder | None = None
        self._digits = DigitSender()
        self._tones = ToneSender()
        self._level = LevelMeter()
        self.sent = 0
        self._octets = 0
        self.skipped = 0
        """Frames left out because we were too late for them."""
        self.digits_sent = ""
        self.tap: bytearray | None = None
        """Linear sound of every frame that was due, silence where none was sent; None: nobody listens."""

    @property
    def next_due(self) -> float:
        """When the next frame is to be sent: counted from the start, so errors never add up."""
        return self._anchor + self._tick * self._stream.ptime_ms / 1000

    def frames(self, now: float, *, open_: bool) -> list[bytes]:
        """Every packet due by now, at most MAX_BURST; the timestamps of frames left out pass.

        `open_` is False while there is nowhere to send to: time passes, nothing is made.
        """
        ptime = self._stream.ptime_ms / 1000
        samples = self._stream.ptime_ms * RATE // 1000
        behind = int((now - self.next_due) / ptime) + 1
        if behind > MAX_BURST:
            missed = behind - MAX_BURST
            self.skipped += missed
            self._tick += missed
            self._timestamp += missed * samples
            self._mark = True
        packets = []
        while self.next_due <= now:
            if open_ and self._stream.sending:
                packets.append(self._frame(samples, now))
            else:
                self._mark = True
                if self.tap is not None:
                    self.tap += bytes(2 * samples)
            self._tick += 1
            self._timestamp = self._timestamp + samples & 0xFFFFFFFF
        return packets

    def _frame(self, samples: int, now: float) -> bytes:
        stream = self._stream
        payload_type, timestamp, marker = stream.payload_type, self._timestamp, self._mark
        # The source is asked even while a digit is sent, so that an echo keeps its pace.
        codec = CARRIER if stream.codec == NAME else stream.codec
        payload = self._source.frame(samples, codec)
        if self._tones.busy and (tone := self._tones.frame(samples, codec)) is not None:
            payload = tone.payload
            self.digits_sent = (self.digits_sent + tone.digit)[-_KEPT_DIGITS:]
        event = self._digits.frame(timestamp, samples) if stream.telephone_event is not None else None
        if event is not None and stream.telephone_event is not None:
            payload_type, timestamp, marker = stream.telephone_event, event.timestamp, event.marker
            payload = event.payload
            self.digits_sent = (self.digits_sent + event.digit)[-_KEPT_DIGITS:]
        else:
            self._level.add(payload, codec, now)
        if self.tap is not None:
            self.tap += bytes(2 * samples) if event is not None else linear(codec, payload)
        if stream.codec == NAME and event is None:
            self._wide = self._wide or G722Encoder()
            payload = self._wide.encode(payload)
        self._mark = False
        packet = RtpPacket(payload_type, self._sequence, timestamp, self._ssrc, payload, marker)
        self._sequence = self._sequence + 1 & 0xFFFF
        self.sent += 1
        self._octets += len(payload)
        return build_packet(packet)

    def send_digits(self, digits: str) -> bool:
        """Queue digits; False if they take no telephone-events, or too many wait.

        ValueError for what is no digit.
        """
        return self._stream.telephone_event is not None and self._digits.queue(digits)

    def send_tones(self, digits: str) -> bool:
        """Queue digits as tones within the sound; False where too many wait. ValueError as above."""
        return self._tones.queue(digits)

    def change_source(self, source: SoundSource) -> None:
        """Send another source from the next frame on."""
        self._source = source
        self._level = LevelMeter()
        self._mark = True

    def update(self, stream: Stream) -> None:
        if stream.ptime_ms != self._stream.ptime_ms:
            self._anchor, self._tick = self.next_due, 0
        self._stream = stream

    def sending(self, now: float) -> Sending:
        """What a sender report says at this moment."""
        timestamp = self._timestamp + int((now - self.next_due) * RATE) & 0xFFFFFFFF
        return Sending(self.sent, self._octets, timestamp)

    def level_dbov(self, now: float) -> float | None:
        return self._level.dbov(now)

    @property
    def silent(self) -> bool:
        """Whether nothing but silence was sent of this source, long enough to say so."""
        return self._level.silent_for(SILENT_AFTER_S, SILENT_DBOV)
