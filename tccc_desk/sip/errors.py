"""Whose fault a broken message is: ours or the peer's. The blame is in the type."""

from __future__ import annotations

EXCERPT_LIMIT = 64
"""Octets of the offending text that an error carries."""


class ProtocolError(Exception):
    """Base of both; abstract, since nobody may leave the blame open."""

    def __init__(self, message: str) -> None:
        if type(self) is ProtocolError:
            raise TypeError("raise LocalProtocolError or RemoteProtocolError")
        super().__init__(message)
        self.message = message


class LocalProtocolError(ProtocolError):
    """We were about to break the protocol: a bug of ours, nothing was sent."""


class RemoteProtocolError(ProtocolError):
    """The peer broke the protocol.

    `section` names the rule ("RFC 3261 7.3.1"), `excerpt` holds at most 64 octets of the
    offending text, and `status` is the response code a request with this fault deserves.
    """

    def __init__(self, message: str, *, section: str = "", excerpt: bytes = b"", status: int = 400) -> None:
        super().__init__(message)
        self.section = section
        self.excerpt = bytes(excerpt[:EXCERPT_LIMIT])
        self.status = status

    def __str__(self) -> str:
        return f"{self.message} ({self.section})" if self.section else self.message


def refuse(message: str, text: str = "", *, section: str = "", status: int = 400) -> RemoteProtocolError:
    """Build the peer's error from header text (decoded with surrogateescape)."""
    excerpt = text[:EXCERPT_LIMIT].encode("utf-8", "surrogateescape") if text else b""
    return RemoteProtocolError(message, section=section, excerpt=excerpt, status=status)
