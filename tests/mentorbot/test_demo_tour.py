"""The demo as a tour: what is ticked off, what is shown of the data, and starting afresh."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("simcord", reason="the demo needs simcord")

from mentorbot.demo.community import MAYA, OLIVER
from mentorbot.demo.simulated_discord import MENTORSHIP, REVIEW
from mentorship.administration import setup
from mentorship.availability import editor, slot_queries
from mentorship.mentors import applications, profiles
from mentorship.mentors.profile_rules import Application
from mentorship.points import transfers
from mentorship.points.transfers import Recipient
from mentorship.sessions import booking, disputes, rescheduling, reviews, session_views, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.lifecycle import Action
from tests.mentorbot.demo_visitor import Visitor, book, press, visiting, walk_the_path


class Cast:
    """The demo's people, doing what the page suggests to them."""

    def __init__(self, visitor: Visitor) -> None:
        play = visitor.room.play
        self.visitor, self.stage, self.db = visitor, play.stage, play.clock.db

    async def run(self, key: str, use_case: Any, *asked: Any) -> Any:
        done = await self.db.run(use_case, self.stage.actor(key), *asked)
        await self.visitor.settled()
        return done

    async def type(self, key: str, command: str, **options: Any) -> None:
        """Type a command in #mentorship."""
        actor = self.stage._members[key].actor
        await self.stage.alone(lambda: actor.slash(self.stage.mentorship, command, **options))

    async def ahead(self, key: str, start: int = 20) -> Any:
        """The soonest session of somebody's, and a free time of its mentor's for it."""
        session = (await self.db.read(session_views.list_upcoming, self.stage.actor(key)))[0]
        found = await self.db.read(
            slot_queries.open_slots, self.stage.actor("noah"), session.mentor.user_id
        )
        return session, found.starts[start]

    async def done(self, key: str) -> list[bool]:
        state = await self.visitor.look()
        person = next(each for each in state["people"] if each["key"] == key)
        return [thing["done"] for thing in person["things"]]


async def test_the_five_things_of_each_are_ticked_off_as_they_are_done() -> None:
    async with visiting() as visitor:
        cast = Cast(visitor)
        for key in ("maya", "oliver", "priya", "tomas"):
            assert await cast.done(key) == [False] * 5
        await maya_s_five(cast)
        await oliver_s_five(cast)
        assert await cast.done("tomas") == [False] * 5, "what others do is not his"
        await tomas_s_four(cast)
        await priya_s_five(cast)
        await cast.run("tomas", editor.set_weekly, "mon-fri 18-21")
        assert await cast.done("tomas") == [True] * 5
        # Each stays done, whatever comes after.
        await visitor.skip("day")
        for key in ("maya", "oliver", "priya", "tomas"):
            assert await cast.done(key) == [True] * 5


async def maya_s_five(cast: Cast) -> None:
    await book(cast.visitor)
    assert await cast.done("maya") == [True, False, False, False, False]
    await cast.type("maya", "mentor search")
    assert await cast.done("maya") == [True, False, False, False, False], "not for a word"
    await cast.type("maya", "mentor search", expertise="pyton")
    assert await cast.done("maya") == [True, True, False, False, False]
    (unrated,) = [
        session
        for session in await cast.db.read(session_views.list_rateable, cast.stage.actor("maya"))
        if session.stars is None
    ]
    assert unrated.mentor.name == "Chloé Martin"
    await cast.run("maya", reviews.rate, unrated.id, 5, "She is patient.")
    assert await cast.done("maya") == [True, True, True, False, False]
    await cast.run("maya", transfers.give, Recipient(cast.stage.actor("sam").user_id, "Sam"), 20)
    assert await cast.done("maya") == [True, True, True, True, False]
    session, start = await cast.ahead("maya")
    await cast.run("maya", rescheduling.propose, session.id, start)
    assert await cast.done("maya") == [True] * 5


async def oliver_s_five(cast: Cast) -> None:
    session, _ = await cast.ahead("maya")
    await cast.run("oliver", rescheduling.keep, session.id)
    await cast.run("oliver", transitions.confirm, session.id)
    assert await cast.done("oliver") == [True, False, False, False, False]
    await cast.run("oliver", editor.set_weekly, "sun 17:00-20:00; mon 18:00-21:00")
    assert await cast.done("oliver") == [True, True, False, False, False]
    session, start = await cast.ahead("leo", 5)
    await cast.run("oliver", rescheduling.propose, session.id, start)
    assert await cast.done("oliver") == [True, True, True, False, False]
    (of_leo,) = [
        session
        for session in await cast.db.read(session_views.list_past, cast.stage.actor("oliver"))
        if session.mentee.name.startswith("Leo ")
    ]
    await cast.run("oliver", reviews.reply, of_leo.id, "Thank you!")
    assert await cast.done("oliver") == [True, True, True, True, False]
    text = await cast.run("oliver", profiles.before_edit)
    await cast.run("oliver", profiles.edit, replace(text, hourly_rate=65))
    assert await cast.done("oliver") == [True] * 5


