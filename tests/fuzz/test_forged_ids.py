"""A client of somebody's own can claim any button with any custom id. Every kind that the bot knows
is pressed with numbers of other people's things, of nothing, and of another server's."""

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
from mentorship.availability import editor
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
from tests.journeys.support.bookings import at, who
from tests.journeys.support.crowds import Press, at_once
from tests.journeys.support.panel import read
from tests.journeys.support.people import apply, booked, card, confirmed, mentor
from tests.journeys.support.world import World, words

SECRETS = ("TOPIC-OF-THE-TWO", "https://meet.example.org/secret", "REASON-FOR-MODERATORS")
NEVER_SEEN = ("Traceback", "Error(", "sqlalchemy", "Something broke on my side", *SECRETS)
THEIRS = (
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
"""Tables in which nothing may change by it."""

_WORDS = (
    *("", "0", "1", "2", "3", "7", "35", "60", "1440", "9" * 11, "9" * 16, "9" * 18, "9" * 20),
    *("a0.1.1", "b0.1.1", "a0.zzzzzzzzzzzzz.0", "a0.1y2p0ij32e8e7.1y2p0ij32e8e7", "a.", "..."),
    *("u", "p", "b", "r", "e", "m", "s", "et", "zz", "zzz", "zzzzzzz", "z" * 13, "nobody_did_this"),
    *("people", "overview", "points", "none", "review-channel", "mentor-role", "other-role"),
    *("Europe/London", "Mars/Olympus", "stay", "keep", "move", "@everyone <@1>", "\u202e\u0000"),
)


def _groups(pattern: str) -> Iterator[tuple[int, int, str]]:
    """Where the named groups of a template are, and what each may hold."""
    at_ = 0
    while (begin := pattern.find("(?P<", at_)) != -1:
        inside = pattern.index(">", begin) + 1
        depth, end = 1, inside
        while depth:
            depth += {"(": 1, ")": -1}.get(pattern[end], 0)
            end += 1
        yield begin, end, pattern[inside : end - 1]
        at_ = end


def forged(pattern: str, known: tuple[str, ...], rng: random.Random) -> str:
    """A custom id that a template takes, with what is there or not in its places."""
    made, last = "", 0
    for begin, end, inner in _groups(pattern):
        options = inner.strip("()").split("|") if "|" in inner else []
        fits = [each for each in (*known, *_WORDS, *options) if re.fullmatch(inner, each)]
        made += pattern[last:begin] + rng.choice(fits)
        last = end
    made += pattern[last:]
    made = re.sub(r":?\(([^()]*)\)\?", "", made) if not re.fullmatch(pattern, made) else made
    assert re.fullmatch(pattern, made), (pattern, made)
    return made


@pytest.fixture
async def mallory(town: World) -> simcord.MemberActor:
    """Somebody without points or rights, in a server full of other people's business."""
    oliver = await mentor(town, "Oliver")
    await town.db.run(editor.set_limits, who(town, oliver), meeting_link=SECRETS[1])
    maya = await town.person("Maya", zone="America/New_York", points=500)
    shown = await card(town, maya, oliver, at(town, 15), topic=SECRETS[0])
    await maya.click(shown.response, label="Confirm")
    await town.deliver()
    await oliver.user.click(town.last_dm(oliver), label="Confirm")
    await booked(town, maya, oliver, at(town, 10, day=5))
    await confirmed(town, maya, oliver, at(town, 12, day=4))
    await town.wait_until(at(town, 17))
    await maya.user.click(town.last_dm(maya), label="It took place")
    applicant = await town.person("Applicant", zone="Europe/London")
    await apply(town, applicant, bio=f"I can do a lot, and {SECRETS[2]} too, believe me.")
    await town.deliver()
    return await town.person("Mallory", zone="Europe/London")


async def business(tx: Transaction) -> dict[str, list[Any]]:
    """Everybody's things."""
    found: dict[str, list[Any]] = {}
    for table in THEIRS:
        rows = await tx.connection.execute(select(table.__table__))
        found[table.__tablename__] = sorted(map(str, rows))
    return found


CHOSEN = {
    "NotificationKindsMenu": "reminder",
    "ListFilterMenu": "ub",
    "RemoveDatesMenu": "2026-03-05/2026-03-05",
    "ZoneMenu": "Asia/Tokyo",
    "QuietHoursMenu": "22-8",
}
"""What is chosen from menus that don't offer numbers."""


def _kind(item: Any) -> ComponentType:
    """What sort of thing a template is of."""
    names = " ".join(base.__name__ for base in item.__mro__)
    if "RoleSelect" in names:
        return ComponentType.ROLE_SELECT
    if "ChannelSelect" in names:
        return ComponentType.CHANNEL_SELECT
    return ComponentType.STRING_SELECT if "Select" in names else ComponentType.BUTTON


@pytest.mark.parametrize("each", [2, pytest.param(50, marks=pytest.mark.long)])
async def test_forged_custom_ids_are_refused_and_change_nothing(
    town: World, mallory: simcord.MemberActor, each: int, caplog: pytest.LogCaptureFixture
) -> None:
    before = await town.db.read(business)
    rng = random.Random(7)
    known = (str(mallory.id), str(town.guild.id), *map(str, town.people))
    # Each on a message of its own: a press may change the one that it is on.
    presses = [
        Press(
            mallory,
            (await mallory.slash(town.square, "points balance")).response,
            forged(pattern, known, rng),
            _kind(item),
            _values(item),
        )
        for item in PERSISTENT_ITEMS
        for pattern in (item.__discord_ui_compiled_template__.pattern,)
        for _ in range(each)
    ]
    caplog.clear()
    for first in range(0, len(presses), 50):
        some = presses[first : first + 50]
        for press, seen in zip(some, await at_once(town, some), strict=True):
            assert seen.acknowledged, press.custom_id
            shown = [one for one in (seen.response, *seen.followups) if one is not None]
            text = "\n".join(f"{words(one)}\n{read(one)}" for one in shown)
            leaked = [word for word in NEVER_SEEN if word in text]
            assert not leaked, f"{press.custom_id}: {leaked} in {text}"
    broken = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.exc_info for record in broken] == []
    assert await town.db.read(business) == before


def _values(item: Any) -> tuple[str, ...]:
    """What is chosen: Discord itself lets nothing through that a menu of the message lacks."""
    if _kind(item) is not ComponentType.STRING_SELECT:
        return ()
    return (CHOSEN.get(item.__name__, "1"),)
