"""What another system has no words for, kept in one comment: reading our own file gives it all back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from tccc_desk.interchange.slug import slug
from tccc_desk.trunk.entry import FIELDS, fields_of
from tccc_desk.trunk.profile import Trunk

_MARK = "tccc-desk:"
_LONGEST = 4_096


def kept_comment(trunk: Trunk, said: Iterable[str]) -> str:
    """Give the text of the comment: every field of the trunk that is not in `said`. No secret is in it."""
    fields = {name: value for name, value in fields_of(trunk).items() if name not in set(said) and value}
    # "--" must not stand in an XML comment.
    return f"{_MARK} {msgspec.json.encode(fields).decode().replace('-', chr(92) + 'u002d')}"


def kept_fields(comments: Iterable[str]) -> Mapping[str, str]:
    """Find such a comment and give its fields; nothing where there is none, or one that is not ours."""
    for comment in comments:
        text = comment.strip()
        if text.startswith(_MARK) and len(text) <= _LONGEST:
            try:
                fields = msgspec.json.decode(text[len(_MARK) :].strip(), type=dict[str, str])
            except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
                continue
            return {name: value for name, value in fields.items() if name in FIELDS}
    return {}


def with_kept(fields: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """Add what was kept to what was read; a name is taken back only for the object it belongs to."""
    name = kept.get("name", "")
    joined = {**fields, **kept}
    joined["name"] = name if name and slug(name) == fields["name"] else fields["name"]
    return joined
