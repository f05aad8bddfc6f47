"""The desk: joins the store, the engine's host and the window for as long as the window lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from tccc_desk.app.asking import Asking
from tccc_desk.app.check_desk import CheckDesk
from tccc_desk.app.engine_host import EngineHost
from tccc_desk.app.gate_desk import GateDesk
from tccc_desk.app.log_keeper import LogKeeper
from tccc_desk.app.passwords import Passwords
from tccc_desk.app.practice import Practice
from tccc_desk.app.recordings import Recordings
from tccc_desk.app.registering import Registering
from tccc_desk.app.sound_desk import SoundDesk
from tccc_desk.app.trunk_book import TrunkBook
from tccc_desk.app.trunk_desk import TrunkDesk
from tccc_desk.engine.collector import collector_command
from tccc_desk.engine.commands import Command, PlaceTestCall, RegisterTrunk
from tccc_desk.engine.events import EngineStarted, Event
from tccc_desk.net.facts import network_facts
from tccc_desk.practice.client import PracticeError
from tccc_desk.store.options import OPTIONS, Options
from tccc_desk.store.presence import Presence
from tccc_desk.store.state import AccountStates
from tccc_desk.texts.catalogue import Language
from tccc_desk.ui.bridge import EngineBridge
from tccc_desk.ui.handing_work import HandOver
from tccc_desk.ui.settings_dialog import SettingsDialog
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts, system_language
from tccc_desk.ui.window import Window


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the desk keeps on disk and in the keyring."""

    book: TrunkBook
    options: Options
    accounts: AccountStates
    presence: Presence
    passwords: Passwords
    recordings: Recordings
    log: Path
    """Folder of the signalling log."""
    view: MutableMapping[str, str]
    """How the window was arranged."""


