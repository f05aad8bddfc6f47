"""The real command against the real practice gateway, each in a process of its own."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import signal
import socket
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import pytest

from tccc_desk.practice.client import PracticeProcess
from tccc_desk.practice.events import CallEnded, Registered, Unregistered
from tests.helpers.command_line import PASSWORD, RealCli, Run, account_at
from tests.helpers.process import await_true, free_port

CALLER = "02188886666"
LINE = "0755123456"


def account(gateway: PracticeProcess, transport: str = "tcp") -> list[str]:
    ready = gateway.ready
    server = f"{ready.host}:{ready.port}"
    return ["--username", "gateway01", "--domain", ready.domain, "--server", server, "--transport", transport]


async def run(real: RealCli, argv: Sequence[str], stdin: str = PASSWORD, timeout_s: float = 30.0) -> Run:
    return await asyncio.to_thread(real.run, [*argv, "--json"], stdin, timeout_s)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_register_and_remove(real: RealCli, gateway: PracticeProcess, transport: str) -> None:
    result = await run(real, ["register", *account(gateway, transport), "--password-stdin"])
    assert result.exit == 0, result.err
    assert result.json["state"] == "registered"
    assert (result.json["requested_expires_s"], result.json["granted_expires_s"]) == (120, 120)
    assert result.json["registers_sent"] == 2
    assert result.json["challenge"]["realm"] == gateway.ready.domain
    assert result.json["said_by"] == "server"
    await gateway.wait_for(Registered)
    gone = await gateway.wait_for(Unregistered)
    assert gone.why == "asked"


async def test_verify_lists_the_others_and_binds_nothing(real: RealCli, gateway: PracticeProcess) -> None:
    await gateway.do("fault", name="other-device")
    result = await run(real, ["verify", *account(gateway), "--password-stdin"])
    assert result.exit == 0, result.err
    assert result.json["state"] == "verified"
    assert any("192.0.2.77" in contact for contact in result.json["other_contacts"])
    registered = await run(real, ["register", *account(gateway), "--password-stdin"])
    assert any("192.0.2.77" in contact for contact in registered.json["other_contacts"])


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_wrong_password_is_tried_once(real: RealCli, gateway: PracticeProcess, transport: str) -> None:
    result = await run(
        real, ["register", *account(gateway, transport), "--password-stdin"], stdin="Wrong-1-password"
    )
    assert result.exit == 1
    assert (result.json["state"], result.json["status"]) == ("rejected", 401)
    assert result.json["registers_sent"] == 2
    assert result.json["sentence"]


MISBEHAVIOUR = {
    "403": (1, "rejected", 403, "finding.register.forbidden"),
    "503": (1, "rejected", 503, "finding.register.server-trouble"),
    "wrong-password": (1, "rejected", 401, "finding.register.credentials-refused"),
    "foreign-realm": (1, "rejected", 401, "finding.auth.realm"),
    "stale-nonce": (0, "registered", 200, None),
    "short-expiry": (0, "registered", 200, None),
    "challenge-sha256": (0, "registered", 200, None),
    "challenge-both": (0, "registered", 200, None),
}


@pytest.mark.parametrize("name", MISBEHAVIOUR)
async def test_a_gateway_that_misbehaves(real: RealCli, gateway: PracticeProcess, name: str) -> None:
    await gateway.do("fault", name=name)
    result = await run(real, ["register", *account(gateway), "--password-stdin"])
    said = result.json
    assert (result.exit, said["state"], said["status"], said["finding"]) == MISBEHAVIOUR[name]
    assert (said["sentence"] is None) is (said["finding"] is None)
    if name.startswith("challenge"):
        assert said["challenge"]["algorithm"] == "SHA-256"
    if name == "short-expiry":
        assert said["granted_expires_s"] == 30


async def test_a_hold_ends_in_what_it_met_last(real: RealCli, gateway: PracticeProcess) -> None:
    await gateway.do("fault", name="503")
    result = await run(real, ["register", *account(gateway), "--password-stdin", "--hold", "2"])
    assert (result.exit, result.json["state"], result.json["status"]) == (1, "rejected", 503)


async def test_a_call_whose_registration_fails_is_not_placed(real: RealCli, gateway: PracticeProcess) -> None:
    await gateway.do("fault", name="403")
    asked = ["--from", CALLER, "--to", f"{LINE}00"]
    result = await run(real, ["call", *account(gateway), "--password-stdin", *asked])
    assert (result.exit, result.json["outcome"], result.json["status"]) == (1, "failed", 403)
    assert result.json["call_id"] is None


async def test_a_call_without_registering(real: RealCli, gateway: PracticeProcess) -> None:
    asked = ["--from", CALLER, "--to", f"{LINE}00", "--seconds", "0.5", "--no-register"]
    result = await run(real, ["call", *account(gateway), "--password-stdin", *asked])
    assert result.exit == 0, result.err
    assert result.json["registration"] is None
    assert (await gateway.do("bindings")).bindings == {"gateway01": (), "gateway02": ()}


@pytest.mark.parametrize(("transport", "fault"), [("tcp", "refused"), ("udp", "icmp")])
def test_a_closed_port_is_said_within_a_second(real: RealCli, transport: str, fault: str) -> None:
    result = real.run(["register", *account_at(f"127.0.0.1:{free_port()}", transport), "--json"])
    assert result.json["elapsed_ms"] < 1000
    assert result.exit == 3
    assert (result.json["state"], result.json["fault"]) == ("unreachable", fault)
    assert (result.json["status"], result.json["said_by"]) == (0, "local")
    assert "127.0.0.1" in result.json["sentence"]


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A UDP port where somebody listens and says nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(10)
        yield listener


def test_an_interrupt_waits_a_bounded_time_for_a_silent_server(real: RealCli, silent: socket.socket) -> None:
    process = real.start(["register", *account_at(f"127.0.0.1:{silent.getsockname()[1]}", "udp"), "--json"])
    assert silent.recv(65536).startswith(b"REGISTER ")
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    result = real.finish(process)
    assert time.monotonic() - begun < 15, "half of what Timer F would take"
    assert result.exit == 130
    assert (result.json["state"], result.json["interrupted"]) == ("unreachable", True)


def test_a_second_interrupt_gives_up_at_once(real: RealCli, silent: socket.socket) -> None:
    process = real.start(["register", *account_at(f"127.0.0.1:{silent.getsockname()[1]}", "udp"), "--json"])
    assert silent.recv(65536).startswith(b"REGISTER ")
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    assert real.finish(process).exit == 130
    assert time.monotonic() - begun < 2.5


async def test_the_silence_of_a_line_is_heard(real: RealCli, gateway: PracticeProcess) -> None:
    asked = ["--from", CALLER, "--to", f"{LINE}12", "--seconds", "1"]
    result = await run(real, ["call", *account(gateway), "--password-stdin", *asked])
    assert result.exit == 0, result.err
    assert (result.json["media"]["one_way"], result.json["media"]["mos"]) == ("we_hear_nothing", None)
    assert (result.json["media"]["received"], result.json["media"]["remote_report"]) == (0, False)


async def test_pyvoips_phone_is_heard(real: RealCli, gateway: PracticeProcess) -> None:
    asked = ["--from", CALLER, "--to", f"{LINE}77", "--seconds", "1.5"]
    result = await run(real, ["call", *account(gateway, "udp"), "--password-stdin", *asked])
    assert result.exit == 0, result.err
    assert result.json["media"]["codec"] in ("PCMA", "PCMU")
    assert result.json["media"]["received"] > 30


@pytest.mark.parametrize(
    ("digits", "outcome", "status"),
    [("03", "busy", 486), ("05", "rejected", 480), ("06", "rejected", 503), ("08", "rejected", 403)],
)
async def test_a_call_that_is_refused(
    real: RealCli, gateway: PracticeProcess, digits: str, outcome: str, status: int
) -> None:
    result = await run(
        real, ["call", *account(gateway), "--password-stdin", "--from", CALLER, "--to", LINE + digits]
    )
    assert result.exit == 1
    assert (result.json["outcome"], result.json["status"]) == (outcome, status)
    assert result.json["said_by"] == "server"
    assert result.json["media"] is None


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_a_call_to_the_echo(real: RealCli, gateway: PracticeProcess, transport: str) -> None:
    asked = ["--from", CALLER, "--to", f"{LINE}00", "--seconds", "1.5", "--dtmf", "12#"]
    result = await run(real, ["call", *account(gateway, transport), "--password-stdin", *asked])
    assert result.exit == 0, result.err
    assert (result.json["outcome"], result.json["ended_by"]) == ("answered", "us")
    assert 1.3 < result.json["duration_s"] < 3
    media = result.json["media"]
    assert (media["codec"], media["payload_type"], media["ptime_ms"]) == ("PCMA", 8, 20)
    assert media["sent"] > 50
    assert media["received"] > 40
    assert media["dtmf_sent"] == "12#"
    assert media["one_way"] == "none"


async def test_the_loop_is_proved_by_the_echo_and_only_by_it(real: RealCli, gateway: PracticeProcess) -> None:
    """Line 01 sends a tone of its own: that is not ours come back."""

    async def loop(digits: str, seconds: str) -> dict[str, float]:
        asked = ["--from", CALLER, "--to", f"{LINE}{digits}", "--seconds", seconds, "--play", "tone"]
        result = await run(real, ["call", *account(gateway), "--password-stdin", *asked])
        assert result.exit == 0, result.err
        found = result.json["media"]["loop"]
        assert isinstance(found, dict)
        return found

    echoed, foreign = await loop("00", "5"), await loop("01", "7.5")
    assert 0 < echoed["delay_ms"] < 500
    assert -1 < echoed["attenuation_db"] < 3
    assert echoed["returned_percent"] > 50, echoed
    assert foreign["returned_percent"] == 0


async def test_nobody_answers_in_time(real: RealCli, gateway: PracticeProcess) -> None:
    asked = ["--from", CALLER, "--to", f"{LINE}04", "--ring-timeout", "1"]
    result = await run(real, ["call", *account(gateway), "--password-stdin", *asked])
    assert result.exit == 1
    assert (result.json["outcome"], result.json["said_by"]) == ("no_answer", "local")
    assert result.json["pdd_ms"] is not None


async def test_an_interrupt_while_it_rings_cancels_the_call(real: RealCli, gateway: PracticeProcess) -> None:
    asked = ["--from", CALLER, "--to", f"{LINE}04"]
    process = real.start(["call", *account(gateway), "--password-stdin", *asked, "--json"])
    await asyncio.wait_for(asyncio.to_thread(real.await_said, process, "^180 "), 15)
    process.send_signal(signal.SIGINT)
    result = await asyncio.to_thread(real.finish, process)
    assert result.exit == 130
    assert result.json["outcome"] == "cancelled"
    await gateway.wait_for(CallEnded)
    await gateway.wait_for(Unregistered)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupt_in_hold_removes_the_binding(
    real: RealCli, gateway: PracticeProcess, number: signal.Signals
) -> None:
    process = real.start(["register", *account(gateway), "--password-stdin", "--hold", "60", "--json"])
    await gateway.wait_for(Registered)
    process.send_signal(number)
    result = await asyncio.to_thread(real.finish, process, 6.0)
    assert result.exit == 130
    gone = await gateway.wait_for(Unregistered)
    assert gone.why == "asked"


async def test_hold_survives_a_killed_connection(real: RealCli, gateway: PracticeProcess) -> None:
    process = real.start(["register", *account(gateway), "--password-stdin", "--hold", "4", "--json"])
    await gateway.wait_for(Registered)
    await gateway.do("fault", name="kill-connections")
    await gateway.wait_for(Registered)
    result = await asyncio.to_thread(real.finish, process)
    assert result.exit == 0, result.err
    assert result.json["state"] == "registered"


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_wait_answers_a_call_that_comes_in(
    real: RealCli, gateway: PracticeProcess, transport: str
) -> None:
    asked = ["--for", "20", "--seconds", "1", "--expect-to", "13800138000"]
    process = real.start(["wait", *account(gateway, transport), "--password-stdin", *asked, "--json"])
    await gateway.wait_for(Registered)
    await gateway.do("call-in", account="gateway01", from_=CALLER, to="13800138000")
    result = await asyncio.to_thread(real.finish, process)
    assert result.exit == 0, result.err
    (call,) = result.json["calls"]
    assert (call["outcome"], call["from"], call["to"]) == ("answered", CALLER, "13800138000")
    assert call["expected"] is True
    assert call["media"]["received"] > 20
    ended = await gateway.wait_for(CallEnded)
    assert ended.received > 20


async def test_wait_takes_two_calls_at_once(real: RealCli, gateway: PracticeProcess) -> None:
    asked = ["--for", "20", "--seconds", "1", "--count", "2", "--answer", "tone"]
    process = real.start(["wait", *account(gateway), "--password-stdin", *asked, "--json"])
    await gateway.wait_for(Registered)
    for number in ("13800138000", "13800138001", "13800138002"):
        await gateway.do("call-in", account="gateway01", from_=CALLER, to=number)
    result = await asyncio.to_thread(real.finish, process)
    assert result.exit == 0, result.err
    assert [call["outcome"] for call in result.json["calls"]] == ["answered", "answered"]
    ends = [await gateway.wait_for(CallEnded) for _ in range(3)]
    assert sorted(end.status for end in ends) == [200, 200, 486]


async def test_wait_that_sees_no_call(real: RealCli, gateway: PracticeProcess) -> None:
    result = await run(real, ["wait", *account(gateway), "--password-stdin", "--for", "1"])
    assert (result.exit, result.json["calls"]) == (1, [])
    assert (await gateway.wait_for(Unregistered)).why == "asked"


async def test_wait_rejects_with_the_code_asked_for(real: RealCli, gateway: PracticeProcess) -> None:
    process = real.start(["wait", *account(gateway), "--password-stdin", "--reject", "603", "--json"])
    await gateway.wait_for(Registered)
    await gateway.do("call-in", account="gateway01", from_=CALLER, to="13800138000")
    result = await asyncio.to_thread(real.finish, process)
    assert result.exit == 0, result.err
    ended = await gateway.wait_for(CallEnded)
    assert ended.status == 603


async def test_the_password_is_nowhere(real: RealCli, gateway: PracticeProcess, tmp_path: Path) -> None:
    process = real.start(["register", *account(gateway), "--password-stdin", "--hold", "30", "--json"])
    await gateway.wait_for(Registered)
    seen = await asyncio.to_thread(what_others_see, process.pid)
    process.send_signal(signal.SIGINT)
    result = await asyncio.to_thread(real.finish, process)
    assert PASSWORD.encode() not in seen
    assert PASSWORD not in result.out + result.err
    for path in (tmp_path / "home").rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes()


async def test_two_command_lines_notice_each_other(real: RealCli, gateway: PracticeProcess) -> None:
    process = real.start(["register", *account(gateway), "--password-stdin", "--hold", "30", "--json"])
    await gateway.wait_for(Registered)
    second = await run(real, ["verify", *account(gateway), "--password-stdin"])
    assert second.exit == 0, second.err
    assert str(process.pid) in second.json["notice"]
    assert second.json["other_contacts"]
    process.send_signal(signal.SIGINT)
    assert (await asyncio.to_thread(real.finish, process)).exit == 130


def test_a_reader_that_left_is_survived(real: RealCli) -> None:
    server = f"127.0.0.1:{free_port()}"
    process = real.start(
        ["verify", "--username", "a", "--domain", "b.example", "--server", server, "--password-stdin"]
    )
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert real.finish(process).exit == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_the_password_is_awaited(real: RealCli, number: signal.Signals) -> None:
    process = real.start_waiting(["verify", *account_at("127.0.0.1:9"), "--json"])
    assert process.stdin is not None
    process.stdin.write("P")
    process.stdin.flush()
    await_true(lambda: unread(process.stdin) == 0, 10, "standard input being read")
    process.send_signal(number)
    run = real.finish(process)
    assert run.exit == 130
    assert (run.json["state"], run.json["interrupted"]) == ("unreachable", True)


def test_a_person_types_the_password_unseen(real: RealCli) -> None:
    ours, terminal = pty.openpty()
    os.set_blocking(ours, False)
    try:
        process = real.start_waiting(
            ["verify", *account_at(f"127.0.0.1:{free_port()}"), "--json"], stdin=terminal
        )
        assert process.stderr is not None
        asked = process.stderr.read(len("Password: "))
        os.write(ours, PASSWORD.encode() + b"\n")
        run = real.finish(process)
        with pytest.raises(BlockingIOError):
            os.read(ours, 100)  # nothing of it was echoed
    finally:
        os.close(ours)
        os.close(terminal)
    assert asked == "Password: "
    assert run.json["fault"] == "refused"
    assert PASSWORD not in run.out + run.err


def unread(pipe: IO[str] | None) -> int:
    """Octets written to a pipe that its reader has not taken yet."""
    assert pipe is not None
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_practice_says_where_it_is_and_ends_with_a_signal(real: RealCli) -> None:
    process = real.start(["practice", "--json"])
    assert process.stdout is not None
    said = Run(0, process.stdout.readline(), "").json
    assert (said["command"], said["ok"], said["schema"]) == ("practice", True, 1)
    host, _, port = said["server"].partition(":")
    with socket.create_connection((host, int(port)), timeout=5):
        pass
    username, password = said["accounts"][0]["username"], said["accounts"][0]["password"]
    again = real.run(["practice", "--port", port, "--json"])
    assert (again.exit, again.json["fault"]) == (3, "bind")
    verified = real.run(
        [
            *("verify", "--username", username, "--domain", said["domain"]),
            *("--server", said["server"], "--password-stdin", "--json"),
        ],
        stdin=password,
    )
    assert verified.exit == 0, verified.err
    process.send_signal(signal.SIGTERM)
    assert real.finish(process).exit == 130


def what_others_see(pid: int) -> bytes:
    """Arguments and environment of a process."""
    return b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
