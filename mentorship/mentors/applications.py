"""Applying to mentor, and the author's side of a submitted revision: revise, resubmit, withdraw.

The moderators' side is `mentorship.mentors.application_review`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update

from mentorship.actors import Actor
from mentorship.errors import (
    AlreadyAMentor,
    AlreadyApplied,
    AlreadyDecided,
    Field,
    MayNotApply,
    NotYours,
    ReapplyLater,
    Requirement,
    SetupNeeded,
    Subject,
    Suspended,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members, returning
from mentorship.mentors import application_views, meeting_link, own_profile
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import ProfileContent, validate
from mentorship.notifications import publishing
from mentorship.statuses import ProfileStatus, RevisionKind, RevisionStatus
from storage import Transaction
from storage.tables import Member, MentorProfile, ProfileRevision


async def before_apply(tx: Transaction, actor: Actor) -> GuildSettings:
    """Check that the actor may apply now, and return the settings that the form needs.

    Writes nothing. Raises `ScreeningPending`, `TimezoneNeeded`, `SetupNeeded`, `MayNotApply`,
    `AlreadyApplied`, `AlreadyAMentor`, `ReapplyLater`, `StoppedMentoring` or `Suspended`.
    """
    guild = await guild_settings.load(tx, actor.guild)
    member = await members.load(tx, actor)
    member.require_screened()
    if guild.review_channel_id is None:
        raise SetupNeeded(Field.REVIEW_CHANNEL_ID)
    await _require_eligible(tx, actor, guild)
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    if profile is not None:
        if profile.status == ProfileStatus.APPROVED:
            raise AlreadyAMentor()
        if profile.status != ProfileStatus.APPLICANT:
            raise await own_profile.why_not_mentoring(tx, profile)
        latest = await application_views.find_latest_of_profile(tx, profile.id)
        if latest is not None and latest.is_pending:
            raise AlreadyApplied()
        again_at = (
            None if latest is None else may_reapply_from(latest.status, latest.decided_at, guild)
        )
        if again_at is not None and tx.now < again_at:
            raise ReapplyLater(again_at)
    else:
        await _require_not_evading(tx, actor)
    member.require_timezone()
    return guild


def may_reapply_from(
    status: str, decided_at: datetime | None, guild: GuildSettings
) -> datetime | None:
    """Return when the author of a rejected application may apply again; None for any other.

    `status` and `decided_at` are those of their latest application.
    """
    if status != RevisionStatus.REJECTED or decided_at is None:
        return None
    return decided_at + timedelta(days=guild.reapply_after_days)


async def _require_not_evading(tx: Transaction, actor: Actor) -> None:
    """Refuse somebody whose rejection or suspension was erased with the rest of their data.

    Raises `ReapplyLater` or `Suspended`, as if nothing had been erased.
    """
    erased = await returning.find(tx, actor.guild, actor.user_id)
    if erased is None:
        return
    if erased.was_suspended:
        raise Suspended()
    if erased.may_apply_from is not None and tx.now < erased.may_apply_from:
        raise ReapplyLater(erased.may_apply_from)


async def apply(tx: Transaction, actor: Actor, content: ProfileContent) -> ApplicationView:
    """Submit an application to the moderators, the first one or another after their decision.

    Raises what `before_apply` does, and `InvalidField`.
    """
    guild = await before_apply(tx, actor)
    content = validate(content, guild.maximum_hourly_rate)
    member = await members.record(tx, actor)
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    if profile is not None:
        await _store_link(tx, profile.id, content)
        return await submit(tx, actor, profile.id, RevisionKind.APPLICATION, content)
    profile_id: int = (
        await tx.connection.execute(
            insert(MentorProfile)
            .values(
                guild_id=actor.guild,
                user_id=actor.user_id,
                status=ProfileStatus.APPLICANT,
                timezone=member.require_timezone(),
                created_at=tx.now,
            )
            .returning(MentorProfile.id)
        )
    ).scalar_one()
    await _store_link(tx, profile_id, content)
    return await submit(tx, actor, profile_id, RevisionKind.APPLICATION, content)


async def before_resubmit(
    tx: Transaction, actor: Actor, application_id: int
) -> tuple[ApplicationView, GuildSettings]:
    """Load the actor's own revision for which moderators requested changes, to fill the form.

    Raises `NotYours`, `NotFound`, `NotAMember`, `AlreadyApplied` while a newer revision is pending,
    and `AlreadyDecided` if moderators have decided since.
    """
    application, guild = await application_views.load_with_settings(tx, application_id)
    if application.applicant_id != actor.user_id:
        raise NotYours(Subject.APPLICATION)
    await members.require_member_of(tx, actor, application.guild_id)
    latest = await application_views.find_latest(tx, replace(actor, guild_id=application.guild_id))
    if latest is not None and latest.is_pending:
        raise AlreadyApplied()
    if (
        latest is None
        or latest.id != application.id
        or application.status is not RevisionStatus.CHANGES_REQUESTED
    ):
        raise AlreadyDecided("answered" if latest is None else latest.status, None)
    return application, guild


async def resubmit(
    tx: Transaction, actor: Actor, application_id: int, content: ProfileContent
) -> ApplicationView:
    """Submit the changes that moderators requested. Works from a direct message, too.

    Raises what `before_resubmit` does, and `InvalidField`.
    """
    application, guild = await before_resubmit(tx, actor, application_id)
    content = validate(content, guild.maximum_hourly_rate)
    profile = await own_profile.find(tx, application.guild_id, actor.user_id)
    assert profile is not None
    # The button works in a direct message too, which belongs to no guild.
    in_guild = replace(actor, guild_id=application.guild_id)
    await _store_link(tx, profile.id, content)
    return await submit(tx, in_guild, profile.id, application.kind, content)


async def revise(tx: Transaction, actor: Actor, content: ProfileContent) -> ApplicationView:
    """Replace the content of the actor's pending revision, and refresh its review card.

    Moderators who have read the old content can't decide on the new one (`version`). Raises
    `NothingPending` and `InvalidField`.
    """
    guild = await guild_settings.load(tx, actor.guild)
    pending = await application_views.load_own_pending(tx, actor)
    content = validate(content, guild.maximum_hourly_rate)
    await tx.connection.execute(
        update(ProfileRevision)
        .where(ProfileRevision.id == pending.id)
        .values(
            expertise=list(content.expertise),
            bio=content.bio,
            hourly_rate=content.hourly_rate,
            submitted_at=tx.now,
            version=ProfileRevision.version + 1,
        )
    )
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    assert profile is not None
    await _store_link(tx, profile.id, content)
    await _publish(tx, EventType.APPLICATION_REVISED, actor, pending.id, pending.kind)
    return await application_views.load(tx, pending.id)


async def withdraw(tx: Transaction, actor: Actor) -> ApplicationView:
    """Withdraw the actor's pending revision. Raises `NothingPending`."""
    pending = await application_views.load_own_pending(tx, actor)
    await tx.connection.execute(
        update(ProfileRevision)
        .where(ProfileRevision.id == pending.id)
        .values(status=RevisionStatus.WITHDRAWN, decided_at=tx.now)
    )
    await _publish(tx, EventType.APPLICATION_WITHDRAWN, actor, pending.id, pending.kind)
    return await application_views.load(tx, pending.id)


