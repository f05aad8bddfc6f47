"""Messages sent live to a collector: Kamailio's sipcapture takes them apart; a dead one delays nobody."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from tccc_desk.net.hep_sender import WAITING, HepSender
from tccc_desk.trace.hep import hep_of
from tests.helpers.process import LOOPBACK, Program, await_true, free_port
from tests.trace._call import call

CONFIGURATION = """
debug=2
log_stderror=yes
children=1
disable_tcp=yes
listen=udp:127.0.0.1:{port}
loadmodule "db_flatstore.so"
loadmodule "sipcapture.so"
modparam("sipcapture", "db_url", "flatstore:{store}")
modparam("sipcapture", "capture_on", 1)
modparam("sipcapture", "hep_capture_on", 1)
modparam("db_flatstore", "flush", 1)
request_route {{
    sip_capture();
    drop;
}}
onreply_route {{
    sip_capture();
    drop;
}}
"""


def test_kamailio_s_collector_stores_every_message(tmp_path: Path) -> None:
    port = free_port()
    store = tmp_path / "store"
    store.mkdir()
    (tmp_path / "run").mkdir()
    config = tmp_path / "kamailio.cfg"
    config.write_text(CONFIGURATION.format(port=port, store=store), encoding="utf-8")
    command = ["kamailio", "-DD", "-E", "-m", "24", "-M", "4", "-Y", str(tmp_path / "run"), "-f", str(config)]
    collector = Program(command, tmp_path / "kamailio.log")
    try:
        place = f"0100007F:{port:04X}"
        collector.await_ready(lambda: place in Path("/proc/net/udp").read_text(encoding="ascii"))
        sender = HepSender(LOOPBACK, port)
        entries = call(tmp_path, 7, "TCP", "10.0.0.5:40001", "198.51.100.7:35090")
        packets = [hep_of(one, capture_id=2001) for one in entries]
        assert sender.ready.wait(10)
        for packet in packets:
            assert packet is not None
            sender.send(packet)
        assert (sender.sent, sender.dropped, sender.fault) == (len(entries), 0, "")

        def stored() -> str:
            return "".join(path.read_text("utf-8", "replace") for path in store.glob("*.log"))

        await_true(
            lambda: stored().count(entries[0].call_id) >= len(entries), 10, "messages at the collector"
        )
        kept = stored()
        for part in ("INVITE", "407", "BYE", "10.0.0.5|40001", "198.51.100.7|35090", ":2001|"):
            assert part in kept, kept
        sender.close()
    finally:
        collector.stop()


def test_nobody_waits_for_a_collector_that_is_not_there() -> None:
    sender = HepSender(LOOPBACK, free_port())
    assert sender.ready.wait(10)
    began = time.monotonic()
    for _ in range(2000):
        sender.send(b"HEP3" + bytes(500))
    assert time.monotonic() - began < 5
    assert sender.sent + sender.dropped == 2000
    assert sender.dropped
    assert sender.fault
    sender.close()
    sender.send(b"after")
    assert sender.dropped


def test_messages_wait_for_the_name_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind((LOOPBACK, 0))
        collector.settimeout(5)
        port = collector.getsockname()[1]
        import threading

        known = threading.Event()
        genuine = socket.getaddrinfo

        def slow(*arguments: object, **more: object) -> object:
            known.wait(10)
            return genuine(LOOPBACK, port, type=socket.SOCK_DGRAM)

        monkeypatch.setattr(socket, "getaddrinfo", slow)
        sender = HepSender("collector.example", port)
        for number in range(WAITING + 5):
            sender.send(b"%d" % number)
        assert (sender.sent, sender.dropped) == (0, 5)
        known.set()
        assert sender.ready.wait(10)
        assert collector.recv(100) == b"5"
        sender.close()


def test_a_name_that_is_none_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    sender = HepSender("nowhere.example", 9060)
    assert sender.ready.wait(10)
    sender.send(b"x")
    assert (sender.sent, sender.dropped, sender.fault) == (0, 1, "Name or service not known")
