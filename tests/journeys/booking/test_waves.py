"""A hundred people book one slot at once, wave after wave.

They use the API, two more processes on the same database and, in every fifth wave, the bot. Exactly
one of them gets it. `make test` runs two waves, `make test-long` a hundred (10,000 bookings).
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
from tests.mentorship.support.community import HIGH_LIMITS, grant_silently

FIRST = datetime.fromisoformat("2026-03-04T00:00+00:00")
IN_DISCORD, IN_THE_APP, ELSEWHERE = 10, 30, 35
ENOUGH = 10**6
"""Points that suffice for any number of bookings."""


def elsewhere(
    guild: SimulatedGuild, oliver: simcord.MemberActor, people: list[int]
) -> AbstractAsyncContextManager[Script]:
    """Run the program `racing_booker.py` with mentees of its own."""
    return run_script(
        Path(__file__).with_name("racing_booker.py"),
        *(guild.db.url, guild.now.isoformat(), guild.id, oliver.id),
        *(",".join(map(str, people)), FIRST.isoformat()),
    )


async def book_all(process: Script, hour: int) -> Counter[str]:
    process.stdin.write(f"{hour}\n".encode())
    line = (await process.stdout.readline()).decode()
    return Counter({how: int(n) for how, _, n in (each.partition("=") for each in line.split())})


@pytest.mark.parametrize("waves", [2, pytest.param(100, marks=pytest.mark.long)])
async def test_one_of_a_hundred_concurrent_bookings_succeeds(
    guild: SimulatedGuild, waves: int
) -> None:
    await guild.configure(**HIGH_LIMITS)
    oliver = await approved_mentor(guild, "Oliver", hours="daily 0:00-24:00")
    await guild.db.run(editor.set_limits, Actor(oliver.id, "Oliver", guild.id), horizon_days=30)
    members = [
        await guild.add_member(f"Member {n}", zone="America/New_York", points=ENOUGH)
        for n in range(IN_DISCORD)
    ]
    ids = iter(range(10_000, 20_000))
    api_ids, first_ids, second_ids = (
        [next(ids) for _ in range(count)] for count in (IN_THE_APP, ELSEWHERE, ELSEWHERE)
    )
    for user_id in (*api_ids, *first_ids, *second_ids):
        person = Actor(user_id, f"Person {user_id}", guild.id)
        await guild.db.run(timezone_change.set_timezone, person, "Europe/London")
        await guild.db.run(grant_silently, person, ENOUGH)

    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(serve_api(guild.db))
        clients = [
            api.client_with_token(create_token(user_id, guild.id, "member")) for user_id in api_ids
        ]
        programs = [
            await stack.enter_async_context(elsewhere(guild, oliver, user_ids))
            for user_ids in (first_ids, second_ids)
        ]
        for hour in range(waves):
            start = FIRST + timedelta(hours=hour)

            async def book_over_rest(client: httpx.AsyncClient, when: datetime = start) -> str:
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

            # simcord gets slower with each interaction of a person.
            racing_members = members if hour % 5 == 0 else []
            options = {"mentor": str(oliver.id), "when": str(int(start.timestamp()))}
            commands = [
                Command(member, guild.channel, "book", options) for member in racing_members
            ]
            presses = [
                button_press(member, card.response, "Confirm")
                for member, card in zip(
                    racing_members, await send_concurrently(guild, commands), strict=True
                )
            ]
            elsewhere_results = asyncio.gather(
                *(book_all(program, hour) for program in programs),
                *(book_over_rest(client) for client in clients),
            )
            answers = await send_concurrently(guild, presses, meanwhile=elsewhere_results)
            first_results, second_results, *api_results = elsewhere_results.result()

            texts = [message_text(user_id.response) for user_id in answers]
            results = Counter(api_results) + first_results + second_results
            results["booked"] += sum("Request sent to Oliver" in user_id for user_id in texts)
            results["slot-taken"] += sum(
                "That slot was just taken." in user_id for user_id in texts
            )
            assert results == {"booked": 1, "slot-taken": 99 + len(racing_members)}, f"wave {hour}"
    assert await count_rows(guild, Session) == waves
    assert await count_rows(guild, Commitment) == 2 * waves
