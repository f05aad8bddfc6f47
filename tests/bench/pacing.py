"""How late the media thread sends: p50, p99 and max over ten seconds with 1 and 20 calls.

Run by `make bench`; prints figures and judges nothing. A call is two ports that send a tone to each
other over loopback, so every packet is received, measured and counted as well.
"""

from __future__ import annotations

import sys
import time

from tccc_desk.net.media import MediaClock, MediaPort
from tccc_desk.sdp.negotiate import MediaParameters

SECONDS = 10.0


def measure(calls: int, seconds: float) -> str:
    late: list[float] = []
    clock = MediaClock(observe=late.append)
    ports = [MediaPort.open("127.0.0.1", clock) for _ in range(2 * calls)]
    busy = time.process_time()
    for index, port in enumerate(ports):
        other = ports[index ^ 1].port
        parameters = MediaParameters("127.0.0.1", other, "PCMA", 8, 20, 101, "sendrecv", other + 1)
        port.start(parameters, "tone", lambda _: None)
    time.sleep(seconds)
    reports = [port.close() for port in ports]
    busy = time.process_time() - busy
    clock.stop()
    late.sort()
    p50, p99, worst = (late[min(len(late) - 1, int(len(late) * part))] * 1000 for part in (0.5, 0.99, 1.0))
    sent, received = sum(report.sent for report in reports), sum(report.received for report in reports)
    return (
        f"{calls:3d} calls  late p50 {p50:6.3f} ms  p99 {p99:6.3f} ms  max {worst:7.3f} ms  "
        f"sent {sent} received {received}  CPU {busy * 1000 / calls / seconds:.2f} ms per call-second "
        "(both ends)"
    )


def main() -> None:
    for calls in (1, 20):
        sys.stdout.write(measure(calls, SECONDS) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
