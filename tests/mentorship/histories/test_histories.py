"""Random histories of everything that people, moderators and the clock can do.

`tests.mentorship.histories.model` checks the database after each step.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from mentorship.administration import moderation
from mentorship.errors import (
    BalanceTooLow,
    BlockedByYou,
    GiftToOneself,
    MentorPaused,
    NotAllowedNow,
    NotAMentor,
    NotAvailable,
    NotEnoughPoints,
    NotYours,
    Obstacle,
    OwnProfile,
    RatingClosed,
    RecipientNotAMember,
    SlotUnavailable,
)
from mentorship.mentors import profiles
from mentorship.points import adjustments, transfers
from mentorship.points.transfers import Recipient
from mentorship.sessions import booking, departures, session_views, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import disputes, reviews, thanks
from mentorship.sessions.lifecycle import Action
from mentorship.statuses import SessionStatus
from storage.migrations import upgrade
from tests.mentorship.histories.model import ModelCheckedMachine, ReviewRecord
from tests.mentorship.histories.offers import OfferRules
from tests.mentorship.histories.relationships import RelationshipRules
from tests.mentorship.histories.towns import (
    GUILDS,
    MENTORS,
    PEOPLE,
    FileTown,
    ServerTown,
    Town,
    actor,
    moderator,
)
from tests.mentorship.histories.trust import TrustRules
from tests.mentorship.support.community import (
    GUILD,
    OTHER_GUILD,
    USE_CASES,
    live_for_a_moment,
)
from tests.storage.on_postgresql.server import PostgresServer

guilds = st.sampled_from(GUILDS)
people = st.sampled_from(PEOPLE)
mentors = st.sampled_from(sorted(MENTORS))
amounts = st.sampled_from([1, 3, 10, 40, 300])


_POINTS = (adjustments.grant, transfers.give, adjustments.deduct)


class Histories(RelationshipRules, TrustRules):
    """The rules: what people, moderators and the clock can do."""

    # --- booking and what follows ---

    @initialize(first=st.sampled_from([4, 5]), other_id=mentors, hours=st.sampled_from([1, 25, 30]))
    def book_first_sessions(self, first: int, other_id: int, hours: int) -> None:
        """Book three sessions, so that every history has some to act on."""
        for guild, user_id, later in ((GUILD, first, 0), (OTHER_GUILD, 6, 2), (GUILD, 6, 4)):
            self.book(guild, user_id, other_id, hours + later, 60, True)

    @rule(
        guild=guilds,
        user_id=people,
        other_id=mentors,
        ahead=st.sampled_from([1, 1, 2, 3, 25, 26, 30]),
        minutes=st.sampled_from([30, 60]),
        agreed=st.sampled_from([True, True, True, False]),
    )
    def book(
        self, guild: int, user_id: int, other_id: int, ahead: int, minutes: int, agreed: bool
    ) -> None:
        start = self.now.replace(minute=0, second=0) + timedelta(hours=ahead)
        price = (MENTORS[other_id] * minutes * 2 + 60) // 120
        balance = self.model.balances[guild, user_id]
        request = BookingRequest(other_id, start, minutes)
        try:
            booked = self.run(booking.book, actor(user_id, guild), request)
        except OwnProfile:
            assert user_id == other_id
        except NotEnoughPoints:
            assert balance < price
        except SlotUnavailable:
            pass
        except MentorPaused:
            self.run(profiles.resume, actor(other_id, guild))
        else:
            assert user_id != other_id
            assert booked.price == price <= balance
            if agreed:
                self.run(transitions.confirm, actor(other_id, guild), booked.id)

    @precondition(lambda self: self.live())
    @rule(data=st.data())
    def take_action(self, data: Any) -> None:
        """Let a participant do what they are offered, or try something else."""
        self.take_action_on(data.draw(st.sampled_from(self.live()), "session"), data)

    def take_action_on(self, number: int, data: Any) -> None:
        record = self.model.sessions[number]
        before = self.read(session_views.load, number)
        participants = (record.mentor, record.mentee)
        offered = [
            (person, action)
            for person in participants
            for action in before.actions(person, self.now)
        ]
        all_actions = [(person, action) for person in participants for action in USE_CASES]
        user_id, action = data.draw(st.sampled_from(offered * 3 + all_actions), "action")
        try:
            self.run(USE_CASES[action], actor(user_id, record.guild), number)
        except NotAllowedNow:
            assert (user_id, action) not in offered
        except (SlotUnavailable, MentorPaused, NotAMentor):
            assert action is Action.PROPOSE
        else:
            assert (user_id, action) in offered

    @precondition(lambda self: self.live())
    @rule(hours=st.sampled_from([0.25, 1]), data=st.data())
    def take_action_after_the_start(self, hours: float, data: Any) -> None:
        """Let a participant act on a session that has started or is over."""
        number = data.draw(st.sampled_from(self.live()), "session")
        self.advance_clock_to(self.model.sessions[number].starts_at + timedelta(hours=hours))
        if number in self.live():
            self.take_action_on(number, data)

    @precondition(lambda self: self.in_status(SessionStatus.DISPUTED))
    @rule(data=st.data(), action=st.sampled_from([Action.PAY, Action.REFUND, Action.SPLIT]))
    def resolve_dispute(self, data: Any, action: Action) -> None:
        number = data.draw(st.sampled_from(self.in_status(SessionStatus.DISPUTED)), "session")
        self.decided = action
        self.run(disputes.resolve, moderator(self.model.sessions[number].guild), number, action)
        self.decided = None

    @rule(hours=st.sampled_from([0.5, 1, 1, 2, 6, 24]))
    def advance_clock(self, hours: float) -> None:
        self.advance_clock_to(self.now + timedelta(hours=hours))

    def advance_clock_to(self, then: datetime) -> None:
        """Let time pass as if the program ran all the while."""
        then = max(self.now, then)
        while True:
            steps, due = self.run(live_for_a_moment)
            if self.now >= then and not steps:
                return
            self.town.clock.now = max(self.now, min(due or then, then))

    # --- ratings ---

    @precondition(lambda self: self.in_status(SessionStatus.COMPLETED))
    @rule(data=st.data(), stars=st.integers(1, 5), text=st.sampled_from(["Well.", "Hm."]))
    def rate(self, data: Any, stars: int, text: str) -> None:
        number = data.draw(st.sampled_from(self.in_status(SessionStatus.COMPLETED)), "session")
        record = self.model.sessions[number]
        user_id = data.draw(
            st.sampled_from([record.mentee, record.mentee, record.mentor]), "user_id"
        )
        before = self.model.reviews.get(number)
        (stored,) = self.rows(f"SELECT max(text) AS text FROM reviews WHERE session_id = {number}")
        try:
            self.run(reviews.rate, actor(user_id, record.guild), number, stars, text)
        except NotYours:
            assert user_id == record.mentor
        except RatingClosed:
            assert before is None or not before.hidden
        except NotAllowedNow:
            assert before is not None
            assert before.hidden
        else:
            if before is None or (before.stars, stored["text"]) != (stars, text):
                # An edit keeps the review's place in the order.
                self.model.reviews[number] = ReviewRecord(stars)

    @precondition(lambda self: self.model.reviews)
    @rule(data=st.data())
    def reply(self, data: Any) -> None:
        number = data.draw(st.sampled_from(sorted(self.model.reviews)), "session")
        record, review = self.model.sessions[number], self.model.reviews[number]
        (stored,) = self.rows(f"SELECT text FROM reviews WHERE session_id = {number}")
        try:
            self.run(reviews.reply, actor(record.mentor, record.guild), number, "Thanks.")
        except NotAllowedNow:
            # An erasure deletes the text.
            assert review.hidden or not review.awaits_reply or not stored["text"]
        else:
            assert not review.hidden
            assert review.awaits_reply
            review.awaits_reply = False

    @precondition(lambda self: self.model.reviews)
    @rule(data=st.data())
    def hide_or_show(self, data: Any) -> None:
        number = data.draw(st.sampled_from(sorted(self.model.reviews)), "session")
        review = self.model.reviews[number]
        (row,) = self.rows(f"SELECT id FROM reviews WHERE session_id = {number}")
        chief = moderator(self.model.sessions[number].guild)
        if review.hidden:
            self.run(moderation.show_review, chief, row["id"])
        else:
            self.run(moderation.hide_review, chief, row["id"], "-")
        review.hidden = not review.hidden

    @precondition(lambda self: self.in_status(SessionStatus.COMPLETED))
    @rule(data=st.data(), tip=st.sampled_from([0, 0, 1, 7, 300]))
    def say_thanks(self, data: Any, tip: int) -> None:
        number = data.draw(st.sampled_from(self.in_status(SessionStatus.COMPLETED)), "session")
        record, balances = self.model.sessions[number], self.model.balances
        if record.mentee < 0:
            return
        user_id = data.draw(
            st.sampled_from([record.mentee, record.mentee, record.mentor]), "user_id"
        )
        mentee, mentor = (record.guild, record.mentee), (record.guild, record.mentor)
        people = f"({record.mentee}, {record.mentor})"
        try:
            self.run(thanks.send, actor(user_id, record.guild), number, "Thank you.", tip)
        except NotYours:
            assert user_id == record.mentor
        except NotAllowedNow as error:
            is_repeated = error.obstacle is Obstacle.ALREADY_THANKED
            assert is_repeated == (number in self.model.tips)
            assert is_repeated or self.has_left(*mentor)
        except (BlockedByYou, NotAvailable):
            assert self.rows(
                f"SELECT 1 FROM blocks WHERE guild_id = {record.guild}"
                f" AND blocker_id IN {people} AND blocked_id IN {people}"
            )
        except BalanceTooLow:
            assert balances[mentee] < tip
        else:
            assert number not in self.model.tips
            assert user_id == record.mentee
            self.model.tips[number] = tip
            balances[mentee] -= tip
            balances[mentor] += tip

    # --- points ---

    @rule(
        guild=guilds,
        user_id=people,
        other_id=people,
        amount=amounts,
        action=st.sampled_from(_POINTS),
    )
    def move_points(
        self, guild: int, user_id: int, other_id: int, amount: int, action: Any
    ) -> None:
        """A member gives points to another, or a moderator grants or deducts them."""
        balances, sender, recipient = self.model.balances, (guild, user_id), (guild, other_id)
        try:
            if action is transfers.give:
                self.run(transfers.give, actor(user_id, guild), Recipient(other_id), amount)
            else:
                self.run(action, moderator(guild), Recipient(other_id), amount, "-")
        except GiftToOneself:
            assert user_id == other_id
        except RecipientNotAMember:
            (member,) = self.rows(
                f"SELECT left_at FROM members WHERE guild_id = {guild} AND user_id = {other_id}"
            )
            assert member["left_at"] is not None
        except BalanceTooLow:
            assert balances[sender if action is transfers.give else recipient] < amount
        else:
            balances[recipient] += -amount if action is adjustments.deduct else amount
            if action is transfers.give:
                balances[sender] -= amount

    # --- suspensions, pauses and departures ---

    @rule(guild=guilds, other_id=mentors, cancel=st.booleans())
    def suspend_and_reinstate(self, guild: int, other_id: int, cancel: bool) -> None:
        self.run(moderation.suspend, moderator(guild), other_id, "-", cancel_sessions=cancel)
        with pytest.raises(NotAMentor):
            self.read(booking.quote, actor(6, guild), BookingRequest(other_id, self.now, 60))
        self.run(moderation.reinstate, moderator(guild), other_id)

    @rule(guild=guilds, other_id=mentors)
    def pause(self, guild: int, other_id: int) -> None:
        """Pause a mentor; `book` resumes them."""
        self.run(profiles.pause, actor(other_id, guild))

    @rule(guild=guilds, user_id=st.sampled_from([4, 5, 6]))
    def leave(self, guild: int, user_id: int) -> None:
        """Record a departure. Acting in the guild later makes the person a member again."""
        self.run(departures.record_departure, guild, user_id)

    def live(self) -> list[int]:
        return [
            number
            for number, record in self.model.sessions.items()
            if record.status
            in (SessionStatus.SCHEDULED, SessionStatus.CONFIRMED, SessionStatus.IN_PROGRESS)
        ]

    def in_status(self, status: SessionStatus) -> list[int]:
        return [number for number, each in self.model.sessions.items() if each.status is status]


@pytest.fixture(scope="module")
def file_town(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    path = tmp_path_factory.mktemp("histories") / "histories.db"
    town = FileTown(shutil.copy(migrated_file, path))
    yield town
    town.close()


@pytest.fixture(scope="module")
def server_town(server: PostgresServer) -> Iterator[Town]:
    server.create("histories")
    url = server.url("histories")
    asyncio.run(upgrade(url))
    town = ServerTown(url)
    yield town
    town.close()
    server.drop("histories")


@pytest.fixture
def town(request: pytest.FixtureRequest) -> Town:
    """Two guilds on the tested database engine (`--engine`)."""
    kind = "file" if request.config.getoption("engine") == "sqlite" else "server"
    town: Town = request.getfixturevalue(f"{kind}_town")
    return town


def run_histories(
    town: Town,
    *,
    histories: int,
    steps: int,
    machine: type[ModelCheckedMachine] = Histories,
) -> None:
    class TownHistories(machine):  # type: ignore[valid-type, misc]  # the machine is a parameter
        pass

    TownHistories.town = town
    run_state_machine_as_test(
        TownHistories,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


# Few histories with many steps each: each begins with some bookings, and Hypothesis would try very
# short ones if there were ten or more. The steps of both tests are 10,000 in all, more or less.


@pytest.mark.parametrize("half", range(2))
def test_random_histories_match_the_model(town: Town, half: int) -> None:
    """Run some 3,600 steps in all, split into two tests to run in parallel."""
    run_histories(town, histories=9, steps=210)


@pytest.mark.parametrize("quarter", range(4))
def test_random_histories_of_groups_and_offers_match_the_model(town: Town, quarter: int) -> None:
    """Run some 6,700 steps in all, split into four tests to run in parallel."""
    run_histories(town, histories=9, steps=210, machine=OfferRules)


@pytest.mark.long
@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("kind", ["file", "server"])
def test_long_random_histories_of_groups_and_offers_match_the_model(
    request: pytest.FixtureRequest, kind: str, tenth: int
) -> None:
    """Run 100,000 steps in all on each engine."""
    town = request.getfixturevalue(f"{kind}_town")
    run_histories(town, histories=50, steps=200, machine=OfferRules)


@pytest.mark.long
@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("kind", ["file", "server"])
def test_long_random_histories_match_the_model(
    request: pytest.FixtureRequest, kind: str, tenth: int
) -> None:
    """Run 100,000 steps in all on each engine."""
    run_histories(request.getfixturevalue(f"{kind}_town"), histories=50, steps=200)
