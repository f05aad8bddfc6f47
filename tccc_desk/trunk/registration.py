"""Keeps one trunk registered: the binding machine over REGISTER rounds, pure.

Feed it wishes, flows, responses and the time; drain `reports` after each call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Response
from tccc_desk.trunk import binding
from tccc_desk.trunk.authentication import Authenticator
from tccc_desk.trunk.binding import Action, Input, State
from tccc_desk.trunk.bindings import read_bindings, retry_after_s, seen_address
from tccc_desk.trunk.exchange import Exchange, Identity, Outcome, Pacer
from tccc_desk.trunk.profile import Trunk
from tccc_desk.trunk.reports import (
    Failed,
    Granted,
    Moved,
    NeedFlow,
    Purpose,
    Refused,
    Removed,
    Report,
    Result,
    Started,
    Verified,
)
from tccc_desk.trunk.round import Action as Ending

FIRST_RETRY_S = 4.0
LAST_RETRY_S = 120.0
SOON_S = 1.0
MIN_REFRESH_S = 1.0


def refresh_in_s(granted_s: int) -> float:
    """Seconds until the refresh: 15 s early, or at half time of a short expiry."""
    return max(float(granted_s - 15), granted_s / 2, MIN_REFRESH_S)


class Registration:
    """One trunk's binding.

    `token` gives unpredictable words, `jitter` numbers from 0 to 1.
    """

    def __init__(
        self, trunk: Trunk, password: str, *, token: Callable[[], str], jitter: Callable[[], float]
    ) -> None:
        self._trunk = trunk
        self._authenticator = Authenticator(trunk, password, token)
        self._jitter = jitter
        self._identity = Identity(call_id=token(), from_tag=token())
        self._pacer = Pacer()
        self._state = State.UNBOUND
        self._exchange: Exchange | None = None
        self._transaction = ""
        self._queue: deque[Purpose] = deque(maxlen=4)
        self._flow: Flow | None = None
        self._ever_bound = False
        self._maybe_bound = False
        self._failures = 0
        self._due: tuple[float, Input] | None = None
        self._retry_in_s = 0.0
        self._reports: list[Report] = []

    @property
    def state(self) -> State:
        """Where the binding stands."""
        return self._state

    @property
    def busy(self) -> bool:
        """Whether a round is running or waiting to run."""
        return self._exchange is not None or bool(self._queue)

    def register(self, now: float) -> None:
        """Bind, or refresh now."""
        self._failures = 0
        self._step(Input.REGISTER, now)

    def unregister(self, now: float) -> None:
        """Remove our own binding, if there may be one."""
        self._step(Input.UNREGISTER if self._maybe_bound else Input.ABANDON, now)

    def verify(self, now: float) -> None:
        """Ask with credentials which bindings there are; change none."""
        self._start("verify", now)

    def flow_opened(self, flow: Flow, now: float) -> None:
        """The flow asked for by `NeedFlow`, or one opened for a call."""
        self._flow = flow
        if self._exchange is not None:
            self._exchange.flow_opened(flow, now)
            self._settle(now)

    def flow_failed(self, fault: str, detail: str, now: float, *, why: str = "") -> None:
        """No flow could be opened."""
        self._flow = None
        if self._exchange is not None:
            self._exchange.lost(fault, detail, now, why=why)
            self._settle(now)

    def flow_lost(self, fault: str, detail: str, now: float) -> None:
        """The flow is gone; requests on it have failed or will not be answered."""
        had = self._flow is not None
        self._flow = None
        if self._exchange is not None:
            self._exchange.lost(fault, detail, now)
            self._settle(now)
        elif had:
            self._lost = Result("refresh", 0, "", "local", 0.0, 0, fault, "finding.path." + fault)
            self._step(Input.FLOW_LOST, now)

    def sent(self, transaction: str) -> None:
        """The id of the transaction that carries the REGISTER just handed out."""
        self._transaction = transaction
        if self._exchange is not None and self._exchange.purpose in {"register", "refresh"}:
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

    def _start(self, purpose: Purpose, now: float) -> None:
        if self._exchange is not None:
            self._queue.append(purpose)
            return
        self._reports.append(Started(purpose))
        self._exchange = Exchange(
            purpose,
            self._trunk,
            self._identity,
            self._authenticator,
            pacer=self._pacer,
            now=now,
            report=self._report,
        )
        if self._flow is None:
            self._reports.append(NeedFlow())
        else:
            self._exchange.flow_opened(self._flow, now)

    def _settle(self, now: float) -> None:
        """Draw the conclusion of a round that has ended."""
        if self._exchange is None or self._exchange.outcome is None:
            return
        outcome = self._exchange.outcome
        self._exchange = None
        if outcome.action is not Ending.GRANT:
            self._authenticator.forget()  # the next round shows no credentials before it is asked
        self._transaction = ""
        if outcome.result.purpose == "verify":
            self._verified(outcome)
        else:
            self._concluded(outcome, now)
        if self._queue and not self._running():
            self._start(self._queue.popleft(), now)

    def _verified(self, outcome: Outcome) -> None:
        if outcome.action is Ending.GRANT and outcome.response is not None:
            listed = read_bindings(outcome.response, "", 0)
            self._reports.append(Verified(outcome.result, listed.others, *seen_address(outcome.response)))
        elif outcome.action is Ending.FAIL:
            self._reports.append(Failed(outcome.result, None))
        else:
            self._reports.append(Refused(_unsupported(outcome.result)))

    def _concluded(self, outcome: Outcome, now: float) -> None:
        self._outcome = outcome
        if outcome.action is Ending.GRANT and outcome.result.purpose != "unregister":
            assert outcome.response is not None  # GRANT comes with the response that granted
            listed = read_bindings(outcome.response, outcome.contact, outcome.requested_s)
            if not listed.granted_s:
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
                self._failures = 0
                self._due = (now + refresh_in_s(self._granted()), Input.REFRESH_DUE)
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
                self._reports.append(Removed(confirmed=action is Action.REPORT_REMOVED))

    def _arm_retry(self, action: Action, now: float) -> None:
        if action is Action.ARM_SOON:
            self._retry_in_s = SOON_S * (0.5 + self._jitter())
        else:
            # RFC 5626 section 4.5: doubled each time, taken at random from its upper half.
            longest = min(FIRST_RETRY_S * 2.0**self._failures, LAST_RETRY_S)
            self._retry_in_s = longest * (0.5 + self._jitter() / 2)
            self._failures += 1
            asked = retry_after_s(self._outcome.response) if self._outcome.response is not None else None
            self._retry_in_s = max(self._retry_in_s, asked or 0)
        self._due = (now + self._retry_in_s, Input.RETRY_DUE)

    def _granted(self) -> int:
        assert self._outcome.response is not None  # only called after GRANT
        found = read_bindings(self._outcome.response, self._outcome.contact, self._outcome.requested_s)
        return found.granted_s or 0

    def _report_granted(self) -> None:
        response = self._outcome.response
        assert response is not None  # only called after GRANT
        listed = read_bindings(response, self._outcome.contact, self._outcome.requested_s)
        received, rport = seen_address(response)
        self._reports.append(
            Granted(
                result=self._outcome.result,
                contact=self._outcome.contact,
                requested_s=self._outcome.requested_s,
                granted_s=listed.granted_s or 0,
                refresh_in_s=refresh_in_s(listed.granted_s or 0),
                others=listed.others,
                received=received,
                rport=rport,
                first=not self._ever_bound,
            )
        )
        self._ever_bound = True


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
