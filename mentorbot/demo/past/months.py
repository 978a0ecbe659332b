"""Plays the past months: the bot's own use cases, each at its time.

Nobody sees the notifications of these months, so they are recorded as sent instead of being
delivered one by one, which would take a minute.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import ParamSpec

from sqlalchemy import or_, select, update

from mentorbot.demo.clock import SimulatedClock
from mentorbot.demo.past.people import REGULARS, Regular
from mentorbot.demo.past.plans import FIRST_MONDAY, LAST_MONDAY, Outcome, Plan
from mentorbot.demo.past.searches import UnmetSearch, plan_searches
from mentorbot.demo.simulated_discord import SimulatedServer
from mentorship.actors import Actor
from mentorship.availability import slot_queries, timezone_change
from mentorship.points import adjustments
from mentorship.points.transfers import Recipient
from mentorship.search import unmet
from mentorship.sessions import booking, transitions
from mentorship.sessions import clock as sessions_clock
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import attendance, reviews, thanks
from mentorship.sessions.lifecycle import Attendance
from mentorship.sessions.session_views import SessionView
from mentorship.time.intervals import Span
from storage import Database, Transaction
from storage.tables import Notification, Participant

WELCOME_POINTS, ROUND_POINTS = 250, 300
"""What a regular member is granted when they join, and every eight weeks."""

_ROUND_REASON = "Community round: thank you for helping others"

_NOTICE = timedelta(hours=14)
"""The shortest time between a request and its session."""

_BOOKED_AHEAD = timedelta(days=9)

_CLAIM = timedelta(hours=24, minutes=5)
"""When a no-show that nobody contests takes effect, after the report."""

P = ParamSpec("P")
Act = Callable[[], Awaitable[None]]


class PastMonths:
    """What the regular members have done, played up to a moment at a time.

    `moderator` is the key of the person who grants points.
    """

    def __init__(
        self,
        server: SimulatedServer,
        db: Database,
        clock: SimulatedClock,
        moderator: str,
        plans: Sequence[Plan],
    ) -> None:
        self._server, self._db, self._clock = server, db, clock
        self._moderator = moderator
        self._members: list[Regular] = []
        self._acts: list[tuple[datetime, int, Act]] = []
        self._numbers = itertools.count()
        for regular in REGULARS:
            self._add(datetime.combine(regular.joined_on, time(6), UTC), self._join, regular)
        for week in range(0, (LAST_MONDAY - FIRST_MONDAY).days // 7 + 1, 8):
            monday = FIRST_MONDAY + timedelta(weeks=week)
            self._add(datetime.combine(monday, time(5), UTC), self._grant_round)
        for plan in plans:
            self._add(plan.requested_at, self._book, plan)
        for search in plan_searches() if plans else ():
            self._add(search.at, self._search, search)

    async def play_until(self, moment: datetime) -> None:
        """Do what happens before `moment`, and leave the clock at the last of it."""
        while self._acts and self._acts[0][0] < moment:
            at, _, act = heapq.heappop(self._acts)
            await self._clock.jump_to(at)
            await act()
        await self._record_as_sent()

    def _add(
        self, at: datetime, act: Callable[P, Awaitable[None]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        due: tuple[datetime, int, Act] = (at, next(self._numbers), partial(act, *args, **kwargs))
        heapq.heappush(self._acts, due)

    async def _join(self, regular: Regular) -> None:
        self._server.add_member(regular.key, regular.name, colour=regular.colour)
        self._members.append(regular)
        actor = self._server.actor(regular.key)
        await self._db.run(timezone_change.set_timezone, actor, regular.zone)
        await self._grant(regular, WELCOME_POINTS, "Welcome! You helped in #general")

    async def _grant_round(self) -> None:
        for regular in self._members:
            await self._grant(
                regular, ROUND_POINTS, "Community round: thank you for helping others"
            )

    async def _grant(self, regular: Regular, amount: int, reason: str) -> None:
        recipient = Recipient(self._server.actor(regular.key).user_id, regular.name)
        moderator = self._server.actor(self._moderator)
        await self._db.run(adjustments.grant, moderator, recipient, amount, reason)

    async def _search(self, search: UnmetSearch) -> None:
        """Search for what nobody offers."""
        member = self._server.actor(search.member)
        if search.wanted is None:
            await self._db.run(unmet.record_unmet, member, search.expertise)
        else:
            mentor_id = self._server.actor(search.mentor).user_id
            span = Span(search.wanted, search.wanted + timedelta(hours=1))
            await self._db.run(unmet.record_vain, member, mentor_id, span)

    async def _book(self, plan: Plan) -> None:
        """Book the planned one of the mentor's open slots."""
        mentee, mentor = self._server.actor(plan.mentee), self._server.actor(plan.mentor)
        session = await self._db.run(_book, mentee, mentor.user_id, plan)
        latest = session.starts_at - timedelta(hours=2)
        answer_at = min(self._clock.now() + plan.answer_after, latest)
        self._add(answer_at, self._answer, plan, session)

    async def _answer(self, plan: Plan, session: SessionView) -> None:
        """Confirm or decline the request, and plan what follows."""
        mentor = self._server.actor(plan.mentor)
        if plan.outcome is Outcome.DECLINED:
            await self._db.run(
                transitions.decline, mentor, session.id, "I can't that day. Try next week?"
            )
            return
        await self._db.run(transitions.confirm, mentor, session.id)
        cancelled_at = session.starts_at - {
            Outcome.CANCELLED_LATE: timedelta(hours=1),
            Outcome.CANCELLED: timedelta(hours=30),
            Outcome.CANCELLED_BY_MENTOR: timedelta(hours=27),
        }.get(plan.outcome, timedelta(0))
        if cancelled_at < session.starts_at:
            at = max(cancelled_at, self._clock.now() + timedelta(minutes=30))
            self._add(at, self._cancel, plan, session)
        else:
            self._add(session.ends_at + plan.report_after, self._finish, plan, session)

    async def _cancel(self, plan: Plan, session: SessionView) -> None:
        by_mentor = plan.outcome is Outcome.CANCELLED_BY_MENTOR
        actor = self._server.actor(plan.mentor if by_mentor else plan.mentee)
        reason = "Something came up at work." if by_mentor else "I solved it, thank you!"
        await self._db.run(transitions.cancel, actor, session.id, reason)

    async def _finish(self, plan: Plan, session: SessionView) -> None:
        """Report attendance for a session that is over, and rate it."""
        is_no_show = plan.outcome is Outcome.NO_SHOW
        reporter = self._server.actor(plan.mentor if is_no_show else plan.mentee)
        await self._db.run(_finish, reporter, session.id, plan)
        if is_no_show:
            await self._record_as_sent()
            self._add(self._clock.now() + _CLAIM, self._advance)

    async def _advance(self) -> None:
        await self._db.run(sessions_clock.advance_due)

    async def _record_as_sent(self) -> None:
        people = [self._server.actor(regular.key).user_id for regular in self._members]
        await self._db.run(_record_as_sent, people)


