"""URIs, addresses and Via values by table (RFC 3261 19.1, 20.10, 20.42, 25.1)."""

from __future__ import annotations

import pytest

from tccc_desk.sip.address import Address
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.uri import Uri
from tccc_desk.sip.via import Via

URIS = [
    ("sip:a@b", Uri("sip", "a", "", "b")),
    ("SIP:a@B", Uri("sip", "a", "", "B")),
    ("sips:b", Uri("sips", "", "", "b")),
    ("sip:a:pw@b:5060", Uri("sip", "a", "pw", "b", 5060)),
    ("sip:a:@b:0", Uri("sip", "a", "", "b", 0)),
    ("sip:+86-21;x=1@b;user=phone", Uri("sip", "+86-21;x=1", "", "b", None, (("user", "phone"),))),
    ("sip:a@[::1]:5061;lr", Uri("sip", "a", "", "::1", 5061, (("lr", None),))),
    ("sip:[2001:db8::9]", Uri("sip", "", "", "2001:db8::9")),
    ("sip:a?b@c", Uri("sip", "a?b", "", "c")),
    ("sip:*21#@b", Uri("sip", "*21#", "", "b")),
    ("sip:gw_1-x@host_1.b.;p=%20", Uri("sip", "gw_1-x", "", "host_1.b.", None, (("p", "%20"),))),
    (
        "sip:b;maddr=[::1];x;y=/:&+$?Route=%3Csip:c%3E&Subject=",
        Uri(
            "sip",
            "",
            "",
            "b",
            None,
            (("maddr", "[::1]"), ("x", None), ("y", "/:&+$")),
            "Route=%3Csip:c%3E&Subject=",
        ),
    ),
    ("sip:b;t=aGk==;lr", Uri("sip", "", "", "b", None, (("t", "aGk=="), ("lr", None)))),
    ("sip:b;lr;LR", Uri("sip", "", "", "b", None, (("lr", None),))),
    ("tel:+8621-5888;phone-context=x.y", Uri("tel", "+8621-5888", parameters=(("phone-context", "x.y"),))),
    ("urn:service:sos", Uri("urn", "service:sos")),
    ("http://h:1/p?q=%41", Uri("http", "//h:1/p?q=%41")),
]


@pytest.mark.parametrize(("text", "uri"), URIS, ids=[text for text, _ in URIS])
def test_a_uri_is_read_and_written(text: str, uri: Uri) -> None:
    assert Uri.parse(text) == uri
    assert Uri.parse(str(uri)) == uri


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ":",
            "sip",
            "sip:",
            "a@b",
            "1sip:a@b",
            "s p:a@b",
            "sip:@b",
            "sip:a@",
            "sip: a@b",
            "sip:a@b ",
            "sip:a b@c",
        ),
        *(
            "sip:a@@b",
            "sip:a@b@c",
            "sip:a%zz@b",
            "sip:a%4@b",
            'sip:"a"@b',
            "sip:a\\b@c",
            "sip:ü@b",
            "sip:a@ü",
        ),
        *("sip:a:p w@b", "sip:a:p:w@b", "sip:a@b:", "sip:a@b:x", "sip:a@b:-1", "sip:a@b:65536", "sip:a@b:٥"),
        *(
            "sip:a@b:005060000000",
            "sip:a@b;",
            "sip:a@b;;lr",
            "sip:a@b;=x",
            "sip:a@b;x=",
            "sip:a@b;x=1;X=2",
            "sip:a@b;x=<",
        ),
        *(
            "sip:a@b?",
            "sip:a@b?x=<",
            "sip:a@1.2.3",
            "sip:a@1.2.3.256",
            "sip:a@1.2.3.4.5",
            "sip:a@-b",
            "sip:a@b..c",
        ),
        *(
            "sip:a@[::1",
            "sip:a@[::g]",
            "sip:a@[1.2.3.4]",
            "sip:a@[::1]x",
            "sip:a@[::1%25eth0]",
            "sip:a@::1",
            "sip:a@[]",
        ),
        *(
            "sip:a@" + "b" * 256,
            "tel:",
            "tel:one",
            "tel:+1;",
            "urn:a b",
            "urn:<a>",
            "urn:",
            "x" * 40 + ":y",
            "sip:a@b\n",
        ),
    ],
)
def test_no_uri(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        Uri.parse(text)


def test_parts_of_a_uri() -> None:
    uri = Uri.parse("sip:%2B86%20x;ext=5@b;lr;Transport=TCP")
    assert uri.number == "+86 x"
    assert (uri.parameter("LR"), uri.parameter("transport"), uri.parameter("maddr")) == ("", "TCP", None)


# The first groups are the examples of RFC 3261 19.1.4.
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", True),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", True),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5", True),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            True,
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            True,
        ),
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", False),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", False),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", False),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", False),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", False),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", False),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", False),
        ("sip:a:x@b", "sip:a:y@b", False),
        ("sip:a@b", "sips:a@b", False),
        ("sip:a@b;lr", "sip:a@b", True),
        ("sip:a%2fb@c", "sip:a%2Fb@c", True),
        ("sip:a%2fb@c", "sip:a/b@c", False),
    ],
)
def test_19_1_4_equivalence(one: str, other: str, same: bool) -> None:
    assert Uri.parse(one).same(Uri.parse(other)) is same
    assert Uri.parse(other).same(Uri.parse(one)) is same


