"""What stands out in a call or a registration: one finding each, with the entries that show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tccc_desk.explain.cutting import cut
from tccc_desk.explain.exchange import Exchange, exchanges
from tccc_desk.explain.facts import read_address, read_via
from tccc_desk.explain.fits import UDP_SAFE, domain_fits, public
from tccc_desk.explain.lines import lines
from tccc_desk.explain.model import shown
from tccc_desk.explain.situation import CHALLENGED_WITHIN, context_of, has_credentials, refused_credentials
from tccc_desk.rtp.verdict import CAUSES
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.problems import PROBLEM_FACTS
from tccc_desk.trunk.findings import call_refusal, register_refusal
from tccc_desk.trunk.profile import Trunk
from tccc_desk.trunk.server import PORT, TLS_PORT

Severity = Literal["wrong", "unusual", "info"]
MAX_FINDINGS = 100
MAX_ENTRIES = 5000
SILENCE_S = 2.0
"""So long without any answer, and a request is called unanswered."""
AT_ONCE_S = 1.0
UNACKNOWLEDGED_S = (28.0, 36.0)
"""Around 64 x T1, when a side whose answer was never acknowledged gives up (RFC 3261 section 13.3.1.4)."""
_EXAMINED = 3
"""Messages of one kind whose lines are looked at: a registration repeats itself for months."""
_SAID_ELSEWHERE = frozenset({"fact.retransmit", "fact.timeout", "fact.large-udp", "fact.unacknowledged"})
_TELLING = (
    "explain.c.",
    "explain.m.",
    "explain.challenge.realm",
    "explain.contact.",
    "explain.expires.granted",
)
"""Beginnings of the ids whose lines are told even where they are only unusual."""
_LATE = ("late-start", "no-rtcp")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands out. `id` is a text; `values` quote the wire: bounded and hostile."""

    id: str
    values: Mapping[str, str] = field(default_factory=dict)
    severity: Severity = "unusual"
    entries: tuple[int, ...] = ()
    """`TraceEntry.number` of what shows it."""
    at: float = 0.0
    """When it first showed, seconds since the epoch."""


def findings(entries: Sequence[TraceEntry], trunk: Trunk | None = None) -> tuple[Finding, ...]:
    """Give what stands out in the entries of one call or registration, oldest first, each once."""
    looked_at = entries[:MAX_ENTRIES]
    places = {id(entry): at for at, entry in enumerate(looked_at)}
    found = [
        *_lines(looked_at, trunk),
        *(one for exchange in exchanges(looked_at) for one in _exchange(exchange, looked_at, places)),
        *_port(looked_at),
        *_ends(looked_at),
        *_facts(looked_at),
    ]
    known: dict[tuple[str, tuple[tuple[str, str], ...]], Finding] = {}
    for one in sorted(found, key=lambda finding: finding.at):
        known.setdefault((one.id, tuple(one.values.items())), one)
    return tuple(known.values())[:MAX_FINDINGS]


def _make(id: str, severity: Severity, *shown_by: TraceEntry, **values: object) -> Finding:
    quoted = {name: shown(str(value)) for name, value in values.items()}
    return Finding(id, quoted, severity, tuple(one.number for one in shown_by[:20]), shown_by[0].at)


def _lines(entries: Sequence[TraceEntry], trunk: Trunk | None) -> Iterator[Finding]:
    """Give the lines that are wrong, and the telling ones among the unusual."""
    seen: Counter[tuple[str, str, int]] = Counter()
    for at, entry in enumerate(entries):
        if entry.kind != "message" or entry.retransmission:
            continue
        if fault := entry.details.get("unreadable", ""):
            yield _make("explain.finding.unreadable", "wrong", entry, what=fault)
            continue
        kind = (entry.direction, entry.method, entry.status)
        seen[kind] += 1
        if seen[kind] > _EXAMINED:
            continue
        for line in lines(entry.raw, context_of(entry, entries[:at], trunk)):
            telling = line.verdict == "unusual" and line.id.startswith(_TELLING)
            if line.kind != "start" or not entry.status:
                if line.verdict == "wrong":
                    yield _make(line.id, "wrong", entry, **line.values)
                elif telling:
                    yield _make(line.id, "unusual", entry, **line.values)


