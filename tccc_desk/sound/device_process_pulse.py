"""PulseAudio and PipeWire by their own client library: real names of devices, news of them, streams.

PortAudio reaches them only through an ALSA plug-in, as one device called "pulse", and can not say
what went wrong (docs/sound.md). `libpulse` is on every such system: the plug-in needs it.
Declarations follow the library's public headers; of structures only the beginning is declared.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import cffi

from tccc_desk.sound.devices_wire import FRAME_OCTETS, Device, DeviceFault, DeviceList, Word

PREFIX = "pulse:"
_RATE = 8000
_MOST_DEVICES = 200
_LONGEST_NAME = 200
_SPEAKER_OCTETS = 3 * FRAME_OCTETS
"""60 ms wait in the server: 40 cost six times the CPU, 100 only delay more."""

_COMMON = """
typedef struct { int format; uint32_t rate; uint8_t channels; } pa_sample_spec;
typedef struct { uint8_t channels; int map[32]; } pa_channel_map;
typedef struct { uint8_t channels; uint32_t values[32]; } pa_cvolume;
const char *pa_strerror(int error);
"""
_STREAMS = """
typedef struct { uint32_t maxlength, tlength, prebuf, minreq, fragsize; } pa_buffer_attr;
typedef struct pa_simple pa_simple;
pa_simple *pa_simple_new(const char *server, const char *name, int dir, const char *dev,
    const char *stream_name, const pa_sample_spec *ss, const pa_channel_map *map,
    const pa_buffer_attr *attr, int *error);
int pa_simple_write(pa_simple *s, const void *data, size_t bytes, int *error);
int pa_simple_read(pa_simple *s, void *data, size_t bytes, int *error);
uint64_t pa_simple_get_latency(pa_simple *s, int *error);
"""
_CONTEXT = """
typedef struct pa_mainloop pa_mainloop;
typedef struct pa_mainloop_api pa_mainloop_api;
typedef struct pa_context pa_context;
typedef struct pa_operation pa_operation;
typedef struct { const char *user_name, *host_name, *server_version, *server_name;
    pa_sample_spec sample_spec; const char *default_sink_name, *default_source_name; } pa_server_info;
typedef struct { const char *name; uint32_t index; const char *description; } pa_sink_info;
typedef struct { const char *name; uint32_t index; const char *description; pa_sample_spec sample_spec;
    pa_channel_map channel_map; uint32_t owner_module; pa_cvolume volume; int mute;
    uint32_t monitor_of_sink; } pa_source_info;
