"""What calendar apps read: which sessions, by which UIDs, and when it counts as changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import text, update

from mentorship.actors import Actor
from mentorship.availability import timezone_change
from mentorship.calendars import agenda, feed_content, feeds
from mentorship.calendars.agenda import AgendaEntry
from mentorship.calendars.feed_content import FeedContent
from mentorship.errors import NotFound
from mentorship.mentors import meeting_link
from mentorship.notifications import preferences
from mentorship.operations import erasure
from mentorship.sessions import departures, rescheduling, transitions
from mentorship.sessions.groups import creation, group_changes, moving, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.seats import JoinRequest
from mentorship.sessions.places import session_link
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from storage.migrations import upgrade
from storage.tables import Session
from tests.conftest import CIPHER, Clock
from tests.mentorship.calendars.test_feeds import token_of
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours
from wording.icalendar.calendar_file import calendar_feed, calendar_object
from wording.reader import Reader


class Subscription:
    """A calendar app that reads a feed, and has what the feed has."""

    def __init__(self, town: Community, person: Actor) -> None:
        self._town = town
        self._person = person
        self._content: FeedContent | None = None
        self.entries: Sequence[AgendaEntry] = ()
        self.body = b""

    async def poll(self) -> bool:
        """Read the feed unless its version is known, and return whether it has changed."""
        token = token_of(await self._town.db.run(feeds.create, self._person))
        known = [] if self._content is None else [self._content.version]
        content = await self._town.db.read(feed_content.load, token, known)
        full = await self._town.db.read(feed_content.load, token)
        assert full.entries is not None
        body = calendar_feed(full.entries, Reader.of(full.language, full.timezone))
        is_changed = content.entries is not None
        assert is_changed == (body != self.body), "a version is another one if the content is"
        self._content, self.entries, self.body = full, full.entries, body
        return is_changed

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The title and status of each event that the app shows."""
        events = Calendar.from_ical(self.body).walk("VEVENT")
        uids = [str(each["UID"]) for each in events]
        assert len(uids) == len(set(uids))
        return [
            (str(each["SUMMARY"]), str(each["STATUS"]))
            for each in events
            if each["STATUS"] != "CANCELLED"
        ]


