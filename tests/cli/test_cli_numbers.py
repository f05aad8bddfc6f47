"""`number` and `end-status`: questions that need neither trunk nor network."""

from __future__ import annotations

import pytest

from tccc_desk.texts.catalogue import ids, text
from tccc_desk.trunk.china import KINDS, RULES
from tccc_desk.trunk.end_status import END_STATUSES
from tests.helpers.command_line import RunCli


def test_every_form_of_a_landline(cli: RunCli) -> None:
    run = cli(["number", "(0755) 8376-5566", "--rule", "plus", "--json", "--lang", "zh"])
    assert run.exit == 0
    assert run.json == {
        "schema": 1,
        "command": "number",
        "ok": True,
        "typed": "075583765566",
        "kind": "landline",
        "area": "0755",
        "forms": {
            "national": "075583765566",
            "e164": "8675583765566",
            "plus": "+8675583765566",
            "idd": "008675583765566",
        },
        "rule": "plus",
        "sent": "+8675583765566",
        "refused": False,
        "sentence": "固定电话，区号 0755",
    }


@pytest.mark.parametrize("entered", ["110", "0755-120", "customer"])
def test_what_must_not_or_cannot_be_dialled(cli: RunCli, entered: str) -> None:
    run = cli(["number", entered, "--json"])
    assert (run.exit, run.json["refused"], run.json["sent"]) == (2, True, None)


def test_a_number_in_words(cli: RunCli) -> None:
    run = cli(["number", "013800138000", "--rule", "national", "--prefix", "9", "--lang", "en"])
    assert run.out.splitlines() == [
        "Mobile number",
        "National: 13800138000",
        "E.164 digits: 8613800138000",
        "E.164 with +: +8613800138000",
        "With 0086: 008613800138000",
        "Mobile with long-distance 0: 013800138000",
        "Would be sent: 913800138000",
    ]


@pytest.mark.parametrize(
    ("options", "field"),
    [(["--rule", "local"], "rule"), (["--prefix", "a"], "prefix"), (["--prefix", "123456789"], "prefix")],
)
def test_bad_options_are_named(cli: RunCli, options: list[str], field: str) -> None:
    run = cli(["number", "10086", *options, "--json"])
    assert (run.exit, run.json["error"]["field"]) == (2, field)


@pytest.mark.parametrize("entered", ["105", "noSeatOnline", " NOSEATONLINE "])
def test_an_end_status_by_number_or_name(cli: RunCli, entered: str) -> None:
    run = cli(["end-status", entered, "--json"])
    (status,) = run.json["statuses"]
    assert status == {"code": 105, "name": "noSeatOnline", "en": "no agent was online", "zh": "无坐席在线"}
    assert run.json["published_meaning"] is False


def test_all_end_statuses_say_whose_reading_it_is(cli: RunCli) -> None:
    run = cli(["end-status", "--lang", "zh"])
    lines = run.out.splitlines()
    assert len(lines) == len(END_STATUSES)
    assert all("本程序的解读" in line for line in lines)


@pytest.mark.parametrize("entered", ["4", "99999", "busybody", "１０５"])
def test_an_unknown_end_status_is_refused(cli: RunCli, entered: str) -> None:
    run = cli(["end-status", entered, "--json"])
    assert (run.exit, run.json["error"]["field"]) == (2, "code")


def test_every_kind_form_and_status_has_its_words() -> None:
    assert {f"number.kind.{kind}" for kind in KINDS} == {id for id in ids("number") if ".kind." in id}
    assert {f"number.form.{form}" for form in (*RULES, "trunk")} == {
        id for id in ids("number") if ".form." in id
    }
    assert {f"end_status.{code}" for code in END_STATUSES} == ids("end_status") - {"end_status.about"}
    for code in END_STATUSES:
        assert text(f"end_status.{code}", "en") != text(f"end_status.{code}", "zh")
