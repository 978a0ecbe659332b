"""A mentor's questions at booking: setting them, answering them, and what may change meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import simcord

from mentorship.mentors import booking_questions
from mentorship.mentors.question_rules import AnswerKind, Question, QuestionDraft
from storage.tables import BookingAnswer, Session
from tests.journeys.support.components import iter_components
from tests.journeys.support.helpers import (
    actor_of,
    at,
    choose_option,
    count_rows,
    select_menus,
)
from tests.journeys.support.scenarios import approved_mentor, book, confirmation_card
from tests.journeys.support.simulated_guild import (
    SimulatedGuild,
    button_labels,
    card_titles,
    message_text,
)
from tests.mentorship.support.community import grant_silently

LEVEL = QuestionDraft("How long have you used Python?", required=True)
GOAL = QuestionDraft(
    "What would you like to have done by the end of our session, or to understand?",
    AnswerKind.LONG,
)


async def ask(
    guild: SimulatedGuild, mentor: simcord.MemberActor, *drafts: QuestionDraft
) -> tuple[Question, ...]:
    """Set what a mentor asks."""
    return await guild.db.run(booking_questions.replace_all, actor_of(guild, mentor), drafts)


def fields(form: simcord.InteractionResult) -> dict[str, dict[str, Any]]:
    """Return the fields of a form by the question that people read."""
    assert form.modal is not None
    return {
        item.get("description") or item["label"]: item["component"]
        for item in form.modal["components"]
    }


def first(message: Any, act: str) -> str:
    """Return the custom id of the first button of a panel that does something to a question."""
    ids = (str(part.get("custom_id")) for part in iter_components(message))
    return next(each for each in ids if each.startswith(f"question:{act}:"))


async def submit(
    person: simcord.MemberActor | simcord.UserHandle,
    form: simcord.InteractionResult,
    **answers: str,
) -> simcord.InteractionResult:
    """Submit a form, with what it is filled in with and these answers, by the text's beginning."""
    values = {}
    for question, field in fields(form).items():
        typed = [text for start, text in answers.items() if question.startswith(start)]
        values[field["custom_id"]] = typed[0] if typed else field.get("value") or ""
    return await person.submit_modal(form, values)


