"""Follows the devices there are, by a process that is started anew whenever it ends or falls silent."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tccc_desk.sound.devices_link import Link, StartLink
from tccc_desk.sound.devices_wire import LISTED, DeviceFault, DeviceList

_SILENT_S = 3.0
"""The process gives a sign of life every half second; PortAudio may take a second to look."""
_AGAIN_S = (0.5, 1.0, 2.0, 5.0)
"""Before the next start, by how often it ended without a list."""


class Lister:
    """Every method is for the sound card's thread. `post` brings work there from any other."""

    def __init__(
        self,
        run: StartLink,
        post: Callable[[Callable[[], None]], None],
        on_list: Callable[[DeviceList], None],
        now: Callable[[], float],
    ) -> None:
        self._run = run
        self._post = post
        self._on_list = on_list
        self._now = now
        self._link: Link | None = None
        self._heard_at = 0.0
        self._start_at = 0.0
        self._failed = 0
        self.found: DeviceList | None = None
        """What there is; None while that is not known."""

    def tick(self, now: float) -> None:
        """Start the process if none runs; end one that says nothing."""
        if self._link is None and now >= self._start_at:
            self._heard_at = now
            self._link = self._run(("list",), self._frame, self._end)
        elif self._link is not None and now - self._heard_at > _SILENT_S:
            link, self._link = self._link, None
            link.kill()
            self._take(DeviceList(fault="server-hangs"))
            self._again(now)

    def stop(self) -> None:
        """End the process, if one runs."""
        link, self._link = self._link, None
        self.found = None
        if link is not None:
            link.kill()

    def _take(self, found: DeviceList) -> None:
        if found != self.found:
            self.found = found
            self._on_list(found)

    def _again(self, now: float) -> None:
        self._start_at = now + _AGAIN_S[min(self._failed, len(_AGAIN_S) - 1)]
        self._failed += 1

    # -- on the link's reader thread

    def _frame(self, link: Link, kind: bytes, payload: bytes) -> None:
        found = msgspec.json.decode(payload, type=DeviceList) if kind == LISTED else None
        self._post(lambda: self._heard(link, found))

    def _end(self, link: Link, fault: DeviceFault) -> None:
        self._post(lambda: self._ended(link, fault))

    # -- posted from there

    def _heard(self, link: Link, found: DeviceList | None) -> None:
        if link is self._link:
            self._heard_at = self._now()
            if found is not None:
                self._failed = 0
                self._take(found)

    def _ended(self, link: Link, fault: DeviceFault) -> None:
        if link is self._link:
            self._link = None
            self._take(DeviceList(fault=fault.word, detail=fault.detail))
            self._again(self._now())
