"""Mentees answer their mentors' questions when they book."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.errors import AnswersNeeded, InvalidField, NotFound, QuestionsChanged
from mentorship.mentors import booking_questions
from mentorship.mentors.question_rules import (
    Answer,
    AnswerKind,
    GivenAnswer,
    Question,
    QuestionDraft,
)
from mentorship.operations import data_export, erasure
from mentorship.operations.erasure_phases import steps as erasure_steps
from mentorship.sessions import booking, booking_answers, session_details
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.series import booking as series_booking
from mentorship.sessions.series import quotes
from mentorship.sessions.series import views as series_views
from mentorship.sessions.series.quotes import SeriesRequest
from mentorship.sessions.session_views import SessionView
from storage import Transaction
from storage.tables import BookingAnswer, BookingQuestion
from tests.mentorship.support.community import TUESDAY_NOON, Community

LEVEL = QuestionDraft("How long have you used Python?", required=True)
GOAL = QuestionDraft("What would you like to work on?", AnswerKind.LONG)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=1_000)


@pytest.fixture
async def asked(town: Community, oliver: Actor) -> tuple[Question, ...]:
    return await town.db.run(booking_questions.replace_all, oliver, [LEVEL, GOAL])


def answers_to(questions: tuple[Question, ...], *texts: str) -> tuple[GivenAnswer, ...]:
    return tuple(
        GivenAnswer(question.id, text, question.revision)
        for question, text in zip(questions, texts, strict=True)
    )


async def kept(town: Community, person: Actor, session: SessionView) -> tuple[Answer, ...]:
    return (await town.db.read(session_details.load, person, session.id)).answers


async def assert_refused(
    town: Community, maya: Actor, request: BookingRequest, error: type[Exception]
) -> None:
    before = await town.dump()
    with pytest.raises(error):
        await town.db.run(booking.book, maya, request)
    assert await town.dump() == before


async def test_both_see_the_answers_and_nobody_else(
    town: Community, oliver: Actor, maya: Actor, asked: tuple[Question, ...]
) -> None:
    answers = answers_to(asked, "Two years", "Django\nmigrations")
    session = await town.book(maya, oliver, answers=answers)
    expected = (Answer(LEVEL.text, "Two years"), Answer(GOAL.text, "Django\nmigrations"))
    for person in (maya, oliver):
        assert await kept(town, person, session) == expected
        loaded = await town.db.read(booking_answers.load_session, person, session.id)
        assert loaded.answers == expected
    stranger = await town.member("Ines")
    with pytest.raises(NotFound):
        await town.db.read(booking_answers.load_session, stranger, session.id)


async def test_a_quote_says_what_the_mentor_asks(
    town: Community, oliver: Actor, maya: Actor, asked: tuple[Question, ...]
) -> None:
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
    assert (await town.db.read(booking.quote, maya, request)).questions == asked
    plan = SeriesRequest(oliver.user_id, TUESDAY_NOON, 60, 1, 2)
    assert (await town.db.read(quotes.quote_series, maya, plan)).questions == asked


async def test_a_required_question_keeps_others_from_booking_without_an_answer(
    town: Community, oliver: Actor, maya: Actor, asked: tuple[Question, ...]
) -> None:
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
    await assert_refused(town, maya, request, AnswersNeeded)
    blank = replace(request, answers=answers_to(asked, "  ", "Django"))
    await assert_refused(town, maya, blank, AnswersNeeded)
    long = replace(request, answers=answers_to(asked, "Two years", "\u202e@everyone " * 400))
    await assert_refused(town, maya, long, InvalidField)


async def test_an_optional_question_needs_no_answer(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.db.run(booking_questions.add, oliver, GOAL)
    assert await kept(town, maya, await town.book(maya, oliver)) == ()


async def test_a_question_that_changed_after_it_was_answered_is_asked_again(
    town: Community, oliver: Actor, maya: Actor, asked: tuple[Question, ...]
) -> None:
    request = BookingRequest(
        oliver.user_id, TUESDAY_NOON, 60, answers=answers_to(asked, "Two years", "Django")
    )
    reworded = QuestionDraft("Have you used Rust?", required=True)
    now = await town.db.run(booking_questions.edit, oliver, asked[0].id, reworded)
    await assert_refused(town, maya, request, QuestionsChanged)
    again = replace(request, answers=answers_to(now, "No", "Django"))
    session = await town.db.run(booking.book, maya, again)
    assert (await kept(town, maya, session))[0] == Answer("Have you used Rust?", "No")


async def test_a_question_that_was_removed_stops_nobody(
    town: Community, oliver: Actor, maya: Actor, asked: tuple[Question, ...]
) -> None:
    answers = answers_to(asked, "Two years", "Django")
    await town.db.run(booking_questions.remove, oliver, asked[0].id)
    session = await town.book(maya, oliver, answers=answers)
    assert await kept(town, maya, session) == (Answer(GOAL.text, "Django"),)


async def test_answers_stay_with_the_question_as_it_was_asked(
    town: Community, oliver: Actor, maya: Actor, asked: tuple[Question, ...]
) -> None:
    session = await town.book(maya, oliver, answers=answers_to(asked, "Two years", ""))
    await town.db.run(booking_questions.replace_all, oliver, [QuestionDraft("Anything else?")])
    assert await kept(town, oliver, session) == (Answer(LEVEL.text, "Two years"),)


async def test_a_booking_that_is_sent_twice_keeps_the_first_answers(
    town: Community, oliver: Actor, maya: Actor, asked: tuple[Question, ...]
) -> None:
    first = await town.book(maya, oliver, key="k", answers=answers_to(asked, "Two years", ""))
    second = await town.book(maya, oliver, key="k", answers=answers_to(asked, "Three years", ""))
    assert second.id == first.id
    assert await kept(town, maya, first) == (Answer(LEVEL.text, "Two years"),)


async def test_a_series_is_asked_once_and_each_session_has_the_answers(
    town: Community, oliver: Actor, maya: Actor, asked: tuple[Question, ...]
) -> None:
    plan = SeriesRequest(oliver.user_id, TUESDAY_NOON, 60, 1, 3)
    before = await town.dump()
    with pytest.raises(AnswersNeeded):
        await town.db.run(series_booking.book_series, maya, plan)
    assert await town.dump() == before
    plan = replace(plan, answers=answers_to(asked, "Two years", "Django"))
    series = (await town.db.run(series_booking.book_series, maya, plan)).series
    expected = (Answer(LEVEL.text, "Two years"), Answer(GOAL.text, "Django"))
    for session in series.sessions:
        assert await kept(town, oliver, session) == expected
    details = await town.db.read(series_views.load_details, oliver, series.id)
    assert details.answers == expected


async def test_a_question_edited_during_bookings_never_gets_answers_to_another_text(
    town: Community, oliver: Actor, asked: tuple[Question, ...]
) -> None:
    """Each booking either keeps the text that its mentee saw, or is refused."""
    people = [await town.member(f"Mentee {number}", points=100) for number in range(4)]
    attempts: list[Any] = [
        town.book(
            person,
            oliver,
            TUESDAY_NOON + timedelta(hours=3 * number),
            answers=answers_to(asked, f"Answer {number} to: {LEVEL.text}", ""),
        )
        for number, person in enumerate(people)
    ]
    edited = QuestionDraft("Have you used Rust?", required=True)
    attempts.insert(2, town.db.run(booking_questions.edit, oliver, asked[0].id, edited))
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    booked = [each for each in outcomes if isinstance(each, SessionView)]
    refused = [each for each in outcomes if isinstance(each, QuestionsChanged)]
    assert len(booked) + len(refused) == 4
    for session in booked:
        (answer,) = await kept(town, oliver, session)
        assert answer.text.endswith(answer.question)


# --- personal data --------------------------------------------------------------------------------


async def erase(town: Community, person: Actor) -> None:
    result = await town.db.run(erasure.erase, person)
    if result.unfinished is not None:
        while await town.db.run(erasure_steps.step, result.unfinished):
            pass


async def stored(town: Community) -> list[tuple[str, str]]:
    async def load(tx: Transaction) -> list[tuple[str, str]]:
        query = select(BookingAnswer.question, BookingAnswer.answer)
        rows = await tx.connection.execute(
            query.order_by(BookingAnswer.session_id, BookingAnswer.position)
        )
        return [(row.question, row.answer) for row in rows]

    return await town.db.read(load)


async def test_erasing_a_mentee_deletes_their_answers(
    town: Community, oliver: Actor, maya: Actor, asked: tuple[Question, ...]
) -> None:
    upcoming = await town.book(maya, oliver, answers=answers_to(asked, "Two years", "Django"))
    assert await town.count(BookingAnswer) == 2
    await erase(town, maya)
    assert await town.count(BookingAnswer) == 0
    assert await kept(town, oliver, upcoming) == ()
    assert await town.db.read(booking_questions.list_own, oliver) == asked


async def test_erasing_a_mentor_clears_what_they_asked_and_keeps_what_was_answered(
    town: Community, oliver: Actor, maya: Actor, asked: tuple[Question, ...]
) -> None:
    texts = ("Two years", "I like Oliver's Django talks")
    session = await town.book(maya, oliver, answers=answers_to(asked, *texts))
    await erase(town, oliver)
    assert await town.count(BookingQuestion) == 0
    # The second answer names the mentor.
    assert await stored(town) == [("", "Two years"), ("", "")]
    assert await kept(town, maya, session) == (Answer("", "Two years"),)


async def test_exports_have_the_answers_for_both_and_questions_for_the_mentor(
    town: Community, oliver: Actor, maya: Actor, asked: tuple[Question, ...]
) -> None:
    session = await town.book(maya, oliver, answers=answers_to(asked, "Two years", ""))

    async def export(person: Actor, table: str) -> list[dict[str, Any]]:
        return (await town.db.read(data_export.load_page, person, table)).rows

    row = {
        "session_id": str(session.id),
        "position": 0,
        "question": LEVEL.text,
        "answer": "Two years",
    }
    for person in (maya, oliver):
        assert await export(person, "booking_answers") == [row]
    assert await export(maya, "booking_questions") == []
    assert [each["text"] for each in await export(oliver, "booking_questions")] == [
        LEVEL.text,
        GOAL.text,
    ]
