"""The statements that load mentors' calendars.

They are built once, since building one in SQLAlchemy takes longer than running it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Label, Select, bindparam, literal_column, select

from mentorship.availability import external_busy, gap_slots, hours_limits
from mentorship.mentors.own_profile import select_profiles_with_names
from mentorship.statuses import CALLED_OFF, ProfileStatus
from storage.queries import json_list
from storage.tables import (
    Commitment,
    DateOverrideRow,
    GroupSession,
    Invitation,
    MentorProfile,
    Session,
    TravelRow,
    WeeklyHoursRow,
)
from storage.types import RowId

MAX_BUFFER = timedelta(minutes=240)
"""The longest buffer after a session."""

LONGEST_EFFECT = MAX_BUFFER + timedelta(seconds=gap_slots.QUARTER)
"""How long after its end a commitment can decide where a slot starts: a slot that fills the gap
after it may start up to a quarter of an hour after the buffer."""


def override_params(now: datetime, until: datetime | None = None) -> dict[str, object]:
    """Return the parameters of statements with date overrides, for slots up to `until`.

    Without one, they are those for the longest booking window.
    """
    return {
        "first_date": hours_limits.first_date_read(now),
        "last_date": hours_limits.last_date_read(
            until or now + timedelta(days=hours_limits.DAYS_AHEAD)
        ),
    }


def commitment_params(now: datetime, except_session: int) -> dict[str, object]:
    """Return the parameters of statements with commitments, for now and without one session."""
    return {
        "since": now - LONGEST_EFFECT,
        # Weekly limits count from Monday on the mentor's clock, so up to eight days back in UTC.
        "week_start": now - timedelta(days=8),
        "except_session": except_session,
    }


def _commitments_of(person: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        Commitment.user_id == person,
        Commitment.ends_at > bindparam("since"),
        # Those of group sessions and invitations have no session.
        Commitment.session_id.is_distinct_from(bindparam("except_session", type_=RowId)),
    )


SELECT_COMMITMENTS = select(Commitment.starts_at, Commitment.ends_at).where(
    *_commitments_of(bindparam("person"))
)
"""The spans of a `person`'s commitments."""


def commitments_column(dialect: str, person: ColumnElement[int]) -> ColumnElement[Any]:
    """The commitments of a person in another table, as one JSON column."""
    spans = _select_list(dialect, "busy", Commitment.starts_at, Commitment.ends_at)
    return spans.where(*_commitments_of(person)).scalar_subquery()


def _select_list(dialect: str, name: str, *columns: Any) -> Select[*tuple[Any, ...]]:
    return select(json_list(dialect, *(column.expression for column in columns)).label(name))


def weekly_hours_column(dialect: str) -> Label[Any]:
    """A profile's weekly hours as one JSON column, `weekly`, for a query of profiles."""
    hours = _select_list(
        *(dialect, "weekly"),
        WeeklyHoursRow.weekday,
        WeeklyHoursRow.start_minute,
        WeeklyHoursRow.end_minute,
    )
    return (
        hours.where(WeeklyHoursRow.profile_id == MentorProfile.id).scalar_subquery().label("weekly")
    )


def select_with_hours(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select profiles with their names, `weekly` hours, and `overrides` and `travel` of the dates
    of `override_params`."""
    overrides = _select_list(
        *(dialect, "overrides"),
        DateOverrideRow.date,
        DateOverrideRow.start_minute,
        DateOverrideRow.end_minute,
    ).where(
        DateOverrideRow.profile_id == MentorProfile.id,
        DateOverrideRow.date.between(bindparam("first_date"), bindparam("last_date")),
    )
    travel = _select_list(
        *(dialect, "travel"), TravelRow.first_date, TravelRow.last_date, TravelRow.timezone
    ).where(
        TravelRow.profile_id == MentorProfile.id, TravelRow.last_date >= bindparam("first_date")
    )
    return select_profiles_with_names().add_columns(
        weekly_hours_column(dialect),
        overrides.scalar_subquery().label("overrides"),
        travel.scalar_subquery().label("travel"),
    )


def _select_calendars(dialect: str) -> Select[*tuple[Any, ...]]:
    busy = _select_list(dialect, "busy", Commitment.starts_at, Commitment.ends_at).where(
        *_commitments_of(MentorProfile.user_id.expression)
    )
    booked = _select_list(dialect, "booked", Session.starts_at, Session.proposed_starts_at).where(
        Session.guild_id == MentorProfile.guild_id,
        Session.mentor_id == MentorProfile.user_id,
        Session.starts_at > bindparam("week_start"),
        Session.status.not_in(CALLED_OFF),
        Session.id != bindparam("except_session"),
        # `+ 0` keeps SQLite from reading all sessions without one.
        (Session.group_id + 0).is_(None),
    )
    # However many seats it has, a group session is one session of its mentor.
    groups = _select_list(dialect, "booked_groups", GroupSession.starts_at).where(
        GroupSession.guild_id == MentorProfile.guild_id,
        GroupSession.mentor_id == MentorProfile.user_id,
        GroupSession.starts_at > bindparam("week_start"),
        GroupSession.status.not_in(CALLED_OFF),
    )
    # Open ones, as pending requests: each will be a session if it's accepted.
    invitations = _select_list(dialect, "invited", Invitation.starts_at).where(
        Invitation.guild_id == MentorProfile.guild_id,
        Invitation.mentor_id == MentorProfile.user_id,
        Invitation.status == literal_column("'open'"),
        Invitation.starts_at > bindparam("week_start"),
    )
    return select_with_hours(dialect).add_columns(
        busy.scalar_subquery().label("busy"),
        external_busy.column(dialect, MentorProfile.user_id.expression).label("external_busy"),
        booked.scalar_subquery().label("booked"),
        groups.scalar_subquery().label("booked_groups"),
        invitations.scalar_subquery().label("invited"),
    )


@cache
def select_one_with_commitments(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select the calendar of a `mentor` in a `guild`, and `mentee_busy`, the time of a `person`."""
    mentee_busy = _select_list(
        dialect, "mentee_busy", Commitment.starts_at, Commitment.ends_at
    ).where(*_commitments_of(bindparam("person")))
    return (
        _select_calendars(dialect)
        .add_columns(mentee_busy.scalar_subquery().label("mentee_busy"))
        .where(
            MentorProfile.guild_id == bindparam("guild"),
            MentorProfile.user_id == bindparam("mentor"),
        )
    )


@cache
def select_many(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select the calendars of those `profiles` that are approved."""
    return _select_calendars(dialect).where(
        MentorProfile.id.in_(bindparam("profiles", expanding=True)),
        MentorProfile.status == ProfileStatus.APPROVED,
    )
