"""The text for the network team and the end statuses of the console, in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tccc_desk.diagnosis.firewall import Facts, firewall_sheet
from tccc_desk.texts.catalogue import LANGUAGES, Language
from tccc_desk.trunk.end_status import END_STATUSES
from tccc_desk.ui.end_status_dialog import EndStatusDialog
from tccc_desk.ui.sheet_dialog import SheetDialog
from tccc_desk.ui.texts import Texts
from tests.helpers.window_script import TRUNK


def codes(dialog: EndStatusDialog) -> list[int]:
    return [int(dialog.table.item(row, 0).text()) for row in range(dialog.table.rowCount())]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("entered", "expected"),
    [
        ("", list(END_STATUSES)),
        ("105", [105]),
        (" noseatonline ", [105]),
        ("GiveUp", [17, 102, 103, 104]),
        ("99", []),
        ("<b>", []),
    ],
)
def test_a_status_is_found_by_number_name_or_word(
    qtbot: QtBot, language: Language, entered: str, expected: list[int]
) -> None:
    dialog = EndStatusDialog(Texts(language))
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.entered.setText(entered)
    assert codes(dialog) == expected
    assert dialog.none.isVisible() == (not expected)


def test_what_is_copied_says_whose_reading_it_is(qtbot: QtBot) -> None:
    dialog = EndStatusDialog(Texts("zh"))
    qtbot.addWidget(dialog)
    dialog.entered.setText("坐席")
    assert 105 in codes(dialog)
    dialog.copy()
    words = QApplication.clipboard().text()
    assert "本程序的解读" in words
    assert "105\tnoSeatOnline\t无坐席在线" in words
    QApplication.clipboard().clear()


def test_a_sheet_comes_in_either_language_and_is_saved_for_notepad(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = SheetDialog(Texts("en"), "Request", "request.txt")
    qtbot.addWidget(dialog)
    assert not dialog._copy.isEnabled()
    facts = Facts("now", resolved={"sip.tccc.qcloud.com": ("203.0.113.7",)})
    dialog.show_sheet(lambda language: firewall_sheet(TRUNK, facts, Texts(language)))
    assert dialog.sheet.toPlainText().startswith("Firewall request")
    dialog.language.setCurrentIndex(dialog.language.findData("zh"))
    assert "203.0.113.7" in dialog.sheet.toPlainText()
    assert dialog.sheet.toPlainText().startswith("防火墙开通申请")
    file = tmp_path / "request.txt"
    dialog.save_to(file)
    assert file.read_bytes().startswith("\ufeff防火墙".encode())
    assert file.stat().st_mode & 0o777 == 0o600
    dialog.save_to(file)
    assert "already" in dialog.said.text()
    dialog.copy()
    assert QApplication.clipboard().text().startswith("防火墙")
    QApplication.clipboard().clear()
