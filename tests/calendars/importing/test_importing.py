"""What becomes of a mentor's calendar: its busy times, failures, changes and conflicts."""

from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update

from integrations.calendars import importing as importing_module
from integrations.calendars.ics_fetcher import IcsFetcher
from integrations.calendars.importing import CalendarImporter
from integrations.egress import Egress
from mentorship import faults, installation
from mentorship.calendars import busy_import, external_calendars
from mentorship.calendars.busy_import import ClaimLost, Validators
from mentorship.errors import CalendarProblem
from mentorship.faults import FaultKind
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import departures
from mentorship.time.intervals import Span
from storage import Database, Transaction
from storage.encryption import Cipher, generate_key
from storage.tables import ExternalBusy, ExternalCalendar
from tests.calendars.ics_files import calendar, event
from tests.calendars.importing.conftest import CalendarServer, Importing
from tests.integrations.receivers import receiver

NINE = event("20260304T090000Z", "20260304T100000Z", uid="nine")
NOON = event("20260305T120000Z", "20260305T130000Z", uid="noon")
AT_NINE = (datetime(2026, 3, 4, 9, tzinfo=UTC), datetime(2026, 3, 4, 10, tzinfo=UTC))
AT_NOON = (datetime(2026, 3, 5, 12, tzinfo=UTC), datetime(2026, 3, 5, 13, tzinfo=UTC))
QUARTER = timedelta(minutes=15)


async def test_a_new_calendar_is_read_at_once_and_again_within_15_minutes(importing: Importing):
    importing.server.content = calendar(NINE)
    await importing.add()

    assert await importing.importer.run() == 1
    assert await importing.busy() == [AT_NINE]
    now = importing.town.clock.now
    view = await importing.view()
    assert (view.checked_at, view.changed_at, view.problem) == (now, now, None)
    (row,) = await importing.rows()
    assert now + timedelta(minutes=10) < row.next_at <= now + QUARTER
    assert await importing.importer.run() == 0


async def test_changes_reach_the_stored_times_and_the_rest_stays(importing: Importing):
    importing.server.content = calendar(NINE, NOON)
    await importing.add()
    await importing.importer.run()
    ids = {row.starts_at: row.id for row in await importing.rows(ExternalBusy)}

    later = event("20260304T090000Z", "20260304T110000Z", uid="nine")
    importing.server.content = calendar(later, NOON)
    importing.town.clock.turn(minutes=15)
    await importing.importer.run()

    end = datetime(2026, 3, 4, 11, tzinfo=UTC)
    assert await importing.busy() == [AT_NOON, (AT_NINE[0], end)]
    kept = {row.starts_at: row.id for row in await importing.rows(ExternalBusy)}
    assert kept[AT_NOON[0]] == ids[AT_NOON[0]]


async def test_an_unchanged_file_is_not_sent_again(importing: Importing):
    importing.server.content = calendar(NINE)
    await importing.add()
    await importing.importer.run()
    importing.town.clock.turn(minutes=15)
    await importing.importer.run()

    first, second = importing.server.requests
    assert b"if-none-match" not in first.lower()
    assert b"if-none-match" in second.lower()
    view = await importing.view()
    assert view.checked_at == importing.town.clock.now
    assert view.changed_at == importing.town.clock.now - QUARTER
    assert await importing.busy() == [AT_NINE]


async def test_the_whole_file_is_read_again_on_the_next_day(importing: Importing):
    in_a_year = event("20270303T090000Z", "20270303T100000Z")
    importing.server.content = calendar(in_a_year)
    await importing.add()
    await importing.importer.run()
    assert len(await importing.busy()) == 0

    importing.town.clock.turn(days=1)
    await importing.importer.run()
    assert b"if-none-match" not in importing.server.requests[-1].lower()
    assert len(await importing.busy()) == 1


async def test_dates_follow_the_owner_to_another_zone(importing: Importing):
    all_day = "BEGIN:VEVENT\nUID:d\nDTSTART;VALUE=DATE:20260310\nEND:VEVENT"
    importing.server.content = calendar(all_day)
    await importing.add()
    await importing.importer.run()
    ((start, _),) = await importing.busy()
    assert start == datetime(2026, 3, 9, 23, tzinfo=UTC)

    await importing.town.join(importing.mentor)  # New York
    importing.town.clock.turn(minutes=15)
    await importing.importer.run()
    ((start, _),) = await importing.busy()
    assert start == datetime(2026, 3, 10, 4, tzinfo=UTC)


