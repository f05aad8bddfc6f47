"""A line of the signalling log in words, colours by meaning, and what it may be searched by."""

from __future__ import annotations

import re
import time

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.problems import PROBLEM_FACTS
from tccc_desk.ui.inert import inert
from tccc_desk.ui.texts import Texts

_CREDENTIALS = re.compile(rb"(?im)^(?:proxy-)?authorization\s*:")
_CHALLENGE = re.compile(rb"(?im)^(?:www|proxy)-authenticate\s*:\s*([^\r\n]{1,400})")
_ASKED = re.compile(rb'(?i)\b(?:realm|algorithm|qop|stale)=(?:"[^"]*"|[^,\s]+)')
_EXPIRES = re.compile(rb"(?im)(?:^expires\s*:\s*|;expires=)(\d{1,10})")


def clock(at: float) -> str:
    """Show local time to the millisecond."""
    return f"{time.strftime('%H:%M:%S', time.localtime(at))}.{int(at * 1000) % 1000:03d}"


def what(texts: Texts, entry: TraceEntry) -> str:
    """Name a message by its method or status; a local fact by who saw it."""
    if entry.kind != "message":
        return texts("window.log.local")
    if entry.status:
        return f"{entry.status} {inert(entry.reason, 40)}"
    return inert(entry.method, 24)


def summary(texts: Texts, entry: TraceEntry) -> str:
    """Say one line about it."""
    if entry.kind != "message":
        return texts.finding(entry.fact, entry.details) or inert(entry.summary, 200)
    words = _message(texts, entry)
    if entry.retransmission:
        words = texts("window.log.repeat", count=entry.retransmission, summary=words)
    return words


def _message(texts: Texts, entry: TraceEntry) -> str:
    """Say what the method or status alone does not: whom a request is for, what an answer brings."""
    head = entry.raw.partition(b"\r\n\r\n")[0]
    parts = []
    if entry.status:
        parts.append(f"{entry.cseq} {inert(entry.method, 24)}" if entry.cseq is not None else entry.method)
    else:
        parts.append(inert(entry.summary.removeprefix(f"{entry.method} ").removesuffix(" SIP/2.0"), 160))
    if not entry.status and _CREDENTIALS.search(head):
        parts.append(texts("window.log.credentials"))
    if entry.status in (401, 407) and (found := _CHALLENGE.search(head)):
        asked = _ASKED.findall(found.group(1))
        parts.append(inert("  ".join(one.decode("ascii", "replace") for one in asked), 160))
    if entry.method == "REGISTER" and (granted := _EXPIRES.findall(head)):
        parts.append(texts("window.log.expires", seconds=granted[0].decode("ascii")))
    return "  ".join(part for part in parts if part)


def role(entry: TraceEntry) -> str:
    """Give the colour role. 401 and 407 are ordinary steps, drawn neutral."""
    if entry.kind != "message":
        return "bad" if entry.fact in PROBLEM_FACTS else "local"
    if entry.status in (401, 407) or entry.status < 200:
        return ""
    if entry.status < 300:
        return "good"
    return "bad" if entry.status >= 400 else "wait"


def day_clock(at: float) -> str:
    """Show local date and time to the second."""
    return time.strftime("%m-%d %H:%M:%S", time.localtime(at))
