"""A flood of messages before a window that stands still: memory is bounded, and no call event is lost."""

from __future__ import annotations

import os
import threading

from tccc_desk.engine.channel import Deframer, decode_event
from tccc_desk.engine.child import LAG_OCTETS, Writer
from tccc_desk.engine.events import CallPlaced, CallRefused, Event, Traced, TraceDropped
from tccc_desk.sip.flow import Flow
from tccc_desk.trace.recorder import Recorder

FLOW = Flow(1, "UDP", ("192.0.2.10", 5060), ("192.0.2.1", 5060))


def test_log_entries_are_dropped_before_memory_runs_out() -> None:
    reading, writing = os.pipe()
    recorder = Recorder(lambda: 0.0)
    heard: list[Event] = []
    with os.fdopen(writing, "wb") as stream:
        writer = Writer(stream)
        writer.start()
        largest = 0
        for number in range(1200):
            recorder.message("received", "t", FLOW, os.urandom(1000) * 60, None, now=0.0)
            writer.write(Traced(at=0.0, entries=recorder.drain()))
            writer.write(CallRefused(at=0.0, trunk="t", source="s", request_uri="x" * 500, count=number))
            if number % 100 == 0:
                writer.write(CallPlaced(at=0.0, trunk="t", call=str(number), call_id="", caller="", line=""))
            largest = max(largest, writer._queued - writer._written)
        assert LAG_OCTETS < largest < LAG_OCTETS + 200_000
        drain = threading.Thread(target=_read, args=(reading, heard))
        drain.start()
        while writer._queued - writer._written > 0 or writer._frames.qsize():
            threading.Event().wait(0.01)
        writer.write(CallPlaced(at=0.0, trunk="t", call="last", call_id="", caller="", line=""))
        writer.finish()
    drain.join(10)
    calls = [event.call for event in heard if isinstance(event, CallPlaced)]
    assert calls == [*(str(number) for number in range(0, 1200, 100)), "last"]
    (dropped,) = (event for event in heard if isinstance(event, TraceDropped))
    said = sum(isinstance(event, Traced | CallRefused) for event in heard)
    assert dropped.measurements + said == 2400
    assert isinstance(heard[-1], CallPlaced)


def _read(source: int, heard: list[Event]) -> None:
    deframer = Deframer()
    while data := os.read(source, 1 << 20):
        heard += [decode_event(payload) for payload in deframer.feed(data)]
    os.close(source)
