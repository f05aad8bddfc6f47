"""Certificates made for one test and gone with its folder."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path

    def server(self, **settings: object) -> ssl.SSLContext:
        """What a server shows it by; `settings` are attributes of the context."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        for name, value in settings.items():
            setattr(context, name, value)
        return context


@dataclass(slots=True)
class Authority:
    """A private certificate authority. `folder` is private to it."""

    folder: Path
    name: str = "Practice Authority"
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def file(self) -> Path:
        """Its own certificate, as PEM."""
        path = self.folder / "authority.pem"
        if not path.exists():
            path.write_bytes(self._own().public_bytes(Encoding.PEM))
        return path

    def issue(self, *names: str, begins: int = -1, ends: int = 30, self_signed: bool = False) -> Identity:
        """A server certificate for host names or addresses, valid from and to so many days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _named(names[0])
        builder = _builder(
            subject, subject if self_signed else _named(self.name), key.public_key(), begins, ends
        )
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_alternative(one) for one in names]), False
        )
        signed = builder.sign(key if self_signed else self._key, hashes.SHA256())
        count = len(list(self.folder.glob("*.key")))
        made = Identity(self.folder / f"{count}.pem", self.folder / f"{count}.key")
        made.certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        made.key.touch(mode=0o600)
        made.key.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        )
        return made

    def _own(self) -> x509.Certificate:
        name = _named(self.name)
        builder = _builder(name, name, self._key.public_key(), -1, 30)
        return builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True).sign(
            self._key, hashes.SHA256()
        )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begins: int, ends: int
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins * DAY)
        .not_valid_after(now + ends * DAY)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
