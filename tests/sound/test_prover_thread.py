"""Searches on a thread of their own, bounded."""

from __future__ import annotations

import random
import threading

from tccc_desk.rtp.loop_proof import Found, LoopProver, Search
from tccc_desk.rtp.marker import Marked
from tccc_desk.rtp.pcm import linear
from tccc_desk.sound.prover_thread import ProverThread


def test_a_call_s_loop_is_proved_beside_it() -> None:
    thread, told = ProverThread(), threading.Event()

    def submit(search: Search) -> None:
        tell = search._tell

        def noted(found: Found | None) -> None:
            tell(found)
            told.set()

        search._tell = noted
        thread.submit(search)

    prover, source = LoopProver(submit), Marked("tone", random.Random(1).random)
    for tick in range(160):
        ours = linear("PCMU", source.frame(160, "PCMU"))
        prover.sent.play(ours, tick * 0.02)
        prover.received.play(ours, tick * 0.02)
    assert told.wait(30)
    thread.stop()
    proof = prover.proof()
    assert proof is not None
    assert (proof.delay_ms, proof.attenuation_db, proof.returned_percent) == (0.0, 0.0, 100.0)


def test_more_searches_than_it_can_do_are_left_out_and_stop_ends_it() -> None:
    thread, begun, hold = ProverThread(), threading.Event(), threading.Event()

    def held(_: Found | None) -> None:
        begun.set()
        assert hold.wait(30)

    thread.submit(Search(bytes(400), 100, 100, held))
    assert begun.wait(30)
    for _ in range(100):
        thread.submit(Search(bytes(400), 100, 100, lambda _: None))
    assert thread.left_out == 36
    hold.set()
    thread.stop()
    thread.stop()
    thread.submit(Search(bytes(400), 100, 100, held))
    assert thread._thread is not None
    assert not thread._thread.is_alive()
