"""Replace the waiting reminders of booked sessions when a guild or a member changes theirs.

Each transaction replaces those of a limited number of sessions. A table remembers how far a change
has come, and a job continues it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    Executable,
    Row,
    String,
    TableValuedAlias,
    bindparam,
    cast,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from mentorship import faults
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.notifications.catalogue import CATALOGUE, NotificationKind
from mentorship.notifications.timing import urgency
from mentorship.notifications.writing import WAITING
from storage import Transaction
from storage.queries import integer_table, later, upsert
from storage.tables import Commitment, Member, MemberReminderChange, Notification, ReminderChange
from storage.types import Json, UtcDateTime

STEP = 100
"""Sessions whose reminders one transaction replaces, counted once for each participant."""


# --- Of a guild -----------------------------------------------------------------------------------


async def replace_of_guild(tx: Transaction, guild_id: int) -> None:
    """Begin to replace the waiting reminders of all members of a guild who have none of their own.

    The first `STEP` are replaced at once. If there are more, a job replaces the rest
    (`replace_next_of_guild`), so that no transaction takes long, however many sessions are booked.
    """
    start = upsert(tx.dialect, ReminderChange).values(guild_id=guild_id, after_id=0)
    await tx.connection.execute(
        start.on_conflict_do_update(index_elements=["guild_id"], set_={"after_id": 0})
    )
    await _replace_step(tx, guild_id, 0)


async def replace_next_of_guild(tx: Transaction) -> int:
    """Take a step of replacing the reminders of one guild, and return how many guilds that were.

    Returns 0 when nothing is left to replace. If it fails for a guild, that guild is retried later.
    """
    changes = (await tx.connection.execute(_NEXT_CHANGE, {"now": tx.now})).all()

    async def step(change: Row[*tuple[Any, ...]]) -> None:
        await _replace_step(tx, change.guild_id, change.after_id)

    await faults.isolate(
        tx, FaultKind.REMINDER_CHANGE, changes, step, lambda change: change.guild_id
    )
    return len(changes)


_NEXT_CHANGE = (
    select(ReminderChange.guild_id, ReminderChange.after_id)
    .where(
        ~faults.awaits_retry(
            FaultKind.REMINDER_CHANGE, ReminderChange.guild_id.expression, bindparam("now")
        ),
        ReminderChange.guild_id.not_in(guild_settings.BEING_PURGED),
    )
    .order_by(ReminderChange.guild_id)
    .limit(1)
)
_NEXT_STARTING = (
    # Each confirmed session has one "starting now" for each participant, and each group session
    # one for its mentor.
    select(Notification.id)
    .join(
        Member,
        (Member.guild_id == Notification.guild_id) & (Member.user_id == Notification.user_id),
    )
    .where(
        Notification.guild_id == bindparam("guild"),
        Notification.id > bindparam("after"),
        WAITING,
        # The literal value, for the partial index.
        Notification.kind == literal_column(f"'{NotificationKind.STARTING.value}'"),
        Notification.due_at > bindparam("now"),
        Member.reminders.is_(None),
    )
    .order_by(Notification.id)
    .limit(STEP)
)
_IS_CHANGE = ReminderChange.guild_id == bindparam("guild")
_GO_ON = update(ReminderChange).where(_IS_CHANGE).values(after_id=bindparam("after"))
_END = delete(ReminderChange).where(_IS_CHANGE)


async def _replace_step(tx: Transaction, guild_id: int, after_id: int) -> None:
    """Replace the reminders of the next sessions after a notification, by the settings of now."""
    params = {"guild": guild_id, "after": after_id, "now": tx.now}
    ids = (await tx.connection.scalars(_NEXT_STARTING, params)).all()
    guild = await guild_settings.load(tx, guild_id)
    await _replace(tx, ids, guild.reminders)
    if len(ids) < STEP:
        await tx.connection.execute(_END, {"guild": guild_id})
        await faults.clear(tx, FaultKind.REMINDER_CHANGE, [guild_id])
    else:
        await tx.connection.execute(_GO_ON, {"guild": guild_id, "after": ids[-1]})


# --- Of one member --------------------------------------------------------------------------------


async def replace_of_member(tx: Transaction, guild_id: int, user_id: int) -> None:
    """Begin to replace the waiting reminders of a person in a guild by those they have set.

    The reminders of their next `STEP` sessions are replaced at once. If there are more, a job
    replaces the rest (`replace_next_of_member`). A reminder that is being sent at this moment is
    kept, so none is sent twice.
    """
    after_at = await _replace_members_step(tx, guild_id, user_id, tx.now)
    if after_at is None:
        # What an earlier change has left to do has just been done.
        params = {"guild": guild_id, "user": user_id}
        await tx.connection.execute(_END_OF_MEMBER, params)
        return
    change = upsert(tx.dialect, MemberReminderChange).values(
        guild_id=guild_id, user_id=user_id, after_at=after_at
    )
    await tx.connection.execute(
        change.on_conflict_do_update(
            index_elements=["guild_id", "user_id"], set_={"after_at": after_at}
        )
    )


async def replace_next_of_member(tx: Transaction) -> int:
    """Take a step of replacing the reminders of one member, and return how many members that were.

    Returns 0 when nothing is left to replace. If it fails, that change is retried later.
    """
    changes = (await tx.connection.execute(_NEXT_OF_MEMBER, {"now": tx.now})).all()

    async def step(change: Row[*tuple[Any, ...]]) -> None:
        after_at = await _replace_members_step(tx, change.guild_id, change.user_id, change.after_at)
        if after_at is not None:
            await tx.connection.execute(_GO_ON_OF_MEMBER, {"row": change.id, "at": after_at})
            return
        params = {"guild": change.guild_id, "user": change.user_id}
        await tx.connection.execute(_END_OF_MEMBER, params)
        await faults.clear(tx, FaultKind.MEMBER_REMINDER_CHANGE, [change.id])

    await faults.isolate(
        tx, FaultKind.MEMBER_REMINDER_CHANGE, changes, step, lambda change: change.id
    )
    return len(changes)


_NEXT_OF_MEMBER = (
    select(*MemberReminderChange.__table__.c)
    .where(
        ~faults.awaits_retry(
            FaultKind.MEMBER_REMINDER_CHANGE,
            MemberReminderChange.id.expression,
            bindparam("now", type_=UtcDateTime),
        ),
        MemberReminderChange.guild_id.not_in(guild_settings.BEING_PURGED),
    )
    .order_by(MemberReminderChange.id)
    .limit(1)
)
_GO_ON_OF_MEMBER = (
    update(MemberReminderChange)
    .where(MemberReminderChange.id == bindparam("row"))
    .values(after_at=bindparam("at"))
)
_END_OF_MEMBER = delete(MemberReminderChange).where(
    MemberReminderChange.guild_id == bindparam("guild"),
    MemberReminderChange.user_id == bindparam("user"),
)
# A person's commitments don't overlap, so no two of them end at the same instant.
_NEXT_COMMITMENTS = (
    select(Commitment.session_id, Commitment.group_id, Commitment.ends_at)
    .where(Commitment.user_id == bindparam("user"), Commitment.ends_at > bindparam("after"))
    .order_by(Commitment.ends_at)
    .limit(STEP)
)
_STARTING_OF_MEMBER = select(Notification.id).where(
    or_(
        Notification.session_id.in_(bindparam("sessions", expanding=True)),
        # The condition of the partial index.
        Notification.group_id.is_not(None)
        & Notification.group_id.in_(bindparam("groups", expanding=True)),
    ),
    # Without statistics, SQLite would read all that the person was ever notified of. With `+ 0` it
    # can't, and reads the notifications of these sessions.
    Notification.guild_id + 0 == bindparam("guild"),
    Notification.user_id + 0 == bindparam("user"),
    WAITING,
    Notification.kind == NotificationKind.STARTING,
    Notification.due_at > bindparam("now"),
)
_LEADS_OF_MEMBER = select(Member.reminders).where(
    Member.guild_id == bindparam("guild"), Member.user_id == bindparam("user")
)


async def _replace_members_step(
    tx: Transaction, guild_id: int, user_id: int, after_at: datetime
) -> datetime | None:
    """Replace the reminders of a person's next sessions that end after an instant.

    Returns the instant to continue after, None if there are no more.
    """
    person = {"guild": guild_id, "user": user_id}
    commitments = (
        await tx.connection.execute(_NEXT_COMMITMENTS, {"user": user_id, "after": after_at})
    ).all()
    if commitments:
        leads: Sequence[int] | None = await tx.connection.scalar(_LEADS_OF_MEMBER, person)
        if leads is None:
            leads = (await guild_settings.load(tx, guild_id)).reminders
        about = {
            "sessions": [each.session_id for each in commitments if each.session_id is not None],
            "groups": [each.group_id for each in commitments if each.group_id is not None],
        }
        ids = await tx.connection.scalars(_STARTING_OF_MEMBER, person | about | {"now": tx.now})
        await _replace(tx, ids.all(), leads)
    return commitments[-1].ends_at if len(commitments) == STEP else None


# --- The statements ------------------------------------------------------------------------------

_starting = aliased(Notification)
_reminder = aliased(Notification)


async def _replace(tx: Transaction, starting_ids: Sequence[int], leads: Sequence[int]) -> None:
    """Replace the waiting reminders that belong to these "starting now" notifications."""
    if not starting_ids:
        return
    ids = integer_table(tx.dialect, literal(starting_ids))
    replaced = (
        select(_reminder.id)
        .select_from(ids)
        .join(_starting, _starting.id == ids.c.value)
        .join(
            _reminder,
            or_(
                _reminder.session_id == _starting.session_id,
                # That of a group session is only the mentor's.
                _starting.session_id.is_(None)
                & _reminder.session_id.is_(None)
                & (_reminder.group_id == _starting.group_id),
            )
            & (_reminder.user_id == _starting.user_id),
        )
        .where(
            _reminder.status == literal_column("'waiting'"),
            _reminder.kind == NotificationKind.REMINDER,
            _reminder.attempts == 0,
        )
    )
    await tx.connection.execute(delete(Notification).where(Notification.id.in_(replaced)))
    # The shortest first: a reminder is useful until the next one is due, or the session starts.
    for until, lead in pairwise([0, *sorted(set(leads))]):
        await tx.connection.execute(_insert(tx, ids, lead, until))
    tx.wake_delivery = True


def _insert(tx: Transaction, ids: TableValuedAlias, lead: int, until: int) -> Executable:
    """Return an INSERT of the reminders `lead` minutes before, as `reminder_drafts` has them.

    The key of a "starting now" is `starting:{subject}:{user}`.
    """
    due_at = later(tx.dialect, _starting.due_at.expression, -60 * lead)
    prefix, suffix = f"{NotificationKind.STARTING}:", ":" + cast(_starting.user_id, String)
    subject = func.substr(
        _starting.key,
        len(prefix) + 1,
        func.length(_starting.key) - len(prefix) - func.length(suffix),
    )
    columns: dict[str, Any] = {
        "guild_id": _starting.guild_id,
        "user_id": _starting.user_id,
        "session_id": _starting.session_id,
        "group_id": _starting.group_id,
        "kind": literal(NotificationKind.REMINDER.value),
        "key": literal(f"{NotificationKind.REMINDER}:") + subject + f".{lead}" + suffix,
        "due_at": due_at,
        "next_at": due_at,
        "useful_until": later(tx.dialect, _starting.due_at.expression, -60 * until),
        "urgency": literal(
            urgency(CATALOGUE[NotificationKind.REMINDER].timing, due_at=tx.now, starts_at=None)
        ),
        "facts": literal({"minutes": lead}, Json()),
    }
    rows = (
        select(*columns.values())
        .select_from(ids)
        .join(_starting, _starting.id == ids.c.value)
        .where(due_at > literal(tx.now, UtcDateTime))
    )
    insert = upsert(tx.dialect, Notification).from_select(list(columns), rows)
    return insert.on_conflict_do_nothing(index_elements=["key"])
