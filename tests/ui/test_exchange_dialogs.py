"""Import and export in the window: what is read is judged, and no password is seen that was not asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tccc_desk.engine.commands import Command
from tccc_desk.interchange.decoding import MAX_OCTETS
from tccc_desk.interchange.formats import WRITERS
from tccc_desk.interchange.found import ForeignGateway, Refused
from tccc_desk.texts.catalogue import LANGUAGES, Language
from tccc_desk.ui.configuration_source import Source
from tccc_desk.ui.export_dialog import ENDINGS, ExportDialog
from tccc_desk.ui.import_dialog import ImportDialog
from tccc_desk.ui.plain_table import PlainTable
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.trunk_dialog import TrunkDialog
from tccc_desk.ui.trunks_panel import TrunksPanel
from tests.helpers.window_script import TRUNK
from tests.interchange.test_freeswitch import DOCUMENT, GOOD, SCRIPT

PASSWORD = "Secret-9x"
TWO = DOCUMENT + SCRIPT + GOOD.replace("tccc_gw_register", "second")


@pytest.fixture
def dialog(texts: Texts, qtbot: QtBot) -> ImportDialog:
    made = ImportDialog(texts)
    qtbot.addWidget(made)
    made.show()
    return made


def everything_said(widget: QWidget) -> str:
    """Every word a person or a screen reader finds in it, however hidden."""
    said = []
    for one in (widget, *widget.findChildren(QWidget)):
        said += [one.accessibleName(), one.toolTip(), one.windowTitle()]
        if isinstance(one, QLineEdit):
            said.append(one.displayText())
        elif isinstance(one, QLabel | QAbstractButton):
            said.append(one.text())
        elif isinstance(one, QPlainTextEdit):
            said.append(one.toPlainText())
        elif isinstance(one, PlainTable):
            said.append(one.as_text())
    return "\n".join(said)


def rows(dialog: ImportDialog) -> list[tuple[str, str]]:
    table = dialog.findings
    return [(table.item(row, 0).text(), table.item(row, 1).text()) for row in range(table.rowCount())]


def test_the_documents_gateway_shows_its_traps_by_word_and_picture(dialog: ImportDialog) -> None:
    dialog.read(Source("tccc.xml", (DOCUMENT + SCRIPT).encode()))
    said = rows(dialog)
    assert [severity for severity, _ in said] == ["Error"] * 4 + ["Warning"] * 2
    assert any("rtp-autofix-timing" in words for _, words in said)
    assert not dialog.findings.item(0, 0).icon().isNull()
    assert dialog.source.text() == "tccc.xml: gateways found: 1"
    assert dialog.count.text() == "Errors: 4 · warnings: 2 · remarks: 0"


def test_each_gateway_has_its_own_findings_and_one_is_chosen(dialog: ImportDialog) -> None:
    dialog.read(Source("", TWO.encode()))
    assert dialog.gateways.count() == 2
    assert any("place-holder" in words for _, words in rows(dialog))
    dialog.gateways.setCurrentRow(1)
    assert not any("place-holder" in words for _, words in rows(dialog))
    assert PASSWORD not in everything_said(dialog)
    dialog.take()
    assert dialog.gateway is not None
    assert (dialog.gateway.name, dialog.gateway.password) == ("second", PASSWORD)


def test_a_pasted_text_and_a_file_are_read(dialog: ImportDialog, tmp_path: Path) -> None:
    QApplication.clipboard().setText(GOOD)
    dialog.paste()
    assert dialog.gateways.count() == 1
    file = tmp_path / "two.xml"
    file.write_text(TWO, encoding="utf-8")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    place = QPointF(5, 5)
    left = Qt.MouseButton.LeftButton
    drop = QDropEvent(place, Qt.DropAction.CopyAction, mime, left, Qt.KeyboardModifier.NoModifier)
    dialog.dropEvent(drop)
    assert dialog.gateways.count() == 2
    QApplication.clipboard().clear()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "No gateway was found"),
        (b"\0\0\0", "no text"),
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]><gateway name='a'/>", "document type"),
        (b"x" * (MAX_OCTETS + 1), "larger than"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_taken_is_one_sentence(
    qtbot: QtBot, language: Language, data: bytes, said: str
) -> None:
    dialog = ImportDialog(Texts(language))
    qtbot.addWidget(dialog)
    dialog.read(Source("x", data))
    words = dialog.source.text()
    assert words
    assert "lint." not in words
    assert "\n" not in words
    assert language == "zh" or said in words
    assert not dialog.use.isEnabled()
    dialog.take()
    assert dialog.gateway is None


def test_a_folder_or_a_missing_file_is_refused(dialog: ImportDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("/", "/no-such-file.xml", "/dev/zero"):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, path=path: (path, ""))
        dialog.choose()
        assert "cannot be read" in dialog.source.text()


def test_a_hostile_gateway_is_shown_inert(dialog: ImportDialog) -> None:
    hostile = GOOD.replace('value="gateway01"', 'value="&lt;b&gt;x\u202e"').replace(
        "tccc_gw_register", "&lt;img src=x&gt;\u202e"
    )
    dialog.read(Source("a\u202eb.xml", hostile.encode()))
    said = everything_said(dialog) + dialog.gateways.item(0).text()
    assert "\u202e" not in said
    assert "<img src=x>" in dialog.gateways.item(0).text()  # as it stands, for a list shows no markup


def test_the_form_begins_with_the_gateway_and_hides_its_password(qtbot: QtBot, dialog: ImportDialog) -> None:
    dialog.read(Source("", GOOD.encode()))
    dialog.take()
    form = TrunkDialog(Texts("en"), lambda _: False, "", foreign=dialog.gateway)
    qtbot.addWidget(form)
    assert form.findChild(QLineEdit, "trunk.password").echoMode() is QLineEdit.EchoMode.Password
    assert PASSWORD not in everything_said(form)
    form.save()
    assert form.trunk is not None
    assert (form.trunk.username, form.trunk.transport, form.password) == ("gateway01", "tcp", PASSWORD)


def test_a_form_filled_with_nonsense_says_what_is_wrong_at_once(qtbot: QtBot) -> None:
    gateway = ForeignGateway("", {"name": "", "username": "a\u202eb c", "domain": "d", "transport": "sctp"})
    form = TrunkDialog(Texts("en"), lambda _: False, "", foreign=gateway)
    qtbot.addWidget(form)
    assert "\u202e" not in everything_said(form)
    said = [one.text() for one in form._notices.values() if one.text()]
    assert len(said) == 1
    form.save()
    assert form.trunk is None


def test_what_the_form_does_not_show_is_kept_from_a_file_of_ours(qtbot: QtBot, dialog: ImportDialog) -> None:
    trunk = msgspec.structs.replace(TRUNK, codecs=("PCMU",), number_rule="idd")
    dialog.read(Source("", WRITERS["profile"](trunk, Texts("en"), None).encode()))
    dialog.take()
    form = TrunkDialog(Texts("en"), lambda _: False, "", foreign=dialog.gateway)
    qtbot.addWidget(form)
    form.findChild(QLineEdit, "trunk.password").setText("x")
    form.save()
    assert form.trunk == trunk


def test_the_room_of_trunks_takes_a_drop(
    state: DeskState, texts: Texts, submit: Callable[[Command], None], qtbot: QtBot, tmp_path: Path
) -> None:
    panel = TrunksPanel(state, texts, submit)
    qtbot.addWidget(panel)
    wished: list[object] = []
    panel.import_wished.connect(wished.append)
    exported: list[str] = []
    panel.export_wished.connect(exported.append)
    panel.bring_in()
    panel.hand_out()
    left, copy = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
    for path in (tmp_path / "a.xml", tmp_path):
        mime = QMimeData()
        (tmp_path / "a.xml").write_text(GOOD, encoding="utf-8")
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        panel.dropEvent(QDropEvent(QPointF(5, 5), copy, mime, left, Qt.KeyboardModifier.NoModifier))
    assert wished[:2] == [None, Source("a.xml", GOOD.encode())]
    assert isinstance(wished[2], Refused)
    assert exported == ["gateway01"]


@pytest.fixture
def export(texts: Texts, qtbot: QtBot) -> ExportDialog:
    made = ExportDialog(texts, TRUNK)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_is_previewed_without_the_password(qtbot: QtBot, language: Language) -> None:
    export = ExportDialog(Texts(language), TRUNK)
    qtbot.addWidget(export)
    assert set(ENDINGS) == set(WRITERS)
    for row in range(export.format.count()):
        export.format.setCurrentIndex(row)
        assert "gateway01" in export.preview.toPlainText()
        assert "interchange." not in export.preview.toPlainText()


def test_the_password_comes_only_when_asked_for_and_goes_again(export: ExportDialog) -> None:
    asked: list[bool] = []
    export.password_wished.connect(lambda: asked.append(True))
    export.give_password(PASSWORD)  # nobody asked
    assert PASSWORD not in export.preview.toPlainText()
    export.with_password.setChecked(True)
    assert asked == [True]
    assert PASSWORD not in export.preview.toPlainText()
    assert not any(button.isEnabled() for button in export._takers)
    assert "keyring" in export.said.text()
    export.give_password(PASSWORD)
    assert PASSWORD in export.preview.toPlainText()
    assert all(button.isEnabled() for button in export._takers)
    assert "in clear" in export.warning.text()
    export.format.setCurrentIndex(export.format.findData("kamailio"))
    assert PASSWORD not in export.preview.toPlainText()
    assert "hash" in export.warning.text()
    export.format.setCurrentIndex(export.format.findData("profile"))
    assert not export.with_password.isChecked()
    export.format.setCurrentIndex(export.format.findData("freeswitch"))
    assert PASSWORD not in export.preview.toPlainText()
    assert not export.warning.isVisible()


def test_a_password_freeswitch_would_expand_is_warned_of(export: ExportDialog) -> None:
    export.with_password.setChecked(True)
    export.give_password("a${b}")
    assert "does not work there" in export.warning.text()
    export.format.setCurrentIndex(export.format.findData("asterisk"))
    assert "does not work there" not in export.warning.text()


def test_no_password_is_said(export: ExportDialog) -> None:
    export.with_password.setChecked(True)
    export.no_password("The keyring is locked.")
    assert not export.with_password.isChecked()
    assert export.said.text() == "The keyring is locked."


def test_a_new_private_file_is_written_and_none_over_another(export: ExportDialog, tmp_path: Path) -> None:
    file = tmp_path / "gateway.xml"
    export.save_to(file)
    assert file.read_text(encoding="utf-8") == export.preview.toPlainText()
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("mine", encoding="utf-8")
    export.save_to(file)
    assert file.read_text(encoding="utf-8") == "mine"
    assert str(file) in export.said.text()
    export.save_to(tmp_path / "no" / "such" / "folder.xml")
    assert "trace." not in export.said.text()


def test_copying_a_password_asks_clipboard_histories_to_skip_it(export: ExportDialog) -> None:
    export.copy()
    assert not QApplication.clipboard().mimeData().hasFormat("x-kde-passwordManagerHint")
    export.with_password.setChecked(True)
    export.give_password(PASSWORD)
    export.copy()
    assert PASSWORD in QApplication.clipboard().text()
    assert QApplication.clipboard().mimeData().hasFormat("x-kde-passwordManagerHint")
    QApplication.clipboard().clear()
    export.reject()
    assert export.preview.toPlainText() == ""
