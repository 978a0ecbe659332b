"""Open hours are recorded day by day, with the time in them that was used."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from mentorship.availability.opening_hours import Schedule, WeeklyHours
from mentorship.insights import insights, open_hours
from mentorship.insights.views import InsightsRange
from mentorship.mentors import profiles
from mentorship.statuses import SessionStatus
from mentorship.time.intervals import Span
from tests.mentorship.insights.recount import keep_figures
from tests.mentorship.support.community import Community

MONDAY = date(2026, 3, 2)
NINE_TO_FIVE = tuple(WeeklyHours(day, 9 * 60, 17 * 60) for day in range(7))


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC)


def test_a_session_uses_only_the_hours_that_are_open() -> None:
    schedule = Schedule("UTC", NINE_TO_FIVE)
    sessions = [Span(at(8), at(9, 45)), Span(at(9, 15), at(10)), Span(at(20), at(21))]
    minutes = open_hours.count_day(schedule, sessions, MONDAY)
    assert sum(minutes.offered) == 8 * 60
    assert sum(minutes.used) == 60
    assert (minutes.used[18], minutes.used[19], minutes.used[20]) == (30, 30, 0)


def test_hours_are_counted_in_utc() -> None:
    # Midnight to one o'clock in Kolkata is 18:30 to 19:30 in UTC.
    schedule = Schedule("Asia/Kolkata", (WeeklyHours(1, 0, 60),))
    minutes = open_hours.count_day(schedule, (), MONDAY)
    assert [index for index, each in enumerate(minutes.offered) if each] == [37, 38]


def test_a_day_of_a_clock_change_has_the_hours_that_there_are() -> None:
    whole_day = tuple(WeeklyHours(day, 0, 1440) for day in range(7))
    schedule = Schedule("Europe/London", whole_day)
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        assert sum(open_hours.count_day(schedule, (), day).offered) == 24 * 60


async def test_each_day_is_recorded_once_it_is_over(town: Community) -> None:
    oliver = await town.mentor("Oliver", zone="UTC", hours="daily 9:00-17:00")
    maya = await town.member("Maya", points=500)
    await keep_figures(town.db)
    tomorrow = town.clock.now.replace(hour=10) + timedelta(days=1)
    await town.session(SessionStatus.COMPLETED, maya, oliver, tomorrow)
    town.clock.now = tomorrow + timedelta(days=2)
    for _ in range(2):
        await keep_figures(town.db)
        shown = await town.db.read(insights.mentor_insights, oliver, InsightsRange.ALL)
        # Monday, on which the mentor was approved, to Wednesday.
        assert sum(shown.heat_map.offered) == 3 * 8 * 60
        assert shown.heat_map.share == 60 / (3 * 8 * 60)
        assert shown.heat_map.share_at(1, 10) == 1
        assert shown.offered_since == date(2026, 3, 1)
        of_guild = await town.db.read(insights.guild_insights, town.chief, InsightsRange.ALL)
        assert of_guild.heat_map == shown.heat_map


async def test_the_heat_map_is_on_the_readers_clock(town: Community) -> None:
    oliver = await town.mentor("Oliver", zone="Asia/Kolkata", hours="mon 9:00-10:00")
    town.clock.now += timedelta(days=8)
    await keep_figures(town.db)
    shown = await town.db.read(insights.mentor_insights, oliver, InsightsRange.ALL)
    assert [index for index, each in enumerate(shown.heat_map.offered) if each] == [18, 19]
    assert shown.timezone == "Asia/Kolkata"


async def test_paused_mentors_offer_nothing(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    await town.db.run(profiles.pause, oliver)
    town.clock.now += timedelta(days=3)
    await keep_figures(town.db)
    shown = await town.db.read(insights.mentor_insights, oliver, InsightsRange.ALL)
    assert shown.heat_map.is_empty
    assert shown.offered_since is None
