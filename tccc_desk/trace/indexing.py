"""The log's upkeep, a process of its own: `python -m tccc_desk.trace.indexing FOLDER OCTETS DAYS [--once]`.

Indexes what was written, sets broken segments aside, and removes what is too old or too much. One at
a time for a folder, at low priority; it ends when its standard input does. The text itself stays in the
segment: the index beside it only says which blocks of entries hold which three letters.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

from tccc_desk.trace import files, matching
from tccc_desk.trace.retention import retain
from tccc_desk.trace.schema import VERSION
from tccc_desk.trace.shelf import connect

LOCK = "upkeep.lock"
NICE = 15
LOOK_S, RETAIN_S = 1.0, 60.0
BATCH = 2048
"""Entries indexed in one transaction."""
WORTH = 256
"""Entries of a segment still written that are worth a transaction; the rest is found by looking."""
TABLES = """
BEGIN;
CREATE VIRTUAL TABLE blocks USING fts5(text, content='', detail='none', tokenize='trigram case_sensitive 1');
CREATE TABLE progress(upto INTEGER NOT NULL);
INSERT INTO progress VALUES(0);
COMMIT;
"""


def index_segment(folder: Path, name: str, *, least: int = 1) -> int:
    """Bring a segment's index up to date; gives the entries added. Raises sqlite3.Error, OSError.

    Only whole blocks are taken, in order, so that one number says how far the index reaches.
    """
    source = connect(files.segment_path(folder, name))
    with contextlib.closing(source):
        (version,) = source.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            if version == 0:
                return 0  # its tables come in a moment
            raise sqlite3.DatabaseError(f"format {version}")
        (count,) = source.execute("SELECT coalesce(max(number),0) FROM entries").fetchone()
        if count < least:
            return 0
        target = _open_index(files.index_path(folder, name))
        with contextlib.closing(target):
            (upto,) = target.execute("SELECT upto FROM progress").fetchone()
            return _add(source, target, upto, count) if count - upto >= least else 0


def _add(source: sqlite3.Connection, target: sqlite3.Connection, upto: int, count: int) -> int:
    begun = upto
    # Block 0 holds the numbers below BLOCK; the last one taken ends right before a multiple of it.
    end = (count + 1) // matching.BLOCK * matching.BLOCK - 1
    while upto < end:
        last = min((upto + 1 + BATCH) // matching.BLOCK * matching.BLOCK - 1, end)
        blocks: dict[int, list[bytes]] = {}
        for number, *columns in source.execute(
            f"SELECT e.number,{matching.COLUMNS} FROM entries e LEFT JOIN raws r ON r.number=e.number "  # noqa: S608
            "LEFT JOIN calls c ON c.id=e.call WHERE e.number BETWEEN ? AND ?",
            (upto + 1, last),
        ):
            blocks.setdefault(number // matching.BLOCK, []).append(matching.document(tuple(columns)))
        target.execute("BEGIN")
        target.executemany(
            "INSERT INTO blocks(rowid,text) VALUES(?,?)",
            [(block, matching.block_text(documents)) for block, documents in blocks.items()],
        )
        target.execute("UPDATE progress SET upto=?", (last,))
        target.execute("COMMIT")
        upto = last
    return max(0, upto - begun)


def _open_index(path: Path) -> sqlite3.Connection:
    if not path.exists():
        files.create_private(path)
    try:
        return _connect_index(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise  # locked, or no space: nothing is wrong with the file
        files.remove(path)  # it can be made again at any time
        files.create_private(path)
        return _connect_index(path)


def _connect_index(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    try:
        # Not synced: what a power cut breaks is made again.
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-8192")
        if connection.execute("SELECT count(*) FROM sqlite_master WHERE name='progress'").fetchone() == (0,):
            connection.executescript(TABLES)
    except BaseException:
        connection.close()
        raise
    return connection


def index_all(folder: Path, *, least: int = 1, ended: threading.Event | None = None) -> int:
    """Index every segment, the newest first; a broken one is renamed, its content stays."""
    added = 0
    for name in reversed(files.names(folder)):
        if ended is not None and ended.is_set():
            break
        try:
            added += index_segment(folder, name, least=least)
        except sqlite3.OperationalError:
            continue  # no space, or somebody else has it: next time
        except sqlite3.DatabaseError:
            _set_aside(folder, name)
        except OSError:
            continue
    return added


def _set_aside(folder: Path, name: str) -> None:
    """Rename a broken segment, unless an engine writes it; one of a newer version stays as it is."""
    with contextlib.suppress(OSError, sqlite3.Error):
        path = files.segment_path(folder, name)
        hold = files.hold_segment(folder, name)
        if hold is None:
            return
        try:
            if _broken(path):
                path.rename(path.with_suffix(files.BROKEN))
                files.remove(files.index_path(folder, name))
        finally:
            hold.release()


def _broken(path: Path) -> bool:
    try:
        with contextlib.closing(connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True


def keep_up(folder: Path, max_octets: int, max_days: int, ended: threading.Event) -> None:
    """Index and remove until `ended`."""
    retain_at = quiet = 0.0
    while not ended.is_set():
        now = time.monotonic()
        if now >= retain_at:
            retain(folder, max_octets, max_days)
            retain_at = now + RETAIN_S
        # What trickles in is taken every ten looks: a transaction for each message would be dear.
        quiet = 0 if index_all(folder, least=1 if quiet >= 10 else WORTH, ended=ended) else quiet + 1
        if quiet > 10:
            quiet = 0
        ended.wait(LOOK_S)


def start(folder: Path, max_octets: int, max_days: int, *, once: bool = False) -> subprocess.Popen[bytes]:
    """Start the upkeep beside this process; close its standard input to end it."""
    home, path = str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")
    return subprocess.Popen(  # noqa: S603  our own interpreter and module
        [
            sys.executable,
            "-m",
            "tccc_desk.trace.indexing",
            str(folder),
            str(max_octets),
            str(max_days),
            *(["--once"] if once else []),
        ],
        stdin=subprocess.DEVNULL if once else subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": f"{home}{os.pathsep}{path}" if path else home},
        start_new_session=True,
    )


def main() -> int:
    """Entry point of the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("octets", type=int)
    parser.add_argument("days", type=int)
    parser.add_argument("--once", action="store_true")
    options = parser.parse_args()
    if hasattr(os, "nice"):
        os.nice(NICE)
    files.make_folder(options.folder)
    hold = None
    while hold is None:
        hold = files.Hold.take(options.folder / LOCK)
        if hold is None:
            if options.once:
                return 0  # somebody is at it
            time.sleep(LOOK_S)  # the window before us may be about to end
    try:
        if options.once:
            retain(options.folder, options.octets, options.days)
            index_all(options.folder)
        else:
            ended = threading.Event()
            threading.Thread(target=_await_end, args=(ended,), daemon=True).start()
            keep_up(options.folder, options.octets, options.days, ended)
    finally:
        hold.release()
    return 0


def _await_end(ended: threading.Event) -> None:
    with contextlib.suppress(OSError, ValueError):
        while os.read(sys.stdin.fileno(), 4096):
            pass
    ended.set()


if __name__ == "__main__":
    sys.exit(main())
