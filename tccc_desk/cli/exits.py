"""Exit codes: a contract with scripts, fixed."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the process ends with."""

    OK = 0
    NO = 1
    """A SIP rejection, silence after something was sent, or a wait that saw no call."""
    BAD_INPUT = 2
    """Nothing was sent."""
    FAULT = 3
    """A fault before SIP could speak."""
    INTERRUPTED = 130
    """SIGINT or SIGTERM; our binding was removed first."""


_BEFORE_SIP = frozenset(
    {"dns", "refused", "connect-timeout", "icmp", "unreachable", "tls", "keyring", "internal"}
)
"""Faults that no SIP message could prevent. The others ("closed", "silence") come after the
transport was up or a datagram was on its way, which is as much an answer as a rejection."""


def failure_exit(fault: str) -> Exit:
    """Exit code of an attempt that failed with `fault`, an `engine.events.Fault` or "keyring"."""
    return Exit.FAULT if fault in _BEFORE_SIP else Exit.NO
