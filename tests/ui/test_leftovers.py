"""What the window remembers of its bindings, so that one left by a crash is known as ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tccc_desk.app.registering import Registering
from tccc_desk.engine import events as e
from tccc_desk.engine.commands import Command
from tccc_desk.store.paths import folders
from tccc_desk.store.presence import Presence
from tccc_desk.store.state import AccountStates
from tccc_desk.trunk.profile import Trunk
from tccc_desk.ui.questions import Choice
from tccc_desk.ui.state import DeskState
from tests.helpers.window_script import NOW, TRUNK

FIRST, SECOND = "sip:g@192.0.2.1:1", "sip:g@192.0.2.1:2"


async def nobody(_: Trunk, __: Sequence[str] | None) -> Choice:
    raise AssertionError("nobody is asked here")


@pytest.fixture
def desk(state: DeskState, tmp_path: Path, qapp: QApplication) -> Registering:
    places = folders({"TCCC_DESK_HOME": str(tmp_path)})
    sent: list[Command] = []
    return Registering(
        state,
        sent.append,
        accounts=AccountStates(places),
        presence=Presence(places),
        ask_others=nobody,
    )


def chosen(contact: str) -> e.Event:
    return e.ContactChosen(at=NOW, trunk=TRUNK.name, contact=contact)


def test_a_contact_is_remembered_until_its_end_is_confirmed(state: DeskState, desk: Registering) -> None:
    assert desk.claim(TRUNK)
    state.take(chosen(FIRST))
    state.take(chosen(SECOND))
    handed = desk.configuration(TRUNK, "secret")
    assert handed.former_contacts == (SECOND, FIRST)
    assert handed.instance_id.startswith("urn:uuid:")
    state.take(e.StaleBindingRemoved(at=NOW, trunk=TRUNK.name, contact=FIRST))
    state.take(e.BindingRemoved(at=NOW, trunk=TRUNK.name, confirmed=False, contact=SECOND))
    assert desk.configuration(TRUNK, "secret").former_contacts == (SECOND,)
    state.take(e.BindingRemoved(at=NOW, trunk=TRUNK.name, confirmed=True, contact=SECOND))
    again = desk.configuration(TRUNK, "secret")
    assert (again.former_contacts, again.instance_id) == ((), handed.instance_id)
    desk.close()


def test_an_account_somebody_else_holds_and_a_session_trunk_have_no_past(
    state: DeskState, desk: Registering
) -> None:
    state.take(chosen(FIRST))
    assert desk.configuration(TRUNK, "secret").former_contacts == ()
    assert desk.claim(TRUNK)
    state.remarks[TRUNK.name] = "window.practice.started"
    state.take(chosen(SECOND))
    assert desk.configuration(TRUNK, "secret").instance_id == ""
    del state.remarks[TRUNK.name]
    assert desk.configuration(TRUNK, "secret").former_contacts == (FIRST,)
    desk.close()
