"""Any history of what people can do, while time goes on, beside a simple model of what must come of
it: see `tests.mentorship.histories.model`."""

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
    GiftToOneself,
    MentorPaused,
    NotAllowedNow,
    NotAMentor,
    NotEnoughPoints,
    NotYours,
    OwnProfile,
    RatingClosed,
    SlotUnavailable,
)
from mentorship.mentors import profiles
from mentorship.points import transfers
from mentorship.points.transfers import Recipient
from mentorship.sessions import booking, departures, disputes, reviews, session_views, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.lifecycle import Action
from mentorship.statuses import SessionStatus
from storage.migrations import upgrade
from tests.mentorship.histories.model import Witnessed
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
from tests.mentorship.support.community import GUILD, OTHER_GUILD, USE_CASES
from tests.storage.postgresql import PostgresServer

guilds = st.sampled_from(GUILDS)
people = st.sampled_from(PEOPLE)
mentors = st.sampled_from(sorted(MENTORS))
amounts = st.sampled_from([1, 3, 10, 40, 300])


_POINTS = (transfers.grant, transfers.give, transfers.deduct)


class Histories(Witnessed):
    """What people, moderators and time can do."""

    # --- booking, and what becomes of it ---

    @initialize(first=st.sampled_from([4, 5]), whom=mentors, hours=st.sampled_from([1, 25, 30]))
    def something_is_booked(self, first: int, whom: int, hours: int) -> None:
        """So that there is something to act on, whichever rules this history leaves out."""
        for guild, who, later in ((GUILD, first, 0), (OTHER_GUILD, 6, 2), (GUILD, 6, 4)):
            self.book(guild, who, whom, hours + later, 60, True)

    @rule(
        guild=guilds,
        who=people,
        whom=mentors,
        ahead=st.sampled_from([1, 1, 2, 3, 25, 26, 30]),
        minutes=st.sampled_from([30, 60]),
        agreed=st.sampled_from([True, True, True, False]),
    )
    def book(self, guild: int, who: int, whom: int, ahead: int, minutes: int, agreed: bool) -> None:
        start = self.now.replace(minute=0, second=0) + timedelta(hours=ahead)
        price = (MENTORS[whom] * minutes * 2 + 60) // 120
        balance = self.model.balances[guild, who]
        request = BookingRequest(whom, start, minutes)
        try:
            booked = self.run(booking.book, actor(who, guild), request)
        except OwnProfile:
            assert who == whom
        except NotEnoughPoints:
            assert balance < price
        except SlotUnavailable:
            pass
        except MentorPaused:
            self.run(profiles.resume, actor(whom, guild))
        else:
            assert who != whom
            assert booked.price == price <= balance
            if agreed:
                self.run(transitions.confirm, actor(whom, guild), booked.id)

    @precondition(lambda self: self.live())
    @rule(data=st.data())
    def act(self, data: Any) -> None:
        """One of the two does what they are offered, or tries what they are not."""
        self.act_on(data.draw(st.sampled_from(self.live()), "session"), data)

    def act_on(self, number: int, data: Any) -> None:
        meeting = self.model.meetings[number]
        before = self.read(session_views.load, number)
        both = (meeting.mentor, meeting.mentee)
        offered = [(one, act) for one in both for act in before.actions(one, self.now)]
        anything = [(one, act) for one in both for act in USE_CASES]
        who, act = data.draw(st.sampled_from(offered * 3 + anything), "act")
        try:
            self.run(USE_CASES[act], actor(who, meeting.guild), number)
        except NotAllowedNow:
            assert (who, act) not in offered
        except (SlotUnavailable, MentorPaused, NotAMentor):
            assert act is Action.PROPOSE
        else:
            assert (who, act) in offered

    @precondition(lambda self: self.live())
    @rule(hours=st.sampled_from([0.25, 1]), data=st.data())
    def act_when_the_time_has_come(self, hours: float, data: Any) -> None:
        """What people do once a session is under way or over."""
        number = data.draw(st.sampled_from(self.live()), "session")
        self.time_goes_on_until(self.model.meetings[number].starts_at + timedelta(hours=hours))
        if number in self.live():
            self.act_on(number, data)

    @precondition(lambda self: self.in_status(SessionStatus.DISPUTED))
    @rule(data=st.data(), act=st.sampled_from([Action.PAY, Action.REFUND, Action.SPLIT]))
    def settle_a_dispute(self, data: Any, act: Action) -> None:
        number = data.draw(st.sampled_from(self.in_status(SessionStatus.DISPUTED)), "session")
        self.decided = act
        self.run(disputes.resolve, moderator(self.model.meetings[number].guild), number, act)
        self.decided = None

    @rule(hours=st.sampled_from([0.5, 1, 1, 2, 6, 24]))
    def time_goes_on(self, hours: float) -> None:
        self.time_goes_on_until(self.now + timedelta(hours=hours))

    def time_goes_on_until(self, then: datetime) -> None:
        self.town.clock.now = max(self.now, then)
        while self.run(transitions.advance_due):
            pass

    # --- ratings ---

    @precondition(lambda self: self.in_status(SessionStatus.COMPLETED))
    @rule(data=st.data(), stars=st.integers(1, 5))
    def rate(self, data: Any, stars: int) -> None:
        number = data.draw(st.sampled_from(self.in_status(SessionStatus.COMPLETED)), "session")
        meeting = self.model.meetings[number]
        who = data.draw(st.sampled_from([meeting.mentee, meeting.mentee, meeting.mentor]), "who")
        given = self.rows(f"SELECT hidden_at FROM reviews WHERE session_id = {number}")
        try:
            self.run(reviews.rate, actor(who, meeting.guild), number, stars, "Well.")
        except NotYours:
            assert who == meeting.mentor
        except RatingClosed:
            assert given
        else:
            if not given or given[0]["hidden_at"] is None:
                self.model.stars[number] = stars

    @precondition(lambda self: self.model.stars)
    @rule(data=st.data())
    def reply(self, data: Any) -> None:
        number = data.draw(st.sampled_from(sorted(self.model.stars)), "session")
        meeting = self.model.meetings[number]
        (had,) = self.rows(f"SELECT reply FROM reviews WHERE session_id = {number}")
        try:
            self.run(reviews.reply, actor(meeting.mentor, meeting.guild), number, "Thanks.")
        except NotAllowedNow:
            assert had["reply"] is not None
        else:
            assert had["reply"] is None

    @precondition(lambda self: self.model.stars)
    @rule(data=st.data())
    def hide(self, data: Any) -> None:
        number = data.draw(st.sampled_from(sorted(self.model.stars)), "session")
        (review,) = self.rows(f"SELECT id FROM reviews WHERE session_id = {number}")
        chief = moderator(self.model.meetings[number].guild)
        self.run(moderation.hide_review, chief, review["id"], "-")
        del self.model.stars[number]

    # --- points ---

    @rule(guild=guilds, who=people, whom=people, amount=amounts, act=st.sampled_from(_POINTS))
    def move_points(self, guild: int, who: int, whom: int, amount: int, act: Any) -> None:
        """Somebody gives to somebody, or a moderator grants or deducts."""
        balances, mine, theirs = self.model.balances, (guild, who), (guild, whom)
        try:
            if act is transfers.give:
                self.run(transfers.give, actor(who, guild), Recipient(whom), amount)
            else:
                self.run(act, moderator(guild), Recipient(whom), amount, "-")
        except GiftToOneself:
            assert who == whom
        except BalanceTooLow:
            assert balances[mine if act is transfers.give else theirs] < amount
        else:
            balances[theirs] += -amount if act is transfers.deduct else amount
            if act is transfers.give:
                balances[mine] -= amount

    # --- people who come and go ---

    @rule(guild=guilds, whom=mentors, cancel=st.booleans())
    def suspend_for_a_while(self, guild: int, whom: int, cancel: bool) -> None:
        self.run(moderation.suspend, moderator(guild), whom, "-", cancel_sessions=cancel)
        with pytest.raises(NotAMentor):
            self.read(booking.quote, actor(6, guild), BookingRequest(whom, self.now, 60))
        self.run(moderation.reinstate, moderator(guild), whom)

    @rule(guild=guilds, whom=mentors)
    def pause(self, guild: int, whom: int) -> None:
        """Until somebody wants to book them."""
        self.run(profiles.pause, actor(whom, guild))

    @rule(guild=guilds, who=st.sampled_from([4, 5, 6]))
    def leave(self, guild: int, who: int) -> None:
        """Whoever does something there later has come back."""
        self.run(departures.record_departure, guild, who)

    def live(self) -> list[int]:
        return [
            number
            for number, meeting in self.model.meetings.items()
            if meeting.status
            in (SessionStatus.SCHEDULED, SessionStatus.CONFIRMED, SessionStatus.IN_PROGRESS)
        ]

    def in_status(self, status: SessionStatus) -> list[int]:
        return [number for number, each in self.model.meetings.items() if each.status is status]


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
    """Two guilds on the engine that is tested (`--engine`)."""
    kind = "file" if request.config.getoption("engine") == "sqlite" else "server"
    found: Town = request.getfixturevalue(f"{kind}_town")
    return found


def live_through(town: Town, *, histories: int, steps: int) -> None:
    class InThisTown(Histories):
        pass

    InThisTown.town = town
    run_state_machine_as_test(
        InThisTown,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


@pytest.mark.parametrize("quarter", range(4))
def test_random_histories_match_the_model(town: Town, quarter: int) -> None:
    """3,200 steps in all; in quarters, for as many cores."""
    live_through(town, histories=8, steps=100)


@pytest.mark.long
@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("kind", ["file", "server"])
def test_long_random_histories_match_the_model(
    request: pytest.FixtureRequest, kind: str, tenth: int
) -> None:
    """100,000 steps in all on each engine."""
    live_through(request.getfixturevalue(f"{kind}_town"), histories=50, steps=200)
