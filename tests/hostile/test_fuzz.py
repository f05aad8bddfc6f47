"""A short run of the benchmark's fuzz; the long one is `make bench`."""

from __future__ import annotations

import pytest

from tests.bench import fuzz


@pytest.mark.parametrize("seed", [1, 2])
def test_bent_messages_break_nothing(seed: int) -> None:
    result = fuzz.run(8000, seed)
    assert not result.undeclared, result.undeclared[0]
    assert result.understood > result.count // 4  # else it would prove the parser only
    assert result.slowest_ms < fuzz.LIMIT_MS, result.slowest
    assert result.grown < fuzz.GROWTH
    assert not result.left
