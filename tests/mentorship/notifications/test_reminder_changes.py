"""Changed reminders of a guild: by set, in steps, and the same as those of a new session."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from mentorship import faults
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.notifications import preferences, reminder_changes, reminders, writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.operations import erasure
from mentorship.sessions import booking, rescheduling, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.places import session_link
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Member, MemberReminderChange, Notification, ReminderChange
from tests.mentorship.support.community import HIGH_LIMITS, TUESDAY_NOON, Community, hours

FIRST_GUEST = 5_000
START = TUESDAY_NOON + hours(24)


async def add_starting(tx: Transaction, guild_id: int, session_id: int, number: int) -> None:
    """Add members with a "starting now" each, as if all of them came to the session."""
    guests = range(FIRST_GUEST, FIRST_GUEST + number)
    await tx.connection.execute(
        insert(Member),
        [
            {"guild_id": guild_id, "user_id": guest, "name": "Guest", "created_at": tx.now}
            for guest in guests
        ],
    )
    await writing.write(tx, [starting(guild_id, session_id, guest) for guest in guests])


def starting(guild_id: int, session_id: int, user_id: int) -> NotificationDraft:
    return NotificationDraft(
        NotificationKind.STARTING,
        guild_id,
        user_id,
        subject=f"{session_id}.1",
        due_at=START,
        useful_until=START + hours(1),
        session_id=session_id,
    )


async def leads_of_guests(tx: Transaction) -> dict[int, list[int]]:
    """Return the waiting reminders of each guest, in minutes before the start."""
    rows = await tx.connection.execute(
        select(Notification.user_id, Notification.facts)
        .where(
            Notification.kind == NotificationKind.REMINDER,
            Notification.user_id >= FIRST_GUEST,
            Notification.status == "waiting",
        )
        .order_by(Notification.due_at)
    )
    leads: dict[int, list[int]] = {}
    for user_id, facts in rows:
        leads.setdefault(user_id, []).append(facts["minutes"])
    return leads


async def changes(tx: Transaction) -> int:
    return len((await tx.connection.execute(select(ReminderChange))).all())


@pytest.fixture
async def session_id(town: Community) -> int:
    maya = await town.member("Maya", points=200)
    noor = await town.mentor("Noor")
    return (await town.session(SessionStatus.CONFIRMED, maya, noor, start=START)).id


@pytest.mark.parametrize("leads", [(180, 5), (10,), (), (20_160, 2_880, 60, 5), (60, 60)])
async def test_replaced_reminders_are_those_of_a_new_session(
    town: Community, session_id: int, leads: tuple[int, ...]
) -> None:
    def facts(rows: Any) -> list[tuple[Any, ...]]:
        names = "user_id kind session_id facts key due_at next_at useful_until urgency status"
        return sorted(
            tuple(str(getattr(row, name)) for name in [*names.split(), "caused_by", "attempts"])
            for row in rows
        )

    people = {row.user_id for row in await town.notifications(NotificationKind.STARTING)}

    async def write_anew(tx: Transaction) -> None:
        await tx.connection.execute(text("DELETE FROM notices WHERE kind = 'reminder'"))
        for user_id in people:
            draft = starting(town.guild_id, session_id, user_id)
            await writing.write(tx, reminders.reminder_drafts(draft, leads, tx.now))

    await town.db.run(setup.configure, town.chief, reminders=list(leads))
    replaced = facts(await town.notifications(NotificationKind.REMINDER))
    await town.db.run(write_anew)
    assert replaced == facts(await town.notifications(NotificationKind.REMINDER))


async def test_many_reminders_are_replaced_in_steps_that_a_job_takes(
    town: Community, session_id: int
) -> None:
    number = 2 * reminder_changes.STEP + 50
    await town.db.run(add_starting, town.guild_id, session_id, number)
    await town.db.run(setup.configure, town.chief, reminders=[180, 5])
    # The session's own two people come first.
    assert len(await town.db.read(leads_of_guests)) == reminder_changes.STEP - 2
    await town.db.run(setup.configure, town.chief, reminders=[30])
    assert await town.db.run(reminder_changes.replace_next_of_guild) == 1
    leads = await town.db.read(leads_of_guests)
    assert set(map(tuple, leads.values())) == {(30,)}
    assert len(leads) == 2 * reminder_changes.STEP - 2
    while await town.db.run(reminder_changes.replace_next_of_guild):
        pass
    assert await town.db.read(leads_of_guests) == {
        guest: [30] for guest in range(FIRST_GUEST, FIRST_GUEST + number)
    }
    assert await town.db.read(changes) == 0


async def add_sessions(town: Community, number: int) -> tuple[Actor, Actor]:
    """Create a mentor with many confirmed sessions of one mentee, an hour each."""
    await town.configure(**HIGH_LIMITS)
    maya = await town.member("Maya", points=60 * number)
    noor = await town.mentor("Noor", horizon_days=365)

    async def add(tx: Transaction, first: int) -> None:
        for hour in range(first, min(first + 50, number)):
            request = BookingRequest(noor.user_id, START + hours(hour), 60)
            booked = await booking.book(tx, maya, request)
            await transitions.confirm(tx, noor, booked.id)

    for first in range(0, number, 50):
        await town.db.run(add, first)
    return noor, maya


async def leads_of(tx: Transaction, person: Actor) -> Counter[int]:
    """Count a person's waiting reminders by how many minutes before the start they are due."""
    rows = await tx.connection.scalars(
        select(Notification.facts).where(
            Notification.kind == NotificationKind.REMINDER,
            Notification.user_id == person.user_id,
            Notification.status == "waiting",
        )
    )
    return Counter(facts["minutes"] for facts in rows)


