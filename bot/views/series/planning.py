"""Choosing the dates of a series, and booking all of them at once.

The menu that says how often the session repeats carries the plan in its custom id, so that every
step works after a restart. Nothing is reserved until the series is booked.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Self

import discord
from discord import ui

from bot.autocomplete import parse_id
from bot.components.cards import action_rows
from bot.components.persistent import PersistentButton, PersistentSelect, cache_buster
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain, shortened
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import defer, press_key, respond
from bot.views.booking.items import REPEAT_SCREEN, DismissBookingButton, StepButton
from bot.views.booking.obstacles import show_obstacle
from bot.views.booking.questions import Answers, KeptAnswers, ask
from bot.views.booking.slot_menus import parse_instant
from bot.views.booking.steps import (
    BookingStep,
    Selection,
    TypedText,
    read_typed_text,
    refresh_calendars,
    require_owner,
    selection_actor,
)
from bot.views.series.card import series_message
from bot.views.series.plan_card import plan_card
from bot.views.series.plans import PLAN_PATTERN, Plan, read_plan
from mentorship.errors import (
    AnswersNeeded,
    Field,
    InvalidField,
    MentorshipError,
    NotEnoughPoints,
    NotFound,
    PriceChanged,
    QuestionsChanged,
    SeriesUnavailable,
    Subject,
    TermsChanged,
)
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.pagination import to_base36
from mentorship.sessions.series import booking, dates, quotes
from mentorship.sessions.series.booking import SeriesBooking
from mentorship.sessions.series.quotes import SeriesDate, SeriesQuote, SeriesRequest
from mentorship.sessions.series.views import SeriesDetails
from wording import errors as error_words
from wording import times
from wording.booking import unanswered_request
from wording.names import first_name
from wording.offers import series as words
from wording.points import format_points, points_in_label
from wording.reader import Reader
from wording.translation import _, ngettext, pgettext, sentences

MAX_MENUS = 4
"""Dates that have a menu of their own: more would fill the card."""

_SKIP, _KEEP = "skip", "keep"


async def show_plan(
    interaction: Interaction, plan: Plan, typed: TypedText, note: str = "", focus: int = 0
) -> None:
    """Show the dates of a series and what booking it would book. Nothing is reserved by it.

    `focus` is the number of the date that the person wants to change. What prevents the whole
    series is shown with ways to book something else.
    """
    db, reader = interaction.client.db, reader_of(interaction)
    actor = selection_actor(interaction, plan.selection)
    try:
        quote = await db.read(quotes.quote_series, actor, plan.request(typed))
    except InvalidField as error:
        if error.field is not Field.SERIES_DATES or not plan.changes:
            raise
        # The mentor's clock has changed since a date was moved.
        await show_plan(interaction, replace(plan, changes={}), typed, sentence(error, reader))
        return
    except MentorshipError as error:
        await show_obstacle(interaction, plan.selection, typed, error)
        return
    guild = await db.read(guild_settings.load, plan.selection.guild_id)
    salt = cache_buster(interaction)
    problems = [date for date in quote.dates if date.problem is not None]
    focused = [date for date in quote.dates if date.number == focus]
    menus = [*focused, *(date for date in problems if date.number != focus)][:MAX_MENUS]
    items: list[ui.Item[Any]] = [
        RepeatMenu.of(plan, reader),
        *(ChangeDateMenu.of(date, quote, reader, salt) for date in menus),
        ChooseDateMenu.of(quote, reader, salt),
    ]
    if len(quote.bookable) >= dates.FEWEST_SESSIONS and quote.balance >= quote.total:
        items.append(BookSeriesButton.of(quote, guild, reader))
    items += [
        StepButton(BookingStep.CARD, plan.selection, pgettext("button", "Back")),
        DismissBookingButton(),
    ]
    await respond(
        interaction,
        note,
        card=plan_card(quote, guild, reader, typed),
        actions=action_rows(*items),
    )


class RepeatMenu(PersistentSelect, template=PLAN_PATTERN):
    """Chooses how often the session repeats. It also carries the plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        super().__init__(plan.custom_id, _("How often?"))

    @classmethod
    def of(cls, plan: Plan, reader: Reader) -> Self:
        menu = cls(plan)
        menu.item.options = [
            discord.SelectOption(
                # Translators: {interval} is such as "Every week" or "Every 2 weeks".
                label=ngettext(
                    "{interval}, {count} time",
                    "{interval}, {count} times",
                    count,
                    interval=words.interval_option(weeks, reader),
                ),
                value=f"{weeks}:{count}",
                default=(weeks, count) == (plan.every_weeks, plan.count),
            )
            for weeks in dates.INTERVALS
            for count in range(dates.FEWEST_SESSIONS, dates.MOST_SESSIONS + 1)
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Plan.decode(match))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        require_owner(interaction)
        match = re.fullmatch(r"([12]):(\d{1,2})", values[0])
        if match is None:
            raise NotFound(Subject.CHOICE)
        plan = self.plan.repeated(int(match[1]), int(match[2]))
        await show_plan(interaction, plan, read_typed_text(interaction))


