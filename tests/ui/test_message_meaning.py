"""The sentence for each shown line: by its place in the call, and masked like the line itself."""

from __future__ import annotations

import msgspec

from tccc_desk.trace.masking import Masker
from tccc_desk.ui.message_meaning import Meaning, findings, meanings
from tccc_desk.ui.message_text import MessageText, message_text
from tccc_desk.ui.texts import Texts
from tests.helpers.trace_entries import step_two_call

CALL = step_two_call()
ENGLISH, CHINESE = Texts("en"), Texts("zh")


def told(texts: Texts, number: int, shown: MessageText | None = None) -> dict[str, Meaning]:
    entry = CALL[number]
    lines = shown or message_text(entry.raw)
    said = meanings(texts, entry, CALL[:number], lines)
    assert len(said) == len(lines.lines)
    return {
        line.text.partition(":")[0].partition("=")[0].partition(" ")[0]: meaning
        for line, meaning in zip(lines.lines, said, strict=True)
        if meaning is not None
    }


def test_each_line_is_told_in_both_languages() -> None:
    retry = next(at for at, one in enumerate(CALL) if b"Proxy-Authorization" in one.raw)
    english, chinese = told(ENGLISH, retry), told(CHINESE, retry)
    assert "TCCC reads the called number from To" in english["To"].words
    assert "TCCC 从 To 读取被叫号码" in chinese["To"].words
    assert english["Proxy-Authorization"].verdict == "expected"
    assert "masked" in english["Proxy-Authorization"].words
    assert english["c"].verdict == "unusual"
    assert {name: one.verdict for name, one in english.items()} == {
        name: one.verdict for name, one in chinese.items()
    }


def test_an_answer_is_told_by_what_was_asked_before() -> None:
    bye = next(at for at, one in enumerate(CALL) if one.method == "BYE" and one.status)
    assert "The end of the call is confirmed" in told(ENGLISH, bye)["SIP/2.0"].words


def test_what_is_masked_in_the_message_is_masked_in_the_sentence() -> None:
    first = next(at for at, one in enumerate(CALL) if one.raw.startswith(b"INVITE "))
    plain = told(ENGLISH, first)
    mask = Masker().mask
    masked = message_text(mask(CALL[first].raw.decode()).encode())
    hidden = told(ENGLISH, first, masked)
    assert {name: one.verdict for name, one in hidden.items()} == {
        name: one.verdict for name, one in plain.items()
    }
    words = "".join(one.words for one in hidden.values())
    assert "13800138000" in "".join(one.words for one in plain.values())
    for secret in ("13800138000", "02188886666", "192.168.1.20", "1400264214"):
        assert secret not in words


def test_what_continues_a_header_means_what_the_header_means() -> None:
    entry = CALL[0]
    folded = entry.raw.replace(b"To: ", b"To:\r\n ")
    shown = message_text(folded)
    said = meanings(ENGLISH, msgspec.structs.replace(entry, raw=folded), (), shown)
    at = next(number for number, line in enumerate(shown.lines) if line.text == "To:")
    assert said[at] == said[at + 1]
    assert said[at] != said[at + 2]


def test_octets_and_facts_have_no_meaning() -> None:
    strange = msgspec.structs.replace(CALL[0], raw=b"\x00\xff" * 20)
    shown = message_text(strange.raw)
    assert set(meanings(ENGLISH, strange, (), shown)) == {None}
    fact = msgspec.structs.replace(CALL[0], kind="fact", fact="fact.refused", raw=b"")
    assert meanings(ENGLISH, fact, (), MessageText(())) == ()


def test_what_stands_out_is_said_in_the_readers_language() -> None:
    assert any("private address" in words for _, words in findings("en", CALL))
    assert any("私网地址" in words for _, words in findings("zh", CALL))
