"""A trunk as a FreeSWITCH gateway, with the line that places a test call."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from tccc_desk.interchange.kept import kept_comment
from tccc_desk.interchange.say import Say
from tccc_desk.interchange.slug import slug
from tccc_desk.trunk.profile import Trunk

PLACEHOLDER = "${TCCC_PASSWORD}"
SAID = ("name", "username", "domain", "server", "transport", "expires", "auth_username", "register")


def write_freeswitch(trunk: Trunk, say: Say, password: str | None = None) -> str:
    """Give the whole file. Without `password` a place-holder stands in its place.

    FreeSWITCH expands "$" followed by "{" everywhere: a password with it is said not to work there.
    """
    name = slug(trunk.name)
    lines = ["<include>", *_comment(kept_comment(trunk, SAID if name == trunk.name else SAID[1:]))]
    lines.append(f"  <gateway name={quoteattr(name)}>")
    for param, value, why in _params(trunk, password):
        lines += _comment(say(f"interchange.{why}"), indent=4)
        lines.append(f'    <param name="{param}" value={quoteattr(value)}/>')
    lines += ["  </gateway>", "</include>", ""]
    lines += _comment(say("interchange.originate"), indent=0)
    lines += _comment(originate(trunk, name), indent=0)
    return "\n".join(lines) + "\n"


def originate(trunk: Trunk, name: str) -> str:
    """Give the fs_cli command of the document's step 2 for this trunk."""
    caller, line = trunk.caller_number or "CALLER", trunk.line_number or "LINE"
    account = f"sip_invite_full_from=sip:{caller}@{trunk.domain},sip_invite_to_uri=sip:{line}@{trunk.domain}"
    return f"originate {{{account},sip_cid_type=none}}sofia/gateway/{name}/{line} &park"


def _params(trunk: Trunk, password: str | None) -> list[tuple[str, str, str]]:
    server = trunk.server_and_port
    rows = [
        ("username", trunk.username, "username"),
        ("realm", trunk.domain, "realm"),
        ("from-domain", trunk.domain, "from-domain"),
        ("password", PLACEHOLDER if password is None else password, "password"),
        ("expire-seconds", str(trunk.expires_s), "expires"),
        ("register", "true" if trunk.register else "false", "register"),
        ("register-transport", trunk.transport, "transport"),
        ("register-proxy", server, "server"),
        ("outbound-proxy", server, "outbound"),
        ("caller-id-in-from", "true", "caller-in-from"),
    ]
    if trunk.auth_username:
        rows.insert(1, ("auth-username", trunk.auth_username, "auth-username"))
    return rows


def _comment(text: str, *, indent: int = 2) -> list[str]:
    return [f"{' ' * indent}<!-- {text.replace('--', '- -')} -->"]
