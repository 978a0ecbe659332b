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
from wording.cldr import format_number
from wording.durations import duration
from wording.insights.labels import hours, percent, stars
from wording.lists import enumerated
from wording.reader import Reader
from wording.translation import N_, _, ngettext, npgettext, pgettext

NO_SESSIONS = N_("No sessions in this period.")
NO_REVIEWS = N_("No reviews in this period.")
NO_ANSWERS = N_("No requests were answered in this period.")
NO_HOURS = N_(
    "No open hours have been counted yet. Each day of your availability is counted when it's over."
)
NO_HOURS_IN_SERVER = N_(
    "No open hours have been counted yet. Each day of the mentors' availability is counted when "
    "it's over."
)
NO_DEMAND = N_("Everyone who searched found a mentor, and no request for help is open.")
NO_POINTS = N_("No points moved in this period.")
NO_ONE_THIS_MONTH = N_("Nobody has had a session this month yet.")
DEMAND = N_("What members look for and haven't found yet:")
MONTHS_ARE_UTC = N_("Months begin and end at midnight UTC. Figures may be a few minutes old.")
CHART_IS_LATE = N_("The chart isn't ready yet. Open this page again to see it.")
FILE = N_("Open this file in Excel, Numbers or Google Sheets.")
OLDER_MONTHS = N_("Older months are in the CSV file.")

FIRST_STEPS = N_(
    "Members find you with `/mentor search` and book with `/book`. The more open hours you have in "
    "`/mentor hours`, the more often they find a time that suits."
)
FIRST_STEPS_OF_SERVER = N_(
    "These figures fill in as members book sessions. Applications of mentors are in "
    "`/moderation queue`."
)


def sessions(insights: MentorInsights, reader: Reader) -> str:
    """Write the key figures of a mentor: `**42 sessions** took place: 38 hours in all.`"""
    return _took_place(insights.total, reader)


def mentees(insights: MentorInsights, reader: Reader) -> str:
    """Write whom a mentor has helped in all time: `17 people, 9 of them more than once`."""
    people = ngettext("{count} person", "{count} people", insights.mentees)
    if not insights.returning_mentees:
        return people
    # Translators: it follows a number of people: "17 people, 9 of them more than once".
    again = ngettext(
        "{count} of them more than once",
        "{count} of them more than once",
        insights.returning_mentees,
    )
    return enumerated((people, again), reader)


def missed(total: MonthFigures, reader: Reader) -> str:
    """Write who didn't come, in a mentor's insights: `3 by mentees, 1 by you`."""
    return _by_mentees_and_you(total.missed_by_mentee, total.missed_by_mentor, reader)


def cancelled(total: MonthFigures, reader: Reader) -> str:
    """Write who cancelled confirmed sessions, in a mentor's insights."""
    return _by_mentees_and_you(total.cancelled_by_mentee, total.cancelled_by_mentor, reader)


def _by_mentees_and_you(by_mentees: int, by_mentor: int, reader: Reader) -> str:
    # Translators: how many no-shows or cancellations there were, and by whom.
    return _(
        "{mentees} by mentees, {own} by you",
        mentees=format_number(by_mentees, reader.formats),
        own=format_number(by_mentor, reader.formats),
    )


def missed_in_server(total: MonthFigures, reader: Reader) -> str:
    """Write who didn't come: `3 by mentees, 1 by mentors`."""
    return _by_mentees_and_mentors(total.missed_by_mentee, total.missed_by_mentor, reader)


def cancelled_in_server(total: MonthFigures, reader: Reader) -> str:
    """Write who cancelled confirmed sessions: `3 by mentees, 1 by mentors`."""
    return _by_mentees_and_mentors(total.cancelled_by_mentee, total.cancelled_by_mentor, reader)


def _by_mentees_and_mentors(by_mentees: int, by_mentors: int, reader: Reader) -> str:
    # Translators: how many no-shows or cancellations there were, and by whom.
    return _(
        "{mentees} by mentees, {mentors} by mentors",
        mentees=format_number(by_mentees, reader.formats),
        mentors=format_number(by_mentors, reader.formats),
    )


def server_sessions(insights: GuildInsights, reader: Reader) -> str:
    """Write the key figures of a server."""
    return _took_place(insights.total, reader)


def _took_place(total: MonthFigures, reader: Reader) -> str:
    if not total.sessions:
        return _(NO_SESSIONS)
    # Translators: {time} is how long these sessions were together: "38 hours".
    return ngettext(
        "**{count} session** took place: {time} in all.",
        "**{count} sessions** took place: {time} in all.",
        total.sessions,
        time=hours(total.minutes, reader),
    )


def month_of_sessions(month: MonthFigures, reader: Reader) -> str:
    """Write a month in the table of sessions: `12 sessions, 10 hours · 1 no-show`."""
    if not (month.sessions or month.no_shows or _cancellations(month)):
        return pgettext("a month in a table", "no sessions")
    count = ngettext("{count} session", "{count} sessions", month.sessions)
    parts = [enumerated((count, hours(month.minutes, reader)), reader)]
    if month.no_shows:
        parts.append(ngettext("{count} no-show", "{count} no-shows", month.no_shows))
    if number := _cancellations(month):
        parts.append(npgettext("sessions", "{count} cancelled", "{count} cancelled", number))
    return " · ".join(parts)


def rating(total: MonthFigures, reader: Reader) -> str:
    """Write a mean rating and where it is from: `**★ 4.6** from 12 reviews.`"""
    if total.rating is None:
        return _(NO_REVIEWS)
    # Translators: {stars} is a mean rating, "★ 4.6".
    return ngettext(
        "**{stars}** from {count} review.",
        "**{stars}** from {count} reviews.",
        total.reviews,
        stars=stars(total.rating, reader),
    )


