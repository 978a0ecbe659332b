"""The card of a series before it is booked: each date in both people's times, and the terms."""

from __future__ import annotations

from datetime import timedelta

from bot.components.cards import Accent, Card
from bot.formatting import clock, discord_timestamp, plain
from bot.views.booking.steps import TypedText, add_typed_text
from bot.views.sessions.refund_policy import after_that
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.series import dates
from mentorship.sessions.series.quotes import SeriesDate, SeriesQuote
from mentorship.time import timezones
from wording import errors as error_words
from wording import times
from wording.booking import questions_ahead, unanswered_request
from wording.cldr import format_number
from wording.durations import duration, session_length
from wording.names import first_name
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, ngettext, pgettext, sentences

_ALWAYS_FULL = 100


def plan_card(quote: SeriesQuote, guild: GuildSettings, reader: Reader, typed: TypedText) -> Card:
    """Return the card that shows what booking the series would book."""
    mentor = plain(first_name(quote.mentor_name))
    count = len(quote.bookable)
    card = Card(
        title=_title(quote),
        # Translators: {length} is such as "60 minutes".
        text=ngettext(
            "Book {count} session of {length}?",
            "Book {count} sessions of {length}?",
            count,
            length=session_length(quote.minutes, reader),
        ),
    )
    card.add_text("\n".join(_lines(quote, mentor, reader)))
    if any(date.problem is not None for date in quote.dates):
        card.add_text(_("Dates marked ✗ are left out. Move one below, or book the others."))
    if _clock_changes(quote):
        card.add_text(
            _(
                "The clocks change between these dates, so they aren't all at the same "
                "time for you. {mentor}'s time stays the same.",
                mentor=mentor,
            )
        )
    _add_price(card, quote, guild, reader)
    add_typed_text(card, typed)
    if count < dates.FEWEST_SESSIONS:
        card.accent = Accent.FAULT
        card.add_text(
            _("A series needs at least 2 sessions. Move a date, or book a single session.")
        )
    else:
        if quote.questions:
            card.add_text(questions_ahead(mentor, len(quote.questions), reader))
        card.add_text(f"{_confirmation(quote, mentor, reader)}\n{_policy(quote, mentor, reader)}")
    return card


def _title(quote: SeriesQuote) -> str:
    """Return how often the sessions repeat, and with whom they are."""
    name, weeks = plain(quote.mentor_name), quote.every_weeks
    if weeks == 1:
        # Translators: the title of a series of sessions.
        return _("Every week with {name}", name=name)
    # Translators: the title of a series of sessions.
    return ngettext(
        "Every {count} week with {name}", "Every {count} weeks with {name}", weeks, name=name
    )


def _lines(quote: SeriesQuote, mentor: str, reader: Reader) -> list[str]:
    lines = []
    for date in quote.dates:
        lines.append(f"{date.number}\\. {_state(date, mentor, reader)}")
        if date.mentor_zone != quote.zone and not date.is_skipped:
            end = date.starts_at + timedelta(minutes=quote.minutes)
            span = clock(date.starts_at, end, date.mentor_zone, reader)
            label = times.clock_label(mentor, date.mentor_zone)
            # Translators: "Oliver's time (London): Tue 24 Nov, 15:00–16:00".
            lines.append("-# " + _("{label}: {time}", label=label, time=span))
    return lines


def _state(date: SeriesDate, mentor: str, reader: Reader) -> str:
    start = discord_timestamp(date.starts_at)
    if date.is_skipped:
        skipped = pgettext("a date of a series", "skipped")
        return f"~~{start}~~ · {skipped}"
    if date.problem is not None:
        why = error_words.why_not_bookable(date.problem.reason, mentor, reader)
        return f"✗ {start} · {why}"
    moved = pgettext("a date of a series", "moved")
    return f"✓ {start} · {moved}" if date.is_moved else f"✓ {start}"


def _clock_changes(quote: SeriesQuote) -> bool:
    """Return whether the dates that the series gives differ on the mentee's clock."""
    local = [timezones.to_local(date.planned_at, quote.zone) for date in quote.dates]
    on_mentors = [timezones.to_local(date.planned_at, quote.mentor_zone) for date in quote.dates]
    is_steady = len({time.timetz().replace(tzinfo=None) for time in on_mentors}) == 1
    return is_steady and len({time.timetz().replace(tzinfo=None) for time in local}) > 1


def _add_price(card: Card, quote: SeriesQuote, guild: GuildSettings, reader: Reader) -> None:
    if not quote.price:
        card.add_fact(_("Price"), pgettext("a price", "free"))
        return
    each, total = (format_points(points, guild, reader) for points in (quote.price, quote.total))
    count = format_number(len(quote.bookable), reader.formats)
    card.add_fact(_("Price"), f"{count} × {each} = {total}")
    if quote.balance >= quote.total:
        balance = format_points(quote.balance - quote.total, guild, reader)
        card.add_fact(_("Balance after"), balance)
        return
    card.accent = Accent.FAULT
    have, more = (
        format_points(points, guild, reader)
        for points in (quote.balance, quote.total - quote.balance)
    )
    # Translators: {have} and {more} are points, such as "🪙 60".
    text = _("{have}. You need {more} more, or fewer sessions.", have=have, more=more)
    card.add_fact(_("Your balance"), text)


def _confirmation(quote: SeriesQuote, mentor: str, reader: Reader) -> str:
    if quote.confirmed_at_once or quote.answer_deadline is None:
        # Translators: "They" are sessions.
        return _("They're confirmed as soon as you book.")
    return unanswered_request(mentor, quote.answer_deadline, quote.price, reader, discord_timestamp)


def _policy(quote: SeriesQuote, mentor: str, reader: Reader) -> str:
    """Return what cancelling one of the sessions would refund."""
    if not quote.price:
        return _("You can cancel each session at any time before its start.")
    if quote.late_refund_percent == _ALWAYS_FULL or not quote.free_cancellation_until:
        return _("You can cancel each session with a full refund before its start.")
    return sentences(
        _full_refund(quote, mentor, reader), after_that(quote.late_refund_percent, reader)
    )


def _full_refund(quote: SeriesQuote, mentor: str, reader: Reader) -> str:
    """Return until when cancelling one of the sessions costs nothing."""
    window, grace = (
        duration(minutes, reader)
        for minutes in (quote.free_cancellation_until, quote.cancellation_grace)
    )
    # Translators: {window} and {grace} are such as "24 hours" or "30 minutes".
    if not quote.cancellation_grace:
        return _(
            "Each session can be cancelled alone: full refund if you cancel at least {window} "
            "before its start.",
            window=window,
        )
    # Translators: {window} and {grace} are such as "24 hours" or "30 minutes".
    if quote.confirmed_at_once:
        return _(
            "Each session can be cancelled alone: full refund if you cancel at least {window} "
            "before its start or within {grace} after booking.",
            window=window,
            grace=grace,
        )
    return _(
        "Each session can be cancelled alone: full refund if you cancel at least {window} before "
        "its start or within {grace} after {mentor} confirms.",
        window=window,
        grace=grace,
        mentor=mentor,
    )
