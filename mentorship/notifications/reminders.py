"""Schedule reminders and the "starting now" notifications of confirmed sessions.

They are written to the outbox as soon as a session is confirmed, and due before and at its start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
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
    select,
    update,
)
from sqlalchemy.orm import aliased

from mentorship import faults
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.notifications.catalogue import (
    CATALOGUE,
    SCHEDULED_KINDS,
    DropReason,
    NotificationKind,
)
from mentorship.notifications.timing import urgency
from mentorship.notifications.writing import WAITING, NotificationDraft
from storage import Transaction
from storage.queries import integer_table, later, upsert
from storage.tables import Commitment, Member, Notification, ReminderChange
from storage.types import Json, UtcDateTime

_DROP_SCHEDULED = (
    update(Notification)
    .where(
        Notification.session_id == bindparam("session"),
        WAITING,
        Notification.kind.in_(SCHEDULED_KINDS),
    )
    .values(status="dropped", settled_at=bindparam("now"), problem=DropReason.SESSION_ENDED)
)


async def drop_scheduled(tx: Transaction, session_id: int) -> None:
    """Drop the scheduled notifications of a session that won't take place, or not at that time."""
    await tx.connection.execute(_DROP_SCHEDULED, {"session": session_id, "now": tx.now})


_OWN_REMINDERS = select(Member.user_id, Member.reminders).where(
    Member.guild_id == bindparam("guild"), Member.user_id.in_(bindparam("people", expanding=True))
)


async def scheduled_drafts(
    tx: Transaction,
    *,
    guild_id: int,
    session_id: int,
    sequence: int,
    people: Sequence[int],
    starts_at: datetime,
    ends_at: datetime,
    leads: Sequence[int],
) -> list[NotificationDraft]:
    """Return the reminders and "starting now" of a confirmed session, for each of `people`.

    `leads` are the guild's reminders, in minutes before the start. Members with reminders of their
    own get those instead. `sequence` counts how often the session was moved, so that each time has
    notifications of its own.
    """
    params = {"guild": guild_id, "people": people}
    rows = await tx.connection.execute(_OWN_REMINDERS, params)
    own_leads = {row.user_id: row.reminders for row in rows if row.reminders is not None}
    subject = f"{session_id}.{sequence}"
    drafts = []
    for user_id in people:
        starting = NotificationDraft(
            NotificationKind.STARTING,
            guild_id,
            user_id,
            subject=subject,
            due_at=starts_at,
            useful_until=ends_at,
            session_id=session_id,
        )
        drafts += [*reminder_drafts(starting, own_leads.get(user_id, leads), tx.now), starting]
    return drafts


def reminder_drafts(
    starting: NotificationDraft, leads: Sequence[int], now: datetime
) -> list[NotificationDraft]:
    """Return the reminders of a session and person, `leads` minutes before the start.

    `starting` is their "starting now". A reminder is useful until the next one is due, so that only
    the newest is sent after a downtime. Reminders that would be due already are omitted.
    """
    starts_at = starting.due_at
    due_times = sorted({starts_at - timedelta(minutes=lead) for lead in leads})
    drafts = []
    for due_at, until in pairwise([*due_times, starts_at]):
        if due_at > now:
            lead = (starts_at - due_at) // timedelta(minutes=1)
            drafts.append(
                replace(
                    starting,
                    kind=NotificationKind.REMINDER,
                    subject=f"{starting.subject}.{lead}",
                    due_at=due_at,
                    useful_until=until,
                    facts={"minutes": lead},
                )
            )
    return drafts


# --- Changed settings -----------------------------------------------------------------------------

STEP = 100
"""Sessions whose reminders one transaction replaces, counted once for each participant."""


async def replace_reminders(
    tx: Transaction, guild_id: int, user_id: int, leads: Sequence[int]
) -> None:
    """Replace the waiting reminders of a person in a guild by those `leads` minutes before.

    A reminder that is being sent at this moment is kept, so none is sent twice.
    """
    of_person: tuple[ColumnElement[bool], ...] = (
        Notification.guild_id == guild_id,
        Notification.user_id == user_id,
    )
    if tx.dialect == "sqlite":
        # Without statistics, SQLite would read all that the person was ever notified of. With
        # `+ 0` it can't, and reads the notifications of their coming sessions.
        coming = select(Commitment.session_id).where(
            Commitment.user_id == user_id, Commitment.ends_at > tx.now
        )
        of_person = (
            Notification.session_id.in_(coming),
            Notification.guild_id + 0 == guild_id,
            Notification.user_id + 0 == user_id,
        )
    ids = await tx.connection.scalars(
        select(Notification.id).where(
            *of_person,
            WAITING,
            Notification.kind == NotificationKind.STARTING,
            Notification.due_at > tx.now,
        )
    )
    await _replace(tx, ids.all(), leads)


async def replace_reminders_of_guild(tx: Transaction, guild_id: int) -> None:
    """Begin to replace the waiting reminders of all members of a guild who have none of their own.

    The first `STEP` are replaced at once. If there are more, a job replaces the rest
    (`replace_next`), so that no transaction takes long, however many sessions are booked.
    """
    start = upsert(tx.dialect, ReminderChange).values(guild_id=guild_id, after_id=0)
    await tx.connection.execute(
        start.on_conflict_do_update(index_elements=["guild_id"], set_={"after_id": 0})
    )
    await _replace_step(tx, guild_id, 0)


async def replace_next(tx: Transaction) -> int:
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
    # Each confirmed session has one "starting now" for each participant.
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


_starting = aliased(Notification)
_reminder = aliased(Notification)


async def _replace(tx: Transaction, starting_ids: Sequence[int], leads: Sequence[int]) -> None:
    """Replace the waiting reminders that belong to these "starting now" notifications."""
    if not starting_ids:
        return
    ids = integer_table(tx.connection, starting_ids)
    replaced = (
        select(_reminder.id)
        .select_from(ids)
        .join(_starting, _starting.id == ids.c.value)
        .join(
            _reminder,
            (_reminder.session_id == _starting.session_id)
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
