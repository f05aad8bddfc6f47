"""Where the files are: the platform's folders, or everything under TCCC_DESK_HOME."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from tccc_desk.store.errors import StoreError

APPLICATION = "tccc-desk"
HOME_VARIABLE = "TCCC_DESK_HOME"


@dataclass(frozen=True, slots=True)
class Folders:
    """Absolute folders; each is made, for its owner only, by `folders()`."""

    config: Path
    """Trunks and options: what the admin entered."""
    data: Path
    """Traces, captures, recordings: what was seen."""
    state: Path
    """What we remember ourselves: bindings, window geometry."""
    runtime: Path
    """Locks: empty after a restart of the machine, or stale and harmless."""

    @property
    def log(self) -> Path:
        """The signalling log's segments, of the window and of every command."""
        return self.data / "log"

    @property
    def captures(self) -> Path:
        """Imported captures, a folder each."""
        return self.data / "captures"


def folders(environ: Mapping[str, str] | None = None) -> Folders:
    """Find and make the folders. Raises StoreError where one cannot be made."""
    home = (os.environ if environ is None else environ).get(HOME_VARIABLE, "")
    if home:
        top = Path(home).expanduser().absolute()
        found = Folders(top / "config", top / "data", top / "state", top / "run")
    else:
        found = Folders(
            platformdirs.user_config_path(APPLICATION, appauthor=False, roaming=False),
            platformdirs.user_data_path(APPLICATION, appauthor=False),
            platformdirs.user_state_path(APPLICATION, appauthor=False),
            platformdirs.user_state_path(APPLICATION, appauthor=False) / "run",
        )
    for folder in (found.config, found.data, found.state, found.runtime):
        make_private(folder)
    return found


def make_private(folder: Path) -> None:
    """Make `folder` and its missing parents with mode 0700; an existing one keeps its mode."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(mode=0o700, exist_ok=True)
        if not folder.is_dir():
            raise NotADirectoryError(folder)
    except OSError as error:
        raise StoreError(
            "store.folder.unusable", path=str(folder), reason=error.strerror or type(error).__name__
        ) from error
