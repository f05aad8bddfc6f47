"""A flow (RFC 5626 section 3): one UDP five-tuple or one stream connection, as a value.

Ring 0 knows flows by number and addresses only; `net` owns the sockets behind them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Transport = Literal["UDP", "TCP", "TLS"]


@dataclass(frozen=True, slots=True)
class Flow:
    """Where a message goes or came from. `id` is never given twice within one engine run."""

    id: int
    transport: Transport
    local: tuple[str, int]
    """Our address as the far end should see it before any NAT: (host, port), IPv6 without brackets."""
    remote: tuple[str, int]

    @property
    def reliable(self) -> bool:
        """Whether the transport repeats lost data itself, so that transactions need not."""
        return self.transport != "UDP"

    def __str__(self) -> str:
        return f"{self.transport} {host_port(self.local)} -> {host_port(self.remote)}"


def host_port(address: tuple[str, int]) -> str:
    """Write (host, port) as RFC 3261 section 25.1 does, an IPv6 host in brackets."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