def _exchange(
    exchange: Exchange, entries: Sequence[TraceEntry], places: Mapping[int, int]
) -> Iterator[Finding]:
    request, final = exchange.request, exchange.final
    if request is not None:
        yield from _sending(exchange, request, entries)
    if final is None:
        return
    if final.status in (401, 407):
        at = places[id(final)]
        earlier = entries[max(0, at - CHALLENGED_WITHIN) : at]
        if refused_credentials(final, earlier) and b"stale=true" not in final.raw.lower():
            register = final.method == "REGISTER"
            refused = "finding.register.credentials-refused" if register else "finding.call.credentials"
            yield _make(refused, "wrong", final)
    elif final.status >= 300:
        yield _refused(final, request)
    elif final.method == "REGISTER" and request is not None:
        yield from _granted(request, final)


def _sending(exchange: Exchange, request: TraceEntry, entries: Sequence[TraceEntry]) -> Iterator[Finding]:
    """What happened to a request on its way: repeats, silence, size, another Via in what came back."""
    repeats = exchange.repeats
    sent = request.direction == "sent"
    over_udp = request.transport.upper() == "UDP"
    silent = not exchange.answers and sent and request.method != "ACK"
    if silent and (repeats or entries[-1].at - request.at >= SILENCE_S or exchange.timed_out):
        challenged = any(one.status in (401, 407) and one.method == request.method for one in entries)
        if over_udp and challenged and has_credentials(request):
            yield _make("finding.call.large-udp", "wrong", request, *repeats)
        else:
            id = "finding.path.silence-udp" if over_udp else "finding.path.silence-stream"
            yield _make(id, "wrong", request, *repeats, server=request.remote)
    elif repeats and request.method != "ACK":
        id = "explain.finding.repeated" if sent else "explain.finding.repeated-theirs"
        yield _make(id, "unusual", request, *repeats, method=request.method, count=len(repeats))
    if over_udp and sent and len(request.raw) > UDP_SAFE:
        yield _make(
            "explain.finding.large", "unusual", request, method=request.method, octets=len(request.raw)
        )
    if exchange.answer_repeats:
        theirs = exchange.answer_repeats[0].direction == "received"
        id = "explain.finding.answer-repeated" if theirs else "explain.finding.our-answer-repeated"
        count = len(exchange.answer_repeats)
        yield _make(
            id, "unusual", *exchange.answer_repeats, status=exchange.answer_repeats[0].status, count=count
        )
    if sent:
        yield from _rewritten(request, exchange.answers)


def _rewritten(request: TraceEntry, answers: Sequence[TraceEntry]) -> Iterator[Finding]:
    """Our Via must come back as it was; received and rport are added by every server behind NAT."""
    ours = read_via(cut(request.raw).first("via"))
    for answer in answers[:1]:
        back = read_via(cut(answer.raw).first("via"))
        if ours is None or back is None:
            continue
        if (ours.transport, ours.host, ours.port, ours.branch) != (
            back.transport,
            back.host,
            back.port,
            back.branch,
        ):
            yield _make(
                "explain.finding.via-rewritten",
                "wrong",
                request,
                answer,
                sent=f"{ours.host}:{ours.port or ''} {ours.branch}",
                back=f"{back.host}:{back.port or ''} {back.branch}",
            )


def _refused(final: TraceEntry, request: TraceEntry | None) -> Finding:
    values = {"status": final.status, "reason": final.reason, "method": final.method}
    if final.direction == "sent":
        id = "finding.call.rejected-by-us" if final.method == "INVITE" else "explain.finding.refused-by-us"
        return _make(id, "info" if final.method == "INVITE" else "unusual", final, **values)
    found = cut(final.raw)
    contact = read_address(found.first("contact"))
    to = read_address(found.first("to"))
    values["contact"] = str(contact.uri) if contact else "-"
    values["line"] = to.uri.number if to else "-"
    severity: Severity = "unusual" if final.status in (480, 486, 487, 600, 603) else "wrong"
    if final.method == "INVITE":
        return _make(call_refusal(final.status), severity, final, **values)
    if final.method == "REGISTER" and final.status != 423:
        return _make(register_refusal(final.status), severity, final, **values)
    shown_by = (final,) if request is None else (request, final)
    return _make("explain.finding.refused", severity, *shown_by, **values)