class ChangeDateMenu(
    PersistentSelect, template=r"series:date:(?P<number>\d{1,2}):(?P<salt>\d{1,2})"
):
    """Skips one date, moves it to an open slot near it, or puts it back."""

    def __init__(self, number: int, salt: int) -> None:
        self.number = number
        super().__init__(f"series:date:{number}:{salt}")

    @classmethod
    def of(cls, date: SeriesDate, quote: SeriesQuote, reader: Reader, salt: int) -> Self:
        menu = cls(date.number, salt)
        described = _described(date, quote, reader)
        # Translators: a menu; {date} is such as "3. Tue 24 Nov, 15:00 GMT, taken".
        placeholder = _("{date}: move or skip it", date=described)
        menu.item.placeholder = shortened(placeholder, 150)
        options = [
            discord.SelectOption(
                label=times.describe_compact(start, quote.zone, reader),
                value=str(int(start.timestamp())),
            )
            for start in date.alternatives
            if start != date.starts_at
        ]
        if not date.is_skipped:
            options.insert(0, discord.SelectOption(label=_("Skip this date"), value=_SKIP))
        if date.is_skipped or date.is_moved:
            planned = times.describe_compact(date.planned_at, quote.zone, reader)
            # Translators: {planned} is such as "Tue 24 Nov, 15:00 GMT".
            label = _("Keep {planned}, as planned", planned=planned)
            options.insert(0, discord.SelectOption(label=label, value=_KEEP))
        menu.item.options = options
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["number"]), int(match["salt"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        require_owner(interaction)
        (value,) = values
        plan = read_plan(interaction)
        if value == _KEEP:
            plan = plan.without_change(self.number)
        elif value == _SKIP:
            plan = plan.with_change(self.number, None)
        else:
            plan = plan.with_change(self.number, parse_instant(value))
        await show_plan(interaction, plan, read_typed_text(interaction))


class ChooseDateMenu(PersistentSelect, template=r"series:dates:(?P<salt>\d{1,2})"):
    """Chooses a date to change, one that fits included."""

    def __init__(self, salt: int) -> None:
        super().__init__(f"series:dates:{salt}", _("Skip or move another date"))

    @classmethod
    def of(cls, quote: SeriesQuote, reader: Reader, salt: int) -> Self:
        menu = cls(salt)
        menu.item.options = [
            discord.SelectOption(
                label=shortened(_described(date, quote, reader), 100),
                value=str(date.number),
            )
            for date in quote.dates
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["salt"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        require_owner(interaction)
        number = parse_id(values[0])
        if number is None:
            raise NotFound(Subject.CHOICE)
        plan, typed = read_plan(interaction), read_typed_text(interaction)
        await show_plan(interaction, plan, typed, focus=number)


def _described(date: SeriesDate, quote: SeriesQuote, reader: Reader) -> str:
    """Return a date with its number and its state, if that isn't as planned."""
    label = f"{date.number}. {times.describe_compact(date.starts_at, quote.zone, reader)}"
    state = _state(date, quote, reader)
    if not state:
        return label
    # Translators: a date of a series, such as "3. Tue 24 Nov, 15:00 GMT, moved".
    return _("{date}, {state}", date=label, state=state)


def _state(date: SeriesDate, quote: SeriesQuote, reader: Reader) -> str:
    if date.is_skipped:
        return pgettext("a date of a series", "skipped")
    if date.problem is not None:
        mentor = first_name(quote.mentor_name)
        return error_words.why_not_bookable(date.problem.reason, mentor, reader)
    return pgettext("a date of a series", "moved") if date.is_moved else ""


class BookSeriesButton(
    PersistentButton,
    template=(
        r"series:book:(?P<dates>[0-9a-z]{1,3}):(?P<price>\d{1,16}):(?P<terms>[0-9a-f]{8})"
        r"(?::(?P<questions>q))?"
    ),
):
    """Books the dates that the card marks with ✓, all or none. Pressing it twice books once.

    `dates` has a bit for each of them. `price` is that of all, and `terms` those of the quote. With
    `has_questions`, it opens the mentor's questions first, and submitting them books.
    """

    def __init__(
        self,
        dates: int,
        price: int,
        terms: str,
        label: str = "…",
        *,
        has_questions: bool = False,
    ) -> None:
        self.dates, self.price, self.terms = dates, price, terms
        self.has_questions = has_questions
        custom_id = f"series:book:{to_base36(dates)}:{price}:{terms}"
        super().__init__(
            f"{custom_id}:q" if has_questions else custom_id,
            label,
            discord.ButtonStyle.success,
        )

    @classmethod
    def of(cls, quote: SeriesQuote, guild: GuildSettings, reader: Reader) -> Self:
        bookable = quote.bookable
        if any(date.problem is not None for date in quote.dates):
            # Translators: a button; "that fit" are the dates which can be booked.
            label = ngettext(
                "Book the {count} that fits", "Book the {count} that fit", len(bookable)
            )
        else:
            label = ngettext("Book {count} session", "Book {count} sessions", len(bookable))
        label = f"{label} · {points_in_label(quote.total, guild, reader)}"
        mask = sum(1 << (date.number - 1) for date in bookable)
        return cls(
            mask,
            quote.total,
            quote.terms,
            shortened(label, 80),
            has_questions=bool(quote.questions),
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(
            int(match["dates"], 36),
            int(match["price"]),
            match["terms"],
            has_questions=match["questions"] is not None,
        )

    async def on_press(self, interaction: Interaction) -> None:
        require_owner(interaction)
        plan, typed = read_plan(interaction), read_typed_text(interaction)
        left_out = {
            number for number in range(1, plan.count + 1) if not self.dates >> (number - 1) & 1
        }
        request = plan.request(typed)
        request = replace(
            request,
            skipped=frozenset(left_out),
            moved={each: start for each, start in request.moved.items() if each not in left_out},
            price_shown=self.price,
            terms_shown=self.terms,
            # A card books at most one series, however often its button is pressed.
            key=press_key(interaction.message, self.item.custom_id),
        )

        async def book(interaction: Interaction, answers: Answers) -> None:
            await _book(interaction, plan, typed, replace(request, answers=answers))

        if self.has_questions:
            await ask(interaction, plan.selection, book)
        else:
            await book(interaction, ())


async def _book(
    interaction: Interaction, plan: Plan, typed: TypedText, request: SeriesRequest
) -> None:
    # Bookings may queue for the database, and Discord wants an answer within three seconds.
    await defer(interaction)
    db, actor = interaction.client.db, selection_actor(interaction, plan.selection)
    await refresh_calendars(interaction, request.mentor_id)
    try:
        booked = await db.run(booking.book_series, actor, request)
    except (
        SeriesUnavailable,
        PriceChanged,
        TermsChanged,
        NotEnoughPoints,
        AnswersNeeded,
        QuestionsChanged,
        InvalidField,
    ) as error:
        await show_plan(interaction, plan, typed, sentence(error, reader_of(interaction)))
        return
    except MentorshipError as error:
        await show_obstacle(interaction, plan.selection, typed, error)
        return
    KeptAnswers.of(interaction, plan.selection).forget(interaction)
    await _show_booked(interaction, booked)


async def _show_booked(interaction: Interaction, booked: SeriesBooking) -> None:
    """Show the card of a series that was just booked."""
    series, guild, reader = booked.series, booked.guild, reader_of(interaction)
    first = series.sessions[0]
    mentor = plain(first_name(first.mentor.name))
    details = SeriesDetails(series, guild, booked.answers)
    _headline, card, actions = series_message(
        details, first.mentee.user_id, reader, interaction.client.db.now()
    )
    total = format_points(sum(session.price for session in series.sessions), guild, reader)
    lines = []
    if first.price:
        # Translators: {total} is such as "🪙 360".
        lines.append(_("{total} on hold: each session's price until after it.", total=total))
    if first.answer_deadline is None:
        heading = ngettext(
            "You've booked {count} session with {name}.",
            "You've booked {count} sessions with {name}.",
            len(series.sessions),
            name=mentor,
        )
    else:
        heading = _("Request sent to {name}.", name=mentor)
        outcome = unanswered_request(
            mentor, first.answer_deadline, first.price, reader, discord_timestamp
        )
        lines.insert(0, sentences(outcome, _("I'll send you a direct message either way.")))
    card.text = "\n".join(lines) or None
    await respond(interaction, heading, card=card, actions=actions)


async def _show_first(interaction: Interaction, selection: Selection, typed: TypedText) -> None:
    await show_plan(interaction, Plan(selection), typed)


REPEAT_SCREEN.register(_show_first)
