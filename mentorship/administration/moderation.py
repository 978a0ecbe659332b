"""Suspend and reinstate mentors, hide and show reviews. Each decision is in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from mentorship import consent, events
from mentorship.actors import Actor
from mentorship.administration import moderation_lists
from mentorship.administration.moderation_lists import MentorRow, ReviewRow
from mentorship.errors import (
    Field,
    InvalidField,
    NotAllowedNow,
    NotAMentor,
    Obstacle,
    Problem,
    ProfileAction,
    ReviewAction,
    Subject,
    Term,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings, moderators
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import open_offers, returning
from mentorship.mentors import own_profile
from mentorship.notifications.publishing import publish
from mentorship.sessions import departures, session_reviews
from mentorship.sessions.departures import EndingCause
from mentorship.sessions.follow_up import rating
from mentorship.sessions.lifecycle import Party
from mentorship.statuses import UPCOMING, ProfileStatus
from storage import Transaction
from storage.tables import MentorProfile, Participant, Review, Session

LONGEST_HIDING_REASON = 300
"""The maximum length of the reason for hiding a review, in characters."""


@dataclass(frozen=True, slots=True)
class UpcomingSessions:
    """Sessions of a mentor that have not started.

    `count` is the number of sessions and of seats in group sessions, `refund` what all mentees
    together would get back, in points. `groups` are the group sessions, with or without seats, of
    which there are `seats` in all.
    """

    count: int
    refund: int
    mentees: int
    seats: int = 0
    groups: int = 0


async def preview_suspension(tx: Transaction, actor: Actor, user_id: int) -> UpcomingSessions:
    """Return which sessions suspending a mentor could cancel, without changing anything.

    Raises `NotAModerator`, `OwnCase`, `NotAMentor`, `NotAllowedNow`.
    """
    guild = await _load_as_moderator(tx, actor)
    await _require_can_suspend(tx, actor, user_id)
    await _require_no_own_refund(tx, actor, user_id)
    return await _count_upcoming(tx, guild.id, user_id)


async def suspend(
    tx: Transaction,
    actor: Actor,
    user_id: int,
    reason: str,
    *,
    cancel_sessions: bool,
    expected_sessions: int | None = None,
    expected_refund: int | None = None,
) -> int:
    """Suspend a mentor, and cancel their upcoming sessions if `cancel_sessions`.

    `expected_sessions` and `expected_refund` (points) are what the moderator agreed to cancel and
    refund, None to accept any. Returns how many sessions this cancels and refunds: the first
    `departures.STEP` at once, the others in further steps by a job. Raises
    `NotAModerator`, `OwnCase` (also for a moderator who would be refunded), `NotAMentor`,
    `NotAllowedNow`, `TermsChanged`, and `InvalidField` without a reason.
    """
    guild = await _load_as_moderator(tx, actor)
    own_case = await _require_can_suspend(tx, actor, user_id)
    if not reason.strip():
        raise InvalidField(Field.SUSPENSION_REASON, Problem.MISSING)
    upcoming = UpcomingSessions(0, 0, 0)
    if cancel_sessions:
        own_case |= await _require_no_own_refund(tx, actor, user_id)
        upcoming = await _count_upcoming(tx, guild.id, user_id)
        consent.require(Term.COUNT, expected_sessions, upcoming.count)
        consent.require(Term.REFUND, expected_refund, upcoming.refund)
    await tx.connection.execute(
        _PAUSE_STOPPED, {"guild": actor.guild, "user": user_id, "stopped": ProfileStatus.STOPPED}
    )
    await _set_status(tx, actor.guild, user_id, ProfileStatus.SUSPENDED)
    await open_offers.end_those_of_mentor(tx, guild.id, user_id)
    if cancel_sessions:
        await departures.end_upcoming(tx, guild.id, user_id, EndingCause.SUSPENDED, actor.user_id)
    event = Event(
        EventType.MENTOR_SUSPENDED,
        guild.id,
        actor.user_id,
        subject_id=user_id,
        note=reason.strip(),
        facts={
            "cancelled": upcoming.count,
            "seats": upcoming.seats,
            "groups": upcoming.groups,
            "kept": not cancel_sessions,
            **own_case,
        },
    )
    await publish(tx, event)
    return upcoming.count


_PAUSE_STOPPED = (
    update(MentorProfile)
    .where(
        MentorProfile.guild_id == bindparam("guild"),
        MentorProfile.user_id == bindparam("user"),
        MentorProfile.status == bindparam("stopped"),
    )
    .values(paused=True, paused_until=None)
)
"""A mentor who had stopped isn't bookable again by being reinstated, but by resuming."""


