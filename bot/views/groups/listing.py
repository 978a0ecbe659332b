"""`/session list`: the server's upcoming group sessions, page by page, with Join beside each.

A session that repeats is listed once, with its next date, and a menu leads to the others.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Card, action_rows
from bot.components.persistent import PersistentButton, PersistentSelect, cache_buster
from bot.formatting import discord_timestamp, plain, plain_title, shortened
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.groups.details import show_details
from bot.views.groups.items import DetailsButton, acknowledge
from bot.views.groups.joining import join_button
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.sessions.groups import group_lists, group_views, repeats
from mentorship.sessions.groups.group_views import GroupView
from wording import groups
from wording.durations import session_length
from wording.points import format_points
from wording.reader import Reader
from wording.times import describe_compact
from wording.translation import _, pgettext

PAGE_SIZE = 6
"""Sessions on a page. Each takes 4 of the 40 components that a message can have."""

MAX_DATES = 7
"""Dates of a session that repeats on one card. They are created about as far ahead."""

Cursor = tuple[datetime, int]
"""The start and the id of the last session of the page before."""


async def show_page(interaction: Interaction, after: Cursor | None = None) -> None:
    """Show a page of the upcoming group sessions, the soonest first."""
    db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
    guild = await db.read(guild_settings.load, actor.guild)
    found = await db.read(group_lists.list_upcoming, actor, PAGE_SIZE + 1, after)
    page = found[:PAGE_SIZE]
    zone = await db.read(members.load_timezone, actor, "UTC")
    card = Card(title=_("Upcoming group sessions"))
    for group in page:
        card.add_section(_text(group, guild, reader), _button(group, actor.user_id))
    items: list[ui.Item[Any]] = []
    if not page:
        card.text = _("No group sessions are planned. Mentors create one with `/session create`.")
    else:
        salt = cache_buster(interaction)
        items.append(DetailsMenu(salt, page, zone, reader))
        repeating = [group for group in page if group.repeat_weeks]
        if repeating:
            items.append(DatesMenu(salt, repeating))
    if after is not None:
        items.append(UpcomingPageButton(None, _("First page")))
    if len(found) > PAGE_SIZE:
        last = page[-1]
        items.append(UpcomingPageButton((last.starts_at, last.id), _("Next page")))
    await respond(interaction, card=card, actions=action_rows(*items))


async def show_dates(interaction: Interaction, group_id: int) -> None:
    """Show a session that repeats with the dates that follow."""
    db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
    group = await db.read(group_views.load_for, actor, group_id)
    guild = await db.read(guild_settings.load, group.guild_id)
    dates = (await db.read(repeats.list_following, group))[:MAX_DATES]
    zone = await db.read(members.load_timezone, actor, "UTC")
    card = Card(title=plain_title(group.title))
    for each in dates:
        card.add_section(_text(each, guild, reader), _button(each, actor.user_id))
    if not dates:
        card.text = _("No more dates are planned.")
    items: list[ui.Item[Any]] = []
    if dates:
        items.append(DetailsMenu(cache_buster(interaction), dates, zone, reader))
    items.append(UpcomingPageButton(None, _("All group sessions")))
    await respond(interaction, card=card, actions=action_rows(*items))


def _text(group: GroupView, guild: GuildSettings, reader: Reader) -> str:
    # Translators: the first line about a group session in a list; {name} hosts it
    title = _(
        "**{title}** with {name}",
        title=plain_title(group.title),
        name=plain(group.mentor.name),
    )
    # How many more times is on its card.
    repetition = groups.repetition(group.repeat_weeks, None, reader)
    price = format_points(group.price, guild, reader) if group.price else ""
    facts = (
        discord_timestamp(group.starts_at),
        repetition,
        session_length(group.minutes, reader),
        price or pgettext("a price", "free"),
    )
    lines = (
        title,
        " · ".join(fact for fact in facts if fact),
        f"{groups.seats(group, reader)} · {groups.status(group, reader)}",
    )
    return "\n".join(lines)


def _button(group: GroupView, user_id: int) -> PersistentButton:
    """Return the button beside a session: Join, or Details for its mentor and where it's closed."""
    if group.sign_up_open and user_id != group.mentor.user_id:
        return join_button(group)
    return DetailsButton(group.id)


class DetailsMenu(PersistentSelect, template=r"groups:open:(?P<salt>\d{1,2})"):
    """Opens one of the sessions on the page."""

    def __init__(
        self, salt: int, page: list[GroupView] | None = None, zone: str = "UTC", reader: Any = None
    ) -> None:
        options = [
            discord.SelectOption(
                label=shortened(groups.title(group.title), 100),
                value=str(group.id),
                description=describe_compact(group.starts_at, zone, reader),
            )
            for group in page or ()
        ]
        super().__init__(f"groups:open:{salt}", _("View a session"), options)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["salt"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        await acknowledge(interaction)
        await show_details(interaction, int(values[0]))


class DatesMenu(PersistentSelect, template=r"groups:dates:(?P<salt>\d{1,2})"):
    """Shows all dates of one of the sessions on the page that repeat."""

    def __init__(self, salt: int, repeating: list[GroupView] | None = None) -> None:
        options = [
            discord.SelectOption(
                label=shortened(groups.title(group.title), 100), value=str(group.id)
            )
            for group in repeating or ()
        ]
        super().__init__(f"groups:dates:{salt}", _("More dates of a repeating session"), options)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["salt"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        await acknowledge(interaction)
        await show_dates(interaction, int(values[0]))


class UpcomingPageButton(
    PersistentButton, template=r"groups:page:(?P<start>\d{1,11}):(?P<id>\d{1,18})"
):
    """Shows another page of the list."""

    def __init__(self, after: Cursor | None, label: str = "…") -> None:
        self.after = after
        start, group_id = (0, 0) if after is None else (int(after[0].timestamp()), after[1])
        super().__init__(f"groups:page:{start}:{group_id}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        start = int(match["start"])
        return cls((datetime.fromtimestamp(start, UTC), int(match["id"])) if start else None)

    async def on_press(self, interaction: Interaction) -> None:
        await acknowledge(interaction)
        await show_page(interaction, self.after)
