"""Announcements that can't be posted, were deleted, or change while they are edited."""

from __future__ import annotations

from datetime import timedelta

from mentorship.notifications import channel_cards
from mentorship.sessions.groups import announcements, group_rows
from tests.journeys.groups.support import GroupSession, actor, announce_group
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

POST = "/channels/*/messages"
EDIT = "/channels/*/messages/*"


async def test_a_deleted_announcement_is_posted_again_only_by_its_mentor(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya = await guild.add_member("Maya", points=100)
    moderator = await guild.add_moderator("Mod")
    details = await group.mentor.click(group.announcement, label="Details")
    await group.announcement.delete()
    await guild.env.settle()
    card = await group.mentor.click(details.response, label="Close sign-up")
    await group.announce()
    assert group.channel.history() == []
    await guild.deliver()
    text = message_text(guild.last_dm(group.mentor))
    assert text.startswith("“Office hours” isn't announced.")
    assert "was deleted. I won't post it again unless you do" in text
    # Nothing else is posted or said, whatever changes.
    card = await group.mentor.click(card.response, label="Open sign-up")
    assert await group.announce() == 0
    assert await guild.deliver() == 0
    assert "It isn't announced in a channel." in message_text(card.response)
    posted = await group.mentor.select(
        card.response, [group.channel], custom_id=f"group:{group.id}:announce"
    )
    assert "I'm announcing it in" in message_text(posted.response)
    await group.announce()
    assert message_text(group.announcement).startswith("Office hours")
    await group.join(maya)
    assert moderator.id


async def test_a_channel_that_is_closed_is_said_once_and_tried_again(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    refused = {"status": 403, "code": 50013, "message": "Missing Permissions"}
    guild.env.inject_error("POST", POST, times=2, **refused)
    group = await announce_group(guild, oliver)
    assert group.channel.history() == []
    await guild.env.advance_time(channel_cards.FIRST_RETRY_DELAY.total_seconds() + 1)
    assert await group.announce() == 0
    await guild.deliver()
    messages = [message_text(message) for message in guild.inbox(oliver)]
    assert sum("I'm not allowed to post in" in text for text in messages) == 1
    await guild.env.advance_time(timedelta(minutes=10).total_seconds())
    assert await group.announce() == 1
    assert button_labels(group.announcement) == ["Join", "Leave", "Details"]


async def test_a_channel_that_is_gone_is_said_to_the_mentor(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    details = await group.mentor.click(group.announcement, label="Details")
    gone = {"status": 404, "code": 10003, "message": "Unknown Channel"}
    guild.env.inject_error("PATCH", EDIT, times=1, **gone)
    await group.mentor.click(details.response, label="Close sign-up")
    await group.announce()
    await guild.deliver()
    assert "The channel was deleted." in message_text(guild.last_dm(group.mentor))


async def test_a_change_during_an_edit_is_not_lost(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya, ken = [await guild.add_member(name, points=100) for name in ("Maya", "Ken")]
    await group.join(maya)
    (claimed,) = await guild.db.run(announcements.claim)
    await group.join(ken)
    await guild.db.run(announcements.record_sent, claimed, claimed.group.message_id)
    assert await group.announce() == 1
    assert "Seats: 2 of 2 taken" in message_text(group.announcement)
    assert await group.announce() == 0


async def test_a_repeated_attempt_is_the_same_message_for_discord(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    await group.mentor.click(group.announcement, label="Details")
    await guild.db.run(group_rows.mark_card, group.id)
    (first,) = await guild.db.run(announcements.claim)
    assert await guild.db.run(announcements.claim) == [], "it is leased"
    await guild.env.advance_time(channel_cards.LEASE.total_seconds() + 1)
    (second,) = await guild.db.run(announcements.claim)
    assert first.key == second.key
    deleted = channel_cards.ChannelProblem.MESSAGE_DELETED
    await guild.db.run(announcements.record_failure, second, deleted)
    mentor = actor(guild, group.mentor)
    await guild.db.run(announcements.post, mentor, group.id, group.channel.id)
    (again,) = await guild.db.run(announcements.claim)
    assert again.key != first.key, "one that the mentor posts again is another"


async def test_a_hundred_names_fit_into_the_announcement(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    group = await announce_group(guild, oliver, price=0, capacity=100, description="_" * 1_000)
    for number in range(100):
        person = await guild.add_member(f"{'*' * 26}{number:03}")
        await person.click(group.announcement, label="Join")
    await group.announce()
    text = message_text(group.announcement)
    assert "Seats: 100 of 100 taken" in text
    assert " more" in text
    assert button_labels(group.announcement) == ["Join waitlist", "Leave", "Details"]
