"""The card of an application, and the buttons with which moderators decide."""

from __future__ import annotations

import re
from typing import Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.persistent import Form, PersistentButton, persistent_view
from bot.errors import sentence
from bot.formatting import moment, plain, relative
from bot.interaction import Interaction
from bot.replies import NO_MENTIONS, respond, send_ephemeral
from mentorship.errors import AlreadyDecided
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors import application_review, application_views
from mentorship.mentors.application_review import Decision
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.statuses import RevisionKind, RevisionStatus
from wording import times
from wording.points import format_points
from wording.reader import ENGLISH

_COLOURS = {
    RevisionStatus.PENDING: discord.Colour.blurple(),
    RevisionStatus.APPROVED: discord.Colour.green(),
    RevisionStatus.REJECTED: discord.Colour.red(),
    RevisionStatus.CHANGES_REQUESTED: discord.Colour.orange(),
    RevisionStatus.WITHDRAWN: discord.Colour.light_grey(),
}

_DECIDED = {
    RevisionStatus.APPROVED: "Approved",
    RevisionStatus.REJECTED: "Rejected",
    RevisionStatus.CHANGES_REQUESTED: "Changes requested",
}


def headline(application: ApplicationView) -> str:
    """Return the line above the card: the request, or the decision.

    Mentions are here because Discord may show them as numbers inside an embed.
    """
    applicant = f"<@{application.applicant_id}>"
    if application.status in _DECIDED:
        decided = f"{_DECIDED[application.status]} by <@{application.decided_by}>"
        return f"{applicant}: {decided}"
    if application.status == RevisionStatus.WITHDRAWN:
        return f"{applicant} withdrew."
    if application.kind == RevisionKind.CHANGE:
        return f"{applicant} would like to change their profile."
    return f"{applicant} would like to mentor."


def review_card(
    application: ApplicationView, guild: GuildSettings
) -> tuple[discord.Embed, ui.View | None]:
    """Return the card of an application, with buttons while it is pending."""
    change = application.kind == RevisionKind.CHANGE
    title = {
        RevisionStatus.PENDING: "wants to change their profile" if change else "wants to mentor",
        RevisionStatus.APPROVED: "has a new profile text" if change else "was approved as a mentor",
        RevisionStatus.REJECTED: "keeps the old profile text" if change else "was not approved",
        RevisionStatus.CHANGES_REQUESTED: "was asked for changes",
        RevisionStatus.WITHDRAWN: "withdrew",
    }[application.status]
    embed = discord.Embed(
        title=f"{plain(application.applicant_name)} {title}",
        description=plain(application.bio),
        colour=_COLOURS[application.status],
    )
    embed.add_field(name="Expertise", value=plain(", ".join(application.expertise)), inline=False)
    if application.published is not None:
        _add_published(embed, application, application.published)
    if not change:  # Mentors change their rate without approval.
        embed.add_field(
            name="Rate", value=f"{format_points(application.hourly_rate, guild, ENGLISH)} an hour"
        )
    embed.add_field(
        name="Time zone",
        value=f"{application.timezone}\n"
        f"{times.describe_offset(application.submitted_at, application.timezone, ENGLISH)}",
    )
    account = discord.utils.snowflake_time(application.applicant_id)
    joined = f"\njoined {relative(application.joined_at)}" if application.joined_at else ""
    embed.add_field(name="Discord account", value=f"made {relative(account)}{joined}")
    if application.reason:
        embed.add_field(name="Why they apply", value=plain(application.reason), inline=False)
    if application.past_decisions:
        embed.add_field(name="Earlier", value=_history(application), inline=False)
    embed.add_field(name="Sent", value=moment(application.submitted_at), inline=False)
    if application.status in _DECIDED and application.decided_at is not None:
        embed.add_field(
            name=_DECIDED[application.status], value=moment(application.decided_at), inline=False
        )
        if application.note:
            embed.add_field(name="Reason", value=plain(application.note), inline=False)
    if application.is_pending:
        buttons = (
            ApproveButton(application.id),
            RejectButton(application.id),
            RequestChangesButton(application.id),
        )
        return embed, persistent_view(*buttons)
    return embed, None


