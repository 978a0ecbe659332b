"""Changed reminders of a guild: by set, in steps, and the same as those of a new session."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select, text

from mentorship import faults
from mentorship.administration import setup
from mentorship.notifications import reminders, writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Member, Notification, ReminderChange
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

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
    number = 2 * reminders.STEP + 50
    await town.db.run(add_starting, town.guild_id, session_id, number)
    await town.db.run(setup.configure, town.chief, reminders=[180, 5])
    # The session's own two people come first.
    assert len(await town.db.read(leads_of_guests)) == reminders.STEP - 2
    await town.db.run(setup.configure, town.chief, reminders=[30])
    assert await town.db.run(reminders.replace_next) == 1
    leads = await town.db.read(leads_of_guests)
    assert set(map(tuple, leads.values())) == {(30,)}
    assert len(leads) == 2 * reminders.STEP - 2
    while await town.db.run(reminders.replace_next):
        pass
    assert await town.db.read(leads_of_guests) == {
        guest: [30] for guest in range(FIRST_GUEST, FIRST_GUEST + number)
    }
    assert await town.db.read(changes) == 0


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
    while await town.db.run(reminders.replace_next):
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
