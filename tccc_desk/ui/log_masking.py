"""The masking switch: one for the room, so that the same value has the same label everywhere in it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from tccc_desk.trace.masking import Masker


class LogMasking(QObject):
    """What passes through `mask` is masked while the switch is on."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._masker = Masker()
        self._on = False

    @property
    def on(self) -> bool:
        """Whether the screen shows pseudonyms."""
        return self._on

    def switch(self, on: bool) -> None:
        """Mask everything shown from now on, or nothing."""
        if on != self._on:
            self._on = on
            self.changed.emit()

    def mask(self, words: str) -> str:
        """Mask, if the switch is on."""
        return self._masker.mask(words) if self._on else words

    def masked(self, words: str) -> str:
        """Mask, whatever the switch says."""
        return self._masker.mask(words)

    def mask_raw(self, raw: bytes) -> bytes:
        """Mask a message, if the switch is on. Octets that are no text stay as they are."""
        if not self._on:
            return raw
        return self._masker.mask(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
