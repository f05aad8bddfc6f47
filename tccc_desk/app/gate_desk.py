"""What the desk hands to others: a trunk written for another system, and the sheet for the network team."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tccc_desk.app.asking import answered
from tccc_desk.app.passwords import Passwords
from tccc_desk.diagnosis.firewall import Facts, firewall_sheet, servers
from tccc_desk.net.interface import interface_of
from tccc_desk.net.reach import reach
from tccc_desk.net.resolver import Resolver
from tccc_desk.store.errors import VaultError
from tccc_desk.store.options import Options
from tccc_desk.trunk.profile import Trunk
from tccc_desk.ui.end_status_dialog import EndStatusDialog
from tccc_desk.ui.export_dialog import ExportDialog
from tccc_desk.ui.inert import inert
from tccc_desk.ui.sheet_dialog import SheetDialog
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.window import Window


class GateDesk:
    """Opens its dialogs over whatever window is there."""

    def __init__(
        self, window: Callable[[], Window], passwords: Passwords, state: DeskState, options: Options
    ) -> None:
        self._window = window
        self._passwords = passwords
        self._state = state
        self._options = options
        self.resolver = Resolver()

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

    def end_statuses(self) -> None:
        """Look an end status of the provider's console up."""
        window = self._window()
        dialog = EndStatusDialog(window.texts, window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def firewall(self) -> None:
        """Show the sheet for the network team; the names are resolved while it is open."""
        window = self._window()
        title = window.texts("gateroom.firewall.title")
        dialog = SheetDialog(window.texts, title, "tccc-firewall.txt", window)
        trunk, status = self._state.trunk(), self._state.trunk_status()

        async def find() -> None:
            found = await reach(servers(trunk), self.resolver)
            source = _host(status.local) or next((one.source for one in found if one.source), "")
            low, high = (int(self._options.get(key)) for key in ("rtp_port_low", "rtp_port_high"))
            facts = Facts(
                written=time.strftime("%Y-%m-%d %H:%M"),
                source=source,
                interface=status.interface or (interface_of(source) if source else ""),
                outside=inert(status.received, 60),
                used=status.remote,
                resolved={one.host: one.addresses for one in found},
                rtp_low=low,
                rtp_high=high,
            )
            dialog.show_sheet(lambda language: firewall_sheet(trunk, facts, Texts(language)))

        finding = asyncio.ensure_future(find())
        try:
            await answered(dialog)
        finally:
            finding.cancel()
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


def _host(address: str) -> str:
    """Give the host of "host:port"; "" for nothing."""
    return address.rpartition(":")[0].strip("[]")
