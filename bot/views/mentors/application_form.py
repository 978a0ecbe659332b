"""The form in which a mentor says what they offer, and the applicant's own side of applying."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple, Self, TypeAlias

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.persistent import Form, PersistentButton, persistent_view
from bot.errors import sentence
from bot.formatting import moment, plain, quoted
from bot.interaction import Interaction
from bot.replies import respond
from mentorship.errors import InvalidField
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors import application_views, applications, profile_rules
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.search import index
from mentorship.statuses import RevisionKind, RevisionStatus


class ProfileDraft(NamedTuple):
    """What somebody typed and picked in the form, or what stands in their profile."""

    expertise: str = ""
    rate: str = ""
    bio: str = ""
    picked: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: ProfileContent | ApplicationView) -> ProfileDraft:
        return cls(", ".join(text.expertise), str(text.hourly_rate), text.bio)


SubmitProfile: TypeAlias = Callable[[Interaction, ProfileContent], Awaitable[None]]
"""What is done with a form that could be read."""


class ProfileForm(Form):
    """Expertise, rate and bio; `offered` are tags to pick from, 25 at most. `send` takes what was
    typed, once it can be read."""

    def __init__(
        self,
        guild: GuildSettings,
        offered: Sequence[str],
        draft: ProfileDraft,
        send: SubmitProfile,
        title: str,
    ) -> None:
        super().__init__(title=title)
        self.guild, self.offered, self.send = guild, offered, send
        self.expertise = ui.TextInput["ProfileForm"](
            custom_id="expertise",
            placeholder="python, git, careers",
            max_length=400,
            required=not offered,
            default=draft.expertise or None,
        )
        self.picked = ui.Select["ProfileForm"](
            custom_id="picked",
            placeholder="Pick any that fit",
            required=False,
            min_values=0,
            max_values=min(max(len(offered), 1), profile_rules.MAX_TAGS),
            options=[
                discord.SelectOption(label=tag, value=tag, default=tag in draft.picked)
                for tag in offered
            ],
        )
        self.rate = ui.TextInput["ProfileForm"](
            custom_id="rate", placeholder="50", max_length=20, default=draft.rate or None
        )
        self.bio = ui.TextInput["ProfileForm"](
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
        if offered:
            self.add_item(
                ui.Label(text="Or pick what others here help with", component=self.picked)
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
        drafts = interaction.client.drafts.profile_forms
        picked = tuple(self.picked.values)
        draft = ProfileDraft(self.expertise.value, self.rate.value, self.bio.value, picked)
        try:
            await self.send(
                interaction,
                ProfileContent(
                    (*profile_rules.parse_expertise(draft.expertise), *picked),
                    profile_rules.parse_rate(draft.rate),
                    draft.bio,
                ),
            )
        except InvalidField as error:
            drafts.put(interaction.user.id, partial(self._reopen, draft))
            await respond(
                interaction, sentence(error), view=persistent_view(CorrectProfileButton())
            )
        else:
            drafts.pop(interaction.user.id)

    def _reopen(self, draft: ProfileDraft) -> ProfileForm:
        return ProfileForm(self.guild, self.offered, draft, self.send, self.title)


async def open_profile_form(
    interaction: Interaction,
    guild: GuildSettings,
    draft: ProfileDraft,
    send: SubmitProfile,
    title: str,
) -> None:
    """Open the form, with the guild's usual tags to pick from."""
    offered = await interaction.client.db.read(index.commonest, guild.id)
    await interaction.response.send_modal(ProfileForm(guild, offered, draft, send, title))


class CorrectProfileButton(PersistentButton, template=r"application:correct"):
    """The way back into a form that had a mistake, with what was typed still in it."""

    def __init__(self) -> None:
        super().__init__("application:correct", "Correct it", discord.ButtonStyle.primary)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def on_press(self, interaction: Interaction) -> None:
        reopen = interaction.client.drafts.profile_forms.get(interaction.user.id)
        if reopen is None:
            await respond(
                interaction,
                "I was restarted and have lost what you typed, sorry. Please start again.",
            )
        else:
            await interaction.response.send_modal(reopen())


# --- applying -----------------------------------------------------------------------------------


async def open_application_form(interaction: Interaction) -> None:
    """Open the form for whoever may apply; what moderators sent back stands in it."""
    db = interaction.client.db
    actor = actor_of(interaction)
    guild = await db.read(applications.before_apply, actor)
    latest = await db.read(application_views.find_latest, actor)
    draft = ProfileDraft.of(latest) if latest is not None else ProfileDraft()
    await open_profile_form(interaction, guild, draft, _apply, "Apply to mentor")


