"""Passwords in a real Secret Service, in none, in a locked one, and in one that never answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tccc_desk.store.errors import SecretMissing, SecretTooLong
from tccc_desk.store.vault import MAX_CODE_UNITS, SessionSecrets, Vault, account_key
from tccc_desk.trunk.profile import Trunk
from tests.helpers.keyring_session import run_with_keyring

CANARY = "Canary-7f3a9C-Abcd1234"
ACCOUNT = "gateway01@1400264214.tccc.qcloud.com"
CHILD = "tests.store.vault_child"
Said = list[dict[str, object]]


def steps_in_session(home: Path, *steps: str, timeout_s: float = 20.0, **environ: str) -> Said:
    argv = [sys.executable, "-m", CHILD, str(timeout_s), *steps]
    run = run_with_keyring(argv, home, stdin=CANARY.encode() + b"\n", environ=environ)
    assert run.returncode == 0, run.stderr.decode()
    assert CANARY.encode() not in run.stdout + run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def steps_without_session(home: Path, *steps: str, **environ: str) -> Said:
    home.mkdir()
    run = subprocess.run(
        [sys.executable, "-m", CHILD, "20", *steps],
        env={"HOME": str(home), "PATH": os.environ["PATH"]} | environ,
        input=CANARY.encode() + b"\n",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    assert CANARY.encode() not in run.stdout + run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def files_with_canary(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]


def outcomes(said: Said) -> list[object]:
    return [step.get("error", step.get("result")) for step in said]


def test_the_secret_service_keeps_a_password(home: Path) -> None:
    steps = ("backend", "read", "write", "read", "delete", "delete", "read")
    said = steps_in_session(home, *steps)
    assert outcomes(said) == ["Secret Service", "SecretMissing", None, True, None, None, "SecretMissing"]
    assert said[1]["details"] == {"account": ACCOUNT}


def test_the_same_from_a_running_loop(home: Path) -> None:
    said = steps_in_session(home, "abackend", "aread", "awrite", "aread", "adelete", "aread")
    assert outcomes(said) == ["Secret Service", "SecretMissing", None, True, None, "SecretMissing"]


def test_a_password_is_there_for_the_next_process_and_in_no_file(home: Path) -> None:
    assert outcomes(steps_in_session(home, "write")) == [None]
    assert files_with_canary(home) == []
    assert any(home.rglob("*.keyring"))
    assert outcomes(steps_in_session(home, "read")) == [True]


def test_a_locked_keyring_is_said(home: Path) -> None:
    said = steps_in_session(home, "write", "lock", "read", "write", "aread")
    assert outcomes(said) == [None, None, "VaultLocked", "VaultLocked", "VaultLocked"]
    assert not any("chained" in step for step in said)


def test_a_keyring_that_never_answers_is_left_after_the_timeout(home: Path) -> None:
    said = steps_in_session(home, "backend", "stop", "read", "aread", "write", timeout_s=0.5)
    assert outcomes(said)[2:] == ["VaultTimeout"] * 3
    assert all(0.4 < float(str(step["elapsed_s"])) < 5 for step in said[2:])


def test_stuck_calls_do_not_pile_up(home: Path) -> None:
    said = steps_in_session(home, "backend", "stop", *["read"] * 6, timeout_s=0.2)
    assert outcomes(said)[2:] == ["VaultTimeout"] * 6
    assert all(float(str(step["elapsed_s"])) < 0.1 for step in said[-2:])


@pytest.mark.parametrize(
    "backend",
    ["keyring.backends.fail.Keyring", "keyring.backends.null.Keyring", "tests.store.plain_keyring.Keyring"],
)
def test_no_other_backend_is_trusted_with_a_password(home: Path, backend: str) -> None:
    said = steps_in_session(home, "write", "read", "delete", "aread", PYTHON_KEYRING_BACKEND=backend)
    assert outcomes(said) == ["VaultUnavailable"] * 4
    assert said[0]["details"] == {"reason": backend}
    assert files_with_canary(home) == []


def test_a_chain_of_backends_is_used_for_the_trusted_one_in_it(home: Path) -> None:
    chainer = "keyring.backends.chainer.ChainerBackend"
    said = steps_in_session(home, "backend", "write", "read", PYTHON_KEYRING_BACKEND=chainer)
    assert outcomes(said) == ["Secret Service", None, True]
    assert files_with_canary(home) == []


def test_a_machine_without_a_keyring(home: Path) -> None:
    unreachable = f"unix:path={home}/nobody"
    said = steps_without_session(home, "backend", "write", "read", DBUS_SESSION_BUS_ADDRESS=unreachable)
    assert outcomes(said) == ["VaultUnavailable"] * 3
    assert not any("chained" in step for step in said)
    assert files_with_canary(home) == []


async def test_secrets_of_the_session() -> None:
    secrets = SessionSecrets()
    with pytest.raises(SecretMissing):
        secrets.read(ACCOUNT)
    await secrets.write_async(ACCOUNT, CANARY)
    assert await secrets.read_async(ACCOUNT) == CANARY
    assert CANARY not in repr(secrets)
    await secrets.delete_async(ACCOUNT)
    secrets.delete(ACCOUNT)
    with pytest.raises(SecretMissing):
        await secrets.read_async(ACCOUNT)


async def test_a_password_no_keyring_of_any_system_could_hold_is_refused_unasked() -> None:
    long = "密" * (MAX_CODE_UNITS + 1)
    for secrets in (Vault(), SessionSecrets()):
        with pytest.raises(SecretTooLong):
            secrets.write(ACCOUNT, long)
        with pytest.raises(SecretTooLong):
            await secrets.write_async(ACCOUNT, long)


def test_one_account_one_password() -> None:
    first = Trunk(name="a", username="gateway01", domain="1400264214.tccc.qcloud.com", server="x")
    second = Trunk(
        name="b", username="gateway01", domain="1400264214.tccc.qcloud.com", server="y", transport="udp"
    )
    assert account_key(first) == account_key(second) == ACCOUNT


def test_importing_the_vault_does_not_import_keyring() -> None:
    code = "import sys, tccc_desk.store.vault; sys.exit('keyring' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
