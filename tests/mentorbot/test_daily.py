"""What is done once a day is tried again within the hour until it was done."""

from __future__ import annotations

from mentorbot.jobs.daily import DAY_S, HOUR_S, DailyWork
from mentorbot.jobs.job import Job
from mentorbot.jobs.schedule import create_jobs
from mentorbot.settings import JobSettings, RetentionSettings
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import simulated_guild


class Uptime:
    """A clock that nobody can set; it moves when a test says so."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_work_that_could_not_be_done_is_done_an_hour_later_and_then_daily() -> None:
    uptime, calls = Uptime(), list[float]()
    results: list[int | Exception | None] = [None, ConnectionError(), 3, 4]

    async def work() -> int | None:
        calls.append(uptime.seconds / HOUR_S)
        result = results[len(calls) - 1]
        if isinstance(result, Exception):
            raise result
        return result

    job = Job("daily work", DailyWork(work, uptime).run_if_due, HOUR_S, clock=uptime)
    while uptime.seconds < 1.5 * DAY_S:
        await job.run()
        uptime.seconds += HOUR_S
    assert calls == [0, 1, 2, 26]


async def test_members_are_checked_in_the_hour_after_a_start_without_connection(
    database_url: str,
) -> None:
    uptime = Uptime()
    async with simulated_guild(database_url) as guild:
        oliver = await approved_mentor(guild, "Oliver")
        jobs = create_jobs(JobSettings(), RetentionSettings(), guild.bot, guild.db, uptime)
        (job,) = (each for each in jobs if each.name == "check all members")
        guild.handle.remove_member(oliver)
        # The jobs begin before the bot connects.
        guild.bot._ready.clear()
        await job.run()
        guild.bot._ready.set()
        uptime.seconds += job.interval_s
        assert uptime.seconds <= HOUR_S
        await job.run()
        maya = await guild.add_member("Maya", zone="Europe/London")
        assert await maya.autocomplete(guild.channel, "book", "mentor", "oliver") == []
