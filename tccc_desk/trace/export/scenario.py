"""What we sent in one call as a SIPp scenario: the far end can replay it as often as it likes.

Call-ID, tags, branches, addresses and lengths become SIPp's variables, the digest answer becomes
[authentication] (give user and password with -au and -ap); everything else stays as it was sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.problem import ExportProblem

MAX_STEPS = 500

_OURS = "[local_ip]:[local_port]"
_DROPPED = frozenset({"content-length", "l", "record-route", "route"})
_BODY_ADDRESS = re.compile(r"(?m)^([co]=.*)IN IP[46] \S+")
_MEDIA = re.compile(r"(?m)^(m=audio )[0-9]{1,5}\b")
_TAG = re.compile(r"(?i);[ \t]*tag=[^;,\s]*")
_ADDRESS_OF_CONTACT = re.compile(r"(?i)<(sips?:)(?:([^@>;]*)@)?[^>]*>")


def scenario(entries: Sequence[TraceEntry]) -> str:
    """Write the scenario of one call, oldest entry first.

    Raises ExportProblem "trace.export.nothing_sent" where nothing went out.
    """
    messages = [one for one in entries if one.kind == "message" and not one.retransmission and one.method]
    if not any(one.direction == "sent" for one in messages):
        raise ExportProblem("trace.export.nothing_sent")
    steps = _Steps(caller=messages[0].direction == "sent")
    for entry in messages[:MAX_STEPS]:
        steps.add(entry)
    return steps.document()


class _Steps:
    def __init__(self, *, caller: bool) -> None:
        self._caller = caller
        self._parts: list[str] = []
        self._asked: dict[tuple[str, int | None], int] = {}
        """Number of the step that sent a request, by method and CSeq."""
        self._refused = False
        self._last_at: float | None = None

    def add(self, entry: TraceEntry) -> None:
        if entry.direction == "sent":
            self._pause(entry)
            self._send(entry)
        else:
            self._receive(entry)
        self._last_at = entry.at

    def _pause(self, entry: TraceEntry) -> None:
        """Keep a person's pauses, such as the time of a conversation; not a machine's milliseconds."""
        if self._last_at is not None and entry.at - self._last_at >= 0.5:
            pause = min(60_000, round((entry.at - self._last_at) * 1000))
            self._parts.append(f'  <pause milliseconds="{pause}"/>')

    def _send(self, entry: TraceEntry) -> None:
        number = self._messages
        text = entry.raw.decode("utf-8", "replace").replace("\r\n", "\n")
        head, _, body = text.partition("\n\n")
        lines = head.split("\n")
        if entry.status:
            written = [lines[0], "[last_Via:]", "[last_From:]", self._answer_to(entry), "[last_Call-ID:]"]
            written += ["[last_CSeq:]", *self._rest(lines[1:], answer=True)]
        else:
            # Within a dialog the far end said where to send (RFC 3261 12.2.1.1).
            within = _within(lines[1:]) and not (entry.method == "ACK" and self._refused)
            first = f"{_inert(entry.method)} [next_url] SIP/2.0" if within else _inert(lines[0])
            written = [first, *self._request(entry, lines[1:], number), *(["[routes]"] if within else [])]
            if entry.method not in ("ACK", "CANCEL"):
                self._asked[entry.method, entry.cseq] = number
        written.append("Content-Length: [len]")
        content = "\n".join(written) + "\n\n" + _description(body)
        retrans = ' retrans="500"' if entry.method != "ACK" and not entry.status else ""
        self._parts.append(f"  <send{retrans}>\n    <![CDATA[\n\n{_cdata(content)}\n\n    ]]>\n  </send>")

    @property
    def _messages(self) -> int:
        return sum(not part.lstrip().startswith("<pause") for part in self._parts)

    def _answer_to(self, entry: TraceEntry) -> str:
        # A dialog needs a tag from us; 100 and requests within the dialog bear theirs already.
        tagged = not self._caller and entry.method == "INVITE" and entry.status > 100
        return "[last_To:];tag=[pid]SIPpTag01[call_number]" if tagged else "[last_To:]"

    def _request(self, entry: TraceEntry, fields: Sequence[str], number: int) -> list[str]:
        branch = "[branch]"
        origin = self._asked.get(("INVITE", entry.cseq))
        refused = entry.method == "ACK" and self._refused
        if origin is not None and (entry.method == "CANCEL" or refused):
            branch = f"[branch-{number - origin}]"  # RFC 3261 17.1.1.3: on the INVITE's own branch
        written = [f"Via: SIP/2.0/[transport] {_OURS};branch={branch};rport"]
        for line in _unfolded(fields):
            name, _, value = line.partition(":")
            key = name.strip().lower()
            if key in ("call-id", "i"):
                written.append("Call-ID: [call_id]")
            elif key in ("from", "f"):
                ours = ";tag=[pid]SIPpTag00[call_number]"
                written.append(f"{name.strip()}: {_TAG.sub('', _inert(value.strip()))}{ours}")
            elif key in ("to", "t"):
                tagged = "[peer_tag_param]" if _TAG.search(value) else ""
                written.append(f"{name.strip()}: {_TAG.sub('', _inert(value.strip()))}{tagged}")
        return [*written, *self._rest(fields, answer=False)]

    def _rest(self, fields: Sequence[str], *, answer: bool) -> list[str]:
        """Fields that no variable of a dialog replaces."""
        known = {"via", "v", "call-id", "i", "from", "f", "to", "t", *_DROPPED, *({"cseq"} if answer else ())}
        written = []
        for line in _unfolded(fields):
            name, _, value = line.partition(":")
            key = name.strip().lower()
            if key in ("authorization", "proxy-authorization"):
                written.append("[authentication]")
            elif key in ("contact", "m"):
                written.append("Contact: " + _ADDRESS_OF_CONTACT.sub(_contact, _inert(value.strip())))
            elif key not in known:
                written.append(_inert(line))
        return written

    def _receive(self, entry: TraceEntry) -> None:
        if not entry.status:
            self._parts.append(f"  <recv request={quoteattr(_inert(entry.method))}/>")
            return
        attributes = f'response="{entry.status}"'
        if entry.status < 200:
            attributes += ' optional="true"'
        if entry.status in (401, 407):
            attributes += ' auth="true"'
        self._refused = entry.method == "INVITE" and entry.status >= 300
        if entry.method == "INVITE" and 200 <= entry.status < 300:
            attributes += ' rrs="true"'
        self._parts.append(f"  <recv {attributes}/>")

    def document(self) -> str:
        return (
            '<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n'
            '<scenario name="TCCC Desk">\n' + "\n".join(self._parts) + "\n</scenario>\n"
        )


def _within(fields: Sequence[str]) -> bool:
    """Tell a request within a dialog by the far end's tag."""
    to = next(
        (line for line in _unfolded(fields) if line.partition(":")[0].strip().lower() in ("to", "t")), ""
    )
    return _TAG.search(to) is not None


def _contact(found: re.Match[str]) -> str:
    user = f"{found[2]}@" if found[2] else ""
    return f"<{found[1]}{user}{_OURS};transport=[transport]>"


def _description(body: str) -> str:
    body = _BODY_ADDRESS.sub(r"\1IN IP[local_ip_type] [local_ip]", _inert_lines(body))
    return _MEDIA.sub(r"\1[media_port]", body)


def _unfolded(fields: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for line in fields:
        if line[:1] in (" ", "\t") and lines:
            lines[-1] += " " + line.strip()
        elif line:
            lines.append(line)
    return lines


def _inert(text: str) -> str:
    """Wire text must not be taken for a variable of SIPp: it has no escape for "[", URIs do."""
    return "".join(one for one in text if one.isprintable()).replace("[", "%5B").replace("]", "%5D")


def _inert_lines(text: str) -> str:
    return "\n".join(map(_inert, text.split("\n")))


def _cdata(text: str) -> str:
    return "\n".join(f"      {line}" if line else "" for line in text.split("\n")).replace("]]>", "]] >")
