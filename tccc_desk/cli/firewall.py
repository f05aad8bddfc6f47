"""`firewall`: the sheet for the network team, with the addresses this machine resolves now."""

from __future__ import annotations

import argparse
import asyncio
import functools
import time

from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.cli.sound_options import checked_ports
from tccc_desk.diagnosis.firewall import Facts, doors, firewall_sheet, servers
from tccc_desk.net.interface import interface_of
from tccc_desk.net.reach import Reached, reach
from tccc_desk.net.resolver import Resolver
from tccc_desk.store.options import Options
from tccc_desk.store.paths import folders
from tccc_desk.store.profiles import Profiles
from tccc_desk.trunk.profile import Trunk


def firewall(options: argparse.Namespace, output: Output, resolver: Resolver | None = None) -> Exit:
    """Write the sheet. Exit 3 where no server's name was found. Raises InputError and StoreError."""
    places = folders()
    trunk = Profiles(places).get(options.trunk) if options.trunk is not None else None
    low, high = _ports(options, Options(places))
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        found = runner.run(reach(servers(trunk), resolver or Resolver()))
    source = next((one.source for one in found if one.source), "")
    facts = Facts(
        written=time.strftime("%Y-%m-%d %H:%M"),
        source=source,
        interface=interface_of(source) if source else "",
        resolved={one.host: one.addresses for one in found},
        rtp_low=low,
        rtp_high=high,
    )
    reached = any(one.addresses for one in found)
    body = _json(trunk, facts, found)
    text = firewall_sheet(trunk, facts, functools.partial(_say, output))
    output.result("firewall", reached, {**body, "text": text}, text.splitlines())
    return Exit.OK if reached else Exit.FAULT


def _say(output: Output, id: str, /, **values: object) -> str:
    return output.words(id, **values)


def _ports(options: argparse.Namespace, stored: Options) -> tuple[int, int]:
    if options.rtp_ports is not None:
        return checked_ports(options.rtp_ports)
    return int(stored.get("rtp_port_low")), int(stored.get("rtp_port_high"))


def _json(trunk: Trunk | None, facts: Facts, found: tuple[Reached, ...]) -> dict[str, object]:
    return {
        "trunk": trunk.name if trunk is not None else None,
        "source": facts.source or None,
        "servers": [{"host": one.host, "addresses": list(one.addresses)} for one in found],
        "signalling": [{"transport": door.transport.lower(), "port": door.port} for door in doors(trunk)],
        "rtp_ports": [facts.rtp_low, facts.rtp_high] if facts.rtp_low and facts.rtp_high else None,
    }
