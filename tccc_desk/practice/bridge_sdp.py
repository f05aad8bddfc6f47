"""Session descriptions on their way to pyVoIP's phone and back.

The phone sends mu-law bytes whatever it agreed to, so it is offered PCMU only, with
telephone-event, in a description written afresh: it reads no others reliably.
"""

from __future__ import annotations

import secrets

from tccc_desk.sdp.description import (
    MalformedSdp,
    MediaDescription,
    SessionDescription,
    encode_description,
    parse_description,
)
from tccc_desk.sdp.formats import audio_types, telephone_event_type
from tccc_desk.sdp.negotiate import NegotiationFailed


class Bridged:
    """One offer, narrowed for the phone, and the way back for its answer."""

    def __init__(self, offer: bytes) -> None:
        """Read the caller's offer. Raises NegotiationFailed when the phone could not take part."""
        self._theirs = _read(offer)
        for index, media in enumerate(self._theirs.media):
            if media.media == "audio" and media.port and media.protocol == "RTP/AVP":
                self._index, self._audio = index, media
                break
        else:
            raise NegotiationFailed("no-audio", 488)
        if (0, "PCMU") not in audio_types(self._audio):
            raise NegotiationFailed("no-common-codec", 488)
        self._origin = f"- {secrets.randbelow(2**31)} 1"

    def offer(self) -> bytes:
        """Return what the phone is offered: the caller's address, PCMU, telephone-event if any."""
        formats, attributes = ["0"], [("rtpmap", "0 PCMU/8000")]
        event = telephone_event_type(self._audio)
        if event is not None:
            formats.append(str(event))
            attributes += [("rtpmap", f"{event} telephone-event/8000"), ("fmtp", f"{event} 0-15")]
        attributes += [("ptime", "20"), ("sendrecv", "")]
        media = MediaDescription(
            "audio", self._audio.port, "RTP/AVP", tuple(formats), self._audio.host, tuple(attributes)
        )
        return encode_description(self._origin, self._audio.host, (media,))

    def answer(self, phones: bytes) -> bytes:
        """Return the phone's answer as one to the caller's offer, stream by stream (RFC 3264 section 6).

        Raises NegotiationFailed.
        """
        audio = next((media for media in _read(phones).media if media.media == "audio" and media.port), None)
        if audio is None:
            raise NegotiationFailed("no-audio", 488)
        streams = [
            MediaDescription(media.media, 0, media.protocol, media.formats[:1])
            for media in self._theirs.media
        ]
        streams[self._index] = audio
        return encode_description(self._origin, audio.host, tuple(streams))


def _read(data: bytes) -> SessionDescription:
    try:
        return parse_description(data)
    except MalformedSdp as error:
        raise NegotiationFailed("bad-sdp", 400, str(error)) from error
