"""The agenda that orders timers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.sip.timers import Agenda, Timer


def test_timers_come_in_order_of_time_then_name() -> None:
    agenda = Agenda()
    agenda.start("x", Timer.L, 2.0)
    agenda.start("x", Timer.H, 2.0)
    agenda.start("y", Timer.A, 1.0)
    assert agenda.deadline() == 1.0
    assert agenda.take(0.9) is None
    taken = [agenda.take(5.0) for _ in range(4)]
    assert taken == [("y", Timer.A), ("x", Timer.H), ("x", Timer.L), None]
    assert agenda.deadline() is None


def test_a_stopped_or_restarted_timer_does_not_fire_at_its_old_time() -> None:
    agenda = Agenda()
    agenda.start("x", Timer.A, 1.0)
    agenda.start("x", Timer.A, 3.0)
    agenda.start("x", Timer.B, 2.0)
    agenda.stop("x", Timer.B)
    agenda.stop("x", Timer.D)
    assert agenda.running("x") == {Timer.A: 3.0}
    assert agenda.take(2.9) is None
    assert agenda.take(3.0) == ("x", Timer.A)
    assert len(agenda) == 0


def test_restarting_for_ever_does_not_grow() -> None:
    agenda = Agenda()
    for count in range(5000):
        agenda.start("x", Timer.E, 10_000.0 - count)
    assert len(agenda._heap) < 200
    assert agenda.deadline() == 5001.0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["start", "stop", "forget", "take"]),
            st.sampled_from("abc"),
            st.sampled_from(list(Timer)),
            st.integers(0, 20),
        ),
        max_size=200,
    )
)
def test_the_agenda_behaves_as_a_plain_dictionary(
    steps: list[tuple[str, str, Timer, int]],
) -> None:
    agenda = Agenda()
    model: dict[tuple[str, Timer], float] = {}
    for step, owner, timer, at in steps:
        if step == "start":
            agenda.start(owner, timer, at)
            model[owner, timer] = at
        elif step == "stop":
            agenda.stop(owner, timer)
            model.pop((owner, timer), None)
        elif step == "forget":
            agenda.forget(owner)
            model = {key: due for key, due in model.items() if key[0] != owner}
        else:
            due = [key for key in model if model[key] <= at]
            expected = min(due, key=lambda key: (model[key], key[1].value, key[0]), default=None)
            assert agenda.take(at) == expected
            if expected is not None:
                del model[expected]
        assert agenda.deadline() == min(model.values(), default=None)
        assert len(agenda) == len(model)
