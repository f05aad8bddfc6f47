"""Keeps one trunk registered: the binding machine over REGISTER rounds, pure.

Feed it wishes, flows, responses and the time; drain `reports` after each call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Response
from tccc_desk.trunk import binding, findings
from tccc_desk.trunk.authentication import Authenticator, Strengths
from tccc_desk.trunk.binding import Action, Input, State
from tccc_desk.trunk.bindings import Bindings, contact_uri, read_bindings, retry_after_s, seen_address
from tccc_desk.trunk.exchange import Exchange, Identity, Outcome, Pacer
from tccc_desk.trunk.own_contacts import OwnContacts
from tccc_desk.trunk.patience import Patience
from tccc_desk.trunk.profile import Trunk
from tccc_desk.trunk.reports import (
    ContactChosen,
    Failed,
    Granted,
    Moved,
    NeedFlow,
    Noticed,
    Purpose,
    Refused,
    Removed,
    Report,
    Result,
    StaleRemoved,
    Started,
    Verified,
)
from tccc_desk.trunk.round import Action as Ending
from tccc_desk.trunk.servers import Servers, worth_another

MIN_REFRESH_S = 1.0
REFRESH_SPREAD = 0.1
"""Up to this part of the wait is left out at random, so that many trunks do not refresh at once."""
MAX_REMOVALS = 8
"""Former bindings of ours removed in one run, whatever a registrar lists."""


def refresh_in_s(granted_s: int, jitter: float = 0.0) -> float:
    """Seconds until the refresh: 15 s early, or at half time of a short expiry, and a little before."""
    at_most = max(float(granted_s - 15), granted_s / 2, MIN_REFRESH_S)
    return max(at_most * (1 - REFRESH_SPREAD * jitter), MIN_REFRESH_S)


class Registration:
    """One trunk's binding.

    `token` gives unpredictable words, `jitter` numbers from 0 to 1. `own` knows the Contacts
    of a run before this one, which may have ended without taking leave.
    """

    def __init__(
        self,
        trunk: Trunk,
        password: str,
        *,
        token: Callable[[], str],
        jitter: Callable[[], float],
        own: OwnContacts | None = None,
    ) -> None:
        self._trunk = trunk
        self.strengths = Strengths(self._downgraded)
        self._authenticator = Authenticator(trunk, password, token, self.strengths)
        self._jitter = jitter
        self._identity = Identity(call_id=token(), from_tag=token())
        self._pacer = Pacer()
        self._own = own or OwnContacts()
        self._servers = Servers(trunk)
        self._state = State.UNBOUND
        self._exchange: Exchange | None = None
        self._transaction = ""
        self._queue: deque[Purpose] = deque(maxlen=4)
        self._flow: Flow | None = None
        self._flow_index = 0
        self._ever_bound = False
        self._maybe_bound = False
        self._patience = Patience(jitter)
        self._due: tuple[float, Input] | None = None
        self._retry_in_s = 0.0
        self._rewritten = ""
        self._stale: deque[str] = deque()
        self._removed: set[str] = set()
        self._refresh_in_s = 0.0
        self._since = 0.0
        self._listed = Bindings(None, ())
        self._reports: list[Report] = []

    @property
    def state(self) -> State:
        """Where the binding stands."""
        return self._state

    @property
    def busy(self) -> bool:
        """Whether a round is running or waiting to run."""
        return self._exchange is not None or bool(self._queue) or bool(self._stale)

    @property
    def at(self) -> Trunk:
        """The trunk with the server in use now as its server."""
        return self._servers.at

    @property
    def other(self) -> Trunk:
        """The trunk with the other server as its server; a call may go there instead."""
        return self._servers.other

    def register(self, now: float) -> None:
        """Bind, or refresh now."""
        self._patience.renew()
        self._servers.prefer_primary()
        self._step(Input.REGISTER, now)

    def unregister(self, now: float) -> None:
        """Remove our own binding, if there may be one."""
        self._step(Input.UNREGISTER if self._maybe_bound else Input.ABANDON, now)

    def verify(self, now: float) -> None:
        """Ask with credentials which bindings there are; change none."""
        self._start("verify", now)

    def flow_opened(self, flow: Flow, now: float) -> None:
        """The flow asked for by `NeedFlow`, or one opened for a call."""
        self._flow, self._flow_index = flow, self._servers.index
        if self._exchange is not None:
            self._ask(self._exchange, flow, now)
            self._settle(now)

    def flow_failed(self, fault: str, detail: str, now: float, *, why: str = "") -> None:
        """No flow could be opened. One to the other server may still be there."""
        if self._exchange is not None:
            self._exchange.lost(fault, detail, now, why=why)
            self._settle(now)

    def flow_lost(self, fault: str, detail: str, now: float) -> None:
        """The flow is gone; requests on it have failed or will not be answered."""
        had, self._flow = self._flow is not None, None
        exchange = self._exchange
        if exchange is not None:
            exchange.lost(fault, detail, now)
            self._settle(now)
        if had and (exchange is None or exchange.stale or exchange.purpose == "verify"):
            # No round of the binding's own has told it.
            self._lose(Input.FLOW_LOST, fault, detail, now)

    def path_changed(self, fault: str, detail: str, now: float) -> None:
        """This machine slept or has another address: the flow is worth nothing, nor is our patience."""
        waiting = self._state is State.WAITING
        self.flow_lost(fault, detail, now)
        if waiting and self._state is State.WAITING:
            self._lose(Input.PATH_CHANGED, fault, detail, now)

    def sent(self, transaction: str) -> None:
        """The id of the transaction that carries the REGISTER just handed out."""
        self._transaction = transaction
        if transaction and self._exchange is not None and self._exchange.purpose in _BINDING:
            self._maybe_bound = True

    def owns(self, transaction: str) -> bool:
        """Whether a transaction is the one we wait for."""
        return bool(transaction) and transaction == self._transaction

    def responded(self, response: Response, now: float) -> None:
        """A response of our transaction."""
        if self._exchange is not None:
            self._exchange.responded(response, now)
            self._settle(now)

    def timed_out(self, now: float) -> None:
        """Timer F (RFC 3261 section 17.1.2.2) ended our transaction."""
        self._transaction = ""
        if self._exchange is not None:
            self._exchange.lost("silence", "", now)
            self._settle(now)

    def deadline(self) -> float | None:
        """When `advance` is wanted next."""
        paced = self._exchange.deadline() if self._exchange is not None else None
        times = [time for time in (paced, self._due[0] if self._due else None) if time is not None]
        return min(times, default=None)

    def advance(self, now: float) -> None:
        """Do what is due."""
        if self._exchange is not None:
            self._exchange.advance(now)
        if self._due is not None and now >= self._due[0]:
            given = self._due[1]
            self._due = None
            self._step(given, now)

    def reports(self) -> list[Report]:
        """Everything since the last call, in order."""
        reports, self._reports = self._reports, []
        return reports

    def _report(self, report: Report) -> None:
        self._reports.append(report)

    def _running(self) -> bool:
        return self._exchange is not None

    def _lose(self, given: Input, fault: str, detail: str, now: float) -> None:
        details = {"server": self.at.server_and_port, "detail": detail}
        finding = findings.path(fault, self._trunk.transport)
        self._lost = Result("refresh", 0, "", "local", 0.0, 0, fault, finding, details)
        self._step(given, now)

    def _downgraded(self, realm: str, before: str, algorithm: str) -> None:
        details = {"realm": realm, "before": before, "algorithm": algorithm}
        self._reports.append(Noticed("finding.auth.downgrade", details))

    def _start(self, purpose: Purpose, now: float) -> None:
        if self._exchange is not None:
            self._queue.append(purpose)
            return
        if purpose != "unregister":
            self._servers.begin(now)
        self._run(purpose, now, now)

    def _run(self, purpose: Purpose, since: float, now: float, *, before: int = 0, stale: str = "") -> None:
        """Begin a round, or go on with the one of `since` at another server."""
        at = self._servers.at
        if not stale:
            self._reports.append(Started(purpose, at.server))
        self._since = since
        self._exchange = Exchange(
            purpose,
            at,
            self._identity,
            self._authenticator,
            pacer=self._pacer,
            now=since,
            report=self._report,
            instance=self._own.instance,
            stale=stale,
            before=before,
        )
        if self._flow is None or self._flow_index != self._servers.index:
            self._reports.append(NeedFlow(at))
        else:
            self._ask(self._exchange, self._flow, now)

    def _ask(self, exchange: Exchange, flow: Flow, now: float) -> None:
        contact = contact_uri(self._trunk, flow)
        if exchange.purpose in _BINDING and self._own.choose(contact):
            self._reports.append(ContactChosen(contact))
        exchange.flow_opened(flow, now)

    def _settle(self, now: float) -> None:
        """Draw the conclusion of a round that has ended."""
        if self._exchange is None or self._exchange.outcome is None:
            return
        exchange, outcome = self._exchange, self._exchange.outcome
        self._exchange = None
        if outcome.action is not Ending.GRANT:
            self._authenticator.forget()  # the next round shows no credentials before it is asked
        self._transaction = ""
        if exchange.stale:
            self._cleaned(exchange.stale, outcome)
        elif self._moves_on(outcome, now):
            result = outcome.result
            self._run(result.purpose, self._since, now, before=result.registers_sent)
        elif outcome.result.purpose == "verify":
            self._verified(outcome)
        else:
            self._concluded(outcome, now)
        if self._running():
            return
        if self._queue:
            self._start(self._queue.popleft(), now)
        elif self._stale:
            self._run("unregister", now, now, stale=self._stale.popleft())

    def _moves_on(self, outcome: Outcome, now: float) -> bool:
        """Whether the round goes on at the other server, as RFC 3263 section 4.3 has it."""
        result, response = outcome.result, outcome.response
        asked = retry_after_s(response) if response is not None else None
        if (
            outcome.action is not Ending.FAIL
            or result.purpose == "unregister"
            or self._state is State.LEAVING
            or not worth_another(result.status, result.fault, asked)
        ):
            return False
        failed = self.at.server_and_port
        if not self._servers.move_on(now):
            return False
        answer = f"{result.status} {result.reason}".strip() if result.status else result.fault
        details = {"server": failed, "next": self.at.server_and_port, "answer": answer}
        self._reports.append(Noticed("finding.register.other-server", details))
        return True

    def _cleaned(self, stale: str, outcome: Outcome) -> None:
        if outcome.action is Ending.GRANT:
            self._reports.append(StaleRemoved(stale))
        else:
            self._stale.clear()  # it expires by itself

    def _verified(self, outcome: Outcome) -> None:
        if outcome.action is Ending.GRANT and outcome.response is not None:
            listed = read_bindings(outcome.response, "", 0, self._own)
            if not self._maybe_bound:
                self._own.met(listed.strangers)
            self._reports.append(Verified(outcome.result, listed.others, *seen_address(outcome.response)))
        elif outcome.action is Ending.FAIL:
            self._reports.append(Failed(outcome.result, None))
        else:
            self._reports.append(Refused(_unsupported(outcome.result)))

    def _concluded(self, outcome: Outcome, now: float) -> None:
        self._outcome = outcome
        if outcome.action is Ending.GRANT and outcome.result.purpose != "unregister":
            assert outcome.response is not None  # GRANT comes with the response that granted
            self._listed = read_bindings(outcome.response, outcome.contact, outcome.requested_s, self._own)
            if not self._listed.granted_s:
                # 2xx, but we are not bound: a registrar that shows others only, or grants 0.
                result = replace(outcome.result, finding="finding.register.not-granted")
                self._outcome = replace(outcome, action=Ending.FAIL, result=result)
        ended = {Ending.GRANT: Input.GRANTED, Ending.REFUSE: Input.REFUSED, Ending.FAIL: Input.FAILED}
        self._step(ended[self._outcome.action], now)

    def _step(self, given: Input, now: float) -> None:
        row = binding.TABLE[self._state, given]
        if (row.next, row.actions) != (self._state, ()):
            self._reports.append(Moved("binding", self._state.name, given.name, row.next.name))
        self._state = row.next
        for action in row.actions:
            self._do(action, now)

    def _do(self, action: Action, now: float) -> None:
        match action:
            case Action.START_REGISTER | Action.START_REFRESH | Action.START_UNREGISTER:
                self._due = None
                self._start(_PURPOSE[action], now)
            case Action.ARM_REFRESH:
                self._patience.bound(now)
                self._refresh_in_s = refresh_in_s(self._listed.granted_s or 0, self._jitter())
                self._due = (now + self._refresh_in_s, Input.REFRESH_DUE)
            case Action.ARM_RETRY | Action.ARM_SOON:
                self._arm_retry(action, now)
            case Action.REPORT_GRANTED:
                self._report_granted()
            case Action.REPORT_REFUSED:
                self._maybe_bound = False
                self._reports.append(Refused(self._outcome.result))
            case Action.REPORT_FAILED:
                self._reports.append(Failed(self._outcome.result, self._retry_in_s))
            case Action.REPORT_LOST:
                self._reports.append(Failed(self._lost, self._retry_in_s))
            case Action.REPORT_REMOVED | Action.REPORT_GONE:
                self._due = None
                self._maybe_bound = False
                confirmed = action is Action.REPORT_REMOVED
                self._reports.append(Removed(confirmed, self._own.current))

    def _arm_retry(self, action: Action, now: float) -> None:
        if action is Action.ARM_SOON:
            self._retry_in_s = self._patience.after_loss(now)
        else:
            asked = retry_after_s(self._outcome.response) if self._outcome.response is not None else None
            self._retry_in_s = self._patience.after_failure(now, asked)
        self._due = (now + self._retry_in_s, Input.RETRY_DUE)

    def _report_granted(self) -> None:
        response, listed = self._outcome.response, self._listed
        assert response is not None  # only called after GRANT
        received, rport = seen_address(response)
        self._reports.append(
            Granted(
                result=self._outcome.result,
                contact=self._outcome.contact,
                requested_s=self._outcome.requested_s,
                granted_s=listed.granted_s or 0,
                refresh_in_s=self._refresh_in_s,
                others=listed.others,
                received=received,
                rport=rport,
                first=not self._ever_bound,
            )
        )
        self._ever_bound = True
        if listed.rewritten and listed.rewritten != self._rewritten:
            details = {"contact": listed.rewritten, "ours": self._outcome.contact}
            self._reports.append(Noticed("finding.register.rewritten", details))
        self._rewritten = listed.rewritten
        for stale in listed.stale:
            if stale not in self._removed and len(self._removed) < MAX_REMOVALS:
                self._removed.add(stale)
                self._stale.append(stale)


_BINDING = frozenset({"register", "refresh"})
_PURPOSE: dict[Action, Purpose] = {
    Action.START_REGISTER: "register",
    Action.START_REFRESH: "refresh",
    Action.START_UNREGISTER: "unregister",
}


def _unsupported(result: Result) -> Result:
    """A query refused without judging the password says nothing about the password."""
    if result.said_by == "server" and result.status in {400, 405, 420, 488, 501, 606}:
        return replace(result, finding="finding.verify.unsupported")
    return result
