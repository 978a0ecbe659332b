"""The community's points: any history of acts beside a simple model of what it should come to."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mentorship import acts, booking, ledger, points, sessions
from mentorship.actors import Actor
from mentorship.booking import BookingRequest
from mentorship.errors import (
    MentorshipError,
    NotAllowedNow,
    NotEnoughPoints,
    SlotUnavailable,
)
from mentorship.lifecycle import Act, Status
from mentorship.points import Recipient
from storage import Database
from tests.conftest import Clock
from tests.mentorship.community import ACTS, Community, books_balance

T = TypeVar("T")


# --- any history ----------------------------------------------------------------------------------

RATES = (0, 1, 45, 60)
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLICY = {"fee_percent": 15, "late_refund_percent": 33, "starting_balance": 20}


@dataclass
class Expected:
    """A live session as the model has it."""

    mentee: Actor
    mentor: Actor
    start: datetime
    price: int


class Histories(RuleBasedStateMachine):
    """Members who are granted points, book, decline, cancel and complete while time goes on."""

    template: Path
    members: list[Actor]
    mentors: list[Actor]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="mentorbot-ledger-")
        path = Path(shutil.copy(self.template, self.folder.name))
        self.runner = asyncio.Runner()
        self.clock = Clock(START)
        self.db = self.do(self.open(path))
        self.balances = dict.fromkeys((one.user_id for one in [*self.members, *self.mentors]), 20)
        self.fees = 0
        self.live: dict[int, Expected] = {}

    async def open(self, path: Path) -> Database:
        return Database(f"sqlite+aiosqlite:///{path}", clock=self.clock, synchronous="OFF")

    def do(self, work: Awaitable[T]) -> T:
        async def run() -> T:
            return await work

        return self.runner.run(run())

    def teardown(self) -> None:
        self.do(self.db.close())
        self.runner.close()
        self.folder.cleanup()

    @initialize()
    def nobody_has_done_anything(self) -> None:
        self.chief = Actor(1, "Chief", self.members[0].guild_id, manages_guild=True)

    @rule(who=st.integers(0, 2), amount=st.sampled_from([3, 10, 40, 300]))
    def grant(self, who: int, amount: int) -> None:
        member = self.members[who]
        to = Recipient(member.user_id, member.name)
        given = self.do(self.db.run(points.grant, self.chief, to, amount, "-"))
        self.balances[member.user_id] += amount
        assert given.balance == self.balances[member.user_id]

    @rule(
        who=st.integers(0, 2),
        whom=st.integers(0, len(RATES) - 1),
        ahead=st.sampled_from([1, 2, 3, 24, 25, 26, 30, 48]),
        minutes=st.sampled_from([30, 60]),
        agreed=st.booleans(),
    )
    def book(self, who: int, whom: int, ahead: int, minutes: int, agreed: bool) -> None:
        mentee, mentor = self.members[who], self.mentors[whom]
        start = self.clock.now.replace(minute=0, second=0) + timedelta(hours=ahead)
        price = (RATES[whom] * minutes * 2 + 60) // 120
        request = BookingRequest(mentor.user_id, start, minutes)
        try:
            booked = self.do(self.db.run(booking.book, mentee, request))
        except SlotUnavailable:
            return
        except NotEnoughPoints:
            booked = None
        assert (booked is None) == (self.balances[mentee.user_id] < price)
        if booked is None:
            return
        assert booked.price == price
        self.balances[mentee.user_id] -= price
        self.live[booked.id] = Expected(mentee, mentor, start, price)
        if agreed:
            self.do(self.db.run(acts.confirm, mentor, booked.id))

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def act(self, data: Any) -> None:
        number = data.draw(st.sampled_from(sorted(self.live)), "session")
        expected, now = self.live[number], self.clock.now
        before = self.do(self.db.read(sessions.load, number))
        people = (expected.mentor, expected.mentee)
        known = (Act.CONFIRM, Act.DECLINE, Act.CANCEL, Act.TOOK_PLACE)
        allowed = [
            (actor, act)
            for actor in people
            for act in before.acts(actor.user_id, now)
            if act in known
        ]
        anything = [(actor, act) for actor in people for act in known]
        actor, act = data.draw(st.sampled_from(allowed * 3 + anything), "act")
        if (actor, act) not in allowed:
            with pytest.raises(NotAllowedNow):
                self.do(self.db.run(ACTS[act], actor, number))
            return
        self.do(self.db.run(ACTS[act], actor, number))
        if act is Act.CONFIRM or (act is Act.TOOK_PLACE and actor is expected.mentor):
            return
        late = now > expected.start - timedelta(hours=24) and before.status is Status.CONFIRMED
        if act is Act.TOOK_PLACE:
            self._pay(expected, fee=expected.price * 15 // 100)
        elif act is Act.CANCEL and actor is expected.mentee and late:
            self._pay(expected, refund=expected.price * 33 // 100)
        else:
            self._pay(expected, refund=expected.price)
        del self.live[number]

    @rule(hours=st.sampled_from([0.5, 1, 6, 24, 60]))
    def time_goes_on(self, hours: float) -> None:
        self.clock.turn(hours=hours)
        while self.do(self.db.run(acts.advance)):
            pass
        for number in list(self.live):
            status = self.do(self.db.read(sessions.load, number)).status
            if status is Status.EXPIRED:
                self._pay(self.live[number], refund=self.live[number].price)
            elif status is Status.COMPLETED:
                self._pay(self.live[number], fee=self.live[number].price * 15 // 100)
            if status.is_over:
                del self.live[number]

    def _pay(self, expected: Expected, refund: int = 0, fee: int = 0) -> None:
        self.balances[expected.mentee.user_id] += refund
        self.balances[expected.mentor.user_id] += expected.price - refund - fee
        self.fees += fee

    @invariant()
    def the_books_balance(self) -> None:
        self.do(self.db.read(books_balance))

    @invariant()
    def everybody_has_what_the_model_says(self) -> None:
        for person in [*self.members, *self.mentors]:
            assert self.do(self.db.read(ledger.balance, person)) == self.balances[person.user_id]


@pytest.fixture(scope="module")
def peopled(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Actor], list[Actor]]:
    """A database file with three members and a mentor for each rate."""
    path = tmp_path_factory.mktemp("ledger") / "peopled.db"
    shutil.copy(migrated_file, path)

    async def arrange() -> tuple[list[Actor], list[Actor]]:
        clock = Clock(START)
        db = Database(f"sqlite+aiosqlite:///{path}", clock=clock)
        town = Community(db, clock)
        await town.settle(**POLICY)
        members = [await town.member(f"Member {number}") for number in range(3)]
        mentors = [
            await town.mentor(f"Mentor {rate}", rate=rate, minimum_notice=0) for rate in RATES
        ]
        await db.close()
        return members, mentors

    members, mentors = asyncio.run(arrange())
    return path, members, mentors


@pytest.mark.parametrize(
    ("histories", "steps"), [(7, 25), pytest.param(60, 50, marks=pytest.mark.long)]
)
def test_after_every_step_of_any_history_the_books_balance(
    peopled: tuple[Path, list[Actor], list[Actor]], histories: int, steps: int
) -> None:
    class OfThesePeople(Histories):
        template, members, mentors = peopled

    run_state_machine_as_test(
        OfThesePeople,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


# --- all at once ----------------------------------------------------------------------------------


async def test_the_books_balance_after_a_rush(town: Community) -> None:
    """Bookings, cancels and grants by everybody in the same moment; `town` looks at the books."""
    await town.settle(fee_percent=10, late_refund_percent=50)
    mentors = [await town.mentor(f"Mentor {rate}", rate=rate) for rate in (45, 60)]
    members = [await town.member(f"Member {number}", points=150) for number in range(6)]
    first = START + timedelta(hours=26)

    async def rush(member: Actor, number: int) -> None:
        for step in range(4):
            start = first + timedelta(hours=(number + step) % 4)
            try:
                booked = await town.book(member, mentors[step % 2], start)
                await town.db.run(acts.confirm, mentors[step % 2], booked.id)
                if (number + step) % 3 == 0:
                    await town.db.run(acts.cancel, member, booked.id)
            except MentorshipError:
                await town.grant(member, 1)

    await asyncio.gather(*(rush(member, number) for number, member in enumerate(members)))
    await town.db.read(books_balance)
    await town.wait_until(first + timedelta(days=3))
    await town.db.read(books_balance)
