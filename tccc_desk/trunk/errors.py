"""What is wrong with one entered field: a finding id, never a sentence."""

from __future__ import annotations


class InputError(Exception):
    """One field, one finding. Nothing was stored or sent.

    `field` is the key the caller used ("server", "line"). `finding` is a text id
    "input.<...>"; `details` fills its place-holders and holds nothing unprintable.
    `details["field"]` is the key again: `texts.inputs.sentence` replaces it by the
    field's label in the reader's language.
    """

    def __init__(self, field: str, finding: str, **details: str) -> None:
        super().__init__(f"{field}: {finding}")
        self.field = field
        self.finding = finding
        self.details: dict[str, str] = {"field": field, **details}
