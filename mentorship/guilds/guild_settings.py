"""Load a guild's settings. `mentorship.administration.setup` changes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Insert, bindparam, select

from mentorship import faults
from mentorship.errors import DataBeingDeleted
from mentorship.faults import FaultKind
from storage import Transaction
from storage.queries import upsert
from storage.tables import Guild
from storage.types import UnreadableJson

DEFAULT_CURRENCY = "points"
"""What a guild's points are called until it chooses a name."""


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """The settings of a guild, with the table's defaults. Durations are minutes.

    `lost` names the settings that are empty because their channel or role was deleted in Discord.
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
    currency_name: str = DEFAULT_CURRENCY
    currency_emoji: str = "🪙"
    starting_balance: int = 0
    fee_percent: int = 0
    confirm_within: int = 1_440
    free_cancellation_until: int = 1_440
    late_refund_percent: int = 0
    complete_after: int = 1_440
    reminders: tuple[int, ...] = (1_440, 60, 10)
    meeting_place: str = "link"
    jitsi_server: str | None = None
    lost: tuple[str, ...] = ()
    meeting_parent_id: int | None = None
    cancellation_grace: int = 15
    dispute_days: int = 14
    grant_ceiling: int = 10_000
    limit_pending_per_mentor: int = 2
    limit_pending: int = 5
    limit_upcoming: int = 10
    limit_proposals: int = 3
    limit_early_cancellations: int = 5
    limit_gifts_to_strangers: int = 10
    limit_data_requests: int = 1
    sessions_channel_id: int | None = None
    requests_channel_id: int | None = None
    show_attendees: bool = True
    limit_group_sessions: int = 20
    limit_invitations: int = 10
    limit_invitations_per_member: int = 2
    limit_help_requests: int = 2
    limit_slot_alerts: int = 10
    goal_question_days: int = 30
    leaderboard: bool = False
    language: str | None = None


COLUMNS = (*(getattr(Guild, name) for name in GuildSettings.__slots__), Guild.purge_began_at)
"""The columns that `usable_from_row` needs, for queries that select more than the settings."""

BEING_PURGED = select(Guild.id).where(Guild.purge_began_at.is_not(None))
"""The ids of the guilds whose data is being deleted, for work that goes over all guilds."""

_SELECT_ONE = select(*COLUMNS).where(Guild.id == bindparam("guild"))
_SELECT_MANY = select(*COLUMNS).where(Guild.id.in_(bindparam("guilds", expanding=True)))


def usable_from_row(row: Mapping[Any, Any]) -> GuildSettings:
    """Build the settings from a row that has `COLUMNS`.

    Raises `DataBeingDeleted` for a guild that is being purged.
    """
    if row["purge_began_at"] is not None:
        raise DataBeingDeleted()
    return from_row(row)


def from_row(row: Mapping[Any, Any]) -> GuildSettings:
    """Build the settings from a row that has `COLUMNS`, also for a guild that is being purged.

    Raises ValueError for a setting that can't be read. A default can't replace it, since the
    setting may restrict something.
    """
    values: dict[str, Any] = {}
    for name in GuildSettings.__slots__:
        value = row[name]
        if isinstance(value, UnreadableJson):
            raise ValueError(f"the setting {name} of server {row['id']} can't be read")
        values[name] = tuple(value) if isinstance(value, list) else value
    return GuildSettings(**values)


async def load(tx: Transaction, guild_id: int) -> GuildSettings:
    """Load the guild's settings; a guild without a row has the defaults.

    Raises `DataBeingDeleted` for a guild that is being purged.
    """
    return await _find(tx, guild_id) or GuildSettings(guild_id)


async def load_many(tx: Transaction, guild_ids: Iterable[int]) -> dict[int, GuildSettings]:
    """Load the settings of several guilds, by guild id.

    Guilds without a row, or with one that can't be read, are left out.
    """
    ids = set(guild_ids)
    if not ids:
        return {}
    rows = await tx.connection.execute(_SELECT_MANY, {"guilds": tuple(ids)})
    readable = faults.readable(
        tx, FaultKind.GUILD_SETTINGS, rows.mappings(), from_row, lambda row: row["id"]
    )
    return {guild.id: guild for guild in readable}


async def load_or_create(tx: Transaction, guild_id: int) -> GuildSettings:
    """Load the guild's settings and insert its row if it has none, for foreign keys to refer to.

    Raises what `load` does.
    """
    guild = await _find(tx, guild_id)
    if guild is not None:
        return guild
    await tx.connection.execute(_insert(tx.dialect), {"id": guild_id, "created_at": tx.now})
    return GuildSettings(guild_id)


@cache
def _insert(dialect: str) -> Insert:
    return upsert(dialect, Guild).on_conflict_do_nothing()


async def _find(tx: Transaction, guild_id: int) -> GuildSettings | None:
    result = await tx.connection.execute(_SELECT_ONE, {"guild": guild_id})
    row = result.mappings().one_or_none()
    return None if row is None else usable_from_row(row)
