"""A guild and its members, set up through the use cases as they would do it themselves."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, func, select, union_all, update

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import editor, timezone_change
from mentorship.delivery import outbox, outcomes
from mentorship.errors import Limit
from mentorship.guilds import guild_settings
from mentorship.guilds.setting_limits import MAX_LIMIT
from mentorship.members import members
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import WAITING
from mentorship.operations import reconciliation
from mentorship.operations.reconciliation import FaultKind
from mentorship.points import ledger
from mentorship.points.ledger import Cause
from mentorship.sessions import booking, rescheduling, session_views, transitions
from mentorship.sessions import clock as sessions_clock
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import attendance, disputes, questions
from mentorship.sessions.lifecycle import Action, Attendance
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from storage.tables import (
    Account,
    GroupSession,
    HelpRequest,
    Installation,
    Invitation,
    Member,
    Notification,
    Session,
    Table,
)
from storage.types import UtcDateTime
from tests.conftest import Clock

GUILD, OTHER_GUILD = 10, 20
REVIEW_CHANNEL = 11
BIO = "Ten years of other people's Python, and glad to explain it."

TUESDAY_NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
"""A day after the tests' clock starts: the start of sessions whose time does not matter."""

MAIN_APP = 3
"""Who has made the grants with which people begin."""

HIGH_LIMITS = {limit.value: MAX_LIMIT for limit in Limit}
"""Settings for tests in which people do more than a guild allows by default."""


