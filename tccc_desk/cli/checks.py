"""Arguments that are not a trunk's or a call's fields: seconds, counts, codes, files of authorities.

Everything raises InputError with the option's name as field, before anything is sent.
"""

from __future__ import annotations

import errno
import math
import os
import re
from pathlib import Path

from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import plain, shown

MAX_SECONDS = 86_400
MAX_COUNT = 1_000

_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_WHOLE = re.compile(r"[0-9]{1,9}")


def seconds(field: str, entered: str, *, least: float = 0.0, most: float = MAX_SECONDS) -> float:
    """A plain decimal number: no sign, exponent, "inf" or digits outside ASCII."""
    text = plain(field, entered, 32, required=True)
    value = float(text) if _DECIMAL.fullmatch(text) else math.nan
    if not least <= value <= most:
        raise InputError(
            field, "cli.error.seconds", value=shown(entered), least=f"{least:g}", most=f"{most:g}"
        )
    return value


def whole(field: str, entered: str, *, least: int, most: int) -> int:
    """A whole number within a range, both ends included."""
    text = plain(field, entered, 32, required=True)
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        raise InputError(field, "cli.error.whole", value=shown(entered), least=str(least), most=str(most))
    return int(text)


def ca_file(entered: str) -> str:
    """The whole path of a file of authorities that can be opened now; "" stays so.

    Whole, since a stored trunk is used from other folders, too. What is in it shows when it is used.
    """
    path = Path(plain("ca_file", entered, 4096)).expanduser()
    if not entered.strip():
        return ""
    try:
        if not path.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        path.open("rb").close()
        return str(path.absolute())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError("ca_file", "cli.error.ca_file", value=shown(entered), reason=reason) from error
