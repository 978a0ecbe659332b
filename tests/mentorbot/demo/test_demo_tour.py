"""The demo's tasks, the data that it shows, and starting over."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from datetime import timedelta
from string import Template
from typing import Any

import pytest
from discord.app_commands import Command

pytest.importorskip("simcord", reason="the demo needs simcord")

from bot.cogs import COGS
from mentorbot.demo.community import MAYA, OLIVER
from mentorbot.demo.simulated_discord import MENTORSHIP, REVIEW
from mentorbot.demo.tasks import TASKS
from mentorship.administration import setup
from mentorship.availability import editor, slot_queries
from mentorship.availability.slot_alerts import alerts
from mentorship.availability.slot_alerts.wishes import SlotWish
from mentorship.calendars import external_calendars
from mentorship.mentors import applications
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.points import adjustments, transfers
from mentorship.points.transfers import Recipient
from mentorship.relationships import goals, next_steps
from mentorship.relationships.next_steps import StepDraft
from mentorship.sessions import booking, rescheduling, session_views, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import disputes, reviews, thanks
from mentorship.sessions.groups import creation, group_changes, group_lists, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.seats import JoinRequest
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.offers import help_requests, invitation_answers, request_views
from mentorship.sessions.offers.help_requests import HelpRequestDraft
from mentorship.sessions.offers.invitations import InvitationRequest
from mentorship.sessions.series import booking as series_booking
from mentorship.sessions.series.quotes import SeriesRequest
from mentorship.time.parts_of_day import PartOfDay
from tests.mentorbot.support.demo_visitor import Visitor, book, complete_tour, press, visiting


class Personas:
    """Lets the demo's personas do the tasks that the page suggests."""

    def __init__(self, visitor: Visitor) -> None:
        demo = visitor.room.demo
        self.visitor, self.server, self.db = visitor, demo.server, demo.clock.db

    async def run(self, key: str, use_case: Any, *args: Any) -> Any:
        result = await self.db.run(use_case, self.server.actor(key), *args)
        await self.visitor.settled()
        return result

    async def type(self, key: str, command: str, **options: Any) -> None:
        """Type a command in #mentorship."""
        actor = self.server._accounts[key].actor
        await self.server.exclusively(
            lambda: actor.slash(self.server.mentorship, command, **options)
        )

    async def next_session(self, key: str, slot: int = 20) -> Any:
        """Return a persona's next session for two, and another open slot of its mentor."""
        session = next(
            session
            for session in await self.db.read(session_views.list_upcoming, self.server.actor(key))
            if session.group_id is None
        )
        slots = await self.db.read(
            slot_queries.suggest_slots, self.server.actor("noah"), session.mentor.user_id
        )
        return session, slots.starts[slot]

    async def book_series(self, key: str) -> None:
        """Book two weeks with the mentor of a persona's next session."""
        session, start = await self.next_session(key, slot=10)
        request = SeriesRequest(session.mentor.user_id, start, 30, every_weeks=1, count=2)
        await self.run(key, series_booking.book_series, request)

    async def done(self, key: str) -> list[bool]:
        """Return which of a persona's tasks are done."""
        state = await self.visitor.state()
        person = next(each for each in state["people"] if each["key"] == key)
        return [task["done"] for task in person["tasks"]]


async def test_each_personas_tasks_are_marked_done() -> None:
    async with visiting() as visitor:
        personas = Personas(visitor)
        for key in ("maya", "oliver", "priya", "tomas"):
            assert await personas.done(key) == [False] * 6
        await do_mayas_tasks(personas)
        await do_olivers_tasks(personas)
        assert await personas.done("tomas") == [False] * 6, "what others do doesn't count for him"
        await do_tomass_first_four_tasks(personas)
        await do_priyas_tasks(personas)
        await personas.run("tomas", editor.set_weekly, "mon-fri 18-21")
        assert await personas.done("tomas") == [True] * 6
        # A task that is done stays done.
        await visitor.skip("day")
        for key in ("maya", "oliver", "priya", "tomas"):
            assert await personas.done(key) == [True] * 6


def test_tasks_name_commands_and_options_that_exist() -> None:
    options = {}
    for cog in COGS:
        group = f"{cog.__cog_group_name__} " if cog.__cog_is_app_commands_group__ else ""
        for command in cog.__cog_app_commands__:
            if isinstance(command, Command):
                names = {parameter.display_name for parameter in command.parameters}
                options[group + command.name] = names
    named = [
        (name, re.findall(r"(\w+): ", rest))
        for tasks in TASKS.values()
        for task in tasks
        for name, rest in re.findall(rf"/({'|'.join(options)})\b([^/]*)", task.hint)
    ]
    slashes = sum(task.hint.count("/") for tasks in TASKS.values() for task in tasks)
    assert len(named) == slashes, "every command exists"
    assert [each for each in named if not options[each[0]].issuperset(each[1])] == []


