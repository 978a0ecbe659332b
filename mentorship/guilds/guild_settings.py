"""A guild's settings and who moderates it. Changing them is `mentorship.administration.setup`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Insert, bindparam, select

from mentorship.actors import Actor
from mentorship.errors import NotAModerator
from storage import Transaction
from storage.queries import upsert
from storage.tables import Guild


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """What a guild has set; the defaults are those of the table. Durations are minutes.

    `lost` names settings that are empty because what they named was deleted in Discord.
    """

    id: int
    moderator_role_id: int | None = None
    mentor_role_id: int | None = None
    review_channel_id: int | None = None
    notices_channel_id: int | None = None
    log_channel_id: int | None = None
    who_may_apply: str = "everyone"
    apply_role_ids: tuple[int, ...] = ()
    apply_minimum_rank: int = 0
    reapply_after_days: int = 7
    approve_profile_changes: bool = True
    maximum_hourly_rate: int = 10_000
    currency_name: str = "points"
    currency_emoji: str = "🪙"
    starting_balance: int = 0
    fee_percent: int = 0
    confirm_within: int = 1_440
    free_cancellation_until: int = 1_440
    late_refund_percent: int = 0
    complete_after: int = 1_440
    reminders: tuple[int, ...] = (1_440, 60, 10)
    meeting_place: str = "link"
    lost: tuple[str, ...] = ()
    meeting_parent_id: int | None = None

    def amount(self, points: int) -> str:
        """Points as people read them: `🪙 1,200`."""
        return f"{self.currency_emoji} {points:,}"


COLUMNS = tuple(getattr(Guild, name) for name in GuildSettings.__slots__)
"""For a query of more than the guild; `settings_of` reads its rows."""


_ONE = select(*COLUMNS).where(Guild.id == bindparam("guild"))
_SEVERAL = select(*COLUMNS).where(Guild.id.in_(bindparam("guilds", expanding=True)))


def settings_of(row: Mapping[Any, Any]) -> GuildSettings:
    """What a row with `COLUMNS` says."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value := row[name], list) else value
        for name in GuildSettings.__slots__
    }
    return GuildSettings(**values)


async def settings(tx: Transaction, guild_id: int) -> GuildSettings:
    """What the guild has set, or the defaults for one that has set nothing yet."""
    return await _kept(tx, guild_id) or GuildSettings(guild_id)


async def several(tx: Transaction, guild_ids: Iterable[int]) -> dict[int, GuildSettings]:
    """What several guilds have set, by their ids."""
    wanted = set(guild_ids)
    if not wanted:
        return {}
    rows = await tx.connection.execute(_SEVERAL, {"guilds": tuple(wanted)})
    return {row["id"]: settings_of(row) for row in rows.mappings()}


async def ensure(tx: Transaction, guild_id: int) -> GuildSettings:
    """What the guild has set; its row is made if it has none, for others to refer to."""
    found = await _kept(tx, guild_id)
    if found is not None:
        return found
    await tx.connection.execute(_new(tx.dialect), {"id": guild_id, "created_at": tx.now})
    return GuildSettings(guild_id)


@cache
def _new(dialect: str) -> Insert:
    return upsert(dialect, Guild).on_conflict_do_nothing()


async def _kept(tx: Transaction, guild_id: int) -> GuildSettings | None:
    row = (await tx.connection.execute(_ONE, {"guild": guild_id})).mappings().one_or_none()
    return None if row is None else settings_of(row)


def is_moderator(actor: Actor, guild: GuildSettings) -> bool:
    """Moderators hold the guild's moderator role or Discord's Manage Server."""
    return actor.manages_guild or guild.moderator_role_id in actor.role_ids


def require_moderator(actor: Actor, guild: GuildSettings) -> None:
    """Raise `NotAModerator` unless the actor is one."""
    if not is_moderator(actor, guild):
        raise NotAModerator()
