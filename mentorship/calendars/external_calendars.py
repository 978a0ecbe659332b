"""The calendars that members keep elsewhere: adding, listing, changing and removing their own.

Addresses and passwords are stored encrypted, and are never returned.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Insert, bindparam, delete, func, select, update

from mentorship import web_addresses
from mentorship.actors import Actor
from mentorship.calendars import entries
from mentorship.errors import (
    CalendarAlreadyAdded,
    CalendarProblem,
    CalendarsNotSetUp,
    ChangedMeanwhile,
    Field,
    InvalidField,
    NotFound,
    Problem,
    Subject,
    TooManyCalendars,
)
from mentorship.guilds import guild_settings
from mentorship.members import members
from mentorship.web_addresses import UnusableAddress
from storage import Transaction
from storage.encryption import digest
from storage.queries import update_by_id, upsert
from storage.tables import ExternalBusy, ExternalCalendar
from storage.types import RowId, UtcDateTime

MAX_CALENDARS = 5
"""Calendars that a member can have in a guild."""

MAX_LABEL = 50
"""Characters of a calendar's label."""

CHECK_AGAIN_AFTER = timedelta(minutes=1)
"""How long after a check its owner can ask for the next one."""


class CalendarKind(StrEnum):
    """How a calendar is read. The values are stored."""

    ICS = auto()
    """A file in the iCalendar format at a secret address."""
    CALDAV = auto()


@dataclass(frozen=True, slots=True)
class ExternalCalendarView:
    """A calendar as its owner sees it, without its address and password.

    With `blocks_slots`, its busy time blocks the owner's slots; with `receives_sessions`, their
    sessions are written into it. `checked_at` is when it was last read, and `changed_at` when that
    brought a change. `problem` is why it can't be used since `failing_since`. `revision` changes
    with each change by its owner.
    """

    id: int
    kind: CalendarKind
    label: str
    blocks_slots: bool
    receives_sessions: bool
    checked_at: datetime | None
    changed_at: datetime | None
    failing_since: datetime | None
    problem: CalendarProblem | None
    revision: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewCalendar:
    """A calendar to add. `credentials` are stored as they are, encrypted.

    One without a label is called by the host of its address.
    """

    kind: CalendarKind
    label: str
    address: str
    credentials: str | None = None
    blocks_slots: bool = True
    receives_sessions: bool = False


async def list_own(tx: Transaction, actor: Actor) -> tuple[ExternalCalendarView, ...]:
    """Return the actor's calendars, the first added first. Raises `NotAMember`."""
    await members.require_present(tx, actor)
    rows = await tx.connection.execute(_OWN, {"guild": actor.guild, "user": actor.user_id})
    return tuple(_view(row) for row in rows)


async def add_ics(
    tx: Transaction, actor: Actor, label: str, address: str, *, allow_private: bool = False
) -> ExternalCalendarView:
    """Add the address of an ICS file, whose busy time blocks the actor's slots.

    It is read soon afterwards. `webcal` addresses are read over https. Raises `InvalidField`, and
    what `add` does.
    """
    text = parse_address(address, allow_private=allow_private)
    return await add(tx, actor, NewCalendar(CalendarKind.ICS, label, text))


def parse_address(text: str, *, allow_private: bool = False) -> str:
    """Return the address of a calendar as it is requested. Raises `InvalidField`."""
    address = text.strip()
    scheme, separator, rest = address.partition("://")
    if separator and scheme.lower() in ("webcal", "webcals"):
        address = f"https://{rest}"
    try:
        return web_addresses.parse(address, allow_private=allow_private).text
    except UnusableAddress as error:
        raise InvalidField(
            Field.CALENDAR_ADDRESS, Problem.UNREADABLE, typed=error.problem
        ) from None