async def do_mayas_tasks(personas: Personas) -> None:
    await book(personas.visitor)
    assert await personas.done("maya") == [True, False, False, False, False, False]
    await personas.type("maya", "mentor search")
    assert await personas.done("maya") == [True, False, False, False, False, False], (
        "without a search term it doesn't count"
    )
    await personas.type("maya", "mentor search", expertise="pyton")
    assert await personas.done("maya") == [True, True, False, False, False, False]
    (unrated,) = [
        session
        for session in await personas.db.read(
            session_views.list_rateable, personas.server.actor("maya")
        )
        if session.stars is None
    ]
    assert unrated.mentor.name == "Chloé Martin"
    await personas.run("maya", reviews.rate, unrated.id, 5, "She is patient.")
    assert await personas.done("maya") == [True, True, True, False, False, False]
    await personas.run(
        "maya", transfers.give, Recipient(personas.server.actor("sam").user_id, "Sam"), 20
    )
    assert await personas.done("maya") == [True, True, True, True, False, False]
    session, start = await personas.next_session("maya")
    await personas.run("maya", rescheduling.propose, session.id, start)
    assert await personas.done("maya") == [True] * 5 + [False]
    await personas.book_series("maya")
    assert await personas.done("maya") == [True] * 6


async def do_olivers_tasks(personas: Personas) -> None:
    session, _ = await personas.next_session("maya")
    await personas.run("oliver", rescheduling.decline, session.id)
    await personas.run("oliver", transitions.confirm, session.id)
    assert await personas.done("oliver") == [True, False, False, False, False, False]
    await personas.run("oliver", editor.set_weekly, "sun 17:00-20:00; mon 18:00-21:00")
    assert await personas.done("oliver") == [True, True, False, False, False, False]
    session, start = await personas.next_session("leo", 5)
    await personas.run("oliver", rescheduling.propose, session.id, start)
    assert await personas.done("oliver") == [True, True, True, False, False, False]
    (of_leo,) = [
        session
        for session in await personas.db.read(
            session_views.list_past, personas.server.actor("oliver")
        )
        if session.mentee.name.startswith("Leo ")
    ]
    await personas.run("oliver", reviews.reply, of_leo.id, "Thank you!")
    assert await personas.done("oliver") == [True, True, True, True, False, False]
    address = "https://calendar.example/oliver.ics"
    await personas.run("oliver", external_calendars.add_ics, "Home", address)
    assert await personas.done("oliver") == [True] * 5 + [False]
    start = personas.visitor.room.demo.clock.now() + timedelta(days=3, hours=1)
    request = GroupRequest("Debugging together", start, minutes=60, capacity=6, price=0)
    await personas.run("oliver", creation.create, request)
    assert await personas.done("oliver") == [True] * 6


async def do_tomass_first_four_tasks(personas: Personas) -> None:
    await personas.type("tomas", "mentor status")
    assert await personas.done("tomas") == [True, False, False, False, False, False]
    text = ProfileContent(("postgresql", "sql"), 50, "Ten years of databases. I draw your tables.")
    await personas.run("tomas", applications.revise, text)
    assert await personas.done("tomas") == [True, True, False, False, False, False]
    await personas.type("tomas", "timezone convert", time="9:00", to="Asia/Tokyo")
    assert await personas.done("tomas") == [True, True, True, False, False, False]
    host = personas.server.actor("aiko")
    found = await personas.db.read(
        slot_queries.suggest_slots, personas.server.actor("tomas"), host.user_id
    )
    request = BookingRequest(host.user_id, found.starts[3], found.minutes, "A form")
    await personas.run("tomas", booking.book, request)
    assert await personas.done("tomas") == [True, True, True, True, False, False]
    jack = personas.server.actor("jack").user_id
    await personas.run("tomas", alerts.set_alert, jack, SlotWish(part=PartOfDay.EVENING))
    assert await personas.done("tomas") == [True, True, True, True, False, True]


async def do_priyas_tasks(personas: Personas) -> None:
    await personas.server.exclusively(
        lambda: personas.server.press_button("priya", "Approve", REVIEW)
    )
    await personas.visitor.settled()
    assert await personas.done("priya") == [True, False, False, False, False, False]
    (dispute,) = (
        await personas.db.read(disputes.list_pending, personas.server.actor("priya"))
    ).items
    assert {dispute.mentee.name.split()[0], dispute.mentor.name.split()[0]} == {"Fatima", "Oliver"}
    await personas.run("priya", disputes.resolve, dispute.id, Action.SPLIT)
    assert await personas.done("priya") == [True, True, False, False, False, False]
    sam = Recipient(personas.server.actor("sam").user_id, "Sam")
    await personas.run("priya", adjustments.grant, sam, 10, "For #general")
    assert await personas.done("priya") == [True, True, True, False, False, False]
    await personas.type("priya", "moderation audit")
    assert await personas.done("priya") == [True, True, True, True, False, False]
    priya = replace(personas.server.actor("priya"), manages_guild=True)
    await personas.db.run(setup.configure, priya, fee_percent=5)
    assert await personas.done("priya") == [True] * 5 + [False]
    group = (await personas.db.read(group_lists.list_upcoming, priya))[0]
    await personas.run("priya", group_changes.cancel, group.id, "Oliver is ill")
    assert await personas.done("priya") == [True] * 6


