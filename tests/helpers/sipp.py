"""SIPp: a far end that does exactly what its scenario says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.helpers.process import LOOPBACK, Program, free_port

OPENING = '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="test">\n'


@dataclass(slots=True)
class Sipp:
    """One scenario: the text inside `<scenario>`, run once per call, `calls` times.

    Without `remote` it waits for calls on `address`; with it, it places them there, with
    `number` as `[service]`. `folder` is private to it.
    """

    folder: Path
    scenario: str
    remote: tuple[str, int] | None = None
    number: str = "13800138000"
    calls: int = 1
    transport: str = "u1"
    arguments: Sequence[str] = ()
    port: int = field(default_factory=free_port)
    program: Program | None = None

    @property
    def address(self) -> tuple[str, int]:
        return (LOOPBACK, self.port)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        script = self.folder / "scenario.xml"
        script.write_text(f"{OPENING}{self.scenario}\n</scenario>\n", encoding="utf-8")
        command = ["sipp", "-sf", str(script), "-i", LOOPBACK, "-p", str(self.port), "-t", self.transport]
        command += ["-m", str(self.calls), "-nostdin", "-timeout", "60", "-timeout_error"]
        command += ["-trace_err", "-error_file", str(self.folder / "errors.log")]
        command += ["-trace_msg", "-message_file", str(self.folder / "messages.log")]
        command += self.arguments
        if self.remote is not None:
            command += ["-s", self.number, f"{self.remote[0]}:{self.remote[1]}"]
        self.program = Program(command, self.folder / "sipp.log")
        if self.remote is None:
            self.program.await_ready(self._listens)
        return self

    def __exit__(self, *_: object) -> None:
        if self.program is not None:
            self.program.stop()

    def _listens(self) -> bool:
        # UDP only says it is bound through the kernel's table: 0100007F is 127.0.0.1 there.
        table = Path("/proc/net/udp" if self.transport.startswith("u") else "/proc/net/tcp")
        return f"0100007F:{self.port:04X}" in table.read_text(encoding="ascii")

    def finish(self, timeout_s: float = 20.0) -> int:
        """Wait for the scenario's end; 0 when every call went as written."""
        assert self.program is not None
        return self.program.wait(timeout_s)

    def messages(self) -> str:
        """What it sent and received, or why it failed."""
        files = [self.folder / "messages.log", self.folder / "errors.log"]
        return "\n".join(path.read_text("utf-8", "replace") for path in files if path.exists())


ANSWER = """
  <recv request="INVITE" rrs="true"/>
  <send><![CDATA[
    SIP/2.0 180 Ringing
    [last_Via:]
    [last_Record-Route:]
    [last_From:]
    [last_To:];tag=[pid]answer[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Contact: <sip:[local_ip]:[local_port];transport=[transport]>
    Content-Length: 0
  ]]></send>
  <send retrans="500"><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_Record-Route:]
    [last_From:]
    [last_To:];tag=[pid]answer[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Contact: <sip:[local_ip]:[local_port];transport=[transport]>
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=sipp 1 1 IN IP4 [local_ip]
    s=-
    c=IN IP4 [media_ip]
    t=0 0
    m=audio [media_port] RTP/AVP 8
    a=rtpmap:8 PCMA/8000
  ]]></send>
  <recv request="ACK" rrs="true"/>
  <recv request="BYE"/>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0
  ]]></send>
"""
"""Scenario of a far end that rings, answers with PCMA, and waits for the BYE."""
