"""Media ports over loopback: the real thread, real sockets."""

from __future__ import annotations

import gc
import random
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Self

import pytest

from tccc_desk.net.media import Measurement, MediaClock, MediaPort, PortsExhausted
from tccc_desk.net.media_sockets import open_pair, receive
from tccc_desk.rtp.packet import RtpPacket, build_packet, parse_packet
from tccc_desk.rtp.report import LoopProof
from tccc_desk.rtp.rtcp import Goodbye, ReceiverReport, build_compound, parse_compound
from tccc_desk.sdp.negotiate import MediaParameters, answer_offer, make_offer, read_answer


@pytest.fixture
def clock() -> Iterator[MediaClock]:
    running = MediaClock(seed="tests")
    yield running
    running.stop()
    assert running.faults == 0, running.last_fault


def parameters(port: int, host: str = "127.0.0.1") -> MediaParameters:
    return MediaParameters(host, port, "PCMA", 8, 20, 101, "sendrecv", port + 1)


def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def nobody(digit: str) -> None:
    pass


class FarEnd:
    """A plain UDP socket pair as the other side."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.rtp = socket.socket(family, socket.SOCK_DGRAM)
        self.rtcp = socket.socket(family, socket.SOCK_DGRAM)
        for sock in (self.rtp, self.rtcp):
            sock.bind((host, 0))
            sock.settimeout(3.0)
        self.parameters = replace(
            parameters(self.rtp.getsockname()[1], host), remote_rtcp_port=self.rtcp.getsockname()[1]
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.rtp.close()
        self.rtcp.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_negotiated_call_over_loopback(clock: MediaClock, host: str) -> None:
    """Tone one way, echo back, digits both ways, reports with a round trip, a goodbye."""
    caller, callee = MediaPort.open(host, clock), MediaPort.open(host, clock)
    offer = make_offer(host, caller.port, ("PCMA", "PCMU"), session_id=1, version=1)
    answer, theirs = answer_offer(offer, host, callee.port, ("PCMU",), session_id=2, version=1)
    heard_by_caller: list[str] = []
    heard_by_callee: list[str] = []
    caller.start(read_answer(offer, answer), "tone", heard_by_caller.append)
    callee.start(theirs, "echo", heard_by_callee.append)
    assert caller.send_digits("1#")
    assert callee.send_digits("9")
    until(lambda: caller.report().remote_report and callee.report().remote_report)
    until(lambda: heard_by_caller == ["9"] and heard_by_callee == ["1", "#"])
    until(lambda: abs((caller.report().level_received_dbov or 0) + 10.0) < 0.3)
    before = caller.close()
    after = callee.close()
    assert (before.codec, before.payload_type, before.ptime_ms) == ("PCMU", 0, 20)
    assert before.remote == (f"[{host}]:{callee.port}" if ":" in host else f"{host}:{callee.port}")
    assert (before.one_way, after.one_way) == ("none", "none")
    assert before.lost == after.lost == 0
    assert before.received >= before.sent - 5
    assert after.round_trip_ms is not None
    assert 0 <= after.round_trip_ms < 500
    assert (before.dtmf_sent, before.dtmf_received) == ("1#", "9")
    assert before.mos is not None
    assert before.mos > 4.2


def test_what_is_on_the_wire(clock: MediaClock) -> None:
    with FarEnd() as far:
        port = MediaPort.open("127.0.0.1", clock)
        began = time.monotonic()
        port.start(far.parameters, "silence", nobody)
        packets = [parse_packet(far.rtp.recv(2048)) for _ in range(50)]
        lasted = time.monotonic() - began
        assert 0.95 < lasted < 5, "50 packets take 980 ms; a busy machine may deliver them late"
        assert [packet.payload_type for packet in packets] == [8] * 50
        assert {packet.payload for packet in packets} == {b"\xd5" * 160}
        assert port.close().one_way == "we_hear_nothing"
        while True:
            packet = parse_compound(far.rtcp.recv(2048))
            if any(isinstance(part, Goodbye) for part in packet):
                break


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_kernel_says_how_long_a_datagram_waited(host: str) -> None:
    """Our own load must not count as the network's jitter."""
    first, second = open_pair(host, None, random.Random(1))
    with first, second:
        second.sendto(b"sound", (host, first.getsockname()[1]))
        time.sleep(0.05)
        received = receive(first)
        assert received is not None
        assert received[:2] == (b"sound", (host, second.getsockname()[1]))
        if sys.platform == "linux":
            assert 0.05 <= received[2] < 5
        assert receive(first) is None


