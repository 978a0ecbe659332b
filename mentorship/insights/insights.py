"""Read the figures of a mentor or of a guild."""

from __future__ import annotations

from datetime import date

from mentorship.actors import Actor
from mentorship.guilds import guild_settings, moderators
from mentorship.insights.views import (
    ANSWER_LIMITS,
    HALF_HOURS,
    WAIT_LIMITS,
    Distribution,
    GuildInsights,
    GuildMonth,
    HeatMap,
    InsightsRange,
    MentorInsights,
    MonthFigures,
    month_of,
    months_between,
    shift,
    total,
)
from mentorship.members import members
from mentorship.mentors import own_profile
from mentorship.statuses import ProfileStatus
from storage import Transaction

DEFAULT_ZONE = "UTC"
"""The zone of heat maps for readers who haven't set one."""


async def mentor_insights(tx: Transaction, actor: Actor, span: InsightsRange) -> MentorInsights:
    """Return the actor's own figures as a mentor, also if they no longer mentor.

    Raises `NotAMentor`, `StillAnApplicant`.
    """
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    if profile is None or profile.status == ProfileStatus.APPLICANT:
        raise await own_profile.why_not_mentoring(tx, profile)
    zone = await members.load_timezone(tx, actor, DEFAULT_ZONE)
    months = tuple(MonthFigures(month) for month in _months(tx, span, None))
    return MentorInsights(
        range=span,
        months=months,
        total=total(months),
        mentees=0,
        returning=0,
        answer_times=Distribution(ANSWER_LIMITS, (0,) * (len(ANSWER_LIMITS) + 1)),
        heat_map=HeatMap((0,) * HALF_HOURS, (0,) * HALF_HOURS),
        offered_since=None,
        vain_searches=(),
        timezone=zone,
    )


async def guild_insights(tx: Transaction, actor: Actor, span: InsightsRange) -> GuildInsights:
    """Return the figures of the actor's guild. Raises `NotAModerator`."""
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    zone = await members.load_timezone(tx, actor, DEFAULT_ZONE)
    months = tuple(GuildMonth(MonthFigures(month)) for month in _months(tx, span, None))
    return GuildInsights(
        range=span,
        months=months,
        total=total(month.figures for month in months),
        answer_times=Distribution(ANSWER_LIMITS, (0,) * (len(ANSWER_LIMITS) + 1)),
        waits=Distribution(WAIT_LIMITS, (0,) * (len(WAIT_LIMITS) + 1)),
        heat_map=HeatMap((0,) * HALF_HOURS, (0,) * HALF_HOURS),
        offered_since=None,
        held_now=0,
        demand=(),
        quiet_mentors=(),
        timezone=zone,
    )


def _months(tx: Transaction, span: InsightsRange, first: date | None) -> list[date]:
    """Return the months of a range: up to now, and from `first` on for all that there are."""
    last = month_of(tx.now)
    if span.months is not None:
        return months_between(shift(last, 1 - span.months), last)
    return months_between(min(first or last, last), last)
