"""`check` against the practice gateway: verdicts, exit statuses, the shape of the object."""

from __future__ import annotations

import pytest

from tccc_desk.diagnosis.stages import STAGES
from tccc_desk.practice.client import PracticeProcess
from tccc_desk.store.errors import VaultUnavailable
from tests.helpers.command_line import SUBJECT, RealCli, Run, RunCli, account_at

CALL = ["--from", "13800138000", "--to"]


def _verdict(run: Run) -> tuple[str, str, int | None]:
    verdict = run.json["verdict"]
    return verdict["id"], verdict["side"], verdict["document_step"]


def _states(run: Run) -> dict[str, str]:
    return {stage["id"]: stage["state"] for stage in run.json["stages"]}


def _at(gateway: PracticeProcess) -> str:
    return f"{gateway.ready.host}:{gateway.ready.port}"


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_a_healthy_gateway(real: RealCli, gateway: PracticeProcess, transport: str) -> None:
    run = real.run(["check", *account_at(_at(gateway), transport), "--json"], timeout_s=15)
    assert run.exit == 0
    assert _verdict(run) == ("registered", "none", None)
    assert [stage["id"] for stage in run.json["stages"]] == list(STAGES)
    assert set(run.json) >= {"schema", "command", "ok", "verdict", "stages", "findings"}
    assert set(run.json["verdict"]) == {
        "id", "side", "document_step", "confidence", "en", "zh", "do_en", "do_zh"
    }  # fmt: skip
    assert {tuple(stage) for stage in run.json["stages"]} == {
        ("id", "state", "elapsed_ms", "en", "zh", "evidence")
    }
    assert {tuple(one) for one in run.json["findings"]} == {("id", "severity", "confidence", "en", "zh")}
    assert sum(stage["elapsed_ms"] for stage in run.json["stages"]) < 5000
    bindings = (await gateway.do("bindings")).bindings
    assert bindings is not None
    assert not any(bindings.values())


@pytest.mark.parametrize(
    ("fault", "verdict", "status"),
    [
        ("wrong-password", ("credentials", "configuration", 1), 1),
        ("403", ("register-forbidden", "provider_edge", 1), 1),
        ("503", ("register-trouble", "provider_edge", 1), 1),
        ("foreign-realm", ("challenge-realm", "provider_edge", 1), 1),
        ("other-device", ("in-use", "none", 1), 0),
        ("stale-nonce", ("registered", "none", None), 0),
        ("short-expiry", ("registered", "none", None), 0),
        ("challenge-md5", ("registered", "none", None), 0),
        ("challenge-sha256", ("registered", "none", None), 0),
        ("challenge-both", ("registered", "none", None), 0),
        ("silence", ("silent-stream", "unknown", 1), 1),
    ],
)
async def test_a_fault_of_the_gateway(
    real: RealCli,
    gateway: PracticeProcess,
    fault: str,
    verdict: tuple[str, str, int | None],
    status: int,
) -> None:
    await gateway.do("fault", name=fault)
    run = real.run(["check", *account_at(_at(gateway)), "--json"])
    assert (_verdict(run), run.exit) == (verdict, status)


async def test_a_call_that_is_refused(real: RealCli, gateway: PracticeProcess) -> None:
    run = real.run(["check", *account_at(_at(gateway)), *CALL, "075512345603", "--json"])
    assert (_verdict(run), run.exit) == (("call-busy", "beyond", 2), 1)
    assert _states(run)["call-out"] == "failed"


async def test_a_call_that_is_answered(real: RealCli, gateway: PracticeProcess) -> None:
    run = real.run(["check", *account_at(_at(gateway)), *CALL, "075512345600", "--json"])
    assert (_verdict(run), run.exit) == (("healthy", "none", None), 0)
    assert _states(run)["sound"] == "ok"


async def test_a_call_that_comes_proves_step_3(real: RealCli, gateway: PracticeProcess) -> None:
    from tccc_desk.practice.events import Registered

    process = real.start(["check", *account_at(_at(gateway)), "--wait-inbound", "20", "--json"])
    await gateway.wait_for(Registered)
    real.await_said(process, "Step 3 call")
    await gateway.do("call-in", from_="02188886001", to="13800138000", seconds=4.0)
    run = real.finish(process)
    assert _verdict(run) == ("healthy", "none", None)
    assert _states(run)["call-in"] == "ok"
    assert "check.found.inbound-proven" in {one["id"] for one in run.json["findings"]}


def test_a_closed_port(real: RealCli) -> None:
    run = real.run(["check", *account_at("127.0.0.1:9"), "--json"])
    assert (_verdict(run), run.exit) == (("refused", "unknown", 1), 3)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--from", "1"], "to"),
        (["--to", "075512345600"], "from"),
        ([*CALL, "110"], "to"),
        (["--ring-timeout", "never"], "ring_timeout"),
        (["--wait-inbound", "-1"], "wait_inbound"),
        (["--transports", "sctp"], "transports"),
    ],
)
def test_bad_input_is_a_verdict(cli: RunCli, options: list[str], field: str) -> None:
    run = cli(["check", *SUBJECT, *options, "--json"])
    assert run.exit == 2
    assert _verdict(run) == ("input", "configuration", None)
    assert run.json["verdict"]["confidence"] == "certain"
    assert run.json["error"]["field"] == field
    assert _states(run)["input"] == "failed"
    assert run.commands == []


def test_a_bad_trunk_is_a_verdict(cli: RunCli) -> None:
    run = cli(
        ["check", "--username", "gateway01", "--domain", "::", "--server", "x", "--password-stdin", "--json"]
    )
    assert (run.exit, _verdict(run)[:2]) == (2, ("input", "configuration"))


def test_an_unknown_trunk_is_a_verdict(cli: RunCli) -> None:
    run = cli(["check", "--trunk", "nobody", "--json"])
    assert (run.exit, _verdict(run)[:2]) == (2, ("input", "configuration"))


def test_a_locked_keyring_is_a_verdict(cli: RunCli) -> None:
    class Locked:
        def read(self, account: str) -> str:
            raise VaultUnavailable

        def write(self, account: str, password: str) -> None:
            """Takes it while storing."""

    secrets = Locked()
    assert cli(["trunk", "add", "office", *SUBJECT], secrets=secrets).exit == 0  # type: ignore[arg-type]
    run = cli(["check", "--trunk", "office", "--json"], secrets=secrets)  # type: ignore[arg-type]
    assert (run.exit, _verdict(run)) == (3, ("keyring", "this_machine", None))
    assert run.commands == []


async def test_people_read_the_verdict_first(real: RealCli, gateway: PracticeProcess) -> None:
    await gateway.do("fault", name="wrong-password")
    run = real.run(["check", *account_at(_at(gateway)), "--lang", "zh"])
    first, second, *stages = run.out.splitlines()
    assert first.startswith("认证被拒")
    assert second.startswith("→ 请对照控制台")
    assert stages[0].startswith("✓ 填写内容")
