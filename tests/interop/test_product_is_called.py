"""The document's step 3: a real baresip calls the product through a real Kamailio."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.helpers.baresip import LINE, Baresip
from tests.helpers.command_line import PASSWORD, RealCli, account_at
from tests.helpers.kamailio import USERNAME, Kamailio

CUSTOMER = "13800138000"


def wait(real: RealCli, gateway: Kamailio, transport: str, *more: str) -> subprocess.Popen[str]:
    """Start `wait` and return once it is registered."""
    asked = ["wait", *account_at(gateway.server, transport), "--for", "20", *more, "--json"]
    process = real.start(asked)
    gateway.await_wire("SIP/2.0 200", received=False)
    return process


@pytest.mark.parametrize("number_in_request_uri", [False, True])
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_wait_answers(tmp_path: Path, real: RealCli, transport: str, number_in_request_uri: bool) -> None:
    gateway = Kamailio(tmp_path / "kamailio", password=PASSWORD, number_in_request_uri=number_in_request_uri)
    with gateway, Baresip(tmp_path / "baresip") as phone:
        process = wait(real, gateway, transport, "--seconds", "1.5", "--expect-to", CUSTOMER)
        phone.dial(gateway.inside_uri(CUSTOMER))
        phone.await_event("CALL_ESTABLISHED")
        phone.await_event("CALL_CLOSED")
        run = real.finish(process)
        sent, heard = phone.packets()
    assert run.exit == 0, run.err
    (call,) = run.json["calls"]
    assert (call["outcome"], call["status"], call["ended_by"]) == ("answered", 200, "us")
    assert (call["from"], call["to"], call["expected"]) == (LINE, CUSTOMER, True)
    user = CUSTOMER if number_in_request_uri else USERNAME
    assert call["request_uri"].startswith(f"sip:{user}@")
    assert call["asserted_identity"] is None
    assert (call["media"]["codec"], call["media"]["one_way"]) == ("PCMA", "none")
    assert call["media"]["received"] > 50
    assert sent > 50
    assert heard > 50


def test_the_caller_hangs_up(tmp_path: Path, real: RealCli) -> None:
    gateway = Kamailio(tmp_path / "kamailio", password=PASSWORD)
    with gateway, Baresip(tmp_path / "baresip") as phone:
        process = wait(real, gateway, "TCP")
        phone.dial(gateway.inside_uri(CUSTOMER))
        phone.await_event("CALL_RTPESTAB")
        phone.hang_up()
        run = real.finish(process)
    assert run.exit == 0, run.err
    assert run.json["calls"][0]["ended_by"] == "them"


@pytest.mark.parametrize("status", [486, 603])
def test_wait_rejects(tmp_path: Path, real: RealCli, status: int) -> None:
    gateway = Kamailio(tmp_path / "kamailio", password=PASSWORD)
    with gateway, Baresip(tmp_path / "baresip") as phone:
        process = wait(real, gateway, "UDP", "--reject", str(status))
        phone.dial(gateway.inside_uri(CUSTOMER))
        phone.await_received(f"SIP/2.0 {status}")
        run = real.finish(process)
    assert run.exit == 0, run.err
    assert [call["status"] for call in run.json["calls"]] == [status]


def test_another_number_than_expected_is_a_failure(tmp_path: Path, real: RealCli) -> None:
    gateway = Kamailio(tmp_path / "kamailio", password=PASSWORD)
    with gateway, Baresip(tmp_path / "baresip") as phone:
        process = wait(real, gateway, "TCP", "--seconds", "0.5", "--expect-to", "0" + CUSTOMER)
        phone.dial(gateway.inside_uri(CUSTOMER))
        run = real.finish(process)
    assert run.exit == 1
    assert run.json["calls"][0]["expected"] is False
