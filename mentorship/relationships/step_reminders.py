"""Reminders of next steps with a date: one for each person who is to do it, on that day.

They are written to the outbox when a step gets its date, and dropped when it is done, deleted or
gets another one. A step counts how often its reminders were scheduled, and their keys have that
number. So they can be found again, and moving a step to another day and back doesn't lose them.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import bindparam, update

from mentorship.notifications import writing
from mentorship.notifications.catalogue import DropReason, NotificationKind
from mentorship.notifications.writing import WAITING, NotificationDraft
from mentorship.relationships.texts import Assignee
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import Person, SessionView
from mentorship.time import timezones
from mentorship.time.timezones import ZoneName
from storage import Transaction
from storage.tables import NextStep, Notification
from storage.types import RowId

REMINDER_TIMES = (time(9), time(18))
"""When people are reminded on the day, in their time: the first of these that is ahead."""


def zone_of(session: SessionView, party: Party) -> ZoneName:
    """Return the time zone in which a participant's dates are meant."""
    return session.person(party).timezone or session.timezone


def people(session: SessionView, assignee: Assignee) -> list[Person]:
    """Return who is to do a step."""
    parties = [Party(assignee)] if assignee is not Assignee.BOTH else [Party.MENTOR, Party.MENTEE]
    return [session.person(party) for party in parties]


def reminder_time(due_on: date, zone: ZoneName, now: datetime) -> datetime | None:
    """Return when somebody is reminded of a step on its day; None if it is too late for that."""
    times = (
        timezones.from_wall_clock(datetime.combine(due_on, at), zone).first for at in REMINDER_TIMES
    )
    return next((at for at in times if at > now), None)


async def schedule(
    tx: Transaction,
    session: SessionView,
    step_id: int,
    assignee: Assignee,
    due_on: date,
    number: int,
) -> None:
    """Write the reminders of a step. `number` is how often that was done before, and this time."""
    drafts = []
    for person in people(session, assignee):
        zone = person.timezone or session.timezone
        due_at = reminder_time(due_on, zone, tx.now)
        if due_at is None or person.has_left:
            continue
        drafts.append(
            NotificationDraft(
                NotificationKind.STEP_DUE,
                session.guild_id,
                person.user_id,
                subject=_subject(step_id, number),
                due_at=due_at,
                # After a long downtime nobody needs it any more.
                useful_until=timezones.day_bounds(due_on, zone)[1] + timedelta(days=1),
                session_id=session.id,
                facts={"step": step_id},
            )
        )
    await writing.write(tx, drafts)


async def drop(tx: Transaction, session: SessionView, step_id: int, number: int) -> None:
    """Drop the reminders of a step that weren't sent. `number` is as for `schedule`."""
    prefix = f"{NotificationKind.STEP_DUE}:{_subject(step_id, number)}"
    keys = [f"{prefix}:{person.user_id}" for person in (session.mentor, session.mentee)]
    await tx.connection.execute(_DROP, {"keys": keys, "now": tx.now})


def _subject(step_id: int, number: int) -> str:
    return f"{step_id}.{number}"


_DROP = (
    update(Notification)
    .where(Notification.key.in_(bindparam("keys", expanding=True)), WAITING)
    .values(status="dropped", settled_at=bindparam("now"), problem=DropReason.OBSOLETE)
)


def of_pair() -> tuple[Any, ...]:
    """Return the condition for the open steps of a mentor and a mentee, by parameters."""
    return (
        NextStep.guild_id == bindparam("guild", type_=RowId),
        NextStep.mentor_id == bindparam("mentor", type_=RowId),
        NextStep.mentee_id == bindparam("mentee", type_=RowId),
        NextStep.done_at.is_(None),
    )