ADDRESSES = [
    ("<sip:a@b>", "", "sip:a@b", {}, "<sip:a@b>"),
    ("sip:a@b", "", "sip:a@b", {}, "<sip:a@b>"),
    ("sip:a@b;tag=1;x", "", "sip:a@b", {"tag": "1", "x": ""}, "<sip:a@b>;tag=1;x"),
    ("<sip:a@b;tag=2>;tag=1", "", "sip:a@b;tag=2", {"tag": "1"}, "<sip:a@b;tag=2>;tag=1"),
    ("Big  Bob\t<sip:a@b>", "Big Bob", "sip:a@b", {}, "Big Bob <sip:a@b>"),
    ('"a, <b>; \\"c\\" \\\\"<sip:a@b>', 'a, <b>; "c" \\', "sip:a@b", {}, '"a, <b>; \\"c\\" \\\\" <sip:a@b>'),
    ('"" <sip:a@b>', "", "sip:a@b", {}, "<sip:a@b>"),
    ("张 三 <sip:a@b>", "张 三", "sip:a@b", {}, '"张 三" <sip:a@b>'),
    ('"\\\x07\\\x00x" <sip:a@b>', "\ufffd\ufffdx", "sip:a@b", {}, '"\ufffd\ufffdx" <sip:a@b>'),
    (" <sip:a@b> ; x = 1 ;y ", "", "sip:a@b", {"x": "1", "y": ""}, "<sip:a@b>;x=1;y"),
    ('<sip:a@b>;i="<urn:u;1,2>";q=0.5', "", "sip:a@b", {"i": "<urn:u;1,2>", "q": "0.5"}, None),
    ('sip:a@b;i="<x>"', "", "sip:a@b", {"i": "<x>"}, '<sip:a@b>;i="<x>"'),
    ("<sip:a@b?X=y>", "", "sip:a@b?X=y", {}, "<sip:a@b?X=y>"),
    ("<sip:a@b>;tag=as5d==@[::1]/x", "", "sip:a@b", {"tag": "as5d==@[::1]/x"}, None),
    ("<tel:+1>", "", "tel:+1", {}, "<tel:+1>"),
]