async def test_a_subscription_shows_a_session_once_through_its_life(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    both = Subscription(town, oliver), Subscription(town, maya)
    expected: list[str] = []
    sequences: list[int] = []
    uids = set()

    async def follow(*status: str) -> None:
        for app, other in zip(both, ("Maya", "Oliver"), strict=True):
            assert await app.poll()
            assert app.shown == [(f"Session with {other}", each) for each in status]
            assert not await app.poll()
            uids.update(entry.uid for entry in app.entries)
        sequences.extend(entry.sequence for entry in both[1].entries)
        expected.extend(status)

    await follow()
    session = await town.book(maya, oliver)
    await follow("TENTATIVE")
    await town.db.run(transitions.confirm, oliver, session.id)
    await follow("CONFIRMED")
    await town.db.run(session_link.set_link, oliver, session.id, "https://meet.example/a")
    await follow("CONFIRMED")
    later = TUESDAY_NOON + hours(3)
    await town.db.run(rescheduling.propose, maya, session.id, later)
    await town.db.run(rescheduling.accept, oliver, session.id)
    await follow("CONFIRMED")
    assert [entry.span.start for entry in both[1].entries] == [later]
    await town.db.run(transitions.cancel, maya, session.id)
    await follow()
    # Apps that keep what has vanished are told that it is cancelled.
    assert [entry.status for entry in both[0].entries] == [SessionStatus.CANCELLED]
    assert len(uids) == 1
    assert sequences == sorted(set(sequences)), "each change has a higher revision number"
    town.clock.turn(days=60)
    for app in both:
        await app.poll()
        assert app.entries == []


async def test_no_change_of_what_a_feed_says_keeps_its_version(town: Community) -> None:
    """The clock stands still, so no time of a change tells them apart."""
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=1_000)
    app, mentors_app = Subscription(town, maya), Subscription(town, oliver)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    request = GroupRequest("Office hours", TUESDAY_NOON + hours(5), 60, capacity=2, price=0)
    group = await town.db.run(creation.create, oliver, request)
    await app.poll()
    await mentors_app.poll()

    async def rename(name: str) -> None:
        await town.db.run(timezone_change.set_timezone, Actor(oliver.user_id, name, 10), "UTC")

    changes: list[tuple[Callable[[], Awaitable[Any]], bool, bool]] = [
        (lambda: town.db.run(session_link.set_link, oliver, session.id, "https://a.example"), 1, 1),
        (lambda: town.db.run(meeting_link.change, oliver, "https://b.example"), 0, 0),
        (lambda: rename("Oli"), 1, 1),
        (lambda: town.db.run(timezone_change.set_timezone, maya, "Asia/Tokyo"), 1, 1),
        (lambda: town.db.run(preferences.set_reminders, maya, [30]), 1, 0),
        (lambda: town.configure(reminders=(60,)), 0, 1),
        (lambda: town.db.run(preferences.set_muted_kinds, maya, []), 0, 0),
        (lambda: town.db.run(seats.join, maya, JoinRequest(group.id)), 1, 1),
        (lambda: town.db.run(group_changes.edit, oliver, group.id, GroupEdit(title="Ask")), 1, 1),
        (
            lambda: town.db.run(
                group_changes.edit, oliver, group.id, GroupEdit(meeting_link="https://c.example")
            ),
            1,
            1,
        ),
        (lambda: town.db.run(moving.move, oliver, group.id, TUESDAY_NOON + hours(9)), 1, 1),
        (lambda: town.db.run(group_changes.cancel, oliver, group.id), 1, 1),
        (lambda: town.db.run(transitions.cancel, maya, session.id), 1, 1),
    ]
    for number, (change, is_seen, is_seen_by_mentor) in enumerate(changes):
        await change()
        assert await app.poll() == bool(is_seen), number
        assert await mentors_app.poll() == bool(is_seen_by_mentor), number


