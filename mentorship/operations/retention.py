"""How long each row is kept, and deleting what has been kept long enough.

`BOUNDS` names what limits the growth of each table. The rows of those that are bounded by
age are deleted once a day, in batches: by the index on their age (`delete_old_keys`,
`event_retention`), or by a walk over the ids (`find_expired`, `delete_expired`), which needs no
index that every booking would have to keep up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.orm import aliased

from mentorship import statuses
from mentorship.points.grant_requests import GrantRequestStatus
from mentorship.statuses import RevisionStatus
from storage import Transaction
from storage.queries import delete_some
from storage.tables import (
    Commitment,
    GrantRequest,
    HelpRequest,
    IdempotencyKey,
    Invitation,
    Notification,
    ProfileRevision,
    ProfileTag,
    RequestedMentor,
    Session,
    Table,
    Tag,
)

IDEMPOTENCY_KEY_RETENTION = timedelta(days=7)
"""How long a repeated idempotency key is recognised."""

NOTIFICATION_RETENTION = timedelta(days=90)
"""How long a notification is kept after it was sent, failed or dropped."""

OFFER_RETENTION = timedelta(days=90)
"""How long an invitation or a request for help is kept after it ended."""

COMMITMENT_RETENTION = timedelta(days=30)
"""How long the time that a session held is kept once it is past. Weekly limits count it."""

BATCH_SIZE = 200
"""Rows that are deleted in one transaction, at most."""

CHUNK_SIZE = 2_000
"""Rows that are read at a time in a walk over the ids."""


class Bound(StrEnum):
    """What limits the growth of a table."""

    FIXED = auto()
    """It has a fixed number of rows."""

    GUILD = auto()
    """It has a limited number of rows for each guild, and they go with the guild's data."""

    MEMBER = auto()
    """It has a limited number of rows for each member. They go with the guild's data, or when the
    person's data is erased."""

    HISTORY = auto()
    """It grows with what people do, and is kept as long as the guild has the bot: the sessions, and
    the ledger, of which every balance is the sum."""

    WORK = auto()
    """It lists work to do, and each row goes when the work is done."""

    AGE = auto()
    """Old rows are deleted once a day."""


BOUNDS: Mapping[str, Bound] = {
    "service_clock": Bound.FIXED,
    "dm_budgets": Bound.FIXED,
    "guilds": Bound.GUILD,
    "guild_ratings": Bound.GUILD,
    "members": Bound.MEMBER,
    "mentor_profiles": Bound.MEMBER,
    "weekly_hours": Bound.MEMBER,
    "booking_questions": Bound.MEMBER,
    "profile_tags": Bound.MEMBER,
    "listings": Bound.MEMBER,
    "blocks": Bound.MEMBER,
    "erased_people": Bound.MEMBER,
    "sessions": Bound.HISTORY,
    "participants": Bound.HISTORY,
    "reviews": Bound.HISTORY,
    "booking_answers": Bound.HISTORY,
    "thanks": Bound.HISTORY,
    "threshold_roles": Bound.GUILD,
    "earned_roles": Bound.MEMBER,
    "shared_notes": Bound.HISTORY,
    "private_notes": Bound.HISTORY,
    "next_steps": Bound.HISTORY,
    "session_links": Bound.HISTORY,
    "accounts": Bound.HISTORY,
    "transfers": Bound.HISTORY,
    "group_sessions": Bound.HISTORY,
    "series": Bound.HISTORY,
    "slot_alerts": Bound.MEMBER,
    "mentorships": Bound.HISTORY,
    "goals": Bound.HISTORY,
    "waitlist_entries": Bound.WORK,
    "group_places": Bound.WORK,
    "meeting_places": Bound.WORK,
    "reminder_changes": Bound.WORK,
    "member_reminder_changes": Bound.WORK,
    "mentor_role_changes": Bound.WORK,
    "mentor_role_removals": Bound.WORK,
    "session_endings": Bound.WORK,
    "erasures": Bound.WORK,
    "idempotency_keys": Bound.AGE,
    "handled_interactions": Bound.AGE,
    "notices": Bound.AGE,
    "events": Bound.AGE,
    "profile_revisions": Bound.AGE,
    "grant_requests": Bound.AGE,
    "commitments": Bound.AGE,
    "invitations": Bound.AGE,
    "help_requests": Bound.AGE,
    "requested_mentors": Bound.AGE,
    "date_overrides": Bound.AGE,
    "travel": Bound.AGE,
    "tags": Bound.AGE,
    "faults": Bound.AGE,
    "backups": Bound.AGE,
    "event_feed": Bound.FIXED,
    "event_cursors": Bound.FIXED,
    "installation": Bound.FIXED,
    "calendar_feeds": Bound.MEMBER,
    "external_calendars": Bound.MEMBER,
    "external_busy": Bound.MEMBER,
    "calendar_entries": Bound.HISTORY,
    "provider_meetings": Bound.HISTORY,
    "figure_progress": Bound.FIXED,
    "guild_months": Bound.GUILD,
    "guild_weeks": Bound.GUILD,
    "unmet_searches": Bound.AGE,
    "vain_searches": Bound.AGE,
    "points_months": Bound.GUILD,
    "mentor_totals": Bound.MEMBER,
    "mentor_months": Bound.HISTORY,
    "mentor_quarters": Bound.HISTORY,
    "mentor_weeks": Bound.HISTORY,
    "mentee_months": Bound.HISTORY,
    "stale_months": Bound.WORK,
    "webhook_endpoints": Bound.GUILD,
    "webhook_deliveries": Bound.AGE,
}
"""What bounds each table. A test requires an entry for every one."""


