"""The gateway in its own process: ready line, commands, and an end that never fails to come."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tccc_desk.practice.client import PracticeError, PracticeProcess
from tccc_desk.practice.events import CallEnded, CallPlaced, FaultSet, PhoneChanged, Registered
from tccc_desk.practice.faults import FAULTS
from tccc_desk.practice.lines import LINES, STEM

from .scripted import ScriptedAgent

ROOT = Path(__file__).parents[2]
CANARY = "Canary0PassphraseInPipesOnly"
AS_CHILD = ["-m", "tccc_desk.practice"]


@pytest.fixture
async def process() -> AsyncIterator[PracticeProcess]:
    async with PracticeProcess() as practice:
        yield practice


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return kernel_says(pid, "stat").rsplit(")", 1)[1].split()[0] != "Z"


def kernel_says(pid: int | None, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text(errors="replace")


async def gone(pid: int) -> None:
    async with asyncio.timeout(10):
        while alive(pid):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *AS_CHILD,
        *arguments,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "LC_ALL": "zh_CN.UTF-8", "PYTHONUTF8": "1"},
    )


async def registered(process: PracticeProcess) -> ScriptedAgent:
    agent = ScriptedAgent("TCP", "gateway01", process.password())
    await agent.open(process.ready.host, process.ready.port)
    assert (await agent.register()).status == 200
    return agent


async def test_the_ready_line_says_what_is_needed_to_register_and_call(process: PracticeProcess) -> None:
    ready = process.ready
    assert (ready.host, ready.domain, ready.pid) == ("127.0.0.1", "1400000001.tccc.qcloud.com", process.pid)
    assert [each.username for each in ready.accounts] == ["gateway01", "gateway02"]
    assert len({each.password for each in ready.accounts}) == 2
    assert [line.number for line in ready.lines] == [line.number for line in LINES]
    assert ready.default_line == f"{STEM}00"
    assert ready.faults == FAULTS
    agent = await registered(process)
    assert (await process.wait_for(Registered)).account == "gateway01"
    call = agent.invite(f"{STEM}00")
    assert (await call.run()).status == 200
    await call.ask("BYE")
    await agent.close()


async def test_commands_reach_the_gateway_and_events_come_back(process: PracticeProcess) -> None:
    agent = await registered(process)
    bindings = (await process.do("bindings")).bindings
    assert bindings is not None
    assert bindings["gateway01"][0].startswith(agent.contact)
    called = await process.do("call-in", from_="02188886666", to="13800138000")
    assert (await process.wait_for(CallPlaced)).call == called.call
    agent.respond(await agent.incoming(), 486, to_tag="x")
    assert (await process.wait_for(CallEnded)).status == 486
    assert (await process.do("hang-up")).count == 0
    await process.do("fault", name="silence")
    assert (await process.wait_for(FaultSet)).name == "silence"
    await agent.close()


SENSELESS: tuple[tuple[str, dict[str, object], str], ...] = (
    ("call-in", {"from_": "1", "to": "2"}, "account"),
    ("call-in", {"from_": "1\r\nX: y", "to": "2"}, "from"),
    ("call-in", {"from_": "1", "to": "two"}, "to"),
    ("call-in", {"from_": "1", "to": "2", "seconds": -1.0}, "seconds"),
    ("set-password", {"account": "nobody", "password": "x"}, "account"),
    ("fault", {"name": "unheard-of"}, "command"),
    ("fly", {}, "command"),
)


async def test_a_command_that_makes_no_sense_names_its_wrong_part(process: PracticeProcess) -> None:
    for command, fields, field in SENSELESS:
        with pytest.raises(PracticeError) as refused:
            await process.do(command, **fields)
        assert refused.value.field == field, (command, fields)
        await process.do("bindings")


async def test_given_passwords_travel_over_the_pipe_and_nowhere_else() -> None:
    process = PracticeProcess()
    await process.start(passwords={"gateway01": CANARY})
    assert process.password() == CANARY
    assert CANARY not in repr(process.ready)
    for name in ("cmdline", "environ"):
        assert CANARY not in kernel_says(process.pid, name)
    await (await registered(process)).close()
    await process.stop()


async def test_pyvoips_phone_gets_ready_in_the_background(process: PracticeProcess) -> None:
    await process.wait_for(PhoneChanged, where=lambda event: event.state == "ready")


async def test_a_port_that_is_taken_is_said(process: PracticeProcess) -> None:
    with pytest.raises(PracticeError, match="in use"):
        await PracticeProcess().start(port=process.ready.port)


async def test_stop_ends_the_process_and_later_commands_say_so() -> None:
    process = PracticeProcess()
    await process.start()
    await process.stop()
    assert process.pid is not None
    assert not alive(process.pid)
    with pytest.raises(PracticeError, match="does not run"):
        await process.do("bindings")


async def test_a_process_that_died_fails_what_was_waited_for() -> None:
    process = PracticeProcess()
    await process.start()
    waiting = asyncio.create_task(process.wait_for(CallEnded))
    await asyncio.sleep(0)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(PracticeError, match="ended"):
        await waiting
    await process.stop()


async def test_lines_that_are_no_commands_are_answered_and_quit_quits() -> None:
    child = await start("--control")
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(b"\xff\n{}\n[1]\n" + b"9" * 100_000 + b'\n{"do":"quit"}\n')
    out, _ = await asyncio.wait_for(child.communicate(), 20)
    events = [json.loads(line) for line in out.splitlines()]
    replies = [event for event in events if event["event"] == "reply"]
    assert len(replies) >= 4
    assert not any(reply["ok"] for reply in replies)
    assert events[0]["event"] == "ready"
    assert events[-1]["event"] == "stopped"
    assert child.returncode == 0


PARENT = """
import asyncio, sys
from tccc_desk.practice.client import PracticeProcess
from tccc_desk.practice.events import PhoneChanged
async def main():
    practice = PracticeProcess()
    await practice.start()
    await practice.wait_for(PhoneChanged, where=lambda event: event.state == "ready")
    print(practice.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


async def test_gateway_and_phone_end_when_their_parent_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await asyncio.wait_for(parent.stdout.readline(), 20))
    children = kernel_says(pid, f"task/{pid}/children").split()
    assert len(children) == 1
    parent.kill()
    await parent.wait()
    await gone(pid)
    await gone(int(children[0]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_person_reads_sentences_and_a_signal_ends_it(number: signal.Signals) -> None:
    child = await start("--port", "0")
    assert child.stdout is not None
    first = (await asyncio.wait_for(child.stdout.readline(), 20)).decode()
    assert first.startswith("练习网关：127.0.0.1:")
    child.send_signal(number)
    out, err = await asyncio.wait_for(child.communicate(), 20)
    assert f"{STEM}77" in out.decode()
    assert (child.returncode, err) == (0, b"")


async def test_an_address_that_is_no_loopback_is_warned_of() -> None:
    child = await start("--host", "0.0.0.0")
    assert child.stdout is not None
    async with asyncio.timeout(20):
        while "0.0.0.0" not in (line := (await child.stdout.readline()).decode()) or "回环" not in line:
            assert line
    child.terminate()
    await child.communicate()
