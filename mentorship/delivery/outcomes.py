"""Record what happened to claimed notifications.

What acts on a person's silence can rely on the status of the notification that asked them:

- `waiting`: it may not have reached them yet. It is due later, being sent, held by quiet hours or
  for moderators, or will be tried again. Quiet hours hold no question past its deadline
  (`mentorship.notifications.timing`).
- `sent`: they were told.
- `failed`: they were not told and won't be, except by what is shown after their next command. A
  question whose time has passed is `failed` even if it was never tried.
- `dropped`: they need not be told. They have answered, it was undone, they have left, or they have
  switched off the kind, which `ASKING_KINDS` can't be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from mentorship import faults
from mentorship.availability.slot_alerts import open_slots
from mentorship.delivery import dm_budget
from mentorship.delivery.loading import DueNotification
from mentorship.delivery.unreadable import set_aside, try_each
from mentorship.errors import DataBeingDeleted
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.mentors import application_review
from mentorship.notifications.catalogue import (
    CATALOGUE,
    DeliveryProblem,
    Destination,
    DropReason,
    NotificationKind,
)
from mentorship.notifications.sent_messages import mark_earlier, mark_earlier_of_group
from mentorship.notifications.writing import NotificationDraft, write
from mentorship.sessions.follow_up import questions
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import Member, Notification

MAX_ATTEMPTS = 12
"""Attempts after which a notification may be given up, once `GIVE_UP_AFTER` has passed as well."""


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """What happened to a claimed notification. Use the functions below to create one.

    `values` are the columns to update. `problem` is reported to the moderators. `error` is why its
    text can't be made. `gives_back` tells that the recipient's direct messages weren't opened, so
    that somebody else's may be.
    """

    notification: DueNotification
    values: dict[str, Any]
    problem: DeliveryProblem | None = None
    error: Exception | None = None
    gives_back: bool = False


def sent(notification: DueNotification, channel_id: int, message_id: int) -> DeliveryOutcome:
    """Return the outcome of a notification that was delivered as this message."""
    return DeliveryOutcome(
        notification, {"status": "sent", "channel_id": channel_id, "message_id": message_id}
    )


def failed(notification: DueNotification, problem: str) -> DeliveryOutcome:
    """Return the outcome of a notification that can't be delivered, however often it is tried."""
    return DeliveryOutcome(notification, {"status": "failed", "problem": problem})


def dropped(notification: DueNotification, problem: str = DropReason.OBSOLETE) -> DeliveryOutcome:
    """Return the outcome of a notification that is obsolete, or whose recipient has left."""
    is_obsolete = problem in (DropReason.OBSOLETE, DropReason.ROLE_ONLY)
    values = {"status": "dropped", "problem": problem}
    return DeliveryOutcome(notification, values, gives_back=is_obsolete)


def retry(
    notification: DueNotification, problem: str, wait: timedelta, now: datetime
) -> DeliveryOutcome:
    """Return the outcome of a failed attempt: another one after `wait`.

    A notification that is given up before then has failed: one whose `useful_until` has passed, or
    one that was tried `MAX_ATTEMPTS` times and has been due for `GIVE_UP_AFTER`.
    """
    tried_enough = notification.useful_until is not None or notification.attempts >= MAX_ATTEMPTS
    if tried_enough and now + wait >= notification.gives_up_at:
        return failed(notification, problem)
    return DeliveryOutcome(notification, {"next_at": now + wait, "problem": problem})


def hold_for_moderators(
    notification: DueNotification,
    problem: str,
    wait: timedelta,
    now: datetime,
    reported: DeliveryProblem,
) -> DeliveryOutcome:
    """Return the outcome of a notification that only moderators can make deliverable.

    They are notified of `reported` once. The notification is tried after each `wait`, and never
    given up.
    """
    return DeliveryOutcome(notification, {"next_at": now + wait, "problem": problem}, reported)


def postpone(notification: DueNotification, until: datetime) -> DeliveryOutcome:
    """Return the outcome of a notification that was not tried; it is due again at `until`."""
    values = {"next_at": until, "attempts": notification.attempts - 1}
    return DeliveryOutcome(notification, values, gives_back=True)


def unreadable(notification: DueNotification, error: Exception) -> DeliveryOutcome:
    """Return the outcome of a notification whose text can't be made from its data."""
    return DeliveryOutcome(notification, {}, error=error, gives_back=True)


