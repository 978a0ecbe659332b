"""A person's sessions: pages of them, and each with what can be done to it now."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

import discord

from bot.actors import actor_of
from bot.components.persistent import (
    PersistentButton,
    PersistentSelect,
    cache_buster,
    persistent_view,
)
from bot.formatting import discord_timestamp, plain, relative, shortened, stars, unplain
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.sessions.rating import RateButton, ReplyButton, add_review
from bot.views.sessions.session_actions import session_view
from bot.views.sessions.session_card import (
    SPLIT_STATUSES,
    add_points_shares,
    format_status,
    status_card,
)
from mentorship.guilds import guild_settings
from mentorship.members import members
from mentorship.pagination import Page
from mentorship.sessions import points_history, reviews, session_views
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import (
    PAST_SESSIONS,
    UPCOMING_SESSIONS,
    SessionFilter,
    SessionView,
)
from mentorship.statuses import SessionStatus
from wording import times
from wording.reader import ENGLISH

PAGE_SIZE = 8
"""Sessions on a page: more would be cut off on a phone."""

_LISTS = {
    "u": ("Upcoming", "What is to come, and what waits for you"),
    "p": ("Past", "What is over, the latest first"),
}
_PARTS = {
    "b": ("As mentor and as mentee", None),
    "r": ("As mentor", Party.MENTOR),
    "e": ("As mentee", Party.MENTEE),
}


@dataclass(frozen=True, slots=True)
class ListPosition:
    """Which page of which list: what the buttons below it carry."""

    when: str = "u"
    part: str = "b"
    cursor: str = ""

    @property
    def which(self) -> SessionFilter:
        return replace(
            UPCOMING_SESSIONS if self.when == "u" else PAST_SESSIONS, part=_PARTS[self.part][1]
        )

    @property
    def text(self) -> str:
        return f"{self.when}{self.part}:{self.cursor}"

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        return cls(match["when"], match["part"], match["cursor"])


POSITION_PATTERN = r"(?P<when>[up])(?P<part>[bre]):(?P<cursor>[0-9a-z.]{0,56})"


async def show_list(interaction: Interaction, shown: ListPosition) -> None:
    """A page of the person's sessions, with menus to look closer and to look elsewhere."""
    db = interaction.client.db
    actor = actor_of(interaction)
    page = await db.read(
        session_views.list_page, actor, shown.which, shown.cursor or None, PAGE_SIZE
    )
    zone = await db.read(members.load_timezone, actor, "UTC")
    items: list[discord.ui.Item[Any]] = []
    if page.items:
        menu = OpenSessionMenu(shown, cache_buster(interaction))
        menu.fill(page, actor.user_id, zone, db.now())
        items.append(menu)
    items.append(ListFilterMenu.of(shown, cache_buster(interaction)))
    if page.previous:
        items.append(ListPageButton(replace(shown, cursor=page.previous), "Earlier page", 0))
    if page.next:
        items.append(ListPageButton(replace(shown, cursor=page.next), "Next page", 1))
    await respond(
        interaction,
        embed=_list_card(page, shown, actor.user_id, db.now()),
        view=persistent_view(*items),
    )


def _list_card(
    page: Page[SessionView], shown: ListPosition, reader_id: int, now: datetime
) -> discord.Embed:
    part = "" if shown.part == "b" else f", {_PARTS[shown.part][0].lower()}"
    embed = discord.Embed(
        title=f"Your sessions: {_LISTS[shown.when][0].lower()}{part}",
        colour=discord.Colour.blurple(),
    )
    if page.items:
        embed.description = "\n".join(_line(session, reader_id, now) for session in page.items)
        embed.set_footer(text="Choose one below to see all of it and what you can do.")
    elif shown.when == "p":
        embed.description = "Nothing is over yet."
    elif shown.part == "r":
        embed.description = (
            "Nobody has booked you for a time to come. Are your hours right? `/mentor hours`"
        )
    else:
        embed.description = "Nothing at the moment. Book a session with `/book`."
    return embed


def _line(session: SessionView, reader_id: int, now: datetime) -> str:
    mentoring = session.party(reader_id) is Party.MENTOR
    rated = f" {stars(session.stars)}" if session.stars is not None else ""
    waits = ", another time is asked for" if session.proposal is not None else ""
    return (
        f"{'You mentor ' if mentoring else ''}**{plain(session.other(reader_id).name)}**, "
        f"{session.minutes} minutes, {format_status(session, reader_id, now)}{waits}{rated}\n"
        f"\u2003{discord_timestamp(session.starts_at, 'f')} ({relative(session.starts_at)})"
    )


