"""From the signalling room to the table of the document's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from tccc_desk.diagnosis.conformance import Context
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.ui.conformance_dialog import ConformanceDialog, Step, Subject

if TYPE_CHECKING:
    from tccc_desk.ui.log_panel import LogPanel
    from tccc_desk.ui.state import DeskState


def judge_selected(log: LogPanel, state: DeskState) -> None:
    """Compare the chosen INVITE, or the INVITE of the chosen call, with the document."""
    subject = subject_of(log, state)
    if subject is None:
        log.say("gateroom.conformance.choose")
        return
    _open(log, subject)


def judge_pasted(log: LogPanel) -> None:
    """Compare an INVITE that is pasted."""
    _open(log, Subject())


def subject_of(log: LogPanel, state: DeskState) -> Subject | None:
    """Give what is chosen, with what we know of it where it is of our own log; None for no INVITE."""
    chosen = None if log.by_call.isChecked() else log.selected_entry()
    near = log.talking.talk.entries if chosen is None or not _asks(chosen) else (chosen,)
    entries = tuple(one for one in near if _asks(one))
    if not entries:
        return None
    first = entries[0]
    step: Step = 3 if first.direction == "received" else 2
    trunk = next((one for one in state.trunks if one.name == first.trunk), None)
    if log.capturing.active or trunk is None:
        return Subject(entries, step)
    call = next((one for one in state.status.calls.values() if one.call_id == first.call_id), None)
    ours = call is not None and not call.incoming
    context = Context(
        line=call.line if call is not None and ours else "",
        caller=call.caller if call is not None and ours else "",
        domain=trunk.domain,
        username=trunk.username,
    )
    return Subject(entries, step, context)


def add_context_menu(log: LogPanel, state: DeskState) -> None:
    """Give the lines of the log a menu under the right mouse button."""
    log.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def open_menu(place: QPoint) -> None:
        menu = QMenu(log)
        menu.setObjectName("log.menu")
        for words, slot in (
            (log.texts("window.log.copy"), log.message.copy),
            (log.texts("window.log.copy-masked"), log.message.copy_masked),
            (log.texts("gateroom.action.judge"), lambda: judge_selected(log, state)),
        ):
            menu.addAction(words).triggered.connect(lambda _=False, slot=slot: slot())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(log.table.viewport().mapToGlobal(place))

    log.listen(log.table.customContextMenuRequested, open_menu)


def _asks(entry: TraceEntry) -> bool:
    return entry.kind == "message" and entry.method == "INVITE" and not entry.status


def _open(log: LogPanel, subject: Subject) -> None:
    dialog = ConformanceDialog(log.texts, subject, log, mask=log.masking.mask)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
