"""A session with what its card shows beside it: the settings, its review, who got the points."""

from __future__ import annotations

from dataclasses import dataclass

from mentorship.actors import Actor
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors.question_rules import Answer
from mentorship.sessions import booking_answers, points_history, session_views
from mentorship.sessions.follow_up import reviews, thanks
from mentorship.sessions.follow_up.thanks import SessionThanks
from mentorship.sessions.points_history import PriceBreakdown
from mentorship.sessions.session_reviews import SessionReview
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction

SPLIT_STATUSES = (SessionStatus.COMPLETED, SessionStatus.CANCELLED)
"""Final statuses in which each participant may have got some of the points."""


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """A session, its guild's settings, and how it ended.

    `review` is None until the mentee has rated it, and `thanks` until they have sent some.
    `breakdown` is None for a free session, and in a status that tells by itself who got the points.
    `answers` are the mentee's, to the mentor's questions at booking.
    """

    session: SessionView
    guild: GuildSettings
    review: SessionReview | None = None
    breakdown: PriceBreakdown | None = None
    answers: tuple[Answer, ...] = ()
    thanks: SessionThanks | None = None


async def load(tx: Transaction, actor: Actor, session_id: int) -> SessionDetails:
    """Load a session for one of its participants. Raises `NotFound`."""
    session = await session_views.load_for_participant(tx, actor, session_id)
    return await load_of(tx, session, await guild_settings.load(tx, session.guild_id))


async def load_of(tx: Transaction, session: SessionView, guild: GuildSettings) -> SessionDetails:
    """Load what a session's card shows beside the session. Does no permission checks."""
    review = breakdown = given = None
    if session.status is SessionStatus.COMPLETED:
        review = await reviews.find_for_session(tx, session.id)
        given = await thanks.find_for_session(tx, session.id)
    if session.price and session.status in SPLIT_STATUSES:
        breakdown = await points_history.load_price_breakdown(tx, session.id)
    answers = await booking_answers.load(tx, session)
    return SessionDetails(session, guild, review, breakdown, answers, given)
