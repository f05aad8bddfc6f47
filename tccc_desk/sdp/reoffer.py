"""An offer inside a running session: the last description again, with another direction (RFC 3264 8)."""

from __future__ import annotations

from dataclasses import replace

from tccc_desk.sdp.description import MediaDescription, encode_description, parse_description
from tccc_desk.sdp.formats import Direction

_DIRECTIONS = frozenset(("sendrecv", "sendonly", "recvonly", "inactive"))


def reoffer(last: bytes, host: str, direction: Direction) -> bytes:
    """Offer what our own `last` description said, its audio in `direction`.

    Streams keep their number and order (RFC 3264 section 8), refused ones stay refused. The version
    of the o= line rises by one where anything changed and stays where nothing did. `host` is our
    own address, as in `last`. Raises MalformedSdp where `last` is not ours.
    """
    ours = parse_description(last)
    session_id, version = _origin(ours.origin)
    media = tuple(_directed(item, direction) if item.port else item for item in ours.media)
    unchanged = encode_description(f"- {session_id} {version}", host, media)
    return (
        unchanged if unchanged == last else encode_description(f"- {session_id} {version + 1}", host, media)
    )


def _directed(media: MediaDescription, direction: Direction) -> MediaDescription:
    kept = tuple(item for item in media.attributes if item[0] not in _DIRECTIONS)
    return replace(media, attributes=(*kept, (direction, "")))


def _origin(origin: str) -> tuple[str, int]:
    words = origin.split()
    return words[1], int(words[2])
