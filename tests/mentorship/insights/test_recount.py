"""Whatever happens in whatever order over many months, figures equal a recount."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import func, insert, select, update

from mentorbot.jobs import figures_job
from mentorship import events
from mentorship.actors import Actor
from mentorship.availability import timezone_change
from mentorship.errors import MentorshipError
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.insights import rebuilding, refreshing
from mentorship.operations import erasure
from mentorship.sessions.follow_up import reviews
from mentorship.statuses import SessionStatus
from mentorship.webhooks import feed
from storage import Transaction
from storage.tables import MenteeMonth, Participant, Session, Thanks
from tests.mentorship.insights.recount import assert_equal, keep_figures, load
from tests.mentorship.support.community import Community

STATUSES = (*SessionStatus, *[SessionStatus.COMPLETED] * 8)
"""Where a session may go, from a status that isn't over. Most take place."""

OPERATIONS = 90
"""How much happens in one test. It takes about a year."""


class Year:
    """A community in which sessions appear, change and end at random."""

    def __init__(self, random: Random, *towns: Community) -> None:
        self.random, self.towns = random, towns
        self.mentors: list[tuple[Community, Actor, int]] = []
        self.mentees: dict[int, list[Actor]] = {}
        self.live: list[int] = []

    async def settle(self) -> None:
        """Let people arrive."""
        for number, town in enumerate(self.towns):
            self.mentees[number] = [await town.member(name) for name in ("Maya", "Tom", "Ida")]
            for name in ("Oliver", "Ada"):
                mentor = await town.mentor(name)
                self.mentors.append((town, mentor, len(self.mentors) + 1))

    @property
    def town(self) -> Community:
        return self.towns[0]

    async def book(self) -> None:
        """Book a session, or up to three seats of a group session."""
        town, mentor, profile_id = self.random.choice(self.mentors)
        mentees = self.mentees[self.towns.index(town)]
        start = town.clock.now + timedelta(days=self.random.randint(-40, 70), minutes=7)
        length = timedelta(minutes=self.random.choice([15, 30, 60, 90]))
        for mentee in self.random.sample(mentees, self.random.choice([1, 1, 1, 3])):
            self.live.append(
                await town.db.run(
                    _insert_session,
                    (town.guild_id, profile_id, mentor.user_id, mentee.user_id),
                    (start, start + length),
                    self.random.random() < 0.3,
                )
            )

    async def change(self) -> None:
        """Let a session that isn't over be confirmed, moved or ended, or be disputed."""
        if not self.live:
            return
        session_id = self.random.choice(self.live)
        status = self.random.choice(STATUSES)
        if status.is_over:
            self.live.remove(session_id)
        moved = timedelta(days=self.random.choice([0, 0, 31, -20]))
        role = self.random.choice(["mentor", "mentee", None])
        await self.town.db.run(_change_session, session_id, status, moved, role)

    async def rate(self) -> None:
        """Let somebody try to rate a session, and hide a review without its place in the rating."""
        town, _, _ = self.random.choice(self.mentors)
        for mentee in self.mentees[self.towns.index(town)]:
            for session_id in range(1, 60):
                try:
                    stars = self.random.randint(1, 5)
                    await town.db.run(reviews.rate, mentee, session_id, stars, "")
                except MentorshipError:
                    continue
                return

    async def thank(self) -> None:
        """Let a mentor be thanked for a session, perhaps in a later month."""
        sessions = await self.town.db.read(_unthanked)
        if sessions:
            await self.town.db.run(_thank, self.random.choice(sessions))

    async def erase(self) -> None:
        """Erase a mentee or a mentor, who may return later."""
        if self.random.random() > 0.3:
            return
        town, mentor, _ = self.random.choice(self.mentors)
        person = self.random.choice([*self.mentees[self.towns.index(town)], mentor])
        if person is mentor and sum(each is town for each, *_ in self.mentors) < 2:
            return
        try:
            await town.db.run(erasure.erase, person, None)
        except MentorshipError:
            return
        assert await town.db.read(_count_traces, person) == 0
        if person is mentor:
            self.mentors = [each for each in self.mentors if each[1] is not mentor]
        else:
            await town.db.run(timezone_change.set_timezone, person, "Europe/London")

    async def work(self) -> None:
        """Let the job do a part of its work, or begin anew."""
        if self.random.random() < 0.1:
            await self.town.db.run(rebuilding.restart)
        if self.random.random() < 0.7:
            await self.town.db.run(feed.assign)
        if await self.town.db.read(rebuilding.is_clearing):
            await self.town.db.run(rebuilding.clear, self.random.choice([3, 500]))
            return
        await self.town.db.run(figures_job.follow_next)
        await self.town.db.run(rebuilding.mark_next, self.random.choice([2, 500]))
        await self.town.db.run(refreshing.refresh, self.random.choice([1, 2, 20]))
        for step in figures_job.STEPS[3:]:
            await self.town.db.run(step)


