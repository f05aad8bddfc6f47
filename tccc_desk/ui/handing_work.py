"""What the hand over dialog has done off the window's thread: an export, or a bundle put together."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import qVersion

from tccc_desk import __version__
from tccc_desk.texts.catalogue import Language
from tccc_desk.trace.book import LogBook
from tccc_desk.trace.capture.media import MediaStream
from tccc_desk.trace.export.bundle import MAX_ENTRIES, MAX_SECTIONS, Bundle, Evidence
from tccc_desk.trace.export.choosing import Choice, Chooser, Format
from tccc_desk.trace.export.handing import hand_over, report_sections
from tccc_desk.trace.export.problem import ExportProblem
from tccc_desk.trace.export.saving import save
from tccc_desk.trace.export.secrets import Leak, Secrets
from tccc_desk.ui.ladder_words import Mask
from tccc_desk.ui.message_meaning import findings


@dataclass(frozen=True, slots=True)
class HandOver:
    """What the desk knows beside the log, asked when a bundle is put together."""

    network: Callable[[], Mapping[str, object]] = dict
    passwords: Callable[[], Sequence[str]] = tuple


@dataclass(frozen=True, slots=True)
class Wish:
    """What the admin chose."""

    choice: Choice
    format: Format
    language: Language
    mask: Mask | None
    media: Sequence[MediaStream] | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing was made: a text id and its values."""

    finding: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that was written, with so many messages."""

    path: Path
    messages: int


@dataclass(frozen=True, slots=True)
class Packed:
    """A bundle put together and searched."""

    bundle: Bundle
    secrets: Secrets
    known: int
    """Secrets that were looked for by value."""
    leaks: Sequence[Leak]


def export(book: LogBook, wish: Wish, path: Path) -> Saved | Refused:
    """Write a file. One that is there gives way: the admin was asked."""
    chooser = Chooser(book, wish.choice, mask=wish.mask, media=wish.media)
    try:
        written = hand_over(
            chooser,
            wish.format,
            path,
            wish.language,
            findings=lambda entries: findings(wish.language, entries),
            replace=True,
        )
    except ExportProblem as problem:
        return Refused(problem.finding, problem.details)
    return Saved(path, written.messages)


def pack(book: LogBook, wish: Wish, desk: HandOver) -> Packed | Refused:
    """Put a bundle together and look for secrets in it."""
    chooser = Chooser(book, wish.choice, mask=wish.mask, media=wish.media)
    try:
        entries = []
        for entry in chooser.entries():
            entries.append(entry)
            if len(entries) > MAX_ENTRIES:
                break
        sections = report_sections(chooser, lambda some: findings(wish.language, some), MAX_SECTIONS)
        evidence = Evidence(
            entries=entries,
            sections=sections,
            versions=versions(),
            network=_masked(desk.network(), wish.mask),
            findings=[one for section in sections for one in section.findings],
            made_at=time.time(),
        )
        bundle = Bundle(evidence, wish.language)
    except ExportProblem as problem:
        return Refused(problem.finding, problem.details)
    passwords = tuple(desk.passwords())
    secrets = Secrets(passwords)
    return Packed(bundle, secrets, len(passwords), bundle.leaks(secrets))


def write_bundle(packed: Packed, path: Path) -> Saved | Refused:
    """Save what was shown, octet for octet."""
    try:
        save(path, lambda stream: packed.bundle.write(stream, packed.secrets), replace=True)
    except ExportProblem as problem:
        return Refused(problem.finding, problem.details)
    return Saved(path, 0)


def versions() -> dict[str, str]:
    """Give the versions a supplier may ask for."""
    return {
        "tccc-desk": __version__,
        "python": platform.python_version(),
        "qt": qVersion(),
        "system": f"{platform.system()} {platform.release()}",
    }


def _masked(value: object, mask: Mask | None) -> dict[str, object]:
    found = _through(value, mask) if mask is not None else value
    return dict(found) if isinstance(found, Mapping) else {}


def _through(value: object, mask: Mask) -> object:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: _through(one, mask) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_through(one, mask) for one in value]
    return value