def test_sound_from_another_port_than_announced_is_answered_there(clock: MediaClock) -> None:
    with FarEnd() as announced, FarEnd() as real:
        port = MediaPort.open("127.0.0.1", clock)
        port.start(announced.parameters, "tone", nobody)
        for sequence in range(5):
            data = build_packet(RtpPacket(8, sequence, sequence * 160, 7, b"\xd5" * 160))
            real.rtp.sendto(data, ("127.0.0.1", port.port))
        assert len(parse_packet(real.rtp.recv(2048)).payload) == 160
        remote = f"127.0.0.1:{real.parameters.remote_port}"
        assert port.close().remote == remote


def test_each_deaf_direction_is_named_by_evidence(clock: MediaClock) -> None:
    """Nothing comes: we are deaf. Their reports leave us out: both. Their sound comes: only they are."""
    with FarEnd() as far:
        port = MediaPort.open("127.0.0.1", clock)
        port.start(far.parameters, "tone", nobody)
        empty = build_compound([ReceiverReport(7)])
        far.rtcp.sendto(empty, ("127.0.0.1", port.port + 1))
        until(lambda: port.report().one_way == "we_hear_nothing")
        until(lambda: port.report().sent > 40)
        far.rtcp.sendto(empty, ("127.0.0.1", port.port + 1))
        until(lambda: port.report().one_way == "both")
        far.rtp.sendto(build_packet(RtpPacket(8, 1, 0, 7, b"\xd5" * 160)), ("127.0.0.1", port.port))
        until(lambda: port.report().one_way == "they_hear_nothing")
        assert not port.close().remote_report


def test_garbage_is_survived_and_sending_goes_on(clock: MediaClock) -> None:
    chance = random.Random(3)
    with FarEnd() as far:
        port = MediaPort.open("127.0.0.1", clock)
        port.start(far.parameters, "tone", nobody)
        for _ in range(200):
            data = chance.randbytes(chance.choice([0, 1, 11, 12, 40, 172, 1400]))
            for target in (port.port, port.port + 1):
                far.rtp.sendto(data, ("127.0.0.1", target))
                far.rtcp.sendto(b"\x80\xc8\x00\x06" + data, ("127.0.0.1", target))
                far.rtp.sendto(b"\x90" + data, ("127.0.0.1", target))
        far.rtp.sendto(build_packet(RtpPacket(8, 1, 0, 7, b"\xd5" * 160)), ("127.0.0.1", port.port))
        sent = port.report().sent
        until(lambda: port.report().sent > sent + 10)
        assert port.close().sent > sent + 10


def test_a_flood_hides_nothing_and_holds_up_nothing(clock: MediaClock) -> None:
    """Five thousand packets a second from a stranger, for a second, beside a call both ways."""
    stop = threading.Event()

    def flood(target: int) -> None:
        data = build_packet(RtpPacket(8, 1, 0, 666, b"\xd5" * 160))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            while not stop.is_set():
                for _ in range(20):
                    sock.sendto(data, ("127.0.0.1", target))
                time.sleep(0.004)

    with FarEnd() as far:
        port = MediaPort.open("127.0.0.1", clock)
        port.start(far.parameters, "tone", nobody)
        flooder = threading.Thread(target=flood, args=(port.port,))
        flooder.start()
        sequences = []
        try:
            for number in range(50):
                sequences.append(parse_packet(far.rtp.recv(2048)).sequence)
                data = build_packet(RtpPacket(8, number, number * 160, 7, b"\xd5" * 160))
                far.rtp.sendto(data, ("127.0.0.1", port.port))
            until(lambda: port.report().received == 50)
        finally:
            stop.set()
            flooder.join()
        assert sequences == [(sequences[0] + n) & 0xFFFF for n in range(50)]
        measured = port.close()
        assert (measured.received, measured.lost) == (50, 0)
        assert measured.foreign + measured.flooded > 1000
        assert measured.address_changes == 0


