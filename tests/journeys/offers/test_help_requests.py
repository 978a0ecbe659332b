"""A member asks mentors for help, with every message that each person sees."""

from __future__ import annotations

from datetime import timedelta

import simcord

from mentorship.sessions import session_views
from mentorship.statuses import SessionStatus
from tests.journeys.support.scenarios import approved_mentor, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def ask(
    guild: SimulatedGuild, member: simcord.MemberActor, **options: object
) -> simcord.InteractionResult:
    """Ask for help with the command, and let mentors be told."""
    options = {"expertise": "Python", "about": "My tests are slow.", **options}
    preview = await member.slash(guild.channel, "ask", **options)
    sent = await member.click(preview.response, label="Ask mentors")
    await guild.advance_to(guild.now + timedelta(minutes=1), timedelta(minutes=1))
    return sent


async def offer(
    guild: SimulatedGuild, mentor: simcord.MemberActor, **fields: str
) -> simcord.InteractionResult:
    """Offer a time from the latest message."""
    form = await mentor.user.click(guild.last_dm(mentor), label="Offer a time")
    typed = text_fields(form) | {"when": "tomorrow 12:00", **fields}
    sent = await mentor.user.submit_modal(form, typed)
    await guild.deliver()
    return sent


async def test_the_first_offer_leads_to_a_session(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    ada = await approved_mentor(guild, "Ada")
    gus = await approved_mentor(guild, "Gus", expertise="gardening")
    before = len(guild.inbox(gus))
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    preview = await maya.slash(
        *(guild.channel, "ask"),
        expertise="Python",
        about="My tests are slow.",
        when="evening",
        points=40,
    )
    text = message_text(preview.response)
    assert "Ask for help with python?" in text
    assert "evenings" in text
    sent = await maya.click(preview.response, label="Ask mentors")
    assert "Request sent." in message_text(sent.response)
    assert button_labels(sent.response) == ["Withdraw request"]
    await guild.advance_to(guild.now + timedelta(minutes=1), timedelta(minutes=1))
    assert len(guild.inbox(gus)) == before, "another expertise"
    for mentor in (oliver, ada):
        asked = guild.last_dm(mentor)
        assert "Maya is looking for help." in message_text(asked)
        assert "My tests are slow." in message_text(asked)
        assert button_labels(asked) == ["Offer a time", "Not for me"]
    late = guild.last_dm(ada)
    dear = await offer(guild, oliver)
    assert "between 0 and 40" in message_text(dear.response)
    form = await oliver.user.click(dear.response, label="Correct it")
    offered = await oliver.user.submit_modal(form, text_fields(form) | {"price": "40"})
    assert "Offer sent." in message_text(offered.response)
    await guild.deliver()
    await guild.deliver()
    edited = next(each for each in guild.inbox(ada) if each.id == late.id)
    assert "Another mentor has offered a time." in message_text(edited)
    assert button_labels(edited) == []
    invitation = guild.last_dm(maya)
    assert "Oliver invited you to a session." in message_text(invitation)
    own = await maya.slash(guild.channel, "requests")
    assert "Oliver has offered you a time" in message_text(own.response)
    await maya.user.click(invitation, label="Accept")
    session = await guild.db.read(session_views.load, 1)
    assert (session.status, session.price) == (SessionStatus.CONFIRMED, 40)
    assert session.topic == "My tests are slow."
    await guild.deliver()
    assert "Maya accepted your invitation." in message_text(guild.last_dm(oliver))
    edited = next(each for each in guild.inbox(ada) if each.id == late.id)
    assert "Maya has found a mentor." in message_text(edited)
    gone = await maya.slash(guild.channel, "requests")
    assert "You have no open requests." in message_text(gone.response)


async def test_the_second_to_offer_sees_who_was_first(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    ada = await approved_mentor(guild, "Ada")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await ask(guild, maya)
    form = await ada.user.click(guild.last_dm(ada), label="Offer a time")
    guild.refuse_edits()
    await offer(guild, oliver)
    late = await ada.user.submit_modal(form, text_fields(form) | {"when": "tomorrow 13:00"})
    assert "Oliver was first to offer a time." in message_text(late.followups[0])
    assert "Another mentor has offered a time." in message_text(late.response)


async def test_after_a_declined_offer_others_can_offer_again(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    ada = await approved_mentor(guild, "Ada")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await ask(guild, maya)
    await offer(guild, oliver)
    form = await maya.user.click(guild.last_dm(maya), label="Decline")
    await maya.user.submit_modal(form, {"reason": "Too early"})
    await guild.deliver()
    await guild.deliver()
    assert button_labels(guild.last_dm(ada)) == ["Offer a time", "Not for me"]
    await offer(guild, ada)
    assert "Ada invited you to a session." in message_text(guild.last_dm(maya))


async def test_a_request_that_nobody_answers_expires_kindly(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await ask(guild, maya)
    passed = await oliver.user.click(guild.last_dm(oliver), label="Not for me")
    assert "You passed on this request." in message_text(passed.response)
    await guild.advance_to(guild.now + timedelta(days=7, hours=1), timedelta(hours=1))
    told = message_text(guild.last_dm(maya))
    assert "Your request for help expired." in told
    assert "no mentor offered a time" in told


async def test_withdrawing_a_request_declines_the_open_offer(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await ask(guild, maya)
    await offer(guild, oliver)
    own = await maya.slash(guild.channel, "requests")
    await maya.click(own.response, label="Withdraw request")
    await guild.deliver()
    assert "Maya declined your invitation." in message_text(guild.last_dm(oliver))


async def test_a_search_that_finds_nobody_leads_to_a_request(guild: SimulatedGuild) -> None:
    await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    nobody = await maya.slash(guild.channel, "mentor search", expertise="haskell")
    assert "No mentors found" in message_text(nobody.response)
    form = await maya.click(nobody.response, label="Ask for help")
    typed = text_fields(form) | {"about": "What is a monad?", "points": "many"}
    assert typed["expertise"] == "haskell"
    refused = await maya.submit_modal(form, typed)
    assert "The price must be a whole number" in message_text(refused.response)
    form = await maya.click(refused.response, label="Correct it")
    assert text_fields(form)["about"] == "What is a monad?"
    preview = await maya.submit_modal(form, text_fields(form) | {"points": "50"})
    assert "Ask for help with haskell?" in message_text(preview.response)
    sent = await maya.click(preview.response, label="Ask mentors")
    assert "Request sent." in message_text(sent.response)
