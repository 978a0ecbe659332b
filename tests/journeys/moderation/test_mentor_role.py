"""The mentor role follows the state of each mentor, whoever changes it and wherever."""

from __future__ import annotations

from datetime import timedelta

import simcord

from bot.guilds.membership import detect_departures
from bot.guilds.roll_call import check_everyone
from mentorship.administration import moderation
from mentorship.main_app import identity
from mentorship.mentors import profiles
from tests.journeys.support.helpers import actor_of
from tests.journeys.support.scenarios import approved_mentor, submit_application
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


def rejoin(guild: SimulatedGuild, person: simcord.MemberActor, *, pending: bool = False) -> None:
    """Let somebody leave and come back, which loses all roles; no event tells the bot."""
    guild.handle.remove_member(person)
    join_again(guild, person, pending=pending)


def join_again(
    guild: SimulatedGuild, person: simcord.MemberActor, *, pending: bool = False
) -> None:
    guild.handle.add_member(person.user)
    set_pending(guild, person, pending=pending)


def set_pending(guild: SimulatedGuild, person: simcord.MemberActor, *, pending: bool) -> None:
    """Set whether somebody still has to accept the server's rules."""
    guild.env.backend.get_guild(guild.id).members[person.id].pending = pending


def role_requests(guild: SimulatedGuild) -> list[str]:
    """Return the requests that gave or took a role so far."""
    return [
        request.method
        for request in guild.env.http_requests
        if "/roles/" in request.path and request.method in ("PUT", "DELETE")
    ]


