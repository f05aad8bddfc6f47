"""Media ports: one call's RTP and RTCP sockets, served by the media thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

from tccc_desk.net.media_clock import MediaClock, clock
from tccc_desk.net.media_sockets import PortsExhausted, open_pair, receive
from tccc_desk.rtp.latch import Address
from tccc_desk.rtp.report import LoopProof, Measurement
from tccc_desk.rtp.session import MediaSession
from tccc_desk.rtp.sinks import Sink
from tccc_desk.rtp.sources import SoundSource, Source, source_named
from tccc_desk.rtp.stream import Identity, Stream
from tccc_desk.sdp.negotiate import MediaParameters

__all__ = ["Measurement", "MediaClock", "MediaPort", "PortsExhausted", "Source"]

_BUDGET = 256
"""Datagrams read with care on each socket between two frames; a call brings one or two.

Enough that a flood of 5,000 a second hides no packet of the call, little enough to cost 2 ms.
"""
_CALM = 8
"""Datagrams between two frames up to which one is read at a time.

The selector tells of the next one; asking the socket until it has nothing costs a call more for each.
"""
_DISCARDED_AT_ONCE = 512
_STALE_AT_MOST = 4096


class MediaPort:
    """RTP on an even port and RTCP on the next one, bound to one local address.

    Every method may be called from any thread. Digits are called back on the media thread, with no
    lock held.
    """

    def __init__(self, clock_: MediaClock, rtp: socket.socket, rtcp: socket.socket) -> None:
        self._clock = clock_
        self._rtp = rtp
        self._rtcp = rtcp
        self._lock = threading.Lock()
        self._session: MediaSession | None = None
        self._on_digit: Callable[[str], None] = _nobody
        self._on_moved: Callable[[str, str], None] = _no_move
        self._prove: Callable[[], LoopProof | None] | None = None
        self._waiting: list[tuple[Sink, bool]] = []
        self._budget = {rtp: _BUDGET, rtcp: _BUDGET}
        self._final: Measurement | None = None
        self.port: int = rtp.getsockname()[1]

    @classmethod
    def open(cls, host: str, clock: MediaClock, ports: tuple[int, int] | None = None) -> MediaPort:
        """Bind a pair of ports on `host`, within `ports` if given. Raises PortsExhausted."""
        return cls(clock, *open_pair(host, ports, clock.random))

    def start(
        self,
        parameters: MediaParameters,
        source: Source | SoundSource,
        on_digit: Callable[[str], None],
        on_moved: Callable[[str, str], None] | None = None,
    ) -> None:
        """Begin to send and to count; on a started port the same as `update`. Nothing once closed.

        `on_moved(before, now)` is told, as host:port, when their sound comes from elsewhere than
        announced or before.
        """
        with self._lock:
            if self._final is not None:
                return
            if self._session is not None:
                self._session.update(_stream(parameters), clock())
                return
            self._discard_stale()
            chance = self._clock.random
            now = clock()
            self._on_digit = on_digit
            if on_moved is not None:
                self._on_moved = on_moved
            self._session = MediaSession(
                _stream(parameters),
                source_named(source) if isinstance(source, str) else source,
                Identity(
                    ssrc=chance.getrandbits(32),
                    sequence=chance.getrandbits(16),
                    timestamp=chance.getrandbits(32),
                    cname=f"{chance.getrandbits(64):016x}",
                ),
                started=self._clock.next_slot(now),
                wall_offset=time.time() - now,
                random=chance.random,
                local_host=self._rtp.getsockname()[0],
            )
            for sink, ours in self._waiting:
                self._session.attach(sink, ours=ours)
            if self._prove is not None:
                self._session.prove = self._prove
        self._clock.add(self)

    def update(self, parameters: MediaParameters) -> None:
        """Go on with a new negotiation: hold, another address, another codec."""
        with self._lock:
            if self._session is not None and self._final is None:
                self._session.update(_stream(parameters), clock())

    def answered(self) -> None:
        """What came until now was early media; nothing before the start or once closed."""
        with self._lock:
            if self._session is not None and self._final is None:
                self._session.answered()

    def change_source(self, source: Source | SoundSource) -> None:
        """Send something else from the next packet on; nothing before the start or once closed."""
        with self._lock:
            if self._session is not None and self._final is None:
                self._session.change_source(source_named(source) if isinstance(source, str) else source)

    def attach(self, sink: Sink, *, ours: bool = False) -> None:
        """Let a sink hear them, or what we send with `ours`; before the start it waits for it.

        It is called on the media thread, with no lock held.
        """
        with self._lock:
            if self._session is None:
                self._waiting.append((sink, ours))
            else:
                self._session.attach(sink, ours=ours)

    def prove_by(self, prove: Callable[[], LoopProof | None]) -> None:
        """Let every report carry what this says of our sound come back. Asked on any thread, briefly."""
        with self._lock:
            self._prove = prove
            if self._session is not None:
                self._session.prove = prove

    def detach(self, sink: Sink) -> None:
        """Let a sink hear no more, neither them nor us. A frame may be on its way to it still."""
        with self._lock:
            self._waiting = [one for one in self._waiting if one[0] is not sink]
            if self._session is not None:
                self._session.detach(sink)

    def send_digits(self, digits: str) -> bool:
        """Queue DTMF digits, ',' pauses two seconds.

        False if they take no telephone-events, more than 1024 digits wait, or the call is over.
        ValueError for characters that are no digits.
        """
        with self._lock:
            return self._session is not None and self._final is None and self._session.send_digits(digits)

    def send_tones(self, digits: str) -> bool:
        """Queue DTMF digits as tones within our sound, ',' pauses two seconds; otherwise the same."""
        with self._lock:
            return self._session is not None and self._final is None and self._session.send_tones(digits)

    def report(self) -> Measurement:
        """What was measured until now."""
        with self._lock:
            if self._final is not None:
                return self._final
            return Measurement() if self._session is None else self._session.measure(clock())

    def close(self) -> Measurement:
        """Say goodbye by RTCP, release both ports and give the final measurement. May be repeated."""
        with self._lock:
            if self._final is not None:
                return self._final
            session, now = self._session, clock()
            self._final = Measurement() if session is None else session.measure(now)
            if session is not None:
                self._send(self._rtcp, session.goodbye(now), session.rtcp_target)
        if session is not None:
            self._clock.remove(self)
        self._rtp.close()
        self._rtcp.close()
        return self._final

    # -- the media thread's side

    @property
    def next_due(self) -> float:
        return 0.0 if self._session is None else self._session.next_due

    def readers(self) -> tuple[tuple[socket.socket, Callable[[float], None]], ...]:
        return ((self._rtp, self._read_rtp), (self._rtcp, self._read_rtcp))

    def tick(self, now: float) -> None:
        """Send every frame due, and our report if its time has come; then let the sinks hear."""
        with self._lock:
            session = self._session
            if session is None or self._final is not None:
                return
            self._budget[self._rtp] = self._budget[self._rtcp] = _BUDGET
            for packet in session.frames(now):
                if not self._send(self._rtp, packet, session.target):
                    session.unsent += 1
            report = session.rtcp(now)
            if report is not None:
                self._send(self._rtcp, report, session.rtcp_target)
            played = session.played(now)
        for sinks, pcm, due in played:
            for sink in sinks:
                self._clock.guarded(sink.play, pcm, due)

    def _send(self, sock: socket.socket, data: bytes, target: Address | None) -> bool:
        """Hand a datagram to the network; what it refuses (no route, full buffer) is lost, as on the way."""
        if target is None:
            return False
        try:
            sock.sendto(data, target)
        except OSError:
            return False
        return True

    def _read_rtp(self, until: float) -> None:
        self._read(self._rtp, until, rtp=True)

    def _read_rtcp(self, until: float) -> None:
        self._read(self._rtcp, until, rtp=False)

    def _read(self, sock: socket.socket, until: float, *, rtp: bool) -> None:
        """Read what is there until `until`, the time the next packet of any call is due."""
        digits = ""
        with self._lock:
            session = self._session
            if session is None or self._final is not None:
                return
            while clock() < until:
                if self._budget[sock] <= 0:
                    session.refused.flooded += self._discard(sock, until)
                    break
                received = receive(sock)
                if received is None:
                    break
                now = clock()
                self._budget[sock] -= 1
                data, source, waited = received
                if rtp:
                    digits += session.receive_rtp(data, source, now - waited)
                else:
                    session.receive_rtcp(data, source, now - waited)
                if self._budget[sock] >= _BUDGET - _CALM:
                    break
            on_digit, on_moved = self._on_digit, self._on_moved
            moves = session.moves()
        for before, here in moves:
            on_moved(before, here)
        for digit in digits:
            on_digit(digit)

    def _discard(self, sock: socket.socket, until: float) -> int:
        for count in range(_DISCARDED_AT_ONCE):
            if clock() >= until or receive(sock) is None:
                return count
        return _DISCARDED_AT_ONCE

    def _discard_stale(self) -> None:
        """What came before the start would arrive all at once now and count as jitter."""
        for sock in (self._rtp, self._rtcp):
            for _ in range(_STALE_AT_MOST):
                if receive(sock) is None:
                    break


def _nobody(digit: str) -> None:
    """Take digits while nobody listens."""


def _no_move(before: str, now: str) -> None:
    """Take moves while nobody listens."""


def _stream(parameters: MediaParameters) -> Stream:
    return Stream(
        remote_host=parameters.remote_host,
        remote_port=parameters.remote_port,
        remote_rtcp_port=parameters.remote_rtcp_port,
        codec=parameters.codec,
        payload_type=parameters.payload_type,
        ptime_ms=parameters.ptime_ms,
        telephone_event=parameters.telephone_event,
        sending=parameters.direction in {"sendrecv", "sendonly"},
        receiving=parameters.direction in {"sendrecv", "recvonly"},
        receive_types=parameters.receive_types,
    )
