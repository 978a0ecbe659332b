"""A moderator's decision about a person's profile, by user id instead of by application."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.errors import NotFound, Subject
from mentorship.guilds import guild_settings, moderators
from mentorship.mentors import application_review
from mentorship.mentors.application_review import Decision
from mentorship.statuses import ProfileStatus, RevisionStatus
from storage import Transaction
from storage.tables import MentorProfile, ProfileRevision


class RequestedStatus(StrEnum):
    """What a moderator wants a person's profile to become."""

    APPROVED = Decision.APPROVED
    REJECTED = Decision.REJECTED
    CHANGES_REQUESTED = Decision.CHANGES_REQUESTED
    SUSPENDED = ProfileStatus.SUSPENDED


@dataclass(frozen=True, slots=True)
class ProfileDecision:
    """The effects of a decision.

    `status` is the profile's new status, `decision` that of the revision that was pending, None
    without one. `cancelled_sessions` were refunded, too.
    """

    user_id: int
    status: ProfileStatus
    decision: RevisionStatus | None
    cancelled_sessions: int = 0


async def decide(
    tx: Transaction,
    actor: Actor,
    user_id: int,
    requested: RequestedStatus,
    reason: str = "",
    *,
    version: int | None = None,
    cancel_sessions: bool = False,
    expected_sessions: int | None = None,
    expected_refund: int | None = None,
) -> ProfileDecision:
    """Decide on a person's pending revision, or suspend or reinstate a mentor.

    `APPROVED` reinstates a suspended mentor, and else approves the pending revision. Somebody who
    erased their data while they were suspended may then apply again (`APPLICANT`). `version` is
    that of the text which the moderator has read: with it, the decision is about the text alone, so
    that approving a text doesn't lift a suspension that was made meanwhile. See
    `moderation.suspend` for the last three.

    Raises `NotAModerator`, `NotFound`, `OwnCase`, `TermsChanged`, `OutsideLimits`, `InvalidField`
    for a missing reason, `NotAllowedNow`, and `AlreadyDecided` if no revision is pending any more.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    reinstates = requested is RequestedStatus.APPROVED and version is None
    if reinstates and await moderation.lift_erased_suspension(tx, actor, user_id):
        return ProfileDecision(user_id, ProfileStatus.APPLICANT, None)
    status = await _load_status(tx, actor, user_id)
    if requested is RequestedStatus.SUSPENDED:
        cancelled = await moderation.suspend(
            tx,
            actor,
            user_id,
            reason,
            cancel_sessions=cancel_sessions,
            expected_sessions=expected_sessions,
            expected_refund=expected_refund,
        )
        return ProfileDecision(user_id, ProfileStatus.SUSPENDED, None, cancelled)
    if reinstates and status is ProfileStatus.SUSPENDED:
        await moderation.reinstate(tx, actor, user_id)
        return ProfileDecision(user_id, ProfileStatus.APPROVED, None)
    revision_id = await _find_latest_revision(tx, actor, user_id)
    if revision_id is None:
        raise NotFound(Subject.APPLICATION)
    decided = await application_review.decide(
        tx, actor, revision_id, Decision(requested), reason, version=version
    )
    return ProfileDecision(user_id, await _load_status(tx, actor, user_id), decided.status)


async def _load_status(tx: Transaction, actor: Actor, user_id: int) -> ProfileStatus:
    status: str | None = await tx.connection.scalar(
        select(MentorProfile.status).where(
            MentorProfile.guild_id == actor.guild, MentorProfile.user_id == user_id
        )
    )
    if status is None:
        raise NotFound(Subject.APPLICATION)
    return ProfileStatus(status)


async def _find_latest_revision(tx: Transaction, actor: Actor, user_id: int) -> int | None:
    revision_id: int | None = await tx.connection.scalar(
        select(ProfileRevision.id)
        .join(MentorProfile, MentorProfile.id == ProfileRevision.profile_id)
        .where(MentorProfile.guild_id == actor.guild, MentorProfile.user_id == user_id)
        .order_by(ProfileRevision.id.desc())
        .limit(1)
    )
    return revision_id
