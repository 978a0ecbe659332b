"""`/insights`: who sees which figures, and the way from page to page."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import simcord

from tests.journeys.support.components import iter_components, read_text
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

RANGES = ["This month", "3 months", "12 months", "All time"]
MENTOR_PAGES = ["Sessions", "Rating", "Open hours", "Response time"]
GUILD_PAGES = ["Sessions", "People", "Open hours", "Waiting times", "Unmet demand", "Points"]


async def insights(guild: SimulatedGuild, person: simcord.MemberActor) -> Any:
    answer = await person.slash(guild.channel, "insights")
    assert answer.ephemeral
    return answer.response


async def open_page(person: simcord.MemberActor, message: Any, page: str) -> Any:
    return (await person.click(message, label=page)).response


def highlighted(message: Any) -> list[str]:
    """Return the labels of the page and the range that are shown."""
    return [part["label"] for part in iter_components(message) if part.get("style") == 1]


async def table_of(person: simcord.MemberActor, message: Any) -> tuple[str, list[dict[str, str]]]:
    """Press the button, and return the name of the file and its rows."""
    answer = await person.click(message, label="Download CSV")
    assert answer.ephemeral
    (attachment,) = answer.response.attachments
    content = await attachment.read()
    assert content.startswith(b"\xef\xbb\xbf"), "Excel recognises UTF-8 by its mark"
    file = io.StringIO(content.decode("utf-8-sig"), newline="")
    return attachment.filename, list(csv.DictReader(file))


async def test_members_have_no_insights(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London")
    answer = await maya.slash(guild.channel, "insights")
    assert answer.ephemeral
    assert "/mentor apply" in message_text(answer.response)


async def test_a_mentor_without_a_session_sees_what_to_do(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon 18-20")
    shown = await insights(guild, oliver)
    text = read_text(shown)
    assert "### Your insights · last 12 months\nNo sessions in this period." in text
    assert "/mentor hours" in text
    assert button_labels(shown) == [*MENTOR_PAGES, *RANGES, "Download CSV"]
    for page in MENTOR_PAGES[1:]:
        shown = await open_page(oliver, shown, page)
        assert highlighted(shown) == [page, "12 months"]
        assert "No " in read_text(shown).splitlines()[1]
        assert shown.attachments == []


async def test_a_moderator_sees_the_server(guild: SimulatedGuild) -> None:
    moderator = await guild.add_moderator("Mod")
    shown = await insights(guild, moderator)
    assert "### Server insights · last 12 months" in read_text(shown)
    assert button_labels(shown) == [*GUILD_PAGES, *RANGES, "Download CSV"]
    for page in GUILD_PAGES[1:]:
        shown = await open_page(moderator, shown, page)
        assert len(read_text(shown).splitlines()) >= 2


async def test_a_mentor_who_moderates_switches_between_both(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    roles = guild.env.backend.get_guild(guild.id).members[oliver.id].role_ids
    roles.append(guild.moderator_role.id)
    shown = await insights(guild, oliver)
    assert button_labels(shown) == [*MENTOR_PAGES, *RANGES, "Server insights", "Download CSV"]
    shown = (await oliver.click(shown, label="3 months")).response
    shown = await open_page(oliver, shown, "Rating")
    shown = (await oliver.click(shown, label="Server insights")).response
    assert "### Server insights · last 3 months" in read_text(shown)
    assert button_labels(shown) == [*GUILD_PAGES, *RANGES, "Your insights", "Download CSV"]
    shown = await open_page(oliver, shown, "Open hours")
    shown = (await oliver.click(shown, label="Your insights")).response
    assert "Each day of your availability" in read_text(shown), "a page that both have stays"


async def test_a_former_moderator_no_longer_sees_the_server(guild: SimulatedGuild) -> None:
    moderator = await guild.add_moderator("Mod")
    shown = await insights(guild, moderator)
    guild.env.backend.get_guild(guild.id).members[moderator.id].role_ids.clear()
    for label in ("All time", "Download CSV"):
        refused = await moderator.click(shown, label=label)
        assert "Only this server's moderators" in message_text(refused.response)
        assert refused.response.attachments == []


@pytest.mark.parametrize(
    ("label", "months"), [("This month", 1), ("3 months", 3), ("12 months", 12)]
)
async def test_the_range_leads_to_a_table_of_so_many_months(
    guild: SimulatedGuild, label: str, months: int
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    shown = (await oliver.click(await insights(guild, oliver), label=label)).response
    name, rows = await table_of(oliver, shown)
    assert name.startswith("insights-mentor-months-")
    assert len(rows) == months
    assert rows[-1]["month"] == f"{guild.now:%Y-%m}"


async def test_each_page_has_its_own_table(guild: SimulatedGuild) -> None:
    moderator = await guild.add_moderator("Mod")
    shown = await insights(guild, moderator)
    names = []
    for page in GUILD_PAGES:
        shown = await open_page(moderator, shown, page)
        name, rows = await table_of(moderator, shown)
        names.append(name.removeprefix("insights-server-").removesuffix("-year.csv"))
        assert bool(rows) is (page != "Unmet demand")
    assert names == ["months", "months", "hours", "answer-times", "demand", "months"]


async def test_buttons_work_after_a_restart(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    shown = await insights(guild, oliver)
    await guild.restart_bot()
    shown = (await oliver.click(shown, label="All time")).response
    assert "Your insights · all time" in read_text(shown)
