"""The stages of a trunk check, in their order, and what is said of each."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Stage = Literal[
    "input",
    "local-network",
    "name",
    "path",
    "options",
    "challenge",
    "credentials",
    "others",
    "registration",
    "keep-alive",
    "call-out",
    "call-in",
    "sound",
]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""Each has the text `check.stage.<stage>`."""
StageState = Literal["waiting", "running", "ok", "warning", "failed", "skipped"]
Severity = Literal["info", "warning", "error"]
Confidence = Literal["certain", "likely", "possible"]
Side = Literal["configuration", "this_machine", "network", "provider_edge", "beyond", "none", "unknown"]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Something worth knowing beside the verdict; `id` is a text id, `details` fill it."""

    id: str
    severity: Severity
    confidence: Confidence
    details: dict[str, str] = {}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What it comes to.

    `id` is a word of `diagnosis.verdict`; its two texts are `verdict.said.<id>` (what happened, and
    likely why) and `verdict.do.<id>`.
    """

    id: str
    side: Side
    document_step: Literal[1, 2, 3] | None
    confidence: Confidence
    details: dict[str, str] = {}
