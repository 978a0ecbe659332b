"""What mentees answer to their mentors' questions: checking, storing and loading it.

Participants see the answers on the session's card, and nobody sees them anywhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select

from mentorship.actors import Actor
from mentorship.availability.mentor_calendar import MentorCalendar
from mentorship.mentors import booking_questions, question_rules
from mentorship.mentors.question_rules import Answer, GivenAnswer
from mentorship.sessions import session_views
from mentorship.sessions.session_views import SessionView
from storage import Transaction
from storage.tables import BookingAnswer

_INSERT = insert(BookingAnswer)
_OF_SESSIONS = (
    select(BookingAnswer.session_id, BookingAnswer.question, BookingAnswer.answer)
    .where(BookingAnswer.session_id.in_(bindparam("sessions", expanding=True)))
    .order_by(BookingAnswer.session_id, BookingAnswer.position)
)


async def check(
    tx: Transaction, calendar: MentorCalendar, given: Sequence[GivenAnswer]
) -> tuple[Answer, ...]:
    """Return the answers that a booking with a mentor keeps, with their questions as asked.

    Raises what `question_rules.select_answers` does.
    """
    asked = await booking_questions.list_of_profile(tx, calendar.profile_id)
    return question_rules.select_answers(calendar.name, asked, given)


async def store(tx: Transaction, session_ids: Sequence[int], answers: Sequence[Answer]) -> None:
    """Store the same answers for each of the sessions that were booked together."""
    rows = [
        {
            "session_id": session_id,
            "position": position,
            "question": answer.question,
            "answer": answer.text,
        }
        for session_id in session_ids
        for position, answer in enumerate(answers)
    ]
    if rows:
        await tx.connection.execute(_INSERT, rows)


async def load_many(
    tx: Transaction, session_ids: Collection[int]
) -> Mapping[int, tuple[Answer, ...]]:
    """Load the answers of sessions by id, without those that have none. Checks no permissions."""
    if not session_ids:
        return {}
    rows = await tx.connection.execute(_OF_SESSIONS, {"sessions": list(session_ids)})
    answers: dict[int, tuple[Answer, ...]] = {}
    for row in rows:
        # An erased mentor's questions are empty, and so are answers that named them.
        if row.answer:
            answer = Answer(row.question, row.answer)
            answers[row.session_id] = (*answers.get(row.session_id, ()), answer)
    return answers


async def load(tx: Transaction, session: SessionView) -> tuple[Answer, ...]:
    """Load the answers of a session. Does no permission checks."""
    if session.group_id is not None:
        return ()
    return (await load_many(tx, (session.id,))).get(session.id, ())


@dataclass(frozen=True, slots=True)
class AnsweredSession:
    """A session with what its mentee answered at booking."""

    session: SessionView
    answers: tuple[Answer, ...]


async def load_session(tx: Transaction, actor: Actor, session_id: int) -> AnsweredSession:
    """Load a session with its answers for one of its participants. Raises `NotFound`."""
    session = await session_views.load_for_participant(tx, actor, session_id)
    return AnsweredSession(session, await load(tx, session))
