"""The arguments of `trace`."""

from __future__ import annotations

from collections.abc import Callable

from tccc_desk.cli.parser import Parser


def fill_trace(trace: Parser, add_common: Callable[[Parser], None]) -> None:
    """Give `trace` its actions; `add_common` adds the options every command takes."""
    actions = trace.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)

    def add(name: str) -> Parser:
        about = f"trace.help.{name}"
        parser: Parser = actions.add_parser(name, help=about, language=trace.language, about=about)
        add_common(parser)
        return parser

    listed = add("list")
    _choosing(listed)
    listed.add_argument("--text", metavar="T", default="", help="trace.help.text")
    listed.add_argument("--problems", action="store_true", help="trace.help.problems")
    listed.add_argument("--limit", metavar="N", default="100", help="trace.help.limit")
    shown = add("show")
    shown.add_argument("call_id", metavar="CALL-ID", nargs="?", default="", help="trace.help.call_id")
    shown.add_argument("--capture", metavar="NAME", help="trace.help.capture")
    shown.add_argument("--mask", action="store_true", help="trace.help.mask")
    export = add("export")
    _choosing(export)
    export.add_argument("--call", metavar="CALL-ID", action="append", default=[], help="trace.help.call")
    export.add_argument("--format", metavar="FORMAT", help="trace.help.format")
    export.add_argument("--output", metavar="FILE", help="trace.help.output")
    export.add_argument("--mask", action="store_true", help="trace.help.mask")
    export.add_argument("--replace", action="store_true", help="trace.help.replace")
    export.add_argument("--preview", action="store_true", help="trace.help.preview")
    taken = add("import")
    taken.add_argument("file", metavar="FILE", nargs="?", default="", help="trace.help.file")
    taken.add_argument("--name", metavar="NAME", default="", help="trace.help.name")
    add("captures")
    removed = add("remove")
    removed.add_argument("name", metavar="NAME", nargs="?", default="", help="trace.help.capture")


def _choosing(parser: Parser) -> None:
    parser.add_argument("--since", metavar="T", help="trace.help.since")
    parser.add_argument("--trunk", metavar="NAME", default="", help="trace.help.trunk")
    parser.add_argument("--capture", metavar="NAME", help="trace.help.capture")