async def add(tx: Transaction, actor: Actor, new: NewCalendar) -> ExternalCalendarView:
    """Add a calendar, which is read soon afterwards.

    Sessions are written into one that receives them. Raises `CalendarsNotSetUp` without an
    encryption key, `InvalidField`, `TooManyCalendars`, `CalendarAlreadyAdded`, `NotAMember` and
    `ScreeningPending`.
    """
    if not tx.cipher.is_available:
        raise CalendarsNotSetUp()
    if new.receives_sessions and new.kind is CalendarKind.ICS:
        raise InvalidField(Field.CALENDAR_RECEIVES_SESSIONS, Problem.NOT_AN_OPTION)
    label = _parse_label(new.label.strip() or (urlsplit(new.address).hostname or "")[:MAX_LABEL])
    await members.require_member_of(tx, actor, actor.guild)
    await guild_settings.load_or_create(tx, actor.guild)
    # The member's row is locked from here on, so that nobody adds too many by a race.
    (await members.record(tx, actor)).require_screened()
    own = {"guild": actor.guild, "user": actor.user_id}
    if (await tx.connection.execute(_COUNT, own)).scalar_one() >= MAX_CALENDARS:
        raise TooManyCalendars(MAX_CALENDARS)
    encrypted = None if new.credentials is None else tx.cipher.encrypt(new.credentials)
    values = {
        "guild_id": actor.guild,
        "user_id": actor.user_id,
        "kind": new.kind,
        "label": label,
        "address": tx.cipher.encrypt(new.address),
        "address_hash": digest(f"calendar:{actor.guild}:{actor.user_id}", new.address),
        "credentials": encrypted,
        "blocks_slots": new.blocks_slots,
        "receives_sessions": new.receives_sessions,
        "next_at": tx.now,
        "created_at": tx.now,
    }
    calendar_id = (await tx.connection.execute(_insert(tx.dialect), values)).scalar_one_or_none()
    if calendar_id is None:
        raise CalendarAlreadyAdded()
    if new.receives_sessions:
        await entries.add_upcoming(tx, calendar_id)
    return await load_own(tx, actor, calendar_id)


async def load_own(tx: Transaction, actor: Actor, calendar_id: int) -> ExternalCalendarView:
    """Return one of the actor's calendars. Raises `NotFound`."""
    params = {"guild": actor.guild, "user": actor.user_id, "calendar": calendar_id}
    row = (await tx.connection.execute(_ONE, params)).one_or_none()
    if row is None:
        raise NotFound(Subject.CALENDAR)
    return _view(row)


async def change(
    tx: Transaction,
    actor: Actor,
    calendar_id: int,
    *,
    label: str | None = None,
    blocks_slots: bool | None = None,
    receives_sessions: bool | None = None,
    versions: Collection[int] | None = None,
) -> ExternalCalendarView:
    """Change one of the actor's calendars; None leaves what it is.

    Sessions that it no longer receives are removed from it. With `versions`, it is only changed if
    its revision is among them. Raises `NotFound`, `ChangedMeanwhile` and `InvalidField`.
    """
    calendar = await load_own(tx, actor, calendar_id)
    if versions is not None and calendar.revision not in versions:
        raise ChangedMeanwhile()
    if receives_sessions and calendar.kind is CalendarKind.ICS:
        raise InvalidField(Field.CALENDAR_RECEIVES_SESSIONS, Problem.NOT_AN_OPTION)
    values = {
        "label": calendar.label if label is None else _parse_label(label),
        "blocks_slots": calendar.blocks_slots if blocks_slots is None else blocks_slots,
        "receives_sessions": (
            calendar.receives_sessions if receives_sessions is None else receives_sessions
        ),
    }
    blocks_anew = values["blocks_slots"] and not calendar.blocks_slots
    if all(getattr(calendar, name) == value for name, value in values.items()):
        return calendar
    values["revision"] = calendar.revision + 1
    await tx.connection.execute(
        update_by_id(ExternalCalendar, *values), {"row_id": calendar_id, **values}
    )
    params = {"calendar": calendar_id, "at": tx.now}
    if blocks_anew:
        # Nothing that was known of it is known any more.
        await tx.connection.execute(_READ_ANEW, params)
    elif not values["blocks_slots"]:
        await tx.connection.execute(_DELETE_BUSY, params)
    if values["receives_sessions"] and not calendar.receives_sessions:
        await entries.add_upcoming(tx, calendar_id)
        await tx.connection.execute(_READ_SOON, params)
    elif calendar.receives_sessions and not values["receives_sessions"]:
        await entries.remove_upcoming(tx, calendar_id)
    return await load_own(tx, actor, calendar_id)


