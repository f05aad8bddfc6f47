"""`trunk lint | import | export`: other systems' configuration in, judged, and out, explained."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.interchange.decoding import MAX_OCTETS
from tccc_desk.interchange.formats import WRITERS, read_configuration
from tccc_desk.interchange.found import ForeignGateway, Found, Imported, Refused
from tccc_desk.store.profiles import Profiles
from tccc_desk.store.vault import Secrets, account_key
from tccc_desk.texts.catalogue import text
from tccc_desk.texts.inert import inert
from tccc_desk.trace.export.problem import ExportProblem
from tccc_desk.trace.export.saving import save
from tccc_desk.trunk.entry import checked_trunk
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import shown

_WORST = ("error", "warning")


def lint(file: str, output: Output) -> Exit:
    """Say what is wrong in a configuration. The exit status is 1 where something should be mended."""
    imported = _read(file)
    body = {
        "gateways": [_gateway_json(gateway) for gateway in imported.gateways],
        "findings": [_finding_json(one) for one in imported.findings],
    }
    trouble = any(one.severity in _WORST for one in imported.findings)
    lines = [*_finding_lines(imported.findings, output)] or [output.words("cli.result.lint_clean")]
    output.result("trunk lint", not trouble, body, lines)
    return Exit.NO if trouble else Exit.OK


def bring_in(options: argparse.Namespace, profiles: Profiles, secrets: Secrets, output: Output) -> Exit:
    """Store one gateway of a configuration as a trunk, its password in the keyring alone."""
    imported = _read(options.file)
    gateway = _chosen(imported.gateways, options.gateway)
    fields = {**gateway.fields, **({"name": options.name} if options.name else {})}
    trunk, notices = checked_trunk({name: value for name, value in fields.items() if name != "name" or value})
    if any(stored.name == trunk.name for stored in profiles.list()):
        raise InputError("name", "cli.error.trunk_exists", name=trunk.name)
    for notice in notices:
        output.notice(notice.finding, **{**notice.details, "field": notice.field})
    findings = [one for one in imported.findings if one.gateway in ("", gateway.name)]
    # The password first: without a keyring no trunk is left behind that could not register.
    if gateway.password is not None:
        secrets.write(account_key(trunk), gateway.password)
    profiles.add(trunk)
    body = {
        "trunk": msgspec.to_builtins(trunk),
        "password_stored": gateway.password is not None,
        "findings": [_finding_json(one) for one in findings],
    }
    done = "cli.result.trunk_imported" if gateway.password is not None else "cli.result.trunk_imported_bare"
    lines = [output.words(done, name=trunk.name), *_finding_lines(findings, output)]
    output.result("trunk import", True, body, lines)
    return Exit.OK


def write_out(options: argparse.Namespace, profiles: Profiles, secrets: Secrets, output: Output) -> Exit:
    """Write a stored trunk for another system; a place-holder for the password unless it is asked for."""
    if options.format not in WRITERS:
        raise InputError(
            "format", "cli.error.choice", value=shown(options.format), allowed=", ".join(WRITERS)
        )
    trunk = profiles.get(options.name)
    if options.with_password and options.format == "profile":
        raise InputError("with_password", "cli.error.profile_password")
    password = secrets.read(account_key(trunk)) if options.with_password else None
    written = WRITERS[options.format](trunk, functools.partial(_say, output), password)
    if options.output:
        path = Path(options.output).expanduser()
        try:
            save(path, lambda stream: stream.write(written.encode()))
        except ExportProblem as problem:
            raise InputError("output", problem.finding, **problem.details) from problem
        lines = [output.words("cli.result.trunk_exported", name=trunk.name, file=str(path))]
    else:
        lines = written.splitlines()
    body = {
        "format": options.format,
        "trunk": trunk.name,
        "output": options.output,
        "text": None if options.output else written,
        "with_password": options.with_password,
    }
    output.result("trunk export", True, body, lines)
    return Exit.OK


def _say(output: Output, id: str, /, **values: object) -> str:
    return output.words(id, **values)


def _read(file: str) -> Imported:
    """Read a file, or standard input for "-". Raises InputError."""
    try:
        if file == "-":
            data = sys.stdin.buffer.read(MAX_OCTETS + 1)
        else:
            path = Path(file).expanduser()
            if not path.is_file():  # a folder, a pipe or a device could hold us for ever
                raise FileNotFoundError(2, os.strerror(2))
            with path.open("rb") as stream:
                data = stream.read(MAX_OCTETS + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError("file", "cli.error.file", value=shown(file), reason=reason) from error
    try:
        return read_configuration(data)
    except Refused as refused:
        raise InputError("file", refused.finding, **refused.details) from refused


def _chosen(gateways: Sequence[ForeignGateway], wanted: str | None) -> ForeignGateway:
    names = ", ".join(inert(gateway.name)[:64] or "-" for gateway in gateways[:20])
    if wanted is None and len(gateways) > 1:
        raise InputError("gateway", "cli.error.gateway_which", names=names)
    matching = [gateway for gateway in gateways if wanted is None or gateway.name == wanted]
    if not matching:
        raise InputError("gateway", "cli.error.gateway_unknown", value=shown(wanted or ""), names=names)
    return matching[0]


def _gateway_json(gateway: ForeignGateway) -> dict[str, object]:
    return {
        "name": gateway.name,
        "fields": dict(gateway.fields),
        "has_password": gateway.password is not None,
        "extras": {name: value for name, value in gateway.extras.items() if "password" not in name.lower()},
    }


def _finding_json(found: Found) -> dict[str, object]:
    details = {name: inert(value) for name, value in found.details.items()}
    return {
        "id": found.id.removeprefix("lint."),
        "severity": found.severity,
        "gateway": found.gateway,
        "en": text(found.id, "en", **details),
        "zh": text(found.id, "zh", **details),
    }


def _finding_lines(findings: Sequence[Found], output: Output) -> Iterator[str]:
    for found in findings:
        said = output.words(found.id, **found.details)
        severity = output.words(f"cli.severity.{found.severity}")
        yield f"{severity}  {found.gateway + ': ' if found.gateway else ''}{said}"
