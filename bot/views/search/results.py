"""The results of a search: mentors with their next slots, page by page."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept
from bot.components.persistent import PersistentButton
from bot.formatting import avatar_url, discord_timestamp, plain, rating_of_people, shortened, tags
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.booking.items import StepButton
from bot.views.booking.steps import BookingStep, Selection
from bot.views.members.timezone import with_timezone
from bot.views.offers.asking import AskForHelpButton
from bot.views.search.items import (
    RESULTS,
    RESULTS_ON_PAGE,
    AllMentorsButton,
    BookSearchResultButton,
    ResultsPageButton,
    SortMenu,
)
from bot.views.search.unmet import count_unmet
from bot.views.slot_alerts.items import AskForSlotButton
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.mentors import own_profile
from mentorship.search.query import Filter, SearchQuery, Sort
from mentorship.search.search import FilterSuggestion, SearchPage, SearchResult, search
from mentorship.sessions.offers.request_views import PartOfDay
from mentorship.statuses import ProfileStatus
from mentorship.time import parts_of_day, timezones
from mentorship.time.intervals import Span
from mentorship.time.natural_time import parser
from wording.cldr import format_decimal, format_number
from wording.durations import session_length
from wording.mentoring.track_record import usual_answer
from wording.points import format_points, hourly_rate_in_label
from wording.reader import Reader
from wording.times import date_range, describe_compact
from wording.translation import N_, _, ngettext, pgettext

_REMOVALS = {
    # Translators: these five are buttons that search again without one of the filters.
    Filter.EXPERTISE: N_("Remove expertise"),
    Filter.TEXT: N_("Remove words in the bio"),
    Filter.MIN_RATING: N_("Remove lowest rating"),
    Filter.MAX_RATE: N_("Remove highest price"),
    Filter.FREE: N_("Remove time"),
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
    query = SearchQuery(expertise, text, min_rating, max_rate, sort=sort, size=RESULTS_ON_PAGE)

    async def step(interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        span = None
        if free is not None:
            zone = (await db.read(members.load, actor)).require_timezone()
            span = parser.parse_span(free, zone=zone, now=db.now(), locale=actor.language)
            if span.start == span.end:
                # Somebody who types `tue 3pm` can probably start a little later too.
                span = Span(span.start, span.start + timedelta(hours=1))
        complete = replace(query, free=span)
        if not await _show_page(interaction, complete, 1) and complete.filters:
            await count_unmet(interaction, actor, expertise)

    await with_timezone(interaction, step)


async def show_page(interaction: Interaction, query: SearchQuery, number: int) -> None:
    """Show a page of the results in place of the previous one."""
    await _show_page(interaction, query, number)


async def _show_page(interaction: Interaction, query: SearchQuery, number: int) -> bool:
    """Show a page of the results; returns whether the search finds anybody."""
    db, actor = interaction.client.db, actor_of(interaction)
    page = await db.read(search, actor, query)
    guild = await db.read(guild_settings.load, actor.guild)
    zone = (await db.read(members.load, actor)).timezone
    reader = replace(reader_of(interaction), timezone=zone)
    if not page.results and page.previous is None and page.next is None:
        await _show_nobody(interaction, query, page.suggestions, guild, reader)
        return False
    is_paged = page.previous is not None or page.next is not None
    page_number = format_number(number, reader.formats)
    # Translators: the title of search results.
    title = _("Mentors, page {number}", number=page_number) if is_paged else _("Mentors")
    card = _heading(query, guild, reader, title)
    if query.filters:
        card.add_actions(*_filter_buttons(query, guild, reader))
    if not page.results:
        card.add_text(_("Nobody on this page matches. There may be more on the next."))
    for result in page.results:
        card.add_divider()
        _add_result(card, result, guild, reader, query)
    if is_paged or len(page.results) > 1:
        card.add_actions(SortMenu.new(interaction, query))
    card.add_actions(*_page_buttons(query, page, number))
    if query.sort is Sort.RATING and len(page.results) > 1:
        card.add_note(
            _(
                "The fewer ratings a mentor has, the closer they rank to the average. "
                "Missed requests and sessions count a little, too."
            )
        )
    await respond(interaction, card=card)
    return True


def _filter_buttons(
    query: SearchQuery, guild: GuildSettings, reader: Reader
) -> list[PersistentButton]:
    """Return a button for each filter, which removes it."""
    values = {
        Filter.EXPERTISE: query.expertise,
        Filter.TEXT: query.text,
        Filter.MIN_RATING: f"★ {_decimal(query.min_rating or 0, reader)}",
        Filter.MAX_RATE: hourly_rate_in_label(query.max_rate or 0, guild, reader),
    }
    labels = {
        # Translators: {filter} is what was searched for, such as "Python", "★ 4.5" or "🪙 60/h".
        each: _("Remove {filter}", filter=values[each]) if each in values else _(_REMOVALS[each])
        for each in query.filters
    }
    return [
        ResultsPageButton(query.without(each), 1, shortened(label, 80), each)
        for each, label in labels.items()
    ]


def _page_buttons(query: SearchQuery, page: SearchPage, number: int) -> list[PersistentButton]:
    return [
        ResultsPageButton(replace(query, cursor=cursor), page_number, label)
        for cursor, page_number, label in (
            (page.previous, max(number - 1, 1), pgettext("button: page of a list", "Previous")),
            (page.next, number + 1, pgettext("button: page of a list", "Next")),
        )
        if cursor is not None
    ]


def _heading(query: SearchQuery, guild: GuildSettings, reader: Reader, title: str) -> Card:
    """Return the query in words. Its text fields are read again for other pages."""
    card = Card(title)
    if query.expertise:
        card.add_kept(Kept.EXPERTISE, _("Expertise"), query.expertise)
    if query.text:
        card.add_kept(Kept.WORDS, _("Words in the bio"), query.text)
    if query.min_rating is not None:
        rating = _decimal(query.min_rating, reader)
        # Translators: the lowest rating that was searched for, such as "★ 4.5 and up".
        card.add_fact(_("Rating"), _("★ {rating} and up", rating=rating))
    if query.max_rate is not None:
        most = format_points(query.max_rate, guild, reader)
        # Translators: a price, such as "up to 🪙 60 an hour".
        price = _("up to {price} an hour", price=most)
        free = pgettext("a price", "free")
        card.add_fact(_("Price"), price if query.max_rate else free)
    if query.free is not None:
        card.add_fact(pgettext("when a mentor has time", "Free"), _span(query.free, reader))
    return card


def _span(free: Span, reader: Reader) -> str:
    """Return a searched time; whole days on the reader's clock are dates."""
    if reader.timezone is not None:
        first, end = (timezones.to_local(each, reader.timezone) for each in (free.start, free.end))
        if first.time() == end.time() == time(0) and free.start < free.end:
            return date_range(first.date(), (end - timedelta(days=1)).date(), reader)
    is_short = free.end - free.start < timedelta(hours=20)
    end_text = discord_timestamp(free.end, "t" if is_short else "F")
    return f"{discord_timestamp(free.start)} – {end_text}"


