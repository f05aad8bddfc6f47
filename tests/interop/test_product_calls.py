"""The document's step 2: a call through a real Kamailio to a real baresip, header by header."""

from __future__ import annotations

import re
import signal
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.baresip import LINE, Baresip
from tests.helpers.command_line import PASSWORD, RealCli, account_at
from tests.helpers.kamailio import DOMAIN, RINGS, SILENT, Kamailio, Wire
from tests.helpers.process import await_true

CALLER = "13900000001"
IDENTITIES = ("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID")


def received(gateway: Kamailio, method: str) -> list[Wire]:
    """Requests from the product as Kamailio saw them arrive, repeats over UDP left out."""
    found: dict[str, Wire] = {}
    for message in gateway.wire():
        at_gateway = message.received and message.destination[1] == gateway.port
        if at_gateway and message.start_line.startswith(method + " "):
            found.setdefault(message.header("Via"), message)
    return list(found.values())


def awaited(gateway: Kamailio, method: str, count: int) -> list[Wire]:
    """The same, in the order of CSeq, once there are `count`: the dump comes a little after the wire."""
    await_true(lambda: len(received(gateway, method)) >= count, 5, f"{count} {method} at Kamailio")
    return sorted(received(gateway, method), key=cseq)


def accepted_by(gateway: Kamailio) -> list[Wire]:
    """200 to an INVITE as Kamailio sent them to the product."""
    return [
        message
        for message in gateway.wire()
        if not message.received
        and message.start_line.startswith("SIP/2.0 200")
        and message.header("CSeq").endswith(" INVITE")
    ]


def call(gateway: Kamailio, transport: str, line: str = LINE, *more: str) -> list[str]:
    asked = ["--from", CALLER, "--to", line, *more, "--json"]
    return ["call", *account_at(gateway.server, transport), *asked]


def cseq(message: Wire) -> int:
    return int(message.header("CSeq").split()[0])


def branch(message: Wire) -> str:
    return re.findall(r";branch=([^;, ]+)", message.header("Via"))[0]


@pytest.mark.parametrize("record_route", [True, False])
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_an_answered_call_is_the_documents_step_2(
    tmp_path: Path, real: RealCli, transport: str, record_route: bool
) -> None:
    with Baresip(tmp_path / "baresip") as phone:
        away = Kamailio(
            tmp_path / "kamailio", password=PASSWORD, far_end=phone.address, record_route=record_route
        )
        with away as gateway:
            run = real.run(call(gateway, transport, LINE, "--seconds", "2", "--dtmf", "5"))
            assert run.exit == 0, run.err
            ack, bye = phone.await_received("ACK "), phone.await_received("BYE ")
            phone.await_event("CALL_CLOSED")
            first, second = awaited(gateway, "INVITE", 2)
            acks, byes = awaited(gateway, "ACK", 2), awaited(gateway, "BYE", 1)
            await_true(lambda: bool(accepted_by(gateway)), 5, "200 from Kamailio")
            (accepted,) = accepted_by(gateway)
        sent, heard = phone.packets()
        recordings = phone.recordings()
    for invite in (first, second):
        assert invite.transport == transport
        assert invite.start_line == f"INVITE sip:{LINE}@{DOMAIN} SIP/2.0"
        assert re.fullmatch(f"<sip:{CALLER}@{DOMAIN}>;tag=[^;]+", invite.header("From"))
        assert invite.header("To") == f"<sip:{LINE}@{DOMAIN}>"
        assert [name for name in (*IDENTITIES, "Route", "Authorization") if invite.header(name)] == []
    # The 407: acknowledged on its branch, answered once, in the same call, by the next request.
    assert first.header("Proxy-Authorization") == ""
    assert f'realm="{DOMAIN}"' in second.header("Proxy-Authorization")
    assert f'uri="sip:{LINE}@{DOMAIN}"' in second.header("Proxy-Authorization")
    for name in ("Call-ID", "From", "Contact"):
        assert second.header(name) == first.header(name)
    assert cseq(second) == cseq(first) + 1
    assert branch(second) != branch(first)
    refusal, confirmation = acks
    assert (branch(refusal), cseq(refusal)) == (branch(first), cseq(first))
    assert (cseq(confirmation), cseq(byes[0])) == (cseq(second), cseq(second) + 1)
    assert branch(confirmation) not in (branch(first), branch(second))
    # In the dialog: to the far end's Contact, by the route it gave, over the same flow.
    target = re.findall(r"<([^>]+)>", accepted.header("Contact"))[0]
    for message in (confirmation, byes[0]):
        assert message.start_line.split()[1] == target
        assert (message.header("Route") != "") is record_route
        assert message.header("To") == accepted.header("To")
        assert message.source == first.source
    assert ack.start_line.startswith("ACK ")
    assert bye.start_line.startswith("BYE ")
    # Sound both ways.
    assert run.json["outcome"] == "answered"
    assert (run.json["status"], run.json["said_by"], run.json["ended_by"]) == (200, "server", "us")
    media = run.json["media"]
    assert (media["codec"], media["payload_type"], media["one_way"]) == ("PCMA", 8, "none")
    assert media["sent"] > 70
    assert media["received"] > 70
    assert media["remote"].startswith("127.0.0.1:")
    assert media["mos"] > 3
    assert sent > 70
    assert heard > 70
    with wave.open(str(recordings[0])) as recording:
        assert max(recording.readframes(recording.getnframes())) > 0


