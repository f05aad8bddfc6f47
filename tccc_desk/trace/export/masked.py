"""Entries made fit to be shown to others: the same pseudonyms in messages, addresses and facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from tccc_desk.trace.entry import TraceEntry

Mask = Callable[[str], str]
"""`Masker.mask`: the same value gets the same pseudonym for as long as the masker lives."""

_LENGTH = re.compile(rb"(?im)^((?:content-length|l)[ \t]*:[ \t]*)[0-9]{1,9}(?=[ \t]*\r?$)")
_COUNTS = frozenset({"mtu"})
_ACCOUNT = "sip:"


def masked_trunk(name: str, mask: Mask) -> str:
    """Mask a trunk's name: the command line calls one without a name by its account, user@domain."""
    masked = mask(_ACCOUNT + name) if "@" in name else mask(name)
    return masked.removeprefix(_ACCOUNT)


def masked_entries(entries: Iterable[TraceEntry], mask: Mask) -> Iterator[TraceEntry]:
    """Mask entries one by one."""
    return (masked_entry(entry, mask) for entry in entries)


def masked_entry(entry: TraceEntry, mask: Mask) -> TraceEntry:
    """Mask everything a person or a machine could be known by. Content-Length follows the new body."""
    return msgspec.structs.replace(
        entry,
        trunk=masked_trunk(entry.trunk, mask),
        local=mask(entry.local),
        remote=mask(entry.remote),
        call_id=mask(entry.call_id),
        summary=mask(entry.summary),
        reason=mask(entry.reason),
        details={key: mask(value) for key, value in entry.details.items()},
        raw=masked_raw(entry.raw, mask),
    )


def masked_value(value: object, mask: Mask) -> object:
    """Mask every text in nested mappings and lists; keys stay, and counts, which look like short numbers."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: one if key in _COUNTS else masked_value(one, mask) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked_value(one, mask) for one in value]
    return value


def masked_raw(raw: bytes, mask: Mask) -> bytes:
    """Mask one message; octets that are no UTF-8 stay as they are."""
    if not raw:
        return raw
    head, end, body = raw.partition(b"\r\n\r\n")
    head, new = _through(head, mask), _through(body, mask)
    if len(new) != len(body):
        change = len(new) - len(body)
        head = _LENGTH.sub(lambda found: found[1] + str(_said(found, change)).encode(), head, count=1)
    return head + end + new


def _said(found: re.Match[bytes], change: int) -> int:
    """Give the length to claim: a message that lied goes on lying by as much."""
    return max(0, int(found[0][len(found[1]) :]) + change)


def _through(part: bytes, mask: Mask) -> bytes:
    return mask(part.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
