"""Counting searches that found nobody, after the searcher has their answer."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from bot.interaction import Interaction
from mentorship.actors import Actor
from mentorship.search import unmet
from mentorship.time.intervals import Span

log = logging.getLogger(__name__)


async def count_unmet(interaction: Interaction, actor: Actor, expertise: str) -> None:
    """Count a search that found no mentor, once a day for each person and expertise."""
    if _is_new(interaction, actor, "mentor", expertise.casefold()):
        await _count(interaction, unmet.record_unmet, actor, expertise)


async def count_vain(
    interaction: Interaction, actor: Actor, mentor_id: int, wanted: Span | None = None
) -> None:
    """Count a look at a mentor's slots that found none, once a day for each person and mentor."""
    if _is_new(interaction, actor, "slot", mentor_id):
        await _count(interaction, unmet.record_vain, actor, mentor_id, wanted)


def _is_new(interaction: Interaction, actor: Actor, *search: object) -> bool:
    client = interaction.client
    return client.search_memory.add(client.db.now().date(), actor, *search)


async def _count(
    interaction: Interaction, use_case: Callable[..., Awaitable[None]], *args: Any
) -> None:
    """Run a use case that counts. The answer was sent, so a failure is only logged."""
    try:
        await interaction.client.db.run(use_case, *args)
    except Exception:
        log.exception("can't count a search", extra={"guild_id": interaction.guild_id})