async def test_gaps_without_room_for_a_session_are_closed(importing: Importing):
    importing.server.content = calendar(
        event("20260304T090000Z", "20260304T095000Z", uid="1"),
        event("20260304T100000Z", "20260304T110000Z", uid="2"),
        event("20260304T111500Z", "20260304T120000Z", uid="3"),
    )
    await importing.add()
    await importing.importer.run()
    assert len(await importing.busy()) == 2


async def test_times_of_this_installation_are_ignored(importing: Importing):
    uid = (await importing.town.db.read(installation.load)).uid
    importing.server.content = calendar(
        event("20260304T090000Z", "20260304T100000Z", uid=f"session-7@{uid}.mentorbot"),
        event("20260305T120000Z", "20260305T130000Z", uid="session-7@other.mentorbot"),
    )
    await importing.add()
    await importing.importer.run()
    assert await importing.busy() == [AT_NOON]


@pytest.mark.parametrize(
    ("status", "content", "problem"),
    [
        ("404 Not Found", b"", CalendarProblem.NOT_FOUND),
        ("410 Gone", b"", CalendarProblem.NOT_FOUND),
        ("401 Unauthorized", b"", CalendarProblem.SIGN_IN_NEEDED),
        ("403 Forbidden", b"", CalendarProblem.FORBIDDEN),
        ("200 OK", b"<html>Sign in</html>", CalendarProblem.NOT_A_CALENDAR),
        ("200 OK", b"", CalendarProblem.NOT_A_CALENDAR),
        ("200 OK", b"X" * (20 * 2**20 + 1), CalendarProblem.TOO_LARGE),
    ],
)
async def test_a_lasting_failure_is_told_once(
    importing: Importing, status: str, content: bytes, problem: CalendarProblem
):
    importing.server.content = calendar(NINE)
    await importing.add()
    await importing.importer.run()
    importing.server.status, importing.server.content = status, content
    importing.town.clock.turn(minutes=15)
    failed_at = importing.town.clock.now
    for _ in range(3):
        await importing.importer.run()
        importing.town.clock.turn(hours=7)

    view = await importing.view()
    assert (view.problem, view.failing_since) == (problem, failed_at)
    assert view.checked_at == failed_at - QUARTER
    assert await importing.busy() == [AT_NINE], "what is known stays"
    (told,) = await importing.town.notifications(NotificationKind.CALENDAR_FAILING)
    assert told.user_id == importing.mentor.user_id
    assert told.facts["problem"] == problem


async def test_a_failure_that_passes_within_an_hour_is_not_told(importing: Importing):
    await importing.add()
    importing.server.status = "503 Service Unavailable"
    await importing.importer.run()
    importing.town.clock.turn(minutes=17)
    importing.server.status = "200 OK"
    await importing.importer.run()
    assert (await importing.view()).problem is None
    assert not await importing.town.notifications(NotificationKind.CALENDAR_FAILING)


async def test_a_failure_is_told_again_after_it_was_over(importing: Importing):
    await importing.add()
    for status in ("503 Service Unavailable", "503 Service Unavailable", "200 OK") * 2:
        importing.server.status = status
        await importing.importer.run()
        importing.town.clock.turn(hours=7)
    assert len(await importing.town.notifications(NotificationKind.CALENDAR_FAILING)) == 2


async def test_a_gzip_bomb_is_too_large(importing: Importing):
    importing.server.content = gzip.compress(b"X" * (40 * 2**20))
    importing.server.headers = "Content-Encoding: gzip\r\n"
    await importing.add()
    await importing.importer.run()
    assert (await importing.view()).problem is CalendarProblem.TOO_LARGE


async def test_private_addresses_and_redirects_to_them_are_refused(importing: Importing):
    await importing.add()
    async with Egress() as egress:
        fetchers = {"ics": IcsFetcher(egress)}
        await CalendarImporter(importing.town.db, fetchers, importing.worker).run()
    assert (await importing.view()).problem is CalendarProblem.REFUSED
    assert importing.server.requests == []


