"""Which bindings at the registrar are ours: the present one, those before it, and our instance."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from tccc_desk.sip.address import Address
from tccc_desk.sip.errors import ProtocolError
from tccc_desk.sip.uri import Uri

MAX_FORMER = 16
"""Contacts before the present one that we still know as ours."""


def same_binding(listed: Uri, contact: Uri) -> bool:
    """Whether two Contact URIs are one binding of ours.

    Registrars add parameters of their own to what they echo; user, host and port decide.
    """
    return (listed.user, listed.host.casefold(), listed.port) == (
        contact.user,
        contact.host.casefold(),
        contact.port,
    )


def parsed(contact: str) -> Uri | None:
    """The URI of a stored Contact; None for one that cannot be read."""
    try:
        return Uri.parse(contact)
    except ProtocolError:
        return None


class OwnContacts:
    """What the face handed in and what this run chose.

    `former` is what the face stored before a crash; `instance` is a "urn:uuid:..."
    (RFC 5626 section 4.1), or "" for none.
    """

    def __init__(self, former: Iterable[str] = (), instance: str = "") -> None:
        self.instance = instance
        self.current = ""
        self._former: deque[str] = deque(former, maxlen=MAX_FORMER)
        self._strangers: tuple[Uri, ...] = ()

    def choose(self, contact: str) -> bool:
        """A REGISTER with `contact` is about to leave; True when it is another one than before."""
        if contact == self.current:
            return False
        if self.current:
            self._former.append(self.current)
        self.current = contact
        return True

    def met(self, strangers: Iterable[Uri]) -> None:
        """These were listed before we registered, and none of them is ours."""
        self._strangers = tuple(strangers)

    def is_stranger(self, listed: Uri) -> bool:
        """Whether `listed` is known to be another device's."""
        return any(same_binding(listed, one) for one in self._strangers)

    def is_former(self, listed: Uri) -> bool:
        """Whether `listed` was ours once and is not what we use now."""
        current = parsed(self.current)
        if current is not None and same_binding(listed, current):
            return False
        return any(
            uri is not None and same_binding(listed, uri) for uri in (parsed(one) for one in self._former)
        )

    def has_instance(self, address: Address) -> bool:
        """Whether a listed binding carries our instance id, as a registrar may echo it."""
        echoed = (address.parameter("+sip.instance") or "").strip('"<>').casefold()
        return bool(self.instance) and echoed == self.instance.casefold()
