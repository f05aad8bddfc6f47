"""Whether a request outside any dialog may come in at all, in the order of RFC 3261 section 8.2."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Iterable

from tccc_desk.engine.call import Call
from tccc_desk.engine.outgoing import OutgoingCall
from tccc_desk.engine.session_timer import MIN_SE_S, SessionTimer
from tccc_desk.engine.within import KNOWN, unsupported
from tccc_desk.sip.message import Request, cseq, from_address, top_via
from tccc_desk.trunk.bindings import ALLOW

Refusal = tuple[int, list[tuple[str, str]]]

REMEMBER_S = 32.0
"""64*T1: how long a copy of a request can be under way on another path."""
MAX_REMEMBERED = 2000
_TAKEN = frozenset(("INVITE", "OPTIONS", "BYE", "UPDATE", "INFO", "NOTIFY", "PRACK"))
"""Methods with an answer of their own; of these only the first two make sense outside a dialog."""


class Screening:
    """Remembers recent requests to tell merged ones."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str, str, int, str], tuple[float, str]] = OrderedDict()

    def refusal(self, request: Request, trunk: str, calls: Iterable[Call], now: float) -> Refusal | None:
        """Status and headers to refuse with; None where the request may come in.

        Max-Forwards is not looked at: it bounds forwarding (section 16.3), and this is where
        forwarding ends, so a request that arrives with 0 has arrived.
        """
        if request.method not in _TAKEN:
            # REFER has an answer for those who know it: declined, like the one inside a call.
            if request.method == "REFER":
                return 603 if len(request.headers.split("Refer-To")) == 1 else 400, []
            return 405 if request.method in KNOWN else 501, [("Allow", ALLOW)]
        if self._merged(request, trunk, now) or _looped(request, calls):
            return 482, []
        if missing := unsupported(request):
            return 420, [("Unsupported", missing)]
        if "Replaces" in request.headers:
            return _replaces(request, calls), []
        if request.method == "INVITE":
            return _unfit(request)
        return None

    def _merged(self, request: Request, trunk: str, now: float) -> bool:
        """Section 8.2.2.2: the same request again, by another path and so in another transaction.

        Each trunk is a user agent of its own: a call forked to two of them is no merged one.
        """
        while self._seen and next(iter(self._seen.values()))[0] + REMEMBER_S < now:
            self._seen.popitem(last=False)
        number, method = cseq(request)
        key = (trunk, request.headers.get("Call-ID"), from_address(request).tag, number, method)
        branch = top_via(request).branch
        if key in self._seen and self._seen[key][1] != branch:
            return True
        # With the same branch it is a repeat whose transaction went with its connection: a new one.
        self._seen[key] = (now, branch)
        self._seen.move_to_end(key)
        if len(self._seen) > MAX_REMEMBERED:
            self._seen.popitem(last=False)
        return False


def allowed(host: str, sources: Iterable[str]) -> bool:
    """Whether an address is in one of the trunk's allowed addresses or networks."""
    try:
        address = ipaddress.ip_address(host)
        return any(address in ipaddress.ip_network(source, strict=False) for source in sources)
    except ValueError:
        return False


def _looped(request: Request, calls: Iterable[Call]) -> bool:
    """Our own INVITE came back to us: the line we called leads to this very trunk."""
    tag = from_address(request).tag
    return any(
        isinstance(call, OutgoingCall) and call.sent(request.headers.get("Call-ID"), tag) for call in calls
    )


def _replaces(request: Request, calls: Iterable[Call]) -> int:
    """How RFC 3891 section 3 has a Replaces answered by one who lets nobody take a call over.

    400 where it stands twice or not in an INVITE, 481 where no dialog matches, else 603: we decline.
    """
    values = request.headers.split("Replaces")
    if request.method != "INVITE" or len(values) != 1:
        return 400
    call_id = values[0].partition(";")[0].strip()
    return 603 if any(call.call_id == call_id for call in calls) else 481


def _unfit(request: Request) -> Refusal | None:
    content = request.headers.get("Content-Type").partition(";")[0].strip().casefold()
    if request.body and content != "application/sdp":
        return 415, [("Accept", "application/sdp")]
    if SessionTimer().too_small(request):
        return 422, [("Min-SE", str(MIN_SE_S))]
    return None