def test_the_far_end_hangs_up(tmp_path: Path, real: RealCli) -> None:
    with (
        Baresip(tmp_path / "baresip") as phone,
        Kamailio(tmp_path / "kamailio", password=PASSWORD, far_end=phone.address) as gateway,
    ):
        process = real.start(call(gateway, "TCP", LINE, "--seconds", "20"))
        phone.await_event("CALL_RTPESTAB")
        phone.hang_up()
        run = real.finish(process)
    assert run.exit == 0, run.err
    assert (run.json["outcome"], run.json["ended_by"]) == ("answered", "them")


def test_digits_go_both_ways_and_a_hold_is_survived(tmp_path: Path, real: RealCli) -> None:
    with (
        Baresip(tmp_path / "baresip") as phone,
        Kamailio(tmp_path / "kamailio", password=PASSWORD, far_end=phone.address) as gateway,
    ):
        process = real.start(call(gateway, "UDP", LINE, "--seconds", "20", "--dtmf", "5"))
        assert phone.await_event("CALL_DTMF_START")["param"] == "5"
        phone.command("sndcode", "7")
        real.await_said(process, "Digit received: 7")
        phone.command("hold")
        held = phone.await_received("SIP/2.0 200")
        phone.command("resume")
        await_true(lambda: resumed(phone), 5, "the resumption")
        phone.hang_up()
        run = real.finish(process)
    assert "a=recvonly" in held.text
    assert run.exit == 0, run.err
    assert (run.json["media"]["dtmf_sent"], run.json["media"]["dtmf_received"]) == ("5", "7")
    assert run.json["ended_by"] == "them"


def resumed(phone: Baresip) -> bool:
    answers = [seen for seen in phone.trace() if seen.received and seen.start_line.startswith("SIP/2.0 200")]
    return len(answers) > 1 and "a=recvonly" not in answers[1].text


def test_g722_where_it_is_asked_for(tmp_path: Path, real: RealCli) -> None:
    """Their encoder is heard by our decoder: after three seconds, silence would be called one-way."""
    with (
        Baresip(tmp_path / "baresip", codecs=("G722/16000/1", "PCMA/8000/1")) as phone,
        Kamailio(tmp_path / "kamailio", password=PASSWORD, far_end=phone.address) as gateway,
    ):
        run = real.run(call(gateway, "UDP", LINE, "--seconds", "4", "--codec", "g722"))
        phone.await_event("CALL_CLOSED")
        recordings = phone.recordings()
    media = run.json["media"]
    assert (media["codec"], media["payload_type"], media["one_way"]) == ("G722", 9, "none")
    assert media["received"] > 150
    assert len(recordings) == 1


def test_pcmu_where_it_is_preferred(tmp_path: Path, real: RealCli) -> None:
    with (
        Baresip(tmp_path / "baresip", codecs=("PCMU/8000/1",)) as phone,
        Kamailio(tmp_path / "kamailio", password=PASSWORD, far_end=phone.address) as gateway,
    ):
        run = real.run(call(gateway, "UDP", LINE, "--seconds", "1", "--codec", "pcmu,pcma"))
    assert (run.json["media"]["codec"], run.json["media"]["payload_type"]) == ("PCMU", 0)
    assert run.json["media"]["received"] > 20


REFUSALS = {
    "86": ("busy", 486),
    "60": ("busy", 600),
    "80": ("rejected", 480),
    "53": ("rejected", 503),
    "03": ("rejected", 403),
    "88": ("rejected", 488),
    "63": ("rejected", 603),
    "02": ("rejected", 302),
}


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("digits", REFUSALS)
def test_a_refusal_is_reported_as_the_server_said_it(
    gateway: Kamailio, real: RealCli, transport: str, digits: str
) -> None:
    run = real.run(call(gateway, transport, f"021888860{digits}"))
    assert run.exit == 1, run.err
    assert (run.json["outcome"], run.json["status"]) == REFUSALS[digits]
    assert run.json["said_by"] == "server"
    assert run.json["finding"]
    assert run.json["sentence"]
    assert run.json["media"] is None


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kamailio]:
    with Kamailio(tmp_path_factory.mktemp("kamailio"), password=PASSWORD) as running:
        yield running


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_line_that_rings_for_ever_is_cancelled(gateway: Kamailio, real: RealCli, transport: str) -> None:
    before = len(received(gateway, "CANCEL"))
    run = real.run(call(gateway, transport, f"021888860{RINGS}", "--ring-timeout", "1"))
    assert run.exit == 1
    assert (run.json["outcome"], run.json["said_by"]) == ("no_answer", "local")
    assert run.json["pdd_ms"] is not None
    assert run.json["finding"] == "finding.call.no-answer"
    assert len(awaited(gateway, "CANCEL", before + 1)) == before + 1


def test_a_line_where_nothing_rings_is_said_to_be_silent(gateway: Kamailio, real: RealCli) -> None:
    run = real.run(call(gateway, "UDP", f"021888860{SILENT}", "--ring-timeout", "1"))
    assert run.exit == 1
    assert (run.json["outcome"], run.json["status"], run.json["said_by"]) == ("no_answer", 0, "local")
    assert run.json["pdd_ms"] is None
    assert run.json["finding"] == "finding.call.no-ringing"


def test_an_interrupt_cancels_what_rings(gateway: Kamailio, real: RealCli) -> None:
    before, rung = len(received(gateway, "CANCEL")), rings(gateway)
    process = real.start(call(gateway, "TCP", f"021888860{RINGS}"))
    await_true(lambda: rings(gateway) > rung, 10, "another 180")
    process.send_signal(signal.SIGINT)
    run = real.finish(process)
    assert (run.exit, run.json["outcome"]) == (130, "cancelled")
    assert len(awaited(gateway, "CANCEL", before + 1)) == before + 1


def rings(gateway: Kamailio) -> int:
    return sum(message.start_line.startswith("SIP/2.0 180") for message in gateway.wire())
