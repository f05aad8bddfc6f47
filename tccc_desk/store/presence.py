"""Who else is at work here: one lock per account, one per window."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec

from tccc_desk.store.errors import StoreError
from tccc_desk.store.files import faceless, try_lock
from tccc_desk.store.paths import Folders

Kind = Literal["window", "command line"]


@dataclass(frozen=True, slots=True)
class Occupied:
    """Another process (or another claim of this one) holds it.

    `pid` is 0 and `kind` None where it has not said yet who it is.
    """

    pid: int
    kind: Kind | None


class _Holder(msgspec.Struct, frozen=True):
    pid: int
    kind: Kind


class Claim:
    """Held until `close`, the end of the `with` block, or the death of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def close(self) -> None:
        """Give it back; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            try:
                os.ftruncate(descriptor, 0)
            finally:
                os.close(descriptor)  # releases the lock; the empty file stays, removing it would race

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Presence:
    """Locks under the runtime folder, so of one user and one profile folder."""

    def __init__(self, folders: Folders) -> None:
        self._folder = folders.runtime

    def claim(self, account: str, kind: Kind) -> Claim | Occupied:
        """Take `account` (a `vault.account_key`) for this process, without waiting.

        Raises StoreError "store.file.unwritable" where no lock can be made.
        """
        return _take(self._folder / f"account-{faceless(account)}.lock", kind)

    def window_lock(self) -> Claim | Occupied:
        """One window per profile folder."""
        return _take(self._folder / "window.lock", "window")

    def schedule_lock(self) -> Claim | Occupied:
        """One runner of scheduled calls per profile folder."""
        return _take(self._folder / "schedule.lock", "command line")


def _take(path: Path, kind: Kind) -> Claim | Occupied:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # not inherited by children (PEP 446)
        try:
            if not try_lock(descriptor):
                holder = _holder(descriptor)
                os.close(descriptor)
                return holder
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, msgspec.json.encode(_Holder(os.getpid(), kind)))
        except OSError:
            os.close(descriptor)
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError("store.file.unwritable", path=str(path), reason=reason) from error
    return Claim(descriptor)


def _holder(descriptor: int) -> Occupied:
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        holder = msgspec.json.decode(os.read(descriptor, 256), type=_Holder)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Occupied(0, None)
    return Occupied(holder.pid, holder.kind)
