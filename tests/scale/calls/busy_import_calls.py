"""Calls of what reads members' own calendars, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from functools import partial

from sqlalchemy import func, insert, select

from mentorship import installation
from mentorship.calendars import busy_import, calendar_health
from mentorship.calendars.busy_import import DueCalendar, Validators
from mentorship.errors import CalendarProblem
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import ExternalCalendar
from tests.scale.arguments import Arguments, given
from tests.scale.layout import NOW
from tests.scale.scene import Scene

Calls = Callable[[Scene], Iterable[Arguments]]

SPANS = [
    Span(NOW + timedelta(days=day, hours=3), NOW + timedelta(days=day, hours=15))
    for day in range(1, 101)
]


async def _add(tx: Transaction, scene: Scene, count: int = 10) -> None:
    """Add calendars of the mentor that are the first to be read."""
    rows = [
        {
            "guild_id": scene.mentor.actor.guild_id,
            "user_id": scene.mentor.actor.user_id,
            "kind": "ics",
            "label": "Work",
            "address": tx.cipher.encrypt("https://calendar.example/basic.ics"),
            "address_hash": f"new{number}",
            "next_at": NOW - timedelta(hours=1),
            "created_at": NOW,
        }
        for number in range(count)
    ]
    await tx.connection.execute(insert(ExternalCalendar), rows)


async def _claim(tx: Transaction, scene: Scene) -> DueCalendar:
    await _add(tx, scene, 1)
    (calendar,) = await busy_import.claim(tx, 1)
    return calendar


async def _claimed_to_change(scene: Scene, tx: Transaction) -> tuple[object, ...]:
    return (await _claim(tx, scene), (), SPANS)


async def _read(scene: Scene, tx: Transaction) -> tuple[int]:
    calendar = await _claim(tx, scene)
    await busy_import.change_busy(tx, calendar, (), SPANS)
    return (calendar.id,)


async def _added(scene: Scene, tx: Transaction) -> None:
    await _add(tx, scene)


async def _added_own(scene: Scene, tx: Transaction) -> tuple[int, int]:
    await _add(tx, scene, 1)
    calendar_id = await tx.connection.scalar(select(func.max(ExternalCalendar.id)))
    assert calendar_id is not None
    return (scene.mentor.actor.user_id, calendar_id)


async def _claimed_to_finish(scene: Scene, tx: Transaction) -> tuple[object, ...]:
    return (await _claim(tx, scene), Validators("etag", sync_token="token"))


async def _claimed_to_fail(scene: Scene, tx: Transaction) -> tuple[object, ...]:
    return (await _claim(tx, scene), CalendarProblem.NOT_FOUND)


BUSY_IMPORT_CALLS: dict[Callable[..., Awaitable[object]], Calls] = {
    busy_import.has_due: lambda _scene: [given()],
    busy_import.claim: lambda scene: [Arguments((10,), before=partial(_added, scene))],
    busy_import.has_stale: lambda scene: [given(scene.mentor.actor.user_id)],
    busy_import.claim_stale: lambda scene: [
        Arguments((scene.mentor.actor.user_id,), before=partial(_added, scene))
    ],
    busy_import.claim_own: lambda scene: [Arguments(before=partial(_added_own, scene))],
    busy_import.load_busy: lambda scene: [Arguments(before=partial(_read, scene))],
    busy_import.change_busy: lambda scene: [Arguments(before=partial(_claimed_to_change, scene))],
    busy_import.finish: lambda scene: [
        Arguments(named={"has_changed": True}, before=partial(_claimed_to_finish, scene))
    ],
    busy_import.fail: lambda scene: [Arguments(before=partial(_claimed_to_fail, scene))],
    calendar_health.load: lambda _scene: [given()],
    installation.load: lambda _scene: [given()],
}
