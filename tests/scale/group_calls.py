"""Calls of the use cases of group sessions, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from mentorship.sessions.groups import (
    creation,
    group_changes,
    group_details,
    group_lists,
    group_rows,
    group_views,
    seats,
    waitlist,
)
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.seats import JoinRequest
from mentorship.sessions.lifecycle import Action
from storage import Transaction
from tests.scale.arguments import Arguments, given
from tests.scale.scene import Scene

Calls = Callable[[Scene], Iterable[Arguments]]


def _request(scene: Scene, capacity: int = 0) -> GroupRequest:
    return GroupRequest("Office hours", scene.slot, 30, capacity, 0, place="thread")


@dataclass(frozen=True)
class _Group:
    """Creates a group session of the mentor before a call, and returns the call's arguments."""

    scene: Scene
    is_joined: bool = False
    waits: bool = False
    more: tuple[Any, ...] = ()
    makes: Callable[[int], tuple[Any, ...]] = field(default=lambda group_id: (group_id,))

    async def __call__(self, tx: Transaction) -> tuple[Any, ...]:
        scene = self.scene
        group = await creation.create(tx, scene.mentor.actor, _request(scene, 2 * self.waits))
        if self.waits:
            for person in scene.applicants:
                await seats.join(tx, person, JoinRequest(group.id))
            await waitlist.join(tx, scene.mentee.actor, group.id)
        if self.is_joined:
            await seats.join(tx, scene.mentee.actor, JoinRequest(group.id))
        return (*self.makes(group.id), *self.more)


def _by(role: str, **options: Any) -> Calls:
    """Call it as the mentor or the mentee on a group session, with these named arguments."""
    named = options.pop("named", {})
    return lambda scene: [
        replace(given(getattr(scene, role).actor, **named), before=_Group(scene, **options))
    ]


def _plainly(**options: Any) -> Calls:
    return lambda scene: [replace(given(), before=_Group(scene, **options))]


GROUP_CALLS: dict[Callable[..., Awaitable[object]], Calls] = {
    creation.create: lambda scene: [given(scene.mentor.actor, _request(scene))],
    creation.preview: lambda scene: [given(scene.mentor.actor, _request(scene))],
    group_changes.cancel: _by("mentor", is_joined=True),
    group_changes.edit: _by("mentor", is_joined=True, more=(GroupEdit(title="New"),)),
    group_changes.load_actionable: _by("mentor", more=(Action.EDIT,)),
    group_changes.load_cancellable: _by("mentor"),
    group_changes.move: lambda scene: [
        replace(
            given(scene.mentor.actor),
            before=_Group(scene, is_joined=True, more=(scene.slot + timedelta(days=300),)),
        )
    ],
    group_changes.set_sign_up: _by("mentor", named={"is_open": False}),
    group_details.list_attendees: _by("mentor", is_joined=True),
    group_details.load: _by("mentee", is_joined=True),
    group_lists.own_places: _by("mentee", makes=lambda group_id: ([group_id],)),
    group_rows.upcoming_points: _plainly(is_joined=True),
    group_views.find_own_place: lambda scene: [
        replace(given(), before=_Group(scene, waits=True, more=(scene.mentee.actor.user_id,)))
    ],
    group_views.list_upcoming: lambda scene: [given(scene.mentee.actor)],
    group_views.load: _plainly(is_joined=True),
    group_views.load_for: _by("mentee"),
    seats.join: _by("mentee", makes=lambda group_id: (JoinRequest(group_id),)),
    seats.leave: _by("mentee", is_joined=True),
    seats.quote: _by("mentee"),
    waitlist.fill: _plainly(waits=True),
    waitlist.leave: _by("mentee", waits=True),
}
"""Each use case with its calls; a group session is made before each."""
