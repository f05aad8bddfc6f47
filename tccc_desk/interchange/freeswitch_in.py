"""FreeSWITCH gateways, from whole files, fragments or pages, into fields of our trunks.

Parameters as `parse_gateways` of mod_sofia reads them; everything else in a gateway is ignored there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tccc_desk.interchange.decoding import decoded
from tccc_desk.interchange.found import ForeignGateway, Found, Imported, Refused
from tccc_desk.interchange.freeswitch_lint import lint
from tccc_desk.interchange.freeswitch_words import is_placeholder, is_variable
from tccc_desk.interchange.kept import kept_fields, with_kept
from tccc_desk.interchange.markup import Element, Markup, read_markup

MAX_GATEWAYS = 200
_TRUE = {"true", "yes", "on", "enabled", "active", "allow", "1"}
_EXPIRES = re.compile(r"\d{1,9}")


def read_freeswitch(data: bytes) -> Imported:
    """Read every gateway in a file or a pasted text, with what is wrong in it. Raises Refused."""
    text, encoding = decoded(data)
    markup = read_markup(text)
    elements = markup.root.walk("gateway")
    if not elements:
        raise Refused("lint.refused.nothing")
    if len(elements) > MAX_GATEWAYS:
        raise Refused("lint.refused.many", limit=str(MAX_GATEWAYS))
    kept = kept_fields(markup.comments) if len(elements) == 1 else {}
    gateways, findings = [], list(_about_text(markup, encoding))
    for element in elements:
        params = params_of(element)
        gateway = _gateway(element.attributes.get("name", ""), params, kept)
        gateways.append(gateway)
        findings += lint(gateway.name, params, repeated(element), markup.outside)
    findings += _names_twice(gateways)
    return Imported(tuple(gateways), tuple(findings))


def params_of(element: Element) -> dict[str, str]:
    """Give a gateway's parameters, from <params> or directly below; the last of a name counts, as there."""
    params: dict[str, str] = {}
    for param in element.walk("param"):
        name = param.attributes.get("name", "").strip()
        if name:
            params[name] = param.attributes.get("value", "")
    return params


def repeated(element: Element) -> tuple[str, ...]:
    """Give the names that stand more than once."""
    names = [param.attributes.get("name", "").strip() for param in element.walk("param")]
    return tuple(sorted({name for name in names if name and names.count(name) > 1}))


def _gateway(name: str, params: Mapping[str, str], kept: Mapping[str, str]) -> ForeignGateway:
    used: set[str] = set()

    def given(param: str) -> str:
        used.add(param)
        value = params.get(param, "").strip()
        return "" if is_variable(value) else value

    realm, proxy = given("realm"), given("proxy")
    domain = realm or given("from-domain") or proxy
    server = given("register-proxy") or given("outbound-proxy") or proxy or realm
    expires = given("expire-seconds")
    username, auth = given("username"), given("auth-username")
    fields = {
        "name": name.strip(),
        "username": username,
        "domain": domain.removeprefix("sip:"),
        "server": server.removeprefix("sip:").partition(";")[0],
        "transport": given("register-transport").lower() or "udp",
        "expires": str(int(expires)) if _EXPIRES.fullmatch(expires) and int(expires) >= 5 else "3600",
        "auth_username": auth,
        "register": "true" if given("register").lower() in _TRUE | {""} else "false",
    }
    password = params.get("password", "")
    used.add("password")
    return ForeignGateway(
        name.strip(),
        with_kept(fields, kept),
        None if not password or is_placeholder(password) or is_variable(password) else password,
        {param: value for param, value in params.items() if param not in used},
    )


def _about_text(markup: Markup, encoding: str) -> list[Found]:
    findings = []
    if encoding == "gb18030":
        findings.append(Found("lint.encoding-gbk", "info"))
    if markup.mended:
        findings.append(Found("lint.typographic", "warning"))
    commands = [
        element.attributes.get("cmd", "?")
        for element in (*markup.root.walk("X-PRE-PROCESS"), *markup.root.walk("X-NO-PRE-PROCESS"))
    ]
    if commands:
        findings.append(
            Found("lint.preprocessor", "warning", details={"commands": ", ".join(commands[:5])[:80]})
        )
    return findings


def _names_twice(gateways: list[ForeignGateway]) -> list[Found]:
    names = [gateway.name for gateway in gateways]
    return [
        Found("lint.name-twice", "error", name, {"name": name})
        for name in sorted({name for name in names if name and names.count(name) > 1})
    ]
