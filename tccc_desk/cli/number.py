"""`number TEXT`: what a telephone number of China is, all its forms, and the one that would be sent."""

from __future__ import annotations

from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.trunk.china import RULES, Rule, read_number
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import shown


def number(entered: str, rule: str, prefix: str, output: Output) -> Exit:
    """Explain a number; the exit status says whether a test may dial it. Raises InputError."""
    chosen = checked_rule(rule)
    if not all(one in "0123456789+*#" for one in prefix) or len(prefix) > 8:
        raise InputError("prefix", "cli.error.prefix", value=shown(prefix))
    read = read_number(entered)
    sent = None if read.refused else read.as_sent(chosen, prefix)
    words = output.words(f"number.kind.{read.kind}", area=read.area)
    body = {
        "typed": read.typed,
        "kind": read.kind,
        "area": f"0{read.area}" if read.area else None,
        "forms": dict(read.forms),
        "rule": chosen,
        "sent": sent,
        "refused": read.refused,
        "sentence": words,
    }
    lines = [
        words,
        *(f"{output.words(f'number.form.{form}')}: {value}" for form, value in read.forms.items()),
    ]
    lines.append(output.words("number.not-sent") if sent is None else output.words("number.sent", sent=sent))
    output.result("number", not read.refused, body, lines)
    return Exit.BAD_INPUT if read.refused else Exit.OK


def checked_rule(entered: str) -> Rule:
    """Read one of RULES. Raises InputError."""
    for rule in RULES:
        if entered == rule:
            return rule
    raise InputError("rule", "cli.error.choice", value=shown(entered), allowed=", ".join(RULES))
