"""Every finding: how bad, how sure, whose, and which step of the provider's document it belongs to.

A finding whose meaning rests on general SIP reasoning is never "certain": the provider has not published
what its answers mean. What this machine did or saw itself may be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tccc_desk.diagnosis.stages import Confidence, Found, Severity, Side

Step = Literal[1, 2, 3] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding's place."""

    severity: Severity
    confidence: Confidence
    side: Side
    step: Step = None


_SEVERITIES: Mapping[str, Severity] = {"i": "info", "w": "warning", "e": "error"}
_CONFIDENCES: Mapping[str, Confidence] = {"c": "certain", "l": "likely", "p": "possible"}
_SIDES: Mapping[str, Side] = {
    "conf": "configuration",
    "here": "this_machine",
    "net": "network",
    "edge": "provider_edge",
    "beyond": "beyond",
    "none": "none",
    "?": "unknown",
}
_STEPS: Mapping[str, Step] = {"1": 1, "2": 2, "3": 3, "-": None}

_TABLE = """
finding.path.dns                      e l net 1
finding.path.refused                  e p ? 1
finding.path.connect-timeout          e l net 1
finding.path.icmp                     e p ? 1
finding.path.unreachable              e l here 1
finding.path.tls                      e p ? 1
finding.path.tls-name                 e p conf 1
finding.path.tls-expired              e p edge 1
finding.path.tls-early                e l here 1
finding.path.tls-issuer               e p net 1
finding.path.tls-not-tls              e l conf 1
finding.path.tls-version              e p edge 1
finding.path.tls-refused              e p edge 1
finding.path.tls-closed               e p conf 1
finding.path.tls-timeout              e p conf 1
finding.path.tls-ca-file              e c conf 1
finding.path.closed                   e p ? 1
finding.path.slept                    w c here 1
finding.path.address-changed          w c here 1
finding.path.internal                 e c here -
finding.path.silence-udp              e p ? 1
finding.path.silence-stream           e p ? 1
finding.register.ok                   i c none 1
finding.register.credentials-refused  e l conf 1
finding.register.forbidden            e l edge 1
finding.register.not-found            e l conf 1
finding.register.redirected           e l edge 1
finding.register.too-brief            e l conf 1
finding.register.rejected             e p edge 1
finding.register.server-timeout       e l edge 1
finding.register.server-trouble       e l edge 1
finding.register.not-granted          e l edge 1
finding.register.rewritten            w p net 1
finding.register.other-server         w l edge 1
finding.register.stale-removed        i c none 1
finding.verify.unsupported            w c none 1
finding.auth.realm                    e p edge 1
finding.auth.algorithm                e l edge 1
finding.auth.qop                      e l edge 1
finding.auth.none                     e l edge 1
finding.auth.downgrade                w p ? 1
finding.auth.leak                     w l ? -
finding.call.ok                       i c none 2
finding.call.credentials              e l conf 2
finding.call.forbidden                e p ? 2
finding.call.not-found                e l conf 2
finding.call.incomplete               e l conf 2
finding.call.unavailable              e l beyond 2
finding.call.busy                     e l beyond 2
finding.call.codec                    e p conf 2
finding.call.line-unavailable         e p beyond 2
finding.call.server-fault             e p ? 2
finding.call.server-timeout           e p beyond 2
finding.call.loop                     e p net 2
finding.call.extension                e p conf 2
finding.call.declined                 e l beyond 2
finding.call.redirected               e p edge 2
finding.call.rejected                 e p ? 2
finding.call.terminated               i p ? 2
finding.call.large-udp                e l net 2
finding.call.cancelled                i c none 2
finding.call.no-answer                e l beyond 2
finding.call.no-ringing               e p ? 2
finding.call.no-ack                   e l net 3
finding.call.no-prack                 e l net 3
finding.call.session-expired          e p ? 2
finding.call.refresh-failed           e p ? 2
finding.call.dialog-lost              e p ? 2
finding.call.hold-refused             w p beyond 2
finding.call.stranger                 w l ? 3
finding.call.bad-answer               e l beyond 2
finding.call.no-media-port            e c here 2
finding.call.no-port-in-range         e c here 2
finding.call.registration-failed      e c ? 2
finding.call.rejected-by-us           i c none 3
finding.call.unfit-offer              e l edge 3
finding.call.caller-gave-up           w p beyond 3
finding.command.unknown-trunk         e c here -
finding.command.unknown-call          e c here -
finding.command.call-exists           e c here -
finding.command.wrong-state           e c here -
finding.command.bad-status            e c conf -
finding.command.bad-digits            e c conf -
finding.command.bad-value             e c conf -
finding.command.too-many-calls        e c here -
finding.command.stopping              e c here -
finding.command.unknown-check         e c here -
finding.command.check-exists          e c here -
finding.command.check-runs            e c here -
finding.command.no-telephone-event    w c beyond 2
finding.command.too-many-digits       w c here 2
finding.command.bad-ports             e c conf -
finding.sound.info-refused            w l beyond 2
finding.sound.info-unanswered         w p beyond 2
finding.sound.digits-unsent           w c conf 2
finding.sound.digits-cut              w c conf 2
finding.sound.source-changed          i c none -
finding.sound.devices-taken           i c here -
check.found.vpn                       w p here -
check.found.proxy                     i c none -
check.found.clock                     w l here -
check.found.other-answers             i c none 1
check.found.other-failed              i c none 1
check.found.other-quiet               i p none 1
check.found.backup-answers            i c none 1
check.found.backup-failed             w c ? 1
check.found.backup-quiet              w p ? 1
check.found.large-passes              i c none 2
check.found.large-lost                w l net 2
check.found.alg                       w p net -
check.found.alg-none                  i c none -
check.found.alg-unseen                i c none -
check.found.nat                       i c none -
check.found.repeats                   w p net -
check.found.shortened                 i c edge 1
check.found.others                    w c ? 1
check.found.inbound-unproven          i c none 3
check.found.inbound-proven            i c none 3
check.origin.this_machine             i c here -
check.origin.network                  i p net -
check.origin.provider_edge            i p edge -
check.origin.beyond                   i p beyond -
check.origin.unknown                  i p ? -
media.cause.nothing-arrives           e l net 2
media.cause.arrives-silent            e l beyond 2
media.cause.unknown-codec             e l beyond 2
media.cause.repeats-only              e l beyond 2
media.cause.wrong-port                e l net 2
media.cause.private-address-theirs    e l beyond 2
media.cause.late-start                w c beyond 2
media.cause.rtcp-reports-none         e l net 2
media.cause.microphone-silent         e c here 2
media.cause.private-address-ours      e l net 2
media.cause.no-rtcp                   i c none 2
media.cause.inactive                  w c none 2
"""


