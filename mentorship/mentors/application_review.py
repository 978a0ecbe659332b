"""Moderators' review of applications and profile changes, and publishing what they approve."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, literal, select, update

from mentorship import consent, pagination
from mentorship.actors import Actor
from mentorship.errors import (
    AlreadyDecided,
    Field,
    InvalidField,
    NotFound,
    OutsideLimits,
    Problem,
    ScreeningPending,
    Subject,
    Term,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings, moderators
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors import application_views, profile_rules
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.notifications import publishing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft, unique_subject, write
from mentorship.pagination import Page
from mentorship.statuses import ProfileStatus, RevisionKind, RevisionStatus
from storage import Transaction
from storage.queries import update_by_id, upsert
from storage.tables import MentorProfile, ProfileRevision, ProfileTag, Tag

MAX_NOTE_LENGTH = 500


class Decision(StrEnum):
    """The decisions that a moderator can make on a pending revision."""

    APPROVED = RevisionStatus.APPROVED
    REJECTED = RevisionStatus.REJECTED
    CHANGES_REQUESTED = RevisionStatus.CHANGES_REQUESTED


async def list_pending(
    tx: Transaction, actor: Actor, cursor: str | None = None, size: int = 25
) -> Page[ApplicationView]:
    """Load a page of the guild's pending revisions, oldest first.

    Revising a pending text keeps its place in the queue. Raises `NotAModerator`.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    pending = application_views.select_revisions().where(
        *application_views.are_pending(actor.guild)
    )
    return await pagination.load_queue_page(
        tx,
        FaultKind.REVISION_VIEW,
        pending,
        ProfileRevision.id,
        application_views.from_row,
        cursor,
        size,
    )


