"""The model of the random histories, and the machine that compares it with the database.

A history is a sequence of Hypothesis rules. Each rule runs real use cases on a real database
(`tests.mentorship.histories.towns`). After each one, the tables are read with separate SQL and
compared with the model. The model knows which status a session can reach and where its points must
go, so a rule only checks whether its use case was rightly refused.

To add a rule, write a method with `@rule` in `test_histories.Histories` that calls `self.run` with
a use case. If it moves points other than by ending a session, update the model there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mentorbot.jobs import figures_job
from mentorship.operations import reconciliation
from mentorship.search import ranking
from mentorship.sessions.lifecycle import TRANSITIONS, Action, Unit
from mentorship.statuses import LIVE, SessionStatus
from mentorship.webhooks import feed
from tests.mentorship.histories.towns import FEE, LATE, STARTING, Town
from tests.mentorship.insights import recount

T = TypeVar("T")


# --- The model ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Policy:
    """A guild's policy. A session keeps the one of its booking."""

    fee_percent: int = FEE
    late_refund_percent: int = LATE
    free_cancellation_until: int = 1_440
    cancellation_grace: int = 15

    def free_until(self, starts_at: datetime, agreed_at: datetime | None) -> datetime:
        """Return until when the mentee is refunded in full: before the start by the policy, or the
        grace period after the agreement if that is later."""
        end = starts_at - timedelta(minutes=self.free_cancellation_until)
        if agreed_at is not None and self.cancellation_grace:
            grace = timedelta(minutes=self.cancellation_grace)
            end = max(end, min(agreed_at + grace, starts_at))
        return end


@dataclass(frozen=True)
class SessionRecord:
    """A session as the tables had it after the last use case."""

    guild: int
    mentor: int
    mentee: int
    price: int
    status: SessionStatus
    starts_at: datetime
    free_until: datetime
    """Until when the mentee is refunded in full."""
    policy: Policy
    proposed_by: int | None = None
    group: int | None = None
    """The group session of a seat."""


class Commitment(NamedTuple):
    """What takes a person's time: a session or seat, a group session or an invitation."""

    person: int
    starts_at: datetime
    ends_at: datetime
    session: int | None
    group: int | None
    invitation: int | None


@dataclass
class ReviewRecord:
    """The stars of a review, and whether moderators have hidden it.

    `awaits_reply` is false once the mentor has replied to its present text.
    """

    stars: int
    hidden: bool = False
    awaits_reply: bool = True


@dataclass
class Model:
    """The points, sessions and ratings that the database should hold."""

    balances: defaultdict[tuple[int, int], int] = field(
        default_factory=lambda: defaultdict(lambda: STARTING)
    )
    fees: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    sessions: dict[int, SessionRecord] = field(default_factory=dict)
    reviews: dict[int, ReviewRecord] = field(default_factory=dict)
    """The reviews by session id, in the order in which they were written."""
    tips: dict[int, int] = field(default_factory=dict)
    """The tips of the sessions that were thanked for, 0 without one."""
    policies: defaultdict[int, Policy] = field(default_factory=lambda: defaultdict(Policy))
    """The present policy of each guild."""
    completed: Counter[tuple[int, int]] = field(default_factory=Counter)
    failed: Counter[tuple[int, int]] = field(default_factory=Counter)
    """The sessions of each mentor that took place, and that didn't because of them."""

    def record_booking(self, session_id: int, record: SessionRecord) -> None:
        self.sessions[session_id] = record
        self.balances[record.guild, record.mentee] -= record.price

    def count_end(
        self,
        record: SessionRecord,
        status: SessionStatus,
        by: int | None,
        absent: int | None,
        now: datetime,
    ) -> None:
        """Count a one-to-one session in its mentor's record."""
        mentor = record.guild, record.mentor
        self.completed[mentor] += status is SessionStatus.COMPLETED
        self.failed[mentor] += (
            (status is SessionStatus.NO_SHOW and absent == record.mentor)
            or (status is SessionStatus.REFUNDED and by != record.mentee)
            or (
                status is SessionStatus.CANCELLED
                and record.status is SessionStatus.CONFIRMED
                and by == record.mentor
                and record.starts_at < now + timedelta(days=1)
            )
        )

    def record_end(
        self,
        record: SessionRecord,
        status: SessionStatus,
        *,
        by: int | None,
        absent: int | None,
        decided: Action | None,
        now: datetime,
    ) -> None:
        """Move the points on hold to the mentee, the mentor and the fee account."""
        refund, fee = record.price, 0
        late = now > record.free_until
        if status is SessionStatus.COMPLETED:
            refund = record.price - record.price // 2 if decided is Action.SPLIT else 0
            fee = (record.price - refund) * record.policy.fee_percent // 100
        elif status is SessionStatus.CANCELLED:
            if by == record.mentee and record.status is SessionStatus.CONFIRMED and late:
                refund = record.price * record.policy.late_refund_percent // 100
        elif status is SessionStatus.NO_SHOW and absent == record.mentee:
            refund = 0
        self.balances[record.guild, record.mentee] += refund
        self.balances[record.guild, record.mentor] += record.price - refund - fee
        self.fees[record.guild] += fee


