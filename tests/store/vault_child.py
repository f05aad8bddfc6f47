"""Run inside a session of its own: steps named on the command line, one JSON line for each.

A step is "read", "write", "delete", "backend", "lock" or "stop"; an "a" in front of the
first four means the asynchronous form. `write` takes the password from the first line of stdin.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable

from tccc_desk.store.errors import VaultError
from tccc_desk.store.vault import Vault

ACCOUNT = "gateway01@1400264214.tccc.qcloud.com"


def lock() -> None:
    import secretstorage

    connection = secretstorage.dbus_init()
    secretstorage.get_default_collection(connection).lock()
    connection.close()


def main(timeout_s: float, steps: list[str]) -> None:
    password = sys.stdin.readline().strip()
    vault = Vault(timeout_s)
    actions: dict[str, Callable[[], object]] = {
        "read": lambda: vault.read(ACCOUNT),
        "write": lambda: vault.write(ACCOUNT, password),
        "delete": lambda: vault.delete(ACCOUNT),
        "backend": vault.backend,
        "aread": lambda: asyncio.run(vault.read_async(ACCOUNT)),
        "awrite": lambda: asyncio.run(vault.write_async(ACCOUNT, password)),
        "adelete": lambda: asyncio.run(vault.delete_async(ACCOUNT)),
        "abackend": lambda: asyncio.run(vault.backend_async()),
        "lock": lock,
        "stop": lambda: os.kill(int(os.environ["KEYRING_PID"]), signal.SIGSTOP),
        "go": lambda: os.kill(int(os.environ["KEYRING_PID"]), signal.SIGCONT),
    }
    for step in steps:
        began = time.monotonic()
        said: dict[str, object] = {"step": step}
        try:
            result = actions[step]()
            if step in ("read", "aread"):
                result = result == password
            said["result"] = result
        except VaultError as error:
            said |= {"error": type(error).__name__, "finding": error.finding, "details": error.details}
            if error.__cause__ or error.__context__:
                said["chained"] = True
        said["elapsed_s"] = time.monotonic() - began
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