async def show_session(
    interaction: Interaction, session_id: int, back: ListPosition | None = None
) -> None:
    """A session with exactly the acts that are open to the person now."""
    db = interaction.client.db
    actor = actor_of(interaction)
    session = await db.read(session_views.load_for_participant, actor, session_id)
    guild = await db.read(guild_settings.load, session.guild_id)
    line, embed = status_card(session, actor.user_id, guild, db.now())
    if session.status in SPLIT_STATUSES:
        of = await db.read(points_history.shares, session.id)
        add_points_shares(embed, session, actor.user_id, guild, of)
    more: list[PersistentButton] = []
    if session.status is SessionStatus.COMPLETED and session.mentee.user_id == actor.user_id:
        more.append(RateButton(session.id))
    review = None
    if session.status is SessionStatus.COMPLETED:
        review = await db.read(reviews.of_session, session.id)
    if review is not None and not review.hidden:
        add_review(embed, review)
        if session.mentor.user_id == actor.user_id and review.can_be_replied_to:
            more.append(ReplyButton(session.id))
    if back is not None:
        more.append(_back_to(back))
    view = session_view(session, actor.user_id, db.now(), *more)
    await respond(interaction, line, embed=embed, view=view)


def _back_to(shown: ListPosition) -> ListPageButton:
    return ListPageButton(shown, "Back to the list", 2)


def back_to_list(interaction: Interaction) -> list[PersistentButton]:
    """The button to the list from which the card that was pressed came, if it came from one."""
    rows = interaction.message.components if interaction.message is not None else []
    ids = [
        item.custom_id
        for one in rows
        if isinstance(one, discord.ActionRow)
        for item in one.children
        if isinstance(item, discord.Button) and item.custom_id is not None
    ]
    found = (re.fullmatch(rf"sessions:page:{POSITION_PATTERN}:2", custom_id) for custom_id in ids)
    return [_back_to(ListPosition.read(match)) for match in found if match is not None]


class OpenSessionMenu(
    PersistentSelect, template=rf"sessions:open:{POSITION_PATTERN}:(?P<fresh>\d{{1,2}})"
):
    """Looks closer at one of those on the page."""

    def __init__(self, shown: ListPosition, fresh: int) -> None:
        self.shown = shown
        super().__init__(f"sessions:open:{shown.text}:{fresh}", "Look closer at one of them")

    def fill(self, page: Page[SessionView], reader_id: int, zone: str, now: datetime) -> None:
        """Put the sessions of a page into it, with their times on the clock of `zone`."""
        self.item.options = [
            discord.SelectOption(
                label=shortened(session.other(reader_id).name, 100),
                value=str(session.id),
                description=shortened(
                    f"{times.describe_compact(session.starts_at, zone, ENGLISH)}, "
                    f"{unplain(format_status(session, reader_id, now))}",
                    100,
                ),
            )
            for session in page.items
        ]

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(ListPosition.read(match), int(match["fresh"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        await show_session(interaction, int(value), self.shown)


class ListFilterMenu(PersistentSelect, template=r"sessions:filter:(?P<fresh>\d{1,2})"):
    """What comes or what was, in which part."""

    def __init__(self, fresh: int) -> None:
        super().__init__(f"sessions:filter:{fresh}", "Show others")

    @classmethod
    def of(cls, shown: ListPosition, fresh: int) -> Self:
        menu = cls(fresh)
        menu.item.options = [
            discord.SelectOption(
                label=f"{name}, {part.lower()}" if key != "b" else name,
                value=f"{when}{key}",
                description=about if key == "b" else None,
                default=(when, key) == (shown.when, shown.part),
            )
            for when, (name, about) in _LISTS.items()
            for key, (part, _) in _PARTS.items()
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["fresh"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        when, part = values[0][0], values[0][1]
        await show_list(interaction, ListPosition(when, part))


class ListPageButton(
    PersistentButton, template=rf"sessions:page:{POSITION_PATTERN}:(?P<number>\d)"
):
    """Shows a page; `number` tells the buttons of one message apart."""

    def __init__(self, shown: ListPosition, label: str = "…", number: int = 0) -> None:
        self.shown = shown
        super().__init__(f"sessions:page:{shown.text}:{number}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(ListPosition.read(match))

    async def on_press(self, interaction: Interaction) -> None:
        await show_list(interaction, self.shown)
