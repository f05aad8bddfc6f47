"""What a message's place in the log tells about it: which step of the document, what was asked before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tccc_desk.explain.cutting import cut
from tccc_desk.explain.facts import facts_of, read_uri
from tccc_desk.explain.fits import number_fits
from tccc_desk.explain.model import Context, Step
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trunk.profile import Trunk

_CREDENTIALS = re.compile(rb"(?im)^(?:proxy-)?authorization[ \t]*:")
_TO_TAG = re.compile(rb"(?im)^(?:to|t)[ \t]*:[^\r\n]{0,2000};[ \t]*tag[ \t]*=")
MOST_BEFORE = 2000
CHALLENGED_WITHIN = 40
"""Entries before a challenge among which the request it answers, and the challenge before that, stand."""


def context_of(entry: TraceEntry, before: Sequence[TraceEntry], trunk: Trunk | None = None) -> Context:
    """Say what is known of a message; `before` is what its call or registration exchanged until then."""
    earlier = [one for one in before[-MOST_BEFORE:] if one.kind == "message" and one.call_id == entry.call_id]
    opening = next((one for one in (*earlier, entry) if one.method == "INVITE" and not one.status), None)
    step = _step(entry, opening)
    return Context(
        direction="sent" if entry.direction == "sent" else "received",
        trunk=trunk,
        line=_line(opening, trunk) if step == 2 and opening is not None else "",
        method=entry.method,
        status=entry.status,
        first_request=_first(entry, earlier),
        credentials_sent_before=refused_credentials(entry, earlier[-CHALLENGED_WITHIN:]),
        step=step,
    )


def has_credentials(entry: TraceEntry) -> bool:
    """Whether a request carries credentials."""
    return _CREDENTIALS.search(entry.raw.partition(b"\r\n\r\n")[0]) is not None


def refused_credentials(entry: TraceEntry, earlier: Sequence[TraceEntry]) -> bool:
    """Whether the request answered here carried credentials for a challenge that came just before it.

    Credentials for a nonce from long ago prove nothing: it may have run out.
    """
    if entry.status not in (401, 407) or entry.cseq is None:
        return False
    asked = any(
        one.status in (401, 407) and one.method == entry.method and one.cseq == entry.cseq - 1
        for one in earlier
    )
    return asked and any(
        not one.status and one.method == entry.method and one.cseq == entry.cseq and has_credentials(one)
        for one in earlier
    )


def _step(entry: TraceEntry, opening: TraceEntry | None) -> Step:
    if entry.method == "REGISTER":
        return 1
    if opening is None or (opening is entry and _TO_TAG.search(entry.raw.partition(b"\r\n\r\n")[0])):
        return 0  # what began this call is not in the log
    return 2 if opening.direction == "sent" else 3


def _first(entry: TraceEntry, earlier: Sequence[TraceEntry]) -> bool:
    """Whether a request begins a call as far as the log shows it."""
    if entry.method != "INVITE" or entry.status or not earlier:
        return False
    return not any(one.method == "INVITE" and 200 <= one.status < 300 for one in earlier)


def _line(opening: TraceEntry, trunk: Trunk | None) -> str:
    """The line number of a call of step 2: what its Request-URI names, if that can be one."""
    found = cut(opening.raw)
    uri = read_uri(facts_of(found, len(opening.raw), Context(direction="sent", trunk=trunk)).uri)
    number = uri.number if uri is not None else ""
    return number if number_fits(number, "") else ""