# Use cases that follow each other at once are one transaction, which is faster.


async def _book(tx: Transaction, mentee: Actor, mentor_id: int, plan: Plan) -> SessionView:
    """Book the planned one of the mentor's open slots."""
    slots = await slot_queries.suggest_slots(tx, mentee, mentor_id, minutes=plan.minutes, limit=500)
    soonest = tx.now + _NOTICE
    starts = [start for start in slots.starts if soonest <= start < soonest + _BOOKED_AHEAD]
    start = starts[int(plan.slot * len(starts))]
    request = BookingRequest(mentor_id, start, plan.minutes, plan.topic)
    return await booking.book(tx, mentee, request)


async def _finish(tx: Transaction, reporter: Actor, session_id: int, plan: Plan) -> None:
    """Start the session if it hasn't, report attendance, and rate and thank if that is planned."""
    await sessions_clock.advance_due(tx)
    if plan.outcome is Outcome.NO_SHOW:
        await attendance.report(tx, reporter, session_id, Attendance.NO_SHOW)
        return
    await attendance.report(tx, reporter, session_id, Attendance.MET)
    if plan.stars:
        await reviews.rate(tx, reporter, session_id, plan.stars, plan.review)
    if plan.thanks:
        await thanks.send(tx, reporter, session_id, plan.thanks, plan.tip)


async def _record_as_sent(tx: Transaction, people: list[int]) -> None:
    """Record the notifications that are due as sent: to these people, and about their sessions."""
    sessions = select(Participant.session_id).where(Participant.user_id.in_(people))
    await tx.connection.execute(
        update(Notification)
        .where(
            Notification.status == "waiting",
            Notification.next_at <= tx.now,
            or_(Notification.user_id.in_(people), Notification.session_id.in_(sessions)),
        )
        .values(status="sent", settled_at=tx.now)
    )
