"""Ratings, reviews and the mentor's reply, as the two and others see them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord

from storage.tables import Review
from tests.journeys.support.components import action_rows_of
from tests.journeys.support.helpers import choose_option, count_rows
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


@pytest.fixture
async def maya(guild: SimulatedGuild, oliver: simcord.MemberActor) -> simcord.MemberActor:
    """A mentee whose session has ended, and who was just asked to rate it."""
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    start = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, start)
    await guild.advance_to(start + timedelta(hours=1), step=timedelta(minutes=30))
    await maya.user.click(guild.last_dm(maya), label="We met")
    return maya


async def review(
    guild: SimulatedGuild, maya: simcord.MemberActor, text: str, stars: str = "4 ★"
) -> None:
    """Give a rating with a review, and deliver the mentor's notification."""
    await maya.user.click(guild.last_dm(maya), label=stars)
    form = await maya.user.click(guild.last_dm(maya), label="Write a review")
    await maya.user.submit_modal(form, {"words": text})
    await guild.deliver()


async def test_a_mentors_reply_is_public_and_final(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await review(guild, maya, "Clear, but *quick*.")
    card = guild.last_dm(oliver)
    assert "Maya gave you 4 stars and wrote a review." in message_text(card)
    assert "> Clear, but \\*quick\\*." in message_text(card)
    assert button_labels(card) == ["Reply"]

    await guild.restart_bot()
    form = await oliver.user.click(card, label="Reply")
    await oliver.user.submit_modal(form, {"words": "Fair. Slower next time!"})
    card = guild.last_dm(oliver)
    assert "Maya will read your reply." in message_text(card)
    assert "Your reply: > Fair. Slower next time!" in message_text(card)
    assert button_labels(card) == []

    await guild.deliver()
    text = message_text(guild.last_dm(maya))
    assert "Oliver replied to your review." in text
    assert "> Fair. Slower next time!" in text
    assert "You gave ★★★★☆" in text
    assert "> Clear, but \\*quick\\*." in text
    noor = await guild.add_member("Noor", zone="Asia/Kolkata")
    result = await noor.slash(guild.channel, "mentor profile", member=oliver)
    assert "Slower next time!" in message_text(result.response)


async def test_a_second_reply_is_refused(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await review(guild, maya, "Clear.")
    card = guild.last_dm(oliver)
    first = await oliver.user.click(card, label="Reply")
    second = await oliver.user.click(card, label="Reply")
    await oliver.user.submit_modal(first, {"words": "Thank you!"})
    answer = await oliver.user.submit_modal(second, {"words": "Thanks again!"})
    assert "You can't reply to this review. It's already answered." in message_text(answer.response)


async def test_a_review_after_the_rating_is_notified_once(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await maya.user.click(guild.last_dm(maya), label="4 ★")
    await guild.deliver()
    assert "Maya gave you 4 stars." in message_text(guild.last_dm(oliver))
    await guild.env.advance_time(timedelta(hours=1).total_seconds())

    form = await maya.user.click(guild.last_dm(maya), label="Write a review")
    await maya.user.submit_modal(form, {"words": "Clear and kind."})
    assert "> Clear and kind." in message_text(guild.last_dm(maya)), "she sees what others read"
    assert button_labels(guild.last_dm(maya))[-3:] == ["Edit review", "Say thanks", "Book again"]
    await guild.deliver()
    card = guild.last_dm(oliver)
    assert "Maya gave you 4 stars and wrote a review." in message_text(card)
    assert button_labels(card) == ["Reply"]
    message_count = len(guild.inbox(oliver))

    form = await maya.user.click(guild.last_dm(maya), label="Edit review")
    await maya.user.submit_modal(form, {"words": "Clear, kind, and quick."})
    await guild.deliver()
    assert len(guild.inbox(oliver)) == message_count, "once is enough"

    listed = await oliver.slash(guild.channel, "sessions")
    past = await choose_option(oliver, listed.response, "Past")
    result = await choose_option(oliver, past.response, "Maya")
    assert "> Clear, kind, and quick." in message_text(result.response)
    form = await oliver.click(result.response, label="Reply")
    await oliver.submit_modal(form, {"words": "Thank you!"})
    await guild.deliver()
    assert "Oliver replied to your review." in message_text(guild.last_dm(maya))


async def test_stars_are_not_where_the_rate_button_was(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    """A second click in the same place must not give a star."""
    listed = await maya.slash(guild.channel, "sessions")
    past = await choose_option(maya, listed.response, "Past")
    result = await choose_option(maya, past.response, "Oliver")
    question = await maya.click(result.response, label="Rate")
    rows = [[item["label"] for item in row] for row in action_rows_of(question.response)]
    assert rows == [["Back to list"], ["1 ★", "2 ★", "3 ★", "4 ★", "5 ★"]]
    rated = await maya.click(question.response, label="5 ★")
    back = await maya.click(rated.response, label="Back to list")
    assert "**Oliver** · completed ★★★★★" in message_text(back.response)


async def test_a_rating_without_text_has_no_reply_button(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await maya.user.click(guild.last_dm(maya), label="5 ★")
    await guild.deliver()
    assert "★★★★★" in message_text(guild.last_dm(oliver))
    assert button_labels(guild.last_dm(oliver)) == []


async def test_a_hidden_review_sends_no_notification(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    priya = await guild.add_moderator("Priya")
    await review(guild, maya, "An insult.", "1 ★")
    card = guild.last_dm(oliver)
    (choice,) = await priya.autocomplete(guild.channel, "moderation hide-review", "review", "")
    await priya.slash(guild.channel, "moderation hide-review", review=choice["value"], reason="No.")
    answer = await oliver.user.click(card, label="Reply")
    assert "It's hidden by the moderators" in message_text(answer.followups[0])


async def test_changing_a_rating_changes_the_mean(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await review(guild, maya, "Hm.", "2 ★")
    await maya.user.click(guild.last_dm(maya), label="5 ★")
    assert "You gave Oliver ★★★★★" in message_text(guild.last_dm(maya))
    noor = await guild.add_member("Noor", zone="Asia/Kolkata")
    (choice,) = await noor.autocomplete(guild.channel, "book", "mentor", "oliver")
    assert "★ 5.0 (1)" in choice["name"]
    await guild.deliver()
    assert sum("rated your session" in message_text(each) for each in guild.inbox(oliver)) == 1

    card = guild.last_dm(maya)
    assert len(await maya.autocomplete(guild.channel, "rate", "session", "")) == 1
    await guild.env.advance_time(timedelta(days=15).total_seconds())
    assert await maya.autocomplete(guild.channel, "rate", "session", "") == []
    refused = await maya.user.click(card, label="1 ★")
    assert "You can change a rating for 14 days. For this session, that ended <t:" in message_text(
        refused.followups[0]
    )


async def test_upcoming_sessions_cannot_be_rated(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    start = guild.now.replace(day=4, hour=15, minute=0)
    await book_and_confirm(guild, maya, oliver, start)
    (rated,) = await maya.autocomplete(guild.channel, "rate", "session", "")
    refused = await maya.slash(guild.channel, "rate", session=str(int(rated["value"]) + 1), stars=5)
    assert "You can't rate this session. It's confirmed." in message_text(refused.response)


async def profile_text(guild: SimulatedGuild, mentor: simcord.MemberActor) -> str:
    """Return a mentor's profile as a member reads it."""
    noor = await guild.add_member("Noor", zone="Asia/Kolkata")
    result = await noor.slash(guild.channel, "mentor profile", member=mentor)
    return message_text(result.response)


async def test_a_changed_review_can_be_replied_to_again(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await review(guild, maya, "Wonderful.")
    form = await oliver.user.click(guild.last_dm(oliver), label="Reply")
    await oliver.user.submit_modal(form, {"words": "Thank you!"})
    rating_card = next(
        message
        for message in reversed(guild.inbox(maya))
        if "Edit review" in button_labels(message)
    )
    await guild.env.advance_time(timedelta(hours=1).total_seconds())
    form = await maya.user.click(rating_card, label="Edit review")
    await maya.user.submit_modal(form, {"words": "An insult."})
    await guild.deliver()

    card = guild.last_dm(oliver)
    assert "Maya changed the review you replied to." in message_text(card)
    assert "> An insult." in message_text(card)
    assert "Your reply to the earlier text: > Thank you!" in message_text(card)
    assert "*Replied before the review was changed:*\n> Thank you!" in await profile_text(
        guild, oliver
    )
    form = await oliver.user.click(card, label="Reply")
    await oliver.user.submit_modal(form, {"words": "That isn't what happened."})
    card = guild.last_dm(oliver)
    assert "Your reply: > That isn't what happened." in message_text(card)
    assert button_labels(card) == []
    result = await maya.slash(guild.channel, "mentor profile", member=oliver)
    assert "> That isn't what happened." in message_text(result.response)
    assert "Thank you!" not in message_text(result.response)


async def test_a_reply_to_a_text_that_was_changed_meanwhile_is_asked_again(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await review(guild, maya, "Wonderful.")
    form = await oliver.user.click(guild.last_dm(oliver), label="Reply")
    change = await maya.user.click(guild.last_dm(maya), label="Edit review")
    await maya.user.submit_modal(change, {"words": "An insult."})
    await oliver.user.submit_modal(form, {"words": "Thank you!"})
    card = guild.last_dm(oliver)
    assert "The text has changed since this card was sent." in message_text(card)
    assert "> An insult." in message_text(card)
    assert "Thank you!" not in await profile_text(guild, oliver)
    # What Oliver wrote is kept.
    form = await oliver.user.click(card, label="Reply")
    assert text_fields(form)["words"] == "Thank you!"


async def test_hiding_a_review_tells_its_author_why_and_can_be_undone(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    priya = await guild.add_moderator("Priya")
    await review(guild, maya, "An insult.", "1 ★")
    rating_card = guild.last_dm(maya)
    guild.refuse_edits()
    assert "★ 1.0 from 1 person" in await profile_text(guild, oliver)
    (choice,) = await priya.autocomplete(guild.channel, "moderation hide-review", "review", "")
    assert choice["name"].startswith("Maya → Oliver · Mon 2 Mar 2026 · ★☆☆☆☆ An insult.")
    answer = await priya.slash(
        guild.channel, "moderation hide-review", review=choice["value"], reason="It insults people."
    )
    assert f"<@{maya.id}>'s review of Oliver is hidden" in message_text(answer.response)
    await guild.deliver()
    text = message_text(guild.last_dm(maya))
    assert "The moderators hid your review of Oliver." in text
    assert "> It insults people." in text
    assert "No ratings yet" in await profile_text(guild, oliver)

    # The author's old card makes no promise that isn't kept.
    form = await maya.user.click(rating_card, label="Edit review")
    assert form.modal is None
    assert "You can't change this review. It's hidden by the moderators." in message_text(
        form.followups[0]
    )
    assert "Hidden by the moderators" in message_text(form.response)
    assert "5 ★" not in button_labels(form.response)
    assert await maya.autocomplete(guild.channel, "rate", "session", "") == []
    listed = await maya.slash(guild.channel, "sessions")
    past = await choose_option(maya, listed.response, "Past")
    card = await choose_option(maya, past.response, "Oliver")
    assert "Hidden by the moderators, so it doesn't count." in message_text(card.response)
    assert "Rate" not in button_labels(card.response)

    assert await priya.autocomplete(guild.channel, "moderation hide-review", "review", "") == []
    (choice,) = await priya.autocomplete(guild.channel, "moderation show-review", "review", "may")
    await priya.slash(guild.channel, "moderation show-review", review=choice["value"])
    await guild.deliver()
    assert "Your review of Oliver is visible again" in message_text(guild.last_dm(maya))
    assert "★ 1.0 from 1 person" in await profile_text(guild, oliver)
    log = await priya.slash(guild.channel, "moderation audit")
    assert "restored a review written by" in message_text(log.response)


async def test_a_session_cannot_be_rated_after_30_days(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    rating_card = guild.last_dm(maya)
    (choice,) = await maya.autocomplete(guild.channel, "rate", "session", "")
    await guild.env.advance_time(timedelta(days=31).total_seconds())
    assert await maya.autocomplete(guild.channel, "rate", "session", "") == []
    answer = await maya.slash(guild.channel, "rate", session=choice["value"], stars=5)
    assert "You can rate a session for 30 days after it ends." in message_text(answer.response)
    assert "that ended <t:" in message_text(answer.response)
    answer = await maya.user.click(rating_card, label="5 ★")
    assert "You can rate a session for 30 days after it ends." in message_text(answer.followups[0])
    assert "5 ★" not in button_labels(answer.response)
    assert await count_rows(guild, Review) == 0


async def test_a_review_that_could_not_be_saved_is_kept(
    guild: SimulatedGuild, maya: simcord.MemberActor
) -> None:
    await maya.user.click(guild.last_dm(maya), label="4 ★")
    form = await maya.user.click(guild.last_dm(maya), label="Write a review")
    await guild.env.advance_time(timedelta(days=15).total_seconds())
    refused = await maya.user.submit_modal(form, {"words": "Clear and kind."})
    assert "You can change a rating for 14 days" in message_text(refused.response)
    form = await maya.user.click(refused.response, label="Open the form again")
    assert text_fields(form) == {"words": "Clear and kind."}
