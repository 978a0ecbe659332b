"""Replacing and adding weekly hours by the version of the availability that a mentor has seen."""

from __future__ import annotations

import asyncio

import pytest

from mentorship.availability import editor
from mentorship.availability.weekly_hours import format_hours
from mentorship.errors import ChangedMeanwhile, UnreadableHours
from tests.mentorship.support.community import Community


async def test_typed_hours_are_added_to_the_week_and_joined(town: Community) -> None:
    oliver = await town.mentor("Oliver", hours="mon 18-20")
    seen = await town.db.read(editor.load, oliver)
    changed = await town.db.run(editor.add_weekly, oliver, "mon 19-21; sun 10-12", seen.version)
    assert format_hours(changed.weekly) == "mon 18:00-21:00; sun 10:00-12:00"
    with pytest.raises(ChangedMeanwhile):
        await town.db.run(editor.add_weekly, oliver, "tue 10-12", seen.version)
    with pytest.raises(UnreadableHours):
        await town.db.run(editor.add_weekly, oliver, "someday 10-12", changed.version)
    assert await town.db.read(editor.load, oliver) == changed


async def test_of_racing_changes_to_one_version_exactly_one_is_saved(town: Community) -> None:
    """Two panels and two presses: nobody overwrites hours that they haven't seen."""
    oliver = await town.mentor("Oliver", hours="mon 18-20")
    seen = await town.db.read(editor.load, oliver)
    texts = [f"{day} 9-10" for day in ("tue", "wed", "thu", "fri", "sat", "sun")]
    results = await asyncio.gather(
        *(
            town.db.run(change, oliver, text, seen.version)
            for text, change in zip(texts, 3 * [editor.set_weekly, editor.add_weekly], strict=True)
        ),
        return_exceptions=True,
    )
    (saved,) = (each for each in results if isinstance(each, editor.AvailabilityView))
    assert sum(isinstance(each, ChangedMeanwhile) for each in results) == len(texts) - 1
    after = await town.db.read(editor.load, oliver)
    assert (after.version, after.weekly) == (seen.version + 1, saved.weekly)
