"""Blocking work beside the loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


async def outside_the_loop(work: Callable[[], _T], timeout_s: float) -> _T:
    """What `work` returns or raises; TimeoutError when it takes longer.

    It runs in a daemon thread, not in the loop's executor: a stuck name server or network
    drive must not keep the process alive.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def finish(result: _T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        try:
            outcome: tuple[_T | None, BaseException | None] = (work(), None)
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            outcome = (None, error)
        with contextlib.suppress(RuntimeError):  # the loop closed meanwhile
            loop.call_soon_threadsafe(finish, *outcome)

    threading.Thread(target=run, name="beside the loop", daemon=True).start()
    return await asyncio.wait_for(done, timeout_s)
