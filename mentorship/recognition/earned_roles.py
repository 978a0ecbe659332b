"""Who has earned a threshold role, and giving and taking it in Discord.

A job compares the figures of all mentors of a guild with each rule, in steps, again and again
(`compare_some`). So everything that changes what a mentor has earned is noticed within about
`PASS_INTERVAL`: figures, a suspension, a departure, a return, another rule. A worker claims what is
to be done in Discord for the time of a lease.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds.guild_settings import BEING_PURGED
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.channel_cards import LEASE, retry_at
from mentorship.notifications.publishing import publish
from mentorship.notifications.writing import NotificationDraft, write
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import EarnedRole, Guild, Member, MentorProfile, MentorTotal, ThresholdRole
from storage.types import RowId, UtcDateTime

PASS_INTERVAL = timedelta(minutes=10)
"""How long after the end of a pass over a guild's mentors the next one begins."""

STEP_SIZE = 200
"""Mentors who are compared in one transaction, at most."""

BATCH_SIZE = 20
"""Roles that one call claims, at most."""

KEPT_FOR = timedelta(days=7)
"""How long the bot tries to take a role from somebody whose data was erased."""


@dataclass(frozen=True, slots=True)
class RoleTask:
    """A role to give or take. `attempts` have failed so far."""

    id: int
    rule_id: int
    guild_id: int
    user_id: int
    role_id: int
    is_wanted: bool
    attempts: int


async def has_due_rules(tx: Transaction) -> bool:
    """Return whether a step of a pass is due."""
    return bool(await tx.connection.scalar(_HAS_DUE_RULE, {"now": tx.now}))


async def compare_some(tx: Transaction, size: int = STEP_SIZE) -> int:
    """Compare the next mentors of the guild whose rule is due. Returns how many; 0 if none is."""
    rule = (await tx.connection.execute(_DUE_RULE, {"now": tx.now})).one_or_none()
    if rule is None:
        return 0
    params = {"guild": rule.guild_id, "rule": rule.id, "after": rule.after_id, "limit": size}
    mentors = (await tx.connection.execute(_MENTORS, params)).all()
    del params["guild"]
    holders = (await tx.connection.execute(_HOLDERS, params)).all()
    ends = [rows[-1].profile_id for rows in (mentors, holders) if len(rows) == size]
    end = min(ends, default=None)
    earned = {row.profile_id for row in mentors if _has_earned(rule, row)}
    known = {row.profile_id: row.is_wanted for row in holders}
    if end is not None:
        earned = {profile_id for profile_id in earned if profile_id <= end}
        known = {profile_id: wanted for profile_id, wanted in known.items() if profile_id <= end}
    new = [
        {
            "guild_id": rule.guild_id,
            "rule_id": rule.id,
            "profile_id": profile_id,
            "is_wanted": True,
            "next_at": tx.now,
        }
        for profile_id in sorted(earned - known.keys())
    ]
    if new:
        await tx.connection.execute(_INSERT, new)
    for profile_id, is_wanted in sorted(known.items()):
        if is_wanted != (profile_id in earned):
            values = {"rule": rule.id, "profile": profile_id, "wanted": not is_wanted}
            await tx.connection.execute(_CHANGE, values | {"now": tx.now})
    next_at = tx.now if end is not None else tx.now + PASS_INTERVAL
    await tx.connection.execute(
        _ADVANCE, {"row_id": rule.id, "after_id": end or 0, "next_at": next_at}
    )
    return max(len(mentors), len(holders), 1)


def _has_earned(rule: Any, mentor: Any) -> bool:
    """Return whether a mentor's figures meet a rule. The stars are the plain mean."""
    if mentor.sessions < rule.least_sessions:
        return False
    if rule.least_hours is not None and mentor.minutes < 60 * rule.least_hours:
        return False
    if rule.least_stars is None:
        return True
    stars, people = int(mentor.rating_sum), int(mentor.rating_count)
    return people > 0 and 10 * stars >= int(rule.least_stars) * people


async def has_due(tx: Transaction) -> bool:
    """Return whether a role is to be given or taken now."""
    return bool(await tx.connection.scalar(_HAS_DUE, {"now": tx.now}))


