"""A user agent for these tests, built from ring 0 only: it shares no socket code with either side."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tccc_desk.sdp.negotiate import MediaParameters, answer_offer, make_offer, read_answer
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.digest import Credentials, choose, parse_challenges
from tccc_desk.sip.endpoint import Endpoint
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.sip.framing import Framer, Ping, Pong
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request, Response, cseq, parse_message, response_to
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

DOMAIN = "1400000001.tccc.qcloud.com"
TIMEOUT = 10.0


def token() -> str:
    return secrets.token_hex(10)


@dataclass
class Inbox:
    """What came, in order; `take` waits for the first that fits."""

    items: list[object] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, item: object) -> None:
        self.items.append(item)
        self.changed.set()

    async def take(self, fits: Callable[[object], bool]) -> object:
        async with asyncio.timeout(TIMEOUT):
            while True:
                for item in self.items:
                    if fits(item):
                        self.items.remove(item)
                        return item
                self.changed.clear()
                await self.changed.wait()


class Wire(asyncio.DatagramProtocol, asyncio.Protocol):
    """One socket to the gateway, datagram or stream."""

    def __init__(self, agent: ScriptedAgent) -> None:
        self.agent = agent
        self.framer = Framer()
        self.lost = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()
        self.agent.disconnected()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.agent.take(data)

    def data_received(self, data: bytes) -> None:
        for item in self.framer.feed(data):
            if isinstance(item, bytes):
                self.agent.take(item)
            else:
                self.agent.inbox.put(item)


class ScriptedAgent:
    """Registers, calls and is called, one step a method."""

    def __init__(self, transport: str, username: str = "gateway01", password: str = "") -> None:
        self.transport = transport
        self.username = username
        self.credentials = Credentials(username, password, cnonce=token)
        self.endpoint = Endpoint(token=token, user_agent="scripted")
        self.inbox = Inbox()
        self.from_tag = token()
        self.register_call_id = token()
        self.numbers = itertools.count(1)
        self.timer: asyncio.TimerHandle | None = None
        self.flow: Flow
        self.wire: Wire

    async def open(self, host: str, port: int) -> ScriptedAgent:
        loop = asyncio.get_running_loop()
        if self.transport == "UDP":
            transport, self.wire = await loop.create_datagram_endpoint(
                lambda: Wire(self), remote_addr=(host, port)
            )
        else:
            transport, self.wire = await loop.create_connection(lambda: Wire(self), host, port)
        local = transport.get_extra_info("sockname")[:2]
        self.flow = Flow(1, self.transport, local, (host, port))  # type: ignore[arg-type]
        return self

    async def close(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.wire.transport.close()
        await asyncio.wait_for(self.wire.lost.wait(), TIMEOUT)

    @property
    def contact(self) -> str:
        transport = ";transport=tcp" if self.transport == "TCP" else ""
        return f"<sip:{self.username}-x_1@{host_port(self.flow.local)}{transport}>"

    # the drive

    def write(self, data: bytes) -> None:
        if self.transport == "UDP":
            self.wire.transport.sendto(data)
        else:
            self.wire.transport.write(data)

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def take(self, data: bytes) -> None:
        self.endpoint.receive(parse_message(data), self.flow, self.now())
        self.drain()

    def disconnected(self) -> None:
        self.endpoint.flow_lost(self.flow.id, "closed", "", self.now())
        self.drain()

    def drain(self) -> None:
        for output in self.endpoint.outputs():
            self.output(output)
        if self.timer is not None:
            self.timer.cancel()
        deadline = self.endpoint.deadline()
        if deadline is not None:
            self.timer = asyncio.get_running_loop().call_at(deadline, self.advance)

    def advance(self) -> None:
        self.endpoint.advance(self.now())
        self.drain()

    def output(self, output: Output) -> None:
        if isinstance(output, Transmit):
            if not self.wire.transport.is_closing():
                self.write(output.data)
        elif isinstance(
            output,
            RequestReceived
            | ResponseReceived
            | AckReceived
            | Cancelled
            | TransactionTimedOut
            | TransactionFailed,
        ):
            self.inbox.put(output)

    # requests

    def send(self, request: Request) -> str:
        transaction = self.endpoint.send(request, self.flow, self.now())
        self.drain()
        return transaction

    async def response(self, transaction: str, *, provisional: bool = False) -> Response:
        """The next response to a request, or its final one."""

        def fits(item: object) -> bool:
            return (
                isinstance(item, ResponseReceived)
                and item.transaction == transaction
                and (provisional or item.response.status >= 200)
            )

        output = await self.inbox.take(fits)
        assert isinstance(output, ResponseReceived)
        return output.response

    def request(self, method: str, uri: str, headers: list[tuple[str, str]], body: bytes = b"") -> Request:
        return Request(method, uri, Headers(headers), body)

    def register_request(
        self, *extra: tuple[str, str], contact: str | None = None, expires: str = "120", to: str = ""
    ) -> Request:
        aor = f"<sip:{to or self.username}@{DOMAIN}>"
        headers = [
            ("From", f"{aor};tag={self.from_tag}"),
            ("To", aor),
            ("Call-ID", self.register_call_id),
            ("CSeq", f"{next(self.numbers)} REGISTER"),
        ]
        contact = self.contact if contact is None else contact
        if contact:
            headers += [("Contact", contact), ("Expires", expires)]
        return self.request("REGISTER", f"sip:{DOMAIN}", [*headers, *extra])

    async def ask(self, request: Request) -> Response:
        return await self.response(self.send(request))

    async def register(self, **options: str) -> Response:
        """REGISTER, answer one challenge, return the final response."""
        first = await self.ask(self.register_request(**options))
        if first.status != 401:
            return first
        return await self.ask(
            self.register_request(self.answer(first, "REGISTER", f"sip:{DOMAIN}"), **options)
        )

    def answer(
        self, response: Response, method: str, uri: str, realm: Callable[[str], bool] = lambda realm: True
    ) -> tuple[str, str]:
        if response.status == 401:
            challenges, name = parse_challenges(response.headers, "WWW-Authenticate"), "Authorization"
        else:
            challenges, name = parse_challenges(response.headers, "Proxy-Authenticate"), "Proxy-Authorization"
        return name, self.credentials.answer(choose(challenges, realm), method, uri)

    def invite(self, line: str, caller: str = "13800138000", offer: bool = True, **more: str) -> OutgoingCall:
        return OutgoingCall(self, line, caller, offer, more)

    async def incoming(self, method: str = "INVITE") -> RequestReceived:
        output = await self.inbox.take(
            lambda item: isinstance(item, RequestReceived) and item.request.method == method
        )
        assert isinstance(output, RequestReceived)
        return output

    def respond(self, event: RequestReceived, status: int, **options: Any) -> None:
        self.endpoint.respond(event.transaction, response_to(event.request, status, **options), self.now())
        self.drain()

    async def bye(self, invite: RequestReceived) -> Response:
        """End a call that came in and was answered by `answer_call`."""
        _, request = Dialog.from_request(invite.request, "callee").request("BYE", contact=self.contact)
        return await self.ask(request)

    def answer_call(self, event: RequestReceived, port: int) -> MediaParameters:
        answer, parameters = answer_offer(
            event.request.body, self.flow.local[0], port, ("PCMA", "PCMU"), session_id=1, version=1
        )
        self.respond(
            event,
            200,
            to_tag="callee",
            headers=[("Contact", self.contact), ("Content-Type", "application/sdp")],
            body=answer,
        )
        return parameters


class OutgoingCall:
    """The document's step 2, from the first INVITE to the BYE."""

    def __init__(
        self, agent: ScriptedAgent, line: str, caller: str, offer: bool, more: dict[str, str]
    ) -> None:
        self.agent = agent
        self.uri = more.get("uri") or f"sip:{line}@{DOMAIN}"
        self.to = more.get("to") or f"sip:{line}@{DOMAIN}"
        self.caller = more.get("from_uri") or f"sip:{caller}@{DOMAIN}"
        self.call_id, self.tag = token(), token()
        self.port = int(more.get("port", "40000"))
        self.offer = (
            make_offer(agent.flow.local[0], self.port, ("PCMA", "PCMU"), session_id=1, version=1)
            if offer
            else b""
        )
        self.dialog: Dialog
        self.parameters: MediaParameters
        self.transaction = ""

    def message(self, number: int, *extra: tuple[str, str]) -> Request:
        headers = [
            ("From", f"<{self.caller}>;tag={self.tag}"),
            ("To", f"<{self.to}>"),
            ("Call-ID", self.call_id),
            ("CSeq", f"{number} INVITE"),
            ("Contact", self.agent.contact),
            *extra,
        ]
        if self.offer:
            headers.append(("Content-Type", "application/sdp"))
        return self.agent.request("INVITE", self.uri, headers, self.offer)

    async def challenged(self) -> Response:
        """Send the INVITE without credentials, return what it got."""
        return await self.agent.ask(self.message(1))

    async def start(self, *extra: tuple[str, str]) -> None:
        """Send both INVITEs: the second one waits for its answers."""
        first = await self.challenged()
        assert first.status == 407
        self.transaction = self.agent.send(
            self.message(2, self.agent.answer(first, "INVITE", self.uri), *extra)
        )

    async def final(self) -> Response:
        response = await self.agent.response(self.transaction)
        if 200 <= response.status < 300:
            self.dialog = Dialog.from_response(self.message(2), response)
            body = b""
            if self.offer:
                self.parameters = read_answer(self.offer, response.body)
            else:
                body, self.parameters = answer_offer(
                    response.body,
                    self.agent.flow.local[0],
                    self.port,
                    ("PCMU",),
                    session_id=2,
                    version=1,
                )
            _, ack = self.dialog.request(
                "ACK",
                contact=self.agent.contact,
                cseq=2,
                body=body,
                content_type="application/sdp" if body else "",
            )
            self.agent.endpoint.send_ack(ack, self.agent.flow, self.agent.now())
            self.agent.drain()
        return response

    async def run(self) -> Response:
        await self.start()
        return await self.final()

    async def ask(self, method: str, **options: Any) -> Response:
        self.dialog, request = self.dialog.request(method, contact=self.agent.contact, **options)
        return await self.agent.ask(request)

    async def hung_up(self) -> None:
        """Wait for the far end's BYE and answer it."""
        self.agent.respond(await self.agent.incoming("BYE"), 200)


__all__ = ["DOMAIN", "OutgoingCall", "Ping", "Pong", "ScriptedAgent", "cseq"]
