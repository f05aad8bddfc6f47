"""A registration's reports as events."""

from __future__ import annotations

from typing import cast

from tccc_desk.engine.events import (
    BindingEstablished,
    BindingRefused,
    BindingRemoved,
    Challenge,
    ChallengeReceived,
    ContactChosen,
    CredentialsVerified,
    Event,
    Fault,
    Noticed,
    RegistrationFailed,
    RegistrationStarted,
    StaleBindingRemoved,
)
from tccc_desk.sip.wire import printable
from tccc_desk.trunk import reports
from tccc_desk.trunk.profile import Trunk
from tccc_desk.trunk.reports import (
    Challenged,
    Failed,
    Granted,
    Moved,
    NeedFlow,
    Refused,
    Removed,
    Report,
    SendRegister,
    Started,
    Verified,
)


def event_of(report: Report, trunk: Trunk, at: float) -> Event:
    """The event that says a report. Reports that are wishes have none: asking is our bug."""
    match report:
        case Started(purpose, server):
            return RegistrationStarted(
                at=at, trunk=trunk.name, purpose=purpose, server=server, transport=trunk.transport
            )
        case reports.ContactChosen(contact):
            return ContactChosen(at=at, trunk=trunk.name, contact=contact)
        case reports.StaleRemoved(contact):
            return StaleBindingRemoved(at=at, trunk=trunk.name, contact=printable(contact))
        case reports.Noticed(finding, details):
            shown = {name: printable(value) for name, value in details.items()}
            return Noticed(at=at, trunk=trunk.name, finding=finding, details=shown)
        case Challenged():
            challenge = Challenge(
                status=report.status,
                realm=printable(report.realm),
                algorithm=printable(report.algorithm),
                qop=printable(report.qop),
                stale=report.stale,
            )
            return ChallengeReceived(at=at, trunk=trunk.name, method=report.method, challenge=challenge)
        case Granted():
            return BindingEstablished(
                at=at,
                trunk=trunk.name,
                status=report.result.status,
                reason=printable(report.result.reason),
                requested_expires_s=report.requested_s,
                granted_expires_s=report.granted_s,
                refresh_in_s=report.refresh_in_s,
                contact=report.contact,
                other_contacts=tuple(printable(other) for other in report.others),
                received=printable(report.received),
                rport=report.rport,
                elapsed_ms=report.result.elapsed_ms,
                registers_sent=report.result.registers_sent,
                first=report.first,
            )
        case Verified():
            return CredentialsVerified(
                at=at,
                trunk=trunk.name,
                status=report.result.status,
                reason=printable(report.result.reason),
                contacts=tuple(printable(contact) for contact in report.contacts),
                received=printable(report.received),
                rport=report.rport,
                elapsed_ms=report.result.elapsed_ms,
                registers_sent=report.result.registers_sent,
            )
        case Refused(result):
            return BindingRefused(
                at=at,
                trunk=trunk.name,
                status=result.status,
                reason=printable(result.reason),
                said_by=result.said_by,
                finding=result.finding,
                details={name: printable(value) for name, value in result.details.items()},
                elapsed_ms=result.elapsed_ms,
                registers_sent=result.registers_sent,
                purpose=result.purpose,
            )
        case Failed(result, retry_in_s):
            return RegistrationFailed(
                at=at,
                trunk=trunk.name,
                status=result.status,
                reason=printable(result.reason),
                said_by=result.said_by,
                fault=cast("Fault", result.fault),
                finding=result.finding,
                details={name: printable(value) for name, value in result.details.items()},
                retry_in_s=retry_in_s,
                elapsed_ms=result.elapsed_ms,
                registers_sent=result.registers_sent,
                purpose=result.purpose,
            )
        case Removed(confirmed, contact):
            return BindingRemoved(at=at, trunk=trunk.name, confirmed=confirmed, contact=contact)
        case NeedFlow() | SendRegister() | Moved():
            raise AssertionError(f"{type(report).__name__} is a wish, not a fact")
