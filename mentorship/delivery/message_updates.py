"""Claim sent messages that are out of date, and record how their edits went.

`mentorship.notifications.sent_messages` marks them, with the time of the change. A process that
claims a message has a lease on it, loads how things are now, edits the message and records the
outcome. If it dies before, the message is edited again after the lease, which changes nothing. If
the mark isn't the process's own lease any more when it records, something has changed meanwhile,
or another process may have written an older text, so the message is edited once more.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto
from functools import cache
from typing import Any

from sqlalchemy import (
    Integer,
    TextClause,
    bindparam,
    case,
    func,
    literal_column,
    select,
    text,
    update,
)

from mentorship.delivery.loading import DueNotification, NotificationRow, load, read_rows
from mentorship.delivery.unreadable import try_each
from mentorship.members import blocks
from mentorship.mentors import application_views
from mentorship.mentors.application_views import ApplicationView
from mentorship.notifications.catalogue import CATALOGUE, SUPERSEDING_KINDS
from mentorship.notifications.sent_messages import IS_RECIPIENT, is_one_of
from mentorship.sessions import session_details
from mentorship.sessions.follow_up import disputes
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.session_details import SessionDetails
from mentorship.sessions.session_reviews import SessionReview
from storage import Transaction
from storage.tables import Notification
from storage.types import UtcDateTime

log = logging.getLogger(__name__)

BATCH_SIZE = 50
"""The number of messages claimed at once, and of guilds that are looked at for them."""

MAX_OF_CHANNEL = 5
"""Messages of one channel that are claimed at once: Discord allows 5 edits in 5 seconds."""

LEASE = timedelta(minutes=2)
"""How long a claim lasts: the time that `MAX_OF_CHANNEL` edits take, one after the other, if
Discord is slow."""

UNREADABLE_PAUSE = timedelta(minutes=10)
"""How long a message waits whose data can't be read. A newer version of the program may read it."""

MAX_ATTEMPTS = 12
"""Failed edits after which a message stays as it is, until something changes again."""

FIRST_GUILD = -(2**63)
"""Below every guild's id: the first claim of a process begins there."""

# Written as text, since it is recursive and must use exactly the condition of its index.
_OUTDATED = "n.status = 'sent' AND n.refresh_at IS NOT NULL"
_DUE = f"{_OUTDATED} AND n.refresh_at <= :now"
_NEXT_GUILD = f"""
SELECT n.guild_id FROM notices AS n
WHERE {_OUTDATED} AND n.guild_id > {{after}} ORDER BY n.guild_id LIMIT 1
"""
_GUILDS = text(
    f"""
WITH RECURSIVE step(guild_id, steps) AS (
    SELECT ({_NEXT_GUILD.format(after=":after")}), 1
    UNION ALL
    SELECT ({_NEXT_GUILD.format(after="step.guild_id")}), step.steps + 1
    FROM step
    WHERE step.guild_id IS NOT NULL AND step.steps < :limit
)
SELECT step.guild_id FROM step WHERE step.guild_id IS NOT NULL ORDER BY step.guild_id
"""
).bindparams(bindparam("limit", type_=Integer))
_ANY = text(f"SELECT n.guild_id FROM notices AS n WHERE {_DUE} LIMIT 1").bindparams(
    bindparam("now", type_=UtcDateTime)
)
_FIRST_OF_GUILD = f"""
SELECT n.id, n.channel_id FROM notices AS n
WHERE {_DUE} AND n.guild_id = step.guild_id
ORDER BY n.refresh_at LIMIT :share
"""

_LEASE = (
    update(Notification)
    .where(Notification.id.in_(bindparam("ids", expanding=True)))
    .values(refresh_at=bindparam("until"))
)

_IS_OWN_LEASE = Notification.refresh_at == bindparam("leased_until", type_=UtcDateTime)
_NOW = bindparam("now", type_=UtcDateTime)
_SETTLE = (
    update(Notification)
    .where(Notification.id == bindparam("notification"), Notification.message_id.is_not(None))
    .values(refresh_at=case((_IS_OWN_LEASE, None), else_=_NOW), refresh_attempts=0)
)
_POSTPONE = (
    update(Notification)
    .where(Notification.id == bindparam("notification"), _IS_OWN_LEASE)
    .values(
        refresh_at=case(
            (Notification.refresh_attempts + 1 >= MAX_ATTEMPTS, None),
            else_=bindparam("retry_at", type_=UtcDateTime),
        ),
        refresh_attempts=Notification.refresh_attempts + 1,
    )
)
_RELEASE = (
    update(Notification)
    .where(Notification.id == bindparam("notification"), _IS_OWN_LEASE)
    .values(refresh_at=bindparam("retry_at", type_=UtcDateTime))
)
_FORGET = (
    update(Notification)
    .where(Notification.id == bindparam("notification"))
    .values(message_id=None, refresh_at=None, refresh_attempts=0)
)
_CLOSE = _FORGET.where(_IS_OWN_LEASE)

