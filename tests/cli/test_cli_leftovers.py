"""A command that is killed leaves a binding; the next one knows it as ours and removes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from tccc_desk.engine.commands import ConfigureTrunk, RegisterTrunk
from tccc_desk.engine.events import (
    BindingEstablished,
    BindingRemoved,
    ContactChosen,
    Noticed,
    RegistrationStarted,
    StaleBindingRemoved,
)
from tccc_desk.practice.client import PracticeProcess
from tccc_desk.practice.events import Registered
from tests.cli.test_cli_registering import upon
from tests.helpers.command_line import NAME, PASSWORD, SUBJECT, RealCli, Run, RunCli
from tests.helpers.process import await_true
from tests.helpers.scripted_engine import made

CONTACT = "sip:gateway01@127.0.0.1:51000"


async def run(real: RealCli, argv: Sequence[str]) -> Run:
    return await asyncio.to_thread(real.run, [*argv, "--json"], PASSWORD, 30.0)


def remembering(folder: Path) -> Path:
    return next(folder.rglob("accounts.json"))


async def test_what_a_killed_command_left_is_removed_by_the_next(
    real: RealCli, gateway: PracticeProcess, tmp_path: Path
) -> None:
    ready = gateway.ready
    server = f"{ready.host}:{ready.port}"
    account = ["--username", "gateway01", "--domain", ready.domain, "--server", server]
    account += ["--transport", "udp", "--password-stdin"]
    await gateway.do("fault", name="other-device")
    killed = real.start(["register", *account, "--hold", "60"])
    left = (await gateway.wait_for(Registered)).contact
    killed.kill()
    await asyncio.to_thread(killed.communicate, timeout=10)
    states = remembering(tmp_path)
    remembered = json.loads(states.read_text("utf-8"))["accounts"][f"gateway01@{ready.domain}"]
    assert remembered["contact"] in left

    seen = await run(real, ["verify", *account])
    assert len(seen.json["other_contacts"]) == 1  # ours is not another device
    assert "192.0.2.77" in seen.json["other_contacts"][0]

    following = await run(real, ["register", *account])
    assert following.exit == 0, following.err
    assert following.json["stale_removed"] == [remembered["contact"]]
    assert len(following.json["other_contacts"]) == 1

    again = await run(real, ["register", *account])
    assert again.json["stale_removed"] == []
    assert len(again.json["other_contacts"]) == 1
    await_true(lambda: PASSWORD not in states.read_text("utf-8"), 1, "no password in what is remembered")


def test_leftovers_and_the_instance_are_handed_in(cli: RunCli) -> None:
    chosen = upon(RegisterTrunk, made(ContactChosen, contact=CONTACT), made(BindingEstablished))
    first = cli(["register", *SUBJECT], chosen).commands[0]
    assert isinstance(first, ConfigureTrunk)
    assert first.former_contacts == ()
    assert first.instance_id.startswith("urn:uuid:")
    removed = made(BindingRemoved, confirmed=True, contact=CONTACT)
    second = cli(["register", *SUBJECT], upon(RegisterTrunk, made(BindingEstablished), removed)).commands[0]
    assert isinstance(second, ConfigureTrunk)
    assert (second.former_contacts, second.instance_id) == ((CONTACT,), first.instance_id)
    third = cli(["register", *SUBJECT], upon(RegisterTrunk, removed, made(BindingEstablished))).commands[0]
    assert isinstance(third, ConfigureTrunk)


def test_notices_servers_and_removals_are_reported(cli: RunCli) -> None:
    notice = made(Noticed, finding="finding.register.rewritten", details={"contact": "a", "ours": "b"})
    asked = {"purpose": "register", "server": "sip2.example.org", "transport": "tcp"}
    started = RegistrationStarted(at=0.0, trunk=NAME, **asked)  # type: ignore[arg-type]
    script = upon(
        RegisterTrunk, started, made(BindingEstablished), notice, made(StaleBindingRemoved, contact=CONTACT)
    )
    run = cli(["register", *SUBJECT, "--json"], script)
    assert run.json["server"] == "sip2.example.org"
    assert run.json["stale_removed"] == [CONTACT]
    assert run.json["notices"][0]["finding"] == "finding.register.rewritten"
    assert "NAT" in run.json["notices"][0]["sentence"]
    plain = cli(["register", *SUBJECT, "--hold", "0.05"], script)
    assert CONTACT in plain.out
    assert "NAT" in plain.out + plain.err


def test_a_realm_is_allowed_for_this_run_only(cli: RunCli) -> None:
    script = upon(RegisterTrunk, made(BindingEstablished))
    allowed = cli(["register", *SUBJECT, "--realm", "voip.example", "--realm", "b.example"], script).commands[
        0
    ]
    assert isinstance(allowed, ConfigureTrunk)
    assert allowed.trunk.allowed_realms == ("voip.example", "b.example")
    plain = cli(["register", *SUBJECT], script).commands[0]
    assert isinstance(plain, ConfigureTrunk)
    assert plain.trunk.allowed_realms == ()
    assert cli(["register", *SUBJECT, "--realm", "a\r\nb"]).exit == 2
