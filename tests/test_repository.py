"""What must hold for every file of the repository, whatever it is about."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAX_MODULE_LINES = 500


def tracked(*suffixes: str) -> list[Path]:
    """Files under version control that end in one of `suffixes`; all of them without any."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and (not suffixes or path.name.endswith(suffixes))]


# Written with one-letter classes so that no pattern matches its own line.
FORBIDDEN = {
    "a package index": r"(pypi[.]|pythonhosted[.]|npmjs[.]|crates[.]io|rubygems[.]|proxy[.]golang)",
    "a package mirror": r"((deb|security|ftp|snapshot)[.]debian[.]org|archive[.]ubuntu[.]com)",
    "an index option": r"--(extra-)?index[-]url[ =]\S*://|--find[-]links[ =]",
    "a path of one machine": r"(?<![\w.$}])/([h]ome/\w|[w]ork/|[r]oot/|[o]pt/(wheels|pypi)|[U]sers/\w)",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {hit.group()}"
        for path in tracked()
        for hit in pattern.finditer(path.read_bytes().decode("utf-8", "replace"))
    ]
    assert not found


@pytest.mark.parametrize("suffix", [".py"])
def test_no_module_holds_two_things(suffix: str) -> None:
    lengths = {path.relative_to(ROOT): len(path.read_bytes().splitlines()) for path in tracked(suffix)}
    assert not {path: length for path, length in lengths.items() if length > MAX_MODULE_LINES}


def test_shell_scripts_stop_at_the_first_fault() -> None:
    scripts = [*tracked(".sh"), ROOT / ".ci/run"]
    assert [path.name for path in scripts if not re.search(r"^set -eu", path.read_text(), re.MULTILINE)] == []


def test_every_requirement_is_pinned_with_hashes() -> None:
    for name in ("requirements.txt", "requirements-test.txt"):
        text = (ROOT / name).read_text()
        entries = re.split(r"\n(?=[a-z])", text)
        loose = [
            entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry
        ]
        assert not loose, name


def test_the_test_pins_extend_the_running_pins() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z][^ \\\n]*==[^ \\\n]+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-test.txt")


def test_the_readme_links_to_what_is_there() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_make_help_lists_every_target() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("practice", "run", "test", "check", "bench", "pictures", "clean", "help"):
        assert re.search(rf"^  make {target} ", shown, re.MULTILINE)
