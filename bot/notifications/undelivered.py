"""Shows people what could not be delivered to them, the next time they use a command."""

from __future__ import annotations

from bot.interaction import Interaction
from bot.notifications.rendering import render
from bot.replies import send_ephemeral
from mentorship.delivery import undelivered


async def show_undelivered(interaction: Interaction) -> None:
    """Show somebody once, after a command, what their closed direct messages kept out."""
    if interaction.guild_id is None or not interaction.response.is_done():
        return
    db = interaction.client.db
    guild_and_user = (interaction.guild_id, interaction.user.id)
    notifications = await db.read(undelivered.list_for_member, *guild_and_user)
    if not notifications:
        return
    cards = [
        card
        for notification in reversed(notifications)
        if not notification.is_too_late and (card := render(notification)) is not None
    ]
    for card in cards:
        await send_ephemeral(interaction, card.content, embed=card.embed, view=card.view)
    if cards:
        await send_ephemeral(
            interaction,
            "I couldn't send you this, since your direct messages are closed to me. To get the "
            "next news at once, allow direct messages in this server's privacy settings.",
        )
    await db.run(undelivered.mark_shown, *guild_and_user)
