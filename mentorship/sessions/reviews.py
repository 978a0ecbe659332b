"""Reviews: a mentee's rating and text about a session, and the mentor's single reply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import insert, select, update

from mentorship.actors import Actor
from mentorship.errors import (
    Field,
    InvalidField,
    NotAllowedNow,
    NotFound,
    NotYours,
    Obstacle,
    Problem,
    RatingClosed,
    ReviewAction,
    Subject,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.notifications.publishing import publish
from mentorship.sessions import session_views
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import MentorProfile, Review, Session

LONGEST_REVIEW = 1_000
LONGEST_REPLY = 1_000
"""Maximum lengths, in characters."""


@dataclass(frozen=True, slots=True)
class SessionReview:
    """A session's review. `reply` is None until the mentor has replied."""

    stars: int
    text: str
    hidden: bool
    reply: str | None
    replied_at: datetime | None

    @property
    def can_be_replied_to(self) -> bool:
        """Whether the mentor can reply: the review has a text, isn't hidden and has no reply."""
        return bool(self.text) and not self.hidden and self.reply is None


@dataclass(frozen=True, slots=True)
class RatingResult:
    """A session with its new rating. `changed` tells whether it replaces an earlier one."""

    session: SessionView
    stars: int
    text: str
    changed: bool


async def rate(
    tx: Transaction, actor: Actor, session_id: int, stars: int, text: str | None = None
) -> RatingResult:
    """Rate a completed session with 1 to 5 stars and a text, or change that rating.

    A rating can be changed for `session_views.RATING_EDITABLE_FOR`. With `text=None`, the text
    of an existing review is kept. Raises `NotFound`, `NotYours` for anyone but
    the mentee, `NotAllowedNow` before completion, `RatingClosed`, `InvalidField`.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    if session.party(actor.user_id) is not Party.MENTEE:
        raise NotYours(Subject.RATING)
    if session.status is not SessionStatus.COMPLETED:
        raise NotAllowedNow(ReviewAction.RATE, status=session.status)
    if not 1 <= stars <= 5:
        raise InvalidField(Field.RATING, Problem.OUT_OF_RANGE, least=1, most=5)
    if text is not None and len(text.strip()) > LONGEST_REVIEW:
        raise InvalidField(Field.REVIEW, Problem.TOO_LONG, most=LONGEST_REVIEW)
    existing = (
        await tx.connection.execute(
            select(Review.id, Review.stars, Review.text, Review.created_at, Review.hidden_at).where(
                Review.session_id == session_id, Review.author_id == actor.user_id
            )
        )
    ).one_or_none()
    if existing is None:
        review_text = (text or "").strip()
        await tx.connection.execute(
            insert(Review).values(
                session_id=session_id,
                author_id=actor.user_id,
                profile_id=select(Session.profile_id)
                .where(Session.id == session_id)
                .scalar_subquery(),
                stars=stars,
                text=review_text,
                created_at=tx.now,
                updated_at=tx.now,
            )
        )
        await _update_rating_totals(tx, session_id, stars=stars, reviews=1)
        await _publish(tx, session, EventType.REVIEW_WRITTEN, stars, has_text=bool(review_text))
    else:
        if tx.now > existing.created_at + session_views.RATING_EDITABLE_FOR:
            raise RatingClosed()
        review_text = existing.text if text is None else text.strip()
        await tx.connection.execute(
            update(Review)
            .where(Review.id == existing.id)
            .values(stars=stars, text=review_text, updated_at=tx.now)
        )
        if existing.hidden_at is None:
            await _update_rating_totals(tx, session_id, stars=stars - existing.stars, reviews=0)
        # A text added later is new to the mentor, who can now reply to it.
        is_first_text = bool(review_text) and not existing.text
        event_type = EventType.REVIEW_WRITTEN if is_first_text else EventType.REVIEW_EDITED
        await _publish(tx, session, event_type, stars, has_text=bool(review_text))
    return RatingResult(
        await session_views.load(tx, session_id), stars, review_text, changed=existing is not None
    )


async def _publish(
    tx: Transaction, session: SessionView, event_type: EventType, stars: int, *, has_text: bool
) -> None:
    event = Event(
        event_type,
        session.guild_id,
        session.mentee.user_id,
        subject_id=session.mentor.user_id,
        session_id=session.id,
        facts={"stars": stars, "words": has_text},
    )
    await publish(tx, event)


async def load_for_reply(tx: Transaction, actor: Actor, session_id: int) -> SessionReview:
    """Load a review that the actor can reply to now.

    Raises what `reply` does, except `InvalidField`.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    if session.party(actor.user_id) is not Party.MENTOR:
        raise NotYours(Subject.REPLY)
    review = await find_for_session(tx, session_id)
    if review is None:
        raise NotFound(Subject.REVIEW)
    if review.hidden:
        raise NotAllowedNow(ReviewAction.REPLY, Obstacle.HIDDEN, subject=Subject.REVIEW)
    if review.reply is not None:
        raise NotAllowedNow(ReviewAction.REPLY, Obstacle.ALREADY_ANSWERED, subject=Subject.REVIEW)
    if not review.text:
        raise NotAllowedNow(ReviewAction.REPLY, Obstacle.WITHOUT_TEXT, subject=Subject.REVIEW)
    return review


