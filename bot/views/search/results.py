"""The results of a search: cards, pages, and ways to widen a search without results.

The message carries the query: numbers and times in custom ids, text in the fields of the heading.
So pages work after a restart. A forged custom id can search for nothing that could not be typed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.persistent import PersistentButton, persistent_view
from bot.formatting import discord_timestamp, moment, plain, rating, shortened, tags, unplain
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.booking import flow
from bot.views.members.timezone import with_timezone
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.pagination import to_base36
from mentorship.search.query import Filter, SearchQuery, Sort
from mentorship.search.search import FilterSuggestion, SearchResult, search
from mentorship.time.intervals import Span
from mentorship.time.natural_time import parser

_EXPERTISE, _WORDS = "Expertise", "Words in the bio"

_SORTS = {"m": Sort.RELEVANCE, "r": Sort.RATING, "p": Sort.PRICE, "s": Sort.SOONEST}
_SORT_LETTERS = {sort: letter for letter, sort in _SORTS.items()}

_FILTER_NAMES = {
    Filter.EXPERTISE: "the expertise",
    Filter.TEXT: "the words",
    Filter.MIN_RATING: "the rating",
    Filter.MAX_RATE: "the highest rate",
    Filter.FREE: "the time",
}

BIO_LENGTH = 160
"""Characters of a bio that a card shows."""


async def start_search(
    interaction: Interaction,
    *,
    expertise: str,
    text: str,
    min_rating: float | None,
    max_rate: int | None,
    free: str | None,
    sort: Sort,
) -> None:
    """Search for mentors and show the first page. `free` is a typed day or time."""
    wanted = SearchQuery(expertise, text, min_rating, max_rate, sort=sort)

    async def step(interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        span = None
        if free is not None:
            zone = (await db.read(members.load, actor)).require_timezone()
            meant = parser.parse(free, zone=zone, now=db.now(), locale=actor.language)
            span = meant.span
            if meant.exact:
                # Whoever types `tue 3pm` can probably start a little later too.
                span = Span(span.start, span.start + timedelta(hours=1))
        await show_page(interaction, replace(wanted, free=span), 1)

    await with_timezone(interaction, step)


async def show_page(interaction: Interaction, wanted: SearchQuery, number: int) -> None:
    """Show a page of the results in place of the previous one."""
    db, actor = interaction.client.db, actor_of(interaction)
    page = await db.read(search, actor, wanted)
    guild = await db.read(guild_settings.load, actor.guild)
    if not page.results and page.previous is None and page.next is None:
        await _show_nobody(interaction, wanted, page.suggestions, guild)
        return
    cards = [_card(each, guild) for each in page.results]
    buttons: list[PersistentButton] = [
        BookSearchResultButton(
            each.mentor.user_id, wanted.free.start if wanted.free else None, each.mentor.name
        )
        for each in page.results
        if each.slots
    ]
    for cursor, turned, label in (
        (page.previous, max(number - 1, 1), "Previous"),
        (page.next, number + 1, "Next"),
    ):
        if cursor is not None:
            turn = ResultsPageButton(replace(wanted, cursor=cursor), turned, label)
            turn.item.row = 1
            buttons.append(turn)
    heading = _heading(wanted, guild)
    heading.title = "Mentors" if wanted.filters else "Mentors of this server"
    if not page.results:
        heading.description = "Nobody among those that I looked at here. There may be more."
    if page.previous is not None or page.next is not None:
        heading.set_footer(text=f"Page {number}")
    await respond(interaction, embeds=[heading, *cards], view=persistent_view(*buttons))


def _heading(wanted: SearchQuery, guild: GuildSettings) -> discord.Embed:
    """Return the query in words. Its text fields are read again for other pages."""
    embed = discord.Embed(colour=discord.Colour.blurple())
    if wanted.expertise:
        embed.add_field(name=_EXPERTISE, value=plain(wanted.expertise))
    if wanted.text:
        embed.add_field(name=_WORDS, value=plain(wanted.text))
    if wanted.min_rating is not None:
        embed.add_field(name="Rating", value=f"★ {wanted.min_rating:g} and up")
    if wanted.max_rate is not None:
        embed.add_field(name="An hour", value=f"up to {guild.amount(wanted.max_rate)}")
    if wanted.free is not None:
        start, end = wanted.free.start, wanted.free.end
        until = discord_timestamp(end, "t" if end - start < timedelta(hours=20) else "f")
        embed.add_field(name="Free", value=f"{discord_timestamp(start, 'f')} – {until}")
    return embed


def _card(found: SearchResult, guild: GuildSettings) -> discord.Embed:
    mentor = found.mentor
    rate = f"{guild.amount(mentor.hourly_rate)} an hour" if mentor.hourly_rate else "free"
    bio = shortened(" ".join(mentor.bio.split()), BIO_LENGTH)
    embed = discord.Embed(
        title=plain(mentor.name),
        description=f"{rating(mentor.rating, mentor.rating_count)} · {rate}\n"
        f"**{plain(tags(mentor.expertise))}**\n{plain(bio)}",
    )
    slots = "\n".join(f"• {moment(start)}" for start in found.slots)
    embed.add_field(
        name=f"Next open times, {found.minutes} minutes",
        value=slots or "None in the next two weeks.",
        inline=False,
    )
    return embed


async def _show_nobody(
    interaction: Interaction,
    wanted: SearchQuery,
    loosened: tuple[FilterSuggestion, ...],
    guild: GuildSettings,
) -> None:
    if not loosened:
        await respond(
            interaction,
            "Nobody mentors in this server yet. If you could, apply with `/mentor apply`.",
        )
        return
    embed = _heading(wanted, guild)
    embed.title = "Nothing found"
    embed.colour = discord.Colour.orange()
    helpful = [each for each in loosened if each.mentors]
    if helpful:
        lines = [f"• Without {_FILTER_NAMES[each.without]}: {_people(each)}" for each in helpful]
        embed.description = "Nobody answers to all of this. Loosen one:\n" + "\n".join(lines)
    elif len(loosened) == 1:
        embed.description = "Nobody else takes bookings in this server at the moment."
    else:
        embed.description = (
            "Nobody answers to this, not even without one of these. Search again with fewer."
        )
    buttons = [
        ResultsPageButton(wanted.without(each.without), 1, _without(each), each.without)
        for each in helpful
    ]
    await respond(interaction, embed=embed, view=persistent_view(*buttons))


def _people(loosened: FilterSuggestion) -> str:
    number = f"{loosened.mentors}+" if loosened.or_more else str(loosened.mentors)
    return f"{number} mentor" + ("" if number == "1" else "s")


def _without(loosened: FilterSuggestion) -> str:
    return f"Without {_FILTER_NAMES[loosened.without]} ({_people(loosened)})"


class ResultsPageButton(
    PersistentButton,
    template=(
        r"search:page:(?P<sort>[mrps]):(?P<least>[0-9a-z]{0,3}):(?P<most>[0-9a-z]{0,11}):"
        r"(?P<start>[0-9a-z]{0,7}):(?P<end>[0-9a-z]{0,7}):(?P<page>\d{1,4}):"
        r"(?P<dropped>[et]?):(?P<cursor>[0-9a-z.]{0,56})"
    ),
):
    """Shows another page, or the same search without the filter `dropped`."""

    def __init__(
        self, wanted: SearchQuery, page: int, label: str = "…", dropped: Filter | None = None
    ) -> None:
        self.wanted, self.page = wanted, min(page, 9_999)
        # Filters other than text are in the custom id itself, and a dropped one is not there.
        self.dropped = {Filter.EXPERTISE: "e", Filter.TEXT: "t"}.get(dropped or Filter.FREE, "")
        free = wanted.free
        parts = (
            _SORT_LETTERS[wanted.sort],
            "" if wanted.min_rating is None else to_base36(round(wanted.min_rating * 100)),
            "" if wanted.max_rate is None else to_base36(wanted.max_rate),
            "" if free is None else to_base36(int(free.start.timestamp())),
            "" if free is None else to_base36(int(free.end.timestamp())),
            str(self.page),
            self.dropped,
            wanted.cursor or "",
        )
        super().__init__("search:page:" + ":".join(parts), label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        least, most, start, end = (
            int(match[name], 36) if match[name] else None
            for name in ("least", "most", "start", "end")
        )
        free = None
        if start is not None and end is not None:
            free = Span(_instant(start), _instant(max(start, end)))
        wanted = SearchQuery(
            min_rating=None if least is None else least / 100,
            max_rate=most,
            free=free,
            sort=_SORTS[match["sort"]],
            cursor=match["cursor"] or None,
        )
        turn = cls(wanted, int(match["page"]))
        turn.dropped = match["dropped"]
        return turn

    async def on_press(self, interaction: Interaction) -> None:
        words = _words_of(interaction)
        wanted = replace(
            self.wanted,
            expertise="" if self.dropped == "e" else words.get(_EXPERTISE, ""),
            text="" if self.dropped == "t" else words.get(_WORDS, ""),
        )
        await show_page(interaction, wanted, self.page)


class BookSearchResultButton(
    PersistentButton, template=r"search:book:(?P<mentor>\d{1,20}):(?P<start>\d{0,11})"
):
    """Starts a booking with a mentor, near the time that was searched for."""

    def __init__(self, mentor_id: int, start: datetime | None, name: str = "…") -> None:
        self.mentor_id, self.start = mentor_id, start
        super().__init__(
            f"search:book:{mentor_id}:{int(start.timestamp()) if start else ''}",
            shortened(f"Book {name}", 80),
            discord.ButtonStyle.success,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["mentor"]), _instant(int(match["start"])) if match["start"] else None)

    async def on_press(self, interaction: Interaction) -> None:
        if self.start is None:
            await flow.start_booking(
                interaction, mentor=str(self.mentor_id), when=None, minutes=None, topic=""
            )
            return
        await flow.start_booking_near(interaction, self.mentor_id, self.start)


def _words_of(interaction: Interaction) -> dict[str, str]:
    """Return the fields of the heading above the pressed button, by name."""
    embeds = interaction.message.embeds if interaction.message else []
    fields = embeds[0].fields if embeds else []
    return {field.name or "": unplain(field.value or "") for field in fields}


def _instant(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
