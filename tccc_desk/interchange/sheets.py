"""A trunk for systems that are filled in by hand or by a table: Kamailio, OpenSIPS, Yeastar, Grandstream."""

from __future__ import annotations

import hashlib

from tccc_desk.interchange.say import Say
from tccc_desk.interchange.slug import slug
from tccc_desk.trunk.profile import Trunk

PLACEHOLDER = "${TCCC_PASSWORD}"
HA1_PLACEHOLDER = "${TCCC_HA1}"


def write_kamailio(trunk: Trunk, say: Say, password: str | None = None) -> str:
    """Give a row of the uacreg table as SQL. The password itself does not travel: its hash does.

    auth_ha1 is MD5(user:realm:password) (RFC 2617 section 3.2.2.2); the realm is the one the server asks
    with, here taken to be the instance domain.
    """
    ha1 = HA1_PLACEHOLDER
    if password is not None:
        secret = f"{trunk.digest_username}:{trunk.domain}:{password}"
        ha1 = hashlib.md5(secret.encode(), usedforsecurity=False).hexdigest()
    columns: dict[str, str | int] = {
        "l_uuid": slug(trunk.name),
        "l_username": trunk.username,
        "l_domain": trunk.domain,
        "r_username": trunk.username,
        "r_domain": trunk.domain,
        "realm": trunk.domain,
        "auth_username": trunk.digest_username,
        "auth_password": "",
        "auth_ha1": ha1,
        "auth_proxy": f"sip:{trunk.server_and_port};transport={trunk.transport}",
        "expires": trunk.expires_s,
        "flags": 0,
        "reg_delay": 0,
    }
    names = ", ".join(columns)
    values = ", ".join(str(v) if isinstance(v, int) else _quoted(v) for v in columns.values())
    notes = [say(f"interchange.{id}") for id in ("kamailio", "ha1", "server", "expires")]
    return "".join(f"-- {note}\n" for note in notes) + f"INSERT INTO uacreg ({names})\nVALUES ({values});\n"


def write_opensips(trunk: Trunk, say: Say, password: str | None = None) -> str:
    """Give a row of the registrant table as SQL."""
    columns: dict[str, str | int] = {
        "registrar": f"sip:{trunk.domain};transport={trunk.transport}",
        "proxy": f"sip:{trunk.server_and_port};transport={trunk.transport}",
        "aor": f"sip:{trunk.username}@{trunk.domain}",
        "username": trunk.digest_username,
        "password": PLACEHOLDER if password is None else password,
        "binding_URI": f"sip:{trunk.username}@${{YOUR_ADDRESS}};transport={trunk.transport}",
        "expiry": trunk.expires_s,
        "forced_socket": "",
        "state": 0,
    }
    names = ", ".join(columns)
    values = ", ".join(str(v) if isinstance(v, int) else _quoted(v) for v in columns.values())
    notes = [say(f"interchange.{id}") for id in ("opensips", "binding-uri", "password", "expires")]
    return (
        "".join(f"-- {note}\n" for note in notes) + f"INSERT INTO registrant ({names})\nVALUES ({values});\n"
    )


def write_yeastar(trunk: Trunk, say: Say, password: str | None = None) -> str:
    """Give the fields of a register trunk as they stand on the page, one a line."""
    rows = [
        ("Name", slug(trunk.name), "name"),
        ("Trunk Type", "Register Trunk", "register"),
        ("Transport", trunk.transport.upper(), "transport"),
        ("Hostname/IP", trunk.server, "server"),
        ("Port", str(trunk.port or ""), "port"),
        ("Domain", trunk.domain, "realm"),
        ("Username", trunk.username, "username"),
        ("Authentication Name", trunk.digest_username, "auth-username"),
        ("Password", PLACEHOLDER if password is None else password, "password"),
        ("Enable Outbound Proxy", "on", "outbound"),
        ("Outbound Proxy Server", trunk.server, "server"),
        ("Outbound Proxy Port", str(trunk.port or ""), "port"),
        ("Codec", "a-law, u-law", "codecs"),
        ("Registration Expiry (s)", str(trunk.expires_s), "expires"),
        ("DID Number", trunk.line_number, "line"),
    ]
    return _sheet(rows, say, "interchange.yeastar")


def write_grandstream(trunk: Trunk, say: Say, password: str | None = None) -> str:
    """Give the fields of an account page. Its registration expiry is in minutes, rounded up."""
    minutes = -(-trunk.expires_s // 60)
    rows = [
        ("SIP Server", trunk.domain, "realm"),
        ("Outbound Proxy", trunk.server_and_port, "server"),
        ("SIP Transport", trunk.transport.upper(), "transport"),
        ("SIP User ID", trunk.username, "username"),
        ("Authenticate ID", trunk.digest_username, "auth-username"),
        ("Authenticate Password", PLACEHOLDER if password is None else password, "password"),
        ("Register Expiration (minutes)", str(minutes), "minutes"),
        ("SIP Registration", "Yes" if trunk.register else "No", "register"),
        ("NAT Traversal", "Keep-Alive", "keep-alive"),
        ("Use Random Port", "Yes", "random-port"),
        ("DTMF", "RFC2833", "dtmf"),
        ("Preferred Vocoder", "PCMA, PCMU", "codecs"),
    ]
    return _sheet(rows, say, "interchange.grandstream")


def _sheet(rows: list[tuple[str, str, str]], say: Say, about: str) -> str:
    lines = [f"# {say(about)}", ""]
    for label, value, why in rows:
        lines += [f"# {say(f'interchange.{why}')}", f"{label}: {value}"]
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    """Write an SQL string: a quote is doubled, a backslash escaped as MySQL wants it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
