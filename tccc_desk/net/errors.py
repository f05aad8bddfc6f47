"""Faults below SIP, each with the word the engine's events use for it."""

from __future__ import annotations


class TransportError(Exception):
    """Something between us and the server failed before SIP could decide.

    `fault` is one of the words of `engine.events.Fault`; `detail` is the system's own
    text or the name concerned, for the log; `why` tells kinds of one fault apart, for
    "tls" one of `net.trust.WHYS`.
    """

    def __init__(self, fault: str, detail: str, *, why: str = "") -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail
        self.why = why


def fault_of(error: OSError) -> str:
    """The word for a socket error."""
    match error:
        case ConnectionRefusedError():
            return "refused"
        case TimeoutError():
            return "connect-timeout"
        case ConnectionError():
            return "closed"
        case _:
            return "unreachable"