async def record(tx: Transaction, outcomes: Sequence[DeliveryOutcome]) -> None:
    """Record outcomes, in one statement for all that update the same columns.

    Also writes the notifications for moderators about problems and undelivered notifications. If
    something that one outcome leads to fails, only its own row is updated, and a fault recorded.
    """
    await _give_back(tx, outcomes)
    errors = {each.notification.id: each.error for each in outcomes if each.error is not None}
    await schedule_undelivered_report(tx, await set_aside(tx, errors))

    async def record_some(some: Sequence[DeliveryOutcome]) -> Sequence[None]:
        await _record(tx, some)
        return []

    _, failures = await try_each(tx, [each for each in outcomes if each.error is None], record_some)
    for outcome, error in failures:
        await faults.record(tx, FaultKind.DELIVERY, outcome.notification.id, error)
        columns = _columns(outcome, tx.now)
        await update_notification(tx, outcome.notification.id, **columns)
        _tally(tx, outcome)


async def _give_back(tx: Transaction, outcomes: Iterable[DeliveryOutcome]) -> None:
    """Return unused tokens to the budget of direct messages."""
    buckets = [each.notification.opening for each in outcomes if each.gives_back]
    if any(buckets):
        budget = await dm_budget.load(tx)
        # During the pause after error 40003, no token is returned.
        if budget.normal_at is not None and budget.normal_at <= tx.now + dm_budget.MAX_ADVANCE:
            for bucket in filter(None, buckets):
                budget.give_back(bucket)
            await dm_budget.store(tx, budget)


def _columns(outcome: DeliveryOutcome, now: datetime) -> dict[str, Any]:
    """Return the columns of a notification that an outcome updates."""
    if "status" not in outcome.values:
        return outcome.values
    return {"problem": None, **outcome.values, "settled_at": now}


async def _record(tx: Transaction, outcomes: Sequence[DeliveryOutcome]) -> None:
    """Record all outcomes or raise an error."""
    rows_by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    delays: dict[int, int] = {}
    group_delays: dict[int, int] = {}
    superseding: list[tuple[int, int, int]] = []
    superseding_of_groups: list[tuple[int, int, int]] = []
    for outcome in outcomes:
        notification, values = outcome.notification, _columns(outcome, tx.now)
        columns = tuple(sorted(values))
        rows_by_columns.setdefault(columns, []).append({"row_id": notification.id, **values})
        if values.get("status") == "sent":
            await _record_channel(tx, notification, values["channel_id"], values["message_id"])
            delays |= _late_question(notification, tx.now)
            group_delays |= _late_group_question(notification, tx.now)
            supersedes = CATALOGUE[notification.kind].supersedes
            session, group, user_id = notification.session, notification.group, notification.user_id
            if supersedes and session is not None:
                assert user_id is not None
                superseding.append((notification.id, user_id, session.id))
            elif supersedes and group is not None:
                assert user_id is not None
                superseding_of_groups.append((notification.id, user_id, group.id))
        await _restore_alert(tx, notification, values)
        if outcome.problem is not None:
            await report_to_moderators(tx, notification, outcome.problem)
        _tally(tx, outcome)
    for columns, rows in rows_by_columns.items():
        await tx.connection.execute(update_by_id(Notification, *columns), rows)
    await mark_earlier(tx, superseding)
    await mark_earlier_of_group(tx, superseding_of_groups)
    await questions.leave_time_to_answer(tx, delays)
    await questions.leave_host_time_to_answer(tx, group_delays)
    readable = [each.notification.id for each in outcomes if each.notification.was_unreadable]
    await faults.clear(tx, FaultKind.DELIVERY, readable)
    guilds_with_failures = {
        outcome.notification.guild.id
        for outcome in outcomes
        if outcome.values.get("status") == "failed"
        and CATALOGUE[outcome.notification.kind].destination
        not in (Destination.LOG_CHANNEL, Destination.MODERATORS)
    }
    await schedule_undelivered_report(tx, guilds_with_failures)


