"""What could not be sent to somebody, shown to them when they come by."""

from __future__ import annotations

from bot.interaction import Interaction
from bot.notifications.rendering import render
from bot.replies import send_ephemeral
from mentorship.delivery import outbox


async def show_undelivered(interaction: Interaction) -> None:
    """After a person's command, show them once what their closed direct messages kept out."""
    if interaction.guild_id is None or not interaction.response.is_done():
        return
    db = interaction.client.db
    who = (interaction.guild_id, interaction.user.id)
    missed = await db.read(outbox.unseen, *who)
    if not missed:
        return
    cards = [card for notice in reversed(missed) if (card := render(notice)) is not None]
    for card in cards:
        await send_ephemeral(interaction, card.content, embed=card.embed, view=card.view)
    if cards:
        await send_ephemeral(
            interaction,
            "I couldn't send you this, since your direct messages are closed to me. To get the "
            "next news at once, allow direct messages in this server's privacy settings.",
        )
    await db.run(outbox.shown, *who)