async def claim(tx: Transaction, limit: int = BATCH_SIZE) -> list[RoleTask]:
    """Claim roles to give or take now, for the time of `LEASE`.

    What couldn't be taken after an erasure is given up after `KEPT_FOR`.
    """
    await tx.connection.execute(_DELETE_OLD, {"before": tx.now - KEPT_FOR})
    claimed = []
    for row in (await tx.connection.execute(_DUE, {"now": tx.now, "limit": limit})).all():
        await tx.connection.execute(_POSTPONE, {"row_id": row.id, "next_at": tx.now + LEASE})
        claimed.append(
            RoleTask(
                row.id,
                row.rule_id,
                row.guild_id,
                row.person_id,
                row.role_id,
                is_wanted=row.is_wanted,
                attempts=row.attempts,
            )
        )
    return claimed


async def finish(
    tx: Transaction, task: RoleTask, *, is_given: bool, role_name: str | None = None
) -> None:
    """Record that somebody has the role in Discord now, or hasn't.

    Whoever gets it for the first time is congratulated; `role_name` is the role's.
    """
    row = (await tx.connection.execute(_BY_ID, {"task": task.id})).one_or_none()
    if row is None:
        return
    if row.user_id is not None and not is_given:
        await tx.connection.execute(_DELETE, {"task": task.id})
        return
    is_first = is_given and row.told_at is None
    # Somebody who isn't there doesn't have it. The next pass says whether they should.
    is_wanted = row.is_wanted and (is_given or not task.is_wanted)
    values = {
        "is_given": is_given,
        "is_wanted": is_wanted,
        "attempts": 0,
        "next_at": None if is_wanted == is_given else tx.now,
        "told_at": tx.now if is_first else row.told_at,
    }
    await tx.connection.execute(update_by_id(EarnedRole, *values), {"row_id": task.id, **values})
    if is_first:
        event = Event(
            EventType.ROLE_EARNED,
            task.guild_id,
            None,
            subject_id=task.user_id,
            facts={"role": task.role_id, "name": role_name or ""},
        )
        await publish(tx, event)


async def retry(tx: Transaction, task: RoleTask) -> None:
    """Try again later, after a failed attempt."""
    values = {"next_at": retry_at(tx.now, task.attempts), "attempts": task.attempts + 1}
    await tx.connection.execute(update_by_id(EarnedRole, *values), {"row_id": task.id, **values})


async def stop(tx: Transaction, task: RoleTask, problem: str) -> None:
    """Stop a rule whose role Discord refuses, and notify the moderators once.

    `problem` is `deleted` or `refused`. The rule starts again when somebody saves it.
    """
    stopped = await tx.connection.execute(
        _STOP, {"rule": task.rule_id, "now": tx.now, "why": problem}
    )
    if not stopped.rowcount:
        return
    report = NotificationDraft(
        NotificationKind.THRESHOLD_ROLE_STOPPED,
        task.guild_id,
        None,
        subject=f"threshold_role.{task.rule_id}.{int(tx.now.timestamp())}",
        due_at=tx.now,
        facts={"role": task.role_id, "problem": problem},
    )
    await write(tx, [report])


async def give_again(tx: Transaction, guild_id: int, user_id: int) -> None:
    """Have the bot give a mentor their roles again, since they left the guild and returned."""
    params = {"guild": guild_id, "person": user_id, "now": tx.now}
    await tx.connection.execute(_GIVE_AGAIN, params)


async def schedule_removals(tx: Transaction, profile_id: int, user_id: int) -> None:
    """Have the bot take the threshold roles of a mentor who is erased in this transaction."""
    params = {"profile": profile_id, "person": user_id, "now": tx.now}
    await tx.connection.execute(_REMOVE_ALL, params)


