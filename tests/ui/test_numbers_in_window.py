"""What stands below the two number fields, and what a trunk's rule does to a test call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from tccc_desk.engine.commands import Command, PlaceTestCall
from tccc_desk.ui.call_panel import CallPanel
from tccc_desk.ui.one_line import OneLine
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.trunk_dialog import TrunkDialog
from tests.helpers import window_script as script


@pytest.fixture
def call(state: DeskState, texts: Texts, submit: Callable[[Command], None], qtbot: QtBot) -> CallPanel:
    made = CallPanel(state, texts, submit)
    qtbot.addWidget(made)
    made.show()
    return made


def preview_of(call: CallPanel, field: str) -> str:
    label = call.findChild(OneLine, f"call.{field}.preview")
    return label.words if label.isVisibleTo(call) else ""


@pytest.mark.parametrize(
    ("numbers", "rule", "expected"),
    [
        (
            ("13800138000", "+8675583765566"),
            "typed",
            ("Mobile number", "Landline, area code 0755 · 075583765566"),
        ),
        (
            ("013800138000", "075583765566"),
            "typed",
            ("Mobile number · 13800138000", "Landline, area code 0755"),
        ),
        (
            ("13800138000", "075583765566"),
            "e164",
            ("Sent as 8613800138000 · Mobile number", "Sent as 8675583765566 · Landline, area code 0755"),
        ),
        (
            ("4008001234", "83765566"),
            "plus",
            (
                "⚠ 400 as caller: often refused · sent as +864008001234",
                "⚠ The area code is missing (0755…)",
            ),
        ),
        (
            ("110", "110"),
            "typed",
            ("Emergency number: a test never dials it", "⚠ Emergency number: a test never dials it"),
        ),
        (("", "abc"), "typed", ("", "⚠ Not a telephone number")),
    ],
)
def test_what_a_number_is_and_what_goes_out_stands_below_it(
    call: CallPanel, state: DeskState, numbers: tuple[str, str], rule: Any, expected: tuple[str, str]
) -> None:
    state.set_trunks((msgspec.structs.replace(script.TRUNK, number_rule=rule),))
    call.fill(*numbers)
    assert (preview_of(call, "caller"), preview_of(call, "line")) == expected


def test_a_changed_rule_changes_what_is_said_and_what_is_called(
    call: CallPanel, state: DeskState, sent: list[Command]
) -> None:
    state.take(script.bound())
    call.fill("13800138000", "075583765566")
    state.set_trunks((msgspec.structs.replace(script.TRUNK, number_rule="idd", number_prefix="9"),))
    assert preview_of(call, "line") == "Sent as 9008675583765566 · Landline, area code 0755"
    placed: list[tuple[str, str, str]] = []
    call.placed.connect(lambda *told: placed.append(told))
    call.place()
    order = sent[-1]
    assert isinstance(order, PlaceTestCall)
    assert (order.caller, order.line) == ("008613800138000", "9008675583765566")
    assert placed == [("gateway01", "13800138000", "075583765566")]  # remembered as typed


def test_a_prefix_that_makes_an_emergency_number_is_refused(
    call: CallPanel, state: DeskState, sent: list[Command]
) -> None:
    state.take(script.bound())
    state.set_trunks((msgspec.structs.replace(script.TRUNK, number_prefix="1"),))
    call.fill("13800138000", "10")
    assert "emergency" in preview_of(call, "line")
    before = len(sent)
    call.place()
    assert len(sent) == before
    assert "emergency" in call.line.notice.text()


def test_the_form_keeps_rule_and_prefix(qtbot: QtBot, texts: Texts) -> None:
    trunk = msgspec.structs.replace(script.TRUNK, number_rule="e164", number_prefix="9")
    dialog = TrunkDialog(texts, lambda _: False, "", trunk)
    qtbot.addWidget(dialog)
    dialog.save()
    assert dialog.trunk == trunk
    rule = dialog.findChild(QComboBox, "trunk.number_rule")
    rule.setCurrentIndex(rule.findData("plus"))
    dialog.save()
    assert dialog.trunk is None  # nothing can stand before a plus
    dialog.findChild(QLineEdit, "trunk.number_prefix").clear()
    dialog.save()
    assert dialog.trunk == msgspec.structs.replace(trunk, number_rule="plus", number_prefix="")