def _add_result(
    card: Card,
    result: SearchResult,
    guild: GuildSettings,
    reader: Reader,
    query: SearchQuery,
) -> None:
    """Add a mentor and their next slots, which lead to the confirmation card.

    Text on buttons can't hold Discord's timestamps. So somebody without a time zone gets a button
    that asks for it first.
    """
    mentor = result.mentor
    price = format_points(mentor.hourly_rate, guild, reader)
    free = pgettext("a price", "free")
    # Translators: a price for an hour.
    rate = _("{points}/h", points=price) if mentor.hourly_rate else free
    bio = shortened(" ".join(mentor.bio.split()), BIO_LENGTH)
    stars = rating_of_people(mentor.rating, mentor.rating_count)
    lines = [
        f"### {plain(mentor.name)}",
        f"{stars} · {rate} · {session_length(result.minutes, reader)}",
        f"**{plain(tags(mentor.expertise))}**",
        plain(bio),
    ]
    if mentor.track_record.answer_hours is not None:
        lines.append(f"-# {usual_answer(mentor.track_record.answer_hours, reader)}")
    if not result.slots:
        lines.append("-# " + _("No open slots in the next two weeks"))
    card.add_section("\n".join(lines), ui.Thumbnail(avatar_url(mentor.user_id, mentor.avatar)))
    zone = reader.timezone
    if not result.slots:
        card.add_actions(AskForSlotButton(guild.id, mentor.user_id))
    elif zone is None:
        start = query.free.start if query.free else None
        card.add_actions(BookSearchResultButton(mentor.user_id, start, mentor.name))
    else:
        card.add_actions(
            *(
                StepButton(
                    BookingStep.CARD,
                    Selection(guild.id, None, mentor.user_id, result.minutes, start),
                    describe_compact(start, zone, reader),
                )
                for start in result.slots
            )
        )


