"""Before the answer: forks, early media, reliable provisional responses, late offers, redirections."""

from __future__ import annotations

import pytest

from tccc_desk.engine.commands import AnswerCall, HangUp
from tccc_desk.engine.events import CallAnswered, CallProgressed
from tccc_desk.sip.message import Request, cseq, encode_message, response_to, to_address
from tests.helpers.far_end import called, placed, sdp, the_end
from tests.helpers.simulation import DOMAIN, Desk

RELIABLE = ("Require", "100rel")


def heard_from(desk: Desk) -> str:
    return desk.media["c"][0].remote_host


def test_early_media_is_heard_before_the_answer() -> None:
    desk, far = placed()
    far.reply(183, body=sdp("192.0.2.7"))
    assert heard_from(desk) == "192.0.2.7"
    assert not desk.said(CallAnswered)
    assert [event.status for event in desk.said(CallProgressed)][-1] == 183  # type: ignore[attr-defined]


@pytest.mark.parametrize("answering", ["one", "two"])
@pytest.mark.parametrize("with_description", [True, False])
def test_sound_follows_the_fork_that_answers(answering: str, with_description: bool) -> None:
    desk, far = placed()
    hosts = {"one": "192.0.2.7", "two": "192.0.2.8"}
    for tag, host in hosts.items():
        far.reply(183, tag=tag, body=sdp(host))
        assert heard_from(desk) == host  # the last heard, until one answers
    far.reply(200, tag=answering, body=sdp(hosts[answering]) if with_description else b"")
    assert desk.said(CallAnswered)
    assert heard_from(desk) == hosts[answering]
    assert to_address(far.requests("ACK")[0]).tag == answering
    assert far.requests("ACK")[0].uri == f"sip:{answering}@192.0.2.1:35090"


def test_a_fork_without_any_description_is_no_answer_of_another() -> None:
    desk, far = placed()
    far.reply(183, tag="one", body=sdp("192.0.2.7"))
    far.reply(200, tag="two")
    far.run(1)
    assert the_end(desk).finding == "finding.call.bad-answer"
    assert len(far.requests("BYE")) == 1


def test_a_reliable_provisional_response_is_acknowledged_by_prack() -> None:
    desk, far = placed()
    assert "100rel" in far.invite.headers.get("Supported")
    far.reply(183, headers=[RELIABLE, ("RSeq", "41")], body=sdp("192.0.2.7"))
    (prack,) = far.requests("PRACK")
    assert prack.headers.get("RAck") == f"41 {cseq(far.invite)[0]} INVITE"
    assert prack.uri == "sip:far@192.0.2.1:35090"
    assert to_address(prack).tag == "far"
    far.reply(180, headers=[RELIABLE, ("RSeq", "42")])
    assert [one.headers.get("RAck").split()[0] for one in far.requests("PRACK")] == ["41", "42"]
    far.reply(200)  # the description was in the reliable 183
    assert heard_from(desk) == "192.0.2.7"
    desk.tell(HangUp(call="c"))
    far.run(1)
    numbers = [cseq(one)[0] for one in (*far.requests("PRACK"), *far.requests("BYE"))]
    assert numbers == sorted(set(numbers))  # each of the dialog's requests counts on
    assert the_end(desk).outcome == "answered"


def test_repeated_and_overtaken_reliable_responses_get_no_further_prack() -> None:
    _, far = placed()
    far.reply(183, headers=[RELIABLE, ("RSeq", "5")])
    far.reply(183, headers=[RELIABLE, ("RSeq", "5")])
    far.reply(180, headers=[RELIABLE, ("RSeq", "7")])
    far.reply(180, headers=[RELIABLE, ("RSeq", "nonsense")])
    far.reply(180, headers=[RELIABLE])
    assert len(far.requests("PRACK")) == 1


