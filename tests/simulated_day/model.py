"""What the database should hold, computed from what people did and what the program promised.

The model is compared with the tables after each act and each run of the jobs. Each change must
have a cause: somebody who may make it and has just acted, or the clock. What a session pays or
refunds follows from the terms at its booking.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from mentorship.sessions.lifecycle import TRANSITIONS, Action, Party, Unit
from mentorship.statuses import LIVE, SessionStatus
from tests.mentorship.histories.model import Model, Policy, SessionRecord
from tests.simulated_day.acts import Act, Outcome
from tests.simulated_day.downtimes import Downtimes
from tests.simulated_day.store import Rows, Store, instant, optional_instant

SLACK = timedelta(minutes=3)
"""By how much the clock may act earlier or later than the model says: jobs run each minute."""

STARTING_POINTS = 500
"""What each member begins with."""

_SESSIONS = """
    SELECT sessions.*, participants.user_id AS mentee_id FROM sessions
      JOIN participants ON participants.session_id = sessions.id AND participants.role = 'mentee'
"""
_TRANSFERS = """
    SELECT transfers.id, transfers.guild_id, amount, cause, made_by,
           source.user_id AS source_id, target.user_id AS target_id
      FROM transfers
      JOIN accounts AS source ON source.id = transfers.debit_account_id
      JOIN accounts AS target ON target.id = transfers.credit_account_id
     WHERE transfers.id > {after} ORDER BY transfers.id
"""
_QUESTIONS = """
    SELECT session_id, user_id, status, settled_at, problem
      FROM notices WHERE kind IN ('how_was_it', 'missed')
"""


@dataclass(frozen=True)
class Terms:
    """The terms of a guild that decide about deadlines, in minutes."""

    confirm_within: int
    complete_after: int


@dataclass
class Book:
    """The model's record of a session beside its points."""

    created_at: datetime
    ends_at: datetime
    terms: Terms
    was_proposed: bool = False


_LATER = {
    SessionStatus.IN_PROGRESS: (SessionStatus.CONFIRMED,),
    SessionStatus.COMPLETED: (SessionStatus.IN_PROGRESS,),
}
"""What the jobs may have made of an acknowledged status since: from the new one to the earlier."""


class BrokenPromise(AssertionError):
    """The database differs from what the model says."""


