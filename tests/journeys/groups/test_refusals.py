"""Why somebody can't join a group session, as they are told."""

from __future__ import annotations

from datetime import timedelta

from tests.journeys.groups.support import GroupSession, announce_group
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def test_who_may_join_can_depend_on_roles(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    role = guild.handle.create_role("Students")
    group = await announce_group(guild, oliver, price=0, join_role_ids=(role.id,))
    assert f"Who can join: <@&{role.id}>" in message_text(group.announcement)
    maya = await guild.add_member("Maya")
    ken = await guild.add_member("Ken", roles=(role,))
    refused = await maya.click(group.announcement, label="Join")
    text = message_text(refused.response)
    assert f"This session is for members with the role <@&{role.id}>." in text
    joined = await ken.click(group.announcement, label="Join")
    assert "You have a seat" in message_text(joined.response)


async def test_too_few_points_are_said_before_anything_is_agreed(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya = await guild.add_member("Maya", points=29)
    refused = await maya.click(group.announcement, label="Join")
    assert "costs 30 points and you have 29" in message_text(refused.response)
    assert button_labels(refused.response) == ["Details"]


async def test_mentors_are_in_their_own_session_already(group: GroupSession) -> None:
    refused = await group.mentor.click(group.announcement, label="Join")
    assert "This is your own session." in message_text(refused.response)


async def test_nobody_has_two_sessions_at_once(guild: SimulatedGuild, group: GroupSession) -> None:
    ines = await approved_mentor(guild, "Ines")
    other = await announce_group(guild, ines, title="Elsewhere")
    maya = await guild.add_member("Maya", points=100)
    await group.join(maya)
    refused = await maya.click(other.announcement, label="Join")
    assert "You already have a session at that time." in message_text(refused.response)
    assert await guild.balance(maya) == 70


async def test_a_session_that_has_started_takes_nobody(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya = await guild.add_member("Maya", points=100)
    start = (await group.view()).starts_at
    shown = await maya.click(group.announcement, label="Join")
    await guild.advance_to(start + timedelta(minutes=1))
    refused = await maya.click(shown.response, label="Join")
    assert "This session has already started." in message_text(refused.response)
    await group.announce()
    text = message_text(group.announcement)
    assert "This session has started." in text
    assert button_labels(group.announcement) == ["Details"]
