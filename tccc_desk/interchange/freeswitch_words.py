"""The words of a FreeSWITCH gateway: which parameters it reads, and what stands for something else."""

from __future__ import annotations

import re

GATEWAY_PARAMS = frozenset(
    {
        "908-retry-seconds",
        "auth-username",
        "caller-id-in-from",
        "contact-host",
        "contact-in-ping",
        "contact-params",
        "context",
        "destination-prefix",
        "distinct-to",
        "expire-seconds",
        "extension",
        "extension-in-contact",
        "from-domain",
        "from-user",
        "gw-auth-acl",
        "outbound-proxy",
        "password",
        "ping",
        "ping-max",
        "ping-min",
        "ping-monitoring",
        "ping-user-agent",
        "proxy",
        "realm",
        "reg-id",
        "register",
        "register-proxy",
        "register-transport",
        "retry-seconds",
        "retry_seconds",
        "rfc-5626",
        "scheme",
        "timeout-seconds",
        "username",
    }
)
"""Everything `parse_gateways` reads; any other name is ignored there without a word."""
PROFILE_PARAMS = frozenset(
    {
        "apply-inbound-acl",
        "apply-nat-acl",
        "auth-calls",
        "cid-type",
        "codec-prefs",
        "debug",
        "dtmf-duration",
        "dtmf-type",
        "ext-rtp-ip",
        "ext-sip-ip",
        "inbound-codec-prefs",
        "inbound-late-negotiation",
        "inbound-codec-negotiation",
        "nonce-ttl",
        "outbound-codec-prefs",
        "rfc2833-pt",
        "rtp-autofix-timing",
        "rtp-ip",
        "rtp-timeout-sec",
        "rtp-timer-name",
        "sip-ip",
        "sip-port",
        "sip-trace",
        "suppress-cng",
        "tls",
        "user-agent-string",
    }
)
"""Known of a profile: in a gateway they are ignored."""

_PLACEHOLDER = re.compile(r"x{3,}|\*{3,}|<.*>|your[-_ ]?password|password|changeme|\.{3,}", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\$?\{")
NAME = re.compile(r"[\w.\-]+", re.ASCII)
ORIGINATED = re.compile(r"sofia/gateway/(?P<gateway>[^/\s}]{1,128})/")
INSTANCE = re.compile(r"(?<![\w.-])(?P<instance>\d[\dx]{4,15})\.tccc\.qcloud\.com", re.IGNORECASE)


def is_placeholder(value: str) -> bool:
    """Tell a password that only stands for one."""
    return _PLACEHOLDER.fullmatch(value.strip()) is not None


def is_variable(value: str) -> bool:
    """Tell a value that FreeSWITCH would fill in; we evaluate nothing."""
    return _VARIABLE.search(value) is not None
