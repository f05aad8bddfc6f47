"""Window and command line notice each other, and a dead process holds nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tccc_desk.store.errors import StoreError
from tccc_desk.store.paths import HOME_VARIABLE, Folders
from tccc_desk.store.presence import Claim, Occupied, Presence

ACCOUNT = "gateway01@1400264214.tccc.qcloud.com"
HOLD = (
    "import sys\n"
    "from tccc_desk.store.paths import folders\n"
    "from tccc_desk.store.presence import Presence\n"
    "held = Presence(folders()).claim(sys.argv[1], 'command line')\n"
    "print('held', flush=True)\n"
    "sys.stdin.read()\n"
)


@pytest.fixture
def other(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds ACCOUNT until its standard input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, ACCOUNT],
        env={HOME_VARIABLE: str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_another_process_is_named(other: subprocess.Popen[bytes], places: Folders) -> None:
    presence = Presence(places)
    assert presence.claim(ACCOUNT, "window") == Occupied(other.pid, "command line")
    free = presence.claim("other@example.org", "window")
    assert isinstance(free, Claim)
    free.close()


def test_a_killed_process_holds_nothing(other: subprocess.Popen[bytes], places: Folders) -> None:
    other.kill()
    other.wait()
    with _claimed(Presence(places), "window"):
        assert Presence(places).claim(ACCOUNT, "command line") == Occupied(os.getpid(), "window")


def test_a_claim_given_back_can_be_taken(places: Folders) -> None:
    presence = Presence(places)
    for _ in range(2):
        claim = _claimed(presence, "window")
        claim.close()
        claim.close()


def test_one_window_per_folder(places: Folders) -> None:
    presence = Presence(places)
    with _claimed(presence, "window"):  # an account's claim is no window
        window = presence.window_lock()
        assert isinstance(window, Claim)
        assert presence.window_lock() == Occupied(os.getpid(), "window")
        window.close()


def test_the_file_name_does_not_depend_on_what_was_entered(places: Folders) -> None:
    with _claimed(Presence(places), "window", "../../x/\udcff" * 100):
        names = [path.name for path in places.runtime.iterdir()]
    assert len(names) == 1
    assert names[0].startswith("account-")
    assert len(names[0]) < 64


@pytest.mark.parametrize("content", [b"", b"junk", b'{"pid": "x"}', b"\xff" * 1000])
def test_a_holder_that_says_nothing_sensible(places: Folders, content: bytes) -> None:
    presence = Presence(places)
    with _claimed(presence, "window"):
        next(places.runtime.iterdir()).write_bytes(content)
        assert presence.claim(ACCOUNT, "window") == Occupied(0, None)


def test_no_folder_no_claim(places: Folders) -> None:
    places.runtime.rmdir()
    with pytest.raises(StoreError) as error:
        Presence(places).claim(ACCOUNT, "window")
    assert error.value.finding == "store.file.unwritable"


def _claimed(presence: Presence, kind: str, account: str = ACCOUNT) -> Claim:
    claim = presence.claim(account, "window" if kind == "window" else "command line")
    assert isinstance(claim, Claim)
    return claim
