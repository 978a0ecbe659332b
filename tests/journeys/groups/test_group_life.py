"""The life of a group session in direct messages: reminders, the start, and who was there."""

from __future__ import annotations

from datetime import timedelta

import discord
import simcord

from mentorship.operations import erasure
from mentorship.operations.erasure_phases import steps as erasure_steps
from mentorship.sessions.groups import group_changes
from tests.journeys.groups.support import GroupSession, actor, announce_group
from tests.journeys.support.helpers import choose_option, menu_options
from tests.journeys.support.scenarios import approved_mentor, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

LINK = "https://meet.example.com/oliver"


async def attendees(
    guild: SimulatedGuild, group: GroupSession, *names: str
) -> list[simcord.MemberActor]:
    """Add members who have joined a group session."""
    people = [await guild.add_member(name, points=100) for name in names]
    for person in people:
        await group.join(person)
    return people


async def test_everybody_is_reminded_once_and_told_the_start(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya, priya = await attendees(guild, group, "Maya", "Priya")
    start = (await group.view()).starts_at
    before = len(guild.inbox(group.mentor))
    await guild.advance_to(start - timedelta(hours=1))
    text = message_text(guild.last_dm(group.mentor))
    assert text.startswith("“Office hours” starts in 1 hour.")
    assert "Seats: 2 of 2 taken" in text
    assert "Join" in button_labels(guild.last_dm(group.mentor))
    assert message_text(guild.last_dm(maya)).startswith(
        "“Office hours” with Oliver starts in 1 hour."
    )
    await guild.advance_to(start)
    text = message_text(guild.last_dm(group.mentor))
    assert text.startswith("“Office hours” starts now.")
    assert "Maya and Priya have seats." in text
    assert LINK in text
    for person in (maya, priya):
        text = message_text(guild.last_dm(person))
        assert text.startswith("“Office hours” with Oliver starts now.")
        assert LINK in text
    # A day, an hour and ten minutes before, and at the start: once each, however many seats.
    assert len(guild.inbox(group.mentor)) - before <= 4


async def test_a_reminder_of_a_group_without_a_link_asks_for_it(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    group = await announce_group(guild, oliver, meeting_link="")
    await attendees(guild, group, "Maya")
    await guild.advance_to((await group.view()).starts_at - timedelta(hours=1))
    reminder = guild.last_dm(oliver)
    assert "Nobody knows where to meet yet. Add a meeting link." in message_text(reminder)
    assert button_labels(reminder) == ["Add meeting link"]
    form = await oliver.user.click(reminder, label="Add meeting link")
    await oliver.user.submit_modal(form, text_fields(form) | {"link": LINK})
    assert (await group.view()).meeting_link == LINK


async def test_a_mentor_reports_several_no_shows_at_once(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    group = await announce_group(guild, oliver, capacity=3)
    maya, priya, ken = await attendees(guild, group, "Maya", "Priya", "Ken")
    await guild.advance_to((await group.view()).ends_at)
    question = guild.last_dm(oliver)
    text = message_text(question)
    assert text.startswith("“Office hours” is over.\nWho was there?")
    assert "If everyone came, there's nothing to do. You're paid 🪙 90 by" in text
    assert menu_options(question, "Who didn't come?") == ["Maya", "Priya", "Ken"]
    text = message_text(guild.last_dm(maya))
    assert "“Office hours” with Oliver is over." in text
    assert "Did you attend “Office hours”?" in text
    assert "Confirming that you attended pays Oliver 🪙 30. If you don't answer by" in text
    assert button_labels(guild.last_dm(maya)) == ["I attended", "Oliver didn't come"]

    await maya.user.click(guild.last_dm(maya), label="I attended")
    ids = {"Priya": str(priya.id), "Ken": str(ken.id)}
    await oliver.user.select(question, list(ids.values()), custom_id=f"group:{group.id}:absent:0")
    card = guild.last_dm(oliver)
    text = message_text(card)
    assert "Report 2 no-shows?" in text
    assert "Priya and Ken are notified and have until" in text
    assert "If they don't answer, your report counts and you're paid 🪙 60." in text
    assert button_labels(card) == ["Report no-shows", "Cancel"]
    # The bot may have been restarted in between.
    await guild.restart_bot()
    await oliver.user.click(card, label="Report no-shows")
    text = message_text(guild.last_dm(oliver))
    assert "Priya and Ken have been asked." in text
    assert "You've nothing left to report." in text
    assert "Paid so far: 🪙 30" in text
    await guild.deliver()
    text = message_text(guild.last_dm(priya))
    assert "Oliver reported that you didn't come." in text
    assert "If you did come, press I attended" in text.replace("**", "")
    await priya.user.click(guild.last_dm(priya), label="I attended")
    await guild.deliver()
    assert "your reports don't match" in message_text(guild.last_dm(oliver))


async def test_the_mentor_sees_what_came_of_each_seat_and_is_told_once(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    group = await announce_group(guild, oliver, capacity=3)
    maya, _, ken = await attendees(guild, group, "Maya", "Priya", "Ken")
    ends_at = (await group.view()).ends_at
    await guild.advance_to(ends_at)
    question = guild.last_dm(oliver)
    await maya.user.click(guild.last_dm(maya), label="I attended")
    await guild.deliver()
    text = message_text(await latest(guild, oliver, question))
    assert "Attended: Maya" in text
    assert "Paid so far: 🪙 30" in text
    await oliver.user.select(question, [str(ken.id)], custom_id=f"group:{group.id}:absent:0")
    await oliver.user.click(guild.last_dm(oliver), label="Report no-shows")
    text = message_text(await latest(guild, oliver, question))
    assert "Asked whether they came: Ken" in text
    count = len(guild.inbox(oliver))
    await guild.advance_to(ends_at + timedelta(days=2), timedelta(hours=1))
    (summary,) = guild.inbox(oliver)[count:]
    text = message_text(summary)
    assert text.startswith("“Office hours” is completed.")
    assert "You're paid 🪙 90. Thank you for mentoring!" in text
    assert "Attended: Maya and Priya" in text
    assert "No-shows: Ken" in text
    old = message_text(await latest(guild, oliver, question))
    assert old.startswith("“Office hours” ended.\n-# [Newer message about this session]")


async def test_a_mentors_earlier_reminders_lead_to_the_newest(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    await attendees(guild, group, "Maya")
    start = (await group.view()).starts_at
    await guild.advance_to(start - timedelta(hours=1))
    reminder = guild.last_dm(group.mentor)
    await guild.advance_to(start)
    text = message_text(await latest(guild, group.mentor, reminder))
    assert text.startswith("Reminder about “Office hours”.\n-# [Newer message about this session]")
    assert message_text(guild.last_dm(group.mentor)).startswith("“Office hours” starts now.")


async def latest(
    guild: SimulatedGuild, person: simcord.MemberActor, message: discord.Message
) -> discord.Message:
    """Return a direct message as it is now."""
    (found,) = (each for each in guild.inbox(person) if each.id == message.id)
    return found


async def test_leaving_the_confirmation_reports_nothing(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    (maya,) = await attendees(guild, group, "Maya")
    await guild.advance_to((await group.view()).ends_at)
    await choose_option(group.mentor.user, guild.last_dm(group.mentor), "Maya")
    await group.mentor.user.click(guild.last_dm(group.mentor), label="Cancel")
    assert menu_options(guild.last_dm(group.mentor), "Who didn't come?") == ["Maya"]
    await guild.deliver()
    assert "didn't come" not in message_text(guild.last_dm(maya))


async def test_a_mentor_without_attendees_is_asked_nothing(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    view = await group.view()
    await guild.advance_to(view.starts_at)
    assert "Nobody has signed up." in message_text(guild.last_dm(group.mentor))
    count = len(guild.inbox(group.mentor))
    await guild.advance_to(view.ends_at + timedelta(hours=1))
    assert len(guild.inbox(group.mentor)) == count


async def test_everybody_reads_why_too_few_seats_cancel(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    group = await announce_group(guild, oliver, minimum_seats=2)
    (maya,) = await attendees(guild, group, "Maya")
    deadline = (await group.view()).minimum_deadline
    assert deadline is not None
    await guild.advance_to(deadline)
    text = message_text(guild.last_dm(oliver))
    assert text.startswith("“Office hours” was cancelled.")
    assert "Too few people signed up." in text
    assert "Everyone who had a seat is refunded in full." in text
    text = message_text(guild.last_dm(maya))
    assert text.startswith("“Office hours” was cancelled.")
    assert "Too few people signed up." in text
    assert "You're refunded in full: 🪙 30." in text


async def test_attendees_read_the_mentors_reason_for_cancelling(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    (maya,) = await attendees(guild, group, "Maya")
    before = len(guild.inbox(group.mentor))
    await guild.db.run(group_changes.cancel, actor(guild, group.mentor), group.id, "I'm ill, sorry")
    await guild.deliver()
    text = message_text(guild.last_dm(maya))
    assert text.startswith("Oliver cancelled “Office hours”.")
    assert "I'm ill, sorry" in text
    assert len(guild.inbox(group.mentor)) == before


async def test_a_sent_reminder_follows_a_move_and_a_cancellation(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    start = (await group.view()).starts_at
    await guild.advance_to(start - timedelta(hours=1))
    reminder = guild.last_dm(group.mentor)
    await guild.db.run(group_changes.cancel, actor(guild, group.mentor), group.id, "Ill")
    await guild.deliver()
    (edited,) = [each for each in guild.inbox(group.mentor) if each.id == reminder.id]
    assert message_text(edited).startswith("“Office hours” was cancelled.")
    assert button_labels(edited) == []


async def test_a_session_whose_texts_were_erased_still_has_a_title(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    (maya,) = await attendees(guild, group, "Maya")
    erased = await guild.db.run(erasure.erase, actor(guild, group.mentor))
    while erased.unfinished and await guild.db.run(erasure_steps.step, erased.unfinished):
        pass
    await guild.deliver()
    assert "“Group session”" in message_text(guild.last_dm(maya))
    await group.announce()
    text = message_text(group.announcement)
    assert text.startswith("Group session\n")
    assert "Office hours" not in text
