"""Applying to mentor, and the applicant's view of the latest application or profile change."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.components.persistent import PersistentButton
from bot.formatting import discord_timestamp, plain, quoted
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import edit_card, respond
from bot.views.mentors.profile_form import ProfileDraft, open_profile_form
from mentorship.errors import AlreadyApplied
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors import application_views, applications, meeting_link
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.statuses import RevisionKind, RevisionStatus
from wording.lists import enumerated
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, pgettext


async def open_application_form(interaction: Interaction) -> None:
    """Open the form for an application, filled in with the latest one.

    While one is with the moderators, show that instead, with the ways to change it.
    """
    db = interaction.client.db
    actor = actor_of(interaction)
    try:
        guild = await db.read(applications.before_apply, actor)
    except AlreadyApplied:
        await show_status(interaction)
        return
    latest = await db.read(application_views.find_latest, actor)
    draft = ProfileDraft()
    if latest is not None:
        draft = ProfileDraft.of(latest, await db.read(meeting_link.load_own, actor))
    await open_profile_form(interaction, guild, draft, _apply, _("Apply to mentor"), "apply")


async def _apply(interaction: Interaction, content: ProfileContent) -> None:
    """Send the application to the moderators."""
    await interaction.client.db.run(applications.apply, actor_of(interaction), content)
    await show_status(interaction, _("Your application is with the moderators"))


async def show_status(interaction: Interaction, title: str | None = None) -> None:
    """Show the person's latest application or profile change, and what can be done with it."""
    db = interaction.client.db
    actor = actor_of(interaction)
    latest = await db.read(application_views.find_latest, actor)
    if latest is None:
        await respond(interaction, _("You haven't applied here yet. Apply with `/mentor apply`."))
        return
    guild = await db.read(guild_settings.load, latest.guild_id)
    card, actions = status_card(latest, guild, reader_of(interaction))
    if title is not None:
        card.title = title
    await respond(interaction, card=card, actions=actions)


def status_card(
    latest: ApplicationView, guild: GuildSettings, reader: Reader
) -> tuple[Card, ActionRows]:
    """Return the card of one's own application or profile change."""
    is_change = latest.kind != RevisionKind.APPLICATION
    title, text = (_of_change if is_change else _of_application)(latest.status)
    card = Card(title=title, text=text, accent=Accent.NEUTRAL)
    if latest.note:
        card.text = f"{text}\n{quoted(latest.note)}"
    card.add_fact(_("Expertise"), plain(enumerated(latest.expertise, reader)))
    card.add_fact(
        pgettext("price of an hour", "Rate"),
        _("{points} an hour", points=format_points(latest.hourly_rate, guild, reader)),
    )
    card.add_long_fact(_("About you"), plain(latest.bio))
    card.add_fact(
        pgettext("when an application was sent", "Sent"), discord_timestamp(latest.submitted_at)
    )
    if latest.is_pending:
        return card, action_rows(
            EditApplicationButton(latest.kind), WithdrawApplicationButton(latest.kind)
        )
    if latest.status == RevisionStatus.CHANGES_REQUESTED:
        return card, action_rows(ResubmitButton(latest.id))
    return card, ()


def _of_application(status: RevisionStatus) -> tuple[str, str]:
    """Return the title and the text of the card of one's own application."""
    match status:
        case RevisionStatus.PENDING:
            return (
                _("Your application is with the moderators"),
                _("You'll get a DM when they decide."),
            )
        case RevisionStatus.APPROVED:
            return _("Your application was approved"), _("Set your hours with `/mentor hours`.")
        case RevisionStatus.REJECTED:
            return _("Your application wasn't approved"), _("The moderators wrote:")
        case RevisionStatus.CHANGES_REQUESTED:
            return _("The moderators asked for changes to your application"), _("They wrote:")
        case RevisionStatus.WITHDRAWN:
            return (
                _("You withdrew your application"),
                _("You can apply again with `/mentor apply`."),
            )


def _of_change(status: RevisionStatus) -> tuple[str, str]:
    """Return the title and the text of the card of a change of one's own profile."""
    match status:
        case RevisionStatus.PENDING:
            return (
                _("Your profile change is with the moderators"),
                _("You'll get a DM when they decide."),
            )
        case RevisionStatus.APPROVED:
            return _("Your profile change was approved"), _("Members see it now.")
        case RevisionStatus.REJECTED:
            return _("Your profile change wasn't approved"), _("The moderators wrote:")
        case RevisionStatus.CHANGES_REQUESTED:
            return _("The moderators asked for changes to your profile change"), _("They wrote:")
        case RevisionStatus.WITHDRAWN:
            return (
                _("You withdrew your profile change"),
                _("You can send another with `/mentor edit`."),
            )


class EditApplicationButton(PersistentButton, template=r"application:edit"):
    """Opens the form that changes what is pending."""

    def __init__(self, kind: RevisionKind = RevisionKind.APPLICATION) -> None:
        is_change = kind != RevisionKind.APPLICATION
        label = _("Edit profile change") if is_change else _("Edit application")
        super().__init__("application:edit", label)

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        pending = await db.read(application_views.load_own_pending, actor)
        guild = await db.read(guild_settings.load, pending.guild_id)
        draft = ProfileDraft.of(pending, await db.read(meeting_link.load_own, actor))
        await open_profile_form(
            interaction, guild, draft, _revise, _("Edit what you sent"), "revise"
        )


async def _revise(interaction: Interaction, content: ProfileContent) -> None:
    """Save the changed content."""
    await interaction.client.db.run(applications.revise, actor_of(interaction), content)
    await show_status(interaction, _("Saved. The moderators see the new text"))


class WithdrawApplicationButton(PersistentButton, template=r"application:withdraw"):
    """Withdraws what is pending."""

    def __init__(self, kind: RevisionKind = RevisionKind.APPLICATION) -> None:
        is_change = kind != RevisionKind.APPLICATION
        label = _("Withdraw profile change") if is_change else _("Withdraw application")
        super().__init__("application:withdraw", label)

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.client.db.run(applications.withdraw, actor_of(interaction))
        await show_status(interaction)


class ResubmitButton(PersistentButton, template=r"application:(?P<id>\d{1,18}):answer"):
    """Opens the form again after moderators have requested changes. Works in direct messages."""

    def __init__(self, application_id: int) -> None:
        self.application_id = application_id
        super().__init__(
            f"application:{application_id}:answer",
            _("Edit and resend"),
            discord.ButtonStyle.primary,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        application, guild = await db.read(applications.before_resubmit, actor, self.application_id)
        in_guild = replace(actor, guild_id=application.guild_id)
        draft = ProfileDraft.of(application, await db.read(meeting_link.load_own, in_guild))
        await open_profile_form(
            interaction,
            guild,
            draft,
            self._resubmit,
            _("Edit what you sent"),
            f"resubmit-{self.application_id}",
        )

    async def _resubmit(self, interaction: Interaction, content: ProfileContent) -> None:
        db = interaction.client.db
        application = await db.run(
            applications.resubmit, actor_of(interaction), self.application_id, content
        )
        guild = await db.read(guild_settings.load, application.guild_id)
        card = status_card(application, guild, reader_of(interaction))[0]
        if interaction.message is not None and not interaction.message.flags.ephemeral:
            # Replace the notification that asked for changes, since they are made now.
            await edit_card(interaction, card=card)
        else:
            await respond(interaction, card=card)
