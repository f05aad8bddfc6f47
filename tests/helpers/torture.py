"""What a strict codec does with each message of RFC 4475 and RFC 5118, section by section.

`None` is accepted, a number is refused with that status (a response so refused is dropped).
The reason is what the error must speak of, so that a message is not refused for another fault.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    section: str
    originals: tuple[str, ...]
    status: int | None
    why: str = ""


RFC4475 = (
    # 3.1.1 valid messages
    Row("3.1.1.1", ("wsinv",), None),
    Row("3.1.1.2", ("intmeth",), None),
    Row("3.1.1.3", ("esc01",), None),
    Row("3.1.1.4", ("escnull",), None),
    Row("3.1.1.5", ("esc02",), None),
    Row("3.1.1.6", ("lwsdisp",), None),
    Row("3.1.1.7", ("longreq",), None),
    Row("3.1.1.8", ("dblreq",), None),  # a datagram's octets behind Content-Length are dropped
    Row("3.1.1.9", ("semiuri",), None),
    Row("3.1.1.10", ("transports",), None),
    Row("3.1.1.11", ("mpart01",), None),
    Row("3.1.1.12", ("unreason",), None),
    Row("3.1.1.13", ("noreason",), None),
    # 3.1.2 invalid messages
    Row("3.1.2.1", ("badinv01",), 400, "parameter"),
    Row("3.1.2.2", ("clerr",), 400, "shorter"),
    Row("3.1.2.3", ("ncl",), 400, "Content-Length"),
    Row("3.1.2.4", ("scalar02",), 400, "not a number"),
    Row("3.1.2.5", ("scalarlg",), 400, "CSeq"),
    Row("3.1.2.6", ("quotbal",), 400, "quoted string"),
    Row("3.1.2.7", ("ltgtruri",), 400, "scheme"),
    Row("3.1.2.8", ("lwsruri",), 400, "request line"),
    Row("3.1.2.9", ("lwsstart",), 400, "request line"),
    Row("3.1.2.10", ("trws",), 400, "request line"),
    Row("3.1.2.11", ("escruri",), 400, "Request-URI with headers"),
    Row("3.1.2.12", ("baddate",), None),  # one "shouldn't" refuse it when Date plays no part
    Row("3.1.2.13", ("regbadct",), 400, "angle brackets"),
    Row("3.1.2.14", ("badaspec",), 400, ""),
    Row("3.1.2.15", ("baddn",), 400, "display name"),
    Row("3.1.2.16", ("badvers",), 505, "version"),
    Row("3.1.2.17", ("mismatch01",), 400, "another method"),
    Row("3.1.2.18", ("mismatch02",), 400, "another method"),  # 501 or 400, as one likes
    Row("3.1.2.19", ("bigcode",), 400, "status"),
    # 3.2 transaction layer: falls back to RFC 2543 matching, the codec lets it through
    Row("3.2.1", ("badbranch",), None),
    # 3.3 application layer: refused there (416, 420, 415, 483...), not by the codec
    Row("3.3.1", ("insuf",), 400, "is missing"),
    Row("3.3.2", ("unkscm",), None),
    Row("3.3.3", ("novelsc",), None),
    Row("3.3.4", ("unksm2",), None),
    Row("3.3.5", ("bext01",), None),
    Row("3.3.6", ("invut",), None),
    Row("3.3.7", ("regaut01",), None),
    Row("3.3.8", ("multi01",), 400, "appears twice"),
    Row("3.3.9", ("mcl01",), 400, "Content-Length appears twice"),
    Row("3.3.10", ("bcast",), None),  # the transaction layer drops a response with a second Via
    Row("3.3.11", ("zeromf",), None),
    Row("3.3.12", ("cparam01",), None),
    Row("3.3.13", ("cparam02",), None),
    Row("3.3.14", ("regescrt",), None),
    Row("3.3.15", ("sdp01",), None),
    # 3.4 backward compatibility
    Row("3.4.1", ("inv2543",), None),
)

RFC5118 = (
    Row("4.1", ("ipv6-good",), None),
    Row("4.2", ("ipv6-bad",), 400, "malformed"),
    Row("4.3", ("port-ambiguous",), None),
    Row("4.4", ("port-unambiguous",), None),
    Row("4.5", ("via-received-param-no-delim", "via-received-param-with-delim"), None),
    Row("4.6", ("ipv6-in-sdp",), None),
    Row("4.7", ("mult-ip-in-header",), None),
    Row("4.8", ("mult-ip-in-sdp",), None),
    Row("4.9", ("ipv4-mapped-ipv6",), None),
    Row("4.10", ("ipv6-bug-abnf-3-colons", "ipv6-correct-abnf-2-colons"), None),
)

CORPUS = Path(__file__).parents[1] / "sip" / "corpus"


def own_messages() -> list[tuple[str, Row, bytes]]:
    """Messages of our own construction, one or more for each section: name, row, octets."""
    found = []
    for row in (*RFC4475, *RFC5118):
        files = sorted(CORPUS.glob(f"{row.section}-*.sip"))
        assert files, f"no message of our own for section {row.section}"
        found += [(file.stem, row, file.read_bytes()) for file in files]
    return found


def original_messages() -> list[tuple[str, Row, bytes]]:
    """The RFCs' own messages, where the data folder lies beside the checkout; else nothing."""
    top = Path(__file__).parents[2]
    for folder in (top.parent / "shared" / "data", top.parent.parent / "shared" / "data"):
        if folder.is_dir():
            return [
                (f"{rfc}-{name}", row, mended((folder / rfc / f"{name}.dat").read_bytes()))
                for rfc, rows in (("rfc4475", RFC4475), ("rfc5118", RFC5118))
                for row in rows
                for name in row.originals
            ]
    return []


def mended(data: bytes) -> bytes:
    """Undo what the archives did to the messages, so that only the fault meant is left.

    The RFC 5118 files lost their CRs, and the Content-Length printed in that RFC never fits its
    bodies; some files of both lost the final empty line.
    """
    if b"\r\n" not in data:
        data = data.replace(b"\n", b"\r\n")
        head, _, body = data.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if line]
        length = b"Content-Length: %d" % len(body.removesuffix(b"\r\n") + b"\r\n" if body.strip() else b"")
        lines = [length if line.startswith(b"Content-Length") else line for line in lines]
        return b"\r\n".join(lines) + b"\r\n\r\n" + body
    return data if b"\r\n\r\n" in data else data + b"\r\n"
