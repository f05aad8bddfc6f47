"""The parts of an INVITE that the document speaks of, as plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeVar

from tccc_desk.sdp.description import MalformedSdp, parse_description
from tccc_desk.sdp.formats import telephone_event_type
from tccc_desk.sip.address import Address
from tccc_desk.sip.digest import parse_authorization
from tccc_desk.sip.errors import ProtocolError
from tccc_desk.sip.message import Request, from_address, parse_message, to_address, top_via
from tccc_desk.sip.uri import Uri
from tccc_desk.sip.wire import printable
from tccc_desk.trace.ladder_talk import codec_names

T = TypeVar("T")
_SHOWN = 160


class NoInvite(Exception):
    """The octets are no INVITE that can be judged; the text says what is wrong with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Everything is text, cut and printable; empty where it is missing or cannot be read."""

    uri: str
    uri_user: str
    uri_host: str
    to_user: str
    to_host: str
    to_tag: str
    from_user: str
    from_host: str
    from_tag: str
    contact: str
    contact_host: str
    via_host: str
    transport: str
    """UDP, TCP, TLS, as Via says."""
    max_forwards: str
    octets: int
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of Proxy-Authorization, or else Authorization; empty without one."""
    body: Literal["there", "missing", "unreadable"] = "missing"
    codecs: tuple[str, ...] = ()
    telephone_event: bool = False
    media_host: str = ""


def read_invite(raw: bytes) -> Invite:
    """Take an INVITE apart. Raises NoInvite."""
    try:
        message = parse_message(raw)
    except ProtocolError as error:
        raise NoInvite(printable(str(error))[:_SHOWN]) from error
    if not isinstance(message, Request) or message.method != "INVITE":
        raise NoInvite(printable(raw.split(b"\r\n", 1)[0].decode("utf-8", "replace"))[:_SHOWN])
    to, from_ = _or_none(lambda: to_address(message)), _or_none(lambda: from_address(message))
    via = _or_none(lambda: top_via(message))
    uri = _or_none(lambda: Uri.parse(message.uri))
    contact = _or_none(lambda: Address.parse(message.headers.split("Contact")[0]))
    body, codecs, events, media_host = _described(message)
    return Invite(
        uri=_shown(message.uri),
        uri_user=_shown(uri.number) if uri else "",
        uri_host=_shown(uri.host) if uri else "",
        to_user=_shown(to.uri.number) if to else "",
        to_host=_shown(to.uri.host) if to else "",
        to_tag=_shown(to.tag) if to else "",
        from_user=_shown(from_.uri.number) if from_ else "",
        from_host=_shown(from_.uri.host) if from_ else "",
        from_tag=_shown(from_.tag) if from_ else "",
        contact=_shown(message.headers.get("Contact")),
        contact_host=_shown(contact.uri.host) if contact else "",
        via_host=_shown(via.host) if via else "",
        transport=_shown(via.transport.upper()) if via else "",
        max_forwards=_shown(message.headers.get("Max-Forwards").strip()),
        octets=len(raw),
        credentials=_credentials(message),
        body=body,
        codecs=codecs,
        telephone_event=events,
        media_host=media_host,
    )


def _credentials(message: Request) -> Mapping[str, str]:
    for name in ("Proxy-Authorization", "Authorization"):
        value = message.headers.get(name)
        if value:
            found = _or_none(partial(parse_authorization, value)) or {}
            # The digest itself proves the password to a guesser: it goes no further.
            return {key: _shown(text) for key, text in found.items() if key != "response"}
    return {}


def _described(
    message: Request,
) -> tuple[Literal["there", "missing", "unreadable"], tuple[str, ...], bool, str]:
    if not message.body.strip():
        return "missing", (), False, ""
    try:
        description = parse_description(message.body)
    except MalformedSdp:
        return "unreadable", (), False, ""
    audio = next((one for one in description.media if one.media == "audio" and one.port), None)
    if audio is None:
        return "there", (), False, ""
    codecs = tuple(_shown(name) for name in codec_names(audio)[:16])
    return "there", codecs, telephone_event_type(audio) is not None, _shown(audio.host)


def _or_none(read: Callable[[], T]) -> T | None:
    """A header that cannot be read is one that is not there; the rules say so."""
    try:
        return read()
    except (ProtocolError, IndexError, ValueError):
        return None


def _shown(text: str) -> str:
    return printable(text)[:_SHOWN]
