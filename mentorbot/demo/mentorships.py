"""What grew between people in the demo: notes, next steps, goals, and questions at booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mentorbot.demo.simulated_discord import SimulatedServer
from mentorship.actors import Actor
from mentorship.mentors import booking_questions
from mentorship.mentors.question_rules import AnswerKind, QuestionDraft
from mentorship.relationships import goals, links, next_steps, notes, pairs
from mentorship.relationships.next_steps import StepDraft
from storage import Database

QUESTIONS = {
    "sofia": (
        QuestionDraft("Which role are you preparing for?", required=True),
        QuestionDraft("What worries you most about it?", AnswerKind.LONG),
    )
}
"""What mentors ask at booking, by their keys."""


@dataclass(frozen=True, slots=True)
class SessionNotes:
    """What two people kept of a session: a shared note, the mentee's next steps, and a link.

    `link` is a label and an address. `are_done` says whether the mentee has done the steps.
    """

    text: str
    steps: tuple[str, ...] = ()
    link: tuple[str, str] | None = None
    are_done: bool = False


async def write_notes(
    db: Database, mentor: Actor, mentee: Actor, session_id: int, content: SessionNotes
) -> None:
    """Let the mentor write the note and the link, and the mentee the steps."""
    await db.run(notes.write_shared, mentor, session_id, content.text)
    if content.link:
        await db.run(links.add, mentor, session_id, *content.link)
    for text in content.steps:
        step = await db.run(next_steps.add, mentee, session_id, StepDraft(text))
        if content.are_done:
            await db.run(next_steps.complete, mentee, step.id)


async def set_goals(server: SimulatedServer, db: Database) -> None:
    """Let Maya set two goals with Ingrid, after their first session."""
    maya, ingrid = server.actor("maya"), server.actor("ingrid")
    await db.run(goals.set_goal, maya, ingrid.user_id, "Explain my data to my team")
    await db.run(
        goals.set_goal, maya, ingrid.user_id, "Pass the statistics exam", date(2027, 6, 18)
    )


async def come_closer_to_goals(server: SimulatedServer, db: Database) -> None:
    """Let Maya reach one of her goals, and write how far she is with the other."""
    maya = server.actor("maya")
    mentorship = await db.read(pairs.find, maya, server.actor("ingrid").user_id)
    reached, exam = await db.read(goals.list_all, mentorship)
    await db.run(
        goals.write_progress, maya, reached.id, None, "Showed two plots on Monday. They asked!"
    )
    await db.run(goals.reach_goal, maya, reached.id)
    await db.run(
        goals.write_progress,
        maya,
        exam.id,
        None,
        "Chapters 1 to 4 are done. Regression is harder than I thought.",
    )


async def ask_questions(server: SimulatedServer, db: Database) -> None:
    """Let mentors ask questions at booking from now on."""
    for key, drafts in QUESTIONS.items():
        await db.run(booking_questions.replace_all, server.actor(key), drafts)
