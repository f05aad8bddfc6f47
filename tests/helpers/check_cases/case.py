"""One fault, the check that meets it, and the setups faults are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tccc_desk.diagnosis.stages import Side
from tccc_desk.engine.commands import HangUp, StopCheck
from tccc_desk.engine.events import CheckFinished
from tests.helpers.checking import CheckDesk, Registrar
from tests.helpers.simulation import World

Setup = Callable[[CheckDesk, Registrar], None]
CALL = {"caller": "13800138000", "line": "075512345600"}
UDP, TLS = {"transport": "udp"}, {"transport": "tls", "port": 5061}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One fault."""

    what: str
    """For the table of the documentation."""
    id: str
    side: Side
    step: int | None
    setup: Setup = lambda desk, server: None
    trunk: Mapping[str, object] = field(default_factory=dict)
    command: Mapping[str, object] = field(default_factory=dict)
    passwords: int = 0
    """REGISTERs with a digest, at most."""
    finds: tuple[str, ...] = ()
    """Findings that must be there."""
    lacks: tuple[str, ...] = ()


def run(case: Case) -> tuple[CheckDesk, CheckFinished]:
    """One check in a world of its own."""
    world, server = World(), Registrar()
    desk = CheckDesk(world, server)
    case.setup(desk, server)
    desk.configure((), "", **case.trunk)
    return desk, desk.check(120.0, **case.command)


def server(**changes: object) -> Setup:
    def setup(_: CheckDesk, server: Registrar) -> None:
        for name, value in changes.items():
            setattr(server, name, value)

    return setup


def desk(**changes: object) -> Setup:
    def setup(desk: CheckDesk, _: Registrar) -> None:
        for name, value in changes.items():
            setattr(desk, name, value)

    return setup


def both(*setups: Setup) -> Setup:
    def setup(desk: CheckDesk, server: Registrar) -> None:
        for one in setups:
            one(desk, server)

    return setup


def dead(*transports: str, fault: str, why: str = "") -> Setup:
    return lambda desk, _: desk.faults.update(dict.fromkeys(transports, (fault, why)))  # type: ignore[arg-type]


def silent(*transports: str) -> Setup:
    return lambda _, server: server.silent.update(transports)


def challenge(**changes: str) -> Setup:
    return lambda _, server: server.challenge.update(changes)


def swap(before: bytes, after: bytes, way: str) -> Setup:
    def rewrite(data: bytes, direction: str) -> bytes:
        return data.replace(before, after) if direction == way else data

    return desk(rewrite=rewrite)


def call(*answers: int, **changes: object) -> Setup:
    return server(invite=list(answers), **changes)


def slow(seconds: float, *answers: int) -> Setup:
    return both(call(*answers), desk(delay_s={"INVITE": seconds}))


def hangs_up(desk: CheckDesk, server: Registrar) -> None:
    server.invite = [100, 180]
    desk.world.later(5.0, lambda: desk.tell(HangUp(call="check c")))


def stopped(desk: CheckDesk, server: Registrar) -> None:
    server.invite = [100, 180]
    desk.world.later(5.0, lambda: desk.tell(StopCheck(check="c")))
