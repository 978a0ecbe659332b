"""Calls of the use cases of group sessions, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import update

from mentorship.calendars import agenda
from mentorship.notifications.channel_cards import ChannelProblem
from mentorship.sessions.groups import (
    announcements,
    creation,
    group_attendance,
    group_changes,
    group_details,
    group_lists,
    group_rows,
    group_views,
    mentor_defaults,
    moving,
    places,
    repeats,
    seats,
    waitlist,
)
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.group_lists import GroupFilter
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.groups.seats import JoinRequest
from mentorship.sessions.lifecycle import Action
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import GroupSession, Session
from tests.scale.arguments import Arguments, given
from tests.scale.scene import Scene

Calls = Callable[[Scene], Iterable[Arguments]]

CHANNEL = 77
"""Where group sessions are announced."""

_LATER = timedelta(days=300)
"""After how many days the time of a moved group session suits everyone."""


async def create_group(
    tx: Transaction,
    scene: Scene,
    *,
    is_joined: bool = False,
    is_full: bool = False,
    waits: bool = False,
    repeats_weekly: bool = False,
) -> GroupView:
    """Create a group session of the mentor, which is announced and has a room.

    The mentee has a seat if it `is_joined`, and is on its waitlist if they wait. It `is_full` then,
    with the seats of two others. One that repeats has several dates.
    """
    request = GroupRequest(
        "Office hours",
        scene.slot,
        30,
        2 if is_full or waits else 0,
        0,
        place="thread",
        channel_id=CHANNEL,
        repeat_weeks=int(repeats_weekly),
    )
    group = await creation.create(tx, scene.mentor.actor, request)
    if is_full or waits:
        for person in scene.applicants:
            await seats.join(tx, person, JoinRequest(group.id))
    if waits:
        await waitlist.join(tx, scene.mentee.actor, group.id)
    if is_joined:
        await seats.join(tx, scene.mentee.actor, JoinRequest(group.id))
    last: GroupView | None = group
    while repeats_weekly and last is not None:
        last = await repeats.create_next(tx, last)
    return await group_views.load(tx, group.id)


async def let_start(tx: Transaction, scene: Scene, *, in_: timedelta) -> GroupView:
    """Create a group session in which the mentee has a seat, and which starts then.

    Its status changes if it has started.
    """
    group = await create_group(tx, scene, is_joined=True)
    starts_at = tx.now + in_
    values: dict[str, Any] = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=30)}
    values["next_at"] = starts_at
    if starts_at <= tx.now:
        values |= {"status": "in_progress", "next_at": tx.now + timedelta(days=1)}
    group_values = values | {"next_at": min(values["next_at"], values["ends_at"])}
    await tx.connection.execute(
        update(GroupSession).where(GroupSession.id == group.id).values(group_values)
    )
    await tx.connection.execute(update(Session).where(Session.group_id == group.id).values(values))
    return await group_views.load(tx, group.id)


@dataclass(frozen=True)
class _Group:
    """Creates a group session of the mentor before a call, and returns the call's arguments."""

    scene: Scene
    options: dict[str, bool]
    more: tuple[Any, ...] = ()
    makes: Callable[[int], tuple[Any, ...]] = field(default=lambda group_id: (group_id,))

    async def __call__(self, tx: Transaction) -> tuple[Any, ...]:
        group = await create_group(tx, self.scene, **self.options)
        return (*self.makes(group.id), *self.more)


def _by(
    role: str,
    *,
    more: tuple[Any, ...] = (),
    named: dict[str, Any] | None = None,
    makes: Callable[[int], tuple[Any, ...]] = lambda group_id: (group_id,),
    **options: bool,
) -> Calls:
    """Call it as the mentor or the mentee on a group session, with these arguments."""
    return lambda scene: [
        replace(
            given(getattr(scene, role).actor, **(named or {})),
            before=_Group(scene, options, more, makes),
        )
    ]