async def test_a_mentor_sets_previews_orders_and_removes_questions(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    panel = await oliver.slash(guild.channel, "mentor questions")
    assert panel.ephemeral
    assert "You don't ask anything yet. Add up to 3 questions" in message_text(panel.response)
    assert button_labels(panel.response) == ["Add question"]
    form = await oliver.click(panel.response, label="Add question")
    values = {"text": "How *long* have you\tused @everyone?", "kind": ["short"]}
    panel = await oliver.submit_modal(form, values | {"required": ["yes"]})
    assert "Saved." in message_text(panel.response)
    assert "1. How \\*long\\* have you used \\@everyone?" in message_text(panel.response)
    assert "Short answer, up to 150 characters · Required" in message_text(panel.response)
    form = await oliver.click(panel.response, label="Add question")
    values = {"text": GOAL.text, "kind": ["long"], "required": ["no"]}
    panel = await oliver.submit_modal(form, values)
    assert "Long answer, up to 500 characters · Optional" in message_text(panel.response)
    form = await oliver.click(panel.response, label="Preview")
    assert list(fields(form)) == ["How *long* have you used @everyone?", GOAL.text]
    panel = await submit(oliver, form, How="Three years")
    assert "weren't saved" in message_text(panel.response)
    assert await count_rows(guild, BookingAnswer) == 0

    await guild.restart_bot()
    panel = await oliver.click(panel.response, label="Move up")
    assert message_text(panel.response).index(GOAL.text) < message_text(panel.response).index("How")
    form = await oliver.click(panel.response, custom_id=first(panel.response, "edit"))
    assert form.modal is not None
    assert GOAL.text in str(form.modal)
    panel = await oliver.submit_modal(
        form, {"text": "Your goal?", "kind": ["long"], "required": ["no"]}
    )
    assert "1. Your goal?" in message_text(panel.response)
    panel = await oliver.click(panel.response, custom_id=first(panel.response, "remove"))
    assert "Your goal?" not in message_text(panel.response)
    assert "Removed." in message_text(panel.response)


async def test_at_most_three_questions_and_none_for_others(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya")
    refused = await maya.slash(guild.channel, "mentor questions")
    assert "`/mentor apply`" in message_text(refused.response)
    panel = await oliver.slash(guild.channel, "mentor questions")
    form = await oliver.click(panel.response, label="Add question")
    await ask(guild, oliver, LEVEL, GOAL, LEVEL)
    values = {"text": "One more?", "kind": ["long"], "required": ["no"]}
    refused = await oliver.submit_modal(form, values)
    assert "You can ask up to 3 questions." in message_text(refused.response)
    assert button_labels(refused.response) == ["Correct it", "Back"]
    form = await oliver.click(refused.response, label="Correct it")
    assert "One more?" in str(form.modal), "what was typed is still there"
    panel = await oliver.click(refused.response, label="Back")
    assert "Add question" not in button_labels(panel.response)


async def test_confirm_opens_the_questions_and_submitting_them_books(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await ask(guild, oliver, LEVEL, GOAL)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    assert "Oliver has 2 questions for you, which you'll answer" in message_text(card.response)
    form = await maya.click(card.response, label="Confirm")
    assert form.modal is not None
    assert form.modal["title"] == "Before you book"
    shown = fields(form)
    assert list(shown) == [LEVEL.text, GOAL.text]
    level, goal = shown.values()
    assert (level["required"], level["max_length"], level["style"]) == (True, 150, 1)
    assert (goal["required"], goal["max_length"], goal["style"]) == (False, 500, 2)
    assert await count_rows(guild, Session) == 0, "nothing is booked before the form is submitted"
    long = "@everyone \u202eعربي *bold* <@1> \n" * 15
    done = await submit(maya, form, How="Two years", What=long)
    assert "Request sent to Oliver" in message_text(done.response)

    await guild.deliver()
    request = message_text(guild.last_dm(oliver))
    assert f"{LEVEL.text}: > Two years" in request
    assert "> \\@everyone \u202eعربي \\*bold\\* \\<\\@1\\>" in request
    mine = await maya.click(done.response, label="View")
    assert f"{LEVEL.text}: > Two years" in message_text(mine.response)
    confirmed = await oliver.user.click(guild.last_dm(oliver), label="Confirm")
    assert f"{LEVEL.text}: > Two years" in message_text(confirmed.response)
    await guild.deliver()
    assert "Two years" not in message_text(guild.last_dm(maya)), "only the session's card has them"
    own = await maya.slash(guild.channel, "sessions")
    assert "Two years" not in message_text(own.response)


async def test_booking_a_mentor_without_questions_takes_no_form(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    assert "question" not in message_text(card.response)
    done = await maya.click(card.response, label="Confirm")
    assert done.modal is None
    assert "Request sent to Oliver" in message_text(done.response)


async def test_a_question_added_after_the_card_is_shown_before_booking(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    await ask(guild, oliver, LEVEL)
    again = await maya.click(card.response, label="Confirm")
    assert "Oliver has a question that you need to answer first." in message_text(again.response)
    assert await count_rows(guild, Session) == 0
    form = await maya.click(again.response, label="Confirm")
    done = await submit(maya, form, How="Two years")
    assert "Request sent to Oliver" in message_text(done.response)


async def test_an_optional_question_added_after_the_card_stops_nobody(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    await ask(guild, oliver, GOAL)
    done = await maya.click(card.response, label="Confirm")
    assert "Request sent to Oliver" in message_text(done.response)


async def test_a_question_removed_after_the_card_is_not_asked(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=200)
    await ask(guild, oliver, LEVEL)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    other = await confirmation_card(guild, maya, oliver, at(guild, 12, day=3))
    form = await maya.click(other.response, label="Confirm")
    await ask(guild, oliver)
    done = await maya.click(card.response, label="Confirm")
    assert done.modal is None
    assert "Request sent to Oliver" in message_text(done.response)
    done = await submit(maya, form, How="Two years")
    assert "Request sent to Oliver" in message_text(done.response)
    assert await count_rows(guild, BookingAnswer) == 0, "nobody asks that any more"


async def test_a_question_changed_while_the_form_is_open_is_shown_again(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    level, goal = await ask(guild, oliver, LEVEL, GOAL)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    form = await maya.click(card.response, label="Confirm")
    reworded = QuestionDraft("Have you used Rust?", required=True, id=level.id)
    await ask(guild, oliver, goal.draft, reworded)
    again = await submit(maya, form, How="Two years", What="My first parser")
    assert "Oliver has changed a question since you answered it" in message_text(again.response)
    assert "I've kept your answers." in message_text(again.response)
    assert await count_rows(guild, Session) == 0
    form = await maya.click(again.response, label="Confirm")
    shown = {question: field.get("value") for question, field in fields(form).items()}
    assert shown == {GOAL.text: "My first parser", "Have you used Rust?": "Two years"}
    done = await submit(maya, form, Have="Never")
    assert "Request sent to Oliver" in message_text(done.response)
    await guild.deliver()
    assert "Have you used Rust?: > Never" in message_text(guild.last_dm(oliver))


async def test_answers_survive_a_lost_slot_and_are_filled_in_for_the_next(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=300)
    noor = await guild.add_member("Noor", zone="Asia/Kolkata", points=100)
    await ask(guild, oliver, LEVEL)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    form = await maya.click(card.response, label="Confirm")
    theirs = await confirmation_card(guild, noor, oliver, at(guild, 15))
    await submit(noor, await noor.click(theirs.response, label="Confirm"), How="A week")
    lost = await submit(maya, form, How="Two years")
    assert "That slot was just taken." in message_text(lost.response)
    slot = next(label for label in button_labels(lost.response) if label.endswith("EST"))
    card = await maya.click(lost.response, label=slot)
    form = await maya.click(card.response, label="Confirm")
    assert fields(form)[LEVEL.text]["value"] == "Two years"
    done = await submit(maya, form)
    assert "Request sent to Oliver" in message_text(done.response)
    # Once they have booked, the next form is empty again.
    card = await confirmation_card(guild, maya, oliver, at(guild, 12, day=4))
    form = await maya.click(card.response, label="Confirm")
    assert fields(form)[LEVEL.text].get("value") is None


async def test_answers_survive_a_balance_that_is_too_low(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    ines = await approved_mentor(guild, "Ines")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await ask(guild, oliver, LEVEL)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    form = await maya.click(card.response, label="Confirm")
    other = await confirmation_card(guild, maya, ines, at(guild, 16))
    await maya.click(other.response, label="Confirm")
    refused = await submit(maya, form, How="Two years")
    assert "You need more points for this session" in message_text(refused.response)
    await guild.db.run(grant_silently, actor_of(guild, maya), 100)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    form = await maya.click(card.response, label="Confirm")
    assert fields(form)[LEVEL.text]["value"] == "Two years"


async def test_submitting_a_form_twice_makes_one_booking(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=200)
    await ask(guild, oliver, LEVEL)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    first = await maya.click(card.response, label="Confirm")
    second = await maya.click(card.response, label="Confirm")
    await submit(maya, first, How="Two years")
    done = await submit(maya, second, How="Three years")
    assert "Request sent to Oliver" in message_text(done.response)
    assert await count_rows(guild, Session) == 1
    assert await guild.balance(maya) == 140


async def test_book_again_in_a_direct_message_asks_too(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=200)
    await book(guild, maya, oliver, at(guild, 15))
    await ask(guild, oliver, LEVEL)
    await guild.advance_to(at(guild, 15), step=timedelta(hours=1))
    card = await maya.user.click(guild.last_dm(maya), label="Book again")
    form = await maya.user.click(card.response, label="Confirm")
    assert list(fields(form)) == [LEVEL.text]
    done = await submit(maya.user, form, How="Two years")
    assert "Request sent to Oliver" in message_text(done.response)
    assert await count_rows(guild, BookingAnswer) == 1


async def test_a_series_is_asked_once(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=1_000)
    level, _ = await ask(guild, oliver, LEVEL, GOAL)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15, day=3))
    plan = await maya.click(card.response, label="Repeat…")
    assert "Oliver has 2 questions for you, which you'll answer" in message_text(plan.response)
    form = await maya.click(plan.response, label="Book 4 sessions · 🪙 240")
    await ask(guild, oliver, QuestionDraft("Have you used Rust?", required=True, id=level.id))
    again = await submit(maya, form, How="Two years", What="My first parser")
    assert "Oliver has changed a question since you answered it" in message_text(again.response)
    assert await count_rows(guild, Session) == 0
    form = await maya.click(again.response, label="Book 4 sessions · 🪙 240")
    booked = await submit(maya, form, Have="Never")
    assert card_titles(booked.response) == ["4 sessions with Oliver, every week"]
    assert "Have you used Rust?: > Never" in message_text(booked.response)
    assert await count_rows(guild, BookingAnswer) == 4
    await guild.deliver()
    request = guild.last_dm(oliver)
    assert "Have you used Rust?: > Never" in message_text(request)
    (option,) = (
        part["label"]
        for menu in select_menus(request)
        for part in menu["options"]
        if part["label"].startswith("2.")
    )
    one = await choose_option(oliver.user, request, option)
    assert "Have you used Rust?: > Never" in message_text(one.response)
    answered = await oliver.user.click(request, label="Confirm all 4")
    assert "Have you used Rust?: > Never" in message_text(answered.response)


async def test_an_invitation_asks_nothing(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    await ask(guild, oliver, LEVEL)
    preview = await oliver.slash(guild.channel, "mentor invite", member=maya, when="tomorrow 20:00")
    label = next(each for each in button_labels(preview.response) if each.startswith("Send"))
    await oliver.click(preview.response, label=label)
    await guild.deliver()
    accepted = await maya.user.click(guild.last_dm(maya), label="Accept")
    assert accepted.modal is None
    assert await count_rows(guild, Session) == 1