async def test_the_page_shows_transfers_outbox_and_a_working_token() -> None:
    async with visiting() as visitor:
        await check_transfers_and_outbox(visitor)
        await check_token_and_commands(visitor)


async def check_transfers_and_outbox(visitor: Visitor) -> None:
    before = (await visitor.state())["data"]
    assert before["sum"] == 0
    assert before["accounts"] > 30
    await book(visitor)
    after = (await visitor.state())["data"]
    assert after["sum"] == 0
    assert {"session ended", "reminder"} <= {each["kind"] for each in after["next"]}
    latest = after["transfers"][0]
    assert (latest["debited"], latest["credited"], latest["cause"]) == (
        "Maya Torres",
        "on hold",
        "hold",
    )
    assert (after["sent"][0]["recipient"], after["sent"][0]["kind"]) == (
        "Oliver Hughes",
        "requested",
    )
    await press(visitor, OLIVER.key, "Confirm")
    assert (await visitor.state())["data"]["waiting"] > after["waiting"], "reminders are waiting"


async def check_token_and_commands(visitor: Visitor) -> None:
    api = (await visitor.state())["api"]
    async with visitor.http.get(api["docs"]) as answer:
        assert answer.status == 200
    *exports, curl = map(shlex.split, api["commands"].splitlines())
    values = dict(export.split("=", 1) for _, export in exports)
    assert values["TOKEN"] == api["token"]
    header, url = (Template(word).substitute(values) for word in curl[-2:])
    name, _, value = header.partition(": ")
    async with visitor.http.get(url, headers={name: value}) as answer:
        assert (answer.status, (await answer.json())["name"]) == (200, "Maya Torres")


async def test_a_freed_seat_and_a_request_complete_the_other_tours() -> None:
    async with visiting() as visitor:
        personas = Personas(visitor)
        office_hours, _, talk, *_ = await personas.db.read(
            group_lists.list_upcoming, personas.server.actor("maya")
        )
        await personas.run("maya", seats.join, JoinRequest(office_hours.id))
        assert await visitor.steps_done("group") == [True, False, False]
        await personas.run("priya", seats.leave, talk.id)
        assert await visitor.steps_done("group") == [True, True, False]
        assert (await visitor.channel("tomas", "dm"))["unread"] == 1
        await visitor.open("tomas", "dm")
        assert await visitor.steps_done("group") == [True, True, True]

        await personas.run("maya", help_requests.ask, HelpRequestDraft("python", "A slow test"))
        assert await visitor.steps_done("request") == [True, False, False]
        # As after an interaction with the bot: mentors get a request by the clock of sessions.
        await personas.server.exclusively(visitor.room.demo.clock.run_jobs)
        terms = InvitationRequest(office_hours.starts_at + timedelta(days=1), minutes=60)
        (request,) = await personas.db.read(request_views.list_open, personas.server.actor("maya"))
        offer = await personas.run("oliver", help_requests.offer, request.id, terms)
        assert await visitor.steps_done("request") == [True, True, False]
        await personas.run("maya", invitation_answers.accept, offer.id)
        assert await visitor.steps_done("request") == [True, True, True]


async def test_thanks_a_goal_a_step_and_insights_complete_the_last_tour() -> None:
    async with visiting() as visitor:
        personas = Personas(visitor)
        sessions = await personas.db.read(session_views.list_past, personas.server.actor("maya"))
        with_chloe, with_ingrid = (
            next(session for session in sessions if session.mentor.name.startswith(name))
            for name in ("Chloé", "Ingrid")
        )
        assert await visitor.steps_done("growth") == [False] * 4
        await personas.run("maya", thanks.send, with_chloe.id, "It is merged!", 5)
        assert await visitor.steps_done("growth") == [True, False, False, False]
        ingrid = with_ingrid.mentor.user_id
        await personas.run("maya", goals.set_goal, ingrid, "Plot before I test")
        assert await visitor.steps_done("growth") == [True, True, False, False]
        draft = StepDraft("Send Ingrid the plots")
        await personas.run("maya", next_steps.add, with_ingrid.id, draft)
        assert await visitor.steps_done("growth") == [True, True, True, False]
        await personas.type("oliver", "insights")
        assert await visitor.steps_done("growth") == [True, True, True, False], "not by Oliver"
        await personas.type("priya", "insights")
        assert await visitor.steps_done("growth") == [True] * 4


async def test_starting_over_resets_everything() -> None:
    async with visiting() as visitor:
        first = await visitor.state()
        await visitor.open(MAYA.key, MENTORSHIP.key)
        await book(visitor)
        await visitor.skip("day")
        async with visitor.http.post("/api/restart", json={}) as answer:
            assert answer.status == 200
            state = await answer.json()
        for key in ("now", "tours", "next", "skips", "data", "people"):
            assert state[key] == first[key], key
        assert state["api"]["token"] != first["api"]["token"]
        # The tour can be done again.
        await complete_tour(visitor)
