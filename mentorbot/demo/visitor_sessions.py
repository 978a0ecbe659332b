"""The sessions of the personas: those that the visitor has booked, and the one that is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mentorbot.demo.simulated_discord import SimulatedServer
from mentorship.sessions import session_views
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import UPCOMING, SessionStatus
from storage import Database

REMINDER_LEAD = timedelta(minutes=10)
"""How long before a session the clock stops: when the last reminder is due."""


@dataclass(frozen=True, slots=True)
class NextSession:
    """The session that the clock can be moved to."""

    session: SessionView

    @property
    def skip_to(self) -> datetime:
        """When the last reminder is due."""
        return self.session.starts_at - REMINDER_LEAD

    @property
    def confirmed(self) -> bool:
        return self.session.status is not SessionStatus.SCHEDULED


class VisitorSessions:
    """Tells the sessions that the visitor booked, from `start` on, from those of the history."""

    def __init__(self, server: SimulatedServer, db: Database) -> None:
        self.server = server
        self.db = db
        self._last_history_session = 0

    async def start(self) -> None:
        """Ignore the sessions that exist already: they aren't the visitor's."""
        session_ids = [
            session.id
            for key in self.server.personas
            for session in await self._sessions_of(key, with_past=True)
        ]
        self._last_history_session = max(session_ids, default=0)

    async def next(self) -> NextSession | None:
        """Return the next session that the visitor booked, or else that of any persona."""
        earliest = self.server.env.now() + REMINDER_LEAD
        upcoming = {
            session.id: session
            for key in tuple(self.server.personas)
            for session in await self._sessions_of(key)
            if session.status in UPCOMING and session.starts_at > earliest
        }
        if not upcoming:
            return None
        return NextSession(
            min(
                upcoming.values(),
                key=lambda session: (session.id <= self._last_history_session, session.starts_at),
            )
        )

    async def booked_by(self, key: str) -> list[SessionView]:
        """Return the sessions and seats that a persona has got since the start, as a mentee."""
        user_id = self.server.actor(key).user_id
        return [
            session
            for session in await self._sessions_of(key, with_past=True)
            if session.id > self._last_history_session and session.mentee.user_id == user_id
        ]

    async def activate_booked_mentors(self) -> None:
        """Let the visitor play the mentors whom any persona has booked since the start."""
        for key in tuple(self.server.personas):
            for session in await self._sessions_of(key):
                if session.id > self._last_history_session:
                    self.server.activate(session.mentor.user_id)

    async def _sessions_of(self, key: str, *, with_past: bool = False) -> list[SessionView]:
        actor = self.server.actor(key)
        sessions = await self.db.read(session_views.list_upcoming, actor)
        if with_past:
            sessions += await self.db.read(session_views.list_past, actor)
        return sessions
