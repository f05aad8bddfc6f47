"""What the desk does about sound: devices of this session, RTP ports, recordings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from tccc_desk.app.recordings import Recordings
from tccc_desk.engine.commands import Command, ConfigureSound, ListDevices
from tccc_desk.store.errors import StoreError
from tccc_desk.store.options import Options
from tccc_desk.store.paths import make_private
from tccc_desk.ui.sound_dialog import SoundDialog
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.window import Window


class Say(Protocol):
    """Says a sentence by its id."""

    def __call__(self, id: str, **values: str) -> None: ...


class SoundDesk:
    """The devices chosen count until the window is closed; ports are the stored option's."""

    def __init__(
        self,
        state: DeskState,
        submit: Callable[[Command], None],
        options: Options,
        recordings: Recordings,
        say: Say,
    ) -> None:
        self._state = state
        self._submit = submit
        self._options = options
        self._recordings = recordings
        self._say = say

    def configure(self) -> None:
        """Tell an engine that has just begun."""
        low, high = (int(self._options.get(key)) for key in ("rtp_port_low", "rtp_port_high"))
        self._keep(msgspec.structs.replace(self._state.sound, port_low=low, port_high=high))
        self._submit(ListDevices())

    def ask(self, window: Window) -> None:
        """Let the admin choose and try the devices."""
        dialog = SoundDialog(
            self._state,
            window.texts,
            self._submit,
            current=self._state.sound,
            keep=self._keep,
            parent=window,
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def recording_file(self, caller: str, line: str) -> str:
        """Name the file of a recording, or say why there can be none."""
        try:
            return str(self._recordings.name(caller, line))
        except StoreError as error:
            self._say(error.finding, **error.details)
            return ""

    def show_recordings(self) -> None:
        """Open the folder of recordings in the system's file manager, or say where it is."""
        try:
            make_private(self._recordings.folder)
        except StoreError as error:
            self._say(error.finding, **error.details)
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._recordings.folder))):
            self._say("soundroom.recordings-are", folder=str(self._recordings.folder))

    def _keep(self, chosen: ConfigureSound) -> None:
        self._state.sound = chosen
        self._submit(chosen)
