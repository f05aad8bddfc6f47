"""The four tables: total, and arrow by arrow what the RFCs' figures draw."""

from __future__ import annotations

from enum import Enum
from itertools import product
from typing import Any

import pytest

from tccc_desk.sip.errors import LocalProtocolError
from tccc_desk.sip.timers import T1, T2, T4, Timer, first_interval, next_interval
from tccc_desk.sip.transaction import invite_client, invite_server, non_invite_client, non_invite_server
from tccc_desk.sip.transaction.actions import Do, Double, Start, Stop
from tccc_desk.sip.transaction.table import ABSORB, REFUSE, Row, Stray, arrow, table

MACHINES = [invite_client, non_invite_client, invite_server, non_invite_server]
NAMES = [machine.__name__.rpartition(".")[2] for machine in MACHINES]

# (state, input): next state, as drawn; everything else must be a stray.
FIGURE_5 = {  # RFC 3261 figure 5 and RFC 6026; CANCEL and timer B in Proceeding are section 9.1
    "Calling": {
        "1xx": "Proceeding",
        "2xx": "Accepted",
        "300-699": "Completed",
        "CANCEL wished": "Calling",
        "timer A": "Calling",
        "timer B": "Terminated",
        "flow lost": "Terminated",
    },
    "Proceeding": {
        "1xx": "Proceeding",
        "2xx": "Accepted",
        "300-699": "Completed",
        "CANCEL wished": "Proceeding",
        "timer B": "Terminated",
        "flow lost": "Terminated",
    },
    "Accepted": {"2xx": "Accepted", "timer M": "Terminated", "flow lost": "Terminated"},
    "Completed": {"300-699": "Completed", "timer D": "Terminated", "flow lost": "Terminated"},
    "Terminated": {},
}
FIGURE_6 = {
    "Trying": {
        "1xx": "Proceeding",
        "200-699": "Completed",
        "timer E": "Trying",
        "timer F": "Terminated",
        "flow lost": "Terminated",
    },
    "Proceeding": {
        "1xx": "Proceeding",
        "200-699": "Completed",
        "timer E": "Proceeding",
        "timer F": "Terminated",
        "flow lost": "Terminated",
    },
    "Completed": {"timer K": "Terminated", "flow lost": "Terminated"},
    "Terminated": {},
}
FIGURE_7 = {  # with RFC 6026's Accepted; the 2xx interval and timer H there are section 13.3.1.4
    "Proceeding": {
        "INVITE repeated": "Proceeding",
        "CANCEL": "Proceeding",
        "1xx from TU": "Proceeding",
        "2xx from TU": "Accepted",
        "300-699 from TU": "Completed",
        "200 ms passed": "Proceeding",
        "flow lost": "Terminated",
    },
    "Accepted": {
        "ACK": "Accepted",
        "2xx from TU": "Accepted",
        "2xx interval passed": "Accepted",
        "timer H": "Accepted",
        "timer L": "Terminated",
        "flow lost": "Terminated",
    },
    "Completed": {
        "INVITE repeated": "Completed",
        "ACK": "Confirmed",
        "timer G": "Completed",
        "timer H": "Terminated",
        "flow lost": "Terminated",
    },
    "Confirmed": {"timer I": "Terminated", "flow lost": "Terminated"},
    "Terminated": {},
}
FIGURE_8 = {
    "Trying": {"1xx from TU": "Proceeding", "200-699 from TU": "Completed", "flow lost": "Terminated"},
    "Proceeding": {
        "request repeated": "Proceeding",
        "1xx from TU": "Proceeding",
        "200-699 from TU": "Completed",
        "flow lost": "Terminated",
    },
    "Completed": {"request repeated": "Completed", "timer J": "Terminated", "flow lost": "Terminated"},
    "Terminated": {},
}
FIGURES = [FIGURE_5, FIGURE_6, FIGURE_7, FIGURE_8]


@pytest.mark.parametrize("machine", MACHINES, ids=NAMES)
def test_17_every_table_is_total(machine: Any) -> None:
    pairs = set(product(machine.State, machine.Input))
    assert set(machine.TABLE) == pairs
    assert all(isinstance(entry, Row | Stray) for entry in machine.TABLE.values())


@pytest.mark.parametrize(("machine", "figure"), list(zip(MACHINES, FIGURES, strict=True)), ids=NAMES)
def test_17_every_arrow_is_the_figures(machine: Any, figure: dict[str, dict[str, str]]) -> None:
    drawn: dict[str, dict[str, str]] = {state.value: {} for state in machine.State}
    for (state, given), entry in machine.TABLE.items():
        if isinstance(entry, Row):
            drawn[state.value][given.value] = entry.next.value
    assert drawn == figure


@pytest.mark.parametrize("machine", MACHINES, ids=NAMES)
def test_17_every_state_is_reached_and_leads_to_the_end(machine: Any) -> None:
    nexts: dict[Any, set[Any]] = {state: set() for state in machine.State}
    for (state, _), entry in machine.TABLE.items():
        if isinstance(entry, Row):
            nexts[state].add(entry.next)

    def reached(start: Any) -> set[Any]:
        seen, todo = {start}, [start]
        while todo:
            for following in nexts[todo.pop()] - seen:
                seen.add(following)
                todo.append(following)
        return seen

    assert reached(machine.OPENING.next) == set(machine.State)
    assert all(machine.State.TERMINATED in reached(state) for state in machine.State)


