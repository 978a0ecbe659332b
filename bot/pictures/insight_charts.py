"""What the charts of insights show, and the same in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.components.cards import MAX_DESCRIPTION
from bot.pictures.chart_image import (
    BarChart,
    ChartImage,
    ColumnChart,
    HeatMap,
    LineChart,
    Series,
)
from mentorship.insights import views
from mentorship.insights.views import Distribution, ExpertiseDemand, GuildMonth, MonthFigures
from wording.cldr import format_number
from wording.insights import labels, sentences
from wording.lists import enumerated
from wording.reader import Reader
from wording.times import (
    hour_of_day,
    month_and_year,
    month_name,
    time_of_day,
    weekday_heading,
    weekday_name,
)
from wording.translation import _, is_right_to_left, isolated, pgettext

MOST_BARS = 8
"""Bars in a chart of demand: those of the greatest."""

_MOST_MONTHS_IN_WORDS = 12
_SCALE_TOPS = (0.1, 0.25, 0.5, 1.0)
"""Shares that the end of the heat map's scale may mean."""

_LEAST_HOURS = 6
"""The heat map shows at least so many hours of the day."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart's content, and a description for those who can't see it."""

    image: ChartImage
    description: str


def sessions_chart(months: Sequence[MonthFigures], reader: Reader) -> Chart | None:
    """Return the sessions of each month, by how they ended. None if there are none."""
    series = (
        Series(_(labels.TOOK_PLACE), tuple(month.sessions for month in months)),
        Series(_(labels.NO_SHOW), tuple(month.no_shows for month in months)),
        Series(
            _(labels.CANCELLED),
            tuple(month.cancelled_by_mentor + month.cancelled_by_mentee for month in months),
        ),
    )
    dates = _dates(months)
    if not _has_values(series) or len(months) == 1:
        return None
    highest = max(sum(values) for values in zip(*(each.values for each in series), strict=True))
    image = ColumnChart(
        _(labels.SESSIONS_CHART),
        series,
        _ticks(dates, reader),
        _scale(highest, reader),
        is_right_to_left(),
    )
    lines = [sentences.month_of_sessions(month, reader) for month in months]
    return Chart(image, _describe(image.title, dates, lines, reader))


def rating_chart(months: Sequence[MonthFigures], reader: Reader) -> Chart | None:
    """Return the mean rating of each month. None if nobody has rated."""
    means = tuple(None if month.rating is None else round(month.rating, 1) for month in months)
    series = (Series(_(labels.RATING), means),)
    dates = _dates(months)
    if not _has_values(series) or len(months) == 1:
        return None
    scale = tuple((stars, format_number(stars, reader.formats)) for stars in range(1, 6))
    ticks = _ticks(dates, reader)
    image = LineChart(_(labels.RATING_CHART), series, ticks, scale, 1, 5, is_right_to_left())
    lines = [sentences.month_of_reviews(month, reader) for month in months]
    return Chart(image, _describe(image.title, dates, lines, reader))


def people_chart(months: Sequence[GuildMonth], reader: Reader) -> Chart | None:
    """Return how many mentors and members were active in each month. None if nobody was."""
    return _line_chart(
        _(labels.PEOPLE_CHART),
        months,
        (
            (_(labels.ACTIVE_MENTORS), lambda month: month.active_mentors),
            (_(labels.ACTIVE_MEMBERS), lambda month: month.active_members),
        ),
        sentences.active_people,
        reader,
    )


def points_chart(months: Sequence[GuildMonth], reader: Reader) -> Chart | None:
    """Return the points that moved in each month. None if none did."""
    return _line_chart(
        _(labels.POINTS_CHART),
        months,
        (
            (_(labels.ISSUED), lambda month: month.issued),
            (_(labels.HELD), lambda month: month.held),
            (_(labels.PAID), lambda month: month.paid),
        ),
        sentences.points,
        reader,
    )


