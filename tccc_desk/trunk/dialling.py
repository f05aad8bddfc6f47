"""How a trunk writes the numbers of a test call: its rule, its prefix, and the check of what comes out."""

from __future__ import annotations

import re

from tccc_desk.trunk.china import RULES, Rule, read_number
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.numbers import checked_number, is_emergency
from tccc_desk.trunk.plain import shown
from tccc_desk.trunk.profile import Trunk

MAX_PREFIX = 8

_SENDABLE = re.compile(r"\+?[0-9]{1,32}")


def checked_rule(entered: str) -> Rule:
    """One of `RULES`, "typed" for nothing. Raises InputError for the field "number_rule"."""
    chosen = entered.strip().lower() or "typed"
    if chosen not in RULES:
        raise InputError(
            "number_rule", "input.number_rule.unknown", value=shown(entered), allowed=", ".join(RULES)
        )
    return chosen


def checked_prefix(entered: str, rule: Rule) -> str:
    """Digits before the line number, at most `MAX_PREFIX`. Raises InputError for "number_prefix"."""
    if not re.fullmatch(rf"[0-9]{{0,{MAX_PREFIX}}}", entered):
        raise InputError(
            "number_prefix", "input.number_prefix.bad", value=shown(entered), limit=str(MAX_PREFIX)
        )
    if entered and rule == "plus":
        raise InputError("number_prefix", "input.number_prefix.plus")
    return entered


def as_dialled(trunk: Trunk, field: str, number: str, *, called: bool) -> str:
    """Write a checked number as `trunk` sends it; the prefix goes before a called number only.

    What comes out is checked again: a prefix must not make an emergency number of an ordinary one.
    Raises InputError for `field`.
    """
    sent = read_number(number).as_sent(trunk.number_rule, trunk.number_prefix if called else "")
    if called and is_emergency(sent):
        raise InputError(field, "input.number.emergency", number=sent)
    if sent == number:
        return number
    if not _SENDABLE.fullmatch(sent):
        raise InputError(field, "input.number_rule.result", number=shown(number), sent=shown(sent))
    return checked_number(field, sent, called=called)
