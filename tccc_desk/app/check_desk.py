"""What the desk does about trunk checks: one dialog a trunk, the password first, one check at a time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from tccc_desk.app.trunk_desk import TrunkDesk
from tccc_desk.engine.commands import Command, RunCheck
from tccc_desk.ui.check_dialog import CheckDialog
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.window import Window


class CheckDesk:
    """Opens the check of the selected trunk and begins it: one click says what is wrong."""

    def __init__(
        self,
        state: DeskState,
        submit: Callable[[Command], None],
        trunks: TrunkDesk,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._state = state
        self._submit = submit
        self._trunks = trunks
        self._spawn = spawn
        self._dialog: CheckDialog | None = None

    @property
    def dialog(self) -> CheckDialog | None:
        """The check that is open."""
        return self._dialog

    def ask(self, window: Window) -> None:
        """Show the check of the selected trunk; one that is open comes to the front."""
        trunk = self._state.trunk()
        if trunk is None:
            return
        if self._dialog is not None:
            self._dialog.raise_()
            self._dialog.activateWindow()
            return
        call = window.call
        dialog = CheckDialog(
            self._state,
            window.texts,
            self._submit,
            trunk=trunk.name,
            numbers=lambda: (call.caller.text.strip(), call.line.text.strip()),
            parent=window,
        )
        dialog.run_wished.connect(lambda command: self._spawn(self._run(dialog, command)))
        dialog.evidence_wished.connect(window.log.show_evidence)
        dialog.finished.connect(lambda _: self._closed(dialog))
        self._dialog = dialog
        dialog.show()
        dialog.run()

    def leave(self) -> None:
        """Close the dialog, for its window goes: a check in another language is begun anew."""
        if self._dialog is not None:
            self._dialog.reject()

    async def _run(self, dialog: CheckDialog, command: RunCheck) -> None:
        if not await self._trunks.check(command) and self._dialog is dialog:
            dialog.give_up()

    def _closed(self, dialog: CheckDialog) -> None:
        self._dialog = None
        dialog.deleteLater()
