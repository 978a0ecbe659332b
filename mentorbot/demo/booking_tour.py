"""The tour of one booking, from the request to the reminder."""

from __future__ import annotations

from mentorbot.demo.community import MAYA, OLIVER
from mentorbot.demo.simulated_discord import DIRECT_MESSAGES, MENTORSHIP, READER
from mentorbot.demo.tour import Step, Tour
from mentorbot.demo.visitor_sessions import REMINDER_LEAD, VisitorSessions
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import CALLED_OFF, SessionStatus
from wording.times import describe_compact

_CALLED_OFF_WORDS = {
    SessionStatus.DECLINED: "was declined",
    SessionStatus.EXPIRED: "expired",
    SessionStatus.CANCELLED: "was cancelled",
}


class BookingTour(Tour):
    """Follows Maya's latest booking from the request to the reminder."""

    key, title = "booking", "One booking in four steps"

    def __init__(self, sessions: VisitorSessions) -> None:
        super().__init__()
        self.server = sessions.server
        self._sessions = sessions
        self._reminder_read: set[int] = set()

    async def _load_steps(self) -> list[tuple[Step, bool]]:
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

    async def _latest_booking(self) -> SessionView | None:
        """Return Maya's latest booking since the start; seats in group sessions aren't bookings."""
        booked = [
            session
            for session in await self._sessions.booked_by(MAYA.key)
            if session.group_id is None
        ]
        return max(booked, key=lambda session: session.id, default=None)
