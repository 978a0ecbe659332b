"""Charts on the cards of `/insights`: beside the same numbers, and never waited for long."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio
import simcord

from bot.pictures.renderer import PictureRenderer
from tests.journeys.insights.test_insights import insights, open_page, table_of
from tests.journeys.mentors.test_availability_panel import picture_of
from tests.journeys.offers.test_help_requests import ask
from tests.journeys.support.components import read_text
from tests.journeys.support.drawings import PICTURES
from tests.journeys.support.scenarios import approved_mentor, book
from tests.journeys.support.simulated_guild import SimulatedGuild
from tests.mentorship.insights.recount import keep_figures


@pytest_asyncio.fixture
async def oliver(guild: SimulatedGuild) -> AsyncIterator[simcord.MemberActor]:
    """A mentor who had a session on Monday from 18:00 to 19:00, confirmed after 10 minutes."""
    oliver = await approved_mentor(guild, "Oliver", hours="mon 18-20")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    start = guild.now.replace(hour=18)
    await book(guild, maya, oliver, start)
    await guild.env.advance_time(600)
    await oliver.user.click(guild.last_dm(oliver), label="Confirm")
    await guild.advance_to(start + timedelta(days=2), timedelta(hours=1))
    await keep_figures(guild.db)
    yield oliver


async def test_the_chart_has_a_description_and_a_table(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    shown = await insights(guild, oliver)
    picture = await picture_of(shown)
    assert picture is not None
    assert picture[0].startswith("Sessions by month.\nMar 2026: 1 session, 1 hour.\nFeb 2026: no")
    assert picture[1].startswith(b"\x89PNG")
    text = read_text(shown)
    assert "**1 session** took place: 1 hour in all." in text
    assert "**Mar 2026:** 1 session, 1 hour\n**Feb 2026:** no sessions" in text
    assert "**Mentored so far:** 1 person" in text
    _, rows = await table_of(oliver, shown)
    assert (rows[-1]["sessions"], rows[-1]["minutes"]) == ("1", "60")


async def test_the_week_is_shown_on_the_readers_clock(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    shown = await open_page(oliver, await insights(guild, oliver), "Open hours")
    picture = await picture_of(shown)
    assert picture is not None
    assert "Mon: 18:00–19:00 " in picture[0]
    assert "Tue: not offered." in picture[0]
    assert "In your time (London). Counted since" in read_text(shown)


async def test_the_file_and_the_chart_of_another_page_replace_the_old_ones(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    shown = await insights(guild, oliver)
    first = await picture_of(shown)
    shown = await open_page(oliver, shown, "Response time")
    second = await picture_of(shown)
    assert first is not None
    assert second is not None
    assert first[1] != second[1]
    shown = await open_page(oliver, shown, "Rating")
    assert await picture_of(shown) is None, "nobody has rated"


async def test_a_moderator_sees_demand_and_points(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    ken = await guild.add_member("Ken", zone="UTC", points=100)
    await ask(guild, ken, expertise="gardening")
    await ken.slash(guild.channel, "mentor search", expertise="gardening")
    await keep_figures(guild.db)
    moderator = await guild.add_moderator("Mod")
    shown = await open_page(moderator, await insights(guild, moderator), "Unmet demand")
    picture = await picture_of(shown)
    assert picture is not None
    words = "1 search without a result · 1 open request · no mentor yet"
    assert picture[0] == f"Unmet demand by expertise. gardening: {words}."
    assert f"**gardening:** {words}" in read_text(shown)
    assert "Ken" not in read_text(shown)
    _, rows = await table_of(moderator, shown)
    assert rows == [
        {"expertise": "gardening", "searches": "1", "openRequests": "1", "mentors": "0"}
    ]
    shown = await open_page(moderator, shown, "Points")
    assert await picture_of(shown) is not None
    assert "60 put on hold · 60 paid" in read_text(shown)
    shown = await open_page(moderator, shown, "People")
    assert "**1 mentor, 1 member** had a session this month." in read_text(shown)


async def with_renderer(guild: SimulatedGuild, renderer: PictureRenderer, steps: Any) -> Any:
    guild.bot.pictures = renderer
    try:
        return await steps()
    finally:
        renderer.close()
        guild.bot.pictures = PICTURES


async def test_a_chart_that_misses_its_deadline_is_left_out(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    renderer = PictureRenderer(deadline=30, patience=30)

    async def steps() -> None:
        shown = await insights(guild, oliver)
        assert await picture_of(shown) is not None
        renderer.deadline = 0
        shown = await open_page(oliver, shown, "Response time")
        assert await picture_of(shown) is None
        assert "The chart isn't ready yet." in read_text(shown)
        assert "**Up to 15 minutes:** 1" in read_text(shown), "the numbers are there without it"
        renderer.deadline = 30
        shown = (await oliver.click(shown, label="12 months")).response
        assert await picture_of(shown) is not None
        assert "The chart isn't ready yet." not in read_text(shown)

    await with_renderer(guild, renderer, steps)


async def test_a_card_is_complete_though_the_drawing_process_dies(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    renderer = PictureRenderer(deadline=30, patience=30)

    async def steps() -> Any:
        shown = await insights(guild, oliver)
        process = renderer.chart_process_id
        assert process is not None
        os.kill(process, signal.SIGKILL)
        return await open_page(oliver, shown, "Response time")

    shown = await with_renderer(guild, renderer, steps)
    assert await picture_of(shown) is not None, "the process is replaced"
    assert "You usually answer within" in read_text(shown)


async def test_without_any_process_there_are_still_all_numbers(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    renderer = PictureRenderer()
    renderer.close()
    shown = await with_renderer(guild, renderer, lambda: insights(guild, oliver))
    assert await picture_of(shown) is None
    assert "**Mar 2026:** 1 session, 1 hour" in read_text(shown)
