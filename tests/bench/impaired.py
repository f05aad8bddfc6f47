"""What a call measures of a network that does harm, beside the harm that was really done; and the tone's way.

Two ports of ours talk through a relay, one for each kind of harm, all at once for a minute. The relay
keeps its own books: what it threw away, and RFC 3550's jitter of the times at which it sent on. Goals:
loss and jitter measured within 10 % of that, MOS never better for more harm, a tone through PCMA and PCMU
and back at least 37 dB above what it gains in noise.
"""

from __future__ import annotations

import heapq
import itertools
import math
import os
import random
import selectors
import socket
import threading
import time
from array import array
from dataclasses import dataclass, field

from tccc_desk.net.media import MediaClock, MediaPort
from tccc_desk.net.media_sockets import open_pair, receive
from tccc_desk.rtp.packet import parse_packet
from tccc_desk.rtp.pcm import companded, linear, packed, samples
from tccc_desk.rtp.report import Measurement
from tccc_desk.sdp.negotiate import MediaParameters

SECONDS = 8.0 if os.environ.get("BENCH") == "short" else 60.0


@dataclass(slots=True)
class Harm:
    """What is done to each packet, and what was done."""

    name: str
    loss: float = 0.0
    """Of 1."""
    jitter_s: float = 0.0
    """Each packet waits for a random time up to this."""
    swapped: float = 0.0
    """Share of packets that change places with the next one."""
    repeated: float = 0.0
    lost: int = 0
    doubled: int = 0
    turned: int = 0
    jitter: float = 0.0
    _last: tuple[float, int] | None = None
    highest: int = -1
    chance: random.Random = field(default_factory=lambda: random.Random(5))

    def judge(self, at: float, timestamp: int) -> None:
        """RFC 3550 A.8 over what is sent on, in seconds."""
        if self._last is not None:
            step = (timestamp - self._last[1] + 0x80000000 & 0xFFFFFFFF) - 0x80000000
            self.jitter += (abs(at - self._last[0] - step / 8000) - self.jitter) / 16
        self._last = (at, timestamp)


HARMS = (
    Harm("nothing"),
    Harm("1 % loss", loss=0.01),
    Harm("5 % loss", loss=0.05),
    Harm("10 % loss", loss=0.1),
    Harm("20 ms jitter", jitter_s=0.02),
    Harm("60 ms jitter", jitter_s=0.06),
    Harm("5 % out of order", swapped=0.05),
    Harm("5 % twice", repeated=0.05),
)
BY_HARM = (("nothing", "1 % loss", "5 % loss", "10 % loss"), ("nothing", "20 ms jitter", "60 ms jitter"))
"""In each of these rows the MOS must fall."""


