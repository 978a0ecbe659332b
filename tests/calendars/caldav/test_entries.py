"""Sessions in people's own calendars, on real servers."""

from __future__ import annotations

from datetime import timedelta
from gettext import NullTranslations

import pytest
from icalendar import Calendar as IcsCalendar
from icalendar import Event
from sqlalchemy import update

from mentorship.calendars import entry_work, external_calendars
from mentorship.errors import CalendarProblem
from mentorship.members import languages
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import rescheduling, transitions
from mentorship.sessions.places import session_link
from storage.tables import CalendarEntry
from tests.calendars.caldav.people import People
from tests.calendars.caldav.servers import CalDavServer, Calendar, event
from tests.integrations.receivers import answering, receiver
from tests.mentorship.support.community import TUESDAY_NOON
from wording import catalogues
from wording.catalogues import Catalogue

HOUR = timedelta(hours=1)


def only(calendar: Calendar) -> Event:
    """Return the only event of a calendar."""
    (text,) = calendar.events().values()
    parsed = IcsCalendar.from_ical(text)
    assert "METHOD" not in parsed
    (found,) = parsed.walk("VEVENT")
    assert isinstance(found, Event)
    return found


# Of no concern to the server.
AT_ONE_SERVER = pytest.mark.parametrize("account", ["radicale"], indirect=True)


async def test_a_session_is_one_entry_through_its_life(people: People) -> None:
    await people.connect()
    session = await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.sync()
    assert only(people.calendar).start == TUESDAY_NOON
    assert only(people.calendar)["STATUS"] == "TENTATIVE"
    uid = only(people.calendar)["UID"]

    await people.town.db.run(transitions.confirm, people.oliver, session.id)
    await people.sync()
    assert only(people.calendar)["STATUS"] == "CONFIRMED"

    later = TUESDAY_NOON + timedelta(days=1)
    await people.town.db.run(rescheduling.propose, people.oliver, session.id, later)
    times = (await people.town.reload(session)).times
    await people.town.db.run(rescheduling.accept, people.maya, session.id, seen=times)
    await people.sync()
    moved = only(people.calendar)
    assert (moved.start, moved["UID"]) == (later, uid)
    assert moved["SEQUENCE"] > 0

    link = "https://meet.example/room"
    await people.town.db.run(session_link.set_link, people.oliver, session.id, link)
    await people.sync()
    assert link in people.calendar.events().popitem()[1]

    await people.town.db.run(transitions.cancel, people.oliver, session.id, "Ill.")
    await people.sync()
    assert people.calendar.events() == {}
    assert await people.entries() == []


@AT_ONE_SERVER
async def test_an_entry_is_in_the_language_of_the_calendars_owner(people: People) -> None:
    class SomeSwedish(NullTranslations):
        def gettext(self, message: str) -> str:
            return {"Session with {name}": "Session med {name}"}.get(message, message)

    with catalogues.registered("sv", Catalogue("sv", SomeSwedish())):
        await people.town.db.run(languages.choose, people.oliver, "sv")
        await people.connect()
        await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
        await people.sync()
    assert "Session med Maya" in people.calendar.events().popitem()[1]


@AT_ONE_SERVER
async def test_what_is_written_isnt_written_again(people: People) -> None:
    await people.connect()
    await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    assert await people.sync() == 1
    await people.change(update(CalendarEntry).values(next_at=people.town.clock.now))
    assert await people.sync() == 0


async def test_only_calendars_that_receive_sessions_get_them(people: People) -> None:
    await people.connect(receives_sessions=False)
    await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.sync()
    assert people.calendar.events() == {}
    await people.town.db.run(
        external_calendars.change,
        people.oliver,
        people.connected.id,
        receives_sessions=True,
    )
    await people.sync()
    assert only(people.calendar).start == TUESDAY_NOON


async def test_a_calendar_that_no_longer_receives_sessions_loses_them(people: People) -> None:
    calendar = await people.connect()
    await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.sync()
    people.calendar.add_event(TUESDAY_NOON, TUESDAY_NOON + HOUR, "mine")
    await people.town.db.run(
        external_calendars.change, people.oliver, calendar.id, receives_sessions=False
    )
    await people.sync()
    assert list(people.calendar.events()) == ["mine.ics"]
    (row,) = await people.calendars()
    assert row.removed_at is None
    assert await people.entries() == []


@AT_ONE_SERVER
async def test_disconnecting_removes_upcoming_sessions_only(people: People) -> None:
    calendar = await people.connect()
    past = await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.town.db.run(transitions.confirm, people.oliver, past.id)
    await people.town.book(people.maya, people.oliver, TUESDAY_NOON + timedelta(days=2))
    await people.sync()
    assert len(people.calendar.events()) == 2
    people.town.clock.now = TUESDAY_NOON + 2 * HOUR
    people.calendar.add_event(TUESDAY_NOON, TUESDAY_NOON + HOUR, "mine")
    await people.town.db.run(external_calendars.remove, people.oliver, calendar.id)
    await people.sync()
    left = people.calendar.events()
    assert len(left) == 2
    assert "mine.ics" in left
    assert await people.calendars() == []
    assert await people.entries() == []