async def remove(tx: Transaction, actor: Actor, calendar_id: int) -> ExternalCalendarView:
    """Disconnect one of the actor's calendars, and return it as it was.

    Its busy time blocks no slots from now on. Upcoming sessions that were written into it are
    removed there; those that are over stay. Raises `NotFound`.
    """
    calendar = await load_own(tx, actor, calendar_id)
    params = {"calendar": calendar_id, "at": tx.now}
    await tx.connection.execute(_DELETE_BUSY, params)
    if await entries.has_entries(tx, calendar_id):
        # The same calendar can be added again at once.
        unlike_any = secrets.token_hex(16)
        await tx.connection.execute(_DISCONNECT, params | {"unlike_any": unlike_any})
        await entries.remove_upcoming(tx, calendar_id)
    else:
        await tx.connection.execute(_DELETE, params)
    return calendar


async def check_now(tx: Transaction, actor: Actor, calendar_id: int) -> ExternalCalendarView:
    """Have one of the actor's calendars read as soon as possible. Raises `NotFound`.

    Within `CHECK_AGAIN_AFTER` of the last check, nothing more is done.
    """
    calendar = await load_own(tx, actor, calendar_id)
    if calendar.checked_at is None or calendar.checked_at <= tx.now - CHECK_AGAIN_AFTER:
        params = {"calendar": calendar_id, "at": tx.now}
        await tx.connection.execute(_READ_SOON, params)
    return calendar


def _parse_label(text: str) -> str:
    """Return a label without what would break its line. Raises `InvalidField`."""
    label = " ".join(text.split())
    if not label:
        raise InvalidField(Field.CALENDAR_LABEL, Problem.MISSING)
    if len(label) > MAX_LABEL:
        raise InvalidField(Field.CALENDAR_LABEL, Problem.TOO_LONG, most=MAX_LABEL)
    return label


def _view(row: Any) -> ExternalCalendarView:
    values = dict(row._mapping)
    values["kind"] = CalendarKind(row.kind)
    # A newer version may have stored another problem.
    values["problem"] = _PROBLEMS.get(row.problem)
    return ExternalCalendarView(**values)


_PROBLEMS = {problem.value: problem for problem in CalendarProblem}
_AT = bindparam("at", type_=UtcDateTime)
_IS_CALENDAR = ExternalCalendar.id == bindparam("calendar", type_=RowId)
_IS_OWN = (
    ExternalCalendar.guild_id == bindparam("guild", type_=RowId),
    ExternalCalendar.user_id == bindparam("user", type_=RowId),
    ExternalCalendar.removed_at.is_(None),
)
_COLUMNS = [getattr(ExternalCalendar, name) for name in ExternalCalendarView.__slots__]
_OWN = select(*_COLUMNS).where(*_IS_OWN).order_by(ExternalCalendar.id).limit(MAX_CALENDARS)
_ONE = select(*_COLUMNS).where(*_IS_OWN, _IS_CALENDAR)
_COUNT = select(func.count()).select_from(ExternalCalendar).where(*_IS_OWN)
_DELETE_BUSY = delete(ExternalBusy).where(
    ExternalBusy.calendar_id == bindparam("calendar", type_=RowId)
)
_DELETE = delete(ExternalCalendar).where(_IS_CALENDAR)
_READ_SOON = update(ExternalCalendar).where(_IS_CALENDAR).values(next_at=_AT)
_READ_ANEW = (
    update(ExternalCalendar)
    .where(_IS_CALENDAR)
    .values(next_at=_AT, etag=None, last_modified=None, content_hash=None, sync_token=None)
)
_DISCONNECT = (
    update(ExternalCalendar)
    .where(_IS_CALENDAR)
    .values(
        removed_at=_AT,
        next_at=None,
        blocks_slots=False,
        receives_sessions=False,
        address_hash=bindparam("unlike_any"),
    )
)


@cache
def _insert(dialect: str) -> Insert:
    statement = upsert(dialect, ExternalCalendar)
    return statement.on_conflict_do_nothing(
        index_elements=["guild_id", "user_id", "address_hash"]
    ).returning(ExternalCalendar.id)
