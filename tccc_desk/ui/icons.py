"""Icons by name, from `resources/icons`: every state has a shape of its own."""

from __future__ import annotations

import functools
from pathlib import Path

from PySide6.QtGui import QIcon

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


def icon_file(name: str) -> Path:
    """Give the file of an icon."""
    return resources() / "icons" / f"{name}.svg"


@functools.cache
def icon(name: str) -> QIcon:
    """Load an icon once."""
    path = str(icon_file(name))
    made = QIcon(path)
    # The same picture on a selected row: a tinted one would lose its colour and contrast.
    made.addFile(path, mode=QIcon.Mode.Selected)
    made.addFile(path, mode=QIcon.Mode.Disabled)
    return made
