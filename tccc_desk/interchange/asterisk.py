"""A trunk as an Asterisk PJSIP wizard object, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tccc_desk.interchange.decoding import decoded
from tccc_desk.interchange.found import ForeignGateway, Found, Imported, Refused
from tccc_desk.interchange.freeswitch_words import is_placeholder, is_variable
from tccc_desk.interchange.kept import kept_comment, kept_fields, with_kept
from tccc_desk.interchange.say import Say
from tccc_desk.interchange.slug import slug
from tccc_desk.trunk.profile import Trunk
from tccc_desk.trunk.server import PORT, TLS_PORT, is_tccc_server

PLACEHOLDER = "${TCCC_PASSWORD}"
SAID = ("name", "username", "domain", "server", "transport", "expires", "register")
MAX_SECTIONS = 1_000
MAX_LINES = 20_000

_SECTION = re.compile(r"\[(?P<name>[^\]\n]{1,80})\](?:\((?P<template>[^)\n]{0,80})\))?")
_SETTING = re.compile(r"(?P<name>[\w/]{1,64})\s*=>?\s*(?P<value>.{0,2048})")
_URI = re.compile(r"sips?:(?:[^@;]*@)?(?P<host>[^;>]+)(?P<parameters>.*)")
_TRUE = {"yes", "true", "on", "1", "y", "t"}


def write_asterisk(trunk: Trunk, say: Say, password: str | None = None) -> str:
    """Give the section for pjsip_wizard.conf, each setting explained."""
    name = slug(trunk.name)
    registers = "yes" if trunk.register else "no"
    transport = f"\\;transport={trunk.transport}"
    rows = [
        ("type", "wizard", "wizard"),
        ("transport", f"transport-{trunk.transport}", "asterisk-transport"),
        ("sends_auth", "yes", "sends-auth"),
        ("sends_registrations", registers, "register"),
        ("remote_hosts", _escaped(trunk.server_and_port), "server"),
        ("outbound_proxy", f"sip:{_escaped(trunk.server_and_port)}{transport}\\;lr", "outbound"),
        ("outbound_auth/username", _escaped(trunk.digest_username), "auth-username"),
        ("outbound_auth/password", _escaped(PLACEHOLDER if password is None else password), "password"),
        ("endpoint/from_domain", trunk.domain, "from-domain"),
        ("endpoint/allow", "!all,alaw,ulaw", "codecs"),
        ("endpoint/dtmf_mode", "auto", "dtmf"),
        ("registration/server_uri", f"sip:{trunk.domain}{transport}", "realm"),
        ("registration/client_uri", f"sip:{trunk.username}@{trunk.domain}{transport}", "username"),
        ("registration/contact_user", _escaped(trunk.username), "contact-user"),
        ("registration/expiration", str(trunk.expires_s), "expires"),
        ("registration/retry_interval", "60", "retry"),
        ("registration/auth_rejection_permanent", "yes", "rejection"),
    ]
    lines = [f"; {kept_comment(trunk, SAID if name == trunk.name else SAID[1:])}", f"[{name}]"]
    for setting, value, why in rows:
        lines += [f"; {say(f'interchange.{why}')}", f"{setting} = {value}"]
    return "\n".join([*lines, f"; {say('interchange.asterisk-from')}", ""])


def read_asterisk(data: bytes) -> Imported:
    """Read every wizard object that registers or authenticates. Raises Refused."""
    text, encoding = decoded(data)
    sections, comments = _sections(text)
    kept = kept_fields(comments)
    wizards = {name: one for name, one in sections.items() if one.get("type", "").lower() == "wizard"}
    if not wizards:
        raise Refused("lint.refused.nothing")
    findings = [Found("lint.encoding-gbk", "info")] if encoding == "gb18030" else []
    gateways = []
    for name, settings in wizards.items():
        gateway = _gateway(name, settings, kept if len(wizards) == 1 else {})
        gateways.append(gateway)
        findings += _lint(gateway, settings)
    return Imported(tuple(gateways), tuple(findings))


def _sections(text: str) -> tuple[dict[str, dict[str, str]], list[str]]:
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise Refused("lint.refused.many", limit=str(MAX_LINES))
    sections: dict[str, dict[str, str]] = {}
    comments: list[str] = []
    current: dict[str, str] | None = None
    for line in lines:
        bare, comment = _uncommented(line)
        if comment:
            comments.append(comment)
        if found := _SECTION.fullmatch(bare):
            templates = (found["template"] or "").split(",")
            inherited = {k: v for one in templates for k, v in sections.get(one.strip(), {}).items()}
            current = sections.setdefault(found["name"].strip(), {})
            current.update(inherited)
            if len(sections) > MAX_SECTIONS:
                raise Refused("lint.refused.many", limit=str(MAX_SECTIONS))
        elif current is not None and (found := _SETTING.fullmatch(bare)):
            current[found["name"].lower()] = found["value"].strip().replace("\\;", ";")
    return sections, comments


def _uncommented(line: str) -> tuple[str, str]:
    """Split at the first ";" that is not escaped."""
    found = re.search(r"(?<!\\);", line)
    return (line[: found.start()].strip(), line[found.end() :].strip()) if found else (line.strip(), "")


def _gateway(name: str, settings: Mapping[str, str], kept: Mapping[str, str]) -> ForeignGateway:
    client = _host(settings.get("registration/client_uri", ""))
    account = settings.get("registration/client_uri", "").removeprefix("sip:").partition("@")
    username = settings.get("registration/contact_user", "") or (account[0] if account[1] else "")
    auth = settings.get("outbound_auth/username", "") or settings.get("username", "")
    proxy = settings.get("outbound_proxy", "") or settings.get("registration/outbound_proxy", "")
    server = settings.get("remote_hosts", "").partition(",")[0].strip() or _host(proxy)
    named = re.search(r";transport=(\w+)", proxy + settings.get("registration/server_uri", ""))
    expires = settings.get("registration/expiration", "")
    password = settings.get("outbound_auth/password", "")
    fields = {
        "name": name,
        "username": username or auth,
        "domain": client or settings.get("endpoint/from_domain", ""),
        "server": server,
        "transport": named.group(1).lower() if named else "udp",
        "expires": expires if expires.isascii() and expires.isdecimal() else "3600",
        "auth_username": "" if auth == (username or auth) else auth,
        "register": "true" if settings.get("sends_registrations", "no").lower() in _TRUE else "false",
    }
    usable = password and not is_placeholder(password) and not is_variable(password)
    return ForeignGateway(name, with_kept(fields, kept), password if usable else None)


def _lint(gateway: ForeignGateway, settings: Mapping[str, str]) -> list[Found]:
    found: list[Found] = []
    fields, name = gateway.fields, gateway.name
    if fields["transport"] == "udp":
        found.append(Found("lint.udp", "warning", name))
    if settings.get("endpoint/from_user"):
        found.append(Found("lint.from-user", "warning", name, {"user": settings["endpoint/from_user"][:80]}))
    host, _, port = fields["server"].rpartition(":")
    wanted = str(TLS_PORT if fields["transport"] == "tls" else PORT)
    if not host:
        found.append(Found("lint.port-missing", "error", name, {"param": "remote_hosts", "port": wanted}))
    elif is_tccc_server(host) and port != wanted:
        details = {"param": "remote_hosts", "port": port[:8], "wanted": wanted}
        found.append(Found("lint.port-other", "warning", name, details))
    if not settings.get("endpoint/from_domain"):
        found.append(Found("lint.from-domain-missing", "error", name))
    elif settings["endpoint/from_domain"].lower() != fields["domain"].lower():
        details = {"from": settings["endpoint/from_domain"][:80], "realm": fields["domain"][:80]}
        found.append(Found("lint.from-domain-differs", "error", name, details))
    if not gateway.password:
        found.append(Found("lint.password-placeholder", "error", name))
    return found


def _host(uri: str) -> str:
    found = _URI.match(uri)
    return found["host"].strip() if found else ""


def _escaped(value: str) -> str:
    return value.replace(";", "\\;")
