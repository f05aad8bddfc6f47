"""Where the command line speaks: results on stdout, progress on stderr, both surviving a closed pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import TextIO

from tccc_desk.texts.catalogue import Language, text
from tccc_desk.texts.inert import inert

SCHEMA = 1
"""Version of every object printed under `--json`."""


class Output:
    """One command's voice. With `json`, stdout carries exactly one object and nothing else."""

    def __init__(self, *, json: bool, language: Language) -> None:
        self.json = json
        self.language: Language = language
        self._notices: list[str] = []

    def words(self, id: str, **values: object) -> str:
        """The sentence `id` in the user's language; values from the network are made inert."""
        shown = {name: inert(value) if isinstance(value, str) else value for name, value in values.items()}
        return text(id, self.language, **shown)

    def progress(self, id: str, **values: object) -> None:
        """Say on stderr what is happening."""
        _write(sys.stderr, self.words(id, **values) + "\n")

    def remark(self, sentence: str) -> None:
        """Say a finished sentence on stderr."""
        _write(sys.stderr, inert(sentence) + "\n")

    def notice(self, id: str, **values: object) -> None:
        """Say on stderr something the result should carry as well, as `notice`."""
        self.progress(id, **values)
        self._notices.append(self.words(id, **values))

    def result(self, command: str, ok: bool, body: Mapping[str, object], lines: Iterable[str]) -> None:
        """Print what came out: one object under `--json`, else `lines`."""
        if self.json:
            notice = {"notice": " ".join(self._notices)} if self._notices else {}
            _print_json({"schema": SCHEMA, "command": command, "ok": ok, **body, **notice})
        else:
            _write(sys.stdout, "".join(line + "\n" for line in lines))

    def line(self, sentence: str) -> None:
        """Print one finished line of a result that comes bit by bit."""
        _write(sys.stdout, inert(sentence) + "\n")

    def fault(
        self, command: str, fault: str, finding: str, said: str, body: Mapping[str, object] | None = None
    ) -> None:
        """Report what kept a command from its work; `body` goes before it under `--json`."""
        shape = {**(body or {}), "fault": fault, "finding": finding, "sentence": said}
        self.result(command, False, shape, [])
        if not self.json:
            self.remark(said)

    def error(self, field: str, message: str) -> None:
        """Say what was wrong with the input. `message` is in the user's language and names the field."""
        if self.json:
            _print_json({"schema": SCHEMA, "ok": False, "error": {"field": field, "message": message}})
        else:
            _write(sys.stderr, inert(message) + "\n")


def _print_json(value: Mapping[str, object]) -> None:
    # ASCII only: a script's pipe may have any encoding, and text from the network may hold
    # octets that were never UTF-8.
    import json  # noqa: PLC0415  not needed before the end

    _write(sys.stdout, json.dumps(value) + "\n")


def _write(stream: TextIO | None, line: str) -> None:
    """Write and flush. A reader that left takes nothing from us: the exit code still counts."""
    if stream is None:  # the process was started without it
        return
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except (BrokenPipeError, ValueError):
        _silence(stream)
    except OSError:  # a full disk under a redirection
        _silence(stream)


def _silence(stream: TextIO) -> None:
    """Point the stream's descriptor at nothing, so that the interpreter's own flush at exit is quiet too."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, descriptor)
    finally:
        os.close(nothing)
