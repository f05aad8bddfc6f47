from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tccc_desk.trace.masking import Masker
from tccc_desk.ui.inert import MAX_SHOWN, inert, inert_lines, plain_label
from tccc_desk.ui.value_label import ValueLabel

SURROGATES_TOO = st.text(st.characters(), max_size=400)


@given(SURROGATES_TOO)
def test_nothing_hidden_or_reordering_is_left(value: str) -> None:
    shown = inert(value)
    assert all(unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for one in shown)
    assert shown.count("\\u") >= sum(unicodedata.category(one) == "Cf" for one in value[:MAX_SHOWN])


@given(SURROGATES_TOO)
def test_a_message_keeps_its_lines_and_nothing_else_that_acts(value: str) -> None:
    shown = inert_lines(value)
    assert shown.count("\n") == value.count("\n")
    assert all(one in "\n\t" or unicodedata.category(one) not in {"Cc", "Cf"} for one in shown)


def test_length_is_bounded() -> None:
    assert inert("a" * 10_000) == "a" * MAX_SHOWN + "…"


def test_ordinary_text_is_left_alone() -> None:
    assert inert("张三 <sip:0755@x>") == "张三 <sip:0755@x>"


def test_labels_interpret_no_markup(qtbot: QtBot) -> None:
    for label in (plain_label("a.b", "<b>x</b>"), ValueLabel("a.c", "<b>x</b>")):
        qtbot.addWidget(label)
        assert label.textFormat() == Qt.TextFormat.PlainText
        assert label.text() == "<b>x</b>"
        assert not label.openExternalLinks()


def test_a_long_value_wraps_instead_of_being_cut(qtbot: QtBot) -> None:
    label = ValueLabel("a.b", "sip:" + "9" * 200)
    qtbot.addWidget(label)
    one_line = label.heightForWidth(10_000)
    assert label.heightForWidth(100) >= 4 * one_line


def test_masking_is_stable_and_leaves_the_protocol_alone() -> None:
    masker = Masker()
    raw = (
        "INVITE sip:075512345600@1400264214.tccc.qcloud.com SIP/2.0\r\n"
        "Via: SIP/2.0/TCP 192.0.2.10:40123;branch=z9hG4bK4b1f\r\n"
        "From: <sip:13800138000@1400264214.tccc.qcloud.com>;tag=1\r\n"
        "Contact: <sip:gateway01@192.0.2.10:40123;transport=tcp>\r\n"
        'Proxy-Authorization: Digest username="gateway01", nonce="abc"\r\n'
        "CSeq: 2 INVITE\r\n"
    )
    masked = masker.mask(raw)
    for secret in ("075512345600", "13800138000", "1400264214", "192.0.2.10", "gateway01"):
        assert secret not in masked
    assert masked.count("user1") == 2
    assert masked.count("192.0.2.1:40123") == 2
    assert "CSeq: 2 INVITE" in masked
    assert "branch=z9hG4bK4b1f" in masked
    assert masker.mask("192.0.2.10") == "192.0.2.1"
