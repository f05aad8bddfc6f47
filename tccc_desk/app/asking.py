"""The questions the desk asks, as coroutines: calls and registrations go on while a dialog is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QDialog, QMessageBox

from tccc_desk import __version__
from tccc_desk.interchange.found import ForeignGateway, Refused
from tccc_desk.store.errors import VaultError
from tccc_desk.trunk.profile import Trunk
from tccc_desk.ui.configuration_source import Source
from tccc_desk.ui.import_dialog import ImportDialog
from tccc_desk.ui.questions import Choice, OthersDialog, PasswordDialog
from tccc_desk.ui.trunk_dialog import TrunkDialog
from tccc_desk.ui.window import Window


class Asking:
    """Asks over whatever window is there at the moment, in its language."""

    def __init__(self, window: Callable[[], Window]) -> None:
        self._window = window

    async def others(self, trunk: Trunk, contacts: Sequence[str] | None) -> Choice:
        """Ask whether to register although others are, or the server would not say who is."""
        window = self._window()
        dialog = OthersDialog(window.texts, trunk.name, contacts, window)
        await answered(dialog)
        choice = dialog.choice
        dialog.deleteLater()
        return choice

    async def password(self, trunk: Trunk, error: VaultError) -> str | None:
        """Ask for a password and say why the keyring did not give it."""
        window = self._window()
        why = window.texts.finding(error.finding, error.details)
        dialog = PasswordDialog(window.texts, trunk.name, why, window)
        accepted = await answered(dialog)
        password = dialog.field.text
        dialog.field.clear()
        dialog.deleteLater()
        return password if accepted and password else None

    async def trunk(
        self,
        taken: Callable[[str], bool],
        keyring: str,
        trunk: Trunk | None,
        foreign: ForeignGateway | None = None,
    ) -> tuple[Trunk, str] | None:
        """Ask for a trunk's values and password; None when it was cancelled."""
        window = self._window()
        id = "window.trunk.keeper-keyring" if keyring else "window.trunk.keeper-session"
        keeper = window.texts(id, keyring=keyring)
        dialog = TrunkDialog(window.texts, taken, keeper, trunk, window, foreign=foreign)
        accepted = await answered(dialog)
        made, password = dialog.trunk, dialog.password
        dialog.forget_password()
        dialog.deleteLater()
        return (made, password) if accepted and made is not None else None

    async def configuration(self, given: Source | Refused | None) -> ForeignGateway | None:
        """Ask for a gateway of another system's configuration; None when it was cancelled."""
        window = self._window()
        dialog = ImportDialog(window.texts, window)
        if isinstance(given, Refused):
            dialog.refuse(given)
        elif given is not None:
            dialog.read(given)
        accepted = await answered(dialog)
        gateway = dialog.gateway
        dialog.deleteLater()
        return gateway if accepted else None

    async def removal(self, trunk: Trunk) -> bool:
        """Ask before a trunk and its password go."""
        window = self._window()
        box = QMessageBox(window)
        box.setObjectName("remove")
        box.setWindowTitle(window.texts("window.desk.remove-title"))
        box.setText(window.texts("window.desk.remove", trunk=trunk.name))
        yes = box.addButton(window.texts("window.desk.remove-yes"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(
            box.addButton(window.texts("window.others.cancel"), QMessageBox.ButtonRole.RejectRole)
        )
        await answered(box)
        agreed = box.clickedButton() is yes
        box.deleteLater()
        return agreed

    def about(self) -> None:
        """Say what this is."""
        window = self._window()
        box = QMessageBox(window)
        box.setWindowTitle(window.texts("window.action.about"))
        box.setText(window.texts("window.desk.about", version=__version__))
        box.setIconPixmap(window.windowIcon().pixmap(64, 64))
        box.finished.connect(box.deleteLater)
        box.open()


async def answered(dialog: QDialog) -> bool:
    """Show a dialog and wait for its end; a cancelled wait closes it."""
    done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def finished(result: int) -> None:
        if not done.done():
            done.set_result(result)

    dialog.finished.connect(finished)
    dialog.open()
    try:
        return bool(await done)
    except asyncio.CancelledError:
        dialog.reject()
        raise
