"""Icons by name, from `resources/icons`: every state has a shape of its own."""

from __future__ import annotations

import functools
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap

from tccc_desk.engine.status import Mark, Registration
from tccc_desk.texts.catalogue import resources

STATE_ICONS = {
    Registration.OFF: "state-off",
    Registration.VERIFYING: "state-working",
    Registration.REGISTERING: "state-working",
    Registration.REGISTERED: "state-registered",
    Registration.RETRYING: "state-retrying",
    Registration.REJECTED: "state-rejected",
    Registration.FAILED: "state-failed",
    Registration.UNREGISTERING: "state-leaving",
}
STATE_COLOURS = {
    Registration.REGISTERED: "good",
    Registration.VERIFYING: "wait",
    Registration.REGISTERING: "wait",
    Registration.RETRYING: "wait",
    Registration.REJECTED: "bad",
    Registration.FAILED: "bad",
}
MARK_ICONS = {Mark.UNKNOWN: "mark-unknown", Mark.PROVEN: "mark-proven", Mark.FAILED: "mark-failed"}
SIZES = (16, 20, 32, 48)
"""Pixels a picture for a selected row is made in."""


def icon_file(name: str) -> Path:
    """Give the file of an icon."""
    return resources() / "icons" / f"{name}.svg"


@functools.cache
def icon(name: str) -> QIcon:
    """Load an icon once."""
    path = str(icon_file(name))
    made = QIcon(path)
    made.addFile(path, mode=QIcon.Mode.Disabled)
    # On a selected row a tinted picture would lose its colour, and a coloured one its contrast.
    for size in SIZES:
        made.addPixmap(_on_white(made, size), QIcon.Mode.Selected)
    return made


def _on_white(plain: QIcon, size: int) -> QPixmap:
    """Give the picture on a white disc of its own."""
    canvas = QPixmap(size, size)
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.GlobalColor.white)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(canvas.rect())
    painter.end()
    inner = size * 4 // 5
    painter = QPainter(canvas)
    painter.drawPixmap((size - inner) // 2, (size - inner) // 2, plain.pixmap(inner, inner))
    painter.end()
    return canvas
