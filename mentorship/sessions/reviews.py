"""Ratings: what a mentee says of a session, the mentor's mean, and the mentor's one reply."""

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


@dataclass(frozen=True, slots=True)
class SessionReview:
    """What was said of a session and answered. `reply` is None until the mentor has replied."""

    stars: int
    text: str
    hidden: bool
    reply: str | None
    replied_at: datetime | None

    @property
    def can_be_replied_to(self) -> bool:
        """Its mentor may answer: there are words, nobody has hidden them, and no reply is there."""
        return bool(self.text) and not self.hidden and self.reply is None


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating as it stands now; `changed` if there was one before."""

    session: SessionView
    stars: int
    text: str
    changed: bool


async def rate(
    tx: Transaction, actor: Actor, session_id: int, stars: int, text: str | None = None
) -> Rated:
    """Give a completed session 1 to 5 stars and some words, or change them within 14 days.

    Without `text`, words that were given before stay. Raises `NotFound`, `NotYours` for anyone but
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
    before = (
        await tx.connection.execute(
            select(Review.id, Review.stars, Review.text, Review.created_at, Review.hidden_at).where(
                Review.session_id == session_id, Review.author_id == actor.user_id
            )
        )
    ).one_or_none()
    if before is None:
        words = (text or "").strip()
        await tx.connection.execute(
            insert(Review).values(
                session_id=session_id,
                author_id=actor.user_id,
                profile_id=select(Session.profile_id)
                .where(Session.id == session_id)
                .scalar_subquery(),
                stars=stars,
                text=words,
                created_at=tx.now,
                updated_at=tx.now,
            )
        )
        await _count(tx, session_id, stars=stars, reviews=1)
        await _publish(tx, session, EventType.REVIEW_WRITTEN, stars, with_words=bool(words))
    else:
        if tx.now > before.created_at + session_views.RATING_EDITABLE_FOR:
            raise RatingClosed()
        words = before.text if text is None else text.strip()
        await tx.connection.execute(
            update(Review)
            .where(Review.id == before.id)
            .values(stars=stars, text=words, updated_at=tx.now)
        )
        if before.hidden_at is None:
            await _count(tx, session_id, stars=stars - before.stars, reviews=0)
        # Words that come later than the stars are new to the mentor, who can reply to them.
        first_words = bool(words) and not before.text
        event_type = EventType.REVIEW_WRITTEN if first_words else EventType.REVIEW_EDITED
        await _publish(tx, session, event_type, stars, with_words=bool(words))
    return Rated(await session_views.load(tx, session_id), stars, words, changed=before is not None)


async def _publish(
    tx: Transaction, session: SessionView, event_type: EventType, stars: int, *, with_words: bool
) -> None:
    event = Event(
        event_type,
        session.guild_id,
        session.mentee.user_id,
        subject_id=session.mentor.user_id,
        session_id=session.id,
        facts={"stars": stars, "words": with_words},
    )
    await publish(tx, event)


async def before_reply(tx: Transaction, actor: Actor, session_id: int) -> SessionReview:
    """A review that the actor can reply to now. Raises what `reply` does, but `InvalidField`."""
    session = await session_views.load_for_participant(tx, actor, session_id)
    if session.party(actor.user_id) is not Party.MENTOR:
        raise NotYours(Subject.REPLY)
    review = await of_session(tx, session_id)
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
    """Answer the words of a review as its mentor, once and for everybody to read.

    Raises `NotFound` where there is no review, `NotYours` for anyone but the mentor,
    `NotAllowedNow` for one that is hidden, answered or without words, `InvalidField`.
    """
    review = await before_reply(tx, actor, session_id)
    words = text.strip()
    if not words:
        raise InvalidField(Field.REPLY, Problem.MISSING)
    if len(words) > LONGEST_REPLY:
        raise InvalidField(Field.REPLY, Problem.TOO_LONG, most=LONGEST_REPLY)
    await tx.connection.execute(
        update(Review).where(Review.session_id == session_id).values(reply=words, replied_at=tx.now)
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
    return replace(review, reply=words, replied_at=tx.now)


async def of_session(tx: Transaction, session_id: int) -> SessionReview | None:
    """What was said of a session, whoever asks; None while nothing was."""
    return (await of_sessions(tx, [session_id])).get(session_id)


async def of_sessions(tx: Transaction, session_ids: Iterable[int]) -> dict[int, SessionReview]:
    """What was said of several sessions, by their ids, whoever asks."""
    wanted = set(session_ids)
    if not wanted:
        return {}
    rows = await tx.connection.execute(
        select(
            Review.session_id,
            Review.stars,
            Review.text,
            Review.hidden_at,
            Review.reply,
            Review.replied_at,
        ).where(Review.session_id.in_(wanted))
    )
    return {
        row.session_id: SessionReview(
            row.stars, row.text, row.hidden_at is not None, row.reply, row.replied_at
        )
        for row in rows
    }


async def _count(tx: Transaction, session_id: int, *, stars: int, reviews: int) -> None:
    """Move the mentor's sum and number by what has changed."""
    profile = select(Session.profile_id).where(Session.id == session_id).scalar_subquery()
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == profile)
        .values(
            rating_sum=MentorProfile.rating_sum + stars,
            rating_count=MentorProfile.rating_count + reviews,
        )
    )
