"""A program that books slots in a race: one of the other processes of `test_waves.py`.

python tests/journeys/booking/racing_booker.py URL NOW GUILD MENTOR MENTEE,... FIRST

For each line on its standard input, a number of hours after FIRST, all of its mentees book that
slot at once. It prints how many got which result, on one line.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

from mentorship.actors import Actor
from mentorship.errors import MentorshipError
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest
from storage import Database


async def main(
    url: str, now: datetime, guild_id: int, mentor_id: int, mentee_ids: list[int], first: datetime
) -> None:
    db = Database(url, clock=lambda: now, synchronous="OFF")
    await db.open()

    async def try_to_book(mentee_id: int, start: datetime) -> str:
        actor = Actor(mentee_id, f"Mentee {mentee_id}", guild_id)
        try:
            await db.run(booking.book, actor, BookingRequest(mentor_id, start, 60))
        except MentorshipError as error:
            return error.code.replace("_", "-")
        return "booked"

    while line := await asyncio.to_thread(sys.stdin.readline):
        start = first + timedelta(hours=int(line))
        results = Counter(
            await asyncio.gather(*(try_to_book(mentee_id, start) for mentee_id in mentee_ids))
        )
        print(*(f"{result}={count}" for result, count in results.items()), flush=True)
    await db.close()


if __name__ == "__main__":
    url, now, guild, mentor, mentees, first = sys.argv[1:]
    ids = [int(each) for each in mentees.split(",")]
    instants = [datetime.fromisoformat(each).astimezone(UTC) for each in (now, first)]
    asyncio.run(main(url, instants[0], int(guild), int(mentor), ids, instants[1]))
