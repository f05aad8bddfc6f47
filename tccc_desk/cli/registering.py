"""Registration events folded into what a command reports about them."""

from __future__ import annotations

from collections.abc import Iterable

from tccc_desk.cli.results import ChallengeSeen, NoticeSeen, RegistrationResult, State, sentence_of
from tccc_desk.engine.events import (
    BindingEstablished,
    BindingRefused,
    ChallengeReceived,
    CredentialsVerified,
    Event,
    Noticed,
    RegistrationFailed,
    RegistrationStarted,
    SaidBy,
    StaleBindingRemoved,
)
from tccc_desk.texts.catalogue import Language

Round = BindingEstablished | CredentialsVerified | BindingRefused | RegistrationFailed
"""How a round of REGISTERs can end."""


class Registering:
    """One trunk's registration as far as it got. `take` every event, then ask."""

    def __init__(self, trunk: str, requested_expires_s: int | None, language: Language) -> None:
        self._trunk = trunk
        self._requested_expires_s = requested_expires_s
        self._language: Language = language
        self._challenge: ChallengeSeen | None = None
        self._last: Round | None = None
        self._first_success_ms: float | None = None
        self._registers_sent = 0
        self._server: str | None = None
        self._removed: list[str] = []
        self._notices: list[NoticeSeen] = []

    def take(self, event: Event) -> Round | None:
        """Fold `event` in; given back if it ended a round of this trunk."""
        if isinstance(event, ChallengeReceived) and event.trunk == self._trunk and event.method == "REGISTER":
            seen = event.challenge
            self._challenge = ChallengeSeen(realm=seen.realm, algorithm=seen.algorithm, qop=seen.qop)
        self.note((event,))
        if not isinstance(event, Round) or event.trunk != self._trunk:
            return None
        self._last = event
        self._registers_sent += event.registers_sent
        if self._first_success_ms is None and isinstance(event, BindingEstablished | CredentialsVerified):
            self._first_success_ms = event.elapsed_ms
        return event

    def note(self, events: Iterable[Event]) -> None:
        """Keep what these say beside how rounds end."""
        for event in events:
            match event:
                case RegistrationStarted() if event.trunk == self._trunk:
                    self._server = event.server
                case StaleBindingRemoved() if event.trunk == self._trunk:
                    self._removed.append(event.contact)
                case Noticed() if event.trunk == self._trunk:
                    said = sentence_of(event.finding, event.details, self._language)
                    self._notices.append(NoticeSeen(finding=event.finding, sentence=said))

    @property
    def ok(self) -> bool:
        """True when the last round succeeded."""
        return isinstance(self._last, BindingEstablished | CredentialsVerified)

    def result(self) -> RegistrationResult:
        """What is known now. Before any round ended: unreachable by our own impatience."""
        last = self._last
        match last:
            case BindingEstablished():
                return self._result(
                    "registered",
                    last,
                    "server",
                    granted_expires_s=last.granted_expires_s,
                    contact=last.contact or None,
                    other_contacts=last.other_contacts,
                    received=last.received or None,
                    rport=last.rport,
                )
            case CredentialsVerified():
                return self._result(
                    "verified",
                    last,
                    "server",
                    other_contacts=last.contacts,
                    received=last.received or None,
                    rport=last.rport,
                )
            case BindingRefused():
                unjudged = last.finding == "finding.verify.unsupported"
                return self._failure("unsupported" if unjudged else "rejected", last, "")
            case RegistrationFailed():
                return self._failure("rejected" if last.status else "unreachable", last, last.fault)
            case None:
                return RegistrationResult(
                    state="unreachable",
                    status=0,
                    reason="",
                    said_by="local",
                    requested_expires_s=self._requested_expires_s,
                    challenge=self._challenge,
                    server=self._server,
                    stale_removed=tuple(self._removed),
                    notices=tuple(self._notices),
                )

    def _failure(
        self, state: State, event: BindingRefused | RegistrationFailed, fault: str
    ) -> RegistrationResult:
        return self._result(
            state,
            event,
            event.said_by,
            fault=fault,
            finding=event.finding or None,
            sentence=sentence_of(event.finding, event.details, self._language),
        )

    def _result(self, state: State, event: Round, said_by: SaidBy, **known: object) -> RegistrationResult:
        first = self._first_success_ms
        return RegistrationResult(
            state=state,
            status=event.status,
            reason=event.reason,
            said_by=said_by,
            requested_expires_s=self._requested_expires_s,
            challenge=self._challenge,
            elapsed_ms=round(event.elapsed_ms if first is None else first, 1),
            registers_sent=self._registers_sent,
            server=self._server,
            stale_removed=tuple(self._removed),
            notices=tuple(self._notices),
            **known,  # type: ignore[arg-type]
        )
