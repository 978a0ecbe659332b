"""What insights say: the key figures, and the lines of the tables beside charts.

Texts hold no names that people typed. Amounts of points are written by the caller.
"""

from __future__ import annotations

from mentorship.insights.views import (
    Distribution,
    ExpertiseDemand,
    GuildInsights,
    GuildMonth,
    HeatMap,
    MentorInsights,
    MonthFigures,
)
from wording.durations import counted, duration
from wording.insights.labels import hours, percent, stars
from wording.reader import Reader

NO_SESSIONS = "No sessions in this period."
NO_REVIEWS = "No reviews in this period."
NO_ANSWERS = "No requests were answered in this period."
NO_HOURS = (
    "No open hours have been counted yet. Each day of your availability is counted when it's over."
)
NO_HOURS_IN_SERVER = (
    "No open hours have been counted yet. Each day of the mentors' availability is counted when "
    "it's over."
)
NO_DEMAND = "Everyone who searched found a mentor, and no request for help is open."
NO_POINTS = "No points moved in this period."
NO_ONE_THIS_MONTH = "Nobody has had a session this month yet."
DEMAND = "What members look for and haven't found yet:"
MONTHS_ARE_UTC = "Months begin and end at midnight UTC. Figures may be a few minutes old."
CHART_IS_LATE = "The chart isn't ready yet. Open this page again to see it."
FILE = "Open this file in Excel, Numbers or Google Sheets."
OLDER_MONTHS = "Older months are in the CSV file."

FIRST_STEPS = (
    "Members find you with `/mentor search` and book with `/book`. The more open hours you have in "
    "`/mentor hours`, the more often they find a time that suits."
)
FIRST_STEPS_OF_SERVER = (
    "These figures fill in as members book sessions. Applications of mentors are in "
    "`/moderation queue`."
)


def sessions(insights: MentorInsights, reader: Reader) -> str:
    """Write the key figures of a mentor: `**42 sessions** took place, 38 hours in all.`"""
    total = insights.total
    if not total.sessions:
        return NO_SESSIONS
    return (
        f"**{counted(total.sessions, 'session', reader)}** took place: {_hours_of(total, reader)}."
    )


def mentees(insights: MentorInsights, reader: Reader) -> str:
    """Write whom a mentor has helped in all time: `17 people, 9 of them more than once`."""
    people = counted(insights.mentees, "person", reader, "people")
    if not insights.returning_mentees:
        return people
    return f"{people}, {insights.returning_mentees:,} of them more than once"


def missed(total: MonthFigures, reader: Reader) -> str:
    """Write who didn't come, in a mentor's insights: `3 by mentees, 1 by you`."""
    return f"{total.missed_by_mentee:,} by mentees, {total.missed_by_mentor:,} by you"


def cancelled(total: MonthFigures, reader: Reader) -> str:
    """Write who cancelled confirmed sessions, in a mentor's insights."""
    return f"{total.cancelled_by_mentee:,} by mentees, {total.cancelled_by_mentor:,} by you"


def missed_in_server(total: MonthFigures, reader: Reader) -> str:
    """Write who didn't come: `3 by mentees, 1 by mentors`."""
    return f"{total.missed_by_mentee:,} by mentees, {total.missed_by_mentor:,} by mentors"


def cancelled_in_server(total: MonthFigures, reader: Reader) -> str:
    """Write who cancelled confirmed sessions: `3 by mentees, 1 by mentors`."""
    return f"{total.cancelled_by_mentee:,} by mentees, {total.cancelled_by_mentor:,} by mentors"


def server_sessions(insights: GuildInsights, reader: Reader) -> str:
    """Write the key figures of a server."""
    total = insights.total
    if not total.sessions:
        return NO_SESSIONS
    return (
        f"**{counted(total.sessions, 'session', reader)}** took place: {_hours_of(total, reader)}."
    )


def month_of_sessions(month: MonthFigures, reader: Reader) -> str:
    """Write a month in the table of sessions: `12 sessions, 10 hours · 1 no-show`."""
    if not (month.sessions or month.no_shows or _cancellations(month)):
        return "no sessions"
    parts = [f"{counted(month.sessions, 'session', reader)}, {hours(month.minutes, reader)}"]
    if month.no_shows:
        parts.append(counted(month.no_shows, "no-show", reader))
    if number := _cancellations(month):
        parts.append(f"{number:,} cancelled")
    return " · ".join(parts)


