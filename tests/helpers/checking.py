"""A check in the simulated world: several flows, one scripted server behind all of them."""

from __future__ import annotations

import functools
from collections.abc import Callable

from tccc_desk.diagnosis.stages import Verdict
from tccc_desk.engine.commands import RunCheck
from tccc_desk.engine.events import CheckFinished, CheckStageChanged, Fault
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Request, Response, encode_message, parse_message, response_to
from tccc_desk.trunk.profile import Trunk
from tests.helpers.simulation import DOMAIN, Desk, World

Answer = Callable[[Request, str], list[Response]]
"""What the server says to a request over a transport."""


class CheckDesk(Desk):
    """Opens a flow for each trunk and probe, and knows which octets belong to which."""

    def __init__(self, world: World, answer: Answer) -> None:
        super().__init__(world)
        self.answer = answer
        self.faults: dict[str, tuple[Fault, str]] = {}
        """Transport -> why it cannot be opened, and of what kind."""
        self.never: set[str] = set()
        """Transports whose opening never ends."""
        self.rewrite: Callable[[bytes, str], bytes] = lambda data, _: data
        """What the way does to the octets, with the direction "out" or "back"."""
        self.limit: int | None = None
        """Octets above which UDP loses a datagram."""
        self.delay_s: dict[str, float] = {}
        """Method -> what the server takes to answer."""
        self.wall_offset = 0.0
        self.credentialed = 0
        """REGISTERs with a password's digest."""
        self._open_flows: dict[int, tuple[str, Flow]] = {}
        self._numbers = 100

    def wall(self) -> float:
        return super().wall() + 100_000_000.0 + self.wall_offset

    def open_flow(self, trunk: Trunk) -> None:
        self.opened_to.append(f"{trunk.transport} {trunk.server_and_port}")
        if trunk.transport in self.never or trunk.server in self.never:
            return
        fault = self.faults.get(trunk.transport) or self.faults.get(trunk.server)
        if fault is not None:
            self.world.later(
                0.01,
                lambda: self.agent.flow_failed(trunk.name, fault[0], "", self.world.now, why=fault[1]),
            )
            return
        self._numbers += 1
        flow = Flow(
            self._numbers,
            trunk.transport.upper(),  # type: ignore[arg-type]
            (self.address, 40000 + self._numbers),
            (trunk.server, trunk.port or 35090),
        )
        self._open_flows[flow.id] = (trunk.name, flow)
        self.world.later(0.01, lambda: self.agent.flow_opened(trunk.name, flow, self.world.now))

    def close_flow(self, flow: Flow) -> None:
        self._open_flows.pop(flow.id, None)

    def drop(self, flow: Flow, fault: Fault = "closed") -> None:
        """The far end closes it."""
        self._open_flows.pop(flow.id, None)
        self.agent.flow_lost(flow, fault, "", self.world.now)

    def transmit(self, flow: Flow, data: bytes) -> None:
        message = parse_message(data)
        self.sent.append(message)
        if isinstance(message, Request):
            self.credentialed += message.method == "REGISTER" and "Authorization" in message.headers
        if self.limit is not None and flow.transport == "UDP" and len(data) > self.limit:
            return
        heard = parse_message(self.rewrite(data, "out"))
        if not isinstance(heard, Request) or heard.method == "ACK":
            return
        delay = 0.02 + self.delay_s.get(heard.method, 0.0)
        for number, response in enumerate(self.answer(heard, flow.transport.lower())):
            octets = self.rewrite(encode_message(response), "back")
            self.world.later(delay + number * 0.001, functools.partial(self._back, flow, octets))

    def _back(self, flow: Flow, octets: bytes) -> None:
        if flow.id in self._open_flows:
            self.agent.received(octets, flow, self._open_flows[flow.id][0], self.world.now)

    def check(self, seconds: float = 120.0, **changes: object) -> CheckFinished:
        """Run one to its end."""
        self.tell(RunCheck(trunk="t", check="c", **changes))  # type: ignore[arg-type]
        self.world.run(seconds, [self])
        return self.verdicts()[-1]

    def verdicts(self) -> list[CheckFinished]:
        return [one for one in self.events if isinstance(one, CheckFinished)]

    def stages(self) -> dict[str, CheckStageChanged]:
        """How each stage ended."""
        changes = [one for one in self.events if isinstance(one, CheckStageChanged)]
        return {one.stage: one for one in changes if one.state != "running"}


def summary(verdict: Verdict) -> tuple[str, str, int | None, str]:
    return verdict.id, verdict.side, verdict.document_step, verdict.confidence


class Registrar:
    """Answers as the provider's document has it; everything can be made otherwise."""

    def __init__(self) -> None:
        self.challenge: dict[str, str] = {"realm": DOMAIN, "algorithm": "MD5", "qop": "auth"}
        self.options: int | None = 200
        self.register: int | None = None
        """A status instead of the challenge."""
        self.proved: int | None = 200
        """To a REGISTER with credentials: a status, None for silence."""
        self.bound: int | None = 200
        """The same for one with Contact."""
        self.extra: list[tuple[str, str]] = []
        """Header fields of that answer."""
        self.query: int | None = None
        """A status for a REGISTER without Contact."""
        self.invite: list[int] = [100, 180, 486]
        self.invite_extra: list[tuple[str, str]] = []
        self.invite_challenge = True
        self.proxy_challenge: dict[str, str] = {}
        """What differs in the challenge to an INVITE."""
        self.invite_refused = False
        """Credentials do not help."""
        self.others: list[str] = []
        self.granted = 120
        self.silent: set[str] = set()
        """Transports that answer nothing."""
        self.software = "Edge/1"
        self.behind = ""
        """Software that answers INVITEs, where it is another."""

    def __call__(self, request: Request, transport: str) -> list[Response]:
        if transport in self.silent:
            return []
        match request.method:
            case "OPTIONS":
                return self._say(request, self.options)
            case "REGISTER":
                return self._register(request)
            case "INVITE":
                return self._invite(request)
            case _:
                return self._say(request, 200)

    def _register(self, request: Request) -> list[Response]:
        query = "Contact" not in request.headers
        if query and self.query is not None:
            return self._say(request, self.query)
        if "Authorization" not in request.headers:
            return self._say(request, self.register, self.extra) if self.register else self._ask(request, 401)
        if (self.proved if query else self.bound) == 401:
            return self._ask(request, 401)
        if query:
            return self._say(request, self.proved, [("Contact", one) for one in self.others])
        mine = f"{request.headers.get('Contact')};expires={self.granted}"
        return self._say(request, self.bound, [("Contact", one) for one in (mine, *self.others)])

    def _invite(self, request: Request) -> list[Response]:
        if self.invite_refused:
            return self._ask(request, 407)
        if self.invite_challenge and "Proxy-Authorization" not in request.headers:
            return self._ask(request, 407)
        software = [("Server", self.behind or self.software), *self.invite_extra]
        return [response_to(request, status, to_tag="far", headers=software) for status in self.invite]

    def _ask(self, request: Request, status: int) -> list[Response]:
        name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
        asked = self.challenge | (self.proxy_challenge if status == 407 else {})
        words = ", ".join(f'{key}="{value}"' for key, value in asked.items() if key != "algorithm")
        value = f'Digest {words}, nonce="n{status}", algorithm={asked["algorithm"]}'
        return self._say(request, status, [(name, value)])

    def _say(
        self, request: Request, status: int | None, headers: list[tuple[str, str]] | None = None
    ) -> list[Response]:
        if status is None:
            return []
        extra = [("Server", self.software), *(headers or [])]
        return [response_to(request, status, to_tag="edge", headers=extra)]
