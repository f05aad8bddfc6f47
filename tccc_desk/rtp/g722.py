"""G.722 at 64 kbit/s, spoken to telephones that want it, by way of A-law.

Everything else here works with 8 kHz: what arrives is decoded to it and goes on as A-law, what we send
begins as A-law. The codec's narrowband mode is made for that and understood by every G.722 decoder. So
this proves that a wideband call works, and is no wideband call to listen to.

RFC 3551 section 4.5.2: the RTP clock of G.722 is 8,000 though it samples at 16,000, an error that was
kept. So a byte is one tick here as with G.711, and 20 ms are 160 bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tccc_desk.rtp.pcm import companded, linear, packed, samples

if TYPE_CHECKING:
    import G722

NAME = "G722"
CARRIER = "PCMA"
"""What sources give and listeners get."""
_BITS_A_SECOND = 64_000


def _codec() -> G722.G722:
    # Loaded with the first call that speaks it: hardly any does.
    import G722  # noqa: PLC0415

    return G722.G722(8000, _BITS_A_SECOND)


class G722Encoder:
    """One direction's state: frames in order."""

    def __init__(self) -> None:
        self._codec = _codec()

    def encode(self, payload: bytes) -> bytes:
        """G.722 of a payload of CARRIER: as many bytes."""
        return bytes(self._codec.encode(samples(linear(CARRIER, payload))))


class G722Decoder:
    """One direction's state: payloads as they come; it recovers from a lost one by itself."""

    def __init__(self) -> None:
        self._codec = _codec()

    def decode(self, payload: bytes) -> bytes:
        """The payload as CARRIER: as many bytes."""
        return companded(CARRIER, packed(self._codec.decode(payload)))
