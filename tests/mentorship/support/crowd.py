"""Mentors written straight into the tables, for tests that need many, or some of every kind."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from mentorship.actors import Actor
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
"""Day and night."""

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
    """A guild that fills up with mentors."""

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
        **profile: Any,
    ) -> Actor:
        """An approved mentor; `profile` is what differs in the profile's row."""
        return await self.db.run(self._write, name, tags, hours, dates, ratings, busy, **profile)

    async def _write(
        self,
        tx: Transaction,
        name: str = "Somebody",
        tags: Sequence[str] = ("python",),
        hours: Sequence[tuple[int, int, int]] = OPEN,
        dates: Sequence[tuple[date, int | None, int | None]] = (),
        ratings: Sequence[int] = (),
        busy: Sequence[Span] = (),
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
        do, now = tx.connection.execute, tx.now
        here = {"guild_id": self.guild_id}
        guild = upsert(tx.dialect, Guild).values(id=self.guild_id, created_at=now)
        await do(guild.on_conflict_do_nothing())
        who = here | {"user_id": person.user_id}
        await do(insert(Member).values(**who, name=person.name, created_at=now))
        profile_id = (
            await do(
                insert(MentorProfile)
                .values(**who, created_at=now, **values)
                .returning(MentorProfile.id)
            )
        ).scalar_one()
        for tag in tags:
            known = upsert(tx.dialect, Tag).values(**here, name=tag)
            await do(known.on_conflict_do_nothing())
            found = select(Tag.id).where(Tag.guild_id == self.guild_id, Tag.name == tag)
            tag_id = (await do(found)).scalar_one()
            await do(insert(ProfileTag).values(profile_id=profile_id, tag_id=tag_id))
        mine = {"profile_id": profile_id}
        for weekday, start, end in hours:
            at = {"weekday": weekday, "start_minute": start, "end_minute": end}
            await do(insert(WeeklyHoursRow).values(**mine, **at))
        for day, opens, closes in dates:
            other = {"date": day, "start_minute": opens, "end_minute": closes}
            await do(insert(DateOverrideRow).values(**mine, **other))
        for span in busy:
            session_id = (
                await do(
                    insert(Session)
                    .values(
                        **here,
                        **mine,
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
            taken = {"starts_at": span.start, "ends_at": span.end}
            await do(
                insert(Commitment).values(session_id=session_id, user_id=person.user_id, **taken)
            )
        return person

    async def of_every_kind(self, number: int, rng: random.Random, now: datetime) -> list[Actor]:
        """So many mentors who differ in all that a search can tell apart."""
        return await self.db.run(self._of_every_kind, number, rng, now)

    async def _of_every_kind(
        self, tx: Transaction, number: int, rng: random.Random, now: datetime
    ) -> list[Actor]:
        words = ("kernel", "career", "testing", "gardens", "careful", "types")
        everyone = []
        for _ in range(number):
            hours = {
                (rng.randrange(7), rng.randrange(0, 1_440, 30)): rng.randrange(30, 1_441, 30)
                for _ in range(rng.randint(0, 5))
            }
            first = now.date() - timedelta(days=1)
            dates: list[tuple[date, int | None, int | None]] = []
            for day in rng.sample(range(6), rng.randint(0, 3)):
                opens, closes = rng.randrange(0, 1_440, 60), rng.randrange(30, 1_441, 30)
                off = rng.random() < 0.5
                here = first + timedelta(days=day)
                dates.append((here, None if off else opens, None if off else closes))
            busy = []
            for hour in sorted(rng.sample(range(96), rng.randint(0, 12))):
                start = now + timedelta(hours=hour)
                busy.append(Span(start, start + timedelta(hours=1)))
            paused = rng.random() < 0.2
            everyone.append(
                await self._write(
                    tx,
                    f"Mentor {rng.randrange(99)}",
                    tags=rng.sample(("python", "python 2", "pytorch", "go", "design"), 2),
                    hours=[(day, start, end) for (day, start), end in hours.items()],
                    dates=dates,
                    busy=busy,
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
        return everyone
