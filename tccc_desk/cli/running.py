"""How commands that place several calls get at a stored trunk, its password and its account."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.cli.session import held_signals
from tccc_desk.cli.subject import Subject, claimed, password_from_stdin
from tccc_desk.store.vault import Secrets, account_key
from tccc_desk.trunk.profile import Trunk


def stored_subject(
    trunk: Trunk, output: Output, secrets: Callable[[], Secrets], *, from_stdin: bool
) -> Subject:
    """The trunk with its password, from standard input or the keyring. Raises InputError, VaultError."""
    if from_stdin:
        return Subject(trunk, password_from_stdin(output))
    output.progress("cli.progress.keyring")
    return Subject(trunk, secrets().read(account_key(trunk)))


def with_account(
    subject: Subject, work: Callable[[Subject], Coroutine[Any, Any, Exit]], output: Output
) -> Exit:
    """Run something that uses the engine, with the account claimed for that long."""
    # A selector loop on every system: the Windows default loses UDP after one ICMP error.
    loop = asyncio.SelectorEventLoop
    with (
        claimed(subject, output) as claimant,
        held_signals(),
        asyncio.Runner(loop_factory=loop) as runner,
    ):
        return runner.run(work(claimant))


def interrupt_on_signals() -> None:
    """Let both signals raise KeyboardInterrupt again: a session's end leaves SIGTERM to kill."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
