"""A moderator's word on a mentor, by person instead of by application."""

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
from storage import Transaction
from storage.tables import MentorProfile, ProfileRevision


class Verdict(StrEnum):
    """What a moderator wants a person's profile to be."""

    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGES_REQUESTED = "changes_requested"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of it: the profile's status now, what was decided on the text that waited (if
    one did), and how many sessions were cancelled and refunded."""

    user_id: int
    status: str
    decision: str | None
    cancelled: int = 0


async def decide(
    tx: Transaction,
    actor: Actor,
    user_id: int,
    verdict: Verdict,
    reason: str = "",
    *,
    cancel_sessions: bool = False,
) -> Decided:
    """Decide on the text of a person that waits for the moderators; suspend or reinstate a mentor.

    `APPROVED` approves what waits, and reinstates whoever is suspended. Raises `NotAModerator`,
    `NotFound`, `InvalidField` without a reason where one is needed, `NotAllowedNow`, and
    `AlreadyDecided` when nothing waits any more.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    status = await _status(tx, actor, user_id)
    if verdict is Verdict.SUSPENDED:
        cancelled = await moderation.suspend(
            tx, actor, user_id, reason, cancel_sessions=cancel_sessions
        )
        return Decided(user_id, "suspended", None, cancelled)
    if verdict is Verdict.APPROVED and status == "suspended":
        await moderation.reinstate(tx, actor, user_id)
        return Decided(user_id, "approved", None)
    text_id = await _latest_text(tx, actor, user_id)
    if text_id is None:
        raise NotFound(Subject.APPLICATION)
    decided = await application_review.decide(tx, actor, text_id, Decision(verdict), reason)
    return Decided(user_id, await _status(tx, actor, user_id), decided.status)


async def _status(tx: Transaction, actor: Actor, user_id: int) -> str:
    found: str | None = await tx.connection.scalar(
        select(MentorProfile.status).where(
            MentorProfile.guild_id == actor.guild, MentorProfile.user_id == user_id
        )
    )
    if found is None:
        raise NotFound(Subject.APPLICATION)
    return found


async def _latest_text(tx: Transaction, actor: Actor, user_id: int) -> int | None:
    found: int | None = await tx.connection.scalar(
        select(ProfileRevision.id)
        .join(MentorProfile, MentorProfile.id == ProfileRevision.profile_id)
        .where(MentorProfile.guild_id == actor.guild, MentorProfile.user_id == user_id)
        .order_by(ProfileRevision.id.desc())
        .limit(1)
    )
    return found
