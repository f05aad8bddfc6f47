"""The log of a window session: written by its engine, shown with what commands write, within the settings."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import qasync
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from pytestqt.qtbot import QtBot

from tccc_desk.app import log_keeper
from tccc_desk.app.desk import Desk, Shelf
from tccc_desk.app.log_keeper import LogKeeper
from tccc_desk.app.passwords import Passwords
from tccc_desk.app.practice import Practice
from tccc_desk.app.recordings import Recordings
from tccc_desk.app.trunk_book import TrunkBook
from tccc_desk.engine import events as e
from tccc_desk.engine.status import Phase, Registration
from tccc_desk.practice.client import PracticeProcess
from tccc_desk.store.errors import VaultUnavailable
from tccc_desk.store.options import Options
from tccc_desk.store.paths import folders
from tccc_desk.store.presence import Presence
from tccc_desk.store.profiles import Profiles
from tccc_desk.store.state import AccountStates
from tccc_desk.store.vault import Vault
from tccc_desk.store.view import ViewMemory
from tccc_desk.trace import files, indexing
from tccc_desk.trace.book import LogBook
from tccc_desk.trace.query import Query
from tccc_desk.trunk.profile import Trunk
from tccc_desk.ui.bridge import EngineBridge
from tccc_desk.ui.log_panel import LogPanel
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tests.helpers.command_line import PASSWORD, RealCli, account_at
from tests.helpers.log_folder import store
from tests.helpers.tap import Tap, tap
from tests.helpers.window_script import NOW, message

PATIENCE_S = 20.0
Story = Callable[[Desk], Awaitable[None]]
ALL = Query(machine_steps=True)


class NoKeyring(Vault):
    """A machine without a keyring."""

    async def read_async(self, account: str) -> str:
        raise VaultUnavailable

    async def delete_async(self, account: str) -> None:
        raise VaultUnavailable

    async def backend_async(self) -> str:
        raise VaultUnavailable


@pytest.fixture(autouse=True)
def stay(qapp: QApplication) -> Iterator[None]:
    """Let the loop go on when a desk's window closes: a gateway has to be stopped then."""
    before = qapp.quitOnLastWindowClosed()
    qapp.setQuitOnLastWindowClosed(False)
    yield
    qapp.setQuitOnLastWindowClosed(before)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def shelf(home: Path) -> Shelf:
    found = folders({"TCCC_DESK_HOME": str(home)})
    options = Options(found)
    options.set("ask_before_first_registration", False)
    return Shelf(
        book=TrunkBook(Profiles(found)),
        options=options,
        accounts=AccountStates(found),
        presence=Presence(found),
        passwords=Passwords(NoKeyring()),
        recordings=Recordings(found),
        log=found.log,
        view=ViewMemory(found),
    )


async def live(shelf: Shelf, story: Story, practice: Practice | None = None) -> Desk:
    """A desk from its start to its end."""
    desk = Desk(shelf, EngineBridge(), "en", practice=practice)
    running = asyncio.ensure_future(desk.run())
    try:
        await story(desk)
    finally:
        desk.window.close()
        async with asyncio.timeout(PATIENCE_S):
            await running
    return desk


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  (what a widget shows has no event of its own)
            await asyncio.sleep(0.02)


def registered(desk: Desk) -> bool:
    return desk.state.trunk_status().registration is Registration.REGISTERED


async def with_trunk(shelf: Shelf, wire: Tap, domain: str) -> None:
    """A trunk that leads to the gateway over the tap, its password known to this session."""
    trunk = Trunk(
        name="gateway01",
        username="gateway01",
        domain=domain,
        server="127.0.0.1",
        port=wire.port,
        transport="tcp",
        caller_number="13800138000",
        line_number="075512345600",
    )
    shelf.book.put(trunk, None)
    await shelf.passwords.keep_for_session(trunk, PASSWORD)


async def click(desk: Desk, name: str) -> None:
    button = desk.window.findChild(QAbstractButton, name)
    assert button is not None, name
    await until(button.isEnabled)
    button.click()


async def call(desk: Desk) -> None:
    """Register, call and hang up."""
    await click(desk, "trunks.register")
    await until(lambda: registered(desk))
    await click(desk, "call.place")
    await until(lambda: (one := desk.state.placed_call()) is not None and one.phase is Phase.ANSWERED)
    await click(desk, "call.hangup")
    await until(lambda: desk.state.placed_call() is None)


def everything(folder: Path) -> list[str]:
    book = LogBook(folder)
    found = [one.entry for one in book.page(ALL, limit=100_000)]
    book.close()
    return [f"{one.direction} {one.method or one.status}" for one in found if one.kind == "message"]


