"""The password from standard input, for scripts: --password-stdin."""

from __future__ import annotations

import sys
from typing import BinaryIO

MAX_BYTES = 1024


def read_password(stream: BinaryIO | None = None) -> str:
    """Read `stream` (standard input) to its end and return the password.

    One trailing newline is taken off. Raises InputError on field "password" for nothing,
    controls, text that is not UTF-8, more than `MAX_BYTES`, and for a file its group or
    others may read.
    """
    raise NotImplementedError(stream or sys.stdin.buffer)
