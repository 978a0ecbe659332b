"""Direct messages name their server, use first names, and follow their reader's habits."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.notifications.message import Message
from tests.habits import foreign_habits
from tests.journeys.support.scenarios import (
    approved_mentor,
    book,
    book_and_confirm,
    submit_application,
)
from tests.journeys.support.simulated_guild import (
    SimulatedGuild,
    card_titles,
    message_text,
)
from wording.reader import Reader

THURSDAY = datetime.fromisoformat("2026-03-05T10:00+00:00")
HOUR = timedelta(hours=1)


def ends_with(message: object, line: str) -> bool:
    return message_text(message).split("\n")[-1] == line


async def test_a_direct_message_names_its_server_also_after_a_press_and_an_edit(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    await book(guild, maya, oliver, THURSDAY)
    request = guild.last_dm(oliver)
    assert ends_with(request, "-# Riverside")
    await oliver.user.click(request, label="Confirm")
    assert "is confirmed" in message_text(guild.last_dm(oliver))
    assert ends_with(guild.last_dm(oliver), "-# Riverside")
    await guild.advance_to(THURSDAY)
    assert len(guild.inbox(oliver)) > 3
    for person in (oliver, maya):
        assert all(ends_with(message, "-# Riverside") for message in guild.inbox(person))
        # Each names it once, however often it was edited.
        assert all(message_text(each).count("Riverside") == 1 for each in guild.inbox(person))
    # In the server itself, that would say nothing.
    assert "Riverside" not in message_text(guild.review_channel.last_message)


def test_the_name_of_a_server_is_no_markup() -> None:
    layout = Message("Hello.", server="*Chess* club").layout()
    *_, footer = layout.walk_children()
    assert getattr(footer, "content", None) == r"-# \*Chess\* club"


async def test_running_text_has_first_names_and_titles_full_ones(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver Hughes")
    maya = await guild.add_member("Maya Chen", zone="America/New_York", points=500)
    await book(guild, maya, oliver, THURSDAY)
    request = guild.last_dm(oliver)
    assert message_text(request).startswith("Maya would like a session with you.")
    assert card_titles(request) == ["Session with Maya Chen"]
    await oliver.user.click(request, label="Confirm")
    await guild.advance_to(THURSDAY + HOUR)
    for person, other in ((oliver, "Maya Chen"), (maya, "Oliver Hughes")):
        for message in guild.inbox(person):
            titles = "\n".join(card_titles(message))
            assert message_text(message).count(other) == titles.count(other), message_text(message)


async def test_direct_messages_follow_the_habits_of_their_reader(guild: SimulatedGuild) -> None:
    tom = await guild.add_member("Tom", zone="America/New_York", language="en-US")
    await submit_application(guild, tom)
    await guild.deliver()
    moderator = await guild.add_moderator("Rita")
    await moderator.click(guild.review_channel.last_message, label="Approve")
    await guild.deliver()
    assert "`mon-fri 6pm-9:30pm; sat 10am-2pm`" in message_text(guild.last_dm(tom))
    await tom.slash(guild.channel, "mentor hours", hours="daily 9am-5pm")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    await book_and_confirm(guild, maya, tom, THURSDAY + 6 * HOUR)
    # Both cards have the other's time as text.
    assert " PM" in message_text(guild.last_dm(tom))
    assert "11:00" in message_text(guild.last_dm(maya))
    for person, reader in ((tom, Reader.of("en-US")), (maya, Reader())):
        text = "\n".join(message_text(message) for message in guild.inbox(person))
        assert foreign_habits(text, reader) == []
