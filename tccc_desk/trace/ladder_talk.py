"""What a ladder tells about each message: session descriptions, credentials, challenges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tccc_desk.sdp.description import MalformedSdp, MediaDescription, number_in, parse_description
from tccc_desk.sdp.formats import direction_of
from tccc_desk.sip.wire import printable
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.ladder_model import Mark

STATIC_CODECS = {
    0: "PCMU",
    3: "GSM",
    4: "G723",
    5: "DVI4",
    7: "LPC",
    8: "PCMA",
    9: "G722",
    12: "QCELP",
    13: "CN",
    15: "G728",
    18: "G729",
    26: "JPEG",
    31: "H261",
    34: "H263",
}
"""RFC 3551 section 6: payload types that need no rtpmap."""
_NO_SOUND = ("telephone-event", "CN")
_MAX_NAMES = 8

_CREDENTIALS = re.compile(rb"(?im)^(?:proxy-)?authorization[ \t]*:")
_REALM = re.compile(
    rb'(?im)^(?:www|proxy)-authenticate[ \t]*:[ \t]*digest[ \t][^\r\n]{0,400}?\brealm="([^"\r\n]{0,200})"'
)
_SDP = re.compile(rb"(?im)^(?:content-type|c)[ \t]*:[ \t]*application/sdp\b")


@dataclass(frozen=True, slots=True)
class Spoken:
    """The audio of one session description."""

    address: str
    """host:port where its sender wants the sound."""
    codecs: tuple[str, ...]
    held: bool
    """They want no sound from the other side: sendonly, inactive or the address 0.0.0.0 (RFC 3264 8.4)."""
    refused: bool
    """Port 0: no audio at all (RFC 3264 section 6)."""


@dataclass(slots=True)
class _Dialogue:
    offered_by: int | None = None
    offer: tuple[int | None, str] = (None, "")
    answered: tuple[int, int | None, str] | None = None
    last: dict[int, Spoken] | None = None
    codec: str = ""


@dataclass(frozen=True, slots=True)
class Agreed:
    """An answer completed an offer: sound may go between these addresses from here on."""

    call_id: str
    sides: tuple[int, int]
    """Columns of who offered and who answered."""
    addresses: tuple[str, str]
    codec: str


class Talk:
    """Follows offers and answers (RFC 3264) of every call in the order their messages are given."""

    def __init__(self) -> None:
        self._calls: dict[str, _Dialogue] = {}

    def marks(self, entry: TraceEntry, speaker: int) -> tuple[tuple[Mark, ...], Agreed | None]:
        """Marks of a message sent by column `speaker`, and what it completed."""
        head, _, body = entry.raw.partition(b"\r\n\r\n")
        found: list[Mark] = []
        if entry.status in (401, 407):
            realm = _REALM.search(head)
            shown = printable(realm[1].decode("utf-8", "replace")) if realm else ""
            found.append(Mark("explain.mark.challenge", {"realm": shown}))
        elif not entry.status and _CREDENTIALS.search(head):
            found.append(Mark("explain.mark.credentials"))
        call = self._calls.setdefault(entry.call_id, _Dialogue())
        agreed = None
        if body.strip() and _SDP.search(head):
            spoken = read_audio(body)
            if spoken is None:
                found.append(Mark("explain.mark.sdp-unreadable"))
            else:
                more, agreed = self._description(call, entry, speaker, spoken)
                found.extend(more)
        if entry.status >= 300 and call.offer == (entry.cseq, entry.method):
            call.offered_by = None  # a refused offer leaves everything as it was (RFC 3261 14.1)
        return tuple(found), agreed

    def _description(
        self, call: _Dialogue, entry: TraceEntry, speaker: int, spoken: Spoken
    ) -> tuple[list[Mark], Agreed | None]:
        answers = call.offered_by is not None and call.offered_by != speaker
        again = call.answered == (speaker, entry.cseq, entry.method) and bool(entry.status)
        what = "answer" if answers or again else "offer"
        codecs = " ".join(spoken.codecs[:_MAX_NAMES])
        found = [Mark(f"explain.mark.{what}", {"codecs": codecs, "address": spoken.address})]
        last = call.last if call.last is not None else {}
        found.extend(_changes(last.get(speaker), spoken))
        if 100 < entry.status < 200 and not again:
            found.append(Mark("explain.mark.early-media"))
        agreed = None
        if answers and call.offered_by is not None:
            codec = _sound(spoken.codecs)
            if call.codec and codec and codec != call.codec:
                found.append(Mark("explain.mark.codec-change", {"before": call.codec, "now": codec}))
            call.codec = codec or call.codec
            offered = last.get(call.offered_by)
            agreed = Agreed(
                entry.call_id,
                (call.offered_by, speaker),
                (offered.address if offered else "", spoken.address),
                "" if spoken.refused else codec,
            )
            call.answered = (speaker, entry.cseq, entry.method)
            call.offered_by = None
        elif not again:
            call.offered_by = speaker
            call.offer = (entry.cseq, entry.method)
        call.last = {**last, speaker: spoken}
        return found, agreed


def _changes(before: Spoken | None, now: Spoken) -> Iterator[Mark]:
    if now.refused:
        yield Mark("explain.mark.media-refused")
    if now.held and not (before and before.held):
        yield Mark("explain.mark.hold")
    if before is None:
        return
    if before.held and not now.held:
        yield Mark("explain.mark.resume")
    if before.address != now.address and not now.refused and not now.held:
        yield Mark("explain.mark.address-change", {"before": before.address, "now": now.address})


def read_audio(body: bytes) -> Spoken | None:
    """The first audio line of a session description; None where it cannot be read."""
    try:
        session = parse_description(body)
    except MalformedSdp:
        return None
    audio = next((media for media in session.media if media.media == "audio"), None)
    if audio is None:
        return None
    host = f"[{audio.host}]" if ":" in audio.host else audio.host
    direction = direction_of(audio, session.attributes)
    return Spoken(
        printable(f"{host}:{audio.port}"),
        codec_names(audio),
        held=direction in ("sendonly", "inactive") or audio.host == "0.0.0.0",  # noqa: S104 - RFC 3264 8.4
        refused=audio.port == 0,
    )


def codec_names(media: MediaDescription) -> tuple[str, ...]:
    """Name of each format in the order of the m= line: rtpmap first, else RFC 3551, else the number."""
    mapped: dict[str, str] = {}
    for value in media.values("rtpmap"):
        words = value.split()
        if len(words) == 2:
            mapped.setdefault(words[0], printable(words[1].partition("/")[0])[:32])
    names = []
    for written in media.formats:
        number = number_in(written, 127)
        names.append(mapped.get(written) or STATIC_CODECS.get(-1 if number is None else number) or written)
    return tuple(name[:32] for name in names)


def _sound(codecs: tuple[str, ...]) -> str:
    return next((name for name in codecs if name.lower() not in map(str.lower, _NO_SOUND)), "")
