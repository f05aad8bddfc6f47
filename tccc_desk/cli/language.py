"""Which language to speak: `--lang`, else what the system says."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from tccc_desk.texts.catalogue import LANGUAGES, Language

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "LANG")


def language_from(argv: Sequence[str], environment: Mapping[str, str]) -> Language:
    """Language for this run. Read before the arguments are parsed, since errors speak it too."""
    asked = ""
    for position, argument in enumerate(argv):
        if argument == "--lang" and position + 1 < len(argv):
            asked = argv[position + 1]
        elif argument.startswith("--lang="):
            asked = argument.removeprefix("--lang=")
    for language in LANGUAGES:
        if asked == language:
            return language
    spoken = (
        next((environment[name] for name in _VARIABLES if environment.get(name)), "") or _windows_locale()
    )
    return "zh" if spoken.lower().startswith(("zh", "chinese")) else "en"


def _windows_locale() -> str:
    if os.name != "nt":
        return ""
    import locale  # noqa: PLC0415

    return locale.getlocale()[0] or ""
