"""The window's words: a text id and its values in, a sentence in the chosen language out."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QLocale

from tccc_desk.texts.catalogue import Language, text
from tccc_desk.texts.inputs import sentence
from tccc_desk.ui.inert import inert


class Texts:
    """Sentences of one language. An unknown id shows as itself: a window must not fall over a word."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, id: str, /, **values: object) -> str:
        try:
            return text(id, self.language, **values)
        except (KeyError, ValueError, IndexError, AttributeError):
            return id

    def finding(self, id: str, details: Mapping[str, str]) -> str:
        """Say a finding or a fact; its details may quote the network, so they are made inert."""
        return self(id, **{name: inert(value) for name, value in details.items()}) if id else ""

    def input(self, field: str, id: str, details: Mapping[str, str]) -> str:
        """Say an InputError or a Notice, with the field named by its label."""
        try:
            return sentence(field, id, details, self.language)
        except (KeyError, ValueError, IndexError, AttributeError):
            return id

    def countdown(self, seconds: float) -> str:
        """Show what is left as m:ss: zero only when the time has come."""
        return self.seconds(math.ceil(seconds))

    def seconds(self, seconds: float) -> str:
        """Show a span of time as m:ss, never negative."""
        whole = max(0, int(seconds))
        return f"{whole // 60}:{whole % 60:02d}"


def system_language() -> Language:
    """Choose the language of the desktop: Chinese where it is Chinese, English elsewhere."""
    return "zh" if QLocale.system().name().startswith("zh") else "en"
