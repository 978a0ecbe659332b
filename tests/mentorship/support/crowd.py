"""Mentors inserted directly into the tables, for tests that need many or varied ones."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from mentorship.actors import Actor
from mentorship.availability import travel_storage
from mentorship.availability.travel import Travel
from mentorship.time.intervals import Span
from storage import Database, Transaction
from storage.queries import upsert
from storage.tables import (
    Commitment,
    DateOverrideRow,
    Guild,
    Member,
    MentorProfile,
    ProfileTag,
    Session,
    Tag,
    WeeklyHoursRow,
)

OPEN = tuple((day, 0, 1_440) for day in range(7))
"""Weekly hours: day and night."""

ZONES = (
    "Europe/London",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "America/Los_Angeles",
)


@dataclass
class Crowd:
    """A guild to which tests add mentors."""

    db: Database
    guild_id: int = 10
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def viewer(self) -> Actor:
        return Actor(self.guild_id * 1_000_000, "Viewer", self.guild_id)

    async def mentor(
        self,
        name: str = "Somebody",
        *,
        tags: Sequence[str] = ("python",),
        hours: Sequence[tuple[int, int, int]] = OPEN,
        dates: Sequence[tuple[date, int | None, int | None]] = (),
        ratings: Sequence[int] = (),
        busy: Sequence[Span] = (),
        travel: Sequence[Travel] = (),
        **profile: Any,
    ) -> Actor:
        """Insert an approved mentor. `profile` overrides columns of the profile."""
        return await self.db.run(
            self._write, name, tags, hours, dates, ratings, busy, travel, **profile
        )

    async def _write(
        self,
        tx: Transaction,
        name: str = "Somebody",
        tags: Sequence[str] = ("python",),
        hours: Sequence[tuple[int, int, int]] = OPEN,
        dates: Sequence[tuple[date, int | None, int | None]] = (),
        ratings: Sequence[int] = (),
        busy: Sequence[Span] = (),
        travel: Sequence[Travel] = (),
        **profile: Any,
    ) -> Actor:
        person = Actor(self.guild_id * 1_000_000 + next(self._ids), name, self.guild_id)
        values = {
            "status": "approved",
            "timezone": "Europe/London",
            "bio": "Glad to explain it.",
            "rating_sum": sum(ratings),
            "rating_count": len(ratings),
        } | profile
        execute, now = tx.connection.execute, tx.now
        of_guild = {"guild_id": self.guild_id}
        guild = upsert(tx.dialect, Guild).values(id=self.guild_id, created_at=now)
        await execute(guild.on_conflict_do_nothing())
        ids = of_guild | {"user_id": person.user_id}
        await execute(insert(Member).values(**ids, name=person.name, created_at=now))
        profile_id = (
            await execute(
                insert(MentorProfile)
                .values(**ids, created_at=now, **values)
                .returning(MentorProfile.id)
            )
        ).scalar_one()
        for tag in tags:
            new_tag = upsert(tx.dialect, Tag).values(**of_guild, name=tag)
            await execute(new_tag.on_conflict_do_nothing())
            query = select(Tag.id).where(Tag.guild_id == self.guild_id, Tag.name == tag)
            tag_id = (await execute(query)).scalar_one()
            await execute(insert(ProfileTag).values(profile_id=profile_id, tag_id=tag_id))
        of_profile = {"profile_id": profile_id}
        for weekday, start, end in hours:
            interval = {"weekday": weekday, "start_minute": start, "end_minute": end}
            await execute(insert(WeeklyHoursRow).values(**of_profile, **interval))
        for day, opens, closes in dates:
            override = {"date": day, "start_minute": opens, "end_minute": closes}
            await execute(insert(DateOverrideRow).values(**of_profile, **override))
        await travel_storage.add(tx, profile_id, travel)
        for span in busy:
            session_id = (
                await execute(
                    insert(Session)
                    .values(
                        **of_guild,
                        **of_profile,
                        mentor_id=person.user_id,
                        starts_at=span.start,
                        ends_at=span.end,
                        timezone="UTC",
                        status="confirmed",
                        topic="",
                        price=0,
                        created_at=now,
                    )
                    .returning(Session.id)
                )
            ).scalar_one()
            times = {"starts_at": span.start, "ends_at": span.end}
            await execute(
                insert(Commitment).values(session_id=session_id, user_id=person.user_id, **times)
            )
        return person

    async def random_mentors(self, number: int, rng: random.Random, now: datetime) -> list[Actor]:
        """Insert `number` random mentors who differ in everything that a search considers."""
        return await self.db.run(self._random_mentors, number, rng, now)

    async def _random_mentors(
        self, tx: Transaction, number: int, rng: random.Random, now: datetime
    ) -> list[Actor]:
        words = ("kernel", "career", "testing", "gardens", "careful", "types")
        mentors = []
        for _ in range(number):
            hours = {
                (rng.randrange(7), rng.randrange(0, 1_440, 30)): rng.randrange(30, 1_441, 30)
                for _ in range(rng.randint(0, 5))
            }
            first = now.date() - timedelta(days=1)
            dates: list[tuple[date, int | None, int | None]] = []
            for day in rng.sample(range(6), rng.randint(0, 3)):
                opens, closes = rng.randrange(0, 1_440, 60), rng.randrange(30, 1_441, 30)
                is_off = rng.random() < 0.5
                date_ = first + timedelta(days=day)
                dates.append((date_, None if is_off else opens, None if is_off else closes))
            busy = []
            for hour in sorted(rng.sample(range(96), rng.randint(0, 12))):
                start = now + timedelta(hours=hour)
                busy.append(Span(start, start + timedelta(hours=1)))
            travel = []
            if rng.random() < 0.4:
                leaves = first + timedelta(days=rng.randrange(6))
                returns = leaves + timedelta(days=rng.randrange(3))
                travel.append(Travel(leaves, returns, rng.choice(ZONES)))
            paused = rng.random() < 0.2
            mentors.append(
                await self._write(
                    tx,
                    f"Mentor {rng.randrange(99)}",
                    tags=rng.sample(("python", "python 2", "pytorch", "go", "design"), 2),
                    hours=[(day, start, end) for (day, start), end in hours.items()],
                    dates=dates,
                    busy=busy,
                    travel=travel,
                    fill_gaps=rng.random() < 0.3,
                    ratings=rng.choices((1, 3, 4, 5), k=rng.choice((0, 0, 1, 2, 8))),
                    bio=" ".join(rng.choices(words, k=4)),
                    hourly_rate=rng.choice((0, 20, 20, 50)),
                    timezone=rng.choice(ZONES),
                    status=rng.choice(("approved",) * 8 + ("suspended", "stopped")),
                    paused=paused,
                    paused_until=rng.choice((None, now - timedelta(days=1), now))
                    if paused
                    else None,
                    durations=rng.choice(([30, 60], [45], [90, 120])),
                    minimum_notice=rng.choice((0, 60, 1_440)),
                    most_per_day=rng.choice((None, 1)),
                )
            )
        return mentors
