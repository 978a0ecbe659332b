"""Each message is in the language of whoever reads it: a person's, or that of the server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from gettext import NullTranslations

import discord
import pytest
import simcord

from bot import messages
from bot.guilds.meeting_rooms import update_meeting_rooms
from bot.guilds.request_cards import update_request_cards
from mentorship.actors import Actor
from mentorship.members import languages, members
from tests.journeys.groups.support import announce_group
from tests.journeys.groups.test_scheduled_events import allow_events, sync_events
from tests.journeys.moderation.test_setup import invited
from tests.journeys.offers.test_help_requests import ask
from tests.journeys.sessions.test_meeting_rooms import enable_rooms, rooms
from tests.journeys.support.scenarios import book, book_and_confirm, make_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text
from wording import catalogues
from wording.catalogues import Catalogue

MESSAGES = "/channels/*/messages"

GERMAN = {
    "{name} would like a session with you.": "{name} möchte eine Session mit dir.",
    "{name} confirmed your session.": "{name} hat deine Session bestätigt.",
    "{name} asked for a session with you.": "{name} hat dich um eine Session gebeten.",
    "{first} and {second}, this is where you meet on {time}.": (
        "{first} und {second}, hier trefft ihr euch am {time}."
    ),
    "Not everyone who meets can see {channel} and write in its threads. In Edit Channel → "
    "Permissions, allow View Channel and Send Messages in Threads.": (
        "Nicht alle, die sich treffen, sehen {channel}."
    ),
    "Your profile change is approved.": "Deine Änderung am Profil ist genehmigt.",
    "With {name}.": "Mit {name}.",
    "Sign up in the announcement.": "Melde dich in der Ankündigung an.",
    "{person}, I have a message for you but can't send it to you directly. Use any of my commands "
    "here, such as `/sessions`, to read it. Only you will see it.": (
        "{person}, ich habe eine Nachricht für dich."
    ),
    "Hello! I'm mentorbot.": "Hallo! Ich bin Mentorbot.",
    "When": "Wann",
    "{name} is looking for a mentor.": "{name} sucht Hilfe.",
    messages.HELP_IN_DM: "Ich bin ein Bot.",
    messages.HELP_IN_GUILD: "Meine Befehle beginnen mit einem Schrägstrich.",
}


in_each_server = pytest.mark.parametrize("speaks", ["en", "de", "by setup"])


class FewTexts(NullTranslations):
    """A catalogue with the texts that the tests look at."""

    def gettext(self, message: str) -> str:
        return GERMAN.get(message, message)


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    """Let `de` have a catalogue of a few texts."""
    with catalogues.registered("de", Catalogue("de", FewTexts())):
        yield


async def set_server_language(guild: SimulatedGuild, speaks: str) -> None:
    """Let the server's language be English, or German: by Discord's settings or by `/setup`."""
    if speaks == "en":
        return
    if speaks == "by setup":
        await guild.configure(language="de")
        return
    guild.env.backend.edit_guild(guild.id, {"preferred_locale": "de"})
    stored = guild.bot.get_guild(guild.id)
    assert stored is not None
    assert stored.preferred_locale is discord.Locale.german


async def german_mentor(guild: SimulatedGuild) -> simcord.MemberActor:
    """Return Oliver, who is a mentor and uses Discord in German."""
    oliver = await guild.add_member("Oliver", zone="Europe/London", language="de")
    await make_mentor(guild, oliver, hours="daily 9-17")
    return oliver


async def test_both_sides_are_notified_in_their_own_language(guild: SimulatedGuild) -> None:
    oliver = await german_mentor(guild)
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    await book(guild, maya, oliver, guild.now.replace(hour=15))
    assert "Maya möchte eine Session mit dir." in message_text(guild.last_dm(oliver))
    await oliver.user.click(guild.last_dm(oliver), label="Confirm")
    await guild.deliver()
    assert "Oliver confirmed your session." in message_text(guild.last_dm(maya))


async def test_an_earlier_message_is_edited_in_its_readers_language(guild: SimulatedGuild) -> None:
    oliver = await german_mentor(guild)
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    starts = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, starts)
    request = guild.last_dm(oliver)
    await guild.advance_to(starts)
    (request,) = [each for each in guild.inbox(oliver) if each.id == request.id]
    assert "Maya hat dich um eine Session gebeten." in message_text(request)


@in_each_server
async def test_a_room_is_opened_in_the_language_of_the_server(
    guild: SimulatedGuild, speaks: str
) -> None:
    oliver = await german_mentor(guild)
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    await set_server_language(guild, speaks)
    await enable_rooms(guild, "thread")
    starts = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, starts)
    await guild.advance_to(starts - timedelta(minutes=15))
    await update_meeting_rooms(guild.bot, guild.db)
    (thread,) = rooms(guild)
    (greeting,) = guild.env.backend.messages[thread.id].values()
    expected = "this is where you meet on" if speaks == "en" else "hier trefft ihr euch am"
    assert expected in greeting.content


@in_each_server
async def test_a_discord_event_is_in_the_language_of_the_server(
    guild: SimulatedGuild, speaks: str
) -> None:
    allow_events(guild)
    oliver = await german_mentor(guild)
    await set_server_language(guild, speaks)
    await announce_group(guild, oliver, wants_event=True, description="Ask me about Rust.")
    await sync_events(guild)
    stored = guild.bot.get_guild(guild.id)
    assert stored is not None
    (event,) = await stored.fetch_scheduled_events()
    expected = "Mit Oliver. Melde dich in der Ankündigung an."
    if speaks == "en":
        expected = "With Oliver. Sign up in the announcement."
    assert event.description == f"Ask me about Rust.\n\n{expected}"


@in_each_server
async def test_a_mention_in_the_server_is_in_its_language(
    guild: SimulatedGuild, speaks: str
) -> None:
    oliver = await german_mentor(guild)
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    await set_server_language(guild, speaks)
    notices = guild.handle.create_text_channel("news")
    await guild.configure(notices_channel_id=notices.id)
    guild.env.inject_error("POST", MESSAGES, status=403, code=50007, message="Cannot send messages")
    await book(guild, maya, oliver, guild.now.replace(hour=15))
    text = message_text(notices.last_message)
    expected = "I have a message for you" if speaks == "en" else "ich habe eine Nachricht für dich"
    assert f"<@{oliver.id}>, {expected}" in text


async def test_what_wasnt_delivered_is_shown_in_the_language_of_its_reader(
    guild: SimulatedGuild,
) -> None:
    oliver = await german_mentor(guild)
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    guild.env.inject_error("POST", MESSAGES, status=403, code=50007, message="Cannot send messages")
    await book(guild, maya, oliver, guild.now.replace(hour=15))
    answer = await oliver.slash(guild.channel, "sessions")
    texts = [message_text(message) for message in answer.followups]
    assert any("Maya möchte eine Session mit dir." in text for text in texts)


@in_each_server
async def test_an_explanation_in_the_server_is_in_its_language(
    guild: SimulatedGuild, speaks: str
) -> None:
    maya = await guild.add_member("Maya")
    await set_server_language(guild, speaks)
    await maya.send(guild.channel, f"<@{guild.bot_id}> hello?")
    await guild.env.settle()
    expected = "My commands begin" if speaks == "en" else "Meine Befehle beginnen"
    assert expected in message_text(guild.channel.last_message)


@in_each_server
async def test_an_announcement_is_in_the_language_of_the_server(
    guild: SimulatedGuild, speaks: str
) -> None:
    oliver = await german_mentor(guild)
    await set_server_language(guild, speaks)
    group = await announce_group(guild, oliver)
    assert ("When:" if speaks == "en" else "Wann:") in message_text(group.announcement)


@in_each_server
async def test_a_posted_request_is_in_the_language_of_the_server(
    guild: SimulatedGuild, speaks: str
) -> None:
    await german_mentor(guild)
    maya = await guild.add_member("Maya", zone="Europe/Berlin", points=100, language="de")
    await set_server_language(guild, speaks)
    channel = guild.handle.create_text_channel("help-wanted")
    await guild.env.settle()
    await guild.configure(requests_channel_id=channel.id)
    await ask(guild, maya)
    await update_request_cards(guild.bot, guild.db)
    expected = "Maya is looking for a mentor." if speaks == "en" else "Maya sucht Hilfe."
    assert expected in message_text(channel.last_message)


async def test_a_greeting_in_the_server_is_in_its_language(database_url: str) -> None:
    async with invited(database_url) as guild:
        assert guild.owner is not None
        owner = Actor(guild.owner.id, "Ines", guild.id, language="de")
        await guild.db.run(members.record, owner)
        guild.env.backend.edit_guild(guild.id, {"system_channel_id": guild.channel.id})
        guild.env.inject_error("POST", MESSAGES, status=403, code=50007, times=1)
        await guild.env.settle()
        await guild.deliver()
        greeting = message_text(guild.channel.last_message)
        assert f"<@{guild.owner.id}>, Hello! I'm mentorbot." in greeting


async def test_a_direct_message_is_answered_in_the_chosen_language(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya")
    await guild.db.run(languages.choose, Actor(maya.id, "Maya", guild.id), "de")
    await maya.send_dm("Hello?")
    assert [message.content for message in guild.inbox(maya)] == [GERMAN[messages.HELP_IN_DM]]
