"""Calls of the use cases around a session's start, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import update

from mentorship.sessions.lateness import group_notices, notices
from mentorship.sessions.wall_times import zone_rules
from storage import Transaction
from storage.tables import Session
from tests.scale.arguments import Arguments, given
from tests.scale.calls.group_calls import let_start
from tests.scale.scene import Scene

Calls = Callable[[Scene], Iterable[Arguments]]

_SOON = timedelta(minutes=5)

_NEWER = "9999a"
"""A version of the tz database that no session was compared with."""


def _near_start(*more: Any) -> Calls:
    """Call it as each of the two people, on a session that starts soon."""

    async def bring_near(tx: Transaction, session_id: int) -> None:
        times = {"starts_at": tx.now + _SOON, "ends_at": tx.now + 6 * _SOON}
        await tx.connection.execute(update(Session).where(Session.id == session_id).values(times))

    def calls(scene: Scene) -> list[Arguments]:
        return [
            replace(
                given(person.actor, person.sessions["confirmed"], *more),
                before=partial(bring_near, session_id=person.sessions["confirmed"]),
            )
            for person in (scene.mentor, scene.mentee)
        ]

    return calls


def _as_group_mentor(*more: Any) -> Calls:
    """Call it as the mentor of a group session that starts soon."""

    async def start(tx: Transaction, scene: Scene) -> tuple[Any, ...]:
        return ((await let_start(tx, scene, in_=_SOON)).id, *more)

    return lambda scene: [replace(given(scene.mentor.actor), before=partial(start, scene=scene))]


START_CALLS: dict[Callable[..., Awaitable[object]], Calls] = {
    group_notices.announce: _as_group_mentor(10),
    group_notices.load_options: _as_group_mentor(),
    notices.announce: _near_start(10),
    notices.load_options: _near_start(),
    zone_rules.compare_next: lambda _: [given(_NEWER)],
    zone_rules.is_due: lambda _: [given(_NEWER)],
}