def test_hold_and_resume(clock: MediaClock) -> None:
    with FarEnd() as far:
        port = MediaPort.open("127.0.0.1", clock)
        port.start(far.parameters, "tone", nobody)
        until(lambda: port.report().sent >= 5)
        port.update(replace(far.parameters, direction="recvonly"))
        held = port.report().sent
        port.update(replace(far.parameters, direction="sendrecv"))
        until(lambda: port.report().sent >= held + 5)
        sent = port.close().sent
        sequences = [parse_packet(far.rtp.recv(2048)).sequence for _ in range(sent)]
        assert sequences == [(sequences[0] + n) & 0xFFFF for n in range(sent)]


def test_ports_are_an_even_one_and_its_successor(clock: MediaClock) -> None:
    opened = [MediaPort.open("127.0.0.1", clock) for _ in range(20)]
    assert all(port.port % 2 == 0 for port in opened)
    assert len({port.port for port in opened}) == 20
    for port in opened:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, pytest.raises(OSError, match="in use"):
            sock.bind(("127.0.0.1", port.port + 1))
        assert port.close() == Measurement()


def test_a_range_is_used_up_and_given_back(clock: MediaClock) -> None:
    with FarEnd() as far:
        free = MediaPort.open("127.0.0.1", clock)
        low = free.port
        free.close()
        first = MediaPort.open("127.0.0.1", clock, (low, low + 1))
        assert first.port == low
        with pytest.raises(PortsExhausted) as refusal:
            MediaPort.open("127.0.0.1", clock, (low, low + 1))
        assert refusal.value.ports == (low, low + 1)
        first.start(far.parameters, "tone", nobody)
        first.close()
        again = MediaPort.open("127.0.0.1", clock, (low - 1, low + 2))
        assert again.port == low
        again.close()


@pytest.mark.parametrize(
    "ports", [(0, 0), (65535, 65535), (5001, 5001), (6000, 5000), (-5, 1), (65535, 10**9)]
)
def test_ranges_without_a_pair(clock: MediaClock, ports: tuple[int, int]) -> None:
    with pytest.raises(PortsExhausted):
        MediaPort.open("127.0.0.1", clock, ports)


def test_an_address_that_is_not_ours(clock: MediaClock) -> None:
    with pytest.raises(PortsExhausted, match=r"192\.0\.2\.1"):
        MediaPort.open("192.0.2.1", clock)


def test_closing_is_final_and_may_be_repeated(clock: MediaClock) -> None:
    with FarEnd() as far:
        port = MediaPort.open("127.0.0.1", clock)
        port.start(far.parameters, "tone", nobody)
        until(lambda: port.report().sent >= 3)
        final = port.close()
        assert port.close() is final
        assert port.report() is final
        port.update(far.parameters)
        port.start(far.parameters, "tone", nobody)
        assert not port.send_digits("1")


def test_a_call_may_be_closed_from_its_own_digit(clock: MediaClock) -> None:
    done = threading.Event()
    one, other = MediaPort.open("127.0.0.1", clock), MediaPort.open("127.0.0.1", clock)

    def end_it(digit: str) -> None:
        assert digit == "5"
        one.close()
        done.set()

    one.start(parameters(other.port), "silence", end_it)
    other.start(parameters(one.port), "silence", nobody)
    other.send_digits("5")
    assert done.wait(3.0)
    other.close()


def test_a_listener_that_raises_harms_nobody() -> None:
    clock = MediaClock()
    heard = threading.Event()

    def broken(digit: str) -> None:
        heard.set()
        raise RuntimeError(digit)

    one, other = MediaPort.open("127.0.0.1", clock), MediaPort.open("127.0.0.1", clock)
    one.start(parameters(other.port), "silence", broken)
    other.start(parameters(one.port), "silence", nobody)
    other.send_digits("5")
    assert heard.wait(3.0)
    sent = one.report().sent
    until(lambda: one.report().sent > sent + 3)
    assert clock.faults == 1
    one.close()
    other.close()
    clock.stop()


def test_stopping_the_clock_with_open_ports_leaves_nothing_running() -> None:
    clock = MediaClock()
    with FarEnd() as far:
        port = MediaPort.open("127.0.0.1", clock)
        port.start(far.parameters, "tone", nobody)
        until(lambda: port.report().sent >= 3)
        clock.stop()
        clock.stop()
        assert not any(thread.name == "media" for thread in threading.enumerate())
        assert port.close().sent >= 3
        late = MediaPort.open("127.0.0.1", clock)
        with pytest.raises(RuntimeError, match="stopped"):
            late.start(far.parameters, "tone", nobody)
        late.close()