def rating(total: MonthFigures, reader: Reader) -> str:
    """Write a mean rating and where it is from: `**★ 4.6** from 12 reviews.`"""
    if total.rating is None:
        return NO_REVIEWS
    return f"**{stars(total.rating, reader)}** from {counted(total.reviews, 'review', reader)}."


def month_of_reviews(month: MonthFigures, reader: Reader) -> str:
    """Write a month in the table of ratings: `★ 4.5 from 3 reviews`."""
    if month.rating is None:
        return "no reviews"
    return f"{stars(month.rating, reader)} from {counted(month.reviews, 'review', reader)}"


def fill(heat_map: HeatMap, reader: Reader) -> str:
    """Write how full open hours were: `**62%** of your open hours were booked.`"""
    if heat_map.share is None:
        return NO_HOURS
    return f"**{percent(heat_map.share, reader)}** of your open hours were booked."


def fill_of_server(heat_map: HeatMap, reader: Reader) -> str:
    """Write how full the open hours of all mentors were."""
    if heat_map.share is None:
        return NO_HOURS_IN_SERVER
    return f"**{percent(heat_map.share, reader)}** of the mentors' open hours were booked."


def weekday(offered: int, used: int, reader: Reader) -> str:
    """Write a weekday in the table of open hours: `12 hours open, 50% booked`."""
    if not offered:
        return "not offered"
    return f"{hours(offered, reader)} open, {percent(used / offered, reader)} booked"


def vain_searches(count: int, reader: Reader) -> str:
    """Write how often people found no slot: `3 times`."""
    return counted(count, "time", reader)


def response_time(times: Distribution, reader: Reader) -> str:
    """Write how fast a mentor answers: `You usually answer within **2 hours**.`"""
    if times.median_limit is not None:
        return f"You usually answer within **{duration(times.median_limit, reader)}**."
    if times.is_median_above:
        return f"You usually take more than **{duration(times.limits[-1], reader)}** to answer."
    return NO_ANSWERS


def response_time_of_server(times: Distribution, reader: Reader) -> str:
    """Write how fast mentors answer."""
    if times.median_limit is not None:
        return f"Mentors usually answer within **{duration(times.median_limit, reader)}**."
    if times.is_median_above:
        return f"Mentors usually take more than **{duration(times.limits[-1], reader)}** to answer."
    return NO_ANSWERS


def waiting_time(times: Distribution, reader: Reader) -> str:
    """Write how long members wait for a session: `usually within 4 days of booking`. Empty if
    nothing was booked."""
    if times.median_limit is not None:
        return f"usually within {counted(times.median_limit, 'day', reader)} of booking"
    if times.is_median_above:
        return f"usually more than {counted(times.limits[-1], 'day', reader)} after booking"
    return ""


def requests(total: MonthFigures, reader: Reader) -> str:
    """Write what became of requests: `20 answered, 1 expired`."""
    return f"{total.answered:,} answered, {total.expired:,} expired"


def demand(row: ExpertiseDemand, reader: Reader) -> str:
    """Write an expertise in the table of demand: `12 searches without a result · 2 mentors`."""
    parts = []
    if row.searches:
        searches = counted(row.searches, "search", reader, "searches")
        parts.append(f"{searches} without a result")
    if row.requests:
        parts.append(counted(row.requests, "open request", reader))
    if row.tag is not None:
        mentors = counted(row.mentors, "mentor", reader) if row.mentors else "no mentor yet"
        parts.append(mentors)
    return " · ".join(parts)


def active_people(month: GuildMonth, reader: Reader) -> str:
    """Write a month in the table of people: `5 mentors, 20 members`."""
    mentors = counted(month.active_mentors, "mentor", reader)
    return f"{mentors}, {counted(month.active_members, 'member', reader)}"


def active_this_month(month: GuildMonth, reader: Reader) -> str:
    """Write how many people were active in the current month."""
    return f"**{active_people(month, reader)}** had a session this month."


def points(month: GuildMonth, reader: Reader) -> str:
    """Write a month in the table of points: `900 issued · 600 put on hold · 540 paid`."""
    return f"{month.issued:,} issued · {month.held:,} put on hold · {month.paid:,} paid"


def held_now(amount: str, reader: Reader) -> str:
    """Write how many points are on hold."""
    return f"**{amount}** on hold right now."


def _cancellations(month: MonthFigures) -> int:
    return month.cancelled_by_mentor + month.cancelled_by_mentee


def _hours_of(total: MonthFigures, reader: Reader) -> str:
    return f"{hours(total.minutes, reader)} in all"
