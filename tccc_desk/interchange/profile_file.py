"""Our own trunks as a file, without any secret: for a colleague's desk, or for keeping."""

from __future__ import annotations

import msgspec

from tccc_desk.interchange.decoding import decoded
from tccc_desk.interchange.found import ForeignGateway, Imported, Refused
from tccc_desk.interchange.say import Say
from tccc_desk.trunk.entry import fields_of
from tccc_desk.trunk.profile import Trunk

FORMAT = 1


class _File(msgspec.Struct, forbid_unknown_fields=True):
    tccc_desk_trunk: int
    """Version of the format."""
    about: str
    fields: dict[str, str]


def write_profile(trunk: Trunk, say: Say, password: str | None = None) -> str:  # noqa: ARG001
    """Give the file's text. A password is never in it, asked for or not."""
    file = _File(FORMAT, say("interchange.profile"), fields_of(trunk))
    return msgspec.json.format(msgspec.json.encode(file), indent=2).decode() + "\n"


def is_profile(data: bytes) -> bool:
    """Tell such a file by its beginning."""
    return b'"tccc_desk_trunk"' in data[:200]


def read_profile(data: bytes) -> Imported:
    """Read such a file. Raises Refused."""
    text, _ = decoded(data)
    try:
        file = msgspec.json.decode(text, type=_File)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused("lint.refused.profile") from error
    if file.tccc_desk_trunk != FORMAT or len(file.fields) > 64:
        raise Refused("lint.refused.profile")
    return Imported((ForeignGateway(file.fields.get("name", ""), file.fields),), ())