async def load_pending(tx: Transaction, actor: Actor, application_id: int) -> ApplicationView:
    """Load a pending revision of the moderator's guild, to show it to them.

    Raises `NotAModerator`, `NotFound`, and `AlreadyDecided` with who decided.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    application = await application_views.load(tx, application_id)
    if application.guild_id != actor.guild:
        raise NotFound(Subject.APPLICATION)
    if not application.is_pending:
        raise AlreadyDecided(application.status, application.decided_by)
    return application


async def before_decide(
    tx: Transaction, actor: Actor, application_id: int, version: int | None = None
) -> ApplicationView:
    """Load a pending revision that the moderator may decide on.

    `version` is that of the text that they have read, None if it isn't known. Raises what
    `load_pending` does, `OwnCase`, and `TermsChanged` if the text has been replaced since.
    """
    application = await load_pending(tx, actor, application_id)
    moderators.require_impartial(actor, application.applicant_id)
    consent.require(Term.REVISION, version, application.version)
    return application


async def decide(
    tx: Transaction,
    actor: Actor,
    application_id: int,
    decision: Decision,
    note: str = "",
    *,
    version: int | None = None,
) -> ApplicationView:
    """Approve or reject a pending revision, or request changes. The first decision wins.

    The applicant is notified. The `note`, which they read, is required except for an approval and
    cut after `MAX_NOTE_LENGTH` characters. `version` is that of the text that the moderator has
    read. What is approved must be within the guild's limits of now, and its author must have
    accepted the guild's rules, as `members.record_screening` has recorded last.

    Raises `NotAModerator`, `NotFound`, `OwnCase`, `TermsChanged`, `InvalidField`, `OutsideLimits`,
    `ScreeningPending`, and `AlreadyDecided` with who decided.
    """
    application = await before_decide(tx, actor, application_id, version)
    own_case = moderators.require_impartial(actor, application.applicant_id)
    note = note.strip()[:MAX_NOTE_LENGTH]
    if decision is Decision.APPROVED:
        if application.screening_pending:
            raise ScreeningPending(application.applicant_name)
        _require_within_limits(application, await guild_settings.load(tx, actor.guild))
    elif not note:
        raise InvalidField(Field.DECISION_REASON, Problem.MISSING)
    changes = {
        "status": decision,
        "decided_at": tx.now,
        "decided_by": actor.user_id,
        "decision_note": note or None,
    }
    await tx.connection.execute(
        update_by_id(ProfileRevision, *changes), {"row_id": application_id, **changes}
    )
    if decision is Decision.APPROVED:
        await publish(
            tx,
            application.guild_id,
            application.applicant_id,
            ProfileContent(application.expertise, application.hourly_rate, application.bio),
            becomes_mentor=application.kind is RevisionKind.APPLICATION,
        )
    event = Event(
        _EVENT_OF_DECISION[decision],
        actor.guild,
        actor.user_id,
        subject_id=application.applicant_id,
        revision_id=application_id,
        note=note or None,
        facts={"kind": application.kind, **own_case},
    )
    await publishing.publish(tx, event)
    return await application_views.load(tx, application_id)


def _require_within_limits(application: ApplicationView, guild: GuildSettings) -> None:
    """Raise `OutsideLimits` if the content was valid when it was sent, and is no longer.

    The rate of a change isn't published, so it doesn't count. Who may apply isn't checked again:
    the moderators judge the applicant.
    """
    try:
        profile_rules.validate_expertise(application.expertise)
        profile_rules.validate_bio(application.bio)
        if application.kind is RevisionKind.APPLICATION:
            profile_rules.validate_rate(application.hourly_rate, guild.maximum_hourly_rate)
    except InvalidField as error:
        raise OutsideLimits(error) from None


_EVENT_OF_DECISION = {
    Decision.APPROVED: EventType.APPLICATION_APPROVED,
    Decision.REJECTED: EventType.APPLICATION_REJECTED,
    Decision.CHANGES_REQUESTED: EventType.APPLICATION_CHANGES_REQUESTED,
}


async def publish(
    tx: Transaction, guild_id: int, user_id: int, content: ProfileContent, *, becomes_mentor: bool
) -> None:
    """Replace the public content of a profile.

    With `becomes_mentor` the profile is approved, at the hourly rate of the content. Otherwise the
    rate stays as it is, since mentors change theirs without approval.
    """
    changes: dict[str, Any] = {"bio": content.bio}
    if becomes_mentor:
        changes |= {"status": ProfileStatus.APPROVED, "hourly_rate": content.hourly_rate}
    profile_id: int = (
        await tx.connection.execute(
            update(MentorProfile)
            .where(MentorProfile.guild_id == guild_id, MentorProfile.user_id == user_id)
            .values(**changes)
            .returning(MentorProfile.id)
        )
    ).scalar_one()
    await tx.connection.execute(delete(ProfileTag).where(ProfileTag.profile_id == profile_id))
    await tx.connection.execute(
        upsert(tx.dialect, Tag).on_conflict_do_nothing(index_elements=["guild_id", "name"]),
        [{"guild_id": guild_id, "name": tag} for tag in content.expertise],
    )
    await tx.connection.execute(
        insert(ProfileTag).from_select(
            ["profile_id", "tag_id"],
            select(literal(profile_id), Tag.id).where(
                Tag.guild_id == guild_id, Tag.name.in_(content.expertise)
            ),
        )
    )


async def refresh_review_cards(
    tx: Transaction, guild: GuildSettings, *application_ids: int
) -> None:
    """Have the bot post the review cards of these revisions, or edit those that are posted."""
    await write(
        tx,
        [
            NotificationDraft(
                NotificationKind.APPLICATION_RECEIVED,
                guild.id,
                None,
                subject=f"{application_id}.{unique_subject()}",
                due_at=tx.now,
                revision_id=application_id,
            )
            for application_id in application_ids
        ],
    )


async def record_card(
    tx: Transaction, application_id: int, channel_id: int, message_id: int
) -> None:
    """Store which Discord message is the review card, so that it can be edited later."""
    changes = {"channel_id": channel_id, "message_id": message_id}
    await tx.connection.execute(
        update_by_id(ProfileRevision, *changes), {"row_id": application_id, **changes}
    )
