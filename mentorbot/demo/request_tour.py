"""The tour of a request for help: a member asks, a mentor offers a time, and the member accepts."""

from __future__ import annotations

from sqlalchemy import func, select

from mentorbot.demo.community import MAYA, OLIVER
from mentorbot.demo.simulated_discord import DIRECT_MESSAGES, MENTORSHIP, SimulatedServer
from mentorbot.demo.tour import Step, Tour
from storage import Database, Transaction
from storage.tables import HelpRequest, Invitation


class RequestTour(Tour):
    """Follows Maya's request for help from `/ask` to the session."""

    key, title = "request", "Ask for help in three steps"

    def __init__(self, server: SimulatedServer, db: Database) -> None:
        super().__init__()
        self.server = server
        self._db = db

    async def _load_steps(self) -> list[tuple[Step, bool]]:
        has_asked, is_offered, is_booked = await self._db.read(self._load_progress)
        return [
            (
                Step(
                    "Ask for help as Maya",
                    "In #mentorship, type /ask. Choose python, say what it’s about, and press Ask "
                    "mentors.",
                    "Open #mentorship as Maya",
                    MAYA,
                    MENTORSHIP,
                ),
                has_asked,
            ),
            (
                Step(
                    "Offer a time as Oliver",
                    "The request is in his direct messages, and in those of others who know "
                    "Python. Press Offer a time, and type when: tomorrow 6pm.",
                    "Open Oliver’s messages",
                    OLIVER,
                    DIRECT_MESSAGES,
                ),
                is_offered,
            ),
            (
                Step(
                    "Accept as Maya",
                    "She sees the time, the price and the refund policy. Nothing is booked or paid "
                    "before she presses Accept.",
                    "Open Maya’s messages",
                    MAYA,
                    DIRECT_MESSAGES,
                ),
                is_booked,
            ),
        ]

    async def _load_progress(self, tx: Transaction) -> tuple[bool, bool, bool]:
        """Return whether Maya has asked, was offered a time, and has accepted one."""
        statement = (
            select(
                func.count(HelpRequest.id),
                func.count(Invitation.id),
                func.count(Invitation.session_id),
            )
            .outerjoin(Invitation, Invitation.request_id == HelpRequest.id)
            .where(HelpRequest.user_id == self.server.actor(MAYA.key).user_id)
        )
        asked, offered, booked = (await tx.connection.execute(statement)).one()
        return asked > 0, offered > 0, booked > 0
