"""SIP messages: octets in, values out, and back (RFC 3261 7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tccc_desk.sip import fields
from tccc_desk.sip.address import Address
from tccc_desk.sip.errors import LocalProtocolError, RemoteProtocolError, refuse
from tccc_desk.sip.grammar import CONTROLS, is_token, split_commas, without_controls
from tccc_desk.sip.headers import SPELLED, Headers, canonical
from tccc_desk.sip.reasons import REASONS
from tccc_desk.sip.startline import VERSION, is_response, request_line, status_line
from tccc_desk.sip.via import Via

__all__ = (
    "MESSAGE_LIMIT",
    "REASONS",
    "Message",
    "Request",
    "Response",
    "cseq",
    "encode_message",
    "from_address",
    "parse_message",
    "response_to",
    "salvage",
    "to_address",
    "top_via",
)

MESSAGE_LIMIT = 65536
"""Octets of one message, body included."""

_CONTROLS = bytes({*range(32), 127} - set(b"\t\r\n"))
_LINE_END = re.compile(r"\r?\n")
_UNSAFE_URI = re.compile(r"[\x00-\x20\x7f<>\"]")
_DIALOG_METHODS = frozenset(("INVITE", "SUBSCRIBE", "REFER", "NOTIFY"))


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    uri: str
    """Request-URI as written."""
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    reason: str
    headers: Headers
    body: bytes = b""


Message = Request | Response


def parse_message(data: bytes) -> Message:
    """Read one datagram or one framed message; RemoteProtocolError when it breaks a rule.

    Octets behind Content-Length are dropped, a body shorter than it is refused (18.3). Blank
    lines before the start line are skipped (7.5). Lines end in CRLF; a lone CR or LF is a fault.
    """
    if len(data) > MESSAGE_LIMIT:
        raise RemoteProtocolError("message too large", section="RFC 3261 21.5.7", status=513)
    begin = 0
    while data.startswith(b"\r\n", begin):
        begin += 2
    end = data.find(b"\r\n\r\n", begin)
    if end < 0:
        raise RemoteProtocolError(
            "header section without an end", section="RFC 3261 7", excerpt=data[begin : begin + 64]
        )
    head = data[begin:end]
    text = head.decode("utf-8", "surrogateescape")
    lines = text.split("\r\n")
    plain = _is_plain(head, len(lines) - 1)
    body = data[end + 4 :]
    start = lines.pop(0)
    if len(start) > fields.LINE_LIMIT:
        raise refuse(f"start line longer than {fields.LINE_LIMIT}", start, status=414)
    if is_response(start):
        status, reason = status_line(start)
        headers = fields.read_headers(lines, plain=plain)
        fields.check_headers(headers, "")
        return Response(status, reason, headers, _cut(body, headers))
    method, uri = request_line(start)
    headers = fields.read_headers(lines, plain=plain)
    fields.check_headers(headers, method)
    return Request(method, uri, headers, _cut(body, headers))


def _is_plain(head: bytes, line_ends: int) -> bool:
    """Tell whether a header section is short, without folds, and free of controls but its line ends."""
    return (
        len(head) <= fields.LINE_LIMIT
        and len(head.translate(None, _CONTROLS)) == len(head)
        and head.count(b"\r") == head.count(b"\n") == line_ends
        and b"\n " not in head
        and b"\n\t" not in head
    )


def _cut(body: bytes, headers: Headers) -> bytes:
    text = headers.get("Content-Length")
    if not text:
        return body
    length = fields.read_content_length(text)
    if length > len(body):
        raise refuse("body shorter than Content-Length", text, section="RFC 3261 18.3")
    return body[:length]


def encode_message(message: Message) -> bytes:
    """Write a message, Content-Length set to the body's octets.

    LocalProtocolError on a control character in the start line or a header field, on a name or
    method that is no token, a status outside 100 to 699, or a Request-URI with a space in it.
    """
    if isinstance(message, Request):
        if not is_token(message.method) or not message.uri or _UNSAFE_URI.search(message.uri):
            raise LocalProtocolError("method or Request-URI cannot be written")
        start = f"{message.method} {message.uri} {VERSION}"
    else:
        if not 100 <= message.status <= 699 or CONTROLS.search(message.reason):
            raise LocalProtocolError("status or reason cannot be written")
        start = f"{VERSION} {message.status} {message.reason}"
    lines = [start]
    for name, value in message.headers.set("Content-Length", str(len(message.body))):
        if not (name in SPELLED or is_token(name)) or (not value.isprintable() and CONTROLS.search(value)):
            raise LocalProtocolError(f"header field {name!r} cannot be written")
        lines.append(f"{name}: {value}")
    try:
        head = "\r\n".join(lines).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise LocalProtocolError("text that cannot be written as UTF-8") from error
    return head + b"\r\n\r\n" + message.body


def cseq(message: Message) -> tuple[int, str]:
    """Sequence number and method."""
    return message.headers.read("CSeq", fields.read_cseq)


def top_via(message: Message) -> Via:
    """Return the first Via value: the last hop of a request, our own in a response."""
    return message.headers.read("Via", _first_via)


def from_address(message: Message) -> Address:
    return message.headers.read("From", Address.parse)


def to_address(message: Message) -> Address:
    return message.headers.read("To", Address.parse)


def _first_via(text: str) -> Via:
    return Via.parse(split_commas(text)[0])


def response_to(
    request: Request,
    status: int,
    reason: str = "",
    *,
    to_tag: str = "",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> Response:
    """Answer a request (8.2.6.2): Via, From, To, Call-ID and CSeq copied, then `headers`.

    `to_tag` goes into To unless it has one already or the status is 100. Record-Route is copied
    into 101 to 299 of requests that make a dialog (12.1.1), Timestamp into 100.
    Control characters a peer had escaped come back as U+FFFD, since we never write them.
    """
    copied: list[tuple[str, str]] = []
    wanted = ["Via", "From", "To", "Call-ID", "CSeq"]
    if 100 < status < 300 and request.method in _DIALOG_METHODS:
        wanted.insert(1, "Record-Route")
    if status == 100:
        wanted.append("Timestamp")
    for name in wanted:
        copied.extend((name, without_controls(value)) for value in request.headers.all(name))
    if to_tag and status > 100:
        copied = [(name, _tagged(value, to_tag) if name == "To" else value) for name, value in copied]
    return Response(status, reason or REASONS.get(status, ""), Headers([*copied, *headers]), body)


def _tagged(value: str, tag: str) -> str:
    try:
        has_tag = bool(Address.parse(value).tag)
    except RemoteProtocolError:
        has_tag = ";tag=" in value.lower()
    return value if has_tag else f"{value};tag={tag}"


def salvage(data: bytes) -> Message | None:
    """Read just enough of a request that `parse_message` refused to answer it with an error.

    None for responses, for ACK, and when Via, From, To, Call-ID or CSeq cannot be copied back.
    Everything else, even the copied fields, may be malformed: give it to `response_to` only, and
    send the answer where the request came from.
    """
    head = data[:MESSAGE_LIMIT].lstrip(b"\r\n").partition(b"\r\n\r\n")[0]
    lines = _LINE_END.split(head.decode("utf-8", "surrogateescape"))
    method, _, rest = lines[0].strip(" \t").partition(" ")
    if not rest or is_response(lines[0]) or not is_token(method) or method == "ACK":
        return None
    headers = Headers(_copyable(lines[1 : fields.HEADER_LIMIT]))
    if any(name not in headers for name in fields.MANDATORY):
        return None
    return Request(method, rest.strip(" \t").partition(" ")[0], headers)


def _copyable(lines: list[str]) -> list[tuple[str, str]]:
    """Fields a response copies, the first of each (all of Via), as far as they can be written back."""
    unfolded: list[list[str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and unfolded:
            unfolded[-1].append(line.strip(" \t"))
        else:
            unfolded.append([line])
    found: list[tuple[str, str]] = []
    seen: set[str] = set()
    for parts in unfolded:
        name, colon, value = " ".join(parts).partition(":")
        name, value = canonical(name.strip(" \t")), value.strip(" \t")
        if not colon or name not in fields.MANDATORY or not value or (name in seen and name != "Via"):
            continue
        if len(value) <= fields.LINE_LIMIT and not CONTROLS.search(value):
            seen.add(name)
            found.append((name, value))
    return found
