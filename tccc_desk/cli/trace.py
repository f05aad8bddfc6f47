"""`trace list | show | export | import | captures | remove`: the signalling log without a window."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import msgspec

from tccc_desk.cli import checks
from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.cli.trace_bundle import save_bundle
from tccc_desk.cli.trace_times import since
from tccc_desk.explain.standing_out import findings
from tccc_desk.explain.words import finding_words, sentence, severity_word, stand_out
from tccc_desk.store.paths import Folders, folders
from tccc_desk.store.profiles import Profiles
from tccc_desk.store.vault import Secrets
from tccc_desk.texts.inert import inert
from tccc_desk.trace.book import LogBook
from tccc_desk.trace.capture.importing import (
    Imported,
    about_capture,
    captures_in,
    import_capture,
    remove_capture,
)
from tccc_desk.trace.capture.problem import CaptureProblem
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.choosing import FORMATS, Choice, Chooser, Format
from tccc_desk.trace.export.handing import hand_over
from tccc_desk.trace.export.ladder_text import fill, ladder_text
from tccc_desk.trace.export.listing import entry_object
from tccc_desk.trace.export.plain import heading, when
from tccc_desk.trace.export.problem import ExportProblem
from tccc_desk.trace.masking import Masker
from tccc_desk.trace.query import CallRow, Query
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import shown
from tccc_desk.trunk.profile import Trunk

MAX_LISTED = 100_000
MAX_TROUBLE = 200
"""Faults without a message that are listed, the newest."""


class TraceCommands:
    """Each method is one action; all raise InputError and StoreError."""

    def __init__(self, options: argparse.Namespace, output: Output, secrets: Callable[[], Secrets]) -> None:
        self._options = options
        self._output = output
        self._secrets = secrets
        self._folders: Folders = folders()

    def run(self) -> Exit:
        """Do what `action` says."""
        actions: Mapping[str, Callable[[], Exit]] = {
            "list": self._list,
            "show": self._show,
            "export": self._export,
            "import": self._import,
            "captures": self._captures,
            "remove": self._remove,
        }
        action = self._options.action
        if action is None:
            raise InputError("action", "cli.error.no_action")
        try:
            return actions[action]()
        except CaptureProblem as problem:
            raise InputError(_field(action), problem.finding, **_plain(problem.details)) from problem
        except ExportProblem as problem:
            details = dict(problem.details)
            if "kind" in details:
                details["kind"] = self._output.words(f"trace.secret.{details['kind']}")
            raise InputError("output", problem.finding, **_plain(details)) from problem

    def _list(self) -> Exit:
        options = self._options
        limit = checks.whole("limit", options.limit, least=1, most=MAX_LISTED)
        with self._book() as book:
            rows = book.calls(
                since=since(options.since, time.time()),
                trunk=options.trunk,
                text=options.text,
                only_problems=options.problems,
                limit=limit,
            )
            since_at = since(options.since, time.time())
            trouble = () if options.text else lone_trouble(book, since=since_at, trunk=options.trunk or "")
            self._say_broken(book)
        calls = [{**msgspec.to_builtins(row), "first": when(row.first_at)} for row in rows]
        facts = [
            {
                "at": when(one.at),
                "trunk": one.trunk,
                "fact": one.fact,
                "sentence": inert(self._output.words(one.fact, **_plain(one.details))),
            }
            for one in trouble
        ]
        lines = [(row.first_at, self._row(row)) for row in rows]
        lines += [(one.at, self._trouble(one)) for one in trouble]
        lines.sort(key=lambda line: line[0])
        body = {"calls": calls, "trouble": facts}
        self._output.result("trace list", True, body, (line for _, line in lines))
        return Exit.OK

    def _trouble(self, fact: TraceEntry) -> str:
        said = self._output.words(fact.fact, **_plain(fact.details))
        kind = self._output.words("trace.kind.trouble")
        return inert("  ".join((when(fact.at)[:23], fill(kind, 12), fill(fact.trunk, 28), said)))

    def _row(self, row: CallRow) -> str:
        kind = self._output.words(f"trace.kind.{row.kind}")
        status = f"{row.final_status} {row.final_reason}".strip() if row.final_status else "-"
        parties = f"{row.caller or '-'} -> {row.callee or '-'}"
        return inert(
            "  ".join(
                (when(row.first_at)[:23], fill(kind, 12), fill(parties, 28), fill(status, 28), row.call_id)
            )
        )

    def _show(self) -> Exit:
        call_id = self._options.call_id
        if not call_id:
            raise InputError("call", "input.empty")
        with self._book() as book:
            section = self._chooser(book, Choice(call_ids=(call_id,))).section(call_id)
        if not section.entries and self._options.capture is None and self._find_in_captures(call_id):
            return self._show()
        if not section.entries:
            raise InputError("call", "trace.error.unknown_call", call=shown(call_id))
        found = findings(section.entries, self._trunk(section.entries))
        language = self._output.language
        drawing = ladder_text(section.ladder, language)
        body = {
            "call_id": section.call_id,
            "ladder": drawing,
            "entries": [entry_object(one) for one in section.entries],
            "findings": [
                {
                    "finding": one.id,
                    "verdict": one.severity,
                    "sentence": sentence(one.id, one.values, language),
                    "at": when(one.at),
                    "entries": list(one.entries),
                }
                for one in found
            ],
        }

        def lines() -> Iterator[str]:
            yield from map(inert, drawing)
            if found:
                yield ""
                yield self._output.words("trace.report.findings")
                for one in found:
                    yield f"- [{severity_word(one.severity, language)}] {finding_words(one, language)}"
            for entry in section.entries:
                if entry.kind == "message":
                    yield ""
                    yield inert(heading(entry))
                    text = entry.raw.decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n")
                    yield from (inert(line.rstrip("\r")) for line in text.split("\n"))

        self._output.result("trace show", True, body, lines())
        return Exit.OK

    def _find_in_captures(self, call_id: str) -> bool:
        """Look for a call that our own log does not know in what was imported, the newest first."""
        for imported in reversed(captures_in(self._captures_folder)):
            with contextlib.closing(LogBook(self._captures_folder / imported.name)) as book:
                if book.entries(call_id, limit=1):
                    self._options.capture = imported.name
                    self._output.notice("trace.notice.in_capture", capture=inert(imported.name))
                    return True
        return False

    def _export(self) -> Exit:
        options = self._options
        if options.format not in FORMATS:
            raise InputError(
                "format", "cli.error.choice", value=shown(options.format or ""), allowed=", ".join(FORMATS)
            )
        format = cast("Format", options.format)
        if not options.output and not options.preview:
            raise InputError("output", "input.empty")
        choice = Choice(
            call_ids=tuple(options.call), since=since(options.since, time.time()), trunk=options.trunk
        )
        path = Path(options.output or "").expanduser()
        with self._book() as book:
            chooser = self._chooser(book, choice)
            if format == "bundle":
                return save_bundle(
                    chooser, None if options.preview else path, options, self._output, self._secrets
                )
            if options.preview:
                raise InputError("preview", "trace.error.preview")
            written = hand_over(
                chooser,
                format,
                path,
                self._output.language,
                findings=lambda entries: stand_out(entries, self._output.language),
                replace=options.replace,
            )
        notes = [{"finding": id, "sentence": self._output.words(id)} for id in written.notes]
        body = {"file": str(path), "format": format, "messages": written.messages, "notes": notes}
        done = "trace.result.sheet" if format == "csv" else "trace.result.exported"
        said = self._output.words(done, path=str(path), count=written.messages)
        self._output.result("trace export", True, body, [said, *(note["sentence"] for note in notes)])
        return Exit.OK

    def _import(self) -> Exit:
        if not self._options.file:
            raise InputError("file", "input.empty")
        path = Path(self._options.file).expanduser()
        imported = import_capture(path, self._captures_folder, self._options.name)
        body = {"capture": imported.name, **_told(imported), "notes": self._notes(imported)}
        words = self._output.words
        found = imported.findings
        lines = [words("trace.result.imported", name=imported.name, count=found.messages)]
        if found.unreadable:
            lines.append(words("trace.result.unreadable", count=found.unreadable))
        if found.media:
            lines.append(words("trace.result.media", count=len(found.media)))
        lines += [note["sentence"] for note in self._notes(imported)]
        lines.append(words("trace.result.next", name=imported.name))
        self._output.result("trace import", True, body, lines)
        return Exit.OK

    def _captures(self) -> Exit:
        found = captures_in(self._captures_folder)
        body = {"captures": [{"capture": one.name, **_told(one)} for one in found]}
        lines = (
            f"{one.name}\t{when(one.imported_at)[:19]}\t{one.findings.messages}\t{inert(one.source)}"
            for one in found
        )
        self._output.result("trace captures", True, body, lines)
        return Exit.OK

    def _remove(self) -> Exit:
        remove_capture(self._captures_folder, self._options.name)
        said = self._output.words("trace.result.removed", name=self._options.name)
        self._output.result("trace remove", True, {"capture": self._options.name}, [said])
        return Exit.OK

    @property
    def _captures_folder(self) -> Path:
        return self._folders.captures

    @contextlib.contextmanager
    def _book(self) -> Iterator[LogBook]:
        """Open the log, or the imported capture the options name."""
        name = self._options.capture
        if name is not None:
            about_capture(self._captures_folder, name)
        book = LogBook(self._folders.log if name is None else self._captures_folder / name)
        try:
            yield book
        finally:
            book.close()

    def _chooser(self, book: LogBook, choice: Choice) -> Chooser:
        name = self._options.capture
        media = None if name is None else about_capture(self._captures_folder, name).findings.media
        return Chooser(book, choice, mask=Masker().mask if self._options.mask else None, media=media)

    def _trunk(self, entries: Sequence[TraceEntry]) -> Trunk | None:
        """Give the stored trunk whose exchange this is; None for a capture, one typed in, and masked ones."""
        if self._options.mask:
            return None
        name = next((one.trunk for one in entries if one.trunk), "")
        return (
            next((one for one in Profiles(self._folders).list() if one.name == name), None) if name else None
        )

    def _say_broken(self, book: LogBook) -> None:
        for segment, reason in book.broken.items():
            self._output.notice("trace.notice.broken", segment=segment, reason=reason)

    def _notes(self, imported: Imported) -> list[dict[str, str]]:
        noted = dict(imported.findings.notes)
        notes = [
            {"finding": id, "sentence": self._output.words(id, count=count)} for id, count in noted.items()
        ]
        if imported.trouble:
            said = self._output.words(imported.trouble, path=imported.source, limit="", reason="", links="")
            notes.append({"finding": imported.trouble, "sentence": said})
        return notes


def lone_trouble(book: LogBook, *, since: float | None, trunk: str) -> tuple[TraceEntry, ...]:
    """Give the newest transport faults that no message belongs to: a name not found, a refused connection."""
    query = Query(only_problems=True, direction="local", since=since, trunk=trunk)
    found = [one.entry for one in book.page(query, limit=MAX_TROUBLE)]
    return tuple(one for one in found if one.kind == "fact" and not one.call_id)


def _told(imported: Imported) -> dict[str, object]:
    found = imported.findings
    return {
        "source": imported.source,
        "octets": imported.octets,
        "packets": found.packets,
        "messages": found.messages,
        "unreadable": found.unreadable,
        "media": cast("Sequence[object]", msgspec.to_builtins(found.media)),
        "complete": imported.complete,
    }


def _plain(details: Mapping[str, str]) -> dict[str, str]:
    return {name: inert(value) for name, value in details.items()}


def _field(action: str) -> str:
    return {"import": "file", "remove": "name"}.get(action, "capture")
