"""Which entries are problems, and which are steps of our own machines: the log's two standing filters."""

from __future__ import annotations

import re

from tccc_desk.trace.entry import TraceEntry

_CREDENTIALS = re.compile(rb"(?im)^(?:proxy-)?authorization[ \t]*:")

PROBLEM_FACTS = frozenset(
    {
        "fact.refused",
        "fact.connect-timeout",
        "fact.reset",
        "fact.icmp",
        "fact.unreachable",
        "fact.retransmit",
        "fact.timeout",
        "fact.unacknowledged",
        "fact.stray-response",
        "fact.bad-message",
        "fact.dns-failed",
        "fact.digest-refused",
        "fact.large-udp",
        "fact.engine-died",
        "fact.log-gap",
    }
)


def is_problem(entry: TraceEntry) -> bool:
    """Tell whether "only problems" keeps it. A challenge is an ordinary step, no problem.

    In a capture a message that cannot be taken apart is one, too.
    """
    if entry.kind != "message":
        return entry.fact in PROBLEM_FACTS
    if "unreadable" in entry.details:
        return True
    return bool(entry.retransmission) or (entry.status >= 300 and entry.status not in (401, 407))


def is_machine_step(entry: TraceEntry) -> bool:
    """Tell a state machine's transition, shown on demand only."""
    return entry.kind == "transition"


def with_credentials(raw: bytes) -> bool:
    """Tell whether a request carries an answer to a challenge."""
    return _CREDENTIALS.search(raw.partition(b"\r\n\r\n")[0]) is not None
