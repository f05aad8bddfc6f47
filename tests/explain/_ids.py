"""Every text id that the explanations can make, read from the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tccc_desk.explain.headers import KNOWN
from tccc_desk.explain.parties import from_line
from tccc_desk.explain.plain import Q850
from tccc_desk.explain.session import ATTRIBUTES, CODECS, DIRECTIONS, TYPES
from tccc_desk.explain.start import METHODS, STATUSES

PACKAGE = Path(from_line.__code__.co_filename).parent
MARKED = PACKAGE.parent / "trace" / "ladder_talk.py"
_ID = re.compile(r"explain\.[a-z0-9.-]*[a-z0-9]")


def written() -> set[str]:
    """Whole ids that stand in the code."""
    found = set()
    for path in (*PACKAGE.glob("*.py"), MARKED):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inner = {
            id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
        }
        for node in ast.walk(tree):
            value = node.value if isinstance(node, ast.Constant) and id(node) not in inner else None
            if isinstance(value, str) and _ID.fullmatch(value):
                found.add(value)
    return found


def patterns() -> set[str]:
    """Ids with a hole, as they stand in the code: each must be among `BUILT`."""
    found = set()
    for path in (*PACKAGE.glob("*.py"), MARKED):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "*" for part in node.values]
                made = "".join(map(str, parts))
                if made.startswith("explain."):
                    found.add(made)
    return found


BUILT: dict[str, set[str]] = {
    "explain.method.*": set(METHODS),
    "explain.status.*": {str(status) for status in STATUSES},
    "explain.status.200-*": {"register", "invite", "bye", "options", "other"},
    "explain.status.class-*": set("123456"),
    "explain.*.register": {"from", "to"},
    "explain.session-expires.*": {"uac", "uas"},
    "explain.q850.*": {str(cause) for cause in Q850},
    "explain.header.*": set(KNOWN),
    "explain.sdp.*": set(TYPES),
    "explain.m.*": {"video", "image"},
    "explain.a.*": {*ATTRIBUTES.values(), *DIRECTIONS},
    "explain.rtpmap.*": set(CODECS),
    "explain.severity.*": {"wrong", "unusual", "info"},
    "explain.mark.*": {"offer", "answer"},
}


def every() -> set[str]:
    """All ids."""
    made = {pattern.replace("*", name) for pattern, names in BUILT.items() for name in names}
    return written() | made
