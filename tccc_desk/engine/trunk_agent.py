"""One trunk at work: its flow, its registration, its calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from tccc_desk.engine.call import Call
from tccc_desk.engine.commands import PlaceTestCall
from tccc_desk.engine.doors import Doors
from tccc_desk.engine.events import Event, Fault, FlowLost, Noticed, StaleBindingRemoved
from tccc_desk.engine.latency import Latency
from tccc_desk.engine.outgoing import OutgoingCall
from tccc_desk.engine.translate import event_of
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.endpoint import Endpoint
from tccc_desk.sip.errors import ProtocolError
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.sip.message import Request, Response, cseq, to_address
from tccc_desk.sip.wire import printable
from tccc_desk.trace.recorder import Recorder
from tccc_desk.trunk.authentication import Authenticator
from tccc_desk.trunk.binding import State
from tccc_desk.trunk.bindings import contact_uri
from tccc_desk.trunk.own_contacts import OwnContacts
from tccc_desk.trunk.profile import Trunk
from tccc_desk.trunk.registration import Registration
from tccc_desk.trunk.reports import Failed, Moved, NeedFlow, SendRegister

MAX_ORPHANS = 64
"""Dialogs we said BYE in, remembered so that an answer that comes late or again gets no second one."""
MAX_LEAKS_SAID = 10
"""Unasked challenges said to the face; the log has every one of them."""


class TrunkAgent:
    """Implements `engine.hands.Hands` for its calls."""

    def __init__(
        self,
        trunk: Trunk,
        password: str,
        *,
        doors: Doors,
        endpoint: Endpoint,
        recorder: Recorder,
        own: OwnContacts | None = None,
    ) -> None:
        self.trunk = trunk
        self.doors = doors
        self.endpoint = endpoint
        self.calls: dict[str, Call] = {}
        self._password = password
        self._recorder = recorder
        self._registration = Registration(trunk, password, token=doors.token, jitter=doors.jitter, own=own)
        self._flow: Flow | None = None
        self._latency = Latency(self)
        self._remote: tuple[str, int] | None = None
        self._source = ""
        self._opening = False
        self._asked: deque[str] = deque(maxlen=MAX_ORPHANS)
        self._leaks = 0
        self._backup_left = False
        self._waiting: list[OutgoingCall] = []
        self._owners: dict[str, Call | None] = {}
        self._orphans: deque[tuple[str, str]] = deque(maxlen=MAX_ORPHANS)

    @property
    def flow(self) -> Flow | None:
        """The flow to the server, if there is one now."""
        return self._flow

    @property
    def binding(self) -> State:
        """Where the registration stands."""
        return self._registration.state

    @property
    def idle(self) -> bool:
        """Nothing running: no call, no round, no binding to remove."""
        settled = self._registration.state in {State.UNBOUND, State.REFUSED}
        return not self.calls and not self._registration.busy and settled

    def contact(self) -> str:
        """Our Contact URI on the current flow."""
        return contact_uri(self.trunk, self._flow) if self._flow is not None else ""

    def authenticator(self) -> Authenticator:
        """A fresh one for a call. What realms asked for before is known to it."""
        strengths = self._registration.strengths
        return Authenticator(self.trunk, self._password, self.doors.token, strengths)

    def stray_challenge(self, response: Response, where: str) -> None:
        """A challenge that matches no request. One that comes late to what we did ask is no leak."""
        if response.headers.get("Call-ID") not in self._asked:
            self.leak(response, where)

    def leak(self, response: Response, where: str) -> None:
        """A challenge to something we never asked: whoever sends it wants our digest."""
        self._leaks += 1
        seen = self.authenticator().seen(response)
        details = {"status": str(response.status), "realm": seen[0].realm if seen else "", "remote": where}
        shown = {name: printable(value) for name, value in details.items()}
        if self._leaks <= MAX_LEAKS_SAID:
            self.doors.emit(
                Noticed(
                    at=self.doors.wall(), trunk=self.trunk.name, finding="finding.auth.leak", details=shown
                )
            )

    def register(self, now: float) -> None:
        """Bind, or refresh."""
        self._registration.register(now)
        self._settle(now)

    def unregister(self, now: float) -> None:
        """Remove our binding."""
        self._registration.unregister(now)
        self._settle(now)

    def verify(self, now: float) -> None:
        """Prove the credentials, change nothing."""
        self._registration.verify(now)
        self._settle(now)

    def measure(self, every_s: float | None, now: float) -> None:
        """Measure how long the server takes to answer."""
        self._latency.ask(every_s, now)
        if self._flow is None and self._latency.waiting:
            self._open(self._registration.at)

    def call(self, command: PlaceTestCall, now: float) -> None:
        """Place a test call, opening a flow if there is none."""
        call = OutgoingCall(command, self, now)
        self.calls[call.handle] = call
        if self._flow is not None:
            call.ready(now)
        else:
            self._waiting.append(call)
            self._backup_left = bool(self.trunk.backup_server)
            self._open(self._registration.at)

    def flow_opened(self, flow: Flow, now: float) -> None:
        """The flow asked for is there. One to another server goes, as registration decided."""
        self._opening = False
        former, self._flow = self._flow, flow
        self._remote, self._source = flow.remote, flow.local[0]
        if former is not None and former != flow:
            self._close(former, now)
        self._registration.flow_opened(flow, now)
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call.ready(now)
        self._settle(now)

    def flow_failed(self, fault: Fault, detail: str, now: float, *, why: str = "") -> None:
        """No flow could be opened."""
        self._opening = False
        registering = self._registration.busy
        self._registration.flow_failed(fault, detail, now, why=why)
        self._settle(now)
        if self._waiting and not registering and self._backup_left:
            self._backup_left = False
            self._open(self._registration.other)
        if self._opening:
            return  # the other server is tried; the calls wait for it
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call.not_ready(fault, detail, now, why=why)
        if self._latency.waiting:
            self._latency.failed()
        self._settle(now)

    def flow_lost(self, flow: Flow, fault: Fault, detail: str, now: float) -> None:
        """A flow is gone. Calls keep their sound; their next request takes the next flow."""
        if flow != self._flow:
            return
        self._flow = None
        self._registration.flow_lost(fault, detail, now)
        self._settle(now)

    def drop_flow(self, now: float) -> None:
        """Close our own flow, as after silence on a connection that may be half open."""
        flow, self._flow = self._flow, None
        if flow is not None:
            self._close(flow, now)
            self._registration.flow_lost("closed", "", now)

    def give_up(self, now: float) -> None:
        """End a round that nobody answers, and with it the flow it went over."""
        self.drop_flow(now)
        self._settle(now)

    def renew(self, fault: Fault, detail: str, now: float) -> None:
        """This machine slept or has another address: one new flow, one registration over it."""
        flow, self._flow = self._flow, None
        if flow is not None:
            self._recorder.fact("fact." + fault, self.trunk.name, now, {"detail": detail}, flow=flow)
            self.doors.emit(
                FlowLost(
                    at=self.doors.wall(),
                    trunk=self.trunk.name,
                    transport=flow.transport,
                    remote=host_port(flow.remote),
                    fault=fault,
                    detail=detail,
                )
            )
            self._close(flow, now)
        self._registration.path_changed(fault, detail, now)
        self._settle(now)
        if self.calls and self._flow is None:
            self._open(self._registration.at)  # for the requests of the calls there are

    def sourced(self, source_of: Callable[[tuple[str, int]], str], now: float) -> bool:
        """Compare the source address the system would take now with the one in use; True if it acts.

        No way at all ("" from `source_of`) proves nothing yet: a cable out may come back. When
        the way is there again, a try that waits need not wait any longer.
        """
        if self._remote is None:
            return False
        source, former = source_of(self._remote), self._source
        if self._flow is not None and source in {"", self._flow.local[0]}:
            self._source = source
        elif source != former:
            self._source = source
            if source:
                self.renew("address-changed", f"{former or '-'} -> {source}", now)
                return True
        return False

    def _close(self, flow: Flow, now: float) -> None:
        self.doors.close_flow(flow)
        self.endpoint.flow_lost(flow.id, "closed", "closed by us", now)

    def send(self, owner: object, request: Request, now: float, flow: Flow | None = None) -> str:
        """Send over our flow or the given one; "" where there is none."""
        chosen = flow or self._flow
        if chosen is None:
            return ""
        if (call_id := request.headers.get("Call-ID")) not in self._asked:
            self._asked.append(call_id)
        transaction = self.endpoint.send(request, chosen, now)
        if request.method == "BYE":  # a 2xx repeated after it wants its ACK, but no second one
            self._orphans.append((request.headers.get("Call-ID"), to_address(request).tag))
        self._owners[transaction] = owner if isinstance(owner, Call) else None
        return transaction

    def sent(self, transaction: str) -> bool:
        """Whether a transaction is one of ours that is not done with."""
        return transaction in self._owners

    def responded(self, transaction: str, request: Request, response: Response, now: float) -> None:
        """A response to a request of ours."""
        if transaction not in self._owners:
            self.disown(request, response, now)
            return
        owner = self._owners[transaction]
        # An answered INVITE may be answered again (a repeat, another fork): keep its owner.
        if response.status >= 200 and not response.headers.get("CSeq").upper().endswith("INVITE"):
            del self._owners[transaction]
        if owner is not None:
            owner.responded(transaction, response, now)
        elif self._registration.owns(transaction):
            self._registration.responded(response, now)
        elif self._latency.owns(transaction):
            self._latency.responded(response, now)
        self._settle(now)

    def disown(self, request: Request, response: Response, now: float) -> None:
        """ACK and BYE a 2xx nobody waits for: of a call that is over, or another fork's."""
        if request.method != "INVITE" or not 200 <= response.status < 300 or self._flow is None:
            return
        try:
            dialog = Dialog.from_response(request, response)
            number, _ = cseq(request)
        except ProtocolError:
            return
        dialog, ack = dialog.request("ACK", contact="", cseq=number)
        self.endpoint.send_ack(ack, self._flow, now)
        key = (dialog.call_id, dialog.remote_tag)
        if key in self._orphans:
            return  # a repeat: the BYE is on its way
        self.send(None, dialog.request("BYE", contact="")[1], now)

    def failed(self, transaction: str, fault: Fault, detail: str, transmissions: int, now: float) -> None:
        """A request of ours got no answer, or lost its flow."""
        if transaction not in self._owners:
            return
        owner = self._owners.pop(transaction)
        if owner is not None:
            owner.failed(transaction, fault, detail, now, transmissions=transmissions)
        elif self._registration.owns(transaction) and fault == "silence":
            self._registration.timed_out(now)
        elif self._latency.owns(transaction):
            self._latency.failed()
        self._settle(now)

    def moved(self, machine: str, arrow: tuple[str, str, str], now: float, call_id: str = "") -> None:
        """Write a transition to the trace: state, input and next state."""
        details = dict(zip(("from", "input", "to"), arrow, strict=True))
        self._recorder.transition(machine, self.trunk.name, now, details, call_id)

    def ended(self, call: str) -> None:
        """A call has finished."""
        ended = self.calls.pop(call, None)
        self._owners = {
            key: owner for key, owner in self._owners.items() if owner is None or owner is not ended
        }
        if isinstance(ended, OutgoingCall) and ended in self._waiting:
            self._waiting.remove(ended)

    def deadline(self) -> float | None:
        """When `advance` is wanted next."""
        times = [call.deadline() for call in self.calls.values()]
        times += [self._registration.deadline(), self._latency.deadline()]
        return min((time for time in times if time is not None), default=None)

    def advance(self, now: float) -> None:
        """Do what is due."""
        for call in list(self.calls.values()):
            call.advance(now)
        self._registration.advance(now)
        self._latency.advance(now)
        self._settle(now)

    def _open(self, at: Trunk) -> None:
        if not self._opening:
            self._opening = True
            self.doors.open_flow(at)

    def _settle(self, now: float) -> None:
        """Carry out and say what the registration reports, until it has nothing more to say."""
        while reports := self._registration.reports():
            for report in reports:
                match report:
                    case NeedFlow(at):
                        self._open(at)
                    case SendRegister(request):
                        self._registration.sent(self.send(None, request, now))
                    case Moved(machine, state, given, following):
                        self.moved(machine, (state, given, following), now)
                    case _:
                        self._say(event_of(report, self.trunk, self.doors.wall()), now)
                if isinstance(report, Failed) and report.result.fault == "silence" and not self.calls:
                    if self._flow is not None:
                        self.doors.blame_flow(self._flow)
                    self.drop_flow(now)

    def _say(self, event: Event, now: float) -> None:
        # What decides nothing is easily overlooked: the log keeps it as a fact of its own.
        match event:
            case Noticed():
                self._recorder.fact(event.finding, self.trunk.name, now, event.details, flow=self._flow)
            case StaleBindingRemoved():
                details = {"contact": event.contact}
                finding = "finding.register.stale-removed"
                self._recorder.fact(finding, self.trunk.name, now, details, flow=self._flow)
        self.doors.emit(event)
