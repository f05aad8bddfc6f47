"""The life of our binding at the registrar (RFC 3261 section 10.2; the figure is ours)."""

from __future__ import annotations

from enum import Enum, auto

from tccc_desk.trunk.table import Row, total


class State(Enum):
    """Where our binding stands."""

    UNBOUND = auto()
    REGISTERING = auto()
    BOUND = auto()
    REFRESHING = auto()
    WAITING = auto()
    """A transient failure; the next try has its time."""
    REFUSED = auto()
    """A final refusal; nothing is sent until the admin asks."""
    LEAVING = auto()
    """Unregister was asked while a REGISTER was out: section 10.2 forbids a second one."""
    UNBINDING = auto()
    REJOINING = auto()
    """Register was asked while the removal was out."""


class Input(Enum):
    """What can happen to a binding."""

    REGISTER = auto()
    UNREGISTER = auto()
    """The admin's wish, while the registrar may hold a binding of ours."""
    ABANDON = auto()
    """The same wish, while it surely holds none."""
    GRANTED = auto()
    REFUSED = auto()
    FAILED = auto()
    FLOW_LOST = auto()
    """The flow the binding is reached by is gone, no REGISTER being out."""
    PATH_CHANGED = auto()
    """This machine slept or has another address: what failed before may work now."""
    REFRESH_DUE = auto()
    RETRY_DUE = auto()


class Action(Enum):
    """What happens on an arrow."""

    START_REGISTER = auto()
    START_REFRESH = auto()
    START_UNREGISTER = auto()
    ARM_REFRESH = auto()
    ARM_RETRY = auto()
    ARM_SOON = auto()
    """A lost flow is replaced quickly, but not at once: a restarting server meets no storm."""
    REPORT_GRANTED = auto()
    REPORT_REFUSED = auto()
    REPORT_FAILED = auto()
    REPORT_LOST = auto()
    REPORT_REMOVED = auto()
    """Confirmed by the registrar."""
    REPORT_GONE = auto()
    """Removed as far as we know: nothing was there, or nobody confirmed."""


_S, _I, _A = State, Input, Action

TABLE = total(
    State,
    Input,
    {
        (_S.UNBOUND, _I.REGISTER): Row(_S.REGISTERING, (_A.START_REGISTER,)),
        (_S.UNBOUND, _I.UNREGISTER): Row(_S.UNBINDING, (_A.START_UNREGISTER,)),
        (_S.UNBOUND, _I.ABANDON): Row(_S.UNBOUND, (_A.REPORT_GONE,)),
        (_S.REGISTERING, _I.GRANTED): Row(_S.BOUND, (_A.ARM_REFRESH, _A.REPORT_GRANTED)),
        (_S.REGISTERING, _I.REFUSED): Row(_S.REFUSED, (_A.REPORT_REFUSED,)),
        (_S.REGISTERING, _I.FAILED): Row(_S.WAITING, (_A.ARM_RETRY, _A.REPORT_FAILED)),
        (_S.REGISTERING, _I.UNREGISTER): Row(_S.LEAVING),
        (_S.REGISTERING, _I.ABANDON): Row(_S.LEAVING),
        (_S.BOUND, _I.REGISTER): Row(_S.REFRESHING, (_A.START_REFRESH,)),
        (_S.BOUND, _I.REFRESH_DUE): Row(_S.REFRESHING, (_A.START_REFRESH,)),
        (_S.BOUND, _I.FLOW_LOST): Row(_S.WAITING, (_A.ARM_SOON, _A.REPORT_LOST)),
        (_S.BOUND, _I.UNREGISTER): Row(_S.UNBINDING, (_A.START_UNREGISTER,)),
        (_S.REFRESHING, _I.GRANTED): Row(_S.BOUND, (_A.ARM_REFRESH, _A.REPORT_GRANTED)),
        (_S.REFRESHING, _I.REFUSED): Row(_S.REFUSED, (_A.REPORT_REFUSED,)),
        (_S.REFRESHING, _I.FAILED): Row(_S.WAITING, (_A.ARM_RETRY, _A.REPORT_FAILED)),
        (_S.REFRESHING, _I.UNREGISTER): Row(_S.LEAVING),
        (_S.WAITING, _I.REGISTER): Row(_S.REGISTERING, (_A.START_REGISTER,)),
        (_S.WAITING, _I.RETRY_DUE): Row(_S.REGISTERING, (_A.START_REGISTER,)),
        (_S.WAITING, _I.PATH_CHANGED): Row(_S.WAITING, (_A.ARM_SOON, _A.REPORT_LOST)),
        (_S.WAITING, _I.UNREGISTER): Row(_S.UNBINDING, (_A.START_UNREGISTER,)),
        (_S.WAITING, _I.ABANDON): Row(_S.UNBOUND, (_A.REPORT_GONE,)),
        (_S.REFUSED, _I.REGISTER): Row(_S.REGISTERING, (_A.START_REGISTER,)),
        (_S.REFUSED, _I.UNREGISTER): Row(_S.UNBINDING, (_A.START_UNREGISTER,)),
        (_S.REFUSED, _I.ABANDON): Row(_S.UNBOUND, (_A.REPORT_GONE,)),
        (_S.LEAVING, _I.GRANTED): Row(_S.UNBINDING, (_A.START_UNREGISTER,)),
        (_S.LEAVING, _I.REFUSED): Row(_S.UNBOUND, (_A.REPORT_GONE,)),
        (_S.LEAVING, _I.FAILED): Row(_S.UNBOUND, (_A.REPORT_GONE,)),
        (_S.LEAVING, _I.REGISTER): Row(_S.REGISTERING),
        (_S.UNBINDING, _I.GRANTED): Row(_S.UNBOUND, (_A.REPORT_REMOVED,)),
        (_S.UNBINDING, _I.REFUSED): Row(_S.UNBOUND, (_A.REPORT_GONE,)),
        (_S.UNBINDING, _I.FAILED): Row(_S.UNBOUND, (_A.REPORT_GONE,)),
        (_S.UNBINDING, _I.REGISTER): Row(_S.REJOINING),
        (_S.REJOINING, _I.GRANTED): Row(_S.REGISTERING, (_A.START_REGISTER,)),
        (_S.REJOINING, _I.REFUSED): Row(_S.REGISTERING, (_A.START_REGISTER,)),
        (_S.REJOINING, _I.FAILED): Row(_S.REGISTERING, (_A.START_REGISTER,)),
        (_S.REJOINING, _I.UNREGISTER): Row(_S.UNBINDING),
        (_S.REJOINING, _I.ABANDON): Row(_S.UNBINDING),
    },
)
