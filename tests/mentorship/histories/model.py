"""What the random histories of `test_histories` stand on: a model, and what is held against it.

A history is a run of rules, each of which lets somebody do something through the real use cases, in
a town (`tests.mentorship.histories.towns`) on a real database. After every one of them the town's
witness reads the tables, with SQL of its own and past all of our code, and the model says what
must stand there. So a rule has nothing to check but
whether an act was refused as it should be: which status a session may come to, and where its points
must go then, is known here.

To add a rule, write a method with `@rule` in `test_histories.Histories` that calls `self.run` with
a use case. If it moves points other than by the end of a session, tell the model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis.stateful import RuleBasedStateMachine, invariant

from mentorship.operations import reconciliation
from mentorship.sessions.lifecycle import TRANSITIONS, Action
from mentorship.statuses import LIVE, SessionStatus
from tests.mentorship.histories.towns import FEE, LATE, STARTING, Town

T = TypeVar("T")


# --- The model ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Meeting:
    """A session as it was last seen."""

    guild: int
    mentor: int
    mentee: int
    price: int
    status: SessionStatus
    starts_at: datetime


@dataclass
class Model:
    """What everybody should have, by the rules that people are told."""

    balances: defaultdict[tuple[int, int], int] = field(
        default_factory=lambda: defaultdict(lambda: STARTING)
    )
    fees: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    meetings: dict[int, Meeting] = field(default_factory=dict)
    stars: dict[int, int] = field(default_factory=dict)
    """The ratings that count, by session."""

    def booked(self, session_id: int, meeting: Meeting) -> None:
        self.meetings[session_id] = meeting
        self.balances[meeting.guild, meeting.mentee] -= meeting.price

    def ended(
        self,
        meeting: Meeting,
        status: SessionStatus,
        *,
        by: int | None,
        absent: int | None,
        decided: Action | None,
        now: datetime,
    ) -> None:
        """The points that were held find their owners."""
        refund, fee = meeting.price, 0
        late = now > meeting.starts_at - timedelta(hours=24)
        if status is SessionStatus.COMPLETED:
            refund = meeting.price - meeting.price // 2 if decided is Action.SPLIT else 0
            fee = (meeting.price - refund) * FEE // 100
        elif status is SessionStatus.CANCELLED:
            if by == meeting.mentee and meeting.status is SessionStatus.CONFIRMED and late:
                refund = meeting.price * LATE // 100
        elif status is SessionStatus.NO_SHOW and absent == meeting.mentee:
            refund = 0
        self.balances[meeting.guild, meeting.mentee] += refund
        self.balances[meeting.guild, meeting.mentor] += meeting.price - refund - fee
        self.fees[meeting.guild] += fee


# --- The witness ----------------------------------------------------------------------------------

_STEPS = {(row.source, row.target) for row in TRANSITIONS}

_SESSIONS = """
    SELECT sessions.*, participants.user_id AS mentee_id FROM sessions
      JOIN participants ON participants.session_id = sessions.id AND participants.role = 'mentee'
"""
# Both people of all sessions that hold time, each pair of them once.
_IN_TWO_PLACES = """
    WITH held AS (
        SELECT sessions.id, participants.user_id, starts_at, ends_at FROM sessions
          JOIN participants ON participants.session_id = sessions.id
         WHERE status IN ('scheduled', 'confirmed', 'in_progress')
    )
    SELECT one.id, other.id FROM held AS one JOIN held AS other
        ON one.user_id = other.user_id AND one.id < other.id
       AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
"""
_PROMISED_TWICE = """
    SELECT one.id, other.id FROM commitments AS one JOIN commitments AS other
        ON one.user_id = other.user_id AND one.id < other.id
       AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
"""
_RATINGS = "SELECT guild_id, user_id, rating_sum, rating_count FROM mentor_profiles"


class Witnessed(RuleBasedStateMachine):
    """A machine whose every act is watched. A subclass has the rules, and a `town` to act in."""

    town: Town

    def __init__(self) -> None:
        super().__init__()
        self.town.restore()
        self.model = Model()
        self.decided: Action | None = None

    def teardown(self) -> None:
        assert self.read(reconciliation.check).faults == ()

    @property
    def now(self) -> datetime:
        return self.town.clock.now

    def run(self, use_case: Callable[..., Awaitable[T]], *args: Any, **more: Any) -> T:
        """Do a use case, and see what became of the sessions by it."""
        result = self.town.do(self.town.db.run(use_case, *args, **more))
        self.watch()
        return result

    def read(self, use_case: Callable[..., Awaitable[T]], *args: Any) -> T:
        return self.town.do(self.town.db.read(use_case, *args))

    def rows(self, query: str) -> list[Any]:
        return self.town.rows(query)

    def watch(self) -> None:
        """Every session came to where it is by one row of the table of transitions."""
        for row in self.rows(_SESSIONS):
            status = SessionStatus(row["status"])
            starts_at = _instant(row["starts_at"])
            known = self.model.meetings.get(row["id"])
            if known is None:
                assert status in (SessionStatus.SCHEDULED, SessionStatus.CONFIRMED)
                people = row["mentor_id"], row["mentee_id"]
                meeting = Meeting(row["guild_id"], *people, row["price"], status, starts_at)
                self.model.booked(row["id"], meeting)
                continue
            if status is not known.status:
                assert (known.status, status) in _STEPS
                if status not in LIVE:
                    self.model.ended(
                        known,
                        status,
                        by=row["ended_by"],
                        absent=row["no_show_user_id"],
                        decided=self.decided,
                        now=self.now,
                    )
            assert row["price"] == known.price
            self.model.meetings[row["id"]] = replace(known, status=status, starts_at=starts_at)

    @invariant()
    def nobody_is_in_two_sessions_at_once(self) -> None:
        assert self.rows(_IN_TWO_PLACES) == []
        assert self.rows(_PROMISED_TWICE) == []

    @invariant()
    def every_point_is_where_the_model_has_it(self) -> None:
        sums: defaultdict[int, int] = defaultdict(int)
        escrow: dict[int, int] = {}
        for row in self.rows("SELECT * FROM accounts"):
            balance, kind = row["balance"], row["kind"]
            sums[row["guild_id"]] += balance
            assert balance >= 0 or kind == "issuance"
            if kind == "member":
                assert balance == self.model.balances[row["guild_id"], row["user_id"]]
            elif kind == "fees":
                assert balance == self.model.fees[row["guild_id"]]
            elif kind == "escrow" and balance:
                escrow[row["session_id"]] = balance
        assert not any(sums.values())
        assert escrow == {
            session_id: meeting.price
            for session_id, meeting in self.model.meetings.items()
            if meeting.status in LIVE and meeting.price
        }

    @invariant()
    def every_mentor_has_the_mean_of_what_counts(self) -> None:
        expected: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for session_id, stars in self.model.stars.items():
            meeting = self.model.meetings[session_id]
            expected[meeting.guild, meeting.mentor].append(stars)
        for row in self.rows(_RATINGS):
            stars = expected[row["guild_id"], row["user_id"]]
            assert (row["rating_sum"], row["rating_count"]) == (sum(stars), len(stars))


def _instant(kept: str | datetime) -> datetime:
    """An instant as a database keeps it: SQLite as UTC in text, PostgreSQL with its offset."""
    return datetime.fromisoformat(kept).replace(tzinfo=UTC) if isinstance(kept, str) else kept