def answers_chart(times: Distribution, reader: Reader) -> Chart | None:
    """Return how many requests were answered how fast. None if none was."""
    if not times.total:
        return None
    classes = tuple(labels.answer_classes(times, reader))
    series = _bars("", times.counts, reader)
    image = BarChart(_(labels.ANSWERS_CHART), classes, (series,), is_right_to_left())
    parts = (
        f"{name}: {format_number(count, reader.formats)}"
        for name, count in zip(classes, times.counts, strict=True)
    )
    return Chart(image, _list_of(image.title, parts))


def demand_chart(demand: Sequence[ExpertiseDemand], reader: Reader) -> Chart | None:
    """Return what members looked for and didn't find. None if there is nothing."""
    rows = [row for row in demand if row.searches or row.requests][:MOST_BARS]
    if not rows:
        return None
    names = tuple(isolated(row.tag) if row.tag else _(labels.OTHER_EXPERTISE) for row in rows)
    series = (
        _bars(_(labels.UNMET_SEARCHES), [row.searches for row in rows], reader),
        _bars(_(labels.OPEN_REQUESTS), [row.requests for row in rows], reader),
    )
    image = BarChart(_(labels.DEMAND_CHART), names, series, is_right_to_left())
    parts = (
        f"{name}: {sentences.demand(row, reader)}" for name, row in zip(names, rows, strict=True)
    )
    return Chart(image, _list_of(image.title, parts))


