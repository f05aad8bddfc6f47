"""The engine's door as bytes: length-prefixed frames of commands one way, events the other.

A frame is four octets of big-endian length and that many octets of MessagePack. The
window's side and the child's side use the same two codecs; neither trusts the other to
stay within bounds.
"""

from __future__ import annotations

import msgspec

from tccc_desk.engine.commands import Command
from tccc_desk.engine.events import Event

LENGTH_OCTETS = 4
MAX_FRAME = 4 * 1024 * 1024
"""Octets. A log batch of a few hundred full-size messages is far below it."""


class ChannelBroken(Exception):
    """The other side sent something that is not a frame of ours; the channel ends."""


_encoder = msgspec.msgpack.Encoder()
_commands: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)
_events: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


def frame(item: Command | Event) -> bytes:
    """One command or event as a frame."""
    payload = _encoder.encode(item)
    if len(payload) > MAX_FRAME:
        raise ChannelBroken(f"frame of {len(payload)} octets")
    return len(payload).to_bytes(LENGTH_OCTETS, "big") + payload


class Deframer:
    """Cuts a byte stream into frame payloads, in linear time and bounded memory."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Payloads completed by `data`. Raises ChannelBroken on a length beyond the bound."""
        self._buffer += data
        payloads: list[bytes] = []
        at = 0
        while len(self._buffer) - at >= LENGTH_OCTETS:
            length = int.from_bytes(self._buffer[at : at + LENGTH_OCTETS], "big")
            if length > MAX_FRAME:
                raise ChannelBroken(f"frame of {length} octets announced")
            end = at + LENGTH_OCTETS + length
            if len(self._buffer) < end:
                break
            payloads.append(bytes(self._buffer[at + LENGTH_OCTETS : end]))
            at = end
        del self._buffer[:at]
        return payloads


def decode_command(payload: bytes) -> Command:
    """A command from a frame's payload. Raises ChannelBroken."""
    try:
        return _commands.decode(payload)
    except msgspec.DecodeError:
        # The cause could quote the frame, and a frame may hold a password.
        raise ChannelBroken("not a command") from None


def decode_event(payload: bytes) -> Event:
    """An event from a frame's payload. Raises ChannelBroken."""
    try:
        return _events.decode(payload)
    except msgspec.DecodeError as error:
        raise ChannelBroken(f"not an event: {error}") from None
