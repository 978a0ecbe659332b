"""`/sessions`: pages of the person's sessions, and each session with its buttons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import (
    PersistentSelect,
    cache_buster,
)
from bot.formatting import discord_timestamp, plain, plain_title, shortened, stars
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.groups.items import DETAILS_SCREEN
from bot.views.sessions.current_card import show_session
from bot.views.sessions.list_navigation import (
    POSITION_PATTERN,
    SESSION_LIST,
    ListPageButton,
    ListPosition,
)
from bot.views.sessions.status_texts import (
    format_status,
)
from mentorship.members import members
from mentorship.pagination import Page
from mentorship.sessions.groups import own_sessions
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.groups.own_sessions import Entry
from mentorship.sessions.lifecycle import Party, Unit
from mentorship.sessions.session_views import (
    SessionView,
)
from wording import groups, times
from wording.durations import session_length
from wording.names import tell_apart
from wording.offers import series
from wording.reader import Reader
from wording.translation import N_, _, isolated

PAGE_SIZE = 8
"""Sessions on a page: Discord would cut off more on a phone."""

_TITLES: Mapping[str, Mapping[str, str]] = {
    "u": {
        "b": N_("Upcoming and open sessions"),
        "r": N_("Upcoming and open sessions, as mentor"),
        "e": N_("Upcoming and open sessions, as mentee"),
    },
    "p": {
        "b": N_("Past sessions"),
        "r": N_("Past sessions, as mentor"),
        "e": N_("Past sessions, as mentee"),
    },
}
"""Titles by the list and the role, whose letters are those of `ListPosition`."""

_FILTERS: Mapping[str, Mapping[str, str]] = {
    "u": {
        # Translators: choices in a menu: which sessions to show.
        "b": N_("Upcoming and open"),
        "r": N_("Upcoming and open, as mentor"),
        "e": N_("Upcoming and open, as mentee"),
    },
    # Translators: choices in a menu: which sessions to show.
    "p": {"b": N_("Past"), "r": N_("Past, as mentor"), "e": N_("Past, as mentee")},
}
_DESCRIPTIONS = {
    "u": N_("Coming up, or waiting for an answer, a report or a decision"),
    "p": N_("Most recent first"),
}
"""What a list has, for the choice without a role."""


async def show_list(interaction: Interaction, position: ListPosition) -> None:
    """Show a page of the person's sessions, with menus to open one and to change the filter."""
    db = interaction.client.db
    actor = actor_of(interaction)
    page = await db.read(
        own_sessions.list_page, actor, position.filter, position.cursor or None, PAGE_SIZE
    )
    zone = await db.read(members.load_timezone, actor, "UTC")
    reader = reader_of(interaction)
    items: list[discord.ui.Item[Any]] = []
    if page.items:
        menu = OpenSessionMenu(position, cache_buster(interaction))
        menu.fill(page, actor.user_id, zone, reader, db.now())
        items.append(menu)
    items.append(ListFilterMenu.of(position, cache_buster(interaction)))
    if page.previous:
        items.append(ListPageButton(replace(position, cursor=page.previous), _("Earlier page"), 0))
    if page.next:
        items.append(ListPageButton(replace(position, cursor=page.next), _("Next page"), 1))
    await respond(
        interaction,
        card=list_card(page, position, actor.user_id, reader, db.now()),
        actions=action_rows(*items),
    )


def list_card(
    page: Page[Entry], position: ListPosition, reader_id: int, reader: Reader, now: datetime
) -> Card:
    """Return the card of a page of the list."""
    card = Card(title=_(_TITLES[position.when][position.role]), accent=Accent.NEUTRAL)
    if page.items:
        names = _names(page, reader_id)
        card.text = "\n".join(
            _group_line(entry, reader)
            if isinstance(entry, GroupView)
            else _line(entry, names, reader_id, reader, now)
            for entry in page.items
        )
        card.add_note(_("Choose a session below for its details and actions."))
    elif position.when == "p":
        card.text = _("No past sessions yet.")
    elif position.role == "r":
        card.text = _(
            "Nobody has booked you yet. Check when you can be booked with `/mentor hours`."
        )
    else:
        card.text = _("No upcoming sessions. Book one with `/book`.")
    return card


def _names(page: Page[Entry], reader_id: int) -> Mapping[int, str]:
    """Return what the page calls each person whom the reader meets, by user id."""
    people = (entry.other(reader_id) for entry in page.items if isinstance(entry, SessionView))
    return tell_apart({person.user_id: person.name for person in people})


