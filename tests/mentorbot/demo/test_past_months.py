"""The nine months before the visitor arrives."""

from __future__ import annotations

from collections import Counter

import pytest

pytest.importorskip("simcord", reason="the demo needs simcord")

from sqlalchemy import func, select

from mentorbot.demo.community import PRIYA
from mentorbot.demo.past.people import HABITS, REGULARS
from mentorbot.demo.past.plans import Outcome, plan_sessions
from mentorship.insights.insights import guild_insights
from mentorship.insights.views import InsightsRange
from mentorship.operations import reconciliation
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import MentorProfile, Notification, Session
from tests.mentorbot.support.demo_visitor import visiting


def test_plans_are_the_same_each_time_and_grow() -> None:
    plans = plan_sessions()
    assert plans == plan_sessions()
    months = Counter(f"{plan.requested_at:%Y-%m}" for plan in plans)
    assert len(months) == 10
    assert months["2027-02"] > 3 * months["2026-06"]
    assert months["2026-08"] < months["2026-07"], "a quiet month"
    assert {plan.outcome for plan in plans} == set(Outcome)
    assert {plan.mentee for plan in plans} == {regular.key for regular in REGULARS}
    assert {plan.mentor for plan in plans} == set(HABITS)


def test_people_only_plan_while_both_are_there() -> None:
    joined = {regular.key: regular.joined_on for regular in REGULARS}
    for plan in plan_sessions():
        habits, day = HABITS[plan.mentor], plan.requested_at.date()
        assert joined[plan.mentee] < day
        assert habits.first_on <= day
        assert (
            plan.requested_at.date() <= habits.last_on
            or (plan.requested_at.date() - habits.last_on).days <= 1
        ), "a day in another time zone"


async def test_nine_months_pass_and_the_ledger_is_in_order() -> None:
    plans = plan_sessions()
    async with visiting(plans) as visitor:
        demo = visitor.room.demo
        db = demo.clock.db
        months = dict(await db.read(_completed_by_month))
        assert len(months) == 10
        assert min(months.values()) >= 5
        completed = sum(plan.outcome is Outcome.COMPLETED for plan in plans)
        assert sum(months.values()) > completed, "with those of the people whom visitors play"
        assert await db.read(_count_ratings) > 100
        report = await db.read(reconciliation.check)
        assert report.faults == ()
        assert await db.read(reconciliation.check_ratings) == ()
        assert await db.read(_count_overdue) == 0
        insights = await db.read(guild_insights, demo.server.actor(PRIYA.key), InsightsRange.YEAR)
        assert sum(month.figures.sessions for month in insights.months) == sum(months.values())
        assert insights.total.thanks > 20
        searches = {each.tag: each.searches for each in insights.demand}
        assert searches["security"] > 5
        assert [mentor.name for mentor in insights.quiet_mentors] == ["Daniel Cohen"]
        seasoned = {
            key for key in HABITS if demo.server.seasoned_role.id in demo.server.actor(key).role_ids
        }
        assert {"oliver", "sofia"} <= seasoned < set(HABITS)
        assert demo.server.env.errors == []
        assert visitor.room.demo.server.count_messages_to_others(0) < 400, "not those of the past"


async def _completed_by_month(tx: Transaction) -> list[tuple[str, int]]:
    month = func.strftime("%Y-%m", Session.starts_at)
    rows = await tx.connection.execute(
        select(month, func.count()).where(Session.status == SessionStatus.COMPLETED).group_by(month)
    )
    return [(name, count) for name, count in rows]


async def _count_ratings(tx: Transaction) -> int:
    return int(await tx.connection.scalar(select(func.sum(MentorProfile.rating_count))) or 0)


async def _count_overdue(tx: Transaction) -> int:
    statement = select(func.count()).select_from(Notification)
    overdue = statement.where(Notification.status == "waiting", Notification.next_at < tx.now)
    return int(await tx.connection.scalar(overdue) or 0)
