"""All of a member's calendars at once: their feed, and those that they keep elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.calendars import external_calendars, feeds
from mentorship.calendars.external_calendars import ExternalCalendarView
from mentorship.calendars.feeds import CalendarFeed
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.tables import MentorProfile


@dataclass(frozen=True, slots=True)
class CalendarOverview:
    """A member's calendars in a guild.

    `feed` is None if they have none. With `is_mentor`, busy time in `external` calendars can block
    slots. Without `can_encrypt` nothing can be added, since the configuration has no key.
    """

    feed: CalendarFeed | None
    external: tuple[ExternalCalendarView, ...]
    is_mentor: bool
    can_encrypt: bool


async def load(tx: Transaction, actor: Actor) -> CalendarOverview:
    """Load the actor's calendars. Raises `NotAMember`."""
    status = await tx.connection.scalar(
        select(MentorProfile.status).where(
            MentorProfile.guild_id == actor.guild, MentorProfile.user_id == actor.user_id
        )
    )
    return CalendarOverview(
        feed=await feeds.find(tx, actor),
        external=await external_calendars.list_own(tx, actor),
        is_mentor=status == ProfileStatus.APPROVED,
        can_encrypt=tx.cipher.is_available,
    )
