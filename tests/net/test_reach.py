"""Where servers are and how this machine would go there, without a word to them."""

from __future__ import annotations

from tccc_desk.net.reach import Reached, reach
from tccc_desk.net.resolver import Resolver
from tests.helpers.name_server import Zone, name_server

ZONE: Zone = {("here.test", "A"): ["127.0.0.2", "127.0.0.3"], ("far.test", "A"): ["127.0.0.4"]}


async def test_names_and_addresses_are_reached() -> None:
    async with name_server(ZONE) as names:
        resolver = Resolver((names.address,), timeout_s=1.0)
        asked = [("here.test", 35090, "tcp"), ("none.test", 35090, "tcp"), ("127.0.0.1", None, "udp")]
        found = await reach(asked, resolver)
    assert [(one.host, one.addresses) for one in found] == [
        ("here.test", ("127.0.0.2", "127.0.0.3")),
        ("none.test", ()),
        ("127.0.0.1", ("127.0.0.1",)),
    ]
    assert found[0].source.startswith("127.0.0.")
    assert found[1] == Reached("none.test")
    assert found[2].source == "127.0.0.1"
