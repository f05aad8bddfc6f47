"""Nothing leaves with a secret in it: canaries in every place and writing a bundle could carry them in."""

from __future__ import annotations

import base64
import html
import io
import json
import zipfile
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from tccc_desk.trace.export.bundle import Bundle, Evidence
from tccc_desk.trace.export.page import Section
from tccc_desk.trace.export.problem import ExportProblem
from tccc_desk.trace.export.secrets import Secrets
from tccc_desk.trace.ladder import ladder
from tests.trace._call import call, with_raw

PASSWORD = 'Kana"ry & 7+Zeichen/ü'
PLAIN = "Canary7Secret"
ANSWER = "5ccc069c403ebaf9f0171e9517f40e41"

WRITINGS = {
    "plain": PASSWORD.encode(),
    "percent": quote(PASSWORD, safe="").encode(),
    "html": html.escape(PASSWORD).encode(),
    "json": json.dumps(PASSWORD, ensure_ascii=False).encode(),
    "utf-16-le": PASSWORD.encode("utf-16-le"),
    "utf-16-be": PASSWORD.encode("utf-16-be"),
    "hex": PASSWORD.encode().hex().encode(),
    **{f"base64 {shift}": base64.b64encode(b"x" * shift + PASSWORD.encode() + b"yz") for shift in range(4)},
    "base64url": base64.urlsafe_b64encode(b"user:" + PASSWORD.encode()),
    "base64 utf-16": base64.b64encode(PASSWORD.encode("utf-16-le")),
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_a_known_password_is_found_in_every_writing(writing: str) -> None:
    secrets = Secrets([PASSWORD, PLAIN])
    content = b"some text before " + WRITINGS[writing] + b" and after"
    assert [leak.kind for leak in secrets.leaks("member", content)] == ["password"]


def test_a_password_in_a_file_name_is_found() -> None:
    assert Secrets([PLAIN]).leaks(f"{PLAIN}.pcap", b"")[0].kind == "password"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (f'Authorization: Digest username="a", response="{ANSWER}"\r\n', "digest"),
        (f'Proxy-Authorization: Digest username="a",\r\n response={ANSWER}\r\n', "digest"),
        (f'"raw": "Authorization: Digest response=\\"{ANSWER}\\"\\r\\n"', "digest"),
        (f"<pre>Authorization: Digest response=&quot;{ANSWER}&quot;</pre>", "digest"),
        ("Authorization: Basic dXNlcjpwYXNz\r\n", "basic"),
    ],
)
def test_credentials_nobody_told_us_are_found_by_their_form(content: str, kind: str) -> None:
    assert [leak.kind for leak in Secrets().leaks("m", content.encode())] == [kind]
    if kind == "digest" and content.startswith("Auth"):
        assert Secrets().leaks("m", content.encode("utf-16-le"))


def test_masked_answers_and_common_words_pass() -> None:
    stars = f'Authorization: Digest response="{"*" * 32}"\r\nWWW-Authenticate: Digest nonce="{ANSWER}"\r\n'
    assert Secrets([PLAIN, "abc"]).leaks("m", stars.encode() + b"abc") == []


def evidence(folder: Path, **changes: object) -> Evidence:
    entries = call(folder)
    whole = Evidence(
        entries=entries,
        sections=[Section(entries[0].call_id, entries, ladder(entries), [("wrong", "something")])],
        versions={"tccc-desk": "1"},
        network={"interfaces": []},
        findings=[("wrong", "something")],
        made_at=1e9,
    )
    return msgspec.structs.replace(whole, **changes)


def test_the_bundle_is_what_its_preview_showed(tmp_path: Path) -> None:
    bundle = Bundle(evidence(tmp_path), "zh")
    stream = io.BytesIO()
    bundle.write(stream, Secrets([PASSWORD]))
    with zipfile.ZipFile(stream) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            member.name: member.content for member in bundle.preview()
        }
    assert {
        "signalling.pcap",
        "signalling.txt",
        "report.html",
        "calls.csv",
        "ladder-01.svg",
        "network.json",
    } <= {member.name for member in bundle.preview()}


@pytest.mark.parametrize(
    "place", ["header", "body", "fact", "address", "finding", "version", "network", "call_id"]
)
def test_a_canary_anywhere_stops_the_bundle(tmp_path: Path, place: str) -> None:
    good = evidence(tmp_path)
    entries = list(good.entries)
    one = entries[0]
    changes: dict[str, object] = {}
    match place:
        case "header":
            entries[0] = with_raw(one, one.raw.replace(b"bench", f"x {PLAIN}".encode()))
        case "body":
            entries[0] = with_raw(one, one.raw + base64.b64encode(PLAIN.encode()))
        case "fact":
            entries[0] = msgspec.structs.replace(one, kind="fact", fact="fact.x", details={"a": PLAIN})
        case "address":
            entries[0] = msgspec.structs.replace(one, remote=f"{PLAIN}:5060")
        case "call_id":
            entries[0] = msgspec.structs.replace(one, call_id=PLAIN)
        case "finding":
            changes = {"findings": [("info", PLAIN)]}
        case "version":
            changes = {"versions": {"tccc-desk": PLAIN}}
        case "network":
            changes = {"network": {"resolver": [PLAIN]}}
    bundle = Bundle(evidence(tmp_path, entries=entries, **changes), "en")
    stream = io.BytesIO()
    with pytest.raises(ExportProblem) as caught:
        bundle.write(stream, Secrets([PLAIN]))
    assert caught.value.finding == "trace.export.secret"
    assert PLAIN not in str(caught.value.details)
    assert stream.getvalue() == b""
