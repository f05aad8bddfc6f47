"""When "since" is: a date, a time of today, or so long ago."""

from __future__ import annotations

import re
from datetime import datetime

from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import plain, shown

_AGO = re.compile(r"([0-9]{1,6})([smhd])")
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def since(entered: str | None, now: float) -> float | None:
    """Read `30m`, `2h`, `10:30` (today), `2026-11-24` or `2026-11-24T10:30[:00][+08:00]`; local time."""
    if entered is None:
        return None
    text = plain("since", entered, 64, required=True)
    if ago := _AGO.fullmatch(text):
        return now - int(ago[1]) * _UNITS[ago[2]]
    try:
        if _CLOCK.fullmatch(text):
            today = datetime.fromtimestamp(now).astimezone().date().isoformat()
            text = f"{today}T{text.rjust(len(text) + (text.index(':') < 2), '0')}"
        return datetime.fromisoformat(text).astimezone().timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise InputError("since", "trace.error.since", value=shown(entered)) from error
