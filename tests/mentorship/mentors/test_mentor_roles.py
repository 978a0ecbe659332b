"""Another mentor role: updates for all mentors, one each, in steps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text, update

from mentorbot.jobs.schedule import finish_changes
from mentorship import faults
from mentorship.administration import setup
from mentorship.mentors import mentor_roles
from mentorship.notifications.catalogue import NotificationKind
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.tables import Member, MentorProfile, MentorRoleChange
from tests.mentorship.support.community import Community

FIRST_MENTOR = 5_000
RED, BLUE = 71, 72


async def add_mentors(tx: Transaction, guild_id: int, number: int) -> None:
    """Add approved mentors, of whom the higher ids became mentors first."""
    people = range(FIRST_MENTOR + number - 1, FIRST_MENTOR - 1, -1)
    common = {"guild_id": guild_id, "created_at": tx.now}
    await tx.connection.execute(
        insert(Member), [common | {"user_id": person, "name": "Mentor"} for person in people]
    )
    profile = common | {"status": ProfileStatus.APPROVED, "timezone": "UTC"}
    await tx.connection.execute(
        insert(MentorProfile), [profile | {"user_id": person} for person in people]
    )


async def list_updates(town: Community, former_role: int | None) -> list[tuple[int, timedelta]]:
    """List who gets the mentor role instead of a former one, and how soon."""
    rows = await town.notifications(NotificationKind.MENTOR_ROLE)
    return [
        (row.user_id, row.due_at - town.clock.now)
        for row in rows
        if row.facts["former_role"] == former_role
    ]


async def count_changes(tx: Transaction) -> int:
    return len((await tx.connection.scalars(select(MentorRoleChange.id))).all())


async def test_updates_of_many_mentors_are_scheduled_in_steps(town: Community) -> None:
    number = 2 * mentor_roles.STEP + 30
    await town.db.run(add_mentors, town.guild_id, number)
    await town.db.run(setup.configure, town.chief, mentor_role_id=RED)
    assert len(await list_updates(town, None)) == mentor_roles.STEP
    # The role changes again before all of them have got this one.
    await town.db.run(setup.configure, town.chief, mentor_role_id=BLUE)
    assert len(await list_updates(town, RED)) == mentor_roles.STEP
    assert await town.db.run(mentor_roles.schedule_next) == 1
    assert len(await list_updates(town, None)) == 2 * mentor_roles.STEP
    await finish_changes(town.db)
    expected = [
        (FIRST_MENTOR + number - 1 - position, position * mentor_roles.UPDATE_INTERVAL)
        for position in range(number)
    ]
    assert await list_updates(town, None) == await list_updates(town, RED) == expected
    assert await town.db.read(count_changes) == 0
    assert await town.db.run(mentor_roles.schedule_next) == 0


async def test_few_mentors_leave_nothing_to_a_job(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    await town.db.run(setup.configure, town.chief, mentor_role_id=RED)
    assert await list_updates(town, None) == [(oliver.user_id, timedelta(0))]
    assert await town.db.read(count_changes) == 0


async def test_other_guilds_get_their_mentor_role_if_one_fails(
    town: Community, village: Community
) -> None:
    if town.db.url.startswith("postgresql"):
        pytest.skip("PostgreSQL refuses unreadable instants")
    for community in (town, village):
        await community.db.run(add_mentors, community.guild_id, mentor_roles.STEP + 1)
        await community.db.run(setup.configure, community.chief, mentor_role_id=RED)

    async def break_change(tx: Transaction) -> None:
        broken = update(MentorRoleChange).where(MentorRoleChange.guild_id == town.guild_id)
        await tx.connection.execute(broken.values(began_at=text("'yesterday'")))

    await town.db.run(break_change)
    await finish_changes(town.db)
    (fault,) = await town.db.read(faults.list_recent)
    assert (fault.kind, fault.table) == ("mentor_role_change", "mentor_role_changes")
    assert await town.db.read(count_changes) == 1
    updates = await town.notifications(NotificationKind.MENTOR_ROLE)
    assert sum(row.guild_id == village.guild_id for row in updates) == mentor_roles.STEP + 1