class Desk(QObject):
    """`run` returns when the window was closed and everything is put away."""

    def __init__(
        self,
        shelf: Shelf,
        bridge: EngineBridge,
        language: str,
        *,
        practice: Practice | None = None,
        speak: Callable[[Language], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._options = shelf.options
        self._passwords = shelf.passwords
        self._practice = practice
        self._speak = speak
        self._chosen = language
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished = asyncio.Event()
        self._leaving = False
        self.state = DeskState()
        self._view = shelf.view
        # Practice leaves nothing behind.
        self.log = LogKeeper(self.state, shelf.log, shelf.options, self._say, passing=practice is not None)
        self.host = EngineHost(self.state, bridge, self._restore, begin=self._begin)
        asking = Asking(lambda: self.window)
        self.registering = Registering(
            self.state,
            self.host.submit,
            accounts=shelf.accounts,
            presence=shelf.presence,
            ask_others=asking.others,
        )
        self.trunks = TrunkDesk(
            self.state,
            self.host.submit,
            book=shelf.book,
            passwords=shelf.passwords,
            accounts=shelf.accounts,
            registering=self.registering,
            asking=asking,
            say=self._say,
            wanted=self.host.wanted.__contains__,
        )
        self.sound = SoundDesk(self.state, self.host.submit, shelf.options, shelf.recordings, self._say)
        self.checking = CheckDesk(self.state, self.host.submit, self.trunks, self._spawn)
        self._asking = asking
        self._gate = GateDesk(lambda: self.window, shelf.passwords, self.state, shelf.options)
        self.state.arrived.connect(self._arrived)
        self.window = self._open_window(self._language())

    async def run(self) -> None:
        """Open the window and work until it is closed."""
        self.window.show()
        self.trunks.load()
        for problem in self._options.problems():
            self._say(problem.finding, **problem.details)
        await self.host.start()
        self.log.start()
        if self._practice is not None:
            self._spawn(self._begin_practice(self._practice))
        await self._finished.wait()

    def submit(self, command: Command) -> None:
        """Carry out a panel's wish; what needs a password or a question first becomes a task."""
        if isinstance(command, RegisterTrunk):
            ask = bool(self._options.get("ask_before_first_registration"))
            self._spawn(self.trunks.register(command.trunk, ask=ask))
        elif isinstance(command, PlaceTestCall):
            self._spawn(self.trunks.call(command))
        else:
            self.host.submit(command)

    def raise_window(self) -> None:
        """Bring the window to the front: a second start asked for it."""
        self.window.showNormal()
        self.window.raise_()
        self.window.activateWindow()

    def close(self) -> None:
        """Hang up, remove our bindings, then go; a second wish changes nothing."""
        self._spawn(self._close())

    def switch_language(self, language: str) -> None:
        """Show the same state in another language."""
        if language == self.window.texts.language:
            return
        self._chosen = language
        self.checking.leave()
        old, self.window = self.window, self._open_window(self._language())
        self._add_practice_menu()
        self.window.take_over(old)
        self.window.show()
        old.retire()
        old.deleteLater()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _say(self, id: str, **values: str) -> None:
        self.window.banner.say(self.window.texts.finding(id, values))

    def _language(self) -> Language:
        chosen = self._chosen or str(self._options.get("language"))
        if chosen == "zh":
            return "zh"
        return "en" if chosen == "en" else system_language()

    def _open_window(self, language: Language) -> Window:
        self._speak(language)
        options, state = self._options, self.state
        window = Window(
            state,
            Texts(language),
            self.submit,
            log_folder=self.log.folder,
            unstored=self.log.unstored,
            memory=self._view,
            hand_over=HandOver(network=network_facts, passwords=self._passwords.known),
            follow_log=bool(options.get("follow_log")),
            play=str(options.get("default_play")),
            answer_with=str(options.get("default_answer")),
            ring_timeout_s=float(options.get("ring_timeout_s")),
            recording_file=self.sound.recording_file,
        )
        listen, trunks = window.connections.listen, self.trunks
        listen(window.close_wished, self.close)
        listen(window.language_wished, self.switch_language)
        listen(window.settings_wished, self._settings)
        listen(window.about_wished, self._asking.about)
        listen(window.sound_wished, lambda: self.sound.ask(self.window))
        listen(window.strip.check_wished, lambda: self.checking.ask(self.window))
        listen(window.recordings_wished, self.sound.show_recordings)
        listen(window.banner.restart_wished, self.host.restart)
        listen(window.trunks.add_wished, lambda: self._spawn(trunks.edit(None)))
        listen(window.trunks.edit_wished, lambda _: self._spawn(trunks.edit(state.trunk())))
        listen(window.trunks.remove_wished, lambda _: self._spawn(trunks.remove(state.trunk())))
        listen(window.trunks.import_wished, lambda given: self._spawn(trunks.bring_in(given)))
        listen(window.trunks.export_wished, lambda _: self._spawn(self._gate.export(state.trunk())))
        listen(window.end_status_wished, self._gate.end_statuses)
        listen(window.firewall_wished, lambda: self._spawn(self._gate.firewall()))
        listen(window.call.placed, trunks.remember_numbers)
        return window

    def _settings(self) -> None:
        dialog = SettingsDialog(self.window.texts, self._options, OPTIONS, self.window)
        dialog.finished.connect(lambda _: self._settings_changed(dialog.changed))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _settings_changed(self, changed: Sequence[str]) -> None:
        if "language" in changed:
            self._chosen = ""
            self.switch_language(self._language())
        if set(changed) - {"language", "ask_before_first_registration"}:
            self._say("window.settings.restart")

    async def _restore(self, name: str) -> None:
        await self.trunks.register(name, ask=False)

    def _arrived(self, event: Event) -> None:
        if isinstance(event, EngineStarted):
            self.state.restarting = False
            self.sound.configure()

    def _begin(self) -> None:
        # Before the first message: one registration in two processes' segments would be two rows.
        self.host.submit(self.log.command())
        self._tell_collector()

    def _tell_collector(self) -> None:
        """Let an engine that has just begun tell the HEP collector the admin entered, if any."""
        options = self._options
        if entered := str(options.get("hep_collector")):
            self.host.submit(collector_command(entered, int(options.get("hep_capture_id"))))

    async def _begin_practice(self, practice: Practice) -> None:
        try:
            trunk = await practice.start()
        except PracticeError as error:
            self._say("window.practice.failed", reason=str(error))
            return
        await self.trunks.add_temporary(trunk, practice.password, "window.practice.started")
        self._add_practice_menu()
        self._spawn(self._watch_practice(practice))
        await self.trunks.register(trunk.name, ask=True)

    def _add_practice_menu(self) -> None:
        practice = self._practice
        if practice is None or not practice.password:
            return
        self.window.setWindowTitle(self.window.texts("window.title-practice"))
        menu = self.window.add_practice(practice.lines(), practice.faults())
        menu.connections.listen(menu.call_in_wished, lambda: self._spawn(self._let_call_in(practice)))
        menu.connections.listen(menu.fault_wished, lambda name: self._spawn(self._misbehave(practice, name)))

    async def _let_call_in(self, practice: Practice) -> None:
        await practice.call_in(self._say)

    async def _misbehave(self, practice: Practice, name: str) -> None:
        if await practice.fault(name, self._say):
            self.window.tell("window.practice.fault-set", fault=self.window.texts(f"practice.fault.{name}"))

    async def _watch_practice(self, practice: Practice) -> None:
        await practice.ended()
        if not self._leaving:
            self._say("window.practice.gone")

    async def _close(self) -> None:
        if self._leaving:
            return
        self._leaving = True
        self.window.begin_closing()
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        await self.host.close()
        if self._practice is not None:
            await self._practice.stop()
        self.registering.close()
        self.window.retire()
        self.log.close()
        self._finished.set()