def test_window_and_command_write_one_log_and_no_secret(
    desk_loop: qasync.QEventLoop, shelf: Shelf, home: Path
) -> None:
    real = RealCli(home)
    wires: list[Tap] = []

    async def whole() -> None:
        gateway = PracticeProcess()
        ready = await gateway.start(passwords={"gateway01": PASSWORD, "gateway02": PASSWORD})
        async with tap(ready.host, ready.port) as wire:
            wires.append(wire)
            await with_trunk(shelf, wire, ready.domain)

            async def story(desk: Desk) -> None:
                await until(lambda: desk.log.upkeep_pid)
                await call(desk)
                argv = ["register", *account_at(f"127.0.0.1:{wire.port}", username="gateway02"), "--json"]
                run = await asyncio.to_thread(real.run, argv)
                assert run.exit == 0, run.err
                model = desk.window.log.model
                await until(lambda: len({one.trunk for one in model.entries() if one.trunk}) == 2)
                await until(lambda: "BYE" in {one.method for one in model.entries()})
                assert desk.state.messages >= 8

            await live(shelf, story)
        await gateway.stop()

    try:
        desk_loop.run_until_complete(whole())
    finally:
        real.stop()
    found = everything(shelf.log)
    assert found.count("sent INVITE") == 2
    assert found.count("sent REGISTER") >= 6
    assert len(files.names(shelf.log)) == 2
    assert not list(shelf.log.glob("*.live"))
    secrets = {PASSWORD.encode(), *wires[0].digest_responses()}
    assert len(secrets) >= 5
    looked_at = [path for path in home.rglob("*") if path.is_file()]
    assert any(b"REGISTER sip:" in path.read_bytes() for path in looked_at)
    for path in looked_at:
        octets = path.read_bytes()
        assert not any(secret in octets for secret in secrets), path


def test_practice_is_logged_and_leaves_nothing_behind(desk_loop: qasync.QEventLoop, shelf: Shelf) -> None:
    async def story(desk: Desk) -> None:
        await until(lambda: registered(desk))
        await until(lambda: "sent REGISTER" in everything(desk.log.folder))
        assert desk.log.folder != shelf.log

    desk = desk_loop.run_until_complete(live(shelf, story, Practice()))
    assert not desk.log.folder.exists()
    assert not files.names(shelf.log)


def test_the_engines_death_is_in_the_log(desk_loop: qasync.QEventLoop, shelf: Shelf) -> None:
    async def story(desk: Desk) -> None:
        await until(lambda: desk.state.status.running)
        os.kill(desk.host.bridge.pid, 9)
        facts: set[str] = set()

        def both() -> bool:
            facts.update(one.fact for one in desk.window.log.model.entries())
            return {"fact.engine-died", "fact.engine-restarted"} <= facts

        await until(both)

    desk_loop.run_until_complete(live(shelf, story))


def test_a_log_that_is_switched_off_is_forgotten(desk_loop: qasync.QEventLoop, shelf: Shelf) -> None:
    shelf.options.set("keep_log", False)

    async def story(desk: Desk) -> None:
        await until(lambda: desk.state.status.running)
        assert desk.log.folder.exists()

    desk = desk_loop.run_until_complete(live(shelf, story))
    assert not desk.log.folder.exists()
    assert not shelf.log.exists()


