"""`trace export --format bundle`: put together, searched for secrets, shown or saved."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from tccc_desk import __version__
from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.explain.words import stand_out
from tccc_desk.net.facts import network_facts, versions
from tccc_desk.store.errors import SecretMissing, VaultError
from tccc_desk.store.paths import folders
from tccc_desk.store.profiles import Profiles
from tccc_desk.store.vault import Secrets as Keyring
from tccc_desk.store.vault import account_key
from tccc_desk.trace.export.bundle import MAX_ENTRIES, MAX_SECTIONS, Bundle, Evidence
from tccc_desk.trace.export.choosing import Chooser
from tccc_desk.trace.export.handing import report_sections
from tccc_desk.trace.export.problem import ExportProblem
from tccc_desk.trace.export.saving import save
from tccc_desk.trace.export.secrets import Secrets
from tccc_desk.trunk.profile import Trunk


def save_bundle(
    chooser: Chooser,
    path: Path | None,
    options: argparse.Namespace,
    output: Output,
    keyring: Callable[[], Keyring],
) -> Exit:
    """Save the bundle at `path`; with None only show what would be in it."""
    entries = list(islice(chooser.entries(), MAX_ENTRIES + 1))
    if not entries:
        raise ExportProblem("trace.export.nothing")
    trunks = Profiles(folders()).list()
    sections = report_sections(chooser, lambda part: stand_out(part, output.language), MAX_SECTIONS)
    servers = tuple((trunk.server, trunk.port or 5060) for trunk in trunks)
    evidence = Evidence(
        entries=entries,
        sections=sections,
        versions={"tccc-desk": __version__, **versions()},
        network=chooser.masked(network_facts(servers)),
        findings=[finding for section in sections for finding in section.findings],
        made_at=time.time(),
    )
    bundle = Bundle(evidence, output.language)
    members = [{"name": one.name, "octets": len(one.content)} for one in bundle.preview()]
    lines = [f"{member['octets']:>10}  {member['name']}" for member in members]
    secrets = Secrets(_passwords(trunks, output, keyring))
    for leak in bundle.leaks(secrets):
        raise ExportProblem("trace.export.secret", member=leak.member, kind=leak.kind)
    if path is not None:
        save(path, lambda stream: bundle.write(stream, secrets), replace=options.replace)
        lines.append(output.words("trace.result.bundle", path=str(path), count=len(members)))
    body = {"file": str(path) if path else None, "format": "bundle", "members": members}
    output.result("trace export", True, body, lines)
    return Exit.OK


def _passwords(trunks: Sequence[Trunk], output: Output, keyring: Callable[[], Keyring]) -> list[str]:
    """Give the passwords to look for; a keyring that does not open is said, the forms are still searched."""
    found: list[str] = []
    if not trunks:
        return found
    try:
        secrets = keyring()
        for trunk in trunks:
            try:
                found.append(secrets.read(account_key(trunk)))
            except SecretMissing:
                continue
    except VaultError:
        output.notice("trace.notice.no_keyring")
    return found