@dataclass(frozen=True, slots=True)
class Periods:
    """The retention periods that operators can set; None keeps rows for ever."""

    events: timedelta
    audit_log: timedelta | None
    applications: timedelta | None


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows of a table with ids are no longer needed.

    `condition` returns None if they are kept for ever. `is_ordered`: rows with low ids are the
    first to become old, so a walk may end where none is. `parts` are columns that refer to a row,
    in tables whose rows go with it.
    """

    table: type[Table]
    condition: Callable[[datetime, Periods], ColumnElement[bool] | None]
    is_ordered: bool = False
    parts: tuple[Any, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables of which rows are deleted."""
        return (self.table.__tablename__, *(part.class_.__tablename__ for part in self.parts))


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a walk: the ids to delete, and the last id that was read, None at the end."""

    ids: tuple[int, ...]
    last_id: int | None


def _old_notifications(now: datetime, _periods: Periods) -> ColumnElement[bool]:
    """Those that were settled long ago. Those of a session that isn't over are kept."""
    return and_(
        Notification.status != "waiting",
        Notification.settled_at < now - NOTIFICATION_RETENTION,
        _is_over(Notification.session_id),
    )


def _past_commitments(now: datetime, _periods: Periods) -> ColumnElement[bool]:
    """Those of sessions that are over: nobody can be booked in the past."""
    return and_(Commitment.ends_at < now - COMMITMENT_RETENTION, _is_over(Commitment.session_id))


def _ended_invitations(now: datetime, _periods: Periods) -> ColumnElement[bool]:
    """Those that were answered, withdrawn or expired long ago, and hold no time any more."""
    return and_(
        Invitation.status != "open",
        Invitation.ended_at < now - OFFER_RETENTION,
        ~exists().where(Commitment.invitation_id == Invitation.id),
    )


def _ended_requests(now: datetime, _periods: Periods) -> ColumnElement[bool]:
    """Those that ended long ago, once the invitations that answered them are deleted."""
    return and_(
        HelpRequest.status.not_in(("open", "offered")),
        HelpRequest.ended_at < now - OFFER_RETENTION,
        ~exists().where(Invitation.request_id == HelpRequest.id),
    )


def _is_over(session_id: Any) -> ColumnElement[bool]:
    """Return the condition that a row's session, if it has one, is over.

    A scalar query, which PostgreSQL runs for each row. For EXISTS it might read all sessions.
    """
    status = select(Session.status).where(Session.id == session_id).scalar_subquery()
    return func.coalesce(status, "").not_in(statuses.LIVE)


