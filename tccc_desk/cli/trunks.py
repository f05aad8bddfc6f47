"""`trunk add | list | show | edit | remove`: the stored trunks and their passwords."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping

import msgspec

from tccc_desk.cli.exits import Exit
from tccc_desk.cli.interchange import bring_in, lint, write_out
from tccc_desk.cli.output import Output
from tccc_desk.cli.subject import password_from_stdin, say_notices, trunk_fields
from tccc_desk.store.errors import SecretMissing, VaultError
from tccc_desk.store.paths import folders
from tccc_desk.store.profiles import Profiles
from tccc_desk.store.vault import Secrets, account_key
from tccc_desk.trunk.entry import checked_trunk, fields_of
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.profile import Trunk


class TrunkCommands:
    """Each method is one action; all raise InputError, StoreError and VaultError."""

    def __init__(self, options: argparse.Namespace, output: Output, secrets: Secrets) -> None:
        self._options = options
        self._output = output
        self._secrets = secrets
        self._profiles = Profiles(folders())

    def run(self) -> Exit:
        """Do what `action` says."""
        actions: Mapping[str, Callable[[], Exit]] = {
            "add": self._add,
            "list": self._list,
            "show": self._show,
            "edit": self._edit,
            "remove": self._remove,
            "lint": lambda: lint(self._options.file, self._output),
            "import": lambda: bring_in(self._options, self._profiles, self._secrets, self._output),
            "export": lambda: write_out(self._options, self._profiles, self._secrets, self._output),
        }
        action = self._options.action
        if action is None:
            raise InputError("action", "cli.error.no_action")
        if action not in ("list", "lint", "import") and not self._options.name:
            raise InputError("name", "input.empty")
        return actions[action]()

    def _add(self) -> Exit:
        trunk, notices = checked_trunk({**trunk_fields(self._options), "name": self._options.name})
        if any(stored.name == trunk.name for stored in self._profiles.list()):
            raise InputError("name", "cli.error.trunk_exists", name=trunk.name)
        if not self._options.password_stdin:
            raise InputError("password", "cli.error.no_password")
        say_notices(notices, self._output)
        # The password first: without a keyring no trunk is left behind that could not register.
        self._secrets.write(account_key(trunk), password_from_stdin(self._output))
        self._profiles.add(trunk)
        return self._report("add", trunk, "cli.result.trunk_added")

    def _edit(self) -> Exit:
        before = self._profiles.get(self._options.name)
        given = trunk_fields(self._options)
        if not given and not self._options.password_stdin:
            raise InputError("arguments", "cli.error.nothing_to_edit")
        after, notices = checked_trunk({**fields_of(before), **given})
        say_notices(notices, self._output)
        old, new = account_key(before), account_key(after)
        if self._options.password_stdin:
            self._secrets.write(new, password_from_stdin(self._output))
        elif new != old:
            self._copy_password(old, new)
        self._profiles.edit(before.name, after)
        if new != old:
            self._drop_password(old)
        return self._report("edit", after, "cli.result.trunk_edited")

    def _list(self) -> Exit:
        trunks = self._profiles.list()
        body = {"trunks": [msgspec.to_builtins(trunk) for trunk in trunks]}
        self._output.result("trunk list", True, body, map(_one_line, trunks))
        return Exit.OK

    def _show(self) -> Exit:
        trunk = self._profiles.get(self._options.name)
        self._output.result("trunk show", True, {"trunk": msgspec.to_builtins(trunk)}, _lines(trunk))
        return Exit.OK

    def _remove(self) -> Exit:
        trunk = self._profiles.remove(self._options.name)
        self._drop_password(account_key(trunk))
        return self._report("remove", trunk, "cli.result.trunk_removed")

    def _copy_password(self, old: str, new: str) -> None:
        try:
            password = self._secrets.read(old)
        except SecretMissing:
            return
        self._secrets.write(new, password)

    def _drop_password(self, account: str) -> None:
        """Delete a password no stored trunk needs; a keyring that fails now is said, not obeyed."""
        if any(account_key(trunk) == account for trunk in self._profiles.list()):
            return
        try:
            self._secrets.delete(account)
        except VaultError as problem:
            self._output.notice(problem.finding, **problem.details)

    def _report(self, action: str, trunk: Trunk, done: str) -> Exit:
        body = {"trunk": msgspec.to_builtins(trunk)}
        self._output.result(f"trunk {action}", True, body, [self._output.words(done, name=trunk.name)])
        return Exit.OK


def _one_line(trunk: Trunk) -> str:
    server = fields_of(trunk)["server"]
    return f"{trunk.name}\t{account_key(trunk)}\t{trunk.transport}:{server}"


def _lines(trunk: Trunk) -> Iterator[str]:
    for name, value in fields_of(trunk).items():
        yield f"{name}: {value}"
