"""Small files: read with a bound, written whole or not at all, changed by one process at a time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tccc_desk.store.errors import StoreError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

MAX_BYTES = 4 * 1024 * 1024
LOCK_TIMEOUT_S = 10.0
_LOCKED_OCTET = 1 << 20
_threads = threading.Lock()  # an OS lock does not keep threads of one process apart everywhere


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def read_bounded(path: Path, limit: int = MAX_BYTES) -> bytes | None:
    """Read a file of at most `limit` octets; None if there is none."""
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError("store.file.unreadable", path=str(path), reason=_reason(error)) from error
    if len(data) > limit:
        raise StoreError("store.file.too_large", path=str(path), limit=str(limit))
    return data


def write_atomic(path: Path, data: bytes) -> None:
    """Replace `path` by `data`, readable by its owner only: after a crash the old or the new one is there."""
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=".new", dir=path.parent
        )  # 0600
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        _replace(Path(temporary), path)
        temporary = ""
        _sync_folder(path.parent)
    except OSError as error:
        raise StoreError("store.file.unwritable", path=str(path), reason=_reason(error)) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def _replace(new: Path, path: Path) -> None:
    """Rename over `path`. On Windows that fails while somebody reads it, which is soon over."""
    for _ in range(50 if sys.platform == "win32" else 0):
        try:
            new.replace(path)
        except PermissionError:
            time.sleep(0.02)
        else:
            return
    new.replace(path)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system knows how."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError:  # some network file systems refuse; the file's own content is safe already
            pass
        finally:
            os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Lock an open file for this process alone; the system releases it when the process dies."""
    try:
        if sys.platform == "win32":  # locked octets cannot be read by others: lock one behind the content
            os.lseek(descriptor, _LOCKED_OCTET, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


@contextlib.contextmanager
def exclusive(path: Path, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
    """Hold the lock that belongs to `path` (a file beside it) for a read-modify-write."""
    deadline = time.monotonic() + timeout_s
    with _threads:
        try:
            descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError("store.file.unwritable", path=str(path), reason=_reason(error)) from error
        try:
            while not try_lock(descriptor):
                if time.monotonic() > deadline:
                    raise StoreError("store.file.locked", path=str(path))
                time.sleep(0.01)
            yield
        finally:
            os.close(descriptor)  # releases the lock


def set_aside(path: Path) -> Path:
    """Rename a file nobody can use to a free name beside it, and return that."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for number in range(1, 1000):
        kept = path.with_name(f"{path.stem}.broken-{stamp}-{number}{path.suffix}")
        if not kept.exists():
            try:
                path.rename(kept)
            except OSError as error:
                raise StoreError("store.file.unwritable", path=str(path), reason=_reason(error)) from error
            return kept
    raise StoreError("store.file.unwritable", path=str(path), reason="no free name")


def faceless(name: str) -> str:
    """Give a file name for what somebody named: a hash, for it must not depend on what was entered."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def remove(path: Path) -> None:
    """Remove a file that may be gone already. Raises StoreError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError("store.file.unwritable", path=str(path), reason=_reason(error)) from error
