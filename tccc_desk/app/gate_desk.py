"""What the desk does for other systems: a trunk written for them, with its password where that is wished."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tccc_desk.app.asking import answered
from tccc_desk.app.passwords import Passwords
from tccc_desk.store.errors import VaultError
from tccc_desk.trunk.profile import Trunk
from tccc_desk.ui.export_dialog import ExportDialog
from tccc_desk.ui.window import Window


class GateDesk:
    """Opens its dialogs over whatever window is there."""

    def __init__(self, window: Callable[[], Window], passwords: Passwords) -> None:
        self._window = window
        self._passwords = passwords

    async def export(self, trunk: Trunk | None) -> None:
        """Show a trunk as other systems want it until the dialog is closed."""
        if trunk is None:
            return
        window = self._window()
        dialog = ExportDialog(window.texts, trunk, window)
        asked: set[asyncio.Future[None]] = set()
        dialog.connections.listen(
            dialog.password_wished,
            lambda: asked.add(asyncio.ensure_future(self._give_password(dialog, trunk))),
        )
        try:
            await answered(dialog)
        finally:
            for reading in asked:
                reading.cancel()
            dialog.deleteLater()

    async def _give_password(self, dialog: ExportDialog, trunk: Trunk) -> None:
        why = ""

        async def refused(_: Trunk, error: VaultError) -> str | None:
            nonlocal why
            why = self._window().texts.finding(error.finding, error.details)
            return None

        password = await self._passwords.find(trunk, refused)
        if password:
            dialog.give_password(password)
        else:
            dialog.no_password(why)
