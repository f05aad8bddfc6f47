"""The practice gateway beside the window: its process, its trunk, its menu's commands."""

from __future__ import annotations

from collections.abc import Callable

from tccc_desk.practice.client import PracticeError, PracticeProcess
from tccc_desk.trunk.profile import Trunk

Say = Callable[..., None]
"""Says a text id with values in the window's banner."""

CALLER = "13800138000"
DIALS = "13800001111"
"""The customer number it asks us to dial."""
LINE = "075512345678"
"""From of its calls to us."""


class Practice:
    """Nothing of it is stored: trunk and password last as long as the process."""

    def __init__(self) -> None:
        self._process = PracticeProcess()
        self.password = ""

    async def start(self) -> Trunk:
        """Start the gateway and give the trunk that leads to it. Raises PracticeError."""
        ready = await self._process.start()
        account = ready.accounts[0]
        self.password = account.password
        self._account = account.username
        return Trunk(
            name=account.username,
            username=account.username,
            domain=ready.domain,
            server=ready.host,
            port=ready.port,
            transport="tcp",
            caller_number=CALLER,
            line_number=ready.default_line,
        )

    def lines(self) -> tuple[tuple[str, str], ...]:
        """Give (text id, number) of every line that can be called."""
        return tuple((f"practice.line.{line.name}", line.number) for line in self._process.ready.lines)

    def faults(self) -> tuple[str, ...]:
        """Give the names of its misbehaviours."""
        return tuple(self._process.ready.faults)

    async def ended(self) -> None:
        """Wait until its process is gone, wished or not."""
        await self._process.ended()

    async def call_in(self, say: Say) -> None:
        """Let it call us; `say` takes why it could not."""
        await self._do(say, "call-in", account=self._account, to=DIALS, from_=LINE)

    async def fault(self, name: str, say: Say) -> bool:
        """Switch a misbehaviour on; "normal" switches all off. True when it is done."""
        return await self._do(say, "fault", name=name)

    async def _do(self, say: Say, command: str, **fields: str) -> bool:
        try:
            await self._process.do(command, **fields)
        except PracticeError as error:
            if self._process.running:
                say("window.practice.refused", reason=str(error))
            else:
                say("window.practice.gone")
            return False
        return True

    async def stop(self) -> None:
        """End its process."""
        await self._process.stop()
