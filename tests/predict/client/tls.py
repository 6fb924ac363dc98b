"""Certificates of an authority of the tests' own, and a server that shows one."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.predict.http_server import HTTPServer, Play, http_server

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Files:
    """Where certificates are.

    Attributes:
        authority: that of the authority.
        server: that of a server at 127.0.0.1 with its key.
        client: that of a client with its key.
        certificate, key: the same in two files.
    """

    authority: Path
    server: Path
    client: Path
    certificate: Path
    key: Path


def make_files(folder: Path) -> Files:
    """Write certificates into a folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("An authority", key, None)
    files = Files(
        *(folder / f"{name}.pem" for name in ("authority", "server", "client", "own", "own-key"))
    )
    files.authority.write_bytes(_pem(authority))
    for path, name in ((files.server, "A server"), (files.client, "A client")):
        own = ec.generate_private_key(ec.SECP256R1())
        certificate, private = _pem(_certificate(name, own, (authority, key))), _key(own)
        path.write_bytes(private + certificate)
    files.certificate.write_bytes(certificate)
    files.key.write_bytes(private)
    return files


@contextmanager
def https_server(
    plays: Mapping[str, Play], files: Files, *, asks_client: bool = False
) -> Iterator[tuple[HTTPServer, str]]:
    """Run a server for as long as the block lasts; give it and its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.server)
    if asks_client:
        context.load_verify_locations(files.authority)
        context.verify_mode = ssl.CERT_REQUIRED
    with http_server(plays, context) as server:
        yield server, server.url.replace("http:", "https:")


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
