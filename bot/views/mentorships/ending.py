"""Ending a mentorship, and resuming it."""

from __future__ import annotations

import discord

from bot.components.cards import Accent, Card, action_rows
from bot.formatting import discord_timestamp
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.mentorships.items import ENDING, PAGE, PairButton, PairKey
from bot.views.sessions.people import short_name
from mentorship.relationships import mentorships
from wording.durations import counted


async def show_ending(interaction: Interaction, pair: PairKey) -> None:
    """Ask whether to end a mentorship, and say what that means."""
    page = await interaction.client.db.read(
        mentorships.load_page, pair.actor(interaction), pair.other_id, pair.party
    )
    if page.mentorship.has_ended:
        await PAGE.show(interaction, pair, "", "This mentorship has already ended.")
        return
    name = short_name(page.mentorship.other(interaction.user.id))
    card = Card(
        title=f"End your mentorship with {name}?",
        text=f"{name} is told. Nobody is asked about goals and next steps any more. This page, "
        "with all sessions, notes and goals, stays for both of you.\n"
        "Either of you can resume it, and booking a session resumes it, too.",
        accent=Accent.WAITING,
    )
    if page.upcoming:
        reader = reader_of(interaction)
        kept = counted(len(page.upcoming), "upcoming session", reader)
        starts = "\n".join(f"• {discord_timestamp(each.starts_at)}" for each in page.upcoming)
        stays = "stays" if len(page.upcoming) == 1 else "stay"
        card.add_text(f"**{kept} {stays} booked.** To cancel, use `/cancel`.\n{starts}")
    await respond(
        interaction,
        card=card,
        actions=action_rows(ConfirmEndButton(pair), KeepMentorshipButton(pair)),
    )


class ConfirmEndButton(PairButton):
    """Ends the mentorship."""

    key, label, style = "end-now", "End mentorship", discord.ButtonStyle.danger

    async def on_press(self, interaction: Interaction) -> None:
        pair = self.pair
        await interaction.client.db.run(
            mentorships.end, pair.actor(interaction), pair.other_id, pair.party
        )
        await PAGE.show(interaction, pair, "", "The mentorship has ended.")


class KeepMentorshipButton(PairButton):
    """Leaves the question, and shows the page again."""

    key, label = "keep", "Cancel"

    async def on_press(self, interaction: Interaction) -> None:
        await PAGE.show(interaction, self.pair, "", "")


class ResumeMentorshipButton(PairButton):
    """Resumes the mentorship."""

    key, label = "resume", "Resume mentorship"

    async def on_press(self, interaction: Interaction) -> None:
        pair = self.pair
        await interaction.client.db.run(
            mentorships.resume, pair.actor(interaction), pair.other_id, pair.party
        )
        await PAGE.show(interaction, pair, "", "The mentorship is resumed.")


ENDING.register(show_ending)
