"""The running demo, and its state as JSON for the control room's script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mentorbot.demo import data_inspector
from mentorbot.demo.clock import SimulatedClock, SkipResult
from mentorbot.demo.data_inspector import DataSnapshot, NotificationSummary
from mentorbot.demo.rest_api import DemoApi
from mentorbot.demo.simulated_discord import NewMessage, Persona, SimulatedServer
from mentorbot.demo.tasks import Task, TaskTracker
from mentorbot.demo.tour import Step, Tour
from mentorbot.demo.visitor_sessions import NextSession, VisitorSessions


@dataclass
class Demo:
    """The parts of a running demo. `skips` are the latest skips of the clock as JSON."""

    server: SimulatedServer
    clock: SimulatedClock
    sessions: VisitorSessions
    tours: Sequence[Tour]
    tasks: TaskTracker
    api: DemoApi
    skips: list[dict[str, Any]] = field(default_factory=list)

    async def start_tracking(self) -> None:
        """Track the visitor's progress from now on; the history before doesn't count."""
        await self.sessions.start()
        await self.tasks.start()
        for tour in self.tours:
            await tour.start()


async def load_state(demo: Demo) -> dict[str, Any]:
    """Load everything that the page shows."""
    server = demo.server
    await demo.sessions.activate_booked_mentors()
    next_session = await demo.sessions.next()
    tasks = await demo.tasks.list_all()
    return {
        "now": demo.clock.now().isoformat(),
        "utc": server.clock_in("UTC"),
        "people": [
            _person(demo, persona, tasks.get(persona.key, []))
            for persona in server.personas.values()
        ],
        "next": _next_session(demo, next_session) if next_session else None,
        "tours": [
            {
                "key": tour.key,
                "title": tour.title,
                "steps": [_step(step, done=done) for step, done in await tour.steps()],
            }
            for tour in demo.tours
        ],
        "skips": demo.skips,
        "data": _data(demo, await demo.clock.db.read(data_inspector.load_snapshot)),
        "api": {
            "docs": demo.api.docs_url,
            "token": demo.api.token,
            "commands": demo.api.shell_commands,
        },
    }


def _step(step: Step, *, done: bool) -> dict[str, Any]:
    return {
        "title": step.title,
        "text": step.text,
        "button": step.button,
        "person": step.persona.key if step.persona else None,
        "channel": step.channel.key if step.channel else None,
        "done": done,
    }


def _person(demo: Demo, persona: Persona, tasks: Sequence[tuple[Task, bool]]) -> dict[str, Any]:
    server = demo.server
    open_channel = server.open_channel_keys()
    return {
        "key": persona.key,
        "name": persona.name,
        "firstName": persona.first_name,
        "role": persona.role,
        "city": persona.city,
        "colour": persona.colour,
        "clock": server.clock_in(persona.zone),
        "channels": [
            {
                "key": channel.key,
                "label": channel.label,
                "unread": server.count_unread(persona, channel),
                "open": open_channel == (persona.key, channel.key),
            }
            for channel in persona.channels
        ],
        "tasks": [
            {
                "title": task.title,
                "hint": task.hint,
                "path": task.path,
                "channel": task.channel,
                "done": done,
            }
            for task, done in tasks
        ],
    }


def _data(demo: Demo, snapshot: DataSnapshot) -> dict[str, Any]:
    def format_time(at: datetime) -> str:
        clock = demo.server.format_clock(at, "UTC")
        return f"{clock['day']}, {clock['time']}"

    def notification(summary: NotificationSummary) -> dict[str, str]:
        return {
            "at": format_time(summary.at),
            "recipient": summary.recipient,
            "kind": summary.kind,
        }

    return {
        "transfers": [
            {
                "at": format_time(transfer.at),
                "debited": transfer.debited,
                "credited": transfer.credited,
                "points": transfer.points,
                "cause": transfer.cause,
            }
            for transfer in snapshot.transfers
        ],
        "accounts": snapshot.accounts,
        "sum": snapshot.balance_sum,
        "waiting": snapshot.waiting,
        "next": [notification(summary) for summary in snapshot.next],
        "sent": [notification(summary) for summary in snapshot.sent],
    }


def _next_session(demo: Demo, next_session: NextSession) -> dict[str, Any]:
    session = next_session.session
    # A seat's topic is the title of its group session.
    names = (session.mentee.name, session.mentor.name)
    pair = " meets ".join(name.partition(" ")[0] for name in names)
    return {
        "who": pair if session.group_id is None else session.topic,
        "when": demo.server.format_clock(session.starts_at, "UTC"),
        "confirmed": next_session.confirmed,
        "mentor": session.mentor.name.partition(" ")[0],
    }


def skip_to_json(demo: Demo, skip: SkipResult) -> dict[str, Any]:
    """Return the result of a skip for the page, with one object per new message."""

    def message_to_json(message: NewMessage) -> dict[str, Any]:
        persona = demo.server.personas[message.persona]
        channel = next(channel for channel in persona.channels if channel.key == message.channel)
        return {
            "person": persona.key,
            "name": persona.first_name,
            "channel": channel.key,
            "label": channel.label,
            "text": message.text,
            "at": demo.server.format_clock(message.at, persona.zone),
            "city": persona.city,
        }

    return {
        "from": demo.server.format_clock(skip.since, "UTC"),
        "to": demo.server.format_clock(skip.now, "UTC"),
        "messages": [message_to_json(message) for message in skip.messages],
        "messagesToOthers": skip.messages_to_others,
    }
