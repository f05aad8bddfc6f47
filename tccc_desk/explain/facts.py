"""What the whole message tells about each of its lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from tccc_desk.explain.cutting import Cut
from tccc_desk.explain.model import Context
from tccc_desk.sdp.description import number_in
from tccc_desk.sip.address import Address
from tccc_desk.sip.digest import parse_authorization
from tccc_desk.sip.errors import ProtocolError
from tccc_desk.sip.grammar import split_commas
from tccc_desk.sip.startline import is_response
from tccc_desk.sip.uri import Uri
from tccc_desk.sip.via import Via

T = TypeVar("T")
_STATUS = re.compile(r"SIP/2\.0 ([1-6]\d\d)(?: (.*))?\Z", re.IGNORECASE | re.DOTALL | re.ASCII)
_REQUEST = re.compile(
    r"([A-Za-z0-9\-.!%*_+`'~]{1,40}) (\S{1,2000}) (SIP/\d+\.\d+)\Z", re.IGNORECASE | re.ASCII
)


@dataclass(frozen=True, slots=True)
class Facts:
    """A message as far as it can be read."""

    context: Context
    cut: Cut
    octets: int
    request: bool
    readable: bool
    """The start line is one of SIP."""
    method: str
    status: int
    reason: str
    uri: str
    """Request-URI as written, "" in a response."""
    version: str
    contacts: int
    """Values of Contact over all lines."""

    @property
    def domain(self) -> str:
        """The trunk's instance domain, "" where no trunk is known."""
        return self.context.trunk.domain if self.context.trunk else ""

    @property
    def account(self) -> str:
        """The registration user: the trunk's, else that of the credentials in this message."""
        if self.context.trunk:
            return self.context.trunk.username
        for name in ("proxy-authorization", "authorization"):
            if self.cut.first(name):
                found = or_none(partial(parse_authorization, self.cut.first(name)))
                return (found or {}).get("username", "")
        return ""

    @property
    def transport(self) -> str:
        """UDP, TCP, TLS by the top Via; "" where it cannot be read."""
        via = read_via(self.cut.first("via"))
        return via.transport if via else ""

    @property
    def by_us(self) -> bool:
        """The request of this message, or the one it answers, was ours."""
        return (self.context.direction == "sent") == self.request

    @property
    def as_called(self) -> bool:
        """From is still who began the call: false for requests the called side sends within it."""
        return {2: self.by_us, 3: not self.by_us}.get(self.context.step, True)


def facts_of(found: Cut, octets: int, context: Context) -> Facts:
    """Read the start line and CSeq; nothing here raises."""
    start = found.start
    words = found.first("cseq").split()
    contacts = sum(len(split_commas(one)) for one in found.headers.get("contact", ()))
    cseq_method = words[1] if len(words) == 2 else ""
    if is_response(start):
        status = _STATUS.match(start)
        return Facts(
            context,
            found,
            octets,
            request=False,
            readable=status is not None,
            method=context.method or cseq_method,
            status=int(status[1]) if status else 0,
            reason=(status[2] or "") if status else "",
            uri="",
            version=start[:7],
            contacts=contacts,
        )
    line = _REQUEST.match(start)
    return Facts(
        context,
        found,
        octets,
        request=True,
        readable=line is not None,
        method=line[1] if line else context.method or cseq_method,
        status=0,
        reason="",
        uri=line[2] if line else "",
        version=line[3] if line else "",
        contacts=contacts,
    )


def or_none(read: Callable[[], T]) -> T | None:
    """What cannot be read is not there."""
    try:
        return read()
    except (ProtocolError, IndexError, ValueError):
        return None


def read_uri(text: str) -> Uri | None:
    return or_none(partial(Uri.parse, text))


def read_address(text: str) -> Address | None:
    """The first address of a header line."""
    return or_none(lambda: Address.parse(split_commas(text)[0]))


def read_via(text: str) -> Via | None:
    """The first hop of a Via line."""
    return or_none(lambda: Via.parse(split_commas(text)[0]))


def whole(text: str, highest: int = 2**32 - 1) -> int | None:
    """A plain decimal number, None for anything else."""
    return number_in(text.strip(), highest)
