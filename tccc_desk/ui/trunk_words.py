"""A trunk's state in words, the same in the list, its details and the banner."""

from __future__ import annotations

from tccc_desk.engine.status import LastAnswer, Registration, TrunkStatus
from tccc_desk.ui.inert import inert
from tccc_desk.ui.texts import Texts


def state_words(texts: Texts, status: TrunkStatus, now: float, *, call_only: bool) -> str:
    """Say the registration state, with the countdown that belongs to it."""
    state = status.registration
    if call_only and state is Registration.OFF:
        return texts("window.state.call-only")
    if state is Registration.REGISTERED and status.refresh_at is not None:
        return texts("window.state.registered-refresh", time=texts.countdown(status.refresh_at - now))
    if state is Registration.RETRYING and status.retry_at is not None:
        return texts("window.state.retrying-in", time=texts.countdown(status.retry_at - now))
    if state is Registration.REJECTED and status.answer is not None and status.answer.status:
        return texts("window.state.rejected-code", status=status.answer.status)
    return texts(f"window.state.{state.value}")


def answer_words(texts: Texts, answer: LastAnswer) -> str:
    """Say what was said last and by whom; a fault of this machine has no SIP code."""
    who = texts(f"window.said-by.{answer.said_by}")
    if answer.said_by == "server" and answer.status:
        return texts("window.trunks.answer", status=answer.status, reason=inert(answer.reason, 80), who=who)
    what = texts(f"window.fault.{answer.fault or 'internal'}")
    return texts("window.trunks.answer-local", what=what, who=who)


def expiry_words(texts: Texts, status: TrunkStatus) -> str:
    """Say granted against asked expiry."""
    if status.granted_expires_s is None:
        return ""
    return texts("window.trunks.expiry", granted=status.granted_expires_s, asked=status.requested_expires_s)


def seen_from_outside(texts: Texts, status: TrunkStatus) -> str:
    """Say our own address, and the one the server saw where it differs."""
    if not status.local:
        return ""
    if status.received:
        port = f":{status.rport}" if status.rport else ""
        seen = inert(status.received + port, 60)
        if seen != status.local:
            return texts("window.trunks.address-seen", local=status.local, seen=seen)
    return texts("window.trunks.address", local=status.local)
