"""Calls of the use cases that only the main app needs, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta

from mentorship.main_app import (
    audit_pages,
    availability_patches,
    configuration,
    guild_lists,
    mentor_reviews,
    own_limits,
    ranks,
)
from mentorship.main_app.availability_patches import AvailabilityPatch
from mentorship.main_app.ranks import RankEntry
from mentorship.pagination import Cursor, Direction, Position
from tests.scale.arguments import Arguments, given
from tests.scale.layout import NOW
from tests.scale.scene import Scene


def _changes(scene: Scene) -> list[Arguments]:
    app = replace(scene.chief, is_main_app=True)
    cursor = Cursor(Direction.FORWARD, Position(0, (1, 1))).text
    return [
        given(app, size=100),
        given(app, updated_since=NOW - timedelta(days=1), size=100),
        given(app, cursor=cursor, size=100),
    ]


APP_CALLS: dict[Callable[..., Awaitable[object]], Callable[[Scene], Iterable[Arguments]]] = {
    audit_pages.list_page: lambda scene: [
        given(scene.chief, size=100),
        given(scene.chief, about=scene.mentor.actor.user_id, size=100),
    ],
    availability_patches.change: lambda scene: [
        given(
            scene.mentor.actor,
            AvailabilityPatch(
                weekly={0: ((540, 1_020),)}, overrides={(NOW + timedelta(days=9)).date(): ()}
            ),
        )
    ],
    configuration.change: lambda scene: [given(scene.chief, {"fee_percent": 7}, None)],
    configuration.load: lambda scene: [given(scene.mentee.actor)],
    own_limits.load: lambda scene: [given(scene.mentee.actor), given(scene.mentor.actor)],
    ranks.set_ranks: lambda scene: [
        given(
            scene.chief,
            [RankEntry(scene.mentee.actor.user_id, 3), RankEntry(9_999_999_999, 4, "New")],
        )
    ],
    guild_lists.list_members: _changes,
    guild_lists.list_sessions: _changes,
    mentor_reviews.list_of_guild: lambda scene: [
        given(scene.chief, hidden=hidden, size=100) for hidden in (False, True)
    ],
    mentor_reviews.list_of_mentor: lambda scene: [
        given(scene.mentee.actor, scene.mentor.actor.user_id, size=100)
    ],
    mentor_reviews.set_visibility: lambda scene: [
        given(scene.chief, scene.visible_review, False, "Off topic."),
    ],
}
