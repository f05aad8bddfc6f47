"""Messages read a second, beside the SIP parsers of aiosipua, rfcvoip and pyVoIP on the same octets.

`parse` is one call of each parser: ours judges the fields that matter, rfcvoip and pyVoIP take apart
what they know, the session description with it, aiosipua only cuts lines. `fields` is parse and then
Via, From, To, CSeq, Call-ID, Contact and Request-URI as values, URIs taken apart, which is what a user
agent needs; rfcvoip and pyVoIP leave Contact and URIs as text.
"""

from __future__ import annotations

import base64
import json
import math
import os
import subprocess
import sys
from pathlib import Path

from tests.bench._messages import messages

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("_parse_rate.py")
PEERS = Path(os.environ.get("BENCH_PEERS", str(ROOT / ".venv-bench")))
"""The virtual environment with the other parsers, from requirements-bench.txt."""
NAMES = ("tccc_desk", "aiosipua", "rfcvoip", "pyVoIP")

Rates = dict[str, list[tuple[float | None, float | None]]]
"""Parse and fields, None where the parser fails on the message or does not offer them."""


def measure(given: dict[str, bytes]) -> Rates:
    """Rates of every parser that is there, by name, in the order of the messages."""
    found: Rates = {}
    for name in NAMES:
        python = Path(sys.executable) if name == "tccc_desk" else PEERS / "bin/python"
        if not python.exists():
            print(f"{name}: not measured, {python} is missing (make bench installs it)")
            continue
        found[name] = json.loads(
            subprocess.run(
                [python, SCRIPT, name],
                input=json.dumps([base64.b64encode(data).decode() for data in given.values()]),
                capture_output=True,
                text=True,
                check=True,
                timeout=120,
                env={**os.environ, "PYTHONPATH": str(ROOT) if name == "tccc_desk" else ""},
            ).stdout
        )
    return found


def _mean(rates: list[float]) -> float:
    """Geometric: no message counts more than another."""
    return math.exp(sum(map(math.log, rates)) / len(rates))


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def main() -> None:
    given = messages()
    rates = measure(given)
    print(f"{'messages a second':24}" + "".join(f"{name:>22}" for name in rates))
    print(f"{'':24}" + f"{'parse':>13}{'fields':>9}" * len(rates))
    for row, (title, data) in enumerate(given.items()):
        cells = "".join(f"{_cell(one[row][0]):>13}{_cell(one[row][1]):>9}" for one in rates.values())
        print(f"{title + f', {len(data)}':24}{cells}")
    for column, what in enumerate(("parse", "fields")):
        # Each peer is compared on the messages it can read.
        ratios = {}
        for name in list(rates)[1:]:
            both = [
                (ours[column], theirs[column])
                for ours, theirs in zip(rates["tccc_desk"], rates[name], strict=True)
            ]
            if known := [ours / theirs for ours, theirs in both if ours and theirs]:
                ratios[name] = _mean(known)
        said = ", ".join(f"{ratio:.2f} times {name}" for name, ratio in ratios.items())
        print(f"{what}: {said or 'no peer to compare with'}")


if __name__ == "__main__":
    main()
