"""What members look for help with, as moderators see it."""

from __future__ import annotations

from bot.actors import actor_of
from bot.components.cards import Accent, Card
from bot.formatting import plain, relative
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from mentorship.administration import demand
from wording.durations import counted


async def show_demand(interaction: Interaction) -> None:
    """Show the open requests for help by expertise. Nobody's words or names are shown."""
    rows = await interaction.client.db.read(demand.list_demand, actor_of(interaction))
    if not rows:
        await respond(interaction, "Nobody is waiting for help at the moment.")
        return
    reader = reader_of(interaction)
    lines = [
        f"• **{plain(row.tag)}**: {counted(row.requests, 'open request', reader)}, the oldest sent "
        f"{relative(row.oldest_at)}"
        for row in rows
    ]
    card = Card(title="Members are waiting for help with", accent=Accent.WAITING)
    card.add_text("\n".join(lines))
    card.add_note("Mentors who add one of these with `/mentor edit` get such requests.")
    await respond(interaction, card=card)
