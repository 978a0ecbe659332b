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
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept, kept_text
from bot.components.persistent import PersistentButton
from bot.formatting import discord_timestamp, moment, plain, rating, shortened, tags
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
from wording.points import format_points
from wording.reader import ENGLISH

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
    query = SearchQuery(expertise, text, min_rating, max_rate, sort=sort)

    async def step(interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        span = None
        if free is not None:
            zone = (await db.read(members.load, actor)).require_timezone()
            span = parser.parse_span(free, zone=zone, now=db.now(), locale=actor.language)
            if span.start == span.end:
                # Somebody who types `tue 3pm` can probably start a little later too.
                span = Span(span.start, span.start + timedelta(hours=1))
        await show_page(interaction, replace(query, free=span), 1)

    await with_timezone(interaction, step)


async def show_page(interaction: Interaction, query: SearchQuery, number: int) -> None:
    """Show a page of the results in place of the previous one."""
    db, actor = interaction.client.db, actor_of(interaction)
    page = await db.read(search, actor, query)
    guild = await db.read(guild_settings.load, actor.guild)
    if not page.results and page.previous is None and page.next is None:
        await _show_nobody(interaction, query, page.suggestions, guild)
        return
    cards = [_card(result, guild) for result in page.results]
    buttons: list[PersistentButton] = [
        BookSearchResultButton(
            result.mentor.user_id, query.free.start if query.free else None, result.mentor.name
        )
        for result in page.results
        if result.slots
    ]
    for cursor, page_number, label in (
        (page.previous, max(number - 1, 1), "Previous"),
        (page.next, number + 1, "Next"),
    ):
        if cursor is not None:
            page_button = ResultsPageButton(replace(query, cursor=cursor), page_number, label)
            page_button.item.row = 1
            buttons.append(page_button)
    heading = _heading(query, guild)
    heading.title = "Mentors" if query.filters else "Mentors of this server"
    if not page.results:
        heading.text = "Nobody among those that I looked at here. There may be more."
    if page.previous is not None or page.next is not None:
        heading.add_note(f"Page {number}")
    await respond(interaction, cards=[heading, *cards], actions=action_rows(*buttons))


def _heading(query: SearchQuery, guild: GuildSettings) -> Card:
    """Return the query in words. Its text fields are read again for other pages."""
    card = Card(accent=Accent.NEUTRAL)
    if query.expertise:
        card.add_kept(Kept.EXPERTISE, "Expertise", query.expertise)
    if query.text:
        card.add_kept(Kept.WORDS, "Words in the bio", query.text)
    if query.min_rating is not None:
        card.add_fact("Rating", f"★ {query.min_rating:g} and up")
    if query.max_rate is not None:
        card.add_fact("An hour", f"up to {format_points(query.max_rate, guild, ENGLISH)}")
    if query.free is not None:
        start, end = query.free.start, query.free.end
        until = discord_timestamp(end, "t" if end - start < timedelta(hours=20) else "f")
        card.add_fact("Free", f"{discord_timestamp(start, 'f')} – {until}")
    return card


def _card(result: SearchResult, guild: GuildSettings) -> Card:
    mentor = result.mentor
    rate = (
        f"{format_points(mentor.hourly_rate, guild, ENGLISH)} an hour"
        if mentor.hourly_rate
        else "free"
    )
    bio = shortened(" ".join(mentor.bio.split()), BIO_LENGTH)
    card = Card(
        title=plain(mentor.name),
        text=f"{rating(mentor.rating, mentor.rating_count)} · {rate}\n"
        f"**{plain(tags(mentor.expertise))}**\n{plain(bio)}",
    )
    slots = "\n".join(f"• {moment(start)}" for start in result.slots)
    card.add_fact(
        f"Next open times, {result.minutes} minutes", slots or "None in the next two weeks."
    )
    return card


async def _show_nobody(
    interaction: Interaction,
    query: SearchQuery,
    suggestions: tuple[FilterSuggestion, ...],
    guild: GuildSettings,
) -> None:
    if not suggestions:
        await respond(
            interaction,
            "Nobody mentors in this server yet. If you could, apply with `/mentor apply`.",
        )
        return
    card = _heading(query, guild)
    card.title = "Nothing found"
    card.accent = Accent.WAITING
    helpful = [suggestion for suggestion in suggestions if suggestion.mentors]
    if helpful:
        lines = [
            f"• Without {_FILTER_NAMES[suggestion.without]}: {_people(suggestion)}"
            for suggestion in helpful
        ]
        card.text = "Nobody answers to all of this. Loosen one:\n" + "\n".join(lines)
    elif len(suggestions) == 1:
        card.text = "Nobody else takes bookings in this server at the moment."
    else:
        card.text = (
            "Nobody answers to this, not even without one of these. Search again with fewer."
        )
    buttons = [
        ResultsPageButton(
            query.without(suggestion.without), 1, _without(suggestion), suggestion.without
        )
        for suggestion in helpful
    ]
    await respond(interaction, card=card, actions=action_rows(*buttons))


def _people(suggestion: FilterSuggestion) -> str:
    number = f"{suggestion.mentors}+" if suggestion.or_more else str(suggestion.mentors)
    return f"{number} mentor" + ("" if number == "1" else "s")


def _without(suggestion: FilterSuggestion) -> str:
    return f"Without {_FILTER_NAMES[suggestion.without]} ({_people(suggestion)})"


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
        self, query: SearchQuery, page: int, label: str = "…", dropped: Filter | None = None
    ) -> None:
        self.query, self.page = query, min(page, 9_999)
        # Filters other than text are in the custom id itself, and a dropped one is not there.
        self.dropped = {Filter.EXPERTISE: "e", Filter.TEXT: "t"}.get(dropped or Filter.FREE, "")
        free = query.free
        parts = (
            _SORT_LETTERS[query.sort],
            "" if query.min_rating is None else to_base36(round(query.min_rating * 100)),
            "" if query.max_rate is None else to_base36(query.max_rate),
            "" if free is None else to_base36(int(free.start.timestamp())),
            "" if free is None else to_base36(int(free.end.timestamp())),
            str(self.page),
            self.dropped,
            query.cursor or "",
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
        query = SearchQuery(
            min_rating=None if least is None else least / 100,
            max_rate=most,
            free=free,
            sort=_SORTS[match["sort"]],
            cursor=match["cursor"] or None,
        )
        page_button = cls(query, int(match["page"]))
        page_button.dropped = match["dropped"]
        return page_button

    async def on_press(self, interaction: Interaction) -> None:
        kept = kept_text(interaction.message)
        query = replace(
            self.query,
            expertise="" if self.dropped == "e" else kept.get(Kept.EXPERTISE, ""),
            text="" if self.dropped == "t" else kept.get(Kept.WORDS, ""),
        )
        await show_page(interaction, query, self.page)


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


def _instant(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
