"""The document's step 1 against a real Kamailio: register, refresh, verify, be refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.command_line import PASSWORD, RealCli, account_at
from tests.helpers.kamailio import DOMAIN, USERNAME, Kamailio, Wire
from tests.helpers.process import await_true


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Kamailio]:
    with Kamailio(tmp_path / "kamailio", password=PASSWORD) as running:
        yield running


def registers(gateway: Kamailio, least: int) -> list[Wire]:
    """REGISTER requests the gateway received, at least so many, repeats over UDP left out."""
    found: dict[str, Wire] = {}

    def looked() -> bool:
        for message in gateway.wire():
            if message.received and message.start_line.startswith("REGISTER "):
                found.setdefault(message.header("Via"), message)
        return len(found) >= least

    await_true(looked, 5, f"{least} REGISTER at Kamailio")  # its dump comes a little after the wire
    return list(found.values())


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_registers_for_120_seconds_and_leaves_nothing_behind(
    gateway: Kamailio, real: RealCli, transport: str
) -> None:
    run = real.run(["register", *account_at(gateway.server, transport), "--json"])
    assert run.exit == 0, run.err
    assert (run.json["state"], run.json["status"], run.json["said_by"]) == ("registered", 200, "server")
    assert (run.json["requested_expires_s"], run.json["granted_expires_s"]) == (120, 120)
    assert run.json["challenge"] == {"realm": DOMAIN, "algorithm": "MD5", "qop": "auth"}
    assert (run.json["received"], run.json["other_contacts"]) == ("127.0.0.1", [])
    first, second, *rest = registers(gateway, 3)
    assert first.transport == transport
    assert first.start_line == f"REGISTER sip:{DOMAIN} SIP/2.0"
    assert run.json["rport"] == first.source[1]
    for message in (first, second, *rest):
        assert re.match(f"<sip:{USERNAME}@{DOMAIN}>;tag=", message.header("From"))
        assert message.header("To") == f"<sip:{USERNAME}@{DOMAIN}>"
        assert message.header("Contact").startswith("<sip:")
        assert message.header("Route") == ""
        assert message.source == first.source
    assert first.header("Authorization") == ""
    assert f'username="{USERNAME}"' in second.header("Authorization")
    assert first.header("Call-ID") == second.header("Call-ID")
    assert cseq(second) == cseq(first) + 1
    removal = rest[-1]
    assert removal.header("Call-ID") == first.header("Call-ID")
    assert "0" in (removal.header("Expires"), *re.findall(r"expires=(\d+)", removal.header("Contact")))
    again = real.run(["verify", *account_at(gateway.server, transport), "--json"])
    assert again.json["other_contacts"] == []


def cseq(message: Wire) -> int:
    return int(message.header("CSeq").split()[0])


def test_asks_for_the_expiry_it_was_told(gateway: Kamailio, real: RealCli) -> None:
    run = real.run(["register", *account_at(gateway.server), "--expires", "3600", "--json"])
    assert (run.json["requested_expires_s"], run.json["granted_expires_s"]) == (3600, 120)


def test_refreshes_in_time(tmp_path: Path, real: RealCli) -> None:
    with Kamailio(tmp_path / "short", password=PASSWORD, max_expires_s=3) as gateway:
        run = real.run(["register", *account_at(gateway.server), "--hold", "5", "--json"])
        assert run.exit == 0, run.err
        assert run.json["granted_expires_s"] == 3
        assert 4 <= len(registers(gateway, 4)) <= 12


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_verify_touches_no_binding(gateway: Kamailio, real: RealCli, transport: str) -> None:
    run = real.run(["verify", *account_at(gateway.server, transport), "--json"])
    assert run.exit == 0, run.err
    assert run.json["state"] == "verified"
    assert [message.header("Contact") for message in registers(gateway, 2)] == ["", ""]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_wrong_password_is_sent_once_and_said(gateway: Kamailio, real: RealCli, transport: str) -> None:
    run = real.run(["register", *account_at(gateway.server, transport), "--json"], stdin="Wrong-2026")
    assert run.exit == 1
    assert (run.json["state"], run.json["status"]) == ("rejected", 401)
    assert run.json["finding"]
    assert run.json["sentence"]
    assert run.json["registers_sent"] == 2
    without, with_credentials = registers(gateway, 2)
    assert without.header("Authorization") == ""
    assert with_credentials.header("Authorization") != ""


def test_a_nonce_that_is_always_stale_is_given_up(tmp_path: Path, real: RealCli) -> None:
    with Kamailio(tmp_path / "stale", password=PASSWORD, nonce_life_s=-10) as gateway:
        run = real.run(["register", *account_at(gateway.server), "--json"])
        assert run.exit == 1
        assert run.json["status"] == 401
        assert len(registers(gateway, 3)) == 3


def test_sha_256_without_qop(tmp_path: Path, real: RealCli) -> None:
    sha = Kamailio(tmp_path / "sha", password=PASSWORD, algorithm="SHA-256", qop=False)
    with sha as gateway:
        run = real.run(["register", *account_at(gateway.server), "--json"])
        assert run.exit == 0, run.err
        assert run.json["challenge"] == {"realm": DOMAIN, "algorithm": "SHA-256", "qop": ""}


def test_two_devices_see_each_other(gateway: Kamailio, real: RealCli) -> None:
    first = real.start(["register", *account_at(gateway.server), "--hold", "20", "--json"])
    gateway.await_wire("SIP/2.0 200", received=False)
    second = real.run(["register", *account_at(gateway.server), "--json"])
    assert len(second.json["other_contacts"]) == 1
    first.terminate()
    held = real.finish(first)
    assert held.exit == 130
    assert held.json["contact"] in second.json["other_contacts"][0]
    assert real.run(["verify", *account_at(gateway.server), "--json"]).json["other_contacts"] == []
