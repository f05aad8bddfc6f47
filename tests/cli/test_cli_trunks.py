"""`trunk add | list | show | edit | remove`, and commands that use a stored trunk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tccc_desk.engine.commands import ConfigureTrunk, RegisterTrunk
from tccc_desk.engine.events import BindingEstablished
from tccc_desk.store.errors import VaultUnavailable
from tccc_desk.store.paths import folders
from tccc_desk.store.presence import Claim, Presence
from tccc_desk.store.vault import SessionSecrets
from tests.helpers.command_line import ACCOUNT, NAME, PASSWORD, SUBJECT, RunCli
from tests.helpers.scripted_engine import made

ADD = ["trunk", "add", "pbx", *SUBJECT, "--json"]


class NoKeyring(SessionSecrets):
    """A keyring that is not there."""

    def read(self, account: str) -> str:
        raise VaultUnavailable(reason="fail")

    def write(self, account: str, password: str) -> None:
        raise VaultUnavailable(reason="fail")

    def delete(self, account: str) -> None:
        raise VaultUnavailable(reason="fail")


@pytest.fixture
def secrets() -> SessionSecrets:
    return SessionSecrets()


def test_a_trunk_is_stored_and_its_password_only_in_the_keyring(
    cli: RunCli, secrets: SessionSecrets, tmp_path: Path
) -> None:
    run = cli(ADD, secrets=secrets)
    assert run.exit == 0
    assert run.json["command"] == "trunk add"
    assert run.json["trunk"]["name"] == "pbx"
    assert secrets.read(NAME) == PASSWORD
    for path in (tmp_path / "home").rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes()


def test_without_a_keyring_nothing_is_stored(cli: RunCli) -> None:
    run = cli(ADD, secrets=NoKeyring())
    assert run.exit == 3
    assert (run.json["ok"], run.json["fault"]) == (False, "keyring")
    assert run.json["finding"] == "store.vault.unavailable"
    assert cli(["trunk", "list", "--json"]).json["trunks"] == []


def test_a_taken_name_leaves_the_stored_password_alone(cli: RunCli, secrets: SessionSecrets) -> None:
    cli(ADD, secrets=secrets)
    run = cli(ADD, secrets=secrets, stdin="Another-1")
    assert run.exit == 2
    assert run.json["error"]["field"] == "name"
    assert secrets.read(NAME) == PASSWORD


def test_list_and_show_tell_all_but_the_password(cli: RunCli, secrets: SessionSecrets) -> None:
    cli([*ADD, "--transport", "udp", "--backup-server", "127.0.0.2:5062"], secrets=secrets)
    (listed,) = cli(["trunk", "list", "--json"]).json["trunks"]
    shown = cli(["trunk", "show", "pbx", "--json"]).json["trunk"]
    assert listed == shown
    assert (shown["transport"], shown["backup_server"], shown["backup_port"]) == ("udp", "127.0.0.2", 5062)
    assert "pbx" in cli(["trunk", "list"]).out
    assert "udp" in cli(["trunk", "show", "pbx"]).out


def test_edit_changes_what_is_given_and_keeps_the_rest(cli: RunCli, secrets: SessionSecrets) -> None:
    cli(ADD, secrets=secrets)
    run = cli(["trunk", "edit", "pbx", "--expires", "300", "--transport", "udp", "--json"], secrets=secrets)
    assert run.exit == 0
    shown = cli(["trunk", "show", "pbx", "--json"]).json["trunk"]
    assert (shown["expires_s"], shown["transport"], shown["username"]) == (300, "udp", "gateway01")
    assert secrets.read(NAME) == PASSWORD


def test_edit_of_the_user_takes_the_password_along(cli: RunCli, secrets: SessionSecrets) -> None:
    cli(ADD, secrets=secrets)
    cli(["trunk", "edit", "pbx", "--username", "gateway02"], secrets=secrets)
    assert secrets.read(NAME.replace("01@", "02@")) == PASSWORD
    assert repr(secrets) == "SessionSecrets(1)"


def test_edit_of_nothing_is_bad_input(cli: RunCli, secrets: SessionSecrets) -> None:
    cli(ADD, secrets=secrets)
    assert cli(["trunk", "edit", "pbx", "--json"], secrets=secrets).exit == 2


def test_remove_takes_the_password_with_the_last_trunk_that_uses_it(
    cli: RunCli, secrets: SessionSecrets
) -> None:
    cli(ADD, secrets=secrets)
    cli(["trunk", "add", "twin", *SUBJECT, "--json"], secrets=secrets)
    assert cli(["trunk", "remove", "pbx", "--json"], secrets=secrets).exit == 0
    assert secrets.read(NAME) == PASSWORD
    assert cli(["trunk", "remove", "twin", "--json"], secrets=secrets).exit == 0
    assert repr(secrets) == "SessionSecrets(0)"


def test_a_trunk_can_be_removed_without_a_keyring_and_says_what_stays(
    cli: RunCli, secrets: SessionSecrets
) -> None:
    cli(ADD, secrets=secrets)
    run = cli(["trunk", "remove", "pbx", "--json"], secrets=NoKeyring())
    assert run.exit == 0
    assert run.json["notice"]
    assert cli(["trunk", "list", "--json"]).json["trunks"] == []


@pytest.mark.parametrize("action", ["show", "edit", "remove"])
def test_an_unknown_name_is_bad_input(cli: RunCli, action: str) -> None:
    run = cli(["trunk", action, "nowhere", *(["--expires", "60"] if action == "edit" else []), "--json"])
    assert run.exit == 2
    assert run.json["error"]["field"] == "name"


def test_a_stored_trunk_registers_with_the_keyrings_password(cli: RunCli, secrets: SessionSecrets) -> None:
    cli(ADD, secrets=secrets)
    bound = made(BindingEstablished, trunk="pbx")
    run = cli(
        ["register", "--trunk", "pbx", "--json"],
        lambda command: [bound] if isinstance(command, RegisterTrunk) else [],
        secrets=secrets,
        stdin="",
    )
    assert run.exit == 0
    configure = run.commands[0]
    assert isinstance(configure, ConfigureTrunk)
    assert (configure.trunk.name, configure.password) == ("pbx", PASSWORD)


@pytest.mark.parametrize(
    "command", [["register"], ["verify"], ["call", "--from", "1", "--to", "2"], ["wait"]]
)
def test_a_keyring_that_fails_is_a_fault_in_the_results_own_shape(
    cli: RunCli, secrets: SessionSecrets, command: list[str]
) -> None:
    cli(ADD, secrets=secrets)
    run = cli([*command, "--trunk", "pbx", "--json"], secrets=NoKeyring())
    assert run.exit == 3
    assert run.commands == []
    assert (run.json["command"], run.json["ok"], run.json["fault"]) == (command[0], False, "keyring")
    assert run.json["sentence"]
    key = {"register": "state", "verify": "state", "call": "outcome", "wait": "calls"}[command[0]]
    assert run.json[key] in ("unreachable", "failed", [])


def test_an_account_in_use_elsewhere_is_said_and_used_all_the_same(cli: RunCli) -> None:
    claim = Presence(folders()).claim(NAME, "window")
    assert isinstance(claim, Claim)
    with claim:
        run = cli(
            ["register", *ACCOUNT, "--password-stdin", "--json"],
            lambda command: [made(BindingEstablished)] if isinstance(command, RegisterTrunk) else [],
        )
    assert run.exit == 0
    assert NAME in run.json["notice"]
    assert run.json["notice"] in run.err
