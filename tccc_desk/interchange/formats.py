"""Every system a trunk can be written for, and every one it can be read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tccc_desk.interchange.asterisk import read_asterisk, write_asterisk
from tccc_desk.interchange.found import Imported, Refused
from tccc_desk.interchange.freeswitch_in import read_freeswitch
from tccc_desk.interchange.profile_file import is_profile, read_profile, write_profile
from tccc_desk.interchange.say import Say
from tccc_desk.interchange.sheets import (
    write_grandstream,
    write_kamailio,
    write_opensips,
    write_yeastar,
)
from tccc_desk.interchange.write_freeswitch import write_freeswitch
from tccc_desk.trunk.profile import Trunk

Writer = Callable[[Trunk, Say, str | None], str]
WRITERS: Mapping[str, Writer] = {
    "profile": write_profile,
    "freeswitch": write_freeswitch,
    "asterisk": write_asterisk,
    "kamailio": write_kamailio,
    "opensips": write_opensips,
    "yeastar": write_yeastar,
    "grandstream": write_grandstream,
}


def read_configuration(data: bytes) -> Imported:
    """Read FreeSWITCH XML, an Asterisk wizard or a trunk of our own, whichever it is. Raises Refused."""
    if is_profile(data):
        return read_profile(data)
    try:
        return read_freeswitch(data)
    except Refused as refused:
        if refused.finding != "lint.refused.nothing":
            raise
    return read_asterisk(data)
