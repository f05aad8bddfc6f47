"""Masked messages name nobody, stay messages, and bear the same pseudonyms everywhere."""

from __future__ import annotations

import io
import re
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.sip.message import parse_message
from tccc_desk.trace.capture.reader import read
from tccc_desk.trace.export.masked import masked_entries, masked_raw, masked_trunk, masked_value
from tccc_desk.trace.export.pcap import write_pcap
from tccc_desk.trace.export.plain import write_text
from tccc_desk.trace.masking import Masker
from tests.trace._call import call, with_raw

BODY = (
    "v=0\r\no=- 1234567 1234568 IN IP4 10.20.30.40\r\ns=-\r\nc=IN IP4 10.20.30.40\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=sendrecv\r\n"
)
MESSAGE = (
    "INVITE sip:075512345600@1400264214.tccc.qcloud.com SIP/2.0\r\n"
    "Via: SIP/2.0/TCP 10.20.30.40:40123;branch=z9hG4bK4b1f\r\n"
    "Via: SIP/2.0/UDP [2001:db8:1::9]:5060;branch=z9hG4bK4b20\r\n"
    'From: "张三 Zhang" <sip:+8613800138000@pbx.company.cn>;tag=1\r\n'
    "To: Li Si <sip:1001@1400264214.tccc.qcloud.com>\r\n"
    "Contact: <sip:gateway01@10.20.30.40:40123;transport=tcp>\r\n"
    "P-Asserted-Identity: <tel:+86-755-1234-5600>\r\n"
    'Proxy-Authorization: Digest username="gateway01", realm="1400264214.tccc.qcloud.com", '
    'nonce="n0nce=="\r\n'
    f"Call-ID: 8f1b@10.20.30.40\r\nCSeq: 2 INVITE\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}"
)
SECRETS = (
    "075512345600", "13800138000", "1400264214", "10.20.30.40", "gateway01", "张三", "Zhang", "Li Si",
    "company", "2001:db8:1::9", "1001@", "755-1234", "n0nce",
)  # fmt: skip


def test_nothing_that_names_somebody_is_left() -> None:
    masked = Masker().mask(MESSAGE)
    for secret in SECRETS:
        assert secret not in masked, secret
    assert "CSeq: 2 INVITE" in masked
    assert "branch=z9hG4bK4b1f" in masked
    assert "m=audio 40000 RTP/AVP 8" in masked
    assert masked.count("\r\n") == MESSAGE.count("\r\n")


@pytest.mark.parametrize("number", ["13800138000", "75583765566", "2188886666", "1062345678"])
def test_one_number_has_one_label_in_every_spelling(number: str) -> None:
    masker = Masker()
    spellings = [f"{prefix}{number}" for prefix in ("", "0", "+86", "0086", "86", "+860")]
    places = ("sip:{0}@host.example", "<tel:{0}>", "{0}", "To: <sip:{0}@a.example;user=phone>")
    labels = set()
    for spelling in spellings:
        if spelling == f"86{number}" and len(spelling) < 12:
            continue  # may be a local number
        for place in places:
            masked = masker.mask(place.format(spelling))
            assert number not in masked
            labels.add(re.search(r"number\d+", masked)[0])  # type: ignore[index]
            assert f"{spelling.removesuffix(number)}number" in masked  # how it was written stays
    assert labels == {"number1"}


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("Call-ID: 13800138000-x@host2.example", "13800138000"),
        ("Call-ID: 075583765566_17@10.0.0.1", "75583765566"),
        ('Contact: <sip:a@b.cn>;+sip.instance="<urn:uuid:c7d3a1f0-1111-4222-8333-444455556666>"', "c7d3a1f0"),
        ('P-Preferred-Identity: "Wang Wu" <sip:1001@a.cn>', "Wang"),
        ("Refer-To: 王五 <sip:1001@a.cn>", "王五"),
        ('Diversion: "Front \\" desk" <sip:1001@a.cn>;reason=unconditional', "desk"),
        ("f: Zhang <sip:1001@a.cn>;tag=1", "Zhang"),
        ("Subject: offer for Mr. Zhao", "Zhao"),
        ("Organization: Big Company Ltd", "Company"),
        ("To: <sip:8a7b@host2.example>", "8a7b"),
        ("To: <sips:alice:secret@host2.example>", "alice"),
        ("o=zhangsan 1 1 IN IP4 media.company.cn", "zhangsan"),
        ("c=IN IP4 media.company.cn", "company"),
        ("s=Company PBX call", "Company"),
        ("e=zhang@company.cn", "zhang"),
    ],
)
def test_places_where_names_and_numbers_hide(line: str, secret: str) -> None:
    masked = Masker().mask(line)
    assert secret not in masked
    assert masked.partition(":")[0].partition("=")[0] == line.partition(":")[0].partition("=")[0]


def test_masking_twice_with_the_same_masker_says_the_same_of_names_and_numbers() -> None:
    masker = Masker()
    once = masker.mask(MESSAGE)
    names = re.compile(r"(?:number|user|name|instance|token)\d+")
    assert names.findall(masker.mask(once)) == names.findall(once)


