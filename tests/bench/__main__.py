"""`make bench`: run every benchmark of this directory, one after the other."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def main() -> None:
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        sys.stdout.write(f"== {path.stem}\n")
        sys.stdout.flush()
        importlib.import_module(f"tests.bench.{path.stem}").main()


if __name__ == "__main__":
    main()
