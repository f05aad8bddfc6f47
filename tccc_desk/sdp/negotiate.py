"""Offer and answer for one audio stream of G.711 and telephone-event (RFC 3264)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tccc_desk.sdp.description import (
    MalformedSdp,
    MediaDescription,
    SessionDescription,
    encode_description,
    parse_description,
)
from tccc_desk.sdp.formats import (
    CODECS,
    TELEPHONE_EVENT,
    Direction,
    audio_types,
    direction_of,
    packet_time,
    rtcp_port,
    telephone_event_type,
)

Why = Literal["no-common-codec", "bad-sdp", "no-audio"]

_PLAIN_RTP = ("RTP/AVP", "RTP/AVPF")
_REVERSED: dict[Direction, Direction] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}


class NegotiationFailed(Exception):
    """No common media. `status` is what a UAS answers: 488, or 400 for a body that is no SDP."""

    def __init__(self, why: Why, status: int, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why: Why = why
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class MediaParameters:
    """What both sides agreed on, seen from us."""

    remote_host: str
    """An address literal, or the host name their SDP gave. Unspecified ("0.0.0.0", "::") = do not send."""
    remote_port: int
    codec: str
    """"PCMA" or "PCMU", the one we send."""
    payload_type: int
    """The payload type we send it with."""
    ptime_ms: int
    telephone_event: int | None
    """The payload type we send telephone-events with; None if they take none."""
    direction: Direction
    """Ours: "recvonly" means they put us on hold."""
    remote_rtcp_port: int
    """0 if they can have none."""
    receive_types: tuple[tuple[int, str], ...] = ()
    """Payload types we may receive and what they mean: "PCMA", "PCMU" or "telephone-event"."""


def make_offer(
    host: str,
    port: int,
    codecs: Sequence[str],
    *,
    session_id: int,
    version: int,
    username: str = "-",
    direction: Direction = "sendrecv",
    ptime_ms: int = 20,
) -> bytes:
    """Our offer, small on purpose: an INVITE over UDP should stay under 1,300 bytes (RFC 3261 18.1.1).

    `codecs` in order of preference, names we do not speak are left out. ValueError if none is left.
    """
    names = _ours(codecs)
    if not names:
        raise ValueError("no codec of ours to offer")
    types = [(CODECS[name], name) for name in names]
    audio = _audio(
        port, "RTP/AVP", types=types, event=TELEPHONE_EVENT, ptime_ms=ptime_ms, direction=direction
    )
    return encode_description(f"{username} {session_id} {version}", host, (audio,))


def read_answer(offer: bytes, answer: bytes) -> MediaParameters:
    """What the answer to our offer settles. Raises NegotiationFailed.

    The streams of offer and answer match by position (RFC 3264 section 6). A payload type in the
    answer is what they want to receive; what they send bears the types of our offer.
    """
    ours = _parse(offer)
    theirs = _parse(answer)
    offered = _our_audio(ours)
    media = _answered_audio(theirs, ours.media.index(offered))
    known = {name for _, name in audio_types(offered)}
    common = [(number, name) for number, name in audio_types(media) if name in known]
    if not common:
        raise NegotiationFailed("no-common-codec", 488, "the answer takes none of the codecs we offered")
    local_event = telephone_event_type(offered)
    remote_event = telephone_event_type(media) if local_event is not None else None
    receive = list(audio_types(offered)) + [item for item in common if item not in audio_types(offered)]
    if local_event is not None:
        receive.append((local_event, "telephone-event"))
    direction = _common_direction(
        direction_of(offered, ours.attributes), _REVERSED[direction_of(media, theirs.attributes)]
    )
    return _parameters(
        media, offered.host, codec=common[0], event=remote_event, direction=direction, receive=tuple(receive)
    )


def answer_offer(
    offer: bytes,
    host: str,
    port: int,
    codecs: Sequence[str],
    *,
    session_id: int,
    version: int,
    wanted: Direction = "sendrecv",
) -> tuple[bytes, MediaParameters]:
    """Our answer and what it settles. Raises NegotiationFailed.

    The first audio stream over plain RTP with a codec of ours is taken, in their order of
    preference (RFC 3264 6.1); every other stream is refused with port 0 at its place. `wanted`
    is "sendonly" while we hold the call: their new offer does not end that (section 8.4).
    """
    theirs = _parse(offer)
    names = set(_ours(codecs))
    plain = [
        index
        for index, media in enumerate(theirs.media)
        if media.media == "audio" and media.port and media.protocol in _PLAIN_RTP
    ]
    if not plain:
        raise NegotiationFailed("no-audio", 488, "no audio stream over plain RTP (RTP/AVP)")
    for index in plain:
        common = [item for item in audio_types(theirs.media[index]) if item[1] in names]
        if common:
            break
    else:
        raise NegotiationFailed("no-common-codec", 488, "the offer has none of our codecs")
    media = theirs.media[index]
    event = telephone_event_type(media)
    direction = _common_direction(wanted, _REVERSED[direction_of(media, theirs.attributes)])
    if _unspecified(media.host):
        # RFC 3264 8.4: the old way of hold; they want nothing from us, whatever the attribute says.
        direction = _common_direction(direction, "recvonly")
    receive = (common[0], (event, "telephone-event")) if event is not None else (common[0],)
    parameters = _parameters(media, host, codec=common[0], event=event, direction=direction, receive=receive)
    accepted = _audio(
        port,
        media.protocol,
        types=[common[0]],
        event=event,
        ptime_ms=parameters.ptime_ms,
        direction=direction,
    )
    streams = tuple(
        accepted if position == index else MediaDescription(item.media, 0, item.protocol, item.formats[:1])
        for position, item in enumerate(theirs.media)
    )
    return encode_description(f"- {session_id} {version}", host, streams), parameters


def _parse(data: bytes) -> SessionDescription:
    try:
        return parse_description(data)
    except MalformedSdp as error:
        raise NegotiationFailed("bad-sdp", 400, str(error)) from error


def _ours(codecs: Sequence[str]) -> list[str]:
    """Known codec names, upper case, each once, order kept."""
    return [name for name in dict.fromkeys(codec.upper() for codec in codecs) if name in CODECS]


def _our_audio(ours: SessionDescription) -> MediaDescription:
    for media in ours.media:
        if media.media == "audio" and media.port:
            return media
    raise NegotiationFailed("bad-sdp", 488, "our own offer holds no audio")


def _answered_audio(theirs: SessionDescription, index: int) -> MediaDescription:
    if index >= len(theirs.media):
        raise NegotiationFailed("no-audio", 488, "the answer leaves our audio stream out")
    media = theirs.media[index]
    if media.media != "audio" or not media.port:
        raise NegotiationFailed("no-audio", 488, "the answer refuses our audio stream")
    if media.protocol not in _PLAIN_RTP:
        raise NegotiationFailed("no-audio", 488, f"the answer wants {media.protocol}, we offered RTP/AVP")
    return media


def _parameters(
    media: MediaDescription,
    our_host: str,
    *,
    codec: tuple[int, str],
    event: int | None,
    direction: Direction,
    receive: tuple[tuple[int, str], ...],
) -> MediaParameters:
    if not media.host:
        raise NegotiationFailed("bad-sdp", 400, "no c= line for the audio stream (RFC 8866 5.7)")
    remote, local = _literal(media.host), _literal(our_host)
    if remote is not None:
        if remote.is_multicast:
            raise NegotiationFailed("no-audio", 488, "a multicast address")
        if local is not None and remote.version != local.version:
            raise NegotiationFailed("no-audio", 488, f"their audio is on IPv{remote.version}, ours is not")
    return MediaParameters(
        remote_host=str(remote) if remote is not None else media.host,
        remote_port=media.port,
        codec=codec[1],
        payload_type=codec[0],
        ptime_ms=packet_time(media),
        telephone_event=event,
        direction=direction,
        remote_rtcp_port=rtcp_port(media),
        receive_types=receive,
    )


def _audio(
    port: int,
    protocol: str,
    *,
    types: Sequence[tuple[int, str]],
    event: int | None,
    ptime_ms: int,
    direction: Direction,
) -> MediaDescription:
    formats = [str(number) for number, _ in types]
    attributes = [("rtpmap", f"{number} {name}/8000") for number, name in types]
    if event is not None:
        formats.append(str(event))
        attributes += [("rtpmap", f"{event} telephone-event/8000"), ("fmtp", f"{event} 0-16")]
    attributes += [("ptime", str(ptime_ms)), (direction, "")]
    return MediaDescription("audio", port, protocol, tuple(formats), "", tuple(attributes))


def _common_direction(one: Direction, other: Direction) -> Direction:
    """What both allow, each seen from us."""
    send = one in {"sendrecv", "sendonly"} and other in {"sendrecv", "sendonly"}
    receive = one in {"sendrecv", "recvonly"} and other in {"sendrecv", "recvonly"}
    if send:
        return "sendrecv" if receive else "sendonly"
    return "recvonly" if receive else "inactive"


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _unspecified(host: str) -> bool:
    address = _literal(host)
    return address is not None and address.is_unspecified
