"""Random histories of group sessions: seats, waitlists, moves, cancellations, and their points.

The model keeps each line and each person's time by itself. What must never happen is checked after
every step: more seats than the capacity, a seat for someone who isn't the first in line who can
take it, a seat that isn't paid exactly once, and two commitments of one person at one time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from sqlalchemy import func, select, union_all

from mentorship.administration import setup
from mentorship.errors import (
    AlreadyJoined,
    AlreadyWaiting,
    Busy,
    InvalidField,
    MentorshipError,
    NotAllowedNow,
    NotEnoughPoints,
    NotFound,
    OwnGroupSession,
    RecipientNotAMember,
    SeatsFree,
    SessionFull,
    SignUpClosed,
    SlotTaken,
    SlotUnavailable,
)
from mentorship.points import adjustments
from mentorship.points.transfers import Recipient
from mentorship.sessions import booking, lifecycle, session_views, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import disputes
from mentorship.sessions.groups import creation, group_changes, moving, seats, waitlist
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.seats import JoinRequest
from mentorship.sessions.lifecycle import TRANSITIONS, Action, Unit
from mentorship.sessions.series import booking as series_booking
from mentorship.sessions.series.quotes import SeriesRequest
from mentorship.statuses import CALLED_OFF, LIVE, UPCOMING, SessionStatus
from storage import Transaction
from storage.tables import GroupSession, HelpRequest, Invitation, Session
from tests.mentorship.histories.model import (
    ModelCheckedMachine,
    Policy,
    SessionRecord,
    decided_by_clock,
    instant,
)
from tests.mentorship.histories.towns import GUILDS, MENTORS, PEOPLE, actor, moderator
from tests.mentorship.support.community import (
    GUILD,
    USE_CASES,
    live_for_a_moment,
)

guilds = st.sampled_from(GUILDS)
people = st.sampled_from(PEOPLE)
mentors = st.sampled_from(sorted(MENTORS))
policies = st.builds(
    Policy,
    fee_percent=st.sampled_from([0, 15]),
    late_refund_percent=st.sampled_from([0, 33]),
    free_cancellation_until=st.sampled_from([60, 1_440]),
    cancellation_grace=st.sampled_from([0, 15]),
)

LONDON = ZoneInfo("Europe/London")
"""The zone of all mentors."""

CONFIRM_WITHIN = 1_440
RETRIED_AFTER = timedelta(minutes=15)
"""How long a free seat may wait for those who couldn't take it before."""

_SEAT_CHANGES = {(row.source, row.target) for row in TRANSITIONS if row.unit is Unit.SEAT}
_GROUP_CHANGES = {(row.source, row.target) for row in TRANSITIONS if row.unit is Unit.GROUP}
_TAKES_TIME = (SessionStatus.CONFIRMED, SessionStatus.IN_PROGRESS)

_NEXT_ENDS = union_all(
    *(select(func.min(table.next_at)) for table in (Session, GroupSession, Invitation)),
    select(func.min(HelpRequest.expires_at)).where(HelpRequest.next_at.is_not(None)),
)

Line = list[tuple[int, int]]
"""Who waits for a seat, and what each has agreed to pay, the first in line first."""


@dataclass
class GroupRecord:
    """A group session as the tables had it after the last use case, and its line."""

    guild: int
    mentor: int
    starts_at: datetime
    ends_at: datetime
    status: SessionStatus
    capacity: int
    price: int
    policy: Policy
    is_open: bool = True
    line: Line = field(default_factory=list)