def _superseded_revisions(now: datetime, periods: Periods) -> ColumnElement[bool] | None:
    """Those that were decided long ago, except the latest of a profile and the one it shows."""
    if periods.applications is None:
        return None
    later = aliased(ProfileRevision)

    def has_later(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        of_profile = later.profile_id == ProfileRevision.profile_id
        return exists().where(of_profile, later.id > ProfileRevision.id, *conditions)

    return and_(
        ProfileRevision.decided_at < now - periods.applications,
        ProfileRevision.status != RevisionStatus.PENDING,
        has_later(),
        or_(
            ProfileRevision.status != RevisionStatus.APPROVED,
            has_later(later.status == RevisionStatus.APPROVED),
        ),
        # The id alone, so that the index has all that is read. Most notifications are about no
        # revision, so SQLite's statistics may say that the table is no slower.
        ~exists(select(Notification.id).where(Notification.revision_id == ProfileRevision.id)),
    )


def _decided_grants(now: datetime, periods: Periods) -> ColumnElement[bool] | None:
    """Those that were decided as long ago as the audit log is kept, which says the same."""
    if periods.audit_log is None:
        return None
    return and_(
        GrantRequest.status != GrantRequestStatus.PENDING,
        GrantRequest.decided_at < now - periods.audit_log,
    )


def _unused_tags(_now: datetime, _periods: Periods) -> ColumnElement[bool]:
    return ~exists().where(ProfileTag.tag_id == Tag.id)


RULES: tuple[Rule, ...] = (
    Rule(Notification, _old_notifications, is_ordered=True),
    Rule(Commitment, _past_commitments),
    Rule(Invitation, _ended_invitations, is_ordered=True),
    Rule(HelpRequest, _ended_requests, is_ordered=True, parts=(RequestedMentor.request_id,)),
    Rule(ProfileRevision, _superseded_revisions),
    Rule(GrantRequest, _decided_grants),
    Rule(Tag, _unused_tags),
)
"""The tables whose old rows are found by a walk over the ids, in the order in which to walk."""


async def find_expired(
    tx: Transaction, rule: Rule, periods: Periods, after_id: int, size: int = CHUNK_SIZE
) -> Chunk:
    """Read the next rows of a table after an id, and return which of them to delete."""
    condition = rule.condition(tx.now, periods)
    if condition is None:
        return Chunk((), None)
    row_id: Any = rule.table.__table__.c.id
    query = select(row_id, condition.label("is_old")).where(row_id > after_id)
    rows = (await tx.connection.execute(query.order_by(row_id).limit(size))).all()
    ids = tuple(row.id for row in rows if row.is_old)
    is_end = len(rows) < size or (rule.is_ordered and not ids)
    return Chunk(ids, None if is_end else rows[-1].id)


async def delete_expired(
    tx: Transaction, rule: Rule, periods: Periods, ids: tuple[int, ...]
) -> int:
    """Delete those of the rows that `find_expired` returned that are still old. Returns how many.

    Callers pass at most `BATCH_SIZE` ids.
    """
    condition = rule.condition(tx.now, periods)
    if condition is None:
        return 0
    row_id: Any = rule.table.__table__.c.id
    for part in rule.parts:
        old = select(row_id).where(row_id.in_(ids), condition)
        await tx.connection.execute(delete(part.class_).where(part.in_(old)))
    deleted = await tx.connection.execute(delete(rule.table).where(row_id.in_(ids), condition))
    return deleted.rowcount


async def delete_old_keys(tx: Transaction, limit: int = BATCH_SIZE) -> int:
    """Delete at most `limit` idempotency keys that are no longer recognised; returns how many."""
    table = IdempotencyKey.__table__
    return await delete_some(
        tx.connection,
        table,
        table.c.created_at < tx.now - IDEMPOTENCY_KEY_RETENTION,
        order_by=[table.c.created_at],
        limit=limit,
    )
