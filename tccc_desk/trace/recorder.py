"""Makes log entries: the tap and the state machines report here, faces read batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tccc_desk.sip.errors import ProtocolError
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.sip.message import Message, Request, Response, cseq
from tccc_desk.sip.wire import printable
from tccc_desk.trace.entry import Direction, Kind, TraceEntry
from tccc_desk.trace.redact import masked

SUMMARY_LENGTH = 120


class Recorder:
    """Numbers entries and keeps them until they are fetched. Not thread-safe."""

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._count = 0
        self._batch: list[TraceEntry] = []
        self._watcher: Callable[[TraceEntry, str], None] | None = None

    def watch(self, watcher: Callable[[TraceEntry, str], None] | None) -> None:
        """Have each entry handed over as it is made, with the whole name it was reported under.

        What follows a NUL in that name tells helpers of one trunk apart; the log shows the trunk.
        """
        self._watcher = watcher

    def drain(self) -> tuple[TraceEntry, ...]:
        """Entries since the last call, oldest first."""
        batch, self._batch = tuple(self._batch), []
        return batch

    def message(
        self,
        direction: Direction,
        trunk: str,
        flow: Flow,
        raw: bytes,
        message: Message | None,
        *,
        now: float,
        retransmission: int = 0,
    ) -> None:
        """A message as it was on the wire; `message` is None where it could not be parsed."""
        method, status, reason, call_id, number = "", 0, "", "", None
        match message:
            case Request():
                method = message.method
            case Response():
                status, reason = message.status, message.reason
        if message is not None:
            call_id = message.headers.get("Call-ID")
            try:
                number, cseq_method = cseq(message)
                method = method or cseq_method
            except ProtocolError:
                pass
        first_line = raw.split(b"\r\n", 1)[0].decode("utf-8", "replace")
        self._append(
            kind="message",
            direction=direction,
            trunk=trunk,
            now=now,
            flow=flow,
            method=method,
            status=status,
            reason=reason,
            call_id=call_id,
            cseq=number,
            summary=first_line[:SUMMARY_LENGTH],
            retransmission=retransmission,
            raw=masked(raw),
        )

    def fact(
        self,
        fact: str,
        trunk: str,
        now: float,
        details: Mapping[str, str] | None = None,
        *,
        flow: Flow | None = None,
        call_id: str = "",
    ) -> None:
        """Something this machine did or noticed: connect, refused, reset, timeout."""
        self._append(
            kind="fact",
            trunk=trunk,
            now=now,
            flow=flow,
            fact=fact,
            details=dict(details or {}),
            call_id=call_id,
        )

    def transition(
        self, machine: str, trunk: str, now: float, details: Mapping[str, str], call_id: str = ""
    ) -> None:
        """A state machine moved: details hold from, input and to."""
        self._append(
            kind="transition",
            trunk=trunk,
            now=now,
            flow=None,
            fact="fact.state",
            details={"machine": machine, **details},
            call_id=call_id,
        )

    def _append(
        self,
        *,
        kind: Kind,
        trunk: str,
        now: float,
        flow: Flow | None,
        direction: Direction = "local",
        method: str = "",
        status: int = 0,
        reason: str = "",
        call_id: str = "",
        cseq: int | None = None,
        summary: str = "",
        fact: str = "",
        details: dict[str, str] | None = None,
        retransmission: int = 0,
        raw: bytes = b"",
    ) -> None:
        self._count += 1
        entry = TraceEntry(
            number=self._count,
            at=self._wall(),
            monotonic=now,
            kind=kind,
            direction=direction,
            trunk=trunk.partition("\0")[0],
            transport=flow.transport if flow else "",
            local=host_port(flow.local) if flow else "",
            remote=host_port(flow.remote) if flow else "",
            method=printable(method),
            status=status,
            reason=printable(reason),
            call_id=printable(call_id),
            cseq=cseq,
            summary=printable(summary),
            fact=fact,
            details=details or {},
            retransmission=retransmission,
            raw=raw,
        )
        self._batch.append(entry)
        if self._watcher is not None:
            self._watcher(entry, trunk)