async def tomas_s_four(cast: Cast) -> None:
    await cast.type("tomas", "mentor status")
    assert await cast.done("tomas") == [True, False, False, False, False]
    text = Application(("postgresql", "sql"), 50, "Ten years of databases. I draw your tables.")
    await cast.run("tomas", applications.revise, text)
    assert await cast.done("tomas") == [True, True, False, False, False]
    await cast.type("tomas", "timezone convert", time="9:00", to="Asia/Tokyo")
    assert await cast.done("tomas") == [True, True, True, False, False]
    host = cast.stage.actor("aiko")
    found = await cast.db.read(slot_queries.open_slots, cast.stage.actor("tomas"), host.user_id)
    request = BookingRequest(host.user_id, found.starts[3], found.minutes, "A form")
    await cast.run("tomas", booking.book, request)
    assert await cast.done("tomas") == [True, True, True, True, False]


async def priya_s_five(cast: Cast) -> None:
    await cast.stage.alone(lambda: cast.stage.press("priya", "Approve", REVIEW))
    await cast.visitor.settled()
    assert await cast.done("priya") == [True, False, False, False, False]
    (dispute,) = (await cast.db.read(disputes.pending, cast.stage.actor("priya"))).items
    assert {dispute.mentee.name.split()[0], dispute.mentor.name.split()[0]} == {"Fatima", "Lucas"}
    await cast.run("priya", disputes.settle, dispute.id, Action.SPLIT)
    assert await cast.done("priya") == [True, True, False, False, False]
    sam = Recipient(cast.stage.actor("sam").user_id, "Sam")
    await cast.run("priya", transfers.grant, sam, 10, "For #general")
    assert await cast.done("priya") == [True, True, True, False, False]
    await cast.type("priya", "moderation audit")
    assert await cast.done("priya") == [True, True, True, True, False]
    priya = replace(cast.stage.actor("priya"), manages_guild=True)
    await cast.db.run(setup.configure, priya, fee_percent=5)
    assert await cast.done("priya") == [True] * 5


async def test_the_books_and_the_outbox_are_shown_as_they_change() -> None:
    async with visiting() as visitor:
        await books_and_outbox(visitor)
        await token_and_line(visitor)


async def books_and_outbox(visitor: Visitor) -> None:
    before = (await visitor.look())["backstage"]
    assert before["total"] == 0
    assert before["accounts"] > 30
    await book(visitor)
    after = (await visitor.look())["backstage"]
    assert after["total"] == 0
    latest = after["movements"][0]
    assert (latest["from"], latest["to"], latest["why"]) == (
        "Maya Torres",
        "held for a session",
        "hold",
    )
    assert (after["sent"][0]["to"], after["sent"][0]["about"]) == ("Oliver Hughes", "requested")
    await press(visitor, OLIVER.key, "Confirm")
    assert (await visitor.look())["backstage"]["waiting"] > after["waiting"], "reminders wait"


async def token_and_line(visitor: Visitor) -> None:
    api = (await visitor.look())["api"]
    async with visitor.http.get(api["page"]) as answer:
        assert answer.status == 200
    words = shlex.split(api["curl"])
    (header,) = [word for word in words if word.startswith("Authorization: ")]
    assert api["token"] in header
    headers = {"Authorization": header.partition(": ")[2]}
    async with visitor.http.get(words[-1], headers=headers) as answer:
        assert (answer.status, (await answer.json())["name"]) == (200, "Maya Torres")


async def test_a_fresh_start_is_as_the_beginning() -> None:
    async with visiting() as visitor:
        first = await visitor.look()
        await visitor.open(MAYA.key, MENTORSHIP.key)
        await book(visitor)
        await visitor.skip("day")
        async with visitor.http.post("/api/afresh", json={}) as answer:
            assert answer.status == 200
            state = await answer.json()
        for same in ("now", "steps", "next", "skipped", "backstage", "people"):
            assert state[same] == first[same], same
        assert state["api"]["token"] != first["api"]["token"]
        # And it can be walked again.
        await walk_the_path(visitor)
