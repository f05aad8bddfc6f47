"""FreeSWITCH gateways as people have them: whole files, fragments, pages, and traps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tccc_desk.interchange.found import Found, Imported, Refused
from tccc_desk.interchange.freeswitch_in import read_freeswitch
from tccc_desk.texts.catalogue import LANGUAGES, ids, text

# The gateway of the provider's document, and its test script.
DOCUMENT = """<include>
<gateway name="tccc_gw_register">
    <param name="username" value="gateway01"/>
    <param name="realm" value="1400xxxxx.tccc.qcloud.com"/>
    <param name="from-domain" value="1400xxxxx.tccc.qcloud.com"/>
    <param name="password" value="xxxx"/>
    <param name="expire-seconds" value="120"/>
    <param name="register" value="true"/>
    <param name="register-transport" value="udp"/>
    <param name="register-proxy" value="sip.tccc.qcloud.com:35090"/>
    <param name="outbound-proxy" value="sip.tccc.qcloud.com:35090"/>
    <param name="rtp-autofix-timing" value="false"/>
    <param name="caller-id-in-from" value="true"/>
</gateway>

</include>
"""
SCRIPT = (
    "originate {sip_invite_full_from=sip:主叫号码@1400264214.tccc.qcloud.com,"
    "sip_invite_to_uri=sip:线路号码@1400264214.tccc.qcloud.com,sip_cid_type=none}"
    "sofia/gateway/tccc_sbc_register/线路号码 &park\n"
)
GOOD = (
    DOCUMENT.replace("1400xxxxx", "1400000001")
    .replace("xxxx", "Secret-9x")
    .replace("udp", "tcp")
    .replace('    <param name="rtp-autofix-timing" value="false"/>\n', "")
)


def read(text_: str) -> Imported:
    return read_freeswitch(text_.encode())


def found(text_: str) -> list[str]:
    return sorted(one.id for one in read(text_).findings)


def test_the_documents_own_xml_has_exactly_its_known_traps() -> None:
    assert found(DOCUMENT) == [
        "lint.password-placeholder",
        "lint.profile-param",
        "lint.sample-domain",
        "lint.udp",
    ]


def test_the_whole_document_adds_those_of_its_script() -> None:
    page = f"freeswitch 配置参考：\n```\n{DOCUMENT}```\n### 步骤2\n```\n{SCRIPT}```\n"
    assert found(page) == [
        "lint.password-placeholder",
        "lint.profile-param",
        "lint.sample-domain",
        "lint.script-gateway",
        "lint.script-instance",
        "lint.udp",
    ]


def test_a_good_gateway_has_no_finding_and_becomes_a_trunk() -> None:
    imported = read(GOOD)
    assert imported.findings == ()
    (gateway,) = imported.gateways
    assert gateway.fields == {
        "name": "tccc_gw_register",
        "username": "gateway01",
        "domain": "1400000001.tccc.qcloud.com",
        "server": "sip.tccc.qcloud.com:35090",
        "transport": "tcp",
        "expires": "120",
        "auth_username": "",
        "register": "true",
    }
    assert gateway.password == "Secret-9x"
    assert "Secret-9x" not in repr(imported)


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ('name="tccc_gw_register"', 'name="中继 1"', "lint.name-invalid"),
        ('name="tccc_gw_register"', 'name="../../etc/passwd"', "lint.name-invalid"),
        ('name="tccc_gw_register"', "", "lint.name-missing"),
        ("expire-seconds", "expires-seconds", "lint.misspelt-param"),
        ("expire-seconds", "banana", "lint.unknown-param"),
        ('"120"', '"3600"', "lint.expires-other"),
        ('"120"', '"soon"', "lint.expires-default"),
        ('value="gateway01"', 'value=""', "lint.username-missing"),
        ('value="gateway01"', 'value="gateway-01"', "lint.username-characters"),
        ('value="Secret-9x"', 'value=""', "lint.password-missing"),
        ('value="Secret-9x"', 'value="$${tccc_password}"', "lint.variable"),
        ('name="realm" value="1400000001', 'name="realm" value="pbx.example', "lint.realm-foreign"),
        ('name="realm" value="1400000001.', 'name="realm" value="sip.', "lint.realm-is-server"),
        (
            'name="from-domain" value="1400000001',
            'name="from-domain" value="1400000002',
            "lint.from-domain-differs",
        ),
        (
            'name="from-domain" value="1400000001.tccc.qcloud.com"',
            'name="x" value=""',
            "lint.from-domain-missing",
        ),
        (
            'name="from-domain" value="1400000001.tccc.qcloud.com"',
            'name="from-domain" value="auto-aleg-full"',
            "lint.from-domain-automatic",
        ),
        (
            'name="register-proxy" value="sip.tccc.qcloud.com:35090"',
            'name="register-proxy" value="sip.tccc.qcloud.com"',
            "lint.port-missing",
        ),
        (
            'name="register-proxy" value="sip.tccc.qcloud.com:35090"',
            'name="register-proxy" value="sip.tccc.qcloud.com:5060"',
            "lint.port-other",
        ),
        ('name="outbound-proxy"', 'name="outbound-proxie"', "lint.proxy-missing"),
        (
            'name="outbound-proxy" value="sip.',
            'name="outbound-proxy" value="sip2.',
            "lint.proxies-differ",
        ),
        (
            'name="outbound-proxy" value="sip.tccc.qcloud.com:35090"',
            'name="outbound-proxy" value="sip.pstn.avc.qcloud.com:5089"',
            "lint.ip-mode",
        ),
        ('value="tcp"', 'value="sctp"', "lint.transport-unknown"),
        (
            'name="caller-id-in-from" value="true"',
            'name="caller-id-in-from" value="no"',
            "lint.caller-not-in-from",
        ),
        (
            '<param name="register" value="true"/>',
            '<param name="from-user" value="gateway01"/>',
            "lint.from-user",
        ),
        ('name="register" value="true"', 'name="register" value="false"', "lint.not-registering"),
        (
            '<param name="username" value="gateway01"/>',
            '<param name="username" value="a"/><param name="username" value="gateway01"/>',
            "lint.param-twice",
        ),
        ("<include>", '<include><X-PRE-PROCESS cmd="exec" data="rm -rf /"/>', "lint.preprocessor"),
        ('="tcp"', "=“tcp”", "lint.typographic"),
        ("<include>", f"<include>{GOOD.split('<include>')[1].split('</include>')[0]}", "lint.name-twice"),
    ],
)
def test_each_trap_is_named(old: str, new: str, finding: str) -> None:
    changed = GOOD.replace(old, new)
    assert changed != GOOD
    assert finding in found(changed)


def test_a_fragment_and_several_gateways() -> None:
    loose = "\n".join(line for line in GOOD.splitlines() if "<param" in line)
    (gateway,) = read(f"请看：\n{loose}").gateways
    assert gateway.fields["username"] == "gateway01"
    second = GOOD.replace("tccc_gw_register", "second").replace("gateway01", "gateway02")
    assert [one.fields["username"] for one in read(GOOD + "text between\n" + second).gateways] == [
        "gateway01",
        "gateway02",
    ]
    in_params = GOOD.replace('<param name="username"', '<params><param name="username"').replace(
        "</gateway>", "</params></gateway>"
    )
    assert read(in_params).gateways == read(GOOD).gateways


def test_gbk_and_utf_16_are_read_and_said() -> None:
    chinese = GOOD.replace("<include>", "<include><!-- 腾讯云 -->")
    imported = read_freeswitch(chinese.encode("gbk"))
    assert [one.id for one in imported.findings] == ["lint.encoding-gbk"]
    assert read_freeswitch(chinese.encode("utf-16")).gateways == imported.gateways


BILLION = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{"&a" * 10};">' for n in range(20))
    + "]><include>&a;</include>"
)


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"", "lint.refused.nothing"),
        (b"hello", "lint.refused.nothing"),
        (b"\x00\x01", "lint.refused.binary"),
        (b"\xff\xfe\x00", "lint.refused.encoding"),
        (b"\x80\x81\xff\xff" * 10, "lint.refused.encoding"),
        (b"<include>" + b"x" * 2_000_000, "lint.refused.large"),
        (BILLION.encode(), "lint.refused.doctype"),
        (b'<!doctype x SYSTEM "file:///etc/passwd"><include><gateway/></include>', "lint.refused.doctype"),
        (b"<!ENTITY % x SYSTEM 'http://127.0.0.1/'>" + GOOD.encode(), "lint.refused.doctype"),
        (b"<include>" + b"<a>" * 50_000 + b"</a>" * 50_000 + b"</include>", "lint.refused.deep"),
        (b"<include>" + b"<a/>" * 100_000 + b"</include>", "lint.refused.many"),
        (b"<include>" + b"<gateway/>" * 300 + b"</include>", "lint.refused.many"),
        (b'<include><gateway name="' + b"x" * 5_000 + b'"/></include>', "lint.refused.long"),
        (b"<include><gateway></include>", "lint.refused.malformed"),
        (b"<include>\n\n<gateway name=></gateway></include>", "lint.refused.malformed"),
        (b"<include>" * 60_000, "lint.refused.nothing"),
        (b"<gateway" * 60_000, "lint.refused.nothing"),
        (b"<param " * 100_000, "lint.refused.nothing"),
        (b"<include>" + b"&amp;" * 100_000 + b"</include>", "lint.refused.nothing"),
    ],
)
def test_hostile_text_is_refused_with_one_sentence(data: bytes, finding: str) -> None:
    with pytest.raises(Refused) as refused:
        read_freeswitch(data)
    assert refused.value.finding == finding
    for language in LANGUAGES:
        assert "{" not in text(finding, language, **refused.value.details)


def test_every_finding_of_the_code_has_its_words() -> None:
    written = set()
    for path in sorted((Path(__file__).parents[2] / "tccc_desk/interchange").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        written |= {part.split('"')[0] for part in source.split('"lint.')[1:]}
    assert {f"lint.{one}" for one in written} == ids("lint")


def test_details_are_cut() -> None:
    long = GOOD.replace('"tcp"', f'"{"x" * 3000}"')
    one = next(one for one in read(long).findings if one.id == "lint.transport-unknown")
    assert isinstance(one, Found)
    assert len(one.details["value"]) == 80
