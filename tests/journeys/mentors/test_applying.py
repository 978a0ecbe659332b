"""Applying to mentor and the moderators' decision, with mistakes and problems."""

from __future__ import annotations

import json
from datetime import timedelta

import discord
import pytest
import simcord

from tests.journeys.support.scenarios import (
    BIO,
    approved_mentor,
    ask_for_changes,
    submit_application,
    text_fields,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def test_a_mistake_in_the_application_keeps_what_was_typed(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    answer = await submit_application(guild, oliver, rate="fifty")
    assert "The hourly rate must be a whole number of points" in message_text(answer.response)

    form = await oliver.click(answer.response, label="Correct it")
    filled = text_fields(form)
    assert filled == {
        "expertise": "Python, Code Review",
        "rate": "fifty",
        "bio": BIO,
        "meeting_link": "",
    }
    answer = await oliver.submit_modal(
        form, {"expertise": filled["expertise"], "rate": "50", "bio": filled["bio"]}
    )
    assert "Your application is with the moderators" in message_text(answer.response)


async def test_a_pending_application_prevents_another(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    await submit_application(guild, oliver)
    answer = await oliver.slash(guild.channel, "mentor apply")
    assert "Your application is with the moderators" in message_text(answer.response)
    assert button_labels(answer.response) == ["Edit application", "Withdraw application"]
    hours = await oliver.slash(guild.channel, "mentor hours", hours="daily 9-17")
    assert "still with the moderators" in message_text(hours.response)


async def test_a_rejection_shows_the_reason_and_the_wait(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()

    form = await priya.click(guild.review_channel.last_message, label="Reject")
    await priya.submit_modal(form, {"reason": "Tell us more about *what* you have built."})
    card = guild.review_channel.last_message
    assert f"Rejected by <@{priya.id}>" in message_text(card)
    assert button_labels(card) == []

    await guild.deliver()
    assert r"Tell us more about \*what\* you have built." in message_text(guild.last_dm(oliver))
    again = await oliver.slash(guild.channel, "mentor apply")
    assert "You can apply again <t:" in message_text(again.response)
    await guild.env.advance_time(timedelta(days=7).total_seconds())
    assert (await oliver.slash(guild.channel, "mentor apply")).modal is not None


async def test_a_second_moderator_is_told_who_decided(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya, quentin = await guild.add_moderator("Priya"), await guild.add_moderator("Quentin")
    await submit_application(guild, oliver)
    await guild.deliver()
    card = guild.review_channel.last_message
    # Both moderators have opened the form; Priya submits first.
    form = await quentin.click(card, label="Reject")
    await priya.click(card, label="Approve")
    answer = await quentin.submit_modal(form, {"reason": "Too short."})
    messages = [*answer.followups, answer.response]
    assert any(
        f"already approved by <@{priya.id}>" in message_text(message) for message in messages
    )
    assert f"Approved by <@{priya.id}>" in message_text(guild.review_channel.last_message)


async def test_only_moderators_can_decide(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    stranger = await guild.add_member("Stranger")
    await submit_application(guild, oliver)
    await guild.deliver()
    for label in ("Approve", "Reject", "Ask for changes"):
        answer = await stranger.click(guild.review_channel.last_message, label=label)
        assert answer.ephemeral
        assert "Only this server's moderators can do that" in message_text(answer.response)
    assert "would like to mentor" in message_text(guild.review_channel.last_message)


async def test_a_decision_is_kept_if_the_role_cannot_be_given(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    card = guild.review_channel.last_message
    guild.env.inject_error("PUT", "/guilds/*/members/*/roles/*", status=403, code=50013)
    await priya.click(card, label="Approve")
    await guild.deliver()
    assert "I couldn't give the role" in message_text(guild.review_channel.last_message)
    assert "Manage Roles" in message_text(guild.review_channel.last_message)
    assert "Welcome to the mentors" in message_text(guild.last_dm(oliver))


async def test_unreadable_hours_show_the_part_at_fault(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon 9-17")
    answer = await oliver.slash(guild.channel, "mentor hours", hours="mon 9-17; someday 10-12")
    assert "I couldn't read `someday" in message_text(answer.response)
    assert "mon-fri 18:00-21:30; sat 10-14" in message_text(answer.response)
    panel = await oliver.slash(guild.channel, "mentor hours")
    assert "**Mon** 09:00–17:00" in message_text(panel.response), "what was set before stays"


async def test_applying_needs_a_review_channel(guild: SimulatedGuild) -> None:
    other_handle = guild.env.create_guild("Elsewhere")
    lobby = other_handle.create_text_channel("lobby")
    newcomer = other_handle.add_member(guild.env.create_user("Newcomer"))
    answer = await newcomer.slash(lobby, "mentor apply")
    assert "This server has no channel where moderators review applications yet" in message_text(
        answer.response
    )


async def test_requested_changes_are_made_and_reviewed_again(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver, expertise="everything")
    await guild.deliver()
    await guild.restart_bot()
    form = await priya.click(guild.review_channel.last_message, label="Ask for changes")
    await priya.submit_modal(form, {"reason": "Which languages?"})
    assert f"Changes requested by <@{priya.id}>" in message_text(guild.review_channel.last_message)
    assert button_labels(guild.review_channel.last_message) == []

    # Oliver resubmits from the message, with the form filled in.
    await guild.deliver()
    message = guild.last_dm(oliver)
    assert "Which languages?" in message_text(message)
    await guild.restart_bot()
    form = await oliver.user.click(message, label="Edit and resend")
    filled = text_fields(form)
    assert filled == {"expertise": "everything", "rate": "60", "bio": BIO, "meeting_link": ""}
    await oliver.user.submit_modal(form, {**filled, "expertise": "python, go"})
    assert "Your application is with the moderators" in message_text(guild.last_dm(oliver))

    # A new card is posted, which shows the earlier decision.
    await guild.deliver()
    card = guild.review_channel.last_message
    assert "python, go" in message_text(card)
    assert "Earlier decisions: • Changes requested <t:" in message_text(card)
    assert "Which languages?" in message_text(card)
    await priya.click(card, label="Approve")
    await guild.deliver()
    assert "Welcome to the mentors" in message_text(guild.last_dm(oliver))
    # The old message has no buttons any more.
    assert not any(button_labels(message) for message in guild.inbox(oliver))


async def test_a_mistake_in_a_resubmission_keeps_what_was_typed(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    await ask_for_changes(guild, priya, "Which languages?")
    message = guild.last_dm(oliver)
    typed = {"expertise": "python, go", "bio": BIO}

    form = await oliver.user.click(message, label="Edit and resend")
    slip = await oliver.user.submit_modal(form, {**typed, "rate": "lots"})
    assert "must be a whole number of points" in message_text(slip.response)
    form = await oliver.user.click(slip.response, label="Correct it")
    submitted = await oliver.user.submit_modal(form, {**typed, "rate": "50"})
    assert "Your application is with the moderators" in message_text(submitted.response)

    # The first message still has its button, which says where the application is.
    reopened = await oliver.user.click(message, label="Edit and resend")
    assert "The moderators already have your application" in message_text(reopened.response)


async def test_a_pending_application_can_be_edited_and_withdrawn(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    await submit_application(guild, oliver)
    await guild.deliver()
    status = await oliver.slash(guild.channel, "mentor status")
    assert "Your application is with the moderators" in message_text(status.response)

    form = await oliver.click(status.response, label="Edit application")
    await oliver.submit_modal(form, {"expertise": "python, rust", "rate": "70", "bio": BIO})
    await guild.deliver()
    cards = guild.review_channel.history()
    assert len(cards) == 1, "the card is edited, not posted again"
    assert "python, rust" in message_text(cards[0])

    status = await oliver.slash(guild.channel, "mentor status")
    done = await oliver.click(status.response, label="Withdraw application")
    assert "You withdrew your application" in message_text(done.response)
    await guild.deliver()
    assert "withdrew their application." in message_text(guild.review_channel.last_message)
    assert button_labels(guild.review_channel.last_message) == []
    assert (await oliver.slash(guild.channel, "mentor apply")).modal is not None


async def test_a_rejected_application_cannot_be_withdrawn(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    status = await oliver.slash(guild.channel, "mentor status")
    form = await priya.click(guild.review_channel.last_message, label="Reject")
    await priya.submit_modal(form, {"reason": "Too vague."})
    late = await oliver.click(status.response, label="Withdraw application")
    # During the cool-down the status does not suggest applying.
    assert "You have nothing waiting for the moderators." in message_text(late.response)
    assert "See your last application with `/mentor status`." in message_text(late.response)
    status = await oliver.slash(guild.channel, "mentor status")
    assert "Your application wasn't approved" in message_text(status.response)


async def test_status_without_an_application(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    answer = await oliver.slash(guild.channel, "mentor status")
    assert "You haven't applied here" in message_text(answer.response)


SLIPS: list[tuple[dict[str, str], str]] = [
    ({"expertise": "x" * 33}, "up to 32 characters"),
    ({"expertise": "🎉🎉🎉"}, "needs at least one letter or digit"),
    ({"expertise": " , "}, "List 1 to 10 areas"),
    ({"expertise": ", ".join(f"skill {n}" for n in range(11))}, "You have 11"),
    ({"expertise": "@everyone, 🎉🎉"}, "needs at least one letter or digit"),
    ({"rate": "-1"}, "must be a whole number"),
    ({"rate": "1.5"}, "must be a whole number"),
    ({"rate": "<@1>"}, "must be a whole number"),
    ({"rate": "1000000000"}, "must be between 0 and 10,000 here"),
    ({"bio": "Nineteen characters"}, "needs 20 to 1,000 characters"),
    ({"bio": " " * 30 + "@here **x**"}, "yours has 11"),
]


@pytest.mark.parametrize(("slip", "refusal"), SLIPS)
async def test_each_invalid_field_is_explained_and_kept(
    guild: SimulatedGuild, slip: dict[str, str], refusal: str
) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    text = {
        "expertise": "Python, Code Review",
        "rate": "60",
        "bio": BIO,
        "meeting_link": "",
        **slip,
    }
    answer = await submit_application(guild, oliver, **text)
    assert answer.ephemeral
    assert refusal in message_text(answer.response)
    form = await oliver.click(answer.response, label="Correct it")
    assert text_fields(form) == text
    assert await guild.deliver() == 0


async def test_the_answer_to_a_form_names_all_its_problems(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    letters = ", ".join("abcdefghijkl")
    answer = await submit_application(guild, oliver, expertise=letters, rate="99999", bio="Hi")
    text = message_text(answer.response)
    assert "List 1 to 10 areas of expertise" in text
    assert "You have 12." in text
    assert "The hourly rate must be between 0 and 10,000 here." in text
    assert "The bio needs 20 to 1,000 characters" in text
    form = await oliver.click(answer.response, label="Correct it")
    answer = await oliver.submit_modal(form, {"expertise": "C, R, Go", "rate": "9", "bio": BIO})
    assert "Expertise: c, r, go" in message_text(answer.response)


async def test_the_form_limits_the_length_of_a_bio(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    form = await oliver.slash(guild.channel, "mentor apply")
    with pytest.raises(simcord.SetupError, match="exceeds max_length=1000"):
        await oliver.submit_modal(form, {"expertise": "go", "rate": "1", "bio": "x" * 1_001})
    answer = await submit_application(guild, oliver, bio="x" * 1_000)
    assert "Your application is with the moderators" in message_text(answer.response)


async def test_mentions_and_markdown_in_a_bio_are_escaped(
    guild: SimulatedGuild,
) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya, maya = (
        await guild.add_moderator("Priya"),
        await guild.add_member("Maya", zone="Asia/Kolkata"),
    )
    await submit_application(
        guild,
        oliver,
        expertise="@everyone, **bold**, <@123>",
        bio="Ask @everyone or <@123> about **me**, [here](https://x.example).",
    )
    await guild.deliver()
    card = guild.review_channel.last_message
    assert r"Expertise: \@everyone, \*\*bold\*\*, \<\@123\>" in message_text(card)
    assert r"Ask \@everyone or \<\@123\> about \*\*me\*\*, \[here\]\(" in message_text(card)
    form = await priya.click(card, label="Ask for changes")
    await priya.submit_modal(form, {"reason": "No @everyone, **please**."})
    await guild.deliver()
    assert r"> No \@everyone, \*\*please\*\*." in message_text(guild.last_dm(oliver))
    form = await oliver.user.click(guild.last_dm(oliver), label="Edit and resend")
    await oliver.user.submit_modal(form, text_fields(form))
    await guild.deliver()
    await priya.click(guild.review_channel.last_message, label="Approve")
    await guild.deliver()
    results = await maya.slash(guild.channel, "mentor search", expertise="@everyone")
    assert r"\@everyone" in message_text(results.response)
    profile = await maya.slash(guild.channel, "mentor profile", member=oliver)
    assert r"Expertise: \*\*bold\*\*, \<\@123\>, \@everyone" in message_text(profile.response)
    messages = [
        request.json
        for request in guild.env.http_requests
        if request.path.endswith("/messages") and request.method == "POST"
        # The greeting may be among the messages.
        if "Hello!" not in json.dumps(request.json)
    ]
    assert len(messages) == 4
    assert all(message["allowed_mentions"] == {"parse": []} for message in messages)


async def test_common_tags_can_be_selected_in_the_form(guild: SimulatedGuild) -> None:
    await approved_mentor(guild, "Ines", expertise="figma, ui design")
    await approved_mentor(guild, "Noor", expertise="figma, go")
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    form = await oliver.slash(guild.channel, "mentor apply")
    assert offered(form) == {"figma": False, "go": False, "ui design": False}
    # A mistake keeps typed text and selected tags.
    slip = {"expertise": "CSS, Figma", "picked": ["figma", "ui design"], "rate": "x", "bio": BIO}
    answer = await oliver.submit_modal(form, slip)
    form = await oliver.click(answer.response, label="Correct it")
    assert text_fields(form)["expertise"] == "CSS, Figma"
    assert offered(form) == {"figma": True, "go": False, "ui design": True}
    answer = await oliver.submit_modal(form, {**slip, "rate": "5"})
    assert "Expertise: css, figma, ui design" in message_text(answer.response)

    # Selecting tags without typing any is enough.
    maya = await guild.add_member("Maya", zone="Europe/London")
    form = await maya.slash(guild.channel, "mentor apply")
    answer = await maya.submit_modal(form, {"picked": ["go"], "rate": "5", "bio": BIO})
    assert "Expertise: go" in message_text(answer.response)


def offered(form: simcord.InteractionResult) -> dict[str, bool]:
    """Return the tags of the form's menu, and whether each is selected."""
    assert form.modal is not None
    (menu,) = (
        each["component"] for each in form.modal["components"] if "options" in each["component"]
    )
    return {option["label"]: bool(option.get("default")) for option in menu["options"]}


async def test_a_rejection_needs_a_reason(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    card = guild.review_channel.last_message
    for label in ("Reject", "Ask for changes"):
        form = await priya.click(card, label=label)
        answer = await priya.submit_modal(form, {"reason": "  "})
        assert "Give a reason. The applicant will read it" in message_text(answer.response)
    assert await guild.deliver() == 0
    assert button_labels(guild.review_channel.last_message) == [
        "Approve",
        "Reject",
        "Ask for changes",
    ]


async def test_the_review_card_describes_the_applicant(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Asia/Kolkata")
    await submit_application(guild, oliver)
    await guild.deliver()
    card = message_text(guild.review_channel.last_message)
    created_at = int(discord.utils.snowflake_time(oliver.id).timestamp())
    assert f"Discord account: created <t:{created_at}:R>, joined this server <t:" in card
    assert "Time zone: Kolkata, IST (UTC+5:30)" in card
    assert "Rate: 🪙 60 an hour" in card
    assert BIO in card


async def test_applying_may_require_a_rank(guild: SimulatedGuild) -> None:
    await guild.configure(who_may_apply="rank", apply_minimum_rank=5)
    newcomer = await guild.add_member("Newcomer", zone="Europe/London")
    answer = await newcomer.slash(guild.channel, "mentor apply")
    assert "you need rank 5, and yours is 0" in message_text(answer.response)
    await guild.set_rank(newcomer, 5)
    assert (await newcomer.slash(guild.channel, "mentor apply")).modal is not None


async def test_status_follows_the_application(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")

    async def status() -> str:
        return message_text((await oliver.slash(guild.channel, "mentor status")).response)

    await submit_application(guild, oliver)
    await guild.deliver()
    assert "Your application is with the moderators" in await status()
    form = await priya.click(guild.review_channel.last_message, label="Ask for changes")
    await priya.submit_modal(form, {"reason": "Which languages?"})
    await guild.restart_bot()
    answer = await oliver.slash(guild.channel, "mentor status")
    assert "The moderators asked for changes to your application" in message_text(answer.response)
    assert "Which languages?" in message_text(answer.response)
    # The application can be resubmitted from the status too, after a restart.
    form = await oliver.click(answer.response, label="Edit and resend")
    await oliver.submit_modal(form, {**text_fields(form), "expertise": "go"})
    await guild.deliver()
    await priya.click(guild.review_channel.last_message, label="Approve")
    assert "Your application was approved" in await status()
    assert "`/mentor hours`" in await status()


async def test_applying_may_require_a_role(guild: SimulatedGuild) -> None:
    veterans = guild.handle.create_role("Veterans")
    await guild.configure(who_may_apply="roles", apply_role_ids=[veterans.id])
    newcomer = await guild.add_member("Newcomer", zone="Europe/London")
    veteran = await guild.add_member("Veteran", zone="Europe/London", roles=(veterans,))
    answer = await newcomer.slash(guild.channel, "mentor apply")
    assert "you need one of the roles that this server has chosen" in message_text(answer.response)
    assert (await veteran.slash(guild.channel, "mentor apply")).modal is not None


async def test_a_deleted_review_card_is_posted_again_after_an_edit(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    await submit_application(guild, oliver)
    await guild.deliver()
    first = guild.review_channel.last_message
    guild.env.backend.delete_message(guild.review_channel.id, first.id)
    status = await oliver.slash(guild.channel, "mentor status")
    form = await oliver.click(status.response, label="Edit application")
    await oliver.submit_modal(form, {"expertise": "rust", "rate": "70", "bio": BIO})
    await guild.deliver()
    assert "rust" in message_text(guild.review_channel.last_message)
    assert button_labels(guild.review_channel.last_message) == [
        "Approve",
        "Reject",
        "Ask for changes",
    ]


async def test_a_card_of_an_erased_application_changes_nothing(
    guild: SimulatedGuild,
) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    old_card = guild.review_channel.last_message
    form = await priya.click(old_card, label="Reject")
    erasure = await oliver.slash(guild.channel, "privacy forget")
    await oliver.click(erasure.response, label="Delete my data")
    alice = await guild.add_member("Alice", zone="Europe/London")
    await submit_application(guild, alice)
    await guild.deliver()

    answers = [
        await priya.click(old_card, label=label)
        for label in ("Approve", "Reject", "Ask for changes")
    ]
    answers.append(await priya.submit_modal(form, {"reason": "Too short."}))
    for answer in answers:
        assert answer.ephemeral
        assert "I can't find that application" in message_text(answer.response)
    await guild.deliver()
    assert not guild.has_role(alice, guild.mentor_role)
    status = await alice.slash(guild.channel, "mentor status")
    assert "Your application is with the moderators" in message_text(status.response)
