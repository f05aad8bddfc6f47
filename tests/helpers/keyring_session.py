"""A real Secret Service (gnome-keyring) on a D-Bus session of its own, for one command.

`run_with_keyring` starts `dbus-run-session`, in it this module as a program, which
starts the daemon with an unlocked login keyring under the given home, runs the command
and stops the daemon. The command finds the daemon's process id in KEYRING_PID.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

LOGIN_PASSWORD = b"login keyring"
START_TIMEOUT_S = 20.0
_KEPT = ("PATH", "LANG", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONWARNINGS")


def run_with_keyring(
    argv: Sequence[str],
    home: Path,
    *,
    stdin: bytes = b"",
    environ: Mapping[str, str] | None = None,
    timeout_s: float = 60.0,
) -> subprocess.CompletedProcess[bytes]:
    """Run `argv` with a keyring whose files are under `home`; its environment holds little else.

    Raises subprocess.TimeoutExpired after `timeout_s`, with nothing left running.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    runtime = tempfile.mkdtemp(prefix="keyring-")  # short: a socket's path is limited to 108 octets
    inherited = {key: os.environ[key] for key in _KEPT if key in os.environ}
    # No DISPLAY: a prompt of the keyring fails at once instead of waiting for somebody.
    full = inherited | {"HOME": str(home), "XDG_RUNTIME_DIR": runtime} | dict(environ or {})
    command = ["dbus-run-session", "--", sys.executable, "-m", "tests.helpers.keyring_session", *argv]
    try:
        process = subprocess.Popen(
            command,
            env=full,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(stdin, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
    finally:
        shutil.rmtree(runtime, ignore_errors=True)
    return subprocess.CompletedProcess(argv, process.returncode, out, err)


def _wait_for_service() -> None:
    """Return once somebody owns the Secret Service's name on the session bus."""
    from jeepney import DBusAddress, MatchRule, message_bus, new_method_call  # type: ignore[import-untyped]
    from jeepney.io.blocking import Proxy, open_dbus_connection  # type: ignore[import-untyped]

    name = "org.freedesktop.secrets"
    bus = DBusAddress(
        "/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus"
    )
    with open_dbus_connection("SESSION") as connection:
        changed = MatchRule(type="signal", sender=message_bus.bus_name, member="NameOwnerChanged")
        changed.add_arg_condition(0, name)
        with connection.filter(changed) as queue:
            Proxy(message_bus, connection).AddMatch(changed)
            owned = connection.send_and_get_reply(new_method_call(bus, "NameHasOwner", "s", (name,)))
            if not owned.body[0]:
                connection.recv_until_filtered(queue, timeout=START_TIMEOUT_S)


def main(argv: Sequence[str]) -> int:
    """Be the program inside the session: daemon up, command, daemon down."""
    daemon = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        assert daemon.stdin is not None
        daemon.stdin.write(LOGIN_PASSWORD)
        daemon.stdin.close()
        _wait_for_service()
        environ = os.environ | {"KEYRING_PID": str(daemon.pid)}
        return subprocess.run(argv, env=environ, check=False).returncode
    finally:
        daemon.send_signal(signal.SIGCONT)  # a test may have stopped it
        daemon.terminate()
        daemon.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
