"""Flows as values."""

from __future__ import annotations

from tccc_desk.sip.flow import Flow, host_port


def test_only_udp_is_unreliable() -> None:
    addresses = ("192.0.2.1", 1), ("192.0.2.2", 2)
    assert [Flow(1, transport, *addresses).reliable for transport in ("UDP", "TCP", "TLS")] == [
        False,
        True,
        True,
    ]


def test_25_1_an_ipv6_host_is_written_in_brackets() -> None:
    assert host_port(("2001:db8::1", 5060)) == "[2001:db8::1]:5060"
    flow = Flow(1, "TCP", ("192.0.2.1", 40000), ("2001:db8::1", 35090))
    assert str(flow) == "TCP 192.0.2.1:40000 -> [2001:db8::1]:35090"
