"""What their packets mean once they are believed to be theirs: sound, silence, digits."""

from __future__ import annotations

from tccc_desk.rtp.g711 import CODEC_OF_STATIC_TYPE
from tccc_desk.rtp.g722 import CARRIER, NAME, G722Decoder
from tccc_desk.rtp.incoming import IncomingStream
from tccc_desk.rtp.jitter_buffer import SILENT
from tccc_desk.rtp.level import LevelMeter
from tccc_desk.rtp.packet import RtpPacket
from tccc_desk.rtp.playout import Playout
from tccc_desk.rtp.sources import SoundSource
from tccc_desk.rtp.stream import RATE, Stream
from tccc_desk.rtp.telephone_event import DigitReceiver

EVENT = "telephone-event"
NOISE = "CN"
_NOISE_TYPE = 13
"""Static (RFC 3389 section 4)."""
_KEPT_DIGITS = 1024
_UNKNOWN_PACKETS = 25
"""So many in a row of a type nobody agreed on are no accident: half a second."""

_REPEATS = 25
"""So many repeats without one new packet between them are no network's doing: half a second."""


def meanings(stream: Stream) -> dict[int, str]:
    """What each payload type means. Comfort noise (13) is borne though it was not negotiated."""
    types: dict[int, str] = {**CODEC_OF_STATIC_TYPE, _NOISE_TYPE: NOISE}
    if stream.telephone_event is not None:
        types[stream.telephone_event] = EVENT
    types[stream.payload_type] = stream.codec
    types.update(stream.receive_types)
    return types


class Hearing:
    """Statistics, levels, digits and the jitter buffer of what arrives; `now` is monotonic seconds."""

    def __init__(self, stream: Stream, started: float) -> None:
        self._types = meanings(stream)
        self._receiving = stream.receiving
        self._expected_since = started
        self._last_at = started
        self._pausing = False
        """They said that they are silent."""
        self._digits = DigitReceiver()
        self._wide: G722Decoder | None = None
        self.incoming = IncomingStream(RATE)
        self.level = LevelMeter()
        self.playout = Playout(started)
        self.digits = ""
        self.began_after: float | None = None
        """Seconds from when their sound was expected to its first packet."""
        self.strays = 0
        self._unknown = 0
        self._repeats = 0
        """Packets in a row whose number was known already."""

    def update(self, stream: Stream, now: float) -> None:
        """Take a new negotiation. Before their first packet, and after a hold, waiting begins anew."""
        if self.began_after is None or (stream.receiving and not self._receiving):
            self._expected_since = self._last_at = now
        self._receiving = stream.receiving
        if not stream.receiving:
            self.playout.buffer.pause()
        self._types = meanings(stream)

    def answered(self) -> None:
        """What rang before the answer says nothing of who talks after it."""
        self.level.forget_loudest()

    @property
    def unknown_codec(self) -> bool:
        """Whether what arrives of late cannot be understood."""
        return self._unknown >= _UNKNOWN_PACKETS

    @property
    def numbers_stand(self) -> bool:
        """Whether what arrives of late are repeats only: their sequence number does not go on."""
        return self._repeats >= _REPEATS

    def expected_for(self, now: float) -> float:
        """How long their sound has been expected."""
        return now - self._expected_since

    def quiet_for(self, now: float) -> float:
        """How long nothing came; 0 in a pause they announced, or while they may not send."""
        return 0.0 if self._pausing or not self._receiving else now - self._last_at

    def packet(self, packet: RtpPacket, now: float, source: SoundSource) -> str:
        """Take a packet; gives a digit when one begins, else ""."""
        meaning = self._types.get(packet.payload_type, "")
        before = self.incoming.ssrc
        fresh = self.incoming.packet(packet, now, timed=meaning not in {EVENT, NOISE})
        if fresh is None:
            self.strays += 1
        if not fresh:
            self._repeats += fresh is False
            return ""
        self._repeats = 0
        if self.began_after is None:
            self.began_after = now - self._expected_since
        elif self.incoming.ssrc != before:
            self.playout.buffer.begin_anew()
        self._last_at = now
        return self._heard(packet, meaning, now, source)

    def _heard(self, packet: RtpPacket, meaning: str, now: float, source: SoundSource) -> str:
        buffer, payload = self.playout.buffer, packet.payload
        self._pausing = False
        self._unknown = 0 if meaning else self._unknown + 1
        if meaning == EVENT:
            buffer.noise(packet.sequence)
            digit = self._digits.packet(payload, packet.timestamp)
            self.digits = (self.digits + digit)[-_KEPT_DIGITS:]
            return digit
        if meaning == NOISE:
            # RFC 3389 3.1: the first byte is the level, its highest bit zero; old senders leave it out.
            level = payload[0] & 0x7F if payload else SILENT
            buffer.noise(packet.sequence, level)
            self.level.add_noise(level, now)
            self._pausing = True
        elif meaning and payload:
            if meaning == NAME:
                self._wide = self._wide or G722Decoder()
                meaning, payload = CARRIER, self._wide.decode(payload)
            self.level.add(payload, meaning, now)
            source.heard(payload, meaning)
            buffer.put(packet.sequence, packet.timestamp, meaning, payload, now, marker=packet.marker)
        return ""
