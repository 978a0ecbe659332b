"""A program that books one slot after another as soon as it is told: the others of `test_waves.py`.

python tests/journeys/booking/racing_booker.py URL NOW GUILD MENTOR MENTEE,... FIRST

For each line on its standard input, a number of hours after FIRST, all of its mentees want that
slot at once; it says how each fared, on one line.
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
    url: str, now: datetime, guild: int, mentor: int, mentees: list[int], first: datetime
) -> None:
    db = Database(url, clock=lambda: now, synchronous="OFF")
    await db.open()

    async def wants(mentee: int, start: datetime) -> str:
        me = Actor(mentee, f"Mentee {mentee}", guild)
        try:
            await db.run(booking.book, me, BookingRequest(mentor, start, 60))
        except MentorshipError as error:
            return error.code.replace("_", "-")
        return "booked"

    while line := await asyncio.to_thread(sys.stdin.readline):
        start = first + timedelta(hours=int(line))
        fared = Counter(await asyncio.gather(*(wants(each, start) for each in mentees)))
        print(*(f"{how}={number}" for how, number in fared.items()), flush=True)
    await db.close()


if __name__ == "__main__":
    url, now, guild, mentor, mentees, first = sys.argv[1:]
    ids = [int(each) for each in mentees.split(",")]
    instants = [datetime.fromisoformat(each).astimezone(UTC) for each in (now, first)]
    asyncio.run(main(url, instants[0], int(guild), int(mentor), ids, instants[1]))