def _add_published(
    embed: discord.Embed, application: ApplicationView, published: ProfileContent
) -> None:
    """Add the published profile, so that moderators see what would change."""
    same = set(application.expertise) == set(published.expertise)
    tags = "the same" if same else plain(", ".join(published.expertise))
    embed.add_field(name="Expertise now", value=tags or "none", inline=False)
    text = "the same" if application.bio == published.bio else plain(published.bio)[:1_024]
    embed.add_field(name="Text now", value=text or "none", inline=False)


def _history(application: ApplicationView) -> str:
    lines = []
    for decision in application.past_decisions:
        when = f" {relative(decision.decided_at)}" if decision.decided_at else ""
        note = f": {plain(decision.note)}" if decision.note else ""
        lines.append(f"• {_DECIDED[decision.status]}{when}{note[:150]}")
    return "\n".join(lines)[:1_024]


async def show_application(interaction: Interaction, application_id: int) -> None:
    """Show a pending application to a moderator."""
    db = interaction.client.db
    application = await db.read(
        application_review.before_decide, actor_of(interaction), application_id
    )
    guild = await db.read(guild_settings.load, application.guild_id)
    embed, view = review_card(application, guild)
    await respond(interaction, headline(application), embed=embed, view=view)


async def _decide(
    interaction: Interaction, application_id: int, decision: Decision, note: str = ""
) -> None:
    """Decide, and update the card. A moderator who comes second sees who decided."""
    db = interaction.client.db
    already_decided = None
    try:
        await db.run(
            application_review.decide, actor_of(interaction), application_id, decision, note
        )
    except AlreadyDecided as error:
        already_decided = error
    application, guild = await db.read(application_views.load_with_settings, application_id)
    embed, view = review_card(application, guild)
    await interaction.response.edit_message(
        content=headline(application), embed=embed, view=view, allowed_mentions=NO_MENTIONS
    )
    if already_decided is not None:
        await send_ephemeral(interaction, sentence(already_decided))


async def _ask_why(interaction: Interaction, application_id: int, decision: Decision) -> None:
    """Open the form for the reason of a decision."""
    application = await interaction.client.db.read(
        application_review.before_decide, actor_of(interaction), application_id
    )
    await interaction.response.send_modal(DecisionForm(application, decision))


class DecisionForm(Form):
    """The reason of a rejection or of requested changes, for the applicant."""

    def __init__(self, application: ApplicationView, decision: Decision) -> None:
        requests_changes = decision is Decision.CHANGES_REQUESTED
        super().__init__(title="What should change?" if requests_changes else "Why not?")
        self.application_id, self.decision = application.id, decision
        self.reason = self.add_text_area(
            "reason",
            "What you would like to see" if requests_changes else "Reason",
            f"{application.applicant_name} will read it",
            max_length=application_review.MAX_NOTE_LENGTH,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        await _decide(interaction, self.application_id, self.decision, self.reason.value)


class ApproveButton(PersistentButton, template=r"application:(?P<id>\d{1,18}):approve"):
    """Approves the application."""

    def __init__(self, application_id: int) -> None:
        self.application_id = application_id
        super().__init__(
            f"application:{application_id}:approve", "Approve", discord.ButtonStyle.success
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        await _decide(interaction, self.application_id, Decision.APPROVED)


class RejectButton(PersistentButton, template=r"application:(?P<id>\d{1,18}):reject"):
    """Opens the form for the reason of a rejection."""

    def __init__(self, application_id: int) -> None:
        self.application_id = application_id
        super().__init__(
            f"application:{application_id}:reject", "Reject", discord.ButtonStyle.danger
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        await _ask_why(interaction, self.application_id, Decision.REJECTED)


class RequestChangesButton(PersistentButton, template=r"application:(?P<id>\d{1,18}):ask"):
    """Opens the form for the changes that the applicant should make."""

    def __init__(self, application_id: int) -> None:
        self.application_id = application_id
        super().__init__(f"application:{application_id}:ask", "Ask for changes")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        await _ask_why(interaction, self.application_id, Decision.CHANGES_REQUESTED)
