"""Odd surroundings: streams that are closed, a home that cannot be written, another alphabet."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.command_line import PASSWORD, RealCli, Run, account_at
from tests.helpers.process import free_port


def shell(real: RealCli, redirections: str, *argv: str) -> Run:
    """Run under a shell with its streams redirected as written."""
    command = f'exec "$@" {redirections}'
    done = subprocess.run(
        ["/bin/sh", "-c", command, "sh", sys.executable, "-m", "tccc_desk.cli", *argv],
        env=real.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def real(tmp_path: Path) -> RealCli:
    return RealCli(tmp_path / "home")


def test_no_standard_input_is_no_password(real: RealCli) -> None:
    run = shell(real, "<&-", "register", *account_at("127.0.0.1:9"), "--json")
    assert run.exit == 2
    assert run.json["error"]["field"] == "password_stdin"


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_outputs_are_survived(real: RealCli, tmp_path: Path, closed: str) -> None:
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text(PASSWORD, encoding="utf-8")
    account = account_at(f"127.0.0.1:{free_port()}")
    run = shell(real, f"<{secret} {closed}", "register", *account, "--json")
    assert run.exit == 3
    assert "Traceback" not in run.err


def test_a_full_disk_is_survived(real: RealCli, tmp_path: Path) -> None:
    assert shell(real, ">/dev/full", "register", "--json").exit == 2


def test_a_secret_others_can_read_is_refused(real: RealCli, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD, encoding="utf-8")
    secret.chmod(0o644)
    run = shell(real, f"<{secret}", "register", *account_at("127.0.0.1:9"), "--json")
    assert run.exit == 2
    assert run.json["error"]["field"] == "password_stdin"


def test_a_home_that_cannot_be_made_hinders_stored_trunks_only(real: RealCli) -> None:
    real.extra = {"TCCC_DESK_HOME": "/dev/null/home"}
    run = real.run(["register", *account_at(f"127.0.0.1:{free_port()}"), "--json"])
    assert (run.exit, run.json["fault"]) == (3, "refused")
    assert "/dev/null" in run.err
    stored = real.run(["register", "--trunk", "pbx", "--json"])
    assert (stored.exit, stored.json["fault"], stored.json["state"]) == (3, "store", "unreachable")


@pytest.mark.parametrize("locale", ["zh_CN.UTF-8", "zh_TW"])
def test_the_systems_language_is_spoken(real: RealCli, locale: str) -> None:
    real.extra = {"LC_ALL": locale, "PYTHONUTF8": "1"}
    run = real.run(["register"])
    assert run.exit == 2
    assert "线路" in run.err


def test_a_terminal_of_another_alphabet_gets_escapes(real: RealCli) -> None:
    real.extra = {"PYTHONIOENCODING": "ascii:strict"}
    run = real.run(["register", "--lang", "zh"])
    assert run.exit == 2
    assert "\\u" in run.err
    machine = real.run(["register", "--lang", "zh", "--json"])
    assert "线路" in json.loads(machine.out)["error"]["message"]
