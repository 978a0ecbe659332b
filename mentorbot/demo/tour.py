"""The path that the page suggests, and how far along it one is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mentorbot.demo.community import MAYA, OLIVER
from mentorbot.demo.simulated_discord import MENTORSHIP, MESSAGES, Person, Place, Stage
from mentorship.sessions import session_views
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import CALLED_OFF, UPCOMING, SessionStatus
from mentorship.time.timezones import describe_compact
from storage import Database

BEFORE = timedelta(minutes=10)
"""How long before a session the clock stops: when the last reminder is due."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do next. It leads to a place, or, without one, moves the clock."""

    title: str
    text: str
    button: str
    person: Person | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """The session to which the clock can be moved."""

    session: SessionView

    @property
    def skip_to(self) -> datetime:
        return self.session.starts_at - BEFORE

    @property
    def mentor_agreed(self) -> bool:
        return self.session.status is not SessionStatus.SCHEDULED


class Tour:
    """Follows Maya's latest booking from request to reminder, and finds what lies ahead."""

    def __init__(self, stage: Stage, db: Database) -> None:
        self.stage = stage
        self.db = db
        self._last_before = 0
        self._read: set[int] = set()

    async def begin(self) -> None:
        """Whatever is booked already is not the visitor's."""
        known = [
            session.id
            for key in self.stage.people
            for session in await self._sessions_of(key, with_past=True)
        ]
        self._last_before = max(known, default=0)

    async def next_session(self) -> Ahead | None:
        """The soonest session ahead: one that the visitor booked, or else any on the stage."""
        latest = self.stage.env.now() + BEFORE
        ahead = {
            session.id: session
            for key in tuple(self.stage.people)
            for session in await self._sessions_of(key)
            if session.status in UPCOMING and session.starts_at > latest
        }
        if not ahead:
            return None
        return Ahead(
            min(
                ahead.values(),
                key=lambda session: (session.id <= self._last_before, session.starts_at),
            )
        )

    async def steps(self) -> list[tuple[Step, bool]]:
        """The steps in order, each with whether it is done."""
        session = await self._booking()
        again = when = ""
        if session is not None and session.status in CALLED_OFF:
            again = f"The last one is {session.status.words}, so book another. "
            session = None
        mentor = OLIVER
        agreed = reached = read = False
        if session is not None:
            mentor = self.stage.bring_on(session.mentor.user_id) or OLIVER
            when = f" ({describe_compact(session.starts_at, MAYA.zone)})"
            agreed = session.status is not SessionStatus.SCHEDULED
            reached = agreed and self.stage.env.now() >= session.starts_at - BEFORE
            if reached and not self.stage.unread(MAYA, MESSAGES):
                self._read.add(session.id)
            read = session.id in self._read
        host = mentor.first_name
        return [
            (
                Step(
                    "Book a session as Maya",
                    f"{again}In #mentorship, type /book, press Enter, and send it with the arrow. "
                    "Press Show me everyone, choose Oliver Hughes, a day and a time, and Confirm.",
                    "Open #mentorship as Maya",
                    MAYA,
                    MENTORSHIP,
                ),
                session is not None,
            ),
            (
                Step(
                    f"Say yes as {host}",
                    f"The request is in {host}’s direct messages, on {host}’s own clock. "
                    "Press Confirm there.",
                    f"Open {host}’s messages",
                    mentor,
                    MESSAGES,
                ),
                agreed,
            ),
            (
                Step(
                    "Let time pass",
                    "The clock stands still until you move it. Skip to ten minutes before the "
                    f"session{when}; every reminder on the way is sent when it is due.",
                    "Skip to ten minutes before",
                ),
                reached,
            ),
            (
                Step(
                    "See the reminder arrive",
                    "It is the newest of Maya’s direct messages.",
                    "Open Maya’s messages",
                    MAYA,
                    MESSAGES,
                ),
                read,
            ),
        ]

    async def bring_on_booked(self) -> None:
        """Let the mentors be played whom somebody on the stage has booked in the demo."""
        for key in tuple(self.stage.people):
            for session in await self._sessions_of(key):
                if session.id > self._last_before:
                    self.stage.bring_on(session.mentor.user_id)

    async def _booking(self) -> SessionView | None:
        """Maya's latest booking since the curtain rose."""
        made = [
            session
            for session in await self._sessions_of(MAYA.key, with_past=True)
            if session.id > self._last_before
            and session.mentee.user_id == self.stage.actor(MAYA.key).user_id
        ]
        return max(made, key=lambda session: session.id, default=None)

    async def _sessions_of(self, key: str, *, with_past: bool = False) -> list[SessionView]:
        actor = self.stage.actor(key)
        found = await self.db.read(session_views.list_upcoming, actor)
        if with_past:
            found += await self.db.read(session_views.list_past, actor)
        return found
