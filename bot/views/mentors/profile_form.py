"""The form with a mentor's expertise, rate, bio and link, for applications and profile changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeAlias

import discord
from discord import ui

from bot.components.persistent import Form
from bot.formatting import shortened
from bot.interaction import Interaction
from bot.readers import reader_of
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors import profile_rules
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.search import tags as guild_tags
from wording.cldr import format_number
from wording.points import currency_name
from wording.reader import Reader
from wording.translation import _, current_language


class ProfileDraft(NamedTuple):
    """The values of the form, as typed or as stored."""

    expertise: str = ""
    rate: str = ""
    bio: str = ""
    selected_tags: tuple[str, ...] = ()
    meeting_link: str = ""

    @classmethod
    def of(
        cls, text: ProfileContent | ApplicationView, meeting_link: str | None = None
    ) -> ProfileDraft:
        """Return the stored values of a profile or an application."""
        return cls(
            ", ".join(text.expertise),
            str(text.hourly_rate),
            text.bio,
            meeting_link=meeting_link or "",
        )


SubmitProfile: TypeAlias = Callable[[Interaction, ProfileContent], Awaitable[None]]
"""Saves the content of a form that could be read."""


class ProfileForm(Form):
    """Expertise, rate, bio and meeting link. `submit` saves them once they can be read.

    `suggested_tags` are up to 25 tags to select, beside those that are typed. `flow` names what the
    form is for, such as `apply` or `resubmit-42`: a rejected form is only corrected for that.
    """

    def __init__(
        self,
        guild: GuildSettings,
        suggested_tags: Sequence[str],
        draft: ProfileDraft,
        submit: SubmitProfile,
        title: str,
        flow: str,
        reader: Reader,
    ) -> None:
        super().__init__(title=title)
        self.guild, self.suggested_tags, self.submit = guild, suggested_tags, submit
        self.reader = reader
        self.draft_flow = self.flow = flow
        self.expertise = ui.TextInput["ProfileForm"](
            custom_id="expertise",
            # Translators: an example of what a mentor can help with
            placeholder=_("python, git, careers"),
            max_length=400,
            required=not suggested_tags,
            default=draft.expertise or None,
        )
        self.tag_menu = ui.Select["ProfileForm"](
            custom_id="picked",
            placeholder=_("Choose any that fit"),
            required=False,
            min_values=0,
            max_values=min(max(len(suggested_tags), 1), profile_rules.MAX_TAGS),
            options=[
                discord.SelectOption(label=tag, value=tag, default=tag in draft.selected_tags)
                for tag in suggested_tags
            ],
        )
        self.rate = ui.TextInput["ProfileForm"](
            custom_id="rate", placeholder="50", max_length=20, default=draft.rate or None
        )
        self.bio = ui.TextInput["ProfileForm"](
            custom_id="bio",
            style=discord.TextStyle.paragraph,
            placeholder=_("Who you are, what you've done, and what you can help with"),
            max_length=1_000,
            default=draft.bio or None,
        )
        self.add_item(
            ui.Label(
                text=_("What can you help with?"),
                description=_("1 to 10 areas, separated by commas"),
                component=self.expertise,
            )
        )
        if suggested_tags:
            self.add_item(
                ui.Label(text=_("Or choose what others help with"), component=self.tag_menu)
            )
        self.add_item(
            ui.Label(
                text=shortened(
                    _("Hourly rate in {currency}", currency=currency_name(guild.currency_name)), 45
                ),
                description=_(
                    "A whole number from 0 to {maximum}; 0 is free",
                    maximum=format_number(guild.maximum_hourly_rate, reader.formats),
                ),
                component=self.rate,
            )
        )
        self.add_item(
            ui.Label(
                text=_("About you"),
                description=_("20 to 1,000 characters. It helps members choose a mentor"),
                component=self.bio,
            )
        )
        self.meeting_link = self.add_link(
            _("Meeting link (optional)"),
            _("Your Zoom, Meet or other https:// room, shown only for confirmed sessions"),
            draft.meeting_link,
            "meeting_link",
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        draft = self._draft()
        await self.submit(
            interaction,
            profile_rules.parse_form(
                (*profile_rules.parse_expertise(draft.expertise), *draft.selected_tags),
                draft.rate,
                draft.bio,
                draft.meeting_link,
                current_language(),
            ),
        )

    def reopened(self) -> ProfileForm:
        return ProfileForm(
            *(self.guild, self.suggested_tags, self._draft(), self.submit),
            *(self.title, self.flow, self.reader),
        )

    def _draft(self) -> ProfileDraft:
        """Return what was typed and selected."""
        return ProfileDraft(
            self.expertise.value,
            self.rate.value,
            self.bio.value,
            tuple(self.tag_menu.values),
            self.meeting_link.value,
        )


async def open_profile_form(
    interaction: Interaction,
    guild: GuildSettings,
    draft: ProfileDraft,
    submit: SubmitProfile,
    title: str,
    flow: str,
) -> None:
    """Open the form, with the guild's most common tags to select."""
    suggested_tags = await interaction.client.db.read(guild_tags.load_most_used_tags, guild.id)
    reader = reader_of(interaction)
    form = ProfileForm(guild, suggested_tags, draft, submit, title, flow, reader)
    await interaction.response.send_modal(form)
