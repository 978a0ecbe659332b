"""Announcements: the message in a channel that shows a group session and lets people join.

`group_sessions.card_due_at` is the mark that the message is to be posted or edited. Each change
sets it to the present, also while a worker is at it. The worker claims what is due (a lease), sends
the session as it is now, and clears the mark only if nothing has changed meanwhile. So a thousand
changes lead to a few edits, and none is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, exists, select

from mentorship import faults
from mentorship.actors import Actor
from mentorship.errors import DataBeingDeleted
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications.channel_cards import BATCH_SIZE, LEASE, ChannelProblem, retry_at
from mentorship.notifications.publishing import publish
from mentorship.sessions.groups import group_changes, group_rows, group_views
from mentorship.sessions.groups.group_views import Attendee, GroupView
from mentorship.sessions.lifecycle import Action
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import GroupSession
from storage.types import RowId, UtcDateTime


@dataclass(frozen=True, slots=True)
class Announcement:
    """An announcement to post, or to edit if it has a `message_id`.

    `attendees` are those who have a seat, at most 100; empty if the guild doesn't show them.
    `lease` is the mark that the claim has set, and `post` how often it was posted again. `left` are
    the channel and the id of a message in another channel that is to be deleted.
    """

    group: GroupView
    guild: GuildSettings
    attendees: Sequence[Attendee]
    lease: datetime
    attempts: int
    post: int
    left: tuple[int, int] | None = None

    @property
    def key(self) -> str:
        """What tells Discord that a repeated attempt is the same message."""
        return f"group:{self.group.id}.{self.group.channel_id}.{self.post}"

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to send: what is over isn't announced any more."""
        return self.group.message_id is not None or not self.group.status.is_over


async def has_due(tx: Transaction) -> bool:
    """Return whether an announcement has to be posted or edited now."""
    return bool(await tx.connection.scalar(_HAS_DUE, {"now": tx.now}))


async def claim(tx: Transaction, limit: int = BATCH_SIZE) -> list[Announcement]:
    """Claim the announcements to post or edit now, for the time of `LEASE`.

    One that can't be read is recorded as a fault and tried again later.
    """
    due = (await tx.connection.scalars(_DUE, {"now": tx.now, "limit": limit})).all()
    lease = tx.now + LEASE

    async def claim_one(group_id: int) -> Announcement | None:
        await tx.connection.execute(_SET_DUE, {"row_id": group_id, "card_due_at": lease})
        group = await group_views.load(tx, group_id)
        try:
            guild = await guild_settings.load(tx, group.guild_id)
        except DataBeingDeleted:
            # The bot isn't in that guild any more, and the row goes with the guild's data.
            return None
        shows = guild.show_attendees
        attendees = await group_views.list_attendees(tx, group_id) if shows else []
        counts = (await tx.connection.execute(_COUNTS, {"row_id": group_id})).one()
        left = None
        if counts.left_channel_id is not None and counts.left_message_id is not None:
            left = (counts.left_channel_id, counts.left_message_id)
        return Announcement(
            *(group, guild, attendees, lease, counts.card_attempts, counts.card_posts, left)
        )

    outcome = await faults.isolate(
        tx, FaultKind.ANNOUNCEMENT, due, claim_one, lambda group_id: group_id
    )
    return [announcement for announcement in outcome.results if announcement is not None]


async def record_sent(tx: Transaction, announcement: Announcement, message_id: int | None) -> None:
    """Record that the message shows what was claimed. It stays due if that has changed meanwhile.

    `message_id` is None if nothing had to be sent. If the announcement was given up meanwhile for
    one in another channel, the message is to be deleted.
    """
    group = announcement.group
    counts = (await tx.connection.execute(_COUNTS, {"row_id": group.id})).one()
    if counts.card_posts != announcement.post:
        if message_id is not None and counts.left_message_id is None:
            left = {"left_channel_id": group.channel_id, "left_message_id": message_id}
            await _update(tx, group.id, left | {"card_due_at": tx.now})
        return
    due_at = counts.card_due_at
    values: dict[str, Any] = {
        "left_channel_id": None,
        "left_message_id": None,
        "message_id": message_id,
        "card_attempts": 0,
        # Another lease, or none: another process has sent the message, too, and perhaps earlier.
        "card_due_at": None if due_at == announcement.lease else tx.now,
    }
    await _update(tx, group.id, values)
    if message_id is not None and group.message_id is None:
        # The event in Discord links to the announcement.
        await group_rows.mark_event(tx, group.id)
    await faults.clear(tx, FaultKind.ANNOUNCEMENT, [group.id])


