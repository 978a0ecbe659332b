"""Reviews: a mentee's rating and text about a session, and the mentor's single reply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update

from mentorship import consent
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
    Term,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.notifications.publishing import publish
from mentorship.sessions import session_reviews, session_views
from mentorship.sessions.follow_up import rating
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_reviews import SessionReview
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Review, Session

LONGEST_REVIEW = 1_000
LONGEST_REPLY = 1_000
"""Maximum lengths, in characters."""


def can_be_rated(session: SessionView, review: SessionReview | None, now: datetime) -> bool:
    """Return whether the mentee of a session can rate it now, or change their rating."""
    try:
        _require_open(session, review, now)
    except (NotAllowedNow, RatingClosed):
        return False
    return True


def _require_open(session: SessionView, review: SessionReview | None, now: datetime) -> None:
    """Raise `NotAllowedNow` or `RatingClosed` unless `can_be_rated`."""
    if session.status is not SessionStatus.COMPLETED:
        raise NotAllowedNow(ReviewAction.RATE, status=session.status)
    if review is not None and review.hidden:
        raise NotAllowedNow(ReviewAction.EDIT, Obstacle.HIDDEN, subject=Subject.REVIEW)
    closed_at = (
        session_views.rating_deadline(session)
        if review is None
        else review.written_at + session_views.RATING_EDITABLE_FOR
    )
    if now > closed_at:
        raise RatingClosed(closed_at, is_first=review is None)


@dataclass(frozen=True, slots=True)
class RatingResult:
    """A session with its new rating. `changed` tells whether it replaces an earlier one."""

    session: SessionView
    stars: int
    text: str
    changed: bool


async def load_for_rating(
    tx: Transaction, actor: Actor, session_id: int
) -> tuple[SessionView, SessionReview | None]:
    """Load a session that the actor can rate now, with their review of it.

    Raises what `rate` does, except `InvalidField`.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    if session.party(actor.user_id) is not Party.MENTEE:
        raise NotYours(Subject.RATING)
    review = await find_for_session(tx, session_id)
    _require_open(session, review, tx.now)
    session_views.require_member(actor, session)
    return session, review


async def rate(
    tx: Transaction, actor: Actor, session_id: int, stars: int, text: str | None = None
) -> RatingResult:
    """Rate a completed session with 1 to 5 stars and a text, or change that rating.

    A session can be rated until `session_views.rating_deadline`, and a rating changed for
    `session_views.RATING_EDITABLE_FOR`, unless moderators have hidden it. With `text=None`, the
    text of an existing review is kept. Raises `NotFound`, `NotAMember`, `NotYours` for anyone but
    the mentee, `NotAllowedNow` before completion or for a hidden review, `RatingClosed`,
    `InvalidField`.
    """
    session, review = await load_for_rating(tx, actor, session_id)
    if not 1 <= stars <= 5:
        raise InvalidField(Field.RATING, Problem.OUT_OF_RANGE, least=1, most=5)
    if text is not None and len(text.strip()) > LONGEST_REVIEW:
        raise InvalidField(Field.REVIEW, Problem.TOO_LONG, most=LONGEST_REVIEW)
    if review is None:
        new_text = (text or "").strip()
        await _write(tx, session, stars, new_text)
    else:
        new_text = review.text if text is None else text.strip()
        if (review.stars, review.text) != (stars, new_text):
            await _edit(tx, session, review, stars, new_text)
    return RatingResult(
        await session_views.load(tx, session_id), stars, new_text, changed=review is not None
    )


async def _load_profile_id(tx: Transaction, session: SessionView) -> int:
    query = select(Session.profile_id).where(Session.id == session.id)
    return (await tx.connection.execute(query)).scalar_one()


async def _write(tx: Transaction, session: SessionView, stars: int, text: str) -> None:
    """Insert a session's review."""
    profile_id, author_id = await _load_profile_id(tx, session), session.mentee.user_id
    async with rating.reviews_of_pair(tx, profile_id, author_id):
        await tx.connection.execute(
            insert(Review).values(
                session_id=session.id,
                author_id=author_id,
                profile_id=profile_id,
                stars=stars,
                text=text,
                created_at=tx.now,
                updated_at=tx.now,
                counts=False,
            )
        )
    await session_reviews.mark_changed(tx, session.id)
    await _publish(tx, session, EventType.REVIEW_WRITTEN, stars, has_text=bool(text))


