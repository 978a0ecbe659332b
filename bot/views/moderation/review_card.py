"""The card on which moderators decide, and what they can press on it."""

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
    """The line above the card: who wants what, or who decided what. Mentions stand here, since
    Discord shows those inside a card as bare numbers to some readers."""
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
    """The whole text, who wrote it, what was decided before; and the buttons while it waits."""
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
    if not change:  # the rate of a mentor is theirs to set, and is not waiting for anybody
        embed.add_field(name="Rate", value=f"{guild.amount(application.hourly_rate)} an hour")
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


def _add_published(embed: discord.Embed, asked: ApplicationView, present: ProfileContent) -> None:
    """What members see now, so that moderators see what would change."""
    same = set(asked.expertise) == set(present.expertise)
    tags = "the same" if same else plain(", ".join(present.expertise))
    embed.add_field(name="Expertise now", value=tags or "none", inline=False)
    text = "the same" if asked.bio == present.bio else plain(present.bio)[:1_024]
    embed.add_field(name="Text now", value=text or "none", inline=False)


def _history(application: ApplicationView) -> str:
    lines = []
    for each in application.past_decisions:
        when = f" {relative(each.decided_at)}" if each.decided_at else ""
        note = f": {plain(each.note)}" if each.note else ""
        lines.append(f"• {_DECIDED[each.status]}{when}{note[:150]}")
    return "\n".join(lines)[:1_024]


async def show_application(interaction: Interaction, application_id: int) -> None:
    """Show the card of an application that waits to one moderator, wherever they are."""
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
    """Decide, and let the card show the outcome in place; the second one to press hears who won."""
    db = interaction.client.db
    refused = None
    try:
        await db.run(
            application_review.decide, actor_of(interaction), application_id, decision, note
        )
    except AlreadyDecided as error:
        refused = error
    application, guild = await db.read(application_views.load_with_settings, application_id)
    embed, view = review_card(application, guild)
    await interaction.response.edit_message(
        content=headline(application), embed=embed, view=view, allowed_mentions=NO_MENTIONS
    )
    if refused is not None:
        await send_ephemeral(interaction, sentence(refused))


async def _ask_why(interaction: Interaction, application_id: int, decision: Decision) -> None:
    """Open the form for the words that go with a decision, if there is still one to make."""
    application = await interaction.client.db.read(
        application_review.before_decide, actor_of(interaction), application_id
    )
    await interaction.response.send_modal(DecisionForm(application, decision))


class DecisionForm(Form):
    """The words that go with a rejection or a request; the applicant reads them."""

    def __init__(self, application: ApplicationView, decision: Decision) -> None:
        asks = decision is Decision.CHANGES_REQUESTED
        super().__init__(title="What should change?" if asks else "Why not?")
        self.application_id, self.decision = application.id, decision
        self.reason = self.add_text_area(
            "reason",
            "What you would like to see" if asks else "Reason",
            f"{application.applicant_name} will read it",
            max_length=application_review.MAX_NOTE_LENGTH,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        await _decide(interaction, self.application_id, self.decision, self.reason.value)


class ApproveButton(PersistentButton, template=r"application:(?P<id>\d{1,18}):approve"):
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
    """Asks for the reason first."""

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
    """Asks what should change; the applicant can send it in again."""

    def __init__(self, application_id: int) -> None:
        self.application_id = application_id
        super().__init__(f"application:{application_id}:ask", "Ask for changes")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        await _ask_why(interaction, self.application_id, Decision.CHANGES_REQUESTED)
