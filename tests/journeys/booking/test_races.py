"""Many people confirm at once: one gets the slot, nobody is double-booked, the others go on."""

from __future__ import annotations

import pytest

from mentorship.actors import Actor
from storage.tables import Commitment, Session
from tests.journeys.support.concurrency import Command, button_press, send_concurrently
from tests.journeys.support.helpers import at, count_rows
from tests.journeys.support.scenarios import approved_mentor, confirmation_card
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text
from tests.mentorship.support.community import grant_silently


async def test_losers_of_a_race_book_the_nearest_slots(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    crowd = [
        await guild.add_member(f"Member {n}", zone="America/New_York", points=100) for n in range(5)
    ]
    cards = [
        (await confirmation_card(guild, each, oliver, at(guild, 15, day=4))).response
        for each in crowd
    ]
    answers = await send_concurrently(
        guild, [button_press(*pair, "Confirm") for pair in zip(crowd, cards, strict=True)]
    )
    won = [each for each in answers if "Request sent to Oliver" in message_text(each.response)]
    refused = [
        (person, each)
        for person, each in zip(crowd, answers, strict=True)
        if "That slot was just taken." in message_text(each.response)
    ]
    assert (len(won), len(refused)) == (1, 4)
    for person, answer in refused:
        assert "These are the nearest open slots, in your time:" in message_text(answer.response)
        assert button_labels(answer.response)[-3:] == [
            "Other days",
            "Choose another mentor",
            "Cancel",
        ]
        assert all(label.endswith(" EST") for label in button_labels(answer.response)[:-3])
        # Others may have taken an offered slot; then the press says so, otherwise it books.
        card, tried = answer, 0
        while "Request sent to Oliver" not in message_text(card.response):
            label = (
                "Confirm"
                if "Confirm" in button_labels(card.response)
                else button_labels(card.response)[0]
            )
            card, tried = await person.click(card.response, label=label), tried + 1
            assert tried < 5
    assert await count_rows(guild, Session) == 5


@pytest.mark.parametrize("crowd_size", [40, *[pytest.param(200, marks=pytest.mark.long)] * 10])
async def test_concurrent_confirmations_of_one_slot_book_once(
    guild: SimulatedGuild, crowd_size: int
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    crowd = [
        await guild.add_member(f"Member {n}", zone="America/New_York", points=1_000)
        for n in range(crowd_size)
    ]
    wish = {"mentor": str(oliver.id), "when": str(int(at(guild, 10, day=4).timestamp()))}
    cards = await send_concurrently(
        guild, [Command(each, guild.channel, "book", wish) for each in crowd]
    )
    answers = await send_concurrently(
        guild,
        [
            button_press(each, card.response, "Confirm")
            for each, card in zip(crowd, cards, strict=True)
        ],
    )
    texts = [message_text(each.response) for each in answers]
    assert sum("Request sent to Oliver" in each for each in texts) == 1
    assert sum("That slot was just taken." in each for each in texts) == crowd_size - 1
    assert await count_rows(guild, Session) == 1
    assert await count_rows(guild, Commitment) == 2


async def test_concurrent_bookings_of_one_person_never_overlap(
    guild: SimulatedGuild,
) -> None:
    mentors = [await approved_mentor(guild, name) for name in ("Ann", "Ben", "Cleo")]
    maya = await guild.add_member("Maya", zone="America/New_York", points=1_000)
    cards = [
        (await confirmation_card(guild, maya, each, at(guild, 15))).response for each in mentors
    ]
    answers = await send_concurrently(
        guild, [button_press(maya, each, "Confirm") for each in cards]
    )
    texts = [message_text(each.response) for each in answers]
    assert sum("Request sent to" in each for each in texts) == 1
    assert sum("You already have a session at that time." in each for each in texts) == 2
    assert await count_rows(guild, Session) == 1


async def test_mentors_booking_each_other_never_overlap(guild: SimulatedGuild) -> None:
    ann, ben = await approved_mentor(guild, "Ann"), await approved_mentor(guild, "Ben")
    for each in (ann, ben):
        await guild.db.run(grant_silently, Actor(each.id, each.name, guild.id), 100)
    hers = await confirmation_card(guild, ann, ben, at(guild, 15))
    his = await confirmation_card(guild, ben, ann, at(guild, 15))
    answers = await send_concurrently(
        guild,
        [button_press(ann, hers.response, "Confirm"), button_press(ben, his.response, "Confirm")],
    )
    texts = sorted(message_text(each.response).split("\n")[0] for each in answers)
    assert texts[0] in ("Request sent to Ann", "Request sent to Ben")
    assert texts[1] == "That slot was just taken."
    assert await count_rows(guild, Session) == 1
