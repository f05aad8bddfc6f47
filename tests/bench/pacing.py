"""How evenly sound is sent: the window's engine process, and baresip beside it, at the same receiver.

Both send PCMA with 20 ms for a minute to sockets that note when the kernel got each packet; what is
late is measured against the even schedule that fits the earliest ones. Then ours again while a window
repaints, appends 5,000 log lines a second and is filtered. Goals: idle p99 at most 1.5 ms, ahead of
baresip, mean 20.00; beside the window p99 at most 5, the latest at most 20 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tccc_desk.engine.channel import frame
from tccc_desk.engine.commands import ConfigureTrunk, PlaceTestCall, RegisterTrunk, Shutdown
from tccc_desk.net.media_sockets import open_pair, receive
from tccc_desk.rtp.packet import parse_packet
from tccc_desk.trunk.profile import Trunk
from tests.bench._far_end import FarEnd, _response
from tests.bench._messages import DOMAIN
from tests.helpers.baresip import Baresip

SECONDS = 5.0 if os.environ.get("BENCH") == "short" else 60.0
LINE = "02188886001"
CALLER = "13800138000"
PTIME_S = 0.02


class Receiver:
    """One socket a sender; notes when each packet arrived at the kernel."""

    def __init__(self) -> None:

        self.came: dict[int, list[tuple[int, float]]] = {}
        self._selector = selectors.DefaultSelector()
        for _ in range(2):
            rtp, rtcp = open_pair("127.0.0.1", None, random.Random())
            rtcp.close()
            self._selector.register(rtp, selectors.EVENT_READ)
            self.came[rtp.getsockname()[1]] = []
        self.ports = list(self.came)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                while (received := receive(sock)) is not None:
                    at = time.perf_counter() - received[2]
                    self.came[sock.getsockname()[1]].append((parse_packet(received[0]).timestamp, at))

    def forget(self) -> None:
        for packets in self.came.values():
            packets.clear()


class Line(FarEnd):
    """Answers at once: our calls with one port of the receiver, other people's with the other."""

    def __init__(self, ports: list[int]) -> None:
        super().__init__()
        self._ports = ports

    def answers(self, data: bytes) -> list[bytes]:
        if not data.startswith(b"INVITE "):
            return super().answers(data)
        port = self._ports[CALLER.encode() not in data]
        body = (
            b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            b"m=audio %d RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\n" % port
        )
        contact = b"Contact: <sip:line@127.0.0.1:%d>" % self.port
        return [_response(data, b"200 OK", contact, b"Content-Type: application/sdp", body=body)]


def figures(came: list[tuple[int, float]]) -> str:
    """Gaps, and how late each packet is on the even schedule that the earliest ones keep."""
    first = came[0][0]
    numbered = [((timestamp - first & 0xFFFFFFFF) / 160, at) for timestamp, at in came]
    gaps = sorted(1000 * (two[1] - one[1]) for one, two in itertools.pairwise(numbered))
    mean = 1000 * (numbered[-1][1] - numbered[0][1]) / (numbered[-1][0] - numbered[0][0])
    offsets = [at - number * PTIME_S for number, at in numbered]
    late = sorted(1000 * (offset - min(offsets)) for offset in offsets)
    return (
        f"{len(came):5d} packets  gap mean {mean:.3f} p50 {gaps[len(gaps) // 2]:.2f}"
        f" p99 {gaps[len(gaps) * 99 // 100]:.2f} max {gaps[-1]:.2f} ms"
        f"  late p50 {late[len(late) // 2]:.2f} p99 {late[len(late) * 99 // 100]:.2f} max {late[-1]:.2f} ms"
    )


@contextlib.contextmanager
def engine(port: int) -> Iterator[None]:
    """The window's engine process in a call."""
    trunk = Trunk(
        name="t", username="gateway01", domain=DOMAIN, server="127.0.0.1", port=port, transport="udp"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "tccc_desk.engine.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    try:
        for command in (
            ConfigureTrunk(trunk=trunk, password="Practice2026"),
            RegisterTrunk(trunk="t"),
            PlaceTestCall(trunk="t", call="c", caller=CALLER, line=LINE, play="tone", duration_s=None),
        ):
            process.stdin.write(frame(command))
        process.stdin.flush()
        yield
        process.stdin.write(frame(Shutdown(deadline_s=1.0)))
        process.stdin.flush()
        process.wait(5)
    finally:
        process.kill()
        process.wait()


def await_sound(receiver: Receiver) -> None:
    """Wait until both send. Raises TimeoutError."""
    end = time.monotonic() + 15
    while not all(receiver.came.values()):
        if time.monotonic() > end:
            raise TimeoutError("not both send")
        time.sleep(0.1)
    time.sleep(1.0)


async def run() -> None:
    receiver = Receiver()
    far_end = Line(receiver.ports)
    await far_end.start()
    ours, theirs = receiver.ports
    with engine(far_end.port):
        with (
            tempfile.TemporaryDirectory() as folder,
            Baresip(Path(folder) / "b", codecs=("PCMA/8000/1",)) as phone,
        ):
            phone.dial(f"sip:{LINE}@127.0.0.1:{far_end.port}")
            await asyncio.to_thread(await_sound, receiver)
            receiver.forget()
            await asyncio.sleep(SECONDS)
            print(f"TCCC Desk, idle    {figures(receiver.came[ours])}")
            print(f"baresip, idle      {figures(receiver.came[theirs])}", flush=True)
        window = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench._window_load", str(SECONDS + 2)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert window.stdout is not None
        await window.stdout.readline()
        await asyncio.sleep(1.0)
        receiver.forget()
        await asyncio.sleep(SECONDS)
        print(f"TCCC Desk, window  {figures(receiver.came[ours])}")
        output, _ = await window.communicate()
        print(f"                   the window took {output.decode().strip()} lines a second", flush=True)
    far_end.stop()


def main() -> None:
    asyncio.run(run())


if __name__ == "__main__":
    main()
