"""What reading a foreign configuration gives: gateways, and what is worth saying about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "info"]


class Refused(Exception):
    """The text cannot be taken at all. `finding` is a text id, `details` fills its place-holders."""

    def __init__(self, finding: str, **details: str) -> None:
        super().__init__(finding)
        self.finding = finding
        self.details = details


@dataclass(frozen=True, slots=True)
class Found:
    """One thing worth saying; `id` without its domain is the finding's stable name."""

    id: str
    severity: Severity
    gateway: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ForeignGateway:
    """One gateway of a foreign configuration."""

    name: str
    fields: Mapping[str, str]
    """As `trunk.entry.checked_trunk` takes them."""
    password: str | None = field(default=None, repr=False)
    """None where there is none, or only a place-holder for one."""
    extras: Mapping[str, str] = field(default_factory=dict)
    """Parameters that say nothing about a trunk of ours."""


@dataclass(frozen=True, slots=True)
class Imported:
    """All that was in one text, in its order."""

    gateways: tuple[ForeignGateway, ...]
    findings: tuple[Found, ...]