async def reply(tx: Transaction, actor: Actor, session_id: int, text: str) -> SessionReview:
    """Reply to a review as its mentor. The reply is public and can't be changed.

    Raises `NotFound` if there is no review, `NotYours` for anyone but the mentor,
    `NotAllowedNow` for a review that is hidden, answered or without text, and `InvalidField`.
    """
    review = await load_for_reply(tx, actor, session_id)
    reply_text = text.strip()
    if not reply_text:
        raise InvalidField(Field.REPLY, Problem.MISSING)
    if len(reply_text) > LONGEST_REPLY:
        raise InvalidField(Field.REPLY, Problem.TOO_LONG, most=LONGEST_REPLY)
    await tx.connection.execute(
        update(Review)
        .where(Review.session_id == session_id)
        .values(reply=reply_text, replied_at=tx.now)
    )
    session = await session_views.load(tx, session_id)
    event = Event(
        EventType.REVIEW_REPLIED,
        session.guild_id,
        actor.user_id,
        subject_id=session.mentee.user_id,
        session_id=session_id,
    )
    await publish(tx, event)
    return replace(review, reply=reply_text, replied_at=tx.now)


async def find_for_session(tx: Transaction, session_id: int) -> SessionReview | None:
    """Return a session's review, or None. Does no permission checks."""
    return (await find_for_sessions(tx, [session_id])).get(session_id)


async def find_for_sessions(
    tx: Transaction, session_ids: Iterable[int]
) -> dict[int, SessionReview]:
    """Return the reviews of several sessions by session id. Does no permission checks."""
    ids = set(session_ids)
    if not ids:
        return {}
    rows = await tx.connection.execute(
        select(
            Review.session_id,
            Review.stars,
            Review.text,
            Review.hidden_at,
            Review.reply,
            Review.replied_at,
        ).where(Review.session_id.in_(ids))
    )
    return {
        row.session_id: SessionReview(
            row.stars, row.text, row.hidden_at is not None, row.reply, row.replied_at
        )
        for row in rows
    }


async def _update_rating_totals(
    tx: Transaction, session_id: int, *, stars: int, reviews: int
) -> None:
    """Add to the sum of stars and the number of ratings of the session's mentor."""
    profile = select(Session.profile_id).where(Session.id == session_id).scalar_subquery()
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == profile)
        .values(
            rating_sum=MentorProfile.rating_sum + stars,
            rating_count=MentorProfile.rating_count + reviews,
        )
    )