async def test_an_attempt_whose_record_was_lost_is_not_doubled(people: People) -> None:
    await people.connect()
    await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.sync()
    etag = (await people.entries())[0].etag
    # As after a kill between the request and its record.
    await people.change(
        update(CalendarEntry).values(
            next_at=people.town.clock.now,
            **dict.fromkeys(("etag", "sequence", "starts_at", "ends_at")),
        )
    )
    assert await people.sync() == 1
    assert len(people.calendar.events()) == 1
    (entry,) = await people.entries()
    assert entry.etag == etag
    assert entry.next_at is None


async def test_an_attempt_whose_record_was_lost_is_undone(people: People) -> None:
    """The session is cancelled before anybody knows that its entry was written."""
    await people.connect()
    session = await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.follow()
    (work,) = await people.town.db.run(entry_work.claim)
    people.calendar.put(work.name, event("x", TUESDAY_NOON, TUESDAY_NOON + HOUR))
    await people.town.db.run(transitions.cancel, people.maya, session.id)
    await people.follow()
    people.town.clock.now += entry_work.LEASE
    await people.write()
    assert people.calendar.events() == {}
    assert await people.entries() == []


@AT_ONE_SERVER
async def test_a_claim_without_an_outcome_is_made_again(people: People) -> None:
    await people.connect()
    await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.follow()
    assert len(await people.town.db.run(entry_work.claim)) == 1
    assert await people.write() == 0
    people.town.clock.now += entry_work.LEASE
    assert await people.write() == 1
    assert only(people.calendar).start == TUESDAY_NOON


@AT_ONE_SERVER
async def test_an_event_during_an_attempt_keeps_the_entry_due(people: People) -> None:
    await people.connect()
    session = await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.follow()
    (work,) = await people.town.db.run(entry_work.claim)
    await people.town.db.run(transitions.confirm, people.oliver, session.id)
    await people.follow()
    written = entry_work.WrittenEntry(work.name, None, 0, TUESDAY_NOON, TUESDAY_NOON + HOUR)
    await people.town.db.run(entry_work.record, [entry_work.EntryOutcome(work, written)])
    assert (await people.entries())[0].next_at == people.town.clock.now


@AT_ONE_SERVER
async def test_an_entry_that_is_worked_on_isnt_given_to_a_second_worker(people: People) -> None:
    """The second might delete it before the first has written it."""
    await people.connect()
    session = await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.follow()
    (work,) = await people.town.db.run(entry_work.claim)
    await people.town.db.run(transitions.cancel, people.maya, session.id)
    await people.follow()
    assert await people.town.db.run(entry_work.claim) == ()
    people.calendar.put(work.name, event("x", TUESDAY_NOON, TUESDAY_NOON + HOUR))
    written = entry_work.WrittenEntry(work.name, None, 0, TUESDAY_NOON, TUESDAY_NOON + HOUR)
    await people.town.db.run(entry_work.record, [entry_work.EntryOutcome(work, written)])
    await people.sync()
    assert people.calendar.events() == {}


@AT_ONE_SERVER
async def test_both_people_get_their_own_entry(people: People, radicale: CalDavServer) -> None:
    await people.connect()
    hers = radicale.new_user().make_calendar()
    mine, people.calendar = people.calendar, hers
    await people.connect(people.maya)
    await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.sync()
    assert "Maya" in only(mine)["SUMMARY"]
    assert "Oliver" in only(hers)["SUMMARY"]


async def test_changed_alarms_are_no_obstacle_to_an_update(people: People) -> None:
    """An app changes the entry, but not its time: the new version is written all the same."""
    await people.connect()
    session = await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.sync()
    name, text = people.calendar.events().popitem()
    people.calendar.put(name, text.replace("END:VEVENT", "COLOR:red\r\nEND:VEVENT"))
    await people.town.db.run(transitions.confirm, people.oliver, session.id)
    await people.sync()
    assert only(people.calendar)["STATUS"] == "CONFIRMED"


async def test_an_entry_that_an_app_has_renamed_is_found_again(people: People) -> None:
    await people.connect()
    session = await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.sync()
    name, text = people.calendar.events().popitem()
    people.calendar.delete(name)
    people.calendar.put("by-an-app.ics", text)
    await people.change(update(CalendarEntry).values(sequence=None))
    await people.town.db.run(transitions.confirm, people.oliver, session.id)
    await people.sync()
    assert list(people.calendar.events()) == ["by-an-app.ics"]
    assert only(people.calendar)["STATUS"] == "CONFIRMED"


