"""The engine as a child process: frames in and out, an orderly end, and no secret anywhere."""

from __future__ import annotations

from pathlib import Path

from tccc_desk.engine.commands import ConfigureTrunk, RegisterTrunk, Shutdown
from tccc_desk.engine.events import EngineStarted, EngineStopped, RegistrationFailed
from tests.helpers.engine_child import child
from tests.helpers.process import free_port
from tests.helpers.simulation import trunk_named

CANARY = "Canary-7f3a9c51e2"


def of_process(pid: int) -> bytes:
    """What any user of the machine could read of a process (Linux; elsewhere the argument list is ours)."""
    folder = Path("/proc") / str(pid)
    return b"".join(path.read_bytes() for path in (folder / "cmdline", folder / "environ") if path.exists())


async def test_it_says_it_started_and_stops_when_told() -> None:
    async with child() as engine:
        started = await engine.hear(EngineStarted)
        assert isinstance(started, EngineStarted)
        assert started.pid == engine.process.pid
        engine.tell(Shutdown())
        await engine.hear(EngineStopped)
        assert await engine.ends() == (0, b"")


async def test_it_ends_with_the_window() -> None:
    async with child() as engine:
        await engine.hear(EngineStarted)
        assert engine.process.stdin is not None
        engine.process.stdin.close()
        status, _ = await engine.ends()
        assert status == 0


async def test_a_broken_frame_ends_it_without_a_word_of_the_frame() -> None:
    async with child() as engine:
        await engine.hear(EngineStarted)
        assert engine.process.stdin is not None
        garbled = b"\x93\xa1x" + CANARY.encode()
        engine.process.stdin.write(len(garbled).to_bytes(4, "big") + garbled)
        status, errors = await engine.ends()
        assert status == 0
        assert b"not a command" in errors
        assert CANARY.encode() not in errors
        assert b"Traceback" not in errors


async def test_the_password_is_in_no_argument_environment_or_event() -> None:
    async with child() as engine:
        await engine.hear(EngineStarted)
        port = free_port()  # nothing listens there
        trunk = trunk_named("t", server="127.0.0.1", port=port)
        engine.tell(ConfigureTrunk(trunk=trunk, password=CANARY), RegisterTrunk(trunk="t"))
        failed = await engine.hear(RegistrationFailed)
        assert isinstance(failed, RegistrationFailed)
        assert (failed.fault, failed.said_by, failed.status) == ("refused", "local", 0)
        seen = of_process(engine.process.pid)
        engine.tell(Shutdown())
        _, errors = await engine.ends()
        assert CANARY.encode() not in seen + engine.octets + errors
        assert CANARY not in repr(ConfigureTrunk(trunk=trunk, password=CANARY))