async def submit(
    tx: Transaction,
    actor: Actor,
    profile_id: int,
    kind: RevisionKind,
    content: ProfileContent,
) -> ApplicationView:
    """Insert a pending revision with validated content, and have its review card posted.

    Its version follows that of the profile's earlier revisions, so that one number never stands for
    two texts of a person. Raises `IntegrityError` if the profile has a pending revision already.
    """
    latest_version = (
        select(func.coalesce(func.max(ProfileRevision.version), 0))
        .where(ProfileRevision.profile_id == profile_id)
        .scalar_subquery()
    )
    application_id: int = (
        await tx.connection.execute(
            insert(ProfileRevision)
            .values(
                profile_id=profile_id,
                kind=kind,
                status=RevisionStatus.PENDING,
                expertise=list(content.expertise),
                bio=content.bio,
                hourly_rate=content.hourly_rate,
                reason=content.reason,
                submitted_at=tx.now,
                version=latest_version + 1,
            )
            .returning(ProfileRevision.id)
        )
    ).scalar_one()
    await _publish(tx, EventType.APPLICATION_SUBMITTED, actor, application_id, kind)
    return await application_views.load(tx, application_id)


async def _store_link(tx: Transaction, profile_id: int, content: ProfileContent) -> None:
    """Store the meeting link of validated content. It needs no approval."""
    if content.meeting_link is not None:
        await meeting_link.store(tx, profile_id, content.meeting_link or None)


async def _publish(
    tx: Transaction, event_type: EventType, actor: Actor, application_id: int, kind: str
) -> None:
    """Publish what an applicant did with their own application or profile change."""
    event = Event(
        event_type,
        actor.guild,
        actor.user_id,
        revision_id=application_id,
        facts={"kind": kind},
    )
    await publishing.publish(tx, event)


async def _require_eligible(tx: Transaction, actor: Actor, guild: GuildSettings) -> None:
    if guild.who_may_apply == "roles" and not actor.role_ids & set(guild.apply_role_ids):
        raise MayNotApply(Requirement.ROLE)
    if guild.who_may_apply == "rank":
        rank = await tx.connection.scalar(
            select(Member.rank).where(
                Member.guild_id == actor.guild, Member.user_id == actor.user_id
            )
        )
        if (rank or 0) < guild.apply_minimum_rank:
            raise MayNotApply(
                Requirement.RANK, minimum_rank=guild.apply_minimum_rank, rank=rank or 0
            )
