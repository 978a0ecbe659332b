"""What mentors and moderators see, also where there is nothing to see."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import insert

from mentorship.actors import Actor
from mentorship.errors import NotAMentor, NotAModerator, StillAnApplicant
from mentorship.insights import insights
from mentorship.insights.views import InsightsRange
from mentorship.mentors import profiles
from mentorship.points import transfers
from mentorship.points.transfers import Recipient
from mentorship.sessions.offers import help_requests
from mentorship.sessions.offers.help_requests import HelpRequestDraft
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import GuildMonth
from tests.mentorship.insights.recount import keep_figures
from tests.mentorship.support.community import Community


@pytest.mark.parametrize("span", InsightsRange)
async def test_a_guild_with_nothing_in_it_has_months_of_zeros(
    town: Community, span: InsightsRange
) -> None:
    for keep in (False, True):
        if keep:
            await keep_figures(town.db)
        shown = await town.db.read(insights.guild_insights, town.chief, span)
        assert [month.figures.month for month in shown.months][-1] == date(2026, 3, 1)
        assert len(shown.months) == (span.months or 1)
        assert (shown.total.sessions, shown.total.rating, shown.held_now) == (0, None, 0)
        assert (shown.answer_times.total, shown.demand, shown.quiet_mentors) == (0, (), ())


async def test_a_guild_that_is_ten_years_old_shows_all_its_months(town: Community) -> None:
    async def add(tx: Transaction) -> None:
        values = {"guild_id": town.guild_id, "sessions": 7, "minutes": 60}
        lists = {"answer_times": [1] * 8, "waits": [1] * 7}
        for month in (date(2016, 3, 1), date(2025, 4, 1)):
            await tx.connection.execute(insert(GuildMonth).values(month=month, **values, **lists))

    await town.db.run(add)
    everything = await town.db.read(insights.guild_insights, town.chief, InsightsRange.ALL)
    assert len(everything.months) == 121
    assert everything.total.sessions == 14
    year = await town.db.read(insights.guild_insights, town.chief, InsightsRange.YEAR)
    assert (len(year.months), year.total.sessions, year.answer_times.total) == (12, 7, 8)


async def test_a_mentor_without_a_session_sees_zeros(town: Community) -> None:
    ada = await town.mentor("Ada")
    await keep_figures(town.db)
    shown = await town.db.read(insights.mentor_insights, ada, InsightsRange.YEAR)
    assert (shown.total.sessions, shown.mentees, shown.total.rating) == (0, 0, None)
    assert shown.heat_map.share is None


async def test_only_mentors_and_moderators_see_figures(town: Community) -> None:
    maya, oliver = await town.member("Maya"), await town.mentor("Oliver")
    applicant, _ = await town.applicant("Ida")
    with pytest.raises(NotAMentor):
        await town.db.read(insights.mentor_insights, maya, InsightsRange.YEAR)
    with pytest.raises(StillAnApplicant):
        await town.db.read(insights.mentor_insights, applicant, InsightsRange.YEAR)
    for person in (maya, oliver):
        with pytest.raises(NotAModerator):
            await town.db.read(insights.guild_insights, person, InsightsRange.YEAR)
    await town.db.run(profiles.stop, oliver)
    assert await town.db.read(insights.mentor_insights, oliver, InsightsRange.YEAR)


async def test_figures_of_one_guild_are_not_those_of_another(
    town: Community, village: Community
) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=500)
    await town.session(SessionStatus.COMPLETED, maya, oliver)
    await keep_figures(town.db)
    assert (await _guild(town)).total.sessions == 1
    assert (await _guild(village)).total.sessions == 0
    abroad = replace(oliver, guild_id=village.guild_id)
    with pytest.raises(NotAMentor):
        await town.db.read(insights.mentor_insights, abroad, InsightsRange.YEAR)


async def test_points_show_where_they_went(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=500)
    await town.session(SessionStatus.COMPLETED, maya, oliver)
    await town.book(maya, oliver, town.clock.now + timedelta(days=2))
    await town.db.run(transfers.give, maya, Recipient(oliver.user_id), 30)
    town.clock.now += timedelta(minutes=6)
    await keep_figures(town.db)
    shown = await _guild(town)
    month = shown.months[-1]
    assert (month.issued, month.held, month.paid, month.given) == (500, 120, 60, 30)
    assert shown.held_now == 60
    assert (month.active_mentors, month.active_members) == (1, 1)


async def test_quiet_mentors_are_listed_until_they_mentor_or_stop(town: Community) -> None:
    oliver, ada = await town.mentor("Oliver"), await town.mentor("Ada")
    maya = await town.member("Maya", points=500)
    await keep_figures(town.db)
    assert (await _guild(town)).quiet_mentors == ()
    town.clock.now += insights.QUIET_AFTER + timedelta(days=1)
    assert [each.name for each in (await _guild(town)).quiet_mentors] == ["Oliver", "Ada"]
    start = town.clock.now + timedelta(days=1)
    await town.session(SessionStatus.COMPLETED, maya, oliver, start)
    await town.db.run(profiles.stop, ada)
    await keep_figures(town.db)
    assert (await _guild(town)).quiet_mentors == ()


async def test_demand_has_open_requests_and_those_who_could_help(town: Community) -> None:
    await town.mentor("Oliver")
    maya = await town.member("Maya")
    for tag in ("python", "rust"):
        await town.db.run(help_requests.ask, maya, HelpRequestDraft(tag, "How do I begin?"))
    demand = {each.tag: each for each in (await _guild(town)).demand}
    assert (demand["python"].requests, demand["python"].mentors) == (1, 1)
    assert (demand["rust"].requests, demand["rust"].mentors) == (1, 0)


async def _guild(town: Community, chief: Actor | None = None) -> insights.GuildInsights:
    return await town.db.read(insights.guild_insights, chief or town.chief, InsightsRange.ALL)
