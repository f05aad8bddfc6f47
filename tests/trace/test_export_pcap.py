"""Captures of ours open with every message in the viewers people have: the real programs say so."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Literal

import dpkt
import msgspec
import pytest

from tccc_desk.trace.capture.reader import read
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.pcap import write_pcap
from tests.trace._call import call, with_raw

WAYS = {
    "UDP": ("UDP", "10.0.0.5:5060", "198.51.100.7:35090"),
    "TCP": ("TCP", "10.0.0.5:40001", "198.51.100.7:35090"),
    "TLS": ("TLS", "10.0.0.5:40001", "198.51.100.7:5061"),
    "TCP over IPv6": ("TCP", "[2001:db8::5]:40001", "[2001:db8::7]:35090"),
    "UDP over IPv6": ("UDP", "[2001:db8::5]:5060", "[2001:db8::7]:35090"),
    "two families": ("TCP", "10.0.0.5:40001", "[2001:db8::7]:35090"),
    "names": ("UDP", "desk.example:5060", "gateway.example:35090"),
}


def tshark(path: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        ["tshark", "-r", str(path), *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.splitlines()


@pytest.fixture(params=list(WAYS))
def entries(request: pytest.FixtureRequest, tmp_path: Path) -> list[TraceEntry]:
    """Three calls, one message of them too large for a segment."""
    transport, local, remote = WAYS[request.param]
    whole = [one for number in range(3) for one in call(tmp_path, number, transport, local, remote)]
    whole[4] = with_raw(whole[4], whole[4].raw.replace(b"User-Agent: bench", b"User-Agent: " + b"b" * 4000))
    return whole


@pytest.mark.parametrize("link", ["ethernet", "raw"])
def test_every_message_opens_in_tshark_and_sngrep(
    tmp_path: Path, entries: list[TraceEntry], link: Literal["ethernet", "raw"]
) -> None:
    path = tmp_path / "out.pcap"
    with path.open("wb") as stream:
        written = write_pcap(entries, stream, link)
    assert written.messages == len(entries)
    assert ("trace.export.note.tls" in written.notes) == (entries[0].transport == "TLS")

    seen = tshark(path, "-Y", "sip", "-T", "fields", "-e", "sip.CSeq", "-e", "sip.Call-ID")
    assert [line.split("\t")[1] for line in seen] == [entry.call_id for entry in entries]
    checks = [part for kind in ("ip", "tcp", "udp") for part in ("-o", f"{kind}.check_checksum:TRUE")]
    assert (
        tshark(path, *checks, "-Y", "_ws.malformed || tcp.analysis.flags || _ws.expert.severity >= 0x600000")
        == []
    )

    out = tmp_path / "sngrep.pcap"
    subprocess.run(
        ["sngrep", "-N", "-q", "-I", str(path), "-O", str(out)], check=True, capture_output=True, timeout=60
    )
    assert len(tshark(out, "-Y", "sip")) == len(entries)


def test_the_octets_and_times_come_back(tmp_path: Path, entries: list[TraceEntry]) -> None:
    path = tmp_path / "out.pcap"
    with path.open("wb") as stream:
        write_pcap(entries, stream)
    again = [entry for batch in read(path) for entry in batch.entries]
    assert [entry.raw for entry in again] == [entry.raw for entry in entries]
    assert [entry.at for entry in again] == pytest.approx([entry.at for entry in entries], abs=2e-6)


def test_dpkt_reads_the_same_sequence_numbers(tmp_path: Path) -> None:
    path = tmp_path / "out.pcap"
    with path.open("wb") as stream:
        write_pcap(call(tmp_path, 1, "TCP"), stream)
    expected: dict[int, int] = {}
    flags = []
    with path.open("rb") as stream:
        for _, data in dpkt.pcap.Reader(stream):
            segment = dpkt.ethernet.Ethernet(data).data.data
            if segment.sport in expected:
                assert segment.seq == expected[segment.sport]
            expected[segment.sport] = segment.seq + len(segment.data) + bool(segment.flags & 3)
            flags.append(segment.flags)
    assert flags[:3] == [2, 18, 16]
    assert flags[-3:] == [17, 17, 16]


def test_facts_empty_and_oversized_messages(tmp_path: Path) -> None:
    one = call(tmp_path)[0]
    fact = msgspec.structs.replace(one, kind="fact", raw=b"", fact="fact.connected")
    huge = with_raw(one, one.raw.replace(b"bench", b"x" * 60_000 + b"\r\nX: " + b"y" * 9_000))
    lost = msgspec.structs.replace(one, local="", remote="")
    loop = msgspec.structs.replace(one, local="127.0.0.1:5060", remote="127.0.0.1:5060")
    odd = msgspec.structs.replace(one, at=-5.0, remote="host:99999999999")
    path = tmp_path / "out.pcap"
    with path.open("wb") as stream:
        written = write_pcap([fact, huge, lost, loop, odd], stream)
    assert written.messages == 4
    assert "trace.export.note.addresses" in written.notes
    assert len([entry for batch in read(path) for entry in batch.entries]) == 4
