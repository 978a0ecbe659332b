"""Rules about trust: what one person may do to another, and what happens while nobody can act."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from mentorship.administration import setup
from mentorship.availability import slot_queries, timezone_change
from mentorship.errors import LimitReached, MentorPaused, NotEnoughPoints, StillToSettle
from mentorship.operations import erasure
from mentorship.sessions import booking, service_time
from mentorship.sessions.booking import BookingRequest
from tests.mentorship.histories.model import ModelCheckedMachine, Policy, instant
from tests.mentorship.histories.towns import GUILDS, MENTORS, actor, moderator

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
        try:
            self.run(erasure.erase, person)
        except StillToSettle:
            return
        self.model.balances[guild, user_id] = 0
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
            self.run(service_time.advance)
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
        assert self.run(service_time.advance) == 0
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

    def tick(self) -> None:
        """Note that the program has run until now."""
        self.run(service_time.tick, timedelta(days=10_000))