# --- Comparison with the database -----------------------------------------------------------------

_STATUS_CHANGES = {(row.source, row.target) for row in TRANSITIONS if row.unit is Unit.SESSION}

_SESSIONS = """
    SELECT sessions.*, participants.user_id AS mentee_id FROM sessions
      JOIN participants ON participants.session_id = sessions.id AND participants.role = 'mentee'
"""
# Pairs of live sessions with a common participant that overlap, each pair once.
_OVERLAPPING_SESSIONS = """
    WITH held AS (
        SELECT sessions.id, participants.user_id, starts_at, ends_at FROM sessions
          JOIN participants ON participants.session_id = sessions.id
         WHERE (sessions.group_id IS NULL AND status = 'scheduled'
                OR status IN ('confirmed', 'in_progress'))
           AND role <> 'host'
    )
    SELECT one.id, other.id FROM held AS one JOIN held AS other
        ON one.user_id = other.user_id AND one.id < other.id
       AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
"""
_OVERLAPPING_COMMITMENTS = """
    SELECT one.id, other.id FROM commitments AS one JOIN commitments AS other
        ON one.user_id = other.user_id AND one.id < other.id
       AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
"""
_DEDUCTIONS = """
    SELECT mentor_profiles.*, listings.deduction, listings.shortfall, guild_ratings.prior
      FROM listings JOIN mentor_profiles ON mentor_profiles.id = listings.profile_id
      LEFT JOIN guild_ratings ON guild_ratings.guild_id = listings.guild_id
"""
_RATINGS = "SELECT guild_id, user_id, rating_sum, rating_count FROM mentor_profiles"


