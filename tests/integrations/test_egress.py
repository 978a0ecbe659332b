"""What the program sends to addresses that people gave, and where it doesn't go."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from integrations import egress
from integrations.egress import Egress, Failure, NoAnswer
from tests.integrations.receivers import Certificates, answering, receiver


class Resolver(AbstractResolver):
    """Resolves any name to the addresses of a list."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.addresses
        ]

    async def close(self) -> None:
        pass


async def failure_of(client: Egress, url: str) -> Failure:
    with pytest.raises(NoAnswer) as error:
        await client.post(url, b"{}", {})
    return error.value.failure


async def test_a_request_arrives_as_it_was_given() -> None:
    async with (
        receiver(answering("200 OK", b"thanks")) as server,
        Egress(allow_private=True) as out,
    ):
        url = f"http://127.0.0.1:{server.port}/hooks?key=a%20b"
        answer = await out.post(url, b'{"type":"test"}', {"webhook-id": "evt_1"})
    assert (answer.status, answer.body, answer.is_success) == (200, b"thanks", True)
    [request] = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hooks?key=a%20b HTTP/1.1\r\n")
    assert b"webhook-id: evt_1" in head
    assert body == b'{"type":"test"}'


async def test_requests_to_one_receiver_share_a_connection() -> None:
    async with receiver(answering()) as server, Egress(allow_private=True) as out:
        for _ in range(5):
            await out.post(f"http://127.0.0.1:{server.port}/", b"{}", {})
    assert (len(server.requests), server.connections) == (5, 1)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "127.1", "localhost"])
async def test_no_request_goes_to_the_own_machine(host: str) -> None:
    async with receiver(answering()) as server, Egress() as out:
        assert await failure_of(out, f"https://{host}:{server.port}/") is Failure.REFUSED
    assert server.connections == 0


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("::ffff:127.0.0.1",),
        ("10.0.0.1", "169.254.169.254"),
        ("fd00:ec2::254", "192.168.0.1"),
    ],
)
async def test_names_that_resolve_to_private_addresses_are_refused(
    addresses: tuple[str, ...],
) -> None:
    async with (
        receiver(answering()) as server,
        Egress(resolver=Resolver(*addresses)) as out,
    ):
        url = f"https://innocent.example:{server.port}/"
        assert await failure_of(out, url) is Failure.REFUSED
    assert server.connections == 0


async def test_a_name_that_resolves_differently_later_is_refused_then() -> None:
    resolver = Resolver("127.0.0.1")
    async with receiver(answering()) as server, Egress(resolver=resolver, timeout_s=1) as out:
        url = f"https://innocent.example:{server.port}/"
        resolver.addresses = ("192.31.196.1",)  # Public, and nobody answers there.
        assert await failure_of(out, url) in (Failure.TIMEOUT, Failure.UNREACHABLE)
        out._session.connector.clear_dns_cache()  # type: ignore[union-attr]
        resolver.addresses = ("127.0.0.1",)
        assert await failure_of(out, url) is Failure.REFUSED
    assert server.connections == 0


async def test_http_is_refused_unless_private_addresses_are_allowed() -> None:
    async with Egress(resolver=Resolver("192.31.196.1")) as out:
        assert await failure_of(out, "http://app.example/") is Failure.REFUSED


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
async def test_redirects_are_not_followed(status: str) -> None:
    async with receiver(answering()) as target, Egress(allow_private=True) as out:
        location = f"Location: http://127.0.0.1:{target.port}/\r\n"
        async with receiver(answering(status, headers=location)) as server:
            answer = await out.post(f"http://127.0.0.1:{server.port}/", b"{}", {})
    assert (answer.status, answer.is_success) == (int(status[:3]), False)
    assert target.connections == 0


async def test_only_the_beginning_of_a_large_answer_is_read() -> None:
    body = b"x" * 10_000_000
    async with receiver(answering("200 OK", body)) as server, Egress(allow_private=True) as out:
        answer = await out.post(f"http://127.0.0.1:{server.port}/", b"{}", {})
    assert answer.body == b"x" * egress.MAX_ANSWER


