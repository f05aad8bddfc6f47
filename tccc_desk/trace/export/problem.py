"""What keeps an export from being made, as a value with a text id."""

from __future__ import annotations


class ExportProblem(Exception):
    """One sentence for the admin: `finding` is a text id "trace.export.<...>", `details` fill its holes."""

    def __init__(self, finding: str, **details: str) -> None:
        super().__init__(finding)
        self.finding = finding
        self.details = details