class Relay:
    """Hands the packets of each call on, to one side with harm done."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._waiting: list[tuple[float, int, bytes, socket.socket, tuple[str, int], Harm | None]] = []
        self._count = itertools.count()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def between(self, caller: int, callee: int, harm: Harm) -> int:
        """A port that passes packets of `caller` on to `callee`, with harm, and back, without."""
        sock, other = open_pair("127.0.0.1", None, random.Random(1))
        other.close()
        self._selector.register(sock, selectors.EVENT_READ, (caller, callee, harm))
        port: int = sock.getsockname()[1]
        return port

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped:
            wait = self._waiting[0][0] - time.perf_counter() if self._waiting else 0.01
            if wait > 0.0015:
                ready = self._selector.select(min(wait - 0.001, 0.01))
            else:
                ready = self._selector.select(0)
            for key, _ in ready:
                assert isinstance(key.fileobj, socket.socket)
                while (received := receive(key.fileobj)) is not None:
                    self._take(received[0], received[1][1], key.fileobj, key.data)
            while self._waiting and self._waiting[0][0] <= time.perf_counter():
                _, _, data, sock, target, harm = heapq.heappop(self._waiting)
                if harm is not None:
                    sequence, timestamp = parse_packet(data)[1:3]
                    harm.judge(time.perf_counter(), timestamp)
                    harm.turned += (sequence - harm.highest) & 0xFFFF > 0x8000 and harm.highest >= 0
                    harm.highest = max(harm.highest, sequence)
                sock.sendto(data, target)

    def _take(self, data: bytes, source: int, sock: socket.socket, call: tuple[int, int, Harm]) -> None:
        caller, callee, harm = call
        now = time.perf_counter()
        if source != caller:
            self._send(now, data, sock, caller, None)
            return
        if harm.chance.random() < harm.loss:
            harm.lost += 1
            return
        due = now + 0.005 + harm.chance.random() * harm.jitter_s
        if harm.chance.random() < harm.swapped:
            due += 0.025
        self._send(due, data, sock, callee, harm)
        if harm.chance.random() < harm.repeated:
            harm.doubled += 1
            self._send(due + 0.001, data, sock, callee, None)

    def _send(self, at: float, data: bytes, sock: socket.socket, port: int, harm: Harm | None) -> None:
        entry = (at, next(self._count), data, sock, ("127.0.0.1", port), harm)
        heapq.heappush(self._waiting, entry)


def measure() -> dict[str, Measurement]:
    """Every harm at once."""
    clock, relay = MediaClock(), Relay()
    calls = []
    for harm in HARMS:
        caller, callee = MediaPort.open("127.0.0.1", clock), MediaPort.open("127.0.0.1", clock)
        port = relay.between(caller.port, callee.port, harm)
        calls.append((harm, caller, callee, port))
    relay.start()
    for _, caller, callee, port in calls:
        for one, source in ((callee, "echo"), (caller, "tone")):
            parameters = MediaParameters("127.0.0.1", port, "PCMA", 8, 20, None, "sendrecv", 0)
            one.start(parameters, source, lambda _: None)
    time.sleep(SECONDS)
    for _, caller, _, _ in calls:
        caller.close()
    time.sleep(0.3)
    found = {harm.name: callee.close() for harm, _, callee, _ in calls}
    relay.stop()
    clock.stop()
    return found


def snr(codec: str) -> float:
    """Decibels of the product's tone above the noise that a codec adds."""
    peak = 32768 * 10 ** (-10 / 20) * math.sqrt(2)
    sent = array("h", (round(peak * math.sin(math.pi * (n + 0.5) / 4)) for n in range(8000)))
    back = samples(linear(codec, companded(codec, packed(sent))))
    noise = sum((x - y) ** 2 for x, y in zip(sent, back, strict=True))
    return 10 * math.log10(sum(x * x for x in sent) / noise)


def main() -> None:
    found = measure()
    print(
        f"{'harm':18}{'lost':>6}{'applied':>9}{'jitter ms':>11}{'applied':>9}{'turned':>8}{'applied':>9}"
        f"{'twice':>7}{'applied':>9}{'late':>6}{'made up':>9}{'delay ms':>10}{'MOS':>6}"
    )
    for harm in HARMS:
        one = found[harm.name]
        print(
            f"{harm.name:18}{one.lost:6d}{harm.lost:9d}{one.jitter_ms:11.2f}{harm.jitter * 1000:9.2f}"
            f"{one.reordered:8d}{harm.turned:9d}{one.duplicated:7d}{harm.doubled:9d}{one.late:6d}"
            f"{one.concealed:9d}{one.playout_delay_ms or 0:10.0f}{one.mos or 0:6.2f}"
        )
    for row in BY_HARM:
        scores = [found[name].mos or 0 for name in row]
        print(
            f"MOS by {row[-1].split(maxsplit=2)[-1]}: {scores}",
            "falls" if scores == sorted(scores)[::-1] else "RISES",
        )
    for codec in ("PCMA", "PCMU"):
        print(f"1 kHz at -10 dBov through {codec} and back: {snr(codec):.1f} dB")


if __name__ == "__main__":
    main()
