"""A community that does everything at once, and a program around it that is killed: the other half
of `test_living.py`.

python tests/crash/living.py ADDRESS URL NOW SEED GUILD MENTOR,... MENTEE,...

Everybody acts in a task of their own and says what is done once it is done, a line each; delivery
and the clock's steps run beside them. With an empty SEED nobody acts: what is due is delivered, and
"at rest" said.
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


class Life:
    """One person's, at random."""

    def __init__(
        self, db: Database, chance: random.Random, me: Actor, mentors: list[int], others: list[int]
    ) -> None:
        self.db, self.chance, self.me = db, chance, me
        self.mentors, self.others = mentors, others

    async def live(self) -> None:
        doings: list[Callable[[], Awaitable[str]]] = [
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
                done = await self.chance.choice(doings)()
            except MentorshipError:
                continue  # Refused, as people are.
            except LookupError:
                await asyncio.sleep(0)  # There was nothing to do it to.
                continue
            print(done, flush=True)

    async def book(self) -> str:
        whole = self.db.now().replace(minute=0, second=0, microsecond=0)
        start = whole + self.chance.randrange(2, 240) * HOUR
        wish = BookingRequest(self.chance.choice(self.mentors), start, 60, "PRs")
        booked = await self.db.run(booking.book, self.me, wish)
        return f"booked {booked.id} {self.me.user_id}"

    async def answer(self) -> str:
        session = self.chance.choice(await self._mine())
        act = self.chance.choice([transitions.confirm, transitions.confirm, transitions.decline])
        await self.db.run(act, self.me, session.id)
        return f"{act.__name__} {session.id}"

    async def cancel(self) -> str:
        session = self.chance.choice(await self._mine())
        await self.db.run(transitions.cancel, self.me, session.id)
        return f"cancel {session.id}"

    async def propose(self) -> str:
        session = self.chance.choice(await self._mine())
        if session.proposal is not None:
            await self.db.run(rescheduling.accept, self.me, session.id)
            return f"moved {session.id} {session.proposal.starts_at.isoformat()}"
        start = session.starts_at + self.chance.randrange(1, 48) * HOUR
        await self.db.run(rescheduling.propose, self.me, session.id, start)
        return f"proposed {session.id}"

    async def give(self) -> str:
        whom = self.chance.choice(self.others)
        amount = self.chance.randrange(1, 9)
        gift = await self.db.run(transfers.give, self.me, Recipient(whom, "Somebody"), amount)
        return f"gave {gift.transfer_id} {amount}"

    async def rate(self) -> str:
        over = await self.db.read(session_views.list_rateable, self.me)
        session = self.chance.choice([each for each in over if each.stars is None])
        stars = self.chance.randrange(1, 6)
        await self.db.run(reviews.rate, self.me, session.id, stars)
        return f"rated {session.id} {stars}"

    async def _mine(self) -> list[SessionView]:
        return await self.db.read(session_views.list_upcoming, self.me, 100)


async def jobs(bot: MentorBot, db: Database) -> None:
    while await db.run(transitions.advance_due):
        pass
    await deliver_due(bot, db)


async def jobs_for_ever(bot: MentorBot, db: Database) -> None:
    while True:
        await jobs(bot, db)
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
            await jobs(bot, db)
        print("at rest", flush=True)
        await bot.close()
        return
    mentors, mentees = people
    everybody = [*mentors, *mentees]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(jobs_for_ever(bot, db))
        for each in everybody:
            others = [other for other in everybody if other != each]
            whom = [mentor for mentor in mentors if mentor != each]
            me = Actor(each, f"Person {each}", guild)
            chance = random.Random(f"{seed} {each}")
            tasks.create_task(Life(db, chance, me, whom, others).live())


if __name__ == "__main__":
    address, url, now, seed, guild, *people = sys.argv[1:]
    ids = [[int(each) for each in kind.split(",")] for kind in people]
    asyncio.run(
        main(address, url, datetime.fromisoformat(now).astimezone(UTC), seed, int(guild), ids)
    )
