"""Booking, when something or somebody comes between."""

from __future__ import annotations

from datetime import timedelta

from mentorship.actors import Actor
from mentorship.points import ledger
from tests.journeys.support.bookings import at
from tests.journeys.support.people import apply, booked, card, confirmed, mentor
from tests.journeys.support.world import World, labels, words


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
        (at(town, 12) + timedelta(minutes=30), "Oliver wants to know 1 hour ahead."),
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
    assert "Your session was declined." in words(town.last_dm(oliver))
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
    assert "Your session has expired." in words(
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
    assert labels(asked.response) == ["Yes, cancel it", "Cancel and say why", "Keep it"]
    done = await maya.click(asked.response, label="Yes, cancel it")
    assert "🪙 60 are back in your account" in words(done.response)
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
    for command, more in (("cancel", {}), ("reschedule", {}), ("rate", {"stars": 5})):
        answer = await mallory.slash(town.square, command, session="nonsense", **more)
        assert "The session must be one of the suggestions" in words(answer.response)
        answer = await mallory.slash(town.square, command, session="4711", **more)
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
    assert await town.db.read(ledger.load_balance, who) == 1200