@dataclass
class Community:
    """A guild and its members. Mentors are available day and night by default."""

    db: Database
    clock: Clock
    guild_id: int = GUILD
    chief: Actor = field(init=False)
    _ids: itertools.count[int] = field(init=False)

    def __post_init__(self) -> None:
        self.chief = Actor(1, "Chief", self.guild_id, manages_guild=True)
        self._ids = itertools.count(self.guild_id * 100 + 1)

    async def configure(self, **settings: Any) -> None:
        """Configure the guild, with a review channel, so that members can apply."""
        changes = {"review_channel_id": REVIEW_CHANNEL} | settings
        await self.db.run(setup.configure, self.chief, **changes)

    async def member(
        self, name: str, *, zone: str | None = "America/New_York", points: int = 0
    ) -> Actor:
        """Create a member, with a time zone and points."""
        person = Actor(next(self._ids), name, self.guild_id)
        if zone is not None:
            await self.db.run(timezone_change.set_timezone, person, zone)
        if points:
            await self.grant(person, points)
        return person

    async def join(self, person: Actor, *, points: int = 0) -> Actor:
        """Return a member of another guild as a member of this one."""
        member = replace(person, guild_id=self.guild_id)
        await self.db.run(timezone_change.set_timezone, member, "America/New_York")
        if points:
            await self.grant(member, points)
        return member

    async def grant(self, person: Actor, amount: int) -> None:
        """Grant points without a notification or an entry in the audit log."""
        await self.db.run(grant_silently, person, amount)

    async def applicant(
        self, name: str, *, zone: str = "Europe/London", rate: int = 60
    ) -> tuple[Actor, ApplicationView]:
        """Create a member with a pending application."""
        person = await self.member(name, zone=zone)
        content = ProfileContent(["python"], rate, BIO)
        return person, await self.db.run(applications.apply, person, content)

    async def mentor(
        self,
        name: str,
        *,
        zone: str = "Europe/London",
        rate: int = 60,
        hours: str = "daily 0:00-24:00",
        **limits: Any,
    ) -> Actor:
        """Create an approved mentor with weekly hours, and limits as in `editor.set_limits`."""
        person, application = await self.applicant(name, zone=zone, rate=rate)
        await self.db.run(application_review.decide, self.chief, application.id, Decision.APPROVED)
        await self.db.run(editor.set_weekly, person, hours)
        if limits:
            await self.db.run(editor.set_limits, person, **limits)
        return person

    async def book(
        self,
        mentee: Actor,
        mentor: Actor,
        start: datetime = TUESDAY_NOON,
        minutes: int = 60,
        **more: Any,
    ) -> SessionView:
        request = BookingRequest(mentor.user_id, start, minutes, **more)
        return await self.db.run(booking.book, mentee, request)

    async def session(
        self,
        status: SessionStatus,
        mentee: Actor,
        mentor: Actor,
        start: datetime = TUESDAY_NOON,
        minutes: int = 60,
    ) -> SessionView:
        """Create a session with this status. The clock advances where that needs it."""
        request = await self.book(mentee, mentor, start, minutes)
        if status is SessionStatus.EXPIRED:
            assert request.answer_deadline is not None
            await self.wait_until(request.answer_deadline)
        elif status is SessionStatus.DECLINED:
            await self.db.run(transitions.decline, mentor, request.id)
        elif status is SessionStatus.CANCELLED:
            await self.db.run(transitions.cancel, mentee, request.id)
        elif status is not SessionStatus.SCHEDULED:
            await self.db.run(transitions.confirm, mentor, request.id)
            if status is not SessionStatus.CONFIRMED:
                await self.wait_until(start)
            if status is SessionStatus.COMPLETED:
                await self.db.run(attendance.report, mentee, request.id, Attendance.MET)
            if status in (SessionStatus.NO_SHOW, SessionStatus.DISPUTED, SessionStatus.REFUNDED):
                await self.wait_until(request.ends_at)
                await self.db.run(attendance.report, mentee, request.id, Attendance.NO_SHOW)
            if status is SessionStatus.NO_SHOW:
                await self.wait_until((await self.reload(request)).next_at or request.ends_at)
            if status in (SessionStatus.DISPUTED, SessionStatus.REFUNDED):
                await self.db.run(attendance.report, mentor, request.id, Attendance.MET)
            if status is SessionStatus.REFUNDED:
                await self.db.run(disputes.resolve, self.chief, request.id, Action.REFUND)
        session = await self.reload(request)
        assert session.status is status
        return session

    async def wait_until(self, then: datetime) -> None:
        """Let time pass as if the program ran all the while.

        Each transition is made when it is due, and questions about attendance arrive when they are.
        """
        while True:
            steps, due = await self.db.run(live_for_a_moment)
            if self.clock.now >= then and not steps:
                return
            self.clock.now = max(self.clock.now, min(due or then, then))

    async def reload(self, session: SessionView) -> SessionView:
        """Load the session again."""
        return await self.db.read(session_views.load, session.id)

    async def balance(self, person: Actor) -> int:
        return await self.db.read(ledger.load_balance, person)

    async def escrow_balance(self, session: SessionView) -> int:
        """Return the points in a session's escrow account."""

        async def query_rows(tx: Transaction) -> int:
            query = select(Account.balance).where(Account.session_id == session.id)
            return await tx.connection.scalar(query) or 0

        return await self.db.read(query_rows)

    async def notifications(self, *kinds: NotificationKind) -> Sequence[Row[*tuple[Any, ...]]]:
        """List the rows of the outbox, of all or some kinds, by due time."""

        async def query_rows(tx: Transaction) -> Sequence[Row[*tuple[Any, ...]]]:
            query = select(*Notification.__table__.c).where(
                Notification.kind.in_(kinds or list(NotificationKind))
            )
            return (
                await tx.connection.execute(query.order_by(Notification.due_at, Notification.id))
            ).all()

        return await self.db.read(query_rows)

    async def deliver(self, person: Actor | None = None) -> list[NotificationKind]:
        """Deliver everything that is due, in all guilds. Returns what `person` got."""
        kinds = []
        while claimed := await self.db.run(outbox.claim_due):
            await self.db.run(outcomes.record, [outcomes.sent(each, 7, 8) for each in claimed])
            kinds += [each.kind for each in claimed if person and each.user_id == person.user_id]
        return kinds

    async def notified_kinds(self, person: Actor, *kinds: NotificationKind) -> list[str]:
        """List the kinds of a person's notifications that wait or were sent."""
        return [
            row.kind
            for row in await self.notifications(*kinds)
            if row.user_id == person.user_id and row.status != "dropped"
        ]

    async def set_rank(self, person: Actor, rank: int) -> None:
        """Set a member's rank, as the main app does."""

        async def update_rank(tx: Transaction) -> None:
            is_person = (Member.guild_id == self.guild_id, Member.user_id == person.user_id)
            await tx.connection.execute(update(Member).where(*is_person).values(rank=rank))

        await self.db.run(update_rank)

    async def dump(self) -> dict[str, Any]:
        """Return every row of every table, to compare with a later state.

        Without the row of `installation`, which belongs to no guild and is always there.
        """

        async def query_rows(tx: Transaction) -> dict[str, Any]:
            return {
                table.name: (await tx.connection.execute(select(table))).all()
                for table in Table.metadata.sorted_tables
                if table.name != Installation.__tablename__
            }

        return await self.db.read(query_rows)

    async def count(self, table: type[Table]) -> int:
        async def query_rows(tx: Transaction) -> int:
            query = select(func.count()).select_from(table)
            return (await tx.connection.execute(query)).scalar_one()

        return await self.db.read(query_rows)


