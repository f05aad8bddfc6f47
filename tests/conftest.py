"""Fixtures every test may ask for; each lives in `tests/helpers`."""

from __future__ import annotations

pytest_plugins: list[str] = []
