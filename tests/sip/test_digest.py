"""Digest by the RFCs' published examples, by table, and both sides against each other."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tccc_desk.sip import digest
from tccc_desk.sip.digest import (
    ALGORITHMS,
    AuthenticationImpossible,
    Challenge,
    Credentials,
    choose,
    expected_response,
    next_nonce,
    parse_authorization,
    parse_challenges,
    strength,
    verify,
)
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.headers import Headers


def fixed(token: str) -> Callable[[], str]:
    return lambda: token


def fields(value: str) -> dict[str, str]:
    return dict(parse_authorization(value))


RFC7616_NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
RFC7616_CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
RFC2617_NONCE = "dcd98b7102dd2f0e8b11d0f600bfb0c093"


@pytest.mark.parametrize(
    ("challenge", "response"),
    [
        (
            Challenge("http-auth@example.org", RFC7616_NONCE, "MD5", ("auth",)),
            "8ca523f5e9506fed4657c9700eebdbec",
        ),
        (
            Challenge("http-auth@example.org", RFC7616_NONCE, "SHA-256", ("auth", "auth-int")),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ],
)
def test_rfc7616_3_9_1(challenge: Challenge, response: str) -> None:
    credentials = Credentials("Mufasa", "Circle of Life", cnonce=fixed(RFC7616_CNONCE))
    assert fields(credentials.answer(challenge, "GET", "/dir/index.html"))["response"] == response


def test_rfc2617_3_5() -> None:
    credentials = Credentials("Mufasa", "Circle Of Life", cnonce=fixed("0a4f113b"))
    challenge = Challenge("testrealm@host.com", RFC2617_NONCE, "MD5", ("auth", "auth-int"))
    value = credentials.answer(challenge, "GET", "/dir/index.html")
    assert fields(value)["response"] == "6629fae49393a05397450978507c4ef1"


@pytest.mark.parametrize(
    ("algorithm", "qop", "response"),
    [
        ("MD5", (), "bf57e4e0d0bffc0fbaedce64d59add5e"),
        ("MD5", ("auth", "auth-int"), "89eb0059246c02b2f6ee02c7961d5ea3"),
        ("MD5-sess", ("auth",), "e4e4ea61d186d07a92c9e1f6919902e9"),
    ],
)
def test_the_sip_examples_of_draft_smith(algorithm: str, qop: tuple[str, ...], response: str) -> None:
    credentials = Credentials("bob", "zanzibar", cnonce=fixed("0a4f113b"))
    challenge = Challenge("biloxi.com", RFC2617_NONCE, algorithm, qop)
    assert fields(credentials.answer(challenge, "INVITE", "sip:bob@biloxi.com"))["response"] == response


def test_rfc7616_3_9_2_user_hash() -> None:
    """With the values of erratum 4897: those printed belong to a draft of SHA-512/256."""
    challenge = Challenge(
        "api@example.org",
        "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
        "SHA-512-256",
        ("auth",),
        opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS",
        userhash=True,
    )
    credentials = Credentials(
        "Jäsøn Doe", "Secret, or not?", cnonce=fixed("NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v")
    )
    value = credentials.answer(challenge, "GET", "/doe.json")
    assert fields(value) == {
        "username": "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b",
        "realm": "api@example.org",
        "nonce": "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
        "uri": "/doe.json",
        "response": "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
        "cnonce": "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
        "opaque": "HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS",
        "algorithm": "SHA-512-256",
        "qop": "auth",
        "nc": "00000001",
        "userhash": "true",
    }
    expected = expected_response(fields(value), "GET", "Secret, or not?", username="Jäsøn Doe")
    assert expected == fields(value)["response"]


def test_the_header_value_on_the_wire() -> None:
    challenge = Challenge("trunk.example", "n1", opaque="")
    value = Credentials("gw7", "pw", cnonce=fixed("c1")).answer(challenge, "REGISTER", "sip:trunk.example")
    assert re.fullmatch(
        r'Digest username="gw7", realm="trunk\.example", nonce="n1", uri="sip:trunk\.example", '
        r'response="[0-9a-f]{32}", opaque="", algorithm=MD5',
        value,
    )


CHALLENGES: tuple[tuple[str, tuple[Challenge, ...]], ...] = (
    ('Digest realm="r", nonce="n"', (Challenge("r", "n"),)),
    ('DIGEST REALM="r",NONCE="n",ALGORITHM=md5,STALE=True', (Challenge("r", "n", "md5", stale=True),)),
    ('Digest realm = "r" ,\tnonce= "n" , qop ="auth"', (Challenge("r", "n", qop=("auth",)),)),
    ("Digest realm=r, nonce=a/b+c==, algorithm=SHA-256", (Challenge("r", "a/b+c==", "SHA-256"),)),
    ('Digest realm="r" nonce="n" stale="FALSE"', (Challenge("r", "n"),)),
    (
        'Digest realm="a \\"b\\" \\\\", nonce="n, m=\\",", opaque=""',
        (Challenge('a "b" \\', 'n, m=",', opaque=""),),
    ),
    ('Digest realm="r",nonce="n",qop="AUTH , auth-int"', (Challenge("r", "n", qop=("auth", "auth-int")),)),
    (
        'Digest realm="r",nonce="n",qop=auth,auth-int, stale=true',
        (Challenge("r", "n", qop=("auth", "auth-int"), stale=True),),
    ),
    ('Digest realm="r",nonce="n",qop=""', (Challenge("r", "n"),)),
    ('Digest realm="",nonce="n"', (Challenge("", "n"),)),
    (
        'Digest realm="r",nonce="n",algorithm="MD5",userhash=true,domain="sip:a"',
        (Challenge("r", "n", userhash=True, domain="sip:a"),),
    ),
    (
        'Basic realm="b", Digest realm="r",nonce="n", Bearer x, Digest realm="s",nonce="m",algorithm=SHA-256',
        (Challenge("r", "n"), Challenge("s", "m", "SHA-256")),
    ),
    (', ,Negotiate YII==, Digest realm="r", nonce="n",,', (Challenge("r", "n"),)),
    ('Digest realm="r", nonce="n", x="1", X-y=z', (Challenge("r", "n"),)),
    # Nothing that can be answered
    ('Basic realm="r"', ()),
    ("Digest", ()),
    ("", ()),
    ('Digest realm="r"', ()),
    ('Digest nonce="n"', ()),
    ('Digest realm="r", nonce=""', ()),
    ('Digest realm="r", nonce="n', ()),
    ('Digest realm="r", nonce="n", realm="s"', ()),
    ('Digest realm="r", nonce="n", opaque="\\\x07"', ()),
    ('Digest realm="r\\\x00", nonce="n", Digest realm="r", nonce="m"', (Challenge("r", "m"),)),
    ('Digest realm="r", nonce="n", ;', ()),
    ('realm="r", nonce="n"', ()),
)


@pytest.mark.parametrize(("value", "challenges"), CHALLENGES, ids=[value for value, _ in CHALLENGES])
def test_challenges_are_read(value: str, challenges: tuple[Challenge, ...]) -> None:
    assert parse_challenges(Headers([("WWW-Authenticate", value)]), "WWW-Authenticate") == challenges


def test_registrar_and_proxy_are_kept_apart_and_lines_in_order() -> None:
    headers = Headers(
        [
            ("www-authenticate", 'Digest realm="a", nonce="1"'),
            ("Proxy-Authenticate", 'Digest realm="p", nonce="2"'),
            ("WWW-Authenticate", 'Digest realm="b", nonce="3'),
            ("WWW-Authenticate", 'Digest realm="c", nonce="4"'),
        ]
    )
    assert [one.realm for one in parse_challenges(headers, "WWW-Authenticate")] == ["a", "c"]
    assert [one.realm for one in parse_challenges(headers, "Proxy-Authenticate")] == ["p"]


def offer(*algorithms: str, qop: tuple[str, ...] = ("auth",)) -> list[Challenge]:
    return [Challenge("r", f"n{at}", algorithm, qop) for at, algorithm in enumerate(algorithms)]


@pytest.mark.parametrize(
    ("challenges", "nonce"),
    [
        (offer("MD5"), "n0"),
        (offer("MD5", "SHA-256"), "n1"),
        (offer("SHA-256", "MD5"), "n0"),
        (offer("MD5", "SHA-256", "SHA-512-256", "SHA-999"), "n2"),
        (offer("md5-SESS", "MD5"), "n0"),
        (offer("AKAv1-MD5", "sha-256-sess", "MD5"), "n1"),
        ([*offer("SHA-256", qop=("auth-int",)), Challenge("r", "weak")], "weak"),
        ([Challenge("elsewhere", "x", "SHA-256"), Challenge("r", "weak")], "weak"),
        (offer("MD5", qop=("auth-int", "auth")), "n0"),
    ],
)
def test_the_strongest_is_chosen(challenges: list[Challenge], nonce: str) -> None:
    assert choose(challenges, lambda realm: realm == "r").nonce == nonce


@pytest.mark.parametrize(
    ("challenges", "reason", "realm", "algorithm"),
    [
        ([], "none", "", ""),
        ([Challenge("evil", "n", "MD5")], "realm", "evil", "MD5"),
        (offer("AKAv2-SHA-256"), "algorithm", "r", "AKAv2-SHA-256"),
        (offer("SHA-1", "MD4"), "algorithm", "r", "SHA-1"),
        (offer("MD5", qop=("auth-int",)), "qop", "r", "MD5"),
        (offer("SHA-256", qop=("token",)), "qop", "r", "SHA-256"),
    ],
)
def test_what_cannot_be_answered(
    challenges: list[Challenge], reason: str, realm: str, algorithm: str
) -> None:
    with pytest.raises(AuthenticationImpossible) as caught:
        choose(challenges, lambda realm: realm == "r")
    assert (caught.value.reason, caught.value.realm, caught.value.algorithm) == (reason, realm, algorithm)
    assert reason in str(caught.value)


def test_auth_int_alone_is_refused_on_answering_too() -> None:
    with pytest.raises(AuthenticationImpossible):
        Credentials("u", "p", cnonce=fixed("c")).answer(
            offer("MD5", qop=("auth-int",))[0], "REGISTER", "sip:a"
        )


def test_nc_counts_per_nonce() -> None:
    tokens = iter("abcdefgh")
    credentials = Credentials("u", "p", cnonce=lambda: next(tokens))
    first, second = offer("MD5-sess", "MD5-sess")
    seen = [fields(credentials.answer(one, "REGISTER", "sip:a")) for one in (first, first, second, first)]
    assert [one["nc"] for one in seen] == ["00000001", "00000002", "00000001", "00000003"]
    assert [one["cnonce"] for one in seen] == ["a", "a", "b", "a"]
    assert len({one["response"] for one in seen}) == 4
    other_realm = Challenge("other", first.nonce, "MD5", ("auth",))
    assert fields(credentials.answer(other_realm, "REGISTER", "sip:a"))["nc"] == "00000001"


def test_memory_of_nonces_is_bounded() -> None:
    credentials = Credentials("u", "p", cnonce=fixed("c"))
    for at in range(1000):
        credentials.answer(Challenge("r", f"n{at}", qop=("auth",)), "REGISTER", "sip:a")
    assert len(credentials._uses) <= 16
    assert (
        fields(credentials.answer(Challenge("r", "n999", qop=("auth",)), "REGISTER", "sip:a"))["nc"]
        == "00000002"
    )


def test_a_repr_keeps_the_secret() -> None:
    assert "hunter2" not in repr(Credentials("u", "hunter2", cnonce=fixed("c")))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("qop", [(), ("auth",), ("auth-int", "auth")])
@pytest.mark.parametrize(("user", "realm"), [("gw7", "trunk.example"), ('a"b\\c', 'x "y" \\z'), ("中", "")])
def test_both_sides_agree(algorithm: str, qop: tuple[str, ...], user: str, realm: str) -> None:
    challenge = Challenge(realm, 'n"\\', algorithm, qop, opaque='o"')
    value = Credentials(user, "pä ss", cnonce=fixed("c")).answer(challenge, "INVITE", "sip:a@b;x=y")
    read = fields(value)
    assert (read["username"], read["realm"], read["nonce"], read["opaque"]) == (user, realm, 'n"\\', 'o"')
    assert ("nc" in read) is bool(qop)
    assert read.get("qop", "auth") == "auth"
    judge = {"method": "INVITE", "realm": realm, "nonce": 'n"\\', "uri": "sip:a@b;x=y"}
    assert verify(value, password="pä ss", **judge)
    assert verify(value, password="pä ss", **(judge | {"uri": ""}))
    assert not verify(value, password="pa ss", **judge)
    for part in ("method", "realm", "nonce", "uri"):
        assert not verify(value, password="pä ss", **(judge | {part: "other"}))


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "Basic dTpw",
            "Digest",
            'Digest username="u"',
            'Digest username="u", realm="r", nonce="n", uri="a"',
        ),
        'Digest username="u", realm="r", nonce="n", uri="a", response="x',
        'Digest username="u", username="v", realm="r", nonce="n", uri="a", response="x"',
        'Digest username="u", realm="r", nonce="n", uri="a", response="x", Digest username="u"',
    ],
)
def test_broken_credentials(value: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_authorization(value)


@pytest.mark.parametrize(
    "change", [("algorithm=MD5", "algorithm=MD4"), ("algorithm=MD5", "qop=auth-int, nc=1")]
)
def test_credentials_we_do_not_speak(change: tuple[str, str]) -> None:
    value = Credentials("u", "p", cnonce=fixed("c")).answer(Challenge("r", "n"), "REGISTER", "sip:a")
    with pytest.raises(RemoteProtocolError):
        verify(value.replace(*change), method="REGISTER", password="p", realm="r", nonce="n")


def test_a_response_that_is_no_text_is_just_wrong() -> None:
    value = 'Digest username="u", realm="r", nonce="n", uri="a", response="\udcff"'
    assert not verify(value, method="REGISTER", password="p", realm="r", nonce="n")


def test_the_next_nonce() -> None:
    headers = Headers(
        [
            ("Authentication-Info", 'qop=auth, rspauth="x"'),
            ("Authentication-Info", 'nc=00000001, NextNonce = "a\\"b"'),
            ("Proxy-Authentication-Info", "nextnonce=p"),
        ]
    )
    assert next_nonce(headers) == 'a"b'
    assert next_nonce(headers, "Proxy-Authentication-Info") == "p"
    assert next_nonce(Headers()) == ""


def test_an_algorithm_openssl_lacks_is_not_offered() -> None:
    assert digest._available("md5")
    assert not digest._available("md7")
    assert digest._available("sha512_256") is ("SHA-512-256" in ALGORITHMS)
    assert {"MD5", "SHA-256", "MD5-sess", "SHA-256-sess"} <= set(ALGORITHMS)


def test_algorithms_have_a_rank() -> None:
    assert strength("md5") < strength("SHA-256-sess") < strength("SHA-512-256")
    assert strength("MD5-sess") == strength("MD5")
    assert strength("SHA-3") == -1
