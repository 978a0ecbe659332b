"""Calls of what writes sessions into people's calendars, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from functools import partial

from sqlalchemy import select, update

from mentorship.actors import Actor
from mentorship.calendars import (
    accounts,
    entries,
    entry_changes,
    entry_work,
    external_calendars,
)
from mentorship.calendars.accounts import CalendarAccount
from mentorship.calendars.entry_changes import TheirChange
from mentorship.calendars.entry_work import EntryOutcome, WrittenEntry
from mentorship.errors import CalendarProblem
from mentorship.event_types import EventType
from mentorship.webhooks.feed_events import FeedEvent
from storage import Transaction
from storage.tables import CalendarEntry
from tests.scale.arguments import Arguments, given
from tests.scale.layout import NOW, TOWN
from tests.scale.scene import Scene

Calls = Callable[[Scene], Iterable[Arguments]]

ACCOUNT = CalendarAccount("https://dav.example/work/", "somebody", "password", "Work")
ICS = "https://calendar.example/private/basic.ics"
BEFORE = NOW - timedelta(hours=1)


async def _connect(tx: Transaction, person: Actor) -> int:
    """Connect a calendar, whose entries are the first that are due."""
    calendar = await accounts.connect(tx, person, ACCOUNT)
    await tx.connection.execute(
        update(CalendarEntry).where(CalendarEntry.calendar_id == calendar.id).values(next_at=BEFORE)
    )
    return calendar.id


async def _connected(person: Actor, tx: Transaction) -> tuple[int]:
    return (await _connect(tx, person),)


async def _connected_only(person: Actor, tx: Transaction) -> None:
    await _connect(tx, person)


async def _outcomes(person: Actor, tx: Transaction) -> tuple[list[EntryOutcome]]:
    await _connect(tx, person)
    works = await entry_work.claim(tx)
    written, removed, failed, *_ = works
    entry = WrittenEntry(written.name, '"1"', 1, NOW, NOW + timedelta(hours=1))
    return (
        [
            EntryOutcome(written, written=entry),
            EntryOutcome(removed, is_removed=True),
            EntryOutcome(failed, problem=CalendarProblem.TIMEOUT),
        ],
    )


async def _written(person: Actor, tx: Transaction) -> tuple[int, int]:
    """Write all entries of a calendar; returns its id and that of an entry."""
    calendar_id = await _connect(tx, person)
    of_calendar = CalendarEntry.calendar_id == calendar_id
    later = NOW + timedelta(days=1)
    await tx.connection.execute(
        update(CalendarEntry)
        .where(of_calendar)
        .values(
            href="entry.ics",
            sequence=1,
            starts_at=later,
            ends_at=later + timedelta(hours=1),
            next_at=None,
            their_change=entry_changes.DELETED,
        )
    )
    entry_id = await tx.connection.scalar(select(CalendarEntry.id).where(of_calendar).limit(1))
    assert entry_id is not None
    return calendar_id, entry_id


async def _watched(person: Actor, tx: Transaction) -> tuple[int]:
    return ((await _written(person, tx))[0],)


async def _changed(person: Actor, tx: Transaction) -> tuple[int, list[TheirChange]]:
    calendar_id, entry_id = await _written(person, tx)
    start = NOW + timedelta(days=2)
    return calendar_id, [TheirChange(entry_id, False, start, start + timedelta(hours=1))]


async def _questioned(person: Actor, tx: Transaction) -> tuple[Actor, int]:
    return person, (await _written(person, tx))[1]


async def _own(person: Actor, tx: Transaction) -> tuple[Actor, int]:
    return person, await _connect(tx, person)


def _both(before: Callable[..., Awaitable[object]]) -> Calls:
    return lambda scene: [
        Arguments(before=partial(before, person.actor)) for person in (scene.mentor, scene.mentee)
    ]


def _events(scene: Scene) -> list[Arguments]:
    calls = []
    for person in (scene.mentor, scene.mentee):
        session = person.sessions["confirmed"]
        event = FeedEvent(1, 1, TOWN, EventType.SESSION_CONFIRMED, NOW, session_id=session)
        before = partial(_connected_only, person.actor)
        calls.append(Arguments(given(event).positional, before=before))
    return calls


def _changes(scene: Scene) -> list[Arguments]:
    """Return changes that remove all entries of a calendar, and its busy times."""
    return [
        Arguments(
            named={"receives_sessions": False, "blocks_slots": False},
            before=partial(_own, person.actor),
        )
        for person in (scene.mentor, scene.mentee)
    ]


CALENDAR_ENTRY_CALLS: dict[Callable[..., Awaitable[object]], Calls] = {
    accounts.connect: lambda scene: [
        given(person.actor, ACCOUNT) for person in (scene.mentor, scene.mentee)
    ],
    external_calendars.add: lambda scene: [
        given(
            scene.mentee.actor,
            external_calendars.NewCalendar(external_calendars.CalendarKind.ICS, "Work", ICS),
        )
    ],
    external_calendars.add_ics: lambda scene: [given(scene.mentee.actor, "Work", ICS)],
    external_calendars.list_own: lambda scene: [
        given(scene.mentor.actor),
        given(scene.mentee.actor),
    ],
    external_calendars.change: _changes,
    external_calendars.check_now: _both(_own),
    external_calendars.load_own: _both(_own),
    external_calendars.remove: _both(_own),
    entries.follow_event: _events,
    entries.keep: _both(_questioned),
    entries.retry_all: _both(_connected),
    entry_changes.list_watched: _both(_watched),
    entry_changes.record: _both(_changed),
    entry_work.claim: _both(_connected_only),
    entry_work.has_due: _both(_connected_only),
    entry_work.record: _both(_outcomes),
}
