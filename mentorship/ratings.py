"""Ratings: what a mentee says of a session, and the mentor's mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, select, update

from mentorship import notices, sessions
from mentorship.actors import Actor
from mentorship.errors import InvalidField, NotAllowedNow, NotYours, RatingClosed
from mentorship.lifecycle import Party, Status
from mentorship.notices import Draft, Kind
from mentorship.sessions import SessionView
from storage import Transaction
from storage.tables import MentorProfile, Review, Session

CHANGEABLE_FOR = timedelta(days=14)
LONGEST_REVIEW = 1_000


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
    session = await sessions.show(tx, actor, session_id)
    if session.party(actor.user_id) is not Party.MENTEE:
        raise NotYours("rating")
    if session.status is not Status.COMPLETED:
        raise NotAllowedNow(act="rate", status=session.status.words)
    if not 1 <= stars <= 5:
        raise InvalidField("the rating", "is a number of stars from 1 to 5.")
    if text is not None and len(text.strip()) > LONGEST_REVIEW:
        raise InvalidField("the review", f"has at most {LONGEST_REVIEW:,} characters.")
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
        await notices.write(
            tx,
            [
                Draft(
                    Kind.RATED,
                    session.guild_id,
                    session.mentor.user_id,
                    subject=str(session_id),
                    due_at=tx.now,
                    session_id=session_id,
                )
            ],
        )
    else:
        if tx.now > before.created_at + CHANGEABLE_FOR:
            raise RatingClosed()
        words = before.text if text is None else text.strip()
        await tx.connection.execute(
            update(Review)
            .where(Review.id == before.id)
            .values(stars=stars, text=words, updated_at=tx.now)
        )
        if before.hidden_at is None:
            await _count(tx, session_id, stars=stars - before.stars, reviews=0)
    return Rated(await sessions.load(tx, session_id), stars, words, changed=before is not None)


async def review_text(tx: Transaction, session_id: int) -> str:
    """The words of a session's review, empty where there are none."""
    found = await tx.connection.scalar(select(Review.text).where(Review.session_id == session_id))
    return found or ""


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
