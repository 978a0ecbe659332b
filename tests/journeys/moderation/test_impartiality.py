"""Moderators decide about others, and on the text that they have read."""

from __future__ import annotations

from datetime import timedelta

import discord
import simcord

from tests.journeys.support.components import action_rows_of
from tests.journeys.support.concurrency import Press, send_concurrently
from tests.journeys.support.scenarios import (
    BIO,
    approved_mentor,
    book_and_confirm,
    submit_application,
    text_fields,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

OWN_CASE = "This is about you, so another moderator has to decide."


def texts(answer: simcord.InteractionResult) -> str:
    """Return all that a person reads after an interaction."""
    return "\n".join(
        message_text(each) for each in (answer.response, *answer.followups) if each is not None
    )


def let_manage(guild: SimulatedGuild, person: simcord.MemberActor) -> None:
    """Give somebody Discord's Manage Server."""
    role = guild.handle.create_role("Admins", permissions=discord.Permissions(manage_guild=True))
    guild.env.backend.get_guild(guild.id).members[person.id].role_ids.append(role.id)


async def test_moderators_do_not_decide_on_their_own_application(guild: SimulatedGuild) -> None:
    priya = await guild.add_member("Priya", zone="Europe/London", roles=(guild.moderator_role,))
    quentin = await guild.add_moderator("Quentin")
    await submit_application(guild, priya)
    await guild.deliver()
    card = guild.review_channel.last_message
    for label in ("Approve", "Reject", "Ask for changes"):
        refused = await priya.click(card, label=label)
        assert refused.modal is None
        assert OWN_CASE in texts(refused)
    queue = await priya.slash(guild.channel, "moderation queue")
    assert "Priya: an application" in message_text(queue.response)
    await guild.deliver()
    assert not guild.has_role(priya, guild.mentor_role)
    await quentin.click(card, label="Approve")
    await guild.deliver()
    assert guild.has_role(priya, guild.mentor_role)


async def test_who_manages_the_server_decides_in_their_own_case_and_it_is_logged(
    guild: SimulatedGuild,
) -> None:
    log = guild.handle.create_text_channel("mod-log")
    await guild.configure(log_channel_id=log.id)
    chief = await guild.add_member("Chief", zone="Europe/London")
    let_manage(guild, chief)
    await submit_application(guild, chief)
    await guild.deliver()
    await chief.click(guild.review_channel.last_message, label="Approve")
    await guild.deliver()
    entry = f"<@{chief.id}> **approved the application of** <@{chief.id}> (own case)"
    assert entry in message_text(log.last_message)
    audit = await chief.slash(guild.channel, "moderation audit")
    assert entry in message_text(audit.response)


async def test_moderators_do_not_suspend_or_reinstate_themselves(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    guild.env.backend.get_guild(guild.id).members[oliver.id].role_ids.append(
        guild.moderator_role.id
    )
    for sessions in ("keep", "cancel"):
        refused = await oliver.slash(
            guild.channel,
            "moderation suspend",
            mentor=str(oliver.id),
            reason="A break.",
            sessions=sessions,
        )
        assert OWN_CASE in message_text(refused.response)
    quentin = await guild.add_moderator("Quentin")
    await quentin.slash(
        guild.channel,
        "moderation suspend",
        mentor=str(oliver.id),
        reason="Complaints.",
        sessions="keep",
    )
    refused = await oliver.slash(guild.channel, "moderation reinstate", mentor=str(oliver.id))
    assert OWN_CASE in message_text(refused.response)
    assert "profile is suspended" in message_text(
        (await oliver.slash(guild.channel, "mentor hours")).response
    )


async def test_moderators_do_not_decide_their_own_dispute(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    guild.env.backend.get_guild(guild.id).members[oliver.id].role_ids.append(
        guild.moderator_role.id
    )
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    start = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, start)
    await guild.advance_to(start + timedelta(hours=1), step=timedelta(minutes=30))
    dispute = await open_dispute(guild, oliver, maya)
    refused = await oliver.click(dispute, label="Pay the mentor")
    assert OWN_CASE in texts(refused)
    assert await guild.balance(oliver) == 0
    assert "Pay the mentor" in button_labels(dispute)


async def open_dispute(
    guild: SimulatedGuild, mentor: simcord.MemberActor, mentee: simcord.MemberActor
) -> discord.Message:
    """Let both report differently about a session that has just ended. Returns the card."""
    sure = await mentee.user.click(guild.last_dm(mentee), label="No-show")
    await mentee.user.click(sure.response, label="Report no-show")
    await guild.deliver()
    await mentor.user.click(guild.last_dm(mentor), label="We met")
    await guild.deliver()
    return guild.review_channel.last_message


async def test_a_text_replaced_after_the_card_was_read_is_not_approved(
    guild: SimulatedGuild,
) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    await submit_application(guild, oliver)
    await guild.deliver()
    card = guild.review_channel.last_message
    (approve, reject, ask) = (item["custom_id"] for item in action_rows_of(card)[0])
    posted = guild.env.backend.get_message(guild.review_channel.id, card.id)
    await replace_text(guild, oliver, rate="9999")

    # The card is not updated yet; or it is, and Priya's screen still shows the old one.
    for custom_id in (approve, reject, ask):
        (answer,) = await send_concurrently(guild, [Press(priya, posted, custom_id)])
        assert answer.modal is None
        assert "The text has changed since this card was sent. Nothing has happened yet." in texts(
            answer
        )
    shown = guild.review_channel.last_message
    assert "Rate: 🪙 9,999 an hour" in message_text(shown)
    assert "Approve" in button_labels(shown)
    await priya.click(shown, label="Approve")
    assert f"Approved by <@{priya.id}>" in message_text(guild.review_channel.last_message)


async def replace_text(guild: SimulatedGuild, person: simcord.MemberActor, **text: str) -> None:
    """Change a pending application, without delivering the changed card."""
    status = await person.slash(guild.channel, "mentor status")
    form = await person.click(status.response, label="Edit application")
    await person.submit_modal(form, {**text_fields(form), **text})


async def test_a_card_without_a_version_asks_again(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    await submit_application(guild, oliver)
    await guild.deliver()
    card = guild.review_channel.last_message
    posted = guild.env.backend.get_message(guild.review_channel.id, card.id)
    application_id = action_rows_of(card)[0][0]["custom_id"].split(":")[1]
    for word in ("approve", "reject", "ask"):
        press = Press(priya, posted, f"application:{application_id}:{word}")
        (answer,) = await send_concurrently(guild, [press])
        assert answer.modal is None
        assert "othing has happened yet" in texts(answer)
    shown = guild.review_channel.last_message
    assert "would like to mentor" in message_text(shown)
    await priya.click(shown, label="Approve")
    assert f"Approved by <@{priya.id}>" in message_text(guild.review_channel.last_message)


async def test_a_reason_survives_a_text_that_changes_meanwhile(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    await submit_application(guild, oliver)
    await guild.deliver()
    form = await priya.click(guild.review_channel.last_message, label="Reject")
    await replace_text(guild, oliver, bio=BIO + " And Rust.")
    answer = await priya.submit_modal(form, {"reason": "Too short."})
    assert "And Rust." in message_text(guild.review_channel.last_message), "the card is current"
    (kept,) = answer.followups
    assert "The text has changed" in message_text(kept)
    form = await priya.click(kept, label="Open the form again")
    assert text_fields(form) == {"reason": "Too short."}
    await priya.submit_modal(form, text_fields(form))
    await guild.deliver()
    assert f"Rejected by <@{priya.id}>" in message_text(guild.review_channel.last_message)
    assert "Too short." in message_text(guild.last_dm(oliver))


async def test_approval_refuses_what_the_limits_of_now_forbid(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    await submit_application(guild, oliver, rate="9000")
    await guild.deliver()
    await guild.configure(maximum_hourly_rate=100)
    card = guild.review_channel.last_message
    refused = await priya.click(card, label="Approve")
    assert (
        "The hourly rate must be between 0 and 100 here. "
        "You can't approve this as it is. Ask for changes instead." in texts(refused)
    )
    form = await priya.click(card, label="Ask for changes")
    await priya.submit_modal(form, {"reason": "At most 100, please."})
    await guild.deliver()
    form = await oliver.user.click(guild.last_dm(oliver), label="Edit and resend")
    await oliver.user.submit_modal(form, {**text_fields(form), "rate": "100"})
    await guild.deliver()
    await priya.click(guild.review_channel.last_message, label="Approve")
    await guild.deliver()
    assert "Welcome to the mentors" in message_text(guild.last_dm(oliver))
