"""`tccc-desk`: builds the desk from its parts and runs it on Qt's event loop."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Sequence

import qasync
from PySide6.QtWidgets import QApplication

from tccc_desk.app.arguments import Arguments, parse
from tccc_desk.app.desk import Desk, Shelf
from tccc_desk.app.passwords import Passwords
from tccc_desk.app.practice import Practice
from tccc_desk.app.qt_words import QtWords
from tccc_desk.app.recordings import Recordings
from tccc_desk.app.single import FrontDoor, door_name, knock
from tccc_desk.app.trunk_book import TrunkBook
from tccc_desk.store.errors import StoreError
from tccc_desk.store.options import Options
from tccc_desk.store.paths import Folders, folders
from tccc_desk.store.presence import Occupied, Presence
from tccc_desk.store.profiles import Profiles
from tccc_desk.store.state import AccountStates
from tccc_desk.store.vault import Vault
from tccc_desk.store.view import ViewMemory
from tccc_desk.ui.bridge import EngineBridge
from tccc_desk.ui.garbage import Collector
from tccc_desk.ui.icons import icon
from tccc_desk.ui.texts import Texts, system_language


def main(argv: Sequence[str] | None = None) -> int:
    """Run the window; the return value is the process's exit status."""
    arguments = parse(sys.argv[1:] if argv is None else argv)
    application = QApplication([sys.argv[0]])
    application.setApplicationName("tccc-desk")
    application.setDesktopFileName("tccc-desk")
    application.setWindowIcon(icon("tccc-desk"))
    application.setQuitOnLastWindowClosed(False)
    language = arguments.language or system_language()
    texts = Texts("zh" if language == "zh" else "en")
    try:
        found = folders()
        presence = Presence(found)
        claim = presence.window_lock()
    except StoreError as error:
        print(texts.finding(error.finding, error.details), file=sys.stderr)  # noqa: T201
        return 3
    if isinstance(claim, Occupied):
        knock(door_name(found.runtime))
        print(texts("window.desk.second-window", pid=claim.pid), file=sys.stderr)  # noqa: T201
        return 0
    with claim:
        return _run(application, arguments, found, presence)


def _run(application: QApplication, arguments: Arguments, found: Folders, presence: Presence) -> int:
    options = Options(found)
    shelf = Shelf(
        book=TrunkBook(Profiles(found)),
        options=options,
        accounts=AccountStates(found),
        presence=presence,
        passwords=Passwords(Vault()),
        recordings=Recordings(found),
        log=found.log,
        view=ViewMemory(found),
    )
    loop = qasync.QEventLoop(application)
    collector = Collector()
    with loop:
        desk = Desk(
            shelf,
            EngineBridge(),
            arguments.language,
            practice=Practice() if arguments.practice else None,
            speak=QtWords(application).speak,
        )
        door = FrontDoor(door_name(found.runtime))
        door.knocked.connect(desk.raise_window)
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # not on Windows
                loop.add_signal_handler(number, desk.close)
        try:
            loop.run_until_complete(desk.run())
        except RuntimeError:
            # The screen went away under us (an X server that ended, a closed remote session).
            # Our end of the engine's pipe closes with us: it hangs up and removes our bindings.
            print(Texts(system_language())("window.desk.screen-lost"), file=sys.stderr)  # noqa: T201
            return 3
        door.close()
    collector.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
