"""Reviews in pages: a mentor's, for members, and all of a guild's, for its moderators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, bindparam, select, text, tuple_

from mentorship import pagination
from mentorship.actors import Actor
from mentorship.administration import moderation, moderation_lists
from mentorship.administration.moderation_lists import ReviewRow
from mentorship.errors import NotAMentor
from mentorship.guilds import guild_settings, moderators
from mentorship.pagination import Cursor, Direction, Page, Position
from mentorship.sessions import session_reviews
from mentorship.sessions.follow_up import reviews
from mentorship.sessions.session_reviews import SessionReview
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.tables import Member, MentorProfile, Review
from storage.types import UtcDateTime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MICROSECOND = int((datetime(9999, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) * 1_000_000


async def list_of_mentor(
    tx: Transaction, actor: Actor, user_id: int, cursor: str | None = None, size: int = 25
) -> Page[SessionReview]:
    """List a page of a mentor's visible reviews, the newest first, also those without a text.

    They don't name their authors. An invalid cursor returns the first page. Raises `NotAMentor`, as
    `public_profiles.load` does.
    """
    params = {"guild": actor.guild, "user": user_id}
    row = (await tx.connection.execute(_SELECT_PROFILE, params)).one_or_none()
    if row is None or (row.status != ProfileStatus.APPROVED and user_id != actor.user_id):
        raise NotAMentor(None if row is None else row.name)

    async def fetch(at: Cursor | None, limit: int) -> Sequence[SessionReview]:
        backward = at is not None and at.direction is Direction.BACKWARD
        bounds: dict[str, Any] = {"profile": row.id, "limit": limit}
        if at is not None:
            microsecond, review_id = at.position.key[:2]
            bounds |= {"key_written": _instant(microsecond), "key_id": review_id}
        rows = await tx.connection.execute(_select_of_profile(at is not None, backward), bounds)
        return [SessionReview.of(each) for each in rows]

    return await pagination.load_page(fetch, _position, cursor, size)


async def list_of_guild(
    tx: Transaction,
    actor: Actor,
    *,
    hidden: bool = False,
    cursor: str | None = None,
    size: int = 25,
) -> Page[ReviewRow]:
    """List a page of the guild's visible reviews, or of the hidden ones, the newest first.

    An invalid cursor returns the first page. Raises `NotAModerator`.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))

    async def fetch(at: Cursor | None, limit: int) -> Sequence[ReviewRow]:
        backward = at is not None and at.direction is Direction.BACKWARD
        params: dict[str, Any] = {"guild": actor.guild, "limit": limit}
        if at is not None:
            params["key_id"] = at.position.key[0]
        statement = _select_of_guild(hidden, at is not None, backward)
        ids = (await tx.connection.scalars(statement, params)).all()
        found = await moderation_lists.load_reviews(tx, ids)
        return [found[review_id] for review_id in ids]

    return await pagination.load_page(
        fetch, lambda review: Position(0, (review.id, 0)), cursor, size
    )


@dataclass(frozen=True, slots=True)
class ModeratedReview:
    """A review about which a moderator has decided, and its author's id."""

    review: SessionReview
    author_id: int


async def set_visibility(
    tx: Transaction,
    actor: Actor,
    review_id: int,
    visible: bool,
    reason: str = "",
    changed_at: datetime | None = None,
) -> ModeratedReview:
    """Show a review, or hide it for a reason.

    `changed_at` is when the text that the actor read was last changed. Raises what
    `moderation.show_review` and `moderation.hide_review` do.
    """
    if visible:
        row = await moderation.show_review(tx, actor, review_id)
    else:
        row = await moderation.hide_review(tx, actor, review_id, reason, changed_at)
    review = await reviews.find_for_session(tx, row.session_id)
    assert review is not None  # It was just changed.
    return ModeratedReview(review, row.author_id)


_SELECT_PROFILE = (
    select(MentorProfile.id, MentorProfile.status, Member.name)
    .join(Member)
    .where(MentorProfile.guild_id == bindparam("guild"), MentorProfile.user_id == bindparam("user"))
)


@cache
def _select_of_profile(has_key: bool, backward: bool) -> Select[*tuple[Any, ...]]:
    """Select reviews of a profile beyond a key, by the index of their profile and time."""
    key = (Review.created_at, Review.id)
    query = select(*session_reviews.COLUMNS).where(
        Review.profile_id == bindparam("profile"), Review.hidden_at.is_(None)
    )
    if has_key:
        bound = tuple_(
            bindparam("key_written", type_=UtcDateTime), bindparam("key_id", type_=BigInteger)
        )
        query = query.where(tuple_(*key) > bound if backward else tuple_(*key) < bound)
    order = (column.asc() if backward else column.desc() for column in key)
    return query.order_by(*order).limit(bindparam("limit", type_=Integer))


@cache
def _select_of_guild(hidden: bool, has_key: bool, backward: bool) -> Select[int]:
    """Select the ids of reviews of a guild beyond a key.

    Spelt as in the partial indexes on hidden and visible reviews.
    """
    query = select(Review.id).where(
        Review.guild_id == bindparam("guild"),
        text(f"reviews.hidden_at IS {'NOT ' if hidden else ''}NULL"),
    )
    if has_key:
        bound = bindparam("key_id", type_=BigInteger)
        query = query.where(Review.id > bound if backward else Review.id < bound)
    order = Review.id.asc() if backward else Review.id.desc()
    return query.order_by(order).limit(bindparam("limit", type_=Integer))


def _position(review: SessionReview) -> Position:
    microseconds = (review.written_at - _EPOCH) // timedelta(microseconds=1)
    return Position(0, (microseconds, review.id))


def _instant(microsecond: int) -> datetime:
    # A forged cursor may hold a time beyond the range of datetime.
    return _EPOCH + timedelta(microseconds=min(microsecond, _LAST_MICROSECOND))
