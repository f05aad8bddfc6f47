"""One call's media without sockets: packets out by the clock, packets in from anywhere."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from tccc_desk.rtp.g711 import CODEC_OF_STATIC_TYPE
from tccc_desk.rtp.incoming import IncomingStream
from tccc_desk.rtp.latch import Address, Latch
from tccc_desk.rtp.level import LevelMeter
from tccc_desk.rtp.outgoing import OutgoingStream
from tccc_desk.rtp.packet import MalformedPacket, RtpPacket, parse_packet
from tccc_desk.rtp.quality import mean_opinion_score
from tccc_desk.rtp.report import Measurement
from tccc_desk.rtp.reports import ReportExchange
from tccc_desk.rtp.rtcp import parse_compound
from tccc_desk.rtp.sources import SoundSource
from tccc_desk.rtp.stream import RATE, Identity, Stream
from tccc_desk.rtp.telephone_event import DigitReceiver
from tccc_desk.rtp.verdict import Evidence, one_way

_KEPT_DIGITS = 1024
EVENT = "telephone-event"


@dataclass(slots=True)
class Refused:
    """Datagrams that were not taken, by reason."""

    malformed: int = 0
    foreign: int = 0
    """From an address that is not theirs."""
    strays: int = 0
    """From another source (SSRC) at their address."""
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
    ) -> None:
        self._stream = stream
        self._source = source
        self._ssrc = identity.ssrc
        self._started = started
        self._outgoing = OutgoingStream(stream, source, identity, started)
        self._dtmf_received = ""
        self._digits_in = DigitReceiver()
        self._level_received = LevelMeter()
        self._incoming = IncomingStream(RATE)
        self._latch = Latch(_address(stream.remote_host, stream.remote_port))
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

    def update(self, stream: Stream) -> None:
        """Go on with a new negotiation: same source, sequence numbers and clock."""
        if (stream.remote_host, stream.remote_port) != (self._stream.remote_host, self._stream.remote_port):
            self._rtcp_heard = None
        self._stream = stream
        self._outgoing.update(stream)
        self._types = _types(stream)
        self._latch.announce(_address(stream.remote_host, stream.remote_port))

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
        if packet.ssrc == self._ssrc or not self._latch.accept(source, packet.ssrc, packet.sequence, now):
            self.refused.foreign += 1  # our own SSRC is a reflection of what we sent
            return ""
        meaning = self._types.get(packet.payload_type, "")
        fresh = self._incoming.packet(packet, now, timed=meaning != EVENT)
        if fresh is None:
            self.refused.strays += 1
        if not fresh:
            return ""
        if meaning == EVENT:
            digit = self._digits_in.packet(packet.payload, packet.timestamp)
            self._dtmf_received = (self._dtmf_received + digit)[-_KEPT_DIGITS:]
            return digit
        if meaning:
            self._level_received.add(packet.payload, meaning, now)
            self._source.heard(packet.payload, meaning)
        else:
            self.refused.unknown_types += 1
        return ""

    def receive_rtcp(self, data: bytes, source: Address, now: float) -> None:
        """Take a datagram of the RTCP port. Never raises."""
        hosts = {address[0] for address in (self._latch.announced, self._latch.current) if address}
        if source[0] not in hosts:
            self.refused.foreign += 1
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
        reports = self._reports
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
            jitter_ms=round(self._incoming.jitter_ms, 3),
            mos=self._score(),
            remote=_text(remote),
            one_way=one_way(
                Evidence(
                    received=reception.unique,
                    elapsed_s=now - self._started,
                    expecting=self._stream.receiving,
                    they_hear=reports.they_hear,
                )
            ),
            remote_report=reports.remote_report,
            remote_lost=reports.remote_lost,
            round_trip_ms=None if reports.round_trip_s is None else round(reports.round_trip_s * 1000, 2),
            level_sent_dbov=_rounded(self._outgoing.level_dbov(now)),
            level_received_dbov=_rounded(self._level_received.dbov(now)),
            dtmf_sent=self._outgoing.digits_sent,
            dtmf_received=self._dtmf_received,
        )

    def _score(self) -> float | None:
        """MOS of what arrives. Delay: half the round trip if known, a frame, and a jitter buffer."""
        reception = self._incoming.reception
        if not reception.unique:
            return None
        loss = 100.0 * reception.lost / (reception.lost + reception.unique)
        network = (self._reports.round_trip_s or 0.0) * 500
        delay = network + self._stream.ptime_ms + 2 * self._incoming.jitter_ms
        return round(mean_opinion_score(loss, delay), 2)


def _types(stream: Stream) -> dict[int, str]:
    types: dict[int, str] = dict(CODEC_OF_STATIC_TYPE)
    if stream.telephone_event is not None:
        types[stream.telephone_event] = EVENT
    types[stream.payload_type] = stream.codec
    types.update(stream.receive_types)
    return types


def _address(host: str, port: int) -> Address | None:
    """A usable address literal in its one canonical spelling; None for 0.0.0.0, names and port 0."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return None if address.is_unspecified or not port else (str(address), port)


def _text(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _rounded(level: float | None) -> float | None:
    return None if level is None else round(level, 1)
