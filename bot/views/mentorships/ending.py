"""Ending a mentorship, and resuming it."""

from __future__ import annotations

import discord

from bot.components.cards import Accent, Card, action_rows
from bot.formatting import discord_timestamp
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.mentorships.items import ENDING, PAGE, PairButton, PairKey
from bot.views.sessions.people import short_name
from mentorship.relationships import mentorships
from wording.translation import N_, _, ngettext, pgettext


async def show_ending(interaction: Interaction, pair: PairKey) -> None:
    """Ask whether to end a mentorship, and say what that means."""
    page = await interaction.client.db.read(
        mentorships.load_page, pair.actor(interaction), pair.other_id, pair.party
    )
    if page.mentorship.has_ended:
        await PAGE.show(interaction, pair, "", _("This mentorship has already ended."))
        return
    name = short_name(page.mentorship.other(interaction.user.id))
    card = Card(
        title=_("End your mentorship with {name}?", name=name),
        text="\n".join(
            (
                _(
                    "{name} is told. Nobody is asked about goals and next steps any more. "
                    "This page, with all sessions, notes and goals, stays for both of you.",
                    name=name,
                ),
                _("Either of you can resume it, and booking a session resumes it, too."),
            )
        ),
        accent=Accent.WAITING,
    )
    if page.upcoming:
        # Translators: a list of the sessions follows
        kept = ngettext(
            "**{count} upcoming session stays booked.** To cancel, use `/cancel`.",
            "**{count} upcoming sessions stay booked.** To cancel, use `/cancel`.",
            len(page.upcoming),
        )
        starts = [f"• {discord_timestamp(each.starts_at)}" for each in page.upcoming]
        card.add_text("\n".join((kept, *starts)))
    await respond(
        interaction,
        card=card,
        actions=action_rows(ConfirmEndButton(pair), KeepMentorshipButton(pair)),
    )


class ConfirmEndButton(PairButton):
    """Ends the mentorship."""

    key, label, style = "end-now", N_("End mentorship"), discord.ButtonStyle.danger

    async def on_press(self, interaction: Interaction) -> None:
        pair = self.pair
        await interaction.client.db.run(
            mentorships.end, pair.actor(interaction), pair.other_id, pair.party
        )
        await PAGE.show(interaction, pair, "", _("The mentorship has ended."))


class KeepMentorshipButton(PairButton):
    """Leaves the question, and shows the page again."""

    key = "keep"

    @classmethod
    def usual_label(cls) -> str:
        return pgettext("button", "Cancel")

    async def on_press(self, interaction: Interaction) -> None:
        await PAGE.show(interaction, self.pair, "", "")


class ResumeMentorshipButton(PairButton):
    """Resumes the mentorship."""

    key, label = "resume", N_("Resume mentorship")

    async def on_press(self, interaction: Interaction) -> None:
        pair = self.pair
        await interaction.client.db.run(
            mentorships.resume, pair.actor(interaction), pair.other_id, pair.party
        )
        await PAGE.show(interaction, pair, "", _("The mentorship is resumed."))


ENDING.register(show_ending)