def _label(session: SessionView, names: Mapping[int, str], reader_id: int) -> str:
    """Return whom the reader meets, and in which group session if it is one."""
    name = names[session.other(reader_id).user_id]
    if session.unit is Unit.SESSION:
        return name
    # Translators: {title} is the title of a group session, {name} its mentor.
    return _("{title} with {name}", title=groups.title(session.topic), name=name)


def _line(
    session: SessionView, names: Mapping[int, str], reader_id: int, reader: Reader, now: datetime
) -> str:
    name = plain(_label(session, names, reader_id))
    is_mentor = session.party(reader_id) is Party.MENTOR
    person = _("**{name}** (your mentee)", name=name) if is_mentor else f"**{isolated(name)}**"
    status = format_status(session, reader_id, now)
    if session.stars is not None:
        status = f"{status} {stars(session.stars)}"
    facts = [person, status]
    if session.proposal is not None:
        # Translators: a session's status in a list, beside "waiting for an answer" or "confirmed".
        facts.append(_("new time suggested"))
    details = [discord_timestamp(session.starts_at), session_length(session.minutes, reader)]
    if session.series_place is not None:
        details.append(series.place(session.series_place, reader))
    return f"{' · '.join(facts)}\n\u2003{' · '.join(details)}"


_GROUP_PREFIX = "g"
"""Marks the value of an option that is a group session."""


def _group_line(group: GroupView, reader: Reader) -> str:
    title = _("**{title}** (your group session)", title=plain_title(group.title))
    details = (
        discord_timestamp(group.starts_at),
        session_length(group.minutes, reader),
        groups.seats(group, reader),
    )
    return f"{title} · {groups.status(group, reader)}\n\u2003{' · '.join(details)}"


def _group_option(group: GroupView, zone: str, reader: Reader) -> discord.SelectOption:
    start = times.describe_compact(group.starts_at, zone, reader)
    return discord.SelectOption(
        label=shortened(groups.title(group.title), 100),
        value=f"{_GROUP_PREFIX}{group.id}",
        description=shortened(f"{start} · {groups.status(group, reader)}", 100),
    )


class OpenSessionMenu(
    PersistentSelect, template=rf"sessions:open:{POSITION_PATTERN}:(?P<salt>\d{{1,2}})"
):
    """Opens one of the sessions on the page."""

    def __init__(self, position: ListPosition, salt: int) -> None:
        self.position = position
        super().__init__(f"sessions:open:{position.encoded}:{salt}", _("View a session"))

    def fill(
        self, page: Page[Entry], reader_id: int, zone: str, reader: Reader, now: datetime
    ) -> None:
        """Add the sessions of a page as options, with their times in `zone`."""
        names = _names(page, reader_id)
        self.item.options = [
            _group_option(session, zone, reader)
            if isinstance(session, GroupView)
            else discord.SelectOption(
                label=shortened(_label(session, names, reader_id), 100),
                value=str(session.id),
                description=shortened(
                    f"{times.describe_compact(session.starts_at, zone, reader)} · "
                    f"{format_status(session, reader_id, now)}",
                    100,
                ),
            )
            for session in page.items
        ]

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(ListPosition.decode(match), int(match["salt"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        if value.startswith(_GROUP_PREFIX):
            await DETAILS_SCREEN.show(interaction, int(value.removeprefix(_GROUP_PREFIX)), "")
            return
        await show_session(interaction, int(value), self.position)


class ListFilterMenu(PersistentSelect, template=r"sessions:filter:(?P<salt>\d{1,2})"):
    """Shows upcoming or past sessions, in one role or both."""

    def __init__(self, salt: int) -> None:
        super().__init__(f"sessions:filter:{salt}", _("Show other sessions"))

    @classmethod
    def of(cls, position: ListPosition, salt: int) -> Self:
        menu = cls(salt)
        menu.item.options = [
            discord.SelectOption(
                label=_(label),
                value=f"{when}{role}",
                description=_(_DESCRIPTIONS[when]) if role == "b" else None,
                default=(when, role) == (position.when, position.role),
            )
            for when, labels in _FILTERS.items()
            for role, label in labels.items()
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["salt"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        when, role = values[0][0], values[0][1]
        await show_list(interaction, ListPosition(when, role))


SESSION_LIST.register(show_list)
