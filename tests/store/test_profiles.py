"""Stored trunks: kept, never lost, never with a secret, by several processes at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tccc_desk.store.errors import StoreError
from tccc_desk.store.paths import HOME_VARIABLE, Folders
from tccc_desk.store.profiles import Profiles
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.profile import Trunk


def trunk(name: str, **values: object) -> Trunk:
    fields = {
        "username": "gateway01",
        "domain": "1400264214.tccc.qcloud.com",
        "server": "sip.tccc.qcloud.com",
    }
    return msgspec.convert({"name": name} | fields | values, Trunk)


def finding_of(error: pytest.ExceptionInfo[StoreError]) -> str:
    return error.value.finding


def stored(places: Folders) -> Path:
    return places.config / "trunks.json"


def test_trunks_come_back_as_they_went(places: Folders) -> None:
    first = trunk("Shanghai", port=35090, backup_server="sip2.tccc.qcloud.com", allowed_realms=("a", "b c"))
    second = trunk("北京", server="::1", port=5060, transport="udp", register=False, expires_s=3600)
    profiles = Profiles(places)
    assert profiles.list() == ()
    profiles.add(first)
    profiles.add(second)
    assert Profiles(places).list() == (first, second)
    assert profiles.get("北京") == second
    changed = trunk("Beijing", server="::1")
    profiles.edit("北京", changed)
    assert profiles.list() == (first, changed)
    assert profiles.remove("Shanghai") == first
    assert profiles.list() == (changed,)


def test_the_file_is_private_versioned_and_readable(places: Folders) -> None:
    Profiles(places).add(trunk("a"))
    content = json.loads(stored(places).read_text(encoding="utf-8"))
    assert content["format"] == 1
    assert content["trunks"][0]["username"] == "gateway01"
    assert "password" not in content["trunks"][0]
    assert stored(places).stat().st_mode & 0o777 == 0o600


def test_names_are_unique_and_near_ones_suggested(places: Folders) -> None:
    profiles = Profiles(places)
    profiles.add(trunk("Shanghai"))
    profiles.add(trunk("Beijing"))
    with pytest.raises(StoreError) as error:
        profiles.add(trunk("Shanghai"))
    assert finding_of(error) == "store.trunk.exists"
    with pytest.raises(StoreError) as error:
        profiles.edit("Beijing", trunk("Shanghai"))
    assert finding_of(error) == "store.trunk.exists"
    with pytest.raises(StoreError) as error:
        profiles.get("shanghai")
    assert (finding_of(error), error.value.details["nearest"]) == ("store.trunk.unknown_near", "Shanghai")
    for change in (profiles.get, profiles.remove):
        with pytest.raises(StoreError) as error:
            change("\x1b[2Jzzz")
        assert finding_of(error) == "store.trunk.unknown"
        assert error.value.details["name"].isprintable()
    assert [found.name for found in profiles.list()] == ["Shanghai", "Beijing"]


def test_a_trunk_that_could_not_have_been_entered_is_not_stored(places: Folders) -> None:
    with pytest.raises(InputError):
        Profiles(places).add(trunk("a", username="a\r\nVia: b"))
    assert not stored(places).exists()


def test_a_newer_format_is_left_untouched(places: Folders) -> None:
    content = b'{"format": 2, "trunks": {"what": "ever"}}'
    stored(places).write_bytes(content)
    profiles = Profiles(places)
    for attempt in (profiles.list, lambda: profiles.add(trunk("a")), lambda: profiles.remove("a")):
        with pytest.raises(StoreError) as error:
            attempt()
        assert finding_of(error) == "store.trunks.newer"
    assert stored(places).read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        b'{"format": "1", "trunks": []}',
        b'{"format": 1}',
        b'{"format": 0, "trunks": []}',
        b'{"format": 1, "trunks": [], "more": 1}',
        b'{"format": 1, "trunks": [{"name": "a"}]}',
    ],
)
def test_a_broken_file_is_kept_aside_and_said_once(places: Folders, content: bytes) -> None:
    stored(places).write_bytes(content)
    profiles = Profiles(places)
    with pytest.raises(StoreError) as error:
        profiles.list()
    assert finding_of(error) == "store.trunks.broken"
    assert (places.config / error.value.details["kept"]).read_bytes() == content
    assert profiles.list() == ()
    profiles.add(trunk("a"))
    assert (places.config / error.value.details["kept"]).read_bytes() == content


def test_what_is_readable_of_a_broken_file_stays(places: Folders) -> None:
    profiles = Profiles(places)
    for name in ("a", "b", "c", "d"):
        profiles.add(trunk(name))
    content = json.loads(stored(places).read_text())
    content["trunks"][1]["transport"] = "pigeon"
    content["trunks"][2]["domain"] = "a\r\nb"
    content["trunks"].append(content["trunks"][0])
    stored(places).write_text(json.dumps(content))
    with pytest.raises(StoreError) as error:
        profiles.add(trunk("e"))
    assert error.value.details["readable"] == "2"
    assert [found.name for found in profiles.list()] == ["a", "d"]


def test_two_processes_writing_at_once_lose_nothing(home: Path, places: Folders) -> None:
    code = (
        "import sys\n"
        "from tccc_desk.store.paths import folders\n"
        "from tccc_desk.store.profiles import Profiles\n"
        "from tccc_desk.trunk.profile import Trunk\n"
        "profiles = Profiles(folders())\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "for number in range(25):\n"
        "    name = f'{sys.argv[1]}{number}'\n"
        "    profiles.add(Trunk(name=name, username='u', domain='d.example', server='localhost'))\n"
        "    if number % 5 == 0:\n"
        "        profiles.remove(name)\n"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", code, mark],
            env={HOME_VARIABLE: str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for mark in ("a", "b")
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    for writer in writers:
        assert writer.communicate(timeout=60)[1] == b""
        assert writer.returncode == 0
    names = {found.name for found in Profiles(places).list()}
    assert names == {f"{mark}{number}" for mark in "ab" for number in range(25) if number % 5}
    assert [path.name for path in places.config.iterdir() if path.suffix == ".new"] == []
