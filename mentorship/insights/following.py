"""Follow the events: each says which mentor's months are out of date.

What the figures are follows from the sessions as they are when a month is computed
(`mentorship.insights.refreshing`), so an event that comes late or twice does no harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, select, tuple_

from mentorship.event_types import EventType
from mentorship.insights import refreshing
from mentorship.insights.refreshing import Bucket
from mentorship.insights.views import month_of
from mentorship.webhooks.feed_events import FeedEvent
from storage import Transaction
from storage.tables import MentorProfile, Review, Session, Thanks

CURSOR = "figures"
"""The name of the cursor over the events (`mentorship.webhooks.cursors`)."""

BATCH_SIZE = 500
"""Events that are followed in one transaction, at most."""

_OF_PROFILES = frozenset(
    {
        EventType.APPLICATION_APPROVED,
        EventType.MENTOR_STOPPED,
        EventType.MENTOR_SUSPENDED,
        EventType.MENTOR_REINSTATED,
        EventType.MEMBER_LEFT,
    }
)
"""Events after which somebody may mentor, or may no longer."""

_OF_FEEDBACK = frozenset(
    {
        EventType.REVIEW_WRITTEN,
        EventType.REVIEW_EDITED,
        EventType.REVIEW_HIDDEN,
        EventType.REVIEW_SHOWN,
        EventType.SESSION_THANKED,
    }
)


async def follow(tx: Transaction, events: Sequence[FeedEvent]) -> None:
    """Mark the months that events are about."""
    sessions, rated, people = set(), set(), set()
    for event in events:
        if event.session_id is not None:
            sessions.add(event.session_id)
            if event.type in _OF_FEEDBACK:
                rated.add(event.session_id)
        if event.type in _OF_PROFILES:
            people |= {
                (event.guild_id, user_id)
                for user_id in (event.actor_id, event.subject_id)
                if user_id is not None
            }
    buckets = await find_buckets(tx, sorted(sessions), sorted(rated))
    if people:
        profiles = await tx.connection.scalars(_PROFILES, {"people": sorted(people)})
        buckets += [(profile_id, month_of(tx.now)) for profile_id in profiles]
    await refreshing.mark(tx, buckets)


async def find_buckets(
    tx: Transaction, session_ids: Sequence[int], rated_ids: Sequence[int]
) -> list[Bucket]:
    """Return the months in which sessions count, and the reviews and thanks of some of them."""
    buckets: list[Bucket] = []
    if session_ids:
        for row in await tx.connection.execute(_SESSIONS, {"ids": session_ids}):
            buckets += _buckets(row.profile_id, row.starts_at, row.created_at)
    if rated_ids:
        for query in (_REVIEWS, _THANKS):
            for written in await tx.connection.execute(query, {"ids": rated_ids}):
                buckets += _buckets(written.profile_id, written.created_at)
    return buckets


def _buckets(profile_id: int, *instants: object) -> list[Bucket]:
    # An instant that can't be read has no month.
    return [
        (profile_id, month_of(instant)) for instant in instants if isinstance(instant, datetime)
    ]


_IDS = bindparam("ids", expanding=True, type_=BigInteger)
_SESSIONS = select(Session.profile_id, Session.starts_at, Session.created_at).where(
    Session.id.in_(_IDS)
)
_REVIEWS = select(Review.profile_id, Review.created_at).where(Review.session_id.in_(_IDS))
_THANKS = select(Thanks.profile_id, Thanks.created_at).where(Thanks.session_id.in_(_IDS))
_PROFILES = select(MentorProfile.id).where(
    tuple_(MentorProfile.guild_id, MentorProfile.user_id).in_(bindparam("people", expanding=True))
)
