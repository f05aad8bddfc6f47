"""One call's media without sockets: packets out by the clock, packets in from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tccc_desk.rtp.addresses import private, text, usable
from tccc_desk.rtp.frame_queue import Microphone
from tccc_desk.rtp.g711 import CODEC_OF_STATIC_TYPE
from tccc_desk.rtp.incoming import IncomingStream
from tccc_desk.rtp.jitter_buffer import SILENT
from tccc_desk.rtp.latch import Address, Latch
from tccc_desk.rtp.level import LevelMeter
from tccc_desk.rtp.outgoing import OutgoingStream
from tccc_desk.rtp.packet import HEADER_BYTES, MalformedPacket, RtpPacket, parse_packet
from tccc_desk.rtp.playout import Played, Playout
from tccc_desk.rtp.quality import mean_opinion_score
from tccc_desk.rtp.report import Measurement
from tccc_desk.rtp.reports import ReportExchange
from tccc_desk.rtp.rtcp import parse_compound
from tccc_desk.rtp.sinks import FRAME_MS, FRAME_SAMPLES, Sink
from tccc_desk.rtp.sources import SoundSource
from tccc_desk.rtp.stream import RATE, Identity, Stream
from tccc_desk.rtp.telephone_event import DigitReceiver
from tccc_desk.rtp.verdict import SILENT_AFTER_S, SILENT_DBOV, Evidence, judge

_KEPT_DIGITS = 1024
_FRAME_OCTETS = 2 * FRAME_SAMPLES
EVENT = "telephone-event"
NOISE = "CN"
_NOISE_TYPE = 13
"""Static (RFC 3389 section 4)."""


@dataclass(slots=True)
class Refused:
    """Datagrams that were not taken, by reason."""

    malformed: int = 0
    foreign: int = 0
    """From an address that is not theirs."""
    reflected: int = 0
    """Our own packets, come back."""
    strays: int = 0
    """From another source (SSRC) at their address."""
    misplaced: int = 0
    """Sound that came to our RTCP port."""
    unknown_types: int = 0
    flooded: int = 0
    """Thrown away unread because too many came at once."""


class MediaSession:
    """Feed it `frames(now)` each time `next_due` has come, and every datagram that arrives.

    Nothing here reads a clock or draws a number; `now` is monotonic seconds.
    """

    def __init__(
        self,
        stream: Stream,
        source: SoundSource,
        identity: Identity,
        *,
        started: float,
        wall_offset: float,
        random: Callable[[], float],
        local_host: str = "",
    ) -> None:
        self._stream = stream
        self._source = source
        self._ssrc = identity.ssrc
        self._expected_since = started
        self._began_after: float | None = None
        """Seconds from when their sound was expected to its first packet."""
        self._last_at = started
        self._pausing = False
        self._private = private(local_host)
        self._playout = Playout(started)
        self._ours: tuple[Sink, ...] = ()
        self._outgoing = OutgoingStream(stream, source, identity, started)
        self._dtmf_received = ""
        self._digits_in = DigitReceiver()
        self._level_received = LevelMeter()
        self._incoming = IncomingStream(RATE)
        self._latch = Latch(usable(stream.remote_host, stream.remote_port))
        self._rtcp_heard: Address | None = None
        self._reports = ReportExchange(
            identity.ssrc, identity.cname, started=started, wall_offset=wall_offset, random=random
        )
        self._types = _types(stream)
        self.refused = Refused()
        self.unsent = 0
        """Packets the network would not take; the owner of the socket counts them here."""

    # -- sending

    @property
    def next_due(self) -> float:
        """When `frames` or, while somebody listens to them, `played` has something to do."""
        if self._playout.sinks:
            return min(self._outgoing.next_due, self._playout.next_due)
        return self._outgoing.next_due

    @property
    def target(self) -> Address | None:
        """Where our sound goes; None while no usable address is known."""
        return self._latch.target

    @property
    def address_changes(self) -> int:
        """How often their sound came to be from somewhere else than before or announced."""
        return self._latch.changes

    def frames(self, now: float) -> list[bytes]:
        """Every packet due by now; few, however late it is (see OutgoingStream)."""
        return self._outgoing.frames(now, open_=self._latch.target is not None)

    def send_digits(self, digits: str) -> bool:
        """Queue digits; False if they cannot be sent. ValueError for what is no digit."""
        return self._outgoing.send_digits(digits)

    def change_source(self, source: SoundSource) -> None:
        """Send something else from the next frame on."""
        self._source = source
        self._outgoing.change_source(source)

    def update(self, stream: Stream, now: float) -> None:
        """Go on with a new negotiation: same source, sequence numbers and clock."""
        if self._began_after is None or (stream.receiving and not self._stream.receiving):
            self._expected_since = self._last_at = now
        if (stream.remote_host, stream.remote_port) != (self._stream.remote_host, self._stream.remote_port):
            self._rtcp_heard = None
        self._stream = stream
        self._outgoing.update(stream)
        self._types = _types(stream)
        self._latch.announce(usable(stream.remote_host, stream.remote_port))

    # -- listening

    def attach(self, sink: Sink, *, ours: bool = False) -> None:
        """Let a sink hear them, or what we send."""
        if not ours:
            self._playout.attach(sink)
        elif sink not in self._ours:
            self._ours = (*self._ours, sink)
            if self._outgoing.tap is None:
                self._outgoing.tap = bytearray()

    def detach(self, sink: Sink) -> None:
        """Let a sink hear nothing more; nothing for one that does not listen."""
        self._playout.detach(sink)
        self._ours = tuple(one for one in self._ours if one is not sink)
        if not self._ours:
            self._outgoing.tap = None

    def played(self, now: float) -> list[Played]:
        """What is to be heard by now; to be called after `frames`, every time."""
        played = self._playout.frames(now)
        tap = self._outgoing.tap
        if tap is not None:
            while len(tap) >= _FRAME_OCTETS:
                played.append((self._ours, bytes(tap[:_FRAME_OCTETS]), now))
                del tap[:_FRAME_OCTETS]
        return played

    # -- receiving

    def receive_rtp(self, data: bytes, source: Address, now: float) -> str:
        """Take a datagram of the RTP port; gives a digit when one begins, else "". Never raises."""
        if len(data) > 1 and 192 <= data[1] <= 223:
            self.receive_rtcp(data, source, now)  # both on one port (RFC 5761), though we did not ask
            return ""
        try:
            packet = parse_packet(data)
            return self._take(packet, source, now)
        except MalformedPacket:
            self.refused.malformed += 1
            return ""

    def _take(self, packet: RtpPacket, source: Address, now: float) -> str:
        if packet.ssrc == self._ssrc:
            self.refused.reflected += 1
            return ""
        if not self._latch.accept(source, packet.ssrc, packet.sequence, now):
            self.refused.foreign += 1
            return ""
        meaning = self._types.get(packet.payload_type, "")
        before = self._incoming.ssrc
        fresh = self._incoming.packet(packet, now, timed=meaning not in {EVENT, NOISE})
        if fresh is None:
            self.refused.strays += 1
        if not fresh:
            return ""
        if self._began_after is None:
            self._began_after = now - self._expected_since
        elif self._incoming.ssrc != before:
            self._playout.buffer.begin_anew()
        self._last_at = now
        return self._hear(packet, meaning, now)

    def _hear(self, packet: RtpPacket, meaning: str, now: float) -> str:
        buffer = self._playout.buffer
        payload = packet.payload
        self._pausing = False
        if meaning == EVENT:
            buffer.noise(packet.sequence)
            digit = self._digits_in.packet(payload, packet.timestamp)
            self._dtmf_received = (self._dtmf_received + digit)[-_KEPT_DIGITS:]
            return digit
        if meaning == NOISE:
            # RFC 3389 3.1: the first byte is the level, the highest bit zero; it may be missing (RFC 3551).
            level = payload[0] & 0x7F if payload else SILENT
            buffer.noise(packet.sequence, level)
            self._level_received.add_noise(level, now)
            self._pausing = True
        elif meaning and payload:
            self._level_received.add(payload, meaning, now)
            self._source.heard(payload, meaning)
            buffer.put(packet.sequence, packet.timestamp, meaning, payload, now, marker=packet.marker)
        elif not meaning:
            self.refused.unknown_types += 1
        return ""

    def moves(self) -> list[tuple[str, str]]:
        """Take each move of their sound since the last time: from where, to where."""
        if not self._latch.moves:
            return []
        moves = [("" if before is None else text(before), text(now)) for before, now in self._latch.moves]
        self._latch.moves.clear()
        return moves

    def receive_rtcp(self, data: bytes, source: Address, now: float) -> None:
        """Take a datagram of the RTCP port. Never raises."""
        hosts = {address[0] for address in (self._latch.announced, self._latch.current) if address}
        if source[0] not in hosts:
            self.refused.foreign += 1
            return
        if len(data) > HEADER_BYTES and data[0] >> 6 == 2 and not 192 <= data[1] <= 223:
            self.refused.misplaced += 1
            return
        try:
            packets = parse_compound(data)
        except MalformedPacket:
            self.refused.malformed += 1
            return
        self._rtcp_heard = source
        self._reports.read(packets, now, self._outgoing.sent)

    # -- reports

    @property
    def rtcp_target(self) -> Address | None:
        """Where our reports go: where theirs come from, else what SDP said, else beside their sound."""
        if self._rtcp_heard is not None:
            return self._rtcp_heard
        target = self._latch.target
        if target is None:
            return None
        port = self._stream.remote_rtcp_port if target == self._latch.announced else target[1] + 1
        return (target[0], port) if 0 < port < 65536 else None

    def rtcp(self, now: float) -> bytes | None:
        """Our report if it is due."""
        if now < self._reports.next_due:
            return None
        return self._reports.compose(now, self._outgoing.sending(now), self._incoming.current)

    def goodbye(self, now: float) -> bytes:
        return self._reports.goodbye(now, self._outgoing.sending(now), self._incoming.current)

    def measure(self, now: float) -> Measurement:
        reception = self._incoming.reception
        reports, buffer, refused = self._reports, self._playout.buffer, self.refused
        one_way, cause = judge(self._evidence(now))
        remote = self._latch.current or (self._stream.remote_host, self._stream.remote_port)
        if self._latch.announced is None and self._latch.heard is not None:
            remote = self._latch.heard  # on hold by 0.0.0.0: say where they were last
        return Measurement(
            codec=self._stream.codec,
            payload_type=self._stream.payload_type,
            ptime_ms=self._stream.ptime_ms,
            sent=self._outgoing.sent - self.unsent,
            received=reception.unique,
            lost=reception.lost,
            late=buffer.late,
            reordered=reception.reordered,
            duplicated=reception.duplicates,
            concealed=buffer.concealed,
            jitter_ms=round(self._incoming.jitter_ms, 3),
            playout_delay_ms=_rounded(buffer.delay_ms),
            mos=self._score(),
            remote=text(remote),
            address_changes=self._latch.changes,
            foreign=refused.foreign + refused.reflected + refused.strays + refused.misplaced,
            malformed=refused.malformed,
            flooded=refused.flooded,
            one_way=one_way,
            cause=cause,
            remote_report=reports.remote_report,
            remote_lost=reports.remote_lost,
            round_trip_ms=None if reports.round_trip_s is None else round(reports.round_trip_s * 1000, 2),
            level_sent_dbov=_rounded(self._outgoing.level_dbov(now)),
            level_received_dbov=_rounded(self._level_received.dbov(now)),
            dtmf_sent=self._outgoing.digits_sent,
            dtmf_received=self._dtmf_received,
        )

    def _evidence(self, now: float) -> Evidence:
        quiet = self._pausing or not self._stream.receiving
        refused = self.refused
        return Evidence(
            received=self._incoming.reception.unique,
            elapsed_s=now - self._expected_since,
            expecting=self._stream.receiving,
            they_hear=self._reports.they_hear,
            they_report=self._reports.heard,
            first_after_s=self._began_after or 0.0,
            quiet_s=0.0 if quiet else now - self._last_at,
            arrives_silent=self._level_received.silent_for(SILENT_AFTER_S, SILENT_DBOV),
            strays=refused.foreign + refused.misplaced,
            microphone_silent=isinstance(self._source, Microphone) and self._outgoing.silent,
            private_ours=self._private,
            private_theirs=private(self._stream.remote_host),
        )

    def _score(self) -> float | None:
        """MOS of what is heard: what came too late is lost to the ear.

        Delay: half the round trip if known, a frame, and the jitter buffer's.
        """
        reception, buffer = self._incoming.reception, self._playout.buffer
        if not reception.unique:
            return None
        unheard = reception.lost + min(buffer.late, reception.unique)
        loss = 100.0 * unheard / (reception.lost + reception.unique)
        network = (self._reports.round_trip_s or 0.0) * 500
        delay = network + self._stream.ptime_ms + (buffer.delay_ms or FRAME_MS)
        return round(mean_opinion_score(loss, delay), 2)


def _types(stream: Stream) -> dict[int, str]:
    """What each payload type means. Comfort noise (13) is borne though it was not negotiated."""
    types: dict[int, str] = {**CODEC_OF_STATIC_TYPE, _NOISE_TYPE: NOISE}
    if stream.telephone_event is not None:
        types[stream.telephone_event] = EVENT
    types[stream.payload_type] = stream.codec
    types.update(stream.receive_types)
    return types


def _rounded(level: float | None) -> float | None:
    return None if level is None else round(level, 1)
