"""Formats of an audio description: which payload type means what (RFC 8866 6.6, RFC 3551 6)."""

from __future__ import annotations

from typing import Literal

from tccc_desk.sdp.description import MediaDescription, number_in

CODECS = {"PCMA": 8, "PCMU": 0, "G722": 9}
"""Codecs we speak, with their static payload types (RFC 3551 table 4).

The clock rate of all is 8,000; of G.722 by an error that was kept (RFC 3551 4.5.2).
"""
TELEPHONE_EVENT = 101
"""The payload type we offer for telephone-event; dynamic, 101 is what the field expects."""
_STATIC = {number: name for name, number in CODECS.items()}

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
DIRECTIONS: tuple[Direction, ...] = ("sendrecv", "sendonly", "recvonly", "inactive")


def audio_types(media: MediaDescription) -> tuple[tuple[int, str], ...]:
    """Payload type and codec name of each format of ours, in the order of the m= line.

    An rtpmap wins over the static meaning; a dynamic type may map to PCMA or PCMU.
    """
    mapped = _mapped(media)
    found = []
    for payload_type in _listed(media):
        encoding = mapped.get(payload_type, (_STATIC.get(payload_type, ""), 8000, 1))
        if encoding[0] in CODECS and encoding[1:] == (8000, 1):
            found.append((payload_type, encoding[0]))
    return tuple(found)


def telephone_event_type(media: MediaDescription) -> int | None:
    """The payload type of telephone-event at 8000 Hz that can carry digits, None if there is none."""
    mapped = _mapped(media)
    for payload_type in _listed(media):
        if mapped.get(payload_type, ("", 0, 1))[:2] == ("TELEPHONE-EVENT", 8000) and _carries_digits(
            media, payload_type
        ):
            return payload_type
    return None


def packet_time(media: MediaDescription) -> int:
    """Milliseconds a packet they want from us (RFC 8866 6.4), a multiple of 10 from 10 to 60."""
    wanted = _milliseconds(media.attribute("ptime")) or 20
    most = _milliseconds(media.attribute("maxptime")) or 60
    return max(10, min(wanted, most, 60) // 10 * 10)


def direction_of(media: MediaDescription, session_attributes: tuple[tuple[str, str], ...]) -> Direction:
    """The direction as they see it: media level, then session level, then sendrecv (RFC 8866 6.7)."""
    for attributes in (media.attributes, session_attributes):
        for name, _ in attributes:
            for direction in DIRECTIONS:
                if name == direction:
                    return direction
    return "sendrecv"


def rtcp_port(media: MediaDescription) -> int:
    """The port of a=rtcp (RFC 3605), else the next one after RTP; 0 if there is no such port."""
    words = (media.attribute("rtcp") or "").split()
    port = number_in(words[0], 65535) if words else None
    if port:
        return port
    return media.port + 1 if 0 < media.port < 65535 else 0


def _listed(media: MediaDescription) -> list[int]:
    return [number for text in media.formats if (number := number_in(text, 127)) is not None]


def _mapped(media: MediaDescription) -> dict[int, tuple[str, int, int]]:
    """Payload type -> (ENCODING, clock rate, channels); unreadable rtpmap lines are passed over."""
    mapped: dict[int, tuple[str, int, int]] = {}
    for value in media.values("rtpmap"):
        words = value.split()
        if len(words) != 2:
            continue
        payload_type = number_in(words[0], 127)
        parts = words[1].split("/")
        rate = number_in(parts[1], 10**6) if len(parts) > 1 else None
        channels = number_in(parts[2], 255) if len(parts) > 2 else 1
        if payload_type is not None and rate is not None and channels is not None:
            mapped.setdefault(payload_type, (parts[0].upper(), rate, channels))
    return mapped


def _carries_digits(media: MediaDescription, payload_type: int) -> bool:
    """RFC 4733 2.4.1: without an events parameter 0-15 is meant; else one of 0 to 11 must be listed."""
    for value in media.values("fmtp"):
        words = value.split(None, 1)
        if not words or number_in(words[0], 127) != payload_type:
            continue
        if len(words) == 1:
            return True
        for part in words[1].removeprefix("events=").split(","):
            low, _, high = part.strip().partition("-")
            first, last = number_in(low, 255), number_in(high or low, 255)
            if first is None or last is None:
                return True  # not a list of events: say nothing against the digits
            if first <= 11 and first <= last:
                return True
        return False
    return True


def _milliseconds(text: str | None) -> int | None:
    """RFC 8866 6.4 allows a fraction ("20.0"); zero and rubbish count as not said."""
    if not text:
        return None
    return number_in(text.partition(".")[0], 10000) or None
