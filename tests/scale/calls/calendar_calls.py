"""Calls of the use cases of calendars, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from mentorship.actors import Actor
from mentorship.calendars import agenda, feed_content, feeds, overview
from mentorship.operations import encryption_rotation
from storage import Transaction
from tests.scale.arguments import Arguments, given
from tests.scale.scene import Scene


def _with_feed(person: Actor) -> Arguments:
    """Return the arguments of a call with the token of a feed of somebody's."""

    async def create(tx: Transaction) -> tuple[str | None]:
        return ((await feeds.renew(tx, person)).token,)

    return Arguments(before=create)


def _with_own_feed(person: Actor) -> Arguments:
    async def create(tx: Transaction) -> None:
        await feeds.renew(tx, person)

    return Arguments((person,), before=create)


def _note(scene: Scene) -> list[Arguments]:
    person = scene.mentee.actor

    async def create(tx: Transaction) -> tuple[str | None, int, int]:
        return (await feeds.renew(tx, person)).token, person.guild, person.user_id

    return [Arguments(before=create)]


CALENDAR_CALLS: dict[Callable[..., Awaitable[object]], Callable[[Scene], Iterable[Arguments]]] = {
    agenda.load_session: lambda scene: [
        given(person.actor, person.sessions["confirmed"]) for person in (scene.mentor, scene.mentee)
    ],
    feed_content.load: lambda scene: [
        _with_feed(scene.mentor.actor),
        _with_feed(scene.mentee.actor),
    ],
    encryption_rotation.rotate_batch: lambda _scene: [
        given(column, None) for column in encryption_rotation.COLUMNS
    ],
    feeds.create: lambda scene: [given(scene.mentee.actor)],
    feeds.find: lambda scene: [_with_own_feed(scene.mentee.actor)],
    feeds.note_read: _note,
    feeds.renew: lambda scene: [_with_own_feed(scene.mentee.actor)],
    overview.load: lambda scene: [given(scene.mentor.actor), given(scene.mentee.actor)],
    feeds.turn_off: lambda scene: [_with_own_feed(scene.mentee.actor)],
}
