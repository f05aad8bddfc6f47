"""Faults, and what a check must say of each: the table behind docs/verdicts.md.

Each runs against a scripted server in simulated time. The lines of the practice gateway, real sockets and
Kamailio have tests of their own.
"""

from __future__ import annotations

from tests.helpers.check_cases.calling import CALLING
from tests.helpers.check_cases.case import Case, run
from tests.helpers.check_cases.machine import MACHINE
from tests.helpers.check_cases.password import PASSWORD
from tests.helpers.check_cases.way import WAY

__all__ = ["CASES", "Case", "run"]

CASES: tuple[Case, ...] = (*MACHINE, *WAY, *PASSWORD, *CALLING)
