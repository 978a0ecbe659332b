"""Figures of a mentor and of a server, as the use cases of insights return them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from mentorship.insights.views import (
    ANSWER_LIMITS,
    HALF_HOURS,
    WAIT_LIMITS,
    Distribution,
    ExpertiseDemand,
    GuildInsights,
    GuildMonth,
    HeatMap,
    InsightsRange,
    MentorInsights,
    MonthFigures,
    QuietMentor,
    VainSearches,
    months_between,
    shift,
    total,
)

LAST_MONTH = date(2026, 3, 1)
NO_ANSWERS = Distribution(ANSWER_LIMITS, (0,) * 8)
NO_WAITS = Distribution(WAIT_LIMITS, (0,) * 7)
NO_HOURS = HeatMap((0,) * HALF_HOURS, (0,) * HALF_HOURS)


def months(count: int = 12) -> tuple[MonthFigures, ...]:
    """Return months up to March 2026 with more and more sessions."""
    dates = months_between(shift(LAST_MONTH, 1 - count), LAST_MONTH)
    return tuple(
        MonthFigures(
            month,
            sessions=number % 12 + 1,
            minutes=45 * (number % 12 + 1),
            attendees=number % 12 + 1,
            mentees=number % 7 + 1,
            returning_mentees=number % 3,
            cancelled_by_mentor=number % 4 // 3,
            cancelled_by_mentee=number % 3,
            missed_by_mentor=number % 11 // 10,
            missed_by_mentee=number % 5 // 4,
            bookings=number % 12 + 3,
            requests=number % 12 + 2,
            answered=number % 12 + 1,
            expired=1,
            reviews=number % 4,
            stars=number % 4 * 5 - (number % 4 > 2),
            thanks=number % 2,
        )
        for number, month in enumerate(dates)
    )


def heat_map() -> HeatMap:
    """Return weekday evenings from 18:00 to 21:00 and Saturdays from 10:00 to 13:00."""
    offered, used = [0] * HALF_HOURS, [0] * HALF_HOURS
    for weekday in range(6):
        first = weekday * 48 + (36 if weekday < 5 else 20)
        for number in range(6):
            offered[first + number] = 240
            used[first + number] = (weekday * 6 + number) * 37 % 240
    return HeatMap(tuple(offered), tuple(used))


def mentor_figures(count: int = 12, span: InsightsRange = InsightsRange.YEAR) -> MentorInsights:
    """Return the figures of a busy mentor."""
    return MentorInsights(
        range=span,
        months=months(count),
        total=total(months(count)),
        mentees=17,
        returning_mentees=9,
        answer_times=Distribution(ANSWER_LIMITS, (3, 9, 14, 6, 2, 1, 0, 1)),
        heat_map=heat_map(),
        offered_since=date(2026, 1, 5),
        vain_searches=(
            VainSearches(5, "evening", 4),
            VainSearches(None, "morning", 2),
            VainSearches(2, None, 1),
            VainSearches(None, None, 1),
        ),
        timezone="Europe/London",
    )


def empty_mentor_figures(span: InsightsRange = InsightsRange.YEAR) -> MentorInsights:
    """Return the figures of a mentor without a session."""
    dates = months_between(shift(LAST_MONTH, 1 - (span.months or 1)), LAST_MONTH)
    empty = tuple(map(MonthFigures, dates))
    return MentorInsights(span, empty, total(empty), 0, 0, NO_ANSWERS, NO_HOURS, None, (), "UTC")


def guild_months(count: int = 12) -> tuple[GuildMonth, ...]:
    return tuple(
        GuildMonth(
            figures,
            active_mentors=number % 6 + 2,
            active_members=number % 12 + 5,
            issued=1_000 * (number % 3),
            withdrawn=10,
            held=60 * (number + 2),
            refunded=60,
            paid=60 * number,
            fees=6,
            given=5,
        )
        for number, figures in enumerate(months(count))
    )


def guild_figures(
    *tags: str | None, count: int = 12, span: InsightsRange = InsightsRange.YEAR
) -> GuildInsights:
    """Return the figures of a busy server, with demand for `tags`."""
    of_months = guild_months(count)
    names = tags or ("rust", "data analysis", "python", None)
    return GuildInsights(
        range=span,
        months=of_months,
        total=total(month.figures for month in of_months),
        answer_times=Distribution(ANSWER_LIMITS, (3, 9, 34, 16, 12, 7, 2, 1)),
        waits=Distribution(WAIT_LIMITS, (5, 20, 33, 21, 9, 4, 0)),
        heat_map=heat_map(),
        offered_since=date(2026, 1, 5),
        held_now=1_240,
        demand=tuple(
            ExpertiseDemand(tag, max(12 - 3 * number, 0), number, number)
            for number, tag in enumerate(names)
        ),
        quiet_mentors=(
            QuietMentor(42, "Oliver Hughes", datetime(2026, 1, 2, 12, tzinfo=UTC)),
            QuietMentor(-7, "=Erased", datetime(2025, 1, 2, 12, tzinfo=UTC)),
        ),
        timezone="Europe/London",
    )


def empty_guild_figures(span: InsightsRange = InsightsRange.YEAR) -> GuildInsights:
    """Return the figures of a server in which nothing has happened."""
    empty = tuple(GuildMonth(month) for month in empty_mentor_figures(span).months)
    return GuildInsights(
        span,
        empty,
        total(month.figures for month in empty),
        NO_ANSWERS,
        NO_WAITS,
        NO_HOURS,
        None,
        0,
        (),
        (),
        "UTC",
    )
