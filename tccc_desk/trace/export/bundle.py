"""The support bundle: one zip a supplier can work with, shown before it is saved, searched for secrets.

Everything is put together in memory first, so that what was previewed is what is saved, octet for
octet. It is never sent anywhere by this program.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO

import msgspec

from tccc_desk.texts.catalogue import Language, text
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.listing import write_json
from tccc_desk.trace.export.page import Section, page
from tccc_desk.trace.export.pcap import write_pcap
from tccc_desk.trace.export.plain import write_text
from tccc_desk.trace.export.problem import ExportProblem
from tccc_desk.trace.export.secrets import Leak, Secrets
from tccc_desk.trace.export.sheet import write_csv
from tccc_desk.trace.export.svg import svg

MAX_ENTRIES = 50_000
MAX_SECTIONS = 20
MAX_OCTETS = 256 << 20
_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every member: a zip needs one, and the true one tells nothing that the log does not."""


class Member(msgspec.Struct, frozen=True):
    """One file of the bundle."""

    name: str
    content: bytes
    text: bool
    """Whether a person can read it: the preview shows it."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What goes in. Entries and sections are masked already where masking is on."""

    entries: Sequence[TraceEntry]
    sections: Sequence[Section]
    versions: Mapping[str, str]
    network: Mapping[str, object]
    findings: Sequence[tuple[str, str]] = ()
    """Verdict and sentence."""
    made_at: float


class Bundle:
    """A bundle that is put together and not yet saved."""

    def __init__(self, evidence: Evidence, language: Language) -> None:
        self._members = tuple(_members(evidence, language))
        if sum(len(member.content) for member in self._members) > MAX_OCTETS:
            raise ExportProblem("trace.export.too_large", limit=str(MAX_OCTETS >> 20))

    def preview(self) -> tuple[Member, ...]:
        """Give every member as it will be saved: name, size and content."""
        return self._members

    def leaks(self, secrets: Secrets) -> list[Leak]:
        """Look for secrets in every member and in the finished zip."""
        found = [leak for one in self._members for leak in secrets.leaks(one.name, one.content)]
        return found or secrets.leaks("zip", self._zip())

    def write(self, stream: BinaryIO, secrets: Secrets) -> None:
        """Write the zip. Raises ExportProblem where a secret is in it; then nothing is written."""
        for leak in self.leaks(secrets):
            raise ExportProblem("trace.export.secret", member=leak.member, kind=leak.kind)
        stream.write(self._zip())

    def _zip(self) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in self._members:
                entry = zipfile.ZipInfo(member.name, _DATE)
                entry.external_attr = 0o600 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, member.content)
        return packed.getvalue()


def _members(evidence: Evidence, language: Language) -> Iterable[Member]:
    entries = evidence.entries[:MAX_ENTRIES]
    yield Member("README.txt", _about(evidence, language).encode(), text=True)
    yield _filled("signalling.txt", lambda stream: write_text(entries, stream), text=True)
    yield _filled("signalling.pcap", lambda stream: write_pcap(entries, stream), text=False)
    yield _filled("signalling.json", lambda stream: write_json(entries, stream), text=True)
    yield _filled("calls.csv", lambda stream: write_csv(entries, stream, language), text=True)
    sections = evidence.sections[:MAX_SECTIONS]
    report = page(
        sections, language, made_at=evidence.made_at, version=evidence.versions.get("tccc-desk", "")
    )
    yield Member("report.html", report.encode("utf-8", "replace"), text=True)
    for number, section in enumerate(sections, 1):
        drawn = svg(section.ladder, language, section.call_id).encode("utf-8", "replace")
        yield Member(f"ladder-{number:02d}.svg", drawn, text=True)
    yield Member("versions.json", _json(dict(evidence.versions)), text=True)
    yield Member("network.json", _json(dict(evidence.network)), text=True)
    yield Member("findings.json", _json([list(one) for one in evidence.findings]), text=True)


def _filled(name: str, write: object, *, text: bool) -> Member:
    stream = io.BytesIO()
    assert callable(write)
    write(stream)
    return Member(name, stream.getvalue(), text)


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _about(evidence: Evidence, language: Language) -> str:
    names = ("signalling.txt", "signalling.pcap", "signalling.json", "calls.csv", "report.html")
    lines = [text("trace.bundle.about", language), ""]
    lines += [f"{name}: {text('trace.bundle.' + name.replace('.', '_'), language)}" for name in names]
    lines += [
        text(f"trace.bundle.{name}", language) for name in ("ladders", "versions", "network", "findings")
    ]
    if len(evidence.entries) > MAX_ENTRIES:
        lines += ["", text("trace.bundle.cut", language, limit=MAX_ENTRIES, count=len(evidence.entries))]
    return "\n".join(lines) + "\n"
