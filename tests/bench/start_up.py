"""How long after the process starts its first REGISTER is on the wire. Goal: 150 ms."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time

RUNS = 20


def main() -> None:
    for transport in ("udp", "tcp"):
        measured = sorted(register_once(transport) * 1000 for _ in range(RUNS))
        sys.stdout.write(
            f"first REGISTER over {transport} after: best {measured[0]:.0f} ms, "
            f"median {statistics.median(measured):.0f} ms, worst {measured[-1]:.0f} ms\n"
        )


def register_once(transport: str) -> float:
    """Seconds from the start of one `verify` to its first octets here."""
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        if transport == "tcp":
            server.listen()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        account = ["--username", "gateway01", "--domain", "1400000001.tccc.qcloud.com", "--server", address]
        secret, ours = os.pipe()
        os.write(ours, b"Practice2026")
        os.close(ours)
        begun = time.perf_counter()
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tccc_desk.cli", "verify", *account),
                *("--transport", transport, "--password-stdin"),
            ],
            stdin=secret,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(secret)
        try:
            source = server if transport == "udp" else server.accept()[0]
            with source:
                source.settimeout(10)
                first = source.recv(65536)
            taken = time.perf_counter() - begun
        finally:
            process.kill()
            process.wait()
    if not first.startswith(b"REGISTER "):
        raise RuntimeError(f"not a REGISTER: {first[:40]!r}")
    return taken


if __name__ == "__main__":
    main()
