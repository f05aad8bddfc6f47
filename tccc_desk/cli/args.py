"""The arguments, command by command. Values stay text here: `checks` reads them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence

from tccc_desk import __version__
from tccc_desk.cli.parser import Parser
from tccc_desk.texts.catalogue import Language

TRUNK_OPTIONS = (
    "username",
    "domain",
    "server",
    "backup_server",
    "transport",
    "expires",
    "auth_username",
    "ca_file",
    "allow_realm",
    "allow_source",
    "loose_route",
    "dtmf_method",
    "number_rule",
    "number_prefix",
)
"""Options that describe a trunk, as attributes of the parsed arguments."""
_PLAY = "tone|sweep|silence|echo|microphone|FILE.wav"


def build_parser(language: Language, argv: Sequence[str]) -> Parser:
    """Build the command line as far as `argv` can need it: a start counts in milliseconds."""
    parser = Parser(
        prog="tccc-desk-cli", language=language, about="cli.help.about", epilogue="cli.help.exits"
    )
    parser.add_argument(
        "--version", action="version", version=f"tccc-desk {__version__}", help="cli.help.version"
    )
    _add_common(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for name, fill in _COMMANDS.items():
        command = _add(commands, name, language)
        if name in argv:
            fill(command)
    return parser


def _fill_register(parser: Parser) -> None:
    _add_trunk(parser)
    parser.add_argument("--hold", metavar="S", default="0", help="cli.help.hold")


def _fill_call(parser: Parser) -> None:
    _add_trunk(parser)
    parser.add_argument("--from", dest="caller", metavar="CALLER", help="cli.help.from")
    parser.add_argument("--to", dest="line", metavar="LINE", help="cli.help.to")
    parser.add_argument("--seconds", metavar="S", help="cli.help.call_seconds")
    parser.add_argument("--ring-timeout", metavar="S", default="60", help="cli.help.ring_timeout")
    parser.add_argument("--play", metavar=_PLAY, help="cli.help.play")
    _add_sound(parser)
    parser.add_argument("--dtmf", metavar="DIGITS", default="", help="cli.help.dtmf")
    parser.add_argument("--codec", metavar="pcma,pcmu", help="cli.help.codec")
    parser.add_argument(
        "--header", metavar="'NAME: VALUE'", action="append", default=[], help="cli.help.header"
    )
    parser.add_argument("--no-register", action="store_true", help="cli.help.no_register")


def _fill_wait(parser: Parser) -> None:
    _add_trunk(parser)
    parser.add_argument("--for", dest="wait_for", metavar="S", default="60", help="cli.help.for")
    parser.add_argument("--count", metavar="N", default="1", help="cli.help.count")
    parser.add_argument("--answer", "--play", dest="answer", metavar=_PLAY, help="cli.help.answer")
    parser.add_argument("--reject", metavar="CODE", help="cli.help.reject")
    parser.add_argument("--seconds", metavar="S", default="30", help="cli.help.wait_seconds")
    _add_sound(parser)
    parser.add_argument("--expect-to", metavar="NUMBER", help="cli.help.expect_to")


def _fill_check(parser: Parser) -> None:
    _add_trunk(parser)
    parser.add_argument("--from", dest="caller", metavar="CALLER", help="cli.help.from")
    parser.add_argument("--to", dest="line", metavar="LINE", help="cli.help.to")
    parser.add_argument("--ring-timeout", metavar="S", default="30", help="cli.help.check_ring_timeout")
    parser.add_argument("--wait-inbound", metavar="S", default="0", help="cli.help.wait_inbound")
    parser.add_argument("--transports", metavar="tcp,udp,tls", help="cli.help.transports")
    parser.add_argument("--beside-others", action="store_true", help="cli.help.beside_others")


def _fill_practice(parser: Parser) -> None:
    parser.add_argument("--port", metavar="P", default="0", help="cli.help.port")


def _fill_number(parser: Parser) -> None:
    parser.add_argument("text", metavar="TEXT", help="cli.help.number_text")
    parser.add_argument("--rule", metavar="RULE", default="typed", help="cli.help.number_rule")
    parser.add_argument("--prefix", metavar="DIGITS", default="", help="cli.help.number_prefix")


def _fill_conformance(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE|-", nargs="?", help="cli.help.conformance_file")
    parser.add_argument("--step", metavar="2|3", help="cli.help.conformance_step")
    parser.add_argument("--call", metavar="CALL-ID", help="cli.help.conformance_call")
    parser.add_argument("--line", metavar="NUMBER", help="cli.help.conformance_line")
    parser.add_argument("--caller", metavar="NUMBER", help="cli.help.conformance_caller")
    parser.add_argument("--domain", metavar="D", help="cli.help.domain")
    parser.add_argument("--username", metavar="U", help="cli.help.username")


def _fill_end_status(parser: Parser) -> None:
    parser.add_argument("code", metavar="CODE", nargs="?", default="", help="cli.help.end_status_code")


def _fill_firewall(parser: Parser) -> None:
    parser.add_argument("--trunk", metavar="NAME", help="cli.help.firewall_trunk")
    parser.add_argument("--rtp-ports", metavar="LOW-HIGH", help="cli.help.firewall_ports")


def _fill_sound(sound: Parser) -> None:
    actions = sound.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)
    _add(actions, "list", sound.language, "sound_")


def _fill_trunk(trunk: Parser) -> None:
    language = trunk.language
    actions = trunk.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)
    for action in ("add", "edit"):
        parser = _add(actions, action, language, "trunk_")
        parser.add_argument("name", metavar="NAME", nargs="?", default="", help="cli.help.name")
        _add_settings(parser)
    _add(actions, "list", language, "trunk_")
    for action in ("show", "remove"):
        _add(actions, action, language, "trunk_").add_argument(
            "name", metavar="NAME", nargs="?", default="", help="cli.help.name"
        )
    lint = _add(actions, "lint", language, "trunk_")
    lint.add_argument("file", metavar="FILE|-", help="cli.help.configuration")
    brought = _add(actions, "import", language, "trunk_")
    brought.add_argument("file", metavar="FILE|-", help="cli.help.configuration")
    brought.add_argument("--gateway", metavar="NAME", help="cli.help.gateway")
    brought.add_argument("--name", metavar="NAME", default="", help="cli.help.import_name")
    written = _add(actions, "export", language, "trunk_")
    written.add_argument("name", metavar="NAME", nargs="?", default="", help="cli.help.name")
    written.add_argument("--format", metavar="FORMAT", default="profile", help="cli.help.export_format")
    written.add_argument("--output", metavar="FILE", help="cli.help.export_output")
    written.add_argument("--with-password", action="store_true", help="cli.help.with_password")


def _fill_trace(trace: Parser) -> None:
    from tccc_desk.cli.trace_args import fill_trace  # noqa: PLC0415  a start counts in milliseconds

    fill_trace(trace, _add_common)


def _fill_acceptance(parser: Parser) -> None:
    from tccc_desk.cli.acceptance_args import fill_acceptance  # noqa: PLC0415

    fill_acceptance(parser)


def _fill_schedule(schedule: Parser) -> None:
    from tccc_desk.cli.schedule_args import fill_schedule  # noqa: PLC0415

    fill_schedule(schedule, _add_common)


def _add(
    commands: argparse._SubParsersAction[Parser], name: str, language: Language, prefix: str = ""
) -> Parser:
    about = f"cli.help.{prefix}{name}"
    parser: Parser = commands.add_parser(name, help=about, language=language, about=about)
    _add_common(parser)
    return parser


def _add_common(parser: Parser) -> None:
    # Accepted before and after the command; SUPPRESS keeps the second place from undoing the first.
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="cli.help.json")
    parser.add_argument("--lang", metavar="en|zh", default=argparse.SUPPRESS, help="cli.help.lang")


def _add_sound(parser: Parser) -> None:
    parser.add_argument("--record", metavar="FILE.wav", help="cli.help.record")
    parser.add_argument("--listen", action="store_true", help="cli.help.listen")
    parser.add_argument("--microphone", metavar="ID", default="", help="cli.help.microphone")
    parser.add_argument("--speaker", metavar="ID", default="", help="cli.help.speaker")
    parser.add_argument("--rtp-ports", metavar="LOW-HIGH", help="cli.help.rtp_ports")


def _add_trunk(parser: Parser) -> None:
    parser.add_argument("--trunk", metavar="NAME", help="cli.help.trunk_option")
    parser.add_argument("--no-log", action="store_true", help="cli.help.no_log")
    _add_settings(parser)
    parser.add_argument("--realm", metavar="R", action="append", help="cli.help.realm")


def _add_settings(parser: Parser) -> None:
    parser.add_argument("--username", metavar="U", help="cli.help.username")
    parser.add_argument("--domain", metavar="D", help="cli.help.domain")
    parser.add_argument("--server", metavar="HOST[:PORT]", help="cli.help.server")
    parser.add_argument("--backup-server", metavar="HOST[:PORT]", help="cli.help.backup_server")
    parser.add_argument("--transport", metavar="tcp|udp|tls", help="cli.help.transport")
    parser.add_argument("--expires", metavar="S", help="cli.help.expires")
    parser.add_argument("--auth-username", metavar="A", help="cli.help.auth_username")
    parser.add_argument("--ca-file", metavar="PEM", help="cli.help.ca_file")
    parser.add_argument("--allow-realm", metavar="REALM", action="append", help="cli.help.allow_realm")
    parser.add_argument("--allow-source", metavar="IP", action="append", help="cli.help.allow_source")
    parser.add_argument(
        "--loose-route", action=argparse.BooleanOptionalAction, default=None, help="cli.help.loose_route"
    )
    parser.add_argument("--dtmf-method", metavar="METHOD", help="cli.help.dtmf_method")
    parser.add_argument("--number-rule", metavar="RULE", help="cli.help.trunk_number_rule")
    parser.add_argument("--number-prefix", metavar="DIGITS", help="cli.help.trunk_number_prefix")
    parser.add_argument("--password-stdin", action="store_true", help="cli.help.password_stdin")


_COMMANDS: Mapping[str, Callable[[Parser], None]] = {
    "register": _fill_register,
    "verify": _add_trunk,
    "check": _fill_check,
    "call": _fill_call,
    "wait": _fill_wait,
    "practice": _fill_practice,
    "trunk": _fill_trunk,
    "sound": _fill_sound,
    "trace": _fill_trace,
    "number": _fill_number,
    "end-status": _fill_end_status,
    "conformance": _fill_conformance,
    "firewall": _fill_firewall,
    "acceptance": _fill_acceptance,
    "schedule": _fill_schedule,
}
