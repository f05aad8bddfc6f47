"""Trunks and calls as they are entered, well and badly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.trunk.entry import (
    FIELDS,
    MAX_HEADERS,
    checked_call,
    checked_trunk,
    fields_of,
)
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.profile import Trunk

GOOD = {
    "name": "Shanghai",
    "username": "gateway01",
    "domain": "1400264214.tccc.qcloud.com",
    "server": "sip.tccc.qcloud.com:35090",
}


def trunk_with(**fields: str) -> Trunk:
    return checked_trunk(GOOD | fields)[0]


def findings_with(**fields: str) -> set[tuple[str, str]]:
    return {(notice.field, notice.finding) for notice in checked_trunk(GOOD | fields)[1]}


def refusal_of(**fields: str) -> tuple[str, str]:
    with pytest.raises(InputError) as refusal:
        checked_trunk(GOOD | fields)
    assert refusal.value.details["field"] == refusal.value.field
    assert all(value.isprintable() for value in refusal.value.details.values())
    return refusal.value.field, refusal.value.finding


def test_the_documents_own_values_pass_without_a_word() -> None:
    trunk, notices = checked_trunk(GOOD)
    assert notices == ()
    assert trunk == Trunk(
        name="Shanghai",
        username="gateway01",
        domain="1400264214.tccc.qcloud.com",
        server="sip.tccc.qcloud.com",
        port=35090,
    )


def test_without_a_name_key_the_account_is_the_name() -> None:
    fields = {key: value for key, value in GOOD.items() if key != "name"}
    assert checked_trunk(fields)[0].name == "gateway01@1400264214.tccc.qcloud.com"


def test_an_unknown_key_is_our_own_mistake() -> None:
    with pytest.raises(KeyError):
        checked_trunk(GOOD | {"pasword": "x"})


@pytest.mark.parametrize(
    ("server", "transport", "host", "port"),
    [
        ("sip.tccc.qcloud.com", "tcp", "sip.tccc.qcloud.com", 35090),
        ("sip.tccc.qcloud.com", "udp", "sip.tccc.qcloud.com", 35090),
        ("sip.tccc.qcloud.com", "tls", "sip.tccc.qcloud.com", 5061),
        ("SIP2.TCCC.qcloud.com.", "tcp", "sip2.tccc.qcloud.com", 35090),
        ("sip2.tccc.qcloud.com", "tls", "sip2.tccc.qcloud.com", 5061),
    ],
)
def test_a_known_servers_port_is_filled_in_and_said(
    server: str, transport: str, host: str, port: int
) -> None:
    trunk = trunk_with(server=server, transport=transport)
    assert (trunk.server, trunk.port) == (host, port)
    assert ("server", "input.port.filled") in findings_with(server=server, transport=transport)


def test_another_host_without_a_port_is_left_to_the_resolver() -> None:
    assert trunk_with(server="pbx.example.org").port is None
    assert findings_with(server="pbx.example.org") == set()


@pytest.mark.parametrize(
    ("server", "host", "port", "transport"),
    [
        ("127.0.0.1:5060", "127.0.0.1", 5060, "tcp"),
        ("[::1]:5060", "::1", 5060, "tcp"),
        ("[::1]", "::1", None, "tcp"),
        ("::1", "::1", None, "tcp"),
        ("2001:DB8::10", "2001:db8::10", None, "tcp"),
        ("a::1", "a::1", None, "tcp"),
        ("sip:pbx.example.org:5070;transport=udp", "pbx.example.org", 5070, "udp"),
        ("sip:pbx.example.org:5070;transport=TCP;lr", "pbx.example.org", 5070, "tcp"),
        ("sip:pbx.example.org", "pbx.example.org", None, "tcp"),
        ("sip://pbx.example.org:5070", "pbx.example.org", 5070, "tcp"),
        ("sips:pbx.example.org:5071", "pbx.example.org", 5071, "tls"),
        ("sips:pbx.example.org;transport=tcp", "pbx.example.org", None, "tls"),
        ("sip:[::1]:5070;transport=udp", "::1", 5070, "udp"),
        ("tcp://pbx.example.org:5070", "pbx.example.org", 5070, "tcp"),
        ("udp://pbx.example.org:5070/", "pbx.example.org", 5070, "udp"),
        ("tls://[2001:db8::1]:5061", "2001:db8::1", 5061, "tls"),
        ("pbx.example.org;transport=udp", "pbx.example.org", None, "udp"),
        ("localhost:5060", "localhost", 5060, "tcp"),
        ("pbx。example。org：5070", "pbx.example.org", 5070, "tcp"),
        ("  pbx.example.org:5070\u3000", "pbx.example.org", 5070, "tcp"),
    ],
)
def test_forms_of_server(server: str, host: str, port: int | None, transport: str) -> None:
    trunk = trunk_with(server=server)
    assert (trunk.server, trunk.port, trunk.transport) == (host, port, transport)


def test_a_transport_read_from_the_address_is_said() -> None:
    assert ("server", "input.server.transport_read") in findings_with(server="udp://pbx.example.org")


@pytest.mark.parametrize(
    ("server", "finding"),
    [
        ("", "input.empty"),
        ("1400264214.tccc.qcloud.com", "input.server.is_domain"),
        ("1400264214.tccc.qcloud.com:35090", "input.server.is_domain"),
        ("14xxxxx.tccc.qcloud.com", "input.server.is_domain"),
        ("sip:1400264214.tccc.qcloud.com", "input.server.is_domain"),
        ("http://sip.tccc.qcloud.com", "input.server.scheme"),
        ("https://console.cloud.tencent.com/", "input.server.scheme"),
        ("sip:gateway01@sip.tccc.qcloud.com", "input.server.user"),
        ("gateway01@sip.tccc.qcloud.com", "input.server.user"),
        ("sip.tccc.qcloud.com/35090", "input.server.path"),
        ("tcp://pbx.example.org/a", "input.server.path"),
        ("sip:pbx.example.org;transport=ws", "input.server.parameter"),
        ("sip:pbx.example.org;maddr=1.2.3.4", "input.server.parameter"),
        ("tls://pbx.example.org;transport=udp", "input.server.transport_conflict"),
        ("pbx.example.org:", "input.port.range"),
        ("pbx.example.org:0", "input.port.range"),
        ("pbx.example.org:65536", "input.port.range"),
        ("pbx.example.org:sip", "input.port.range"),
        ("pbx.example.org:-1", "input.port.range"),
        ("pbx.example.org:٥٠٦٠", "input.port.range"),
        ("[::1]:", "input.port.range"),
        ("[::1]5060", "input.host.bad"),
        ("[::1", "input.host.bad"),
        ("[127.0.0.1]:5060", "input.host.unusable"),
        ("fe80::1%eth0", "input.host.unusable"),
        ("0.0.0.0", "input.host.unusable"),
        ("[::]:5060", "input.host.unusable"),
        ("239.1.1.1:5060", "input.host.unusable"),
        ("255.255.255.255", "input.host.unusable"),
        (":5060", "input.host.bad"),
        ("999.1.1.1", "input.host.bad"),
        ("1:2:3", "input.host.bad"),
        ("pbx..example.org", "input.host.bad"),
        ("-pbx.example.org", "input.host.bad"),
        ("pbx_1", "input.host.bad"),
        ("pbx example.org", "input.host.bad"),
        ("服务器.中国", "input.host.bad"),
        ("a" * 64 + ".org", "input.host.bad"),
        ("a." * 150 + "org", "input.host.bad"),
        ("a" * 5000, "input.too_long"),
        ("sip.tccc.qcloud.com\r\n", "input.control"),
        ("sip.tccc\u202e.qcloud.com", "input.control"),
        ("sip.tccc\u200b.qcloud.com", "input.control"),
    ],
)
def test_a_bad_server_is_named(server: str, finding: str) -> None:
    assert refusal_of(server=server) == ("server", finding)
    if server:
        assert refusal_of(backup_server=server) == ("backup_server", finding)


def test_an_instance_domain_as_server_is_told_the_right_server() -> None:
    with pytest.raises(InputError) as refusal:
        trunk_with(server="1400264214.tccc.qcloud.com")
    assert refusal.value.details["server"] == "sip.tccc.qcloud.com:35090"


def test_an_address_that_contradicts_the_chosen_transport() -> None:
    assert refusal_of(server="udp://pbx.example.org", transport="tcp") == (
        "server",
        "input.server.transport_conflict",
    )


@pytest.mark.parametrize(
    ("domain", "finding"),
    [
        ("", "input.empty"),
        ("sip.tccc.qcloud.com", "input.domain.is_server"),
        ("SIP2.tccc.qcloud.com", "input.domain.is_server"),
        ("14xxxxx.tccc.qcloud.com", "input.domain.sample"),
        ("1400xxxxx.tccc.qcloud.com", "input.domain.sample"),
        ("1400264214.tccc.qcloud.com:35090", "input.domain.port"),
        ("gateway01@1400264214.tccc.qcloud.com", "input.domain.uri"),
        ("sip:1400264214.tccc.qcloud.com", "input.domain.uri"),
        ("1400264214", "input.host.bad"),
        ("a\nb", "input.control"),
        ("a\u202eb", "input.control"),
    ],
)
def test_a_bad_domain_is_named(domain: str, finding: str) -> None:
    assert refusal_of(domain=domain) == ("domain", finding)


def test_a_foreign_domain_is_doubted_only_at_tccc() -> None:
    assert findings_with(domain="pbx.example.org", server="127.0.0.1:5060") == set()
    assert findings_with(domain="127.0.0.1", server="127.0.0.1:5060") == set()
    assert findings_with(domain="pbx.example.org") == {("domain", "input.domain.unusual")}
    assert findings_with(domain="tccc.qcloud.com", server="127.0.0.1:1") == {
        ("domain", "input.domain.unusual")
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"server": "sip.tccc.qcloud.com:5061"}, ("server", "input.port.mixed")),
        ({"server": "sip.tccc.qcloud.com:5061", "transport": "udp"}, ("server", "input.port.mixed")),
        ({"transport": "tls"}, ("server", "input.port.mixed")),
        ({"transport": "tls"}, ("transport", "input.transport.tls_unconfirmed")),
        ({"server": "139.199.4.25"}, ("server", "input.server.ip_mode")),
        ({"server": "sip.pstn.avc.qcloud.com:5089"}, ("server", "input.server.ip_mode")),
        ({"server": "sip.tccc.qcloud.com:5089"}, ("server", "input.server.ip_mode")),
        ({"backup_server": "sip2.tccc.qcloud.com"}, ("backup_server", "input.port.filled")),
        ({"backup_server": "sip.tccc.qcloud.com"}, ("backup_server", "input.backup_server.same")),
        ({"username": "gateway-01"}, ("username", "input.username.unusual")),
        ({"username": "gatewayXX"}, ("username", "input.username.sample")),
        ({"ca_file": "/etc/ssl/ca.pem"}, ("ca_file", "input.ca_file.unused")),
    ],
)
def test_doubts_are_notices(fields: dict[str, str], expected: tuple[str, str]) -> None:
    assert expected in findings_with(**fields)


@pytest.mark.parametrize(
    "username", ["a b", "a@b", "<a>", 'a"b', "a;b", "a,b", "a?b", "a:b", "网关01", "a%41"]
)
def test_a_username_no_uri_can_hold(username: str) -> None:
    assert refusal_of(username=username) == ("username", "input.user.character")


def test_a_doubt_about_both_servers_is_said_once() -> None:
    fields = {"transport": "tls", "server": "sip.tccc.qcloud.com", "backup_server": "sip2.tccc.qcloud.com"}
    said = [notice.finding for notice in checked_trunk(GOOD | fields)[1]]
    assert said.count("input.transport.tls_unconfirmed") == 1
    assert said.count("input.port.filled") == 2


def test_a_digest_user_may_be_an_address() -> None:
    assert trunk_with(auth_username="gw01@ims.example.org").digest_username == "gw01@ims.example.org"
    for bad in ('a"b', "a\\b", "a b", "网"):
        assert refusal_of(auth_username=bad) == ("auth_username", "input.user.character")


@pytest.mark.parametrize(
    "expires", ["0", "9", "86401", "-1", "1.5", "120s", "99999999999999999999", "１２０"]
)
def test_expires_out_of_range(expires: str) -> None:
    assert refusal_of(expires=expires) == ("expires", "input.expires.range")


def test_expires_in_range() -> None:
    assert [trunk_with(expires=e).expires_s for e in ("", "10", "120", "86400")] == [120, 10, 120, 86400]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "poison", ["a\r\nVia: x", "a\n", "a\x00b", "a\x1b[2J", "\u202e1", "a\u2066", "\x85", "\udc80"]
)
def test_a_control_character_is_refused_wherever_it_is(field: str, poison: str) -> None:
    assert refusal_of(**{field: poison}) == (field, "input.control")


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_bounded(field: str) -> None:
    assert refusal_of(**{field: "1" * 100_000}) == (field, "input.too_long")


def test_other_fields() -> None:
    trunk = trunk_with(
        loose_route="Yes",
        register="false",
        codecs="pcmu, PCMA,pcmu",
        allowed_realms="asterisk, my realm,asterisk",
        allowed_sources="192.0.2.7, 198.51.100.9/24 2001:DB8::/32,192.0.2.7/32",
        line_number="02188886666",
        caller_number="+8613800138000",
    )
    assert trunk.loose_route
    assert not trunk.register
    assert trunk.codecs == ("PCMU", "PCMA")
    assert trunk.allowed_realms == ("asterisk", "my realm")
    assert trunk.allowed_sources == ("192.0.2.7", "198.51.100.0/24", "2001:db8::/32")
    assert (trunk.line_number, trunk.caller_number) == ("02188886666", "+8613800138000")


@pytest.mark.parametrize(
    ("field", "value", "finding"),
    [
        ("name", " ", "input.empty"),
        ("name", "x" * 65, "input.too_long"),
        ("transport", "sctp", "input.transport.unknown"),
        ("register", "maybe", "input.flag"),
        ("loose_route", "2", "input.flag"),
        ("codecs", "g729", "input.codec.unknown"),
        ("codecs", ",", "input.codec.unknown"),
        ("allowed_realms", 'a"b', "input.realm.bad"),
        ("allowed_realms", "r" * 256, "input.realm.bad"),
        ("allowed_realms", ",".join(map(str, range(17))), "input.realm.many"),
        ("allowed_sources", "sip.example.org", "input.source.bad"),
        ("allowed_sources", "192.0.2.0/33", "input.source.bad"),
        ("allowed_sources", ",".join(f"192.0.2.{number}" for number in range(65)), "input.source.many"),
        ("dtmf_method", "fax", "input.dtmf.method"),
        ("number_rule", "local", "input.number_rule.unknown"),
        ("number_prefix", "+9", "input.number_prefix.bad"),
        ("number_prefix", "123456789", "input.number_prefix.bad"),
        ("line_number", "110", "input.number.emergency"),
        ("caller_number", "anonymous", "input.number.not_digits"),
    ],
)
def test_other_bad_fields(field: str, value: str, finding: str) -> None:
    assert refusal_of(**{field: value}) == (field, finding)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"server": "[2001:db8::1]:5060", "backup_server": "pbx.example.org", "transport": "udp"},
        {
            "register": "no",
            "loose_route": "on",
            "allowed_realms": "a b,c",
            "allowed_sources": "192.0.2.7,198.51.100.0/24",
            "codecs": "pcmu",
            "dtmf_method": "Info-DTMF",
            "number_rule": "E164",
            "number_prefix": "9",
            "expires": "3600",
        },
        {"server": "sip.tccc.qcloud.com", "transport": "tls", "ca_file": "/a/b c.pem", "auth_username": "u"},
    ],
)
def test_a_trunk_shown_in_a_form_comes_back_the_same(fields: dict[str, str]) -> None:
    trunk = trunk_with(**fields)
    assert checked_trunk(fields_of(trunk))[0] == trunk
    assert set(fields_of(trunk)) == set(FIELDS)


@given(st.dictionaries(st.sampled_from(FIELDS), st.text()))
def test_whatever_is_entered_gives_a_trunk_or_a_named_field(fields: dict[str, str]) -> None:
    try:
        checked_trunk(GOOD | fields)
    except InputError as refusal:
        assert refusal.field in FIELDS  # noqa: PT017
        assert all(value.isprintable() for value in refusal.details.values())  # noqa: PT017


def test_a_call() -> None:
    call = checked_call(
        " 13800138000 ",
        "+862188886666",
        headers=["X-Test: 1", "Subject:  a: b ", "P-Asserted-Identity : <sip:1@x>"],
        dtmf="1,2#*aD",
        codecs="PcMu",
    )
    assert (call.caller, call.line) == ("13800138000", "+862188886666")
    assert call.headers == (("X-Test", "1"), ("Subject", "a: b"), ("P-Asserted-Identity", "<sip:1@x>"))
    assert (call.dtmf, call.codecs) == ("1,2#*AD", ("PCMU",))
    assert checked_call("1", "2").codecs == ()


@pytest.mark.parametrize(
    ("header", "finding"),
    [
        ("", "input.empty"),
        ("X-Test", "input.header.form"),
        (": 1", "input.header.form"),
        ("X Test: 1", "input.header.form"),
        ("X\u00e9: 1", "input.header.form"),
        ("X" * 65 + ": 1", "input.header.form"),
        ("X-Test: 1\r\nVia: x", "input.control"),
        ("X-Test: 1\n", "input.control"),
        ("X-Test: \u202e1", "input.control"),
        ("X-Test: " + "1" * 2000, "input.too_long"),
        *((f"{name}: 1", "input.header.owned") for name in ("Via", "FROM", "t", "i", "Call-ID", "cseq", "m")),
        *(
            (f"{name}: 1", "input.header.owned")
            for name in ("Content-Length", "Content-Type", "Max-Forwards")
        ),
        *(
            (f"{name} : 1", "input.header.owned")
            for name in ("Proxy-Authorization", "Route", "Record-Route", "l")
        ),
    ],
)
def test_a_bad_extra_header(header: str, finding: str) -> None:
    with pytest.raises(InputError) as refusal:
        checked_call("1", "2", headers=[header])
    assert (refusal.value.field, refusal.value.finding) == ("header", finding)


def test_too_many_headers() -> None:
    with pytest.raises(InputError) as refusal:
        checked_call("1", "2", headers=["X: 1"] * (MAX_HEADERS + 1))
    assert refusal.value.finding == "input.header.many"


@pytest.mark.parametrize(
    ("arguments", "field", "finding"),
    [
        ({"caller": "anonymous"}, "caller", "input.number.not_digits"),
        ({"caller": "138\r\n"}, "caller", "input.control"),
        ({"line": "110"}, "line", "input.number.emergency"),
        ({"line": "gateway01"}, "line", "input.number.not_digits"),
        ({"dtmf": "12w"}, "dtmf", "input.dtmf.bad"),
        ({"dtmf": "1\n"}, "dtmf", "input.control"),
        ({"dtmf": "1" * 65}, "dtmf", "input.too_long"),
        ({"codecs": "opus"}, "codecs", "input.codec.unknown"),
    ],
)
def test_a_bad_call(arguments: dict[str, str], field: str, finding: str) -> None:
    with pytest.raises(InputError) as refusal:
        checked_call(**({"caller": "1", "line": "2"} | arguments))
    assert (refusal.value.field, refusal.value.finding) == (field, finding)
