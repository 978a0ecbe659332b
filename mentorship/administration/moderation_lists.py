"""Suggestions of mentors and reviews for moderators, while they type.

A suggestion is one of the latest rows, or belongs to a mentor whose name was typed. So a list costs
the same however many mentors and reviews a guild has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Row,
    Select,
    bindparam,
    literal_column,
    select,
    text,
    union,
    union_all,
)

from mentorship.actors import Actor
from mentorship.errors import NotFound, Subject
from mentorship.guilds import guild_settings, moderators
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.full_text import TextField, TextMatch, profiles_matching, split_words
from storage.tables import Member, MentorProfile, Review

LATEST_PROFILES = 200
"""How many of the latest profiles of each status are looked through."""

LATEST_REVIEWS = 300
"""How many of the guild's latest reviews are looked through."""

NAMED_MENTORS, REVIEWS_OF_NAMED = 5, 50
"""How many mentors whose name was typed are considered, and how many of the latest reviews of each.
"""

MAX_WORDS = 5
"""Typed words that are used."""


@dataclass(frozen=True, slots=True)
class MentorRow:
    """A mentor in a moderator's list."""

    user_id: int
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review in a moderator's list. `author_id` is negative if the author was erased."""

    id: int
    session_id: int
    profile_id: int
    mentor_id: int
    mentor_name: str
    author_id: int
    author_name: str
    stars: int
    text: str
    hidden: bool
    created_at: datetime
    changed_at: datetime
    hidden_reason: str | None = None
    reply: str | None = None
    replied_at: datetime | None = None


async def list_mentors(
    tx: Transaction, actor: Actor, *statuses: ProfileStatus, typed: str = "", limit: int = 25
) -> Sequence[MentorRow]:
    """List the guild's mentors in one of `statuses` whose name contains `typed`, by name.

    They are looked for among the `LATEST_PROFILES` of each status, and among all approved ones by
    the beginnings of their names. Raises `NotAModerator`.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    params = {
        "guild": actor.guild,
        "limit": LATEST_PROFILES,
        "named": await _find_by_name(tx, actor, typed, limit),
    }
    rows = await tx.connection.execute(_select_mentors(statuses), params)
    mentors = sorted({MentorRow(*row) for row in rows}, key=lambda mentor: mentor.name)
    return [
        mentor
        for mentor in mentors
        if mentor.status in statuses and typed.casefold() in mentor.name.casefold()
    ][:limit]


async def list_reviews(
    tx: Transaction, actor: Actor, typed: str = "", limit: int = 25, *, hidden: bool = False
) -> Sequence[ReviewRow]:
    """List the guild's visible reviews, or the hidden ones, the latest first.

    Each typed word must be in the mentor's or the author's name, or in the review's text. They are
    looked for among the guild's `LATEST_REVIEWS`, and among those of mentors whose name was typed.
    Raises `NotAModerator`.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    words = typed.split()[:MAX_WORDS]
    named: set[int] = set()
    for word in () if hidden else words:
        named.update(await _find_by_name(tx, actor, word, NAMED_MENTORS))
    profile_ids = sorted(named)[:NAMED_MENTORS]
    params = {"guild": actor.guild, "latest": LATEST_REVIEWS, "latest_of_named": REVIEWS_OF_NAMED}
    params |= {f"profile{number}": profile_id for number, profile_id in enumerate(profile_ids)}
    candidates = await tx.connection.scalars(
        _select_candidate_reviews(hidden, len(profile_ids)), params
    )
    query = _SELECT_REVIEWS.where(Review.id.in_(candidates.all()))
    for word in words:
        query = query.where(
            Review.text.icontains(word, autoescape=True)
            | _author_name.icontains(word, autoescape=True)
            | _mentor_name.icontains(word, autoescape=True)
        )
    rows = await tx.connection.execute(query.order_by(Review.id.desc()).limit(limit))
    return [_review(row) for row in rows]


async def load_review(tx: Transaction, guild_id: int, review_id: int) -> ReviewRow:
    """Load a review of a guild, without permission checks. Raises `NotFound`."""
    params = {"guild": guild_id, "review": review_id}
    row = (await tx.connection.execute(_SELECT_REVIEW, params)).one_or_none()
    if row is None:
        raise NotFound(Subject.REVIEW)
    return _review(row)


