"""What a check noticed beside its verdict: other transports, large datagrams, rewriting, NAT."""

from __future__ import annotations

from collections.abc import Iterator

from tccc_desk.diagnosis.catalogue import found
from tccc_desk.diagnosis.evidence import Evidence, PathSeen
from tccc_desk.diagnosis.stages import Found

MANY_REPEATS = 2
"""Repeats of requests beyond this are worth a word on the way: one may be chance."""


def path_findings(seen: Evidence) -> Iterator[Found]:
    """Of each transport that is not the trunk's own, of the backup server, and of large datagrams."""
    own = seen.own
    for path in seen.paths.values():
        if path is not own:
            yield _other(path, "other")
        if path.large:
            yield _large(path)
    if seen.backup is not None:
        yield _other(seen.backup, "backup")


def signalling_findings(seen: Evidence, *, repeats: int, nat: str, compared: int) -> Iterator[Found]:
    """Of the way the messages took.

    `repeats` counts requests sent again, `nat` is where the server saw us if not where we are, and
    `compared` how many answers showed our own words back.
    """
    own = seen.own
    if seen.rewritten:
        first = seen.rewritten[0]
        details = {
            "headers": ", ".join(one.header for one in seen.rewritten),
            "sent": first.sent,
            "back": first.back,
        }
        yield found("check.found.alg", details)
    elif own is not None and (seen.trunk.transport == "tls" or not compared):
        yield found("check.found.alg-unseen", {})
    elif compared:
        yield found("check.found.alg-none", {"count": str(compared)})
    if nat:
        yield found("check.found.nat", {"address": nat})
    if repeats > MANY_REPEATS and own is not None and own.answered:
        yield found("check.found.repeats", {"count": str(repeats)})
    origin = seen.origin
    if origin is not None and origin.side != "none":
        yield found(f"check.origin.{origin.side}", {"signs": " ".join(origin.signs)}, origin.confidence)
    registered = seen.registration is not None and seen.registration.state == "ok"
    if registered and seen.came is None:
        yield found("check.found.inbound-unproven", {})


def _other(path: PathSeen, kind: str) -> Found:
    details = {"transport": path.transport.upper(), "server": path.server, "fault": path.why or path.fault}
    answer = path.options or path.challenge
    if answer is not None:
        shown = details | {"answer": answer.line, "ms": f"{answer.after_ms:.0f}"}
        return found(f"check.found.{kind}-answers", shown)
    failed = path.state == "failed"
    return found(f"check.found.{kind}-{'failed' if failed else 'quiet'}", details)


def _large(path: PathSeen) -> Found:
    lost = sorted(size for size, answered in path.large.items() if not answered)
    if not lost:
        return found("check.found.large-passes", {"octets": str(max(path.large))})
    details = {"octets": str(lost[0]), "sizes": ", ".join(map(str, lost))}
    return found("check.found.large-lost", details)
