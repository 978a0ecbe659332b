"""Figures follow what happens, and equal a recount of everything."""

from __future__ import annotations

from datetime import timedelta

from mentorship.insights import insights
from mentorship.insights.views import InsightsRange
from mentorship.sessions.follow_up import reviews
from mentorship.statuses import SessionStatus
from tests.mentorship.insights.recount import assert_equal, keep_figures
from tests.mentorship.support.community import Community


async def test_figures_of_every_status_equal_a_recount(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya, tom = [await town.member(name, points=10_000) for name in ("Maya", "Tom")]
    await keep_figures(town.db)
    await assert_equal(town.db)
    for number, mentee in enumerate((maya, tom, maya)):
        for hour, status in enumerate(SessionStatus):
            start = town.clock.now + timedelta(days=13, hours=2 * hour)
            session = await town.session(status, mentee, oliver, start)
            if status is SessionStatus.COMPLETED:
                await town.db.run(reviews.rate, mentee, session.id, 3 + number, "Clear.")
            await keep_figures(town.db)
            await assert_equal(town.db)
    shown = await town.db.read(insights.mentor_insights, oliver, InsightsRange.ALL)
    assert shown.total.sessions == shown.total.hours == 11
    assert (shown.mentees, shown.returning_mentees) == (2, 2)
    assert shown.total.rating == 4.0
    assert (shown.total.missed_by_mentor, shown.total.refunded) == (3, 3)
