"""Joining, waiting for and leaving an announced group session."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.sessions.groups import creation, group_changes, repeats
from mentorship.sessions.groups.creation import GroupRequest
from tests.journeys.groups.support import GroupSession, actor, announce_group
from tests.journeys.support.helpers import select_menus
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def test_the_announcement_shows_terms_and_seats(group: GroupSession) -> None:
    text = message_text(group.announcement).splitlines()
    assert text[:2] == ["Office hours", "with Oliver"]
    assert "Length and price: 60 minutes, 🪙 30 a seat" in text
    assert "Where: Meeting link, shown to attendees" in text
    assert "Seats: 0 of 2 taken" in text
    assert "meet.example.com" not in message_text(group.announcement)
    assert button_labels(group.announcement) == ["Join", "Leave", "Details"]


async def test_joining_shows_the_price_and_holds_it(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya = await guild.add_member("Maya", points=100)
    card = await maya.click(group.announcement, label="Join")
    text = message_text(card.response)
    assert "Join “Office hours”?" in text
    assert "Price: 🪙 30" in text
    assert "Balance after: 🪙 70" in text
    assert await guild.balance(maya) == 100, "nothing is held before"
    joined = await maya.click(card.response, label="Join")
    text = message_text(joined.response)
    assert "You have a seat in “Office hours”" in text
    assert "https://meet.example.com/oliver" in text
    assert "🪙 30 on hold until after the session. Your balance: 🪙 70." in text
    assert joined.response.id == card.response.id, "in place of the card"
    assert button_labels(joined.response) == ["Add to calendar", "View", "Leave"]
    assert await group.announce() == 1
    assert "Seats: 1 of 2 taken" in message_text(group.announcement)
    assert "Attendees: Maya" in message_text(group.announcement)
    assert len(group.channel.history()) == 1, "edited in place"


async def test_a_free_session_is_joined_with_one_press(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    group = await announce_group(guild, oliver, price=0)
    maya = await guild.add_member("Maya")
    joined = await maya.click(group.announcement, label="Join")
    assert "You have a seat in “Office hours”" in message_text(joined.response)
    again = await maya.click(group.announcement, label="Join")
    assert "You already have a seat" in message_text(again.response)
    assert button_labels(again.response) == ["View", "Leave"]


async def test_a_full_session_leads_to_its_waitlist(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya, priya, ken = [
        await guild.add_member(name, points=100) for name in ("Maya", "Priya", "Ken")
    ]
    for person in (maya, priya):
        await group.join(person)
    # Ken's press comes before the announcement is edited.
    offer = await ken.click(group.announcement, label="Join")
    assert "“Office hours” is full" in message_text(offer.response)
    place = await ken.click(offer.response, label="Join waitlist")
    assert "You're 1st in line" in message_text(place.response)
    await group.announce()
    assert "Seats: 2 of 2 taken · 1 on the waitlist" in message_text(group.announcement)
    assert button_labels(group.announcement) == ["Join waitlist", "Leave", "Details"]
    again = await ken.click(group.announcement, label="Join waitlist")
    assert "at place 1" in message_text(again.response)
    leaving = await ken.click(again.response, label="Leave waitlist")
    left = await ken.click(leaving.response, label="Leave waitlist")
    assert "You left the waitlist of “Office hours”." in message_text(left.response)
    assert (await group.view()).waiting == 0


async def test_leaving_shows_the_refund_first(guild: SimulatedGuild, group: GroupSession) -> None:
    maya = await guild.add_member("Maya", points=100)
    await group.join(maya)
    await guild.restart_bot()
    preview = await maya.click(group.announcement, label="Leave")
    assert "You're refunded in full: 🪙 30." in message_text(preview.response)
    await maya.click(preview.response, label="Leave session")
    assert await guild.balance(maya) == 100
    await group.announce()
    assert "Seats: 0 of 2 taken" in message_text(group.announcement)


async def test_details_show_what_each_reader_can_do(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya, ken = [await guild.add_member(name, points=100) for name in ("Maya", "Ken")]
    await group.join(maya)
    hers = await maya.click(group.announcement, label="Details")
    assert "You have a seat." in message_text(hers.response).replace("**", "")
    assert "Link: https://meet.example.com/oliver" in message_text(hers.response)
    his = await ken.click(group.announcement, label="Details")
    assert "meet.example.com" not in message_text(his.response)
    assert button_labels(his.response) == ["Join"]


async def test_a_seat_at_a_time_that_nobody_agreed_to_is_offered(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya, priya, ken = [
        await guild.add_member(name, points=100) for name in ("Maya", "Priya", "Ken")
    ]
    for person in (maya, priya):
        await group.join(person)
    offer = await ken.click(group.announcement, label="Join")
    await ken.click(offer.response, label="Join waitlist")
    details = await group.mentor.click(group.announcement, label="Details")
    form = await group.mentor.click(details.response, label="Move")
    card = await group.mentor.submit_modal(form, {"time": "tomorrow 17:00"})
    await group.mentor.click(card.response, label="Move session")
    await guild.deliver()
    await maya.user.click(guild.last_dm(maya), label="Leave session")
    await maya.user.click(guild.last_dm(maya), label="Leave session")
    await guild.advance_to(guild.now + timedelta(minutes=20))
    message = guild.last_dm(ken)
    text = message_text(message)
    assert text.startswith("You got a seat in “Office hours”, which moved to <t:")
    assert "It was on <t:" in text
    assert "it's given up and you're refunded in full" in text
    assert button_labels(message) == ["Keep my seat", "Leave session"]
    kept = await ken.user.click(message, label="Keep my seat")
    assert "You have a seat." in message_text(kept.response)
    assert await guild.balance(ken) == 70


@pytest.mark.parametrize("ending", ["cancelled", "started"])
async def test_who_waits_for_a_seat_reads_that_there_is_none(
    guild: SimulatedGuild, group: GroupSession, ending: str
) -> None:
    people = [await guild.add_member(name, points=100) for name in ("Maya", "Priya", "Ken")]
    for person in people[:2]:
        await group.join(person)
    ken = people[2]
    offer = await ken.click(group.announcement, label="Join")
    await ken.click(offer.response, label="Join waitlist")
    if ending == "cancelled":
        await guild.db.run(group_changes.cancel, actor(guild, group.mentor), group.id)
        await guild.deliver()
        expected = "“Office hours” was cancelled.", "You were on its waitlist."
    else:
        await guild.advance_to((await group.view()).starts_at)
        expected = "“Office hours” has started.", "No seat became free for you."
    text = message_text(guild.last_dm(ken))
    for each in (*expected, "No points were on hold.", "/session list"):
        assert each in text
    assert button_labels(guild.last_dm(ken)) == []
    assert await guild.balance(ken) == 100


async def test_the_list_has_the_next_date_of_what_repeats_and_leads_to_the_others(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    weekly = await announce_group(guild, oliver, repeat_weeks=1)
    start = (await weekly.view()).starts_at
    request = GroupRequest("Mock interviews", start + timedelta(days=9), 60, 4, 0)
    await guild.db.run(creation.create, actor(guild, oliver), request)
    while await guild.db.run(repeats.create_due):
        pass
    maya = await guild.add_member("Maya", points=100)
    listed = await maya.slash(guild.channel, "session list")
    text = message_text(listed.response)
    assert text.count("Office hours** with") == 1
    assert f"<t:{int(start.timestamp())}:F> · every week" in text
    assert "Mock interviews" in text
    await guild.restart_bot()
    (of_dates,) = (
        menu
        for menu in select_menus(listed.response)
        if menu["placeholder"] == "More dates of a repeating session"
    )
    assert [option["label"] for option in of_dates["options"]] == ["Office hours"]
    chosen = of_dates["options"][0]["value"]
    dates = await maya.select(listed.response, [chosen], custom_id=of_dates["custom_id"])
    text = message_text(dates.response)
    assert text.count("Office hours** with") > 2
    assert "Mock interviews" not in text
    assert button_labels(dates.response).count("Join") > 2
    back = await maya.click(dates.response, label="All group sessions")
    assert "Upcoming group sessions" in message_text(back.response)
    # Without its next date, the one after that is listed.
    await guild.db.run(group_changes.cancel, actor(guild, oliver), weekly.id)
    listed = await maya.slash(guild.channel, "session list")
    following = int((start + timedelta(days=7)).timestamp())
    assert f"<t:{following}:F> · every week" in message_text(listed.response)
