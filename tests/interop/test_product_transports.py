"""TLS and IPv6 against a real Kamailio."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.baresip import LINE, Baresip
from tests.helpers.certificates import Authority
from tests.helpers.command_line import PASSWORD, RealCli, Run, account_at
from tests.helpers.kamailio import DOMAIN, USERNAME, Kamailio, Wire

CALLER = "13900000001"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Baresip]:
    with Baresip(tmp_path / "baresip") as running:
        yield running


@pytest.fixture
def secure(tmp_path: Path, authority: Authority, phone: Baresip) -> Iterator[Kamailio]:
    identity = authority.issue("127.0.0.1")
    with Kamailio(tmp_path / "kamailio", password=PASSWORD, far_end=phone.address, tls=identity) as running:
        yield running


def over_tls(gateway: Kamailio, authority: Authority) -> list[str]:
    return [*account_at(gateway.tls_server, "tls"), "--ca-file", str(authority.file)]


def requests(gateway: Kamailio, method: str) -> list[Wire]:
    return [one for one in gateway.wire() if one.received and one.start_line.startswith(method + " ")]


def test_registers_over_tls(secure: Kamailio, authority: Authority, real: RealCli) -> None:
    run = real.run(["register", *over_tls(secure, authority), "--json"])
    assert run.exit == 0, run.err
    assert (run.json["state"], run.json["granted_expires_s"]) == ("registered", 120)
    first, second, removal = requests(secure, "REGISTER")
    for message in (first, second, removal):
        assert message.transport == "TLS"
        assert message.source == first.source
        assert re.match(r"SIP/2\.0/TLS 127\.0\.0\.1:\d+;branch=", message.header("Via"))
        contact, _, instance = message.header("Contact").partition(";+sip.instance=")
        assert contact == f"<sip:{USERNAME}@127.0.0.1:{first.source[1]};transport=tls>"
        assert instance.startswith('"<urn:uuid:')
    assert removal.header("Expires") == "0"


def test_calls_over_tls(secure: Kamailio, authority: Authority, real: RealCli, phone: Baresip) -> None:
    asked = ["--from", CALLER, "--to", LINE, "--seconds", "1", "--json"]
    run = real.run(["call", *over_tls(secure, authority), *asked])
    assert run.exit == 0, run.err
    assert (run.json["outcome"], run.json["media"]["one_way"]) == ("answered", "none")
    phone.await_received("ACK ")
    phone.await_received("BYE ")
    (bye,) = [one for one in requests(secure, "BYE") if one.destination[1] == secure.tls_port]
    assert bye.transport == "TLS"


def test_is_called_over_tls(secure: Kamailio, authority: Authority, real: RealCli, phone: Baresip) -> None:
    waiting = real.start(["wait", *over_tls(secure, authority), "--for", "15", "--seconds", "1", "--json"])
    secure.await_wire("SIP/2.0 200", received=False)
    phone.dial(secure.inside_uri(CALLER))
    run = real.finish(waiting)
    assert run.exit == 0, run.err
    assert run.json["calls"][0]["to"] == CALLER


def failed(run: Run, why: str) -> None:
    assert run.exit == 3, run.err
    assert (run.json["state"], run.json["status"], run.json["said_by"]) == ("unreachable", 0, "local")
    assert run.json["finding"] == f"finding.path.tls-{why}"
    assert "127.0.0.1" in run.json["sentence"]


def test_an_unknown_authority_is_said(secure: Kamailio, real: RealCli) -> None:
    failed(real.run(["register", *account_at(secure.tls_server, "tls"), "--json"]), "issuer")
    assert requests(secure, "REGISTER") == []


def test_a_certificate_for_another_name_is_said(tmp_path: Path, authority: Authority, real: RealCli) -> None:
    identity = authority.issue("sip.trunk.test")
    with Kamailio(tmp_path / "kamailio", password=PASSWORD, tls=identity) as gateway:
        failed(real.run(["verify", *over_tls(gateway, authority), "--json"]), "name")


def test_plain_sip_on_the_port_is_said(secure: Kamailio, authority: Authority, real: RealCli) -> None:
    mixed_up = [*account_at(secure.server, "tls"), "--ca-file", str(authority.file)]
    run = real.run(["verify", *mixed_up, "--json"])
    # Kamailio waits for the rest of what it takes for the beginning of a request.
    assert run.json["finding"] == "finding.path.tls-timeout"
    assert "5061" in run.json["sentence"]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_ipv6(tmp_path: Path, real: RealCli, transport: str) -> None:
    with Kamailio(tmp_path / "kamailio", password=PASSWORD, ipv6=True) as gateway:
        account = account_at(gateway.ipv6_server, transport)
        run = real.run(["register", *account, "--json"])
        busy = real.run(
            ["call", *account, "--from", CALLER, "--to", "075588886686", "--no-register", "--json"]
        )
        registers, invites = requests(gateway, "REGISTER"), requests(gateway, "INVITE")
    assert run.exit == 0, run.err
    assert run.json["contact"].startswith(f"sip:{USERNAME}@[::1]:")
    for message in registers:
        assert message.transport == transport
        assert message.header("Via").startswith(f"SIP/2.0/{transport} [::1]:")
        assert f"<sip:{USERNAME}@[::1]:" in message.header("Contact")
    assert (busy.json["outcome"], busy.json["status"]) == ("busy", 486)
    assert invites[0].start_line == f"INVITE sip:075588886686@{DOMAIN} SIP/2.0"
    assert b"\r\nc=IN IP6 ::1\r\n" in invites[0].data
    assert b" IN IP6 ::1\r\ns=" in invites[0].data


@pytest.mark.parametrize(("transport", "times"), [("UDP", 1), ("TCP", 0)])
def test_a_call_too_large_for_udp_is_said(tmp_path: Path, real: RealCli, transport: str, times: int) -> None:
    with Kamailio(tmp_path / "kamailio", password=PASSWORD) as gateway:
        account = account_at(gateway.server, transport)
        asked = [
            "--from",
            CALLER,
            "--to",
            "075588886686",
            "--no-register",
            "--header",
            "X-Long: " + "x" * 900,
        ]
        run = real.run(["call", *account, *asked, "--json"])
        largest = max(len(one.data) for one in requests(gateway, "INVITE"))
    assert (run.json["outcome"], run.json["status"]) == ("busy", 486)
    assert largest > 1300
    assert run.err.count("--transport tcp") == times
    assert ("--transport tcp" in run.json.get("notice", "")) is bool(times)
