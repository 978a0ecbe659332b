"""A thousand people who book at once: how soon each is acknowledged, and when all is done.

The bot is handed gateway events one right after the other: first a thousand `/book` with everything
filled in, then the press on Confirm of each card. Discord gives up on an interaction that is not
acknowledged within 3 seconds; here they count from the very first event. The simulated Discord runs
in the bot's own event loop, so what it takes to answer counts as the bot's.
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

from bench.figures import Figure
from bot.client import MentorBot
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import editor, timezone_change
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.points import transfers
from mentorship.points.transfers import Recipient
from storage import Database
from storage.migrations import upgrade

PEOPLE, MENTORS = 1_000, 20
LIMIT = 3.0
"""Seconds (Discord's reference: "Receiving and Responding")."""


@dataclass(slots=True)
class Timed(Interaction):
    """simcord's record of an interaction, which notes when it is acknowledged."""

    acknowledged_at: float = field(default=0.0, init=False)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if name == "responded" and value:
            object.__setattr__(self, "acknowledged_at", time.perf_counter())


class Kept(dict[int, Any]):
    """simcord keeps what is under way in a list, and looks through all of it to take one out: with
    thousands, its own time would be what is measured. This does the same at once."""

    def append(self, record: Any) -> None:
        self[id(record)] = record

    def remove(self, record: Any) -> None:
        if self.pop(id(record), None) is None:
            raise ValueError(record)

    def __iter__(self) -> Any:
        return iter(list(self.values()))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds from the first event to each acknowledgement, and until all was answered."""

    acknowledged: list[float]
    seconds: float


class Scene:
    """A guild with mentors who are open day and night, and a thousand members with points."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.env = simcord.Env(MentorBot(db), settle_timeout=300)

    async def set(self) -> None:
        await self.env.start()
        self.guild = self.env.create_guild("Riverside")
        self.square = self.guild.create_text_channel("mentorship")
        chief = Actor(user_id=1, name="chief", guild_id=self.guild.id, manages_guild=True)
        await self.db.run(setup.configure, chief, review_channel_id=1)
        self.mentors = []
        for number in range(MENTORS):
            mentor = Actor(user_id=1_000 + number, name=f"mentor {number}", guild_id=self.guild.id)
            await self.db.run(timezone_change.set_timezone, mentor, "Europe/London")
            wanted = ProfileContent(["python"], 60, "Somebody who is there for the benchmark.")
            asked = await self.db.run(applications.apply, mentor, wanted)
            await self.db.run(application_review.decide, chief, asked.id, Decision.APPROVED)
            await self.db.run(editor.set_weekly, mentor, "daily 0:00-24:00")
            self.mentors.append(mentor)
        self.people = []
        for number in range(PEOPLE):
            person = self.guild.add_member(self.env.create_user(f"member {number}"))
            who = Actor(user_id=person.id, name=person.name, guild_id=self.guild.id)
            await self.db.run(timezone_change.set_timezone, who, "America/New_York")
            await self.db.run(transfers.grant, chief, Recipient(who.user_id, who.name), 1_000, "-")
            self.people.append(person)

    async def commands(self) -> tuple[Outcome, list[Timed]]:
        """Everybody sends `/book` for an hour of their own, all at once."""
        root = self.env.backend.find_command("book", None, type=1)
        assert root is not None
        first = self.db.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
        events = []
        for number, person in enumerate(self.people):
            start = first + timedelta(hours=number // MENTORS)
            filled = {
                "mentor": str(self.mentors[number % MENTORS].user_id),
                "when": str(int(start.timestamp())),
                "topic": "What everybody asks",
            }
            options = [
                {"name": name, "type": OptionType.STRING, "value": value}
                for name, value in filled.items()
            ]
            data = {"id": root["id"], "name": "book", "type": 1, "options": options}
            events.append(self._event(person, InteractionType.APPLICATION_COMMAND, data))
        return await self._hand_over(events)

    async def presses(self, cards: Iterable[Timed]) -> tuple[Outcome, list[Timed]]:
        """Everybody presses Confirm on their card, all at once."""
        backend, events = self.env.backend, []
        for person, card in zip(self.people, cards, strict=True):
            message = backend.get_message(self.square.id, card.message_id or 0)
            (custom_id,) = (
                item["custom_id"]
                for row in message.components
                for item in row["components"]
                if item.get("label") == "Confirm"
            )
            data = {"custom_id": custom_id, "component_type": ComponentType.BUTTON}
            record, payload = self._event(person, InteractionType.MESSAGE_COMPONENT, data)
            payload["message"] = dict(serializers.message_payload(backend, message))
            record.source_message_id = message.id
            events.append((record, payload))
        return await self._hand_over(events)

    def _event(
        self, person: simcord.MemberActor, kind: InteractionType, data: dict[str, Any]
    ) -> tuple[Timed, dict[str, Any]]:
        record, payload = interactions.base_payload(
            self.env.backend,
            type=kind,
            channel_id=self.square.id,
            guild_id=self.guild.id,
            user_id=person.id,
            data=data,
        )
        timed = Timed(**{name: getattr(record, name) for name in Interaction.__dataclass_fields__})
        # What answers finds the record by its id and its token.
        for kept in vars(self.env.backend).values():
            if isinstance(kept, dict):
                kept.update({key: timed for key, value in kept.items() if value is record})
        return timed, payload

    async def _hand_over(
        self, events: list[tuple[Timed, dict[str, Any]]]
    ) -> tuple[Outcome, list[Timed]]:
        work = self.env._work
        work.callbacks = Kept({id(each): each for each in work.callbacks})
        before = asyncio.all_tasks()
        started = time.perf_counter()
        for _, payload in events:
            # As discord.py's reader of the gateway does, which lets others run after each event.
            self.env.bot._connection.parsers["INTERACTION_CREATE"](payload)
            await asyncio.sleep(0)
        # Not simcord's own waiting, which looks at everything that is under way again and again.
        # What discord.py begins besides waits for presses that may never come.
        while under_way := [
            task
            for task in asyncio.all_tasks() - before
            if "timeout_task" not in task.get_coro().__qualname__  # type: ignore[union-attr]
        ]:
            await asyncio.wait(under_way)
        seconds = time.perf_counter() - started
        records = [record for record, _ in events]
        if self.env.errors:
            raise ExceptionGroup("the bot broke", list(self.env.errors))  # type: ignore[type-var]
        return Outcome([record.acknowledged_at - started for record in records], seconds), records


async def measure(folder: Path) -> tuple[Outcome, Outcome]:
    """How the commands were answered, and how the presses."""
    url = f"sqlite+aiosqlite:///{folder / 'mentorbot.db'}"
    await upgrade(url)
    db = Database(url)
    scene = Scene(db)
    await scene.set()
    commands, cards = await scene.commands()
    presses, done = await scene.presses(cards)
    booked = sum(
        "Request sent"
        in str(scene.env.backend.get_message(scene.square.id, each.message_id or 0).embeds)
        for each in done
    )
    if booked != PEOPLE:
        raise RuntimeError(f"{booked} of {PEOPLE} were booked")
    await scene.env.shutdown()
    await db.close()
    return commands, presses


def figures() -> Iterator[Figure]:
    """How soon a thousand people are answered who book at once."""
    with tempfile.TemporaryDirectory() as folder:
        outcomes = asyncio.run(measure(Path(folder)))
    for name, outcome in zip(("/book, all filled in", "Confirm, durable"), outcomes, strict=True):
        waits = sorted(outcome.acknowledged)
        at_99 = waits[len(waits) * 99 // 100]
        yield Figure(f"{name}: acknowledged, 99th percentile", at_99, "s", at_most=LIMIT)
        yield Figure(f"{name}: acknowledged, the last", waits[-1], "s", at_most=LIMIT)
        yield Figure(f"{name}: all {PEOPLE:,} answered", outcome.seconds, "s")
