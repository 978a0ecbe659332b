"""A mentor's rating: of each mentee's visible reviews of them, only the latest counts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import bindparam, select, update

from storage import Transaction
from storage.tables import MentorProfile, Review

_OF_PAIR = (
    Review.profile_id == bindparam("profile"),
    Review.author_id == bindparam("author"),
)
_LOCK = select(MentorProfile.id).where(MentorProfile.id == bindparam("profile")).with_for_update()
_COUNTING_STARS = select(Review.stars).where(*_OF_PAIR, Review.counts)
_LATEST_VISIBLE = (
    select(Review.id, Review.stars)
    .where(*_OF_PAIR, Review.hidden_at.is_(None))
    .order_by(Review.id.desc())
    .limit(1)
)
_UNCOUNT_OTHERS = (
    update(Review)
    .where(*_OF_PAIR, Review.counts, Review.id != bindparam("latest"))
    .values(counts=False)
)
_COUNT_LATEST = (
    update(Review).where(Review.id == bindparam("latest"), ~Review.counts).values(counts=True)
)
_ADD_TO_RATING = (
    update(MentorProfile)
    .where(MentorProfile.id == bindparam("profile"))
    .values(
        rating_sum=MentorProfile.rating_sum + bindparam("stars"),
        rating_count=MentorProfile.rating_count + bindparam("people"),
    )
)

_NO_REVIEW = 0
"""An id that no review has."""


@asynccontextmanager
async def reviews_of_pair(tx: Transaction, profile_id: int, author_id: int) -> AsyncIterator[None]:
    """Change reviews that one mentee has written about one mentor, within this context.

    At its end the latest visible one counts, and the mentor's rating changes by the difference. A
    new review is inserted with `counts=False`. Ratings of one mentor take turns on PostgreSQL: each
    of them updates the profile's row, so concurrent ones are run again.
    """
    pair = {"profile": profile_id, "author": author_id}
    await tx.connection.execute(_LOCK, {"profile": profile_id})
    before = await tx.connection.scalar(_COUNTING_STARS, pair)
    yield
    latest = (await tx.connection.execute(_LATEST_VISIBLE, pair)).one_or_none()
    latest_id = _NO_REVIEW if latest is None else latest.id
    # In this order: at no time may two reviews of a pair count.
    await tx.connection.execute(_UNCOUNT_OTHERS, {**pair, "latest": latest_id})
    await tx.connection.execute(_COUNT_LATEST, {"latest": latest_id})
    await tx.connection.execute(
        _ADD_TO_RATING,
        {
            "profile": profile_id,
            "stars": (0 if latest is None else latest.stars) - (before or 0),
            "people": (latest is not None) - (before is not None),
        },
    )
