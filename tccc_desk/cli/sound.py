"""`sound list`: the microphones and speakers of this machine."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.cli.results import sentence_of
from tccc_desk.cli.session import EngineLost, Interrupted, OpenDoor, Session
from tccc_desk.engine.commands import ListDevices
from tccc_desk.engine.events import DevicesListed

PATIENCE_S = 8.0
"""A sound server that hangs is given up by the engine long before."""


async def list_devices(output: Output, open_door: OpenDoor) -> Exit:
    """Ask once and print what there is; a machine without devices is no failure."""
    listed: DevicesListed | None = None
    interrupted = False
    async with Session(open_door) as session:
        session.submit(ListDevices())
        until = session.now() + PATIENCE_S
        try:
            while listed is None and (event := await session.next(until)) is not None:
                if isinstance(event, DevicesListed):
                    listed = event
        except (Interrupted, EngineLost):
            interrupted = session.interrupted
    return _report(listed, interrupted, output)


def _report(listed: DevicesListed | None, interrupted: bool, output: Output) -> Exit:
    fault = "server-hangs" if listed is None else listed.fault
    finding = f"sound.device.{fault}" if fault else ""
    details = {"detail": listed.detail if listed else ""}
    said = sentence_of(finding, details, output.language)
    works = not interrupted and fault in {"", "no-device"}
    body: dict[str, object] = {
        "microphones": msgspec.to_builtins(listed.microphones) if listed else [],
        "speakers": msgspec.to_builtins(listed.speakers) if listed else [],
        "fault": fault,
        "finding": finding or None,
        "sentence": said,
    }
    if interrupted:
        body["interrupted"] = True
    output.result("sound list", works, body, _lines(listed, said, output))
    if interrupted:
        return Exit.INTERRUPTED
    return Exit.OK if works else Exit.FAULT


def _lines(listed: DevicesListed | None, said: str | None, output: Output) -> Iterator[str]:
    if listed is not None:
        for title, devices in (
            ("cli.result.microphones", listed.microphones),
            ("cli.result.speakers", listed.speakers),
        ):
            yield output.words(title, count=len(devices))
            for device in devices:
                words = "cli.result.device_default" if device.default else "cli.result.device"
                yield output.words(words, name=device.name, device=device.id)
    if said:
        yield said
