"""The product's settings: typed descriptors in one place, the settings page is built from them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import msgspec

from tccc_desk.store.errors import StoreError
from tccc_desk.store.files import exclusive, read_bounded, set_aside, write_atomic
from tccc_desk.store.paths import Folders

Value = bool | int | str
MAX_TEXT = 1024


@dataclass(frozen=True, slots=True)
class Option:
    """One setting. The type of `default` is the option's type: bool, int or str."""

    key: str
    default: Value
    choices: tuple[str, ...] = ()
    """Of a str: the allowed values, labelled by `choice_label`. Empty: free text."""
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

    def choice_label(self, choice: str) -> str:
        """Text id of one of `choices`."""
        return f"store.choice.{self.key}.{choice}"

    def fits(self, value: object) -> bool:
        """Say whether `value` may be stored."""
        if not isinstance(value, (bool, int, str)) or type(value) is not type(self.default):
            return False  # by type(): True is no number here
        if isinstance(value, str):
            return value in self.choices if self.choices else len(value) <= MAX_TEXT and value.isprintable()
        return isinstance(value, bool) or self.low <= value <= self.high


OPTIONS: tuple[Option, ...] = (
    Option("language", "auto", choices=("auto", "en", "zh")),
    Option("follow_log", True),
    Option("keep_log", True),
    Option("log_max_megabytes", 1_000, low=20, high=100_000),
    Option("log_max_days", 30, low=1, high=3_650),
    Option("default_play", "tone", choices=("tone", "sweep", "microphone", "echo", "silence")),
    Option("default_answer", "echo", choices=("echo", "tone", "sweep", "microphone", "silence")),
    Option("ring_timeout_s", 60, low=5, high=300),
    Option("rtp_port_low", 0, low=0, high=65_534),
    Option("rtp_port_high", 0, low=0, high=65_535),
    Option("ask_before_first_registration", True),
    Option("hep_collector", ""),
    Option("hep_capture_id", 0, low=0, high=2_147_483_647),
)
BY_KEY = {option.key: option for option in OPTIONS}


class Options:
    """Values of `OPTIONS`, kept in one file; keys it does not know stay in it."""

    def __init__(self, folders: Folders) -> None:
        self._path = folders.config / "options.json"

    def get(self, key: str) -> Value:
        """Give the stored value, or the default where none or an unusable one is stored."""
        option = _known(key)
        try:
            value = self._read().get(key)
        except StoreError:
            return option.default
        return value if isinstance(value, (bool, int, str)) and option.fits(value) else option.default

    def set(self, key: str, value: Value) -> None:
        """Store `value`.

        Raises StoreError "store.option.unknown" or "store.option.unknown_near" (details:
        key, nearest), "store.option.wrong_flag", "_range", "_choice" or "_text" (details: key, value).
        """
        option = _known(key)
        if not option.fits(value):
            raise _wrong(option, value)
        self._change(key, value)

    def reset(self, key: str) -> None:
        """Go back to the default."""
        self._change(_known(key).key, None)

    def problems(self) -> tuple[StoreError, ...]:
        """Tell what in the file cannot be used: shown once at start, never fatal."""
        try:
            values = self._read()
        except StoreError as error:
            return (error,)
        found: list[StoreError] = []
        for key, value in values.items():
            try:
                option = _known(key)
            except StoreError as error:
                found.append(error)
                continue
            if not option.fits(value):
                found.append(_wrong(option, value))
        return tuple(found)

    def _read(self) -> dict[str, object]:
        data = read_bounded(self._path)
        if data is None:
            return {}
        try:
            return msgspec.json.decode(data, type=dict[str, object])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise StoreError("store.options.broken", path=str(self._path)) from error

    def _change(self, key: str, value: Value | None) -> None:
        with exclusive(self._path):
            try:
                values = self._read()
            except StoreError as error:
                if error.finding != "store.options.broken":
                    raise
                set_aside(self._path)  # nothing is lost: `problems` has named it, its content stays
                values = {}
            values.pop(key, None) if value is None else values.update({key: value})
            write_atomic(self._path, msgspec.json.format(msgspec.json.encode(values), indent=2) + b"\n")


def _known(key: str) -> Option:
    if key in BY_KEY:
        return BY_KEY[key]
    shown = "".join(c if c.isprintable() else "?" for c in key[:64])
    near = difflib.get_close_matches(key[:64], BY_KEY, n=1, cutoff=0.5)
    if near:
        raise StoreError("store.option.unknown_near", key=shown, nearest=near[0])
    raise StoreError("store.option.unknown", key=shown)


def _wrong(option: Option, value: object) -> StoreError:
    shown = "".join(c if c.isprintable() else "?" for c in str(value)[:64])
    if option.choices:
        near = difflib.get_close_matches(shown.lower(), option.choices, n=1)
        return StoreError(
            "store.option.wrong_choice",
            key=option.key,
            value=shown,
            choices=", ".join(option.choices),
            nearest=near[0] if near else str(option.default),
        )
    if isinstance(option.default, bool):
        return StoreError("store.option.wrong_flag", key=option.key, value=shown)
    if isinstance(option.default, int):
        return StoreError(
            "store.option.wrong_range",
            key=option.key,
            value=shown,
            low=str(option.low),
            high=str(option.high),
        )
    return StoreError("store.option.wrong_text", key=option.key, value=shown, limit=str(MAX_TEXT))
