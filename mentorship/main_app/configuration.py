"""A guild's settings for the main app: to read, and to change with a version that was read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.errors import ChangedMeanwhile, NotAManager
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from storage import Transaction


def version(settings: GuildSettings) -> str:
    """Return what stands for all values of the settings, as 16 hexadecimal digits."""
    return hashlib.sha256(repr(astuple(settings)).encode()).hexdigest()[:16]


async def load(tx: Transaction, actor: Actor) -> GuildSettings:
    """Load the settings of the actor's guild, for any member."""
    return await guild_settings.load(tx, actor.guild)


async def change(
    tx: Transaction, actor: Actor, changes: Mapping[str, Any], seen_version: str | None = None
) -> GuildSettings:
    """Change settings by name, and return all.

    `seen_version` is the `version` that the actor has read, None to change whatever is set now.
    Raises `NotAManager`, `ChangedMeanwhile` and `InvalidField`.
    """
    if not actor.manages_guild:
        raise NotAManager()
    if seen_version is not None:
        current = await guild_settings.load(tx, actor.guild)
        if version(current) != seen_version:
            raise ChangedMeanwhile()
    return await setup.configure(tx, actor, **changes)