# Ids of messages grow with time. Those of notifications don't: reminders are written in advance.
_NEWEST = select(func.max(Notification.message_id)).where(
    Notification.status == literal_column("'sent'"),
    IS_RECIPIENT,
    is_one_of(SUPERSEDING_KINDS),
    Notification.message_id > bindparam("message"),
)
_NEWEST_OF_SESSION = _NEWEST.where(Notification.session_id == bindparam("session"))
_NEWEST_OF_GROUP = _NEWEST.where(
    Notification.group_id == bindparam("group"), Notification.session_id.is_(None)
)


class EditOutcome(StrEnum):
    """How the edit of a message went. The values are in the metrics."""

    EDITED = auto()
    CLOSED = auto()
    """It is history now, and isn't edited any more."""
    GONE = auto()
    """The message was deleted."""
    REFUSED = auto()
    """Discord refuses it, and would do so again."""
    FAILED = auto()
    """It may succeed later."""
    POSTPONED = auto()
    """It was not tried, since others had failed or taken long."""


@dataclass(frozen=True, slots=True)
class OutdatedMessage:
    """A message to edit now, with how things are as of `notification.now`.

    Attributes:
        notification: What the message was about. Its session is as it is now.
        leased_until: The mark of this claim.
        attempts: The number of edits that failed.
        application: The latest that the recipient submitted, if the message asks for changes.
        details: What the card of the session shows to a participant.
        resolution: How the session's dispute ended, for the moderators; None while it is open.
        superseded_by: The id of a newer message to its reader about the session or group session,
            in the same channel. What this message says is history then.
    """

    notification: DueNotification
    channel_id: int
    message_id: int
    leased_until: datetime
    attempts: int
    application: ApplicationView | None = None
    details: SessionDetails | None = None
    resolution: Action | None = None
    superseded_by: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages that were claimed, and where the next claim continues.

    `last_guild` is the last guild that was looked at. `is_complete` tells that all were.
    """

    messages: Sequence[OutdatedMessage]
    last_guild: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """What became of a claimed message.

    `retry_at` is when its edit is tried again, if it has failed or was postponed.
    """

    message: OutdatedMessage
    outcome: EditOutcome
    retry_at: datetime | None = None


async def has_outdated(tx: Transaction) -> bool:
    """Return whether any message is to be edited now."""
    return await tx.connection.scalar(_ANY, {"now": tx.now}) is not None


async def claim_outdated(tx: Transaction, after_guild: int = FIRST_GUILD) -> Claim:
    """Claim up to `BATCH_SIZE` messages that are out of date, for the duration of `LEASE`.

    Guilds take turns: those after `after_guild` come first, and all that are looked at have an
    equal share. Those whose data can't be read are postponed.
    """
    guild_ids = await _list_guilds(tx, after_guild, BATCH_SIZE)
    if len(guild_ids) < BATCH_SIZE and after_guild > FIRST_GUILD:
        others = await _list_guilds(tx, FIRST_GUILD, BATCH_SIZE - len(guild_ids))
        guild_ids += [each for each in others if each <= after_guild]
    is_complete = len(guild_ids) < BATCH_SIZE
    if not guild_ids:
        return Claim((), FIRST_GUILD, is_complete=True)
    ids = await _list_ids(tx, guild_ids)
    messages = await _lease(tx, ids) if ids else []
    return Claim(messages, guild_ids[-1], is_complete)


async def record(tx: Transaction, edits: Sequence[Edit]) -> None:
    """Record the outcomes of edits."""
    for edit in edits:
        notification = edit.message.notification
        params: dict[str, Any] = {"notification": notification.id}
        lease = {"leased_until": edit.message.leased_until}
        if edit.outcome is EditOutcome.GONE:
            await tx.connection.execute(_FORGET, params)
        elif edit.outcome is EditOutcome.FAILED:
            await tx.connection.execute(_POSTPONE, params | lease | {"retry_at": edit.retry_at})
        elif edit.outcome is EditOutcome.POSTPONED:
            await tx.connection.execute(_RELEASE, params | lease | {"retry_at": edit.retry_at})
            continue
        else:
            if edit.outcome is EditOutcome.CLOSED:
                await tx.connection.execute(_CLOSE, params | lease)
            await tx.connection.execute(_SETTLE, params | lease | {"now": tx.now})
        tx.tally.append(("message_update", notification.kind, edit.outcome))


async def _list_guilds(tx: Transaction, after: int, limit: int) -> list[int]:
    params = {"after": after, "limit": limit}
    return list(await tx.connection.scalars(_GUILDS, params))


async def _list_ids(tx: Transaction, guild_ids: Sequence[int]) -> list[int]:
    """List messages that are due, of each guild its longest outdated ones."""
    share = max(1, BATCH_SIZE // len(guild_ids))
    params = {"guilds": json.dumps(guild_ids), "share": share, "now": tx.now}
    ids, by_channel = [], dict[int, int]()
    for row in await tx.connection.execute(_first_of_guilds(tx.dialect), params):
        by_channel[row.channel_id] = by_channel.get(row.channel_id, 0) + 1
        if by_channel[row.channel_id] <= MAX_OF_CHANNEL:
            ids.append(row.id)
    return ids


async def _lease(tx: Transaction, ids: Sequence[int]) -> list[OutdatedMessage]:
    leased_until = tx.now + LEASE
    await tx.connection.execute(_LEASE, {"ids": ids, "until": leased_until})
    found, unreadable = await read_rows(tx, ids)
    rows = [row for row in found if row.purge_began_at is None]
    for row in found:
        if row.purge_began_at is not None:
            # The bot isn't in that guild any more, and the message goes with the guild's data.
            params = {"notification": row.id, "leased_until": leased_until}
            await tx.connection.execute(_POSTPONE, params | {"retry_at": tx.now + UNREADABLE_PAUSE})
    notifications, unloadable = await load(tx, rows)
    by_id = {row.id: row for row in rows}

    async def complete(some: Sequence[DueNotification]) -> list[OutdatedMessage]:
        return [await _complete(tx, by_id[each.id], each, leased_until) for each in some]

    messages, incomplete = await try_each(tx, notifications, complete)
    errors = unreadable | unloadable | {each.id: error for each, error in incomplete}
    for notification_id, error in errors.items():
        log.warning(
            "a message can't be brought up to date", exc_info=error, extra={"id": notification_id}
        )
        params = {"notification": notification_id, "leased_until": leased_until}
        await tx.connection.execute(_POSTPONE, params | {"retry_at": tx.now + UNREADABLE_PAUSE})
    return messages


async def _complete(
    tx: Transaction, row: NotificationRow, notification: DueNotification, leased_until: datetime
) -> OutdatedMessage:
    """Load what the card shows beside the session."""
    message = OutdatedMessage(
        notification, row.channel_id, row.message_id, leased_until, row.refresh_attempts
    )
    session = notification.session
    reader = {"user": notification.user_id, "message": row.message_id}
    supersedes = CATALOGUE[notification.kind].supersedes
    if notification.group is not None:
        newest = None
        if supersedes:
            params = reader | {"group": notification.group.id}
            newest = await tx.connection.scalar(_NEWEST_OF_GROUP, params)
        return replace(message, superseded_by=newest)
    if session is None and (notification.invitation or notification.help_request):
        return message
    if session is None:
        assert notification.user_id is not None
        guild_and_user = (notification.guild.id, notification.user_id)
        latest = await application_views.find_latest_of(tx, *guild_and_user)
        return replace(message, application=latest)
    if supersedes:
        params = reader | {"session": session.id}
        newest = await tx.connection.scalar(_NEWEST_OF_SESSION, params)
        if newest is not None:
            return replace(message, superseded_by=newest)
    if notification.user_id is None:
        resolution = await disputes.load_resolution(tx, session.guild_id, session.id)
        return replace(message, resolution=resolution)
    details = await session_details.load_of(tx, session, notification.guild)
    reader_id = notification.user_id
    if not await blocks.is_blocked_by(
        tx, session.guild_id, session.other(reader_id).user_id, reader_id
    ):
        return replace(message, details=details)
    is_mentee = session.party(reader_id) is Party.MENTEE
    return replace(
        message,
        notification=replace(notification, review=_own_part(notification.review, is_mentee)),
        details=replace(details, review=_own_part(details.review, is_mentee)),
    )


def _own_part(review: SessionReview | None, is_mentee: bool) -> SessionReview | None:
    """Return what its reader has written of a review: they have blocked the other side."""
    return replace(review, reply=None, replied_at=None) if review and is_mentee else None


@cache
def _first_of_guilds(dialect: str) -> TextClause:
    """Return a statement for the first messages of the guilds in the parameter `guilds`."""
    if dialect == "sqlite":
        # It has no LATERAL.
        step = "SELECT value AS guild_id FROM json_each(:guilds)"
        ids = f"SELECT id FROM ({_FIRST_OF_GUILD})"
        join = f"JOIN notices AS n ON n.id IN ({ids})"
    else:
        step = (
            "SELECT CAST(value AS BIGINT) AS guild_id "
            "FROM json_array_elements_text(CAST(:guilds AS json))"
        )
        join = f"CROSS JOIN LATERAL ({_FIRST_OF_GUILD}) AS n"
    sql = f"WITH step(guild_id) AS ({step}) SELECT n.id, n.channel_id FROM step {join}"
    return text(sql).bindparams(
        bindparam("now", type_=UtcDateTime), bindparam("share", type_=Integer)
    )
