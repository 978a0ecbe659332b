"""Maya exports what the bot stores about her, and then erases it."""

from __future__ import annotations

from mentorship.operations import data_export
from tests.journeys.support.scenarios import approved_mentor, book, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def test_a_member_exports_and_erases_their_data(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    await book_and_confirm(guild, maya, oliver, guild.now.replace(day=4, hour=15))
    await book(guild, maya, oliver, guild.now.replace(day=5, hour=15))

    answer = await maya.slash(guild.channel, "privacy export")
    assert answer.ephemeral
    (file,) = answer.response.attachments
    assert file.filename == "mentorbot-my-data.json"

    preview = await maya.slash(guild.channel, "privacy forget")
    assert preview.ephemeral
    assert "2 sessions" not in message_text(preview.response)
    assert message_text(preview.response).count("• Oliver, <t:") == 2
    assert "🪙 380" in message_text(preview.response)
    assert button_labels(preview.response) == ["Forget me", "Keep everything"]
    await maya.click(preview.response, label="Keep everything")
    assert await guild.balance(maya) == 380

    # The card works after a restart.
    preview = await maya.slash(guild.channel, "privacy forget")
    await guild.restart_bot()
    done = await maya.click(preview.response, label="Forget me")
    assert "I know nothing about you" in message_text(done.response)
    assert "2 sessions were called off" in message_text(done.response)
    await guild.deliver()
    assert (
        sum(
            "called off" in message_text(m) or "cancel" in message_text(m)
            for m in guild.inbox(oliver)
        )
        == 2
    )
    assert await guild.db.read(data_export.list_guilds_with_data, maya.id) == []
    again = await maya.slash(guild.channel, "privacy forget")
    assert "I keep nothing about you" in message_text(again.response)
    assert "Maya" not in str([message_text(m) for m in guild.inbox(oliver)][-2:])


async def test_erasing_a_mentor_removes_the_role(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    assert guild.has_role(oliver, guild.mentor_role)
    preview = await oliver.slash(guild.channel, "privacy forget")
    assert "You'd be no mentor any more" in message_text(preview.response)
    await oliver.click(preview.response, label="Forget me")
    assert not guild.has_role(oliver, guild.mentor_role)


async def test_nobody_is_erased_during_a_session(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    await book_and_confirm(guild, maya, oliver, guild.now.replace(hour=15))
    await guild.advance_to(guild.now.replace(hour=15, minute=10))
    preview = await maya.slash(guild.channel, "privacy forget")
    assert "still to be settled" in message_text(preview.response)