def _read(table: str) -> dict[str, Entry]:
    entries = {}
    for line in table.split("\n"):
        if line:
            id, severity, confidence, side, step = line.split()
            entries[id] = Entry(_SEVERITIES[severity], _CONFIDENCES[confidence], _SIDES[side], _STEPS[step])
    return entries


CATALOGUE: Mapping[str, Entry] = _read(_TABLE)
_DOUBT = Entry("warning", "certain", "configuration")
_HINT = Entry("info", "certain", "configuration")
_HINTS = frozenset({"input.port.filled", "input.server.transport_read", "input.transport.tls_unconfirmed"})

ROWS: Mapping[int, tuple[str, ...]] = {
    1: ("finding.path.dns",),
    2: ("verdict.said.dns-domain",),
    3: ("finding.path.refused",),
    4: ("finding.path.connect-timeout",),
    5: ("finding.path.silence-udp",),
    6: ("finding.path.icmp",),
    7: (
        "finding.path.tls-name",
        "finding.path.tls-expired",
        "finding.path.tls-early",
        "finding.path.tls-issuer",
    ),
    8: ("finding.path.tls-not-tls", "input.port.mixed"),
    9: ("finding.path.closed",),
    10: ("check.challenge.ok",),
    11: ("finding.register.credentials-refused",),
    12: ("check.credentials.ok",),
    13: ("finding.auth.realm",),
    14: ("finding.auth.algorithm",),
    15: ("finding.register.forbidden",),
    16: ("finding.register.not-found",),
    17: ("finding.register.too-brief",),
    18: ("finding.register.server-timeout",),
    19: ("finding.register.server-trouble",),
    20: ("check.found.shortened",),
    21: ("finding.path.address-changed",),
    22: ("check.found.others",),
    23: ("check.found.nat",),
    24: ("check.found.alg", "finding.register.rewritten"),
    25: ("verdict.said.no-call-came",),
    26: ("finding.call.ok",),
    27: ("finding.call.credentials",),
    28: ("finding.call.large-udp",),
    29: ("finding.call.forbidden",),
    30: ("finding.call.not-found",),
    31: ("finding.call.incomplete",),
    32: ("finding.call.unavailable",),
    33: ("finding.call.busy",),
    34: ("finding.call.codec",),
    35: ("finding.call.line-unavailable",),
    36: ("finding.call.server-fault",),
    37: ("finding.call.server-timeout", "finding.call.no-ringing"),
    38: ("finding.call.loop",),
    39: ("finding.call.extension",),
    40: ("finding.call.extension",),
    41: ("finding.call.cancelled",),
    42: ("finding.call.declined",),
    43: ("finding.call.no-ack",),
    44: ("finding.call.session-expired", "finding.call.refresh-failed"),
    45: ("media.cause.nothing-arrives",),
    46: ("media.cause.rtcp-reports-none",),
    47: ("verdict.said.both-deaf",),
    48: ("finding.sound.source-changed",),
    49: ("media.cause.arrives-silent", "media.cause.microphone-silent"),
    50: ("media.cause.late-start",),
    51: ("finding.sound.digits-unsent", "finding.sound.info-refused"),
    52: ("finding.call.ok",),
    53: ("conformance.rule.to-user",),
    54: ("conformance.rule.from-user",),
    55: ("finding.call.stranger",),
    56: ("finding.auth.leak",),
    57: ("finding.call.rejected-by-us",),
    61: ("verdict.said.keyring",),
    62: ("finding.call.no-port-in-range",),
    63: ("check.found.vpn",),
}
"""Rows of the failure catalogue -> the texts that say them. 58 to 60 are FreeSWITCH's own words, which
the lint of a foreign configuration explains."""


def entry_of(id: str) -> Entry:
    """The place of a finding; what was said of an entered value is a doubt about it, or a hint."""
    entry = CATALOGUE.get(id)
    if entry is not None:
        return entry
    return _HINT if id in _HINTS else _DOUBT


def found(id: str, details: Mapping[str, str], confidence: Confidence | None = None) -> Found:
    """A finding with its place; `confidence` where the evidence says more than the kind does."""
    entry = entry_of(id)
    sure = confidence or entry.confidence
    return Found(id=id, severity=entry.severity, confidence=sure, details=dict(details))
