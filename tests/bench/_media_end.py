"""Many calls' sound in one process, on one core; run by `calls_at_once`.

    python -m tests.bench._media_end KIND CALLS CORE

KIND is "ours", "pyvoip" or "pyvoip-calls" (with a thread for each call, as that phone is used). It prints
its ports as JSON, reads those of the other end and the seconds to run, and prints what it cost. All kinds
send 50 packets a second for each call and read all that comes.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
import threading
import time
import warnings
from functools import partial
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """Octets of memory in use."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def exchange(ports: list[int]) -> tuple[list[int], float]:
    """Tell our ports; learn theirs, and for how long."""
    print(json.dumps(ports), flush=True)
    theirs, seconds = json.loads(sys.stdin.readline())
    return theirs, seconds


def ours(calls: int) -> dict[str, float]:
    from tccc_desk.net.media import MediaClock, MediaPort
    from tccc_desk.sdp.negotiate import MediaParameters

    late: list[float] = []
    clock = MediaClock(observe=late.append)
    warm = MediaPort.open("127.0.0.1", clock)
    warm.start(MediaParameters("127.0.0.1", 9, "PCMA", 8, 20, 101, "sendrecv", 10), "tone", print)
    time.sleep(0.2)
    warm.close()
    gc.collect()
    memory = resident()
    ports = [MediaPort.open("127.0.0.1", clock) for _ in range(calls)]
    theirs, seconds = exchange([port.port for port in ports])
    late.clear()
    busy, begun = time.process_time(), time.perf_counter()
    for port, other in zip(ports, theirs, strict=True):
        parameters = MediaParameters("127.0.0.1", other, "PCMA", 8, 20, 101, "sendrecv", other + 1)
        port.start(parameters, "echo" if port.port % 4 else "tone", lambda _: None)
    time.sleep(1.0)
    memory = resident() - memory  # before the list of what was late grows
    time.sleep(seconds - 1.0)
    reports = [port.report() for port in ports]
    busy, lasted = time.process_time() - busy, time.perf_counter() - begun
    lateness = sorted(late)
    for port in ports:
        port.close()
    clock.stop()
    return {
        "sent": sum(one.sent for one in reports),
        "received": sum(one.received for one in reports),
        "lost": sum(one.lost for one in reports),
        "played_late": sum(one.late for one in reports),
        "faults": clock.faults,
        "cpu_ms": busy * 1000 / lasted / calls,
        "core_percent": busy * 100 / lasted,
        "kib": memory / 1024 / calls,
        "p50": lateness[len(lateness) // 2] * 1000,
        "p99": lateness[len(lateness) * 99 // 100] * 1000,
        "worst": lateness[-1] * 1000,
        "over_20": sum(one > 0.02 for one in lateness),
    }


def pyvoip(calls: int, *, threads: bool = False) -> dict[str, float]:
    from pyVoIP.RTP import PayloadType, RTPClient, TransmitType

    warnings.simplefilter("ignore")
    gc.collect()
    memory = resident()
    held = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(calls)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    theirs, seconds = exchange(ports)
    for one in held:
        one.close()
    kinds = {8: PayloadType.PCMA, 101: PayloadType.EVENT}
    clients = [
        RTPClient(kinds, "127.0.0.1", port, "127.0.0.1", other, TransmitType.SENDRECV)
        for port, other in zip(ports, theirs, strict=True)
    ]
    tone = bytes(128 + (n % 8) * 8 for n in range(8000))
    busy, begun = time.process_time(), time.perf_counter()
    stopped = threading.Event()

    def use() -> None:
        # The least that can be done with it: sound handed over and taken out once a second.
        while not stopped.wait(1.0):
            for client in clients:
                client.write(tone)
                client.pmin.read(8000)

    def echo(client: RTPClient) -> None:
        # As its calls are used: a thread each, which reads what comes and writes it back.
        while not stopped.is_set():
            client.write(client.read(160))

    for client in clients:
        client.write(tone)
        client.start()
    users = [threading.Thread(target=echo, args=(client,)) for client in clients] if threads else []
    for user in users or [threading.Thread(target=use)]:
        user.daemon = True
        user.start()
    time.sleep(seconds)
    busy, lasted = time.process_time() - busy, time.perf_counter() - begun
    memory = resident() - memory
    stopped.set()
    for client in clients:
        client.stop()
    return {
        "cpu_ms": busy * 1000 / lasted / calls,
        "core_percent": busy * 100 / lasted,
        "kib": memory / 1024 / calls,
    }


def main() -> None:
    kinds = {"ours": ours, "pyvoip": pyvoip, "pyvoip-calls": partial(pyvoip, threads=True)}
    kind, calls, core = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})
    print(json.dumps(kinds[kind](calls)), flush=True)
    os._exit(0)  # pyVoIP's threads do not end by themselves


if __name__ == "__main__":
    main()