async def _apply(interaction: Interaction, wanted: ProfileContent) -> None:
    await interaction.client.db.run(applications.apply, actor_of(interaction), wanted)
    await show_status(interaction, "Your application is with the moderators")


async def show_status(interaction: Interaction, title: str | None = None) -> None:
    """The latest text that somebody sent to the moderators, and what can be done with it now."""
    db = interaction.client.db
    actor = actor_of(interaction)
    latest = await db.read(application_views.find_latest, actor)
    if latest is None:
        await respond(interaction, "You haven't applied here. You can with `/mentor apply`.")
        return
    guild = await db.read(guild_settings.load, latest.guild_id)
    embed, view = status_card(latest, guild)
    if title is not None:
        embed.title = title
    await respond(interaction, embed=embed, view=view)


def status_card(
    latest: ApplicationView, guild: GuildSettings
) -> tuple[discord.Embed, ui.View | None]:
    """How an own application stands."""
    what = "application" if latest.kind == RevisionKind.APPLICATION else "change of your profile"
    title, text = {
        RevisionStatus.PENDING: (
            f"Your {what} is with the moderators",
            "You get a DM when they decide.",
        ),
        RevisionStatus.APPROVED: (
            f"Your {what} was approved",
            "Set your hours with `/mentor hours`.",
        ),
        RevisionStatus.REJECTED: (f"Your {what} was not approved", "They wrote why:"),
        RevisionStatus.CHANGES_REQUESTED: (
            f"The moderators ask you to change your {what}",
            "They wrote:",
        ),
        RevisionStatus.WITHDRAWN: (
            f"You withdrew your {what}",
            "You can apply again with `/mentor apply`.",
        ),
    }[latest.status]
    embed = discord.Embed(title=title, description=text, colour=discord.Colour.blurple())
    if latest.note:
        embed.description = f"{text}\n{quoted(latest.note)}"
    embed.add_field(name="Expertise", value=plain(", ".join(latest.expertise)), inline=False)
    embed.add_field(name="Rate", value=f"{guild.amount(latest.hourly_rate)} an hour", inline=False)
    embed.add_field(name="About you", value=plain(latest.bio)[:1_024], inline=False)
    embed.add_field(name="Sent", value=moment(latest.submitted_at), inline=False)
    if latest.is_pending:
        return embed, persistent_view(EditApplicationButton(), WithdrawApplicationButton())
    if latest.status == RevisionStatus.CHANGES_REQUESTED:
        return embed, persistent_view(ResubmitButton(latest.id))
    return embed, None


class EditApplicationButton(PersistentButton, template=r"application:edit"):
    """Changes a text that waits."""

    def __init__(self) -> None:
        super().__init__("application:edit", "Change it", emoji="✏️")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        pending = await db.read(application_views.load_own_pending, actor)
        guild = await db.read(guild_settings.load, pending.guild_id)
        await open_profile_form(
            interaction, guild, ProfileDraft.of(pending), _revise, "Change what you sent"
        )


async def _revise(interaction: Interaction, wanted: ProfileContent) -> None:
    await interaction.client.db.run(applications.revise, actor_of(interaction), wanted)
    await show_status(interaction, "Changed; the moderators see the new text")


class WithdrawApplicationButton(PersistentButton, template=r"application:withdraw"):
    """Takes a text back that waits."""

    def __init__(self) -> None:
        super().__init__("application:withdraw", "Withdraw it")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.client.db.run(applications.withdraw, actor_of(interaction))
        await show_status(interaction)


class ResubmitButton(PersistentButton, template=r"application:(?P<id>\d{1,18}):answer"):
    """Opens the form again, filled in, after moderators asked for changes; in a DM as well."""

    def __init__(self, application_id: int) -> None:
        self.application_id = application_id
        super().__init__(
            f"application:{application_id}:answer", "Change it", discord.ButtonStyle.primary
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        asked, guild = await interaction.client.db.read(
            applications.before_resubmit, actor_of(interaction), self.application_id
        )
        await open_profile_form(
            interaction, guild, ProfileDraft.of(asked), self._send, "Change what you sent"
        )

    async def _send(self, interaction: Interaction, wanted: ProfileContent) -> None:
        db = interaction.client.db
        sent = await db.run(
            applications.resubmit, actor_of(interaction), self.application_id, wanted
        )
        guild = await db.read(guild_settings.load, sent.guild_id)
        embed, _ = status_card(sent, guild)
        if interaction.message is not None and not interaction.message.flags.ephemeral:
            # The message asked for changes, and has nothing more to ask.
            await interaction.response.edit_message(content=None, embed=embed, view=None)
        else:
            await respond(interaction, embed=embed)
