"""One window per profile folder: a second start asks the first to come to the front."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

CONNECT_MS = 1_000


def door_name(runtime: Path) -> str:
    """Name the local socket of the window that holds this folder."""
    return f"tccc-desk-{hashlib.sha256(str(runtime).encode()).hexdigest()[:24]}"


class FrontDoor(QObject):
    """Listens for second starts. It reads nothing from them: being connected to is the whole message."""

    knocked = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        # The window lock is ours, so a socket of this name is left over from a crash.
        QLocalServer.removeServer(name)
        self._server.newConnection.connect(self._open)
        self._server.listen(name)

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def _open(self) -> None:
        while self._server.hasPendingConnections():
            guest = self._server.nextPendingConnection()
            guest.disconnectFromServer()
            guest.deleteLater()
        self.knocked.emit()


def knock(name: str) -> bool:
    """Ask the window that is there to come to the front; False if it does not answer."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    there = socket.waitForConnected(CONNECT_MS)
    socket.abort()
    return there
