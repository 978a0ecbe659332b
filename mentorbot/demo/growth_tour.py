"""The tour of what happens between sessions: thanks, a goal, a next step, and insights."""

from __future__ import annotations

import discord
from sqlalchemy import exists, func, select

from bot.telemetry import command_name
from mentorbot.demo.community import MAYA, PRIYA
from mentorbot.demo.simulated_discord import MENTORSHIP, SimulatedServer
from mentorbot.demo.tour import Step, Tour
from storage import Database, Transaction
from storage.tables import Goal, Mentorship, NextStep, Participant, Thanks


class GrowthTour(Tour):
    """Maya thanks a mentor and plans on with another; Priya sees how the server is doing."""

    key, title = "growth", "Getting better over time in four steps"

    def __init__(self, server: SimulatedServer, db: Database) -> None:
        super().__init__()
        self.server = server
        self._db = db
        self._last_ids = (0, 0)
        self._insights_seen = False

    async def start(self) -> None:
        """Remember which goals and steps exist already: they aren't the visitor's."""
        self._last_ids = await self._db.read(_load_last_ids)

    async def on_command(self, interaction: discord.Interaction, _command: object) -> None:
        """Note that Priya has used `/insights`, which leaves no trace in the database."""
        if command_name(interaction) == "insights":
            self._insights_seen |= interaction.user.id == self.server.actor(PRIYA.key).user_id

    async def _load_steps(self) -> list[tuple[Step, bool]]:
        has_thanked, has_goal, has_step = await self._db.read(self._load_progress)
        return [
            (
                Step(
                    "Thank Chloé as Maya",
                    "In #mentorship, type /rate. Choose the session with Chloé and the stars, then "
                    "press Say thanks. A tip in points is up to you.",
                    "Open #mentorship as Maya",
                    MAYA,
                    MENTORSHIP,
                ),
                has_thanked,
            ),
            (
                Step(
                    "Set a goal with Ingrid",
                    "Type /mentorship and choose Ingrid Solberg. You see their sessions, notes and "
                    "goals on one page. Press Add goal.",
                    "Open #mentorship as Maya",
                    MAYA,
                    MENTORSHIP,
                ),
                has_goal,
            ),
            (
                Step(
                    "Agree on a next step",
                    "On the same page, choose a session in the menu, press Notes and next steps, "
                    "then Add next step. Maya is reminded on its day.",
                    "Open #mentorship as Maya",
                    MAYA,
                    MENTORSHIP,
                ),
                has_step,
            ),
            (
                Step(
                    "See how the server is doing as Priya",
                    "Type /insights. It shows nine months of sessions, ratings and open hours, as "
                    "charts, tables and CSV files.",
                    "Open #mentorship as Priya",
                    PRIYA,
                    MENTORSHIP,
                ),
                self._insights_seen,
            ),
        ]

    async def _load_progress(self, tx: Transaction) -> tuple[bool, bool, bool]:
        """Return whether Maya has thanked, set a goal, and added a next step."""
        maya = self.server.actor(MAYA.key).user_id
        last_goal, last_step = self._last_ids
        are_mayas = (Participant.user_id == maya, Participant.role == "mentee")
        statement = select(
            exists().where(Thanks.session_id == Participant.session_id, *are_mayas),
            exists().where(
                Goal.id > last_goal,
                Goal.mentorship_id == Mentorship.id,
                Mentorship.mentee_id == maya,
            ),
            exists().where(
                NextStep.id > last_step, NextStep.session_id == Participant.session_id, *are_mayas
            ),
        )
        has_thanked, has_goal, has_step = (await tx.connection.execute(statement)).one()
        return has_thanked, has_goal, has_step


async def _load_last_ids(tx: Transaction) -> tuple[int, int]:
    last_goal = await tx.connection.scalar(select(func.max(Goal.id)))
    last_step = await tx.connection.scalar(select(func.max(NextStep.id)))
    return last_goal or 0, last_step or 0
