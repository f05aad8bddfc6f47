"""`firewall`: the request for the network team from a shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tccc_desk.net.errors import TransportError
from tccc_desk.net.resolver import Resolver, Target
from tests.helpers.command_line import ACCOUNT, RunCli


class Memory:
    """A keyring in this test."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def read(self, account: str) -> str:
        return self.kept[account]

    def write(self, account: str, password: str) -> None:
        self.kept[account] = password

    def delete(self, account: str) -> None:
        self.kept.pop(account, None)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A name service that knows only these."""
    known: dict[str, str] = {}

    async def resolve(self: Resolver, server: str, port: int | None, transport: str) -> tuple[Target, ...]:
        if server not in known:
            raise TransportError("dns", server)
        return (Target(known[server], port or 5060),)

    monkeypatch.setattr(Resolver, "resolve", resolve)
    return known


def test_without_a_trunk_the_providers_servers(cli: RunCli, names: dict[str, str]) -> None:
    names["sip.tccc.qcloud.com"] = "127.0.0.2"
    run = cli(["firewall", "--json", "--lang", "zh", "--rtp-ports", "20000-20100"])
    assert run.exit == 0
    result = run.json
    text = result.pop("text")
    assert "127.0.0.2" in text
    assert "未能解析" in text
    assert result == {
        "schema": 1,
        "command": "firewall",
        "ok": True,
        "trunk": None,
        "source": "127.0.0.1",
        "servers": [
            {"host": "sip.tccc.qcloud.com", "addresses": ["127.0.0.2"]},
            {"host": "sip2.tccc.qcloud.com", "addresses": []},
        ],
        "signalling": [
            {"transport": "tcp", "port": 35090},
            {"transport": "udp", "port": 35090},
            {"transport": "tls", "port": 5061},
        ],
        "rtp_ports": [20000, 20100],
    }


def test_a_stored_trunk_as_text(cli: RunCli, names: dict[str, str]) -> None:
    names["127.0.0.1"] = "127.0.0.1"
    secrets = Memory()
    assert cli(["trunk", "add", "office", *ACCOUNT, "--password-stdin"], secrets=secrets).exit == 0  # type: ignore[arg-type]
    run = cli(["firewall", "--trunk", "office", "--lang", "en"])
    assert run.exit == 0
    assert "To 127.0.0.1: 127.0.0.1" in run.out
    assert "TCP, destination port 5060" in run.out
    assert "35090" not in run.out


def test_no_name_found_is_a_fault_and_still_a_sheet(
    cli: RunCli, names: dict[str, str], tmp_path: Path
) -> None:
    run = cli(["firewall", "--lang", "en"])
    assert run.exit == 3
    assert run.out.count("was not found") == 2


@pytest.mark.parametrize(
    ("options", "field"), [(["--trunk", "none"], "trunk"), (["--rtp-ports", "9-1"], "rtp_ports")]
)
def test_bad_options(cli: RunCli, options: list[str], field: str) -> None:
    run = cli(["firewall", *options, "--json"])
    assert (run.exit, run.json["error"]["field"]) == (2, field)
