"""The product's settings: typed descriptors in one place, the settings page is built from them."""

from __future__ import annotations

from dataclasses import dataclass

from tccc_desk.store.errors import StoreError
from tccc_desk.store.paths import Folders

Value = bool | int | str


@dataclass(frozen=True, slots=True)
class Option:
    """One setting. The type of `default` is the option's type: bool, int or str."""

    key: str
    default: Value
    choices: tuple[str, ...] = ()
    """Of a str: the allowed values, labelled by `store.choice.<key>.<value>`. Empty: free text."""
    low: int = 0
    high: int = 0
    """Of an int: the range, both ends included."""

    @property
    def label(self) -> str:
        """Text id of the name."""
        return f"store.option.{self.key}.label"

    @property
    def help(self) -> str:
        """Text id of one explaining sentence."""
        return f"store.option.{self.key}.help"


OPTIONS: tuple[Option, ...] = (
    Option("language", "auto", choices=("auto", "en", "zh")),
    Option("log_rows", 100_000, low=1_000, high=1_000_000),
    Option("follow_log", True),
    Option("default_play", "tone", choices=("tone", "silence", "echo")),
    Option("default_answer", "echo", choices=("echo", "tone", "silence")),
    Option("ring_timeout_s", 60, low=5, high=300),
    Option("ask_before_first_registration", True),
)


class Options:
    """Values of `OPTIONS`, kept in one file; keys it does not know stay in it."""

    def __init__(self, folders: Folders) -> None:
        self._path = folders.config / "options.json"

    def get(self, key: str) -> Value:
        """Give the stored value, or the default where none or an unusable one is stored."""
        raise NotImplementedError

    def set(self, key: str, value: Value) -> None:
        """Store `value`. StoreError "store.option.unknown" (details: key, nearest) or "store.option.wrong"."""
        raise NotImplementedError

    def reset(self, key: str) -> None:
        raise NotImplementedError

    def problems(self) -> tuple[StoreError, ...]:
        """What in the file cannot be used: shown once at start, never fatal."""
        raise NotImplementedError
