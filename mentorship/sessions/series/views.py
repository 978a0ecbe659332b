"""A series that was booked, with its sessions, as its two participants see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from mentorship import idempotency
from mentorship.actors import Actor
from mentorship.errors import NotFound, Subject
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors.question_rules import Answer
from mentorship.sessions import booking_answers, session_views
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.session_views import Person, SessionView
from storage import Transaction
from storage.tables import Series, Session


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A series and its sessions, the earliest first: at least one.

    Each session has a status of its own and can be moved or cancelled alone.
    """

    id: int
    guild_id: int
    every_weeks: int
    created_at: datetime
    sessions: tuple[SessionView, ...]

    @property
    def mentor(self) -> Person:
        """The mentor of all its sessions."""
        return self.sessions[0].mentor

    @property
    def mentee(self) -> Person:
        """The mentee of all its sessions."""
        return self.sessions[0].mentee

    def party(self, user_id: int) -> Party:
        """Return the person's part in the series. Raises `NotYours` for anyone else."""
        return self.sessions[0].party(user_id)

    def other(self, user_id: int) -> Person:
        """Return the participant whom `user_id` meets."""
        return self.sessions[0].other(user_id)

    def allowing(self, action: Action, user_id: int, now: datetime) -> tuple[SessionView, ...]:
        """Return the sessions to which a participant can do `action` now."""
        return tuple(each for each in self.sessions if action in each.actions(user_id, now))


def times_digest(sessions: tuple[SessionView, ...]) -> str:
    """Return eight characters that change with the sessions, their times and their statuses.

    A button that acts on all of them carries it, so that it does what its reader saw or nothing.
    """
    return idempotency.digest(
        [
            (
                session.id,
                session.status.value,
                session.starts_at.timestamp(),
                None if session.proposal is None else session.proposal.starts_at.timestamp(),
            )
            for session in sessions
        ]
    )[:8]


_SERIES = select(Series.guild_id, Series.every_weeks, Series.created_at).where(
    Series.id == bindparam("series")
)
_SESSION_IDS = (
    select(Session.id)
    .where(Session.series_id == bindparam("series"))
    .order_by(Session.starts_at, Session.id)
)


async def load(tx: Transaction, series_id: int) -> SeriesView:
    """Load a series without permission checks. Raises `NotFound`."""
    row = (await tx.connection.execute(_SERIES, {"series": series_id})).one_or_none()
    session_ids = (await tx.connection.scalars(_SESSION_IDS, {"series": series_id})).all()
    sessions = await session_views.list_by_id(tx, session_ids)
    if row is None or not sessions:
        raise NotFound(Subject.SERIES)
    return SeriesView(series_id, row.guild_id, row.every_weeks, row.created_at, tuple(sessions))


async def load_for_participant(tx: Transaction, actor: Actor, series_id: int) -> SeriesView:
    """Load a series for one of its participants. Raises `NotFound` for anyone else."""
    series = await load(tx, series_id)
    is_participant = actor.user_id in (series.mentor.user_id, series.mentee.user_id)
    if not is_participant or actor.guild_id not in (None, series.guild_id):
        raise NotFound(Subject.SERIES)
    return series


@dataclass(frozen=True, slots=True)
class SeriesDetails:
    """A series, the settings of its guild, and what the mentee answered when they booked it."""

    series: SeriesView
    guild: GuildSettings
    answers: tuple[Answer, ...] = ()


async def load_details(tx: Transaction, actor: Actor, series_id: int) -> SeriesDetails:
    """Load a series for one of its participants, with what its card shows. Raises `NotFound`."""
    series = await load_for_participant(tx, actor, series_id)
    answers = await booking_answers.load(tx, series.sessions[0])
    return SeriesDetails(series, await guild_settings.load(tx, series.guild_id), answers)
