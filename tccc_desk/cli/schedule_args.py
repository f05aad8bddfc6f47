"""The arguments of `schedule`."""

from __future__ import annotations

from collections.abc import Callable

from tccc_desk.cli.parser import Parser


def fill_schedule(schedule: Parser, add_common: Callable[[Parser], None]) -> None:
    """Give `schedule` its actions; `add_common` adds the options every command takes."""
    actions = schedule.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)

    def action(name: str, *, named: bool = True) -> Parser:
        about = f"schedule.help.{name}"
        parser: Parser = actions.add_parser(name, help=about, language=schedule.language, about=about)
        add_common(parser)
        if named:
            parser.add_argument("name", metavar="NAME", nargs="?", default="", help="schedule.help.name")
        return parser

    added = action("add").add_argument
    added("--trunk", metavar="NAME", default="", help="schedule.help.trunk")
    added("--from", dest="caller", metavar="CALLER", default="", help="schedule.help.from")
    added("--to", dest="line", metavar="LINE", default="", help="schedule.help.to")
    added("--every", metavar="MIN", help="schedule.help.every")
    added("--at", metavar="HH:MM", action="append", help="schedule.help.at")
    added("--hours", metavar="09:00-18:00", default="", help="schedule.help.hours")
    added("--days", metavar="mon-fri", default="", help="schedule.help.days")
    added("--daily-cap", metavar="N", default="20", help="schedule.help.daily_cap")
    added("--seconds", metavar="S", default="5", help="schedule.help.seconds")
    action("list", named=False)
    action("remove")
    run = action("run").add_argument
    run("--once", action="store_true", help="schedule.help.once")
    run("--junit", metavar="FILE.xml", default="", help="schedule.help.junit")
    run("--password-stdin", action="store_true", help="cli.help.password_stdin")
    run("--no-log", action="store_true", help="cli.help.no_log")
    action("history")
