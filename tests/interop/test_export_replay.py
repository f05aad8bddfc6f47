"""What we sent in a real call, exported as a scenario and replayed by the real SIPp against a real proxy."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tccc_desk.engine.events import Traced
from tccc_desk.trace.export.problem import ExportProblem
from tccc_desk.trace.export.scenario import scenario
from tests.helpers.baresip import Baresip
from tests.helpers.kamailio import USERNAME, Kamailio
from tests.helpers.process import LOOPBACK, free_port
from tests.interop.test_product_log import register_and_call
from tests.trace._call import call, with_raw


def replay(folder: Path, script: Path, transport: str, gateway: Kamailio) -> tuple[int, str]:
    """Run the scenario twice; its exit code and what it wrote down."""
    command = ["sipp", "-sf", str(script), "-i", LOOPBACK, "-p", str(free_port()), "-m", "2", "-l", "1"]
    command += ["-t", "u1" if transport == "UDP" else "t1", "-au", USERNAME, "-ap", gateway.password]
    command += ["-nostdin", "-timeout", "40", "-timeout_error", "-trace_err", "-trace_msg", gateway.server]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    said = "".join(path.read_text("utf-8", "replace") for path in folder.glob("replay_*"))
    return done.returncode, said[-6000:]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_sipp_places_the_recorded_call_again(tmp_path: Path, transport: str) -> None:
    with (
        Baresip(tmp_path / "baresip") as phone,
        Kamailio(tmp_path / "kamailio", far_end=phone.address) as gateway,
    ):
        events = await register_and_call(gateway, transport)
        entries = [entry for event in events if isinstance(event, Traced) for entry in event.entries]
        invite = next(entry for entry in entries if entry.method == "INVITE")
        script = tmp_path / "replay.xml"
        script.write_text(scenario([entry for entry in entries if entry.call_id == invite.call_id]), "utf-8")
        assert gateway.password not in script.read_text("utf-8")
        outcome, said = replay(tmp_path, script, transport, gateway)
        assert outcome == 0, said
        answered = [one for one in gateway.wire() if one.received and one.start_line.startswith("INVITE")]
        assert len({one.header("Call-ID") for one in answered}) == 3


def test_variables_of_sipp_in_wire_text_stay_text(tmp_path: Path) -> None:
    entries = call(tmp_path)
    entries[0] = with_raw(
        entries[0], entries[0].raw.replace(b"bench", b"[exec command] ]]> [file name=/etc/passwd]")
    )
    written = scenario(entries)
    assert "[exec" not in written
    assert "[file" not in written
    assert written.count("]]>") == written.count("<![CDATA[")


def test_a_call_in_which_we_said_nothing_has_no_scenario(tmp_path: Path) -> None:
    received = [entry for entry in call(tmp_path) if entry.direction == "received"]
    with pytest.raises(ExportProblem) as caught:
        scenario(received)
    assert caught.value.finding == "trace.export.nothing_sent"
