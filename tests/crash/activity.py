"""A program in which everybody acts at random, until `test_activity.py` kills it.

python tests/crash/activity.py ADDRESS URL NOW SEED GUILD MENTOR,... MENTEE,...

Each person acts in a task of their own, and prints a line for each action that has succeeded. The
jobs run beside them. With an empty SEED nobody acts: the program delivers what is due, prints
"idle" and exits.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import discord.http

from bot.client import MentorBot
from bot.notifications.delivery import deliver_due
from mentorship.actors import Actor
from mentorship.delivery import outbox
from mentorship.errors import MentorshipError
from mentorship.points import transfers
from mentorship.points.transfers import Recipient
from mentorship.sessions import booking, rescheduling, reviews, session_views, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.session_views import SessionView
from storage import Database

HOUR = timedelta(hours=1)


class RandomPerson:
    """Someone who acts at random."""

    def __init__(
        self, db: Database, rng: random.Random, actor: Actor, mentors: list[int], others: list[int]
    ) -> None:
        self.db, self.rng, self.actor = db, rng, actor
        self.actorntors, self.others = mentors, others

    async def act_forever(self) -> None:
        actions: list[Callable[[], Awaitable[str]]] = [
            self.book,
            self.book,
            self.answer,
            self.answer,
            self.cancel,
            self.propose,
            self.give,
            self.rate,
        ]
        while True:
            try:
                line = await self.rng.choice(actions)()
            except MentorshipError:
                continue  # The action was refused, which is fine.
            except LookupError:
                await asyncio.sleep(0)  # There is nothing to act on.
                continue
            print(line, flush=True)

    async def book(self) -> str:
        hour = self.db.now().replace(minute=0, second=0, microsecond=0)
        start = hour + self.rng.randrange(2, 240) * HOUR
        request = BookingRequest(self.rng.choice(self.actorntors), start, 60, "PRs")
        booked = await self.db.run(booking.book, self.actor, request)
        return f"booked {booked.id} {self.actor.user_id}"

    async def answer(self) -> str:
        session = self.rng.choice(await self._upcoming())
        action = self.rng.choice([transitions.confirm, transitions.confirm, transitions.decline])
        await self.db.run(action, self.actor, session.id)
        return f"{action.__name__} {session.id}"

    async def cancel(self) -> str:
        session = self.rng.choice(await self._upcoming())
        await self.db.run(transitions.cancel, self.actor, session.id)
        return f"cancel {session.id}"

    async def propose(self) -> str:
        session = self.rng.choice(await self._upcoming())
        if session.proposal is not None:
            await self.db.run(rescheduling.accept, self.actor, session.id)
            return f"moved {session.id} {session.proposal.starts_at.isoformat()}"
        start = session.starts_at + self.rng.randrange(1, 48) * HOUR
        await self.db.run(rescheduling.propose, self.actor, session.id, start)
        return f"proposed {session.id}"

    async def give(self) -> str:
        recipient = self.rng.choice(self.others)
        amount = self.rng.randrange(1, 9)
        gift = await self.db.run(
            transfers.give, self.actor, Recipient(recipient, "Somebody"), amount
        )
        return f"gave {gift.transfer_id} {amount}"

    async def rate(self) -> str:
        rateable = await self.db.read(session_views.list_rateable, self.actor)
        session = self.rng.choice([session for session in rateable if session.stars is None])
        stars = self.rng.randrange(1, 6)
        await self.db.run(reviews.rate, self.actor, session.id, stars)
        return f"rated {session.id} {stars}"

    async def _upcoming(self) -> list[SessionView]:
        return await self.db.read(session_views.list_upcoming, self.actor, 100)


async def run_jobs(bot: MentorBot, db: Database) -> None:
    while await db.run(transitions.advance_due):
        pass
    await deliver_due(bot, db)


async def run_jobs_forever(bot: MentorBot, db: Database) -> None:
    while True:
        await run_jobs(bot, db)
        await asyncio.sleep(0.02)


async def main(
    address: str, url: str, now: datetime, seed: str, guild: int, people: list[list[int]]
) -> None:
    discord.http.Route.BASE = f"{address}/api"
    db = Database(url, clock=lambda: now)
    await db.open()
    bot = MentorBot(db)
    await bot.login("open-sesame")

    if not seed:
        while await db.read(outbox.is_due):
            await run_jobs(bot, db)
        print("idle", flush=True)
        await bot.close()
        return
    mentors, mentees = people
    everybody = [*mentors, *mentees]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_jobs_forever(bot, db))
        for user_id in everybody:
            others = [other for other in everybody if other != user_id]
            other_mentors = [mentor for mentor in mentors if mentor != user_id]
            actor = Actor(user_id, f"Person {user_id}", guild)
            rng = random.Random(f"{seed} {user_id}")
            person = RandomPerson(db, rng, actor, other_mentors, others)
            tasks.create_task(person.act_forever())


if __name__ == "__main__":
    address, url, now, seed, guild, *people = sys.argv[1:]
    ids = [[int(user_id) for user_id in group.split(",")] for group in people]
    asyncio.run(
        main(address, url, datetime.fromisoformat(now).astimezone(UTC), seed, int(guild), ids)
    )
