"""Calls of the use cases of insights, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta

from sqlalchemy import text

from mentorship.event_types import EventType
from mentorship.insights import (
    following,
    insights,
    open_hours,
    points_figures,
    progress,
    rebuilding,
    refreshing,
)
from mentorship.insights.views import InsightsRange
from mentorship.webhooks import cursors
from mentorship.webhooks.feed_events import FeedEvent
from storage import Transaction
from tests.scale.arguments import Arguments, given
from tests.scale.layout import CORE, NOW, TOWN
from tests.scale.scene import Scene


async def _handle(_tx: Transaction, _events: Sequence[FeedEvent]) -> None:
    """Do nothing with events."""


async def _fall_behind(tx: Transaction) -> None:
    """Let the consumer of figures have the last events to follow."""
    await cursors.begin(tx, following.CURSOR)
    await tx.connection.execute(
        text("UPDATE event_cursors SET position = position - 150 WHERE name = 'figures'")
    )


def _with_event(scene: Scene) -> list[Arguments]:
    session_id = scene.mentor.sessions["completed"]
    event = FeedEvent(1, 1, TOWN, EventType.SESSION_COMPLETED, NOW, session_id=session_id)
    return [given([event])]


def _with_stale_months(scene: Scene) -> list[Arguments]:
    """Return a call with the months of all sessions of the person who mentors."""

    async def before(tx: Transaction) -> None:
        sessions = list(scene.mentor.sessions.values())
        await refreshing.mark(tx, await following.find_buckets(tx, sessions, sessions))

    return [Arguments(before=before)]


async def _begin_day(tx: Transaction) -> None:
    yesterday = tx.now.date() - timedelta(days=1)
    await progress.store(
        tx, open_hours.WALK, CORE.first_person, day=yesterday, until_day=tx.now.date()
    )


INSIGHT_CALLS: dict[Callable[..., Awaitable[object]], Callable[[Scene], Iterable[Arguments]]] = {
    insights.mentor_insights: lambda scene: [
        given(scene.mentor.actor, span) for span in InsightsRange
    ],
    insights.guild_insights: lambda scene: [given(scene.chief, span) for span in InsightsRange],
    cursors.follow_batch: lambda _: [Arguments((following.CURSOR, _handle), before=_fall_behind)],
    following.follow: _with_event,
    open_hours.has_unrecorded: lambda _: [given()],
    points_figures.has_uncounted: lambda _: [given()],
    rebuilding.is_unfinished: lambda _: [given()],
    refreshing.has_stale: _with_stale_months,
    open_hours.record_next: lambda _: [Arguments(before=_begin_day)],
    points_figures.count_next: lambda _: [given()],
    rebuilding.clear: lambda _: [Arguments(before=rebuilding.restart)],
    rebuilding.is_clearing: lambda _: [given()],
    rebuilding.mark_next: lambda _: [given()],
    rebuilding.restart: lambda _: [given()],
    refreshing.refresh: _with_stale_months,
}