@dataclass
class CommunityModel:
    """The model, and how far it has compared the tables.

    `rates` are the hourly rates of mentors by guild and person; `moderators` and `policies` are by
    guild. `departed` are people who have left a server, and `erased` those who asked to be erased:
    the jobs may act in their name.
    """

    store: Store
    downtimes: Downtimes
    terms: Terms
    rates: dict[tuple[int, int], int] = field(default_factory=dict)
    moderators: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    departed: set[tuple[int, int]] = field(default_factory=set)
    erased: set[tuple[int, int]] = field(default_factory=set)
    points: Model = field(
        default_factory=lambda: Model(balances=defaultdict(lambda: STARTING_POINTS))
    )
    books: dict[int, Book] = field(default_factory=dict)
    changes: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _rows: dict[int, Any] = field(default_factory=dict)
    _last_transfer: int = 0
    _events: set[int] = field(default_factory=set)

    async def adopt(self) -> None:
        """Take the present balances as they are, before anything is booked."""
        for row in await self.store.rows("SELECT * FROM accounts WHERE kind = 'member'"):
            self.points.balances[row["guild_id"], row["user_id"]] = row["balance"]
        transfers = await self.store.rows("SELECT max(id) AS id FROM transfers")
        self._last_transfer = transfers[0]["id"] or 0

    async def compare(self, acts: Sequence[Act], now: datetime, *, jobs_ran: bool) -> None:
        """Compare the tables with the model, and take over what these acts have changed.

        Raises `BrokenPromise`.
        """
        async with self.store.snapshot():
            await self._check_policies(acts)
            sessions = await self.store.rows(_SESSIONS)
            await self._compare_sessions(sessions, acts, now, jobs_ran)
            await self._explain_transfers(acts)
            await self._compare_balances()
            await self._check_durability(acts)
            check_overlaps(sessions)
            for act in acts:
                if act.outcome is Outcome.ACKNOWLEDGED:
                    await self.check_acknowledged(act)

    async def _check_policies(self, acts: Sequence[Act]) -> None:
        """Assert that each guild's policy is the acknowledged one, or may be one just sent."""
        for row in await self.store.rows("SELECT * FROM guilds"):
            found = Policy(**{name: row[name] for name in asdict(Policy())})
            expected = self.points.policies[row["id"]]
            for act in acts:
                if act.kind == "policy" and act.guild == row["id"]:
                    sent = act.facts["policy"]
                    if act.outcome is Outcome.ACKNOWLEDGED or found == sent:
                        expected = sent
            require(found == expected, f"policy of {row['id']}: {found} instead of {expected}")
            self.points.policies[row["id"]] = expected

    # --- sessions ---

    async def _compare_sessions(
        self, rows: Rows, acts: Sequence[Act], now: datetime, jobs_ran: bool
    ) -> None:
        questions = await self.store.rows(_QUESTIONS) if jobs_ran else []
        for row in rows:
            if self._rows.get(row["id"]) == row:
                continue
            self._rows[row["id"]] = row
            record = self.points.sessions.get(row["id"])
            if record is None:
                self._take_booking(row, acts, now)
                continue
            if row["mentee_id"] != record.mentee:
                person = (record.guild, record.mentee)
                require(person in self.erased, f"session {row['id']} has lost its mentee")
                record = replace(record, mentee=row["mentee_id"])
            if row["mentor_id"] != record.mentor:
                person = (record.guild, record.mentor)
                require(person in self.erased, f"session {row['id']} has lost its mentor")
                record = replace(record, mentor=row["mentor_id"])
            self.points.sessions[row["id"]] = self._follow(
                row, record, acts, now, jobs_ran, questions
            )
        missing = self.points.sessions.keys() - {row["id"] for row in rows}
        require(not missing, f"sessions have vanished: {missing}")

    def _take_booking(self, row: Any, acts: Sequence[Act], now: datetime) -> None:
        number, status = row["id"], SessionStatus(row["status"])
        person = row["mentee_id"]
        require(
            any(act.person == person and act.concerns(row["guild_id"]) for act in acts),
            f"session {number} was booked for {person}, who did nothing",
        )
        require(status in (SessionStatus.SCHEDULED, SessionStatus.CONFIRMED), f"{number}: {status}")
        starts_at, ends_at = instant(row["starts_at"]), instant(row["ends_at"])
        minutes = (ends_at - starts_at) // timedelta(minutes=1)
        rate = self.rates[row["guild_id"], row["mentor_id"]]
        price = (2 * rate * minutes + 60) // 120
        require(row["price"] == price, f"session {number} costs {row['price']}, not {price}")
        policy = self.points.policies[row["guild_id"]]
        created_at = instant(row["created_at"])
        agreed_at = created_at if status is SessionStatus.CONFIRMED else None
        record = SessionRecord(
            row["guild_id"],
            row["mentor_id"],
            person,
            price,
            status,
            starts_at,
            policy.free_until(starts_at, agreed_at),
            policy,
        )
        self.points.record_booking(number, record)
        terms = Terms(row["confirm_within"], row["complete_after"])
        require(terms == self.terms, f"session {number} has the terms {terms}")
        self.books[number] = Book(created_at, ends_at, terms)
        self.changes["booked"] += 1

    def _follow(
        self,
        row: Any,
        record: SessionRecord,
        acts: Sequence[Act],
        now: datetime,
        jobs_ran: bool,
        questions: Rows,
    ) -> SessionRecord:
        """Check how a session has changed, and return its new record."""
        number, status = row["id"], SessionStatus(row["status"])
        starts_at = instant(row["starts_at"])
        terms = {name: row[name] for name in asdict(record.policy)}
        require(
            row["price"] == record.price and terms == asdict(record.policy),
            f"the terms of session {number} have changed",
        )
        book = self.books[number]
        book.was_proposed |= row["proposed_by"] is not None
        if status is not record.status:
            parties = self._parties(record, acts, jobs_ran)
            rows = [
                each
                for each in TRANSITIONS
                if each.unit is Unit.SESSION
                and (each.source, each.target) == (record.status, status)
                and each.party in parties
            ]
            require(
                bool(rows),
                f"session {number} went from {record.status} to {status} without a cause; "
                f"acted: {[(act.kind, act.person, dict(act.facts)) for act in acts]}",
            )
            self.changes[status] += 1
            if status not in LIVE:
                self._end(row, record, acts, now, questions)
        until = record.free_until
        moved = starts_at != record.starts_at
        by_mentee = record.proposed_by == record.mentee
        is_first = record.status is SessionStatus.SCHEDULED
        agreed_at = optional_instant(row["confirmed_at"]) or now
        if status is SessionStatus.CONFIRMED and (
            is_first or (moved and not (by_mentee and now > until))
        ):
            until = record.policy.free_until(starts_at, agreed_at if is_first else now)
        book.ends_at = instant(row["ends_at"])
        return replace(
            record,
            status=status,
            starts_at=starts_at,
            free_until=until,
            proposed_by=row["proposed_by"],
        )

    def _parties(self, record: SessionRecord, acts: Sequence[Act], jobs_ran: bool) -> set[Party]:
        """Return the roles in which somebody, or the clock, has just acted on a session."""
        people = {act.person for act in acts if act.concerns(record.guild)}
        gone = {person for guild, person in self.departed | self.erased if guild == record.guild}
        if gone & {record.mentor, record.mentee} or record.mentee < 0 or record.mentor < 0:
            # Their sessions end in steps, some of them later.
            people |= gone | {record.mentee if record.mentee < 0 else record.mentor}
        parties = {Party.CLOCK} if jobs_ran else set()
        if record.mentor in people:
            parties.add(Party.MENTOR)
        if record.mentee in people:
            parties.add(Party.MENTEE)
        if people & self.moderators[record.guild]:
            parties.add(Party.MODERATOR)
        return parties

    def _end(
        self, row: Any, record: SessionRecord, acts: Sequence[Act], now: datetime, questions: Rows
    ) -> None:
        """Take over the end of a session, and check that it did not come too early."""
        status = SessionStatus(row["status"])
        ended_at = instant(row["ended_at"])
        decided = self._decision(row["id"], record, row["ended_by"], acts)
        self.points.record_end(
            record,
            status,
            by=row["ended_by"],
            absent=row["no_show_user_id"],
            decided=decided,
            now=ended_at,
        )
        if row["ended_by"] is not None:
            return
        if status is SessionStatus.EXPIRED:
            self._check_expiry(row, record, ended_at)
        elif record.status is SessionStatus.IN_PROGRESS:
            self._check_silence(row, ended_at, questions)

    def _decision(
        self, number: int, record: SessionRecord, ended_by: int | None, acts: Sequence[Act]
    ) -> Action | None:
        """Return how a dispute was resolved: by a press or a call, or by the clock."""
        if record.status is not SessionStatus.DISPUTED:
            return None
        if ended_by is None:
            return Action.SPLIT
        for act in acts:
            if act.facts.get("dispute") == number:
                return Action(act.facts["resolution"])
        return None

    def _check_expiry(self, row: Any, record: SessionRecord, ended_at: datetime) -> None:
        """Assert that a request has expired no earlier than its answer was due.

        The time until the deadline only runs while the program does.
        """
        book = self.books[row["id"]]
        if book.was_proposed or ended_at >= record.starts_at:
            return
        lead = record.starts_at - book.created_at
        least = book.created_at + min(timedelta(minutes=30), lead / 2)
        latest = max(record.starts_at - timedelta(hours=1), least)
        deadline = min(book.created_at + timedelta(minutes=book.terms.confirm_within), latest)
        served = self.downtimes.served(book.created_at, ended_at)
        require(
            served >= deadline - book.created_at - SLACK,
            f"session {row['id']} expired after {served} of service; "
            f"its answer was due after {deadline - book.created_at}",
        )

    def _check_silence(self, row: Any, ended_at: datetime, questions: Rows) -> None:
        """Assert that the silence after a session counted only when both could have spoken."""
        number, book = row["id"], self.books[row["id"]]
        delay = timedelta(minutes=book.terms.complete_after)
        served = self.downtimes.served(book.ends_at, ended_at)
        require(
            served >= delay - SLACK,
            f"session {number} ended after {served} of service instead of {delay}",
        )
        for question in questions:
            if question["session_id"] != number:
                continue
            require(
                question["status"] != "waiting",
                f"session {number} ended before its question has reached {question['user_id']}",
            )
            if question["status"] == "sent":
                asked_at = instant(question["settled_at"])
                time_to_answer = min(timedelta(hours=12), delay)
                served = self.downtimes.served(asked_at, ended_at)
                require(
                    served >= time_to_answer - SLACK,
                    f"session {number} ended {served} after its question was read",
                )

    # --- points ---

    async def _explain_transfers(self, acts: Sequence[Act]) -> None:
        """Take over new gifts and grants, each of which needs somebody who has made it."""

        def has_acted(guild: int, person: int) -> bool:
            return any(act.person == person and act.concerns(guild) for act in acts)

        balances = self.points.balances
        for row in await self.store.rows(_TRANSFERS.format(after=self._last_transfer)):
            self._last_transfer = row["id"]
            guild, amount = row["guild_id"], row["amount"]
            source, target = row["source_id"], row["target_id"]
            if row["cause"] == "gift":
                require(has_acted(guild, source), f"gift {row['id']} of {source}, who did nothing")
                balances[guild, source] -= amount
                balances[guild, target] += amount
                self.changes["gift"] += 1
            elif row["cause"] in ("grant", "deduction"):
                require(has_acted(guild, row["made_by"]), f"transfer {row['id']} has no author")
                person, sign = (target, 1) if row["cause"] == "grant" else (source, -1)
                balances[guild, person] += sign * amount
            elif row["cause"] == "forgotten":
                require(
                    source < 0 or (guild, source) in self.erased, f"transfer {row['id']} erases"
                )

    async def _compare_balances(self) -> None:
        sums: defaultdict[int, int] = defaultdict(int)
        escrow: dict[int, int] = {}
        for row in await self.store.rows("SELECT * FROM accounts"):
            balance, kind, guild = row["balance"], row["kind"], row["guild_id"]
            sums[guild] += balance
            require(balance >= 0 or kind == "issuance", f"account {row['id']} is below zero")
            if kind == "member" and row["user_id"] > 0:
                expected = self.points.balances[guild, row["user_id"]]
                if (guild, row["user_id"]) not in self.erased:
                    require(
                        balance == expected,
                        f"{row['user_id']} in {guild} has {balance} points, not {expected}",
                    )
            elif kind == "fees":
                expected = self.points.fees[guild]
                require(balance == expected, f"fees of {guild}: {balance}, not {expected}")
            elif kind == "escrow" and balance:
                escrow[row["session_id"]] = balance
        require(not any(sums.values()), f"the ledger's sums are {dict(sums)}")
        held = {
            number: record.price
            for number, record in self.points.sessions.items()
            if record.status in LIVE and record.price
        }
        require(escrow == held, f"points on hold: {escrow} instead of {held}")

    # --- acts ---

    async def _check_durability(self, acts: Sequence[Act]) -> None:
        """Assert that no event has vanished that was once there."""
        events = {row["id"] for row in await self.store.rows("SELECT id FROM events")}
        if not self.erased:
            require(self._events <= events, f"lost events: {self._events - events}")
        self._events = events

    async def check_acknowledged(self, act: Act) -> None:
        """Assert that what was acknowledged is in the database."""
        facts = act.facts
        if "session" in facts:
            record = self.points.sessions.get(facts["session"])
            require(record is not None, f"session {facts['session']} was acknowledged and lost")
        if act.kind == "gift":
            query = f"SELECT amount FROM transfers WHERE id = {facts['transfer']}"
            rows = await self.store.rows(query)
            require([row["amount"] for row in rows] == [facts["amount"]], f"lost gift: {facts}")
        if act.kind == "rating":
            query = f"SELECT stars FROM reviews WHERE session_id = {facts['session']}"
            rows = await self.store.rows(query)
            require([row["stars"] for row in rows] == [facts["stars"]], f"lost rating: {facts}")
        if act.kind == "block":
            query = (
                f"SELECT 1 AS one FROM blocks WHERE guild_id = {act.guild} "
                f"AND blocker_id = {act.person} AND blocked_id = {facts['blocked']}"
            )
            found = bool(await self.store.rows(query))
            require(found == facts["is_blocked"], f"lost block: {facts}")
        if act.kind == "status":
            row = (await self.store.rows(f"SELECT * FROM sessions WHERE id = {facts['session']}"))[
                0
            ]
            status = SessionStatus(row["status"])
            shown = facts["status"].replace("-", "_")
            require(shown in (status, *_LATER.get(status, ())), f"session is {status}: {facts}")
            if facts["refunded"] is not None and status not in LIVE:
                query = (
                    "SELECT coalesce(sum(amount), 0) AS points FROM transfers "
                    f"WHERE cause = 'refund' AND session_id = {facts['session']}"
                )
                (row,) = await self.store.rows(query)
                require(row["points"] == facts["refunded"], f"refunded {row['points']}: {facts}")


def check_overlaps(sessions: Rows) -> None:
    """Assert that nobody has two live sessions at the same time."""
    spans: defaultdict[int, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for row in sessions:
        if SessionStatus(row["status"]) in (
            SessionStatus.SCHEDULED,
            SessionStatus.CONFIRMED,
            SessionStatus.IN_PROGRESS,
        ):
            span = (instant(row["starts_at"]), instant(row["ends_at"]), row["id"])
            spans[row["mentor_id"]].append(span)
            spans[row["mentee_id"]].append(span)
    for person, held in spans.items():
        for one, other in pairwise(sorted(held)):
            require(one[1] <= other[0], f"{person} is in {one[2]} and {other[2]} at once")


def require(condition: bool, problem: str) -> None:
    """Raise `BrokenPromise` unless the condition holds."""
    if not condition:
        raise BrokenPromise(problem)
