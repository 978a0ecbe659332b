"""Running late: the button, its choices, and what the others read."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import simcord

from mentorship.actors import Actor
from mentorship.mentors import meeting_link
from mentorship.sessions.groups import creation, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.seats import JoinRequest
from tests.journeys.sessions.test_meeting_link import join_links
from tests.journeys.support.helpers import actor_of
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

LINK = "https://meet.example.com/oliver"
LATE = "Running late"


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    mentor = await approved_mentor(guild, "Oliver")
    await guild.db.run(meeting_link.change, Actor(mentor.id, "Oliver", guild.id), LINK)
    return mentor


@pytest.fixture
async def maya(guild: SimulatedGuild) -> simcord.MemberActor:
    return await guild.add_member("Maya", zone="America/New_York", points=500)


async def book_in_two_days(
    guild: SimulatedGuild, mentee: simcord.MemberActor, mentor: simcord.MemberActor
) -> datetime:
    """Book and confirm a session. Returns its start."""
    start = guild.now.replace(hour=15) + timedelta(days=2)
    await book_and_confirm(guild, mentee, mentor, start)
    return start


async def gather_in_two_days(
    guild: SimulatedGuild, mentor: simcord.MemberActor, maya: simcord.MemberActor
) -> tuple[datetime, simcord.MemberActor]:
    """Create a group session that Maya and Sam join. Returns its start, and Sam."""
    start = guild.now.replace(hour=15) + timedelta(days=2)
    request = GroupRequest("Office hours", start, 60, capacity=0, price=0, meeting_link=LINK)
    group = await guild.db.run(creation.create, actor_of(guild, mentor), request)
    sam = await guild.add_member("Sam", zone="America/New_York")
    for person in (maya, sam):
        await guild.db.run(seats.join, actor_of(guild, person), JoinRequest(group.id))
    return start, sam


async def test_the_last_reminder_and_the_start_offer_running_late(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    start = await book_in_two_days(guild, maya, oliver)
    for before, is_offered in ((60, False), (10, True), (0, True)):
        await guild.advance_to(start - timedelta(minutes=before))
        await guild.deliver()
        for person in (maya, oliver):
            assert (LATE in button_labels(guild.last_dm(person))) is is_offered, before


async def test_a_late_mentor_tells_the_mentee_with_two_presses(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    start = await book_in_two_days(guild, maya, oliver)
    await guild.advance_to(start - timedelta(minutes=10))
    await guild.deliver()
    asked = await oliver.user.click(guild.last_dm(oliver), label=LATE)
    assert "How late will you be?" in message_text(asked.response)
    assert button_labels(asked.response) == ["5 minutes", "10 minutes", "15 minutes", "Cancel"]
    answered = await oliver.user.click(asked.response, label="10 minutes")
    assert "Maya knows you're running 10 minutes late." in message_text(answered.response)
    assert join_links(answered.response) == [LINK]
    labels = button_labels(answered.response)
    assert labels[labels.index("Join") + 1] == LATE
    await guild.deliver()
    told = guild.last_dm(maya)
    assert "Oliver is running 10 minutes late." in message_text(told)
    assert f"<t:{int((start + timedelta(minutes=10)).timestamp())}:t>" in message_text(told)
    assert join_links(told) == [LINK]


async def test_a_longer_delay_replaces_the_message_about_the_shorter_one(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    start = await book_in_two_days(guild, maya, oliver)
    await guild.advance_to(start - timedelta(minutes=10))
    await guild.deliver()
    asked = await maya.user.click(guild.last_dm(maya), label=LATE)
    await maya.user.click(asked.response, label="5 minutes")
    await guild.deliver()
    first = guild.last_dm(oliver)
    assert "Maya is running 5 minutes late." in message_text(first)
    again = await maya.user.click(guild.last_dm(maya), label=LATE)
    assert button_labels(again.response) == ["10 minutes", "15 minutes", "Cancel"]
    await maya.user.click(again.response, label="15 minutes")
    await guild.deliver()
    assert "Maya is running 15 minutes late." in message_text(guild.last_dm(oliver))
    earlier = next(each for each in guild.inbox(oliver) if each.id == first.id)
    assert "Maya is running 5 minutes late." not in message_text(earlier)


async def test_a_press_after_the_delay_has_passed_shows_the_session(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    start = await book_in_two_days(guild, maya, oliver)
    await guild.advance_to(start)
    await guild.deliver()
    asked = await oliver.user.click(guild.last_dm(oliver), label=LATE)
    await guild.advance_to(start + timedelta(minutes=5))
    refused = await oliver.user.click(asked.response, label="5 minutes")
    assert "You can't announce a delay for this session" in message_text(refused.followups[0])
    assert "How late will you be?" not in message_text(guild.last_dm(oliver))
    await guild.deliver()
    assert "late" not in message_text(guild.last_dm(maya)).lower()


async def test_the_mentor_of_a_group_session_tells_everyone_with_a_seat(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    start, sam = await gather_in_two_days(guild, oliver, maya)
    await guild.advance_to(start - timedelta(minutes=10))
    await guild.deliver()
    asked = await oliver.user.click(guild.last_dm(oliver), label=LATE)
    assert "I'll tell 2 attendees" in message_text(asked.response)
    answered = await oliver.user.click(asked.response, label="10 minutes")
    assert "Attendees know you're running 10 minutes late." in message_text(answered.response)
    await guild.deliver()
    for person in (maya, sam):
        assert "Oliver is running 10 minutes late." in message_text(guild.last_dm(person))
        assert join_links(guild.last_dm(person)) == [LINK]


async def test_late_attendees_are_listed_in_one_message_to_the_mentor(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    start, sam = await gather_in_two_days(guild, oliver, maya)
    await guild.advance_to(start)
    await guild.deliver()
    for person, delay in ((maya, "5 minutes"), (sam, "15 minutes")):
        before = len(guild.inbox(oliver))
        asked = await person.user.click(guild.last_dm(person), label=LATE)
        await person.user.click(asked.response, label=delay)
        await guild.deliver()
        assert len(guild.inbox(oliver)) - before == (1 if person is maya else 0)
    text = message_text(guild.last_dm(oliver))
    assert "Sam (15 minutes) and Maya (5 minutes) are running late." in text
    assert join_links(guild.last_dm(oliver)) == [LINK]


async def test_a_mentor_without_a_link_can_add_one_when_the_mentee_is_late(
    guild: SimulatedGuild, maya: simcord.MemberActor
) -> None:
    ken = await approved_mentor(guild, "Ken")
    start = await book_in_two_days(guild, maya, ken)
    await guild.advance_to(start - timedelta(minutes=10))
    await guild.deliver()
    asked = await maya.user.click(guild.last_dm(maya), label=LATE)
    await maya.user.click(asked.response, label="5 minutes")
    await guild.deliver()
    assert button_labels(guild.last_dm(ken)) == ["Add meeting link", LATE]
