"""Maya wants to know what the bot knows of her, and then that it doesn't."""

from __future__ import annotations

from mentorship.operations import data_export
from tests.journeys.support.people import booked, confirmed, mentor
from tests.journeys.support.world import World, labels, words


async def test_she_gets_a_file_and_is_forgotten(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="Europe/London", points=500)
    await confirmed(town, maya, oliver, town.now.replace(day=4, hour=15))
    await booked(town, maya, oliver, town.now.replace(day=5, hour=15))

    answer = await maya.slash(town.square, "privacy export")
    assert answer.ephemeral
    (file,) = answer.response.attachments
    assert file.filename == "mentorbot-my-data.json"

    asked = await maya.slash(town.square, "privacy forget")
    assert asked.ephemeral
    assert "2 sessions" not in words(asked.response)
    assert words(asked.response).count("• Oliver, <t:") == 2
    assert "🪙 380" in words(asked.response)
    assert labels(asked.response) == ["Forget me", "Keep everything"]
    await maya.click(asked.response, label="Keep everything")
    assert await town.balance(maya) == 380

    # The card from before a restart still works.
    asked = await maya.slash(town.square, "privacy forget")
    await town.restart()
    done = await maya.click(asked.response, label="Forget me")
    assert "I know nothing about you" in words(done.response)
    assert "2 sessions were called off" in words(done.response)
    await town.deliver()
    assert sum("called off" in words(m) or "cancel" in words(m) for m in town.inbox(oliver)) == 2
    assert await town.db.read(data_export.list_guilds_with_data, maya.id) == []
    again = await maya.slash(town.square, "privacy forget")
    assert "I keep nothing about you" in words(again.response)
    assert "Maya" not in str([words(m) for m in town.inbox(oliver)][-2:])


async def test_a_mentor_loses_the_role_too(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    assert town.has_role(oliver, town.mentors)
    asked = await oliver.slash(town.square, "privacy forget")
    assert "You'd be no mentor any more" in words(asked.response)
    await oliver.click(asked.response, label="Forget me")
    assert not town.has_role(oliver, town.mentors)


async def test_in_the_middle_of_a_session_nobody_is_forgotten(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="Europe/London", points=500)
    await confirmed(town, maya, oliver, town.now.replace(hour=15))
    await town.wait_until(town.now.replace(hour=15, minute=10))
    asked = await maya.slash(town.square, "privacy forget")
    assert "still to be settled" in words(asked.response)