async def reinstate(tx: Transaction, actor: Actor, user_id: int) -> ProfileStatus:
    """Reinstate a suspended mentor. Returns the status of their profile.

    One who had stopped before the suspension is paused until they resume. `APPLICANT` stands for
    somebody whose profile was erased while it was suspended: they can apply again. Raises
    `NotAModerator`, `OwnCase`, `NotAMentor`, `NotAllowedNow`.
    """
    await _load_as_moderator(tx, actor)
    own_case = moderators.require_impartial(actor, user_id)
    if await lift_erased_suspension(tx, actor, user_id):
        return ProfileStatus.APPLICANT
    mentor = await _load_mentor(tx, actor.guild, user_id)
    if mentor.status != ProfileStatus.SUSPENDED:
        raise NotAllowedNow(
            ProfileAction.REINSTATE, Obstacle.NOT_SUSPENDED, subject=Subject.MENTOR_PROFILE
        )
    await _set_status(tx, actor.guild, user_id, ProfileStatus.APPROVED)
    await publish(tx, _reinstatement(actor, user_id, own_case))
    return ProfileStatus.APPROVED


async def lift_erased_suspension(tx: Transaction, actor: Actor, user_id: int) -> bool:
    """Let somebody apply again whose profile was erased while it was suspended.

    Returns False, and changes nothing, if there is no such suspension. Raises `NotAModerator`,
    `OwnCase`.
    """
    await _load_as_moderator(tx, actor)
    own_case = moderators.require_impartial(actor, user_id)
    if not await returning.lift_suspension(tx, actor.guild, user_id):
        return False
    # Not published: the notification says that everything is as they left it.
    await events.record(tx, _reinstatement(actor, user_id, own_case))
    return True


def _reinstatement(actor: Actor, user_id: int, own_case: Mapping[str, bool]) -> Event:
    return Event(
        EventType.MENTOR_REINSTATED,
        actor.guild,
        actor.user_id,
        subject_id=user_id,
        facts=own_case,
    )


async def hide_review(
    tx: Transaction,
    actor: Actor,
    review_id: int,
    reason: str,
    changed_at: datetime | None = None,
) -> ReviewRow:
    """Hide a review, and exclude it from the mentor's rating. Its author reads the reason.

    `changed_at` is when the text that the actor read was last changed, None to hide any text.
    Returns the review as it was. Raises `NotAModerator`, `NotFound`, `OwnCase` for its author and
    its mentor, `InvalidField` without a reason, `NotAllowedNow` if it is hidden already, or
    `TermsChanged` if its author has changed it.
    """
    guild = await _load_as_moderator(tx, actor)
    if not reason.strip():
        raise InvalidField(Field.HIDING_REASON, Problem.MISSING)
    review = await moderation_lists.load_review(tx, guild.id, review_id)
    own_case = moderators.require_impartial(actor, review.author_id, review.mentor_id)
    if review.hidden:
        raise NotAllowedNow(ReviewAction.HIDE, Obstacle.ALREADY_HIDDEN, subject=Subject.REVIEW)
    consent.require(Term.REVISION, changed_at, review.changed_at)
    await _set_hidden(
        tx, review, hidden_at=tx.now, hidden_by=actor.user_id, hidden_reason=reason.strip()
    )
    await _publish_review(tx, actor, EventType.REVIEW_HIDDEN, review, own_case, note=reason.strip())
    return review


