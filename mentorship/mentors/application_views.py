"""Profile revisions as moderators and their authors see them: applications and profile changes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, literal_column, select

from mentorship import faults
from mentorship.actors import Actor
from mentorship.errors import NotFound, NothingPending, Subject
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors import own_profile
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.statuses import RevisionKind, RevisionStatus
from storage import Transaction
from storage.tables import Member, MentorProfile, ProfileRevision


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A moderator's decision on an earlier revision of the same profile."""

    status: RevisionStatus
    decided_by: int | None
    decided_at: datetime | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """A profile revision that was submitted to the moderators.

    `kind` tells an application from a change of an approved profile. `hourly_rate` is points an
    hour. `reason`, why the person applies, and `joined_at`, when they joined the guild, are None
    where unknown. `version` is the number of the text among all that this person has submitted
    here. `screening_pending` tells whether the person still has to accept the guild's rules, as
    last recorded. `channel_id` and `message_id` are those of the review card, once it is posted.
    Only `load` fills `past_decisions` and, for a pending change, `published`: the content that
    members see until the change is approved.
    """

    id: int
    kind: RevisionKind
    guild_id: int
    applicant_id: int
    applicant_name: str
    joined_at: datetime | None
    timezone: str
    expertise: tuple[str, ...]
    hourly_rate: int
    bio: str
    reason: str | None
    status: RevisionStatus
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: int | None
    note: str | None
    channel_id: int | None
    message_id: int | None
    version: int
    screening_pending: bool
    past_decisions: tuple[PastDecision, ...] = ()
    published: ProfileContent | None = None

    @property
    def is_pending(self) -> bool:
        """Whether the moderators still have to decide."""
        return self.status is RevisionStatus.PENDING


@cache
def select_revisions() -> Select[*tuple[Any, ...]]:
    """Select revisions with the columns that `from_row` needs."""
    return (
        select(
            *ProfileRevision.__table__.c,
            MentorProfile.guild_id,
            MentorProfile.user_id,
            MentorProfile.timezone,
            Member.name,
            Member.joined_at,
            Member.screening_pending,
        )
        .join(MentorProfile, MentorProfile.id == ProfileRevision.profile_id)
        .join(Member)
    )


def from_row(
    row: Row[*tuple[Any, ...]], past_decisions: tuple[PastDecision, ...] = ()
) -> ApplicationView:
    """Build the view of a revision from a row of `select_revisions`."""
    return ApplicationView(
        id=row.id,
        kind=RevisionKind(row.kind),
        guild_id=row.guild_id,
        applicant_id=row.user_id,
        applicant_name=row.name,
        joined_at=row.joined_at,
        timezone=row.timezone,
        expertise=tuple(row.expertise),
        hourly_rate=row.hourly_rate,
        bio=row.bio,
        reason=row.reason,
        status=RevisionStatus(row.status),
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        note=row.decision_note,
        channel_id=row.channel_id,
        message_id=row.message_id,
        version=row.version,
        screening_pending=row.screening_pending,
        past_decisions=past_decisions,
    )


def are_pending(guild_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the revisions on which a guild's moderators still have to decide."""
    # A literal, so that the partial index on pending revisions applies.
    return (
        ProfileRevision.guild_id == guild_id,
        ProfileRevision.status == literal_column("'pending'"),
    )


_SELECT_ONE = select_revisions().where(ProfileRevision.id == bindparam("application"))
_SELECT_MANY = select_revisions().where(
    ProfileRevision.id.in_(bindparam("applications", expanding=True))
)
_SELECT_LATEST = (
    select_revisions()
    .where(ProfileRevision.profile_id == bindparam("profile"))
    .order_by(ProfileRevision.id.desc())
    .limit(1)
)
_SELECT_PAST_DECISIONS = (
    select(
        ProfileRevision.status,
        ProfileRevision.decided_by,
        ProfileRevision.decided_at,
        ProfileRevision.decision_note,
    )
    .where(
        ProfileRevision.profile_id == bindparam("profile"),
        ProfileRevision.id < bindparam("application"),
        ProfileRevision.status.not_in((RevisionStatus.PENDING, RevisionStatus.WITHDRAWN)),
    )
    .order_by(ProfileRevision.id.desc())
    .limit(5)
)


async def load_many(
    tx: Transaction, application_ids: Collection[int]
) -> dict[int, ApplicationView]:
    """Load several revisions by id, without earlier decisions and without checking who asks.

    Unknown ids are left out, and revisions that can't be read.
    """
    if not application_ids:
        return {}
    rows = await tx.connection.execute(_SELECT_MANY, {"applications": tuple(application_ids)})
    views = faults.readable(
        tx, FaultKind.REVISION_VIEW, rows.all(), from_row, lambda row: int(row.id)
    )
    return {view.id: view for view in views}


async def load(tx: Transaction, application_id: int) -> ApplicationView:
    """Load a revision with the five latest decisions before it, without checking who asks.

    A pending change comes with the content that it would replace. Raises `NotFound`.
    """
    params = {"application": application_id}
    row = (await tx.connection.execute(_SELECT_ONE, params)).one_or_none()
    if row is None:
        raise NotFound(Subject.APPLICATION)
    params["profile"] = row.profile_id
    decisions = await tx.connection.execute(_SELECT_PAST_DECISIONS, params)
    past_decisions = tuple(
        PastDecision(RevisionStatus(status), decided_by, decided_at, note)
        for status, decided_by, decided_at, note in decisions
    )
    view = from_row(row, past_decisions)
    if view.kind is RevisionKind.CHANGE and view.is_pending:
        return replace(view, published=await _load_published(tx, view))
    return view


async def load_with_settings(
    tx: Transaction, application_id: int
) -> tuple[ApplicationView, GuildSettings]:
    """Load a revision and its guild's settings, for the review card. Raises `NotFound`."""
    application = await load(tx, application_id)
    return application, await guild_settings.load(tx, application.guild_id)


async def find_latest(tx: Transaction, actor: Actor) -> ApplicationView | None:
    """Load the actor's latest revision, whatever its status, or return None without one."""
    return await find_latest_of(tx, actor.guild, actor.user_id)


async def find_latest_of(tx: Transaction, guild_id: int, user_id: int) -> ApplicationView | None:
    """Load a person's latest revision, whatever its status, or return None without one."""
    profile = await own_profile.find(tx, guild_id, user_id)
    return await find_latest_of_profile(tx, profile.id) if profile is not None else None


async def find_latest_of_profile(tx: Transaction, profile_id: int) -> ApplicationView | None:
    """Load a profile's latest revision, whatever its status, or return None without one."""
    row = (await tx.connection.execute(_SELECT_LATEST, {"profile": profile_id})).one_or_none()
    return from_row(row) if row is not None else None


async def load_own_pending(tx: Transaction, actor: Actor) -> ApplicationView:
    """Load the actor's pending revision. Raises `NothingPending`."""
    latest = await find_latest(tx, actor)
    if latest is None or not latest.is_pending:
        raise NothingPending()
    return latest


async def _load_published(tx: Transaction, change: ApplicationView) -> ProfileContent:
    profile = await own_profile.find(tx, change.guild_id, change.applicant_id)
    assert profile is not None
    expertise = await own_profile.load_expertise(tx, profile.id)
    return ProfileContent(expertise, profile.hourly_rate, profile.bio)
