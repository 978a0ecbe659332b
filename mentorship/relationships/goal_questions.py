"""Ask mentees now and then how far they have come with their goals.

`mentorships.ask_at` is when that is due. It moves on in the transaction that writes the question,
so no crash loses or doubles one. An answer is optional: silence changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Integer, Row, bindparam, exists, select, update

from mentorship import faults
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import BEING_PURGED
from mentorship.members import blocks
from mentorship.notifications.publishing import publish
from mentorship.relationships import goals, pairs
from mentorship.relationships.goals import DEFAULT_QUESTION_DAYS, GoalView
from mentorship.relationships.pairs import MentorshipView
from storage import Transaction
from storage.tables import Goal, Member, Mentorship

MENTORSHIPS_AT_ONCE = 50
"""Mentorships that one transaction handles."""

USEFUL_FOR = timedelta(days=3)
"""How long after it is due a question is still sent."""

_HAS_OPEN_GOAL = exists().where(Goal.mentorship_id == Mentorship.id, Goal.place.is_not(None))
_DUE = (
    select(
        Mentorship.id,
        Mentorship.guild_id,
        Mentorship.mentee_id,
        _HAS_OPEN_GOAL.label("has_open_goal"),
        Member.left_at,
        blocks.blocked_with(
            Mentorship.guild_id.expression,
            Mentorship.mentee_id.expression,
            Mentorship.mentor_id.expression,
        ).label("is_blocked"),
    )
    .outerjoin(
        Member,
        (Member.guild_id == Mentorship.guild_id) & (Member.user_id == Mentorship.mentee_id),
    )
    .where(
        Mentorship.ask_at <= bindparam("now"),
        Mentorship.ask_at.is_not(None),
        Mentorship.ended_at.is_(None),
        ~faults.awaits_retry(FaultKind.GOAL_QUESTION, Mentorship.id.expression, bindparam("now")),
        Mentorship.guild_id.not_in(BEING_PURGED),
    )
    .order_by(Mentorship.ask_at)
    .limit(bindparam("limit", type_=Integer))
    # Several processes handle different mentorships, and ask nobody twice.
    .with_for_update(of=Mentorship, skip_locked=True)
)
_SCHEDULE = (
    update(Mentorship)
    .where(Mentorship.id == bindparam("mentorship"))
    .values(ask_at=bindparam("ask_at"))
)
_BY_ID = select(Mentorship.guild_id, Mentorship.mentor_id, Mentorship.mentee_id).where(
    Mentorship.id == bindparam("mentorship")
)


@dataclass(frozen=True, slots=True)
class GoalQuestion:
    """The open goals that a mentee is asked about."""

    mentorship: MentorshipView
    goals: tuple[GoalView, ...]


async def ask_due(tx: Transaction, limit: int = MENTORSHIPS_AT_ONCE) -> int:
    """Ask the mentees of up to `limit` mentorships in which that is due.

    Returns how many those were; 0 when none is due. One that fails is recorded as a fault, and
    tried again later.
    """
    rows = (await tx.connection.execute(_DUE, {"now": tx.now, "limit": limit})).all()
    guilds = await guild_settings.load_many(tx, [row.guild_id for row in rows])

    async def ask(row: Row[*tuple[Any, ...]]) -> int:
        guild = guilds.get(row.guild_id)
        days = 0 if guild is None else guild.goal_question_days
        ask_at = tx.now + timedelta(days=days or DEFAULT_QUESTION_DAYS)
        if days and row.has_open_goal and row.left_at is None and not row.is_blocked:
            event = Event(
                EventType.GOALS_ASKED_ABOUT,
                row.guild_id,
                subject_id=row.mentee_id,
                facts={"mentorship": row.id},
            )
            await publish(tx, event, useful_until=tx.now + USEFUL_FOR)
        params = {"mentorship": row.id, "ask_at": ask_at if row.has_open_goal else None}
        await tx.connection.execute(_SCHEDULE, params)
        return int(row.id)

    outcome = await faults.isolate(tx, FaultKind.GOAL_QUESTION, rows, ask, lambda row: int(row.id))
    await faults.clear(tx, FaultKind.GOAL_QUESTION, outcome.results)
    return len(rows)


async def find_for_message(
    tx: Transaction, guild_id: int, user_id: int, facts: Mapping[str, Any]
) -> GoalQuestion | None:
    """Find the open goals that a question is about, as of now.

    `facts` are those of the notification. None if there are none any more, if the mentorship has
    ended, or if the reader isn't its mentee.
    """
    mentorship = await find_mentorship(tx, guild_id, user_id, facts)
    if mentorship is None or mentorship.has_ended or mentorship.mentee.user_id != user_id:
        return None
    if await blocks.exists_between(
        tx, guild_id, mentorship.mentor.user_id, mentorship.mentee.user_id
    ):
        return None
    found = [goal for goal in await goals.list_all(tx, mentorship) if goal.is_open]
    return GoalQuestion(mentorship, tuple(found)) if found else None


async def find_mentorship(
    tx: Transaction, guild_id: int, user_id: int, facts: Mapping[str, Any]
) -> MentorshipView | None:
    """Find the mentorship that a notification to one of its two people is about."""
    row = (await tx.connection.execute(_BY_ID, {"mentorship": facts["mentorship"]})).one_or_none()
    if row is None or row.guild_id != guild_id or user_id not in (row.mentor_id, row.mentee_id):
        return None
    return await pairs.load(tx, guild_id, row.mentor_id, row.mentee_id)
