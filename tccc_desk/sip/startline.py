"""The first line of a message (RFC 3261 7.1, 7.2)."""

from __future__ import annotations

import re

from tccc_desk.sip.errors import refuse
from tccc_desk.sip.grammar import COMMON_LIMIT, COMMON_URI, CONTROLS, is_token, number
from tccc_desk.sip.uri import Uri

VERSION = "SIP/2.0"

_COMMON_REQUEST = re.compile(rf"([A-Z]++) (?:{COMMON_URI}) SIP/2\.0")
_COMMON_STATUS = re.compile(r"SIP/2\.0 ([1-6][0-9][0-9]) ([A-Za-z -]*+)")
_VERSION = re.compile(r"SIP/[0-9]{1,9}\.[0-9]{1,9}", re.IGNORECASE)
_STATUS_LINE = re.compile(r"(SIP/[0-9]{1,9}\.[0-9]{1,9}) ([0-9]++)(?: (.*+))?", re.IGNORECASE | re.DOTALL)


def is_response(line: str) -> bool:
    """Tell a status line from a request line: a method is a token and holds no "/"."""
    return line[:4].upper() == "SIP/"


def request_line(line: str) -> tuple[str, str]:
    """Return method and Request-URI; RemoteProtocolError otherwise (505: another version).

    Single spaces, nothing after the version (7.1), no header part in the URI (19.1.1).
    """
    if len(line) <= COMMON_LIMIT and (common := _COMMON_REQUEST.fullmatch(line)) is not None:
        method = common[1]
        return method, line[len(method) + 1 : -1 - len(VERSION)]
    if CONTROLS.search(line) or "\t" in line:
        raise refuse("control character in the request line", line, section="RFC 3261 7.1")
    parts = line.split(" ")
    if len(parts) != 3:
        raise refuse("request line is not method, URI and version", line, section="RFC 3261 7.1")
    method, uri, version = parts
    if not is_token(method):
        raise refuse("malformed method", line, section="RFC 3261 7.1")
    _check_version(version)
    if Uri.parse(uri).headers:
        raise refuse("Request-URI with headers", uri, section="RFC 3261 19.1.1")
    return method, uri


def status_line(line: str) -> tuple[int, str]:
    """Status 100 to 699 and reason of a status line; RemoteProtocolError otherwise.

    The space before an empty reason may be missing; RFC 3261 7.2 wants it, devices forget it.
    """
    common = _COMMON_STATUS.fullmatch(line)
    if common is not None:
        return int(common[1]), common[2]
    match = _STATUS_LINE.fullmatch(line)
    if match is None:
        raise refuse("malformed status line", line, section="RFC 3261 7.2")
    version, code, reason = match.groups()
    _check_version(version)
    status = number(code, "status", 100, 699, "RFC 3261 7.2") if len(code) == 3 else 0
    if not status:
        raise refuse("status has not three digits", line, section="RFC 3261 7.2")
    if reason and CONTROLS.search(reason):
        raise refuse("control character in the reason", line, section="RFC 3261 7.2")
    return status, reason or ""


def _check_version(version: str) -> None:
    """Accept SIP/2.0 in any case, as 7.1 says."""
    if version.upper() == VERSION:
        return
    if _VERSION.fullmatch(version):
        raise refuse("SIP version is not 2.0", version, section="RFC 3261 21.5.6", status=505)
    raise refuse("malformed SIP version", version, section="RFC 3261 7.1")
