"""Files handed over appear whole or not at all, for their owner only, and never over another file."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

from tccc_desk.trace.export.problem import ExportProblem

T = TypeVar("T")


def save(path: Path, write: Callable[[BinaryIO], T], *, replace: bool = False) -> T:
    """Have `write` fill a new file, then give it its name.

    With `replace` an existing file gives way (the face has asked). Raises ExportProblem where the
    name is taken or the file cannot be written; then nothing is left behind.
    """
    if not replace and path.exists():
        raise ExportProblem("trace.export.exists", path=str(path))
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name[:64]}.", suffix=".new", dir=path.parent)
        with os.fdopen(descriptor, "wb") as stream:  # mkstemp made it 0600
            result = write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        if replace:
            Path(temporary).replace(path)
            temporary = ""
        else:
            _name_new(temporary, path)
    except FileExistsError as error:
        raise ExportProblem("trace.export.exists", path=str(path)) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ExportProblem("trace.export.unwritable", path=str(path), reason=reason) from error
    else:
        return result
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def _name_new(temporary: str, path: Path) -> None:
    """Give the finished file its name unless somebody took it meanwhile."""
    with contextlib.suppress(PermissionError, NotImplementedError, OSError):
        if not path.exists():
            path.hardlink_to(temporary)
            return
    if path.exists():
        raise FileExistsError(path)
    # A file system without hard links: reserve the name, then move over the reservation.
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    Path(temporary).replace(path)