async def test_redirects_are_followed_but_not_forever(importing: Importing):
    await importing.add()
    importing.server.status = "302 Found"
    importing.server.headers = "Location: /again.ics\r\n"
    await importing.importer.run()
    assert (await importing.view()).problem is CalendarProblem.TOO_MANY_REDIRECTS


async def test_one_bad_calendar_does_not_stop_the_others(importing: Importing):
    importing.server.content = calendar(NINE)
    await importing.add("Good")
    await importing.add("Bad", "?other")

    async def damage(tx: Transaction) -> None:
        statement = update(ExternalCalendar).where(ExternalCalendar.label == "Bad")
        await tx.connection.execute(statement.values(address="not encrypted"))

    await importing.town.db.run(damage)
    await importing.importer.run()
    good, bad = await importing.town.db.read(external_calendars.list_own, importing.mentor)
    assert good.problem is None
    assert bad.problem is CalendarProblem.UNREADABLE_SECRET
    assert await importing.busy() == [AT_NINE]


async def test_a_server_that_hangs_does_not_hold_up_others(importing: Importing):
    importing.server.hangs = True
    await importing.add("Hangs")
    running = asyncio.create_task(importing.importer.run())
    while not importing.server.requests:
        await asyncio.sleep(0)
    other = CalendarServer(content=calendar(NINE))
    async with receiver(other.answer) as other.state:
        await importing.town.db.run(
            external_calendars.add_ics,
            importing.mentor,
            "Answers",
            other.address,
            allow_private=True,
        )
        async with asyncio.timeout(30):
            while not await importing.busy():
                await asyncio.sleep(0.01)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_row_that_can_not_be_read_is_left_for_later(
    importing: Importing, database_url: str
):
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL checks what is stored")
    importing.server.content = calendar(NINE)
    await importing.add("Bad", "?other")
    await importing.add("Good")

    async def damage(tx: Transaction) -> None:
        await tx.connection.execute(
            text(
                "UPDATE external_calendars SET address = '', failing_since = 'x' "
                "WHERE label = 'Bad'"
            )
        )

    await importing.town.db.run(damage)
    async with asyncio.timeout(30):
        assert await importing.importer.run() == 1
    assert await importing.busy() == [AT_NINE]
    kinds = await importing.town.db.read(faults.count_recent)
    assert kinds == {FaultKind.EXTERNAL_CALENDAR: 1}


async def test_without_the_key_nothing_is_read_and_nothing_is_lost(
    importing: Importing, database_url: str
):
    await importing.add()
    other = Database(database_url, clock=importing.town.clock, cipher=Cipher([generate_key()]))
    await other.open()
    await CalendarImporter(other, {}, importing.worker).run()
    await other.close()
    assert (await importing.view()).problem is CalendarProblem.UNREADABLE_SECRET
    importing.town.clock.turn(hours=1)
    await importing.importer.run()
    assert (await importing.view()).problem is None


async def test_a_worker_that_was_killed_leaves_its_calendar_to_the_next(importing: Importing):
    importing.server.content = calendar(NINE)
    await importing.add()
    (claimed,) = await importing.town.db.run(busy_import.claim)
    assert await importing.importer.run() == 0, "it is claimed"

    importing.town.clock.turn(minutes=4)
    assert await importing.importer.run() == 1
    assert await importing.busy() == [AT_NINE]
    with pytest.raises(ClaimLost):
        await importing.town.db.run(busy_import.change_busy, claimed, (), [Span(*AT_NOON)])
    with pytest.raises(ClaimLost):
        await importing.town.db.run(busy_import.finish, claimed, Validators(), has_changed=False)
    with pytest.raises(ClaimLost):
        await importing.town.db.run(busy_import.fail, claimed, CalendarProblem.TIMEOUT)


