"""A mentor changes where they meet, who may join, the minimum, and the announcement's channel."""

from __future__ import annotations

from datetime import timedelta

import simcord

from mentorship.sessions.groups import group_changes
from mentorship.sessions.groups.group_changes import GroupEdit
from tests.journeys.groups.support import GroupSession, actor
from tests.journeys.support.components import iter_components
from tests.journeys.support.scenarios import text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def options(group: GroupSession) -> simcord.InteractionResult:
    """Open More options from the announcement, as the mentor."""
    details = await group.mentor.click(group.announcement, label="Details")
    return await group.mentor.click(details.response, label="More options")


def menu(card: simcord.InteractionResult, name: str) -> str:
    """Return the custom id of a menu on the card."""
    ids = (str(each.get("custom_id", "")) for each in iter_components(card.response))
    return next(each for each in ids if f":{name}:" in each)


async def test_a_change_of_place_is_saved_at_once(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    card = await options(group)
    text = message_text(card.response)
    for line in ("Where: Meeting link", "Who can join: everyone", "Minimum: none"):
        assert line in text
    assert f"Announced in: <#{group.channel.id}>" in text
    await guild.restart_bot()
    saved = await group.mentor.select(card.response, ["voice"], custom_id=menu(card, "place"))
    assert "You meet here now: Voice channel." in message_text(saved.response)
    assert (await group.view()).place == "voice"
    # Meanwhile something else has changed that the card doesn't show yet.
    edit = GroupEdit(title="Clinic")
    await guild.db.run(group_changes.edit, actor(guild, group.mentor), group.id, edit)
    stale = await group.mentor.select(saved.response, ["thread"], custom_id=menu(saved, "place"))
    assert "Choose again." in message_text(stale.response)
    assert (await group.view()).place == "voice"
    await group.announce()
    assert "Where: Voice channel" in message_text(group.announcement)


async def test_roles_are_changed_and_removed(guild: SimulatedGuild, group: GroupSession) -> None:
    maya = await guild.add_member("Maya", points=100)
    role = guild.handle.create_role("Juniors")
    card = await options(group)
    saved = await group.mentor.select(card.response, [role], custom_id=menu(card, "roles"))
    assert f"Who can join: <@&{role.id}>" in message_text(saved.response)
    refused = await maya.click(group.announcement, label="Join")
    assert f"<@&{role.id}>" in message_text(refused.response)
    again = await group.mentor.select(saved.response, [], custom_id=menu(saved, "roles"))
    assert "Who can join: everyone" in message_text(again.response)
    await group.join(maya)
    assert (await group.view()).seats_taken == 1


async def test_the_announcement_moves_to_the_new_channel(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    other = guild.handle.create_text_channel("events")
    card = await options(group)
    saved = await group.mentor.select(card.response, [other], custom_id=menu(card, "channel"))
    assert f"I'm announcing it in <#{other.id}>." in message_text(saved.response)
    await group.announce()
    assert list(group.channel.history()) == []
    assert "Office hours" in message_text(other.last_message)
    assert button_labels(other.last_message) == ["Join", "Leave", "Details"]


async def test_a_minimum_and_its_deadline_are_typed(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    card = await options(group)
    form = await group.mentor.click(card.response, label="Change minimum")
    refused = await group.mentor.submit_modal(form, {"minimum": "2", "deadline": "someday"})
    assert "I couldn't read" in message_text(refused.response)
    form = await group.mentor.click(refused.response, label="Correct it")
    assert text_fields(form) == {"minimum": "2", "deadline": "someday"}, "nothing is lost"
    saved = await group.mentor.submit_modal(form, {"minimum": "2", "deadline": "tomorrow 12:00"})
    assert "Minimum: 2 seats by" in message_text(saved.response)
    view = await group.view()
    assert view.minimum_deadline == view.starts_at - timedelta(hours=3)
    form = await group.mentor.click(saved.response, label="Change minimum")
    default = await group.mentor.submit_modal(form, {"minimum": "2", "deadline": ""})
    assert "Saved." in message_text(default.response)
    assert (await group.view()).minimum_deadline != view.minimum_deadline
    form = await group.mentor.click(default.response, label="Change minimum")
    none = await group.mentor.submit_modal(form, {"minimum": "", "deadline": ""})
    assert "Minimum: none" in message_text(none.response)
