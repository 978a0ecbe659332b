"""Pressing buttons with forged custom ids, which a modified client can send.

Every kind of button and menu is pressed with ids of other people's data, of another server's data,
and of nothing.
"""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
import simcord
from simcord.enums import ComponentType
from sqlalchemy import select

from bot.persistent_items import PERSISTENT_ITEMS
from mentorship.mentors import meeting_link
from storage import Transaction
from storage.tables import (
    Account,
    Event,
    Guild,
    MentorProfile,
    Participant,
    ProfileRevision,
    Review,
    Session,
    Transfer,
    WeeklyHoursRow,
)
from tests.journeys.support.components import read_text
from tests.journeys.support.concurrency import Command, Press, send_concurrently
from tests.journeys.support.helpers import actor_of, at
from tests.journeys.support.scenarios import (
    approved_mentor,
    book,
    book_and_confirm,
    confirmation_card,
    submit_application,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text
from wording.errors import INTERNAL

SECRETS = ("TOPIC-OF-THE-TWO", "https://meet.example.org/secret", "REASON-FOR-MODERATORS")
NEVER_SEEN = ("Traceback", "Error(", "sqlalchemy", INTERNAL.partition(".")[0], *SECRETS)
PROTECTED_TABLES = (
    Account,
    Event,
    Guild,
    MentorProfile,
    Participant,
    ProfileRevision,
    Review,
    Session,
    Transfer,
    WeeklyHoursRow,
)
"""Tables that a forged press must not change."""

OWN_SETTINGS_EVENTS = ("member.preferences_changed", "member.timezone_changed")
"""Events that a press may record, since everybody may change their own settings."""

_VALUES = (
    *(
        "",
        "0",
        "1",
        "2",
        "3",
        "7",
        "35",
        "60",
        "1440",
        "739684",
        "9" * 6,
        "9" * 11,
        "9" * 16,
        "9" * 18,
        "9" * 20,
        "0a1b2c3d",
        "0000011",
    ),
    *("a0.1.1", "b0.1.1", "a0.zzzzzzzzzzzzz.0", "a0.1y2p0ij32e8e7.1y2p0ij32e8e7", "a.", "..."),
    *("u", "p", "b", "r", "e", "m", "s", "et", "zz", "zzz", "zzzzzzz", "z" * 13, "nobody_did_this"),
    *("q", "people", "overview", "points", "none", "review-channel", "mentor-role", "other-role"),
    *("Europe/London", "Mars/Olympus", "stay", "keep", "move", "@everyone <@1>", "\u202e\u0000"),
)


def _groups(pattern: str) -> Iterator[tuple[int, int, str]]:
    """Yield the start, the end and the inner pattern of each named group of a template."""
    position = 0
    while (begin := pattern.find("(?P<", position)) != -1:
        inner_start = pattern.index(">", begin) + 1
        depth, end = 1, inner_start
        while depth:
            depth += {"(": 1, ")": -1}.get(pattern[end], 0)
            end += 1
        yield begin, end, pattern[inner_start : end - 1]
        position = end


def forge_custom_id(pattern: str, known_ids: tuple[str, ...], rng: random.Random) -> str:
    """Return a custom id that matches a template, with existing and invented values."""
    custom_id, last = "", 0
    for begin, end, inner in _groups(pattern):
        options = inner.strip("()").split("|") if "|" in inner else []
        candidates = [
            value for value in (*known_ids, *_VALUES, *options) if re.fullmatch(inner, value)
        ]
        custom_id += pattern[last:begin].replace("\\.", ".") + rng.choice(candidates)
        last = end
    custom_id += pattern[last:].replace("\\.", ".")
    for _ in range(custom_id.count(")?")):
        # An optional part in an optional part.
        if re.fullmatch(pattern, custom_id):
            break
        custom_id = re.sub(r":?\(([^()]*)\)\?", "", custom_id)
    assert re.fullmatch(pattern, custom_id), (pattern, custom_id)
    return custom_id


@pytest.fixture
async def mallory(guild: SimulatedGuild) -> simcord.MemberActor:
    """A member without points or permissions, in a server with other people's data."""
    oliver = await approved_mentor(guild, "Oliver")
    await guild.db.run(meeting_link.change, actor_of(guild, oliver), SECRETS[1])
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    shown = await confirmation_card(guild, maya, oliver, at(guild, 15), topic=SECRETS[0])
    await maya.click(shown.response, label="Confirm")
    await guild.deliver()
    await oliver.user.click(guild.last_dm(oliver), label="Confirm")
    await book(guild, maya, oliver, at(guild, 10, day=5))
    await book_and_confirm(guild, maya, oliver, at(guild, 12, day=4))
    await guild.advance_to(at(guild, 17))
    await maya.user.click(guild.last_dm(maya), label="We met")
    applicant = await guild.add_member("Applicant", zone="Europe/London")
    await submit_application(
        guild, applicant, bio=f"I can do a lot, and {SECRETS[2]} too, believe me."
    )
    await guild.deliver()
    return await guild.add_member("Mallory", zone="Europe/London")


async def load_protected_rows(tx: Transaction) -> dict[str, list[Any]]:
    """Load all rows of the protected tables, except events of changing one's own settings."""
    protected: dict[str, list[Any]] = {}
    for table in PROTECTED_TABLES:
        query = select(table.__table__)
        if table is Event:
            query = query.where(Event.type.not_in(OWN_SETTINGS_EVENTS))
        rows = await tx.connection.execute(query)
        protected[table.__tablename__] = sorted(map(str, rows))
    return protected


MENU_VALUES = {
    "NotificationKindsMenu": "reminder",
    "ListFilterMenu": "ub",
    "RemoveDatesMenu": "2026-03-05/2026-03-05",
    "RemoveTripMenu": "2026-03-05",
    "TripZoneMenu": "Asia/Tokyo",
    "ZoneMenu": "Asia/Tokyo",
    "QuietHoursMenu": "22-8",
}
"""Values to choose from menus whose values aren't numbers."""


def _component_type(item: Any) -> ComponentType:
    """Return the component type of a persistent item."""
    names = " ".join(base.__name__ for base in item.__mro__)
    if "RoleSelect" in names:
        return ComponentType.ROLE_SELECT
    if "ChannelSelect" in names:
        return ComponentType.CHANNEL_SELECT
    return ComponentType.STRING_SELECT if "Select" in names else ComponentType.BUTTON


@pytest.mark.parametrize("each", [2, pytest.param(50, marks=pytest.mark.long)])
async def test_forged_custom_ids_are_refused_and_change_nothing(
    guild: SimulatedGuild, mallory: simcord.MemberActor, each: int, caplog: pytest.LogCaptureFixture
) -> None:
    before = await guild.db.read(load_protected_rows)
    rng = random.Random(7)
    known_ids = (str(mallory.id), str(guild.id), *map(str, guild.members))
    items = [item for item in PERSISTENT_ITEMS for _ in range(each)]
    caplog.clear()
    for first in range(0, len(items), 50):
        # Each press is on its own message, because it may change that.
        messages = await send_concurrently(
            guild, [Command(mallory, guild.channel, "help", {}) for _ in items[first : first + 50]]
        )
        batch = [
            Press(
                mallory,
                message.response,
                forge_custom_id(item.__discord_ui_compiled_template__.pattern, known_ids, rng),
                _component_type(item),
                _values(item),
            )
            for item, message in zip(items[first : first + 50], messages, strict=True)
        ]
        for press, result in zip(batch, await send_concurrently(guild, batch), strict=True):
            assert result.acknowledged, press.custom_id
            shown = [each for each in (result.response, *result.followups) if each is not None]
            text = "\n".join(f"{message_text(each)}\n{read_text(each)}" for each in shown)
            leaked = [word for word in NEVER_SEEN if word in text]
            assert not leaked, f"{press.custom_id}: {leaked} in {text}"
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.exc_info for record in errors] == []
    assert await guild.db.read(load_protected_rows) == before


def _values(item: Any) -> tuple[str, ...]:
    """Return the values to choose; Discord itself refuses values that the menu doesn't have."""
    if _component_type(item) is not ComponentType.STRING_SELECT:
        return ()
    return (MENU_VALUES.get(item.__name__, "1"),)