def month_of_reviews(month: MonthFigures, reader: Reader) -> str:
    """Write a month in the table of ratings: `★ 4.5 from 3 reviews`."""
    if month.rating is None:
        return pgettext("a month in a table", "no reviews")
    # Translators: {stars} is a mean rating, "★ 4.6".
    return ngettext(
        "{stars} from {count} review",
        "{stars} from {count} reviews",
        month.reviews,
        stars=stars(month.rating, reader),
    )


def fill(heat_map: HeatMap, reader: Reader) -> str:
    """Write how full open hours were: `**62%** of your open hours were booked.`"""
    if heat_map.share is None:
        return _(NO_HOURS)
    return _(
        "**{percent}** of your open hours were booked.", percent=percent(heat_map.share, reader)
    )


def fill_of_server(heat_map: HeatMap, reader: Reader) -> str:
    """Write how full the open hours of all mentors were."""
    if heat_map.share is None:
        return _(NO_HOURS_IN_SERVER)
    return _(
        "**{percent}** of the mentors' open hours were booked.",
        percent=percent(heat_map.share, reader),
    )


def weekday(offered: int, used: int, reader: Reader) -> str:
    """Write a weekday in the table of open hours: `12 hours open, 50% booked`."""
    if not offered:
        return pgettext("a weekday in a table", "not offered")
    # Translators: {time} is a length of time, "12 hours", and {percent} of it were booked.
    return _(
        "{time} open, {percent} booked",
        time=hours(offered, reader),
        percent=percent(used / offered, reader),
    )


def vain_searches(count: int, reader: Reader) -> str:
    """Write how often people found no slot: `3 times`."""
    return npgettext("how often", "{count} time", "{count} times", count)


def response_time(times: Distribution, reader: Reader) -> str:
    """Write how fast a mentor answers: `You usually answer within **2 hours**.`"""
    if times.median_limit is not None:
        return _("You usually answer within **{time}**.", time=duration(times.median_limit, reader))
    if times.is_median_above:
        return _(
            "You usually take more than **{time}** to answer.",
            time=duration(times.limits[-1], reader),
        )
    return _(NO_ANSWERS)


def response_time_of_server(times: Distribution, reader: Reader) -> str:
    """Write how fast mentors answer."""
    if times.median_limit is not None:
        return _(
            "Mentors usually answer within **{time}**.", time=duration(times.median_limit, reader)
        )
    if times.is_median_above:
        return _(
            "Mentors usually take more than **{time}** to answer.",
            time=duration(times.limits[-1], reader),
        )
    return _(NO_ANSWERS)


def waiting_time(times: Distribution, reader: Reader) -> str:
    """Write how long members wait for a session: `usually within 4 days of booking`. Empty if
    nothing was booked."""
    if times.median_limit is not None:
        # Translators: when sessions take place, beside the label "Sessions take place".
        return ngettext(
            "usually within {count} day of booking",
            "usually within {count} days of booking",
            times.median_limit,
        )
    if times.is_median_above:
        # Translators: when sessions take place, beside the label "Sessions take place".
        return ngettext(
            "usually more than {count} day after booking",
            "usually more than {count} days after booking",
            times.limits[-1],
        )
    return ""


def requests(total: MonthFigures, reader: Reader) -> str:
    """Write what became of requests: `20 answered, 1 expired`."""
    # Translators: how many requests of members mentors have answered.
    answered = ngettext("{count} answered", "{count} answered", total.answered)
    # Translators: how many requests of members have expired.
    expired = npgettext("requests", "{count} expired", "{count} expired", total.expired)
    return enumerated((answered, expired), reader)


def demand(row: ExpertiseDemand, reader: Reader) -> str:
    """Write an expertise in the table of demand: `12 searches without a result · 2 mentors`."""
    parts = []
    if row.searches:
        parts.append(
            ngettext(
                "{count} search without a result", "{count} searches without a result", row.searches
            )
        )
    if row.requests:
        parts.append(ngettext("{count} open request", "{count} open requests", row.requests))
    if row.tag is not None and row.mentors:
        parts.append(ngettext("{count} mentor", "{count} mentors", row.mentors))
    elif row.tag is not None:
        parts.append(_("no mentor yet"))
    return " · ".join(parts)


def active_people(month: GuildMonth, reader: Reader) -> str:
    """Write a month in the table of people: `5 mentors, 20 members`."""
    mentors = ngettext("{count} mentor", "{count} mentors", month.active_mentors)
    members = ngettext("{count} member", "{count} members", month.active_members)
    return enumerated((mentors, members), reader)


def active_this_month(month: GuildMonth, reader: Reader) -> str:
    """Write how many people were active in the current month."""
    # Translators: {people} is "5 mentors, 20 members".
    return _("**{people}** had a session this month.", people=active_people(month, reader))


def points(month: GuildMonth, reader: Reader) -> str:
    """Write a month in the table of points: `900 issued · 600 put on hold · 540 paid`."""
    issued = npgettext("points", "{count} issued", "{count} issued", month.issued)
    held = npgettext("points", "{count} put on hold", "{count} put on hold", month.held)
    paid = npgettext("points", "{count} paid", "{count} paid", month.paid)
    return f"{issued} · {held} · {paid}"


def held_now(amount: str, reader: Reader) -> str:
    """Write how many points are on hold."""
    return _("**{points}** on hold right now.", points=amount)


def _cancellations(month: MonthFigures) -> int:
    return month.cancelled_by_mentor + month.cancelled_by_mentee
