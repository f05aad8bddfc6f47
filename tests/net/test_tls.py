"""TLS against real servers on loopback: whom we believe, and what we say when we do not."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest

from tccc_desk.net.errors import TransportError
from tccc_desk.net.flows import Flows
from tccc_desk.net.keep_alive import Timing
from tccc_desk.net.resolver import Resolver
from tccc_desk.net.trust import WHYS
from tccc_desk.sip.framing import PING
from tccc_desk.trunk import findings
from tests.helpers.certificates import Authority, Identity
from tests.helpers.listening import Heard
from tests.helpers.name_server import NameServer, name_server
from tests.helpers.stream_server import stream_server

NAME = "sip.trunk.test"
OPTIONS = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"
QUICK = Timing(handshake_s=0.4, connect_s=2.0)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
async def names() -> AsyncIterator[NameServer]:
    async with name_server({(NAME, "A"): ["127.0.0.1"]}) as server:
        yield server


async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ask something, then listen until the client goes."""
    writer.write(OPTIONS)
    while await reader.read(4096):
        pass


@contextmanager
def refusing(context: ssl.SSLContext) -> Iterator[int]:
    """A server that refuses one handshake by the alert its library sends; asyncio's sends none."""

    def refuse(listening: socket.socket) -> None:
        accepted, _ = listening.accept()
        with accepted, suppress(OSError):
            context.wrap_socket(accepted, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        thread = threading.Thread(target=refuse, args=(listening,))
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


@asynccontextmanager
async def flows(names: NameServer | None = None) -> AsyncIterator[tuple[Flows, Heard]]:
    heard = Heard()
    resolver = Resolver((names.address,), timeout_s=2.0) if names else None
    opened = Flows(heard, resolver=resolver, timing=QUICK)
    try:
        yield opened, heard
    finally:
        opened.close_all()
        await asyncio.sleep(0)


async def why(names: NameServer, port: int, ca_file: Path | str) -> TransportError:
    """Fail to open, and say how."""
    async with flows(names) as (opened, heard):
        with pytest.raises(TransportError) as failed:
            await opened.open("t", ((NAME, port),), "tls", ca_file=str(ca_file))
        assert failed.value.fault == "tls"
        assert heard.said("fact.tls")[0]["remote"] == f"127.0.0.1:{port}"
        assert heard.said("fact.connected") == []
        return failed.value


async def test_a_server_with_the_right_certificate_is_believed(
    authority: Authority, names: NameServer
) -> None:
    asked: list[str | None] = []
    context = authority.issue(NAME).server(sni_callback=lambda tls, name, context: asked.append(name))
    async with stream_server(speak, tls=context) as port, flows(names) as (opened, heard):
        flow = await opened.open("t", ((NAME, port),), "tls", ca_file=str(authority.file))
        assert (flow.transport, flow.remote, flow.reliable) == ("TLS", ("127.0.0.1", port), True)
        await heard.until(lambda: heard.messages)
        assert heard.messages == [(OPTIONS, flow, True)]
        assert asked == [NAME]
        (secured,) = heard.said("fact.secured")
        assert secured["version"] in {"TLSv1.2", "TLSv1.3"}
        assert (secured["subject"], secured["issuer"]) == (NAME, "Practice Authority")
        assert secured["until"].endswith("GMT")


async def test_octets_cross_both_ways_and_the_end_is_clean(authority: Authority, names: NameServer) -> None:
    got: asyncio.Queue[bytes] = asyncio.Queue()
    ended = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            got.put_nowait(data)
        ended.set()  # by our close_notify: a cut connection would raise

    async with (
        stream_server(listen, tls=authority.issue(NAME).server()) as port,
        flows(names) as (opened, heard),
    ):
        flow = await opened.open("t", ((NAME, port),), "tls", ca_file=str(authority.file))
        opened.send(flow, OPTIONS)
        assert await asyncio.wait_for(got.get(), 2) == OPTIONS
        opened.close(flow)
        await asyncio.wait_for(ended.wait(), 2)
        assert heard.ends == []


@pytest.mark.parametrize(
    ("reason", "issued"),
    [
        ("name", lambda a: a.issue("other.trunk.test")),
        ("name", lambda a: a.issue("127.0.0.1")),
        ("name", lambda a: a.issue("trunk.test")),
        ("expired", lambda a: a.issue(NAME, begins=-30, ends=-1)),
        ("not-yet-valid", lambda a: a.issue(NAME, begins=1)),
        ("issuer", lambda a: a.issue(NAME, self_signed=True)),
        ("issuer", lambda a: Authority(a.folder, "Somebody Else").issue(NAME)),
    ],
)
async def test_a_wrong_certificate_is_refused_and_why_is_said(
    authority: Authority, names: NameServer, reason: str, issued: Callable[[Authority], Identity]
) -> None:
    async with stream_server(speak, tls=issued(authority).server()) as port:
        error = await why(names, port, authority.file)
        assert (error.why, bool(error.detail)) == (reason, True)


@pytest.mark.parametrize("name", ["*.trunk.test", NAME.upper()])
async def test_a_wildcard_and_capitals_are_good_for_the_name(
    authority: Authority, names: NameServer, name: str
) -> None:
    async with stream_server(speak, tls=authority.issue(name).server()) as port, flows(names) as (opened, _):
        assert await opened.open("t", ((NAME, port),), "tls", ca_file=str(authority.file))


@pytest.mark.parametrize(("host", "named"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1")])
async def test_an_address_is_checked_as_an_address(authority: Authority, host: str, named: str) -> None:
    async with stream_server(host=host, tls=authority.issue(named).server()) as port, flows() as (opened, _):
        flow = await opened.open("t", ((host, port),), "tls", ca_file=str(authority.file))
        assert flow.remote == (host, port)
    async with stream_server(host=host, tls=authority.issue(NAME).server()) as port, flows() as (opened, _):
        with pytest.raises(TransportError) as failed:
            await opened.open("t", ((host, port),), "tls", ca_file=str(authority.file))
        assert failed.value.why == "name"


async def test_the_systems_authorities_do_not_know_a_private_one(
    authority: Authority, names: NameServer
) -> None:
    async with stream_server(speak, tls=authority.issue(NAME).server()) as port:
        assert (await why(names, port, "")).why == "issuer"


async def test_with_a_ca_file_it_alone_counts(
    authority: Authority, names: NameServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The system trusts this authority; the trunk's file holds another.
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "Other Authority")
    async with stream_server(speak, tls=authority.issue(NAME).server()) as port:
        async with flows(names) as (opened, _):
            assert await opened.open("t", ((NAME, port),), "tls")
        assert (await why(names, port, other.file)).why == "issuer"


async def test_plain_sip_is_no_tls(authority: Authority, names: NameServer) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with stream_server(answer) as port:
        assert (await why(names, port, authority.file)).why == "not-tls"


async def test_a_port_that_hangs_up_on_tls(authority: Authority, names: NameServer) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with stream_server(hang_up) as port:
        assert (await why(names, port, authority.file)).why == "closed"


async def test_a_port_that_says_nothing_to_tls(authority: Authority, names: NameServer) -> None:
    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            pass

    async with stream_server(wait) as port:
        assert (await why(names, port, authority.file)).why == "timeout"


async def test_tls_1_1_is_too_old(authority: Authority, names: NameServer) -> None:
    context = authority.issue(NAME).server()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with refusing(context) as port:
        assert (await why(names, port, authority.file)).why == "version"


async def test_a_server_that_wants_our_certificate_too(authority: Authority, names: NameServer) -> None:
    context = authority.issue(NAME).server(
        verify_mode=ssl.CERT_REQUIRED, maximum_version=ssl.TLSVersion.TLSv1_2
    )
    context.load_verify_locations(authority.file)
    with refusing(context) as port:
        error = await why(names, port, authority.file)
        assert (error.why, "handshake failure" in error.detail) == ("refused", True)


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "text", "garbled", "huge"])
async def test_a_ca_file_that_cannot_be_used_opens_nothing(
    authority: Authority, names: NameServer, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "ca.pem"
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "text":
            path.write_text("hello")
        case "garbled":
            path.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        case "huge":
            with path.open("wb") as file:
                file.truncate(5 * 1024 * 1024)
    connected: list[bytes] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(await reader.read(1))

    async with stream_server(note) as port:
        error = await why(names, port, path)
    assert (error.why, str(path) in error.detail, connected) == ("ca-file", True, [])


async def test_a_bundle_with_comments_and_another_encoding_is_read(
    authority: Authority, names: NameServer, tmp_path: Path
) -> None:
    path = tmp_path / "bundle.pem"
    path.write_bytes("# 证书 ca\n".encode("gb18030") + authority.file.read_bytes() + b"trailing words\n")
    async with stream_server(speak, tls=authority.issue(NAME).server()) as port, flows(names) as (opened, _):
        assert await opened.open("t", ((NAME, port),), "tls", ca_file=str(path))


async def test_a_connection_cut_by_the_server_is_lost_once(authority: Authority, names: NameServer) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(PING))

    async with (
        stream_server(leave, tls=authority.issue(NAME).server()) as port,
        flows(names) as (opened, heard),
    ):
        flow = await opened.open("t", ((NAME, port),), "tls", ca_file=str(authority.file))
        opened.send(flow, PING)
        await heard.until(lambda: heard.ends)
        assert heard.ends == [(flow, "closed", "closed by the far end")]


def test_every_why_has_a_finding() -> None:
    assert set(findings.TLS) | {"certificate", "handshake"} == set(WHYS)
    assert findings.path("tls", "tls", "name") == "finding.path.tls-name"
    assert findings.path("tls", "tls", "handshake") == "finding.path.tls"
