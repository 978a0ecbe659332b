"""A thousand people who book at once: the time to acknowledge each, and to answer all.

The bot receives gateway events back to back: first a thousand `/book` commands with all options,
then a press of Confirm on each card. Discord fails an interaction that isn't acknowledged within 3
seconds; here the time counts from the first event. The simulated Discord shares the bot's event
loop, so its own time is included.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import simcord
from simcord import interactions
from simcord.backend import serializers
from simcord.backend.models import Interaction
from simcord.enums import ComponentType, InteractionType, OptionType

from bench.booking import NO_LIMITS
from bench.support.figures import Figure, percentile_99
from bot.client import MentorBot
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import editor, timezone_change
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.points import adjustments
from mentorship.points.transfers import Recipient
from storage import Database
from storage.migrations import upgrade

PEOPLE, MENTORS = 1_000, 20
LIMIT_S = 3.0
"""Seconds (Discord's reference: "Receiving and Responding")."""


@dataclass(slots=True)
class TimedInteraction(Interaction):
    """simcord's record of an interaction, with the time of its acknowledgement."""

    acknowledged_at: float = field(default=0.0, init=False)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if name == "responded" and value:
            object.__setattr__(self, "acknowledged_at", time.perf_counter())


class FastList(dict[int, Any]):
    """Replaces simcord's list of running callbacks, whose `remove` takes linear time.

    With thousands of them, the benchmark would mostly measure that. Here it takes constant time.
    """

    def append(self, record: Any) -> None:
        self[id(record)] = record

    def remove(self, record: Any) -> None:
        if self.pop(id(record), None) is None:
            raise ValueError(record)

    def __iter__(self) -> Any:
        return iter(list(self.values()))


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Seconds from the first event to each acknowledgement, and until all are answered.

    `cpu_seconds` are those of all threads.
    """

    acknowledged: list[float]
    seconds: float
    cpu_seconds: float


class SimulatedGuild:
    """A guild with mentors who are available all day, and a thousand members with points."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.env = simcord.Env(MentorBot(db), settle_timeout=300)

    async def create(self) -> None:
        """Start the simulation and create the guild."""
        await self.env.start()
        self.guild = self.env.create_guild("Riverside")
        self.channel = self.guild.create_text_channel("mentorship")
        chief = Actor(user_id=1, name="chief", guild_id=self.guild.id, manages_guild=True)
        await self.db.run(setup.configure, chief, review_channel_id=1, **NO_LIMITS)
        self.mentors = []
        for number in range(MENTORS):
            mentor = Actor(user_id=1_000 + number, name=f"mentor {number}", guild_id=self.guild.id)
            await self.db.run(timezone_change.set_timezone, mentor, "Europe/London")
            content = ProfileContent(["python"], 60, "Somebody who is there for the benchmark.")
            submitted = await self.db.run(applications.apply, mentor, content)
            await self.db.run(application_review.decide, chief, submitted.id, Decision.APPROVED)
            await self.db.run(editor.set_weekly, mentor, "daily 0:00-24:00")
            self.mentors.append(mentor)
        self.people = []
        for number in range(PEOPLE):
            person = self.guild.add_member(self.env.create_user(f"member {number}"))
            member = Actor(user_id=person.id, name=person.name, guild_id=self.guild.id)
            await self.db.run(timezone_change.set_timezone, member, "America/New_York")
            await self.db.run(
                adjustments.grant, chief, Recipient(member.user_id, member.name), 1_000, "-"
            )
            self.people.append(person)

    async def send_commands(self) -> tuple[BatchResult, list[TimedInteraction]]:
        """Send `/book` from everybody at once, each for a different hour."""
        root = self.env.backend.find_command("book", None, type=1)
        assert root is not None
        first = self.db.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
        events = []
        for number, person in enumerate(self.people):
            start = first + timedelta(hours=number // MENTORS)
            values = {
                "mentor": str(self.mentors[number % MENTORS].user_id),
                "when": str(int(start.timestamp())),
                "topic": "A topic",
            }
            options = [
                {"name": name, "type": OptionType.STRING, "value": value}
                for name, value in values.items()
            ]
            data = {"id": root["id"], "name": "book", "type": 1, "options": options}
            events.append(self._event(person, InteractionType.APPLICATION_COMMAND, data))
        return await self._dispatch(events)

    async def press_confirm(
        self, cards: Iterable[TimedInteraction]
    ) -> tuple[BatchResult, list[TimedInteraction]]:
        """Press Confirm on everybody's card at once."""
        backend, events = self.env.backend, []
        for person, card in zip(self.people, cards, strict=True):
            message = backend.get_message(self.channel.id, card.message_id or 0)
            (custom_id,) = (
                item["custom_id"]
                for item in iter_buttons(message.components)
                if item.get("label") == "Confirm"
            )
            data = {"custom_id": custom_id, "component_type": ComponentType.BUTTON}
            record, payload = self._event(person, InteractionType.MESSAGE_COMPONENT, data)
            payload["message"] = dict(serializers.message_payload(backend, message))
            record.source_message_id = message.id
            events.append((record, payload))
        return await self._dispatch(events)

    def _event(
        self, person: simcord.MemberActor, kind: InteractionType, data: dict[str, Any]
    ) -> tuple[TimedInteraction, dict[str, Any]]:
        record, payload = interactions.base_payload(
            self.env.backend,
            type=kind,
            channel_id=self.channel.id,
            guild_id=self.guild.id,
            user_id=person.id,
            data=data,
        )
        timed = TimedInteraction(
            **{name: getattr(record, name) for name in Interaction.__dataclass_fields__}
        )
        # simcord looks the record up by its id and by its token.
        for records in vars(self.env.backend).values():
            if isinstance(records, dict):
                records.update({key: timed for key, value in records.items() if value is record})
        return timed, payload

    async def _dispatch(
        self, events: list[tuple[TimedInteraction, dict[str, Any]]]
    ) -> tuple[BatchResult, list[TimedInteraction]]:
        work = self.env._work
        work.callbacks = FastList({id(callback): callback for callback in work.callbacks})
        before = asyncio.all_tasks()
        started, cpu_started = time.perf_counter(), time.process_time()
        for _, payload in events:
            # Like discord.py's gateway reader, which yields to the event loop after each event.
            self.env.bot._connection.parsers["INTERACTION_CREATE"](payload)
            await asyncio.sleep(0)
        # simcord's own way to wait scans all running tasks again and again. The excluded tasks are
        # discord.py's timeouts of views, which wait for presses that may never come.
        while pending := [
            task
            for task in asyncio.all_tasks() - before
            if "timeout_task" not in task.get_coro().__qualname__  # type: ignore[union-attr]
        ]:
            await asyncio.wait(pending)
        seconds = time.perf_counter() - started
        cpu_seconds = time.process_time() - cpu_started
        records = [record for record, _ in events]
        if self.env.errors:
            raise ExceptionGroup("the bot raised errors", list(self.env.errors))  # type: ignore[type-var]
        return BatchResult(
            [record.acknowledged_at - started for record in records], seconds, cpu_seconds
        ), records


def iter_buttons(components: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the buttons and menus among the components of a message."""
    for component in components:
        if "custom_id" in component:
            yield component
        yield from iter_buttons(component.get("components", ()))


async def measure(folder: Path) -> tuple[BatchResult, BatchResult]:
    """Return the results of the commands and of the presses."""
    url = f"sqlite+aiosqlite:///{folder / 'mentorbot.db'}"
    await upgrade(url)
    db = Database(url)
    guild = SimulatedGuild(db)
    await guild.create()
    commands, cards = await guild.send_commands()
    presses, confirmed = await guild.press_confirm(cards)
    booked = sum(
        "Request sent"
        in str(guild.env.backend.get_message(guild.channel.id, card.message_id or 0).components)
        for card in confirmed
    )
    if booked != PEOPLE:
        raise RuntimeError(f"{booked} of {PEOPLE} bookings succeeded")
    await guild.env.shutdown()
    await db.close()
    return commands, presses


def figures() -> Iterator[Figure]:
    """Measure how soon a thousand people who book at once are answered."""
    with tempfile.TemporaryDirectory() as folder:
        results = asyncio.run(measure(Path(folder)))
    for name, result in zip(("/book with all options", "Confirm, durable"), results, strict=True):
        times = result.acknowledged
        yield Figure(
            f"{name}: acknowledged, 99th percentile", percentile_99(times), "s", at_most=LIMIT_S
        )
        yield Figure(f"{name}: last acknowledged", max(times), "s", at_most=LIMIT_S)
        yield Figure(f"{name}: all {PEOPLE:,} answered", result.seconds, "s")
