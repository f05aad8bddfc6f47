"""The transaction layer of one user agent (RFC 3261 section 17), over any number of flows.

Messages, flows and the time come in by methods; `outputs` hands out, in order, what is to be
transmitted and what the transaction user must know. The driver calls `outputs` after every
call, then arms one timer for `deadline` and calls `advance` when it is due.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from tccc_desk.sip.errors import LocalProtocolError
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import (
    Message,
    Request,
    Response,
    cseq,
    encode_message,
    from_address,
    response_to,
    top_via,
)
from tccc_desk.sip.outputs import AckReceived, Output, StrayReason, StrayResponse, Transmit
from tccc_desk.sip.timers import Agenda
from tccc_desk.sip.transaction import invite_server
from tccc_desk.sip.transaction.client import InviteClient, NonInviteClient
from tccc_desk.sip.transaction.machine import Loss
from tccc_desk.sip.transaction.server import InviteServer, NonInviteServer
from tccc_desk.sip.transaction.wire import (
    accepted_key,
    cancel_of,
    client_key,
    server_key,
    to_tag,
    with_source,
    with_via,
)
from tccc_desk.sip.via import BRANCH_COOKIE

MAX_SERVER_TRANSACTIONS = 2000
"""Above this many a new request gets a stateless 503 and is not handed up."""
OVERLOAD_RETRY_AFTER_S = 5

_Client = InviteClient | NonInviteClient
_Server = InviteServer | NonInviteServer


class Endpoint:
    """All transactions of one user agent.

    `token` gives a fresh unpredictable word of at least 16 token characters for branches and tags.
    """

    def __init__(
        self,
        *,
        token: Callable[[], str],
        user_agent: str = "",
        max_server_transactions: int = MAX_SERVER_TRANSACTIONS,
    ) -> None:
        self.agenda = Agenda()
        self._token = token
        self._user_agent = user_agent
        self._limit = max_server_transactions
        self._secret = token()
        self._clients: dict[str, _Client] = {}
        self._servers: dict[str, _Server] = {}
        self._accepted: dict[tuple[str, str, str, int], str] = {}
        self._outputs: list[Output] = []

    def send(self, request: Request, flow: Flow, now: float) -> str:
        """Open a client transaction for `request` (any method but ACK and CANCEL) and transmit it.

        Puts our Via on top, and Max-Forwards and User-Agent where absent. Returns the
        transaction's id, branch and method. Raises LocalProtocolError for what cannot be written.
        """
        if request.method in {"ACK", "CANCEL"}:
            raise LocalProtocolError(f"{request.method} is sent by its own method")
        branch = BRANCH_COOKIE + self._token()
        sent = with_via(request, flow, branch, self._user_agent)
        kind = InviteClient if request.method == "INVITE" else NonInviteClient
        return self._open_client(kind(self, client_key(branch, request.method), sent, flow), now)

    def send_ack(self, request: Request, flow: Flow, now: float) -> bytes:  # noqa: ARG002  like send
        """Transmit the ACK to a 2xx: a transaction of its own without state (section 13.2.2.4).

        Returns the octets. Raises LocalProtocolError for what cannot be written.
        """
        sent = with_via(request, flow, BRANCH_COOKIE + self._token(), self._user_agent)
        data = encode_message(sent)
        self.emit(Transmit(flow, data, sent))
        return data

    def cancel(self, transaction: str, now: float) -> None:
        """Give up an INVITE of ours: CANCEL once a provisional response is there (section 9.1).

        Nothing happens when the final response is already in or the transaction gone.
        """
        client = self._clients.get(transaction)
        if isinstance(client, InviteClient):
            client.cancel(now)
        elif client is not None:
            raise LocalProtocolError("only an INVITE can be cancelled")

    def respond(
        self, transaction: str, response: Response, now: float, *, reliable_copy: bool = False
    ) -> None:
        """Answer a request handed up by `RequestReceived`, provisionally or finally.

        A 2xx to an INVITE is repeated until its ACK comes (section 13.3.1.4). `reliable_copy`
        marks the transaction user's own repeat of a reliable provisional (RFC 3262 section 3),
        which is traced as a retransmission. Nothing is sent when the transaction is gone with its
        flow. Raises LocalProtocolError for a second final response to an INVITE and for what
        cannot be written.
        """
        server = self._servers.get(transaction)
        if server is None:
            return
        encode_message(response)  # refuse it before anything changes
        server.answer(response, now, reliable_copy=reliable_copy)
        if isinstance(server, InviteServer) and server.state is invite_server.State.ACCEPTED:
            self._accepted[accepted_key(server.request, server.to_tag)] = server.id
        self._sweep(server)

    def acknowledged(self, transaction: str, now: float) -> None:
        """Stop repeating the 2xx of an INVITE server transaction: the caller saw its ACK.

        `receive` does this itself for an ACK that matches by dialog.
        """
        server = self._servers.get(transaction)
        if isinstance(server, InviteServer) and server.state is invite_server.State.ACCEPTED:
            server.step(invite_server.Input.ACK, now)

    def reply(self, request: Request, flow: Flow, response: Response, now: float) -> None:  # noqa: ARG002
        """Answer a request without a transaction (section 8.2.7), such as one that failed the parse.

        Raises LocalProtocolError for what cannot be written.
        """
        sent = Response(response.status, response.reason, with_source(response.headers, flow), response.body)
        self.emit(Transmit(flow, encode_message(sent), sent))

    def receive(self, message: Message, flow: Flow, now: float) -> None:
        """Take in one parsed message from `flow`. No message of a peer's raises."""
        if isinstance(message, Response):
            self._receive_response(message, flow, now)
            return
        headers = with_source(message.headers, flow)
        request = Request(message.method, message.uri, headers, message.body)
        if request.method == "ACK":
            self._receive_ack(request, flow, now)
        elif request.method == "CANCEL":
            self._receive_cancel(request, flow, now)
        else:
            self._receive_request(request, flow, now)

    def flow_lost(self, flow_id: int, fault: str, detail: str, now: float) -> None:
        """Fail the client transactions on a flow; its server transactions end silently."""
        loss = Loss(fault, detail)
        for transaction in (*self._clients.values(), *self._servers.values()):
            if transaction.flow.id == flow_id:
                transaction.lose(loss, now)
                self._sweep(transaction)

    def deadline(self) -> float | None:
        """When `advance` is wanted next, None when no timer runs."""
        return self.agenda.deadline()

    def advance(self, now: float) -> None:
        """Fire the timers due by `now`."""
        while (due := self.agenda.take(now)) is not None:
            owner, timer = due
            transaction = self._clients.get(owner) or self._servers[owner]
            transaction.fire(timer, now)
            self._sweep(transaction)

    def outputs(self) -> list[Output]:
        """Everything that happened since the last call, in order."""
        taken, self._outputs = self._outputs, []
        return taken

    def pending(self, flow_id: int) -> int:
        """How many transactions live on a flow."""
        every = (*self._clients.values(), *self._servers.values())
        return sum(transaction.flow.id == flow_id for transaction in every)

    def emit(self, output: Output) -> None:
        """Queue one output (for the transactions)."""
        self._outputs.append(output)

    def open_cancel(self, invite: Request, flow: Flow, now: float) -> None:
        """Send the CANCEL of a sent INVITE, in a transaction that reports nothing (for the transactions)."""
        id = client_key(top_via(invite).branch, "CANCEL")
        self._open_client(NonInviteClient(self, id, cancel_of(invite), flow, quiet=True), now)

    def trying(self, request: Request) -> Response:
        """Make the automatic 100 (for the transactions)."""
        return response_to(request, 100, headers=self._product())

    def _open_client(self, client: _Client, now: float) -> str:
        if client.id in self._clients:
            raise LocalProtocolError("the branch is not fresh")
        self._clients[client.id] = client
        client.open(now)
        return client.id

    def _receive_response(self, response: Response, flow: Flow, now: float) -> None:
        client = self._clients.get(client_key(top_via(response).branch, cseq(response)[1]))
        why = _mismatch(response, flow, client)
        if client is None or why is not None:
            self.emit(StrayResponse(response, flow, why or "transaction"))
            return
        client.receive(response, now)
        self._sweep(client)

    def _receive_request(self, request: Request, flow: Flow, now: float) -> None:
        id = server_key(request, request.method)
        server = self._servers.get(id)
        if server is not None:
            server.repeated(now)
            return
        if len(self._servers) >= self._limit:
            self._refuse(request, flow, 503, now, ("Retry-After", str(OVERLOAD_RETRY_AFTER_S)))
            return
        kind = InviteServer if request.method == "INVITE" else NonInviteServer
        server = self._servers[id] = kind(self, id, request, flow)
        server.open(now)

    def _receive_ack(self, request: Request, flow: Flow, now: float) -> None:
        """Give an ACK to the INVITE it shares a branch with; one to a 2xx to the dialog (section 17.2.3)."""
        server = self._servers.get(server_key(request, "INVITE"))
        if server is None:
            server = self._servers.get(self._accepted.get(accepted_key(request, to_tag(request)), ""))
        if isinstance(server, InviteServer):
            server.step(invite_server.Input.ACK, now)
            self._sweep(server)
            if server.state is not invite_server.State.ACCEPTED:
                return
        self.emit(AckReceived(request, flow))

    def _receive_cancel(self, request: Request, flow: Flow, now: float) -> None:
        """Answer a CANCEL: 200 where its INVITE is known, answered or not, else 481 (section 9.2)."""
        server = self._servers.get(server_key(request, "INVITE"))
        if not isinstance(server, InviteServer):
            self._refuse(request, flow, 481, now)
            return
        tag = server.to_tag or self._stateless_tag(request)
        self.reply(request, flow, response_to(request, 200, to_tag=tag, headers=self._product()), now)
        server.step(invite_server.Input.CANCEL, now)

    def _refuse(
        self, request: Request, flow: Flow, status: int, now: float, *headers: tuple[str, str]
    ) -> None:
        tag = self._stateless_tag(request)
        response = response_to(request, status, to_tag=tag, headers=(*headers, *self._product()))
        self.reply(request, flow, response, now)

    def _stateless_tag(self, request: Request) -> str:
        """Make the same To tag for every copy of a request (section 8.2.7), and one nobody can foretell."""
        text = f"{self._secret}/{server_key(request, 'INVITE')}/{request.headers.get('Call-ID')}"
        return hashlib.blake2s(text.encode("utf-8", "surrogateescape"), digest_size=10).hexdigest()

    def _product(self) -> tuple[tuple[str, str], ...]:
        return (("Server", self._user_agent),) if self._user_agent else ()

    def _sweep(self, transaction: _Client | _Server) -> None:
        """Forget a transaction that has ended."""
        if not transaction.terminated:
            return
        self.agenda.forget(transaction.id)
        if isinstance(transaction, InviteClient | NonInviteClient):
            self._clients.pop(transaction.id, None)
            return
        self._servers.pop(transaction.id, None)
        key = accepted_key(transaction.request, transaction.to_tag)
        if self._accepted.get(key) == transaction.id:
            del self._accepted[key]


def _mismatch(response: Response, flow: Flow, client: _Client | None) -> StrayReason | None:
    """Name the first thing that keeps a response from counting (sections 8.1.3.3, 17.1.3, 18.1.2)."""
    if len(response.headers.split("Via")) > 1:
        return "via-count"
    if client is None:
        return "transaction"
    if client.flow.id != flow.id:
        return "flow"
    if response.headers.get("Call-ID") != client.request.headers.get("Call-ID"):
        return "call-id"
    if cseq(response) != cseq(client.request):
        return "cseq"
    if from_address(response).tag.lower() != from_address(client.request).tag.lower():
        return "from-tag"
    return None
