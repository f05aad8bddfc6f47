"""The lines of a session description (RFC 8866), and what an offer or answer should look like here."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tccc_desk.explain.cutting import Cut
from tccc_desk.explain.facts import whole
from tccc_desk.explain.fits import G711, UNSPECIFIED, stands_in, unreachable
from tccc_desk.explain.model import Said, Verdict, say
from tccc_desk.trace.ladder_talk import STATIC_CODECS

TYPES = ("o", "s", "i", "u", "e", "p", "b", "t", "r", "z", "k")
"""Lines that say something and are nothing to judge: `explain.sdp.<letter>`."""

CODECS = (
    *("pcma", "pcmu", "g722", "g729", "gsm", "ilbc", "opus", "amr", "amr-wb", "g723", "g726-32", "g728"),
    *("speex", "evs", "silk", "cn", "telephone-event", "red"),
)
"""Encodings with a sentence of their own, `explain.rtpmap.<name>`."""

_ALONE = (
    *("rtcp", "rtcp-mux", "rtcp-rsize", "rtcp-fb", "rtcp-xr", "ssrc", "candidate", "fingerprint", "setup"),
    *("key-mgmt", "group", "mid", "label", "content", "lang", "tool", "type", "silencesupp", "ecan", "x-nat"),
    *("nortpproxy", "direction"),
)
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "ice": (
        *("ice-ufrag", "ice-pwd", "ice-options", "ice-lite", "ice-mismatch", "end-of-candidates"),
        *("remote-candidates", "alt"),
    ),
    "webrtc": (
        *("msid", "msid-semantic", "extmap", "extmap-allow-mixed", "bundle-only", "rid", "simulcast"),
        *("imageattr", "rtcp-mux-only", "ssrc-group", "tls-id"),
    ),
    "capability": (
        *(
            "acap",
            "tcap",
            "pcfg",
            "acfg",
            "csup",
            "creq",
            "sqn",
            "cdsc",
            "cpar",
            "cparmin",
            "cparmax",
            "gpmd",
        ),
    ),
    "precondition": ("curr", "des", "conf"),
    "data": ("sctp-port", "sctpmap", "max-message-size", "dcmap", "dcsa"),
    "picture": ("framerate", "quality", "orient"),
    "about": (
        "cat",
        "keywds",
        "charset",
        "sdplang",
        "phone-context",
        "source-filter",
        "record",
        "recordpref",
    ),
    "fax": (
        *("t38faxversion", "t38maxbitrate", "t38faxratemanagement", "t38faxmaxbuffer", "t38faxmaxdatagram"),
        *("t38faxudpec", "t38faxfillbitremoval", "t38faxtranscodingmmr", "t38faxtranscodingjbig"),
        *("t38faxmaxifp", "t38vendorinfo", "t38faxudpecdepth", "t38modemtype"),
    ),
}
ATTRIBUTES: Mapping[str, str] = {name: name for name in _ALONE} | {
    name: group for group, names in _GROUPS.items() for name in names
}
"""Attributes that say something and are nothing to judge: name -> last part of `explain.a.<text>`."""

DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_SECURED = re.compile(r"(?i)SAVPF?$")
_MOST_MAPS = 128


@dataclass(frozen=True, slots=True)
class Sdp:
    """What the lines of a description tell about each other."""

    names: dict[str, str]
    """Payload type as written -> encoding name, upper case."""
    offer: bool
    """In a request, where it can still be refused."""


def sdp_of(found: Cut, *, offer: bool) -> Sdp:
    """Collect the rtpmap lines."""
    names = {str(number): name.upper() for number, name in STATIC_CODECS.items()}
    for line in found.lines:
        if line.kind == "sdp" and line.name == "a" and line.value[:7].lower() == "rtpmap:":
            words = line.value[7:].split()
            if len(words) == 2 and len(names) < _MOST_MAPS:
                names[words[0][:8]] = words[1].partition("/")[0].upper()[:40]
    return Sdp(names, offer)


def sdp_line(letter: str, value: str, sdp: Sdp) -> Said:
    """Say what one line means."""
    if letter == "v":
        return (
            say("explain.sdp.v", "expected")
            if value == "0"
            else say("explain.sdp.v-bad", "wrong", value=value)
        )
    if letter == "c":
        return _connection(value)
    if letter == "m":
        return _media(value, sdp)
    if letter == "a":
        return _attribute(value, sdp)
    if letter in TYPES:
        return say(f"explain.sdp.{letter}", "unusual" if letter == "k" else "info", value=value)
    return say("explain.sdp-unknown", "unusual", letter=letter)


def _connection(value: str) -> Said:
    words = value.split()
    if len(words) != 3 or words[0].upper() != "IN" or words[1].upper() not in ("IP4", "IP6"):
        return say("explain.c.bad", "wrong", value=value)
    host = words[2].partition("/")[0]
    if host in UNSPECIFIED:
        return say("explain.c.hold", "info", host=host)
    if stands_in(host):
        return say("explain.c.stand-in", "info", host=host)
    if unreachable(host):
        return say("explain.c.private", "unusual", host=host)
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        return say("explain.c.name", "unusual", host=host)
    return (
        say("explain.c.loopback", "info", host=host)
        if loopback
        else say("explain.c.public", "expected", host=host)
    )


def _media(value: str, sdp: Sdp) -> Said:
    words = value.split()
    port = whole(words[1].partition("/")[0], 65535) if len(words) > 3 else None
    if port is None:
        return say("explain.m.bad", "wrong", value=value)
    kind, protocol, formats = words[0].lower(), words[2].upper(), words[3:67]
    if port == 0:
        return say("explain.m.refused", "unusual", kind=kind)
    if kind != "audio":
        return say(
            f"explain.m.{kind}" if kind in ("video", "image") else "explain.m.other", "unusual", kind=kind
        )
    if _SECURED.search(protocol):
        webrtc = protocol.startswith("UDP/TLS")
        return say("explain.m.dtls" if webrtc else "explain.m.srtp", "unusual", protocol=protocol)
    if protocol not in ("RTP/AVP", "RTP/AVPF"):
        return say("explain.m.protocol", "wrong", protocol=protocol)
    names = [sdp.names.get(one, one) for one in formats]
    values: dict[str, str | int] = {"port": port, "codecs": ", ".join(names)}
    spoken = [name for name in names if name not in ("TELEPHONE-EVENT", "CN", "RED")]
    if not G711.intersection(spoken):
        if "G729" in spoken:
            return say("explain.m.g729-only", "unusual", **values)
        return say("explain.m.no-g711", "wrong", **values)
    if "TELEPHONE-EVENT" not in names:
        return say("explain.m.no-events", "unusual", **values)
    if port % 2:
        return say("explain.m.odd-port", "info", **values)
    return say("explain.m.audio", "expected", **values)


def _attribute(value: str, sdp: Sdp) -> Said:
    name, _, text = value.partition(":")
    key, text = name.strip().lower(), text.strip()
    if key == "rtpmap":
        return _rtpmap(text)
    if key == "fmtp":
        return _fmtp(text, sdp)
    if key == "ptime":
        return _ptime(text)
    if key == "maxptime":
        return say("explain.a.maxptime", "info", ms=text)
    if key == "crypto":
        return say("explain.a.crypto", "unusual", suite=[*text.split(), "-", "-"][1])
    if key in DIRECTIONS:
        return say(f"explain.a.{key}", "expected" if key == "sendrecv" else "info")
    if key in ATTRIBUTES:
        return say(f"explain.a.{ATTRIBUTES[key]}", "info", name=key, value=text)
    return say("explain.a-unknown", "info", name=name)


def _rtpmap(text: str) -> Said:
    words = text.split()
    number = whole(words[0], 127) if len(words) == 2 else None
    if number is None:
        return say("explain.rtpmap-bad", "wrong", value=text)
    name, _, rest = words[1].partition("/")
    values: dict[str, str | int] = {"number": number, "name": name, "rate": rest.partition("/")[0]}
    fixed = STATIC_CODECS.get(number)
    if fixed is not None and fixed.upper() != name.upper():
        return say("explain.rtpmap-static", "wrong", fixed=fixed, **values)
    key = name.lower()
    if key == "g729a":
        key = "g729"
    if key in ("pcma", "pcmu", "telephone-event") and values["rate"] != "8000":
        return say("explain.rtpmap-rate", "unusual", **values)
    verdict: Verdict = "expected" if key in ("pcma", "pcmu", "telephone-event") else "info"
    if key in CODECS:
        return say(f"explain.rtpmap.{key}", verdict, **values)
    return say("explain.rtpmap-other", "info", **values)


def _fmtp(text: str, sdp: Sdp) -> Said:
    number, _, rest = text.partition(" ")
    name = sdp.names.get(number, "")
    values: dict[str, str | int] = {"number": number, "name": name or "-", "value": rest.strip()}
    if not name:
        return say("explain.fmtp.stray", "unusual", **values)
    if name == "TELEPHONE-EVENT":
        return say("explain.fmtp.events", "info", **values)
    if name in ("G729", "G729A"):
        return say("explain.fmtp.g729", "info", **values)
    if name == "OPUS":
        return say("explain.fmtp.opus", "info", **values)
    return say("explain.fmtp.other", "info", **values)


def _ptime(text: str) -> Said:
    ms = whole(text.partition(".")[0], 10_000)
    if not ms:
        return say("explain.a.ptime-bad", "wrong", value=text)
    if ms == 20:
        return say("explain.a.ptime-20", "expected")
    return say("explain.a.ptime-other", "unusual", ms=ms)
