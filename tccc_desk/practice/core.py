"""The gateway's driver: sockets, the transaction endpoint, one timer, and who gets which message.

Handlers (registrar, calls) are reached by transaction or by dialog; a request that belongs
to neither goes to `accept`. This is the boundary where whatever a peer or a handler does
wrong ends: it is answered, reported and survived.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Protocol

from tccc_desk.sip.endpoint import Endpoint
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.sip.message import Message, Request, Response, from_address, response_to, to_address
from tccc_desk.sip.outputs import (
    AckReceived,
    Cancelled,
    Output,
    RequestReceived,
    ResponseReceived,
    TransactionFailed,
    TransactionTimedOut,
    Transmit,
)

from .sockets import Sockets

SERVER = "TCCC Desk practice gateway"


class Handler(Protocol):
    """Who owns transactions and dialogs: one call, usually."""

    def on_request(self, event: RequestReceived) -> None:
        """Take a request inside its dialog."""

    def on_response(self, event: ResponseReceived) -> None:
        """Take a response to a request it sent."""

    def on_failure(self, event: TransactionTimedOut | TransactionFailed) -> None:
        """Learn that a request it sent (or, timer H, its 2xx) got no answer."""

    def on_ack(self, event: AckReceived) -> None:
        """Take the ACK to its 2xx."""

    def on_cancel(self, event: Cancelled) -> None:
        """Learn that the caller gave up."""


class Core:
    """Owns the endpoint and the sockets. Everything happens on the running loop's thread."""

    def __init__(
        self,
        accept: Callable[[RequestReceived], None],
        lost: Callable[[Flow, str], None],
        report: Callable[[str, str], None],
    ) -> None:
        self._accept = accept
        self._lost = lost
        self._report = report
        self.endpoint = Endpoint(token=token, user_agent=SERVER)
        self.sockets = Sockets(self)
        self._by_transaction: dict[str, Handler] = {}
        self._by_dialog: dict[tuple[str, str], Handler] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._draining = False

    def now(self) -> float:
        """Return the loop's monotonic time: the one clock everything here uses."""
        return asyncio.get_running_loop().time()

    async def open(self, host: str, port: int) -> None:
        """Bind the sockets. Raises OSError."""
        await self.sockets.open(host, port)

    async def close(self) -> None:
        """Stop the timer and close the sockets; open transactions end silently."""
        if self._timer is not None:
            self._timer.cancel()
        await self.sockets.close()

    def contact(self, flow: Flow, user: str = "practice") -> str:
        """Return our Contact header value for a flow: where its far end reaches us in a dialog."""
        transport = "" if flow.transport == "UDP" else f";transport={flow.transport.lower()}"
        return f"<sip:{user}@{host_port(self.sockets.local)}{transport}>"

    def route(self, flow: Flow) -> str:
        """Return the Record-Route value a proxy in our place would add."""
        transport = "" if flow.transport == "UDP" else f";transport={flow.transport.lower()}"
        return f"<sip:{host_port(self.sockets.local)};lr{transport}>"

    # what handlers ask for

    def send(self, request: Request, flow: Flow, handler: Handler) -> str:
        """Open a client transaction whose outcome `handler` gets; returns its id."""
        transaction = self.endpoint.send(request, flow, self.now())
        self._by_transaction[transaction] = handler
        self._drain()
        return transaction

    def send_ack(self, request: Request, flow: Flow) -> None:
        """Send the ACK to a 2xx."""
        self.endpoint.send_ack(request, flow, self.now())
        self._drain()

    def cancel(self, transaction: str) -> None:
        """Give up an INVITE of ours."""
        self.endpoint.cancel(transaction, self.now())
        self._drain()

    def respond(self, transaction: str, response: Response) -> None:
        """Answer a request."""
        self.endpoint.respond(transaction, response, self.now())
        self._drain()

    def adopt(self, transaction: str, handler: Handler) -> None:
        """Let `handler` hear of a CANCEL or a missing ACK of this server transaction."""
        self._by_transaction[transaction] = handler

    def adopt_dialog(self, call_id: str, local_tag: str, handler: Handler) -> None:
        """Route requests inside this dialog to `handler`."""
        self._by_dialog[call_id, local_tag] = handler

    def release(self, handler: Handler) -> None:
        """Forget every transaction and dialog of a handler that ended."""
        for table in (self._by_transaction, self._by_dialog):
            for key in [key for key, owner in table.items() if owner is handler]:
                del table[key]  # type: ignore[arg-type]

    # what the sockets bring

    def message(self, message: Message, flow: Flow) -> None:
        """Take one well-formed message."""
        self.endpoint.receive(message, flow, self.now())
        self._drain()

    def malformed(self, request: Request | None, error: RemoteProtocolError, flow: Flow) -> None:
        """Answer what can be answered (RFC 3261 section 18.3: with 400), report the rest."""
        self._report("malformed", f"{flow}: {error}")
        if request is not None and request.method != "ACK":
            answer = response_to(request, error.status, to_tag=token())
            self.endpoint.reply(request, flow, answer, self.now())
            self._drain()

    def lost(self, flow: Flow, detail: str) -> None:
        """Fail what was under way on a lost connection."""
        self.endpoint.flow_lost(flow.id, "closed", detail, self.now())
        self._lost(flow, detail)
        self._drain()

    # the drive

    def _drain(self) -> None:
        """Empty the endpoint, whatever handlers add meanwhile, then arm its one timer."""
        if self._draining:
            return
        self._draining = True
        try:
            while outputs := self.endpoint.outputs():
                for output in outputs:
                    self._take(output)
        finally:
            self._draining = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.endpoint.deadline()
        if deadline is not None:
            self._timer = asyncio.get_running_loop().call_at(deadline, self._advance)

    def _advance(self) -> None:
        self._timer = None
        self.endpoint.advance(self.now())
        self._drain()

    def _take(self, output: Output) -> None:
        if isinstance(output, Transmit):
            self.sockets.send(output.flow, output.data)
            return
        try:
            self._dispatch(output)
        except RemoteProtocolError as error:
            self._report("malformed", str(error))
            if isinstance(output, RequestReceived):
                self._refuse(output, error.status)
        except Exception as error:  # noqa: BLE001 the gateway outlives a bug in one handler and says so
            self._report("internal", f"{type(error).__name__}: {error}")
            if isinstance(output, RequestReceived):
                self._refuse(output, 500)

    def _dispatch(self, output: Output) -> None:
        if isinstance(output, RequestReceived):
            tag = to_address(output.request).tag
            handler = self._by_dialog.get((output.request.headers.get("Call-ID"), tag)) if tag else None
            if handler is not None:
                handler.on_request(output)
            elif tag:
                self.respond(output.transaction, response_to(output.request, 481))
            else:
                self._accept(output)
        elif isinstance(output, AckReceived):
            key = (output.request.headers.get("Call-ID"), to_address(output.request).tag)
            if (handler := self._by_dialog.get(key)) is not None:
                handler.on_ack(output)
        elif isinstance(output, ResponseReceived):
            # A 2xx repeated after the call ended finds nobody: the caller's retransmissions stop by timer.
            if (handler := self._by_transaction.get(output.transaction)) is not None:
                handler.on_response(output)
        elif isinstance(output, TransactionTimedOut | TransactionFailed):
            if (handler := self._by_transaction.pop(output.transaction, None)) is not None:
                handler.on_failure(output)
        elif isinstance(output, Cancelled) and output.transaction in self._by_transaction:
            self._by_transaction[output.transaction].on_cancel(output)

    def _refuse(self, event: RequestReceived, status: int) -> None:
        """Answer a request whose handler failed, unless it had answered already."""
        try:
            self.endpoint.respond(
                event.transaction, response_to(event.request, status, to_tag=token()), self.now()
            )
        except Exception as error:  # noqa: BLE001 second fault in a row: nothing more can be said to the peer
            self._report("internal", f"{type(error).__name__}: {error}")


def token() -> str:
    """Return a fresh unpredictable word for branches, tags, nonces and Call-IDs."""
    return secrets.token_hex(12)


def callee_of(request: Request) -> str:
    """Return the number in To."""
    return to_address(request).uri.number


def caller_of(request: Request) -> str:
    """Return the number in From."""
    return from_address(request).uri.number
