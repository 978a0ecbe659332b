"""The card of an application, and the buttons with which moderators decide."""

from __future__ import annotations

import re
from typing import ClassVar, Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.components.persistent import Form, PersistentButton
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain, relative, shortened
from bot.guilds.membership import record_screening
from bot.interaction import Interaction
from bot.readers import reader_of, readers_of_message
from bot.replies import defer, edit_card, respond, send_ephemeral
from mentorship.errors import AlreadyDecided, TermsChanged
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors import application_review, application_views
from mentorship.mentors.application_review import Decision
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.statuses import RevisionKind, RevisionStatus
from wording import times
from wording.lists import before_value, enumerated
from wording.names import first_name
from wording.points import format_points
from wording.reader import Reader
from wording.translation import N_, _, pgettext, speaking

_COLOURS = {
    RevisionStatus.PENDING: Accent.WAITING,
    RevisionStatus.APPROVED: Accent.AGREED,
    RevisionStatus.REJECTED: Accent.FAULT,
    RevisionStatus.CHANGES_REQUESTED: Accent.WAITING,
    RevisionStatus.WITHDRAWN: Accent.OVER,
}

_DECIDED = (*(RevisionStatus.APPROVED, RevisionStatus.REJECTED, RevisionStatus.CHANGES_REQUESTED),)


def _decision(status: RevisionStatus) -> str:
    """Return the name of a decision, for one of `_DECIDED`."""
    match status:
        case RevisionStatus.APPROVED:
            return pgettext("an application", "Approved")
        case RevisionStatus.REJECTED:
            return pgettext("an application", "Rejected")
        case _:
            return pgettext("of an application", "Changes requested")


def headline(application: ApplicationView) -> str:
    """Return the line above the card: the request, or the decision.

    Mentions are here because Discord may show them as numbers inside a card.
    """
    applicant = f"<@{application.applicant_id}>"
    is_change = application.kind == RevisionKind.CHANGE
    if application.status in _DECIDED:
        if application.decided_by is None:
            # Unknown once the moderator has erased their data.
            return _(_UNSIGNED[application.status, is_change], applicant=applicant)
        moderator = f"<@{application.decided_by}>"
        text = _SIGNED[application.status, is_change]
        return _(text, moderator=moderator, applicant=applicant)
    if application.status == RevisionStatus.WITHDRAWN:
        return (
            _("{applicant} withdrew their profile change.", applicant=applicant)
            if is_change
            else _("{applicant} withdrew their application.", applicant=applicant)
        )
    return (
        _("{applicant} would like to change their profile.", applicant=applicant)
        if is_change
        else _("{applicant} would like to mentor.", applicant=applicant)
    )


# Translators: what a moderator has decided about a member's application
_SIGNED = {
    (RevisionStatus.APPROVED, False): N_("Approved by {moderator}: {applicant}'s application."),
    (RevisionStatus.REJECTED, False): N_("Rejected by {moderator}: {applicant}'s application."),
    (RevisionStatus.CHANGES_REQUESTED, False): N_(
        "Changes requested by {moderator}: {applicant}'s application."
    ),
    (RevisionStatus.APPROVED, True): N_("Approved by {moderator}: {applicant}'s profile change."),
    (RevisionStatus.REJECTED, True): N_("Rejected by {moderator}: {applicant}'s profile change."),
    (RevisionStatus.CHANGES_REQUESTED, True): N_(
        "Changes requested by {moderator}: {applicant}'s profile change."
    ),
}
"""The headlines of decisions, by status and whether it's about a profile change."""

_UNSIGNED = {
    (RevisionStatus.APPROVED, False): N_("Approved: {applicant}'s application."),
    (RevisionStatus.REJECTED, False): N_("Rejected: {applicant}'s application."),
    (RevisionStatus.CHANGES_REQUESTED, False): N_("Changes requested: {applicant}'s application."),
    (RevisionStatus.APPROVED, True): N_("Approved: {applicant}'s profile change."),
    (RevisionStatus.REJECTED, True): N_("Rejected: {applicant}'s profile change."),
    (RevisionStatus.CHANGES_REQUESTED, True): N_(
        "Changes requested: {applicant}'s profile change."
    ),
}