@pytest.mark.parametrize(
    ("text", "display", "uri", "parameters", "written"), ADDRESSES, ids=[a[0] for a in ADDRESSES]
)
def test_an_address_is_read_and_written(
    text: str, display: str, uri: str, parameters: dict[str, str], written: str | None
) -> None:
    address = Address.parse(text)
    assert (address.display, str(address.uri)) == (display, uri)
    assert {name: address.parameter(name.upper()) for name, _ in address.parameters} == parameters
    assert str(address) == (written or text)
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "<>",
            "<sip:a@b",
            "sip:a@b>",
            "< sip:a@b>",
            "<sip:a@b >",
            "a@b",
            "Bob sip:a@b",
            "Bob, A <sip:a@b>",
        ),
        *(
            '"Bob <sip:a@b>',
            '"Bob" sip:a@b',
            '"Bob\\" <sip:a@b>',
            '"a" b <sip:a@b>',
            "Bob: <sip:a@b>",
            "(Bob) <sip:a@b>",
        ),
        *(
            "<sip:a@b>;",
            "<sip:a@b>;;x",
            "<sip:a@b>;x=",
            "<sip:a@b>;x=1;X=2",
            "<sip:a@b>,",
            "<sip:a@b>x",
            '<sip:a@b>;x="y',
        ),
        *(
            "sip:a,b@c",
            "sip:a?b@c",
            "sip:a@b?x=y",
            "<sip:a@b>;x=a b",
            '<sip:a@b>;x="y"z',
            "<sip:a@b>;=x",
            "<sip:a@b>;x y",
        ),
        *("*", "<*>", "<<sip:a@b>>", "<sip:a@b>;x=\x7f", "<sip:a@b>;(x)=y"),
    ],
)
def test_no_address(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        Address.parse(text)


def test_the_tag_of_an_address() -> None:
    address = Address.parse('"B" <sip:a@b>;x=1;TAG=old;y')
    assert address.tag == "old"
    assert address.parameter("z") is None
    assert str(address.with_tag("new")) == "B <sip:a@b>;x=1;y;tag=new"
    assert address.with_tag("").tag == ""


def test_parameters_may_be_quoted_everywhere() -> None:
    assert Address.parse('<sip:a@b>;tag="q \\" r"').tag == 'q " r'


def test_a_via_is_read_and_written() -> None:
    via = Via.parse("SIP / 2.0 /\tudp   [2001:db8::1] : 5070 ; branch = z9hG4bKa;RPort;received=[::1];ttl=1")
    assert (via.transport, via.host, via.port) == ("UDP", "2001:db8::1", 5070)
    assert (via.branch, via.received, via.rport, via.wants_rport) == ("z9hG4bKa", "::1", None, True)
    assert via.parameter("TTL") == "1"
    assert str(via) == "SIP/2.0/UDP [2001:db8::1]:5070;branch=z9hG4bKa;RPort;received=[::1];ttl=1"
    answered = via.with_parameter("rport", "5071").with_parameter("maddr", "h")
    assert (answered.rport, answered.wants_rport) == (5071, True)
    assert str(answered).endswith(";branch=z9hG4bKa;rport=5071;received=[::1];ttl=1;maddr=h")
    assert Via.parse(str(answered)) == answered


def test_a_bare_via() -> None:
    via = Via.parse("sip/2.0/tcp a.example")
    assert (via.branch, via.received, via.rport, via.wants_rport) == ("", "", None, False)
    assert str(via) == "SIP/2.0/TCP a.example"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "UDP a",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP ",
            "SIP/2.0/UDP;branch=x",
            "SIP/2.0 a",
            "SIP/2.1/UDP a",
            "HTTP/2.0/UDP a",
        ),
        *(
            "SIP/2.0/UDP a b",
            "SIP/2.0/UDP a:",
            "SIP/2.0/UDP a:70000",
            "SIP/2.0/UDP a:5 0",
            "SIP/2.0/UDP ::1",
            "SIP/2.0/U P a",
        ),
        *(
            "SIP/2.0/UDP [::1]5060",
            "SIP/2.0/UDP a;",
            "SIP/2.0/UDP a;rport=",
            "SIP/2.0/UDP a;rport=70000",
            "SIP/2.0/UDP a;rport=x",
        ),
        *(
            "SIP/2.0/UDP a;branch=1;branch=2",
            "SIP/2.0/UDP a,b",
            "SIP/2.0/UDP 1.2.3.400",
            "SIP/2.0/UDP <a>",
            "SIP/2.0/UDPa",
        ),
    ],
)
def test_no_via(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        Via.parse(text)
