"""The life cycle of a session, as both participants and the moderators see it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import simcord

from tests.journeys.support.components import iter_components
from tests.journeys.support.concurrency import Press, send_concurrently
from tests.journeys.support.scenarios import approved_mentor, book, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

THURSDAY = datetime.fromisoformat("2026-03-05T10:00+00:00")
HOUR = timedelta(hours=1)

OFFER = ["Suggest another time", "Cancel session", "Add to calendar"]
NOTES = "Notes and next steps"
MENTORS_OFFER = [*OFFER[:2], "Add meeting link", OFFER[2]]
MOVED = [*OFFER[:2], "Update calendar"]


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


@pytest.fixture
async def maya(guild: SimulatedGuild) -> simcord.MemberActor:
    return await guild.add_member("Maya", zone="America/New_York", points=100)


async def chooses(
    person: simcord.MemberActor | simcord.UserHandle, shown: simcord.InteractionResult, label: str
) -> simcord.InteractionResult:
    """Select the option with a label, in whichever menu of the message it is."""
    assert shown.response is not None
    for menu in iter_components(shown.response):
        for option in menu.get("options", ()):
            if option["label"].split(" ")[: len(label.split(" "))] == label.split(" "):
                return await person.select(
                    shown.response, [option["value"]], custom_id=menu["custom_id"]
                )
    raise AssertionError(f"no menu offers {label!r}")


async def proposes(
    guild: SimulatedGuild, person: simcord.MemberActor, day: str = "Fri 6 Mar", time: str = "11:00"
) -> None:
    """Press "Suggest another time" on the last message, and choose a slot."""
    days = await person.user.click(guild.last_dm(person), label="Suggest another time")
    times = await chooses(person.user, days, day)
    card = await chooses(person.user, times, time)
    assert "Suggest this time" in message_text(card.response)
    await person.user.click(card.response, label="Suggest this time")
    await guild.deliver()


# --- another time ---------------------------------------------------------------------------------


async def test_a_mentee_accepts_the_mentors_proposal(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book(guild, maya, oliver, THURSDAY)
    await guild.restart_bot()
    await proposes(guild, oliver)
    proposal_message = guild.last_dm(maya)
    assert "Oliver suggested another time." in message_text(proposal_message)
    assert "Suggested time" in message_text(proposal_message)
    friday = f"<t:{int((THURSDAY + timedelta(hours=25)).timestamp())}:F>"
    assert f"Suggested time: {friday}" in message_text(proposal_message)
    assert button_labels(proposal_message) == [
        "Accept new time",
        "Keep current time",
        "Cancel session",
    ]
    await guild.restart_bot()
    await maya.user.click(proposal_message, label="Accept new time")
    assert "Your session is confirmed." in message_text(guild.last_dm(maya))
    assert f"When: {friday}" in message_text(guild.last_dm(maya))
    await guild.deliver()
    assert "Maya accepted the new time." in message_text(guild.last_dm(oliver))
    assert button_labels(guild.last_dm(oliver)) == [*MOVED[:2], "Add meeting link", MOVED[2]]
    assert await guild.balance(maya) == 40, "no points move"
    # Both are reminded before the new time only.
    before = len(guild.inbox(maya))
    await guild.advance_to(THURSDAY + HOUR)
    reminders = [message_text(message) for message in guild.inbox(maya)[before:]]
    assert [text for text in reminders if "starts now" in text] == []
    await guild.advance_to(THURSDAY.replace(day=6, hour=11))
    assert "Your session with Oliver starts now" in message_text(guild.last_dm(maya))


async def test_a_mentor_declines_the_mentees_proposal(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    await proposes(guild, maya, "Fri 6 Mar", "06:00")
    proposal_message = guild.last_dm(oliver)
    assert "Maya suggested another time." in message_text(proposal_message)
    assert "the session keeps its current time" in message_text(proposal_message)
    assert button_labels(proposal_message) == [
        "Accept new time",
        "Keep current time",
        "Suggest another time",
    ]
    await guild.restart_bot()
    await oliver.user.click(proposal_message, label="Keep current time")
    assert button_labels(guild.last_dm(oliver)) == [*MENTORS_OFFER, NOTES]
    await guild.deliver()
    news = message_text(guild.last_dm(maya))
    assert "Oliver wants to keep the current time." in news
    assert f"When: <t:{int(THURSDAY.timestamp())}:F>" in news


async def test_an_unanswered_proposal_keeps_the_time(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    await proposes(guild, maya, "Fri 6 Mar", "06:00")
    await guild.advance_to(guild.now + timedelta(hours=24))
    for person, silent in ((maya, "Oliver"), (oliver, "You")):
        assert any(
            f"{silent} didn't answer, so your session keeps" in message_text(message)
            for message in guild.inbox(person)
        )


async def test_a_proposal_can_be_withdrawn(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    await proposes(guild, maya, "Fri 6 Mar", "06:00")
    listed = await maya.slash(guild.channel, "sessions")
    assert "new time suggested" in message_text(listed.response)
    one = await chooses(maya, listed, "Oliver")
    assert button_labels(one.response) == ["Withdraw request", *OFFER, NOTES, "Back to list"]
    assert "You suggested another time" in message_text(one.response)
    guild.refuse_edits()
    await maya.click(one.response, label="Withdraw request")
    await guild.deliver()
    assert "Maya withdrew the reschedule request." in message_text(guild.last_dm(oliver))
    # The old card with the proposal shows the current status when pressed.
    (proposal_message,) = [
        m for m in guild.inbox(oliver) if "suggested another time" in message_text(m)
    ]
    late = await oliver.user.click(proposal_message, label="Accept new time")
    (why,) = late.followups
    assert "There's no other time to answer" in message_text(why)
    assert "Your session is confirmed." in message_text(late.response)


async def test_a_proposed_slot_taken_meanwhile_offers_others(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    days = await maya.user.click(guild.last_dm(maya), label="Suggest another time")
    times = await chooses(maya.user, days, "Fri 6 Mar")
    card = await chooses(maya.user, times, "06:00")
    sam = await guild.add_member("Sam", zone="Europe/London", points=60)
    await book(guild, sam, oliver, THURSDAY.replace(day=6, hour=11))
    refused = await maya.user.click(card.response, label="Suggest this time")
    assert "These are the nearest open slots" in message_text(refused.response)
    nearest = button_labels(refused.response)
    assert nearest[-2:] == ["Other days", "Cancel"]
    assert len(nearest) == 7
    again = await maya.user.click(refused.response, label=nearest[0])
    await maya.user.click(again.response, label="Suggest this time")
    await guild.deliver()
    assert "Maya suggested another time." in message_text(guild.last_dm(oliver))


async def test_reschedule_understands_typed_times(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    (session,) = await maya.autocomplete(guild.channel, "reschedule", "session", "oli")
    assert "Oliver" in session["name"]
    found = await maya.autocomplete(
        guild.channel, "reschedule", "when", "friday 7am", session=session["value"]
    )
    assert found[0]["name"].startswith("Fri 6 Mar, 07:00")
    card = await maya.slash(
        guild.channel, "reschedule", session=session["value"], when=found[0]["value"]
    )
    assert "Suggest this time to Oliver?" in message_text(card.response)
    # Typed text instead of a suggestion leads to the slots of that day, and from there to the days.
    times = await maya.slash(guild.channel, "reschedule", session=session["value"], when="friday")
    assert "Suggest another time to Oliver" in message_text(times.response)
    days = await maya.click(times.response, label="Other times")
    back = await chooses(maya, days, "Fri 6 Mar")
    assert "Back" in button_labels(back.response)
    again = await maya.click(back.response, label="Back")
    assert "Choose a day" in button_labels(again.response)
    left = await maya.click(again.response, label="Cancel")
    assert "Your session is confirmed." in message_text(left.response)


async def test_a_pending_request_shows_both_times(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book(guild, maya, oliver, THURSDAY)
    listed = await maya.slash(guild.channel, "sessions")
    assert "waiting for an answer" in message_text(listed.response)
    one = await chooses(maya, listed, "Oliver")
    days = await maya.click(one.response, label="Suggest another time")
    times = await chooses(maya, days, "Fri 6 Mar")
    back = await maya.click(times.response, label="Back")
    times = await chooses(maya, back, "Fri 6 Mar")
    card = await chooses(maya, times, "06:00")
    assert "Full refund if you cancel by <t:1772708400:F>" in message_text(card.response), (
        "a day before"
    )
    await maya.click(card.response, label="Suggest this time")
    await guild.deliver()
    proposal_message = guild.last_dm(oliver)
    assert button_labels(proposal_message) == [
        "Accept new time",
        "Confirm current time",
        "Decline",
    ]
    await oliver.user.click(proposal_message, label="Confirm current time")
    assert f"When: <t:{int(THURSDAY.timestamp())}:F>" in message_text(guild.last_dm(oliver))


# --- called off -----------------------------------------------------------------------------------


async def test_cancelling_may_give_a_reason(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    sure = await maya.user.click(guild.last_dm(maya), label="Cancel session")
    assert "You're refunded in full: 🪙 60." in message_text(sure.response)
    kept = await maya.user.click(sure.response, label="Keep session")
    assert button_labels(kept.response) == [*OFFER, NOTES], "the card is as it was"
    await guild.advance_to(THURSDAY - timedelta(hours=23))
    sure = await maya.user.click(guild.last_dm(maya), label="Cancel session")
    assert "You get no refund: Oliver is paid 🪙 60." in message_text(sure.response)
    assert "Suggesting another time costs nothing." in message_text(sure.response)
    await guild.restart_bot()
    form = await maya.user.click(sure.response, label="Cancel with a reason")
    done = await maya.user.submit_modal(form, {"reason": "My exam moved."})
    assert "You cancelled this session." in message_text(done.response)
    assert button_labels(done.response) == ["Remove from calendar", "Book again"]
    await guild.deliver()
    news = message_text(guild.last_dm(oliver))
    assert "Maya cancelled your session." in news
    assert "> My exam moved." in news
    assert "You're paid 🪙 60" in news
    file = await oliver.user.click(guild.last_dm(oliver), label="Remove from calendar")
    assert "remove the session from your calendar" in message_text(file.response)
    assert "🪙 60 paid to Oliver" in await past(guild, maya, "Oliver")
    assert "🪙 60 paid to you" in await past(guild, oliver, "Maya")


async def past(guild: SimulatedGuild, person: simcord.MemberActor, other_name: str) -> str:
    """Return the only past session, as the person sees it in the list."""
    listed = await person.slash(guild.channel, "sessions")
    shown = await chooses(person, await chooses(person, listed, "Past"), other_name)
    return message_text(shown.response)


async def test_a_mentors_cancellation_shows_the_refund(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    await guild.advance_to(THURSDAY - HOUR)
    sure = await oliver.user.click(guild.last_dm(oliver), label="Cancel session")
    assert "Maya is refunded in full: 🪙 60." in message_text(sure.response)
    done = await oliver.user.click(sure.response, label="Cancel session")
    assert "Maya is refunded in full: 🪙 60." in message_text(done.response)
    await guild.deliver()
    assert "You're refunded in full: 🪙 60." in message_text(guild.last_dm(maya))
    assert await guild.balance(maya) == 100


# --- how it went ----------------------------------------------------------------------------------


async def over(
    guild: SimulatedGuild, maya: simcord.MemberActor, oliver: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    await guild.advance_to(THURSDAY + HOUR)
    await guild.restart_bot()


async def says_missed(
    guild: SimulatedGuild, person: simcord.MemberActor
) -> simcord.InteractionResult:
    sure = await person.user.click(guild.last_dm(person), label="No-show")
    done = await person.user.click(sure.response, label="Report no-show")
    await guild.deliver()
    return done


async def test_a_mentors_report_waits_for_the_mentee(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await over(guild, maya, oliver)
    for person, other in ((maya, "Oliver"), (oliver, "Maya")):
        assert f"Did you meet {other}?" in message_text(guild.last_dm(person))
        assert button_labels(guild.last_dm(person)) == ["We met", "No-show"]
    await oliver.user.click(guild.last_dm(oliver), label="We met")
    assert "You're paid 🪙 60 when Maya confirms" in message_text(guild.last_dm(oliver))
    assert button_labels(guild.last_dm(oliver)) == [NOTES]
    assert await guild.balance(oliver) == 0
    await maya.user.click(guild.last_dm(maya), label="We met")
    assert await guild.balance(oliver) == 60


async def test_the_fee_is_shown_next_to_the_payout(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await guild.configure(fee_percent=10)
    await over(guild, maya, oliver)
    await maya.user.click(guild.last_dm(maya), label="We met")
    await oliver.user.click(guild.last_dm(oliver), label="We met")
    assert "🪙 54 paid to Oliver · 🪙 6 server fee" in await past(guild, maya, "Oliver")


async def test_a_mentor_no_show_refunds_the_mentee(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await over(guild, maya, oliver)
    done = await says_missed(guild, maya)
    assert "You reported that Oliver didn't come." in message_text(done.response)
    assert button_labels(guild.last_dm(maya)) == [NOTES], "the card that asked has its answer"
    claim = guild.last_dm(oliver)
    assert "Maya reported that you didn't come." in message_text(claim)
    assert button_labels(claim) == ["We met", "No-show"]
    await guild.advance_to(guild.now + timedelta(hours=24, minutes=5))
    assert "Oliver didn't come." in message_text(guild.last_dm(maya))
    assert "You're refunded in full: 🪙 60." in message_text(guild.last_dm(maya))
    assert "You were reported as a no-show by Maya." in message_text(guild.last_dm(oliver))
    assert "Maya is refunded in full." in message_text(guild.last_dm(oliver))
    assert await guild.balance(maya) == 100


async def test_a_mentee_no_show_pays_the_mentor_without_a_fee(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await guild.configure(fee_percent=10)
    await over(guild, maya, oliver)
    sure = await oliver.user.click(guild.last_dm(oliver), label="No-show")
    assert "your report counts and you're paid 🪙 60" in message_text(sure.response)
    kept = await oliver.user.click(sure.response, label="Cancel")
    assert button_labels(kept.response) == ["We met", "No-show", NOTES]
    await says_missed(guild, oliver)
    await guild.advance_to(guild.now + timedelta(hours=24, minutes=5))
    assert "Maya didn't come." in message_text(guild.last_dm(oliver))
    assert "You're paid 🪙 60." in message_text(guild.last_dm(oliver)), (
        "a fee is for what took place"
    )
    assert (await guild.balance(maya), await guild.balance(oliver)) == (40, 60)


@pytest.mark.parametrize(
    ("decision", "act", "maya_has", "oliver_has", "maya_reads", "oliver_reads"),
    [
        ("Pay the mentor", "pay", 40, 60, "Oliver is paid", "You're paid 🪙 60"),
        (
            "Refund the mentee",
            "refund",
            100,
            0,
            "You're refunded in full: 🪙 60.",
            "Maya is refunded 🪙 60",
        ),
        ("Split it", "split", 70, 30, "You're refunded 🪙 30", "You're paid 🪙 30"),
    ],
)
async def test_contradicting_reports_open_a_dispute(
    guild: SimulatedGuild,
    oliver: simcord.MemberActor,
    maya: simcord.MemberActor,
    decision: str,
    act: str,
    maya_has: int,
    oliver_has: int,
    maya_reads: str,
    oliver_reads: str,
) -> None:
    await over(guild, maya, oliver)
    await says_missed(guild, maya)
    await oliver.user.click(guild.last_dm(oliver), label="We met")
    assert "The moderators decide" in message_text(guild.last_dm(oliver))
    await guild.deliver()
    assert "Oliver reported that you met, so your reports don't match." in message_text(
        guild.last_dm(maya)
    )
    card = guild.review_channel.last_message
    assert "needs your decision" in message_text(card)
    assert "Oliver (mentor) says: We met" in message_text(card)
    assert "Maya (mentee) says: Oliver didn't come" in message_text(card)
    assert button_labels(card) == ["Pay the mentor", "Refund the mentee", "Split it"]
    # Only moderators can decide, and only the first decision counts.
    stranger = await maya.click(card, label=decision)
    assert "Only this server's moderators" in message_text(stranger.response)
    await guild.restart_bot()
    priya, quinn = await guild.add_moderator("Priya"), await guild.add_moderator("Quinn")
    posted = guild.env.backend.get_message(guild.review_channel.id, card.id)
    (first,) = await send_concurrently(guild, [Press(priya, posted, f"dispute:1:{act}")])
    (second,) = await send_concurrently(guild, [Press(quinn, posted, "dispute:1:refund")])
    decided = guild.review_channel.last_message
    assert f"by <@{priya.id}>" in message_text(decided)
    assert button_labels(decided) == []
    assert {
        "pay": "Decided: Oliver is paid 🪙 60.",
        "refund": "Decided: Maya is refunded 🪙 60.",
        "split": "Decided: The points are split: 🪙 30 for Oliver, 🪙 30 for Maya.",
    }[act] in message_text(decided)
    assert [message_text(message) for message in first.followups] == []
    assert any(
        "This dispute is already resolved." in message_text(message) for message in second.followups
    )
    await guild.deliver()
    assert (await guild.balance(maya), await guild.balance(oliver)) == (maya_has, oliver_has)
    assert maya_reads in message_text(guild.last_dm(maya))
    assert oliver_reads in message_text(guild.last_dm(oliver))
    became = {
        "pay": "🪙 60 paid to Oliver",
        "refund": "You're refunded in full: 🪙 60.",
        "split": "🪙 30 refunded to you · 🪙 30 paid to Oliver",
    }
    assert became[act] in await past(guild, maya, "Oliver")
    log = await priya.slash(guild.channel, "moderation audit", member=oliver)
    assert {
        "pay": f"<@{priya.id}> **decided a dispute for the mentor,** <@{oliver.id}>",
        "refund": f"<@{priya.id}> **decided a dispute for the mentee of** <@{oliver.id}>",
        "split": f"<@{priya.id}> **split the price of a disputed session with** <@{oliver.id}>",
    }[act] in message_text(log.response)


# --- my sessions ----------------------------------------------------------------------------------


async def test_the_session_list_is_paged_and_filtered(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    gift = await approved_mentor(guild, "Gift", rate="0")
    await guild.configure(limit_pending_per_mentor=10, limit_pending=10)
    for number in range(10):
        await book(guild, maya, gift, THURSDAY + timedelta(hours=number % 5, days=number // 5))
    first = await maya.slash(guild.channel, "sessions")
    assert message_text(first.response).count("**Gift**") == 8
    second = await maya.click(first.response, label="Next page")
    assert message_text(second.response).count("**Gift**") == 2
    first_again = await maya.click(second.response, label="Earlier page")
    assert message_text(first_again.response) == message_text(first.response)
    as_mentor = await chooses(maya, first_again, "Upcoming and open, as mentor")
    assert "Nobody has booked you" in message_text(as_mentor.response)
    past = await chooses(maya, as_mentor, "Past")
    assert "No past sessions yet" in message_text(past.response)
    members_list = await gift.slash(guild.channel, "sessions")
    assert message_text(members_list.response).count("**Maya** (your mentee)") == 8


async def test_a_session_card_offers_available_actions(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book(guild, maya, oliver, THURSDAY)
    listed = await oliver.slash(guild.channel, "sessions")
    one = await chooses(oliver, listed, "Maya")
    assert button_labels(one.response) == [
        "Confirm",
        "Decline",
        "Suggest another time",
        "Add to calendar",
        "Block",
        "Back to list",
    ]
    await guild.restart_bot()
    shown = await oliver.click(one.response, label="Confirm")
    assert button_labels(shown.response) == [*MENTORS_OFFER, NOTES, "Back to list"]
    sure = await oliver.click(shown.response, label="Cancel session")
    kept = await oliver.click(sure.response, label="Keep session")
    again = await oliver.click(kept.response, label="Back to list")
    assert "Upcoming and open sessions" in message_text(again.response)
    await guild.advance_to(THURSDAY + HOUR)
    listed = await maya.slash(guild.channel, "sessions")
    one = await chooses(maya, listed, "Oliver")
    assert button_labels(one.response) == ["We met", "No-show", NOTES, "Back to list"]
    rated = await maya.click(one.response, label="We met")
    assert button_labels(rated.response) == ["Back to list", "1 ★", "2 ★", "3 ★", "4 ★", "5 ★"]
    listed = await maya.slash(guild.channel, "sessions")
    past = await chooses(maya, listed, "Past")
    one = await chooses(maya, past, "Oliver")
    assert button_labels(one.response) == [
        "Book again",
        "Rate",
        "Say thanks",
        NOTES,
        "Back to list",
    ]
    back = await maya.click(one.response, label="Back to list")
    assert "Past sessions" in message_text(back.response)


async def test_session_buttons_refuse_strangers(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    sam = await guild.add_member("Sam", zone="Europe/London")
    for command, more in (("cancel", {}), ("reschedule", {}), ("rate", {"stars": 5})):
        refused = await sam.slash(guild.channel, command, session="1", **more)
        assert "I can't find that session" in message_text(refused.response)
