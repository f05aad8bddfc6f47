"""The acceptance script on disk: private, whole, and no hostile file believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tccc_desk.store.acceptance import Acceptances
from tccc_desk.store.errors import StoreError
from tccc_desk.store.paths import Folders
from tccc_desk.trunk.acceptance import Acceptance, Record


def filled(before: Acceptance) -> Acceptance:
    return before.filled(Record(step="we-hang-up", filled_at=5.0, remark="好"))


def only_file(places: Folders) -> Path:
    (path,) = (places.data / "acceptance").glob("[!.]*.json")
    return path


def test_it_comes_back_and_is_private(places: Folders) -> None:
    store = Acceptances(places)
    assert store.get("pbx").records == ()
    store.change("pbx", filled)
    assert Acceptances(places).get("pbx") == filled(Acceptance(trunk="pbx"))
    assert store.get("other").records == ()
    if os.name == "posix":
        assert only_file(places).stat().st_mode & 0o777 == 0o600
    assert store.reset("pbx")
    assert store.get("pbx").records == ()
    assert not store.reset("pbx")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "CON", "\u202e.json", "x" * 64])
def test_no_name_leaves_the_folder(places: Folders, name: str) -> None:
    Acceptances(places).change(name, filled)
    assert only_file(places).parent == places.data / "acceptance"


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format": 1}',
        b'{"format": 1, "acceptance": {"trunk": "x", "records": [{"step": "a", "filled_at": "b"}]}}',
        b'{"format": 1, "acceptance": {"trunk": "' + b"x" * 300 + b'"}}',
        b'{"format": 1, "acceptance": {"trunk": "x", "records": ['
        + b",".join([b'{"step": "a", "filled_at": 1}'] * 65)
        + b"]}}",
    ],
)
def test_a_hostile_file_is_set_aside_and_said(places: Folders, hostile: bytes) -> None:
    store = Acceptances(places)
    store.change("pbx", filled)
    path = only_file(places)
    path.write_bytes(hostile)
    with pytest.raises(StoreError) as raised:
        store.get("pbx")
    assert raised.value.finding == "store.acceptance.broken"
    assert (path.parent / raised.value.details["kept"]).read_bytes() == hostile
    assert store.change("pbx", filled).record("we-hang-up") is not None


def test_a_newer_file_is_left_alone(places: Folders) -> None:
    store = Acceptances(places)
    store.change("pbx", filled)
    path = only_file(places)
    path.write_bytes(b'{"format": 2, "acceptance": []}')
    for act in (lambda: store.get("pbx"), lambda: store.change("pbx", filled)):
        with pytest.raises(StoreError, match=r"store\.acceptance\.newer"):
            act()
    assert path.read_bytes().startswith(b'{"format": 2')


def test_a_huge_file_is_refused(places: Folders) -> None:
    store = Acceptances(places)
    store.change("pbx", filled)
    only_file(places).write_bytes(b" " * (600 * 1024))
    with pytest.raises(StoreError, match=r"store\.file\.too_large"):
        store.get("pbx")