def test_each_fork_has_its_own_sequence() -> None:
    _, far = placed()
    far.reply(183, tag="one", headers=[RELIABLE, ("RSeq", "5")])
    far.reply(183, tag="two", headers=[RELIABLE, ("RSeq", "900")])
    far.reply(180, tag="one", headers=[RELIABLE, ("RSeq", "6")])
    told = [(to_address(one).tag, one.headers.get("RAck").split()[0]) for one in far.requests("PRACK")]
    assert told == [("one", "5"), ("two", "900"), ("one", "6")]


def test_a_challenged_prack_is_sent_again_with_credentials() -> None:
    _, far = placed()
    value = f'Digest realm="{DOMAIN}", nonce="n", qop="auth"'

    def asking(request: Request) -> object:
        status = 200 if "Proxy-Authorization" in request.headers else 407
        return response_to(request, status, headers=[("Proxy-Authenticate", value)] if status == 407 else [])

    far.rules["PRACK"] = asking  # type: ignore[assignment]
    far.reply(183, headers=[RELIABLE, ("RSeq", "5")])
    far.run(1)
    first, second = far.requests("PRACK")
    assert "Proxy-Authorization" not in first.headers
    assert 'uri="sip:far@192.0.2.1:35090"' in second.headers.get("Proxy-Authorization")
    assert cseq(second)[0] == cseq(first)[0] + 1


def test_forks_without_end_are_bounded() -> None:
    _, far = placed()
    for number in range(40):
        far.reply(183, tag=f"f{number}", headers=[RELIABLE, ("RSeq", "1")])
    assert len(far.requests("PRACK")) == 16


def test_our_late_offer_is_answered_in_the_ack() -> None:
    desk, far = placed(late_offer=True)
    assert not far.invite.body
    assert "Content-Type" not in far.invite.headers
    far.reply(200, body=sdp("192.0.2.7"))
    (ack,) = far.requests("ACK")
    assert b"m=audio 20000 RTP/AVP 8" in ack.body
    assert heard_from(desk) == "192.0.2.7"
    far.reply(200, body=sdp("192.0.2.7"))
    assert far.requests("ACK")[1].body == ack.body  # a repeat gets the same


def test_a_late_offer_in_a_reliable_response_is_answered_by_the_prack() -> None:
    desk, far = placed(late_offer=True)
    far.reply(183, headers=[RELIABLE, ("RSeq", "1")], body=sdp("192.0.2.7"))
    (prack,) = far.requests("PRACK")
    assert b"m=audio 20000" in prack.body
    far.reply(200)
    assert not far.requests("ACK")[0].body
    assert heard_from(desk) == "192.0.2.7"


def test_a_late_offer_we_cannot_take_ends_the_call() -> None:
    desk, far = placed(late_offer=True)
    far.reply(200)
    far.run(1)
    assert the_end(desk).finding == "finding.call.bad-answer"
    assert len(far.requests("ACK")) == len(far.requests("BYE")) == 1


def test_a_redirection_is_named_and_not_followed() -> None:
    desk, far = placed()
    target = "<sip:evil@198.51.100.9>"
    far.say(response_to(far.invite, 302, to_tag="x", headers=[("Contact", target)]))
    far.run(5)
    end = the_end(desk)
    assert (end.outcome, end.status, end.finding) == ("rejected", 302, "finding.call.redirected")
    assert end.details["contact"] == target
    assert len(far.requests("INVITE")) == 1


def test_a_session_interval_too_small_is_asked_for_once_more() -> None:
    desk, far = placed()
    for _ in range(2):
        far.say(response_to(far.invite, 422, to_tag="x", headers=[("Min-SE", "300")]))
        far.run()
    first, second = far.requests("INVITE")
    assert "Session-Expires" not in first.headers
    assert (second.headers.get("Session-Expires"), second.headers.get("Min-SE")) == ("300", "300")
    assert first.headers.get("Call-ID") == second.headers.get("Call-ID")
    assert cseq(second)[0] == cseq(first)[0] + 1
    assert the_end(desk).status == 422