typedef void (*server_cb)(pa_context *c, const pa_server_info *i, void *userdata);
typedef void (*sink_cb)(pa_context *c, const pa_sink_info *i, int eol, void *userdata);
typedef void (*source_cb)(pa_context *c, const pa_source_info *i, int eol, void *userdata);
typedef void (*news_cb)(pa_context *c, int type, uint32_t index, void *userdata);
pa_mainloop *pa_mainloop_new(void);
void pa_mainloop_free(pa_mainloop *m);
pa_mainloop_api *pa_mainloop_get_api(pa_mainloop *m);
int pa_mainloop_prepare(pa_mainloop *m, int timeout);
int pa_mainloop_poll(pa_mainloop *m);
int pa_mainloop_dispatch(pa_mainloop *m);
pa_context *pa_context_new(pa_mainloop_api *api, const char *name);
int pa_context_connect(pa_context *c, const char *server, int flags, const void *api);
void pa_context_disconnect(pa_context *c);
void pa_context_unref(pa_context *c);
int pa_context_get_state(const pa_context *c);
int pa_context_errno(const pa_context *c);
void pa_context_set_subscribe_callback(pa_context *c, news_cb cb, void *userdata);
pa_operation *pa_context_subscribe(pa_context *c, int mask, void *cb, void *userdata);
pa_operation *pa_context_get_server_info(pa_context *c, server_cb cb, void *userdata);
pa_operation *pa_context_get_sink_info_list(pa_context *c, sink_cb cb, void *userdata);
pa_operation *pa_context_get_source_info_list(pa_context *c, source_cb cb, void *userdata);
void pa_operation_unref(pa_operation *o);
"""
_S16LE = 3
_PLAYBACK, _RECORD = 1, 2
_READY, _BROKEN = 4, 5
_NO_INDEX = 0xFFFF_FFFF
_NEWS = 0x0001 | 0x0002 | 0x0080
"""Sinks, sources, and the server (which is the default device)."""
_REFUSED = 6
_WORDS: dict[int, Word] = {
    1: "no-permission",
    5: "unplugged",
    6: "server-died",
    9: "no-permission",
    11: "server-died",
    12: "unplugged",
    26: "busy",
}
"""PA_ERR_... of pulse/def.h: access, no entity, refused, key, terminated, killed, busy."""


class NoServer(Exception):
    """No library of this kind, or no server to connect to."""


class DeviceLost(Exception):
    """A device can not be opened or used any more."""

    def __init__(self, fault: DeviceFault) -> None:
        super().__init__(fault.word)
        self.fault = fault


@cache
def _library(declared: str, name: str) -> tuple[Any, Any]:
    """Declarations and library, once: parsing the declarations takes 20 ms."""
    ffi = cffi.FFI()
    ffi.cdef(_COMMON + declared)
    try:
        return ffi, ffi.dlopen(name)
    except OSError as error:
        raise NoServer(str(error)) from error


class Streams:
    """Opens streams; each is used by one thread. Calls wait in C, without Python's lock."""

    def __init__(self) -> None:
        self._ffi, self._lib = _library(_STREAMS, "libpulse-simple.so.0")

    def open(self, device: str, *, record: bool) -> Stream:
        """A stream from or to a device's name ("": the default). Raises NoServer and DeviceLost."""
        ffi, none = self._ffi, 0xFFFF_FFFF
        error = ffi.new("int *")
        octets = FRAME_OCTETS if record else _SPEAKER_OCTETS
        stream = self._lib.pa_simple_new(
            ffi.NULL,
            b"TCCC Desk",
            _RECORD if record else _PLAYBACK,
            device.encode() if device else ffi.NULL,
            b"microphone" if record else b"speaker",
            ffi.new("pa_sample_spec *", (_S16LE, _RATE, 1)),
            ffi.NULL,
            ffi.new("pa_buffer_attr *", (none, octets, 2 * FRAME_OCTETS, FRAME_OCTETS, FRAME_OCTETS)),
            error,
        )
        if stream == ffi.NULL:
            if error[0] == _REFUSED and not device:
                raise NoServer
            raise self.lost(error[0], device)
        return Stream(self, ffi, self._lib, stream, device)

    def lost(self, error: int, device: str) -> DeviceLost:
        """What an error of the library means."""
        word = _WORDS.get(error, "failed")
        said = self._ffi.string(self._lib.pa_strerror(error)).decode("utf-8", "replace")
        return DeviceLost(DeviceFault(word, f"{device}: {said}" if device else said))


class Stream:
    """20 ms of sound a call. There is no close: the process ends with its streams."""

    def __init__(self, streams: Streams, ffi: Any, lib: Any, stream: Any, device: str) -> None:
        self._streams = streams
        self._ffi = ffi
        self._lib = lib
        self._stream = stream
        self._device = device
        self._error = ffi.new("int *")
        self._buffer = ffi.new("char[]", FRAME_OCTETS)

    def read(self) -> bytes:
        """Wait for the next frame. Raises DeviceLost."""
        self._check(self._lib.pa_simple_read(self._stream, self._buffer, FRAME_OCTETS, self._error))
        return bytes(self._ffi.buffer(self._buffer))

    def write(self, pcm: bytes) -> None:
        """Wait until the frame has room. Raises DeviceLost."""
        self._check(self._lib.pa_simple_write(self._stream, pcm, len(pcm), self._error))

    def latency_ms(self) -> float:
        """Between this side and the device, as the server says. Raises DeviceLost."""
        return int(self._lib.pa_simple_get_latency(self._stream, self._error)) / 1000

    def _check(self, result: int) -> None:
        if result < 0:
            raise self._streams.lost(self._error[0], self._device)