async def test_a_group_session_is_one_entry_for_its_mentor_and_one_a_seat(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya, noor = await town.member("Maya"), await town.member("Noor")
    request = GroupRequest("Office hours", TUESDAY_NOON, 60, capacity=5, price=0)
    group = await town.db.run(creation.create, oliver, request)
    for person in (maya, noor):
        await town.db.run(seats.join, person, JoinRequest(group.id))
    for person, title in ((oliver, "Office hours"), (maya, "Office hours with Oliver")):
        app = Subscription(town, person)
        await app.poll()
        assert app.shown == [(title, "CONFIRMED")]
    await app.poll()
    (entry,) = app.entries
    assert (entry.group_id, entry.seats_taken) == (group.id, 0)
    mentors = Subscription(town, oliver)
    await mentors.poll()
    (entry,) = mentors.entries
    assert (entry.session_id, entry.seats_taken, entry.capacity) == (None, 2, 5)
    await town.db.run(group_changes.cancel, oliver, group.id)
    for each in (app, mentors):
        await each.poll()
        assert each.shown == []


async def test_each_change_of_a_group_session_has_a_higher_revision_number(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya")
    request = GroupRequest("Office hours", TUESDAY_NOON, 60, capacity=5, price=0)
    group = await town.db.run(creation.create, oliver, request)
    seat = await town.db.run(seats.join, maya, JoinRequest(group.id))

    async def revisions() -> tuple[int, int]:
        led = await town.db.read(agenda.load_group, oliver, group.id)
        own = await town.db.read(agenda.load_session, maya, seat.id)
        return led.sequence, own.sequence

    changes: list[Callable[[], Awaitable[Any]]] = [
        lambda: town.db.run(group_changes.edit, oliver, group.id, GroupEdit(title="Ask")),
        lambda: town.db.run(meeting_link.change, oliver, "https://meet.example/a"),
        lambda: town.db.run(moving.move, oliver, group.id, TUESDAY_NOON + hours(3)),
        lambda: town.db.run(group_changes.cancel, oliver, group.id),
    ]
    before = await revisions()
    for number, change in enumerate(changes):
        await change()
        after = await revisions()
        assert after[0] > before[0], number
        assert after[1] > before[1], number
        before = after


@pytest.mark.parametrize("place", ["link", "thread"])
async def test_feeds_files_and_objects_have_the_same_entries(town: Community, place: str) -> None:
    await town.configure(meeting_place=place)
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=1_000)
    await town.db.run(meeting_link.change, oliver, "https://meet.example/oliver")
    ids = []
    for number, status in enumerate(SessionStatus):
        # Reaching a status may take days.
        start = town.clock.now + timedelta(days=2, hours=2 * number)
        ids.append((await town.session(status, maya, oliver, start)).id)
    later = town.clock.now + timedelta(days=8)
    ids.append((await town.session(SessionStatus.CONFIRMED, maya, oliver, later)).id)
    await town.db.run(preferences.set_reminders, maya, [10, 45])
    request = GroupRequest(
        "Office hours", town.clock.now + timedelta(days=9), 60, capacity=5, price=0
    )
    group = await town.db.run(creation.create, oliver, request)
    for person in (maya, oliver):
        app = Subscription(town, person)
        await app.poll()
        loaded = [await town.db.read(agenda.load_session, person, each) for each in ids]
        if person is oliver:
            loaded.append(await town.db.read(agenda.load_group, oliver, group.id))
        reader = Reader.of("en-US")
        assert {calendar_object(entry, reader) for entry in app.entries} == {
            calendar_object(entry, reader) for entry in loaded
        }
        assert len(app.entries) == len(loaded)
        # A room in Discord has no address before it opens.
        assert any(entry.link for entry in app.entries if entry.session_id) == (place == "link")


async def test_sessions_of_other_people_and_guilds_are_in_no_feed(
    town: Community, village: Community
) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    noor, there = await town.member("Noor"), await village.join(maya)
    await town.session(SessionStatus.CONFIRMED, maya, oliver)
    for person, community in ((noor, town), (there, village)):
        app = Subscription(community, person)
        await app.poll()
        assert app.entries == []


async def test_who_has_left_still_reads_that_their_sessions_are_cancelled(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    await town.session(SessionStatus.CONFIRMED, maya, oliver)
    token = token_of(await town.db.run(feeds.create, maya))
    await town.db.run(departures.record_departure, town.guild_id, maya.user_id)
    content = await town.db.read(feed_content.load, token)
    assert content.entries is not None
    assert [entry.status for entry in content.entries] == [SessionStatus.CANCELLED]


async def test_an_erased_member_and_a_purged_guild_have_no_feed(town: Community) -> None:
    maya, noor = await town.member("Maya"), await town.member("Noor")
    tokens = [token_of(await town.db.run(feeds.create, person)) for person in (maya, noor)]
    await town.db.run(erasure.erase, maya)
    with pytest.raises(NotFound):
        await town.db.read(feed_content.load, tokens[0])
    assert (await town.db.read(feed_content.load, tokens[1])).user_id == noor.user_id

    async def purge(tx: Transaction) -> None:
        statement = text("UPDATE guilds SET purge_began_at = created_at")
        await tx.connection.execute(statement)

    await town.db.run(purge)
    with pytest.raises(NotFound):
        await town.db.read(feed_content.load, tokens[1])


async def test_a_session_that_cannot_be_read_is_left_out_alone(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=1_000)
    broken, other = [
        await town.session(SessionStatus.CONFIRMED, maya, oliver, TUESDAY_NOON + hours(number))
        for number in (0, 2)
    ]
    if town.db.engines[0].dialect.name != "sqlite":
        pytest.skip("PostgreSQL's types refuse such a value")

    async def corrupt(tx: Transaction) -> None:
        statement = text("UPDATE sessions SET created_at = 'soon' WHERE id = :id")
        await tx.connection.execute(statement, {"id": broken.id})

    await town.db.run(corrupt)
    token = token_of(await town.db.run(feeds.create, maya))
    content = await town.db.read(feed_content.load, token)
    assert content.entries is not None
    assert [entry.session_id for entry in content.entries] == [other.id]
    assert [row for _, row in town.db.unreadable] == [broken.id]
    town.db.unreadable.clear()


# --- UIDs -----------------------------------------------------------------------------------------


@asynccontextmanager
async def fresh_town(path: Path) -> AsyncIterator[Community]:
    """A guild in a database of its own, as another installation has it."""
    url = f"sqlite+aiosqlite:///{path}"
    await upgrade(url)
    db = Database(url, clock=Clock(TUESDAY_NOON - timedelta(days=1)), cipher=CIPHER)
    await db.open()
    town = Community(db, db.clock)  # type: ignore[arg-type]  # the test's clock
    await town.configure()
    yield town
    await db.close()


async def book_and_load(town: Community) -> tuple[SessionView, AgendaEntry]:
    """Book a session free of charge, and return it with its entry for the mentee."""
    oliver, maya = await town.mentor("Oliver", rate=0), await town.member("Maya", points=100)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    return session, await town.db.read(agenda.load_session, maya, session.id)


async def test_two_installations_never_give_the_same_uid(tmp_path: Path) -> None:
    uids = []
    for name in ("one.db", "another.db"):
        async with fresh_town(tmp_path / name) as town:
            session, entry = await book_and_load(town)
            oliver = Actor(session.mentor.user_id, "Oliver", town.guild_id)
            request = GroupRequest("Ask", TUESDAY_NOON + hours(4), 60, capacity=2, price=0)
            group = await town.db.run(creation.create, oliver, request)
            led = await town.db.read(agenda.load_group, oliver, group.id)
            uids += [entry.uid, led.uid]
    assert len(set(uids)) == 4
    assert all(set(uid) <= set("abcdefghijklmnopqrstuvwxyz0123456789-@.") for uid in uids)


async def test_a_session_from_before_keeps_the_uid_that_files_had(town: Community) -> None:
    session, entry = await book_and_load(town)
    assert entry.uid != f"session-{town.guild_id}-{session.id}@mentorbot"

    async def date_back(tx: Transaction) -> None:
        await tx.connection.execute(
            text("UPDATE installation SET old_session_uids_until = :id"), {"id": session.id}
        )

    await town.db.run(date_back)
    maya = Actor(session.mentee.user_id, "Maya", town.guild_id)
    old = await town.db.read(agenda.load_session, maya, session.id)
    assert old.uid == f"session-{town.guild_id}-{session.id}@mentorbot"
    app = Subscription(town, maya)
    await app.poll()
    assert [each.uid for each in app.entries] == [old.uid]

    async def undo(tx: Transaction) -> None:
        await tx.connection.execute(text("UPDATE installation SET old_session_uids_until = 0"))

    # PostgreSQL's tests share the row.
    await town.db.run(undo)


# --- Limits ---------------------------------------------------------------------------------------


async def test_a_feed_has_the_soonest_of_very_many_sessions(town: Community) -> None:
    session, _ = await book_and_load(town)
    most = feed_content.MOST_LIVE

    async def multiply(tx: Transaction) -> None:
        columns = [column.name for column in Session.__table__.columns if column.name != "id"]
        names = ", ".join(columns)
        for number in range(most):
            row = (
                await tx.connection.execute(
                    text(
                        f"INSERT INTO sessions ({names}) SELECT {names} FROM sessions "
                        "WHERE id = :id RETURNING id"
                    ),
                    {"id": session.id},
                )
            ).scalar_one()
            await tx.connection.execute(
                update(Session)
                .where(Session.id == row)
                .values(
                    starts_at=session.starts_at + hours(number + 1),
                    ends_at=session.ends_at + hours(number + 1),
                )
            )
            await tx.connection.execute(
                text(
                    "INSERT INTO participants (session_id, user_id, guild_id, role, paid) "
                    "SELECT :row, user_id, guild_id, role, 0 FROM participants "
                    "WHERE session_id = :id"
                ),
                {"row": row, "id": session.id},
            )

    await town.db.run(multiply)
    maya = Actor(session.mentee.user_id, "Maya", town.guild_id)
    app = Subscription(town, maya)
    await app.poll()
    assert len(app.entries) == most
    assert app.entries[0].session_id == session.id
    assert app.entries[-1].span.start == session.starts_at + hours(most - 1)
