"""Who should have the guild's mentor role: approved mentors, while they are in the guild.

The bot makes Discord agree with it, and looks again at each of a mentor's commands and once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, insert, select, update

from mentorship import faults
from mentorship.faults import FaultKind
from mentorship.guilds.guild_settings import BEING_PURGED
from mentorship.notifications.catalogue import DeliveryProblem, NotificationKind
from mentorship.notifications.writing import NotificationDraft, unique_subject, write
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.tables import Guild, Member, MentorProfile, MentorRoleChange
from storage.types import UtcDateTime

UPDATE_INTERVAL = timedelta(seconds=1)
"""How far apart the updates of a guild's mentors are due when its mentor role changes. Discord
limits how fast roles can be given, and other notifications come in between."""


@dataclass(frozen=True, slots=True)
class MentorStanding:
    """Somebody with a mentor profile that was approved at some time, as the database knows them.

    `role_id` is the guild's mentor role, None without one. `is_mentor` tells whether their profile
    is approved now, `has_stopped` whether they can resume by themselves. `has_left` tells whether
    they have left the guild, and `screening_pending` whether they still have to accept its rules.
    `avatar` is as for `mentorship.actors.Actor`.
    """

    guild_id: int
    user_id: int
    role_id: int | None
    is_mentor: bool
    has_stopped: bool
    has_left: bool
    screening_pending: bool
    avatar: str | None


_SELECT = (
    select(
        MentorProfile.guild_id,
        MentorProfile.user_id,
        MentorProfile.status,
        Guild.mentor_role_id,
        Member.left_at,
        Member.screening_pending,
        Member.avatar,
    )
    .select_from(MentorProfile)
    .join(Member)
    .join(Guild, Guild.id == MentorProfile.guild_id)
    .where(MentorProfile.status != ProfileStatus.APPLICANT)
)
_SELECT_ONE = _SELECT.where(
    MentorProfile.guild_id == bindparam("guild"), MentorProfile.user_id == bindparam("user")
)
_SELECT_PRESENT = _SELECT.where(
    and_(Guild.left_at.is_(None), Guild.mentor_role_id.is_not(None), Member.left_at.is_(None))
).order_by(MentorProfile.guild_id, MentorProfile.user_id)
STEP = 100
"""Mentors whose updates one transaction writes when the mentor role changes."""

_SELECT_MENTORS = (
    select(MentorProfile.id, MentorProfile.user_id)
    .where(
        MentorProfile.guild_id == bindparam("guild"),
        MentorProfile.status == ProfileStatus.APPROVED,
        MentorProfile.id > bindparam("after"),
        # Not a join: PostgreSQL might read all members of the guild for it.
        select(Member.left_at)
        .where(Member.guild_id == MentorProfile.guild_id, Member.user_id == MentorProfile.user_id)
        .scalar_subquery()
        .is_(None),
    )
    .order_by(MentorProfile.id)
    .limit(STEP)
)
_NEXT_CHANGE = (
    select(*MentorRoleChange.__table__.c)
    .where(
        ~faults.awaits_retry(
            FaultKind.MENTOR_ROLE_CHANGE,
            MentorRoleChange.id.expression,
            bindparam("now", type_=UtcDateTime),
        ),
        MentorRoleChange.guild_id.not_in(BEING_PURGED),
    )
    .order_by(MentorRoleChange.id)
    .limit(1)
)


async def find(tx: Transaction, guild_id: int, user_id: int) -> MentorStanding | None:
    """Load a person's standing, None for somebody who has never been a mentor."""
    params = {"guild": guild_id, "user": user_id}
    row = (await tx.connection.execute(_SELECT_ONE, params)).one_or_none()
    return None if row is None else _from_row(row)


async def list_present(tx: Transaction) -> Sequence[MentorStanding]:
    """List everybody whose role can be checked, in all guilds with a mentor role.

    Suspended and stopped mentors are among them: they should not have the role.
    """
    return [_from_row(row) for row in await tx.connection.execute(_SELECT_PRESENT)]


async def schedule_updates(tx: Transaction, guild_id: int, former_role_id: int | None) -> None:
    """Have the bot give the guild's mentors its new mentor role, and take the former one.

    One at a time, in the background. The first `STEP` are scheduled at once. If there are more, a
    job schedules the rest (`schedule_next`), so that no transaction takes long.
    """
    change = {
        "guild_id": guild_id,
        "former_role_id": former_role_id,
        "batch": unique_subject(),
        "began_at": tx.now,
        "after_id": 0,
        "scheduled": 0,
    }
    row = insert(MentorRoleChange).values(**change).returning(*MentorRoleChange.__table__.c)
    await _schedule_step(tx, (await tx.connection.execute(row)).one())


async def schedule_next(tx: Transaction) -> int:
    """Schedule the updates of some more mentors of one guild, and return how many guilds that were.

    Returns 0 when nothing is left to schedule. If it fails, that change is retried later.
    """
    changes = (await tx.connection.execute(_NEXT_CHANGE, {"now": tx.now})).all()

    async def step(change: Row[*tuple[Any, ...]]) -> None:
        await _schedule_step(tx, change)

    await faults.isolate(tx, FaultKind.MENTOR_ROLE_CHANGE, changes, step, lambda change: change.id)
    return len(changes)


async def _schedule_step(tx: Transaction, change: Row[*tuple[Any, ...]]) -> None:
    """Write the next updates of a change to the outbox, and note how far it has come."""
    params = {"guild": change.guild_id, "after": change.after_id}
    mentors = (await tx.connection.execute(_SELECT_MENTORS, params)).all()
    await write(
        tx,
        [
            NotificationDraft(
                NotificationKind.MENTOR_ROLE,
                change.guild_id,
                mentor.user_id,
                subject=change.batch,
                due_at=change.began_at + position * UPDATE_INTERVAL,
                facts={"former_role": change.former_role_id},
            )
            for position, mentor in enumerate(mentors, change.scheduled)
        ],
    )
    is_change = MentorRoleChange.id == change.id
    if len(mentors) < STEP:
        await tx.connection.execute(delete(MentorRoleChange).where(is_change))
        await faults.clear(tx, FaultKind.MENTOR_ROLE_CHANGE, [change.id])
    else:
        progress = {"after_id": mentors[-1].id, "scheduled": change.scheduled + STEP}
        await tx.connection.execute(update(MentorRoleChange).where(is_change).values(**progress))


async def report_problem(
    tx: Transaction, guild_id: int, user_id: int, problem: DeliveryProblem
) -> None:
    """Notify the moderators that somebody's mentor role can't be changed, once a week."""
    standing = await find(tx, guild_id, user_id)
    is_mentor = standing is not None and standing.is_mentor
    year, week, _ = tx.now.isocalendar()
    report = NotificationDraft(
        NotificationKind.DELIVERY_PROBLEM,
        guild_id,
        None,
        subject=f"{problem}.{guild_id}.{year}-{week}",
        due_at=tx.now,
        facts={
            "trouble": problem,
            "about": user_id,
            "with": NotificationKind.REINSTATED if is_mentor else NotificationKind.SUSPENDED,
            "tried_daily": True,
        },
        about_id=user_id,
    )
    await write(tx, [report])


def _from_row(row: Row[*tuple[Any, ...]]) -> MentorStanding:
    return MentorStanding(
        row.guild_id,
        row.user_id,
        row.mentor_role_id,
        is_mentor=row.status == ProfileStatus.APPROVED,
        has_stopped=row.status == ProfileStatus.STOPPED,
        has_left=row.left_at is not None,
        screening_pending=row.screening_pending,
        avatar=row.avatar,
    )
