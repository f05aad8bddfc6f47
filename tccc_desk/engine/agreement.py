"""What both sides have settled about a call's sound: offers and answers, hold among them (RFC 3264)."""

from __future__ import annotations

from collections.abc import Sequence

from tccc_desk.sdp.negotiate import MediaParameters, answer_offer, make_offer, read_answer
from tccc_desk.sdp.reoffer import reoffer

_SENDING = frozenset(("sendrecv", "sendonly"))


class Agreement:
    """One call's descriptions. `media` is what was settled last, None before anything was."""

    def __init__(self, host: str, port: int, codecs: Sequence[str], *, session_id: int) -> None:
        """`host` and `port` are where we listen, `session_id` any number: it goes into the o= line."""
        self.media: MediaParameters | None = None
        self.local = b""
        """Our last description on the wire, an offer or an answer."""
        self.held_by_us = False
        self.held_by_them = False
        self._host = host
        self._port = port
        self._codecs = tuple(codecs)
        self._session_id = session_id
        self._version = 0

    def offer(self, *, hold: bool | None = None) -> bytes:
        """Our offer; the first, or the last description again with or without hold.

        The same octets come back where nothing changed, as a session refresh wants it.
        """
        held = self.held_by_us if hold is None else hold
        if self.local:
            return self._said(reoffer(self.local, self._host, "sendonly" if held else "sendrecv"))
        self._version += 1
        return self._said(
            make_offer(
                self._host,
                self._port,
                self._codecs,
                session_id=self._session_id,
                version=self._version,
            )
        )

    def answer(self, offer: bytes) -> bytes:
        """Settle on an offer of theirs, give our answer. Raises NegotiationFailed; nothing changed then."""
        answer, media = answer_offer(
            offer,
            self._host,
            self._port,
            self._codecs,
            session_id=self._session_id,
            version=self._version + 1,
            wanted="sendonly" if self.held_by_us else "sendrecv",
        )
        self._version += 1
        self._settle(media)
        return self._said(answer)

    def read(self, answer: bytes, *, hold: bool | None = None) -> MediaParameters:
        """Settle on their answer to our last offer, made with `hold`. Raises NegotiationFailed."""
        return self.settle_on(read_answer(self.local, answer), hold=hold)

    def settle_on(self, media: MediaParameters, *, hold: bool | None = None) -> MediaParameters:
        """Settle on what was read before, as in a reliable provisional response."""
        if hold is not None:
            self.held_by_us = hold
        self._settle(media)
        return media

    def withdraw(self, former: bytes) -> None:
        """Our offer was refused: what stood before it, `former`, stands again (RFC 3261 section 14.1)."""
        self.local = former
        self._version = _version(former) if former else 0

    def _said(self, description: bytes) -> bytes:
        self.local = description
        self._version = _version(description)
        return description

    def _settle(self, media: MediaParameters) -> None:
        self.media = media
        self.held_by_them = media.direction not in _SENDING


def _version(description: bytes) -> int:
    """The version in the o= line of a description of ours."""
    return int(description.split(b"\r\n", 2)[1].split()[2])
