"""Who acts: what a face knows of the person before any rule is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

LARGEST_ID = 2**63 - 1
"""No id is larger, of ours or of Discord's: the databases hold no more, and it will do for Discord
until 2084 (https://docs.discord.com/developers/reference#snowflakes)."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who asks for something.

    `guild_id` is None in a direct message, where what they press names what it concerns.
    `name` is how they are called there; `role_ids` and `manages_guild` come from Discord or from
    the main app's token. `from_afar`: they act on the guild from outside it, such as from a
    direct message, so that being in it must be known from the records (`members.require_present`).
    """

    user_id: int
    name: str
    guild_id: int | None = None
    role_ids: frozenset[int] = field(default=frozenset())
    manages_guild: bool = False
    language: str | None = None
    joined_at: datetime | None = None
    from_afar: bool = False

    @property
    def guild(self) -> int:
        """The guild, where there must be one. Asking in a direct message is a programming error."""
        if self.guild_id is None:
            raise RuntimeError("this use case needs a guild, and was called from a direct message")
        return self.guild_id
