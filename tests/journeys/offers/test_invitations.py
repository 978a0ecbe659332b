"""A mentor invites a member to a session, with every message that the two see."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord

from mentorship.sessions import session_views
from mentorship.statuses import SessionStatus
from tests.journeys.support.helpers import actor_of, at
from tests.journeys.support.scenarios import approved_mentor, confirmation_card, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver Hughes")


@pytest.fixture
async def maya(guild: SimulatedGuild) -> simcord.MemberActor:
    return await guild.add_member("Maya Lopez", zone="America/New_York", points=100)


async def invite(
    guild: SimulatedGuild,
    mentor: simcord.MemberActor,
    member: simcord.MemberActor,
    when: str = "tomorrow 20:00",
    **options: object,
) -> simcord.InteractionResult:
    """Send an invitation with the command, and deliver it. Returns the mentor's last card."""
    preview = await mentor.slash(
        guild.channel, "mentor invite", member=member, when=when, **options
    )
    sent = await mentor.click(preview.response, label="Send invitation")
    await guild.deliver()
    return sent


def stamp(guild: SimulatedGuild, hour: int, day: int = 3) -> str:
    return f"<t:{int(at(guild, hour, day=day).timestamp())}:F>"


async def test_an_invitation_outside_the_mentors_hours_becomes_a_session(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    preview = await oliver.slash(
        *(guild.channel, "mentor invite"),
        member=maya,
        when="tomorrow 20:00",
        minutes=45,
        topic="Your talk",
        note="I liked your draft.",
    )
    text = message_text(preview.response)
    assert preview.ephemeral
    assert "Invite Maya Lopez?" in text
    assert stamp(guild, 20) in text
    assert "Maya's time (New York): Tue 3 Mar, 15:00" in text
    assert "45 minutes, 🪙 45" in text
    assert guild.inbox(maya) == []
    sent = await oliver.click(preview.response, label="Send invitation")
    assert "Invitation sent." in message_text(sent.response)
    assert "Maya can accept until" in message_text(sent.response)
    assert button_labels(sent.response) == ["Withdraw invitation"]
    await guild.deliver()
    invitation = guild.last_dm(maya)
    text = message_text(invitation)
    assert "Oliver invited you to a session." in text
    assert stamp(guild, 20) in text
    assert "You can accept until" in text
    assert "Oliver's time (London): Tue, Mar 3, 8:00 PM–8:45 PM" in text
    assert "45 minutes, 🪙 45" in text
    assert "Full refund if you cancel" in text
    assert "Your talk" in text
    assert "I liked your draft." in text
    assert button_labels(invitation) == ["Accept", "Decline"]
    accepted = await maya.user.click(invitation, label="Accept")
    assert "Session with Oliver Hughes" in message_text(accepted.response)
    assert "Cancel session" in button_labels(accepted.response)
    assert await guild.balance(maya) == 55
    session = await guild.db.read(session_views.load, 1)
    assert (session.status, session.minutes, session.topic, session.price) == (
        SessionStatus.CONFIRMED,
        45,
        "Your talk",
        45,
    )
    await guild.deliver()
    told = guild.last_dm(oliver)
    assert "Maya accepted your invitation." in message_text(told)
    assert {"Suggest another time", "Cancel session"} <= set(button_labels(told))
    await guild.advance_to(at(guild, 19, day=3) + timedelta(minutes=55))
    for person, other in ((maya, "Oliver"), (oliver, "Maya")):
        assert f"Your session with {other} starts" in message_text(guild.last_dm(person))


async def test_a_member_declines_with_a_reason(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await invite(guild, oliver, maya)
    form = await maya.user.click(guild.last_dm(maya), label="Decline")
    done = await maya.user.submit_modal(form, {"reason": "I'm travelling."})
    assert "You declined this invitation." in message_text(done.response)
    assert button_labels(done.response) == []
    await guild.deliver()
    told = message_text(guild.last_dm(oliver))
    assert "Maya declined your invitation." in told
    assert "I'm travelling." in told
    assert "Others can book that time again." in told
    assert await guild.balance(maya) == 100
    again = await invite(guild, oliver, maya)
    assert "Invitation sent." in message_text(again.response), "the time is free again"


async def test_a_withdrawn_invitation_can_no_longer_be_accepted(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    sent = await invite(guild, oliver, maya)
    invitation = guild.last_dm(maya)
    guild.refuse_edits()
    withdrawn = await oliver.click(sent.response, label="Withdraw invitation")
    assert "You withdrew this invitation." in message_text(withdrawn.response)
    await guild.deliver()
    assert "Oliver withdrew the invitation" in message_text(guild.last_dm(maya))
    pressed = await maya.user.click(invitation, label="Accept")
    assert "This invitation was withdrawn." in message_text(pressed.followups[0])
    assert "Oliver withdrew this invitation." in message_text(pressed.response)
    assert button_labels(pressed.response) == []


async def test_the_members_message_shows_that_it_was_withdrawn(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    sent = await invite(guild, oliver, maya)
    (invitation,) = guild.inbox(maya)
    await oliver.click(sent.response, label="Withdraw invitation")
    await guild.deliver()
    await guild.deliver()
    edited = next(each for each in guild.inbox(maya) if each.id == invitation.id)
    assert "Oliver withdrew this invitation." in message_text(edited)
    assert button_labels(edited) == []


async def test_an_invitation_withdrawn_before_it_was_sent_is_never_heard_of(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    preview = await oliver.slash(guild.channel, "mentor invite", member=maya, when="tomorrow 20:00")
    sent = await oliver.click(preview.response, label="Send invitation")
    await oliver.click(sent.response, label="Withdraw invitation")
    await guild.deliver()
    assert guild.inbox(maya) == []


async def test_an_unanswered_invitation_expires_and_frees_the_time(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await invite(guild, oliver, maya, "in 3 days 12:00")
    refused = await confirmation_card(guild, maya, oliver, at(guild, 12, day=5))
    assert "just taken" in message_text(refused.response)
    await guild.advance_to(at(guild, 13, day=3))
    assert "Maya didn't answer, so your invitation expired." in message_text(guild.last_dm(oliver))
    (invitation,) = guild.inbox(maya)
    assert "This invitation has expired." in message_text(invitation)
    assert button_labels(invitation) == []
    free = await confirmation_card(guild, maya, oliver, at(guild, 12, day=5))
    assert "Confirm" in button_labels(free.response)


async def test_the_form_keeps_what_was_typed_until_it_can_be_read(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    form = await oliver.slash(guild.channel, "mentor invite", member=maya, topic="Your talk")
    fields = text_fields(form)
    assert (fields["minutes"], fields["topic"]) == ("60", "Your talk")
    typed = fields | {"when": "tomorrow 20:00", "price": "a lot", "note": "Hello"}
    refused = await oliver.submit_modal(form, typed)
    assert "The price must be a whole number" in message_text(refused.response)
    form = await oliver.click(refused.response, label="Correct it")
    assert text_fields(form) == typed
    preview = await oliver.submit_modal(form, typed | {"price": "0"})
    text = message_text(preview.response)
    assert "60 minutes, free instead of 🪙 60" in text.replace("1 hour", "60 minutes")
    form = await oliver.click(preview.response, label="Edit")
    assert text_fields(form)["note"] == "Hello"
    preview = await oliver.submit_modal(form, text_fields(form) | {"minutes": "30"})
    await oliver.click(preview.response, label="Send invitation")
    await guild.deliver()
    assert "30 minutes, free" in message_text(guild.last_dm(maya))
    await maya.user.click(guild.last_dm(maya), label="Accept")
    assert await guild.balance(maya) == 100


async def test_a_time_in_the_command_that_cannot_be_read_opens_the_form(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    refused = await oliver.slash(
        guild.channel, "mentor invite", member=maya, when="whenever", note="Hello"
    )
    assert "I couldn't read" in message_text(refused.response)
    form = await oliver.click(refused.response, label="Correct it")
    assert (text_fields(form)["when"], text_fields(form)["note"]) == ("whenever", "Hello")
    day = await oliver.submit_modal(form, text_fields(form) | {"when": "tomorrow"})
    assert "Enter an exact time" in message_text(day.response)


async def test_a_time_at_which_the_member_is_busy_says_no_more_than_that(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await approved_mentor(guild, "Ada", rate="0")
    ada = next(each for each in guild.members.values() if each.name == "Ada")
    card = await confirmation_card(guild, maya, ada, at(guild, 12, day=3))
    await maya.click(card.response, label="Confirm")
    refused = await oliver.slash(
        guild.channel, "mentor invite", member=maya, when="tomorrow 12:00", topic="Your talk"
    )
    text = message_text(refused.response)
    assert "One of you has another session then." in text
    assert "Ada" not in text
    labels = button_labels(refused.response)
    assert labels[-2:] == ["Edit", "Cancel"]
    preview = await oliver.click(refused.response, label=labels[0])
    assert "Invite Maya Lopez?" in message_text(preview.response)
    assert "Your talk" in message_text(preview.response)


async def test_terms_that_changed_are_shown_again_before_accepting(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await invite(guild, oliver, maya, "in 3 days 12:00")
    await guild.configure(free_cancellation_until=60)
    pressed = await maya.user.click(guild.last_dm(maya), label="Accept")
    assert "has changed since this card was sent" in message_text(pressed.followups[0])
    assert await guild.balance(maya) == 100
    assert stamp(guild, 11, day=5) in message_text(pressed.response)
    await maya.user.click(pressed.response, label="Accept")
    assert await guild.balance(maya) == 40


async def test_without_the_points_the_invitation_stays_open(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    poor = await guild.add_member("Ana", zone="Europe/Madrid", points=10)
    await invite(guild, oliver, poor)
    refused = await poor.user.click(guild.last_dm(poor), label="Accept")
    assert "you need 50 more" in message_text(refused.response)
    assert button_labels(guild.last_dm(poor)) == ["Accept", "Decline"]


async def test_invitations_lists_both_sides_and_opens_one(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    empty = await maya.slash(guild.channel, "invitations")
    assert "No invitations are waiting for an answer." in message_text(empty.response)
    await invite(guild, oliver, maya)
    own = await oliver.slash(guild.channel, "invitations")
    assert "You invited **Maya Lopez**" in message_text(own.response)
    received = await maya.slash(guild.channel, "invitations")
    assert "**Oliver Hughes** invited you" in message_text(received.response)
    card = await maya.select(received.response, ["1"])
    assert button_labels(card.response) == ["Accept", "Decline"]
    await maya.click(card.response, label="Accept")
    assert (await guild.db.read(session_views.load, 1)).status is SessionStatus.CONFIRMED
    gone = await oliver.slash(guild.channel, "invitations")
    assert "No invitations are waiting" in message_text(gone.response)


async def test_buttons_of_an_invitation_work_after_a_restart(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    preview = await oliver.slash(
        guild.channel, "mentor invite", member=maya, when="tomorrow 20:00", note="Hello"
    )
    await guild.restart_bot()
    await oliver.click(preview.response, label="Send invitation")
    await guild.deliver()
    invitation = guild.last_dm(maya)
    assert "Hello" in message_text(invitation)
    await guild.restart_bot()
    await maya.user.click(invitation, label="Accept")
    assert (await guild.db.read(session_views.load, 1)).status is SessionStatus.CONFIRMED


async def test_who_can_not_be_invited(guild: SimulatedGuild, oliver: simcord.MemberActor) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York")
    own = await oliver.slash(guild.channel, "mentor invite", member=oliver, when="tomorrow 20:00")
    assert "You can't invite yourself." in message_text(own.response)
    stranger = await maya.slash(
        guild.channel, "mentor invite", member=oliver, when="tomorrow 20:00"
    )
    assert "You aren't a mentor here yet." in message_text(stranger.response)
    await maya.slash(guild.channel, "block", member=oliver)
    card = await maya.slash(guild.channel, "block", member=oliver)
    await maya.click(card.response, label="Block")
    blocked = await oliver.slash(guild.channel, "mentor invite", member=maya, when="tomorrow 20:00")
    assert "Maya isn't available" in message_text(blocked.response)


async def test_a_mentor_who_stops_ends_their_invitations(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await invite(guild, oliver, maya, "in 3 days 12:00")
    await oliver.slash(guild.channel, "mentor stop")
    await guild.advance_to(guild.now + timedelta(minutes=5))
    assert "Oliver isn't mentoring any more" in message_text(guild.last_dm(maya))
    assert actor_of(guild, maya).user_id == maya.id
