"""What is written for other systems: explained, escaped, without secrets unless asked, and read back."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.interchange.asterisk import read_asterisk, write_asterisk
from tccc_desk.interchange.formats import WRITERS, read_configuration
from tccc_desk.interchange.found import Imported
from tccc_desk.interchange.freeswitch_in import read_freeswitch
from tccc_desk.interchange.write_freeswitch import write_freeswitch
from tccc_desk.texts.catalogue import LANGUAGES, Language, text
from tccc_desk.trunk.entry import checked_trunk
from tccc_desk.trunk.profile import Trunk

PASSWORD = "Canary-7391&<'\">;x"


def say(language: Language) -> Callable[..., str]:
    return lambda name, **values: text(name, language, **values)


def trunk(**fields: str) -> Trunk:
    made, _ = checked_trunk(
        {
            "name": "总机 1",
            "username": "gateway01",
            "domain": "1400000001.tccc.qcloud.com",
            "server": "sip.tccc.qcloud.com",
            **fields,
        }
    )
    return made


TRUNKS = st.builds(
    trunk,
    name=st.text("abcXYZ 0129._-中继总机&<>\"'", min_size=1, max_size=20).map(str.strip).filter(bool),
    username=st.sampled_from(["gateway01", "gateway99", "g"]),
    server=st.sampled_from(
        ["sip.tccc.qcloud.com", "sip2.tccc.qcloud.com:35090", "127.0.0.1:5080", "[::1]:5080"]
    ),
    backup_server=st.sampled_from(["", "sip2.tccc.qcloud.com", "192.0.2.7:35090"]),
    transport=st.sampled_from(["tcp", "udp"]),
    expires=st.sampled_from(["60", "120", "3600"]),
    auth_username=st.sampled_from(["", "auth;01", "gateway01"]),
    register=st.sampled_from(["true", "false"]),
    loose_route=st.sampled_from(["true", "false"]),
    codecs=st.sampled_from(["", "PCMU", "PCMU,PCMA"]),
    dtmf_method=st.sampled_from(["auto", "info", "inband"]),
    number_rule=st.sampled_from(["", "national", "idd"]),
    number_prefix=st.sampled_from(["", "9"]),
    allowed_realms=st.sampled_from(["", "a.example,b.example"]),
    allowed_sources=st.sampled_from(["", "192.0.2.0/24"]),
    line_number=st.sampled_from(["", "075512345600"]),
    caller_number=st.sampled_from(["", "+8613800138000"]),
)
BOTH = [(write_freeswitch, read_freeswitch), (write_asterisk, read_asterisk)]


@given(original=TRUNKS)
def test_a_trunk_of_ours_goes_and_comes_without_its_secret(original: Trunk) -> None:
    written = WRITERS["profile"](original, say("en"), PASSWORD)
    assert PASSWORD not in written
    (gateway,) = read_configuration(written.encode()).gateways
    assert checked_trunk(dict(gateway.fields))[0] == original
    assert gateway.password is None


@pytest.mark.parametrize(("write", "read"), BOTH)
@pytest.mark.parametrize("language", LANGUAGES)
@given(original=TRUNKS)
def test_what_is_written_is_read_back(
    write: Callable[..., str], read: Callable[[bytes], Imported], language: Language, original: Trunk
) -> None:
    imported = read(write(original, say(language), PASSWORD).encode())
    (gateway,) = imported.gateways
    again, _ = checked_trunk(dict(gateway.fields))
    assert again == original
    assert gateway.password == PASSWORD


@pytest.mark.parametrize("name", sorted(WRITERS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_secret_unless_asked_and_every_value_explained(name: str, language: Language) -> None:
    without = WRITERS[name](trunk(), say(language), None)
    assert ("${TCCC_" in without) != (name == "profile")
    assert (PASSWORD in WRITERS[name](trunk(), say(language), PASSWORD)) <= (name != "profile")
    assert "gateway01" in without
    assert "1400000001.tccc.qcloud.com" in without
    assert "35090" in without
    assert bool(re.search("提供方|密码", without)) == (language == "zh")
    assert "interchange." not in without


@pytest.mark.parametrize("name", ["kamailio", "opensips"])
def test_the_sql_is_sql(name: str) -> None:
    written = WRITERS[name](trunk(auth_username="o'brien"), say("en"), "it's")
    statement = "".join(line for line in written.splitlines() if not line.startswith("--"))
    table, _, rest = statement.partition("INSERT INTO ")[2].partition(" ")
    columns = rest.partition("(")[2].partition(")")[0]
    with sqlite3.connect(":memory:") as database:
        database.execute(f"CREATE TABLE {table} ({columns})")
        database.execute(statement)
        row = dict(
            zip(columns.split(", "), database.execute(f"SELECT * FROM {table}").fetchone(), strict=True)
        )
    database.close()
    assert "o'brien" in row.values()
    if name == "opensips":
        assert row["password"] == "it's"
    else:
        secret = b"o'brien:1400000001.tccc.qcloud.com:it's"
        assert row["auth_ha1"] == hashlib.md5(secret).hexdigest()
        assert "it's" not in row.values()


def test_minutes_are_rounded_up() -> None:
    assert "Register Expiration (minutes): 2\n" in WRITERS["grandstream"](
        trunk(expires="100"), say("en"), None
    )


def test_an_asterisk_wizard_of_others() -> None:
    foreign = b"""
[defaults](!)
type=wizard
transport = transport-udp
sends_registrations = yes
[tccc](defaults)
sends_auth = yes
remote_hosts = sip.tccc.qcloud.com
outbound_auth/username = gateway01
outbound_auth/password = Secret-9x ; the one from the mail
endpoint/from_user = gateway01
registration/client_uri = sip:gateway01@1400000001.tccc.qcloud.com
registration/expiration = 300
"""
    imported = read_configuration(foreign)
    gateway = imported.gateways[-1]
    assert gateway.fields == {
        "name": "tccc",
        "username": "gateway01",
        "domain": "1400000001.tccc.qcloud.com",
        "server": "sip.tccc.qcloud.com",
        "transport": "udp",
        "expires": "300",
        "auth_username": "",
        "register": "true",
    }
    assert gateway.password == "Secret-9x"
    assert {one.id for one in imported.findings if one.gateway == "tccc"} == {
        "lint.udp",
        "lint.from-user",
        "lint.port-missing",
        "lint.from-domain-missing",
    }
