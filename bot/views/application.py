"""The application: its form, and the card on which moderators decide."""

from __future__ import annotations

import re
from typing import NamedTuple, Self

import discord
from discord import ui

from bot.buttons import Form, Interaction, LastingButton, row
from bot.errors import sentence
from bot.people import actor_of
from bot.replies import NOBODY, show, tell
from bot.wording import moment, plain, relative
from mentorship import applications, timezones
from mentorship.applications import Application, ApplicationView, Decision
from mentorship.errors import AlreadyDecided, InvalidField
from mentorship.guilds import GuildSettings

_COLOURS = {
    "pending": discord.Colour.blurple(),
    "approved": discord.Colour.green(),
    "rejected": discord.Colour.red(),
}


class Draft(NamedTuple):
    """What somebody typed into the form."""

    expertise: str = ""
    rate: str = ""
    bio: str = ""


async def open_form(interaction: Interaction) -> None:
    """Open the form for whoever may apply, with what they typed before if it had a mistake."""
    guild = await interaction.client.db.read(applications.before_apply, actor_of(interaction))
    draft = interaction.client.drafts.get(interaction.user.id)
    await interaction.response.send_modal(ApplicationForm(guild, draft or Draft()))


class ApplicationForm(Form, title="Apply to mentor"):
    """Expertise, rate and bio, filled in with a draft."""

    def __init__(self, guild: GuildSettings, draft: Draft) -> None:
        super().__init__()
        self.guild = guild
        self.expertise = ui.TextInput["ApplicationForm"](
            custom_id="expertise",
            placeholder="python, git, careers",
            max_length=400,
            default=draft.expertise or None,
        )
        self.rate = ui.TextInput["ApplicationForm"](
            custom_id="rate", placeholder="50", max_length=20, default=draft.rate or None
        )
        self.bio = ui.TextInput["ApplicationForm"](
            custom_id="bio",
            style=discord.TextStyle.paragraph,
            placeholder="Who you are, what you have done, whom you can help with what.",
            max_length=1_000,
            default=draft.bio or None,
        )
        self.add_item(
            ui.Label(
                text="What can you help with?",
                description="1 to 10 words or phrases, with commas between them",
                component=self.expertise,
            )
        )
        self.add_item(
            ui.Label(
                text=f"Hourly rate in {guild.currency_name}"[:45],
                description=f"A whole number from 0 to {guild.maximum_hourly_rate:,}; 0 is free",
                component=self.rate,
            )
        )
        self.add_item(
            ui.Label(
                text="About you",
                description="20 to 1,000 characters; members choose by this",
                component=self.bio,
            )
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        drafts = interaction.client.drafts
        draft = Draft(self.expertise.value, self.rate.value, self.bio.value)
        try:
            wanted = Application(
                applications.read_expertise(draft.expertise),
                applications.read_rate(draft.rate),
                draft.bio,
            )
            application = await interaction.client.db.run(
                applications.apply, actor_of(interaction), wanted
            )
        except InvalidField as error:
            drafts.put(interaction.user.id, draft)
            await show(interaction, sentence(error), view=row(Correct()))
            return
        drafts.take(interaction.user.id)
        await show(
            interaction,
            embed=discord.Embed(
                title="Your application is with the moderators",
                description=(
                    "You'll get a direct message from me when they have decided.\n\n"
                    f"{_summary(application, self.guild)}"
                ),
                colour=_COLOURS["pending"],
            ),
        )


class Correct(LastingButton, template=r"application:correct"):
    """The way back into a form that had a mistake, with what was typed still in it."""

    def __init__(self) -> None:
        super().__init__("application:correct", "Correct it", discord.ButtonStyle.primary)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def pressed(self, interaction: Interaction) -> None:
        await open_form(interaction)


def review_card(
    application: ApplicationView, guild: GuildSettings
) -> tuple[discord.Embed, ui.View | None]:
    """The application as moderators see it, with the buttons while it waits for them."""
    title = {
        "pending": "wants to mentor",
        "approved": "was approved as a mentor",
        "rejected": "was not approved",
    }[application.status]
    embed = discord.Embed(
        title=f"{plain(application.applicant_name)} {title}",
        description=f"<@{application.applicant_id}>\n\n{plain(application.bio)}",
        colour=_COLOURS[application.status],
    )
    embed.add_field(name="Expertise", value=plain(", ".join(application.expertise)), inline=False)
    embed.add_field(name="Rate", value=f"{guild.amount(application.hourly_rate)} an hour")
    embed.add_field(
        name="Time zone",
        value=f"{application.timezone}\n"
        f"{timezones.describe_offset(application.submitted_at, application.timezone)}",
    )
    account = discord.utils.snowflake_time(application.applicant_id)
    embed.add_field(name="Discord account", value=f"made {relative(account)}")
    embed.add_field(name="Applied", value=moment(application.submitted_at), inline=False)
    if application.decided_at is not None:
        decided = f"{application.status.capitalize()} by <@{application.decided_by}>"
        embed.add_field(
            name="Decision", value=f"{decided} {relative(application.decided_at)}", inline=False
        )
        if application.note:
            embed.add_field(name="Reason", value=plain(application.note), inline=False)
        return embed, None
    return embed, row(Approve(application.id), Reject(application.id))


def _summary(application: ApplicationView, guild: GuildSettings) -> str:
    return (
        f"**Expertise:** {plain(', '.join(application.expertise))}\n"
        f"**Rate:** {guild.amount(application.hourly_rate)} an hour\n\n"
        f"{plain(application.bio)}"
    )


async def _decide(
    interaction: Interaction, application_id: int, decision: Decision, note: str = ""
) -> None:
    """Decide, and let the card show the outcome in place; the second one to press hears who won."""
    db = interaction.client.db
    refused = None
    try:
        await db.run(applications.decide, actor_of(interaction), application_id, decision, note)
    except AlreadyDecided as error:
        refused = error
    application, guild = await db.read(applications.show_card, application_id)
    embed, view = review_card(application, guild)
    await interaction.response.edit_message(embed=embed, view=view, allowed_mentions=NOBODY)
    if refused is not None:
        await tell(interaction, sentence(refused))


class Approve(LastingButton, template=r"application:(?P<id>\d+):approve"):
    def __init__(self, application_id: int) -> None:
        self.application_id = application_id
        super().__init__(
            f"application:{application_id}:approve", "Approve", discord.ButtonStyle.success
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def pressed(self, interaction: Interaction) -> None:
        await _decide(interaction, self.application_id, Decision.APPROVED)


class Reject(LastingButton, template=r"application:(?P<id>\d+):reject"):
    """Asks for the reason first, unless there is nothing left to decide or no right to."""

    def __init__(self, application_id: int) -> None:
        self.application_id = application_id
        super().__init__(
            f"application:{application_id}:reject", "Reject", discord.ButtonStyle.danger
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def pressed(self, interaction: Interaction) -> None:
        application = await interaction.client.db.read(
            applications.before_decide, actor_of(interaction), self.application_id
        )
        await interaction.response.send_modal(RejectForm(application))


class RejectForm(Form, title="Why not?"):
    """The reason, which the applicant reads."""

    def __init__(self, application: ApplicationView) -> None:
        super().__init__()
        self.application_id = application.id
        self.reason = ui.TextInput["RejectForm"](
            custom_id="reason",
            style=discord.TextStyle.paragraph,
            max_length=applications.LONGEST_NOTE,
        )
        self.add_item(
            ui.Label(
                text="Reason",
                description=f"{application.applicant_name} will read it"[:100],
                component=self.reason,
            )
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        await _decide(interaction, self.application_id, Decision.REJECTED, self.reason.value)
