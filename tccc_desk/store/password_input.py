"""The password from standard input, for scripts: --password-stdin."""

from __future__ import annotations

import os
import stat
import sys
import unicodedata
from io import UnsupportedOperation
from typing import BinaryIO

from tccc_desk.trunk.errors import InputError

MAX_BYTES = 1024
_FIELD = "password"


def read_password(stream: BinaryIO | None = None) -> str:
    """Read `stream` (standard input) to its end and return the password.

    One trailing newline is taken off. Raises InputError on field "password" for nothing,
    controls, text that is not UTF-8, more than `MAX_BYTES`, and for a file its group or
    others may read.
    """
    source = sys.stdin.buffer if stream is None else stream
    _refuse_shared_file(source)
    data = source.read(MAX_BYTES + 3)  # a final CR LF and one octet more than allowed
    data = data.removesuffix(b"\n").removesuffix(b"\r") if data.endswith(b"\n") else data
    if not data:
        raise InputError(_FIELD, "input.password.none")
    if len(data) > MAX_BYTES:
        raise InputError(_FIELD, "input.password.too_long", limit=str(MAX_BYTES))
    try:
        password = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(_FIELD, "input.password.encoding") from None  # the cause holds the octets
    return checked_password(password)


def checked_password(password: str) -> str:
    """Return `password` unchanged, or raise InputError: for a form's field as well.

    Surrounding spaces stay, they may be meant.
    """
    if not password:
        raise InputError(_FIELD, "input.password.none")
    if len(password.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InputError(_FIELD, "input.password.too_long", limit=str(MAX_BYTES))
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in password):
        raise InputError(_FIELD, "input.password.control")
    return password


def _refuse_shared_file(source: BinaryIO) -> None:
    """On POSIX, refuse a regular file that group or others may read. Pipes and terminals pass."""
    if os.name != "posix":
        return
    try:
        mode = os.fstat(source.fileno()).st_mode
    except (UnsupportedOperation, AttributeError, OSError):  # no descriptor behind it
        return
    if stat.S_ISREG(mode) and mode & (stat.S_IRGRP | stat.S_IROTH):
        raise InputError(_FIELD, "input.password.readable")
