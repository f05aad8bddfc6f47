"""From the start of the process to REGISTER, from REGISTER to 200, from dialling to INVITE: and baresip's.

Both register with digest at one Kamailio over UDP, by turns, and call a line of it that rings. Times are
those at which messages pass a relay before Kamailio. Ours is the command line for the registration, and
the window's engine process, driven as the window drives it, for all three. Goal: the first REGISTER of
the command line within 150 ms, whether or not it keeps its log.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tccc_desk.engine.channel import frame
from tccc_desk.engine.commands import ConfigureTrunk, HangUp, PlaceTestCall, RegisterTrunk, Shutdown
from tccc_desk.trunk.profile import Trunk
from tests.bench._relay import LOOPBACK, Relay
from tests.helpers.kamailio import DOMAIN, USERNAME, Kamailio
from tests.helpers.process import free_port

RUNS = 5 if os.environ.get("BENCH") == "short" else 10
IDLE_S = 1.0
"""Between registered and dialled: nobody is faster."""
PASSWORD = "Practice2026"
LINE = "02188886018"
"""Rings until it is cancelled."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds; `dial` is None where nothing was dialled."""

    register: float
    granted: float
    dial: float | None = None


@contextlib.contextmanager
def started(command: list[str], **options: object) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """A process and when it was started; gone at the end."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )
    try:
        yield process, begun
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait()
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()


def _registered(relay: Relay, begun: float) -> Times:
    sent = relay.when(b"REGISTER ", b"REGISTER", begun)
    granted = relay.when(b"SIP/2.0 200", b"REGISTER", sent)
    return Times(sent - begun, granted - sent)


def _dialled(relay: Relay, times: Times, dialled: float) -> Times:
    sent = relay.when(b"INVITE ", b"INVITE", dialled)
    relay.when(b"SIP/2.0 180", b"INVITE", sent)
    return Times(times.register, times.granted, sent - dialled)


def command_line(relay: Relay, environment: dict[str, str], *more: str) -> Times:
    """`tccc-desk-cli register`."""
    command = [
        *(sys.executable, "-m", "tccc_desk.cli", "register", "--username", USERNAME, "--domain", DOMAIN),
        *("--server", f"{LOOPBACK}:{relay.port}", "--transport", "udp", "--password-stdin", *more),
    ]
    with started(command, env=environment) as (process, begun):
        assert process.stdin is not None
        process.stdin.write(PASSWORD.encode() + b"\n")
        process.stdin.close()
        return _registered(relay, begun)


def engine(relay: Relay, environment: dict[str, str]) -> Times:
    """The window's engine process: commands are waiting for it when it starts."""
    trunk = Trunk(
        name="t", username=USERNAME, domain=DOMAIN, server=LOOPBACK, port=relay.port, transport="udp"
    )
    with started([sys.executable, "-m", "tccc_desk.engine.child"], env=environment) as (process, begun):
        assert process.stdin is not None
        process.stdin.write(frame(ConfigureTrunk(trunk=trunk, password=PASSWORD)))
        process.stdin.write(frame(RegisterTrunk(trunk="t")))
        process.stdin.flush()
        times = _registered(relay, begun)
        time.sleep(IDLE_S)
        dialled = time.perf_counter()
        process.stdin.write(frame(PlaceTestCall(trunk="t", call="c", caller="13800138000", line=LINE)))
        process.stdin.flush()
        times = _dialled(relay, times, dialled)
        process.stdin.write(frame(HangUp(call="c")) + frame(Shutdown()))
        process.stdin.flush()
        process.wait(10)
        return times


def baresip(relay: Relay, folder: Path) -> Times:
    """Baresip with the modules it needs for this, driven over its control socket."""
    control = free_port()
    folder.mkdir(exist_ok=True)
    (folder / "contacts").write_text("")
    (folder / "accounts").write_text(
        f"<sip:{USERNAME}@{DOMAIN}>;auth_user={USERNAME};auth_pass={PASSWORD};regint=120;"
        f'outbound="sip:{LOOPBACK}:{relay.port};transport=udp";audio_codecs=PCMA/8000/1\n'
    )
    (folder / "config").write_text(
        f"poll_method epoll\nsip_listen {LOOPBACK}:{free_port()}\nnet_interface {LOOPBACK}\n"
        "module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule ausine.so\naudio_source ausine,440\n"
        "module_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n"
        f"ctrl_tcp_listen {LOOPBACK}:{control}\n"
    )
    with started(["baresip", "-f", str(folder)]) as (_, begun):
        times = _registered(relay, begun)
        with socket.create_connection((LOOPBACK, control), timeout=5) as door:
            time.sleep(IDLE_S)
            dialled = time.perf_counter()
            door.sendall(_netstring("dial", f"sip:{LINE}@{DOMAIN}"))
            times = _dialled(relay, times, dialled)
            door.sendall(_netstring("hangup", ""))
            relay.when(b"CANCEL ", b"CANCEL", dialled)
        return times


def _netstring(command: str, parameters: str) -> bytes:
    payload = json.dumps({"command": command, "params": parameters, "token": command}).encode()
    return b"%d:%s," % (len(payload), payload)


def main() -> None:
    found: dict[str, list[Times]] = {who: [] for who in ("command line", "without log", "engine", "baresip")}
    with (
        tempfile.TemporaryDirectory() as name,
        Kamailio(Path(name) / "kamailio", password=PASSWORD) as kamailio,
        Relay(kamailio.port) as relay,
    ):
        # As installed, whatever this process was told: byte code is kept from the first run on.
        environment = {
            **os.environ,
            "PYTHONPYCACHEPREFIX": f"{name}/bytecode",
            "TCCC_DESK_HOME": f"{name}/home",
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for run in range(RUNS + 1):
            for who, act in (
                ("command line", lambda: command_line(relay, environment)),
                ("without log", lambda: command_line(relay, environment, "--no-log")),
                ("engine", lambda: engine(relay, environment)),
                ("baresip", lambda run=run: baresip(relay, Path(name) / f"baresip{run}")),
            ):
                relay.forget()
                times = act()
                if run:  # the first run warms up
                    found[who].append(times)
    _print(found)


def _print(found: dict[str, list[Times]]) -> None:
    print(f"{f'ms, median (best) of {RUNS}':28}" + "".join(f"{who:>20}" for who in found))
    for title, field in (
        ("process start to REGISTER", "register"),
        ("REGISTER to 200", "granted"),
        ("dial to INVITE", "dial"),
    ):
        cells = ""
        for times in found.values():
            values = [1000 * value for one in times if (value := getattr(one, field)) is not None]
            shown = f"{statistics.median(values):.1f} ({min(values):.1f})" if values else "-"
            cells += f"{shown:>20}"
        print(f"{title:28}{cells}")


if __name__ == "__main__":
    main()
