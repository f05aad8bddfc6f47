"""Cases of a module's tables are run together, once, and reported one by one."""

from __future__ import annotations

import pytest

from tests.helpers.hostile_gateway.case import run_all


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> dict[str, str]:
    """Failures by name, of the cases selected for this run."""
    mine = [item for item in request.session.items if item.path == request.path]
    asked = [item.callspec.params["asked"] for item in mine if hasattr(item, "callspec")]
    return run_all(asked)
