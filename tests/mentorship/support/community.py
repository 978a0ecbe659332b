"""A guild and its people, arranged as they would arrange themselves: through the use cases."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, update

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import editor, timezone_change
from mentorship.guilds import guild_settings
from mentorship.members import members
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import reconciliation
from mentorship.points import ledger
from mentorship.points.ledger import Cause
from mentorship.sessions import booking, disputes, rescheduling, session_views, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.lifecycle import Action, Attendance
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from storage.tables import Account, Member, Notification, Table
from tests.conftest import Clock

GUILD, OTHER_GUILD = 10, 20
REVIEW_CHANNEL = 11
BIO = "Ten years of other people's Python, and glad to explain it."

TUESDAY_NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
"""A day after the tests' clock begins: where a session is when its time does not matter."""


@dataclass
class Community:
    """One guild's people. A mentor is open day and night unless told otherwise."""

    db: Database
    clock: Clock
    guild_id: int = GUILD
    chief: Actor = field(init=False)
    _ids: itertools.count[int] = field(init=False)

    def __post_init__(self) -> None:
        self.chief = Actor(1, "Chief", self.guild_id, manages_guild=True)
        self._ids = itertools.count(self.guild_id * 100 + 1)

    async def settle(self, **settings: Any) -> None:
        """Set the guild up, so that people can apply there."""
        wanted = {"review_channel_id": REVIEW_CHANNEL} | settings
        await self.db.run(setup.configure, self.chief, **wanted)

    async def member(
        self, name: str, *, zone: str | None = "America/New_York", points: int = 0
    ) -> Actor:
        """Somebody new, with a time zone and some points."""
        person = Actor(next(self._ids), name, self.guild_id)
        if zone is not None:
            await self.db.run(timezone_change.set_timezone, person, zone)
        if points:
            await self.grant(person, points)
        return person

    async def comes_too(self, person: Actor, *, points: int = 0) -> Actor:
        """Somebody of another guild who is in this one as well."""
        here = replace(person, guild_id=self.guild_id)
        await self.db.run(timezone_change.set_timezone, here, "America/New_York")
        if points:
            await self.grant(here, points)
        return here

    async def grant(self, person: Actor, amount: int) -> None:
        """Points from before the story, of which nobody hears now."""
        await self.db.run(endow, person, amount)

    async def applicant(
        self, name: str, *, zone: str = "Europe/London", rate: int = 60
    ) -> tuple[Actor, ApplicationView]:
        """Somebody whose application waits."""
        person = await self.member(name, zone=zone)
        wanted = ProfileContent(["python"], rate, BIO)
        return person, await self.db.run(applications.apply, person, wanted)

    async def mentor(
        self,
        name: str,
        *,
        zone: str = "Europe/London",
        rate: int = 60,
        hours: str = "daily 0:00-24:00",
        **limits: Any,
    ) -> Actor:
        """Somebody who applied, was approved and set their hours; limits as `set_limits` has."""
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
        """A session that has come as far as `status`; the clock goes along where it must."""
        asked = await self.book(mentee, mentor, start, minutes)
        if status is SessionStatus.EXPIRED:
            assert asked.answer_deadline is not None
            await self.wait_until(asked.answer_deadline)
        elif status is SessionStatus.DECLINED:
            await self.db.run(transitions.decline, mentor, asked.id)
        elif status is SessionStatus.CANCELLED:
            await self.db.run(transitions.cancel, mentee, asked.id)
        elif status is not SessionStatus.SCHEDULED:
            await self.db.run(transitions.confirm, mentor, asked.id)
            if status is not SessionStatus.CONFIRMED:
                await self.wait_until(start)
            if status is SessionStatus.COMPLETED:
                await self.db.run(transitions.report_attendance, mentee, asked.id, Attendance.MET)
            if status in (SessionStatus.NO_SHOW, SessionStatus.DISPUTED, SessionStatus.REFUNDED):
                await self.wait_until(asked.ends_at)
                await self.db.run(
                    transitions.report_attendance, mentee, asked.id, Attendance.NO_SHOW
                )
            if status is SessionStatus.NO_SHOW:
                await self.wait_until((await self.look(asked)).next_at or asked.ends_at)
            if status in (SessionStatus.DISPUTED, SessionStatus.REFUNDED):
                await self.db.run(transitions.report_attendance, mentor, asked.id, Attendance.MET)
            if status is SessionStatus.REFUNDED:
                await self.db.run(disputes.settle, self.chief, asked.id, Action.REFUND)
        found = await self.look(asked)
        assert found.status is status
        return found

    async def wait_until(self, then: datetime) -> None:
        """Let time pass, and do what it brings about."""
        self.clock.now = then
        while await self.db.run(transitions.advance_due):
            pass

    async def look(self, session: SessionView) -> SessionView:
        """The session as it is now."""
        return await self.db.read(session_views.load, session.id)

    async def balance(self, person: Actor) -> int:
        return await self.db.read(ledger.balance, person)

    async def held(self, session: SessionView) -> int:
        """What lies in a session's escrow."""

        async def look(tx: Transaction) -> int:
            query = select(Account.balance).where(Account.session_id == session.id)
            return await tx.connection.scalar(query) or 0

        return await self.db.read(look)

    async def notices(self, *kinds: NotificationKind) -> Sequence[Row[*tuple[Any, ...]]]:
        """What lies in the outbox, of some kinds or all, by when it is due."""

        async def look(tx: Transaction) -> Sequence[Row[*tuple[Any, ...]]]:
            query = select(*Notification.__table__.c).where(
                Notification.kind.in_(kinds or list(NotificationKind))
            )
            return (
                await tx.connection.execute(query.order_by(Notification.due_at, Notification.id))
            ).all()

        return await self.db.read(look)

    async def told(self, person: Actor, *kinds: NotificationKind) -> list[str]:
        """Of what kind the notices to a person are that wait or went out."""
        return [
            row.kind
            for row in await self.notices(*kinds)
            if row.user_id == person.user_id and row.status != "dropped"
        ]

    async def give_rank(self, person: Actor, rank: int) -> None:
        """As the main app does."""

        async def push(tx: Transaction) -> None:
            mine = (Member.guild_id == self.guild_id, Member.user_id == person.user_id)
            await tx.connection.execute(update(Member).where(*mine).values(rank=rank))

        await self.db.run(push)

    async def everything(self) -> dict[str, Any]:
        """Every row of every table: to be compared with itself later."""

        async def look(tx: Transaction) -> dict[str, Any]:
            return {
                table.name: (await tx.connection.execute(select(table))).all()
                for table in Table.metadata.sorted_tables
            }

        return await self.db.read(look)

    async def count(self, table: type[Table]) -> int:
        async def look(tx: Transaction) -> int:
            query = select(func.count()).select_from(table)
            return (await tx.connection.execute(query)).scalar_one()

        return await self.db.read(look)


