"""The pages of a server's insights, for its moderators."""

from __future__ import annotations

from bot.formatting import mention, plain, relative
from bot.pictures.insight_charts import (
    answers_chart,
    demand_chart,
    people_chart,
    points_chart,
    sessions_chart,
)
from bot.views.insights.hours import hours_page
from bot.views.insights.page import Page, guild_month_lines, month_lines, month_notes
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.insights.views import GuildInsights
from wording.cldr import format_number
from wording.insights import labels, sentences
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, pgettext

MOST_QUIET_MENTORS = 10
MOST_DEMAND = 10


def guild_page(insights: GuildInsights, page: str, guild: GuildSettings, reader: Reader) -> Page:
    """Return a page of `wording.insights.labels.GUILD_PAGES`."""
    if page == "points":
        return _points(insights, guild, reader)
    return _PAGES[page](insights, reader)


def _sessions(insights: GuildInsights, reader: Reader) -> Page:
    total = insights.total
    months = [month.figures for month in insights.months]
    facts = []
    if total.bookings:
        facts.append(
            (pgettext("sessions", "Booked"), format_number(total.bookings, reader.formats))
        )
    if total.rating is not None:
        facts.append((_("Rating"), sentences.month_of_reviews(total, reader)))
    if total.no_shows:
        facts.append((_("No-shows"), sentences.missed_in_server(total, reader)))
    if total.cancelled_by_mentor or total.cancelled_by_mentee:
        facts.append(
            (pgettext("sessions", "Cancelled"), sentences.cancelled_in_server(total, reader))
        )
    chart = sessions_chart(months, reader)
    is_empty = not (facts or total.sessions)
    return Page(
        headline=sentences.server_sessions(insights, reader),
        facts=facts,
        chart=chart,
        table=() if chart is None else month_lines(months, sentences.month_of_sessions, reader),
        lists=[("", [_(sentences.FIRST_STEPS_OF_SERVER)])] if is_empty else (),
        notes=month_notes(months),
    )


def _people(insights: GuildInsights, reader: Reader) -> Page:
    chart = people_chart(insights.months, reader)
    quiet = [
        # Translators: a mentor in a list: "Oliver, last active 2 hours ago"
        _(
            "{person}, last active {time}",
            person=mention(mentor.user_id, mentor.name),
            time=relative(mentor.last_active_at),
        )
        for mentor in insights.quiet_mentors[:MOST_QUIET_MENTORS]
    ]
    active = insights.months[-1]
    return Page(
        headline=sentences.active_this_month(active, reader)
        if active.active_members or active.active_mentors
        else _(sentences.NO_ONE_THIS_MONTH),
        chart=chart,
        table=()
        if chart is None
        else guild_month_lines(insights.months, sentences.active_people, reader),
        lists=[(_("Mentors who have gone quiet"), quiet)] if quiet else (),
        notes=month_notes(insights.months),
    )


def _hours(insights: GuildInsights, reader: Reader) -> Page:
    return hours_page(
        insights.heat_map,
        sentences.fill_of_server(insights.heat_map, reader),
        insights.offered_since,
        insights.timezone,
        reader,
    )


def _answers(insights: GuildInsights, reader: Reader) -> Page:
    times, total = insights.answer_times, insights.total
    lines = [
        f"**{name}:** {format_number(count, reader.formats)}"
        for name, count in zip(labels.answer_classes(times, reader), times.counts, strict=True)
    ]
    facts = []
    if total.requests:
        facts.append(
            (pgettext("to mentors for a session", "Requests"), sentences.requests(total, reader))
        )
    if wait := sentences.waiting_time(insights.waits, reader):
        # Translators: how long after booking sessions start
        facts.append((_("Sessions start"), wait))
    return Page(
        headline=sentences.response_time_of_server(times, reader),
        facts=facts,
        chart=answers_chart(times, reader),
        table=lines if times.total else (),
        notes=[_(sentences.MONTHS_ARE_UTC)],
    )


def _demand(insights: GuildInsights, reader: Reader) -> Page:
    rows = [row for row in insights.demand if row.searches or row.requests][:MOST_DEMAND]
    return Page(
        headline=_(sentences.DEMAND if rows else sentences.NO_DEMAND),
        chart=demand_chart(insights.demand, reader),
        table=[
            f"**{plain(row.tag or _(labels.OTHER_EXPERTISE))}:** {sentences.demand(row, reader)}"
            for row in rows
        ],
    )


def _points(insights: GuildInsights, guild: GuildSettings, reader: Reader) -> Page:
    chart = points_chart(insights.months, reader)
    has_moved = any(month.issued or month.held or month.paid for month in insights.months)
    return Page(
        headline=sentences.held_now(format_points(insights.held_now, guild, reader), reader),
        chart=chart,
        table=guild_month_lines(insights.months, sentences.points, reader)
        if has_moved
        else [_(sentences.NO_POINTS)],
        notes=month_notes(insights.months),
    )


_PAGES = {
    "sessions": _sessions,
    "people": _people,
    "hours": _hours,
    "answers": _answers,
    "demand": _demand,
}
