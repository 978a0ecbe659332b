"""Many who confirm at once: one gets it, nobody is in two places, the others are helped on."""

from __future__ import annotations

import pytest

from mentorship.actors import Actor
from storage.tables import Commitment, Session
from tests.journeys.support.bookings import at, count
from tests.journeys.support.crowds import Command, at_once, press
from tests.journeys.support.people import card, mentor
from tests.journeys.support.world import World, labels, words
from tests.mentorship.support.community import grant_silently


async def test_the_losers_get_the_nearest_times_as_buttons_and_each_is_served(
    town: World,
) -> None:
    oliver = await mentor(town, "Oliver")
    crowd = [
        await town.person(f"Member {n}", zone="America/New_York", points=100) for n in range(5)
    ]
    cards = [(await card(town, each, oliver, at(town, 15, day=4))).response for each in crowd]
    answers = await at_once(
        town, [press(*pair, "Confirm") for pair in zip(crowd, cards, strict=True)]
    )
    won = [each for each in answers if "Request sent to Oliver" in words(each.response)]
    lost = [
        (person, each)
        for person, each in zip(crowd, answers, strict=True)
        if "That slot was just taken." in words(each.response)
    ]
    assert (len(won), len(lost)) == (1, 4)
    for person, answer in lost:
        assert "These are the nearest open times, on your clock:" in words(answer.response)
        assert labels(answer.response)[-3:] == ["Other days", "Choose another mentor", "Not now"]
        assert all(label.endswith(" EST") for label in labels(answer.response)[:-3])
        # Those before have taken some of what was offered; what is pressed says so or is booked.
        shown, tried = answer, 0
        while "Request sent to Oliver" not in words(shown.response):
            label = "Confirm" if "Confirm" in labels(shown.response) else labels(shown.response)[0]
            shown, tried = await person.click(shown.response, label=label), tried + 1
            assert tried < 5
    assert await count(town, Session) == 5


@pytest.mark.parametrize("crowd_size", [40, *[pytest.param(200, marks=pytest.mark.long)] * 10])
async def test_a_crowd_that_confirms_one_slot_at_once(town: World, crowd_size: int) -> None:
    oliver = await mentor(town, "Oliver")
    crowd = [
        await town.person(f"Member {n}", zone="America/New_York", points=1_000)
        for n in range(crowd_size)
    ]
    wish = {"mentor": str(oliver.id), "when": str(int(at(town, 10, day=4).timestamp()))}
    cards = await at_once(town, [Command(each, town.square, "book", wish) for each in crowd])
    answers = await at_once(
        town,
        [press(each, shown.response, "Confirm") for each, shown in zip(crowd, cards, strict=True)],
    )
    said = [words(each.response) for each in answers]
    assert sum("Request sent to Oliver" in each for each in said) == 1
    assert sum("That slot was just taken." in each for each in said) == crowd_size - 1
    assert await count(town, Session) == 1
    assert await count(town, Commitment) == 2


async def test_one_person_confirms_several_cards_for_one_hour_at_once(town: World) -> None:
    mentors = [await mentor(town, name) for name in ("Ann", "Ben", "Cleo")]
    maya = await town.person("Maya", zone="America/New_York", points=1_000)
    cards = [(await card(town, maya, each, at(town, 15))).response for each in mentors]
    answers = await at_once(town, [press(maya, each, "Confirm") for each in cards])
    said = [words(each.response) for each in answers]
    assert sum("Request sent to" in each for each in said) == 1
    assert sum("You already have a session at that time." in each for each in said) == 2
    assert await count(town, Session) == 1


async def test_two_mentors_confirm_each_other_for_one_hour_at_once(town: World) -> None:
    ann, ben = await mentor(town, "Ann"), await mentor(town, "Ben")
    for each in (ann, ben):
        await town.db.run(grant_silently, Actor(each.id, each.name, town.guild.id), 100)
    hers = await card(town, ann, ben, at(town, 15))
    his = await card(town, ben, ann, at(town, 15))
    answers = await at_once(
        town, [press(ann, hers.response, "Confirm"), press(ben, his.response, "Confirm")]
    )
    said = sorted(words(each.response).split("\n")[0] for each in answers)
    assert said[0] in ("Request sent to Ann", "Request sent to Ben")
    assert said[1] == "That slot was just taken."
    assert await count(town, Session) == 1