async def test_nothing_comes_back_once_a_calendar_no_longer_blocks_slots(importing: Importing):
    view = await importing.add()
    (claimed,) = await importing.town.db.run(busy_import.claim)
    await importing.town.db.run(
        external_calendars.change, importing.mentor, view.id, blocks_slots=False
    )
    with pytest.raises(ClaimLost):
        await importing.town.db.run(busy_import.change_busy, claimed, (), [Span(*AT_NINE)])
    importing.town.clock.turn(minutes=20)
    await importing.importer.run()
    assert await importing.busy() == []
    (row,) = await importing.rows()
    assert row.next_at is None


async def test_many_times_are_stored_in_batches(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(busy_import, "BATCH_SIZE", 10)
    importing.server.content = calendar(
        event("20260304T000000Z", "20260304T003000Z", "RRULE:FREQ=HOURLY;COUNT=95")
    )
    await importing.add()
    await importing.importer.run()
    assert len(await importing.busy()) == 95

    importing.server.content = calendar(
        event("20260304T000000Z", "20260304T002000Z", "RRULE:FREQ=HOURLY;COUNT=90")
    )
    importing.town.clock.turn(minutes=15)
    await importing.importer.run()
    assert len(await importing.busy()) == 90


async def test_a_calendar_of_someone_who_left_is_not_read(importing: Importing):
    await importing.add()
    await importing.town.db.run(
        departures.record_departure, importing.town.guild_id, importing.mentor.user_id
    )
    await importing.importer.run()
    assert importing.server.requests == []


async def test_an_overlap_with_a_session_is_told_once(importing: Importing):
    emma = await importing.town.member("Emma", points=500)
    session = await importing.town.book(emma, importing.mentor)
    importing.server.content = calendar(event("20260303T123000Z", "20260303T150000Z"))
    await importing.add()
    await importing.importer.run()
    importing.server.content = calendar(event("20260303T123000Z", "20260303T160000Z"))
    importing.town.clock.turn(minutes=15)
    await importing.importer.run()

    (told,) = await importing.town.notifications(NotificationKind.CALENDAR_CONFLICT)
    assert (told.user_id, told.session_id) == (importing.mentor.user_id, session.id)
    assert (await importing.town.reload(session)).status == session.status


async def test_an_entry_of_exactly_the_sessions_time_is_the_session(importing: Importing):
    emma = await importing.town.member("Emma", points=500)
    await importing.town.book(emma, importing.mentor)
    importing.server.content = calendar(event("20260303T120000Z", "20260303T130000Z"))
    await importing.add()
    await importing.importer.run()
    assert not await importing.town.notifications(NotificationKind.CALENDAR_CONFLICT)


async def test_a_booking_reads_calendars_that_are_overdue(importing: Importing):
    await importing.add()
    await importing.importer.run()
    importing.server.content = calendar(NINE)
    await importing.importer.refresh(importing.mentor.user_id)
    assert await importing.busy() == [], "it was read a moment ago"

    importing.town.clock.turn(minutes=15)
    await importing.importer.refresh(importing.mentor.user_id)
    assert await importing.busy() == [AT_NINE]


async def test_a_calendar_is_read_at_once_when_its_owner_asks(importing: Importing):
    await importing.add()
    await importing.importer.run()
    importing.server.content = calendar(NINE)
    (row,) = await importing.rows()
    town = importing.town
    await importing.importer.check(importing.mentor.user_id, row.id)
    assert await importing.busy() == [], "it isn't due, and was read a moment ago"

    town.clock.turn(minutes=5)
    await town.db.run(external_calendars.check_now, importing.mentor, row.id)
    await importing.importer.check(importing.mentor.user_id + 1, row.id)
    assert await importing.busy() == [], "somebody else's"
    await importing.importer.check(importing.mentor.user_id, row.id)
    assert await importing.busy() == [AT_NINE]


async def test_a_booking_does_not_wait_for_a_server_that_hangs(importing: Importing):
    await importing.add()
    importing.server.hangs = True
    await importing.importer.refresh(importing.mentor.user_id, limit_s=0.2)
    assert len(importing.server.requests) == 1
    importing.server.hangs = False
    importing.town.clock.turn(minutes=4)
    await importing.importer.run()
    assert (await importing.view()).problem is None


def test_a_claim_outlives_what_is_done_with_it():
    assert busy_import.LEASE.total_seconds() > importing_module.CHECK_S
