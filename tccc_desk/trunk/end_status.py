"""End statuses (EndStatus) of the provider's call records: number and published name.

Names from the provider's DescribeTelCdr; what they mean in words is ours, in `texts` as
end_status.NUMBER. No map from SIP responses to them is published.
"""

from __future__ import annotations

from collections.abc import Mapping

END_STATUSES: Mapping[int, str] = {
    1: "ok",
    17: "seatGiveUp",
    100: "blackList",
    102: "ivrGiveUp",
    103: "waitingGiveUp",
    104: "ringingGiveUp",
    105: "noSeatOnline",
    106: "notWorkTime",
    107: "ivrEnd",
    108: "restrictedCallee",
    109: "tooManyRequest",
    110: "restrictedArea",
    111: "restrictedTime",
    202: "notAnswer",
    203: "userReject",
    204: "powerOff",
    205: "numberNotExist",
    206: "busy",
    207: "outOfCredit",
    208: "operatorError",
    209: "callerCancel",
    210: "notInService",
    211: "clientError",
    212: "carrierBlocked",
    213: "callReminder",
    215: "numberInvalid",
    216: "callRestricted",
    217: "calleeRestricted",
    218: "areaRestricted",
    219: "promptCallForwarding",
    220: "callerCancelWhileRing",
    221: "callerCancelWithoutRing",
    222: "voiceMailReached",
    501: "voip",
    502: "voip",
    503: "voip",
}


def find_status(entered: str) -> tuple[int, ...]:
    """Give the numbers that `entered`, a number or a name in any case, means; none for an unknown one."""
    wanted = entered.strip().casefold()
    if wanted.isascii() and wanted.isdecimal() and len(wanted) <= 4:
        return (int(wanted),) if int(wanted) in END_STATUSES else ()
    return tuple(number for number, name in END_STATUSES.items() if name.casefold() == wanted)
