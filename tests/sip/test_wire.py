"""Wire text on its way out of ring 0."""

from __future__ import annotations

from tccc_desk.sip.wire import MAX_PRINTABLE, printable


def test_octets_that_are_no_utf_8_become_replacement_characters() -> None:
    assert printable(b"Caf\xe9 \xe4\xbd\xa0".decode("utf-8", "surrogateescape")) == "Caf\ufffd \u4f60"


def test_length_is_bounded() -> None:
    assert len(printable("x" * 10_000)) == MAX_PRINTABLE