@pytest.mark.parametrize("machine", MACHINES, ids=NAMES)
def test_17_a_timer_runs_only_where_its_firing_has_an_arrow(machine: Any) -> None:
    """Follow each table from its opening with the set of running timers: none may fire into a stray."""

    def after(running: frozenset[Timer], row: Any) -> frozenset[Timer]:
        for action in row.actions:
            if isinstance(action, Start | Double):
                running |= {action.timer}
            elif isinstance(action, Stop):
                running -= {action.timer}
            elif action in {Do.CANCEL, Do.CANCEL_IF_WANTED}:
                running |= {Timer.B}
        return running

    start = (machine.OPENING.next, after(frozenset(), machine.OPENING))
    seen, todo = {start}, [start]
    while todo:
        state, running = todo.pop()
        if state is machine.State.TERMINATED:
            continue
        for given in machine.Input:
            fired = Timer[given.name[6:]] if given.name.startswith("TIMER_") else None
            entry = machine.TABLE[state, given]
            if fired in running:
                assert isinstance(entry, Row), f"{state.value}: {given.value} fires into a stray"
            elif fired is not None:
                continue
            if isinstance(entry, Row):
                following = (entry.next, after(running - {fired}, entry))
                if following not in seen:
                    seen.add(following)
                    todo.append(following)


@pytest.mark.parametrize("machine", [invite_server, non_invite_server])
def test_17_2_only_what_the_transaction_user_does_can_be_refused(machine: Any) -> None:
    refused = {given.value for (_, given), entry in machine.TABLE.items() if entry is REFUSE}
    assert all(given.endswith("from TU") for given in refused)


@pytest.mark.parametrize("machine", [invite_client, non_invite_client])
def test_17_1_no_input_of_a_client_transaction_is_refused(machine: Any) -> None:
    assert REFUSE not in machine.TABLE.values()


class Light(Enum):
    RED = "red"
    GREEN = "green"


class Event(Enum):
    WAIT = "wait"
    KICK = "kick"


def test_a_hole_or_a_double_entry_is_refused_when_the_table_is_made() -> None:
    go = {(Light.RED, Event.WAIT): Row(Light.GREEN, ())}
    with pytest.raises(ValueError, match="no entry for green and kick"):
        table(Light, Event, go, absorb={Light.RED: (Event.KICK,), Light.GREEN: (Event.WAIT,)})
    with pytest.raises(ValueError, match="red and wait are listed twice"):
        table(Light, Event, go, absorb={Light.RED: tuple(Event), Light.GREEN: tuple(Event)})


def test_an_arrow_is_found_a_stray_is_nothing_and_misuse_raises() -> None:
    go: Row[Light, str] = Row(Light.GREEN, ("turn",))
    made = table(
        Light,
        Event,
        {(Light.RED, Event.WAIT): go},
        absorb={Light.GREEN: (Event.WAIT,)},
        refuse={Light.RED: (Event.KICK,), Light.GREEN: (Event.KICK,)},
    )
    assert arrow(made, "light", Light.RED, Event.WAIT) is go
    assert made[Light.GREEN, Event.WAIT] is ABSORB
    assert arrow(made, "light", Light.GREEN, Event.WAIT) is None
    with pytest.raises(LocalProtocolError, match="light in green cannot take kick"):
        arrow(made, "light", Light.GREEN, Event.KICK)


# Table 4 and RFC 6026


def test_table_4_timer_lengths() -> None:
    over_udp = {timer.value: first_interval(timer, reliable=False) for timer in Timer}
    assert (T1, T2, T4) == (0.5, 4.0, 5.0)
    assert over_udp == {
        "A": 0.5, "B": 32.0, "D": 32.0, "E": 0.5, "F": 32.0, "G": 0.5, "H": 32.0, "I": 5.0,
        "J": 32.0, "K": 5.0, "L": 32.0, "M": 32.0, "100": 0.2, "2xx": 0.5,
    }  # fmt: skip


def test_table_4_reliable_flows_repeat_nothing_and_linger_for_nothing() -> None:
    reliable = {timer: first_interval(timer, reliable=True) for timer in Timer}
    assert [timer.value for timer, length in reliable.items() if length is None] == ["A", "E", "G"]
    assert [timer.value for timer, length in reliable.items() if length == 0] == ["D", "I", "J", "K"]
    for timer in (Timer.B, Timer.F, Timer.H, Timer.L, Timer.M, Timer.SUCCESS):
        assert reliable[timer] == first_interval(timer, reliable=False)


def test_17_1_1_2_timer_a_doubles_without_end_and_the_others_stop_at_t2() -> None:
    assert next_interval(Timer.A, 4.0) == 8.0
    for timer in (Timer.E, Timer.G, Timer.SUCCESS):
        assert next_interval(timer, 1.0) == 2.0
        assert next_interval(timer, 4.0) == 4.0
