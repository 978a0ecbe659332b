"""Booking, when something or somebody comes between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import simcord

from mentorship import ledger, timetable
from mentorship.actors import Actor
from tests.journeys.people import apply, booked, card, confirmed, mentor
from tests.journeys.world import World, labels, words


def at(town: World, hour: int, *, day: int = 2):
    """A full hour of March 2026, UTC."""
    return town.now.replace(day=day, hour=hour, minute=0, second=0, microsecond=0)


def who(town: World, person: simcord.MemberActor) -> Actor:
    """The person as use cases know them."""
    return Actor(user_id=person.id, name=person.name, guild_id=town.guild.id)


async def test_two_stand_at_the_card_and_one_wins(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    noor = await town.person("Noor", zone="Asia/Kolkata", points=100)
    hers = await card(town, maya, oliver, at(town, 15))
    his = await card(town, noor, oliver, at(town, 15), topic="Testing")

    await maya.click(hers.response, label="Confirm")
    lost = await noor.click(his.response, label="Confirm")

    assert "That slot was just taken." in words(lost.response)
    assert await town.balance(noor) == 100
    # The nearest open times stand there as buttons, on Noor's own clock; one press leads on.
    assert labels(lost.response)[0] == "Mon 2 Mar, 19:30 IST"
    again = await noor.click(lost.response, label="Mon 2 Mar, 19:30 IST")
    assert "Book Oliver?" in words(again.response)
    assert "Topic: Testing" in words(again.response), "what was typed is still there"
    done = await noor.click(again.response, label="Confirm")
    assert "Request sent to Oliver" in words(done.response)


async def test_confirm_after_a_restart_still_books(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await card(town, maya, oliver, at(town, 15))
    await town.restart()
    done = await maya.click(shown.response, label="Confirm")
    assert "Request sent to Oliver" in words(done.response)
    assert await town.balance(maya) == 40


def menus(message: Any) -> list[dict[str, Any]]:
    """The menus of a message."""
    return [
        item for row in message.components for item in row["components"] if item.get("options")
    ]


def options(message: Any, placeholder: str) -> list[str]:
    """What one can choose in a menu."""
    (menu,) = (menu for menu in menus(message) if menu.get("placeholder") == placeholder)
    return [option["label"] for option in menu["options"]]


async def choose(
    person: simcord.MemberActor | simcord.UserHandle, message: Any, label: str
) -> simcord.InteractionResult:
    """Choose the option that is labelled so, in whichever menu it is."""
    ((menu, value),) = (
        (menu, option["value"])
        for menu in menus(message)
        for option in menu["options"]
        if option["label"] == label
    )
    return await person.select(message, [value], custom_id=menu["custom_id"])


async def test_without_options_one_is_led_step_by_step(town: World) -> None:
    await mentor(town, "Oliver", expertise="python, testing")
    await mentor(town, "Ines", zone="Europe/Lisbon", expertise="design")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await maya.slash(town.square, "book", topic="Fixtures")
    assert "What would you like to learn?" in words(shown.response)
    assert options(shown.response, "Choose an expertise") == ["design", "python", "testing"]
    assert labels(shown.response)[1:] == ["Show me everyone", "Not now"], "no way back from here"

    shown = await choose(maya, shown.response, "testing")
    assert "They can help you with **testing**" in words(shown.response)
    assert options(shown.response, "Choose a mentor") == ["Oliver"]

    shown = await choose(maya, shown.response, "Oliver")
    assert "When would you like to meet Oliver?" in words(shown.response)
    assert "60 minutes, 🪙 60 an hour. Times are yours: EST (UTC−5)." in words(shown.response)
    days, lengths = menus(shown.response)
    assert days["options"][0]["label"] == "Mon 2 Mar"
    assert days["options"][0]["description"] == "7 open times", "13:00 to 16:00 in London"
    assert [(each["label"], each["description"]) for each in lengths["options"]] == [
        ("30 minutes", "30 points"),
        ("60 minutes", "60 points"),
    ]

    shown = await choose(maya, shown.response, "30 minutes")
    assert "30 minutes, 🪙 60 an hour." in words(shown.response)
    shown = await choose(maya, shown.response, "Wed 4 Mar")
    assert "Wed 4 Mar with Oliver: at what time?" in words(shown.response)
    assert options(shown.response, "Choose a time")[:2] == ["04:00 EST", "04:30 EST"]
    shown = await choose(maya, shown.response, "10:30 EST")
    assert "Book Oliver?" in words(shown.response)
    assert "Wed 4 Mar 2026, 10:30–11:00 EST" in words(shown.response)
    assert "Topic: Fixtures" in words(shown.response), "it has come along"
    assert labels(shown.response) == ["Confirm", "Back", "Change the topic", "Not now"]
    done = await maya.click(shown.response, label="Confirm")
    assert "Request sent to Oliver" in words(done.response)
    assert await town.balance(maya) == 70


async def test_back_at_each_step_loses_nothing_even_after_a_restart(town: World) -> None:
    await mentor(town, "Oliver", expertise="python, testing")
    await mentor(town, "Ines", zone="Europe/Lisbon", expertise="testing")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await maya.slash(town.square, "book", topic="Fixtures & *mocks*")
    for choice in ("testing", "Oliver", "30 minutes", "Wed 4 Mar", "10:30 EST"):
        shown = await choose(maya, shown.response, choice)
    await town.restart()
    titles = []
    while "Back" in labels(shown.response):
        shown = await maya.click(shown.response, label="Back")
        titles.append(words(shown.response).split("\n")[0])
        assert "Topic: Fixtures & \\*mocks\\*" in words(shown.response)
    assert titles == [
        "Wed 4 Mar with Oliver: at what time?",
        "When would you like to meet Oliver?",
        "Who would you like to meet?",
        "Book a session",
    ]
    # The length is remembered on the way down again, with somebody else.
    shown = await choose(maya, shown.response, "testing")
    shown = await choose(maya, shown.response, "Ines")
    assert "30 minutes, 🪙 60 an hour." in words(shown.response)


async def test_steps_without_a_choice_are_left_out(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    await town.db.run(timetable.set_limits, who(town, oliver), durations=[45])
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await maya.slash(town.square, "book")
    assert "Who would you like to meet?" in words(shown.response), "there is one expertise only"
    assert "Back" not in labels(shown.response)
    shown = await choose(maya, shown.response, "Oliver")
    assert "45 minutes, " in words(shown.response)
    assert len(menus(shown.response)) == 1, "and one length only"


async def test_every_time_of_a_day_is_within_reach(town: World) -> None:
    oliver = await mentor(town, "Oliver", hours="daily 0-24")
    await town.db.run(timetable.set_limits, who(town, oliver), slot_step=5, durations=[15])
    maya = await town.person("Maya", zone="Europe/London", points=100)
    shown = await maya.slash(town.square, "book", mentor=str(oliver.id), when="wednesday")
    assert "Wed 4 Mar with Oliver: at what time?" in words(shown.response)
    met: list[str] = []
    while True:
        assert len(shown.response.components) <= 5
        met += [option["label"] for menu in menus(shown.response) for option in menu["options"]]
        if "Later times" not in labels(shown.response):
            break
        shown = await maya.click(shown.response, label="Later times")
    assert met == [f"{minute // 60:02}:{minute % 60:02} GMT" for minute in range(0, 24 * 60, 5)]
    assert menus(shown.response)[-1]["placeholder"].startswith("Evening: ")
    shown = await maya.click(shown.response, label="Earlier times")
    assert "13:00 GMT" in [o["label"] for menu in menus(shown.response) for o in menu["options"]]


async def test_every_day_within_the_horizon_is_within_reach(town: World) -> None:
    oliver = await mentor(town, "Oliver", hours="daily 9-10")
    maya = await town.person("Maya", zone="Europe/London", points=100)
    shown = await maya.slash(town.square, "book", mentor=str(oliver.id))
    days = options(shown.response, "Choose a day")
    assert (len(days), days[0]) == (25, "Tue 3 Mar")
    while "Later days" in labels(shown.response):
        shown = await maya.click(shown.response, label="Later days")
        days += options(shown.response, "Choose a day")
    assert len(days) == len(set(days)) == 60
    # Back from a day that is far ahead is to that page.
    shown = await choose(maya, shown.response, days[-1])
    shown = await maya.click(shown.response, label="Back")
    assert days[-1] in options(shown.response, "Choose a day")


async def test_a_topic_is_added_changed_and_taken_away_on_the_card(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await card(town, maya, oliver, at(town, 15))
    form = await maya.click(shown.response, label="Add a topic")
    shown = await maya.submit_modal(form, {"topic": "  Loops\nand *stars* "})
    assert "Topic: Loops\nand \\*stars\\*" in words(shown.response)
    form = await maya.click(shown.response, label="Change the topic")
    assert "Loops" in str(form.modal), "what was typed is there to be changed"
    shown = await maya.submit_modal(form, {"topic": ""})
    assert "Topic" not in words(shown.response)
    form = await maya.click(shown.response, label="Add a topic")
    shown = await maya.submit_modal(form, {"topic": "Loops"})
    await maya.click(shown.response, label="Confirm")
    await town.deliver()
    assert "Topic: Loops" in words(town.last_dm(oliver))


async def test_all_ways_in_join_the_same_flow(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    profile = await maya.slash(town.square, "mentor profile", member=oliver)
    for shown in (
        await maya.context_menu(town.square, "Book a session", oliver),
        await maya.click(profile.response, label="Book a session"),
        await maya.slash(town.square, "book", mentor=str(oliver.id)),
        await maya.slash(town.square, "book", mentor="olivr"),
        await maya.slash(town.square, "book", mentor="python", when="some day, perhaps"),
    ):
        assert "When would you like to meet Oliver?" in words(shown.response)
        assert labels(shown.response)[-2:] == ["Later days", "Not now"]
        assert "Back" in labels(shown.response)
    assert "I couldn't read `some day, perhaps` as a time" in words(shown.response)
    shown = await maya.slash(town.square, "book", mentor=str(oliver.id), when="tomorrow")
    assert "Tue 3 Mar with Oliver: at what time?" in words(shown.response)
    shown = await maya.slash(town.square, "book", mentor=str(oliver.id), when="next week")
    assert "When would you like to meet Oliver?" in words(shown.response)
    shown = await maya.slash(town.square, "book", mentor=str(oliver.id), when="tomorrow 10am")
    assert "Book Oliver?" in words(shown.response)


async def test_words_that_may_mean_several_mentors(town: World) -> None:
    await mentor(town, "Oliver", expertise="python")
    await mentor(town, "Olga", expertise="python, design")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await maya.slash(town.square, "book", mentor="ol", when="tomorrow 10am")
    assert set(options(shown.response, "Choose a mentor")) == {"Oliver", "Olga"}
    shown = await choose(maya, shown.response, "Olga")
    assert "Tue 3 Mar" in options(shown.response, "Choose a day")
    shown = await maya.click(shown.response, label="Back")
    assert set(options(shown.response, "Choose a mentor")) == {"Oliver", "Olga"}
    shown = await maya.slash(town.square, "book", mentor="Xanthippe")
    assert "No mentor here goes by “Xanthippe”. These take bookings:" in words(shown.response)


async def test_not_now_leaves_everything_as_it_was(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await card(town, maya, oliver, at(town, 15))
    left = await maya.click(shown.response, label="Not now")
    assert "Nothing was booked" in words(left.response)
    assert labels(left.response) == []
    assert await town.balance(maya) == 100


async def test_too_few_points(town: World) -> None:
    oliver = await mentor(town, "Oliver", rate="60")
    maya = await town.person("Maya", zone="America/New_York", points=40)
    answer = await card(town, maya, oliver, at(town, 15))
    assert "This costs 60 points and you have 40: 20 are missing." in words(answer.response)
    assert "You earn points by" in words(answer.response)


async def test_points_spent_elsewhere_between_card_and_confirm(town: World) -> None:
    oliver, ines = await mentor(town, "Oliver"), await mentor(town, "Ines")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    first = await card(town, maya, oliver, at(town, 15))
    second = await card(town, maya, ines, at(town, 16))
    await maya.click(first.response, label="Confirm")
    answer = await maya.click(second.response, label="Confirm")
    assert any(
        "20 are missing" in words(message) for message in [answer.response, *answer.followups]
    )
    assert await town.balance(maya) == 40


async def test_times_that_cannot_be_booked_say_why(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    for start, reason in (
        (at(town, 9), "That time is already past."),
        (at(town, 12) + timedelta(minutes=30), "Oliver wants to know an hour ahead."),
        (at(town, 20), "Oliver has no session starting then."),
    ):
        answer = await card(town, maya, oliver, start)
        assert reason in words(answer.response)
        assert "EST" in labels(answer.response)[0], "the nearest open times are buttons"


async def test_who_is_no_mentor(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    pending = await town.person("Pending", zone="Europe/London")
    await apply(town, pending)
    maya = await town.person("Maya", zone="America/New_York", points=100)
    answer = await card(town, maya, pending, at(town, 15))
    assert "Pending doesn't mentor here" in words(answer.response)
    answer = await card(town, maya, maya, at(town, 15))
    assert "doesn't mentor here" in words(answer.response)
    answer = await card(town, oliver, oliver, at(town, 15))
    assert "You can't book a session with yourself" in words(answer.response)


async def test_the_mentee_is_in_one_place_at_a_time(town: World) -> None:
    oliver, ines = await mentor(town, "Oliver"), await mentor(town, "Ines")
    maya = await town.person("Maya", zone="America/New_York", points=500)
    await booked(town, maya, oliver, at(town, 15))
    answer = await card(town, maya, ines, at(town, 15) + timedelta(minutes=30))
    assert "You already have a session at that time." in words(answer.response)


async def test_a_declined_session_gives_everything_back(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    await booked(town, maya, oliver, at(town, 15))
    form = await oliver.user.click(town.last_dm(oliver), label="Decline")
    await oliver.user.submit_modal(form, {"reason": "I'm at a wedding."})
    assert "Declined: Maya" in words(town.last_dm(oliver))
    assert labels(town.last_dm(oliver)) == []
    await town.deliver()
    message = words(town.last_dm(maya))
    assert "Oliver can't make it" in message
    assert "I'm at a wedding." in message
    assert "All 🪙 60 are back in your account." in message
    assert await town.balance(maya) == 100


async def test_without_an_answer_it_expires(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    await booked(town, maya, oliver, at(town, 15, day=4))
    asked = town.last_dm(oliver)
    await town.wait_until(town.now + timedelta(hours=24), step=timedelta(hours=1))
    assert "Oliver didn't answer in time" in words(town.last_dm(maya))
    assert await town.balance(maya) == 100
    # The old button shows how it stands, and why it does nothing.
    answer = await oliver.user.click(asked, label="Confirm")
    assert "You can't confirm this session: it is expired." in words(answer.followups[0])
    assert "Expired: Maya" in words(
        next(message for message in town.inbox(oliver) if message.id == asked.id)
    )


async def test_cancelling_asks_once_and_says_the_refund_first(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    await confirmed(town, maya, oliver, at(town, 15, day=5))
    (choice,) = await maya.autocomplete(town.square, "cancel", "session", "")
    assert choice["name"] == "Oliver · Thu 5 Mar, 10:00 EST"
    asked = await maya.slash(town.square, "cancel", session=choice["value"])
    assert "You get all 🪙 60 back." in words(asked.response)
    assert labels(asked.response) == ["Yes, cancel it", "Keep it"]
    done = await maya.click(asked.response, label="Yes, cancel it")
    assert "🪙 60 went back" in words(done.response)
    assert await town.balance(maya) == 100
    await town.deliver()
    assert "Maya cancelled" in words(town.last_dm(oliver))
    # No reminder comes of it, and the time can be booked again.
    before = len(town.inbox(maya))
    await town.wait_until(at(town, 15, day=5), step=timedelta(hours=1))
    assert len(town.inbox(maya)) == before


async def test_the_mentor_cancels_late_and_the_mentee_gets_everything(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    await confirmed(town, maya, oliver, at(town, 15))
    (choice,) = await oliver.autocomplete(town.square, "cancel", "session", "")
    asked = await oliver.slash(town.square, "cancel", session=choice["value"])
    assert "Maya gets all 🪙 60 back." in words(asked.response)
    await oliver.click(asked.response, label="Yes, cancel it")
    assert await town.balance(maya) == 100


async def test_the_mentee_cancels_late_by_the_policy(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    await confirmed(town, maya, oliver, at(town, 15))
    (choice,) = await maya.autocomplete(town.square, "cancel", "session", "")
    asked = await maya.slash(town.square, "cancel", session=choice["value"])
    assert "It is too late for a refund: the 🪙 60 go to Oliver." in words(asked.response)
    await maya.click(asked.response, label="Yes, cancel it")
    assert (await town.balance(maya), await town.balance(oliver)) == (40, 60)


async def test_strangers_press_nothing(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    mallory = await town.person("Mallory", zone="America/New_York", points=100)
    await confirmed(town, maya, oliver, at(town, 15))
    (choice,) = await maya.autocomplete(town.square, "cancel", "session", "")
    answer = await mallory.slash(town.square, "cancel", session=choice["value"])
    assert "I can't find that session" in words(answer.response)
    answer = await mallory.slash(town.square, "cancel", session="nonsense")
    assert "I can't find that session" in words(answer.response)
    assert await mallory.autocomplete(town.square, "cancel", "session", "") == []


async def test_silence_pays_the_mentor_after_a_day(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    await confirmed(town, maya, oliver, at(town, 15))
    await town.wait_until(at(town, 16, day=3) + timedelta(minutes=10), step=timedelta(minutes=30))
    assert await town.balance(oliver) == 60
    assert "How was your session with Oliver?" in words(town.last_dm(maya))
    (choice,) = await maya.autocomplete(town.square, "rate", "session", "")
    rated = await maya.slash(town.square, "rate", session=choice["value"], stars=4)
    assert "You gave Oliver ★★★★☆" in words(rated.response)


async def test_rating_before_completion(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    await confirmed(town, maya, oliver, at(town, 15))
    (choice,) = await maya.autocomplete(town.square, "cancel", "session", "")
    answer = await maya.slash(town.square, "rate", session=choice["value"], stars=4)
    assert "You can't rate this session" in words(answer.response)
    assert "confirmed" in words(answer.response)


async def test_nobody_mentors_yet(town: World) -> None:
    maya = await town.person("Maya", zone="America/New_York")
    answer = await maya.slash(town.square, "book")
    assert "Nobody mentors in this server yet" in words(answer.response)


async def test_balance(town: World) -> None:
    maya = await town.person("Maya", points=1200)
    answer = await maya.slash(town.square, "points balance")
    assert "🪙 1,200" in words(answer.response)
    who = Actor(user_id=maya.id, name="Maya", guild_id=town.guild.id)
    assert await town.db.read(ledger.balance, who) == 1200
