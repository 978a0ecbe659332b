"""What a mentor and moderators do with a group session, and what its attendees see of it."""

from __future__ import annotations

from datetime import timedelta

import simcord

from mentorship.administration import audit
from mentorship.sessions import blocking, session_views
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.groups import group_views, moving, repeats
from mentorship.statuses import SessionStatus
from tests.journeys.groups.support import GroupSession, actor, announce_group
from tests.journeys.support.components import iter_components
from tests.journeys.support.scenarios import approved_mentor, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def details(
    group: GroupSession, person: simcord.MemberActor | None = None
) -> simcord.InteractionResult:
    """Open the card of the session, by default as its mentor."""
    return await (person or group.mentor).click(group.announcement, label="Details")


async def test_an_edit_shows_on_the_announcement_and_keeps_prices(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya, ken = [await guild.add_member(name, points=100) for name in ("Maya", "Ken")]
    await group.join(maya)
    shown = await ken.click(group.announcement, label="Join")
    card = await details(group)
    assert button_labels(card.response) == [
        "Join",
        "Edit",
        "Close sign-up",
        "More options",
        "Move",
        "Cancel session",
        "Links",
        "Add to calendar",
        "Remove an attendee",
    ]
    form = await group.mentor.click(card.response, label="Edit")
    typed = text_fields(form)
    assert (typed["title"], typed["seats"], typed["price"]) == ("Office hours", "2", "30")
    typed |= {"title": "Open office", "price": "50", "description": "Ask anything."}
    saved = await group.mentor.submit_modal(form, typed)
    assert "Saved." in message_text(saved.response)
    await group.announce()
    text = message_text(group.announcement)
    assert text.startswith("Open office\nwith Oliver")
    assert "🪙 50 a seat" in text
    # Ken saw another price: nothing happens, and he sees the one of now.
    again = await ken.click(shown.response, label="Join")
    assert "has changed" in message_text(again.response)
    assert "Price: 🪙 50" in message_text(again.response)
    assert await guild.balance(ken) == 100
    await ken.click(again.response, label="Join")
    assert (await guild.balance(ken), await guild.balance(maya)) == (50, 70)


async def test_fewer_seats_than_are_taken_are_refused(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    for name in ("Maya", "Ken"):
        await group.join(await guild.add_member(name, points=100))
    form = await group.mentor.click((await details(group)).response, label="Edit")
    await group.mentor.submit_modal(form, text_fields(form) | {"seats": "3"})
    await group.join(await guild.add_member("Priya", points=100))
    form = await group.mentor.click((await details(group)).response, label="Edit")
    typed = text_fields(form) | {"seats": "2", "price": "many"}
    refused = await group.mentor.submit_modal(form, typed)
    assert "The price must be a whole number" in message_text(refused.response)
    form = await group.mentor.click(refused.response, label="Correct it")
    refused = await group.mentor.submit_modal(form, text_fields(form) | {"price": "30"})
    assert "3" in message_text(refused.response)
    form = await group.mentor.click(refused.response, label="Correct it")
    assert text_fields(form)["seats"] == "2", "nothing is lost"
    assert (await group.view()).capacity == 3


async def test_a_move_asks_everyone_again(guild: SimulatedGuild, group: GroupSession) -> None:
    maya, ken = [await guild.add_member(name, points=100) for name in ("Maya", "Ken")]
    for person in (maya, ken):
        await group.join(person)
    await guild.deliver()
    form = await group.mentor.click((await details(group)).response, label="Move")
    card = await group.mentor.submit_modal(form, {"time": "tomorrow 17:00"})
    text = message_text(card.response)
    assert "2 people have a seat." in text
    assert "leaves and is refunded in full" in text
    assert await guild.balance(maya) == 70
    before = (await group.view()).starts_at
    moved = await group.mentor.click(card.response, label="Move session")
    assert "I'm asking everyone with a seat." in message_text(moved.response)
    view = await group.view()
    assert view.starts_at == before + timedelta(hours=2)
    await guild.deliver()
    message = guild.last_dm(maya)
    text = message_text(message)
    assert "“Office hours” moved to" in text
    assert f"It was on <t:{int(before.timestamp())}:F>." in text
    assert "it's given up and you're refunded in full" in text
    assert "Seat in “Office hours” with Oliver" in text
    assert button_labels(message) == ["Keep my seat", "Leave session"]
    await guild.restart_bot()
    kept = await maya.user.click(message, label="Keep my seat")
    assert "You have a seat." in message_text(kept.response)
    # Ken doesn't answer.
    own = await guild.db.read(group_views.find_own_place, group.id, ken.id)
    assert own.session_id is not None
    seat = await guild.db.read(session_views.load, own.session_id)
    assert seat.answer_deadline is not None
    await guild.advance_to(seat.answer_deadline + timedelta(minutes=5))
    text = message_text(guild.last_dm(ken))
    assert "You didn't keep your seat in “Office hours” at its new time" in text
    assert "You're refunded in full: 🪙 30." in text
    assert await guild.balance(ken) == 100
    await group.announce()
    assert "Seats: 1 of 2 taken" in message_text(group.announcement)


async def test_cancelling_counts_seats_and_refunds_first(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya, ken = [await guild.add_member(name, points=100) for name in ("Maya", "Ken")]
    await group.join(maya)
    card = await group.mentor.click((await details(group)).response, label="Cancel session")
    assert "1 seat is cancelled" in message_text(card.response)
    assert "🪙 30 in all" in message_text(card.response)
    await group.join(ken)
    # Somebody has joined since.
    again = await group.mentor.click(card.response, label="Cancel session")
    assert "The number of seats taken has changed" in message_text(again.response)
    assert "2 seats are cancelled" in message_text(again.response)
    form = await group.mentor.click(again.response, label="Cancel with a reason")
    done = await group.mentor.submit_modal(form, {"reason": "I'm ill."})
    assert "“Office hours” is cancelled." in message_text(done.response)
    assert (await guild.balance(maya), await guild.balance(ken)) == (100, 100)
    await group.announce()
    text = message_text(group.announcement)
    assert "This session is cancelled. Everyone is refunded in full." in text
    assert "> I'm ill." in text
    assert button_labels(group.announcement) == []
    await guild.deliver()
    assert "You're refunded in full: 🪙 30." in message_text(guild.last_dm(maya))


async def test_a_moderator_cancels_and_the_log_says_so(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya, mod = await guild.add_member("Maya", points=100), await guild.add_moderator("Mod")
    await group.join(maya)
    hers = await details(group, maya)
    assert "Cancel session" not in button_labels(hers.response)
    card = await mod.click((await details(group, mod)).response, label="Cancel session")
    await mod.click(card.response, label="Cancel session")
    assert (await group.view()).status is SessionStatus.CANCELLED
    entries = await guild.db.read(
        audit.list_entries, guild.manager, about=None, action=None, before=None, limit=1
    )
    assert [(entry.action, entry.actor_id) for entry in entries] == [("group_cancelled", mod.id)]
    await guild.deliver()
    assert "Office hours" in message_text(guild.last_dm(group.mentor))


async def test_closed_sign_up_is_said_and_opens_again(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya = await guild.add_member("Maya", points=100)
    old = group.announcement
    card = await group.mentor.click((await details(group)).response, label="Close sign-up")
    assert "Sign-up is closed." in message_text(card.response)
    refused = await maya.click(old, label="Join")
    assert "Sign-up is closed." in message_text(refused.response)
    await group.announce()
    assert button_labels(group.announcement) == ["Leave", "Details"]
    await group.mentor.click(card.response, label="Open sign-up")
    await group.announce()
    assert "Join" in button_labels(group.announcement)


async def test_removing_an_attendee_refunds_them(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya, ken = [await guild.add_member(name, points=100) for name in ("Maya", "Ken")]
    await group.join(maya)
    card = await details(group)
    menu = f"group:{group.id}:remove"
    nobody = await group.mentor.select(card.response, [ken], custom_id=menu)
    assert "Ken has no seat in this session." in message_text(nobody.response)
    ask = await group.mentor.select(nobody.response, [maya], custom_id=menu)
    assert "Remove Maya from “Office hours”?" in message_text(ask.response)
    await group.mentor.click(ask.response, label="Remove attendee")
    assert await guild.balance(maya) == 100
    await guild.deliver()
    assert "Office hours" in message_text(guild.last_dm(maya))


async def test_a_freed_seat_goes_to_the_first_in_line(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya, priya, ken = [
        await guild.add_member(name, points=100) for name in ("Maya", "Priya", "Ken")
    ]
    for person in (maya, priya):
        await group.join(person)
    offer = await ken.click(group.announcement, label="Join")
    await ken.click(offer.response, label="Join waitlist")
    preview = await maya.click(group.announcement, label="Leave")
    await maya.click(preview.response, label="Leave session")
    await guild.advance_to(guild.now + timedelta(minutes=20))
    message = guild.last_dm(ken)
    text = message_text(message)
    assert text.startswith("You got a seat in “Office hours”.")
    assert "🪙 30 on hold until after the session." in text
    assert await guild.balance(ken) == 70
    declined = await ken.user.click(message, label="Leave session")
    assert "You're refunded in full: 🪙 30." in message_text(declined.response)
    await ken.user.click(declined.response, label="Leave session")
    assert await guild.balance(ken) == 100


async def test_a_seat_is_in_the_list_of_sessions(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya = await guild.add_member("Maya", points=100, zone="America/New_York")
    await group.join(maya)
    page = await maya.slash(guild.channel, "sessions")
    assert "Office hours with Oliver" in message_text(page.response).replace("**", "")
    menu = next(
        part["custom_id"]
        for part in iter_components(page.response)
        if (part.get("custom_id") or "").startswith("sessions:open:")
    )
    own = await guild.db.read(group_views.find_own_place, group.id, maya.id)
    card = await maya.select(page.response, [str(own.session_id)], custom_id=menu)
    text = message_text(card.response)
    assert text.startswith("You have a seat.\nSeat in “Office hours” with Oliver")
    assert "Topic" not in text
    assert "Reschedule" not in " ".join(button_labels(card.response))
    assert "if you leave by" in text


async def test_a_repeating_session_is_stopped_or_cancelled_with_all_that_follow(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    group = await announce_group(guild, oliver, repeat_weeks=1)
    while await guild.db.run(repeats.create_due):
        pass
    maya = await guild.add_member("Maya", points=100)
    await group.join(maya)
    card = await details(group)
    form = await oliver.click(card.response, label="Edit all that follow")
    await oliver.submit_modal(form, text_fields(form) | {"title": "Open office"})
    following = await guild.db.read(repeats.list_following, await group.view())
    assert len(following) > 3
    assert {each.title for each in following} == {"Open office"}
    more = await oliver.click((await details(group)).response, label="More options")
    assert "It's for this date." in message_text(more.response)
    form = await oliver.click((await details(group)).response, label="Move")
    moving = await oliver.submit_modal(form, {"time": "tomorrow 17:00"})
    assert "Only this date moves." in message_text(moving.response)
    ask = await oliver.click((await details(group)).response, label="Cancel session")
    every = await oliver.click(ask.response, label="Cancel all that follow")
    text = message_text(every.response)
    assert f"This cancels {len(following)} sessions, and it won't repeat any more." in text
    assert "1 seat is cancelled, and I'll tell everyone." in text
    assert "Everyone is refunded in full: 🪙 30 in all." in text
    kept = await oliver.click(every.response, label="Keep sessions")
    stopped = await oliver.click(kept.response, label="Stop repeating")
    assert "It doesn't repeat any more." in message_text(stopped.response)
    assert "Stop repeating" not in button_labels(stopped.response)
    ask = await oliver.click(stopped.response, label="Cancel session")
    every = await oliver.click(ask.response, label="Cancel all that follow")
    await oliver.click(every.response, label="Cancel all")
    assert await guild.balance(maya) == 100
    assert not await guild.db.read(repeats.list_following, await group.view())


async def test_the_last_seat_goes_to_one_of_two(guild: SimulatedGuild, group: GroupSession) -> None:
    people = [await guild.add_member(name, points=100) for name in ("Maya", "Ken", "Priya")]
    await group.join(people[0])
    cards = [await person.click(group.announcement, label="Join") for person in people[1:]]
    answers = [
        await person.click(card.response, label="Join")
        for person, card in zip(people[1:], cards, strict=True)
    ]
    texts = [message_text(answer.response) for answer in answers]
    assert texts[0].startswith("You have a seat in “Office hours”")
    assert "The last seat was just taken. You can wait for one." in texts[1]
    assert button_labels(answers[1].response) == ["Join waitlist", "Cancel"]
    assert await guild.balance(people[2]) == 100


async def test_a_blocked_member_learns_only_that_it_is_not_available(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya = await guild.add_member("Maya", points=100)
    target = BlockTarget(maya.id)
    await guild.db.run(blocking.block, actor(guild, group.mentor), target)
    refused = await maya.click(group.announcement, label="Join")
    text = message_text(refused.response)
    assert "available" in text
    assert "block" not in text.lower()
    assert (await group.view()).seats_taken == 0


async def test_the_card_of_a_block_names_the_seats_of_the_two(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya = await guild.add_member("Maya", points=100)
    await group.join(maya)
    card = await maya.slash(guild.channel, "block", member=group.mentor)
    text = message_text(card.response)
    assert "These sessions stay booked until one of you cancels:" in text
    assert ": Your seat in “Office hours”" in text
    await maya.click(card.response, label="Dismiss")
    card = await group.mentor.slash(guild.channel, "block", member=maya)
    assert ": Maya's seat in “Office hours”" in message_text(card.response)
    done = await group.mentor.click(card.response, label="Block")
    assert "To remove Maya from a group session, open it in `/sessions`." in message_text(
        done.response
    )


async def test_blocking_ends_a_moved_seat_and_says_so(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya = await guild.add_member("Maya", points=100)
    await group.join(maya)
    start = (await group.view()).starts_at + timedelta(hours=2)
    await guild.db.run(moving.move, actor(guild, group.mentor), group.id, start)
    card = await maya.slash(guild.channel, "block", member=group.mentor)
    assert "Your seat in “Office hours” ends now, with a full refund." in (
        message_text(card.response).replace("**", "")
    )
    done = await maya.click(card.response, label="Block")
    assert "Your seat in “Office hours” ended, with a full refund." in message_text(done.response)
    assert await guild.balance(maya) == 100
