"""The header section of a message: cut into fields, unfolded, checked (RFC 3261 7.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tccc_desk.sip.address import Address
from tccc_desk.sip.errors import refuse
from tccc_desk.sip.grammar import CONTROLS, is_token, number, split_commas
from tccc_desk.sip.headers import SPELLED, Headers, spelled
from tccc_desk.sip.via import Via

LINE_LIMIT = 8192
"""Characters of one header field after unfolding, and of the start line."""
HEADER_LIMIT = 256
"""Header fields of one message."""
CSEQ_LIMIT = 2**31 - 1
BODY_LIMIT = 65535

_COMMON_CSEQ = re.compile(r"([0-9]{1,9}) ([A-Z]++)")
_COMMON_NUMBER = re.compile(r"1?[0-9]{1,2}")
_CALL_ID = re.compile(r"[\x21-\x7e]++")
_CLEAN_QUOTED = re.compile(r'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]++|\\[^\r\n])*+"')
_SPACES = re.compile(r"[ \t]++")

MANDATORY = ("Via", "From", "To", "Call-ID", "CSeq")
"""RFC 3261 8.1.1; Max-Forwards may be missing, as RFC 2543 had none (RFC 4475 3.4.1)."""

SINGLE = (
    *("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type"),
    *("Content-Disposition", "Expires", "Min-Expires", "Event", "Refer-To", "Replaces", "RAck", "RSeq"),
    *("Session-Expires", "Min-SE"),
)
"""Fields a message may have once, as far as a second one would change what we do (RFC 3261 7.3.1)."""
_SINGLE_KEYS = frozenset(name.lower() for name in SINGLE)
_MANDATORY_KEYS = frozenset(name.lower() for name in MANDATORY)


def read_headers(lines: list[str], *, plain: bool = False) -> Headers:
    """Make header fields of the lines after the start line, without their CRLFs.

    `plain` says that together they keep `LINE_LIMIT` and hold neither a control character nor a fold.
    """
    if not plain or len(lines) > HEADER_LIMIT:
        return _judged(lines)
    items: list[tuple[str, str]] = []
    keys: list[str] = []
    for line in lines:
        name, colon, value = line.partition(":")
        known = SPELLED.get(name)
        if known is None or not colon:
            name = name.rstrip(" \t")
            if not colon or not is_token(name):
                raise refuse("header line without a name", line, section="RFC 3261 7.3.1")
            known = spelled(name)
        items.append((known[0], value.strip(" \t")))
        keys.append(known[1])
    return Headers(items, keys)


def _judged(lines: list[str]) -> Headers:
    """Make header fields of lines of which nothing is known yet."""
    fields: list[tuple[str, str]] = []
    name, parts, size = "", [""], 0
    for line in lines:
        if line[:1] in (" ", "\t"):
            if not name:
                raise refuse("the start line is folded", line, section="RFC 3261 7.3.1")
            parts.append(line.strip(" \t"))
            size += len(line)
        else:
            if name:
                fields.append((name, _joined(parts)))
            name, colon, value = line.partition(":")
            name = name.rstrip(" \t")
            if not colon or not is_token(name):
                raise refuse("header line without a name", line, section="RFC 3261 7.3.1")
            parts = [value.strip(" \t")]
            size = len(line)
        if size > LINE_LIMIT:
            raise refuse(f"header field longer than {LINE_LIMIT}", line, status=513)
        if len(fields) >= HEADER_LIMIT:
            raise refuse(f"more than {HEADER_LIMIT} header fields", status=513)
    if name:
        fields.append((name, _joined(parts)))
    return Headers(fields)


def _joined(parts: list[str]) -> str:
    value = parts[0] if len(parts) == 1 else " ".join(part for part in parts if part)
    if CONTROLS.search(value):
        _check_controls(value)
    return value


def _check_controls(value: str) -> None:
    """Allow control characters only behind a backslash in a quoted string (RFC 3261 25.1, quoted-pair)."""
    position = 0
    while (opening := value.find('"', position)) >= 0:
        quoted = _CLEAN_QUOTED.match(value, opening)
        if quoted is None or CONTROLS.search(value, position, opening):
            break
        position = quoted.end()
    if CONTROLS.search(value, position):
        raise refuse("control character in a header field", value[position:], section="RFC 3261 25.1")


def read_cseq(text: str) -> tuple[int, str]:
    """Sequence number and method of a CSeq value (RFC 3261 20.16)."""
    common = _COMMON_CSEQ.fullmatch(text)
    if common is not None:
        return int(common[1]), common[2]
    parts = _SPACES.split(text.strip(" \t"))
    if len(parts) != 2 or not is_token(parts[1]):
        raise refuse("CSeq is not a number and a method", text, section="RFC 3261 20.16")
    return number(parts[0], "CSeq", 0, CSEQ_LIMIT, "RFC 3261 8.1.1.5"), parts[1]


def read_content_length(text: str) -> int:
    """Octets of the body, from 0 to 65535 (513 above: no message of ours can be that long)."""
    length = number(text, "Content-Length", 0, 10**100, "RFC 3261 20.14")
    if length > BODY_LIMIT:
        raise refuse("body too large", text, section="RFC 3261 21.5.7", status=513)
    return length


def _addresses(text: str) -> None:
    for part in split_commas(text):
        Address.check(part)


def _vias(text: str) -> None:
    for part in split_commas(text):
        Via.check(part)


def _call_id(text: str) -> None:
    if _CALL_ID.fullmatch(text) is None:
        raise refuse("malformed Call-ID", text, section="RFC 3261 20.8")


def _contacts(text: str) -> None:
    if text != "*":
        _addresses(text)


def _max_forwards(text: str) -> None:
    if _COMMON_NUMBER.fullmatch(text) is None:
        number(text, "Max-Forwards", 0, 255, "RFC 3261 20.22")


_CHECKS: Mapping[str, Callable[[str], object]] = {
    "via": _vias,
    "from": Address.check,
    "to": Address.check,
    "call-id": _call_id,
    "cseq": read_cseq,
    "content-length": read_content_length,
}
"""Without these no message can be matched or answered, so they are judged in responses too."""

# A broken field we do not need, such as Date, is no reason to refuse (RFC 3261 8.2, RFC 4475 3.1.2.12).
_REQUEST_CHECKS: Mapping[str, Callable[[str], object]] = {
    **_CHECKS,
    "max-forwards": _max_forwards,
    "contact": _contacts,
    "route": _addresses,
    "record-route": _addresses,
}


def check_headers(headers: Headers, method: str) -> None:
    """Judge the fields; `method` is that of the request, "" for a response.

    A response is judged by what matches it to its request only: a broken Contact of somebody
    else in a registrar's 200 must not hide that we are registered.
    """
    checks = _REQUEST_CHECKS if method else _CHECKS
    keys = headers.keys
    seen = set(keys)
    repeated = len(seen) != len(keys)
    if repeated:
        seen = set()
    for (name, value), key in zip(headers, keys, strict=True):
        if repeated:
            if key in seen and key in _SINGLE_KEYS:
                raise refuse(f"{name} appears twice", value, section="RFC 3261 7.3.1")
            seen.add(key)
        check = checks.get(key)
        if check is not None:
            check(value)
    if not seen.issuperset(_MANDATORY_KEYS):
        missing = next(name for name in MANDATORY if name.lower() not in seen)
        raise refuse(f"{missing} is missing", section="RFC 3261 8.1.1")
    if method:
        _check_request(headers, method)


def _check_request(headers: Headers, method: str) -> None:
    if headers.read("CSeq", read_cseq)[1] != method:
        raise refuse("CSeq names another method", headers.get("CSeq"), section="RFC 3261 8.1.1.5")
    contacts = headers.all("Contact")
    if "*" in contacts and (len(contacts) > 1 or method != "REGISTER"):
        raise refuse("Contact: * stands alone, in REGISTER only", section="RFC 3261 10.2.2")
