"""What a member may still do: how much of each limit they have used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mentorship import limits
from mentorship.actors import Actor
from mentorship.availability.slot_alerts import alerts
from mentorship.errors import Limit, LimitReached
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.points import gift_limits
from mentorship.sessions import booking_context
from mentorship.sessions.groups import creation
from mentorship.sessions.offers import help_requests, invitations
from storage import Transaction


@dataclass(frozen=True, slots=True)
class LimitUse:
    """How much of a limit a member has used.

    `ends_at` is when they can have another one, None if they can now, or if that depends on what
    people do.
    """

    limit: Limit
    most: int
    used: int
    ends_at: datetime | None = None


async def load(tx: Transaction, actor: Actor) -> Sequence[LimitUse]:
    """Load the actor's use of the limits that don't depend on another person or a session.

    Raises `NotAMember` and `ScreeningPending`, as `booking_context.load` does.
    """
    guild = await guild_settings.load(tx, actor.guild)
    # Nobody is their own mentor, so this is the context of a booking with anybody.
    context = await booking_context.load(tx, actor, actor.user_id, None)
    window = limits.WINDOWS[Limit.GIFTS_TO_STRANGERS]
    gifts = await gift_limits.list_counted(tx, guild.id, actor.user_id)
    counted = dict(context.counted()) | {
        Limit.GIFTS_TO_STRANGERS: [gift + window for gift in gifts]
    }
    counts = {
        Limit.HELP_REQUESTS: await help_requests.count_open(tx, actor),
        Limit.SLOT_ALERTS: await alerts.count_own(tx, actor),
        Limit.INVITATIONS: await invitations.count_open(tx, actor),
        Limit.GROUP_SESSIONS: await creation.count_upcoming(tx, actor),
    }
    return [
        *(_use_of_ends(limit, guild, ends) for limit, ends in counted.items()),
        *(LimitUse(limit, getattr(guild, limit.value), used) for limit, used in counts.items()),
    ]


def _use_of_ends(limit: Limit, guild: GuildSettings, ends: Sequence[datetime]) -> LimitUse:
    most: int = getattr(guild, limit.value)
    try:
        limits.require_for_ends(limit, guild, ends)
    except LimitReached as reached:
        return LimitUse(limit, most, len(ends), reached.ends_at)
    return LimitUse(limit, most, len(ends))