class GroupRules(ModelCheckedMachine):
    """What mentors, members and the clock can do to group sessions, beside bookings."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: dict[int, GroupRecord] = {}
        self.agreed_starts: dict[tuple[int, int], datetime] = {}
        """The start that whoever waits has agreed to, by group session and member."""
        self.joiner: int | None = None
        """Who takes a seat in the present step by asking for it themselves."""

    # --- What changed in a step ---

    def check_sessions(self) -> None:
        """As the machine without groups, and check the seats, the groups and the lines."""
        before = {number: self.eligible(number) for number in self.groups}
        # A record that changes is replaced.
        self.groups_before = dict(self.groups)
        self.given: dict[int, list[int]] = {}
        self._check_groups()
        super().check_sessions()
        self._check_lines(before)

    def _check_groups(self) -> None:
        for row in self.changed_rows("groups", "SELECT * FROM group_sessions ORDER BY id"):
            status = SessionStatus(row["status"])
            previous = self.groups.get(row["id"])
            if previous is None:
                assert status is SessionStatus.CONFIRMED
                policy = self.model.policies[row["guild_id"]]
                previous = GroupRecord(
                    *(row["guild_id"], row["mentor_id"]),
                    *(instant(row["starts_at"]), instant(row["ends_at"])),
                    *(status, row["capacity"], row["price"], policy),
                )
                self.groups[row["id"]] = previous
            if status is not previous.status:
                assert (previous.status, status) in _GROUP_CHANGES
                self._count_end(row, previous, status)
            assert all(row[name] == value for name, value in asdict(previous.policy).items())
            self.groups[row["id"]] = replace(
                previous,
                status=status,
                starts_at=instant(row["starts_at"]),
                ends_at=instant(row["ends_at"]),
                capacity=row["capacity"],
                price=row["price"],
                is_open=bool(row["sign_up_open"]),
            )

    def _count_end(self, row: Any, previous: GroupRecord, status: SessionStatus) -> None:
        """Count a group session that somebody had a seat in, in its mentor's record."""
        mentor = previous.guild, previous.mentor
        if not self.seats_of(row["id"]):
            return
        self.model.completed[mentor] += status is SessionStatus.COMPLETED
        self.model.failed[mentor] += (
            status is SessionStatus.CANCELLED
            and row["ended_by"] == previous.mentor
            and instant(row["starts_at"]) < self.now + timedelta(days=1)
        )

    def check_session(self, row: Any) -> None:
        if row["group_id"] is None:
            super().check_session(row)
            return
        group = self.groups[row["group_id"]]
        status, starts_at = SessionStatus(row["status"]), instant(row["starts_at"])
        previous = self.model.sessions.get(row["id"])
        if previous is None:
            self._check_new_seat(row, group)
            return
        assert row["price"] == previous.price
        until = previous.free_until
        if status is not previous.status:
            assert (previous.status, status) in _SEAT_CHANGES
            if status not in LIVE:
                self.model.record_end(
                    previous,
                    status,
                    by=row["ended_by"],
                    absent=row["no_show_user_id"],
                    decided=self.decided or decided_by_clock(previous, row["ended_by"]),
                    now=self.now,
                )
            elif previous.status is SessionStatus.SCHEDULED:
                until = previous.policy.free_until(starts_at, self.now)
        if status in LIVE:
            assert starts_at == group.starts_at
        if status is SessionStatus.CONFIRMED:
            assert instant(row["free_cancellation_ends_at"]) == until
        self.model.sessions[row["id"]] = replace(
            previous, status=status, starts_at=starts_at, free_until=until
        )

    def _check_new_seat(self, row: Any, group: GroupRecord) -> None:
        member, price = row["mentee_id"], row["price"]
        agreed = dict(self.groups_before[row["group_id"]].line).get(member)
        until = group.policy.free_until(group.starts_at, self.now)
        status = SessionStatus.CONFIRMED
        if agreed is None:
            assert (member, price) == (self.joiner, group.price)
        else:
            assert price == min(agreed, group.price)
            self.given.setdefault(row["group_id"], []).append(member)
            if (
                member != self.joiner
                and self.agreed_starts[row["group_id"], member] != group.starts_at
            ):
                status = SessionStatus.SCHEDULED
            until = max(until, lifecycle.answer_deadline(self.now, group.starts_at, CONFIRM_WITHIN))
        assert SessionStatus(row["status"]) is status
        if status is SessionStatus.CONFIRMED:
            assert instant(row["free_cancellation_ends_at"]) == until
        record = SessionRecord(
            *(group.guild, group.mentor, member, price),
            *(status, group.starts_at, until, group.policy),
            group=row["group_id"],
        )
        self.model.record_booking(row["id"], record)

    def _check_lines(self, eligible_before: Mapping[int, Sequence[int]]) -> None:
        """Check that nobody's place in line is lost, and that nobody was passed over."""
        rows = self.rows("SELECT group_id, user_id, price FROM waitlist_entries ORDER BY id")
        for number, group in self.groups.items():
            stored: Line = [
                (row["user_id"], row["price"]) for row in rows if row["group_id"] == number
            ]
            seated = {seat.mentee for seat in self.seats_of(number)}
            if group.status is SessionStatus.CONFIRMED:
                expected = [entry for entry in group.line if entry[0] not in seated]
                assert stored == expected, (number, stored, expected)
            else:
                assert stored == [], "nobody waits for what is over or has begun"
            for member in self.given.get(number, ()):
                ahead = [entry[0] for entry in group.line]
                ahead = ahead[: ahead.index(member)]
                passed_over = set(ahead) & set(eligible_before.get(number, ())) - seated
                assert not passed_over & set(self.eligible(number)), "somebody was passed over"
            group.line = stored

    # --- The model's own view ---

    def seats_of(self, number: int) -> list[SessionRecord]:
        """Return the seats that aren't called off."""
        return [
            record
            for record in self.model.sessions.values()
            if record.group == number and record.status not in CALLED_OFF
        ]

    def free(self, number: int) -> int:
        """Return how many seats are free, many without a limit."""
        capacity = self.groups[number].capacity or 1_000
        return capacity - len(self.seats_of(number))

    def is_busy(self, person: int, start: datetime, end: datetime, without: int = -1) -> bool:
        """Return whether a person's time is taken in any guild, other than by a group session."""
        return any(
            each.person == person
            and each.group != without
            and each.starts_at < end
            and each.ends_at > start
            for each in self.commitments()
        )

    def eligible(self, number: int) -> list[int]:
        """Return who in line can take a seat now, in their order."""
        group = self.groups[number]
        return [
            member
            for member, price in group.line
            if self.model.balances[group.guild, member] >= min(price, group.price)
            and not self.is_busy(member, group.starts_at, group.ends_at)
        ]

    def live_groups(self) -> list[int]:
        return [number for number, each in self.groups.items() if each.status in (UPCOMING | LIVE)]

    def live_seats(self) -> list[int]:
        return [
            number
            for number, each in self.model.sessions.items()
            if each.group is not None and each.status in LIVE
        ]

    def waiting(self) -> list[tuple[int, int]]:
        return [(number, member) for number, each in self.groups.items() for member, _ in each.line]

    # --- Mentors ---

    @initialize(capacity=st.sampled_from([2, 3]), price=st.sampled_from([0, 20]))
    def create_first_groups(self, capacity: int, price: int) -> None:
        """Create two group sessions, one of them full with a line, so that histories have some."""
        self.create(GUILD, 2, 50, capacity, price, 0)
        self.join_group(max(self.groups), 5)
        self.create(GUILD, 1, 30, 2, price, 0)
        number = max(self.groups)
        for person in (4, 5):
            self.join_group(number, person)
        for person in (6, 3, 2):
            self.enter_line(number, person)

    @rule(
        guild=guilds,
        mentor=mentors,
        ahead=st.sampled_from([2, 3, 26, 30, 31, 50]),
        capacity=st.sampled_from([0, 2, 2, 3]),
        price=st.sampled_from([0, 20, 50]),
        minimum=st.sampled_from([0, 0, 2]),
    )
    def create(
        self, guild: int, mentor: int, ahead: int, capacity: int, price: int, minimum: int
    ) -> None:
        start = self.now.replace(minute=0, second=0) + timedelta(hours=ahead)
        request = GroupRequest(
            "Office hours", start, 60, capacity, price, minimum_seats=minimum, place="thread"
        )
        is_busy = self.is_busy(mentor, *(request.span.start, request.span.end))
        try:
            self.run(creation.create, actor(mentor, guild), request)
        except (SlotTaken, SlotUnavailable):
            assert is_busy
        else:
            assert not is_busy

    @precondition(lambda self: self.live_groups())
    @rule(
        data=st.data(),
        capacity=st.sampled_from([None, 0, 2, 3]),
        price=st.sampled_from([None, 0, 20, 50]),
    )
    def edit(self, data: Any, capacity: int | None, price: int | None) -> None:
        number = data.draw(st.sampled_from(self.live_groups()), "group")
        group, taken = self.groups[number], len(self.seats_of(number))
        mentor = actor(group.mentor, group.guild)
        try:
            self.run(group_changes.edit, mentor, number, GroupEdit(capacity=capacity, price=price))
        except InvalidField:
            assert capacity
            assert capacity < taken
        except NotAllowedNow:
            assert self.now >= group.starts_at
        else:
            assert not capacity or capacity >= taken

    @precondition(lambda self: self.live_groups())
    @rule(data=st.data(), hours=st.sampled_from([-3, -0.5, 0.5, 1, 5, 30]), are_kept=st.booleans())
    def move(self, data: Any, hours: float, are_kept: bool) -> None:
        """Move a group session: whoever has a seat is asked again and holds no time until then.

        With `are_kept`, they answer at once, unless they have another session then.
        """
        number = data.draw(st.sampled_from(self.live_groups()), "group")
        group = self.groups[number]
        start = group.starts_at + timedelta(hours=hours)
        end = group.ends_at + timedelta(hours=hours)
        is_busy = self.is_busy(group.mentor, start, end, without=number)
        try:
            self.run(moving.move, actor(group.mentor, group.guild), number, start)
        except (SlotTaken, SlotUnavailable):
            assert is_busy or start <= self.now
        except InvalidField:
            assert start <= self.now
        except NotAllowedNow:
            assert self.now >= group.starts_at
        else:
            assert not is_busy
            assert {seat.status for seat in self.seats_of(number)} <= {SessionStatus.SCHEDULED}
            for seat in [each for each in self.moved_seats() if are_kept]:
                self.keep(seat)

    @precondition(lambda self: self.live_groups())
    @rule(data=st.data(), is_open=st.booleans())
    def open_or_close(self, data: Any, is_open: bool) -> None:
        number = data.draw(st.sampled_from(self.live_groups()), "group")
        group = self.groups[number]
        try:
            self.run(
                group_changes.set_sign_up, actor(group.mentor, group.guild), number, is_open=is_open
            )
        except NotAllowedNow:
            assert is_open == group.is_open or self.now >= group.starts_at

    @precondition(lambda self: self.live_groups())
    @rule(data=st.data(), by_moderator=st.booleans())
    def cancel_group(self, data: Any, by_moderator: bool) -> None:
        number = data.draw(st.sampled_from(self.live_groups()), "group")
        group = self.groups[number]
        who = moderator(group.guild) if by_moderator else actor(group.mentor, group.guild)
        try:
            self.run(group_changes.cancel, who, number)
        except NotAllowedNow:
            assert self.now >= group.starts_at
        else:
            assert self.seats_of(number) == []

    # --- Members ---

    @precondition(lambda self: self.live_groups())
    @rule(data=st.data(), person=people)
    def join(self, data: Any, person: int) -> None:
        self.join_group(data.draw(st.sampled_from(self.live_groups()), "group"), person)

    def join_group(self, number: int, person: int) -> None:
        group = self.groups[number]
        has_seat = any(seat.mentee == person for seat in self.seats_of(number))
        in_line = dict(group.line)
        balance = self.model.balances[group.guild, person]
        is_busy = self.is_busy(person, group.starts_at, group.ends_at)
        left = self.free(number) - len([each for each in self.eligible(number) if each != person])
        self.joiner = person
        try:
            self.run(seats.join, actor(person, group.guild), JoinRequest(number))
        except OwnGroupSession:
            assert person == group.mentor
        except AlreadyJoined:
            assert has_seat
        except SignUpClosed:
            assert not group.is_open or self.now >= group.starts_at
        except SessionFull:
            assert left <= 0 or person in in_line
        except Busy:
            assert is_busy
        except NotEnoughPoints:
            assert balance < group.price
        else:
            assert person != group.mentor
            assert not has_seat
            assert not is_busy
            assert group.is_open
            assert any(seat.mentee == person for seat in self.seats_of(number))
        finally:
            self.joiner = None

    @precondition(lambda self: self.live_groups())
    @rule(data=st.data(), person=people)
    def wait_in_line(self, data: Any, person: int) -> None:
        self.enter_line(data.draw(st.sampled_from(self.live_groups()), "group"), person)

    def enter_line(self, number: int, person: int) -> None:
        group = self.groups[number]
        obstacles = {
            OwnGroupSession: person == group.mentor,
            AlreadyJoined: any(seat.mentee == person for seat in self.seats_of(number)),
            AlreadyWaiting: person in dict(group.line),
            SeatsFree: self.free(number) > 0,
            SignUpClosed: not group.is_open or self.now >= group.starts_at,
        }
        expected = tuple(error for error, applies in obstacles.items() if applies)
        if expected:
            with pytest.raises(expected):
                self.run(waitlist.join, actor(person, group.guild), number)
        else:
            group.line.append((person, group.price))
            self.agreed_starts[number, person] = group.starts_at
            self.run(waitlist.join, actor(person, group.guild), number)

    @precondition(lambda self: self.waiting())
    @rule(data=st.data())
    def leave_line(self, data: Any) -> None:
        number, person = data.draw(st.sampled_from(self.waiting()), "entry")
        group = self.groups[number]
        group.line = [entry for entry in group.line if entry[0] != person]
        self.run(waitlist.leave, actor(person, group.guild), number)

    @precondition(lambda self: self.live_seats())
    @rule(data=st.data())
    def leave_seat(self, data: Any) -> None:
        """Leave a seat; whoever is the first in line and can take it has it at once."""
        number = data.draw(st.sampled_from(self.live_seats()), "seat")
        seat = self.model.sessions[number]
        assert seat.group is not None
        group = self.groups[seat.group]
        first = (self.eligible(seat.group) or [None])[0]
        gives = group.is_open and self.free(seat.group) == 0
        try:
            self.run(seats.leave, actor(seat.mentee, seat.guild), seat.group)
        except (NotAllowedNow, NotFound):
            assert self.now >= group.starts_at
        else:
            assert self.model.sessions[number].status is SessionStatus.CANCELLED
            if gives and first is not None:
                assert first in {each.mentee for each in self.seats_of(seat.group)}

    @precondition(lambda self: self.live_seats())
    @rule(data=st.data())
    def keep_seat(self, data: Any) -> None:
        self.keep(data.draw(st.sampled_from(self.moved_seats() or self.live_seats()), "seat"))

    def moved_seats(self) -> list[int]:
        """Return the seats whose attendees are asked again."""
        return [
            number
            for number in self.live_seats()
            if self.model.sessions[number].status is SessionStatus.SCHEDULED
        ]

    def keep(self, number: int) -> None:
        seat = self.model.sessions[number]
        assert seat.group is not None
        group = self.groups[seat.group]
        is_busy = self.is_busy(seat.mentee, group.starts_at, group.ends_at)
        try:
            self.run(seats.keep, actor(seat.mentee, seat.guild), number)
        except Busy:
            assert is_busy
        except NotAllowedNow:
            (row,) = self.rows(f"SELECT next_at FROM sessions WHERE id = {number}")
            is_late = row["next_at"] is None or instant(row["next_at"]) <= self.now
            assert seat.status is not SessionStatus.SCHEDULED or is_late
        else:
            assert seat.status is SessionStatus.SCHEDULED
            assert not is_busy

    @precondition(lambda self: self.live_seats())
    @rule(data=st.data())
    def act_on_seat(self, data: Any) -> None:
        """Let the attendee or the mentor do to a seat what they are offered, or something else."""
        number = data.draw(st.sampled_from(self.live_seats()), "seat")
        seat = self.model.sessions[number]
        view = self.read(session_views.load, number)
        offered = [
            (person, action)
            for person in (seat.mentor, seat.mentee)
            for action in view.actions(person, self.now)
            if action in USE_CASES
        ]
        other = [(person, action) for person in (seat.mentor, seat.mentee) for action in USE_CASES]
        person, action = data.draw(st.sampled_from(offered * 4 + other), "action")
        try:
            self.run(USE_CASES[action], actor(person, seat.guild), number)
        except NotAllowedNow:
            assert (person, action) not in offered
        else:
            assert (person, action) in offered

    @precondition(lambda self: self.live_seats())
    @rule(data=st.data(), hours=st.sampled_from([0.25, 1]))
    def act_after_the_start(self, data: Any, hours: float) -> None:
        number = data.draw(st.sampled_from(self.live_seats()), "seat")
        self.advance_clock_to(self.model.sessions[number].starts_at + timedelta(hours=hours))
        if self.live_seats():
            self.act_on_seat(data)

    @precondition(lambda self: self.disputed())
    @rule(data=st.data(), action=st.sampled_from([Action.PAY, Action.REFUND, Action.SPLIT]))
    def resolve_dispute(self, data: Any, action: Action) -> None:
        number = data.draw(st.sampled_from(self.disputed()), "seat")
        self.decided = action
        self.run(disputes.resolve, moderator(self.model.sessions[number].guild), number, action)
        self.decided = None

    def disputed(self) -> list[int]:
        return [
            number
            for number, each in self.model.sessions.items()
            if each.status is SessionStatus.DISPUTED
        ]

    # --- Everything else that takes time or points ---

    @rule(
        guild=guilds,
        person=people,
        mentor=mentors,
        ahead=st.sampled_from([2, 3, 26, 30, 31, 50]),
        is_confirmed=st.booleans(),
    )
    def book(self, guild: int, person: int, mentor: int, ahead: int, is_confirmed: bool) -> None:
        """Book a one-to-one session: it takes the time of both."""
        start = self.now.replace(minute=0, second=0) + timedelta(hours=ahead)
        end = start + timedelta(hours=1)
        is_busy = self.is_busy(person, start, end) or self.is_busy(mentor, start, end)
        try:
            booked = self.run(booking.book, actor(person, guild), BookingRequest(mentor, start, 60))
        except MentorshipError:
            pass
        else:
            assert not is_busy
            if is_confirmed:
                self.run(transitions.confirm, actor(mentor, guild), booked.id)

    @rule(
        guild=guilds,
        person=people,
        mentor=mentors,
        ahead=st.sampled_from([2, 30, 31, 50]),
        count=st.sampled_from([2, 3]),
    )
    def book_series(self, guild: int, person: int, mentor: int, ahead: int, count: int) -> None:
        """Book a session a week: all of them, or none."""
        start = self.now.replace(minute=0, second=0) + timedelta(hours=ahead)
        wall_clock = start.astimezone(LONDON).replace(tzinfo=None)
        starts = [
            (wall_clock + timedelta(weeks=week)).replace(tzinfo=LONDON).astimezone(UTC)
            for week in range(count)
        ]
        is_busy = any(
            self.is_busy(each, one, one + timedelta(hours=1))
            for each in (person, mentor)
            for one in starts
        )
        price = MENTORS[mentor] * count
        balance, before = self.model.balances[guild, person], set(self.model.sessions)
        request = SeriesRequest(mentor, start, 60, every_weeks=1, count=count)
        try:
            self.run(series_booking.book_series, actor(person, guild), request)
        except MentorshipError:
            self.check_sessions()
            assert set(self.model.sessions) == before
            assert is_busy or balance < price or person == mentor
        else:
            new = [each for number, each in self.model.sessions.items() if number not in before]
            assert sorted(each.starts_at for each in new) == starts
            assert {(each.mentor, each.mentee) for each in new} == {(mentor, person)}
            assert not is_busy

    @rule(guild=guilds, person=people, amount=st.sampled_from([20, 50]))
    def grant(self, guild: int, person: int, amount: int) -> None:
        """Grant points to somebody who may be waiting for a seat that they couldn't pay."""
        try:
            self.run(adjustments.grant, moderator(guild), Recipient(person), amount, "-")
        except RecipientNotAMember:
            assert self.has_left(guild, person)
        else:
            self.model.balances[guild, person] += amount

    @rule(guild=guilds, policy=policies)
    def change_policy(self, guild: int, policy: Policy) -> None:
        """Change the guild's policy. Seats keep the terms of their group session."""

        async def configure(tx: Any, chief: Any) -> None:
            await setup.configure(tx, chief, **asdict(policy))

        self.run(configure, moderator(guild))
        self.model.policies[guild] = policy

    @rule(hours=st.sampled_from([0.3, 1, 2, 6, 24]))
    def advance_clock(self, hours: float) -> None:
        """Let time pass: nobody who can take a free seat is left waiting for long."""
        before = {number: self.eligible(number) for number in self.groups}
        self.advance_clock_to(self.now + timedelta(hours=hours))
        assert timedelta(hours=hours) > RETRIED_AFTER
        for number, group in self.groups.items():
            if group.status is SessionStatus.CONFIRMED and group.is_open and self.free(number) > 0:
                idle = set(before.get(number, ())) & set(self.eligible(number))
                assert not idle, "a seat is free, and who waits for it could take it"

    def advance_clock_to(self, then: datetime) -> None:
        """Let time pass as if the program ran all the while."""
        then = max(self.now, then)
        while True:
            steps, due = self.run(live_for_a_moment, next_end)
            if self.now >= then and not steps:
                return
            self.town.clock.now = max(self.now, min(due or then, then))

    # --- What holds at all times ---

    @invariant()
    def seats_never_exceed_the_capacity(self) -> None:
        for row in self.rows("SELECT id, capacity, seats_taken FROM group_sessions"):
            taken = self.seats_of(row["id"])
            assert row["seats_taken"] == len(taken)
            assert row["capacity"] == 0 or len(taken) <= row["capacity"]
            assert len({seat.mentee for seat in taken}) == len(taken)

    @invariant()
    def seats_and_groups_hold_exactly_their_time(self) -> None:
        commitments = self.commitments()
        held = {(each.session, each.person) for each in commitments if each.session}
        for number, seat in self.model.sessions.items():
            if seat.group is None or seat.status not in LIVE:
                continue
            assert seat.starts_at == self.groups[seat.group].starts_at
            assert (number, seat.mentor) not in held
            if seat.status in _TAKES_TIME:
                assert (number, seat.mentee) in held
            elif seat.status is SessionStatus.SCHEDULED:
                assert (number, seat.mentee) not in held
        spans = {
            each.group: (each.person, each.starts_at, each.ends_at)
            for each in commitments
            if each.group
        }
        for number, group in self.groups.items():
            if group.status in _TAKES_TIME:
                assert spans[number] == (group.mentor, group.starts_at, group.ends_at)
            elif group.status is SessionStatus.CANCELLED:
                assert number not in spans


async def next_end(tx: Transaction) -> datetime | None:
    """Return when the clock acts next, other than by showing a request for help to more mentors.

    That happens every few minutes for a week, and as well whenever something else does.
    """
    return min(filter(None, await tx.connection.scalars(_NEXT_ENDS)), default=None)
