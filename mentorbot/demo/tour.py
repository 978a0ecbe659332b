"""The guided tour: the steps that the page suggests, and the visitor's progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mentorbot.demo.community import MAYA, OLIVER
from mentorbot.demo.simulated_discord import (
    DIRECT_MESSAGES,
    MENTORSHIP,
    READER,
    DemoChannel,
    Persona,
    SimulatedServer,
)
from mentorship.sessions import session_views
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import CALLED_OFF, UPCOMING, SessionStatus
from storage import Database
from wording.times import describe_compact

REMINDER_LEAD = timedelta(minutes=10)
"""How long before a session the clock stops: when the last reminder is due."""

_CALLED_OFF_WORDS = {
    SessionStatus.DECLINED: "was declined",
    SessionStatus.EXPIRED: "expired",
    SessionStatus.CANCELLED: "was cancelled",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the tour. Its button opens a channel; without one, it moves the clock."""

    title: str
    text: str
    button: str
    persona: Persona | None = None
    channel: DemoChannel | None = None


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


class Tour:
    """Follows Maya's latest booking from the request to the reminder."""

    def __init__(self, server: SimulatedServer, db: Database) -> None:
        self.server = server
        self.db = db
        self._last_history_session = 0
        self._reminder_read: set[int] = set()

    async def start(self) -> None:
        """Ignore the sessions that exist already: they aren't the visitor's."""
        session_ids = [
            session.id
            for key in self.server.personas
            for session in await self._sessions_of(key, with_past=True)
        ]
        self._last_history_session = max(session_ids, default=0)

    async def next_session(self) -> NextSession | None:
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

    async def steps(self) -> list[tuple[Step, bool]]:
        """Return the steps in order, each with whether it is done."""
        session = await self._latest_booking()
        retry = when = ""
        if session is not None and session.status in CALLED_OFF:
            retry = f"The last one {_CALLED_OFF_WORDS[session.status]}, so book another. "
            session = None
        mentor = OLIVER
        confirmed = reminded = read = False
        if session is not None:
            mentor = self.server.activate(session.mentor.user_id) or OLIVER
            when = f" ({describe_compact(session.starts_at, MAYA.zone, READER)})"
            confirmed = session.status is not SessionStatus.SCHEDULED
            reminded = confirmed and self.server.env.now() >= session.starts_at - REMINDER_LEAD
            if reminded and not self.server.count_unread(MAYA, DIRECT_MESSAGES):
                self._reminder_read.add(session.id)
            read = session.id in self._reminder_read
        name = mentor.first_name
        return [
            (
                Step(
                    "Book a session as Maya",
                    f"{retry}In #mentorship, type /book, then press Enter or the send arrow twice. "
                    "Choose Oliver Hughes, one of his open slots, and Confirm.",
                    "Open #mentorship as Maya",
                    MAYA,
                    MENTORSHIP,
                ),
                session is not None,
            ),
            (
                Step(
                    f"Confirm as {name}",
                    f"The request is in {name}’s direct messages, with the time in {name}’s time "
                    "zone. Press Confirm there.",
                    f"Open {name}’s messages",
                    mentor,
                    DIRECT_MESSAGES,
                ),
                confirmed,
            ),
            (
                Step(
                    "Let time pass",
                    "The clock only moves when you move it. Skip to 10 minutes before the "
                    f"session{when}. Every reminder on the way is sent when it’s due.",
                    "Skip to 10 minutes before",
                ),
                reminded,
            ),
            (
                Step(
                    "See the reminder arrive",
                    "It’s the newest of Maya’s direct messages.",
                    "Open Maya’s messages",
                    MAYA,
                    DIRECT_MESSAGES,
                ),
                read,
            ),
        ]

    async def activate_booked_mentors(self) -> None:
        """Let the visitor play the mentors whom any persona has booked since the start."""
        for key in tuple(self.server.personas):
            for session in await self._sessions_of(key):
                if session.id > self._last_history_session:
                    self.server.activate(session.mentor.user_id)

    async def _latest_booking(self) -> SessionView | None:
        """Return Maya's latest booking since the start."""
        booked = [
            session
            for session in await self._sessions_of(MAYA.key, with_past=True)
            if session.id > self._last_history_session
            and session.mentee.user_id == self.server.actor(MAYA.key).user_id
        ]
        return max(booked, key=lambda session: session.id, default=None)

    async def _sessions_of(self, key: str, *, with_past: bool = False) -> list[SessionView]:
        actor = self.server.actor(key)
        sessions = await self.db.read(session_views.list_upcoming, actor)
        if with_past:
            sessions += await self.db.read(session_views.list_past, actor)
        return sessions
