"""One call's media without sockets: packets out by the clock, packets in from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tccc_desk.rtp.addresses import private, text, usable
from tccc_desk.rtp.frame_queue import Microphone
from tccc_desk.rtp.hearing import Hearing
from tccc_desk.rtp.latch import Address, Latch
from tccc_desk.rtp.outgoing import OutgoingStream
from tccc_desk.rtp.packet import HEADER_BYTES, MalformedPacket, RtpPacket, parse_packet
from tccc_desk.rtp.playout import Played
from tccc_desk.rtp.quality import mean_opinion_score
from tccc_desk.rtp.report import LoopProof, Measurement
from tccc_desk.rtp.reports import ReportExchange
from tccc_desk.rtp.rtcp import parse_compound
from tccc_desk.rtp.sinks import FRAME_MS, FRAME_SAMPLES, Sink
from tccc_desk.rtp.sources import SoundSource
from tccc_desk.rtp.stream import Identity, Stream
from tccc_desk.rtp.verdict import SILENT_AFTER_S, SILENT_DBOV, Evidence, judge

_FRAME_OCTETS = 2 * FRAME_SAMPLES
_RETURNED_PERCENT = 20.0
"""So much of our sound come back proves that they hear it."""


@dataclass(slots=True)
class Refused:
    """Datagrams that were not taken, by reason."""

    malformed: int = 0
    foreign: int = 0
    """From an address that is not theirs."""
    reflected: int = 0
    """Our own packets, come back."""
    misplaced: int = 0
    """Sound that came to our RTCP port."""
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
        self._private = private(local_host)
        self._hearing = Hearing(stream, started)
        self._ours: tuple[Sink, ...] = ()
        self._outgoing = OutgoingStream(stream, source, identity, started)
        self._latch = Latch(usable(stream.remote_host, stream.remote_port))
        self._rtcp_heard: Address | None = None
        self._reports = ReportExchange(
            identity.ssrc, identity.cname, started=started, wall_offset=wall_offset, random=random
        )
        self.prove: Callable[[], LoopProof | None] = _no_proof
        """Asked at each measurement what came back of our sound."""
        self.refused = Refused()
        self.unsent = 0
        """Packets the network would not take; the owner of the socket counts them here."""

    # -- sending

    @property
    def next_due(self) -> float:
        """When `frames` or, while somebody listens to them, `played` has something to do."""
        if self._hearing.playout.sinks:
            return min(self._outgoing.next_due, self._hearing.playout.next_due)
        return self._outgoing.next_due

    @property
    def target(self) -> Address | None:
        """Where our sound goes; None while no usable address is known."""
        return self._latch.target

    def frames(self, now: float) -> list[bytes]:
        """Every packet due by now; few, however late it is (see OutgoingStream)."""
        return self._outgoing.frames(now, open_=self._latch.target is not None)

    def send_digits(self, digits: str) -> bool:
        """Queue digits; False if they cannot be sent. ValueError for what is no digit."""
        return self._outgoing.send_digits(digits)

    def send_tones(self, digits: str) -> bool:
        """Queue digits as tones within our sound; False where too many wait. ValueError likewise."""
        return self._outgoing.send_tones(digits)

    def change_source(self, source: SoundSource) -> None:
        """Send something else from the next frame on."""
        self._source = source
        self._outgoing.change_source(source)

    def update(self, stream: Stream, now: float) -> None:
        """Go on with a new negotiation: same source, sequence numbers and clock."""
        if (stream.remote_host, stream.remote_port) != (self._stream.remote_host, self._stream.remote_port):
            self._rtcp_heard = None
        self._stream = stream
        self._outgoing.update(stream)
        self._hearing.update(stream, now)
        self._latch.announce(usable(stream.remote_host, stream.remote_port))

    def answered(self) -> None:
        """The call is answered; until now there was early media."""
        self._hearing.answered()

    # -- listening

    def attach(self, sink: Sink, *, ours: bool = False) -> None:
        """Let a sink hear them, or what we send."""
        if not ours:
            self._hearing.playout.attach(sink)
        elif sink not in self._ours:
            self._ours = (*self._ours, sink)
            if self._outgoing.tap is None:
                self._outgoing.tap = bytearray()

    def detach(self, sink: Sink) -> None:
        """Let a sink hear nothing more; nothing for one that does not listen."""
        self._hearing.playout.detach(sink)
        self._ours = tuple(one for one in self._ours if one is not sink)
        if not self._ours:
            self._outgoing.tap = None

    def played(self, now: float) -> list[Played]:
        """What is to be heard by now; to be called after `frames`, every time."""
        played = self._hearing.playout.frames(now)
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
        return self._hearing.packet(packet, now, self._source)

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
        return self._reports.compose(now, self._outgoing.sending(now), self._hearing.incoming.current)

    def goodbye(self, now: float) -> bytes:
        return self._reports.goodbye(now, self._outgoing.sending(now), self._hearing.incoming.current)

    def measure(self, now: float) -> Measurement:
        reception = self._hearing.incoming.reception
        reports, buffer, refused = self._reports, self._hearing.playout.buffer, self.refused
        loop = self.prove()
        one_way, cause = judge(self._evidence(now, loop))
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
            jitter_ms=round(self._hearing.incoming.jitter_ms, 3),
            playout_delay_ms=_rounded(buffer.delay_ms),
            mos=self._score(),
            remote=text(remote),
            address_changes=self._latch.changes,
            foreign=refused.foreign + refused.reflected + self._hearing.strays + refused.misplaced,
            malformed=refused.malformed,
            flooded=refused.flooded,
            one_way=one_way,
            cause=cause,
            remote_report=reports.remote_report,
            remote_lost=reports.remote_lost,
            round_trip_ms=None if reports.round_trip_s is None else round(reports.round_trip_s * 1000, 2),
            level_sent_dbov=_rounded(self._outgoing.level_dbov(now)),
            level_received_dbov=_rounded(self._hearing.level.dbov(now)),
            loop=loop,
            dtmf_sent=self._outgoing.digits_sent,
            dtmf_received=self._hearing.digits,
        )

    def _evidence(self, now: float, loop: LoopProof | None) -> Evidence:
        refused = self.refused
        they_hear = self._reports.they_hear
        if loop is not None and loop.returned_percent >= _RETURNED_PERCENT:
            they_hear = True  # what came back must have been heard there, whatever their reports say
        return Evidence(
            received=self._hearing.incoming.reception.unique,
            elapsed_s=self._hearing.expected_for(now),
            expecting=self._stream.receiving,
            they_hear=they_hear,
            they_report=self._reports.heard,
            first_after_s=self._hearing.began_after or 0.0,
            quiet_s=self._hearing.quiet_for(now),
            arrives_silent=self._hearing.level.silent_for(SILENT_AFTER_S, SILENT_DBOV),
            strays=refused.foreign + refused.misplaced,
            microphone_silent=isinstance(self._source, Microphone) and self._outgoing.silent,
            private_ours=self._private,
            private_theirs=private(self._stream.remote_host),
            unknown_codec=self._hearing.unknown_codec,
            numbers_stand=self._hearing.numbers_stand,
            agreed=self._stream.receiving or self._stream.sending,
        )

    def _score(self) -> float | None:
        """MOS of what is heard: what came too late is lost to the ear.

        Delay: half the round trip if known, a frame, and the jitter buffer's.
        """
        reception, buffer = self._hearing.incoming.reception, self._hearing.playout.buffer
        if not reception.unique or self._hearing.unknown_codec:
            return None
        unheard = reception.lost + min(buffer.late, reception.unique)
        loss = 100.0 * unheard / (reception.lost + reception.unique)
        network = (self._reports.round_trip_s or 0.0) * 500
        delay = network + self._stream.ptime_ms + (buffer.delay_ms or FRAME_MS)
        return round(mean_opinion_score(loss, delay), 2)


def _no_proof() -> LoopProof | None:
    return None


def _rounded(level: float | None) -> float | None:
    return None if level is None else round(level, 1)
