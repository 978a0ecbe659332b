"""Accounts at CalDAV servers: finding their calendars, and connecting one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Protocol

from mentorship.actors import Actor
from mentorship.calendars import external_calendars
from mentorship.calendars.external_calendars import (
    CalendarKind,
    ExternalCalendarView,
    NewCalendar,
)
from mentorship.errors import Field, InvalidField, Problem
from storage import Transaction

MAX_USERNAME = 200
MAX_PASSWORD = 500
"""Characters."""


@dataclass(frozen=True, slots=True)
class DiscoveredCalendar:
    """A calendar of an account. `can_write` is whether sessions can be written into it."""

    url: str
    name: str
    can_write: bool


class CalendarDirectory(Protocol):
    """Finds the calendars of an account at a server."""

    async def discover(
        self, server: str, username: str, password: str
    ) -> tuple[DiscoveredCalendar, ...]:
        """Return the calendars of an account, at least one. Raises `CalendarUnavailable`."""


@dataclass(frozen=True, slots=True)
class CalendarAccount:
    """A calendar to connect, at the address that discovery has found, and how to sign in."""

    calendar_url: str = field(repr=False)
    username: str = field(repr=False)
    password: str = field(repr=False)
    label: str
    blocks_slots: bool = True
    receives_sessions: bool = True


async def connect(
    tx: Transaction, actor: Actor, account: CalendarAccount, *, allow_private: bool = False
) -> ExternalCalendarView:
    """Connect a calendar of the actor over CalDAV.

    It is read soon afterwards. If it receives sessions, the upcoming ones are written into it.
    Raises `InvalidField`, and what `external_calendars.add` does.
    """
    address = external_calendars.parse_address(account.calendar_url, allow_private=allow_private)
    for name, most, what in (
        (account.username, MAX_USERNAME, Field.CALENDAR_USERNAME),
        (account.password, MAX_PASSWORD, Field.CALENDAR_PASSWORD),
    ):
        if not name:
            raise InvalidField(what, Problem.MISSING)
        if len(name) > most:
            raise InvalidField(what, Problem.TOO_LONG, most=most)
    credentials = json.dumps({"username": account.username, "password": account.password})
    return await external_calendars.add(
        tx,
        actor,
        NewCalendar(
            CalendarKind.CALDAV,
            account.label,
            address,
            credentials,
            account.blocks_slots,
            account.receives_sessions,
        ),
    )