async def load_reviews(tx: Transaction, review_ids: Sequence[int]) -> dict[int, ReviewRow]:
    """Load several reviews by id, without permission checks. Unknown ids are left out."""
    if not review_ids:
        return {}
    rows = await tx.connection.execute(_SELECT_REVIEWS_BY_ID, {"reviews": tuple(review_ids)})
    return {row.id: _review(row) for row in rows}


async def _find_by_name(tx: Transaction, actor: Actor, typed: str, limit: int) -> Sequence[int]:
    """Find the profiles of approved mentors by the beginnings of words in their names."""
    words = split_words(typed)[:MAX_WORDS]
    if not words:
        return []
    query = profiles_matching(tx.connection, actor.guild, TextField.NAME, words, TextMatch.PREFIXES)
    return (await tx.connection.scalars(query.limit(limit))).all()


@cache
def _select_mentors(statuses: tuple[ProfileStatus, ...]) -> Select[int, str, str]:
    """Select the latest profiles of each status, and those with the ids `named`."""
    named = select(MentorProfile.id).where(MentorProfile.id.in_(bindparam("named", expanding=True)))
    candidates = union_all(
        named,
        # One subquery for each status, since the index has each in the order of its ids.
        *(
            select(MentorProfile.id)
            .where(
                MentorProfile.guild_id == bindparam("guild"),
                MentorProfile.status == literal_column(f"'{ProfileStatus(status).value}'"),
            )
            .order_by(MentorProfile.id.desc())
            .limit(bindparam("limit", type_=Integer))
            .subquery()
            .select()
            for status in statuses
        ),
    )
    return (
        select(MentorProfile.user_id, Member.name, MentorProfile.status)
        .join(Member)
        .where(MentorProfile.id.in_(candidates))
    )


@cache
def _select_candidate_reviews(hidden: bool, named: int) -> CompoundSelect[int]:
    """Select the ids of the guild's latest reviews, and of those of `named` mentors.

    Spelt as in the partial indexes on hidden and visible reviews.
    """
    is_listed = text(f"reviews.hidden_at IS {'NOT ' if hidden else ''}NULL")
    latest = (
        select(Review.id)
        .where(Review.guild_id == bindparam("guild"), is_listed)
        .order_by(Review.id.desc())
        .limit(bindparam("latest", type_=Integer))
    )
    of_named = (
        select(Review.id)
        .where(Review.profile_id == bindparam(f"profile{number}"), is_listed)
        .order_by(Review.created_at.desc())
        .limit(bindparam("latest_of_named", type_=Integer))
        for number in range(named)
    )
    return union(*(each.subquery().select() for each in (latest, *of_named)))


# Subqueries and not joins: PostgreSQL might read all members of the guild for a join.
_of_profile = select(MentorProfile).where(MentorProfile.id == Review.profile_id)
_mentor_name = _of_profile.join(Member).with_only_columns(Member.name).scalar_subquery()
_author_name = (
    select(Member.name)
    .where(Member.guild_id == Review.guild_id, Member.user_id == Review.author_id)
    .scalar_subquery()
)
_SELECT_REVIEWS = select(
    *Review.__table__.c,
    _mentor_name.label("mentor_name"),
    _of_profile.with_only_columns(MentorProfile.user_id).scalar_subquery().label("mentor_id"),
    _author_name.label("author_name"),
)
_SELECT_REVIEW = _SELECT_REVIEWS.where(
    Review.id == bindparam("review"), Review.guild_id == bindparam("guild")
)
_SELECT_REVIEWS_BY_ID = _SELECT_REVIEWS.where(Review.id.in_(bindparam("reviews", expanding=True)))


def _review(row: Row[*tuple[Any, ...]]) -> ReviewRow:
    return ReviewRow(
        row.id,
        row.session_id,
        row.profile_id,
        row.mentor_id,
        row.mentor_name,
        row.author_id,
        row.author_name,
        row.stars,
        row.text,
        row.hidden_at is not None,
        row.created_at,
        row.updated_at,
        row.hidden_reason,
        row.reply,
        row.replied_at,
    )
