"""A person in two servers: what they began in one is never continued in the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import simcord

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.guilds import guild_settings
from mentorship.mentors import application_views
from tests.journeys.support.components import Operator
from tests.journeys.support.scenarios import (
    BIO,
    approved_mentor,
    submit_application,
    text_fields,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text


async def open_second_guild(guild: SimulatedGuild) -> SimulatedGuild:
    """Add another guild with the bot and a review channel, in the same Discord."""
    handle = guild.env.create_guild("Hillside")
    channel = handle.create_text_channel("mentorship")
    review = handle.create_text_channel("mentor-review")
    await guild.env.settle()
    other = replace(guild, handle=handle, channel=channel, review_channel=review, members={})
    await other.db.run(setup.configure, other.manager, review_channel_id=review.id)
    return other


def join(guild: SimulatedGuild, person: simcord.MemberActor) -> simcord.MemberActor:
    """Add a person of the other guild to this one too."""
    return guild.handle.add_member(person.user)


async def find_application(guild: SimulatedGuild, person: simcord.MemberActor):
    actor = Actor(person.id, person.name, guild.id)
    return await guild.db.read(application_views.find_latest, actor)


async def test_a_rejected_application_is_corrected_where_it_was_written(
    guild: SimulatedGuild,
) -> None:
    other = await open_second_guild(guild)
    here = await guild.add_member("Oliver", zone="Europe/London")
    there = join(other, here)
    await there.slash(other.channel, "timezone set", zone="Europe/London")
    first = await submit_application(guild, here, rate="fifty", expertise="python")
    second = await submit_application(other, there, rate="sixty", expertise="gardening")

    form = await here.click(first.response, label="Correct it")
    shown = text_fields(form)
    assert (shown["expertise"], shown["rate"], shown["bio"]) == ("python", "fifty", BIO)
    await here.submit_modal(form, text_fields(form) | {"rate": "50"})
    saved = await find_application(guild, here)
    assert saved is not None
    assert saved.expertise == ("python",)
    assert await find_application(other, there) is None

    form = await there.click(second.response, label="Correct it")
    assert text_fields(form)["expertise"] == "gardening"


async def test_a_draft_can_be_corrected_for_an_hour(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    answer = await submit_application(guild, oliver, rate="fifty")
    await guild.env.advance_time(timedelta(minutes=59).total_seconds())
    assert (await oliver.click(answer.response, label="Correct it")).modal is not None
    await guild.env.advance_time(timedelta(minutes=2).total_seconds())
    late = await oliver.click(answer.response, label="Correct it")
    assert late.modal is None
    assert "I no longer have what you typed." in message_text(late.response)


async def test_a_settings_form_never_shows_another_servers_values(guild: SimulatedGuild) -> None:
    other = await open_second_guild(guild)
    managers = guild.handle.create_role("Managers")
    guild.env.backend.edit_role(guild.id, managers.id, {"permissions": 1 << 5})
    managers_there = other.handle.create_role("Managers")
    guild.env.backend.edit_role(other.id, managers_there.id, {"permissions": 1 << 5})
    here = await guild.add_member("Ada", roles=(managers,))
    there = other.handle.add_member(here.user, roles=(managers_there,))
    ada_here, ada_there = Operator(here, guild.channel), Operator(there, other.channel)
    await ada_here.open_setup()
    await ada_there.open_setup()
    await ada_here.submit_form("Points", fee_percent="200")
    await ada_there.submit_form("Points", fee_percent="300", currency_name="stars")

    form = await ada_here.press("Correct it")
    shown = ada_here._as_shown(form.modal)
    assert (shown["fee_percent"], shown["currency_name"]) == ("200", "points")
    await here.submit_modal(form, shown | {"fee_percent": "20"})
    after = await guild.db.read(guild_settings.load, guild.id)
    assert (after.fee_percent, after.currency_name) == (20, "points")
    assert (await guild.db.read(guild_settings.load, other.id)).fee_percent == 0


async def test_a_zone_chosen_elsewhere_resumes_nothing(guild: SimulatedGuild) -> None:
    other = await open_second_guild(guild)
    oliver = await approved_mentor(guild, "Oliver")
    here = await guild.add_member("Sana")
    there = join(other, here)
    question = await here.slash(guild.channel, "book", mentor=str(oliver.id))
    answer = await there.slash(other.channel, "timezone set", zone="Europe/London")
    assert "Your time zone is **London**" in message_text(answer.response)
    # Another question in the same server resumes nothing either.
    menu = await here.slash(guild.channel, "timezone set", zone="nowhere at all")
    answer = await here.select(menu.response, ["Europe/London"])
    assert "Your time zone is **London**" in message_text(answer.response)
    # The question of the command does.
    card = await here.select(question.response, ["Europe/London"])
    assert "Oliver" in message_text(card.response)


async def test_each_question_resumes_its_own_command(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    sana = await guild.add_member("Sana")
    to_book = await sana.slash(guild.channel, "book", mentor=str(oliver.id))
    to_apply = await sana.slash(guild.channel, "mentor apply")
    card = await sana.select(to_book.response, ["Europe/London"])
    assert "Oliver" in message_text(card.response)
    form = await sana.select(to_apply.response, ["Europe/London"])
    assert form.modal is not None
    assert form.modal["title"] == "Apply to mentor"


async def test_a_command_is_not_resumed_hours_later(guild: SimulatedGuild) -> None:
    sana = await guild.add_member("Sana")
    question = await sana.slash(guild.channel, "mentor apply")
    await guild.env.advance_time(timedelta(hours=5).total_seconds())
    answer = await sana.select(question.response, ["Europe/London"])
    assert answer.modal is None
    assert "Your time zone is **London**" in message_text(answer.response)