def review_card(
    application: ApplicationView, guild: GuildSettings, reader: Reader
) -> tuple[Card, ActionRows]:
    """Return the card of an application, with buttons while it is pending."""
    change = application.kind == RevisionKind.CHANGE
    card = Card(
        title=plain(application.applicant_name),
        text=plain(application.bio),
        accent=_COLOURS[application.status],
    )
    card.add_fact(_("Expertise"), plain(enumerated(application.expertise, reader)))
    if application.published is not None:
        _add_published(card, application, application.published, reader)
    if not change:  # Mentors change their rate without approval.
        card.add_fact(
            pgettext("price of an hour", "Rate"),
            _("{points} an hour", points=format_points(application.hourly_rate, guild, reader)),
        )
    card.add_fact(_("Time zone"), _zone(application, reader))
    account = discord.utils.snowflake_time(application.applicant_id)
    card.add_fact(
        _("Discord account"),
        # Translators: both times are like "2 years ago"
        _(
            "created {created}, joined this server {joined}",
            created=relative(account),
            joined=relative(application.joined_at),
        )
        if application.joined_at
        else pgettext("a Discord account", "created {time}", time=relative(account)),
    )
    if application.reason:
        card.add_long_fact(_("Why they apply"), plain(application.reason))
    if application.past_decisions:
        card.add_long_fact(_("Earlier decisions"), _history(application))
    card.add_fact(
        pgettext("when an application was sent", "Sent"), relative(application.submitted_at)
    )
    if application.status in _DECIDED and application.decided_at is not None:
        card.add_fact(_decision(application.status), discord_timestamp(application.decided_at))
        if application.note:
            card.add_fact(_("Reason"), plain(application.note))
    if application.is_pending:
        buttons = (
            ApproveButton(application.id, application.version),
            RejectButton(application.id, application.version),
            RequestChangesButton(application.id, application.version),
        )
        return card, action_rows(*buttons)
    return card, ()


def _add_published(
    card: Card, application: ApplicationView, published: ProfileContent, reader: Reader
) -> None:
    """Add the published profile, so that moderators see what would change."""
    same = set(application.expertise) == set(published.expertise)
    tags = (
        pgettext("a mentor's expertise", "unchanged")
        if same
        else plain(enumerated(published.expertise, reader))
    )
    card.add_fact(_("Current expertise"), tags or pgettext("a mentor's expertise", "none"))
    bio = (
        pgettext("what mentors write about themselves", "unchanged")
        if application.bio == published.bio
        else plain(published.bio)
    )
    none = pgettext("what mentors write about themselves", "none")
    card.add_long_fact(_("Current bio"), bio or none)


def _zone(application: ApplicationView, reader: Reader) -> str:
    """Return the applicant's time zone in words: `London, GMT (UTC+0)`."""
    offset = times.describe_offset(application.submitted_at, application.timezone, reader)
    city = times.place(application.timezone, reader)
    return enumerated(filter(None, (city, offset)), reader)


def _history(application: ApplicationView) -> str:
    lines = []
    for decision in application.past_decisions:
        when = f" {relative(decision.decided_at)}" if decision.decided_at else ""
        line = f"{_decision(decision.status)}{when}"
        if decision.note:
            line = f"{before_value(line)} {plain(shortened(decision.note, 150))}"
        lines.append(f"• {line}")
    return "\n".join(lines)


async def show_application(interaction: Interaction, application_id: int) -> None:
    """Show a pending application to a moderator."""
    db = interaction.client.db
    application = await db.read(
        application_review.load_pending, actor_of(interaction), application_id
    )
    guild = await db.read(guild_settings.load, application.guild_id)
    card, actions = review_card(application, guild, reader_of(interaction))
    await respond(interaction, headline(application), card=card, actions=actions)


async def _approve(interaction: Interaction, application_id: int, version: int) -> None:
    """Approve, and update the card. The applicant is looked up first, which may take a while."""
    db = interaction.client.db
    application = await db.read(
        application_review.before_decide, actor_of(interaction), application_id, version
    )
    await defer(interaction)
    await record_screening(interaction.client, db, application.guild_id, application.applicant_id)
    await db.run(
        application_review.decide,
        actor_of(interaction),
        application_id,
        Decision.APPROVED,
        version=version,
    )
    await _refresh_card(interaction, application_id)


async def _ask_why(
    interaction: Interaction, application_id: int, version: int, decision: Decision
) -> None:
    """Open the form for the reason of a decision."""
    application = await interaction.client.db.read(
        application_review.before_decide, actor_of(interaction), application_id, version
    )
    await interaction.response.send_modal(DecisionForm(application, decision))


