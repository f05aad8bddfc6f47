"""`end-status CODE`: what an end status of the provider's console means, as we read it."""

from __future__ import annotations

from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.texts.catalogue import text
from tccc_desk.trunk.end_status import END_STATUSES, find_status
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import shown


def end_status(entered: str, output: Output) -> Exit:
    """Explain one status, or all. Raises InputError for one that is not known."""
    found = find_status(entered) if entered.strip() else tuple(END_STATUSES)
    if not found:
        raise InputError("code", "cli.error.end_status", value=shown(entered))
    statuses = [
        {
            "code": code,
            "name": END_STATUSES[code],
            "en": text(f"end_status.{code}", "en"),
            "zh": text(f"end_status.{code}", "zh"),
        }
        for code in found
    ]
    lines = [
        output.words(
            "end_status.about",
            code=code,
            name=END_STATUSES[code],
            meaning=text(f"end_status.{code}", output.language),
        )
        for code in found
    ]
    output.result("end-status", True, {"statuses": statuses, "published_meaning": False}, lines)
    return Exit.OK
