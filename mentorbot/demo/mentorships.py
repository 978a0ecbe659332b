"""What grew between people in the demo: goals, and what a mentor asks at booking."""

from __future__ import annotations

from datetime import date

from mentorbot.demo.simulated_discord import SimulatedServer
from mentorship.mentors import booking_questions
from mentorship.mentors.question_rules import AnswerKind, QuestionDraft
from mentorship.relationships import goals
from storage import Database

QUESTIONS = {
    "sofia": (
        QuestionDraft("Which role are you preparing for?", required=True),
        QuestionDraft("What worries you most about it?", AnswerKind.LONG),
    )
}
"""What mentors ask at booking, by their keys."""


async def set_goals(server: SimulatedServer, db: Database) -> None:
    """Let Maya set two goals with Ingrid: one is reached, and one is under way."""
    maya, ingrid = server.actor("maya"), server.actor("ingrid")
    reached = await db.run(goals.set_goal, maya, ingrid.user_id, "Explain my data to my team")
    await db.run(
        goals.write_progress, maya, reached.goal.id, None, "Showed two plots on Monday. They asked!"
    )
    await db.run(goals.reach_goal, maya, reached.goal.id)
    exam = await db.run(
        goals.set_goal, maya, ingrid.user_id, "Pass the statistics exam", date(2027, 6, 18)
    )
    await db.run(
        goals.write_progress,
        maya,
        exam.goal.id,
        None,
        "Chapters 1 to 4 are done. Regression is harder than I thought.",
    )


async def ask_questions(server: SimulatedServer, db: Database) -> None:
    """Let mentors ask questions at booking from now on."""
    for key, drafts in QUESTIONS.items():
        await db.run(booking_questions.replace_all, server.actor(key), drafts)
