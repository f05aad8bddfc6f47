"""What a command exchanged is in the log, and the log's limits hold where only commands run."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tccc_desk.trace import files
from tccc_desk.trace.book import LogBook
from tccc_desk.trace.query import Query
from tests.helpers.command_line import RealCli, account_at
from tests.helpers.log_folder import store
from tests.helpers.process import await_true, free_port
from tests.helpers.trace_entries import step_two_call

MONTH_S = 31 * 86_400.0


def test_a_command_has_what_is_too_old_removed(real: RealCli, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "data" / "log"
    store(folder, *step_two_call())
    (old,) = files.names(folder)
    os.utime(files.segment_path(folder, old), (0, time.time() - MONTH_S))
    assert real.run(["register", *account_at(f"127.0.0.1:{free_port()}"), "--json"]).exit == 3
    await_true(lambda: old not in files.names(folder), 20.0, "an old segment is removed")
    assert len(files.names(folder)) == 1


def test_a_command_that_is_not_to_be_logged_is_not(real: RealCli, tmp_path: Path) -> None:
    argv = ["register", *account_at(f"127.0.0.1:{free_port()}"), "--no-log", "--json"]
    assert real.run(argv).exit == 3
    assert not (tmp_path / "home" / "data" / "log").exists()


def test_a_failed_command_is_in_the_log(real: RealCli, tmp_path: Path) -> None:
    assert real.run(["register", *account_at(f"127.0.0.1:{free_port()}"), "--json"]).exit == 3
    book = LogBook(tmp_path / "home" / "data" / "log")
    assert {one.entry.fact for one in book.page(Query())} & {"fact.refused"}
    book.close()


def test_a_fault_before_any_message_is_listed(real: RealCli) -> None:
    """Nothing went out, so no registration is there to list: the refusal itself must be."""
    closed = free_port()
    assert real.run(["register", *account_at(f"127.0.0.1:{closed}"), "--json"]).exit == 3
    listed = real.run(["trace", "list", "--json"]).json
    assert listed["calls"] == []
    assert [one["fact"] for one in listed["trouble"]] == ["fact.refused"]
    assert str(closed) in listed["trouble"][0]["sentence"]
    assert "fact." not in real.run(["trace", "list"]).out
