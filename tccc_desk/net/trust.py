"""Whom we believe over TLS, and in a word why we did not.

The certificate must be for the server as the admin entered it, name or address. That is
RFC 5922 section 7.1: the identity is the name the look-up of RFC 3263 began with, here the
outbound proxy. It is neither the host an SRV record leads to, since DNS is not to be
believed, nor the instance domain, which names an account and is never looked up. Unlike
section 7.2, a certificate for `*.example` is good for a host of it, as everywhere else on
TLS: a provider that has such a one is not to be called broken by a tester.

TLS 1.2 is the least. There is no switch to go without the check.
"""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

from tccc_desk.net.errors import TransportError

MAX_CA_OCTETS = 4 * 1024 * 1024
"""All of the world's public authorities need a twentieth of it."""

WHYS = (
    "name",  # a certificate for somebody else
    "expired",
    "not-yet-valid",  # or this machine's clock is behind
    "issuer",  # of an authority we do not know, or self-signed
    "certificate",  # anything else wrong with it
    "not-tls",  # what came back is no TLS: plain SIP on that port
    "version",  # no version of TLS in common
    "refused",  # the server sent an alert: it does not like us
    "closed",  # the connection ended in the middle
    "timeout",
    "ca-file",  # the file of authorities cannot be used; nothing was sent
    "handshake",
)

# X509_V_ERR_*, the same numbers in every OpenSSL.
_CERTIFICATE = {9: "not-yet-valid", 10: "expired", 62: "name", 64: "name"} | dict.fromkeys(
    (2, 18, 19, 20, 21, 24, 27), "issuer"
)
# What the first octets of another protocol look like to a TLS client, in OpenSSL 1.1 to 3.
_NOT_TLS = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "HTTP_REQUEST",
        "UNKNOWN_PROTOCOL",
        "PACKET_LENGTH_TOO_LONG",
        "RECORD_LAYER_FAILURE",
        "UNEXPECTED_MESSAGE",
        "INVALID_ALERT",
    }
)
_VERSION = frozenset(
    {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE", "VERSION_TOO_LOW"}
)


def client_context(ca_file: str) -> ssl.SSLContext:
    """What a connection is checked by: the authorities in `ca_file` alone, or the system's.

    Reads files; not for the loop's thread. Raises TransportError, why "ca-file".
    """
    if not ca_file:
        import truststore  # noqa: PLC0415 - TLS is rare, and a start should not pay for it

        system = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        system.minimum_version = ssl.TLSVersion.TLSv1_2
        return system
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cadata=_authorities(Path(ca_file)))
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TransportError("tls", f"{ca_file}: {said}", why="ca-file") from error
    return context


def why_of(error: OSError) -> str:
    """One of `WHYS` for what ended a handshake."""
    match error:
        case ssl.SSLCertVerificationError():
            return _CERTIFICATE.get(getattr(error, "verify_code", 0), "certificate")
        case ssl.SSLError():
            reason = error.reason or ""
            if reason in _NOT_TLS:
                return "not-tls"
            if reason in _VERSION:
                return "version"
            if reason == "UNEXPECTED_EOF_WHILE_READING":
                return "closed"
            return "refused" if "ALERT" in reason else "handshake"
        case TimeoutError():
            return "timeout"
        case ConnectionAbortedError() if error.errno is None:
            return "timeout"  # asyncio's own, when a handshake takes too long
        case ConnectionError():
            return "closed"
        case _:
            return "handshake"


def words_of(error: OSError) -> str:
    """The library's own words, without its file names and line numbers."""
    match error:
        case ssl.SSLCertVerificationError():
            return str(getattr(error, "verify_message", "") or error.reason or error)
        case ssl.SSLError():
            return (error.reason or str(error)).replace("_", " ").lower()
        case _:
            return error.strerror or str(error) or "closed by the far end"


def certificate_facts(tls: ssl.SSLObject) -> dict[str, str]:
    """For the log: version, cipher, and whose certificate was shown, by whom, until when."""
    shown = tls.getpeercert() or {}
    cipher = tls.cipher()
    return {
        "version": tls.version() or "",
        "cipher": cipher[0] if cipher else "",
        "subject": _common_name(shown.get("subject", ())),
        "issuer": _common_name(shown.get("issuer", ())),
        "until": str(shown.get("notAfter", "")),
    }


def _authorities(path: Path) -> str:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a file")  # opening a pipe would wait for ever
    if status.st_size > MAX_CA_OCTETS:
        raise ValueError(f"larger than {MAX_CA_OCTETS} octets")
    text = path.read_text(encoding="utf-8", errors="replace")
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise ValueError("no certificate in it (PEM)")
    # Only the certificates: a bundle may hold comments in any encoding, or a key.
    parts = (
        part.partition("-----END CERTIFICATE-----")[0]
        for part in text.split("-----BEGIN CERTIFICATE-----")[1:]
    )
    return "".join(f"-----BEGIN CERTIFICATE-----{part}-----END CERTIFICATE-----\n" for part in parts)


def _common_name(name: object) -> str:
    """The commonName of a subject or issuer as `getpeercert` gives it, or its first part."""
    parts = [pair for group in name for pair in group] if isinstance(name, tuple) else []
    named = dict(reversed(parts))
    return str(named.get("commonName") or next(iter(named.values()), ""))