def test_listeners_hear_both_sides_of_a_call(clock: MediaClock) -> None:
    heard: dict[str, list[bytes]] = {"theirs": [], "ours": [], "early": []}

    class Listener:
        def __init__(self, name: str) -> None:
            self.frames = heard[name]

        def play(self, pcm: bytes, now: float) -> None:
            assert abs(time.perf_counter() - now) < 5
            self.frames.append(pcm)

    one, other = MediaPort.open("127.0.0.1", clock), MediaPort.open("127.0.0.1", clock)
    early, theirs, ours = Listener("early"), Listener("theirs"), Listener("ours")
    one.attach(early)
    one.start(parameters(other.port), "silence", nobody)
    other.start(parameters(one.port), "tone", nobody)
    one.attach(theirs)
    one.attach(ours, ours=True)
    until(lambda: all(len(frames) > 20 for frames in heard.values()))
    assert any(heard["early"][-1]), "a tone"
    assert not any(heard["ours"][-1][1::2]), "silence"
    one.change_source("tone")
    until(lambda: any(heard["ours"][-1][1::2]))
    for listener in (early, theirs, ours):
        one.detach(listener)
    until(lambda: one.report().received > 40)
    counts = {name: len(frames) for name, frames in heard.items()}
    received = one.report().received
    until(lambda: one.report().received > received + 10)
    assert {name: len(frames) for name, frames in heard.items()} == counts
    measured = one.close()
    other.close()
    assert measured.playout_delay_ms is not None
    assert 10 <= measured.playout_delay_ms <= 220


def test_a_listener_that_fails_holds_up_nothing() -> None:
    clock = MediaClock()

    class Broken:
        def play(self, pcm: bytes, now: float) -> None:
            raise RuntimeError(f"{len(pcm)} bytes at {now}")

    class Sound:
        frames = 0

        def play(self, pcm: bytes, now: float) -> None:
            self.frames += 1

    with FarEnd() as far:
        port, sound = MediaPort.open("127.0.0.1", clock), Sound()
        port.attach(Broken())
        port.attach(sound)
        port.start(far.parameters, "tone", nobody)
        until(lambda: port.report().sent > 20)
        assert clock.faults > 5
        assert sound.frames > 5, "another one hears all the same"
        assert port.close().sent > 20
    clock.stop()


def test_a_move_of_their_sound_is_told(clock: MediaClock) -> None:
    moves: list[tuple[str, str]] = []
    with FarEnd() as announced, FarEnd() as real:
        port = MediaPort.open("127.0.0.1", clock)
        port.start(announced.parameters, "tone", nobody, lambda before, now: moves.append((before, now)))
        for sequence in range(5):
            data = build_packet(RtpPacket(8, sequence, sequence * 160, 7, b"\xd5" * 160))
            real.rtp.sendto(data, ("127.0.0.1", port.port))
        until(lambda: bool(moves))
        places = [f"127.0.0.1:{far.parameters.remote_port}" for far in (announced, real)]
        assert moves == [tuple(places)]
        assert port.close().address_changes == 1


def test_what_came_back_stands_in_the_report(clock: MediaClock) -> None:
    proof = LoopProof(delay_ms=100.0, attenuation_db=0.0, returned_percent=95.0)
    with FarEnd() as far:
        before, after = MediaPort.open("127.0.0.1", clock), MediaPort.open("127.0.0.1", clock)
        before.prove_by(lambda: proof)
        for port in (before, after):
            port.start(far.parameters, "tone", nobody)
        after.prove_by(lambda: proof)
        assert before.close().loop == after.close().loop == proof


def test_the_collector_is_put_off_while_sound_flows_and_as_before_afterwards() -> None:
    clock = MediaClock()
    usual = gc.get_threshold()
    with FarEnd() as far:
        ports = [MediaPort.open("127.0.0.1", clock) for _ in range(2)]
        for port in ports:
            port.start(far.parameters, "tone", nobody)
        until(lambda: all(port.report().sent > 2 for port in ports))
        assert gc.get_threshold()[2] > usual[2]
        ports[0].close()
        assert gc.get_threshold()[2] > usual[2]
        ports[1].close()
        assert gc.get_threshold() == usual
        last = MediaPort.open("127.0.0.1", clock)
        last.start(far.parameters, "tone", nobody)
        until(lambda: last.report().sent > 2)
    clock.stop()
    assert gc.get_threshold() == usual
    last.close()