@pytest.mark.parametrize("method", ["UPDATE", "INFO", "OPTIONS", "BYE"])
def test_requests_in_an_early_dialog_are_answered(method: str) -> None:
    desk, far = placed()
    far.reply(183)
    far.ask(method, body=sdp() if method == "UPDATE" else b"")
    expected = {"UPDATE": 491, "INFO": 200, "OPTIONS": 200, "BYE": 481}[method]
    assert far.responses(method)[-1].status == expected
    far.reply(200, body=sdp())
    assert desk.said(CallAnswered)


def test_the_retried_invite_fits_a_udp_packet() -> None:
    """With a challenge as long as real ones, and everything this trunk ever adds."""
    desk, far = placed(transport="udp")
    nonce = "ZzZ5bmFtZTpjaGFsbGVuZ2U6MTcwMDAwMDAwMDphYmNkZWYwMTIzNDU2Nzg5YWJjZGVm"
    value = f'Digest realm="{DOMAIN}", nonce="{nonce}", opaque="{"0a" * 16}", algorithm=SHA-256, qop="auth"'
    far.say(response_to(far.invite, 407, to_tag="s", headers=[("Proxy-Authenticate", value)]))
    far.run()
    first, second = desk.requests("INVITE")
    assert "Proxy-Authorization" in second.headers
    assert len(encode_message(first)) < 1000
    assert len(encode_message(second)) < 1300


def test_a_caller_that_wants_reliable_ringing_gets_it() -> None:
    desk, far, call = called(headers=[RELIABLE])
    ringing = far.responses("INVITE")[-1]
    assert (ringing.status, ringing.headers.get("Require")) == (180, "100rel")
    rseq = ringing.headers.get("RSeq")
    far.run(1.0)
    assert [one.status for one in far.responses("INVITE")].count(180) == 2  # repeated after T1
    far.ask_as_caller("PRACK", headers=[("RAck", f"{rseq} 999 INVITE")])
    far.ask_as_caller("PRACK", headers=[("RAck", f"{rseq} 101 INVITE")])
    assert [one.status for one in far.responses("PRACK")] == [481, 200]
    far.run(60)
    assert [one.status for one in far.responses("INVITE")].count(180) == 2
    desk.tell(AnswerCall(call=call))
    far.run()
    assert far.responses("INVITE")[-1].status == 200


def test_a_caller_that_never_acknowledges_the_ringing_is_refused() -> None:
    desk, far, _ = called(headers=[RELIABLE])
    far.run(40)
    assert far.responses("INVITE")[-1].status == 504
    assert the_end(desk).finding == "finding.call.no-prack"


def test_a_caller_that_gives_up_by_bye_gets_both_answers() -> None:
    desk, far, _ = called()
    far.ask_as_caller("BYE")
    assert far.responses("BYE")[-1].status == 200
    assert far.responses("INVITE")[-1].status == 487
    assert the_end(desk).outcome == "cancelled"


def test_a_prack_for_nothing_is_refused() -> None:
    _, far, _ = called()
    far.ask_as_caller("PRACK", headers=[("RAck", "1 101 INVITE")])
    assert far.responses("PRACK")[-1].status == 481


@pytest.mark.parametrize(
    ("status", "asking", "answer"),
    [
        (401, "WWW-Authenticate", "Authorization"),
        (407, "Proxy-Authenticate", "Proxy-Authorization"),
    ],
)
def test_the_ack_bears_the_credentials_of_its_invite(status: int, asking: str, answer: str) -> None:
    """RFC 3261 section 22.1."""
    _, far = placed()
    far.say(
        response_to(far.invite, status, to_tag="s", headers=[(asking, f'Digest realm="{DOMAIN}", nonce="n"')])
    )
    far.run()
    far.reply(200, body=sdp())
    assert far.requests("ACK")[-1].headers.get(answer) == far.invite.headers.get(answer) != ""