def _report_attendance(report: Attendance) -> Any:
    async def use_case(tx: Transaction, actor: Actor, session_id: int) -> Any:
        return await attendance.report(tx, actor, session_id, report)

    return use_case


async def _propose(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    session = await session_views.load_for_participant(tx, actor, session_id)
    start = session.starts_at + timedelta(hours=1)
    return await rescheduling.propose(tx, actor, session_id, start, seen=session.times)


USE_CASES: dict[Action, Any] = {
    Action.CONFIRM: transitions.confirm,
    Action.DECLINE: transitions.decline,
    Action.PROPOSE: _propose,
    Action.ACCEPT_PROPOSAL: rescheduling.accept,
    Action.DECLINE_PROPOSAL: rescheduling.decline,
    Action.WITHDRAW_PROPOSAL: rescheduling.withdraw,
    Action.CANCEL: transitions.cancel,
    Action.REPORT_MET: _report_attendance(Attendance.MET),
    Action.REPORT_NO_SHOW: _report_attendance(Attendance.NO_SHOW),
    Action.CONCEDE: disputes.concede,
}
"""The use case of each action that a person can take on a session."""


_NEXT_TRANSITIONS = union_all(
    *(select(func.min(table.next_at)) for table in (Session, GroupSession, Invitation, HelpRequest))
)


async def next_transition(tx: Transaction) -> datetime | None:
    """Return when the clock acts on any session or offer next, None if it never does."""
    due = await tx.connection.scalars(_NEXT_TRANSITIONS)
    return min(filter(None, due), default=None)


async def live_for_a_moment(
    tx: Transaction, next_due: Callable[[Transaction], Awaitable[datetime | None]] = next_transition
) -> tuple[int, datetime | None]:
    """Deliver the questions about attendance that are due, and let the clock act.

    Returns how many steps that were, and when the clock acts next.
    """
    steps = await deliver_questions(tx) + await sessions_clock.advance_due(tx)
    return steps, await next_due(tx)


async def deliver_questions(tx: Transaction) -> int:
    """Record the due questions about attendance as sent when they were due; return how many."""
    return (await tx.connection.execute(_DELIVER_QUESTIONS, {"now": tx.now})).rowcount


_DELIVER_QUESTIONS = (
    update(Notification)
    .where(
        Notification.kind.in_(questions.ATTENDANCE_QUESTIONS),
        WAITING,
        Notification.urgency.in_(list(outbox.new_turns())),
        Notification.next_at <= bindparam("now", type_=UtcDateTime),
    )
    .values(status="sent", settled_at=Notification.due_at)
)


async def grant_silently(tx: Transaction, person: Actor, amount: int) -> None:
    """Grant points without a notification or an entry in the audit log."""
    guild = await guild_settings.load_or_create(tx, person.guild)
    await members.record(tx, person)
    account, _ = await ledger.load_or_open_account(tx, guild, person.user_id)
    source, _ = await ledger.load_issuance(tx, guild.id)
    await ledger.transfer(
        tx,
        guild.id,
        debit=source,
        credit=account,
        amount=amount,
        cause=Cause.GRANT,
        made_by=MAIN_APP,
    )


async def assert_ledger_consistent(tx: Transaction) -> None:
    """Assert that the ledger and the ratings have no faults, as `mentorbot check` does.

    Mentors who were given a rating without any review are left out: searches need only that.
    """
    assert [
        fault
        for fault in (
            *(await reconciliation.check(tx)).faults,
            *await reconciliation.check_ratings(tx),
            *await reconciliation.check_seats(tx),
            *await reconciliation.check_tips(tx),
        )
        if fault.kind is not FaultKind.MORE
        and (fault.kind is not FaultKind.RATING_OFF_REVIEWS or fault.facts["people"])
    ] == []


def hours(number: float) -> timedelta:
    return timedelta(hours=number)
