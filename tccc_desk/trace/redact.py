"""Masks the digest response before anything is kept: the log is clean at birth."""

from __future__ import annotations

import re

# Only `response` proves knowledge of the password (an offline guess needs it); everything
# else an admin must be able to compare byte for byte. Quoted by RFC 7616, but odd senders
# leave the quotes out. Each alternative is linear: no nested repetition.
_RESPONSE = re.compile(rb'(?i)([\s,]response[ \t]*=[ \t]*)("[^"\r\n]*"?|[^\s,"]+)')
_CREDENTIALS = re.compile(rb"(?im)^(?:proxy-)?authorization[ \t]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")


def masked(raw: bytes) -> bytes:
    """`raw` with each digest response replaced by as many '*', so that lengths stay true."""
    if b"uthorization" not in raw and b"UTHORIZATION" not in raw.upper():
        return raw
    return _CREDENTIALS.sub(lambda header: _RESPONSE.sub(_stars, header.group()), raw)


def _stars(found: re.Match[bytes]) -> bytes:
    value = found.group(2)
    if not value.startswith(b'"'):
        return found.group(1) + b"*" * len(value)
    closed = value.endswith(b'"') and len(value) > 1
    return found.group(1) + b'"' + b"*" * (len(value) - 1 - closed) + (b'"' if closed else b"")
