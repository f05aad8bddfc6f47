"""SIP messages as two ends would send them, and a driver for transaction tests: no socket, no clock."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import TypeVar

from tccc_desk.sip.endpoint import Endpoint
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request, Response, parse_message, response_to
from tccc_desk.sip.outputs import Output, Transmit

Kind = TypeVar("Kind")

UDP = Flow(1, "UDP", ("192.0.2.1", 5060), ("198.51.100.7", 35090))
TCP = Flow(2, "TCP", ("192.0.2.1", 40000), ("198.51.100.7", 35090))


def tokens(prefix: str = "token") -> Callable[[], str]:
    """Give words that never repeat and always come out the same."""
    count = itertools.count(1)
    return lambda: f"{prefix}{next(count):012d}"


def endpoint(prefix: str = "token", **options: object) -> Endpoint:
    return Endpoint(token=tokens(prefix), **options)  # type: ignore[arg-type]


def request(
    method: str = "OPTIONS", *, call_id: str = "c1", number: int = 1, to_tag: str = "", extra: str = ""
) -> Request:
    """Make a request of ours, without Via and Max-Forwards."""
    tag = f";tag={to_tag}" if to_tag else ""
    more = tuple(tuple(line.split(": ", 1)) for line in extra.splitlines())
    return Request(
        method,
        "sip:02188886666@1400264214.tccc.qcloud.com",
        Headers(
            (
                ("From", "<sip:13800138000@1400264214.tccc.qcloud.com>;tag=fromtag"),
                ("To", f"<sip:02188886666@1400264214.tccc.qcloud.com>{tag}"),
                ("Call-ID", call_id),
                ("CSeq", f"{number} {method}"),
                *more,  # type: ignore[arg-type]
            )
        ),
    )


def incoming(
    method: str = "OPTIONS",
    *,
    via: str = "SIP/2.0/UDP 198.51.100.7:35090;branch=z9hG4bKpeer1",
    number: int = 1,
    cseq_method: str = "",
    to_tag: str = "",
    call_id: str = "c9",
) -> Request:
    """Make a request as a peer would send it, by way of its octets."""
    tag = f";tag={to_tag}" if to_tag else ""
    text = (
        f"{method} sip:gateway01@192.0.2.1:5060 SIP/2.0\r\n"
        f"Via: {via}\r\n"
        "Max-Forwards: 70\r\n"
        "From: <sip:02155550000@1400264214.tccc.qcloud.com>;tag=peertag\r\n"
        f"To: <sip:13900139000@1400264214.tccc.qcloud.com>{tag}\r\n"
        f"Call-ID: {call_id}\r\n"
        f"CSeq: {number} {cseq_method or method}\r\n"
        "Contact: <sip:peer@198.51.100.7:35090>\r\n"
        "Content-Length: 0\r\n\r\n"
    )
    message = parse_message(text.encode())
    assert isinstance(message, Request)
    return message


def of(kind: type[Kind], outputs: Iterable[Output]) -> list[Kind]:
    return [output for output in outputs if isinstance(output, kind)]


def sent(outputs: Iterable[Output]) -> list[str]:
    """Start lines of what was transmitted."""
    return [output.data.split(b"\r\n")[0].decode() for output in of(Transmit, outputs)]


def answer(transmit: Transmit, status: int, to_tag: str = "peertag", **options: object) -> Response:
    """Answer a transmitted request as the far end would."""
    assert isinstance(transmit.message, Request)
    return response_to(transmit.message, status, to_tag=to_tag, **options)  # type: ignore[arg-type]


def run(user_agent: Endpoint, until: float) -> list[tuple[float, Output]]:
    """Fire every timer due by `until`, each at its own time; say what came out when."""
    seen: list[tuple[float, Output]] = []
    while (due := user_agent.deadline()) is not None and due <= until:
        user_agent.advance(due)
        seen += [(due, output) for output in user_agent.outputs()]
    return seen


def times(seen: Iterable[tuple[float, Output]], start: str) -> list[float]:
    """When something with that start line's beginning was transmitted."""
    return [
        round(at, 3)
        for at, output in seen
        if isinstance(output, Transmit) and output.data.startswith(start.encode())
    ]
