"""Calls of the use cases of notes, next steps and links, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from mentorship.relationships import links, next_steps, notebook, notes
from mentorship.relationships.next_steps import StepDraft
from mentorship.relationships.texts import Assignee
from storage import Transaction
from tests.scale.arguments import Arguments, given
from tests.scale.calls.group_calls import create_group
from tests.scale.layout import NOW
from tests.scale.scene import Person, Scene

Calls = Callable[[Scene], Iterable[Arguments]]

_STEP = StepDraft("Read a chapter", Assignee.BOTH, (NOW + timedelta(days=7)).date())
_ADDRESS = "https://docs.example.com/plan"


def _on_session(*more: Any) -> Calls:
    """Call it as each of the two, on a confirmed session."""
    return lambda scene: [
        given(person.actor, person.sessions["confirmed"], *more)
        for person in (scene.mentor, scene.mentee)
    ]


def _prepared(prepare: Callable[..., Awaitable[tuple[Any, ...]]]) -> Calls:
    """Call it as each of the two, on what `prepare` has made for that person."""
    return lambda scene: [
        replace(given(person.actor), before=partial(prepare, person=person))
        for person in (scene.mentor, scene.mentee)
    ]


async def _add_step(tx: Transaction, person: Person) -> tuple[int]:
    step = await next_steps.add(tx, person.actor, person.sessions["confirmed"], _STEP)
    return (step.id,)


async def _complete_step(tx: Transaction, person: Person) -> tuple[int]:
    (step_id,) = await _add_step(tx, person)
    await next_steps.complete(tx, person.actor, step_id)
    return (step_id,)


async def _change_step(tx: Transaction, person: Person) -> tuple[int, StepDraft]:
    return (*await _add_step(tx, person), replace(_STEP, assignee=Assignee.MENTEE))


async def _add_link(tx: Transaction, person: Person) -> tuple[int]:
    link = await links.add(tx, person.actor, person.sessions["confirmed"], "", _ADDRESS)
    return (link.id,)


def _on_group(*more: Any) -> Calls:
    """Call it as the mentor of a group session."""

    async def create(tx: Transaction, scene: Scene) -> tuple[Any, ...]:
        group_id = (await create_group(tx, scene)).id
        await links.add_to_group(tx, scene.mentor.actor, group_id, "", f"{_ADDRESS}/1")
        return (group_id, *more)

    return lambda scene: [replace(given(scene.mentor.actor), before=partial(create, scene=scene))]


NOTE_CALLS: dict[Callable[..., Awaitable[object]], Calls] = {
    notebook.load: _on_session(),
    notes.write_shared: _on_session("What we agreed."),
    notes.write_private: _on_session("For me."),
    notes.load_shared: _on_session(),
    notes.load_private: _on_session(),
    next_steps.add: _on_session(_STEP),
    next_steps.edit: _prepared(_change_step),
    next_steps.complete: _prepared(_add_step),
    next_steps.reopen: _prepared(_complete_step),
    next_steps.remove: _prepared(_add_step),
    next_steps.load: _prepared(_add_step),
    next_steps.load_of_session: _on_session(),
    links.add: _on_session("", _ADDRESS),
    links.add_to_group: _on_group("", _ADDRESS),
    links.remove: _prepared(_add_link),
    links.load_of_session: _on_session(),
    links.load_of_group: _on_group(),
}
