"""Which finding a final answer or a local fault is: the ids whose sentences `texts` holds.

A SIP status says what the server decided, not why; the sentences behind these ids keep
general SIP reasoning and the provider's published facts apart.
"""

from __future__ import annotations

from collections.abc import Mapping

PATH: Mapping[str, str] = {
    "dns": "finding.path.dns",
    "refused": "finding.path.refused",
    "connect-timeout": "finding.path.connect-timeout",
    "icmp": "finding.path.icmp",
    "unreachable": "finding.path.unreachable",
    "tls": "finding.path.tls",
    "closed": "finding.path.closed",
    "slept": "finding.path.slept",
    "address-changed": "finding.path.address-changed",
    "internal": "finding.path.internal",
}
"""Fault -> finding. Silence depends on the transport, see `path`."""

TLS: Mapping[str, str] = {
    "name": "finding.path.tls-name",
    "expired": "finding.path.tls-expired",
    "not-yet-valid": "finding.path.tls-early",
    "issuer": "finding.path.tls-issuer",
    "not-tls": "finding.path.tls-not-tls",
    "version": "finding.path.tls-version",
    "refused": "finding.path.tls-refused",
    "closed": "finding.path.tls-closed",
    "timeout": "finding.path.tls-timeout",
    "ca-file": "finding.path.tls-ca-file",
}
"""Why TLS failed -> finding; any other reason is `finding.path.tls`."""

REGISTER: Mapping[int, str] = {
    403: "finding.register.forbidden",
    404: "finding.register.not-found",
    408: "finding.register.server-timeout",
    423: "finding.register.too-brief",
    480: "finding.register.server-timeout",
}

CALL: Mapping[int, str] = {
    401: "finding.call.credentials",
    403: "finding.call.forbidden",
    404: "finding.call.not-found",
    407: "finding.call.credentials",
    408: "finding.call.server-timeout",
    415: "finding.call.codec",
    420: "finding.call.extension",
    421: "finding.call.extension",
    422: "finding.call.extension",
    480: "finding.call.unavailable",
    481: "finding.call.loop",
    482: "finding.call.loop",
    483: "finding.call.loop",
    484: "finding.call.incomplete",
    486: "finding.call.busy",
    487: "finding.call.terminated",
    488: "finding.call.codec",
    494: "finding.call.extension",
    503: "finding.call.line-unavailable",
    600: "finding.call.busy",
    603: "finding.call.declined",
    604: "finding.call.not-found",
    606: "finding.call.codec",
}

AUTHENTICATION: Mapping[str, str] = {
    "realm": "finding.auth.realm",
    "algorithm": "finding.auth.algorithm",
    "qop": "finding.auth.qop",
    "none": "finding.auth.none",
}
"""Why a challenge was not answered -> finding."""

COMMAND = (
    "finding.command.unknown-trunk",
    "finding.command.unknown-call",
    "finding.command.call-exists",
    "finding.command.wrong-state",
    "finding.command.bad-status",
    "finding.command.bad-digits",
    "finding.command.bad-value",
    "finding.command.too-many-calls",
    "finding.command.stopping",
    "finding.command.unknown-check",
    "finding.command.check-exists",
    "finding.command.check-runs",
    "finding.command.no-telephone-event",
    "finding.command.too-many-digits",
    "finding.command.bad-ports",
)

OTHER = (
    "finding.path.silence-udp",
    "finding.path.silence-stream",
    "finding.register.ok",
    "finding.register.credentials-refused",
    "finding.register.redirected",
    "finding.register.rejected",
    "finding.register.server-trouble",
    "finding.register.not-granted",
    "finding.register.rewritten",
    "finding.register.other-server",
    "finding.register.stale-removed",
    "finding.auth.downgrade",
    "finding.auth.leak",
    "finding.verify.unsupported",
    "finding.call.ok",
    "finding.call.cancelled",
    "finding.call.no-answer",
    "finding.call.no-ringing",
    "finding.call.redirected",
    "finding.call.rejected",
    "finding.call.server-fault",
    "finding.call.large-udp",
    "finding.call.no-ack",
    "finding.call.no-prack",
    "finding.call.session-expired",
    "finding.call.refresh-failed",
    "finding.call.dialog-lost",
    "finding.call.hold-refused",
    "finding.call.stranger",
    "finding.call.bad-answer",
    "finding.call.no-media-port",
    "finding.call.no-port-in-range",
    "finding.call.registration-failed",
    "finding.call.rejected-by-us",
    "finding.call.unfit-offer",
    "finding.call.caller-gave-up",
)

SOUND = (
    "finding.sound.info-refused",
    "finding.sound.info-unanswered",
    "finding.sound.digits-unsent",
    "finding.sound.digits-cut",
    "finding.sound.source-changed",
    "finding.sound.devices-taken",
)
"""What is noticed about a call's sound; it ends nothing."""

ALL: frozenset[str] = frozenset(
    {
        *PATH.values(),
        *TLS.values(),
        *REGISTER.values(),
        *CALL.values(),
        *AUTHENTICATION.values(),
        *COMMAND,
        *SOUND,
        *OTHER,
    }
)
"""Every finding id this product can say. The texts hold exactly these."""


def path(fault: str, transport: str, why: str = "") -> str:
    """The finding of a fault below SIP. `transport` is "udp", "tcp" or "tls"; `why` see `TLS`."""
    if fault == "tls":
        return TLS.get(why, PATH["tls"])
    if fault == "silence":
        return "finding.path.silence-udp" if transport == "udp" else "finding.path.silence-stream"
    return PATH.get(fault, PATH["internal"])


def path_details(server: str, detail: str, why: str = "") -> dict[str, str]:
    """What goes with `path`: whom we tried to reach, the system's words, and `why` where it is known."""
    return {"server": server, "detail": detail} | ({"why": why} if why else {})


def register_refusal(status: int) -> str:
    """The finding of a final answer to REGISTER that is neither 2xx nor a challenge."""
    if status in REGISTER:
        return REGISTER[status]
    if 300 <= status < 400:
        return "finding.register.redirected"
    return "finding.register.server-trouble" if 500 <= status < 600 else "finding.register.rejected"


def call_refusal(status: int) -> str:
    """The finding of a final answer from 300 to 699 to an INVITE of ours."""
    if status in CALL:
        return CALL[status]
    if status < 400:
        return "finding.call.redirected"
    return "finding.call.server-fault" if 500 <= status < 600 else "finding.call.rejected"
