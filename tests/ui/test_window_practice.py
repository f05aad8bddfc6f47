"""The whole desk: window, engine process and practice gateway, driven by the window's own controls."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import qasync
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QToolButton,
    QWidget,
)

from tccc_desk.app.desk import Desk, Shelf
from tccc_desk.app.passwords import Passwords
from tccc_desk.app.practice import Practice
from tccc_desk.app.recordings import Recordings
from tccc_desk.app.trunk_book import TrunkBook
from tccc_desk.engine import events as e
from tccc_desk.engine.status import Phase, Registration
from tccc_desk.store.errors import VaultError, VaultUnavailable
from tccc_desk.store.options import Options
from tccc_desk.store.paths import folders
from tccc_desk.store.presence import Claim, Occupied, Presence
from tccc_desk.store.profiles import Profiles
from tccc_desk.store.state import AccountStates
from tccc_desk.store.vault import SessionSecrets, Vault
from tccc_desk.store.view import ViewMemory
from tccc_desk.ui.bridge import EngineBridge
from tccc_desk.ui.end_status_dialog import EndStatusDialog
from tccc_desk.ui.export_dialog import ExportDialog
from tccc_desk.ui.import_dialog import ImportDialog
from tccc_desk.ui.questions import OthersDialog
from tccc_desk.ui.sheet_dialog import SheetDialog
from tccc_desk.ui.trunk_dialog import TrunkDialog
from tests.interchange.test_freeswitch import GOOD

PATIENCE_S = 20.0
Story = Callable[[Desk], Awaitable[None]]


class NoKeyring(Vault):
    """A machine without a keyring."""

    async def read_async(self, account: str) -> str:
        raise VaultUnavailable

    async def write_async(self, account: str, password: str) -> None:
        raise VaultUnavailable

    async def delete_async(self, account: str) -> None:
        raise VaultUnavailable

    async def backend_async(self) -> str:
        raise VaultUnavailable


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    found = folders({"TCCC_DESK_HOME": str(tmp_path)})
    return Shelf(
        book=TrunkBook(Profiles(found)),
        options=Options(found),
        accounts=AccountStates(found),
        presence=Presence(found),
        passwords=Passwords(NoKeyring()),
        recordings=Recordings(found),
        log=found.data / "log",
        view=ViewMemory(found),
    )


@pytest.fixture
def play(desk_loop: qasync.QEventLoop, shelf: Shelf) -> Callable[[Story], Desk]:
    """Run a story on a desk with its practice gateway, then close the window and wait for its end."""

    def run(story: Story) -> Desk:
        desk = Desk(shelf, EngineBridge(), "en", practice=Practice())

        async def whole() -> None:
            running = asyncio.ensure_future(desk.run())
            try:
                await story(desk)
            finally:
                desk.window.close()
                async with asyncio.timeout(PATIENCE_S):
                    await running

        desk_loop.run_until_complete(whole())
        return desk

    return run


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  (what a widget shows has no event of its own)
            await asyncio.sleep(0.02)


def registered(desk: Desk) -> bool:
    return desk.state.trunk_status().registration is Registration.REGISTERED


def in_phase(desk: Desk, phase: Phase) -> bool:
    call = desk.state.placed_call()
    return call is not None and call.phase is phase


def last_end(desk: Desk) -> e.CallEnded | None:
    calls = list(desk.state.status.calls.values())
    return calls[-1].end if calls else None


def click(desk: Desk, name: str) -> None:
    button = desk.window.findChild(QAbstractButton, name)
    assert button is not None, name
    assert button.isEnabled(), name
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))


def test_one_click_places_an_answered_call_with_sound_both_ways(play: Callable[[Story], Desk]) -> None:
    async def story(desk: Desk) -> None:
        await until(lambda: registered(desk))
        click(desk, "call.place")
        await until(lambda: in_phase(desk, Phase.ANSWERED))
        click(desk, "call.dial.5")
        await until(lambda: "5" in desk.window.call.digits.text())
        await until(lambda: (desk.state.placed_call().media or e.MediaReport()).received > 25)
        assert desk.window.findChild(QLabel, "now.one-way").text().startswith("Sound arrives")
        click(desk, "call.hangup")
        await until(lambda: desk.state.placed_call() is None)
        await until(lambda: "BYE" in {one.method for one in desk.window.log.model.entries()})
        methods = {one.method for one in desk.window.log.model.entries()}
        assert {"REGISTER", "INVITE", "ACK", "BYE"} <= methods
        statuses = {one.status for one in desk.window.log.model.entries()}
        assert {401, 407, 200} <= statuses

    desk = play(story)
    end = last_end(desk)
    assert end is not None
    assert (end.outcome, end.ended_by) == ("answered", "us")
    assert desk.host.bridge.pid == 0


def test_closing_the_window_removes_our_binding(play: Callable[[Story], Desk]) -> None:
    removed: list[e.BindingRemoved] = []

    async def story(desk: Desk) -> None:
        desk.state.arrived.connect(
            lambda event: removed.append(event) if isinstance(event, e.BindingRemoved) else None
        )
        await until(lambda: registered(desk))

    play(story)
    assert [one.confirmed for one in removed] == [True]


def test_a_call_from_tccc_is_answered_and_another_rejected(play: Callable[[Story], Desk]) -> None:
    async def story(desk: Desk) -> None:
        await until(lambda: registered(desk))
        desk.window.practice.call_in_wished.emit()
        await until(lambda: desk.window.now.cards.cards)
        assert "13800001111" in desk.window.findChild(QLabel, "incoming.to").text()
        desk.window.activateWindow()
        click(desk, "incoming.answer")
        await until(lambda: in_phase(desk, Phase.ANSWERED))
        click(desk, "call.hangup")
        await until(lambda: desk.state.placed_call() is None)
        desk.window.practice.call_in_wished.emit()
        await until(lambda: desk.window.now.cards.cards)
        click(desk, "incoming.reject")
        await until(lambda: (end := last_end(desk)) is not None and end.status == 486)

    end = last_end(play(story))
    assert end is not None
    assert end.incoming


def test_a_busy_line_is_the_servers_word(play: Callable[[Story], Desk]) -> None:
    async def story(desk: Desk) -> None:
        await until(lambda: registered(desk))
        desk.window.practice.line_wished.emit("075512345603")
        click(desk, "call.place")
        await until(lambda: last_end(desk) is not None)
        assert desk.window.findChild(QLabel, "now.answer").text() == "486 Busy Here (said by the server)"
        assert desk.window.banner.isVisible()

    play(story)


def test_a_dead_engine_is_said_and_comes_back_with_its_trunk(play: Callable[[Story], Desk]) -> None:
    async def story(desk: Desk) -> None:
        await until(lambda: registered(desk))
        first = desk.state.status.pid
        desk.host.bridge.kill()
        await until(desk.window.banner.isVisible)
        assert "engine" in desk.window.banner.accessibleName()
        await until(lambda: registered(desk) and desk.state.status.pid != first)
        await until(lambda: "again at" in desk.window.banner.accessibleName())

        def facts() -> list[str]:
            return [entry.fact for entry in desk.window.log.model.entries()]

        await until(lambda: "fact.engine-restarted" in facts())
        assert facts().index("fact.engine-died") < facts().index("fact.engine-restarted")
        desk.window.banner.findChild(QToolButton, "banner.close").click()
        assert not desk.window.banner.isVisible()

    play(story)


def test_another_device_is_asked_about_before_registering(play: Callable[[Story], Desk]) -> None:
    async def story(desk: Desk) -> None:
        await until(lambda: registered(desk))
        QTest.keyClick(desk.window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
        refreshed = desk.state.trunk_status().answer.at
        await until(lambda: desk.state.trunk_status().answer.at > refreshed)
        assert registered(desk)
        assert desk.window.findChild(OthersDialog) is None  # our own binding is no other device
        click(desk, "trunks.register")
        await until(lambda: desk.state.trunk_status().registration is Registration.OFF)
        await desk._practice._process.do("fault", name="other-device")
        click(desk, "trunks.register")
        await until(lambda: desk.window.findChild(OthersDialog))
        dialog = desk.window.findChild(OthersDialog)
        assert "sip:" in dialog.findChild(QWidget, "others.contacts").toPlainText()
        click(desk, "others.call-only")
        await until(lambda: "gateway01" in desk.state.call_only)
        assert not registered(desk)
        assert desk.window.call.call_button.isEnabled()
        click(desk, "call.place")
        await until(lambda: in_phase(desk, Phase.ANSWERED))

    play(story)


def test_our_own_binding_after_a_refused_refresh_is_no_other_device(play: Callable[[Story], Desk]) -> None:
    async def story(desk: Desk) -> None:
        await until(lambda: registered(desk))
        assert desk._practice is not None
        await desk._practice._process.do("fault", name="wrong-password")
        desk.window.trunks.register_again()
        await until(lambda: desk.state.trunk_status().registration is Registration.REJECTED)
        await desk._practice._process.do("fault", name="normal")
        click(desk, "trunks.register")
        asked = desk.window.findChildren
        await until(lambda: registered(desk) or asked(OthersDialog))
        assert not asked(OthersDialog)

    play(story)


def test_a_fault_is_confirmed_and_a_gateway_that_died_is_said(play: Callable[[Story], Desk]) -> None:
    async def story(desk: Desk) -> None:
        await until(lambda: registered(desk))
        assert desk._practice is not None
        assert desk.window.practice is not None
        desk.window.practice.fault_wished.emit("403")
        await until(desk.window.floor.currentMessage)
        assert desk.window.floor.currentMessage() == "Practice gateway: Forbid every request (403)"
        pid = desk._practice._process.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        words = desk.window.banner.findChild(QLabel, "banner.words")
        await until(lambda: words.text().startswith("The practice gateway ended unexpectedly."))

    play(story)


def test_the_language_changes_while_everything_goes_on(play: Callable[[Story], Desk]) -> None:
    async def story(desk: Desk) -> None:
        await until(lambda: registered(desk))
        desk.window.call.line.set_text("075512345601")
        await until(lambda: len(desk.window.log.model.entries()) > 3)
        entries = len(desk.window.log.model.entries())
        desk.window.language_wished.emit("zh")
        assert desk.window.texts.language == "zh"
        assert desk.window.call.call_button.text() == "呼叫"
        assert desk.window.call.line.text == "075512345601"
        await until(lambda: len(desk.window.log.model.entries()) >= entries)
        click(desk, "call.place")
        await until(lambda: in_phase(desk, Phase.ANSWERED))
        assert desk.window.practice is not None

    play(story)


def test_a_trunk_is_entered_called_and_its_password_is_nowhere_on_disk(
    play: Callable[[Story], Desk], shelf: Shelf, tmp_path: Path
) -> None:
    canary = ""

    async def story(desk: Desk) -> None:
        nonlocal canary
        await until(lambda: registered(desk))
        practice = desk.state.trunk()
        canary = desk._practice.password
        click(desk, "trunks.register")
        await until(lambda: desk.state.trunk_status().registration is Registration.OFF)
        click(desk, "trunks.add")
        await until(lambda: desk.window.findChild(TrunkDialog))
        dialog = desk.window.findChild(TrunkDialog)
        assert "session" in dialog.findChild(QLabel, "trunk.keeper").text()
        values = {
            "name": "mine",
            "username": practice.username,
            "domain": practice.domain,
            "server": f"{practice.server}:{practice.port}",
            "password": canary,
        }
        for name, value in values.items():
            dialog.findChild(QLineEdit, f"trunk.{name}").setText(value)
        transport = dialog.findChild(QComboBox, "trunk.transport")
        transport.setCurrentIndex(transport.findData("udp"))
        dialog.save()
        await until(lambda: desk.state.current == "mine")
        click(desk, "trunks.register")
        await until(lambda: registered(desk))
        account = shelf.book.account(desk.state.trunk())
        assert isinstance(shelf.presence.claim(account, "command line"), Occupied)
        desk.window.call.fill("13800138000", "075512345600")
        click(desk, "call.place")
        await until(lambda: in_phase(desk, Phase.ANSWERED))
        click(desk, "call.hangup")
        await until(lambda: desk.state.placed_call() is None)
        click(desk, "trunks.edit")
        await until(lambda: desk.window.findChild(TrunkDialog))
        desk.window.findChild(TrunkDialog).save()
        # Saved anew, so nothing of it is proved any more; its numbers are kept.
        await until(lambda: desk.state.trunk_status().proofs["password"].at == 0)
        click(desk, "trunks.register")
        await until(lambda: registered(desk))

    desk = play(story)
    (stored,) = Profiles(folders({"TCCC_DESK_HOME": str(tmp_path)})).list()
    assert (stored.name, stored.line_number) == ("mine", "075512345600")
    account = shelf.book.account(stored)
    assert shelf.accounts.get(account).registered_before
    claim = shelf.presence.claim(account, "command line")
    assert isinstance(claim, Claim)
    claim.close()
    assert canary
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert canary.encode() not in path.read_bytes(), path
    assert all(canary.encode() not in one.raw for one in desk.window.log.model.entries())


def test_an_account_that_the_command_line_holds_is_said(play: Callable[[Story], Desk], shelf: Shelf) -> None:
    async def story(desk: Desk) -> None:
        await until(lambda: registered(desk))
        practice = desk.state.trunk()
        import msgspec

        mine = msgspec.structs.replace(practice, name="mine")
        shelf.book.put(mine, None)
        desk.trunks.load()
        desk.state.select("mine")
        with shelf.presence.claim(shelf.book.account(mine), "command line"):
            click(desk, "trunks.register")
            await until(lambda: "mine" in desk.state.notes)
            assert "command line" in desk.window.findChild(QLabel, "trunks.note").text()
        assert not registered(desk)

    play(story)


async def test_a_typed_password_stays_for_the_session_where_no_keyring_is() -> None:
    from tests.helpers.window_script import TRUNK

    asked: list[VaultError] = []

    async def ask(_: object, error: VaultError) -> str | None:
        asked.append(error)
        return "Secret123"

    passwords = Passwords(NoKeyring(), SessionSecrets())
    assert await passwords.backend() == ""
    assert await passwords.find(TRUNK, ask) == "Secret123"
    assert await passwords.find(TRUNK, ask) == "Secret123"
    assert len(asked) == 1
    assert isinstance(await passwords.keep(TRUNK, "Other1234"), VaultUnavailable)
    assert await passwords.find(TRUNK, ask) == "Other1234"
    await passwords.forget(TRUNK)
    await passwords.find(TRUNK, ask)
    assert len(asked) == 2


async def test_a_refused_password_of_this_session_is_asked_for_again() -> None:
    from tests.helpers.window_script import TRUNK

    typed = iter(("Wrong1234", "Right1234"))

    async def ask(_: object, __: VaultError) -> str | None:
        return next(typed)

    passwords = Passwords(NoKeyring(), SessionSecrets())
    assert await passwords.find(TRUNK, ask) == "Wrong1234"
    assert await passwords.doubt(TRUNK)
    assert await passwords.find(TRUNK, ask) == "Right1234"
    await passwords.forget(TRUNK)
    assert not await passwords.doubt(TRUNK)


def test_a_gateway_is_imported_exported_and_asked_for_at_the_firewall(
    play: Callable[[Story], Desk], shelf: Shelf, tmp_path: Path
) -> None:
    async def story(desk: Desk) -> None:
        await until(lambda: registered(desk))
        QApplication.clipboard().setText(GOOD)
        click(desk, "trunks.import")
        await until(lambda: desk.window.findChild(ImportDialog))
        importing = desk.window.findChild(ImportDialog)
        importing.paste()
        QApplication.clipboard().clear()
        importing.take()
        await until(lambda: desk.window.findChild(TrunkDialog))
        desk.window.findChild(TrunkDialog).save()
        await until(lambda: desk.state.current == "tccc_gw_register")
        trunk = desk.state.trunk()
        assert trunk is not None
        assert await shelf.passwords.find(trunk, _nobody) == "Secret-9x"
        click(desk, "trunks.export")
        await until(lambda: desk.window.findChild(ExportDialog))
        export = desk.window.findChild(ExportDialog)
        assert "Secret-9x" not in export.preview.toPlainText()
        export.with_password.setChecked(True)
        await until(lambda: "Secret-9x" in export.preview.toPlainText())
        export.save_to(tmp_path / "out.xml")
        export.reject()
        practice = desk.state.trunks[0].name
        desk.state.select(practice)
        desk.window.firewall_wished.emit()
        await until(lambda: desk.window.findChild(SheetDialog))
        sheet = desk.window.findChild(SheetDialog)
        await until(sheet.sheet.toPlainText)
        used = desk.state.trunk_status().remote
        assert f"In use now: {used}" in sheet.sheet.toPlainText()
        assert "Address of this machine: 127.0.0.1" in sheet.sheet.toPlainText()
        sheet.reject()
        desk.window.end_status_wished.emit()
        desk.window.findChild(EndStatusDialog).reject()

    play(story)
    assert "Secret-9x" in (tmp_path / "out.xml").read_text(encoding="utf-8")
    stored = [path for path in tmp_path.rglob("*.json") if "Secret-9x" in path.read_text(encoding="utf-8")]
    assert stored == []


async def _nobody(*_: object) -> str | None:
    return None
