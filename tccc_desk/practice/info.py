"""Digits by SIP INFO: what a line answers to one, and the one it sends."""

from __future__ import annotations

import re

from tccc_desk.sip.message import Request

RELAY, PLAIN = "application/dtmf-relay", "application/dtmf"
_SIGNAL = re.compile(r"(?:\s*Signal\s*=)?\s*([0-9A-Da-d*#])\s*", re.ASCII)


def read_digit(request: Request) -> tuple[int, str]:
    """The status that answers an INFO, and the digit in it."""
    if not request.body:
        return 200, ""
    kind = request.headers.get("Content-Type").partition(";")[0].strip().casefold()
    if kind not in (RELAY, PLAIN):
        return 415, ""
    found = _SIGNAL.fullmatch(request.body[:64].decode("ascii", "replace").split("\n", 1)[0])
    return (200, found[1].upper()) if found else (400, "")


def write_digit(digit: str) -> bytes:
    """The body of an INFO of ours, application/dtmf-relay."""
    return f"Signal={digit}\r\nDuration=160\r\n".encode("ascii")
