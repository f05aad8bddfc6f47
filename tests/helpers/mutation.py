"""Messages bent by a seeded chance: what a scanner or a broken gateway sends."""

from __future__ import annotations

import random

from tests.helpers.torture import original_messages, own_messages

_SEEDS = [data for _, _, data in (*own_messages(), *original_messages())]
_SPICE = (
    *(b"\r\n", b"\r", b"\n", b" ", b"\t", b"\0", b'"', b"\\", b"<", b">", b",", b";", b":", b"=", b"@", b"["),
    *(b"]", b"%", b"?", b"*", b"\xff", b"\xc3\xa9", b"9" * 30, b"-1", b"A" * 300, b"\r\n ", b"\r\n\r\n"),
    *(b"sip:", b"SIP/2.0", b"\\\x07", b";tag=", b"Content-Length: 3\r\n"),
)


def mutated(chance: random.Random) -> bytes:
    """One of the torture messages, bent."""
    return bent(chance.choice(_SEEDS), chance)


def bent(message: bytes, chance: random.Random) -> bytes:
    """A message with one to eight random edits."""
    data = bytearray(message)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                data[at:at] = chance.choice(_SPICE)
            case 1:
                del data[at : at + chance.randint(1, 20)]
            case 2:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                data[at:at] = data[max(0, at - chance.randint(1, 200)) : at]
            case _:
                other = chance.choice(_SEEDS)
                data[at:] = other[chance.randrange(len(other)) :]
    return bytes(data)
