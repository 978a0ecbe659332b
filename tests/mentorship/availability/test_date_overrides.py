"""Date overrides: how many a mentor can have, and which of them are read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from mentorship.actors import Actor
from mentorship.availability import editor, hours_limits, hours_storage
from mentorship.availability.editor import AvailabilityChange
from mentorship.availability.hours_limits import MAX_OVERRIDE_DATES, MAX_RANGES_A_DAY
from mentorship.availability.opening_hours import DateOverride
from mentorship.errors import Field, InvalidField, Problem
from mentorship.search import search
from mentorship.search.query import SearchQuery
from storage import Transaction
from storage.tables import DateOverrideRow
from tests.mentorship.support.community import Community
from tests.mentorship.support.statements import count_steps

HOURS = tuple((hour * 60, hour * 60 + 30) for hour in range(24))
"""As many ranges as a day can have."""


async def count_rows(tx: Transaction) -> int:
    return (await tx.connection.execute(select(func.count(DateOverrideRow.id)))).scalar_one()


async def refused(town: Community, mentor: Actor, first: date, last: date) -> InvalidField:
    rows = await town.db.read(count_rows)
    with pytest.raises(InvalidField) as caught:
        await town.db.run(editor.set_overrides, mentor, first, last, ())
    assert await town.db.read(count_rows) == rows
    return caught.value


async def test_a_mentor_has_overrides_on_at_most_400_dates(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    today = town.clock.now.date()
    year = today + timedelta(days=366)
    await town.db.run(editor.set_overrides, oliver, today, year, ())
    beyond = year + timedelta(days=1)
    error = await refused(town, oliver, beyond, beyond + timedelta(days=33))
    assert (error.field, error.problem) == (Field.DATE_OVERRIDES, Problem.TOO_MANY)
    assert (error.most, error.count) == (MAX_OVERRIDE_DATES, 401)
    # Exactly as many are fine, and dates that have an override already count once.
    await town.db.run(editor.set_overrides, oliver, beyond, beyond + timedelta(days=32), ())
    await town.db.run(editor.set_overrides, oliver, today, year, ((600, 660),))


async def test_a_date_has_at_most_24_ranges(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    today = town.clock.now.date()
    await town.db.run(editor.set_overrides, oliver, today, today, HOURS)
    many = (*HOURS, (1_415, 1_420))
    with pytest.raises(InvalidField) as caught:
        await town.db.run(editor.set_overrides, oliver, today, today, many)
    assert (caught.value.field, caught.value.problem) == (Field.DAY_HOURS, Problem.TOO_MANY)
    assert (caught.value.most, caught.value.count) == (MAX_RANGES_A_DAY, 25)


async def test_a_weekday_has_at_most_24_ranges(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    ranges = ", ".join(f"{hour}:00-{hour}:20, {hour}:30-{hour}:50" for hour in range(13))
    with pytest.raises(InvalidField) as caught:
        await town.db.run(editor.set_weekly, oliver, f"mon {ranges}")
    assert (caught.value.field, caught.value.count) == (Field.DAY_HOURS, 26)


async def test_replacing_all_overrides_has_the_same_limit(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    today = town.clock.now.date()
    past = [DateOverride(today - timedelta(days=number + 1)) for number in range(10)]
    days = [DateOverride(today + timedelta(days=number)) for number in range(401)]
    with pytest.raises(InvalidField) as caught:
        await town.db.run(editor.replace, oliver, AvailabilityChange(overrides=tuple(days)))
    assert (caught.value.field, caught.value.count) == (Field.DATE_OVERRIDES, 401)
    # Dates that are over are left out.
    change = AvailabilityChange(overrides=(*past, *days[:400]))
    await town.db.run(editor.replace, oliver, change)
    assert await town.db.read(count_rows) == 400


async def test_dates_that_are_over_are_neither_stored_nor_counted(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    today = town.clock.now.date()
    error = await refused(town, oliver, today - timedelta(days=9), today - timedelta(days=1))
    assert (error.field, error.problem) == (Field.DATE, Problem.PAST)
    await town.db.run(editor.set_overrides, oliver, today - timedelta(days=9), today, ())
    assert await town.db.read(count_rows) == 1
    await town.db.run(editor.set_overrides, oliver, today, today + timedelta(days=366), ())
    # A year later, the next year's dates count alone.
    town.clock.now += timedelta(days=366)
    later = town.clock.now.date()
    await town.db.run(editor.set_overrides, oliver, later, later + timedelta(days=366), ())


async def test_past_overrides_are_deleted_some_at_a_time(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    today = town.clock.now.date()
    await town.db.run(editor.set_overrides, oliver, today, today + timedelta(days=29), ())
    town.clock.now += timedelta(days=hours_limits.DAYS_BACK + 20)
    before = (await town.db.read(editor.load, oliver)).overrides
    assert [day.date for day in before] == [today + timedelta(days=27 + n) for n in range(3)]
    assert await town.db.run(hours_storage.delete_past_overrides, 15) == 15
    assert await town.db.run(hours_storage.delete_past_overrides, 15) == 5
    assert await town.db.run(hours_storage.delete_past_overrides, 15) == 0
    assert (await town.db.read(editor.load, oliver)).overrides == before


async def test_a_search_page_reads_no_overrides_beyond_its_slots(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya")
    today = town.clock.now.date()

    page = (search.search, maya, SearchQuery())
    assert len((await town.db.read(*page)).results[0].slots) == 3
    few = await count_steps(town.db, *page)
    assert few > 100
    far = today + timedelta(days=30)
    await town.db.run(editor.set_overrides, oliver, far, far + timedelta(days=330), HOURS)
    assert await count_steps(town.db, *page) < few + 100