async def _restore_alert(
    tx: Transaction, notification: DueNotification, values: Mapping[str, Any]
) -> None:
    """Put a member back in line for a mentor's slot if there is none to tell them of any more."""
    is_obsolete = values.get("problem") == DropReason.OBSOLETE
    if notification.kind is NotificationKind.SLOT_OPENED and is_obsolete:
        assert notification.user_id is not None
        await open_slots.restore(
            tx, notification.guild.id, notification.user_id, notification.facts
        )


def _tally(tx: Transaction, outcome: DeliveryOutcome) -> None:
    """Count a notification that is settled, for the metrics."""
    if "status" in outcome.values:
        tx.tally.append(("notification", outcome.notification.kind, outcome.values["status"]))


def _late_question(notification: DueNotification, now: datetime) -> dict[int, int]:
    """Return the session's id and delay if the notification asks about attendance, and late."""
    session = notification.session
    if session is None or notification.kind not in questions.ATTENDANCE_QUESTIONS:
        return {}
    until = questions.answer_until(session.next_at, session.complete_after, now)
    return {} if until == session.next_at else {session.id: session.complete_after}


def _late_group_question(notification: DueNotification, now: datetime) -> dict[int, int]:
    """Return the group session's id and delay if its mentor is asked who was there, and late."""
    group = notification.group
    if group is None or notification.kind not in questions.ATTENDANCE_QUESTIONS:
        return {}
    until = questions.answer_until(group.report_deadline, group.complete_after, now)
    return {} if until == group.report_deadline else {group.id: group.complete_after}


async def report_to_moderators(
    tx: Transaction, notification: DueNotification, problem: DeliveryProblem
) -> None:
    """Notify the moderators of a problem with a notification, once for each problem of each.

    Does nothing if it was deleted while it was being sent: its recipient may have been erased.
    """
    still_exists = select(Notification.id).where(Notification.id == notification.id)
    if await tx.connection.scalar(still_exists) is None:
        return
    about = (
        notification.application.applicant_id
        if notification.application is not None
        else notification.user_id
    )
    report = NotificationDraft(
        NotificationKind.DELIVERY_PROBLEM,
        notification.guild.id,
        None,
        subject=f"{problem}.{notification.id}",
        due_at=tx.now,
        facts={"trouble": problem, "about": about, "with": notification.kind},
        about_id=about,
    )
    await write(tx, [report])


async def schedule_undelivered_report(tx: Transaction, guild_ids: Iterable[int]) -> None:
    """Schedule the report of this hour's undelivered notifications to the guilds' moderators.

    It is due at the end of the hour, once per guild. Guilds without a log channel get none.
    """
    this_hour = tx.now.replace(minute=0, second=0, microsecond=0)

    async def schedule(guild_id: int) -> None:
        try:
            guild = await guild_settings.load(tx, guild_id)
        except DataBeingDeleted:
            return
        if guild.log_channel_id is not None:
            report = NotificationDraft(
                NotificationKind.UNDELIVERED,
                guild.id,
                None,
                subject=f"{guild.id}.{this_hour:%Y%m%d%H}",
                due_at=this_hour + timedelta(hours=1),
                facts={"since": int(this_hour.timestamp())},
            )
            await write(tx, [report])

    await faults.isolate(
        tx, FaultKind.GUILD_SETTINGS, sorted(set(guild_ids)), schedule, row_id=lambda each: each
    )


async def update_notification(tx: Transaction, notification_id: int, **values: Any) -> None:
    """Update columns of one notification."""
    await tx.connection.execute(
        update_by_id(Notification, *values), {"row_id": notification_id, **values}
    )


_SET_DM_CHANNEL = (
    update(Member)
    .where(Member.guild_id == bindparam("guild"), Member.user_id == bindparam("user"))
    .values(dm_channel_id=bindparam("channel"))
)


async def _record_channel(
    tx: Transaction, notification: DueNotification, channel_id: int, message_id: int
) -> None:
    """Record where a review card was posted, or in which DM channel the recipient was reached."""
    if notification.kind is NotificationKind.APPLICATION_RECEIVED and notification.application:
        await application_review.record_card(
            tx, notification.application.id, channel_id, message_id
        )
    if notification.user_id is not None and notification.dm_channel_id != channel_id:
        params = {
            "guild": notification.guild.id,
            "user": notification.user_id,
            "channel": channel_id,
        }
        await tx.connection.execute(_SET_DM_CHANNEL, params)
        await dm_budget.release(tx, notification.guild.id, notification.user_id)
