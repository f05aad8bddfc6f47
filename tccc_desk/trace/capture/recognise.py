"""SIP recognised by its content, and as much of it read as a list of messages needs.

A full parse costs ten times as much (docs/measurements.md); the views parse what they show.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_START_LINE = 8192

START = re.compile(
    rb"(?:SIP/2\.0 [1-6][0-9][0-9](?=[ \r\n])|[A-Z][A-Za-z-]{0,31} [^\s]{1,8192} SIP/2\.0(?=\r?\n))"
)
"""A start line (RFC 3261 section 7). For streams: where a message may begin."""

_TRIES = re.compile(
    rb"(?:SIP/[0-9]|(?:INVITE|ACK|BYE|CANCEL|REGISTER|OPTIONS|INFO|PRACK|UPDATE|SUBSCRIBE|NOTIFY|REFER|MESSAGE|PUBLISH)"
    rb" +(?i:sips?:|tel:))"
)
"""Meant as SIP, though no valid start line."""

_FIELD = re.compile(rb"(?im)^(call-id|i|cseq)[ \t]*:[ \t]*(?:\r?\n[ \t]+)?([^\r\n]*)")
_SEQUENCE = re.compile(rb"([0-9]{1,10})[ \t]+([!-~]{1,64})[ \t]*$")


class Glance(NamedTuple):
    """What one look at a message tells. `fault` is "" or a text id of why it cannot be used."""

    method: str
    status: int
    reason: str
    call_id: str
    cseq: int | None
    first_line: str
    fault: str


def looks_like_sip(payload: bytes) -> bool:
    """Say whether a datagram is SIP or was meant as SIP; leading line ends are keep-alives."""
    if payload[:1] in b"\r\n":
        payload = payload.lstrip(b"\r\n")
    return START.match(payload) is not None or _TRIES.match(payload) is not None


def glance(raw: bytes) -> Glance:
    """Read the start line, Call-ID and CSeq. Never raises: an unusable message is a value, too."""
    start = 0
    if raw[:1] in b"\r\n":
        start = len(raw) - len(raw.lstrip(b"\r\n"))
    end = raw.find(b"\n", start)
    line = raw[start : end if end >= 0 else len(raw)].rstrip(b"\r")[:MAX_START_LINE]
    first = line.decode("utf-8", "replace")
    if START.match(raw, start) is None:
        return Glance("", 0, "", "", None, first, "trace.unreadable.start_line")
    method, status, reason = "", 0, ""
    if first.startswith("SIP/2.0 "):
        status, reason = int(first[8:11]), first[12:]
    else:
        method = first.partition(" ")[0]
    body = raw.find(b"\r\n\r\n", start)
    head = raw[end:body] if body >= 0 else raw[end:]
    call_id = _quick(head, b"\nCall-ID:")
    sequence = _quick(head, b"\nCSeq:")
    if call_id is None or sequence is None:  # another spelling, the compact form, or a folded line
        call_id, sequence = _slow(head)
    if not call_id:
        return Glance(method, status, reason, "", None, first, "trace.unreadable.call_id")
    found = _SEQUENCE.match(sequence or b"")
    named = call_id.decode("utf-8", "replace")
    if found is None:
        return Glance(method, status, reason, named, None, first, "trace.unreadable.cseq")
    number, verb = int(found[1]), found[2].decode("ascii")
    fault = "" if body >= 0 else "trace.unreadable.head_end"
    return Glance(method or verb, status, reason, named, number, first, fault)


def _quick(head: bytes, name: bytes) -> bytes | None:
    """Find a field in the spelling nearly everybody uses."""
    at = head.find(name)
    if at < 0:
        return None
    at += len(name)
    end = head.find(b"\n", at)
    return (head[at:end] if end >= 0 else head[at:]).strip(b" \t\r") or None


def _slow(head: bytes) -> tuple[bytes, bytes]:
    call_id = sequence = b""
    for found in _FIELD.finditer(head):
        value = found[2].strip(b" \t")
        if found[1].lower() == b"cseq":
            sequence = sequence or value
        else:
            call_id = call_id or value
    return call_id, sequence