async def _edit(
    tx: Transaction, session: SessionView, before: SessionReview, stars: int, text: str
) -> None:
    """Change a review. The mentor is notified of a change after their reply."""
    # Later than the last change and the reply, even if the clocks of two processes differ.
    latest = max(before.changed_at, before.replied_at or before.changed_at)
    changed_at = max(tx.now, latest + timedelta(microseconds=1))
    profile_id = await _load_profile_id(tx, session)
    async with rating.reviews_of_pair(tx, profile_id, session.mentee.user_id):
        await tx.connection.execute(
            update(Review)
            .where(Review.session_id == session.id)
            .values(stars=stars, text=text, updated_at=changed_at)
        )
    await session_reviews.mark_changed(tx, session.id)
    answers_this = before.reply is not None and not before.reply_is_outdated
    # A text added later is new to the mentor, who can now reply to it.
    is_first_text = bool(text) and not before.text and not answers_this
    await _publish(
        tx,
        session,
        EventType.REVIEW_WRITTEN if is_first_text else EventType.REVIEW_EDITED,
        stars,
        has_text=bool(text),
        reopened=answers_this,
    )


async def _publish(
    tx: Transaction,
    session: SessionView,
    event_type: EventType,
    stars: int,
    *,
    has_text: bool,
    reopened: bool = False,
) -> None:
    """Publish that a review was written or changed; `reopened`: after the mentor's reply to it."""
    event = Event(
        event_type,
        session.guild_id,
        session.mentee.user_id,
        subject_id=session.mentor.user_id,
        session_id=session.id,
        facts={"stars": stars, "words": has_text} | ({"reopened": True} if reopened else {}),
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
    if not review.text:
        raise NotAllowedNow(ReviewAction.REPLY, Obstacle.WITHOUT_TEXT, subject=Subject.REVIEW)
    if not review.can_be_replied_to:
        raise NotAllowedNow(ReviewAction.REPLY, Obstacle.ALREADY_ANSWERED, subject=Subject.REVIEW)
    session_views.require_member(actor, session)
    return review


async def reply(
    tx: Transaction,
    actor: Actor,
    session_id: int,
    text: str,
    seen_change: datetime | None = None,
) -> SessionReview:
    """Reply to a review as its mentor. The reply is public.

    It can be replaced once the mentee has changed the review. `seen_change` is the `changed_at` of
    the review that the mentor has read. Raises `NotFound` if there is no review, `NotAMember`,
    `NotYours` for anyone but the mentor, `NotAllowedNow` for a review that is hidden, answered or
    without text, `TermsChanged` for one that was changed since, and `InvalidField`.
    """
    review = await load_for_reply(tx, actor, session_id)
    consent.require(Term.REVISION, seen_change, review.changed_at)
    reply_text = text.strip()
    if not reply_text:
        raise InvalidField(Field.REPLY, Problem.MISSING)
    if len(reply_text) > LONGEST_REPLY:
        raise InvalidField(Field.REPLY, Problem.TOO_LONG, most=LONGEST_REPLY)
    replied_at = max(tx.now, review.changed_at)
    await tx.connection.execute(
        update(Review)
        .where(Review.session_id == session_id)
        .values(reply=reply_text, replied_at=replied_at)
    )
    await session_reviews.mark_changed(tx, session_id)
    session = await session_views.load(tx, session_id)
    event = Event(
        EventType.REVIEW_REPLIED,
        session.guild_id,
        actor.user_id,
        subject_id=session.mentee.user_id,
        session_id=session_id,
    )
    await publish(tx, event)
    return replace(review, reply=reply_text, replied_at=replied_at)


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
    rows = await tx.connection.execute(_SELECT_OF_SESSIONS, {"sessions": tuple(ids)})
    return {row.session_id: SessionReview.of(row) for row in rows}


_SELECT_OF_SESSIONS = select(Review.session_id, *session_reviews.COLUMNS).where(
    Review.session_id.in_(bindparam("sessions", expanding=True))
)
