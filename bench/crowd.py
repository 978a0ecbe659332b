"""A thousand members who press Join on one announced group session in the same second.

It has 100 seats that cost points, so each press first leads to a card with the terms, and a second
press takes a seat or says that there is none. Meanwhile the job edits the announcement, as it does
in the program. Time counts from the first event; the simulated Discord shares the bot's event loop,
so its own time is included.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from simcord.backend import serializers
from simcord.enums import ComponentType, InteractionType

from bench.interactions import (
    LIMIT_S,
    PEOPLE,
    BatchResult,
    SimulatedGuild,
    TimedInteraction,
    iter_buttons,
)
from bench.support.figures import Figure, percentile_99
from bot.components.cards import build_layout
from bot.guilds.announcements import update_announcements
from bot.views.groups.cards import announcement_card
from bot.views.groups.items import announcement_actions
from bot.views.groups.joining import join_button
from mentorbot.jobs.schedule import ANNOUNCEMENTS_INTERVAL_S
from mentorship.guilds import guild_settings
from mentorship.sessions.groups import creation, group_views
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_views import Attendee, GroupView
from mentorship.statuses import SessionStatus
from storage import Database
from storage.migrations import upgrade
from wording.reader import ENGLISH

SEATS = 100
PRICE = 30
OUTCOME_LIMIT_S = 5.0
COMPONENT_LIMIT, TEXT_LIMIT = 40, 4_000
"""Discord's limits for the components and the characters of a message."""

EDITS_LIMIT = 20
RENDERINGS = 50
LONGEST_NAME = "W" * 32


class CrowdGuild(SimulatedGuild):
    """The guild, with an announced group session."""

    group: GroupView

    async def announce(self) -> None:
        """Create a group session of the first mentor, and post its announcement."""
        start = self.db.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
        request = GroupRequest("Office hours", start, 60, SEATS, PRICE, channel_id=self.channel.id)
        created = await self.db.run(creation.create, self.mentors[0], request)
        await update_announcements(self.env.bot, self.db)
        self.group = await self.db.read(group_views.load, created.id)

    async def keep_announcing(self) -> None:
        """Edit the announcement like the program's job, until this is cancelled."""
        while True:
            await update_announcements(self.env.bot, self.db)
            await asyncio.sleep(ANNOUNCEMENTS_INTERVAL_S)

    async def press(
        self, label: str, messages: Sequence[int]
    ) -> tuple[BatchResult, list[TimedInteraction]]:
        """Let everybody press a button at once, each on the message of that id."""
        backend, events = self.env.backend, []
        for person, message_id in zip(self.people, messages, strict=True):
            message = backend.get_message(self.channel.id, message_id)
            (custom_id,) = (
                item["custom_id"]
                for item in iter_buttons(message.components)
                if item.get("label") == label
            )
            data = {"custom_id": custom_id, "component_type": ComponentType.BUTTON}
            record, payload = self._event(person, InteractionType.MESSAGE_COMPONENT, data)
            payload["message"] = dict(serializers.message_payload(backend, message))
            record.source_message_id = message.id
            events.append((record, payload))
        return await self._dispatch(events)


@dataclass(frozen=True, slots=True)
class Crowd:
    """What a crowd of presses came to, and how often the announcement was edited meanwhile."""

    terms: BatchResult
    seats: BatchResult
    edits: int
    seconds: float
    card: RenderedCard


@dataclass(frozen=True, slots=True)
class RenderedCard:
    """The components and characters of a card with the longest names, and its rendering time."""

    components: int
    characters: int
    seconds: float


