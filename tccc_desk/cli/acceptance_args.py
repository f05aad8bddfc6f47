"""The arguments of `acceptance`."""

from __future__ import annotations

from tccc_desk.cli.parser import Parser


def fill_acceptance(parser: Parser) -> None:
    """Give `acceptance` its options."""
    add = parser.add_argument
    add("name", metavar="NAME", nargs="?", default="", help="acceptance.help.name")
    add("--step", metavar="ID", action="append", default=[], help="acceptance.help.step")
    add("--call", metavar="CALL-ID", default="", help="acceptance.help.call")
    add("--remark", metavar="TEXT", default="", help="acceptance.help.remark")
    add("--pass", dest="passed", action="store_true", help="acceptance.help.pass")
    add("--fail", dest="failed", action="store_true", help="acceptance.help.fail")
    add("--expect-to", metavar="NUMBER", default="", help="acceptance.help.expect_to")
    add("--expect-from", metavar="NUMBER", default="", help="acceptance.help.expect_from")
    add("--run", action="store_true", help="acceptance.help.run")
    add("--from", dest="caller", metavar="CALLER", action="append", help="acceptance.help.from")
    add("--to", dest="line", metavar="LINE", default="", help="acceptance.help.to")
    add("--pause", metavar="S", default="5", help="acceptance.help.pause")
    add("--report", metavar="FILE.html|FILE.md", default="", help="acceptance.help.report")
    add("--mask", action="store_true", help="acceptance.help.mask")
    add("--reset", action="store_true", help="acceptance.help.reset")
    add("--password-stdin", action="store_true", help="cli.help.password_stdin")
    add("--no-log", action="store_true", help="cli.help.no_log")