async def member_changes(tx: Transaction) -> list[int]:
    return list(await tx.connection.scalars(select(MemberReminderChange.user_id)))


async def test_many_reminders_of_a_member_are_replaced_in_steps(town: Community) -> None:
    number = reminder_changes.STEP + 20
    noor, maya = await add_sessions(town, number)
    of_maya = await town.db.read(leads_of, maya)
    await town.db.run(preferences.set_reminders, noor, [30])
    of_noor = await town.db.read(leads_of, noor)
    assert of_noor[30] == reminder_changes.STEP
    assert of_noor[60] == 20, "the latest sessions still have the former ones"
    assert await town.db.read(member_changes) == [noor.user_id]
    # Another change begins anew.
    await town.db.run(preferences.set_reminders, noor, [45, 5])
    while await town.db.run(reminder_changes.replace_next_of_member):
        pass
    assert await town.db.read(leads_of, noor) == {45: number, 5: number}
    assert await town.db.read(leads_of, maya) == of_maya
    assert await town.db.read(member_changes) == []


async def test_an_erased_member_has_no_change_of_reminders_left(town: Community) -> None:
    noor, maya = await add_sessions(town, reminder_changes.STEP + 1)
    for person in (noor, maya):
        await town.db.run(preferences.set_reminders, person, [30])
    await town.db.run(erasure.erase, noor)
    assert await town.db.read(member_changes) == [maya.user_id]


async def test_other_members_get_their_reminders_if_one_fails(town: Community) -> None:
    if town.db.url.startswith("postgresql"):
        pytest.skip("PostgreSQL refuses broken JSON")
    noor, maya = await add_sessions(town, reminder_changes.STEP + 1)
    for person in (noor, maya):
        await town.db.run(preferences.set_reminders, person, [30])

    async def break_settings(tx: Transaction) -> None:
        broken = "UPDATE members SET reminders = '[' WHERE user_id = :user"
        await tx.connection.execute(text(broken), {"user": noor.user_id})

    await town.db.run(break_settings)
    while await town.db.run(reminder_changes.replace_next_of_member):
        pass
    (fault,) = await town.db.read(faults.list_recent)
    assert (fault.kind, fault.table) == ("member_reminder_change", "member_reminder_changes")
    assert await town.db.read(member_changes) == [noor.user_id]
    assert await town.db.read(leads_of, maya) == {30: reminder_changes.STEP + 1}


async def test_other_guilds_get_reminders_if_one_fails(
    town: Community, village: Community, session_id: int
) -> None:
    if town.db.url.startswith("postgresql"):
        pytest.skip("PostgreSQL refuses broken JSON")

    async def break_town(tx: Transaction) -> None:
        await tx.connection.execute(
            insert(ReminderChange),
            [{"guild_id": 10, "after_id": 0}, {"guild_id": 20, "after_id": 0}],
        )
        await tx.connection.execute(text("UPDATE guilds SET lost = '[' WHERE id = 10"))

    await town.db.run(break_town)
    taken = 0
    while await town.db.run(reminder_changes.replace_next_of_guild):
        taken += 1
    assert taken == 2
    (fault,) = await town.db.read(faults.list_recent)
    assert (fault.kind, fault.row_id, fault.error) == ("reminder_change", 10, "ValueError")
    assert await town.db.read(changes) == 1


async def test_a_reminder_that_is_being_sent_is_not_sent_twice(
    town: Community, session_id: int
) -> None:
    async def claim(tx: Transaction) -> None:
        await tx.connection.execute(text("UPDATE notices SET attempts = 1 WHERE kind = 'reminder'"))

    await town.db.run(claim)
    before = await town.notifications(NotificationKind.REMINDER)
    await town.db.run(setup.configure, town.chief, reminders=[1_440, 7])
    after = await town.notifications(NotificationKind.REMINDER)
    kept = {row.id for row in before}
    assert kept <= {row.id for row in after}
    assert [row.facts["minutes"] for row in after if row.id not in kept] == [7, 7]


async def test_a_changed_link_doubles_no_reminder(town: Community) -> None:
    """It raises the session's revision number, which is a part of reminders' keys."""
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=60)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver, start=START)
    await town.db.run(session_link.set_link, oliver, session.id, "https://meet.example/a")
    await town.configure(reminders=(1_440, 60))
    await town.db.run(preferences.set_reminders, maya, [60, 30])
    moved = START + hours(2)
    await town.db.run(rescheduling.propose, maya, session.id, moved)
    await town.db.run(rescheduling.accept, oliver, session.id)
    await town.db.run(session_link.set_link, oliver, session.id, "https://meet.example/b")
    await town.db.run(preferences.set_reminders, maya, [30, 10])
    kinds = (NotificationKind.REMINDER, NotificationKind.STARTING)
    waiting = [each for each in await town.notifications(*kinds) if each.status == "waiting"]
    before = {
        person.user_id: sorted(
            (moved - each.due_at) // hours(1 / 60)
            for each in waiting
            if each.user_id == person.user_id
        )
        for person in (maya, oliver)
    }
    assert before == {maya.user_id: [0, 10, 30], oliver.user_id: [0, 60, 1_440]}
