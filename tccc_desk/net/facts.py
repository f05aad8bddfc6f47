"""What this machine's network looks like to SIP: told in a support bundle, and nowhere else."""

from __future__ import annotations

import contextlib
import ipaddress
import platform
import socket
import time
from pathlib import Path


def network_facts(servers: tuple[tuple[str, int], ...] = ()) -> dict[str, object]:
    """Give interfaces, the way to each of `servers` (host, port), resolver and clock. Sends nothing.

    A server's name is looked up, which may take as long as the system's resolver takes.
    """
    return {
        "interfaces": _interfaces(),
        "routes": [_route(host, port) for host, port in servers[:8]],
        "resolver": _name_servers(),
        "clock": _clock(),
    }


def _interfaces() -> list[dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    with contextlib.suppress(OSError, AttributeError):
        for _, name in socket.if_nameindex():
            folder = Path("/sys/class/net") / name
            found[name] = {
                "name": name,
                "mtu": _read(folder / "mtu"),
                "state": _read(folder / "operstate"),
                "addresses": [],
            }
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/net/if_inet6").read_text(encoding="ascii").splitlines():
            packed, *_, name = line.split()
            addresses = found.get(name, {}).get("addresses")
            if isinstance(addresses, list):
                addresses.append(str(ipaddress.IPv6Address(bytes.fromhex(packed))))
    for family, address in _own():
        for one in found.values():
            if family == one["name"] and isinstance(one["addresses"], list):
                one["addresses"].append(address)
    return list(found.values())


def _own() -> list[tuple[str, str]]:
    """IPv4 addresses by interface, where the system tells them."""
    try:
        import fcntl  # noqa: PLC0415  not on Windows
    except ImportError:
        return []
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):
                answer = fcntl.ioctl(asked, 0x8915, name.encode()[:15].ljust(256, b"\0"))  # SIOCGIFADDR
                found.append((name, socket.inet_ntoa(answer[20:24])))
    return found


def _route(host: str, port: int) -> dict[str, object]:
    """Tell which of our addresses the system would take towards a server; a UDP connect sends nothing."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as asked:
            asked.connect(address)
            return {"server": f"{host}:{port}", "address": address[0], "source": asked.getsockname()[0]}
    except (OSError, UnicodeError) as error:
        return {"server": f"{host}:{port}", "fault": getattr(error, "strerror", None) or type(error).__name__}


def _name_servers() -> list[str]:
    import dns.exception  # noqa: PLC0415  slow to load, needed here only
    import dns.resolver  # noqa: PLC0415

    try:
        return [str(one) for one in dns.resolver.Resolver().nameservers]
    except (dns.exception.DNSException, OSError):
        return []


def _clock() -> dict[str, object]:
    now = time.time()
    local = time.localtime(now)
    return {
        "utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "offset_s": local.tm_gmtoff,
        "zone": local.tm_zone,
    }


def versions() -> dict[str, str]:
    """Give the versions of what runs here."""
    return {"python": platform.python_version(), "system": platform.platform()}


def _read(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(encoding="ascii", errors="replace").strip()[:64]
    return ""
