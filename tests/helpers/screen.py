"""A virtual screen for tests that need a real window system: Xvfb on a display number it chooses."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.helpers.process import Program


@dataclass(slots=True)
class Screen:
    """One Xvfb. `display` is what goes into DISPLAY of the programs to show there."""

    folder: Path
    size: str = "1440x900x24"
    program: Program | None = None
    display: str = ""

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        chosen = self.folder / "display"
        # Xvfb writes the number it took to the file descriptor it is told; a shell opens the file.
        command = f'exec Xvfb -displayfd 3 -screen 0 {self.size} -nolisten tcp 3>"{chosen}"'
        self.program = Program(["sh", "-c", command], self.folder / "xvfb.log", env=os.environ)
        self.program.await_ready(lambda: chosen.exists() and chosen.read_text().endswith("\n"))
        self.display = f":{chosen.read_text().strip()}"
        return self

    def __exit__(self, *_: object) -> None:
        if self.program is not None:
            self.program.stop()