async def measure(folder: Path) -> Crowd:
    """Let everybody press Join, then Join on the card with the terms."""
    # As `mentorbot run` does: imported modules stay for good.
    gc.collect()
    gc.freeze()
    url = f"sqlite+aiosqlite:///{folder / 'mentorbot.db'}"
    await upgrade(url)
    db = Database(url)
    guild = CrowdGuild(db)
    await guild.create()
    await guild.announce()
    announcement = guild.group.message_id
    assert announcement is not None
    edits_before = _edits(guild, announcement)
    job = asyncio.create_task(guild.keep_announcing())
    started = time.perf_counter()
    terms, cards = await guild.press("Join", [announcement] * PEOPLE)
    seats, outcomes = await guild.press("Join", [card.message_id or 0 for card in cards])
    seconds = time.perf_counter() - started
    job.cancel()
    with suppress(asyncio.CancelledError):
        await job
    edits = _edits(guild, announcement) - edits_before
    texts = [
        str(guild.env.backend.get_message(guild.channel.id, each.message_id or 0).components)
        for each in outcomes
    ]
    seated = sum("You have a seat" in text for text in texts)
    full = sum("The last seat was just taken" in text for text in texts)
    after = await db.read(group_views.load, guild.group.id)
    if (seated, full, after.seats_taken) != (SEATS, PEOPLE - SEATS, SEATS):
        raise RuntimeError(f"{seated} have a seat, {full} were refused: {after.seats_taken} taken")
    card = await render(guild)
    await guild.env.shutdown()
    await db.close()
    return Crowd(terms, seats, edits, seconds, card)


def _edits(guild: CrowdGuild, message_id: int) -> int:
    """Return how many requests have edited a message."""
    path = f"/channels/{guild.channel.id}/messages/{message_id}"
    return sum(
        call.method == "PATCH" and call.path.endswith(path) for call in guild.env.http_requests
    )


async def render(guild: CrowdGuild) -> RenderedCard:
    """Render the announcement with the longest texts, and as many names as there are seats."""
    settings = await guild.db.read(guild_settings.load, guild.guild.id)
    group = replace(guild.group, title="T" * 80, description="D" * 1_000, seats_taken=SEATS)
    attendees = [
        Attendee(number, number, LONGEST_NAME, SessionStatus.CONFIRMED) for number in range(SEATS)
    ]
    times = []
    for _ in range(RENDERINGS):
        started = time.perf_counter()
        layout = build_layout(
            None,
            announcement_card(group, settings, attendees, ENGLISH, guild.db.now()),
            announcement_actions(group, join_button(group)),
        )
        components = layout.to_components()
        times.append(time.perf_counter() - started)
    return RenderedCard(_count(components), layout.content_length(), statistics.median(times))


def _count(components: Any) -> int:
    """Count components with those in them, as Discord does."""
    if isinstance(components, dict):
        parts = [components.get(name) for name in ("components", "accessory")]
        return 1 + sum(_count(part) for part in parts if part)
    return sum(_count(each) for each in components)


def figures() -> Iterator[Figure]:
    """Measure how soon a crowd is answered, and the card with everybody's names."""
    with tempfile.TemporaryDirectory() as folder:
        crowd = asyncio.run(measure(Path(folder)))
    for name, result in (("Join", crowd.terms), ("Join on the terms", crowd.seats)):
        times = result.acknowledged
        yield Figure(
            f"{name}: acknowledged, 99th percentile", percentile_99(times), "s", at_most=LIMIT_S
        )
        yield Figure(f"{name}: last acknowledged", max(times), "s", at_most=LIMIT_S)
        yield Figure(
            f"{name}: all {PEOPLE:,} answered", result.seconds, "s", at_most=OUTCOME_LIMIT_S
        )
        yield Figure(f"{name}: CPU", result.cpu_seconds, "s")
    yield Figure("edits of the announcement", crowd.edits, "", at_most=EDITS_LIMIT)
    yield Figure("both presses of everybody", crowd.seconds, "s")
    card = crowd.card
    name = f"card with {SEATS} long names"
    yield Figure(f"{name}: components", card.components, "", at_most=COMPONENT_LIMIT)
    yield Figure(f"{name}: characters", card.characters, "", at_most=TEXT_LIMIT)
    yield Figure(f"{name}: rendering", 1_000 * card.seconds, "ms")