async def test_an_endless_answer_ends_after_its_beginning() -> None:
    async def drip(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with receiver(drip) as server, Egress(allow_private=True) as out:
        before = time.monotonic()
        answer = await out.post(f"http://127.0.0.1:{server.port}/", b"{}", {})
    assert answer.is_success
    assert time.monotonic() - before < egress.BODY_TIMEOUT_S + 2


async def test_endless_headers_are_no_answer() -> None:
    async def flood(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-Filler: " + b"x" * 1_000 + b"\r\n")
            await writer.drain()

    async with receiver(flood) as server, Egress(allow_private=True, timeout_s=3) as out:
        failure = await failure_of(out, f"http://127.0.0.1:{server.port}/")
    assert failure in (Failure.BAD_ANSWER, Failure.TIMEOUT)


async def test_a_compressed_answer_is_not_expanded() -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    handler = answering("200 OK", bomb, GZIP)
    async with receiver(handler) as server, Egress(allow_private=True) as out:
        answer = await out.post(f"http://127.0.0.1:{server.port}/", b"{}", {})
    assert answer.body == bomb[: egress.MAX_ANSWER]


async def test_no_answer_in_time_is_a_timeout() -> None:
    async def sleep(_request: bytes, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with receiver(sleep) as server, Egress(allow_private=True, timeout_s=0.2) as out:
        assert await failure_of(out, f"http://127.0.0.1:{server.port}/") is Failure.TIMEOUT


async def test_a_closed_connection_is_unreachable() -> None:
    async def close(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with receiver(close) as server, Egress(allow_private=True) as out:
        assert await failure_of(out, f"http://127.0.0.1:{server.port}/") is Failure.UNREACHABLE
    async with Egress(allow_private=True) as out:
        assert await failure_of(out, f"http://127.0.0.1:{server.port}/") is Failure.UNREACHABLE


async def test_an_answer_that_is_not_http_is_a_bad_one() -> None:
    async def babble(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n\r\n")

    async with receiver(babble) as server, Egress(allow_private=True) as out:
        assert await failure_of(out, f"http://127.0.0.1:{server.port}/") is Failure.BAD_ANSWER


async def test_an_unknown_host_has_its_own_failure() -> None:
    async with Egress(allow_private=True) as out:
        assert await failure_of(out, "https://nobody.invalid/") is Failure.UNKNOWN_HOST


async def test_a_cookie_is_not_sent_back() -> None:
    handler = answering(headers="Set-Cookie: id=1\r\n")
    async with receiver(handler) as server, Egress(allow_private=True) as out:
        for _ in range(2):
            await out.post(f"http://127.0.0.1:{server.port}/", b"{}", {})
    assert b"ookie" not in server.requests[1]


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver(answering()) as proxy, receiver(answering()) as server:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        async with Egress(allow_private=True) as out:
            await out.post(f"http://127.0.0.1:{server.port}/", b"{}", {})
    assert (proxy.connections, len(server.requests)) == (0, 1)


class TestCertificates:
    @pytest.fixture
    def certificates(self, tmp_path: Path) -> Certificates:
        return Certificates.create(tmp_path)

    async def test_a_valid_certificate_is_accepted(self, certificates: Certificates) -> None:
        async with (
            receiver(answering(), certificates.server("app.example")) as server,
            self.client(certificates) as out,
        ):
            answer = await out.post(f"https://app.example:{server.port}/", b"{}", {})
        assert answer.status == 204

    async def test_wrong_certificates_are_refused(self, certificates: Certificates) -> None:
        for server_tls in (
            certificates.server("other.example"),
            certificates.server("app.example", days=-1),
            certificates.server("app.example", is_trusted=False),
        ):
            async with (
                receiver(answering(), server_tls) as server,
                self.client(certificates) as out,
            ):
                url = f"https://app.example:{server.port}/"
                assert await failure_of(out, url) is Failure.BAD_CERTIFICATE
            assert server.requests == []

    async def test_the_system_does_not_trust_unknown_authorities(
        self, certificates: Certificates
    ) -> None:
        async with (
            receiver(answering(), certificates.server("app.example")) as server,
            Egress(allow_private=True, resolver=Resolver("127.0.0.1")) as out,
        ):
            url = f"https://app.example:{server.port}/"
            assert await failure_of(out, url) is Failure.BAD_CERTIFICATE

    def client(self, certificates: Certificates) -> Egress:
        resolver = Resolver("127.0.0.1")
        return Egress(allow_private=True, tls=certificates.client(), resolver=resolver)


# --- Whole answers -------------------------------------------------------------------------------


GZIP = "Content-Encoding: gzip\r\n"


async def test_a_whole_answer_is_read_and_decompressed() -> None:
    content = b"BEGIN:VCALENDAR\r\n" * 1_000
    async with (
        receiver(answering("200 OK", gzip.compress(content), GZIP)) as server,
        Egress(allow_private=True) as out,
    ):
        url = f"http://127.0.0.1:{server.port}/calendar.ics"
        response = await out.request("GET", url, {"If-None-Match": '"1"'}, max_bytes=20_000)
    assert (response.status, response.body, response.url) == (200, content, url)
    assert b'If-None-Match: "1"' in server.requests[0]


@pytest.mark.parametrize("compressed", [True, False])
async def test_an_answer_that_is_too_large_is_refused(compressed: bool) -> None:
    content = b"0" * 50_000_000 if compressed else b"0" * 20_001
    headers = GZIP if compressed else ""
    body = gzip.compress(content) if compressed else content
    async with (
        receiver(answering("200 OK", body, headers)) as server,
        Egress(allow_private=True) as out,
    ):
        with pytest.raises(NoAnswer) as error:
            await out.request("GET", f"http://127.0.0.1:{server.port}/", {}, max_bytes=20_000)
    assert error.value.failure is Failure.TOO_LARGE


async def test_bytes_after_the_end_of_compressed_data_have_a_limit() -> None:
    compressed = gzip.compress(b"calendar")
    for padding, is_read in ((1_000, True), (200_000, False)):
        async with (
            receiver(answering("200 OK", compressed + b"0" * padding, GZIP)) as server,
            Egress(allow_private=True) as out,
        ):
            request = out.request("GET", f"http://127.0.0.1:{server.port}/", {}, max_bytes=20_000)
            if is_read:
                assert (await request).body == b"calendar"
                continue
            with pytest.raises(NoAnswer) as error:
                await request
            assert error.value.failure is Failure.TOO_LARGE


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"cut off" * 100, mtime=0)[:-12]])
async def test_broken_compression_is_no_answer(body: bytes) -> None:
    async with (
        receiver(answering("200 OK", body, GZIP)) as server,
        Egress(allow_private=True) as out,
    ):
        with pytest.raises(NoAnswer) as error:
            await out.request("GET", f"http://127.0.0.1:{server.port}/", {}, max_bytes=20_000)
    assert error.value.failure is Failure.BAD_ANSWER


async def test_a_redirect_is_followed_only_if_the_caller_says_so() -> None:
    async with receiver(answering("200 OK", b"here")) as target:
        location = f"Location: http://127.0.0.1:{target.port}/moved\r\n"
        async with (
            receiver(answering("301 Moved Permanently", b"", location)) as server,
            Egress(allow_private=True) as out,
        ):
            url = f"http://127.0.0.1:{server.port}/"
            secret = {"Authorization": "Basic c2VjcmV0"}
            first = await out.request("PROPFIND", url, secret, max_bytes=100)
            assert first.status == 301
            second = await out.request("PROPFIND", url, secret, max_bytes=100, max_redirects=2)
    assert (second.status, second.body) == (200, b"here")
    assert target.requests[0].startswith(b"PROPFIND /moved ")
    # The password is for the first host only.
    assert b"c2VjcmV0" not in target.requests[0]


async def test_redirects_in_a_circle_end() -> None:
    async with (
        receiver(answering("302 Found", b"", "Location: /again\r\n")) as server,
        Egress(allow_private=True) as out,
    ):
        url = f"http://127.0.0.1:{server.port}/"
        with pytest.raises(NoAnswer) as error:
            await out.request("GET", url, {}, max_bytes=100, max_redirects=3)
    assert error.value.failure is Failure.TOO_MANY_REDIRECTS
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://127.0.0.1/", "http://user:secret@127.0.0.1/", "https://"],
)
async def test_a_redirect_is_checked_as_the_first_address_is(location: str) -> None:
    async with (
        receiver(answering("302 Found", b"", f"Location: {location}\r\n")) as server,
        Egress(allow_private=True) as out,
    ):
        url = f"http://127.0.0.1:{server.port}/"
        with pytest.raises(NoAnswer) as error:
            await out.request("GET", url, {}, max_bytes=100, max_redirects=3)
    assert error.value.failure is Failure.REFUSED