async def record_failure(
    tx: Transaction, announcement: Announcement, problem: ChannelProblem | None = None
) -> None:
    """Record that the message can't be sent now, and for which `problem` that people can solve.

    The mentor is notified of the first failure in a row that has one. Without its channel, or after
    it was deleted, it isn't sent again until the mentor says so (`post`).
    """
    group, attempts = announcement.group, announcement.attempts
    values: dict[str, Any] = {"card_attempts": attempts + 1}
    if problem in (ChannelProblem.CHANNEL_GONE, ChannelProblem.MESSAGE_DELETED):
        values |= {"channel_id": None, "message_id": None, "card_due_at": None, "card_attempts": 0}
    elif group.status.is_over:
        values |= {"card_due_at": None}
    else:
        values |= {"card_due_at": retry_at(tx.now, attempts)}
    await _update(tx, group.id, values)
    if problem is None or group.status.is_over:
        return
    if problem is ChannelProblem.CHANNEL_CLOSED and attempts:
        return
    event = Event(
        EventType.GROUP_ANNOUNCEMENT_FAILED,
        group.guild_id,
        subject_id=group.mentor.user_id,
        group_id=group.id,
        facts={"problem": problem, "channel": str(group.channel_id)},
    )
    await publish(tx, event, useful_until=group.starts_at)


async def record_fault(tx: Transaction, announcement: Announcement, error: Exception) -> None:
    """Record an error in the program or in a row, and try again later."""
    await faults.record(tx, FaultKind.ANNOUNCEMENT, announcement.group.id, error)
    await record_failure(tx, announcement)


async def post(tx: Transaction, actor: Actor, group_id: int, channel_id: int) -> GroupView:
    """Announce the mentor's group session in a channel, unless it is announced already.

    Raises what `group_changes.load_actionable` does.
    """
    group = await group_changes.load_actionable(tx, actor, group_id, Action.EDIT)
    if group.message_id is not None:
        return group
    counts = (await tx.connection.execute(_COUNTS, {"row_id": group_id})).one()
    values = {
        "channel_id": channel_id,
        "card_due_at": tx.now,
        "card_attempts": 0,
        "card_posts": counts.card_posts + 1,
    }
    await _update(tx, group_id, values)
    return await group_views.load(tx, group_id)


async def _update(tx: Transaction, group_id: int, values: dict[str, Any]) -> None:
    await tx.connection.execute(update_by_id(GroupSession, *values), {"row_id": group_id, **values})


_NOW = bindparam("now", type_=UtcDateTime)
_IS_DUE = GroupSession.card_due_at <= _NOW
_HAS_DUE = select(exists().where(_IS_DUE))
_DUE = (
    select(GroupSession.id)
    .where(
        _IS_DUE,
        ~faults.awaits_retry(FaultKind.ANNOUNCEMENT, GroupSession.id.expression, _NOW),
        GroupSession.guild_id.not_in(guild_settings.BEING_PURGED),
    )
    .order_by(GroupSession.card_due_at)
    .limit(bindparam("limit", type_=Integer))
)
_SET_DUE = update_by_id(GroupSession, "card_due_at")
_COUNTS = select(
    GroupSession.card_due_at,
    GroupSession.card_attempts,
    GroupSession.card_posts,
    GroupSession.left_channel_id,
    GroupSession.left_message_id,
).where(GroupSession.id == bindparam("row_id", type_=RowId))
