"""`make pictures`: the real window on the practice gateway, in both languages, as docs/pictures/*.png.

Nothing in them is made up: the engine runs, the trunk registers, the calls are carried and measured.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")  # size hints mean nothing off the screen

import qasync
from PySide6.QtWidgets import QApplication, QWidget

from tccc_desk.app.desk import Desk, Shelf
from tccc_desk.app.passwords import Passwords
from tccc_desk.app.practice import Practice
from tccc_desk.app.qt_words import QtWords
from tccc_desk.app.recordings import Recordings
from tccc_desk.app.trunk_book import TrunkBook
from tccc_desk.engine.events import (
    BindingEstablished,
    CallAnswered,
    CallEnded,
    CallOffered,
    CheckFinished,
    Event,
)
from tccc_desk.store.options import Options
from tccc_desk.store.paths import folders
from tccc_desk.store.presence import Presence
from tccc_desk.store.profiles import Profiles
from tccc_desk.store.state import AccountStates
from tccc_desk.store.vault import Vault
from tccc_desk.store.view import ViewMemory
from tccc_desk.texts.catalogue import Language
from tccc_desk.ui.bridge import EngineBridge
from tccc_desk.ui.garbage import Collector

FOLDER = Path(__file__).parent.parent / "docs/pictures"
SIZE = (1280, 860)
WAIT_S = 20.0
MEASURED_S = 4.0
"""So long a call goes on before its picture: loss, jitter and the far end's report have come by then."""


class Sitting:
    """One desk, one language, and a wait for events of the engine."""

    def __init__(self, desk: Desk, practice: Practice, language: str) -> None:
        self.desk = desk
        self.practice = practice
        self.language = language
        self.events: list[Event] = []
        self.came = asyncio.Event()
        desk.state.arrived.connect(self._arrived)

    def _arrived(self, event: Event) -> None:
        self.events.append(event)
        self.came.set()

    async def after(self, act: Callable[[], object], *kinds: type[Event]) -> None:
        """Do `act`, then wait for one event of each kind in turn."""
        self.events.clear()
        act()
        async with asyncio.timeout(WAIT_S):
            for kind in kinds:
                while not any(isinstance(event, kind) for event in self.events):
                    self.came.clear()
                    await self.came.wait()
        await asyncio.sleep(0.6)  # the window gathers bursts before it paints them

    async def check(self) -> None:
        await self.after(self.desk.window.strip.check_button.click, CheckFinished)
        dialog = self.desk.checking.dialog
        assert dialog is not None
        self.take("check", dialog)
        dialog.reject()

    def take(self, name: str, widget: QWidget | None = None) -> None:
        path = FOLDER / f"{name}.{self.language}.png"
        (widget or self.desk.window).grab().save(
            str(path), "PNG", 0
        )  # 0 is the smallest file, not the poorest picture
        sys.stdout.write(f"{path.relative_to(FOLDER.parent.parent)}\n")

    def show_row(self, start: str) -> None:
        """Select the last log line whose message begins with `start`."""
        table = self.desk.window.log.table
        for row in reversed(range(table.model().rowCount())):
            table.selectRow(row)
            entry = self.desk.window.log.selected_entry()
            if entry is not None and entry.raw.startswith(start.encode()):
                return

    async def sit(self) -> None:
        window = self.desk.window
        window.resize(*SIZE)
        call, cards = window.call, window.now.cards
        await self.after(lambda: None, BindingEstablished)
        await self.after(call.place, CallAnswered)
        await asyncio.sleep(MEASURED_S)
        self.show_row("INVITE ")
        self.take("call")
        await self.after(call.hang_up, CallEnded)
        self.show_row("BYE ")
        window.log.focus_ladder()
        window.log.enlarge.setChecked(True)
        await asyncio.sleep(1.0)  # the ladder is read from the log
        self.take("ladder")
        window.log.enlarge.setChecked(False)
        window.log.focus_message()
        await self.check()
        assert window.practice is not None
        await self.after(window.practice.call_in_wished.emit, CallOffered)
        self.show_row("INVITE ")
        self.take("incoming")
        await self.after(cards.reject_first, CallEnded)
        busy = next(number for id, number in self.practice.lines() if id == "practice.line.busy")
        call.line.set_text(busy)
        await self.after(call.place, CallEnded)
        self.show_row("SIP/2.0 486")
        self.take("busy")
        window.close()


async def pictures(language: str, speak: Callable[[Language], None]) -> None:
    found = folders()
    practice = Practice()
    shelf = Shelf(
        book=TrunkBook(Profiles(found)),
        options=Options(found),
        accounts=AccountStates(found),
        presence=Presence(found),
        passwords=Passwords(Vault()),
        recordings=Recordings(found),
        log=found.data / "log",
        view=ViewMemory(found),
    )
    desk = Desk(shelf, EngineBridge(), language, practice=practice, speak=speak)
    running = asyncio.ensure_future(desk.run())
    await Sitting(desk, practice, language).sit()
    await running


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    application.setStyle("Fusion")
    collector = Collector()
    with qasync.QEventLoop(application) as loop:
        for language in ("en", "zh"):
            with tempfile.TemporaryDirectory() as home:
                os.environ["TCCC_DESK_HOME"] = home
                loop.run_until_complete(pictures(language, QtWords(application).speak))
    collector.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
