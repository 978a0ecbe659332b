"""The moderation queue: applications, profile changes and large grants that need a decision."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord

from bot.actors import actor_of
from bot.components.cards import action_rows
from bot.components.persistent import PersistentButton, PersistentSelect
from bot.formatting import relative, shortened, tags
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.moderation import review_card
from bot.views.moderation.grant_request import OpenGrantMenu, grant_request_line
from mentorship.guilds import guild_settings
from mentorship.mentors import application_review
from mentorship.mentors.application_views import ApplicationView
from mentorship.points import grant_requests
from mentorship.statuses import RevisionKind

QUEUE_PAGE_SIZE = 10
"""Applications on a page of the queue."""


async def show_queue(interaction: Interaction, cursor: str | None = None) -> None:
    """Show a page of the queue, the longest waiting first, with links to the review cards.

    The first page also has the grants that need a second moderator.
    """
    db, actor = interaction.client.db, actor_of(interaction)
    page = await db.read(application_review.list_pending, actor, cursor, QUEUE_PAGE_SIZE)
    lines: list[str] = []
    items: list[discord.ui.Item[Any]] = []
    if page.items:
        lines += ["**Waiting for a decision**, the longest first"]
        lines += map(_format_application, page.items)
        items.append(OpenApplicationMenu.of(page.items))
    if cursor is None:
        grants = await db.read(grant_requests.list_pending, actor, None, QUEUE_PAGE_SIZE)
        if grants.items:
            guild = await db.read(guild_settings.load, actor.guild)
            lines += ["**Grants that need a second moderator**"]
            lines += [grant_request_line(request, guild) for request in grants.items]
            items.append(OpenGrantMenu.of(grants.items))
    if not items:
        await respond(interaction, "You're all caught up.")
        return
    if page.previous:
        items.append(QueuePageButton(page.previous, "Earlier page"))
    if page.next:
        items.append(QueuePageButton(page.next, "Next page"))
    await respond(interaction, "\n".join(lines), actions=action_rows(*items))


def _format_application(application: ApplicationView) -> str:
    """Return the line of an application."""
    link = (
        f"[to the card](https://discord.com/channels/{application.guild_id}/"
        f"{application.channel_id}/{application.message_id})"
        if application.message_id is not None
        else "no card yet"
    )
    submitted = relative(application.submitted_at)
    return f"• <@{application.applicant_id}>: {_noun(application)}, sent {submitted}, {link}"


def _noun(application: ApplicationView) -> str:
    return "a new profile text" if application.kind == RevisionKind.CHANGE else "an application"


class OpenApplicationMenu(PersistentSelect, template=r"queue:look"):
    """Shows the review card of a pending application.

    So moderators can decide anywhere, even if the bot can't write to the review channel.
    """

    def __init__(self, options: list[discord.SelectOption] | None = None) -> None:
        super().__init__("queue:look", "Look at one, and decide", options)

    @classmethod
    def of(cls, applications: Sequence[ApplicationView]) -> Self:
        return cls(
            [
                discord.SelectOption(
                    label=shortened(application.applicant_name, 100),
                    value=str(application.id),
                    description=shortened(
                        f"{_noun(application)}: {tags(application.expertise)}", 100
                    ),
                )
                for application in applications
            ]
        )

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        await review_card.show_application(interaction, int(values[0]))


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