class ModelCheckedMachine(RuleBasedStateMachine):
    """A state machine that checks the tables after each use case.

    A subclass defines the rules and the `town` that they run in.
    """

    town: Town

    def __init__(self) -> None:
        super().__init__()
        self.town.restore()
        self.model = Model()
        self.decided: Action | None = None
        self._rows: dict[str, dict[int, Any]] = {}
        self._commitments: list[Commitment] | None = None

    @rule(steps=st.lists(st.sampled_from(figures_job.STEPS), max_size=3), complete=st.booleans())
    def keep_figures(self, steps: list[figures_job.Step], complete: bool) -> None:
        """Let the job do some of its steps, or all of them: then a recount gives the same."""
        self.town.do(self.town.db.run(feed.assign))
        for step in steps:
            self.town.do(self.town.db.run(step))
        if complete:
            self.town.do(recount.keep_figures(self.town.db))
            self.town.do(recount.assert_equal(self.town.db))

    def teardown(self) -> None:
        self.town.do(recount.keep_figures(self.town.db))
        self.town.do(recount.assert_equal(self.town.db))
        assert self.read(reconciliation.check).faults == ()
        assert self.read(reconciliation.check_ratings) == ()
        assert self.read(reconciliation.check_seats) == ()
        assert self.read(reconciliation.check_tips) == ()

    @property
    def now(self) -> datetime:
        return self.town.clock.now

    def forget(self, guild: int, user_id: int) -> None:
        """Note that a person was erased. Rules that know more of people override it."""

    def run(self, use_case: Callable[..., Awaitable[T]], *args: Any, **keyword_arguments: Any) -> T:
        """Run a use case and check what changed."""
        result = self.town.do(self.town.db.run(use_case, *args, **keyword_arguments))
        self._commitments = None
        self.check_sessions()
        return result

    def changed_rows(self, table: str, query: str) -> list[Any]:
        """Return the rows of a query that are new or differ from those of its last call."""
        previous, present = self._rows.get(table, {}), self.rows(query)
        self._rows[table] = {row["id"]: row for row in present}
        return [row for row in present if previous.get(row["id"]) != row]

    def commitments(self) -> list[Commitment]:
        """Return what takes people's time, read once after each use case."""
        if self._commitments is None:
            self._commitments = [
                Commitment(
                    *(row["user_id"], instant(row["starts_at"]), instant(row["ends_at"])),
                    *(row["session_id"], row["group_id"], row["invitation_id"]),
                )
                for row in self.rows("SELECT * FROM commitments")
            ]
        return self._commitments

    def read(self, use_case: Callable[..., Awaitable[T]], *args: Any) -> T:
        return self.town.do(self.town.db.read(use_case, *args))

    def rows(self, query: str) -> list[Any]:
        return self.town.rows(query)

    def has_left(self, guild: int, person: int) -> bool:
        return not self.rows(
            f"SELECT 1 FROM members WHERE guild_id = {guild} AND user_id = {person}"
            " AND left_at IS NULL"
        )

    def check_sessions(self) -> None:
        """Assert that each session changed by one row of the table of transitions, and update the
        model."""
        for row in self.changed_rows("sessions", _SESSIONS):
            self.check_session(row)

    def check_session(self, row: Any) -> None:
        """Check one session as it is now, and update the model."""
        status = SessionStatus(row["status"])
        starts_at = instant(row["starts_at"])
        previous = self.model.sessions.get(row["id"])
        if previous is None:
            assert status in (SessionStatus.SCHEDULED, SessionStatus.CONFIRMED)
            people = row["mentor_id"], row["mentee_id"]
            agreed_at = self.now if status is SessionStatus.CONFIRMED else None
            policy = self.model.policies[row["guild_id"]]
            until = policy.free_until(starts_at, agreed_at)
            record = SessionRecord(
                row["guild_id"], *people, row["price"], status, starts_at, until, policy
            )
            self.model.record_booking(row["id"], record)
            return
        # A placeholder replaces a mentee who was erased.
        previous = replace(previous, mentee=row["mentee_id"])
        if status is not previous.status:
            assert (previous.status, status) in _STATUS_CHANGES
            if status not in LIVE:
                self.model.count_end(
                    previous, status, row["ended_by"], row["no_show_user_id"], self.now
                )
                self.model.record_end(
                    previous,
                    status,
                    by=row["ended_by"],
                    absent=row["no_show_user_id"],
                    decided=self.decided or decided_by_clock(previous, row["ended_by"]),
                    now=self.now,
                )
        assert row["price"] == previous.price
        assert all(row[name] == value for name, value in asdict(previous.policy).items())
        until = previous.free_until
        moved = starts_at != previous.starts_at
        by_mentee = previous.proposed_by == previous.mentee
        is_first_agreement = previous.status is SessionStatus.SCHEDULED
        if status is SessionStatus.CONFIRMED and (
            is_first_agreement or (moved and not (by_mentee and self.now > until))
        ):
            until = previous.policy.free_until(starts_at, self.now)
        self.model.sessions[row["id"]] = replace(
            previous,
            status=status,
            starts_at=starts_at,
            free_until=until,
            proposed_by=row["proposed_by"],
        )

    @invariant()
    def no_person_has_overlapping_sessions(self) -> None:
        assert self.rows(_OVERLAPPING_SESSIONS) == []
        assert self.rows(_OVERLAPPING_COMMITMENTS) == []

    @invariant()
    def balances_match_the_model(self) -> None:
        sums: defaultdict[int, int] = defaultdict(int)
        escrow: dict[int, int] = {}
        for row in self.rows("SELECT * FROM accounts"):
            balance, kind = row["balance"], row["kind"]
            sums[row["guild_id"]] += balance
            assert balance >= 0 or kind == "issuance"
            if kind == "member" and row["user_id"] < 0:
                assert balance == 0, "the account of an erased person"
            elif kind == "member":
                expected = self.model.balances[row["guild_id"], row["user_id"]]
                assert balance == expected, (row["guild_id"], row["user_id"], balance, expected)
            elif kind == "fees":
                assert balance == self.model.fees[row["guild_id"]]
            elif kind == "escrow" and balance:
                escrow[row["session_id"]] = balance
        assert not any(sums.values())
        assert escrow == {
            session_id: record.price
            for session_id, record in self.model.sessions.items()
            if record.status in LIVE and record.price
        }

    @invariant()
    def track_records_match_the_model(self) -> None:
        for row in self.rows("SELECT * FROM mentor_profiles WHERE user_id > 0"):
            mentor = row["guild_id"], row["user_id"]
            counted = row["sessions_completed"], row["sessions_failed"]
            assert counted == (self.model.completed[mentor], self.model.failed[mentor]), mentor
            bounds = [row[f"answers_{hours}h"] for hours in (1, 2, 6, 12, 24)]
            assert [0, *bounds, row["requests_answered"]] == sorted(
                [0, *bounds, row["requests_answered"]]
            )
        for row in self.rows(_DEDUCTIONS):
            deduction = ranking.deduction(SimpleNamespace(**row))
            expected = ranking.shortfall(
                row["rating_sum"], row["rating_count"], row["prior"] or 400, deduction
            )
            assert (row["deduction"], row["shortfall"]) == (deduction, expected)

    @invariant()
    def rating_totals_match_the_model(self) -> None:
        # The latest visible review of each mentee replaces the earlier ones.
        voices: defaultdict[tuple[int, int], dict[int, int]] = defaultdict(dict)
        for session_id, review in self.model.reviews.items():
            record = self.model.sessions[session_id]
            if not review.hidden:
                voices[record.guild, record.mentor][record.mentee] = review.stars
        for row in self.rows(_RATINGS):
            stars = voices[row["guild_id"], row["user_id"]].values()
            assert (row["rating_sum"], row["rating_count"]) == (sum(stars), len(stars))


def decided_by_clock(record: SessionRecord, ended_by: int | None) -> Action | None:
    """Return how the clock ends a session: a dispute that nobody has resolved is split."""
    is_split = record.status is SessionStatus.DISPUTED and ended_by is None
    return Action.SPLIT if is_split else None


def instant(stored: str | datetime) -> datetime:
    """Return a stored time in UTC. SQLite stores text, PostgreSQL a datetime with its offset."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if isinstance(stored, str) else stored
