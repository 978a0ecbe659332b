"""The pages of a mentor's own insights."""

from __future__ import annotations

from bot.pictures.insight_charts import answers_chart, rating_chart, sessions_chart
from bot.views.insights.hours import hours_page
from bot.views.insights.page import Page, month_lines, month_notes
from mentorship.insights.views import MentorInsights
from wording.cldr import format_number
from wording.insights import labels, sentences
from wording.reader import Reader
from wording.translation import _, pgettext


def mentor_page(insights: MentorInsights, page: str, reader: Reader) -> Page:
    """Return a page of `wording.insights.labels.MENTOR_PAGES`."""
    return _PAGES[page](insights, reader)


def _sessions(insights: MentorInsights, reader: Reader) -> Page:
    total = insights.total
    facts = []
    if insights.mentees:
        facts.append((_("Mentored so far"), sentences.mentees(insights, reader)))
    if total.no_shows:
        facts.append((_("No-shows"), sentences.missed(total, reader)))
    if total.cancelled_by_mentor or total.cancelled_by_mentee:
        facts.append((pgettext("sessions", "Cancelled"), sentences.cancelled(total, reader)))
    if total.thanks:
        facts.append(
            (
                pgettext("messages from mentees", "Thanks"),
                format_number(total.thanks, reader.formats),
            )
        )
    chart = sessions_chart(insights.months, reader)
    is_empty = not (facts or total.sessions)
    return Page(
        headline=sentences.sessions(insights, reader),
        facts=facts,
        chart=chart,
        table=()
        if chart is None
        else month_lines(insights.months, sentences.month_of_sessions, reader),
        lists=[("", [_(sentences.FIRST_STEPS)])] if is_empty else (),
        notes=month_notes(insights.months),
    )


def _rating(insights: MentorInsights, reader: Reader) -> Page:
    chart = rating_chart(insights.months, reader)
    return Page(
        headline=sentences.rating(insights.total, reader),
        chart=chart,
        table=()
        if chart is None
        else month_lines(insights.months, sentences.month_of_reviews, reader),
        notes=month_notes(insights.months),
    )


def _hours(insights: MentorInsights, reader: Reader) -> Page:
    return hours_page(
        insights.heat_map,
        sentences.fill(insights.heat_map, reader),
        insights.offered_since,
        insights.timezone,
        reader,
        insights.vain_searches,
    )


def _answers(insights: MentorInsights, reader: Reader) -> Page:
    times, total = insights.answer_times, insights.total
    lines = [
        f"**{name}:** {format_number(count, reader.formats)}"
        for name, count in zip(labels.answer_classes(times, reader), times.counts, strict=True)
    ]
    facts = (
        [(pgettext("to mentors for a session", "Requests"), sentences.requests(total, reader))]
        if total.requests
        else []
    )
    return Page(
        headline=sentences.response_time(times, reader),
        facts=facts,
        chart=answers_chart(times, reader),
        table=lines if times.total else (),
        notes=[_(sentences.MONTHS_ARE_UTC)],
    )


_PAGES = {"sessions": _sessions, "rating": _rating, "hours": _hours, "answers": _answers}
