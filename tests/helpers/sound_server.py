"""A real PulseAudio of its own: a speaker ("room") and a microphone ("mic") that hears what is played there.

`SoundServer` can be killed, stopped (SIGSTOP) and started again at the same place; devices come and
go by its modules. Whoever is to find it needs `environ` in its environment, nobody else is touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.helpers.process import Program

MICROPHONE = "pulse:mic"
SPEAKER = "pulse:room"
NO_HARDWARE = "pcm.!default { type null }\n"
"""ALSA's whole configuration, by which it finds nothing of the machine."""
_START = """
load-module module-native-protocol-unix auth-anonymous=1
load-module module-null-sink sink_name=room norewinds=1 sink_properties=device.description=Room
load-module module-remap-source source_name=mic master=room.monitor source_properties={about}
set-default-sink room
set-default-source mic
"""
# norewinds: an idle null sink otherwise wakes up only every two seconds, which no hardware does.


class SoundServer:
    """As a context: started on entry; on exit nothing of it is left."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="sound-"))  # short: a socket's path has 108 octets
        (self._folder / "start.pa").write_text(_START.format(about="device.description=Studio"))
        (self._folder / "client.conf").write_text("autospawn = no\n")
        (self._folder / "asound.conf").write_text(NO_HARDWARE)
        self.environ: dict[str, str] = {
            "HOME": str(self._folder),
            "XDG_RUNTIME_DIR": str(self._folder),
            "XDG_CONFIG_HOME": str(self._folder),
            "PULSE_RUNTIME_PATH": str(self._folder / "pulse"),
            "PULSE_CLIENTCONFIG": str(self._folder / "client.conf"),
            "ALSA_CONFIG_PATH": str(self._folder / "asound.conf"),
        }
        self._program: Program | None = None

    @property
    def log(self) -> Path:
        return self._folder / "log"

    def start(self) -> None:
        """Start it, at first or after `kill`; returns when it takes connections."""
        socket = self._folder / "pulse" / "native"
        socket.unlink(missing_ok=True)
        command = ["pulseaudio", "-n", "-F", str(self._folder / "start.pa"), "--daemonize=no"]
        command += ["--exit-idle-time=-1", "--use-pid-file=no", "--disallow-exit"]
        self._program = Program(command, self.log, self._full())
        self._program.await_ready(lambda: self._control("info") == 0)

    def kill(self) -> None:
        """End it as a crash would."""
        self._signal(signal.SIGKILL)
        assert self._program is not None
        self._program.wait(5)

    def freeze(self) -> None:
        """Let it stand still: connections stay, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def plug(self, name: str) -> None:
        """Add a speaker."""
        properties = f"sink_properties=device.description={name.capitalize()}"
        assert (
            self._control("load-module", "module-null-sink", f"sink_name={name}", "norewinds=1", properties)
            == 0
        )

    def unplug(self, name: str) -> None:
        """Take a speaker away, by the module that made it."""
        listed = self._run("list", "short", "modules").stdout
        number = next(line.split()[0] for line in listed.splitlines() if f"sink_name={name} " in line)
        assert self._control("unload-module", number) == 0

    def _full(self) -> dict[str, str]:
        hidden = {"PULSE_SERVER", "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"}
        return {key: value for key, value in os.environ.items() if key not in hidden} | self.environ

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pactl", *arguments], env=self._full(), capture_output=True, text=True, timeout=10, check=False
        )

    def _control(self, *arguments: str) -> int:
        return self._run(*arguments).returncode

    def _signal(self, number: signal.Signals) -> None:
        assert self._program is not None
        os.killpg(self._program.process.pid, number)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._program is not None and self._program.running:
            self.thaw()
            self._program.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