def _plainly(**options: bool) -> Calls:
    return lambda scene: [replace(given(), before=_Group(scene, options))]


def _without_arguments(scene: Scene) -> list[Arguments]:
    """Call it when a group session has to be announced, and its room to be created."""

    async def create(tx: Transaction) -> tuple[()]:
        await let_start(tx, scene, in_=timedelta(minutes=5))
        return ()

    return [replace(given(), before=create)]


def _move(scene: Scene) -> list[Arguments]:
    when = (scene.slot + _LATER,)
    before = _Group(scene, {"is_joined": True}, when)
    return [replace(given(scene.mentor.actor), before=before)]


def _on_moved(*, by_group: bool) -> Calls:
    """Call it as the mentee whose group session was moved, on its id or that of their seat."""

    async def move(tx: Transaction, scene: Scene) -> tuple[int]:
        group = await create_group(tx, scene, is_joined=True)
        await moving.move(tx, scene.mentor.actor, group.id, scene.slot + _LATER)
        own = await group_views.find_own_place(tx, group.id, scene.mentee.actor.user_id)
        assert own.session_id is not None
        return (group.id if by_group else own.session_id,)

    return lambda scene: [replace(given(scene.mentee.actor), before=partial(move, scene=scene))]


def _after_start(*, with_attendee: bool) -> Calls:
    """Call it as the mentor of a group session that has started."""

    async def start(tx: Transaction, scene: Scene) -> tuple[Any, ...]:
        group = await let_start(tx, scene, in_=timedelta(minutes=-31))
        return (group.id, [scene.mentee.actor.user_id]) if with_attendee else (group.id,)

    return lambda scene: [replace(given(scene.mentor.actor), before=partial(start, scene=scene))]


def _load_started(scene: Scene) -> list[Arguments]:
    """Call it on a group session that has started."""

    async def start(tx: Transaction, scene: Scene) -> tuple[GroupView]:
        return (await let_start(tx, scene, in_=timedelta(minutes=-31)),)

    return [replace(given(), before=partial(start, scene=scene))]


