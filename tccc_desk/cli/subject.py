"""The trunk a command works on, with the secret it works by: stored, or given by options."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from tccc_desk.cli.args import TRUNK_OPTIONS
from tccc_desk.cli.checks import ca_file
from tccc_desk.cli.memory import Memory
from tccc_desk.cli.output import Output
from tccc_desk.cli.wording import sentence
from tccc_desk.engine.commands import ConfigureTrunk
from tccc_desk.trunk.dialling import checked_prefix, checked_rule
from tccc_desk.trunk.entry import Notice, checked_dtmf_method, checked_trunk, fields_of
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import plain
from tccc_desk.trunk.profile import Trunk

if TYPE_CHECKING:
    from tccc_desk.store.vault import Secrets


MAX_REALM = 255
_OF_THE_RUN = ("dtmf_method", "number_rule", "number_prefix")
"""Options that may stand beside a stored trunk, for one run."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A trunk and its password. The password is kept out of every repr."""

    trunk: Trunk
    password: str = field(repr=False)
    memory: Memory | None = None
    """None where the account is somebody else's at the moment, or nothing can be stored."""

    def configure(self) -> ConfigureTrunk:
        """The command that makes the engine know it."""
        if self.memory is not None:
            return self.memory.configure(self.trunk, self.password)
        return ConfigureTrunk(trunk=self.trunk, password=self.password)


def trunk_fields(options: argparse.Namespace) -> dict[str, str]:
    """Collect the trunk options that were given, by the names `checked_trunk` knows them.

    Raises InputError for a file that cannot be read.
    """
    fields: dict[str, str] = {}
    for option in TRUNK_OPTIONS:
        value = getattr(options, option)
        if value is None:
            continue
        if option in {"allow_realm", "allow_source"}:
            fields["allowed_" + option.removeprefix("allow_") + "s"] = ",".join(value)
        elif option == "ca_file":
            fields[option] = ca_file(value)
        else:
            fields[option] = str(value).lower() if isinstance(value, bool) else value
    return fields


def find_subject(options: argparse.Namespace, output: Output, open_secrets: Callable[[], Secrets]) -> Subject:
    """Find the trunk and read its password, from standard input or the keyring.

    Raises InputError, StoreError and VaultError. Nothing was sent by then.
    """
    fields = trunk_fields(options)
    if options.trunk is not None:
        # As --realm: for this run, beside what is stored.
        own = {field: fields.pop(field) for field in _OF_THE_RUN if field in fields}
        checked_dtmf_method(own.get("dtmf_method", ""))
        checked_prefix(own.get("number_prefix", ""), checked_rule(own.get("number_rule", "")))
        if fields:
            raise InputError(next(iter(fields)), "cli.error.both_trunks")
        stored = _allowing(_stored(options, output, open_secrets), options)
        return replace(stored, trunk=checked_trunk({**fields_of(stored.trunk), **own})[0]) if own else stored
    if not fields:
        raise InputError("trunk", "cli.error.no_trunk")
    trunk, notices = checked_trunk(fields)
    say_notices(notices, output)
    if not options.password_stdin:
        raise InputError("password", "cli.error.no_password")
    return _allowing(Subject(trunk, password_from_stdin(output)), options)


def _allowing(subject: Subject, options: argparse.Namespace) -> Subject:
    """The same with the realms of `--realm` answered too, in this run."""
    if not options.realm:
        return subject
    realms = tuple(plain("realm", realm, MAX_REALM, required=True) for realm in options.realm)
    allowed = (*subject.trunk.allowed_realms, *realms)
    return replace(subject, trunk=msgspec.structs.replace(subject.trunk, allowed_realms=allowed))


def say_notices(notices: tuple[Notice, ...], output: Output) -> None:
    """Tell what was filled in or looks doubtful."""
    for notice in notices:
        output.remark(sentence(notice.field, notice.finding, notice.details, output.language))


def _stored(options: argparse.Namespace, output: Output, open_secrets: Callable[[], Secrets]) -> Subject:
    # The stores cost tens of milliseconds that an unstored trunk need not wait for.
    from tccc_desk.store.paths import folders  # noqa: PLC0415
    from tccc_desk.store.profiles import Profiles  # noqa: PLC0415
    from tccc_desk.store.vault import account_key  # noqa: PLC0415

    trunk = Profiles(folders()).get(options.trunk)
    if options.password_stdin:
        return Subject(trunk, password_from_stdin(output))
    output.progress("cli.progress.keyring")
    return Subject(trunk, open_secrets().read(account_key(trunk)))


def password_from_stdin(output: Output) -> str:
    """Read the password a script hands over, or ask a person without showing what is typed."""
    from tccc_desk.store.password_input import checked_password, read_password  # noqa: PLC0415

    if sys.stdin is None:  # started without one
        raise InputError("password", "input.password.none")
    if sys.stdin.isatty():
        from getpass import getpass  # noqa: PLC0415

        return checked_password(getpass(output.words("cli.progress.password") + " ", stream=sys.stderr))
    return read_password()


@contextmanager
def claimed(subject: Subject, output: Output) -> Iterator[Subject]:
    """Hold the account while a command works; say so and go on if somebody else does.

    Only who holds it remembers: what another process of ours has bound is not left behind.
    """
    from tccc_desk.store.errors import StoreError  # noqa: PLC0415
    from tccc_desk.store.paths import folders  # noqa: PLC0415
    from tccc_desk.store.presence import Claim, Presence  # noqa: PLC0415
    from tccc_desk.store.state import AccountStates  # noqa: PLC0415
    from tccc_desk.store.vault import account_key  # noqa: PLC0415

    account = account_key(subject.trunk)
    try:
        places = folders()
        found = Presence(places).claim(account, "command line")
    except StoreError as problem:
        # No folder of ours can be written: a test of a trunk is possible all the same.
        output.remark(sentence("arguments", problem.finding, problem.details, output.language))
        yield subject
        return
    if isinstance(found, Claim):
        with found:
            yield replace(subject, memory=Memory(AccountStates(places), account))
        return
    who = {"window": "window", "command line": "command_line"}.get(found.kind or "", "somebody")
    output.notice(f"cli.notice.held_by_{who}", account=account, pid=found.pid)
    yield subject
