"""A hundred people want one slot at once, wave after wave: by the API, in two more processes over
the same database, and, in every fifth wave, some more by the bot. One of them all gets it.

Two waves are in `make test`, a hundred (10,000 bookings) in `make test-long`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import simcord

from mentorship.actors import Actor
from mentorship.availability import editor, timezone_change
from storage.tables import Commitment, Session
from tests.api.server import create_token, serve_api
from tests.journeys.support.concurrency import Command, button_press, send_concurrently
from tests.journeys.support.helpers import count_rows
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text
from tests.mentorbot.support.processes import Script, run_script
from tests.mentorship.support.community import grant_silently

FIRST = datetime.fromisoformat("2026-03-04T00:00+00:00")
IN_DISCORD, IN_THE_APP, ELSEWHERE = 10, 30, 35
ENOUGH = 10**6
"""Points; nobody is to lose for want of them."""


def elsewhere(
    guild: SimulatedGuild, oliver: simcord.MemberActor, people: list[int]
) -> AbstractAsyncContextManager[Script]:
    """The program in `racing_booker.py`, with people of its own."""
    return run_script(
        Path(__file__).with_name("racing_booker.py"),
        *(guild.db.url, guild.now.isoformat(), guild.id, oliver.id),
        *(",".join(map(str, people)), FIRST.isoformat()),
    )


async def all_want(process: Script, hour: int) -> Counter[str]:
    process.stdin.write(f"{hour}\n".encode())
    line = (await process.stdout.readline()).decode()
    return Counter({how: int(n) for how, _, n in (each.partition("=") for each in line.split())})


@pytest.mark.parametrize("waves", [2, pytest.param(100, marks=pytest.mark.long)])
async def test_one_of_a_hundred_concurrent_bookings_succeeds(
    guild: SimulatedGuild, waves: int
) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 0:00-24:00")
    await guild.db.run(editor.set_limits, Actor(oliver.id, "Oliver", guild.id), horizon_days=30)
    crowd = [
        await guild.add_member(f"Member {n}", zone="America/New_York", points=ENOUGH)
        for n in range(IN_DISCORD)
    ]
    ids = iter(range(10_000, 20_000))
    app, here, there = (
        [next(ids) for _ in range(many)] for many in (IN_THE_APP, ELSEWHERE, ELSEWHERE)
    )
    for each in (*app, *here, *there):
        person = Actor(each, f"Person {each}", guild.id)
        await guild.db.run(timezone_change.set_timezone, person, "Europe/London")
        await guild.db.run(grant_silently, person, ENOUGH)

    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(serve_api(guild.db))
        clients = [api.client_with_token(create_token(each, guild.id, "member")) for each in app]
        programs = [
            await stack.enter_async_context(elsewhere(guild, oliver, people))
            for people in (here, there)
        ]
        for hour in range(waves):
            start = FIRST + timedelta(hours=hour)

            async def by_the_app(client: httpx.AsyncClient, when: datetime = start) -> str:
                answer = await client.post(
                    "/book",
                    headers={"Connection": "close"},
                    json={
                        "mentorId": str(oliver.id),
                        "duration": 60,
                        "timezone": "Europe/London",
                        "scheduledAt": when.isoformat(),
                    },
                )
                return "booked" if answer.status_code == 201 else str(answer.json()["code"])

            # simcord takes longer with each that a person does.
            there_too = crowd if hour % 5 == 0 else []
            wish = {"mentor": str(oliver.id), "when": str(int(start.timestamp()))}
            asked = [Command(who, guild.channel, "book", wish) for who in there_too]
            presses = [
                button_press(who, shown.response, "Confirm")
                for who, shown in zip(there_too, await send_concurrently(guild, asked), strict=True)
            ]
            others = asyncio.gather(
                *(all_want(program, hour) for program in programs),
                *(by_the_app(client) for client in clients),
            )
            answers = await send_concurrently(guild, presses, meanwhile=others)
            one, another, *by_app = others.result()

            said = [message_text(each.response) for each in answers]
            fared = Counter(by_app) + one + another
            fared["booked"] += sum("Request sent to Oliver" in each for each in said)
            fared["slot-taken"] += sum("That slot was just taken." in each for each in said)
            assert fared == {"booked": 1, "slot-taken": 99 + len(there_too)}, f"wave {hour}"
    assert await count_rows(guild, Session) == waves
    assert await count_rows(guild, Commitment) == 2 * waves