class Listing:
    """One connection that follows a server's devices. For one thread."""

    PATIENCE_S = 1.0
    """A server that answers nothing for so long stands still: measured answers take a millisecond."""
    _ASK_EVERY_S = 0.5

    def __init__(self, on_list: Callable[[DeviceList], None]) -> None:
        """Raises NoServer without the library."""
        ffi, lib = self._ffi, self._lib = _library(_CONTEXT, "libpulse.so.0")
        self._on_list = on_list
        self._callbacks = (
            ffi.callback("server_cb", self._take_server),
            ffi.callback("source_cb", self._take_source),
            ffi.callback("sink_cb", self._take_sink),
            ffi.callback("news_cb", self._take_news),
        )
        self._defaults = ("", "")
        self._sources: list[Device] = []
        self._sinks: list[Device] = []
        self._ready = False
        self._changed = True
        self._asked: float | None = None
        """When a question went out that has no answer yet."""
        self._next = 0.0
        self._told: DeviceList | None = None
        self._loop = lib.pa_mainloop_new()
        self._context = lib.pa_context_new(lib.pa_mainloop_get_api(self._loop), b"TCCC Desk")

    def run(self, alive: Callable[[], None]) -> None:
        """Follow the server until it refuses or goes. `alive` is called several times a second.

        Raises NoServer if it never was there, DeviceLost when it has gone.
        """
        lib = self._lib
        lib.pa_context_connect(self._context, self._ffi.NULL, 0, self._ffi.NULL)
        self._asked = time.monotonic()
        while True:
            alive()
            if lib.pa_mainloop_prepare(self._loop, 200_000) >= 0 and lib.pa_mainloop_poll(self._loop) >= 0:
                lib.pa_mainloop_dispatch(self._loop)
            state = lib.pa_context_get_state(self._context)
            if state >= _BROKEN:
                self._end()
            if state == _READY and not self._ready:
                self._ready = True
                self._asked = None
                lib.pa_context_set_subscribe_callback(self._context, self._callbacks[3], self._ffi.NULL)
                self._done(lib.pa_context_subscribe(self._context, _NEWS, self._ffi.NULL, self._ffi.NULL))
            now = time.monotonic()
            if self._asked is not None and now - self._asked > self.PATIENCE_S:
                self._tell(DeviceList(fault="server-hangs"))
            elif self._ready and self._asked is None and (self._changed or now >= self._next):
                self._ask(now)

    def close(self) -> None:
        """Give the connection back."""
        self._lib.pa_context_disconnect(self._context)
        self._lib.pa_context_unref(self._context)
        self._lib.pa_mainloop_free(self._loop)

    def _end(self) -> None:
        error = self._lib.pa_context_errno(self._context)
        said = self._text(self._lib.pa_strerror(error))
        if not self._ready and self._told is None:
            raise NoServer(said)
        raise DeviceLost(DeviceFault(_WORDS.get(error, "server-died"), said))

    def _ask(self, now: float) -> None:
        """Everything is asked every time: it is the sign of life, too, and costs a tenth of a millisecond."""
        self._asked, self._next, self._changed = now, now + self._ASK_EVERY_S, False
        lib, context, null = self._lib, self._context, self._ffi.NULL
        self._sources, self._sinks = [], []
        server, source, sink, _ = self._callbacks
        self._done(lib.pa_context_get_server_info(context, server, null))
        self._done(lib.pa_context_get_source_info_list(context, source, null))
        self._done(lib.pa_context_get_sink_info_list(context, sink, null))

    def _done(self, operation: Any) -> None:
        if operation != self._ffi.NULL:
            self._lib.pa_operation_unref(operation)

    def _tell(self, found: DeviceList) -> None:
        if found != self._told:
            self._told = found
            self._on_list(found)

    def _text(self, octets: Any) -> str:
        if octets == self._ffi.NULL:
            return ""
        return str(self._ffi.string(octets, 1024).decode("utf-8", "replace"))

    # -- called by the library, within pa_mainloop_dispatch

    def _take_server(self, _context: Any, info: Any, _data: Any) -> None:
        if info != self._ffi.NULL:
            self._defaults = self._text(info.default_source_name), self._text(info.default_sink_name)

    def _take_source(self, _context: Any, info: Any, end: int, _data: Any) -> None:
        # A sink's monitor is what is played there, not a microphone.
        if not end and info.monitor_of_sink == _NO_INDEX:
            self._sources.append(self._device(info, self._defaults[0]))

    def _take_sink(self, _context: Any, info: Any, end: int, _data: Any) -> None:
        if not end:
            self._sinks.append(self._device(info, self._defaults[1]))
            return
        self._asked = None  # the last answer of three
        sources, sinks = tuple(self._sources[:_MOST_DEVICES]), tuple(self._sinks[:_MOST_DEVICES])
        self._tell(DeviceList(sources, sinks, "" if sources or sinks else "no-device"))

    def _device(self, info: Any, default: str) -> Device:
        name = self._text(info.name)
        return Device(PREFIX + name, (self._text(info.description) or name)[:_LONGEST_NAME], name == default)

    def _take_news(self, _context: Any, _type: int, _index: int, _data: Any) -> None:
        self._changed = True


def follow(on_list: Callable[[DeviceList], None], alive: Callable[[], None]) -> None:
    """Follow one server to its end. Raises NoServer and DeviceLost."""
    listing = Listing(on_list)
    with contextlib.closing(listing):
        listing.run(alive)
