"""The page of a mentor and a mentee: goals, the timeline, ending and resuming."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord

from mentorbot.jobs.schedule import ask_about_goals
from mentorship.relationships import goals
from tests.journeys.support.components import iter_components
from tests.journeys.support.helpers import actor_of, at, choose_option, menu_options
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm
from tests.journeys.support.simulated_guild import (
    SimulatedGuild,
    button_labels,
    card_titles,
    message_text,
)

GOAL = "Pass the AWS exam"
MENU = "View a session, its notes and next steps"


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver Hughes")


@pytest.fixture
async def maya(guild: SimulatedGuild, oliver: simcord.MemberActor) -> simcord.MemberActor:
    """A member in London with a confirmed session with Oliver."""
    maya = await guild.add_member("Maya", zone="Europe/London", points=1_000)
    await book_and_confirm(guild, maya, oliver, at(guild, 14))
    return maya


async def open_page(
    guild: SimulatedGuild, person: simcord.MemberActor, other: simcord.MemberActor
) -> simcord.Message:
    result = await person.slash(guild.channel, "mentorship", **{"with": str(other.id)})
    return result.response


async def add_goal(
    guild: SimulatedGuild,
    maya: simcord.MemberActor,
    oliver: simcord.MemberActor,
    text: str = GOAL,
    due: str = "",
) -> simcord.Message:
    form = await maya.click(await open_page(guild, maya, oliver), label="Add goal")
    return (await maya.submit_modal(form, {"text": text, "due": due})).response


async def open_goal(
    guild: SimulatedGuild, person: simcord.MemberActor, other: simcord.MemberActor
) -> simcord.Message:
    return (await person.click(await open_page(guild, person, other), label="View")).response


async def test_a_mentee_sets_a_goal_and_both_see_it(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    page = await open_page(guild, maya, oliver)
    assert card_titles(page) == ["Oliver Hughes and Maya"]
    assert "Your mentor is Oliver." in message_text(page)
    assert "Next session: " in message_text(page)
    assert button_labels(page) == [MENU, "Book again", "Add goal", "End mentorship"]
    page = await add_goal(guild, maya, oliver, due="1 May")
    text = message_text(page)
    assert text.startswith("Your goal is set.")
    assert f"**Goal: {GOAL}** · by Fri 1 May 2026" in text
    assert f"Goal set: {GOAL}" in text

    theirs = await open_page(guild, oliver, maya)
    assert "You mentor Maya." in message_text(theirs)
    assert GOAL in message_text(theirs)
    assert button_labels(theirs) == ["View", MENU, "End mentorship"]
    goal = (await oliver.click(theirs, label="View")).response
    assert "Maya's goal with you" in message_text(goal)
    assert button_labels(goal) == ["Update progress", "Back"]
    form = await oliver.click(goal, label="Update progress")
    goal = (await oliver.submit_modal(form, {"progress": "Half of the *labs* @everyone"})).response
    assert r"> Half of the \*labs\* \@everyone" in message_text(goal)
    seen = message_text(await open_page(guild, maya, oliver))
    assert "Written by Oliver" in seen


async def test_a_mentee_reaches_reopens_drops_and_deletes_a_goal(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await add_goal(guild, maya, oliver)
    goal = await open_goal(guild, maya, oliver)
    assert button_labels(goal) == [
        "Update progress",
        "Mark as reached",
        "Edit goal",
        "Drop goal",
        "Back",
    ]
    reached = (await maya.click(goal, label="Mark as reached")).response
    assert "Well done!" in message_text(reached)
    assert button_labels(reached) == ["Reopen", "Delete", "Back"]
    await guild.restart_bot()
    goal = (await maya.click(reached, label="Reopen")).response
    dropped = (await maya.click(goal, label="Drop goal")).response
    assert "The goal is dropped. You can reopen it." in message_text(dropped)
    assert f"Goal dropped: {GOAL}" in message_text(await open_page(guild, maya, oliver))
    question = (await maya.click(dropped, label="Delete")).response
    assert card_titles(question) == ["Delete this goal?"]
    kept = (await maya.click(question, label="Cancel")).response
    question = (await maya.click(kept, label="Delete")).response
    page = (await maya.click(question, label="Delete goal")).response
    assert "The goal is deleted." in message_text(page)
    assert GOAL not in message_text(page)


async def test_a_date_that_does_not_exist_loses_nothing(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    refused = await add_goal(guild, maya, oliver, due="31 February")
    assert "31 February" in message_text(refused)
    form = await maya.click(refused, label="Correct it")
    page = (await maya.submit_modal(form, {"text": GOAL, "due": "28 February 2027"})).response
    assert f"**Goal: {GOAL}** · by Sun 28 Feb 2027" in message_text(page)
    goal = await open_goal(guild, maya, oliver)
    form = await maya.click(goal, label="Edit goal")
    past = (await maya.submit_modal(form, {"text": GOAL, "due": "1 Jan 2020"})).response
    assert "1 Jan 2020" in message_text(past)
    form = await maya.click(past, label="Correct it")
    goal = (await maya.submit_modal(form, {"text": "Give a talk", "due": ""})).response
    assert card_titles(goal) == ["Give a talk"]


async def test_two_editors_of_one_progress_see_each_other(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await add_goal(guild, maya, oliver)
    mayas = await maya.click(await open_goal(guild, maya, oliver), label="Update progress")
    olivers = await oliver.click(await open_goal(guild, oliver, maya), label="Update progress")
    await oliver.submit_modal(olivers, {"progress": "Oliver's words"})
    conflict = (await maya.submit_modal(mayas, {"progress": "Maya's words"})).response
    assert card_titles(conflict) == ["Oliver changed this while you were writing"]
    assert "Oliver's words" in message_text(conflict)
    assert "Maya's words" in message_text(conflict)
    form = await maya.click(conflict, label="Open the form again")
    saved = (await maya.submit_modal(form, {"progress": "Both our words"})).response
    assert "Both our words" in message_text(saved)


async def test_strangers_and_moderators_have_no_page(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await add_goal(guild, maya, oliver)
    for stranger in (await guild.add_member("Noor"), await guild.add_moderator("Ada")):
        answer = message_text(await open_page(guild, stranger, maya))
        assert "mentorship" in answer
        assert GOAL not in answer
        answer = message_text(await open_page(guild, stranger, oliver))
        assert GOAL not in answer


async def test_the_command_suggests_people_one_had_sessions_with(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    (choice,) = await maya.autocomplete(guild.channel, "mentorship", "with", "oli")
    assert choice["name"] == "Oliver Hughes (your mentor)"
    page = await maya.slash(guild.channel, "mentorship", **{"with": choice["value"]})
    assert card_titles(page.response) == ["Oliver Hughes and Maya"]
    (choice,) = await oliver.autocomplete(guild.channel, "mentorship", "with", "")
    assert choice["name"] == "Maya (your mentee)"
    typed = await oliver.slash(guild.channel, "mentorship", **{"with": "maya"})
    assert card_titles(typed.response) == ["Oliver Hughes and Maya"]
    nobody = await oliver.slash(guild.channel, "mentorship", **{"with": "someone"})
    assert "must be one of the suggestions" in message_text(nobody.response)


async def test_ending_names_upcoming_sessions_and_either_resumes(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await add_goal(guild, maya, oliver)
    page = await open_page(guild, oliver, maya)
    question = (await oliver.click(page, label="End mentorship")).response
    assert card_titles(question) == ["End your mentorship with Maya?"]
    assert "1 upcoming session stays booked." in message_text(question)
    assert button_labels(question) == ["End mentorship", "Cancel"]
    page = (await oliver.click(question, label="Cancel")).response
    question = (await oliver.click(page, label="End mentorship")).response
    page = (await oliver.click(question, label="End mentorship")).response
    assert "You ended this mentorship on" in message_text(page)
    assert await guild.deliver() == 1
    told = guild.last_dm(maya)
    assert "Oliver ended your mentorship." in message_text(told)
    await guild.restart_bot()
    page = (await maya.user.click(told, label="Mentorship")).response
    assert GOAL in message_text(page)
    assert button_labels(page) == ["View", MENU, "Book again", "Resume mentorship"]
    resumed = (await maya.user.click(page, label="Resume mentorship")).response
    assert message_text(resumed).startswith("The mentorship is resumed.")
    assert "Add goal" in button_labels(resumed)


async def test_a_mentee_answers_the_monthly_question(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await add_goal(guild, maya, oliver)
    await guild.db.run(goals.set_goal, actor_of(guild, maya), oliver.id, "Give a talk", None)
    await guild.env.advance_time(timedelta(days=30).total_seconds())
    await guild.deliver()
    before = len(guild.inbox(maya))
    assert await ask_about_goals(guild.db) == 1
    await guild.deliver()
    question = guild.last_dm(maya)
    assert len(guild.inbox(maya)) == before + 1
    assert "Time to look at your goals with Oliver." in message_text(question)
    assert button_labels(question) == ["Update", "Update", "Mentorship", "Dismiss"]
    await guild.restart_bot()
    first, _second = [
        item["custom_id"] for item in iter_components(question) if item.get("label") == "Update"
    ]
    goal = (await maya.user.click(question, custom_id=first)).response
    form = await maya.user.click(goal, label="Update progress")
    saved = (await maya.user.submit_modal(form, {"progress": "Three labs"})).response
    assert "Three labs" in message_text(saved)
    dismissed = await maya.user.click(question, label="Dismiss")
    assert "/mentorship" in message_text(dismissed.response)
    assert await ask_about_goals(guild.db) == 0


async def test_a_session_of_the_timeline_opens_its_card(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    page = await open_page(guild, oliver, maya)
    (label,) = menu_options(page, MENU)
    opened = await choose_option(oliver, page, label)
    assert "Maya" in message_text(opened.response)
    page = (await oliver.click(opened.response, label="Back to mentorship")).response
    assert card_titles(page) == ["Oliver Hughes and Maya"]


async def test_a_long_timeline_has_pages(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    actor = actor_of(guild, maya)
    for number in range(9):
        goal = await guild.db.run(goals.set_goal, actor, oliver.id, f"Goal {number}", None)
        await guild.db.run(goals.drop_goal, actor, goal.goal.id)
        await guild.env.advance_time(60)
    page = await open_page(guild, maya, oliver)
    seen = [message_text(page).count("Goal set") + message_text(page).count("Goal dropped")]
    while "Older" in button_labels(page):
        page = (await maya.click(page, label="Older")).response
        seen.append(message_text(page).count("Goal set") + message_text(page).count("Goal dropped"))
    assert sum(seen) == 18
    while "Newer" in button_labels(page):
        page = (await maya.click(page, label="Newer")).response
    assert "Goal dropped: Goal 8" in message_text(page)
