"""Whose datagrams are trusted: the server's, from any port, and its backup's; nobody else's."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tccc_desk.net.flows import Flows
from tccc_desk.sip.flow import Flow


class Ears:
    """Keeps what the flows tell."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[bytes, Flow, bool]] = asyncio.Queue()
        self.facts: asyncio.Queue[str] = asyncio.Queue()

    def received(self, data: bytes, flow: Flow, trunk: str, *, trusted: bool) -> None:
        self.heard.put_nowait((data, flow, trusted))

    def lost(self, flow: Flow, trunk: str, fault: str, detail: str) -> None:
        pass

    def noted(self, fact: str, trunk: str, details: dict[str, str], flow: Flow | None) -> None:
        self.facts.put_nowait(details["remote"])


@pytest.mark.parametrize(
    ("host", "trusted"), [("127.0.0.1", True), ("127.0.0.3", True), ("127.0.0.2", False)]
)
def test_other_sources_of_datagrams(host: str, trusted: bool) -> None:
    async def play() -> None:
        ears = Ears()
        flows = Flows(ears)
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
        ):
            server.bind(("127.0.0.1", 0))
            other.bind((host, 0))
            servers = (("127.0.0.1", server.getsockname()[1]), ("127.0.0.3", 35090))
            flow = await flows.open("t", servers, "udp")
            async with asyncio.timeout(5):
                while await ears.facts.get() != "127.0.0.3":
                    pass  # the backup's addresses are learnt without waiting for them
                other.sendto(b"hello", ("127.0.0.1", flow.local[1]))
                data, source, judged = await ears.heard.get()
        assert (data, source.remote, judged) == (b"hello", other_address(source, host), trusted)
        assert source.id != flow.id
        flows.close_all()

    asyncio.run(play())


def other_address(source: Flow, host: str) -> tuple[str, int]:
    return host, source.remote[1]
