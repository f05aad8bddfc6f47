"""Which header is explained by whom; unknown names are the sender's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tccc_desk.explain import credentials, parties, plain
from tccc_desk.explain.facts import Facts
from tccc_desk.explain.model import Said, Verdict, say
from tccc_desk.sip.fields import SINGLE

Explain = Callable[[str, Facts, int], Said]
"""Value, message, and how many lines of that name came before."""

JUDGED: Mapping[str, Explain] = {
    "allow": plain.allow,
    "authentication-info": credentials.authentication_info,
    "authorization": credentials.authorization,
    "call-id": plain.call_id,
    "contact": parties.contact,
    "content-length": plain.content_length,
    "content-type": plain.content_type,
    "cseq": plain.cseq,
    "expires": plain.expires,
    "from": parties.from_line,
    "max-forwards": plain.max_forwards,
    "privacy": plain.privacy,
    "proxy-authenticate": credentials.proxy_authenticate,
    "proxy-authorization": credentials.proxy_authorization,
    "reason": plain.reason,
    "require": plain.require,
    "retry-after": plain.retry_after,
    "session-expires": plain.session_expires,
    "supported": plain.supported,
    "to": parties.to_line,
    "unsupported": plain.unsupported,
    "via": parties.via,
    "warning": plain.warning,
    "www-authenticate": credentials.www_authenticate,
}

KNOWN: frozenset[str] = frozenset(
    {
        # RFC 3261
        *("accept", "accept-encoding", "accept-language", "alert-info", "call-info", "content-disposition"),
        *("content-encoding", "content-language", "date", "error-info", "in-reply-to", "mime-version"),
        *("min-expires", "organization", "priority", "proxy-require", "record-route", "reply-to", "route"),
        *("server", "subject", "timestamp", "user-agent"),
        # RFC 3262, 6665, 3903
        *("rack", "rseq", "event", "allow-events", "subscription-state", "sip-etag", "sip-if-match"),
        # RFC 3313, 3325, 5009, 6050, 7315 and other private headers
        *("p-media-authorization", "p-asserted-identity", "p-preferred-identity", "p-associated-uri"),
        *("p-called-party-id", "p-visited-network-id", "p-access-network-info", "p-charging-vector"),
        *("p-charging-function-addresses", "p-early-media", "p-answer-state", "p-asserted-service"),
        *("p-preferred-service", "p-profile-key", "p-served-user", "p-charge-info"),
        # RFC 3327, 3608, 3329, 3515, 3891, 3892, 3911, 4488, 4538, 7614
        *("path", "service-route", "security-client", "security-server", "security-verify", "refer-to"),
        *("referred-by", "replaces", "join", "target-dialog", "refer-sub", "refer-events-at"),
        # RFC 3841, 4028, 4412, 5373, 5393, 5626, 6086, 6228, 6442, 6809, 7044, 7433, 7989, 8224
        *("accept-contact", "reject-contact", "request-disposition", "min-se", "history-info"),
        *("resource-priority", "accept-resource-priority", "identity", "identity-info", "answer-mode"),
        *("max-breadth", "flow-timer", "info-package", "recv-info", "feature-caps", "geolocation"),
        *("proxy-authentication-info", "session-id", "user-to-user"),
        # never standards, and everywhere
        *("diversion", "remote-party-id"),
    }
)
"""Headers that say something and are nothing to judge: `explain.header.<name>`."""

RARE = frozenset(
    {
        *("additional-identity", "attestation-info", "cellular-network-info", "dc-info", "encryption"),
        *("geolocation-error", "geolocation-routing", "hide", "origination-id", "p-dcs-billing-info"),
        *("p-dcs-laes", "p-dcs-osps", "p-dcs-redirect", "p-dcs-trace-party-id", "p-refused-uri-list"),
        *("p-private-network-indication", "p-user-database", "permission-missing", "policy-contact"),
        *("policy-id", "priority-share", "priv-answer-mode", "relayed-charge", "response-key"),
        *("response-source", "restoration-info", "rpid-privacy", "service-interact-info"),
        *("suppress-if-match", "trigger-consent"),
    }
)
"""Registered, and nowhere near a trunk."""
_UNUSUAL = frozenset({"proxy-require", "error-info", "content-encoding"})
_SINGLE = frozenset(name.lower() for name in SINGLE)


def header_line(name: str, value: str, facts: Facts, nth: int) -> Said:
    """Say what a header means; `name` as `sip.headers` writes it."""
    key = name.lower()
    if nth and key in _SINGLE:
        return say("explain.header-twice", "wrong", name=name)
    judge = JUDGED.get(key)
    if judge is not None:
        return judge(value, facts, nth)
    if key in KNOWN:
        verdict: Verdict = "unusual" if key in _UNUSUAL else "info"
        return say(f"explain.header.{key}", verdict, name=name, value=value)
    if key in RARE:
        return say("explain.header-rare", "info", name=name)
    return say("explain.header-unknown", "info", name=name)
