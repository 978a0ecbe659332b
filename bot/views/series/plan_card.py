"""The card of a series before it is booked: each date in both people's times, and the terms."""

from __future__ import annotations

from datetime import timedelta

from bot.components.cards import Accent, Card
from bot.formatting import clock, discord_timestamp, plain
from bot.views.booking.steps import TypedText, add_typed_text
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.series import dates
from mentorship.sessions.series.quotes import SeriesDate, SeriesQuote
from mentorship.time import timezones
from wording import errors as error_words
from wording import times
from wording.booking import questions_ahead, unanswered_request
from wording.durations import duration, session_length
from wording.names import first_name
from wording.offers import series as words
from wording.points import format_points
from wording.reader import Reader

_ALWAYS_FULL = 100


def plan_card(quote: SeriesQuote, guild: GuildSettings, reader: Reader, typed: TypedText) -> Card:
    """Return the card that shows what booking the series would book."""
    mentor = plain(first_name(quote.mentor_name))
    often = words.interval(quote.every_weeks, reader)
    count = len(quote.bookable)
    card = Card(
        title=f"{often.capitalize()} with {plain(quote.mentor_name)}",
        text=f"Book {words.sessions(count, reader)} of {session_length(quote.minutes, reader)}?",
    )
    card.add_text("\n".join(_lines(quote, mentor, reader)))
    if any(date.problem is not None for date in quote.dates):
        card.add_text("Dates marked ✗ are left out. Move one below, or book the others.")
    if _clock_changes(quote):
        card.add_text(
            f"The clocks change between these dates, so they aren't all at the same time for you. "
            f"{mentor}'s time stays the same."
        )
    _add_price(card, quote, guild, reader)
    add_typed_text(card, typed)
    if count < dates.FEWEST_SESSIONS:
        card.accent = Accent.FAULT
        card.add_text("A series needs at least 2 sessions. Move a date, or book a single session.")
    else:
        if quote.questions:
            card.add_text(questions_ahead(mentor, len(quote.questions), reader))
        card.add_text(f"{_confirmation(quote, mentor, reader)}\n{_policy(quote, mentor, reader)}")
    return card


def _lines(quote: SeriesQuote, mentor: str, reader: Reader) -> list[str]:
    lines = []
    for date in quote.dates:
        lines.append(f"{date.number}\\. {_state(date, mentor, reader)}")
        if date.mentor_zone != quote.zone and not date.is_skipped:
            end = date.starts_at + timedelta(minutes=quote.minutes)
            span = clock(date.starts_at, end, date.mentor_zone, reader)
            lines.append(f"-# {times.clock_label(mentor, date.mentor_zone)}: {span}")
    return lines


def _state(date: SeriesDate, mentor: str, reader: Reader) -> str:
    start = discord_timestamp(date.starts_at)
    if date.is_skipped:
        return f"~~{start}~~ · skipped"
    if date.problem is not None:
        why = error_words.why_not_bookable(date.problem.reason, mentor, reader)
        return f"✗ {start} · {why}"
    return f"✓ {start} · moved" if date.is_moved else f"✓ {start}"


def _clock_changes(quote: SeriesQuote) -> bool:
    """Return whether the dates that the series gives differ on the mentee's clock."""
    local = [timezones.to_local(date.planned_at, quote.zone) for date in quote.dates]
    on_mentors = [timezones.to_local(date.planned_at, quote.mentor_zone) for date in quote.dates]
    is_steady = len({time.timetz().replace(tzinfo=None) for time in on_mentors}) == 1
    return is_steady and len({time.timetz().replace(tzinfo=None) for time in local}) > 1


def _add_price(card: Card, quote: SeriesQuote, guild: GuildSettings, reader: Reader) -> None:
    if not quote.price:
        card.add_fact("Price", "free")
        return
    each, total = (format_points(points, guild, reader) for points in (quote.price, quote.total))
    card.add_fact("Price", f"{len(quote.bookable)} × {each} = {total}")
    if quote.balance >= quote.total:
        balance = format_points(quote.balance - quote.total, guild, reader)
        card.add_fact("Balance after", balance)
        return
    card.accent = Accent.FAULT
    have, more = (
        format_points(points, guild, reader)
        for points in (quote.balance, quote.total - quote.balance)
    )
    card.add_fact("Your balance", f"{have}. You need {more} more, or fewer sessions.")


def _confirmation(quote: SeriesQuote, mentor: str, reader: Reader) -> str:
    if quote.confirmed_at_once or quote.answer_deadline is None:
        return "They're confirmed as soon as you book."
    return unanswered_request(mentor, quote.answer_deadline, quote.price, reader, discord_timestamp)


def _policy(quote: SeriesQuote, mentor: str, reader: Reader) -> str:
    """Return what cancelling one of the sessions would refund."""
    if not quote.price:
        return "You can cancel each session at any time before its start."
    if quote.late_refund_percent == _ALWAYS_FULL or not quote.free_cancellation_until:
        return "You can cancel each session with a full refund before its start."
    conditions = [f"at least {duration(quote.free_cancellation_until, reader)} before its start"]
    if quote.cancellation_grace:
        grace = duration(quote.cancellation_grace, reader)
        event = "booking" if quote.confirmed_at_once else f"{mentor} confirms"
        conditions.append(f"within {grace} after {event}")
    percent = quote.late_refund_percent
    late = f"a {percent}% refund" if percent else "no refund"
    return (
        "Each session can be cancelled alone: full refund if you cancel "
        f"{' or '.join(conditions)}; after that, {late}."
    )
