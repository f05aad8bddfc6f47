"""How commands get at the engine: a stored trunk with its password, and the account for that long."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.cli.session import held_signals
from tccc_desk.cli.subject import Subject, claimed, password_from_stdin
from tccc_desk.trunk.profile import Trunk

if TYPE_CHECKING:
    from tccc_desk.store.vault import Secrets


def stored_subject(
    trunk: Trunk, output: Output, secrets: Callable[[], Secrets], *, from_stdin: bool
) -> Subject:
    """The trunk with its password, from standard input or the keyring. Raises InputError, VaultError."""
    if from_stdin:
        return Subject(trunk, password_from_stdin(output))
    from tccc_desk.store.vault import account_key  # noqa: PLC0415  every command loads this module

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
