from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from tccc_desk.store.options import OPTIONS, Options
from tccc_desk.store.paths import folders
from tccc_desk.trunk.profile import Trunk
from tccc_desk.ui.questions import OthersDialog
from tccc_desk.ui.settings_dialog import SettingsDialog
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.trunk_dialog import TrunkDialog
from tests.helpers.window_script import HOSTILE, TRUNK

KEEPER = "Kept in the keyring."


def form(qtbot: QtBot, texts: Texts, trunk: Trunk | None = None) -> TrunkDialog:
    dialog = TrunkDialog(texts, lambda name: name == "taken", KEEPER, trunk)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def fill(dialog: TrunkDialog, **fields: str) -> None:
    values = {
        "name": "Shanghai",
        "username": "gateway07",
        "domain": "1400000001.tccc.qcloud.com",
        "server": "sip.tccc.qcloud.com",
        "password": "Secret123",
    }
    for name, value in {**values, **fields}.items():
        edit = dialog.findChild(QLineEdit, f"trunk.{name}")
        assert edit is not None
        edit.setText(value)


def notice(dialog: QWidget, name: str) -> str:
    label = dialog.findChild(QLabel, f"trunk.{name}.notice")
    assert label is not None
    return label.text() if label.isVisible() else ""


def test_a_wrong_field_can_be_left_by_tab_and_takes_the_keyboard_only_on_save(
    qtbot: QtBot, texts: Texts
) -> None:
    dialog = form(qtbot, texts)
    fill(dialog, username="gateway 01")
    user = dialog.findChild(QLineEdit, "trunk.username")
    assert user is not None
    user.setFocus()
    qtbot.waitUntil(user.hasFocus)
    qtbot.keyClick(user, Qt.Key.Key_Tab)
    assert notice(dialog, "username")
    assert not user.hasFocus()
    dialog.save()
    assert user.hasFocus()


def test_a_right_form_is_accepted_and_the_port_filled_in(qtbot: QtBot, texts: Texts) -> None:
    dialog = form(qtbot, texts)
    fill(dialog)
    dialog.save()
    assert dialog.trunk is not None
    assert (dialog.trunk.server, dialog.trunk.port) == ("sip.tccc.qcloud.com", 35090)
    assert dialog.password == "Secret123"
    dialog.forget_password()
    assert dialog.password == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("server", "1400000001.tccc.qcloud.com"),
        ("server", ""),
        ("username", "a b"),
        ("domain", "ex ample"),
        ("expires", "soon"),
        ("name", "taken"),
        ("password", ""),
    ],
)
def test_an_error_stands_beside_its_field_only(qtbot: QtBot, texts: Texts, field: str, value: str) -> None:
    dialog = form(qtbot, texts)
    fill(dialog, **{"server": "sip.tccc.qcloud.com:35090", field: value})
    dialog.save()
    assert dialog.trunk is None
    assert dialog.isVisible()
    assert notice(dialog, field) != ""
    others = {"server", "username", "domain", "expires", "name", "password"} - {field}
    assert [name for name in others if notice(dialog, name)] == []


def test_leaving_a_field_says_its_error_or_notice_at_once(qtbot: QtBot, texts: Texts) -> None:
    dialog = form(qtbot, texts)
    fill(dialog)
    dialog.findChild(QLineEdit, "trunk.server").editingFinished.emit()
    assert "35090" in notice(dialog, "server")


def test_an_edited_trunk_keeps_what_the_form_does_not_show(qtbot: QtBot, texts: Texts) -> None:
    dialog = form(qtbot, texts, TRUNK)
    dialog.save()
    assert dialog.trunk == TRUNK
    assert dialog.password == ""


def test_tls_and_its_ca_file_can_be_chosen_and_are_kept(qtbot: QtBot, texts: Texts) -> None:
    import msgspec

    dialog = form(qtbot, texts)
    transport = dialog.findChild(QComboBox, "trunk.transport")
    assert [transport.itemData(row) for row in range(transport.count())] == ["tcp", "udp", "tls"]
    dialog = form(
        qtbot, texts, msgspec.structs.replace(TRUNK, transport="tls", port=5061, ca_file="/etc/ca.pem")
    )
    edit = dialog.findChild(QLineEdit, "trunk.ca_file")
    assert edit.text() == "/etc/ca.pem"
    edit.setText("/etc/other.pem")
    dialog.save()
    assert dialog.trunk is not None
    assert (dialog.trunk.transport, dialog.trunk.ca_file) == ("tls", "/etc/other.pem")


def test_the_password_is_hidden_until_asked_for(qtbot: QtBot, texts: Texts) -> None:
    dialog = form(qtbot, texts)
    edit = dialog.findChild(QLineEdit, "trunk.password")
    assert edit.echoMode() is QLineEdit.EchoMode.Password
    reveal = dialog.findChild(QWidget, "trunk.password.reveal")
    qtbot.mouseClick(reveal, Qt.MouseButton.LeftButton)
    assert edit.echoMode() is QLineEdit.EchoMode.Normal
    assert reveal.accessibleName() == "Hide"


def test_others_are_shown_inert_and_calls_only_is_the_default(qtbot: QtBot, texts: Texts) -> None:
    dialog = OthersDialog(texts, "gateway01", [HOSTILE, "sip:pbx@192.0.2.9"])
    qtbot.addWidget(dialog)
    shown = dialog.findChild(QWidget, "others.contacts")
    assert "\u202e" not in shown.toPlainText()
    assert shown.toPlainText().count("\n") == 1
    assert dialog.findChild(QWidget, "others.call-only").isDefault()
    assert dialog.choice == "cancel"
    dialog.findChild(QWidget, "others.register").click()
    assert dialog.choice == "register"


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(folders({"TCCC_DESK_HOME": str(tmp_path)}))


def test_the_settings_page_shows_every_option_and_stores_changes(
    qtbot: QtBot, texts: Texts, options: Options
) -> None:
    dialog = SettingsDialog(texts, options, OPTIONS)
    qtbot.addWidget(dialog)
    for option in OPTIONS:
        widget = dialog.findChild(QWidget, f"settings.{option.key}")
        assert widget is not None
        assert not widget.accessibleName().startswith("store.")
        if isinstance(widget, QCheckBox):
            widget.setChecked(not option.default)
        elif isinstance(widget, QSpinBox):
            widget.setValue(option.high)
        elif isinstance(widget, QComboBox):
            widget.setCurrentIndex(widget.count() - 1)
        elif isinstance(widget, QLineEdit):
            widget.setText("homer.example:9060")
    dialog.save()
    assert set(dialog.changed) == {option.key for option in OPTIONS}
    assert options.get("language") == "zh"
    again = SettingsDialog(texts, options, OPTIONS)
    qtbot.addWidget(again)
    again.save()
    assert again.changed == ()
