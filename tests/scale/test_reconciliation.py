"""The check of ratings reads each review once or twice, however many there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

from sqlalchemy import make_url

from mentorship.operations import reconciliation
from storage import Database
from tests.scale.layout import NOW, Size
from tests.scale.steps import StepCounter

STEPS_PER_REVIEW = 500


async def test_checking_ratings_takes_time_in_proportion_to_reviews(
    sqlite_community: Callable[[Size], str],
) -> None:
    url = sqlite_community(Size.TENTH)
    with closing(sqlite3.connect(make_url(url).database or "")) as file:
        (reviews,) = file.execute("SELECT count(*) FROM reviews").fetchone()
    counter = StepCounter()
    with counter.counting():
        db = Database(url, clock=lambda: NOW)
        assert await db.read(reconciliation.check_ratings) == ()
        await db.close()
    assert counter.steps < STEPS_PER_REVIEW * reviews
