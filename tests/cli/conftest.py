"""The command line in this process, with a scripted engine behind it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tccc_desk.cli.main import Doors, main, open_keyring
from tccc_desk.engine.events import Event
from tccc_desk.practice.client import PracticeProcess
from tccc_desk.store.vault import Secrets
from tests.helpers.command_line import PASSWORD, RealCli, Run, RunCli
from tests.helpers.scripted_engine import Script, ScriptedEngine


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RunCli:
    """Run `tccc-desk-cli` with arguments, standard input and an engine that follows `script`."""
    monkeypatch.setenv("TCCC_DESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def run(
        argv: Sequence[str],
        script: Script = lambda _: (),
        stdin: str = PASSWORD,
        secrets: Secrets | None = None,
    ) -> Run:
        engines: list[ScriptedEngine] = []

        def open_door(listener: Callable[[Event], None]) -> ScriptedEngine:
            engines.append(ScriptedEngine(listener, script))
            return engines[-1]

        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        code = main(list(argv), Doors(open_door, open_keyring if secrets is None else lambda: secrets))
        captured = capsys.readouterr()
        assert PASSWORD not in captured.out + captured.err
        return Run(code, captured.out, captured.err, engines[0].commands if engines else [])

    return run


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealCli]:
    """The command line as processes."""
    real = RealCli(tmp_path / "home")
    yield real
    real.stop()


@pytest.fixture
async def gateway() -> AsyncIterator[PracticeProcess]:
    """A practice gateway that knows the canary password."""
    gateway = PracticeProcess()
    await gateway.start(passwords={"gateway01": PASSWORD})
    yield gateway
    await gateway.stop()
