"""A hundred calls' sound on one core, 50 packets a second both ways; and pyVoIP's RTP client beside it.

Each end is a process on a core of its own. Ours sends a tone or the echo of what comes, receives, measures
and runs its jitter buffer, as in the product. Goals: no packet more than 20 ms late, and at least ten
times fewer milliseconds of CPU for each second of a call than pyVoIP's client.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from typing import IO, Any, cast

SECONDS = 5.0 if os.environ.get("BENCH") == "short" else 30.0
CALLS = 100


def run(kind: str, calls: int, seconds: float) -> dict[str, float]:
    """One end of this kind against one of ours; what the first one cost."""
    ends = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench._media_end", name, str(calls), core],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, core in ((kind, "0"), ("ours", "1"))
    ]
    try:
        outs = [cast("IO[str]", end.stdout) for end in ends]
        ports = [json.loads(out.readline()) for out in outs]
        for end, others in zip(ends, reversed(ports), strict=True):
            into = cast("IO[str]", end.stdin)
            into.write(json.dumps([others, seconds]) + "\n")
            into.flush()
        results: list[dict[str, Any]] = [json.loads(out.readline()) for out in outs]
    finally:
        for end in ends:
            end.kill()
            end.wait()
    return results[0]


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    costs = {}
    for kind, calls in (("ours", CALLS), ("pyvoip", CALLS), ("pyvoip-calls", CALLS)):
        one = run(kind, calls, SECONDS)
        costs[kind] = one["cpu_ms"]
        print(
            f"{kind:12s} {calls:4d} calls  CPU {one['cpu_ms']:5.2f} ms a call-second, "
            f"{one['core_percent']:4.1f} % of a core  {one['kib']:5.1f} KiB a call",
            flush=True,
        )
        if kind == "ours":
            print(
                f"             sent {one['sent']:.0f} received {one['received']:.0f} lost {one['lost']:.0f}"
                f"  late p50 {one['p50']:.2f} p99 {one['p99']:.2f} max {one['worst']:.2f} ms,"
                f" {one['over_20']:.0f} over 20 ms",
                flush=True,
            )
    for kind in ("pyvoip", "pyvoip-calls"):
        print(f"{kind} to ours, CPU a call-second: {costs[kind] / costs['ours']:.1f}")


if __name__ == "__main__":
    main()
