"""Ids in the log connect an interaction with the notifications that it caused."""

from __future__ import annotations

import logging
import re

import pytest

from mentorbot.logs import PACKAGES, JsonFormatter, SecretMask
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild

TOPIC = "My salary, in confidence"


async def test_log_lines_link_interactions_to_notifications(
    guild: SimulatedGuild, caplog: pytest.LogCaptureFixture
) -> None:
    for package in PACKAGES:
        caplog.set_level(logging.INFO, package)
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    when = str(int(guild.now.replace(day=4, hour=15).timestamp()))
    caplog.clear()
    card = await maya.slash(guild.channel, "book", mentor=str(oliver.id), when=when, topic=TOPIC)
    await maya.click(card.response, label="Confirm")
    await guild.deliver()

    own_records = [record for record in caplog.records if record.name.split(".")[0] in PACKAGES]
    facts = [(record.getMessage(), vars(record)) for record in own_records]
    (pressed,) = [
        fact for event, fact in facts if event == "interaction" and "Confirm" in fact["command"]
    ]
    (booked,) = [
        fact
        for event, fact in facts
        if event == "use case" and fact["cause"] == f"interaction {pressed['interaction']}"
    ]
    assert booked["use_case"] == "mentorship.sessions.booking.book_with_settings"
    (notification,) = [fact for event, fact in facts if event == "notification sent"]
    assert notification["notification"] in booked["notifications"].split()
    assert (pressed["outcome"], booked["outcome"]) == ("done", "done")

    lines = [JsonFormatter(SecretMask(())).format(record) for record in own_records]
    everything = "\n".join(lines)
    assert len(everything.splitlines()) == len(lines)
    for private in (TOPIC, "Maya", "Oliver", "salary", "token"):
        assert private not in everything
    assert not re.search(r"[\w-]{23,}\.[\w-]{6,}\.[\w-]{20,}", everything)


async def test_a_refusal_is_logged_as_an_outcome(
    guild: SimulatedGuild, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    maya = await guild.add_member("Maya", zone="Europe/London")
    caplog.clear()
    await maya.slash(guild.channel, "mentor hours")
    (record,) = [each for each in caplog.records if each.getMessage() == "interaction"]
    assert vars(record)["command"] == "mentor hours"
    assert vars(record)["outcome"] == "not_a_mentor"
    assert not [
        each for each in caplog.records if each.levelno > logging.INFO and "bot." in each.name
    ]
