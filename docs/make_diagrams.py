#!/usr/bin/env python3
"""Writes docs/state-machines.md from the tables the program runs on: `python docs/make_diagrams.py`.

A test holds the file equal to the tables, so run this after changing one.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tccc_desk.engine import call_table, check_table, session_table  # noqa: E402
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

Where the transactions go beyond the RFCs' figures, and why:

- **Flow lost** ends every transaction on the flow. RFC 6026 keeps a server transaction through a
  transport error because another address may be tried; here the only way back to the peer is gone,
  since nothing is ever sent outside the flow a request came on. A client transaction reports the
  loss unless its final response was handed up before: each request has one outcome.
- **CANCEL** is an input of the INVITE client transaction, so that it waits for a provisional
  response (section 9.1) without anybody else keeping count. Timer B starts anew with it, which is
  the 64*T1 after which an INVITE counts as cancelled. The CANCEL's own transaction reports nothing.
- **The 2xx of a UAS** is repeated by the server transaction in Accepted, over TCP too
  (section 13.3.1.4), until an ACK of its dialog arrives; timer H reports the one that never comes.
- **A CANCEL received** is answered without state: repeats find the same INVITE and get the same 200.
- **Requests without the magic cookie** (RFC 2543) match by Request-URI, From tag, Call-ID, CSeq
  number and top Via, for the few devices that still send them.
- **Above 2,000 server transactions** a new request gets a stateless 503 and nobody above hears of it.
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
        chapter(
            "Session inside a call",
            "Ours: offers, hold and refresh after RFC 3261 section 14, RFC 3264, RFC 3311 and RFC 4028.",
            session_table.TABLE,
            {session_table.State.OPENING: ()},
        ),
        chapter(
            "Trunk check",
            "Ours: what a check does at a time. What it comes to is in verdicts.md.",
            check_table.TABLE,
            {check_table.State.READY: ()},
        ),
    ]
    return "\n".join([INTRODUCTION, *chapters])


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
