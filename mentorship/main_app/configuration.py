"""A guild's settings for the main app: to read, and to change with a version that was read."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import astuple
from typing import Any

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.errors import ChangedMeanwhile, NotAManager
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from storage import Transaction


def version(settings: GuildSettings) -> int:
    """Return what stands for all values of the settings: a whole number of at most 15 digits."""
    digest = hashlib.sha256(repr(astuple(settings)).encode()).digest()
    return int.from_bytes(digest[:6], "big")


async def load(tx: Transaction, actor: Actor) -> GuildSettings:
    """Load the settings of the actor's guild, for any member."""
    return await guild_settings.load(tx, actor.guild)


async def change(
    tx: Transaction,
    actor: Actor,
    changes: Mapping[str, Any],
    versions: Collection[int] | None = None,
) -> GuildSettings:
    """Change settings by name, and return all.

    With `versions`, only if the current `version` is among them. Raises `NotAManager`,
    `ChangedMeanwhile` and `InvalidField`.
    """
    if not actor.manages_guild:
        raise NotAManager()
    if versions is not None:
        current = await guild_settings.load(tx, actor.guild)
        if version(current) not in versions:
            raise ChangedMeanwhile()
    return await setup.configure(tx, actor, **changes)
