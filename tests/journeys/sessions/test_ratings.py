"""Stars, words and the mentor's reply: what both of them see, and everybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord

from tests.journeys.support.bookings import choose
from tests.journeys.support.people import confirmed, mentor
from tests.journeys.support.world import World, labels, words


@pytest.fixture
async def oliver(town: World) -> simcord.MemberActor:
    return await mentor(town, "Oliver")


@pytest.fixture
async def maya(town: World, oliver: simcord.MemberActor) -> simcord.MemberActor:
    """A mentee whose session took place, and who was just asked how it was."""
    maya = await town.person("Maya", zone="Europe/London", points=500)
    start = town.now.replace(hour=15)
    await confirmed(town, maya, oliver, start)
    await town.wait_until(start + timedelta(hours=1), step=timedelta(minutes=30))
    await maya.user.click(town.last_dm(maya), label="It took place")
    return maya


async def review(town: World, maya: simcord.MemberActor, text: str, stars: str = "4 ★") -> None:
    """Give stars and words, and let the mentor hear of it."""
    await maya.user.click(town.last_dm(maya), label=stars)
    form = await maya.user.click(town.last_dm(maya), label="Add a few words")
    await maya.user.submit_modal(form, {"words": text})
    await town.deliver()


async def test_a_mentor_replies_once_and_everybody_can_read_it(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await review(town, maya, "Clear, but *quick*.")
    card = town.last_dm(oliver)
    assert "Maya gave you 4 of 5 stars and wrote a review." in words(card)
    assert "> Clear, but \\*quick\\*." in words(card)
    assert labels(card) == ["Reply"]

    await town.restart()
    form = await oliver.user.click(card, label="Reply")
    await oliver.user.submit_modal(form, {"words": "Fair. Slower next time!"})
    card = town.last_dm(oliver)
    assert "Maya will read your reply." in words(card)
    assert "Your reply: > Fair. Slower next time!" in words(card)
    assert labels(card) == []

    await town.deliver()
    told = words(town.last_dm(maya))
    assert "Oliver replied to your review." in told
    assert "> Fair. Slower next time!" in told
    assert "You had given ★★★★☆" in told
    assert "> Clear, but \\*quick\\*." in told
    noor = await town.person("Noor", zone="Asia/Kolkata")
    shown = await noor.slash(town.square, "mentor profile", member=oliver)
    assert "Slower next time!" in words(shown.response)


async def test_a_second_reply_is_refused(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await review(town, maya, "Clear.")
    card = town.last_dm(oliver)
    first = await oliver.user.click(card, label="Reply")
    second = await oliver.user.click(card, label="Reply")
    await oliver.user.submit_modal(first, {"words": "Thank you!"})
    answer = await oliver.user.submit_modal(second, {"words": "Thanks again!"})
    assert "You can't reply to this review: it is answered already." in words(answer.response)


async def test_words_that_come_later_are_heard_of_once_and_can_be_replied_to(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await maya.user.click(town.last_dm(maya), label="4 ★")
    await town.deliver()
    assert "Maya gave you 4 of 5 stars." in words(town.last_dm(oliver))
    await town.env.advance_time(timedelta(hours=1).total_seconds())

    form = await maya.user.click(town.last_dm(maya), label="Add a few words")
    await maya.user.submit_modal(form, {"words": "Clear and kind."})
    assert "> Clear and kind." in words(town.last_dm(maya)), "she sees what others read"
    assert labels(town.last_dm(maya))[-1] == "Change your words"
    await town.deliver()
    card = town.last_dm(oliver)
    assert "Maya gave you 4 of 5 stars and wrote a review." in words(card)
    assert labels(card) == ["Reply"]
    heard = len(town.inbox(oliver))

    form = await maya.user.click(town.last_dm(maya), label="Change your words")
    await maya.user.submit_modal(form, {"words": "Clear, kind, and quick."})
    await town.deliver()
    assert len(town.inbox(oliver)) == heard, "once is enough"

    listed = await oliver.slash(town.square, "sessions")
    past = await choose(oliver, listed.response, "Past")
    shown = await choose(oliver, past.response, "Maya")
    assert "> Clear, kind, and quick." in words(shown.response)
    form = await oliver.click(shown.response, label="Reply")
    await oliver.submit_modal(form, {"words": "Thank you!"})
    await town.deliver()
    assert "Oliver replied to your review." in words(town.last_dm(maya))


async def test_stars_come_up_elsewhere_than_the_button_that_led_to_them(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    """A second, careless press on the same spot of the screen must not give one star."""
    listed = await maya.slash(town.square, "sessions")
    past = await choose(maya, listed.response, "Past")
    shown = await choose(maya, past.response, "Oliver")
    asked = await maya.click(shown.response, label="Rate")
    rows = [[item["label"] for item in row["components"]] for row in asked.response.components]
    assert rows == [["Back to the list"], ["1 ★", "2 ★", "3 ★", "4 ★", "5 ★"]]
    given = await maya.click(asked.response, label="5 ★")
    back = await maya.click(given.response, label="Back to the list")
    assert "**Oliver**, 60 minutes, completed ★★★★★" in words(back.response)


async def test_stars_without_words_leave_nothing_to_reply_to(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await maya.user.click(town.last_dm(maya), label="5 ★")
    await town.deliver()
    assert "★★★★★" in words(town.last_dm(oliver))
    assert labels(town.last_dm(oliver)) == []


async def test_nothing_goes_out_for_a_hidden_review(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    priya = await town.moderator("Priya")
    await review(town, maya, "An insult.", "1 ★")
    card = town.last_dm(oliver)
    (choice,) = await priya.autocomplete(town.square, "moderation hide-review", "review", "")
    await priya.slash(town.square, "moderation hide-review", review=choice["value"], reason="No.")
    answer = await oliver.user.click(card, label="Reply")
    assert "it is hidden by the moderators" in words(answer.response)


async def test_a_changed_mind_changes_the_mean(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await review(town, maya, "Hm.", "2 ★")
    await maya.user.click(town.last_dm(maya), label="5 ★")
    assert "You gave Oliver ★★★★★" in words(town.last_dm(maya))
    noor = await town.person("Noor", zone="Asia/Kolkata")
    (choice,) = await noor.autocomplete(town.square, "book", "mentor", "oliver")
    assert "★ 5.0 (1)" in choice["name"]
    await town.deliver()
    assert sum("rated your session" in words(each) for each in town.inbox(oliver)) == 1

    card = town.last_dm(maya)
    assert len(await maya.autocomplete(town.square, "rate", "session", "")) == 1
    await town.env.advance_time(timedelta(days=15).total_seconds())
    assert await maya.autocomplete(town.square, "rate", "session", "") == []
    refused = await maya.user.click(card, label="1 ★")
    assert "A rating can be changed for 14 days, and those are over." in words(refused.response)


async def test_a_rating_before_the_session_took_place(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    start = town.now.replace(day=4, hour=15, minute=0)
    await confirmed(town, maya, oliver, start)
    (rated,) = await maya.autocomplete(town.square, "rate", "session", "")
    refused = await maya.slash(town.square, "rate", session=str(int(rated["value"]) + 1), stars=5)
    assert "You can't rate this session: it is confirmed." in words(refused.response)
