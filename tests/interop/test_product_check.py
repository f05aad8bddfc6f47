"""A trunk check against a real Kamailio: its own refusals are its own, the far end's are not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.command_line import PASSWORD, RealCli, Run, account_at
from tests.helpers.kamailio import RINGS, Kamailio


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Kamailio]:
    with Kamailio(tmp_path / "kamailio", password=PASSWORD) as running:
        yield running


def check(real: RealCli, gateway: Kamailio, transport: str, *more: str, password: str = PASSWORD) -> Run:
    return real.run(["check", *account_at(gateway.server, transport), *more, "--json"], password)


def verdict(run: Run) -> tuple[str, str, int | None]:
    said = run.json["verdict"]
    return said["id"], said["side"], said["document_step"]


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_healthy_registrar(real: RealCli, gateway: Kamailio, transport: str) -> None:
    run = check(real, gateway, transport)
    assert (verdict(run), run.exit) == (("registered", "none", None), 0)
    assert sum(stage["elapsed_ms"] for stage in run.json["stages"]) < 5000
    assert "check.found.alg-none" in {one["id"] for one in run.json["findings"]}


def test_a_wrong_password_is_shown_once(real: RealCli, gateway: Kamailio) -> None:
    run = check(real, gateway, "tcp", password="Wrong-password-9")
    assert (verdict(run), run.exit) == (("credentials", "configuration", 1), 1)
    shown = [
        one
        for one in gateway.wire()
        if one.received and one.start_line.startswith("REGISTER") and one.header("Authorization")
    ]
    assert len(shown) == 1


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("075512345603", ("call-forbidden", "provider_edge", 2)),
        ("075512345653", ("call-line-down", "provider_edge", 2)),
        ("075512345600", ("call-unknown-number", "configuration", 2)),
        ("075512345688", ("call-codec", "configuration", 2)),
        (f"0755123456{RINGS}", ("call-no-answer", "beyond", 2)),
    ],
)
def test_what_it_says_to_a_call(
    real: RealCli, gateway: Kamailio, line: str, expected: tuple[str, str, int]
) -> None:
    run = check(real, gateway, "tcp", "--from", "13800138000", "--to", line, "--ring-timeout", "3")
    assert (verdict(run), run.exit) == (expected, 1)