def _on_claimed_announcement(*more: tuple[Any, ...]) -> Calls:
    """Call it on an announcement that was claimed, once with each of `more`."""

    async def claim(tx: Transaction, scene: Scene, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        group = await create_group(tx, scene, is_joined=True)
        claimed = await announcements.claim(tx)
        (own,) = [each for each in claimed if each.group.id == group.id]
        return (own, *arguments)

    return lambda scene: [
        replace(given(), before=partial(claim, scene=scene, arguments=arguments))
        for arguments in more
    ]


def _on_claimed_room(*more: Any) -> Calls:
    """Call it on a room that was claimed."""

    async def claim(tx: Transaction, scene: Scene) -> tuple[Any, ...]:
        group = await let_start(tx, scene, in_=timedelta(minutes=5))
        (own,) = [each for each in await places.claim(tx) if each.group.id == group.id]
        return (own, *more)

    return lambda scene: [replace(given(), before=partial(claim, scene=scene))]


def _pages(scene: Scene) -> list[Arguments]:
    """Call it for each kind of list: of the guild, of the mentor, of some days, of the past."""
    day = timedelta(days=1)
    filters = (
        GroupFilter(),
        GroupFilter(mentor_id=scene.mentor.actor.user_id),
        GroupFilter(since=scene.slot - day, until=scene.slot + day),
        GroupFilter(frozenset(SessionStatus), latest_first=True),
        GroupFilter(frozenset(SessionStatus), scene.mentor.actor.user_id, latest_first=True),
    )
    return [
        replace(given(scene.mentee.actor), before=_Group(scene, {}, (each,), lambda _: ()))
        for each in filters
    ]


async def _load_repeating(tx: Transaction, scene: Scene) -> tuple[GroupView]:
    return (await create_group(tx, scene, repeats_weekly=True),)


def _preview(scene: Scene) -> list[Arguments]:
    request = GroupRequest("Office hours", scene.slot, 30, 0, 0, place="thread")
    return [given(scene.mentor.actor, request)]


GROUP_CALLS: dict[Callable[..., Awaitable[object]], Calls] = {
    announcements.claim: _without_arguments,
    announcements.has_due: _without_arguments,
    announcements.post: _by("mentor", more=(CHANNEL,)),
    announcements.record_failure: _on_claimed_announcement(
        (), *((problem,) for problem in ChannelProblem)
    ),
    announcements.record_fault: _on_claimed_announcement((ValueError("gone"),)),
    announcements.record_sent: _on_claimed_announcement((55,), (None,)),
    creation.create: _preview,
    creation.preview: _preview,
    group_attendance.can_report_no_shows: _load_started,
    group_attendance.load_for_mentor: _after_start(with_attendee=False),
    group_attendance.report_no_shows: _after_start(with_attendee=True),
    group_changes.cancel: _by("mentor", is_joined=True),
    group_changes.edit: _by("mentor", is_joined=True, more=(GroupEdit(title="New"),)),
    group_changes.load_actionable: _by("mentor", more=(Action.EDIT,)),
    group_changes.load_cancellable: _by("mentor"),
    moving.move: _move,
    moving.preview_move: _move,
    group_changes.set_sign_up: _by("mentor", named={"is_open": False}),
    group_details.list_attendees: _by("mentor", is_joined=True),
    group_details.load: _by("mentee", is_joined=True),
    group_lists.list_page: _pages,
    group_lists.own_places: _by("mentee", makes=lambda group_id: ([group_id],)),
    group_rows.upcoming_points: _plainly(is_joined=True),
    group_views.find_own_place: lambda scene: [
        replace(given(), before=_Group(scene, {"waits": True}, (scene.mentee.actor.user_id,)))
    ],
    group_lists.list_upcoming: lambda scene: [given(scene.mentee.actor)],
    group_views.load: _plainly(is_joined=True),
    agenda.load_group: _by("mentor"),
    group_views.load_for: _by("mentee"),
    mentor_defaults.find_next_slot: lambda scene: [given(scene.mentor.actor, 30)],
    mentor_defaults.load: lambda scene: [given(scene.mentor.actor)],
    places.claim: _without_arguments,
    places.has_due: _without_arguments,
    places.keep: _on_claimed_room(),
    places.postpone: _on_claimed_room("down"),
    places.record_closed: _on_claimed_room(),
    places.record_failure: _on_claimed_room("forbidden"),
    places.record_fault: _on_claimed_room(ValueError("gone")),
    places.record_opened: _on_claimed_room(55),
    repeats.cancel_following: _by("mentor", is_joined=True, repeats_weekly=True),
    repeats.edit_following: _by(
        "mentor", is_joined=True, repeats_weekly=True, more=(GroupEdit(title="New"),)
    ),
    repeats.list_following: lambda scene: [
        replace(given(), before=partial(_load_repeating, scene=scene))
    ],
    repeats.stop: _by("mentor", repeats_weekly=True),
    seats.agree: _on_moved(by_group=False),
    seats.join: _by("mentee", makes=lambda group_id: (JoinRequest(group_id),)),
    seats.keep: _on_moved(by_group=False),
    seats.keep_own: _on_moved(by_group=True),
    seats.leave: _by("mentee", is_joined=True),
    seats.quote: _by("mentee"),
    seats.remove: lambda scene: [
        replace(
            given(scene.mentor.actor),
            before=_Group(scene, {"is_joined": True}, (scene.mentee.actor.user_id,)),
        )
    ],
    waitlist.fill: _plainly(waits=True),
    waitlist.join: _by("mentee", is_full=True),
    waitlist.leave: _by("mentee", waits=True),
}
"""Each use case with its calls; a group session is made before each."""