async def _unthanked(tx: Transaction) -> list[tuple[int, int, int]]:
    rows = await tx.connection.execute(
        select(Session.id, Session.guild_id, Session.profile_id)
        .outerjoin(Thanks, Thanks.session_id == Session.id)
        .where(Session.status == "completed", Thanks.session_id.is_(None))
        .order_by(Session.id)
    )
    return [(row.id, row.guild_id, row.profile_id) for row in rows]


async def _thank(tx: Transaction, session: tuple[int, int, int]) -> None:
    session_id, guild_id, profile_id = session
    values = {"session_id": session_id, "guild_id": guild_id, "profile_id": profile_id}
    await tx.connection.execute(insert(Thanks).values(text="", created_at=tx.now, **values))
    await events.record(tx, Event(EventType.SESSION_THANKED, guild_id, session_id=session_id))


async def _count_traces(tx: Transaction, person: Actor) -> int:
    """Return in how many of their figures a person is named."""
    query = select(func.count()).where(
        MenteeMonth.guild_id == person.guild, MenteeMonth.mentee_id == person.user_id
    )
    return (await tx.connection.execute(query)).scalar_one()


async def _insert_session(
    tx: Transaction,
    people: tuple[int, int, int, int],
    times: tuple[datetime, datetime],
    is_instant: bool,
) -> int:
    guild_id, profile_id, mentor_id, mentee_id = people
    values = {
        "guild_id": guild_id,
        "profile_id": profile_id,
        "mentor_id": mentor_id,
        "starts_at": times[0],
        "ends_at": times[1],
        "timezone": "Europe/London",
        "status": SessionStatus.CONFIRMED if is_instant else SessionStatus.SCHEDULED,
        "confirmed_at": tx.now if is_instant else None,
        "topic": "",
        "price": 0,
        "created_at": tx.now,
    }
    query = insert(Session).values(values).returning(Session.id)
    session_id: int = (await tx.connection.execute(query)).scalar_one()
    for user_id, role in ((mentor_id, "mentor"), (mentee_id, "mentee")):
        row = {"session_id": session_id, "user_id": user_id, "guild_id": guild_id, "role": role}
        await tx.connection.execute(insert(Participant).values(row))
    await events.record(
        tx, Event(EventType.SESSION_BOOKED, guild_id, actor_id=mentee_id, session_id=session_id)
    )
    return session_id


async def _change_session(
    tx: Transaction, session_id: int, status: SessionStatus, moved: timedelta, role: str | None
) -> None:
    row = (await tx.connection.execute(select(Session).where(Session.id == session_id))).one()
    if SessionStatus(row.status).is_over:
        # An erasure has ended it.
        return
    people = select(Participant.user_id).where(
        Participant.session_id == session_id, Participant.role == role
    )
    by = await tx.connection.scalar(people)
    values = {"status": status, "starts_at": row.starts_at + moved, "ends_at": row.ends_at + moved}
    if status is SessionStatus.CONFIRMED:
        values["confirmed_at"] = tx.now
    if status.is_over:
        values |= {"ended_at": tx.now, "ended_by": by}
    if status is SessionStatus.NO_SHOW:
        values["no_show_user_id"] = by
    await tx.connection.execute(update(Session).where(Session.id == session_id).values(values))
    # Any event of a session says to look at it.
    kind = EventType.RESCHEDULE_ACCEPTED if moved else EventType.SESSION_CONFIRMED
    await events.record(tx, Event(kind, row.guild_id, actor_id=by, session_id=session_id))


@pytest.mark.parametrize("seed", range(4))
async def test_a_random_year_equals_its_recount(
    town: Community, village: Community, seed: int
) -> None:
    year = Year(Random(seed), town, village)
    await year.settle()
    for number in range(OPERATIONS):
        town.clock.now += timedelta(hours=year.random.choice([1, 30, 200, 400]))
        await year.random.choice(
            [
                *([year.book] * 3 + [year.change] * 3 + [year.work] * 2),
                *(year.rate, year.thank, year.erase),
            ]
        )()
        if number % 15 == 14:
            await keep_figures(town.db)
            await assert_equal(town.db)
    await keep_figures(town.db)
    await assert_equal(town.db)
    figures = await town.db.read(load)
    assert len(figures["mentors"]) > 5
    assert len(figures["mentees"]) > 3