_NOW = bindparam("now", type_=UtcDateTime)
_IS_DUE_RULE = (
    ThresholdRole.next_at <= _NOW,
    ThresholdRole.stopped_at.is_(None),
    Guild.left_at.is_(None),
    Guild.purge_began_at.is_(None),
)
_DUE_RULE = (
    select(*ThresholdRole.__table__.c)
    .join(Guild, Guild.id == ThresholdRole.guild_id)
    .where(*_IS_DUE_RULE)
    .order_by(ThresholdRole.next_at)
    .limit(literal_column("1"))
)
_HAS_DUE_RULE = select(exists().where(Guild.id == ThresholdRole.guild_id, *_IS_DUE_RULE))
_AFTER = bindparam("after", type_=BigInteger)
_LIMIT = bindparam("limit", type_=Integer)
_MENTORS = (
    select(
        MentorProfile.id.label("profile_id"),
        MentorProfile.rating_sum,
        MentorProfile.rating_count,
        MentorTotal.sessions,
        MentorTotal.minutes,
    )
    .join(MentorTotal, MentorTotal.profile_id == MentorProfile.id)
    .join(
        Member,
        (Member.guild_id == MentorProfile.guild_id) & (Member.user_id == MentorProfile.user_id),
    )
    .where(
        MentorProfile.guild_id == bindparam("guild", type_=BigInteger),
        MentorProfile.status == literal_column(f"'{ProfileStatus.APPROVED}'"),
        MentorProfile.id > _AFTER,
        Member.left_at.is_(None),
    )
    .order_by(MentorProfile.id)
    .limit(_LIMIT)
)
_HOLDERS = (
    select(EarnedRole.profile_id, EarnedRole.is_wanted)
    .where(
        EarnedRole.rule_id == bindparam("rule", type_=BigInteger),
        EarnedRole.profile_id > _AFTER,
        EarnedRole.user_id.is_(None),
    )
    .order_by(EarnedRole.profile_id)
    .limit(_LIMIT)
)
_INSERT = insert(EarnedRole)
_CHANGE = (
    update(EarnedRole)
    .where(
        EarnedRole.rule_id == bindparam("rule", type_=BigInteger),
        EarnedRole.profile_id == bindparam("profile", type_=BigInteger),
    )
    .values(is_wanted=bindparam("wanted"), next_at=_NOW, attempts=0)
)
_ADVANCE = update_by_id(ThresholdRole, "after_id", "next_at")
_IS_DUE = EarnedRole.next_at <= _NOW
_HAS_DUE = select(
    exists().where(
        _IS_DUE, ThresholdRole.id == EarnedRole.rule_id, ThresholdRole.stopped_at.is_(None)
    )
)
_PERSON = or_(EarnedRole.user_id.is_not(None), MentorProfile.user_id > 0)
_DUE = (
    select(
        *EarnedRole.__table__.c,
        ThresholdRole.role_id,
        func.coalesce(EarnedRole.user_id, MentorProfile.user_id).label("person_id"),
    )
    .join(ThresholdRole, ThresholdRole.id == EarnedRole.rule_id)
    .join(MentorProfile, MentorProfile.id == EarnedRole.profile_id)
    .where(
        _IS_DUE,
        _PERSON,
        ThresholdRole.stopped_at.is_(None),
        EarnedRole.guild_id.not_in(BEING_PURGED),
    )
    .order_by(EarnedRole.next_at)
    .limit(_LIMIT)
)
_POSTPONE = update_by_id(EarnedRole, "next_at")
_TASK = bindparam("task", type_=RowId)
_BY_ID = select(*EarnedRole.__table__.c).where(EarnedRole.id == _TASK)
_DELETE = delete(EarnedRole).where(EarnedRole.id == _TASK)
_DELETE_OLD = delete(EarnedRole).where(
    EarnedRole.user_id.is_not(None),
    EarnedRole.erased_at <= bindparam("before", type_=UtcDateTime),
)
_STOP = (
    update(ThresholdRole)
    .where(ThresholdRole.id == bindparam("rule", type_=RowId), ThresholdRole.stopped_at.is_(None))
    .values(stopped_at=_NOW, problem=bindparam("why"))
)
_GIVE_AGAIN = (
    update(EarnedRole)
    .where(
        EarnedRole.profile_id.in_(
            select(MentorProfile.id).where(
                MentorProfile.guild_id == bindparam("guild", type_=BigInteger),
                MentorProfile.user_id == bindparam("person", type_=BigInteger),
            )
        ),
        EarnedRole.is_given,
        EarnedRole.is_wanted,
    )
    .values(is_given=False, next_at=_NOW, attempts=0)
)
_REMOVE_ALL = (
    update(EarnedRole)
    .where(EarnedRole.profile_id == bindparam("profile", type_=RowId))
    .values(
        user_id=bindparam("person", type_=BigInteger),
        is_wanted=False,
        next_at=_NOW,
        erased_at=_NOW,
        attempts=0,
    )
)