@given(st.data())
def test_different_numbers_stay_different_and_messages_stay_messages(data: st.DataObject) -> None:
    numbers = data.draw(
        st.lists(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), min_size=2, max_size=6, unique=True)
    )
    masker = Masker()
    labels = [masker.mask(number) for number in numbers]
    assert len(set(labels)) == len(numbers)
    text = MESSAGE.replace("+8613800138000", numbers[0]).replace("8f1b@", f"{numbers[1]}.8f1b@")
    raw = masked_raw(text.encode(), masker.mask)
    parse_message(raw)
    assert not any(number.encode() in raw for number in numbers)


def test_a_masked_message_is_a_message_of_the_right_length() -> None:
    mask = Masker().mask
    raw = masked_raw(MESSAGE.encode(), mask)
    message = parse_message(raw)
    assert len(message.body) == int(message.headers.get("Content-Length"))
    assert message.body.endswith(b"a=sendrecv\r\n")


def test_the_same_value_has_the_same_label_in_another_message() -> None:
    masker = Masker()
    masked = masker.mask(MESSAGE)
    assert f"{masker.mask('10.20.30.40:40123')};branch" in masked
    assert masker.mask("8f1b@10.20.30.40") in masked
    assert masker.mask("10.20.30.41") != masker.mask("10.20.30.40")


@pytest.mark.parametrize(
    "kept", ["0.0.0.0", "127.0.0.1:5060", "12:30:45", "RTP/AVP 8 0 101", "a=rtpmap:8 PCMA/8000"]
)
def test_what_names_nobody_stays(kept: str) -> None:
    assert Masker().mask(kept) == kept


def test_a_thousand_addresses_stay_apart() -> None:
    masker = Masker()
    labels = {masker.mask(f"10.0.{number // 250}.{number % 250}") for number in range(1000)}
    assert len(labels) == 1000


@given(st.text(max_size=500))
def test_masking_never_fails_and_keeps_lines(value: str) -> None:
    assert Masker().mask(value).count("\n") == value.count("\n")


@pytest.mark.parametrize(
    "evil", ["1" * 50_000, ":" * 50_000, "1." * 25_000, "a@" * 25_000, "From:" + " " * 50_000]
)
def test_hostile_text_is_masked_in_time(evil: str) -> None:
    began = time.process_time()
    Masker().mask(evil)
    assert time.process_time() - began < 10  # quadratic patterns take minutes


def test_a_masked_capture_has_the_addresses_of_the_masked_text(tmp_path: Path) -> None:
    entries = [
        with_raw(one, one.raw.replace(b"User-Agent", b"X-Caller: 13900000000@10.0.0.5\r\nUser-Agent"))
        for one in call(tmp_path, 3, "TCP")
    ]
    masker = Masker()
    masked = list(masked_entries(entries, masker.mask))
    with (tmp_path / "masked.pcap").open("wb") as stream:
        assert write_pcap(masked, stream).notes == ()
    text = io.BytesIO()
    write_text(masked, text)
    again = [entry for batch in read(tmp_path / "masked.pcap") for entry in batch.entries]
    assert [entry.raw for entry in again] == [entry.raw for entry in masked]
    for octets in ((tmp_path / "masked.pcap").read_bytes(), text.getvalue()):
        for secret in (
            b"10.0.0.5",
            b"198.51.100.7",
            b"1380000",
            b"02188886666",
            b"gateway01",
            bytes([10, 0, 0, 5]),
        ):
            assert secret not in octets
    ours = masker.mask("10.0.0.5")
    assert all(entry.local.startswith(f"{ours}:") for entry in again)
    assert ours.encode() in again[0].raw


def test_nested_facts_are_masked_to_the_last_text() -> None:
    masker = Masker()
    facts = {"routes": [{"server": "10.20.30.40:5060", "fault": None}], "clock": {"offset_s": 28800}}
    assert masked_value(facts, masker.mask) == {
        "routes": [{"server": "192.0.2.1:5060", "fault": None}],
        "clock": {"offset_s": 28800},
    }


def test_facts_and_trunks_are_masked_too(tmp_path: Path) -> None:
    one = msgspec.structs.replace(
        call(tmp_path)[0],
        kind="fact",
        raw=b"",
        trunk="gateway01@1400264214.tccc.qcloud.com",
        fact="fact.refused",
        details={"remote": "10.20.30.40:35090"},
    )
    (masked,) = masked_entries([one], Masker().mask)
    assert "10.20.30.40" not in str(masked)
    assert "1400264214" not in str(masked)


@pytest.mark.parametrize("kept", [";rport=50573;", ";expires=86400", "qop=auth, nc=00000001, "])
def test_ports_and_counts_in_parameters_are_no_numbers(kept: str) -> None:
    assert kept in Masker().mask(f"Via: SIP/2.0/UDP a.b;branch=z9hG4bKa{kept}x=1")


def test_a_trunk_named_by_its_account_has_the_label_of_the_account() -> None:
    mask = Masker().mask
    assert masked_trunk("gateway01@1400264214.tccc.qcloud.com", mask) == "user1@instance1.tccc.qcloud.com"
    assert "<sip:user1@instance1" in mask("From: <sip:gateway01@1400264214.tccc.qcloud.com>")


def test_the_size_of_a_packet_is_no_number_of_somebody() -> None:
    assert masked_value({"mtu": "65536", "dialled": "65536"}, Masker().mask) == {
        "mtu": "65536",
        "dialled": "number1",
    }