async def show_review(tx: Transaction, actor: Actor, review_id: int) -> ReviewRow:
    """Show a hidden review again, and let it count in the mentor's rating if it is the latest.

    Returns the review as it was. Raises `NotAModerator`, `NotFound`, `OwnCase` for its author and
    its mentor, or `NotAllowedNow` if it isn't hidden.
    """
    guild = await _load_as_moderator(tx, actor)
    review = await moderation_lists.load_review(tx, guild.id, review_id)
    own_case = moderators.require_impartial(actor, review.author_id, review.mentor_id)
    if not review.hidden:
        raise NotAllowedNow(ReviewAction.SHOW, Obstacle.NOT_HIDDEN, subject=Subject.REVIEW)
    await _set_hidden(tx, review, hidden_at=None, hidden_by=None, hidden_reason=None)
    await _publish_review(tx, actor, EventType.REVIEW_SHOWN, review, own_case)
    return review


async def _set_hidden(tx: Transaction, review: ReviewRow, **values: Any) -> None:
    async with rating.reviews_of_pair(tx, review.profile_id, review.author_id):
        await tx.connection.execute(update(Review).where(Review.id == review.id).values(**values))
    await session_reviews.mark_changed(tx, review.session_id)


async def _publish_review(
    tx: Transaction,
    actor: Actor,
    event_type: EventType,
    review: ReviewRow,
    own_case: Mapping[str, bool],
    note: str | None = None,
) -> None:
    event = Event(
        event_type,
        actor.guild,
        actor.user_id,
        # Nobody can be told of a review whose author was erased.
        subject_id=review.author_id if review.author_id > 0 else None,
        session_id=review.session_id,
        note=note,
        facts={"review": review.id, **own_case},
    )
    await publish(tx, event)


async def _load_as_moderator(tx: Transaction, actor: Actor) -> GuildSettings:
    guild = await guild_settings.load(tx, actor.guild)
    moderators.require_moderator(actor, guild)
    return guild


async def _load_mentor(tx: Transaction, guild_id: int, user_id: int) -> MentorRow:
    row = await own_profile.find(tx, guild_id, user_id)
    if row is None or row.status == ProfileStatus.APPLICANT:
        raise NotAMentor(None if row is None else row.name)
    return MentorRow(user_id, row.name, row.status)


async def _require_can_suspend(tx: Transaction, actor: Actor, user_id: int) -> dict[str, bool]:
    """Return the facts of `moderators.require_impartial`.

    Raises `OwnCase`, `NotAMentor`, or `NotAllowedNow` for a mentor who is suspended already.
    """
    own_case = moderators.require_impartial(actor, user_id)
    mentor = await _load_mentor(tx, actor.guild, user_id)
    if mentor.status == ProfileStatus.SUSPENDED:
        raise NotAllowedNow(
            ProfileAction.SUSPEND, Obstacle.ALREADY_SUSPENDED, subject=Subject.MENTOR_PROFILE
        )
    return own_case


async def _require_no_own_refund(tx: Transaction, actor: Actor, mentor_id: int) -> dict[str, bool]:
    """Require that cancelling a mentor's upcoming sessions doesn't refund the moderator.

    A mentee who cancels gets back what the cancellation policy gives, and not always everything.
    Returns and raises what `moderators.require_impartial` does.
    """
    query = (
        select(Participant.user_id)
        .where(
            Participant.guild_id == actor.guild,
            Participant.user_id == actor.user_id,
            Participant.role == Party.MENTEE,
            Participant.session_status.in_(UPCOMING),
            Participant.session_id.in_(
                departures.upcoming_of_mentor(actor.guild, mentor_id, tx.now)
            ),
        )
        .limit(1)
    )
    return moderators.require_impartial(actor, *await tx.connection.scalars(query))


async def _count_upcoming(tx: Transaction, guild_id: int, mentor_id: int) -> UpcomingSessions:
    row = await tx.connection.execute(
        select(
            func.count(),
            func.coalesce(func.sum(Session.price), 0),
            func.count(Participant.user_id.distinct()),
            func.count(Session.group_id),
        )
        .join(Participant, Participant.session_id == Session.id)
        .where(
            Participant.user_id != mentor_id,
            Session.id.in_(departures.upcoming_of_mentor(guild_id, mentor_id, tx.now)),
        )
    )
    groups = await departures.count_groups(tx, guild_id, mentor_id)
    return UpcomingSessions(*row.one(), groups)


async def _set_status(tx: Transaction, guild_id: int, user_id: int, status: ProfileStatus) -> None:
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.guild_id == guild_id, MentorProfile.user_id == user_id)
        .values(status=status)
    )