def hours_chart(heat_map: views.HeatMap, reader: Reader) -> Chart | None:
    """Return how full each hour of the week was, on the reader's clock. None if none was offered.

    It shows the hours of the day in which anything was offered.
    """
    offered = [
        hour
        for hour in range(24)
        if any(heat_map.share_at(weekday, hour) is not None for weekday in range(7))
    ]
    if not offered:
        return None
    last = min(max(offered[-1] + 1, offered[0] + _LEAST_HOURS), 24)
    first = min(offered[0], last - _LEAST_HOURS)
    step = 2 if last - first <= 14 else 3 if last - first <= 20 else 4
    ticks = range(-(-first // step) * step, last, step)
    days = tuple(weekday_heading(weekday, reader) for weekday in range(7))
    shares = tuple(
        tuple(heat_map.share_at(weekday, hour) for hour in range(first, last))
        for weekday in range(7)
    )
    highest = max(share or 0 for column in shares for share in column)
    # Where little is booked, the differences are still to be seen.
    top = next(each for each in _SCALE_TOPS if highest <= each or each == 1)
    image = HeatMap(
        _(labels.HOURS_CHART),
        days,
        tuple((hour - first, hour_of_day(hour * 60, reader)) for hour in ticks),
        tuple(
            tuple(None if share is None else min(share / top, 1) for share in column)
            for column in shares
        ),
        (labels.percent(0, reader), labels.booked(top, reader)),
        _(labels.NOT_OFFERED),
        is_right_to_left(),
    )
    return Chart(image, _describe_hours(heat_map, image, shares, first, reader))


def _describe_hours(
    heat_map: views.HeatMap,
    image: HeatMap,
    shares: Sequence[Sequence[float | None]],
    first: int,
    reader: Reader,
) -> str:
    """Say how full each hour was, or only each day if that would be too long."""
    hours = [_day_in_words(column, first, reader) for column in shares]
    days = [
        sentences.weekday(sum(heat_map.offered[start:end]), sum(heat_map.used[start:end]), reader)
        for start, end in ((48 * day, 48 * day + 48) for day in range(7))
    ]
    for lines in (hours, days):
        parts = (_line(weekday_name(day, reader), line) for day, line in enumerate(lines))
        text = "\n".join([_title(image.title), *parts])
        if len(text) <= MAX_DESCRIPTION:
            break
    return text


def _day_in_words(cells: Sequence[float | None], first: int, reader: Reader) -> str:
    """Write the shares of a day, hours with the same share together: `18:00–20:00 50%`."""
    parts: list[str] = []
    start = 0
    while start < len(cells):
        end = start + 1
        while end < len(cells) and cells[end] == cells[start]:
            end += 1
        share = cells[start]
        if share is not None:
            times = (time_of_day((first + each) * 60, reader) for each in (start, end))
            parts.append(f"{'–'.join(times)} {labels.percent(share, reader)}")
        start = end
    return enumerated(parts, reader) or pgettext("hours of a day", "not offered")


def _line_chart(
    title: str,
    months: Sequence[GuildMonth],
    numbers: Sequence[tuple[str, Callable[[GuildMonth], int]]],
    describe: Callable[[GuildMonth, Reader], str],
    reader: Reader,
) -> Chart | None:
    """Return a line for each kind of number, from zero on; None without numbers or for a month."""
    series = tuple(
        Series(name, tuple(number_of(month) for month in months)) for name, number_of in numbers
    )
    if not _has_values(series) or len(months) == 1:
        return None
    dates = _dates([month.figures for month in months])
    highest = max(value or 0 for each in series for value in each.values)
    image = LineChart(
        title,
        series,
        _ticks(dates, reader),
        _scale(highest, reader),
        0,
        highest * 1.08,
        is_right_to_left(),
    )
    lines = [describe(month, reader) for month in months]
    return Chart(image, _describe(title, dates, lines, reader))


def _bars(name: str, counts: Sequence[int], reader: Reader) -> Series:
    """Return bars with their numbers; a bar of none has no number."""
    numbers = (format_number(count, reader.formats) if count else "" for count in counts)
    return Series(name, tuple(counts), tuple(numbers))


def _scale(highest: float, reader: Reader) -> tuple[tuple[float, str], ...]:
    """Return at most six round numbers from zero to `highest`, as the axis shows them."""
    steps = (factor * 10**power for power in range(19) for factor in (1, 2, 5))
    step = next(step for step in steps if highest <= 5 * step)
    return tuple(
        (number, format_number(number, reader.formats))
        for number in range(0, int(highest) + 1, step)
    )


def _title(title: str) -> str:
    # Translators: the first line of a description of a chart
    return _("{title}.", title=title)


def _line(name: str, words: str) -> str:
    # Translators: a line about a month or a day: "Mar 2026: 12 sessions, 9 hours."
    return _("{name}: {words}.", name=name, words=words)


def _list_of(title: str, parts: Iterable[str]) -> str:
    # Translators: a description of a chart: "Requests by time until the answer. Up to 1 hour: 9; …"
    return _("{title}. {parts}.", title=title, parts="; ".join(parts))


def _has_values(series: Sequence[Series]) -> bool:
    return any(value for each in series for value in each.values)


def _dates(months: Sequence[MonthFigures]) -> list[date]:
    return [month.month for month in months if month.month is not None]


def _ticks(months: Sequence[date], reader: Reader) -> tuple[tuple[int, str], ...]:
    """Label as many months as there is room for: each, every second or third, or only years."""
    if len(months) <= 12:
        step = 1 if len(months) <= 6 else 2
        # The current month is the last, and always has a label.
        shown = [number for number in range(len(months)) if (len(months) - 1 - number) % step == 0]
        return tuple((number, month_name(months[number], reader)) for number in shown)
    years = [number for number, month in enumerate(months) if month.month == 1]
    step = -(-len(years) // 6) or 1
    return tuple((number, str(months[number].year)) for number in years[::step])


def _describe(title: str, months: Sequence[date], lines: Sequence[str], reader: Reader) -> str:
    """Say what a chart over time shows, the latest month first; earlier ones may be left out."""
    described = [
        _line(month_and_year(month, reader), line)
        for month, line in zip(months, lines, strict=True)
    ]
    for most in (_MOST_MONTHS_IN_WORDS, 6, 3, 1):
        text = "\n".join([_title(title), *reversed(described[-most:])])
        if len(text) <= MAX_DESCRIPTION:
            break
    return text
