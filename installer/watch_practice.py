"""Run a command and tell, from loopback's packets alone, how far its trunk and call get.

    python3 installer/watch_practice.py COMMAND...

One line each, once: `registered`, `answered`, `sound both ways`, `hung up`, `binding removed`.
Exit status 0 when all were seen and the command has ended, 1 otherwise. As root on Linux, best
in a network namespace of its own, where nobody else's calls are seen. Needs nothing but
Python's standard library.
"""

from __future__ import annotations

import re
import socket
import struct
import subprocess
import sys
import time
from collections import Counter

ALL_PROTOCOLS = 3
OUTGOING = 4
TCP, UDP = 6, 17
RTP_G711 = {0, 8}
SOUND_PACKETS = 50
LIMIT_S = 240.0
STEPS = ("registered", "answered", "sound both ways", "hung up", "binding removed")


def payload_of(packet: bytes) -> tuple[int, int, bytes] | None:
    """Ports and payload of an IPv4 TCP or UDP packet behind an Ethernet header."""
    at = 14 + (packet[14] & 15) * 4 if len(packet) > 34 and packet[14] >> 4 == 4 else 0
    if not at or packet[23] not in (TCP, UDP) or len(packet) < at + 20:
        return None
    source, destination = struct.unpack_from("!HH", packet, at)
    header = (packet[at + 12] >> 4) * 4 if packet[23] == TCP else 8
    return source, destination, packet[at + header :]


class Watch:
    """Steps seen so far, told as they come."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.sound: Counter[tuple[int, int]] = Counter()
        self.leaving: set[bytes] = set()

    def step(self, name: str) -> None:
        if name not in self.seen:
            self.seen.add(name)
            print(name, flush=True)

    def packet(self, source: int, destination: int, data: bytes) -> None:
        if len(data) == 172 and data[0] == 0x80 and data[1] & 0x7F in RTP_G711:
            self.sound[source, destination] += 1
            if min(self.sound[source, destination], self.sound[destination, source]) >= SOUND_PACKETS:
                self.step("sound both ways")
            return
        cseq = re.search(rb"(?im)^CSeq: *(\d+ [A-Z]+)\r?$", data)
        if cseq is None:
            return
        if data.startswith(b"REGISTER ") and re.search(rb"(?im)^Expires: *0\r?$|;expires=0\b", data):
            self.leaving.add(cseq.group(1))
        elif data.startswith(b"SIP/2.0 200 "):
            self._agreed(cseq.group(1), data)

    def _agreed(self, cseq: bytes, data: bytes) -> None:
        if cseq.endswith(b"REGISTER"):
            if cseq in self.leaving:
                self.step("binding removed")
            elif re.search(rb"(?im)^Contact: ", data):
                self.step("registered")
        elif cseq.endswith(b"INVITE"):
            self.step("answered")
        elif cseq.endswith(b"BYE"):
            self.step("hung up")


def main(command: list[str]) -> int:
    """Watch until the command has ended; it is ended after LIMIT_S."""
    watch = Watch()
    deadline = time.monotonic() + LIMIT_S
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS)) as tap:
        tap.bind(("lo", ALL_PROTOCOLS))
        tap.settimeout(0.5)
        with subprocess.Popen(command) as child:
            while child.poll() is None:
                if time.monotonic() > deadline:
                    child.terminate()
                    break
                try:
                    packet, address = tap.recvfrom(65536)
                except TimeoutError:
                    continue
                found = payload_of(packet)
                if found is not None and address[2] != OUTGOING:
                    watch.packet(*found)
    missing = [name for name in STEPS if name not in watch.seen]
    if missing:
        print("not seen:", ", ".join(missing), flush=True)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
