#!/usr/bin/env python3
"""Writes docs/state-machines.md from the tables the program runs on: `python docs/make_diagrams.py`.

A test holds the file equal to the tables, so run this after changing one.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tccc_desk.engine import call_table  # noqa: E402
from tccc_desk.sip.transaction import (  # noqa: E402
    invite_client,
    invite_server,
    non_invite_client,
    non_invite_server,
)
from tccc_desk.sip.transaction.diagram import chapter  # noqa: E402
from tccc_desk.trunk import binding  # noqa: E402
from tccc_desk.trunk import round as register_round  # noqa: E402

TARGET = HERE / "state-machines.md"

INTRODUCTION = """# State machines

Made by `python docs/make_diagrams.py` from the tables in the code; do not edit. Every table is total:
each pair of a state and an input has its entry, an arrow or a stray. Timers bear the letters of
RFC 3261 table 4 and RFC 6026; their lengths are in `tccc_desk/sip/timers.py`. TU is the
transaction user: registration, call, or whatever else asked for the transaction.
"""


def document() -> str:
    """Return the whole text."""
    chapters = [
        chapter(
            "INVITE client transaction",
            "RFC 3261 figure 5 with RFC 6026's Accepted and timer M, and section 9.1's CANCEL.",
            invite_client.TABLE,
            {invite_client.OPENING.next: invite_client.OPENING.actions},
        ),
        chapter(
            "Non-INVITE client transaction",
            "RFC 3261 figure 6.",
            non_invite_client.TABLE,
            {non_invite_client.OPENING.next: non_invite_client.OPENING.actions},
        ),
        chapter(
            "INVITE server transaction",
            "RFC 3261 figure 7 with RFC 6026's Accepted and timer L, and section 13.3.1.4's 2xx repeats.",
            invite_server.TABLE,
            {invite_server.OPENING.next: invite_server.OPENING.actions},
        ),
        chapter(
            "Non-INVITE server transaction",
            "RFC 3261 figure 8.",
            non_invite_server.TABLE,
            {non_invite_server.OPENING.next: non_invite_server.OPENING.actions},
        ),
        chapter(
            "Registration binding",
            "Ours: RFC 3261 section 10.2 gives rules and no figure.",
            binding.TABLE,
            {binding.State.UNBOUND: ()},
        ),
        chapter(
            "Registration round",
            "Ours: the requests and challenges of one REGISTER, from the wish to its outcome.",
            register_round.TABLE,
            {register_round.State.OPENING: ()},
        ),
        chapter(
            "Call",
            "Ours: a test call as its user sees it. Those we place begin in preparing, theirs in offered.",
            call_table.TABLE,
            {call_table.State.PREPARING: (), call_table.State.OFFERED: ()},
        ),
    ]
    return "\n".join([INTRODUCTION, *chapters])


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
