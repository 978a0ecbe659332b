"""Adding calendars of other servers, changing and removing them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from mentorship.actors import Actor
from mentorship.calendars import accounts, external_calendars
from mentorship.calendars.accounts import CalendarAccount
from mentorship.calendars.external_calendars import MAX_CALENDARS, CalendarKind
from mentorship.errors import (
    CalendarAlreadyAdded,
    CalendarsNotSetUp,
    ChangedMeanwhile,
    Field,
    InvalidField,
    NotFound,
    TooManyCalendars,
)
from mentorship.sessions import session_views, transitions
from storage import Database, Transaction
from storage.encryption import NO_CIPHER
from storage.tables import CalendarEntry, ExternalBusy, ExternalCalendar
from tests.mentorship.support.community import TUESDAY_NOON, Community

ADDRESS = "https://calendar.example/private/secret-words/basic.ics"
ACCOUNT = CalendarAccount("https://dav.example/oliver/work/", "oliver", "app-password", "Work")


async def rows(db: Database, table: Any) -> list[Any]:
    async def query_rows(tx: Transaction) -> list[Any]:
        return list((await tx.connection.execute(select(table).order_by(table.id))).all())

    return await db.read(query_rows)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


async def test_an_address_is_added_and_never_returned(town: Community, oliver: Actor) -> None:
    added = await town.db.run(external_calendars.add_ics, oliver, "  My\n work ", ADDRESS)
    assert (added.kind, added.label, added.blocks_slots) == (CalendarKind.ICS, "My work", True)
    assert not added.receives_sessions
    assert await town.db.read(external_calendars.list_own, oliver) == (added,)
    (row,) = await rows(town.db, ExternalCalendar)
    assert row.next_at == town.clock.now
    assert "secret-words" not in repr(row) + repr(added)
    assert town.db.cipher.decrypt(row.address) == ADDRESS


async def test_a_calendar_without_a_name_is_called_by_its_host(
    town: Community, oliver: Actor
) -> None:
    added = await town.db.run(external_calendars.add_ics, oliver, " ", ADDRESS)
    assert added.label == "calendar.example"
    with pytest.raises(InvalidField):
        await town.db.run(external_calendars.change, oliver, added.id, label=" ")


async def test_webcal_is_read_over_https(town: Community, oliver: Actor) -> None:
    address = ADDRESS.replace("https", "webcal")
    await town.db.run(external_calendars.add_ics, oliver, "Work", address)
    (row,) = await rows(town.db, ExternalCalendar)
    assert town.db.cipher.decrypt(row.address) == ADDRESS
    with pytest.raises(CalendarAlreadyAdded):
        await town.db.run(external_calendars.add_ics, oliver, "Again", ADDRESS)


@pytest.mark.parametrize(
    "address", ["", "calendar.example", "ftp://a.example/x", "https://127.0.0.1/x", "file:///x"]
)
async def test_an_address_that_cant_be_called_is_refused(
    town: Community, oliver: Actor, address: str
) -> None:
    with pytest.raises(InvalidField) as error:
        await town.db.run(external_calendars.add_ics, oliver, "Work", address)
    assert error.value.field is Field.CALENDAR_ADDRESS
    assert await rows(town.db, ExternalCalendar) == []


async def test_a_member_has_five_calendars_also_in_a_race(town: Community, oliver: Actor) -> None:
    results = await asyncio.gather(
        *(
            town.db.run(external_calendars.add_ics, oliver, "Work", f"{ADDRESS}?{number}")
            for number in range(8)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, TooManyCalendars) for each in results) == 3
    assert len(await rows(town.db, ExternalCalendar)) == MAX_CALENDARS


async def test_an_account_is_connected_with_its_password_encrypted(
    town: Community, oliver: Actor
) -> None:
    assert "app-password" not in repr(ACCOUNT)
    added = await town.db.run(accounts.connect, oliver, ACCOUNT)
    assert (added.kind, added.receives_sessions) == (CalendarKind.CALDAV, True)
    (row,) = await rows(town.db, ExternalCalendar)
    assert "app-password" not in repr(row)
    assert "app-password" in town.db.cipher.decrypt(row.credentials)


async def test_nothing_is_stored_without_an_encryption_key(
    town: Community, oliver: Actor, database_url: str
) -> None:
    db = Database(database_url, clock=town.clock, cipher=NO_CIPHER)
    await db.open()
    with pytest.raises(CalendarsNotSetUp):
        await db.run(accounts.connect, oliver, ACCOUNT)
    await db.close()
    assert await rows(town.db, ExternalCalendar) == []


async def test_connecting_adds_entries_of_upcoming_sessions(town: Community, oliver: Actor) -> None:
    mentee = await town.member("Maya", points=500)
    upcoming = await town.book(mentee, oliver, TUESDAY_NOON)
    gone = await town.book(mentee, oliver, TUESDAY_NOON + timedelta(hours=2))
    await town.db.run(_call_off, gone.id)
    calendar = await town.db.run(accounts.connect, oliver, ACCOUNT)
    entries = await rows(town.db, CalendarEntry)
    assert [(row.session_id, row.calendar_id) for row in entries] == [(upcoming.id, calendar.id)]
    assert entries[0].next_at == town.clock.now


async def test_a_calendar_that_blocks_no_slots_has_no_busy_time(
    town: Community, oliver: Actor
) -> None:
    calendar = await town.db.run(external_calendars.add_ics, oliver, "Work", ADDRESS)
    await town.db.run(_add_busy, calendar.id, oliver.user_id)
    changed = await town.db.run(
        external_calendars.change, oliver, calendar.id, blocks_slots=False, label="Home"
    )
    assert (changed.label, changed.revision) == ("Home", 2)
    assert await rows(town.db, ExternalBusy) == []
    with pytest.raises(ChangedMeanwhile):
        await town.db.run(external_calendars.change, oliver, calendar.id, label="x", versions=[1])
    await town.db.run(external_calendars.change, oliver, calendar.id, blocks_slots=True)
    (row,) = await rows(town.db, ExternalCalendar)
    assert row.next_at == town.clock.now
    assert row.etag is None


async def test_an_ics_address_receives_no_sessions(town: Community, oliver: Actor) -> None:
    calendar = await town.db.run(external_calendars.add_ics, oliver, "Work", ADDRESS)
    with pytest.raises(InvalidField):
        await town.db.run(external_calendars.change, oliver, calendar.id, receives_sessions=True)


async def test_removing_a_calendar_removes_its_busy_time(town: Community, oliver: Actor) -> None:
    calendar = await town.db.run(external_calendars.add_ics, oliver, "Work", ADDRESS)
    await town.db.run(_add_busy, calendar.id, oliver.user_id)
    await town.db.run(external_calendars.remove, oliver, calendar.id)
    assert await rows(town.db, ExternalCalendar) == []
    assert await rows(town.db, ExternalBusy) == []


async def test_a_removed_account_waits_until_its_entries_are_gone(
    town: Community, oliver: Actor
) -> None:
    mentee = await town.member("Maya", points=500)
    await town.book(mentee, oliver, TUESDAY_NOON)
    calendar = await town.db.run(accounts.connect, oliver, ACCOUNT)
    await town.db.run(external_calendars.remove, oliver, calendar.id)
    assert await town.db.read(external_calendars.list_own, oliver) == ()
    (row,) = await rows(town.db, ExternalCalendar)
    assert (row.removed_at, row.receives_sessions) == (town.clock.now, False)
    again = await town.db.run(accounts.connect, oliver, ACCOUNT)
    assert again.id != calendar.id


async def test_calendars_of_others_arent_found(town: Community, oliver: Actor) -> None:
    calendar = await town.db.run(external_calendars.add_ics, oliver, "Work", ADDRESS)
    maya = await town.member("Maya")
    for use_case in (
        external_calendars.load_own,
        external_calendars.change,
        external_calendars.remove,
        external_calendars.check_now,
    ):
        with pytest.raises(NotFound):
            await town.db.run(use_case, maya, calendar.id)


async def test_a_check_can_be_asked_for_once_a_minute(town: Community, oliver: Actor) -> None:
    calendar = await town.db.run(external_calendars.add_ics, oliver, "Work", ADDRESS)
    later = town.clock.now + timedelta(minutes=15)
    await town.db.run(_set_checked, calendar.id, town.clock.now, later)
    await town.db.run(external_calendars.check_now, oliver, calendar.id)
    assert (await rows(town.db, ExternalCalendar))[0].next_at == later
    town.clock.now += external_calendars.CHECK_AGAIN_AFTER
    await town.db.run(external_calendars.check_now, oliver, calendar.id)
    assert (await rows(town.db, ExternalCalendar))[0].next_at == town.clock.now


async def _add_busy(tx: Transaction, calendar_id: int, user_id: int) -> None:
    await tx.connection.execute(
        insert(ExternalBusy),
        {
            "calendar_id": calendar_id,
            "user_id": user_id,
            "starts_at": TUESDAY_NOON,
            "ends_at": TUESDAY_NOON + timedelta(hours=1),
        },
    )


async def _set_checked(tx: Transaction, calendar_id: int, checked: Any, next_at: Any) -> None:
    await tx.connection.execute(
        update(ExternalCalendar)
        .where(ExternalCalendar.id == calendar_id)
        .values(checked_at=checked, next_at=next_at)
    )


async def _call_off(tx: Transaction, session_id: int) -> None:
    session = await session_views.load(tx, session_id)
    actor = Actor(session.mentor.user_id, "Oliver", session.guild_id)
    await transitions.cancel_or_decline(tx, actor, session_id, "Away.")
