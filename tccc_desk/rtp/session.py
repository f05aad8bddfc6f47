"""One call's media without sockets: packets out by the clock, packets in from anywhere."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from tccc_desk.rtp.g711 import CODEC_OF_STATIC_TYPE
from tccc_desk.rtp.latch import Address, Latch
from tccc_desk.rtp.level import LevelMeter
from tccc_desk.rtp.packet import MalformedPacket, RtpPacket, build_packet, parse_packet
from tccc_desk.rtp.quality import mean_opinion_score
from tccc_desk.rtp.report import Measurement
from tccc_desk.rtp.reports import ReportExchange, Sending
from tccc_desk.rtp.rtcp import parse_compound
from tccc_desk.rtp.sources import SoundSource
from tccc_desk.rtp.stream import IncomingStream
from tccc_desk.rtp.telephone_event import DigitReceiver, DigitSender
from tccc_desk.rtp.verdict import Evidence, one_way

RATE = 8000
MAX_BURST = 3
"""Frames sent at once to catch up after a delay; what is older is left out."""
_KEPT_DIGITS = 1024
EVENT = "telephone-event"


@dataclass(frozen=True, slots=True)
class Stream:
    """What to send and what to expect: the media half of a finished negotiation."""

    remote_host: str
    remote_port: int
    remote_rtcp_port: int
    codec: str
    payload_type: int
    ptime_ms: int
    telephone_event: int | None
    sending: bool
    """The direction lets us send."""
    receiving: bool
    """The direction lets them send."""
    receive_types: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """The numbers RFC 3550 wants random (sections 5.1 and 8), drawn by the caller."""

    ssrc: int
    sequence: int
    timestamp: int
    cname: str


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
        self._sequence = identity.sequence
        self._timestamp = identity.timestamp
        self._started = self._anchor = started
        self._tick = 0
        self._mark = True
        self._sent = self._octets = 0
        self._dtmf_sent = self._dtmf_received = ""
        self._digits_out = DigitSender()
        self._digits_in = DigitReceiver()
        self._level_sent = LevelMeter()
        self._level_received = LevelMeter()
        self._incoming = IncomingStream(RATE)
        self._latch = Latch(_address(stream.remote_host, stream.remote_port))
        self._rtcp_heard: Address | None = None
        self._reports = ReportExchange(
            identity.ssrc, identity.cname, started=started, wall_offset=wall_offset, random=random
        )
        self._types = _types(stream)
        self.refused = Refused()
        self.skipped = 0
        """Frames left out because we were too late for them."""
        self.unsent = 0
        """Packets the network would not take; the owner of the socket counts them here."""

    # -- sending

    @property
    def next_due(self) -> float:
        """When the next frame is to be sent: counted from the start, so errors never add up."""
        return self._anchor + self._tick * self._stream.ptime_ms / 1000

    @property
    def target(self) -> Address | None:
        return self._latch.target

    @property
    def address_changes(self) -> int:
        """How often their sound came to be from somewhere else than before or announced."""
        return self._latch.changes

    def frames(self, now: float) -> list[bytes]:
        """Every packet due by now, at most MAX_BURST; the timestamps of frames left out pass."""
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
            if self._stream.sending and self._latch.target is not None:
                packets.append(self._frame(samples, now))
            else:
                self._mark = True
            self._tick += 1
            self._timestamp = self._timestamp + samples & 0xFFFFFFFF
        return packets

    def _frame(self, samples: int, now: float) -> bytes:
        stream = self._stream
        payload_type, timestamp, marker = stream.payload_type, self._timestamp, self._mark
        # The source is asked even while a digit is sent, so that an echo keeps its pace.
        payload = self._source.frame(samples, stream.codec)
        event = self._digits_out.frame(timestamp, samples) if stream.telephone_event is not None else None
        if event is not None and stream.telephone_event is not None:
            payload_type, timestamp, marker = stream.telephone_event, event.timestamp, event.marker
            payload = event.payload
            self._dtmf_sent = (self._dtmf_sent + event.digit)[-_KEPT_DIGITS:]
        else:
            self._level_sent.add(payload, stream.codec, now)
        self._mark = False
        packet = RtpPacket(payload_type, self._sequence, timestamp, self._ssrc, payload, marker)
        self._sequence = self._sequence + 1 & 0xFFFF
        self._sent += 1
        self._octets += len(payload)
        return build_packet(packet)

    def send_digits(self, digits: str) -> bool:
        """Queue digits; False if they take no telephone-events. ValueError for what is no digit."""
        if self._stream.telephone_event is None:
            return False
        self._digits_out.queue(digits)
        return True

    def update(self, stream: Stream) -> None:
        """Go on with a new negotiation: same source, sequence numbers and clock."""
        if stream.ptime_ms != self._stream.ptime_ms:
            self._anchor, self._tick = self.next_due, 0
        if (stream.remote_host, stream.remote_port) != (self._stream.remote_host, self._stream.remote_port):
            self._rtcp_heard = None
        self._stream = stream
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
        self._reports.read(packets, now, self._sent)

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
        return self._reports.compose(now, self._sending(now), self._incoming.current)

    def goodbye(self, now: float) -> bytes:
        return self._reports.goodbye(now, self._sending(now), self._incoming.current)

    def _sending(self, now: float) -> Sending:
        timestamp = self._timestamp + int((now - self.next_due) * RATE) & 0xFFFFFFFF
        return Sending(self._sent, self._octets, timestamp)

    def measure(self, now: float) -> Measurement:
        reception = self._incoming.reception
        reports = self._reports
        announced = (self._stream.remote_host, self._stream.remote_port)
        return Measurement(
            codec=self._stream.codec,
            payload_type=self._stream.payload_type,
            ptime_ms=self._stream.ptime_ms,
            sent=self._sent - self.unsent,
            received=reception.unique,
            lost=reception.lost,
            jitter_ms=round(self._incoming.jitter_ms, 3),
            mos=self._score(),
            remote=_text(self._latch.current or announced),
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
            level_sent_dbov=_rounded(self._level_sent.dbov(now)),
            level_received_dbov=_rounded(self._level_received.dbov(now)),
            dtmf_sent=self._dtmf_sent,
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
