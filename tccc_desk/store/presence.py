"""Who else is at work here: one lock per account, one per window."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Literal

from tccc_desk.store.paths import Folders

Kind = Literal["window", "command line"]


@dataclass(frozen=True, slots=True)
class Occupied:
    """Another process holds it. `pid` is 0 and `kind` None where it did not say (yet)."""

    pid: int
    kind: Kind | None


class Claim:
    """Held until `close`, the end of the `with` block, or the death of the process."""

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Claim:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Presence:
    def __init__(self, folders: Folders) -> None:
        self._folder = folders.runtime

    def claim(self, account: str, kind: Kind) -> Claim | Occupied:
        """Take `account` (a `vault.account_key`) for this process."""
        raise NotImplementedError

    def window_lock(self) -> Claim | Occupied:
        """One window per profile folder."""
        raise NotImplementedError