async def _refresh_card(interaction: Interaction, application_id: int) -> ApplicationView:
    """Show on the pressed card what is true now. Returns the application."""
    application, guild = await interaction.client.db.read(
        application_views.load_with_settings, application_id
    )
    reader = readers_of_message(interaction, guild)
    with speaking(reader.locale):
        line = headline(application)
        card, actions = review_card(application, guild, reader)
    await edit_card(interaction, line, card=card, actions=actions)
    return application


class DecisionForm(Form):
    """The reason of a rejection or of requested changes, for the applicant."""

    def __init__(
        self, application: ApplicationView, decision: Decision, draft: str | None = None
    ) -> None:
        requests_changes = decision is Decision.CHANGES_REQUESTED
        super().__init__(
            title=pgettext("button", "Ask for changes")
            if requests_changes
            else pgettext("button", "Reject")
        )
        self.application, self.decision = application, decision
        self.draft_flow = f"{'ask' if requests_changes else 'reject'}-{application.id}"
        self.reason = self.add_text_area(
            "reason",
            _("What should change?") if requests_changes else _("Reason"),
            _("{name} will read it", name=first_name(application.applicant_name)),
            max_length=application_review.MAX_NOTE_LENGTH,
            default=draft,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        application_id = self.application.id
        try:
            await interaction.client.db.run(
                application_review.decide,
                actor_of(interaction),
                application_id,
                self.decision,
                self.reason.value,
                version=self.application.version,
            )
        except AlreadyDecided as error:
            await _refresh_card(interaction, application_id)
            await send_ephemeral(interaction, sentence(error, reader_of(interaction)))
        except TermsChanged as error:
            # The form opens again for the new text, which the card shows now.
            self.application = await _refresh_card(interaction, application_id)
            await send_ephemeral(
                interaction,
                sentence(error, reader_of(interaction)),
                actions=self.keep(interaction, error),
            )
        else:
            await _refresh_card(interaction, application_id)

    def reopened(self) -> DecisionForm:
        return DecisionForm(self.application, self.decision, self.reason.value)


class DecisionButton(PersistentButton, template="unused"):
    """A decision on the text that the card shows.

    Its custom id carries the version of that text, None on cards of earlier versions of the bot. If
    the text is another one now, the card shows it, and nothing else happens.
    """

    word: ClassVar[str]
    colour: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary

    def __init__(self, application_id: int, version: int | None = None) -> None:
        self.application_id, self.version = application_id, version
        seen = "" if version is None else f"{version}:"
        super().__init__(
            f"application:{application_id}:{seen}{self.word}", self.label(), self.colour
        )

    def label(self) -> str:
        """Return what is on the button."""
        raise NotImplementedError

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        version = match["version"]
        return cls(int(match["id"]), None if version is None else int(version))

    async def on_press(self, interaction: Interaction) -> None:
        try:
            # No text has version 0.
            await self.decide(interaction, self.version or 0)
        except (AlreadyDecided, TermsChanged) as error:
            await _refresh_card(interaction, self.application_id)
            await send_ephemeral(interaction, sentence(error, reader_of(interaction)))

    async def decide(self, interaction: Interaction, version: int) -> None:
        """Decide, or ask for the reason. Raises `AlreadyDecided`, `TermsChanged`, and others."""
        raise NotImplementedError


_TEMPLATE = r"application:(?P<id>\d{1,18})(?::(?P<version>\d{1,9}))?:"


class ApproveButton(DecisionButton, template=_TEMPLATE + "approve"):
    """Approves the application."""

    word, colour = "approve", discord.ButtonStyle.success

    def label(self) -> str:
        return pgettext("button", "Approve")

    async def decide(self, interaction: Interaction, version: int) -> None:
        await _approve(interaction, self.application_id, version)


class RejectButton(DecisionButton, template=_TEMPLATE + "reject"):
    """Opens the form for the reason of a rejection."""

    word, colour = "reject", discord.ButtonStyle.danger

    def label(self) -> str:
        return pgettext("button", "Reject")

    async def decide(self, interaction: Interaction, version: int) -> None:
        await _ask_why(interaction, self.application_id, version, Decision.REJECTED)


class RequestChangesButton(DecisionButton, template=_TEMPLATE + "ask"):
    """Opens the form for the changes that the applicant should make."""

    word = "ask"

    def label(self) -> str:
        return pgettext("button", "Ask for changes")

    async def decide(self, interaction: Interaction, version: int) -> None:
        await _ask_why(interaction, self.application_id, version, Decision.CHANGES_REQUESTED)
