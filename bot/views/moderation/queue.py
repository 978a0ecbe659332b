"""The moderation queue: disputes, applications, profile changes and grants to decide on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.components.persistent import PersistentButton, PersistentSelect
from bot.formatting import discord_timestamp, plain, relative, shortened, tags
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.moderation import review_card
from bot.views.moderation.dispute import show_dispute
from bot.views.moderation.grant_request import OpenGrantMenu, grant_request_line
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.mentors import application_review
from mentorship.mentors.application_views import ApplicationView
from mentorship.pagination import Page
from mentorship.points import grant_requests
from mentorship.points.grant_requests import GrantRequestView
from mentorship.sessions.follow_up import disputes
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import RevisionKind
from wording.lists import listed
from wording.names import tell_apart
from wording.reader import Reader
from wording.times import describe_compact
from wording.translation import _, ngettext

APPLICATIONS_ON_PAGE, OTHERS_ON_PAGE = 8, 4
"""The most applications on a page, and the most disputes and grants on the first one.

With the longest names, more might not fit into a message.
"""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """What needs a decision; only the first page has disputes and grants."""

    applications: Page[ApplicationView]
    disputes: Page[SessionView]
    grants: Page[GrantRequestView]

    @property
    def is_empty(self) -> bool:
        return not (self.applications.items or self.disputes.items or self.grants.items)


async def show_queue(interaction: Interaction, cursor: str | None = None) -> None:
    """Show a page of the queue: what waits longest first, with a menu to decide on it.

    The first page also has the open disputes, and the grants that need a second moderator.
    """
    db, actor = interaction.client.db, actor_of(interaction)
    applications = await db.read(
        application_review.list_pending, actor, cursor, APPLICATIONS_ON_PAGE
    )
    page = QueuePage(applications, Page(()), Page(()))
    if cursor is None:
        page = QueuePage(
            applications,
            await db.read(disputes.list_pending, actor, None, OTHERS_ON_PAGE),
            await db.read(grant_requests.list_pending, actor, None, OTHERS_ON_PAGE),
        )
    if page.is_empty:
        await respond(interaction, _("You're all caught up."))
        return
    guild = await db.read(guild_settings.load, actor.guild)
    member = await db.read(members.load, actor)
    card, actions = queue_card(page, guild, reader_of(interaction), member.timezone or "UTC")
    await respond(interaction, card=card, actions=actions)


def queue_card(
    page: QueuePage, guild: GuildSettings, reader: Reader, zone: str
) -> tuple[Card, ActionRows]:
    """Return the card of a page of the queue. Times in menus are in the time zone `zone`."""
    card = Card(title=_("Waiting for a decision"), accent=Accent.WAITING)
    if sessions := page.disputes.items:
        people = (person for session in sessions for person in (session.mentor, session.mentee))
        names = tell_apart({person.user_id: person.name for person in people})
        lines = (_format_dispute(session, names) for session in sessions)
        _add_section(card, _("Disputes"), lines, page.disputes)
        card.add_actions(OpenDisputeMenu.of(sessions, zone, reader))
    if applications := page.applications.items:
        names = tell_apart({each.applicant_id: each.applicant_name for each in applications})
        lines = (_format_application(each, names) for each in applications)
        _add_section(card, _("Applications and profile changes"), lines)
        card.add_actions(OpenApplicationMenu.of(applications, names))
    if requests := page.grants.items:
        lines = (grant_request_line(request, guild, reader) for request in requests)
        _add_section(card, _("Grants that need a second moderator"), lines, page.grants)
        card.add_actions(OpenGrantMenu.of(requests, reader))
    buttons = []
    if page.applications.previous:
        buttons.append(QueuePageButton(page.applications.previous, _("Earlier applications")))
    if page.applications.next:
        buttons.append(QueuePageButton(page.applications.next, _("More applications")))
    return card, action_rows(*buttons)


def _add_section(
    card: Card, title: str, lines: Iterable[str], page: Page[Any] | None = None
) -> None:
    """Add a part of the queue.

    Without buttons for its other `page`s, those follow once these are decided.
    """
    rest = (f"-# {_oldest()}",) if page and page.next else ()
    card.add_text("\n".join((f"**{title}**", *lines, *rest)))


def _oldest() -> str:
    # Translators: about the disputes, or the grants of points, in a list
    return ngettext(
        "The oldest {count}. More are waiting.",
        "The oldest {count}. More are waiting.",
        OTHERS_ON_PAGE,
    )


def _format_dispute(session: SessionView, names: Mapping[int, str]) -> str:
    """Return the line of a dispute."""
    mentor, mentee = (plain(names[each.user_id]) for each in (session.mentor, session.mentee))
    time = discord_timestamp(session.starts_at)
    if session.next_at is None:
        # Translators: a disputed session in a list
        line = _("{mentor} and {mentee}, {time}", mentor=mentor, mentee=mentee, time=time)
    else:
        # Translators: a disputed session in a list; {closes} is "in 3 days"
        line = _(
            "{mentor} and {mentee}, {time}, closes automatically {closes}",
            mentor=mentor,
            mentee=mentee,
            time=time,
            closes=relative(session.next_at),
        )
    return f"• {line}"


def _format_application(application: ApplicationView, names: Mapping[int, str]) -> str:
    """Return the line of an application."""
    if application.message_id is not None:
        url = (
            f"https://discord.com/channels/{application.guild_id}/"
            f"{application.channel_id}/{application.message_id}"
        )
        # Translators: a link to the message with the card of an application
        link = _("[card]({url})", url=url)
    else:
        link = _("no card yet")
    name, time = plain(names[application.applicant_id]), relative(application.submitted_at)
    line = (
        _("{name}: a profile change, sent {time}", name=name, time=time)
        if application.kind == RevisionKind.CHANGE
        else _("{name}: an application, sent {time}", name=name, time=time)
    )
    return f"• {line} ({link})"


def _describe(application: ApplicationView) -> str:
    """Return what an application is, and for which expertise."""
    expertise = tags(application.expertise)
    if application.kind == RevisionKind.CHANGE:
        return _("a profile change: {expertise}", expertise=expertise)
    return _("an application: {expertise}", expertise=expertise)


class OpenApplicationMenu(PersistentSelect, template=r"queue:look"):
    """Shows the review card of a pending application.

    So moderators can decide anywhere, even if the bot can't write to the review channel.
    """

    def __init__(self, options: list[discord.SelectOption] | None = None) -> None:
        super().__init__("queue:look", _("Review an application"), options)

    @classmethod
    def of(cls, applications: Sequence[ApplicationView], names: Mapping[int, str]) -> Self:
        return cls(
            [
                discord.SelectOption(
                    label=shortened(names[application.applicant_id], 100),
                    value=str(application.id),
                    description=shortened(_describe(application), 100),
                )
                for application in applications
            ]
        )

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        await review_card.show_application(interaction, int(values[0]))


class OpenDisputeMenu(PersistentSelect, template=r"queue:disputes"):
    """Shows the card of an open dispute from the moderation queue."""

    def __init__(self, options: list[discord.SelectOption] | None = None) -> None:
        super().__init__("queue:disputes", _("Review a dispute"), options)

    @classmethod
    def of(cls, sessions: Sequence[SessionView], zone: str, reader: Reader) -> Self:
        """Return the menu of the sessions, with their starts in the time zone `zone`."""
        return cls(
            [
                discord.SelectOption(
                    label=shortened(
                        listed((session.mentor.name, session.mentee.name), reader), 100
                    ),
                    value=str(session.id),
                    description=shortened(
                        " · ".join(
                            filter(
                                None,
                                (describe_compact(session.starts_at, zone, reader), session.topic),
                            )
                        ),
                        100,
                    ),
                )
                for session in sessions
            ]
        )

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        await show_dispute(interaction, int(values[0]))


class QueuePageButton(PersistentButton, template=r"queue:page:(?P<cursor>[0-9a-z.]{1,56})"):
    """Shows another page of the queue."""

    def __init__(self, cursor: str, label: str = "") -> None:
        self.cursor = cursor
        super().__init__(f"queue:page:{cursor}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["cursor"])

    async def on_press(self, interaction: Interaction) -> None:
        await show_queue(interaction, self.cursor)
