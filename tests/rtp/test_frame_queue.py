"""The queue between a sound device and a call, from its two sides."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.rtp.frame_queue import FrameQueue, Microphone, Speaker
from tccc_desk.rtp.g711 import SILENCE
from tccc_desk.rtp.pcm import companded

FRAME = bytes(range(160)) * 2


def test_it_begins_with_40_ms_and_gives_what_came_in_order() -> None:
    queue = FrameQueue()
    assert queue.take(160) is None
    queue.put(FRAME)
    assert queue.take(160) is None, "20 ms are not enough to begin with"
    queue.put(FRAME[::-1])
    assert queue.take(160) == FRAME
    assert queue.take(160) == FRAME[::-1]
    assert queue.starved == 0
    assert queue.take(160) is None
    assert queue.starved == 1


def test_a_device_that_runs_ahead_is_cut_back_and_never_delays_the_call() -> None:
    queue, fed, waits = FrameQueue(), 0, []
    for index in range(5000):
        for _ in range(2 if index % 50 == 0 else 1):
            queue.put(FRAME)
            fed += 160
        taken = queue.take(160)
        waits.append(fed)
        if taken is not None:
            fed -= 160
        assert fed - queue.dropped <= FrameQueue.LONGEST + 160
    assert 0 < queue.dropped <= 100 * 160


def test_nobody_takes_and_memory_stays_bounded() -> None:
    queue = FrameQueue()
    for _ in range(10000):
        queue.put(FRAME)
    assert len(queue._pieces) == 64
    assert queue.take(160) == FRAME
    queue.clear()
    assert queue.take(160) is None


@given(st.lists(st.binary(max_size=2000), max_size=30), st.integers(80, 480))
def test_pieces_of_any_length_give_whole_samples(pieces: list[bytes], wanted: int) -> None:
    queue = FrameQueue()
    for piece in pieces:
        queue.put(piece)
        taken = queue.take(wanted)
        assert taken is None or len(taken) == 2 * wanted


def test_two_threads_lose_nothing() -> None:
    queue, taken, done = FrameQueue(), bytearray(), threading.Event()
    marked = [bytes((index, 0)) * 160 for index in range(5)]

    def feed() -> None:
        for piece in marked:
            queue.put(piece)
        done.set()

    thread = threading.Thread(target=feed)
    thread.start()
    assert done.wait(10)
    thread.join()
    while (piece := queue.take(160)) is not None:
        taken += piece
    assert bytes(taken) == b"".join(marked)


def test_the_microphone_sends_what_the_device_heard_and_silence_else() -> None:
    queue = FrameQueue()
    microphone = Microphone(queue)
    silence = bytes((SILENCE["PCMA"],)) * 160
    assert microphone.frame(160, "PCMA") == silence
    queue.put(FRAME * 4)
    assert microphone.frame(160, "PCMA") == companded("PCMA", FRAME)
    microphone.muted = True
    assert microphone.frame(160, "PCMA") == silence
    microphone.muted = False
    microphone.heard(b"\xd5", "PCMA")
    assert microphone.frame(160, "PCMU") == companded("PCMU", FRAME)


def test_the_speaker_hands_on_what_it_is_given() -> None:
    speaker = Speaker(FrameQueue())
    speaker.play(FRAME, 1.0)
    speaker.play(FRAME, 1.02)
    assert speaker.queue.take(160) == FRAME
