"""A keyring backend as some packages bring it: passwords in a plain file."""

from __future__ import annotations

from pathlib import Path

from keyring.backend import KeyringBackend


class Keyring(KeyringBackend):
    priority = 100.0  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        return (Path.home() / "plain").read_text()

    def set_password(self, service: str, username: str, password: str) -> None:
        (Path.home() / "plain").write_text(password)

    def delete_password(self, service: str, username: str) -> None:
        (Path.home() / "plain").unlink()