def _saying(word: Attendance) -> Any:
    async def said(tx: Transaction, actor: Actor, session_id: int) -> Any:
        return await transitions.report_attendance(tx, actor, session_id, word)

    return said


async def _propose(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    session = await session_views.load_for_participant(tx, actor, session_id)
    return await rescheduling.propose(tx, actor, session_id, session.starts_at + timedelta(hours=1))


ACTS: dict[Action, Any] = {
    Action.CONFIRM: transitions.confirm,
    Action.DECLINE: transitions.decline,
    Action.PROPOSE: _propose,
    Action.ACCEPT_PROPOSAL: rescheduling.accept,
    Action.DECLINE_PROPOSAL: rescheduling.keep,
    Action.WITHDRAW_PROPOSAL: rescheduling.withdraw,
    Action.CANCEL: transitions.cancel,
    Action.REPORT_MET: _saying(Attendance.MET),
    Action.REPORT_NO_SHOW: _saying(Attendance.NO_SHOW),
}
"""What a person can do to a session, by the use case that does it."""


async def endow(tx: Transaction, person: Actor, amount: int) -> None:
    """Let somebody have had points for long: without a notice, and nothing in the audit log."""
    guild = await guild_settings.load_or_create(tx, person.guild)
    await members.record(tx, person)
    account, _ = await ledger.account_of(tx, guild, person.user_id)
    source, _ = await ledger.issuance(tx, guild.id)
    await ledger.transfer(
        tx, guild.id, debit=source, credit=account, amount=amount, cause=Cause.GRANT
    )


async def books_balance(tx: Transaction) -> None:
    """What `mentorbot check` says of the points, which is to be nothing. Raises AssertionError."""
    assert (await reconciliation.check(tx)).faults == ()


def hours(number: float) -> timedelta:
    return timedelta(hours=number)
