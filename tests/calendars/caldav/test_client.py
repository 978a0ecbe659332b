"""What the client does with real servers, and where it doesn't send anything."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from integrations.calendars.caldav_calendar import CalDavCalendar, EntryChanged
from integrations.calendars.caldav_client import CalDavError, Connection, Credentials, is_trusted
from integrations.calendars.caldav_directory import CalDavDirectory
from integrations.egress import Egress
from mentorship.errors import CalendarProblem, CalendarUnavailable
from tests.calendars.caldav.servers import PASSWORD, Account, CalDavServer, Calendar, event
from tests.integrations.receivers import Receiver, answering, receiver
from tests.integrations.test_egress import Resolver

START = datetime(2026, 3, 3, 10, tzinfo=UTC)
END = START + timedelta(hours=1)
DIRECTORY = CalDavDirectory(partial(Egress, allow_private=True))
WINDOW = (START - timedelta(days=7), START + timedelta(days=30))


def open_calendar(egress: Egress, calendar: Calendar, password: str = PASSWORD) -> CalDavCalendar:
    credentials = Credentials(calendar.account.user, password)
    return CalDavCalendar(Connection(egress, calendar.url, credentials), calendar.url)


def text(name: str, start: datetime = START) -> bytes:
    return event(name, start, start + timedelta(hours=1)).encode()


async def test_discovery_finds_calendars_by_the_server_alone(
    account: Account, calendar: Calendar
) -> None:
    found = await DIRECTORY.discover(account.server.url, account.user, account.password)
    assert {each.url: each.name for each in found}[calendar.url] == "Work"
    assert all(each.can_write for each in found)


async def test_discovery_from_the_address_of_a_calendar(
    account: Account, calendar: Calendar
) -> None:
    found = await DIRECTORY.discover(calendar.url, account.user, account.password)
    assert calendar.url in {each.url for each in found}


async def test_discovery_reports_a_wrong_password(radicale: CalDavServer) -> None:
    account = radicale.add_user("somebody")
    with pytest.raises(CalendarUnavailable) as error:
        await DIRECTORY.discover(radicale.url, account.user, "wrong")
    assert error.value.problem is CalendarProblem.WRONG_PASSWORD
    assert "wrong" not in repr(Credentials("somebody", "wrong"))


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1:1/", "https://localhost", "http://a.example"]
)
async def test_private_addresses_get_no_request(address: str) -> None:
    with pytest.raises(CalendarUnavailable) as error:
        await CalDavDirectory(Egress).discover(address, "user", "password")
    assert error.value.problem is CalendarProblem.REFUSED


async def test_a_public_name_of_a_private_address_gets_no_request(radicale: CalDavServer) -> None:
    """The library itself would connect. The guard looks at the resolved address."""
    port = radicale.url.rsplit(":", 1)[1]
    address = f"https://rebound.example:{port}/"
    async with Egress(resolver=Resolver("127.0.0.1")) as egress:
        calendar = CalDavCalendar(
            Connection(egress, address, Credentials("user", "password")), address
        )
        with pytest.raises(CalDavError) as error:
            await calendar.read_state()
    assert error.value.problem is CalendarProblem.REFUSED


async def test_an_entry_is_created_replaced_and_deleted(egress: Egress, calendar: Calendar) -> None:
    mine = open_calendar(egress, calendar)
    etag = await mine.create_entry("one.ics", text("one"))
    with pytest.raises(EntryChanged):
        await mine.create_entry("one.ics", text("one"))
    entry = await mine.read_entry("one.ics")
    assert entry is not None
    assert entry.etag == etag
    assert etag is not None

    later = START + timedelta(days=1)
    newer = await mine.replace_entry("one.ics", text("one", later), etag)
    with pytest.raises(EntryChanged):
        await mine.replace_entry("one.ics", text("one"), etag)
    assert newer != etag
    assert "20260304T100000Z" in calendar.events()["one.ics"]

    await mine.delete_entry("one.ics")
    await mine.delete_entry("one.ics")
    assert await mine.read_entry("one.ics") is None
    assert calendar.events() == {}


async def test_an_event_elsewhere_with_the_same_uid_is_a_change(
    egress: Egress, calendar: Calendar
) -> None:
    calendar.put("moved-by-an-app.ics", event("one", START, END))
    with pytest.raises(EntryChanged):
        await open_calendar(egress, calendar).create_entry("one.ics", text("one"))


async def test_changes_are_told_since_a_token(egress: Egress, calendar: Calendar) -> None:
    mine = open_calendar(egress, calendar)
    etag = await mine.create_entry("mine.ics", text("mine"))
    calendar.add_event(START, END, "theirs")
    state = await mine.read_state()
    assert state.sync_token is not None
    assert (await mine.read_state()) == state

    calendar.move("mine.ics", START + timedelta(hours=2), END + timedelta(hours=2))
    calendar.delete("theirs.ics")
    assert await mine.read_state() != state
    changes = await mine.changes_since(state.sync_token)
    assert changes is not None
    assert changes.paths == {mine.path_of("mine.ics"), mine.path_of("theirs.ics")}
    assert changes.etags[mine.path_of("mine.ics")] != etag


async def test_an_unknown_token_is_no_error(egress: Egress, calendar: Calendar) -> None:
    assert await open_calendar(egress, calendar).changes_since("http://old/token") is None


async def test_events_of_a_window_are_read(egress: Egress, calendar: Calendar) -> None:
    calendar.add_event(START, END, "inside")
    calendar.add_event(START + timedelta(days=90), END + timedelta(days=90), "outside")
    mine = open_calendar(egress, calendar)
    events = await mine.read_events(*WINDOW)
    assert [each.path for each in events] == [mine.path_of("inside.ics")]
    assert b"DTSTART:20260303T100000Z" in events[0].content


async def test_a_deleted_calendar_is_not_found(egress: Egress, calendar: Calendar) -> None:
    mine = open_calendar(egress, calendar)
    calendar.delete()
    with pytest.raises(CalDavError) as error:
        await mine.read_state()
    assert error.value.problem is CalendarProblem.NOT_FOUND
    with pytest.raises(CalDavError):
        await mine.create_entry("one.ics", text("one"))


async def test_a_wrong_password_is_told(egress: Egress, radicale: CalDavServer) -> None:
    calendar = radicale.add_user("careless").make_calendar()
    with pytest.raises(CalDavError) as error:
        await open_calendar(egress, calendar, "wrong").read_state()
    assert error.value.problem is CalendarProblem.WRONG_PASSWORD


MULTISTATUS = b'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">%s</D:multistatus>'
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(12)
    )
    + b']><D:multistatus xmlns:D="DAV:"><D:response><D:href>&m;</D:href></D:response>'
    b"</D:multistatus>"
)
FILE = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    b'<D:multistatus xmlns:D="DAV:"><D:response><D:href>/</D:href><D:propstat><D:prop>'
    b"<D:sync-token>&f;</D:sync-token></D:prop></D:propstat></D:response></D:multistatus>"
)


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        ("401 Unauthorized", b"", CalendarProblem.WRONG_PASSWORD),
        ("403 Forbidden", b"<html>No</html>", CalendarProblem.FORBIDDEN),
        ("404 Not Found", b"", CalendarProblem.NOT_FOUND),
        ("405 Method Not Allowed", b"", CalendarProblem.NOT_A_CALENDAR),
        ("429 Too Many Requests", b"", CalendarProblem.SERVER_ERROR),
        ("503 Service Unavailable", b"private words", CalendarProblem.SERVER_ERROR),
        ("507 Insufficient Storage", b"", CalendarProblem.STORAGE_FULL),
        ("207 Multi-Status", b"private words", CalendarProblem.BAD_ANSWER),
        ("207 Multi-Status", b"", CalendarProblem.BAD_ANSWER),
        ("207 Multi-Status", MULTISTATUS % b"", CalendarProblem.NOT_FOUND),
        ("207 Multi-Status", MULTISTATUS % b"<D:response/>", None),
        ("207 Multi-Status", BOMB, None),
        ("207 Multi-Status", FILE, None),
        ("200 OK", b"<html>private words</html>", None),
    ],
)
async def test_faults_of_servers_are_problems_and_are_not_logged(
    egress: Egress,
    caplog: pytest.LogCaptureFixture,
    status: str,
    body: bytes,
    problem: CalendarProblem | None,
) -> None:
    caplog.set_level(logging.INFO)
    async with receiver(answering(status, body, "Content-Type: text/xml\r\n")) as server:
        found: CalendarProblem | None = None
        try:
            state = await asyncio.wait_for(_at(egress, server).read_state(), 10)
        except CalDavError as error:
            found = error.problem
        else:
            assert "root:" not in (state.sync_token or "")
    assert problem in (found, None)
    assert "private words" not in caplog.text


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("https://dav.example.com/x", "https://dav.example.com/"),
        ("https://DAV.example.com:443/x", "https://dav.example.com/"),
        ("https://dav.example.com/x", "https://example.com/"),
        ("https://p01-caldav.icloud.com/x", "https://caldav.icloud.com/"),
        ("https://192.168.1.2/x", "http://192.168.1.2/"),
    ],
)
def test_a_password_is_sent_to_hosts_of_the_server(address: str, named: str) -> None:
    assert is_trusted(address, named)


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("https://evil.co.uk/", "https://cal.example.co.uk/"),
        ("https://evil.co.uk/", "https://example.co.uk/"),
        ("https://other.example.com/", "https://dav.example.com/"),
        ("https://notexample.com/", "https://example.com/"),
        ("https://example.com.evil.org/", "https://example.com/"),
        ("https://icloud.com.evil.org/", "https://caldav.icloud.com/"),
        ("http://dav.example.com/", "https://dav.example.com/"),
        ("https://dav.example.com:8443/", "https://dav.example.com/"),
        ("https://dav.example.com:x/", "https://dav.example.com/"),
        ("https://1.192.168.1.2/", "https://192.168.1.2/"),
        ("https:///", "https://dav.example.com/"),
    ],
)
def test_a_password_isnt_sent_anywhere_else(address: str, named: str) -> None:
    assert not is_trusted(address, named)


async def test_a_redirect_to_another_host_is_refused(egress: Egress) -> None:
    elsewhere = "Location: http://other.example/\r\n"
    async with receiver(answering("301 Moved Permanently", b"", elsewhere)) as server:
        with pytest.raises(CalDavError) as error:
            await _at(egress, server).read_state()
    assert error.value.problem is CalendarProblem.REFUSED


@pytest.mark.parametrize("element", ["current-user-principal", "calendar-home-set"])
async def test_discovery_on_another_host_is_refused(element: str) -> None:
    """What a server says is elsewhere gets no password either."""
    async with receiver(answering("204 No Content")) as elsewhere:
        space = "DAV:" if element.startswith("current") else "urn:ietf:params:xml:ns:caldav"
        href = f"http://localhost:{elsewhere.port}/"
        prop = f'<X:{element} xmlns:X="{space}"><D:href>{href}</D:href></X:{element}>'
        body = (
            MULTISTATUS
            % (
                "<D:response><D:href>/</D:href><D:propstat><D:prop>"
                f"{prop}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
            ).encode()
        )
        answer = answering("207 Multi-Status", body, "Content-Type: text/xml\r\n")
        async with receiver(answer) as server:
            with pytest.raises(CalendarUnavailable) as error:
                await DIRECTORY.discover(f"http://127.0.0.1:{server.port}/dav/", "user", "secret")
        assert server.requests
        assert elsewhere.requests == []
    assert error.value.problem in (CalendarProblem.REFUSED, CalendarProblem.BAD_ANSWER)


async def test_a_server_that_hides_privileges_still_tells_its_calendars() -> None:
    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        properties = (
            "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>"
            "<D:displayname>Work</D:displayname>"
        )
        refused = (
            "<D:propstat><D:prop><D:current-user-privilege-set/></D:prop>"
            "<D:status>HTTP/1.1 403 Forbidden</D:status></D:propstat>"
        )
        body = (
            MULTISTATUS
            % (
                '<D:response xmlns:C="urn:ietf:params:xml:ns:caldav"><D:href>/dav/work/</D:href>'
                f"<D:propstat><D:prop>{properties}</D:prop><D:status>HTTP/1.1 200 OK</D:status>"
                f"</D:propstat>{refused if b'privilege-set' in request else ''}</D:response>"
            ).encode()
        )
        await answering("207 Multi-Status", body, "Content-Type: text/xml\r\n")(request, writer)

    async with receiver(answer) as server:
        address = f"http://127.0.0.1:{server.port}/dav/"
        (found,) = await DIRECTORY.discover(address, "user", "password")
    assert (found.url, found.name, found.can_write) == (f"{address}work/", "Work", True)


async def test_endless_redirects_end(egress: Egress) -> None:
    async with receiver(answering("302 Found", b"", "Location: /again\r\n")) as server:
        with pytest.raises(CalDavError) as error:
            await _at(egress, server).read_state()
        assert error.value.problem is CalendarProblem.TOO_MANY_REDIRECTS
        assert 1 < len(server.requests) < 6


def _at(egress: Egress, server: Receiver) -> CalDavCalendar:
    address = f"http://127.0.0.1:{server.port}/calendar/"
    return CalDavCalendar(Connection(egress, address, Credentials("user", "password")), address)
