"""`/language`: whose language each text is in."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import NullTranslations

import pytest

from tests.journeys.support.helpers import at
from tests.journeys.support.languages import set_language
from tests.journeys.support.scenarios import approved_mentor, book, submit_application
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text
from wording import catalogues
from wording.catalogues import Catalogue


class Shouting(NullTranslations):
    """A language that is English in capitals."""

    def gettext(self, message: str) -> str:
        return _shout(message)

    def pgettext(self, context: str, message: str) -> str:
        return _shout(message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return _shout(singular if n == 1 else plural)

    def npgettext(self, context: str, singular: str, plural: str, n: int) -> str:
        return _shout(singular if n == 1 else plural)


def _shout(text: str) -> str:
    """Write the letters outside of braces and backticks in capitals."""
    parts, inside = [], False
    for letter in text:
        inside = (letter in "{`" and not inside) or (inside and letter not in "}`")
        parts.append(letter if inside or letter in "}`" else letter.upper())
    return "".join(parts)


@pytest.fixture(autouse=True)
def shouting() -> Iterator[None]:
    """Norwegian is English in capitals here."""
    with catalogues.registered("no", Catalogue("no", Shouting())):
        yield


async def test_people_choose_a_language_and_follow_discord_again(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York")
    names = await maya.autocomplete(guild.channel, "language", "language", "")
    assert {"The language of your Discord", "English"} <= {each["name"] for each in names}

    answer = await maya.slash(guild.channel, "language", language="no")
    assert message_text(answer.response) == "FROM NOW ON, I'LL WRITE TO YOU IN ENGLISH."
    assert "YOUR" in message_text((await maya.slash(guild.channel, "timezone show")).response)

    # Their choice survives a restart, and is used for direct messages.
    await guild.restart_bot()
    assert "YOUR" in message_text((await maya.slash(guild.channel, "timezone show")).response)

    answer = await maya.slash(guild.channel, "language", language="discord")
    assert message_text(answer.response) == "From now on, I'll use the language of your Discord."
    assert "Your" in message_text((await maya.slash(guild.channel, "timezone show")).response)


async def test_each_person_is_written_to_in_their_own_language(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    set_language(guild.env, oliver, "no")
    await oliver.slash(guild.channel, "timezone set", zone="London")
    await book(guild, maya, oliver, at(guild, 15))
    request = message_text(guild.last_dm(oliver))
    assert request.startswith("Maya WOULD LIKE A SESSION WITH YOU.")
    assert "would" not in request


async def test_direct_messages_follow_discord_again(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await oliver.slash(guild.channel, "language", language="no")
    await oliver.slash(guild.channel, "language", language="discord")
    await book(guild, maya, oliver, at(guild, 15))
    request = message_text(guild.last_dm(oliver))
    assert request.startswith("Maya would like a session with you.")


async def test_an_unknown_language_is_refused(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya")
    answer = await maya.slash(guild.channel, "language", language="Klingon")
    assert "don't know that language" in message_text(answer.response)


async def test_messages_that_everyone_sees_are_in_the_language_of_the_server(
    guild: SimulatedGuild,
) -> None:
    await guild.configure(language="no")
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    answer = await submit_application(guild, oliver)
    assert "with the moderators" in message_text(answer.response)
    await guild.deliver()
    assert "WOULD LIKE TO MENTOR" in message_text(guild.review_channel.last_message)
