"""A real baresip without a screen: the independent far end of a call, in both directions.

It registers nowhere, answers every call by itself, sends a tone of 440 Hz as PCMA or PCMU and
is driven over its control socket. Its own SIP trace says what it saw.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from tests.helpers.process import LOOPBACK, PeerFailed, Program, await_true, free_port

LINE = "02188886001"
MODULES = Path("/usr/lib/baresip/modules")


@dataclass(frozen=True, slots=True)
class Seen:
    """One SIP message in baresip's trace."""

    received: bool
    start_line: str
    text: str


@dataclass(slots=True)
class Baresip:
    """One running user agent. Use as a context manager; `folder` is private to it."""

    folder: Path
    user: str = LINE
    """It answers to this Request-URI user only (404 otherwise): the line number that is called."""
    codecs: Sequence[str] = ("PCMA/8000/1", "PCMU/8000/1")
    answer: Literal["auto", "manual"] = "auto"
    source: str = "ausine,440"
    """Audio source, "module,device"."""
    port: int = field(default_factory=free_port)
    control_port: int = field(default_factory=free_port)
    rtp_port: int = field(default_factory=free_port)
    program: Program | None = None
    _control: socket.socket | None = None
    _events: list[dict[str, Any]] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def address(self) -> tuple[str, int]:
        return (LOOPBACK, self.port)

    def recordings(self) -> list[Path]:
        """WAV files (8 kHz) of what it heard, one a call, complete once the call is closed."""
        return sorted(self.folder.glob("dump-*-dec.wav"))

    def packets(self) -> tuple[int, int]:
        """RTP packets sent and received in the last call; waits until its closing is in the log."""
        counts: list[tuple[str, str]] = []

        def closed() -> bool:
            counts[:] = re.findall(r"^packets: +(\d+) +(\d+)", self._log(), re.MULTILINE)
            return bool(counts)

        await_true(closed, 3.0, "a closed call at baresip")
        return int(counts[-1][0]), int(counts[-1][1])

    def _log(self) -> str:
        return self.program.log.read_bytes().decode("utf-8", "replace") if self.program else ""

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "config").write_text(self._config(), encoding="utf-8")
        (self.folder / "accounts").write_text(self._account(), encoding="utf-8")
        (self.folder / "contacts").write_text("", encoding="utf-8")
        self.program = Program(["baresip", "-s", "-f", str(self.folder)], self.folder / "baresip.log")
        try:
            self.program.await_ready(self._connects)
            threading.Thread(target=self._read_events, daemon=True, name="baresip events").start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.program is not None:
            self.program.stop()
        if self._control is not None:
            self._control.close()

    def _connects(self) -> bool:
        try:
            self._control = socket.create_connection((LOOPBACK, self.control_port), timeout=1)
        except OSError:
            return False
        self._control.settimeout(None)
        return True

    def command(self, name: str, parameters: str = "") -> None:
        """Send one command of baresip's menu, such as "dial" or "hangup"."""
        if self._control is None:
            raise PeerFailed("baresip is not running")
        payload = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self._control.sendall(b"%d:%s," % (len(payload), payload))

    def dial(self, uri: str) -> None:
        self.command("dial", uri)

    def hang_up(self) -> None:
        self.command("hangup")

    def accept(self) -> None:
        """Answer the call that rings (with `answer` "manual")."""
        self.command("accept")

    def await_event(self, type: str, timeout_s: float = 10.0) -> dict[str, Any]:
        """First event of that type ("CALL_ESTABLISHED", "CALL_CLOSED", ...) so far or to come.

        Blocks: in a coroutine use `asyncio.to_thread`. PeerFailed with the log when none comes.
        """

        def found() -> dict[str, Any] | None:
            return next((event for event in self._events if event.get("type") == type), None)

        with self._changed:
            if not self._changed.wait_for(lambda: found() is not None, timeout_s):
                tail = self.program.tail() if self.program else ""
                raise PeerFailed(f"baresip: no {type} within {timeout_s} s, but {self._events}\n{tail}")
        event = found()
        assert event is not None
        return event

    def trace(self) -> list[Seen]:
        """SIP messages so far, in order."""
        return parse_trace(self._log(), f"{LOOPBACK}:{self.port}")

    def await_received(self, start: str, timeout_s: float = 5.0) -> Seen:
        """First received message whose start line begins with `start`; waits. PeerFailed when none comes."""
        found: list[Seen] = []

        def looked() -> bool:
            found[:] = [one for one in self.trace() if one.received and one.start_line.startswith(start)]
            return bool(found)

        await_true(looked, timeout_s, f"{start!r} at baresip")
        return found[0]

    def _read_events(self) -> None:
        buffer = b""
        control = self._control
        while control is not None:
            try:
                data = control.recv(65536)
            except OSError:
                return
            if not data:
                return
            buffer += data
            while (head := re.match(rb"(\d{1,7}):", buffer)) and len(buffer) > head.end() + int(
                head.group(1)
            ):
                end = head.end() + int(head.group(1))
                with self._changed:
                    self._events.append(json.loads(buffer[head.end() : end]))
                    self._changed.notify_all()
                buffer = buffer[end + 1 :]

    def _account(self) -> str:
        codecs = ",".join(self.codecs)
        return (
            f"<sip:{self.user}@{LOOPBACK}:{self.port}>;regint=0;answermode={self.answer};"
            f"audio_codecs={codecs};audio_source={self.source}\n"
        )

    def _config(self) -> str:
        modules = "\n".join(f"module {name}.so" for name in ("g711", "g722", "ausine", "aufile", "sndfile"))
        applications = "\n".join(f"module_app {name}.so" for name in ("account", "menu", "ctrl_tcp"))
        return f"""poll_method epoll
sip_listen {LOOPBACK}:{self.port}
audio_source {self.source}
snd_path {self.folder}
ausrc_srate 48000
auplay_srate 8000
ausrc_channels 2
auplay_channels 1
audio_level no
rtp_ports {self.rtp_port}-{self.rtp_port + 1}
rtp_stats yes
rtcp_mux no
jitter_buffer_delay 1-5
net_interface {LOOPBACK}
call_local_timeout 60
call_max_calls 4
module_path {MODULES}
{modules}
{applications}
ctrl_tcp_listen {LOOPBACK}:{self.control_port}
"""


def parse_trace(text: str, own: str) -> list[Seen]:
    """Messages of baresip's `-s` output; those to `own`, host:port, were received."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r\n", "\n")
    found = re.finditer(
        r"#\n(?:UDP|TCP|TLS) (\S+) -> (\S+)\n(([^\n]*)\n.*?)(?=\[0:|#\n(?:UDP|TCP|TLS) |\Z)", plain, re.DOTALL
    )
    return [Seen(hit.group(2) == own, hit.group(4), hit.group(3)) for hit in found]
