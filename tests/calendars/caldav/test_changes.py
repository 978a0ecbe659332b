"""What people do in their calendars on a real server: busy times, and changes of our entries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.calendars import entries, external_calendars
from mentorship.errors import CalendarProblem, NotFound
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import rescheduling, transitions
from mentorship.sessions.places import session_link
from mentorship.sessions.session_views import SessionView
from tests.calendars.caldav.people import People
from tests.calendars.caldav.servers import CalDavServer, stamp
from tests.mentorship.support.community import TUESDAY_NOON

HOUR = timedelta(hours=1)
MOVED, DELETED = NotificationKind.ENTRY_MOVED, NotificationKind.ENTRY_DELETED


async def booked(people: People) -> tuple[SessionView, str]:
    """Connect, book and write; return the session and the name of its entry."""
    await people.connect()
    session = await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.town.db.run(transitions.confirm, people.oliver, session.id)
    await people.sync()
    await people.read()
    (name,) = people.calendar.events()
    return session, name


def starts(people: People) -> str:
    (text,) = people.calendar.events().values()
    return next(line for line in text.split() if line.startswith("DTSTART"))


async def test_private_appointments_are_busy_time_and_our_entries_are_not(people: People) -> None:
    _, name = await booked(people)
    start = TUESDAY_NOON + 3 * HOUR
    people.calendar.add_event(start, start + HOUR, "dentist")
    await people.read()
    assert await people.busy() == [(start, start + HOUR)]
    people.calendar.delete("dentist.ics")
    await people.read()
    assert await people.busy() == []
    assert name in people.calendar.events()
    assert await people.questions() == []


async def test_a_moved_entry_is_asked_about_once(people: People) -> None:
    session, name = await booked(people)
    later = TUESDAY_NOON + 2 * HOUR
    people.calendar.move(name, later, later + HOUR)
    for _ in range(3):
        await people.read()
        await people.sync()
    assert await people.questions() == [MOVED]
    assert (await people.town.reload(session)).starts_at == TUESDAY_NOON
    # It isn't overwritten before its owner has decided.
    assert starts(people) == f"DTSTART:{stamp(later)}"

    people.calendar.move(name, later + HOUR, later + 2 * HOUR)
    await people.read()
    assert await people.questions() == [MOVED, MOVED]


async def test_a_deleted_entry_is_asked_about_once(people: People) -> None:
    session, name = await booked(people)
    people.calendar.delete(name)
    for _ in range(3):
        await people.read()
        await people.sync()
    # On the next day, everything is read anew.
    people.town.clock.now += 13 * HOUR
    await people.read()
    assert await people.questions() == [DELETED]
    assert (await people.town.reload(session)).status.value == "confirmed"
    assert people.calendar.events() == {}


async def test_keeping_a_session_writes_it_again(people: People) -> None:
    _, name = await booked(people)
    people.calendar.delete(name)
    await people.read()
    (entry,) = await people.entries()
    with pytest.raises(NotFound):
        await people.town.db.run(entries.keep, people.maya, entry.id)
    await people.town.db.run(entries.keep, people.oliver, entry.id)
    await people.sync()
    assert starts(people) == f"DTSTART:{stamp(TUESDAY_NOON)}"

    people.calendar.move(name, TUESDAY_NOON + HOUR, TUESDAY_NOON + 2 * HOUR)
    await people.read()
    await people.town.db.run(entries.keep, people.oliver, entry.id)
    await people.sync()
    assert starts(people) == f"DTSTART:{stamp(TUESDAY_NOON)}"
    await people.read()
    people.calendar.delete(name)
    await people.read()
    assert await people.questions() == [DELETED, MOVED, DELETED]


async def test_a_change_that_is_undone_over_there_is_forgotten(people: People) -> None:
    session, name = await booked(people)
    people.calendar.move(name, TUESDAY_NOON + HOUR, TUESDAY_NOON + 2 * HOUR)
    await people.read()
    people.calendar.move(name, TUESDAY_NOON, TUESDAY_NOON + HOUR)
    await people.read()
    assert (await people.entries())[0].their_change is None
    await people.town.db.run(transitions.cancel, people.oliver, session.id)
    await people.sync()
    assert people.calendar.events() == {}


async def test_following_the_move_overwrites_the_entry(people: People) -> None:
    session, name = await booked(people)
    later = TUESDAY_NOON + 2 * HOUR
    people.calendar.move(name, later, later + HOUR)
    await people.read()
    await people.town.db.run(rescheduling.propose, people.oliver, session.id, later)
    times = (await people.town.reload(session)).times
    await people.town.db.run(rescheduling.accept, people.maya, session.id, seen=times)
    await people.sync()
    (entry,) = await people.entries()
    assert (entry.their_change, entry.starts_at) == (None, later)
    assert "SEQUENCE:" in people.calendar.events()[name]
    await people.read()
    assert await people.questions() == [MOVED]


async def test_a_declined_move_puts_the_entry_back(people: People) -> None:
    session, name = await booked(people)
    later = TUESDAY_NOON + 2 * HOUR
    people.calendar.move(name, later, later + HOUR)
    await people.read()
    await people.town.db.run(rescheduling.propose, people.oliver, session.id, later)
    await people.sync()
    assert starts(people) == f"DTSTART:{stamp(later)}"
    times = (await people.town.reload(session)).times
    await people.town.db.run(rescheduling.decline, people.maya, session.id, seen=times)
    await people.sync()
    assert starts(people) == f"DTSTART:{stamp(TUESDAY_NOON)}"


async def test_a_change_noticed_while_writing_isnt_overwritten(people: People) -> None:
    """The entry was moved since the last look, and the session gets a link meanwhile."""
    session, name = await booked(people)
    later = TUESDAY_NOON + 2 * HOUR
    people.calendar.move(name, later, later + HOUR)
    link = "https://meet.example/room"
    await people.town.db.run(session_link.set_link, people.oliver, session.id, link)
    await people.sync()
    assert starts(people) == f"DTSTART:{stamp(later)}"
    assert await people.questions() == [MOVED]


async def test_a_session_that_moved_meanwhile_wins(people: People) -> None:
    session, name = await booked(people)
    people.calendar.move(name, TUESDAY_NOON + HOUR, TUESDAY_NOON + 2 * HOUR)
    later = TUESDAY_NOON + timedelta(days=1)
    await people.town.db.run(rescheduling.propose, people.oliver, session.id, later)
    times = (await people.town.reload(session)).times
    await people.town.db.run(rescheduling.accept, people.maya, session.id, seen=times)
    await people.sync()
    assert starts(people) == f"DTSTART:{stamp(later)}"
    assert await people.questions() == []


async def test_a_calendar_that_blocks_nothing_is_still_watched(people: People) -> None:
    _, name = await booked(people)
    await people.town.db.run(
        external_calendars.change, people.oliver, people.connected.id, blocks_slots=False
    )
    people.calendar.add_event(TUESDAY_NOON + 3 * HOUR, TUESDAY_NOON + 4 * HOUR, "dentist")
    people.calendar.delete(name)
    await people.read()
    assert await people.busy() == []
    assert await people.questions() == [DELETED]


async def test_a_deleted_calendar_is_a_problem_and_asks_nothing(people: People) -> None:
    await booked(people)
    people.calendar.delete()
    await people.read()
    (view,) = await people.town.db.read(external_calendars.list_own, people.oliver)
    assert view.problem is CalendarProblem.NOT_FOUND
    assert await people.questions() == []


async def test_a_password_that_works_again_gets_what_has_waited(
    people: People, radicale: CalDavServer
) -> None:
    account = radicale.new_user()
    people.calendar = account.make_calendar()
    await people.connect()
    await people.read()
    radicale.add_user(account.user, "another-password")
    await people.town.book(people.maya, people.oliver, TUESDAY_NOON)
    await people.sync()
    await people.read()
    (view,) = await people.town.db.read(external_calendars.list_own, people.oliver)
    assert view.problem is CalendarProblem.WRONG_PASSWORD
    radicale.add_user(account.user)
    people.town.clock.now += HOUR
    await people.read()
    await people.sync()
    assert len(people.calendar.events()) == 1
