"""The tour of group sessions: somebody joins, and a seat goes to the first in line."""

from __future__ import annotations

from mentorbot.demo.community import MAYA, PRIYA, TOMAS
from mentorbot.demo.simulated_discord import DIRECT_MESSAGES, GROUP_SESSIONS
from mentorbot.demo.tour import Step, Tour
from mentorbot.demo.visitor_sessions import VisitorSessions


class GroupTour(Tour):
    """Maya joins a session with free seats; Priya gives up a seat for which Tomás waits."""

    key, title = "group", "Group sessions in three steps"

    def __init__(self, sessions: VisitorSessions) -> None:
        super().__init__()
        self.server = sessions.server
        self._sessions = sessions
        self._was_read = False

    async def _load_steps(self) -> list[tuple[Step, bool]]:
        has_joined, is_given = [
            any(seat.group_id is not None for seat in await self._sessions.booked_by(key))
            for key in (MAYA.key, TOMAS.key)
        ]
        self._was_read |= is_given and not self.server.count_unread(TOMAS, DIRECT_MESSAGES)
        return [
            (
                Step(
                    "Join Oliver’s office hours as Maya",
                    "They take place every week, are free and have room for eight. In "
                    "#group-sessions, press Join on the first card.",
                    "Open #group-sessions as Maya",
                    MAYA,
                    GROUP_SESSIONS,
                ),
                has_joined,
            ),
            (
                Step(
                    "Give up a seat as Priya",
                    "Amara’s session is full, and two people wait for a seat. Press Leave on the "
                    "last card, then Leave session. Priya is refunded in full.",
                    "Open #group-sessions as Priya",
                    PRIYA,
                    GROUP_SESSIONS,
                ),
                is_given,
            ),
            (
                Step(
                    "See who gets the seat",
                    "Tomás was first in line, so the seat is his. He’s told by direct message, "
                    "and can decline it for a full refund.",
                    "Open Tomás’s messages",
                    TOMAS,
                    DIRECT_MESSAGES,
                ),
                self._was_read,
            ),
        ]
