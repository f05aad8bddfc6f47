"""A stored trunk: its password in a real Secret Service and nowhere else, its calls through Kamailio."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.helpers.command_line import PASSWORD, RealCli, account_at
from tests.helpers.kamailio import Kamailio
from tests.helpers.keyring_session import run_with_keyring

CLI = [sys.executable, "-m", "tccc_desk.cli"]


def run(home: Path, argv: list[str], stdin: str = "") -> tuple[int, Any]:
    """One run of the command line in a session that has the keyring of `home`."""
    done = run_with_keyring(
        [*CLI, *argv, "--json"],
        home / "user",
        stdin=stdin.encode(),
        environ={"TCCC_DESK_HOME": str(home / "product"), "LC_ALL": "C.UTF-8"},
    )
    assert PASSWORD.encode() not in done.stdout + done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_stored_trunk_registers_with_the_password_of_the_keyring(tmp_path: Path) -> None:
    with Kamailio(tmp_path / "kamailio", password=PASSWORD) as gateway:
        added, _ = run(tmp_path, ["trunk", "add", "pbx", *account_at(gateway.server)], PASSWORD)
        assert added == 0
        code, result = run(tmp_path, ["register", "--trunk", "pbx"])
        assert (code, result["state"], result["granted_expires_s"]) == (0, "registered", 120)
        for path in (tmp_path / "product").rglob("*"):
            assert not path.is_file() or PASSWORD.encode() not in path.read_bytes()
        assert run(tmp_path, ["trunk", "remove", "pbx"])[0] == 0
        again, _ = run(tmp_path, ["trunk", "add", "pbx", *account_at(gateway.server)], "Another-2026")
        assert again == 0
        code, result = run(tmp_path, ["register", "--trunk", "pbx"])
        assert (code, result["state"], result["status"]) == (1, "rejected", 401)


def test_without_a_keyring_a_stored_trunk_is_a_fault(tmp_path: Path) -> None:
    real = RealCli(tmp_path)
    real.extra = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent", "XDG_RUNTIME_DIR": str(tmp_path)}
    added = real.run(["trunk", "add", "pbx", *account_at("127.0.0.1:5060"), "--json"])
    assert (added.exit, added.json["fault"]) == (3, "keyring")
    assert added.json["sentence"]
    assert real.run(["trunk", "list", "--json"]).json["trunks"] == []
