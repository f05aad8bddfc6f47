"""Digits as others send them: the RFC 4733 captures that come with SIPp."""

from __future__ import annotations

from pathlib import Path

import dpkt
import pytest

from tccc_desk.rtp.packet import parse_packet
from tccc_desk.rtp.telephone_event import DigitReceiver

CAPTURES = Path("/usr/share/sip-tester")


@pytest.mark.parametrize("digit", "0123456789*#")
def test_sipp_s_captured_digit_is_heard_once(digit: str) -> None:
    name = {"*": "star", "#": "pound"}.get(digit, digit)
    receiver, heard, packets = DigitReceiver(), "", 0
    with (CAPTURES / f"dtmf_2833_{name}.pcap").open("rb") as file:
        for _, octets in dpkt.pcap.Reader(file):
            datagram = dpkt.ethernet.Ethernet(octets).data.data
            packet = parse_packet(bytes(datagram.data))
            heard += receiver.packet(packet.payload, packet.timestamp)
            packets += 1
    assert heard == digit
    assert packets >= 4