def _granted(request: TraceEntry, final: TraceEntry) -> Iterator[Finding]:
    """Compare what was asked of the registrar with what it keeps."""
    asked, kept = cut(request.raw), cut(final.raw)
    ours = read_address(asked.first("contact"))
    if ours is None or request.direction != "sent":
        return
    contacts = [one for value in kept.headers.get("contact", ()) if (one := read_address(value)) is not None]
    same = [one for one in contacts if one.uri.host == ours.uri.host and one.uri.port == ours.uri.port]
    rewritten = [one for one in contacts if one.uri.user == ours.uri.user]
    if asked.first("expires").strip() == "0":
        return
    if not same and len(contacts) == 1 and rewritten:
        yield _make(
            "finding.register.rewritten",
            "unusual",
            request,
            final,
            contact=rewritten[0].uri,
            ours=ours.uri,
        )
    wanted = _seconds(asked.first("expires"))
    given = next(
        (_seconds(value or "") for one in same for name, value in one.parameters if name == "expires"), None
    )
    given = given if given is not None else _seconds(kept.first("expires"))
    if wanted is not None and given is not None and given < wanted:
        yield _make("explain.finding.short-expiry", "info", final, asked=wanted, granted=given)


def _seconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else None


def _port(entries: Sequence[TraceEntry]) -> Iterator[Finding]:
    """A request for an instance domain of the provider that goes to another port than the document's."""
    for entry in entries:
        if entry.kind == "message" and entry.direction == "sent" and entry.method in ("REGISTER", "INVITE"):
            host, _, port = entry.remote.rpartition(":")
            to = read_address(cut(entry.raw).first("to")) if not entry.status else None
            ours = to is not None and domain_fits(to.uri.host, "")
            if ours and public(host.strip("[]")) and port not in (str(PORT), str(TLS_PORT)):
                yield _make("explain.finding.port", "unusual", entry, port=port)
            return


def _ends(entries: Sequence[TraceEntry]) -> Iterator[Finding]:
    """How a call that was answered came to its end."""
    answered = next((one for one in entries if one.method == "INVITE" and 200 <= one.status < 300), None)
    if answered is None:
        return
    ended = next((one for one in entries if one.method == "BYE" and not one.status), None)
    lost = [one for one in entries if one.fact == "fact.unacknowledged"]
    acknowledged = any(one.method == "ACK" and one.direction != answered.direction for one in entries)
    repeated = any(one.retransmission and one.method == "INVITE" and one.status for one in entries)
    lasted = ended.at - answered.at if ended is not None else 0.0
    gave_up = UNACKNOWLEDGED_S[0] <= lasted <= UNACKNOWLEDGED_S[1] and (repeated or not acknowledged)
    if lost or gave_up:
        yield _make("finding.call.no-ack", "wrong", *(lost or [answered, *([ended] if ended else [])]))
    if ended is not None and ended.direction == "received" and lasted <= AT_ONCE_S:
        yield _make(
            "explain.finding.ended-at-once", "unusual", answered, ended, seconds=f"{max(0.0, lasted):.1f}"
        )


def _facts(entries: Sequence[TraceEntry]) -> Iterator[Finding]:
    for entry in entries:
        if entry.fact == "fact.media":
            cause = entry.details.get("cause", "")
            if cause in CAUSES and cause != "no-rtcp":
                severity: Severity = "unusual" if cause in _LATE else "wrong"
                yield _make(f"media.cause.{cause}", severity, entry)
        elif entry.fact in PROBLEM_FACTS and entry.fact not in _SAID_ELSEWHERE:
            yield _make(entry.fact, "wrong", entry, **{"remote": entry.remote, **entry.details})
