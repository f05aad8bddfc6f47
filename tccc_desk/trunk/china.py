"""Telephone numbers of China: what a typed one is, every form of it, and the one a trunk sends.

The national plan is that of ITU-T E.164 country code 86. Area codes: 10 and 2x with eight digits
behind them, three digits from 3 to 9 with seven or eight. Mobile numbers have eleven digits, 13 to 19
first. How the provider wants them is set per number there and not published as one rule, so every form
is shown and the trunk's rule decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from tccc_desk.trunk.numbers import MAX_DIGITS, clean_number, is_emergency

Kind = Literal[
    "mobile",
    "landline",
    "local",
    "service-400",
    "service-800",
    "service-95",
    "service-96",
    "service-1010",
    "short",
    "emergency",
    "international",
    "unknown",
    "none",
]
"""local: a landline without its area code. short: 10086, 12345 and their like. none: no number at all."""
KINDS: tuple[Kind, ...] = get_args(Kind)
Rule = Literal["typed", "national", "e164", "plus", "idd"]
"""typed sends what was entered; national 0755..., 138...; e164 86755...; plus +86755...; idd 0086755..."""
RULES: tuple[Rule, ...] = get_args(Rule)

_COUNTRY = re.compile(r"\+0*86|00+86")
_AREA = r"(?:10|2[0-57-9]|[3-9]\d\d)"
_SUBSCRIBER = r"[2-8]\d{6,7}"
# Behind an area code a first 1 is taken, too: nobody has such a number, so examples are made of them.
_WITH_AREA = r"[1-8]\d{6,7}"
_LANDLINE = re.compile(
    rf"(?P<area>(?:10|2[0-57-9])(?=\d{{8}}$)|[3-9]\d\d(?=\d{{7,8}}$))(?P<rest>{_WITH_AREA})"
)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LOCAL = re.compile(_SUBSCRIBER)
_SERVICES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("service-400", re.compile(r"400\d{7}")),
    ("service-800", re.compile(r"800\d{7}")),
    ("service-95", re.compile(r"95\d{3,6}")),
    ("service-96", re.compile(r"96\d{3,6}")),
    ("service-1010", re.compile(r"101[01]\d{4}")),
    ("short", re.compile(r"1[0-2]\d{1,4}")),
)
_AREA_SERVICE = re.compile(rf"0(?P<area>{_AREA})(?P<rest>9[56]\d{{3,6}}|1[0-2]\d{{1,4}})")


@dataclass(frozen=True, slots=True)
class ChineseNumber:
    """What was typed, understood as far as it can be."""

    typed: str
    """Without decoration: digits, perhaps a plus; what is left of a text that is no number."""
    kind: Kind
    area: str = ""
    """Without the leading 0: 10, 21, 755; empty where there is none."""
    forms: Mapping[str, str] = field(default_factory=dict)
    """By rule, without "typed"; also "trunk" (a mobile number behind the long-distance 0)."""

    @property
    def refused(self) -> bool:
        """A test never dials it."""
        return self.kind in ("emergency", "none")

    def as_sent(self, rule: Rule, prefix: str = "") -> str:
        """Write it by a trunk's rule; what has no such form goes as typed. `prefix` comes before it."""
        return prefix + (self.typed if rule == "typed" else self.forms.get(rule, self.typed))


def read_number(text: str) -> ChineseNumber:
    """Understand a typed or pasted number; never raises."""
    cleaned = clean_number(text[:200])
    if not re.fullmatch(rf"\+?\d{{1,{MAX_DIGITS}}}", cleaned, re.ASCII):
        return ChineseNumber(cleaned, "none")
    if is_emergency(cleaned):
        return ChineseNumber(cleaned, "emergency")
    country = _COUNTRY.match(cleaned)
    if country is not None:
        return _inside(cleaned, cleaned[country.end() :], abroad=True) or ChineseNumber(cleaned, "unknown")
    if cleaned.startswith(("+", "00")):
        return ChineseNumber(cleaned, "international", forms=_foreign(cleaned))
    found = _inside(cleaned, cleaned, abroad=False)
    if found is None and cleaned.startswith("86"):
        found = _inside(cleaned, cleaned[2:], abroad=True)
    return found or ChineseNumber(cleaned, "unknown")


def _inside(typed: str, number: str, *, abroad: bool) -> ChineseNumber | None:
    """A number of the national plan, with its long-distance 0 or without; None for none."""
    zero = number.startswith("0")
    plain = number[1:] if zero else number
    if _MOBILE.fullmatch(plain):
        return _made(typed, "mobile", plain, plain, extra={"trunk": "0" + plain})
    if not zero:
        for kind, pattern in _SERVICES:
            if pattern.fullmatch(plain):
                return _made(typed, kind, plain, plain)
    if found := _LANDLINE.fullmatch(plain):
        return _made(typed, "landline", "0" + plain, plain, area=found["area"])
    if not abroad and (found := _AREA_SERVICE.fullmatch(number)):
        kind = next(kind for kind, pattern in _SERVICES if pattern.fullmatch(found["rest"]))
        return _made(typed, kind, number, plain, area=found["area"])
    if not abroad and not zero and _LOCAL.fullmatch(number):
        return ChineseNumber(typed, "local")
    return None


def _made(
    typed: str,
    kind: Kind,
    national: str,
    significant: str,
    *,
    area: str = "",
    extra: Mapping[str, str] | None = None,
) -> ChineseNumber:
    forms = {
        "national": national,
        "e164": "86" + significant,
        "plus": "+86" + significant,
        "idd": "0086" + significant,
    }
    return ChineseNumber(typed, kind, area, {**forms, **(extra or {})})


def _foreign(number: str) -> dict[str, str]:
    digits = number.lstrip("+0")
    return {"e164": digits, "plus": "+" + digits, "idd": "00" + digits}
