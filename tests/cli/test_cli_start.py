"""What a start costs: the first REGISTER waits for nothing it does not need."""

from __future__ import annotations

import re
from pathlib import Path

from tests.helpers.command_line import RealCli, account_at
from tests.helpers.process import free_port

HEAVY = {
    *("PySide6", "qasync", "keyring", "pyVoIP", "dns", "defusedxml", "audioop"),
    *("tccc_desk.ui", "tccc_desk.app", "tccc_desk.practice", "tccc_desk.net.media", "tccc_desk.rtp.session"),
}


def test_a_registration_loads_no_more_than_it_needs(tmp_path: Path) -> None:
    real = RealCli(tmp_path)
    real.extra = {"PYTHONPROFILEIMPORTTIME": "1"}
    run = real.run(["register", *account_at(f"127.0.0.1:{free_port()}"), "--json"])
    assert run.exit == 3
    loaded = set(re.findall(r"^import time:.*\| +(\S+)$", run.err, re.MULTILINE))
    assert "tccc_desk.engine.door" in loaded
    assert {name for name in loaded if name.partition(".")[0] in HEAVY or name in HEAVY} == set()


def test_help_and_bad_input_need_no_engine(tmp_path: Path) -> None:
    real = RealCli(tmp_path)
    real.extra = {"PYTHONPROFILEIMPORTTIME": "1"}
    for argv, code in ((["call", "--help"], 0), (["register", "--json"], 2)):
        run = real.run(argv)
        assert run.exit == code
        assert "tccc_desk.engine.door" not in run.err
