"""The person who calls a use case, as the bot or the API knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

MAX_ID = 2**63 - 1
"""The largest id that both databases can store.

Discord's ids stay below it until 2084 (https://docs.discord.com/developers/reference#snowflakes).
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who calls a use case.

    `name` is their name in the guild. `guild_id` is None in a direct message, where the pressed
    button names what it is about. `role_ids` and `manages_guild` come from Discord. `moderates` is
    true for a moderator whom only the main app's token names. `screening_pending` tells whether
    they still have to accept the guild's rules (membership screening), None if that isn't known.
    `outside_guild` is true for an actor who acts on the guild from a direct message, so that only
    the database can say whether they are still a member (`members.require_present`).
    `membership_unchecked` is true for an actor outside of the guild whose membership Discord was
    not asked for yet; acts that need a member ask then (`members.require_member`).
    `is_main_app` is true for the community's main app itself, which is no member. `avatar` is the
    hash of their picture on Discord, empty without one and None where it isn't known.
    """

    user_id: int
    name: str
    guild_id: int | None = None
    role_ids: frozenset[int] = field(default=frozenset())
    manages_guild: bool = False
    moderates: bool = False
    language: str | None = None
    joined_at: datetime | None = None
    outside_guild: bool = False
    membership_unchecked: bool = False
    screening_pending: bool | None = None
    is_main_app: bool = False
    avatar: str | None = None

    @property
    def guild(self) -> int:
        """The guild's id. Raises RuntimeError in a direct message: that is a programming error."""
        if self.guild_id is None:
            raise RuntimeError("this use case needs a guild, and was called from a direct message")
        return self.guild_id
