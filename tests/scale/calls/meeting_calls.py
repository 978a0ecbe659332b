"""Calls of the use cases of meetings at providers, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from sqlalchemy import insert

from mentorship.event_types import EventType
from mentorship.meetings import meeting_health, outcomes, planning, work
from mentorship.meetings.problems import MeetingProblem
from mentorship.meetings.work import Task
from mentorship.mentors import meeting_link
from mentorship.webhooks.feed_events import FeedEvent
from storage import Transaction
from storage.tables import ProviderMeeting
from tests.scale.arguments import Arguments, given
from tests.scale.calls.group_calls import create_group
from tests.scale.layout import NOW, TOWN
from tests.scale.scene import Scene

Calls = Callable[[Scene], list[Arguments]]

HOSTS = {"zoom": ("one@example.com", "two@example.com")}


async def _insert(tx: Transaction, scene: Scene, status: str = "wanted") -> int:
    """Insert a meeting of a confirmed session that is due."""
    values = {
        "guild_id": TOWN,
        "session_id": scene.mentor.sessions["confirmed"],
        "provider": "zoom",
        "room_key": "0f" * 16,
        "status": status,
        "next_at": tx.now,
    }
    statement = insert(ProviderMeeting).values(values).returning(ProviderMeeting.id)
    return (await tx.connection.execute(statement)).scalar_one()


def _with_due_meeting(*arguments: Any) -> Calls:
    async def before(tx: Transaction, scene: Scene) -> None:
        await _insert(tx, scene)

    return lambda scene: [Arguments(arguments, before=partial(before, scene=scene))]


def _on_claimed(task: Task, *arguments: Any) -> Calls:
    """Return a call with a claimed meeting, and more arguments."""

    async def before(tx: Transaction, scene: Scene) -> tuple[Any, ...]:
        await _insert(tx, scene, "removing" if task is Task.REMOVE else "wanted")
        [claimed] = await work.claim(tx, HOSTS)
        return (claimed, *arguments)

    return lambda scene: [Arguments(before=partial(before, scene=scene))]


def _with_event(scene: Scene) -> list[Arguments]:
    """Return a call with the event of a booking."""

    session_id = scene.mentor.sessions["confirmed"]
    event = FeedEvent(1, 1, TOWN, EventType.SESSION_CONFIRMED, NOW, session_id=session_id)
    return [given(event)]


def _on_group(scene: Scene) -> list[Arguments]:
    async def before(tx: Transaction) -> tuple[int]:
        return ((await create_group(tx, scene, is_joined=True)).id,)

    return [Arguments(before=before)]


_plainly: Calls = lambda _: [given()]  # noqa: E731

MEETING_CALLS: dict[Callable[..., Awaitable[Any]], Calls] = {
    meeting_health.count_failing: _plainly,
    meeting_health.list_failing: _plainly,
    meeting_link.change_place: lambda s: [given(s.mentor.actor, "jitsi")],
    meeting_link.load_place: lambda s: [given(s.mentor.actor)],
    outcomes.record_failure: _on_claimed(Task.CREATE, MeetingProblem.UNAVAILABLE),
    outcomes.record_fault: _on_claimed(Task.CREATE, ValueError("broken")),
    outcomes.record_made: _on_claimed(Task.CREATE, "4711", "https://zoom.us/j/4711"),
    outcomes.record_removed: _on_claimed(Task.REMOVE),
    planning.add_missing: _plainly,
    planning.handle: _with_event,
    planning.has_missing: _plainly,
    planning.review_group: _on_group,
    planning.review_session: lambda s: [given(s.mentor.sessions["confirmed"])],
    work.claim: _with_due_meeting(HOSTS),
    work.has_due: _with_due_meeting(),
}