@AT_ONE_SERVER
async def test_a_wrong_password_is_retried_rarely(people: People, radicale: CalDavServer) -> None:
    account = radicale.new_user()
    people.calendar = account.make_calendar()
    await people.connect()
    for day in range(2):
        await people.town.book(people.maya, people.oliver, TUESDAY_NOON + day * timedelta(days=1))
    radicale.add_user(account.user, "another-password")
    await people.sync()
    entries = await people.entries()
    assert {entry.problem for entry in entries} == {CalendarProblem.WRONG_PASSWORD}
    assert min(entry.next_at for entry in entries) >= people.town.clock.now + 6 * HOUR

    radicale.add_user(account.user)
    people.town.clock.now += 7 * HOUR
    await people.sync()
    assert len(people.calendar.events()) == 2


@AT_ONE_SERVER
async def test_a_server_that_is_down_gets_everything_later(
    people: People, radicale: CalDavServer
) -> None:
    people.calendar = radicale.new_user().make_calendar()
    await people.connect()
    session = await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    radicale.stop()
    try:
        await people.sync()
        (entry,) = await people.entries()
        assert (entry.problem, entry.attempts) == (CalendarProblem.UNREACHABLE, 1)
        await people.town.db.run(transitions.confirm, people.oliver, session.id)
    finally:
        radicale.start()
    people.town.clock.now += 2 * entry_work.RETRY_DELAYS[0]
    await people.sync()
    assert only(people.calendar)["STATUS"] == "CONFIRMED"


async def test_another_program_with_the_same_calendar_is_left_alone(people: People) -> None:
    other = event("session-1@another-installation", TUESDAY_NOON, TUESDAY_NOON + HOUR)
    people.calendar.put("session-1-another-installation.ics", other)
    await people.connect()
    session = await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.sync()
    assert len(people.calendar.events()) == 2
    await people.town.db.run(transitions.cancel, people.maya, session.id)
    await people.sync()
    assert list(people.calendar.events()) == ["session-1-another-installation.ics"]


@AT_ONE_SERVER
@pytest.mark.parametrize(
    ("status", "problem"),
    [
        ("401 Unauthorized", CalendarProblem.WRONG_PASSWORD),
        ("403 Forbidden", CalendarProblem.FORBIDDEN),
        ("404 Not Found", CalendarProblem.NOT_FOUND),
        ("405 Method Not Allowed", CalendarProblem.NOT_A_CALENDAR),
        ("412 Precondition Failed", CalendarProblem.BAD_ANSWER),
        ("413 Content Too Large", CalendarProblem.TOO_LARGE),
        ("500 Internal Server Error", CalendarProblem.SERVER_ERROR),
        ("503 Service Unavailable", CalendarProblem.SERVER_ERROR),
        ("507 Insufficient Storage", CalendarProblem.STORAGE_FULL),
        ("302 Found", CalendarProblem.BAD_ANSWER),
    ],
)
async def test_a_server_that_refuses_entries_is_tried_again_later(
    people: People, status: str, problem: CalendarProblem
) -> None:
    async with receiver(answering(status, b"<html>Sorry</html>")) as server:
        url = f"http://127.0.0.1:{server.port}/calendar/"
        await people.connect(calendar_url=url)
        for day in range(2):
            at = TUESDAY_NOON + day * timedelta(days=1)
            await people.town.book(people.maya, people.oliver, at)
        await people.sync()
        rows = await people.entries()
        assert {row.problem for row in rows} == {problem}
        assert all(row.next_at > people.town.clock.now for row in rows)
        # What would fail for all entries is tried with one of them.
        is_of_server = problem not in (CalendarProblem.BAD_ANSWER, CalendarProblem.TOO_LARGE)
        puts = [each for each in server.requests if each.startswith(b"PUT")]
        assert len(puts) == (1 if is_of_server else 2)


async def test_a_server_that_tells_no_etags_is_compared_instead(people: People) -> None:
    """As one that changes what it stores (RFC 4791, section 5.3.4)."""
    await people.connect()
    session = await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.sync()
    await people.change(update(CalendarEntry).values(etag=None))
    await people.town.db.run(transitions.confirm, people.oliver, session.id)
    await people.sync()
    assert only(people.calendar)["STATUS"] == "CONFIRMED"

    (name,) = people.calendar.events()
    people.calendar.move(name, TUESDAY_NOON + HOUR, TUESDAY_NOON + 2 * HOUR)
    await people.change(update(CalendarEntry).values(etag=None))
    link = "https://meet.example/room"
    await people.town.db.run(session_link.set_link, people.oliver, session.id, link)
    await people.sync()
    assert only(people.calendar).start == TUESDAY_NOON + HOUR
    assert await people.questions() == [NotificationKind.ENTRY_MOVED]
