"""Servers that answer badly, and certificates for them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
"""Gets the head and body of a request, and writes the answer."""


@dataclass
class Receiver:
    """A server at a free port of this machine. `requests` are those that it got, in full."""

    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def receiver(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Serve `handler` while the context is open. Connections are kept open between requests."""
    state = Receiver()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lengths = (
                    int(line.split(b":")[1])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length:")
                )
                length = next(lengths, 0)
                request = head + await reader.readexactly(length)
                state.requests.append(request)
                await handler(request, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()


def answering(status: str = "204 No Content", body: bytes = b"", headers: str = "") -> Handler:
    """Return a handler with the same answer to each request."""

    async def handle(_request: bytes, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        writer.write(head.encode() + body)

    return handle


@dataclass(frozen=True)
class Certificates:
    """A certificate authority that clients trust, and servers' certificates in a folder."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    authority: x509.Certificate

    @classmethod
    def create(cls, folder: Path) -> Certificates:
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(folder, key, _certificate("Test authority", key, key, is_authority=True))

    def client(self) -> ssl.SSLContext:
        """Return the TLS settings of a client that trusts the authority."""
        pem = self.authority.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def server(self, name: str, *, days: int = 1, is_trusted: bool = True) -> ssl.SSLContext:
        """Return the TLS settings of a server whose certificate is valid for `days` from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        signer = self.key if is_trusted else ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(name, key, signer, days=days)
        path = self.folder / f"{name}-{days}-{is_trusted}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    days: int = 1,
    is_authority: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if not is_authority:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(signer, hashes.SHA256())