def test_a_forgotten_log_that_a_crash_left_goes_with_the_next(
    state: DeskState, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, held, fresh = (tmp_path / f"{log_keeper.PASSING}{name}" for name in ("old", "held", "fresh"))
    for folder in (old, held, fresh):
        store(folder, message(1))
    hold = files.Hold.take(held / indexing.LOCK)
    assert hold is not None
    for folder in (old, held):
        for path in (*folder.iterdir(), folder):
            os.utime(path, (0, 0))
    keeper = LogKeeper(
        state, home / "log", Options(folders({"TCCC_DESK_HOME": str(home)})), print, passing=True
    )
    assert (old.exists(), held.exists(), fresh.exists()) == (False, True, True)
    hold.release()
    keeper.close()


def test_the_limits_of_the_settings_are_told(state: DeskState, home: Path) -> None:
    options = Options(folders({"TCCC_DESK_HOME": str(home)}))
    options.set("log_max_megabytes", 50)
    options.set("log_max_days", 7)
    command = LogKeeper(state, home / "log", options, print).command()
    assert (command.max_octets, command.max_days, command.traced) == (50 << 20, 7, False)


class Room:
    """The room over a keeper whose folder may be troubled."""

    def __init__(self, state: DeskState, texts: Texts, qtbot: QtBot, home: Path) -> None:
        self.said: list[str] = []
        self.folder = home / "log"
        options = Options(folders({"TCCC_DESK_HOME": str(home)}))
        self.keeper = LogKeeper(state, self.folder, options, self.say, again_s=0.0)
        self.panel = LogPanel(state, texts, self.folder, {}, unstored=self.keeper.unstored)
        qtbot.addWidget(self.panel)
        self.panel.show()

    def say(self, id: str, **_: str) -> None:
        self.said.append(id)

    @property
    def words(self) -> str:
        return str(self.panel.words.label.text())

    def times(self) -> list[int]:
        return [round((one.at - NOW) * 1000) for one in self.panel.model.entries()]


@pytest.fixture
def room(state: DeskState, texts: Texts, qtbot: QtBot, home: Path) -> Iterator[Room]:
    made = Room(state, texts, qtbot, home)
    yield made
    made.panel.retire()
    made.keeper.close()


def test_what_no_disk_takes_is_shown_from_memory_and_stored_later(
    room: Room, state: DeskState, qtbot: QtBot
) -> None:
    store(room.folder, message(1))
    qtbot.waitUntil(lambda: room.times() == [1])
    shutil.rmtree(room.folder)
    room.folder.write_text("in the way")
    state.take(e.LogFailed(at=NOW, detail="No space left on device"))
    state.take(e.Traced(at=NOW, entries=(message(2), message(3))))
    qtbot.waitUntil(lambda: room.times() == [1, 2, 3])  # what was seen stays until it is searched anew
    qtbot.waitUntil(lambda: "2 lines could not be stored" in room.words)
    assert room.said == ["logroom.not-kept"]
    room.panel.text.setText("no such thing")
    qtbot.waitUntil(lambda: room.times() == [])
    room.panel.text.setText("NEEDLE")
    qtbot.waitUntil(lambda: room.times() == [2, 3])
    room.folder.unlink()
    state.take(e.LogGrown(at=NOW, segment="s", entries=1, messages=1))
    qtbot.waitUntil(lambda: "could not be stored" not in room.words)
    qtbot.waitUntil(lambda: room.times() == [2, 3])
    assert [one.entry.at for one in LogBook(room.folder).page(ALL)] == [message(2).at, message(3).at]


def test_memory_is_bounded(room: Room, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setattr("tccc_desk.trace.unstored.CHUNK_ENTRIES", 10)
    room.keeper.unstored.put(message(number) for number in range(1, 96))
    qtbot.waitUntil(lambda: room.times() == list(range(61, 96)))


def test_a_part_broken_by_hand_is_set_aside_and_named(room: Room, qtbot: QtBot) -> None:
    store(room.folder, message(1))
    (name,) = files.names(room.folder)
    shutil.copy(files.segment_path(room.folder, name), files.segment_path(room.folder, "20200101-broken"))
    with files.segment_path(room.folder, "20200101-broken").open("r+b") as file:
        file.write(os.urandom(4096))
    qtbot.waitUntil(lambda: "20200101-broken" in room.words)
    qtbot.waitUntil(lambda: room.times() == [1])
    room.keeper.start()
    qtbot.waitUntil((room.folder / "20200101-broken.broken").exists, timeout=20_000)
    qtbot.wait(400)
    assert "20200101-broken" in room.words
    assert room.panel.findChild(QLabel, "log.state") is room.panel.words.label


def test_the_upkeep_ends_with_the_window(room: Room) -> None:
    room.keeper.start()
    pid = room.keeper.upkeep_pid
    assert Path(f"/proc/{pid}").exists()
    room.keeper.close()
    assert room.keeper.upkeep_pid == 0
    assert not Path(f"/proc/{pid}").exists()


def test_entries_of_memory_are_whole(room: Room) -> None:
    entries = tuple(msgspec.structs.replace(message(number), call_id="one@x") for number in range(1, 4))
    room.keeper.unstored.put(entries)
    book = LogBook(room.folder, unstored=room.keeper.unstored)
    assert [one.entry.raw for one in book.entries("one@x")] == [one.raw for one in entries]
    assert [one.messages for one in book.calls()] == [3]
    assert (book.unstored(), book.total(), book.index_progress()) == (3, 3, 1.0)
    assert room.keeper.unstored.take() == entries
    assert book.refresh()
    assert (book.unstored(), book.total()) == (0, 0)
    book.close()
