"""The sheet for the network team: what to open, for which addresses, and what nobody published."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

from tccc_desk.interchange.say import Say
from tccc_desk.trunk.profile import Trunk
from tccc_desk.trunk.server import BACKUP_SERVER, PORT, SERVER, TLS_PORT, is_tccc_server

WIDTH = 96
"""Characters: what a mail shows without wrapping it again."""
UNPUBLISHED = ("signalling", "media", "list")
"""What is said not to be published: addresses behind the names, media addresses and ports, and that the
published list belongs to the other mode."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when the sheet is written; addresses without ports, everything inert."""

    written: str
    """Day and time."""
    source: str = ""
    """Our address towards the server."""
    interface: str = ""
    outside: str = ""
    """Our address as the server sees it."""
    used: str = ""
    """Address and port of the server that the trunk is connected to now."""
    resolved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By server name; an empty one was not found, a missing one not asked for."""
    rtp_low: int = 0
    rtp_high: int = 0
    """Our UDP ports for sound; 0 where any may be used."""


@dataclass(frozen=True, slots=True)
class Door:
    """One thing to open."""

    transport: str
    port: int | None
    """None where the name service tells it."""
    note: str = ""
    """Rest of a text id, "firewall.note-<...>"; empty for none."""


def servers(trunk: Trunk | None) -> tuple[tuple[str, int | None, str], ...]:
    """Give host, port and transport of each server to resolve; the provider's two without a trunk."""
    if trunk is None:
        return (SERVER, PORT, "tcp"), (BACKUP_SERVER, PORT, "tcp")
    found = [(trunk.server, trunk.port, trunk.transport)]
    if trunk.backup_server:
        found.append((trunk.backup_server, trunk.backup_port, trunk.transport))
    elif trunk.server == SERVER:
        found.append((BACKUP_SERVER, PORT, trunk.transport))
    return tuple(found)


def doors(trunk: Trunk | None) -> tuple[Door, ...]:
    """Give what signalling needs: at the provider each way it offers, elsewhere the trunk's own."""
    if trunk is None or is_tccc_server(trunk.server):
        return Door("TCP", PORT, "advised"), Door("UDP", PORT, "udp"), Door("TLS", TLS_PORT, "tls")
    return (Door(trunk.transport.upper(), trunk.port, "udp" if trunk.transport == "udp" else ""),)


def firewall_sheet(trunk: Trunk | None, facts: Facts, say: Say) -> str:
    """Write the sheet as plain text, lines at most `WIDTH` wide where words allow it."""
    lines = [say("firewall.title"), say("firewall.written", written=facts.written), ""]
    lines += ["1. " + say("firewall.head-machine"), *_machine(trunk, facts, say), ""]
    lines += ["2. " + say("firewall.head-signalling"), *_signalling(trunk, facts, say), ""]
    lines += ["3. " + say("firewall.head-sound"), *_sound(facts, say), ""]
    lines += ["4. " + say("firewall.head-names"), "   " + say("firewall.names"), ""]
    lines += [
        "5. " + say("firewall.head-care"),
        *(f"   - {say(f'firewall.care-{one}')}" for one in _CARE),
        "",
    ]
    lines += ["6. " + say("firewall.head-unpublished")]
    lines += [f"   - {say(f'firewall.unpublished-{one}')}" for one in UNPUBLISHED]
    return "\n".join(map(_wrapped, lines)) + "\n"


def _wrapped(line: str) -> str:
    indent = " " * (len(line) - len(line.lstrip(" -")) + 2)
    return textwrap.fill(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


_CARE = ("alg", "idle", "forward", "proxy")


def _machine(trunk: Trunk | None, facts: Facts, say: Say) -> list[str]:
    lines = [say("firewall.source", source=facts.source or say("firewall.unknown"))]
    if facts.interface:
        lines[0] += f" ({facts.interface})"
    if facts.outside:
        lines.append(say("firewall.outside", outside=facts.outside))
    if trunk is not None:
        lines.append(say("firewall.account", account=f"{trunk.username}@{trunk.domain}"))
    return [f"   {line}" for line in lines]


def _signalling(trunk: Trunk | None, facts: Facts, say: Say) -> list[str]:
    lines = []
    for host, _, _ in servers(trunk):
        addresses = facts.resolved.get(host)
        known = (
            ", ".join(addresses)
            if addresses
            else say("firewall.not-asked" if addresses is None else "firewall.not-found")
        )
        lines.append(say("firewall.server", host=host, addresses=known))
    if facts.used:
        lines.append(say("firewall.used", used=facts.used))
    for door in doors(trunk):
        port = str(door.port) if door.port is not None else say("firewall.port-by-name")
        line = say("firewall.door", transport=door.transport, port=port)
        lines.append(f"{line} {say(f'firewall.note-{door.note}')}" if door.note else line)
    lines.append(say("firewall.directions"))
    return [f"   {line}" for line in lines]


def _sound(facts: Facts, say: Say) -> list[str]:
    if facts.rtp_low and facts.rtp_high:
        ours = say("firewall.rtp-range", low=facts.rtp_low, high=facts.rtp_high)
    else:
        ours = say("firewall.rtp-any")
    return [f"   {ours}", f"   {say('firewall.rtp-theirs')}", f"   {say('firewall.rtp-directions')}"]