async def _meet(town: Community, mentor: Actor, mentee: Actor, days: int) -> int:
    start = town.clock.now + timedelta(days=days)
    people = (town.guild_id, 1, mentor.user_id, mentee.user_id)
    times = (start, start + timedelta(hours=1))
    return await town.db.run(_insert_session, people, times, False)


async def test_a_session_that_is_completed_late_makes_a_later_one_a_return(
    town: Community,
) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya")
    early, late = [await _meet(town, oliver, maya, days) for days in (1, 40)]
    no_time = timedelta(0)
    await town.db.run(_change_session, late, SessionStatus.COMPLETED, no_time, "mentee")
    await keep_figures(town.db)
    await town.db.run(_change_session, early, SessionStatus.COMPLETED, no_time, "mentee")
    await keep_figures(town.db)
    await assert_equal(town.db)
    figures = (await town.db.read(load))["mentors"]
    assert [each["returning_mentees"] for _, each in sorted(figures.items())] == [0, 1]


async def test_erasing_a_mentee_leaves_the_figures_without_their_id(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya")
    for days in (1, 40):
        session = await _meet(town, oliver, maya, days)
        await town.db.run(_change_session, session, SessionStatus.COMPLETED, timedelta(0), "mentee")
    await keep_figures(town.db)
    assert await town.db.read(_count_traces, maya) == 2
    before = await town.db.read(load)
    await town.db.run(erasure.erase, maya, None)
    assert await town.db.read(_count_traces, maya) == 0
    await assert_equal(town.db)
    after = await town.db.read(load)
    assert (after["mentors"], after["guilds"]) == (before["mentors"], before["guilds"])


async def test_erasing_a_mentor_keeps_the_sums_of_the_guild(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya")
    session = await _meet(town, oliver, maya, 1)
    await town.db.run(_change_session, session, SessionStatus.COMPLETED, timedelta(0), "mentee")
    await keep_figures(town.db)
    before = await town.db.read(load)
    await town.db.run(erasure.erase, oliver, None)
    await keep_figures(town.db)
    await assert_equal(town.db)
    after = await town.db.read(load)
    assert after["guilds"] == before["guilds"]
    assert [total[-2] for total in after["totals"].values()] == [False]


async def test_figures_are_the_same_when_they_are_counted_anew(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=500)
    for days in (1, 20, 50):
        session = await _meet(town, oliver, maya, days)
        await town.db.run(_change_session, session, SessionStatus.COMPLETED, timedelta(0), "mentee")
    town.clock.now += timedelta(hours=1)
    await keep_figures(town.db)
    before = await town.db.read(load)
    assert before["points"]
    await town.db.run(rebuilding.restart)
    assert await town.db.run(rebuilding.clear) > 0
    assert await figures_job.keep_figures(town.db) > 0
    while await figures_job.keep_figures(town.db):
        pass
    assert await town.db.read(load) == before


async def test_processes_that_count_at_once_count_everything_once(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=500)
    for days in range(1, 90, 9):
        session = await _meet(town, oliver, maya, days)
        await town.db.run(_change_session, session, SessionStatus.COMPLETED, timedelta(0), "mentee")
    town.clock.now += timedelta(hours=1)
    while await town.db.run(feed.assign):
        pass

    async def work() -> None:
        while await figures_job.keep_figures(town.db):
            pass

    await asyncio.gather(*(work() for _ in range(3)))
    await keep_figures(town.db)
    await assert_equal(town.db)


@pytest.mark.parametrize("step", figures_job.STEPS)
async def test_a_step_that_is_cut_off_is_done_again(
    town: Community, step: figures_job.Step
) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=500)
    await keep_figures(town.db)
    session = await _meet(town, oliver, maya, 40)
    await town.db.run(_change_session, session, SessionStatus.COMPLETED, timedelta(0), "mentee")
    town.clock.now += timedelta(days=2)
    await town.db.run(feed.assign)

    async def cut_off(tx: Transaction) -> None:
        await step(tx)
        raise KeyError("cut off")

    for each in figures_job.STEPS:
        if each is step:
            with pytest.raises(KeyError):
                await town.db.run(cut_off)
        await town.db.run(each)
    await keep_figures(town.db)
    await assert_equal(town.db)
