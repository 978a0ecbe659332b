"""Rules about trust: what one person may do to another, and what happens while nobody can act."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from mentorship.administration import moderation, setup
from mentorship.availability import slot_queries, timezone_change
from mentorship.errors import (
    LimitReached,
    MentorPaused,
    MentorshipError,
    NotAMember,
    NotAvailable,
    NotEnoughPoints,
    OwnCase,
    StillToSettle,
)
from mentorship.members import blocks
from mentorship.operations import erasure
from mentorship.points import adjustments, transfers
from mentorship.points.transfers import Recipient
from mentorship.sessions import (
    blocking,
    booking,
    departures,
    rescheduling,
    service_time,
)
from mentorship.sessions import clock as sessions_clock
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import attendance, disputes, reviews
from mentorship.sessions.lifecycle import Attendance
from mentorship.statuses import SessionStatus
from tests.mentorship.histories.model import ModelCheckedMachine, Policy, instant
from tests.mentorship.histories.towns import (
    GUILDS,
    MENTORS,
    PEOPLE,
    actor,
    moderating,
    moderator,
)

guilds = st.sampled_from(GUILDS)
mentees = st.sampled_from([4, 5, 6])
policies = st.builds(
    Policy,
    fee_percent=st.sampled_from([0, 15, 100]),
    late_refund_percent=st.sampled_from([0, 33, 100]),
    free_cancellation_until=st.sampled_from([0, 60, 1_440, 20_160]),
    cancellation_grace=st.sampled_from([0, 15, 60]),
)


class TrustRules(ModelCheckedMachine):
    """Erasures, changes of policy, downtimes, and offers that can be booked."""

    @rule(guild=guilds, policy=policies)
    def change_policy(self, guild: int, policy: Policy) -> None:
        """Change the guild's policy. The terms of sessions that are booked stay the same."""

        async def configure(tx: Any, chief: Any) -> None:
            await setup.configure(tx, chief, **asdict(policy))

        self.run(configure, moderator(guild))
        self.model.policies[guild] = policy

    @rule(guild=guilds, user_id=mentees)
    def erase_and_return(self, guild: int, user_id: int) -> None:
        """Erase a person, who comes back at once. That creates no points."""
        person = actor(user_id, guild)
        own = [
            number
            for number, record in self.model.sessions.items()
            if (record.guild, record.mentee) == (guild, user_id)
        ]
        try:
            self.run(erasure.erase, person)
        except StillToSettle:
            return
        for number in own:
            self.model.reviews.pop(number, None)
        self.model.balances[guild, user_id] = 0
        self.check_sessions()
        self.forget(guild, user_id)
        self.run(timezone_change.set_timezone, person, "Europe/London")

    @rule(hours=st.sampled_from([0.2, 1, 5, 26, 80]))
    def be_down(self, hours: float) -> None:
        """Stop the program for some hours. What people could not answer meanwhile isn't decided."""
        self.tick()
        stopped_at = self.now
        waiting = {
            row["id"]: row["status"]
            for row in self.rows("SELECT id, status, next_at FROM sessions")
            if row["next_at"] is not None and instant(row["next_at"]) > stopped_at
        }
        self.town.clock.now = stopped_at + timedelta(hours=hours)
        for _ in range(2):
            self.run(sessions_clock.advance)
            self.town.clock.now += timedelta(seconds=30)
        for row in self.rows("SELECT id, status, starts_at FROM sessions"):
            if row["id"] not in waiting or row["status"] == waiting[row["id"]]:
                continue
            change = (waiting[row["id"]], row["status"])
            # A request can't be confirmed after its start, and agreed sessions do begin.
            assert change in (("scheduled", "expired"), ("confirmed", "in_progress")), change
            assert instant(row["starts_at"]) <= self.now

    @rule(hours=st.sampled_from([-30, -1, 3, 26, 96]))
    def see_a_wrong_clock_once(self, hours: float) -> None:
        """Let the system's clock be wrong for one run of the job, which changes nothing."""
        self.tick()
        before = self.rows("SELECT id, status, next_at FROM sessions")
        right = self.now
        self.town.clock.now = right + timedelta(hours=hours)
        assert self.run(sessions_clock.advance) == 0
        self.town.clock.now = right
        after = self.rows("SELECT id, status, next_at FROM sessions")
        assert [tuple(row) for row in after] == [tuple(row) for row in before]

    @rule(guild=guilds, user_id=mentees, mentor_id=st.sampled_from(sorted(MENTORS)), data=st.data())
    def book_what_is_offered(self, guild: int, user_id: int, mentor_id: int, data: Any) -> None:
        """Any slot that a member is offered can be booked, if they can pay."""
        person = actor(user_id, guild)
        try:
            offered = self.read(slot_queries.list_bookable_slots, person, mentor_id)
        except MentorPaused:
            return
        if not offered.starts:
            return
        start = data.draw(st.sampled_from(offered.starts[:200]), "start")
        request = BookingRequest(mentor_id, start, offered.minutes)
        try:
            quote = self.read(booking.quote, person, request)
        except (NotEnoughPoints, LimitReached):
            return
        booked = self.run(booking.book, person, request)
        assert (booked.price, booked.starts_at) == (quote.price, start)

    @rule(guild=guilds, user_id=st.sampled_from(PEOPLE), grants=st.booleans())
    def move_own_points(self, guild: int, user_id: int, grants: bool) -> None:
        """Nobody grants points to themselves or deducts their own as a moderator."""
        move = adjustments.grant if grants else adjustments.deduct
        with pytest.raises(OwnCase):
            self.run(move, moderating(user_id, guild), Recipient(user_id), 1, "For me")

    @rule(guild=guilds, mentor_id=st.sampled_from(sorted(MENTORS)))
    def suspend_oneself(self, guild: int, mentor_id: int) -> None:
        """No moderator suspends or reinstates themselves."""
        oneself = moderating(mentor_id, guild)
        with pytest.raises(OwnCase):
            self.run(moderation.suspend, oneself, mentor_id, "-", cancel_sessions=True)
        self.run(moderation.suspend, moderator(guild), mentor_id, "-", cancel_sessions=False)
        with pytest.raises(OwnCase):
            self.run(moderation.reinstate, oneself, mentor_id)
        self.run(moderation.reinstate, moderator(guild), mentor_id)

    @precondition(lambda self: self.disputes())
    @rule(data=st.data())
    def resolve_own_dispute(self, data: Any) -> None:
        """Neither participant decides their dispute as a moderator."""
        number = data.draw(st.sampled_from(self.disputes()), "session")
        record = self.model.sessions[number]
        for person in (record.mentor, record.mentee):
            for resolution in disputes.RESOLUTIONS:
                with pytest.raises(OwnCase):
                    self.run(disputes.resolve, moderating(person, record.guild), number, resolution)

    @rule(guild=guilds, user_id=mentees, mentor_id=st.sampled_from(sorted(MENTORS)))
    def be_blocked_and_unblocked(self, guild: int, user_id: int, mentor_id: int) -> None:
        """A blocked member can't book or give, and is offered nothing that they could book."""
        mentor, member = actor(mentor_id, guild), actor(user_id, guild)
        self.run(blocking.block, mentor, BlockTarget(user_id))
        request = BookingRequest(mentor_id, self.now + timedelta(hours=50), 60)
        for use_case, argument in ((booking.quote, request), (booking.book, request)):
            with pytest.raises(NotAvailable):
                self.run(use_case, member, argument)
        with pytest.raises(NotAvailable):
            self.run(transfers.give, member, Recipient(mentor_id), 1)
        pending = [
            number
            for number, record in self.model.sessions.items()
            if (record.guild, record.mentor, record.mentee) == (guild, mentor_id, user_id)
            and record.status is SessionStatus.SCHEDULED
            and record.starts_at > self.now
        ]
        assert pending == []
        self.run(blocks.unblock, mentor, user_id)

    @rule(guild=guilds, user_id=mentees, data=st.data())
    def act_after_leaving(self, guild: int, user_id: int, data: Any) -> None:
        """Whoever has left the server can't do anything new from their old messages."""
        self.run(departures.record_departure, guild, user_id)
        outside = replace(actor(user_id, guild), outside_guild=True)
        own = [
            number
            for number, record in self.model.sessions.items()
            if (record.guild, record.mentee) == (guild, user_id)
        ]
        request = BookingRequest(1, self.now + timedelta(hours=50), 60)
        with pytest.raises(NotAMember):
            self.run(booking.book, outside, request)
        if own:
            number = data.draw(st.sampled_from(own), "session")
            for use_case, arguments in (
                (reviews.rate, (5, "Great")),
                (attendance.report, (Attendance.NO_SHOW,)),
                (rescheduling.propose, (self.now + timedelta(hours=50),)),
            ):
                # Or another refusal, where nobody could do that any more.
                with pytest.raises(MentorshipError):
                    self.run(use_case, outside, number, *arguments)
        self.run(timezone_change.set_timezone, actor(user_id, guild), "Europe/London")

    def disputes(self) -> list[int]:
        return [
            number
            for number, record in self.model.sessions.items()
            if record.status is SessionStatus.DISPUTED
        ]

    def tick(self) -> None:
        """Note that the program has run until now."""
        self.run(service_time.tick, timedelta(days=10_000))
