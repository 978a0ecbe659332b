"""What mentors and members do to group sessions, each in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from mentorship.actors import Actor
from mentorship.sessions.groups import (
    creation,
    group_attendance,
    group_changes,
    moving,
    seats,
    waitlist,
)
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.seats import JoinRequest
from storage import Transaction
from tests.crash.activity.journal import Act

UseCase = Callable[[Transaction, Actor, Act], Awaitable[Any]]
"""Does an act. Returns the number of what it made, or None."""

MINUTES = 60


class GroupAct(StrEnum):
    """The kinds of acts on group sessions and their seats."""

    CREATE = "create_group"
    EDIT = "edit_group"
    MOVE = "move_group"
    CANCEL = "cancel_group"
    JOIN = "join_group"
    LEAVE = "leave_seat"
    KEEP_SEAT = "keep_seat"
    JOIN_WAITLIST = "join_waitlist"
    LEAVE_WAITLIST = "leave_waitlist"
    REPORT_ABSENT = "report_absent"


async def _create(tx: Transaction, actor: Actor, act: Act) -> int:
    facts = act.facts
    start = datetime.fromisoformat(facts["start"])
    request = GroupRequest(act.mark, start, MINUTES, facts["capacity"], facts["price"])
    return (await creation.create(tx, actor, request)).id


async def _edit(tx: Transaction, actor: Actor, act: Act) -> None:
    # With another description, it is an edit even if the capacity is that already.
    changes = GroupEdit(capacity=act.facts["capacity"], description=act.mark)
    await group_changes.edit(tx, actor, act.facts["group"], changes)


async def _move(tx: Transaction, actor: Actor, act: Act) -> None:
    start = datetime.fromisoformat(act.facts["start"])
    await moving.move(tx, actor, act.facts["group"], start)


async def _cancel(tx: Transaction, actor: Actor, act: Act) -> None:
    await group_changes.cancel(tx, actor, act.facts["group"])


async def _join(tx: Transaction, actor: Actor, act: Act) -> int:
    facts = act.facts
    request = JoinRequest(facts["group"], facts["price"], facts["revision"])
    return (await seats.join(tx, actor, request)).id


async def _leave(tx: Transaction, actor: Actor, act: Act) -> None:
    await seats.leave(tx, actor, act.facts["group"])


async def _keep_seat(tx: Transaction, actor: Actor, act: Act) -> None:
    await seats.keep(tx, actor, act.facts["session"])


async def _join_waitlist(tx: Transaction, actor: Actor, act: Act) -> None:
    facts = act.facts
    await waitlist.join(
        tx, actor, facts["group"], price_shown=facts["price"], revision_shown=facts["revision"]
    )


async def _leave_waitlist(tx: Transaction, actor: Actor, act: Act) -> None:
    await waitlist.leave(tx, actor, act.facts["group"])


async def _report_absent(tx: Transaction, actor: Actor, act: Act) -> None:
    await group_attendance.report_no_shows(tx, actor, act.facts["group"], [act.facts["absent"]])


USE_CASES: Mapping[str, UseCase] = {
    GroupAct.CREATE: _create,
    GroupAct.EDIT: _edit,
    GroupAct.MOVE: _move,
    GroupAct.CANCEL: _cancel,
    GroupAct.JOIN: _join,
    GroupAct.LEAVE: _leave,
    GroupAct.KEEP_SEAT: _keep_seat,
    GroupAct.JOIN_WAITLIST: _join_waitlist,
    GroupAct.LEAVE_WAITLIST: _leave_waitlist,
    GroupAct.REPORT_ABSENT: _report_absent,
}
