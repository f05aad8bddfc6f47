"""From the octets of a file to its text: UTF-8, UTF-16 by its mark, or GBK as Chinese Windows writes it."""

from __future__ import annotations

import codecs

from tccc_desk.interchange.found import Refused

MAX_OCTETS = 1_048_576
"""A configuration is a few kilobytes; what is larger is no configuration."""


def decoded(data: bytes) -> tuple[str, str]:
    """Give the text and the name of its encoding. Raises Refused."""
    if len(data) > MAX_OCTETS:
        raise Refused("lint.refused.large", limit=str(MAX_OCTETS // 1024))
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strict(data, "utf-16")
    if b"\0" in data:
        raise Refused("lint.refused.binary")
    try:
        return _strict(data, "utf-8-sig")
    except Refused:
        return _strict(data, "gb18030")


def _strict(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused("lint.refused.encoding") from error
    if "\0" in text:
        raise Refused("lint.refused.binary")
    return text, encoding