async def _show_nobody(
    interaction: Interaction,
    query: SearchQuery,
    suggestions: tuple[FilterSuggestion, ...],
    guild: GuildSettings,
    reader: Reader,
) -> None:
    """Say that nobody was found, with a button for each filter whose removal helps."""
    card = _heading(query, guild, reader, _("No mentors found"))
    card.accent = Accent.WAITING
    helpful = [suggestion for suggestion in suggestions if suggestion.mentors]
    actions: list[PersistentButton] = [
        ResultsPageButton(
            query.without(suggestion.without), 1, _without(suggestion), suggestion.without
        )
        for suggestion in helpful
    ]
    if helpful:
        card.text = (
            _("No mentor matches this filter.")
            if len(query.filters) == 1
            else _("No mentor matches all of these filters. Try removing one:")
        )
    elif len(query.filters) < 2:
        # Without its only filter the search finds nobody either.
        actor = actor_of(interaction)
        own = await interaction.client.db.read(own_profile.find, actor.guild, actor.user_id)
        if own is not None and own.status == ProfileStatus.APPROVED:
            card.text = _("You're the only mentor in this server so far.")
        else:
            card.text = _("Nobody mentors here yet. To be the first, use `/mentor apply`.")
    else:
        card.text = _("No mentor matches, even without one of these filters.")
        actions.append(AllMentorsButton(query.sort))
    # Where nobody mentors at all, nobody could answer.
    if query.expertise or helpful:
        actions.append(AskForHelpButton(_parts_of_day(query.free, reader)))
    await respond(interaction, card=card, actions=action_rows(*actions))


def _parts_of_day(free: Span | None, reader: Reader) -> tuple[PartOfDay, ...]:
    """Return the part of the day, on the reader's clock, that a searched time is within."""
    if free is None or reader.timezone is None or free.end - free.start > timedelta(hours=12):
        return ()
    last = max(free.start, free.end - timedelta(seconds=1))
    parts = {
        parts_of_day.part_of(timezones.to_local(each, reader.timezone))
        for each in (free.start, last)
    }
    (part,) = parts if len(parts) == 1 else (None,)
    return () if part is None else (PartOfDay(part.value),)


def _decimal(number: float, reader: Reader) -> str:
    """Write a rating with the digits that were typed: `4`, `4.5`."""
    digits = len(f"{number:g}".partition(".")[2])
    return format_decimal(number, digits, reader.formats)


def _people(suggestion: FilterSuggestion) -> str:
    count = suggestion.mentors
    if suggestion.or_more:
        # Translators: at least so many.
        return ngettext("{count}+ mentor", "{count}+ mentors", count)
    return ngettext("{count} mentor", "{count} mentors", count)


def _without(suggestion: FilterSuggestion) -> str:
    removal, people = _(_REMOVALS[suggestion.without]), _people(suggestion)
    # Translators: a button, such as "Remove lowest rating (3 mentors)", who would then be found.
    return shortened(_("{removal} ({people})", removal=removal, people=people), 80)


RESULTS.register(show_page)
