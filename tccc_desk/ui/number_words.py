"""What a typed number is and what a trunk will send for it, in one line."""

from __future__ import annotations

from typing import Literal

from tccc_desk.trunk.china import read_number
from tccc_desk.trunk.dialling import as_dialled
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.profile import Trunk
from tccc_desk.ui.inert import inert
from tccc_desk.ui.texts import Texts

Role = Literal["quiet", "wait", "bad"]


def preview(texts: Texts, entered: str, trunk: Trunk | None, *, called: bool) -> tuple[str, Role]:
    """Say it, and how serious it is; nothing for an empty field."""
    if not entered.strip():
        return "", "quiet"
    read = read_number(entered)
    if read.kind == "none" or (read.kind == "emergency" and called):
        return texts(f"gateroom.number.{read.kind}"), "bad"
    what = texts(f"gateroom.number.{read.kind}", area=read.area)
    role: Role = "quiet"
    if read.kind == "local":
        role = "wait"
    elif read.kind == "service-400" and not called:
        what, role = texts("gateroom.number.caller-400"), "wait"
    sent = read.typed
    if trunk is not None:
        try:
            sent = as_dialled(trunk, "line" if called else "caller", read.typed, called=called)
        except InputError as error:
            return texts.input(error.field, error.finding, error.details), "bad"
    national = read.forms.get("national", read.typed)
    if sent != read.typed:
        # A warning is what must not be cut off; else it is what goes out.
        id = "gateroom.number.sent" if role == "quiet" else "gateroom.number.warned"
        return texts(id, what=what, sent=inert(sent, 40)), role
    if national != read.typed:
        return texts("gateroom.number.national", what=what, national=inert(national, 40)), role
    return what, role