async def test_a_mentor_who_rejoined_gets_the_role_at_the_next_command(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    rejoin(guild, oliver)
    assert not guild.has_role(oliver, guild.mentor_role)
    await oliver.slash(guild.channel, "sessions")
    await guild.env.settle()
    assert guild.has_role(oliver, guild.mentor_role)
    before = len(role_requests(guild))
    await oliver.slash(guild.channel, "sessions")
    await guild.env.settle()
    assert len(role_requests(guild)) == before, "nothing is asked of Discord if it is right"


async def test_the_daily_check_restores_the_role_and_takes_it_from_the_suspended(
    guild: SimulatedGuild,
) -> None:
    oliver, ines = await approved_mentor(guild, "Oliver"), await approved_mentor(guild, "Ines")
    rejoin(guild, oliver)
    await guild.db.run(
        moderation.suspend, guild.manager, ines.id, "Complaints.", cancel_sessions=False
    )
    guild.env.inject_error("DELETE", "/guilds/*/members/*/roles/*", status=403, code=50013)
    await guild.deliver()
    assert guild.has_role(ines, guild.mentor_role), "Discord refused, just now"
    assert await check_everyone(guild.bot, guild.db) == 0
    assert guild.has_role(oliver, guild.mentor_role)
    assert not guild.has_role(ines, guild.mentor_role)
    before = role_requests(guild)
    assert await check_everyone(guild.bot, guild.db) == 0
    assert role_requests(guild) == before


async def test_the_daily_check_reports_what_discord_refuses_once_a_week(
    guild: SimulatedGuild,
) -> None:
    for name in ("Oliver", "Ines"):
        rejoin(guild, await approved_mentor(guild, name))
    await guild.deliver()
    before = len(guild.review_channel.history())
    guild.env.inject_error("PUT", "/guilds/*/members/*/roles/*", status=403, code=50013, times=4)
    for _ in range(2):
        await check_everyone(guild.bot, guild.db)
        await guild.deliver()
    reports = guild.review_channel.history()[before:]
    assert len(reports) == 1
    assert "I couldn't give the role" in message_text(reports[0])
    assert "I'll try again once a day." in message_text(reports[0])


async def test_the_daily_check_notices_departures(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London")
    guild.handle.remove_member(oliver)
    assert await check_everyone(guild.bot, guild.db) == 1
    assert await check_everyone(guild.bot, guild.db) == 0
    assert await maya.autocomplete(guild.channel, "book", "mentor", "oliver") == []


async def test_a_mentor_whose_departure_was_noticed_is_offered_to_resume(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London")
    guild.handle.remove_member(oliver)
    assert await detect_departures(guild.bot, guild.db) == 1
    join_again(guild, oliver)
    answer = await oliver.slash(guild.channel, "sessions")
    (offer,) = answer.followups
    assert "You stopped mentoring when you left this server" in message_text(offer)
    assert not guild.has_role(oliver, guild.mentor_role)
    assert (await oliver.slash(guild.channel, "sessions")).followups == [], "once is enough"
    await guild.restart_bot()
    resumed = await oliver.click(offer, label="Resume mentoring")
    assert "Members can find and book you again" in message_text(resumed.response)
    await guild.deliver()
    assert guild.has_role(oliver, guild.mentor_role)
    assert len(await maya.autocomplete(guild.channel, "book", "mentor", "oliver")) == 1


async def test_the_role_waits_until_a_mentor_has_passed_the_screening(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    rejoin(guild, oliver, pending=True)
    await check_everyone(guild.bot, guild.db)
    assert not guild.has_role(oliver, guild.mentor_role)
    set_pending(guild, oliver, pending=False)
    await check_everyone(guild.bot, guild.db)
    assert guild.has_role(oliver, guild.mentor_role)


async def test_a_pending_applicant_is_approved_once_they_have_passed(
    guild: SimulatedGuild,
) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    await submit_application(guild, oliver)
    await guild.deliver()
    card = guild.review_channel.last_message
    # As if Oliver had applied over REST while the bot was away.
    set_pending(guild, oliver, pending=True)
    refused = await priya.click(card, label="Approve")
    assert any(
        "Oliver hasn't accepted this server's rules yet." in message_text(each)
        for each in refused.followups
    )
    await guild.deliver()
    assert not guild.has_role(oliver, guild.mentor_role)
    assert "Approve" in button_labels(guild.review_channel.last_message)
    set_pending(guild, oliver, pending=False)
    await priya.click(card, label="Approve")
    await guild.deliver()
    assert guild.has_role(oliver, guild.mentor_role)


async def test_a_pending_member_can_neither_apply_nor_book(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    newcomer = await guild.add_member("Newcomer", zone="Europe/London", points=100)
    set_pending(guild, newcomer, pending=True)
    start = str(int(guild.now.replace(hour=15).timestamp()))
    for command, options in (
        ("mentor apply", {}),
        ("book", {"mentor": str(oliver.id), "when": start}),
    ):
        refused = await newcomer.slash(guild.channel, command, **options)
        assert "Accept this server's rules first" in message_text(refused.response)
    # The API knows it too, though it can't ask Discord without the bot.
    seen = await guild.db.read(identity.find_actor, guild.id, newcomer.id)
    assert seen is not None
    assert seen.screening_pending
    set_pending(guild, newcomer, pending=False)
    assert (await newcomer.slash(guild.channel, "mentor apply")).modal is not None


async def test_stopping_takes_the_role_and_resuming_gives_it(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    # In quiet hours, too: a role disturbs nobody.
    await oliver.slash(guild.channel, "mentor stop")
    await guild.deliver()
    assert not guild.has_role(oliver, guild.mentor_role)
    # Over REST, which may run in another process than the bot.
    before = len(guild.inbox(oliver))
    await guild.db.run(profiles.resume, actor_of(guild, oliver))
    await guild.deliver()
    assert guild.has_role(oliver, guild.mentor_role)
    assert len(guild.inbox(oliver)) == before, "a role alone is no message"


async def test_a_new_mentor_role_replaces_the_old_one_for_all_mentors(
    guild: SimulatedGuild,
) -> None:
    mentors = [await approved_mentor(guild, name) for name in ("Oliver", "Ines", "Noor")]
    stopped = await approved_mentor(guild, "Sam")
    await stopped.slash(guild.channel, "mentor stop")
    await guild.deliver()
    guides = guild.handle.create_role("Guides")
    await guild.configure(mentor_role_id=guides.id)
    await guild.advance_to(guild.now + timedelta(minutes=1), step=timedelta(seconds=5))
    for person in mentors:
        assert guild.has_role(person, guides)
        assert not guild.has_role(person, guild.mentor_role)
    assert not guild.has_role(stopped, guides)
    await guild.configure(mentor_role_id=None)
    await guild.advance_to(guild.now + timedelta(minutes=1), step=timedelta(seconds=5))
    assert not any(guild.has_role(person, guides) for person in mentors)
