"""The one place that opens the system's keyring; call it from a thread, it can block for ever.

The service is `SERVICE`, the user is the account key. keyring itself would also write
passwords to plain files where an extra package offers that, so only the four backends
below are used, whatever it would choose.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tccc_desk.store.errors import SecretMissing, VaultError, VaultLocked, VaultUnavailable

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "tccc-desk"
BACKENDS = {
    "keyring.backends.SecretService.Keyring": "Secret Service",
    "keyring.backends.kwallet.DBusKeyring": "KWallet",
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Manager",
}
_CHAINER = "keyring.backends.chainer.ChainerBackend"

# Of secretstorage: an item locked apart from its collection, a prompt closed by the user.
_LOCKED = ("KeyringLocked", "LockedException", "PromptDismissedException")


def read(account: str) -> str:
    """Give the password, or raise SecretMissing."""
    with _mapped():
        password = _trusted().get_password(SERVICE, account)
    if not password:
        raise SecretMissing(account=account)
    return password


def write(account: str, password: str) -> None:
    """Store or replace the password."""
    with _mapped():
        _trusted().set_password(SERVICE, account, password)


def delete(account: str) -> None:
    """Delete the password; none being there is no error."""
    with _mapped():
        backend = _trusted()
        if backend.get_password(SERVICE, account) is not None:
            backend.delete_password(SERVICE, account)


def backend_name() -> str:
    """Name the keyring for a reader."""
    with _mapped():
        return BACKENDS[_class_name(_trusted())]


@contextlib.contextmanager
def _mapped() -> Iterator[None]:
    """Turn a library's exception into ours; it is dropped, not chained: its frames hold the password."""
    try:
        yield
    except VaultError:
        raise
    except Exception as error:  # noqa: BLE001  # the boundary to four systems' libraries
        name = type(error).__name__
        raise (VaultLocked() if name in _LOCKED else VaultUnavailable(reason=name)) from None


def _class_name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _trusted() -> KeyringBackend:
    """The backend keyring chose, if it is one of `BACKENDS` or chains one of them."""
    import keyring  # noqa: PLC0415  # 100 to 200 ms, in the worker thread only

    chosen = keyring.get_keyring()
    name = _class_name(chosen)
    candidates: list[KeyringBackend] = list(getattr(chosen, "backends", ())) if name == _CHAINER else [chosen]
    for backend in candidates:
        if _class_name(backend) in BACKENDS:
            return backend
    raise VaultUnavailable(reason=name)
