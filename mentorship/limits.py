"""Limits: how often one member may do what costs other people attention, or the service work. Pure.

Each limit is a setting of the guild, named by the limit's value. The use case counts what the
member has done, in the transaction in which they would do it once more, and calls one of the
functions below. So Discord and the API are limited alike, and a race can't exceed a limit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from mentorship.errors import Limit, LimitReached
from mentorship.guilds.guild_settings import GuildSettings

WINDOWS: Mapping[Limit, timedelta] = {
    Limit.EARLY_CANCELLATIONS: timedelta(days=1),
    Limit.GIFTS_TO_STRANGERS: timedelta(days=1),
    Limit.DATA_REQUESTS: timedelta(hours=1),
}
"""For how long an act counts. Of the other limits it counts what is still open."""


def require(
    limit: Limit, guild: GuildSettings, count: int, ends_at: datetime | None = None
) -> None:
    """Raise `LimitReached` for someone who has `count` of something already.

    `ends_at` is when they can have another one, None if that depends on what people do.
    """
    most: int = getattr(guild, limit.value)
    if count >= most:
        raise LimitReached(limit, most, ends_at)


def require_for_ends(limit: Limit, guild: GuildSettings, ends: Collection[datetime]) -> None:
    """Raise `LimitReached` for someone who has too many things that still count.

    `ends` has, for each of them, the instant at which it counts no longer.
    """
    most: int = getattr(guild, limit.value)
    if len(ends) >= most:
        raise LimitReached(limit, most, sorted(ends)[len(ends) - most])


def require_for_acts(limit: Limit, guild: GuildSettings, acts: Collection[datetime]) -> None:
    """Raise `LimitReached` for someone who has done something too often within its window.

    `acts` are the instants at which they did it, all of them within `WINDOWS[limit]`.
    """
    require_for_ends(limit, guild, [act + WINDOWS[limit] for act in acts])
