"""argparse with translated help, and with errors that are values of ours instead of an exit."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, NoReturn

from tccc_desk.texts.catalogue import Language, text
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import shown


class _Formatter(argparse.HelpFormatter):
    """Takes help strings for text ids, so that nothing is translated before help is asked for."""

    def __init__(self, prog: str, language: Language, width: int | None) -> None:
        super().__init__(prog, max_help_position=32, width=width)
        self._language: Language = language

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        shown = text("cli.help.usage", self._language) + " " if prefix is None else prefix
        super().add_usage(usage, actions, groups, shown)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return text(action.help, self._language).replace("%", "%%") if action.help else None


class Parser(argparse.ArgumentParser):
    """One command's arguments. `about` is the id of its one-sentence description."""

    def __init__(self, *, language: Language, about: str, epilogue: str = "", prog: str) -> None:
        super().__init__(prog=prog, allow_abbrev=False, exit_on_error=False, add_help=False)
        self.language: Language = language
        self._printing = False
        self._about = about
        self._epilogue = epilogue
        self.add_argument("-h", "--help", action="help", help="cli.help.help")

    def format_help(self) -> str:
        self._printing = True
        self.description = text(self._about, self.language)
        self.epilog = text(self._epilogue, self.language) if self._epilogue else None
        self._positionals.title = text("cli.help.positionals", self.language)
        self._optionals.title = text("cli.help.options", self.language)
        return super().format_help()

    def _get_formatter(self) -> argparse.HelpFormatter:
        # Asked for at every add_argument; one that only checks need not look at the terminal.
        return _Formatter(self.prog, self.language, None if self._printing else 80)

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing English and leaving."""
        raise InputError("arguments", "cli.error.arguments", detail=message)


def parse(parser: Parser, argv: list[str]) -> argparse.Namespace:
    """Read `argv`. Raises InputError for whatever argparse dislikes."""
    try:
        options, unknown = parser.parse_known_args(argv)
    except argparse.ArgumentError as problem:
        raise _described(problem) from None
    if unknown:
        first = unknown[0].partition("=")[0]
        raise InputError(field_of(first), "cli.error.unknown_option", option=shown(first))
    return options


def field_of(option: str) -> str:
    """`--ring-timeout` -> `ring_timeout`: how an error object names it."""
    return option.lstrip("-").replace("-", "_") if option.startswith("--") else "arguments"


def _described(problem: argparse.ArgumentError) -> InputError:
    name = (problem.argument_name or "").rpartition("/")[2]
    if not name.startswith("-"):
        return InputError("command", "cli.error.unknown_command")
    return InputError(field_of(name), "cli.error.option_value", option=name)
