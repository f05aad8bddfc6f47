"""Other systems' configuration from the command line: judged, taken in, written out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tccc_desk.interchange.formats import WRITERS
from tccc_desk.store.vault import SessionSecrets
from tests.helpers.command_line import PASSWORD, RunCli

GOOD = f"""<include><gateway name="pbx">
<param name="username" value="gateway01"/>
<param name="realm" value="1400000001.tccc.qcloud.com"/>
<param name="from-domain" value="1400000001.tccc.qcloud.com"/>
<param name="password" value="{PASSWORD}"/>
<param name="expire-seconds" value="120"/>
<param name="register-transport" value="tcp"/>
<param name="register-proxy" value="sip.tccc.qcloud.com:35090"/>
<param name="outbound-proxy" value="sip.tccc.qcloud.com:35090"/>
<param name="caller-id-in-from" value="true"/>
</gateway></include>
"""
ACCOUNT = "gateway01@1400000001.tccc.qcloud.com"


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "gateway.xml"
    path.write_text(GOOD, encoding="utf-8")
    return str(path)


def test_a_good_configuration_and_a_bad_one(cli: RunCli, good: str, tmp_path: Path) -> None:
    run = cli(["trunk", "lint", good, "--json"])
    assert (run.exit, run.json["ok"], run.json["findings"]) == (0, True, [])
    assert run.json["gateways"][0]["has_password"] is True
    bad = tmp_path / "bad.xml"
    bad.write_text(GOOD.replace(":35090", "").replace("tcp", "udp"), encoding="utf-8")
    run = cli(["trunk", "lint", str(bad), "--json"])
    assert run.exit == 1
    assert [(one["id"], one["severity"]) for one in run.json["findings"]] == [
        ("port-missing", "error"),
        ("port-missing", "error"),
        ("udp", "warning"),
    ]
    assert all(one["en"] and one["zh"] and one["gateway"] == "pbx" for one in run.json["findings"])


def test_a_gateway_becomes_a_trunk_and_its_password_a_secret(cli: RunCli, good: str, tmp_path: Path) -> None:
    secrets = SessionSecrets()
    run = cli(["trunk", "import", good, "--json"], secrets=secrets)
    assert run.exit == 0
    assert (run.json["trunk"]["name"], run.json["password_stored"]) == ("pbx", True)
    assert secrets.read(ACCOUNT) == PASSWORD
    for path in (tmp_path / "home").rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes()
    again = cli(["trunk", "import", good, "--json"], secrets=secrets)
    assert (again.exit, again.json["error"]["field"]) == (2, "name")
    assert cli(["trunk", "import", good, "--name", "second", "--json"], secrets=secrets).exit == 0


def test_of_several_gateways_one_must_be_named(cli: RunCli, tmp_path: Path) -> None:
    both = tmp_path / "both.xml"
    both.write_text(GOOD + GOOD.replace("pbx", "other"), encoding="utf-8")
    secrets = SessionSecrets()
    run = cli(["trunk", "import", str(both), "--json"], secrets=secrets)
    assert (run.exit, run.json["error"]["field"]) == (2, "gateway")
    assert "pbx, other" in run.json["error"]["message"]
    run = cli(["trunk", "import", str(both), "--gateway", "third", "--json"], secrets=secrets)
    assert (run.exit, run.json["error"]["field"]) == (2, "gateway")
    run = cli(["trunk", "import", str(both), "--gateway", "other", "--json"], secrets=secrets)
    assert (run.exit, run.json["trunk"]["name"]) == (0, "other")


@pytest.mark.parametrize("name", sorted(set(WRITERS) - {"profile"}))
def test_the_password_leaves_only_when_asked(cli: RunCli, good: str, tmp_path: Path, name: str) -> None:
    secrets = SessionSecrets()
    cli(["trunk", "import", good], secrets=secrets)
    run = cli(["trunk", "export", "pbx", "--format", name, "--json"], secrets=secrets)
    assert run.exit == 0
    assert "gateway01" in run.json["text"]  # and the fixture looks for the password
    out = tmp_path / "written"
    run = cli(
        ["trunk", "export", "pbx", "--format", name, "--with-password", "--output", str(out)], secrets=secrets
    )
    assert run.exit == 0
    assert out.stat().st_mode & 0o777 == 0o600
    assert (PASSWORD in out.read_text(encoding="utf-8")) == (name != "kamailio")  # its hash goes there
    run = cli(["trunk", "export", "pbx", "--format", name, "--output", str(out), "--json"], secrets=secrets)
    assert (run.exit, run.json["error"]["field"]) == (2, "output")


def test_our_own_file_never_holds_the_password(cli: RunCli, good: str) -> None:
    secrets = SessionSecrets()
    cli(["trunk", "import", good], secrets=secrets)
    run = cli(["trunk", "export", "pbx", "--with-password", "--json"], secrets=secrets)
    assert (run.exit, run.json["error"]["field"]) == (2, "with_password")
    assert cli(["trunk", "export", "pbx"], secrets=secrets).exit == 0


def test_without_a_password_it_is_said(cli: RunCli, tmp_path: Path) -> None:
    bare = tmp_path / "bare.xml"
    bare.write_text(GOOD.replace(PASSWORD, "xxxx"), encoding="utf-8")
    run = cli(["trunk", "import", str(bare), "--lang", "en"], secrets=SessionSecrets())
    assert run.exit == 0
    assert "without a password" in run.out
    assert "place-holder" in run.out
