"""What approved mentors change about their own profile: its content, pauses, stopping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import update

from mentorship.actors import Actor
from mentorship.errors import Field, InvalidField, Problem
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.members import members, open_offers
from mentorship.mentors import (
    application_review,
    application_views,
    applications,
    meeting_link,
    own_profile,
)
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import ProfileContent, validate
from mentorship.notifications import publishing
from mentorship.statuses import ProfileStatus, RevisionKind
from storage import Transaction
from storage.tables import MentorProfile


@dataclass(frozen=True, slots=True)
class EditResult:
    """The effects of an edit.

    `rate_changed`, `link_changed` and `published` took effect at once; `pending` is the change that
    waits for the moderators; `withdrawn` says that a pending change was withdrawn.
    """

    rate_changed: bool
    pending: ApplicationView | None
    published: bool
    withdrawn: bool
    link_changed: bool = False


async def before_edit(tx: Transaction, actor: Actor) -> ProfileContent:
    """Load the content for the edit form: that of the pending change, or else the published one.

    Raises what `own_profile.why_not_mentoring` returns.
    """
    profile = await own_profile.load_approved(tx, actor)
    latest = await application_views.find_latest(tx, actor)
    if latest is not None and latest.is_pending:
        return ProfileContent(
            latest.expertise,
            profile.hourly_rate,
            latest.bio,
            meeting_link=profile.meeting_link or "",
        )
    expertise = await own_profile.load_expertise(tx, profile.id)
    return ProfileContent(
        expertise, profile.hourly_rate, profile.bio, meeting_link=profile.meeting_link or ""
    )


async def edit(tx: Transaction, actor: Actor, content: ProfileContent) -> EditResult:
    """Change the actor's own profile.

    The rate takes effect at once, for new bookings only. A change of expertise or bio waits for the
    moderators while the approved content stays visible, unless the guild's
    `approve_profile_changes` is off. A change that is pending already is revised; it is withdrawn
    if the new content is the published one.

    Raises what `own_profile.why_not_mentoring` returns, and `InvalidField`.
    """
    guild = await guild_settings.load(tx, actor.guild)
    profile = await own_profile.load_approved(tx, actor)
    content = validate(content, guild.maximum_hourly_rate)
    rate_changed = content.hourly_rate != profile.hourly_rate
    if rate_changed:
        await tx.connection.execute(
            update(MentorProfile)
            .where(MentorProfile.id == profile.id)
            .values(hourly_rate=content.hourly_rate)
        )
        facts = {"hourly_rate": content.hourly_rate}
        await _record(tx, actor, EventType.PROFILE_UPDATED, facts)
    link_changed = content.meeting_link is not None and (
        await meeting_link.change(tx, actor, content.meeting_link) != profile.meeting_link
    )
    result = EditResult(
        rate_changed, pending=None, published=False, withdrawn=False, link_changed=link_changed
    )
    latest = await application_views.find_latest(tx, actor)
    pending = latest if latest is not None and latest.is_pending else None
    expertise = await own_profile.load_expertise(tx, profile.id)
    if _is_same(content, expertise, profile.bio):
        if pending is None:
            return result
        await applications.withdraw(tx, actor)
        return replace(result, withdrawn=True)
    if pending is not None:
        if _is_same(content, pending.expertise, pending.bio):
            return result
        return replace(result, pending=await applications.revise(tx, actor, content))
    # Without a review channel it waits all the same: the queue lists it, and moderators are told.
    if guild.approve_profile_changes:
        change = await applications.submit(tx, actor, profile.id, RevisionKind.CHANGE, content)
        return replace(result, pending=change)
    await application_review.publish(tx, actor.guild, actor.user_id, content, becomes_mentor=False)
    await _record(tx, actor, EventType.PROFILE_UPDATED)
    return replace(result, published=True)


async def pause(tx: Transaction, actor: Actor, until: datetime | None = None) -> datetime | None:
    """Take no new bookings until an instant, or without one until `resume`.

    Booked sessions are unaffected. Returns `until`. Raises what `own_profile.why_not_mentoring`
    returns, and `InvalidField` for an instant in the past.
    """
    profile = await own_profile.load_approved(tx, actor)
    if until is not None and until <= tx.now:
        raise InvalidField(Field.PAUSED_UNTIL, Problem.PAST)
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == profile.id)
        .values(paused=True, paused_until=until)
    )
    facts = {} if until is None else {"until": until.isoformat()}
    await _record(tx, actor, EventType.MENTOR_PAUSED, facts)
    return until


async def resume(tx: Transaction, actor: Actor) -> None:
    """Take bookings again, after a pause or after stopping.

    Raises `NotAMentor`, `StillAnApplicant`, `Suspended`, and what `members.require_member` does.
    """
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    if profile is None or profile.status not in (ProfileStatus.APPROVED, ProfileStatus.STOPPED):
        raise await own_profile.why_not_mentoring(tx, profile)
    await members.require_member_of(tx, actor, actor.guild)
    if not actor.outside_guild:
        # Somebody who left and came back may use an old direct message first.
        await members.record_return(tx, actor.guild, actor.user_id)
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == profile.id)
        .values(status=ProfileStatus.APPROVED, paused=False, paused_until=None)
    )
    await _record(tx, actor, EventType.MENTOR_RESUMED)


async def stop(tx: Transaction, actor: Actor) -> None:
    """Stop mentoring. Booked sessions are unaffected.

    Raises what `own_profile.why_not_mentoring` returns.
    """
    profile = await own_profile.load_approved(tx, actor)
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == profile.id)
        .values(status=ProfileStatus.STOPPED)
    )
    await open_offers.end_those_of_mentor(tx, actor.guild, actor.user_id)
    await _record(tx, actor, EventType.MENTOR_STOPPED)


async def _record(
    tx: Transaction,
    actor: Actor,
    event_type: EventType,
    facts: Mapping[str, Any] | None = None,
) -> None:
    event = Event(event_type, actor.guild, actor.user_id, facts=facts or {})
    await publishing.publish(tx, event)


def _is_same(content: ProfileContent, expertise: Sequence[str], bio: str) -> bool:
    """Return whether a profile's content stays the same; the order of the tags doesn't count."""
    return set(content.expertise) == set(expertise) and content.bio == bio
