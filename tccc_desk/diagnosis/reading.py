"""From a log, a capture or a pasted text to the INVITE in it that says most."""

from __future__ import annotations

import io
from collections.abc import Iterable

from tccc_desk.diagnosis.invite import Invite, NoInvite, read_invite
from tccc_desk.trace.capture.source import Source
from tccc_desk.trace.capture.texts_in import TextReader
from tccc_desk.trace.entry import TraceEntry


def pasted_entries(data: bytes) -> list[TraceEntry]:
    """Read a pasted text of any tool. Raises CaptureProblem. The caller bounds `data`."""
    reader = TextReader(Source(io.BytesIO(data), len(data)), 0.0)
    return [entry for batch in reader.batches() for entry in batch]


def chosen_invite(entries: Iterable[TraceEntry], call_id: str = "") -> tuple[TraceEntry, Invite]:
    """Give a call's INVITE that says most: the one with credentials, else the first.

    The call is that of `call_id`, or the first with an INVITE. Raises NoInvite with what was wrong.
    """
    why, first = "", None
    for entry in entries:
        if entry.kind != "message" or entry.method != "INVITE" or entry.status:
            continue
        if call_id and entry.call_id != call_id:
            continue
        try:
            invite = read_invite(entry.raw)
        except NoInvite as error:
            why = why or str(error)
            continue
        if first is not None and entry.call_id != first[0].call_id:
            break
        if invite.credentials:
            return entry, invite
        first = first or (entry, invite)
    if first is None:
        raise NoInvite(why)
    return first
