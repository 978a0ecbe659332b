"""Roles at thresholds: set up by a manager, given and taken by the bot, refused by Discord."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import pytest
import simcord

from bot.guilds.threshold_roles import update_threshold_roles
from mentorbot.jobs.schedule import compare_thresholds
from mentorship.administration import moderation
from mentorship.operations import erasure
from mentorship.recognition import threshold_roles
from mentorship.recognition.threshold_roles import Thresholds
from tests.journeys.support.components import Operator, iter_components
from tests.journeys.support.helpers import actor_of
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text
from tests.mentorship.insights.recount import keep_figures


async def work(guild: SimulatedGuild) -> None:
    """Let ten minutes pass, and the jobs do what is due."""
    await guild.env.advance_time(timedelta(minutes=11).total_seconds())
    await compare_thresholds(guild.db)
    await update_threshold_roles(guild.bot, guild.db)
    await guild.env.settle()
    await guild.deliver()


@pytest.fixture
def gold(guild: SimulatedGuild) -> simcord.RoleHandle:
    return guild.handle.create_role("Gold mentor")


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    """A mentor who has just had a session."""
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    start = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, start)
    await guild.advance_to(start + timedelta(hours=1), step=timedelta(minutes=30))
    await maya.user.click(guild.last_dm(maya), label="We met")
    await keep_figures(guild.db)
    await guild.deliver()
    return oliver


async def test_a_mentor_gets_the_role_and_loses_it(
    guild: SimulatedGuild, oliver: simcord.MemberActor, gold: simcord.RoleHandle
) -> None:
    await guild.db.run(threshold_roles.set_rule, guild.manager, gold.id, Thresholds(1))
    await work(guild)
    assert guild.has_role(oliver, gold)
    assert "You earned a role: Gold mentor" in message_text(guild.last_dm(oliver))
    before = len(guild.inbox(oliver))
    await guild.db.run(moderation.suspend, guild.manager, oliver.id, "Away", cancel_sessions=False)
    await work(guild)
    assert not guild.has_role(oliver, gold)
    texts = [message_text(message) for message in guild.inbox(oliver)[before:]]
    assert not any("Gold" in text for text in texts), "nobody is told of a loss"


async def test_an_erasure_takes_the_role(
    guild: SimulatedGuild, oliver: simcord.MemberActor, gold: simcord.RoleHandle
) -> None:
    await guild.db.run(threshold_roles.set_rule, guild.manager, gold.id, Thresholds(1))
    await work(guild)
    await guild.db.run(erasure.erase, actor_of(guild, oliver))
    await work(guild)
    assert not guild.has_role(oliver, gold)


@pytest.mark.parametrize("status", [403, 404, 503])
async def test_a_refused_role_stops_and_other_failures_are_retried(
    guild: SimulatedGuild,
    oliver: simcord.MemberActor,
    gold: simcord.RoleHandle,
    status: int,
) -> None:
    log_channel = guild.handle.create_text_channel("mentor-log")
    await guild.configure(log_channel_id=log_channel.id)
    await guild.db.run(threshold_roles.set_rule, guild.manager, gold.id, Thresholds(1))
    code = {403: 50013, 404: 10011}.get(status, 0)
    guild.env.inject_error("PUT", f"/guilds/*/members/*/roles/{gold.id}", status=status, code=code)
    await work(guild)
    assert not guild.has_role(oliver, gold)
    await guild.env.advance_time(timedelta(hours=1).total_seconds())
    await work(guild)
    is_final = status in (403, 404)
    assert guild.has_role(oliver, gold) != is_final
    (rule,) = await guild.db.read(threshold_roles.list_rules, guild.manager)
    assert (rule.problem is not None) == is_final


async def operator_of(guild: SimulatedGuild) -> Operator:
    """Return somebody who manages the server, with a role above nearly all others."""
    managers = guild.handle.create_role(
        "Managers", permissions=discord.Permissions(manage_guild=True)
    )
    guild.env.backend.edit_role(guild.id, managers.id, {"position": 80})
    await guild.env.settle()
    return Operator(await guild.add_member("Ines", roles=(managers,)), guild.channel)


async def choose_role(operator: Operator, role: simcord.RoleHandle) -> Any:
    (menu,) = (
        part["custom_id"]
        for part in iter_components(operator.page)
        if part.get("placeholder") == "Add or change a role"
    )
    return await operator.person.select(operator.page, [role], custom_id=menu)


async def test_a_manager_sets_a_role_up_and_removes_it(
    guild: SimulatedGuild, gold: simcord.RoleHandle
) -> None:
    operator = await operator_of(guild)
    await operator.open_setup()
    await operator.press("Roles for mentors")
    assert "No roles yet." in operator.text
    form = await choose_role(operator, gold)
    wrong = await operator.person.submit_modal(
        form, {"sessions": "10", "stars": "5.5", "hours": ""}
    )
    assert "The rating must be 1 to 5 stars" in message_text(wrong.response)
    form = await operator.person.click(wrong.response, label="Correct it")
    saved = await operator.person.submit_modal(
        form, {"sessions": "10", "stars": "4,5", "hours": "20"}
    )
    assert "10 sessions, 4.5 stars, 20 hours" in message_text(saved.response)
    await guild.restart_bot()
    removed = await operator.person.click(saved.response, label="Remove")
    assert "No roles yet." in message_text(removed.response)
    assert "Remove" not in button_labels(removed.response)


@pytest.mark.parametrize("kind", ["above the bot", "strong"])
async def test_a_role_that_should_not_be_given_is_refused_with_the_remedy(
    guild: SimulatedGuild, kind: str
) -> None:
    permissions = discord.Permissions(manage_guild=True) if kind == "strong" else None
    role = guild.handle.create_role("High", permissions=permissions)
    if kind == "above the bot":
        guild.env.backend.edit_role(guild.id, role.id, {"position": 90})
        await guild.env.settle()
    operator = await operator_of(guild)
    await operator.open_setup()
    await operator.press("Roles for mentors")
    answer = await choose_role(operator, role)
    saying = {
        "above the bot": "My own role must be above it.",
        "strong": "This role can manage the server",
    }[kind]
    assert saying in message_text(answer.response)
    assert await guild.db.read(threshold_roles.list_rules, guild.manager) == []


async def test_the_permission_check_names_a_role_that_moved_up(
    guild: SimulatedGuild, gold: simcord.RoleHandle
) -> None:
    await guild.db.run(threshold_roles.set_rule, guild.manager, gold.id, Thresholds(1))
    guild.env.backend.edit_role(guild.id, gold.id, {"position": 90})
    await guild.env.settle()
    operator = await operator_of(guild)
    await operator.open_setup()
    await operator.press("Check permissions")
    assert "My own role must be above it." in operator.text


async def test_nobody_chooses_a_role_above_their_own(
    guild: SimulatedGuild, gold: simcord.RoleHandle
) -> None:
    low = guild.handle.create_role("Low", permissions=discord.Permissions(manage_guild=True))
    guild.env.backend.edit_role(guild.id, gold.id, {"position": 3})
    guild.env.backend.edit_role(guild.id, low.id, {"position": 1})
    await guild.env.settle()
    operator = Operator(await guild.add_member("Lou", roles=(low,)), guild.channel)
    await operator.open_setup()
    await operator.press("Roles for mentors")
    answer = await choose_role(operator, gold)
    assert "below your own highest role" in message_text(answer.response)
