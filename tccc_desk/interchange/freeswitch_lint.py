"""What is wrong in a FreeSWITCH gateway for the provider; the traps of its own document are among it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from tccc_desk.interchange.found import Found
from tccc_desk.interchange.freeswitch_words import (
    GATEWAY_PARAMS,
    INSTANCE,
    NAME,
    ORIGINATED,
    PROFILE_PARAMS,
    is_placeholder,
    is_variable,
)
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.server import (
    IP_MODE_HOSTS,
    IP_MODE_PORT,
    PORT,
    TLS_PORT,
    ServerAddress,
    is_sample_domain,
    is_tccc_server,
    parse_server,
)

_FALSE = {"false", "no", "off", "0", "disabled"}
_SHOWN = 80


def lint(name: str, params: Mapping[str, str], repeated: Sequence[str], around: str) -> list[Found]:
    """Judge one gateway. `around` is the text beside the XML, where an originate line may stand."""
    found = [
        *_names(name, params, repeated),
        *_account(params),
        *_servers(params),
        *_behaviour(params),
        *_script(name, params, around),
    ]
    return [
        Found(one.id, one.severity, name, {key: value[:_SHOWN] for key, value in one.details.items()})
        for one in found
    ]


def _names(name: str, params: Mapping[str, str], repeated: Sequence[str]) -> Iterator[Found]:
    if not name:
        yield Found("lint.name-missing", "error")
    elif not NAME.fullmatch(name):
        yield Found("lint.name-invalid", "error", details={"name": name})
    for param in params:
        if param in GATEWAY_PARAMS:
            continue
        if param in PROFILE_PARAMS:
            yield Found("lint.profile-param", "warning", details={"param": param})
            continue
        near = difflib.get_close_matches(param[:64], GATEWAY_PARAMS, n=1, cutoff=0.8)
        if near:
            yield Found("lint.misspelt-param", "error", details={"param": param, "near": near[0]})
        else:
            yield Found("lint.unknown-param", "warning", details={"param": param})
    for param in repeated:
        yield Found("lint.param-twice", "warning", details={"param": param})
    for param, value in params.items():
        if is_variable(value):
            yield Found("lint.variable", "warning", details={"param": param})


def _account(params: Mapping[str, str]) -> Iterator[Found]:
    username = params.get("username", "").strip()
    if not username:
        yield Found("lint.username-missing", "error")
    elif not is_variable(username) and not (username.isascii() and username.isalnum()):
        yield Found("lint.username-characters", "warning", details={"username": username})
    password = params.get("password", "")
    registers = params.get("register", "true").strip().lower() not in _FALSE
    if not password and registers:
        yield Found("lint.password-missing", "error")
    elif is_placeholder(password):
        yield Found("lint.password-placeholder", "error")
    realm = (params.get("realm") or params.get("proxy") or "").strip()
    if not realm:
        yield Found("lint.realm-missing", "error")
    elif is_sample_domain(realm.lower()):
        yield Found("lint.sample-domain", "error", details={"domain": realm})
    elif is_tccc_server(realm.lower()):
        yield Found("lint.realm-is-server", "error", details={"domain": realm})
    elif not is_variable(realm) and not INSTANCE.fullmatch(realm):
        yield Found("lint.realm-foreign", "warning", details={"domain": realm})
    from_domain = params.get("from-domain", "").strip()
    if from_domain.startswith("auto-aleg"):
        yield Found("lint.from-domain-automatic", "warning", details={"value": from_domain})
    elif from_domain and realm and from_domain.lower() != realm.lower():
        yield Found("lint.from-domain-differs", "error", details={"from": from_domain, "realm": realm})
    elif not from_domain:
        yield Found("lint.from-domain-missing", "error")


def _servers(params: Mapping[str, str]) -> Iterator[Found]:
    transport = params.get("register-transport", "udp").strip().lower()
    addresses = {}
    for param in ("register-proxy", "outbound-proxy"):
        value = params.get(param, "").strip()
        if not value:
            yield Found("lint.proxy-missing", "error", details={"param": param})
            continue
        if is_variable(value):
            continue
        try:
            address = parse_server("server", value.removeprefix("sip:").partition(";")[0])
        except InputError:
            yield Found("lint.proxy-unreadable", "error", details={"param": param, "value": value})
            continue
        addresses[param] = address
        yield from _port(param, address, transport)
    if len(addresses) == 2:
        first, second = addresses.values()
        if (first.host, first.port) != (second.host, second.port):
            yield Found("lint.proxies-differ", "warning")


def _port(param: str, address: ServerAddress, transport: str) -> Iterator[Found]:
    wanted = str(TLS_PORT if transport == "tls" else PORT)
    if address.host in IP_MODE_HOSTS or address.port == IP_MODE_PORT:
        yield Found("lint.ip-mode", "error", details={"param": param})
    elif address.port is None:
        yield Found("lint.port-missing", "error", details={"param": param, "port": wanted})
    elif is_tccc_server(address.host) and str(address.port) != wanted:
        details = {"param": param, "port": str(address.port), "wanted": wanted}
        yield Found("lint.port-other", "warning", details=details)


def _behaviour(params: Mapping[str, str]) -> Iterator[Found]:
    transport = params.get("register-transport", "udp").strip().lower()
    if transport == "udp":
        yield Found("lint.udp", "warning")
    elif transport not in {"tcp", "tls"}:
        yield Found("lint.transport-unknown", "error", details={"value": transport})
    if params.get("caller-id-in-from", "false").strip().lower() in {*_FALSE, ""}:
        yield Found("lint.caller-not-in-from", "error")
    if params.get("from-user", "").strip():
        yield Found("lint.from-user", "warning", details={"user": params["from-user"]})
    if params.get("register", "true").strip().lower() in _FALSE:
        yield Found("lint.not-registering", "info")
    expires = params.get("expire-seconds", "").strip()
    if not (expires.isascii() and expires.isdecimal() and len(expires) < 10 and int(expires) >= 5):
        yield Found("lint.expires-default", "info")
    elif int(expires) != 120:
        yield Found("lint.expires-other", "info", details={"seconds": expires})


def _script(name: str, params: Mapping[str, str], around: str) -> Iterator[Found]:
    called = dict.fromkeys(found["gateway"] for found in ORIGINATED.finditer(around))
    for other in called:
        if name and other != name:
            yield Found("lint.script-gateway", "error", details={"script": other, "name": name})
    realm = (params.get("realm") or params.get("proxy") or "").strip().lower()
    ours = INSTANCE.search(realm)
    theirs = dict.fromkeys(found["instance"].lower() for found in INSTANCE.finditer(_originates(around)))
    for instance in theirs:
        if ours is not None and instance != ours["instance"].lower():
            yield Found("lint.script-instance", "error", details={"script": instance, "realm": realm})


def _originates(text: str) -> str:
    """Give the lines that call: an instance named in prose beside them is nobody's mistake."""
    return "\n".join(line for line in text.splitlines() if "originate" in line or "sofia/gateway/" in line)
