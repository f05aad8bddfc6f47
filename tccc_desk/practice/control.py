"""The control protocol: JSON commands a line each on stdin, replies and events a line each on stdout.

A command is `{"do": ..., "id": ...}` with its fields; its answer is the line with "event": "reply"
and the same id. Every other line is a fact as it happens.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from .calling import Wish
from .events import Event
from .exchange import CannotDo
from .faults import Fault
from .gateway import Gateway
from .lines import Sound

MAX_LINE = 65536
_CALLER = re.compile(r"[0-9A-Za-z+*#._-]{1,64}")
_NUMBER = re.compile(r"[0-9+*#]{1,64}")


class _Do(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", rename={"from_": "from"}):
    id: int = 0


class DoCallIn(_Do, frozen=True, kw_only=True, tag="call-in"):
    """The document's step 3: call the device registered for `account`."""

    from_: str
    to: str
    account: str = "gateway01"
    seconds: float | None = None
    ring_timeout: float = 60.0
    sound: Sound = "tone"
    target: Literal["contact", "number"] = "contact"


class DoFault(_Do, frozen=True, kw_only=True, tag="fault"):
    """Switch a fault on; "normal" switches all off."""

    name: Fault


class DoHangUp(_Do, frozen=True, kw_only=True, tag="hang-up"):
    """End one call, or all."""

    call: str = ""


class DoBindings(_Do, frozen=True, kw_only=True, tag="bindings"):
    """List what is registered."""


class DoSetPassword(_Do, frozen=True, kw_only=True, tag="set-password"):
    """Give an account a password of the asker's choice."""

    account: str
    password: str

    def __repr__(self) -> str:
        """Leave the password out."""
        return f"DoSetPassword({self.account!r})"


class DoQuit(_Do, frozen=True, kw_only=True, tag="quit"):
    """Stop the gateway."""


Do = DoCallIn | DoFault | DoHangUp | DoBindings | DoSetPassword | DoQuit


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a command was not carried out."""

    field: str
    message: str


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="event", tag="reply"):
    """The answer to the command with the same id."""

    id: int = 0
    ok: bool
    call: str = ""
    count: int | None = None
    bindings: dict[str, tuple[str, ...]] | None = None
    error: Problem | None = None


_COMMANDS = msgspec.json.Decoder(Do)


def carry_out(line: bytes, gateway: Gateway) -> Reply | None:
    """Do what one line asks for; None for "quit". Every mistake in it becomes a reply."""
    number = 0
    try:
        command = _COMMANDS.decode(line)
        number = command.id
        return _do(command, gateway)
    except CannotDo as error:
        return Reply(id=number, ok=False, error=Problem(field=error.field, message=str(error)))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Reply(id=_id_in(line), ok=False, error=Problem(field="command", message=str(error)))


def _do(command: Do, gateway: Gateway) -> Reply | None:
    match command:
        case DoCallIn():
            return Reply(id=command.id, ok=True, call=gateway.call_in(_wish(command)))
        case DoFault():
            gateway.apply(command.name)
        case DoHangUp():
            return Reply(id=command.id, ok=True, count=gateway.hang_up(command.call))
        case DoBindings():
            return Reply(id=command.id, ok=True, bindings=gateway.bindings())
        case DoSetPassword():
            gateway.set_password(command.account, command.password)
        case DoQuit():
            return None
    return Reply(id=command.id, ok=True)


def _wish(command: DoCallIn) -> Wish:
    if not _CALLER.fullmatch(command.from_):
        raise CannotDo("from", "the caller must be a number or a word")
    if not _NUMBER.fullmatch(command.to):
        raise CannotDo("to", "the number to dial must be digits")
    if not 0 < command.ring_timeout <= 600 or (
        command.seconds is not None and not 0 < command.seconds <= 3600
    ):
        raise CannotDo("seconds", "between 0 and an hour, ringing no longer than 600 s")
    return Wish(
        account=command.account,
        caller=command.from_,
        number=command.to,
        seconds=command.seconds,
        ring_timeout_s=command.ring_timeout,
        sound=command.sound,
        target=command.target,
    )


class _OnlyId(msgspec.Struct, frozen=True):
    id: int = 0


def _id_in(line: bytes) -> int:
    """Return the id of a command that is wrong otherwise, so that its asker gets the reply."""
    try:
        return msgspec.json.decode(line, type=_OnlyId).id
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return 0


def encode_line(item: Reply | Event) -> bytes:
    """One line of stdout."""
    return msgspec.json.encode(item) + b"\n"
