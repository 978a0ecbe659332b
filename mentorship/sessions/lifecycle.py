"""The life of a session as one table: from where, to where, who may, and what that does.

Buttons, commands, the REST API, the documentation's diagram and the tests all read `TRANSITIONS`.
What is not in it is refused with the current status. What is in it may still depend on the time,
or on the other participant (`obstacle`).

A row works on a one-to-one session, on an attendee's seat in a group session, or on a group session
as a whole (`Unit`). A one-to-one session and its only seat are the same thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto

from mentorship.errors import NotAllowedNow, Obstacle
from mentorship.event_types import EventType
from mentorship.statuses import UPCOMING, SessionStatus


class Action(StrEnum):
    """What a person, or the clock, does to a session.

    The values are stored in buttons and notifications that were already sent, so they never change.
    """

    CONFIRM = "confirm"
    DECLINE = "decline"
    EXPIRE = "expire"
    PROPOSE = "propose"
    ACCEPT_PROPOSAL = "accept"
    DECLINE_PROPOSAL = "keep"
    WITHDRAW_PROPOSAL = "withdraw"
    EXPIRE_PROPOSAL = "lapse"
    CANCEL = "cancel"
    START = "start"
    REPORT_MET = "took_place"
    REPORT_NO_SHOW = "missed"
    DISPUTE = "dispute"
    COMPLETE = "complete"
    CLOSE_MENTOR_NO_SHOW = "mentor_absent"
    CLOSE_MENTEE_NO_SHOW = "mentee_absent"
    PAY = "pay"
    REFUND = "refund"
    SPLIT = "split"
    CONCEDE = "concede"
    CONCEDE_MET = "concede_met"
    CONCEDE_NO_SHOW = "concede_missed"
    ASK_AGAIN = "ask_again"
    KEEP_SEAT = "keep_seat"
    EDIT = "edit"
    MOVE = "move"
    CLOSE_SIGN_UP = "close_sign_up"
    OPEN_SIGN_UP = "open_sign_up"


class Unit(StrEnum):
    """What an action works on."""

    SESSION = auto()
    """A one-to-one session."""

    SEAT = auto()
    """An attendee's seat in a group session."""

    GROUP = auto()
    """A group session as a whole."""


class Party(StrEnum):
    """The role in which somebody acts on a session."""

    MENTOR = auto()
    MENTEE = auto()
    MODERATOR = auto()
    CLOCK = auto()

    @property
    def other(self) -> Party:
        """The other participant. Only the mentor and the mentee have one."""
        return {Party.MENTOR: Party.MENTEE, Party.MENTEE: Party.MENTOR}[self]


class PointsEffect(StrEnum):
    """What happens to the points on hold for a session.

    `PAY` pays the mentor the price less the fee of the booking. `PAY_WITHOUT_FEE` pays the whole
    price: the guild takes no fee for a session that the mentee missed. `SPLIT` refunds half, an odd
    point included, and pays the rest less the fee. `REFUND_BY_POLICY` refunds what the cancellation
    policy gives (`mentorship.points.pricing.refund_to_mentee`) and pays the rest without a fee.
    `BY_SEAT` is that of group sessions, which have no points of their own: what happens to those of
    each seat is said by the rows for seats.
    """

    HOLD = auto()
    REFUND = auto()
    REFUND_BY_POLICY = auto()
    PAY = auto()
    PAY_WITHOUT_FEE = auto()
    SPLIT = auto()
    BY_SEAT = auto()

    @property
    def takes_fee(self) -> bool:
        """Whether the guild's fee is deducted from what the mentor gets."""
        return self in (PointsEffect.PAY, PointsEffect.SPLIT)


class Attendance(StrEnum):
    """What a participant reports after a session; `NO_SHOW` is about the other person."""

    MET = "took_place"
    NO_SHOW = "no_show"


class EndReason(StrEnum):
    """Why the program ended a session; stored where a person's own reason would be.

    `wording.sessions.end_reason` has the sentences.
    """

    MENTOR_UNAVAILABLE = "code:mentor_unavailable"
    LEFT_GUILD = "code:left_guild"
    TOO_FEW_SEATS = "code:too_few_seats"
    GROUP_CANCELLED = "code:group_cancelled"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: `party` may do `action` to a `unit` in status `source`.

    It is `target` afterwards, `points` says what happens to the points on hold, and `event` is
    published.
    """

    action: Action
    source: SessionStatus
    target: SessionStatus
    party: Party
    points: PointsEffect
    event: EventType
    unit: Unit = Unit.SESSION

    @property
    def others(self) -> tuple[Party, ...]:
        """The participants who are told, if anyone is: the one who doesn't act, or both.

        What happens to a single seat is not told to the mentor, who follows the group session;
        except what they have to answer, and how a dispute ended.
        """
        is_of_seat = self.event.is_of_seat or (
            self.unit is Unit.SEAT and self.event is EventType.SESSION_NO_SHOW
        )
        told = (_MENTEE,) if is_of_seat else (_MENTOR, _MENTEE)
        return tuple(party for party in told if party is not self.party)


_MENTOR, _MENTEE, _MODERATOR, _CLOCK = Party


def _by_each(
    action: Action, source: SessionStatus, target: SessionStatus, event: EventType
) -> tuple[Transition, ...]:
    """Return the rows for what either of the two may do while the points stay on hold."""
    return tuple(
        Transition(action, source, target, party, PointsEffect.HOLD, event)
        for party in (_MENTOR, _MENTEE)
    )


_S, _A, _P, _E = SessionStatus, Action, PointsEffect, EventType

_OF_SESSIONS = (
    Transition(_A.CONFIRM, _S.SCHEDULED, _S.CONFIRMED, _MENTOR, _P.HOLD, _E.SESSION_CONFIRMED),
    Transition(_A.DECLINE, _S.SCHEDULED, _S.DECLINED, _MENTOR, _P.REFUND, _E.SESSION_DECLINED),
    Transition(_A.EXPIRE, _S.SCHEDULED, _S.EXPIRED, _CLOCK, _P.REFUND, _E.SESSION_EXPIRED),
    # Reschedule requests: one side proposes, the other answers. Accepting also confirms.
    *_by_each(_A.ACCEPT_PROPOSAL, _S.SCHEDULED, _S.CONFIRMED, _E.RESCHEDULE_ACCEPTED),
    *_by_each(_A.ACCEPT_PROPOSAL, _S.CONFIRMED, _S.CONFIRMED, _E.RESCHEDULE_ACCEPTED),
    *_by_each(_A.DECLINE_PROPOSAL, _S.SCHEDULED, _S.SCHEDULED, _E.RESCHEDULE_DECLINED),
    *_by_each(_A.DECLINE_PROPOSAL, _S.CONFIRMED, _S.CONFIRMED, _E.RESCHEDULE_DECLINED),
    *_by_each(_A.WITHDRAW_PROPOSAL, _S.SCHEDULED, _S.SCHEDULED, _E.RESCHEDULE_WITHDRAWN),
    *_by_each(_A.WITHDRAW_PROPOSAL, _S.CONFIRMED, _S.CONFIRMED, _E.RESCHEDULE_WITHDRAWN),
    *_by_each(_A.PROPOSE, _S.SCHEDULED, _S.SCHEDULED, _E.RESCHEDULE_PROPOSED),
    *_by_each(_A.PROPOSE, _S.CONFIRMED, _S.CONFIRMED, _E.RESCHEDULE_PROPOSED),
    Transition(
        _A.EXPIRE_PROPOSAL, _S.CONFIRMED, _S.CONFIRMED, _CLOCK, _P.HOLD, _E.RESCHEDULE_EXPIRED
    ),
    # Until the mentor has confirmed, a cancellation can't be late: the refund is always full.
    Transition(_A.CANCEL, _S.SCHEDULED, _S.CANCELLED, _MENTEE, _P.REFUND, _E.SESSION_CANCELLED),
    Transition(
        _A.CANCEL, _S.CONFIRMED, _S.CANCELLED, _MENTEE, _P.REFUND_BY_POLICY, _E.SESSION_CANCELLED
    ),
    Transition(_A.CANCEL, _S.CONFIRMED, _S.CANCELLED, _MENTOR, _P.REFUND, _E.SESSION_CANCELLED),
    Transition(_A.CANCEL, _S.SCHEDULED, _S.CANCELLED, _MODERATOR, _P.REFUND, _E.SESSION_CANCELLED),
    Transition(_A.CANCEL, _S.CONFIRMED, _S.CANCELLED, _MODERATOR, _P.REFUND, _E.SESSION_CANCELLED),
    Transition(_A.START, _S.CONFIRMED, _S.IN_PROGRESS, _CLOCK, _P.HOLD, _E.SESSION_STARTED),
    Transition(_A.REPORT_MET, _S.IN_PROGRESS, _S.COMPLETED, _MENTEE, _P.PAY, _E.SESSION_COMPLETED),
    Transition(_A.COMPLETE, _S.IN_PROGRESS, _S.COMPLETED, _CLOCK, _P.PAY, _E.SESSION_COMPLETED),
)

_OF_SESSIONS_AND_SEATS = (
    # Attendance: the mentee's "we met" pays at once; everything else waits for the other or for
    # the guild's delay.
    Transition(
        _A.REPORT_MET, _S.IN_PROGRESS, _S.IN_PROGRESS, _MENTOR, _P.HOLD, _E.MEETING_REPORTED
    ),
    *_by_each(_A.REPORT_NO_SHOW, _S.IN_PROGRESS, _S.IN_PROGRESS, _E.NO_SHOW_REPORTED),
    *_by_each(_A.DISPUTE, _S.IN_PROGRESS, _S.DISPUTED, _E.DISPUTE_OPENED),
    Transition(
        _A.CLOSE_MENTOR_NO_SHOW,
        _S.IN_PROGRESS,
        _S.NO_SHOW,
        _CLOCK,
        _P.REFUND,
        _E.SESSION_NO_SHOW,
    ),
    Transition(
        _A.CLOSE_MENTEE_NO_SHOW,
        _S.IN_PROGRESS,
        _S.NO_SHOW,
        _CLOCK,
        _P.PAY_WITHOUT_FEE,
        _E.SESSION_NO_SHOW,
    ),
    Transition(_A.PAY, _S.DISPUTED, _S.COMPLETED, _MODERATOR, _P.PAY, _E.DISPUTE_RESOLVED),
    Transition(_A.REFUND, _S.DISPUTED, _S.REFUNDED, _MODERATOR, _P.REFUND, _E.DISPUTE_RESOLVED),
    Transition(_A.SPLIT, _S.DISPUTED, _S.COMPLETED, _MODERATOR, _P.SPLIT, _E.DISPUTE_RESOLVED),
    # Either side can give in at any time. Whatever nobody resolves is split in the end.
    Transition(_A.CONCEDE, _S.DISPUTED, _S.REFUNDED, _MENTOR, _P.REFUND, _E.DISPUTE_CONCEDED),
    Transition(_A.CONCEDE, _S.DISPUTED, _S.COMPLETED, _MENTEE, _P.PAY, _E.DISPUTE_CONCEDED),
    # In a free session there are no points to give in about, so conceding agrees with the other's
    # report: these are the reports that the two rows above would contradict.
    Transition(_A.CONCEDE_MET, _S.DISPUTED, _S.COMPLETED, _MENTOR, _P.PAY, _E.DISPUTE_CONCEDED),
    Transition(
        _A.CONCEDE_NO_SHOW, _S.DISPUTED, _S.REFUNDED, _MENTEE, _P.REFUND, _E.DISPUTE_CONCEDED
    ),
    Transition(_A.SPLIT, _S.DISPUTED, _S.COMPLETED, _CLOCK, _P.SPLIT, _E.DISPUTE_EXPIRED),
)

_OF_SEATS = (
    Transition(_A.CANCEL, _S.CONFIRMED, _S.CANCELLED, _MENTEE, _P.REFUND_BY_POLICY, _E.SEAT_LEFT),
    Transition(_A.CANCEL, _S.CONFIRMED, _S.CANCELLED, _MENTOR, _P.REFUND, _E.SEAT_CANCELLED),
    Transition(_A.CANCEL, _S.CONFIRMED, _S.CANCELLED, _MODERATOR, _P.REFUND, _E.SEAT_CANCELLED),
    # With its group session.
    Transition(_A.CANCEL, _S.CONFIRMED, _S.CANCELLED, _CLOCK, _P.REFUND, _E.SEAT_CANCELLED),
    # After the mentor has moved the group session, the attendee agrees again or is refunded.
    Transition(_A.ASK_AGAIN, _S.CONFIRMED, _S.SCHEDULED, _CLOCK, _P.HOLD, _E.SEAT_MOVED),
    Transition(_A.ASK_AGAIN, _S.SCHEDULED, _S.SCHEDULED, _CLOCK, _P.HOLD, _E.SEAT_MOVED),
    Transition(_A.KEEP_SEAT, _S.SCHEDULED, _S.CONFIRMED, _MENTEE, _P.HOLD, _E.SEAT_KEPT),
    Transition(_A.EXPIRE, _S.SCHEDULED, _S.EXPIRED, _CLOCK, _P.REFUND, _E.SEAT_EXPIRED),
    Transition(_A.CANCEL, _S.SCHEDULED, _S.CANCELLED, _MENTEE, _P.REFUND, _E.SEAT_LEFT),
    Transition(_A.CANCEL, _S.SCHEDULED, _S.CANCELLED, _MENTOR, _P.REFUND, _E.SEAT_CANCELLED),
    Transition(_A.CANCEL, _S.SCHEDULED, _S.CANCELLED, _MODERATOR, _P.REFUND, _E.SEAT_CANCELLED),
    Transition(_A.CANCEL, _S.SCHEDULED, _S.CANCELLED, _CLOCK, _P.REFUND, _E.SEAT_CANCELLED),
    Transition(_A.START, _S.CONFIRMED, _S.IN_PROGRESS, _CLOCK, _P.HOLD, _E.SEAT_STARTED),
    Transition(_A.REPORT_MET, _S.IN_PROGRESS, _S.COMPLETED, _MENTEE, _P.PAY, _E.SEAT_COMPLETED),
    Transition(_A.COMPLETE, _S.IN_PROGRESS, _S.COMPLETED, _CLOCK, _P.PAY, _E.SEAT_COMPLETED),
)

_OF_GROUPS = (
    Transition(_A.EDIT, _S.CONFIRMED, _S.CONFIRMED, _MENTOR, _P.BY_SEAT, _E.GROUP_EDITED),
    Transition(_A.MOVE, _S.CONFIRMED, _S.CONFIRMED, _MENTOR, _P.BY_SEAT, _E.GROUP_MOVED),
    Transition(
        _A.CLOSE_SIGN_UP, _S.CONFIRMED, _S.CONFIRMED, _MENTOR, _P.BY_SEAT, _E.GROUP_SIGN_UP_CLOSED
    ),
    Transition(
        _A.OPEN_SIGN_UP, _S.CONFIRMED, _S.CONFIRMED, _MENTOR, _P.BY_SEAT, _E.GROUP_SIGN_UP_OPENED
    ),
    Transition(_A.CANCEL, _S.CONFIRMED, _S.CANCELLED, _MENTOR, _P.BY_SEAT, _E.GROUP_CANCELLED),
    Transition(
        _A.CANCEL,
        _S.CONFIRMED,
        _S.CANCELLED,
        _MODERATOR,
        _P.BY_SEAT,
        _E.GROUP_CANCELLED_BY_MODERATOR,
    ),
    # With too few seats taken at the deadline.
    Transition(_A.CANCEL, _S.CONFIRMED, _S.CANCELLED, _CLOCK, _P.BY_SEAT, _E.GROUP_CANCELLED),
    Transition(_A.START, _S.CONFIRMED, _S.IN_PROGRESS, _CLOCK, _P.BY_SEAT, _E.GROUP_STARTED),
    Transition(_A.COMPLETE, _S.IN_PROGRESS, _S.COMPLETED, _CLOCK, _P.BY_SEAT, _E.GROUP_ENDED),
)


def _on(unit: Unit, rows: tuple[Transition, ...]) -> tuple[Transition, ...]:
    return tuple(replace(row, unit=unit) for row in rows)


TRANSITIONS = (
    *_on(Unit.SESSION, (*_OF_SESSIONS, *_OF_SESSIONS_AND_SEATS)),
    *_on(Unit.SEAT, (*_OF_SEATS, *_OF_SESSIONS_AND_SEATS)),
    *_on(Unit.GROUP, _OF_GROUPS),
)
"""Columns: what is done, from which status to which, by whom, what happens to the points, the event
that is published, and what it works on. Who is notified of an event is
`mentorship.notifications.policy`'s."""

NEEDS_MEMBER = frozenset(
    {
        Action.CONFIRM,
        Action.PROPOSE,
        Action.ACCEPT_PROPOSAL,
        Action.REPORT_MET,
        Action.REPORT_NO_SHOW,
        Action.DISPUTE,
        Action.KEEP_SEAT,
        Action.EDIT,
        Action.MOVE,
        Action.CLOSE_SIGN_UP,
        Action.OPEN_SIGN_UP,
    }
)
"""Actions of participants who are members of the guild. The others only give something up, which
those who have left may do, too."""

_BY_KEY = {(row.unit, row.action, row.source, row.party): row for row in TRANSITIONS}
_KNOWN = frozenset((row.unit, row.action) for row in TRANSITIONS)

NO_SHOW_GRACE = timedelta(minutes=10)
"""How long after the start one side has to wait before reporting that the other didn't come."""

LATE_CANCELLATION = timedelta(hours=24)
"""A mentor who cancels less than this before the start has failed their mentee."""

SHORTEST_ANSWER_TIME = timedelta(minutes=30)
"""The least time to answer a request, unless the session starts in less than twice that time."""


@dataclass(frozen=True, slots=True)
class SessionState:
    """What decides, beside the status, what can be done to a session.

    `answer_deadline` is until when a pending request or an open proposal can be answered, or a seat
    be kept. `mentor_active` tells whether the mentor's profile is approved, even if it is paused.
    `reports` are the attendance reports so far. `is_called_off` and `is_moved` tell whether a
    seat's group session was cancelled, or has another start than the seat. `sign_up_open` is a
    group session's.
    """

    status: SessionStatus
    starts_at: datetime
    answer_deadline: datetime | None = None
    proposed_by: Party | None = None
    proposed_start: datetime | None = None
    mentor_active: bool = True
    reports: Mapping[Party, Attendance] = field(default_factory=dict)
    unit: Unit = Unit.SESSION
    is_called_off: bool = False
    is_moved: bool = False
    sign_up_open: bool = True


def transition(
    action: Action, status: SessionStatus, party: Party, unit: Unit = Unit.SESSION
) -> Transition:
    """Return the table's row for an action. Raises `NotAllowedNow` where there is none."""
    row = _BY_KEY.get((unit, action, status, party))
    if row is None:
        is_of_group = unit is Unit.SEAT and (unit, action) not in _KNOWN
        obstacle = Obstacle.PART_OF_GROUP if is_of_group else None
        raise NotAllowedNow(action, obstacle, status=status)
    return row


def ending_action(status: SessionStatus, party: Party, unit: Unit = Unit.SESSION) -> Action:
    """Return how a person ends what hasn't started: a mentor declines a pending request.

    `CANCEL` where the table has neither.
    """
    if (unit, Action.CANCEL, status, party) in _BY_KEY:
        return Action.CANCEL
    is_declined = (unit, Action.DECLINE, status, party) in _BY_KEY
    return Action.DECLINE if is_declined else Action.CANCEL


def obstacle(action: Action, party: Party, state: SessionState, now: datetime) -> Obstacle | None:
    """Return what keeps a person from taking a row of the table right now, or None.

    Nothing is confirmed, moved or cancelled from the start on. From the answer deadline on, nobody
    answers or starts the wait again, even if the clock has not acted yet; the mentee can still
    cancel. A mentor who has stopped or is suspended keeps what is agreed, and agrees to nothing
    new. Only the other side answers a proposal, and only its author withdraws it. Each side reports
    attendance once.
    """
    if action in _BEFORE_THE_START and now >= state.starts_at:
        return Obstacle.STARTED
    deadline = state.answer_deadline
    if action in _BEFORE_THE_DEADLINE and deadline is not None and now >= deadline:
        return Obstacle.ANSWER_DEADLINE_PASSED
    is_pending = state.status is SessionStatus.SCHEDULED
    if action in _TOWARDS_AN_AGREEMENT and is_pending and not state.mentor_active:
        return Obstacle.MENTOR_UNAVAILABLE
    if action in _ON_A_PROPOSAL:
        author = party if action is Action.WITHDRAW_PROPOSAL else party.other
        if state.proposed_by is not author:
            return Obstacle.NO_PROPOSAL
        start = state.proposed_start
        if action is Action.ACCEPT_PROPOSAL and start is not None and now >= start:
            return Obstacle.PROPOSAL_PASSED
    if action is Action.CLOSE_SIGN_UP and not state.sign_up_open:
        return Obstacle.SIGN_UP_CLOSED
    if action is Action.OPEN_SIGN_UP and state.sign_up_open:
        return Obstacle.SIGN_UP_OPEN
    if action in _ON_ATTENDANCE:
        if party in state.reports:
            return Obstacle.ALREADY_REPORTED
        # Contradicting the other's no-show opens a dispute, and may not come earlier for that.
        if action is not Action.REPORT_MET and now < state.starts_at + NO_SHOW_GRACE:
            return Obstacle.TOO_EARLY
    return None


_BEFORE_THE_START = frozenset(
    {
        Action.CONFIRM,
        Action.DECLINE,
        Action.CANCEL,
        Action.PROPOSE,
        Action.ACCEPT_PROPOSAL,
        Action.DECLINE_PROPOSAL,
        Action.KEEP_SEAT,
        Action.EDIT,
        Action.MOVE,
        Action.CLOSE_SIGN_UP,
        Action.OPEN_SIGN_UP,
    }
)
_TOWARDS_AN_AGREEMENT = frozenset({Action.CONFIRM, Action.PROPOSE, Action.ACCEPT_PROPOSAL})
_ON_A_PROPOSAL = frozenset(
    {Action.ACCEPT_PROPOSAL, Action.DECLINE_PROPOSAL, Action.WITHDRAW_PROPOSAL}
)
_BEFORE_THE_DEADLINE = _TOWARDS_AN_AGREEMENT | _ON_A_PROPOSAL | {Action.DECLINE, Action.KEEP_SEAT}
_ON_ATTENDANCE = frozenset({Action.REPORT_MET, Action.REPORT_NO_SHOW, Action.DISPUTE})


def available_actions(party: Party, state: SessionState, now: datetime) -> tuple[Action, ...]:
    """Return what `party` can do now, in the table's order: the buttons to show.

    `DISPUTE` and the concessions in a free session have no button: they are what a report and
    `CONCEDE` turn out to be.
    """
    return tuple(
        row.action
        for row in TRANSITIONS
        if row.unit is state.unit
        and row.source is state.status
        and row.party is party
        and row.action not in _DERIVED
        and obstacle(row.action, party, state, now) is None
    )


_DERIVED = frozenset({Action.DISPUTE, Action.CONCEDE_MET, Action.CONCEDE_NO_SHOW})


def fails_mentee(row: Transition, starts_at: datetime, now: datetime) -> bool:
    """Return whether a session that was agreed on doesn't take place because of its mentor.

    That is a no-show, a dispute that was refunded, and a late cancellation. A mentee who concedes
    that they didn't come was at fault themselves. Mentors' profiles count such sessions.
    """
    if row.action is Action.CANCEL and row.source is SessionStatus.CONFIRMED:
        return row.party is Party.MENTOR and starts_at - now < LATE_CANCELLATION
    if row.target is SessionStatus.REFUNDED:
        return row.action is not Action.CONCEDE_NO_SHOW
    return row.action is Action.CLOSE_MENTOR_NO_SHOW


def answer_deadline(now: datetime, starts_at: datetime, within: int) -> datetime:
    """Return until when an answer must come: in `within` minutes, at most an hour before the start.

    At short notice that hour shrinks: the person asked has `SHORTEST_ANSWER_TIME`, or half of the
    time until the start if that is less. So the other one always knows before the start.
    """
    least = now + min(SHORTEST_ANSWER_TIME, (starts_at - now) / 2)
    latest = max(starts_at - timedelta(hours=1), least)
    return min(now + timedelta(minutes=within), latest)


def report_deadline(ends_at: datetime, now: datetime, complete_after: int) -> datetime:
    """Return until when attendance can be reported: `complete_after` minutes after the end.

    A person who was reported as a no-show after the end has that long from the report. So do both
    people after a session that started late because the program was down.
    """
    return max(ends_at, now) + timedelta(minutes=complete_after)


def attendance_action(report: Attendance, party: Party, state: SessionState) -> Action:
    """Return the action of an attendance report: contradicting the other opens a dispute."""
    is_open = state.status is SessionStatus.IN_PROGRESS and party not in state.reports
    other_report = state.reports.get(party.other) if is_open else None
    contradicts = other_report is Attendance.MET and report is Attendance.NO_SHOW
    if other_report is Attendance.NO_SHOW or contradicts:
        return Action.DISPUTE
    return Action.REPORT_NO_SHOW if report is Attendance.NO_SHOW else Action.REPORT_MET


CONCESSIONS = frozenset({Action.CONCEDE, Action.CONCEDE_MET, Action.CONCEDE_NO_SHOW})
"""The ways in which a participant ends a dispute."""


def concession(party: Party, reports: Mapping[Party, Attendance], price: int) -> Action:
    """Return the action by which `party` concedes a dispute about a session of `price` points.

    The other side gets the points. In a free session, where nobody gets any, it agrees with the
    other's report: the session took place, or it did not.
    """
    if price:
        return Action.CONCEDE
    if reports.get(party.other) is Attendance.MET:
        return Action.CONCEDE_MET if party is Party.MENTOR else Action.CONCEDE
    return Action.CONCEDE_NO_SHOW if party is Party.MENTEE else Action.CONCEDE


def clock_action(state: SessionState) -> Action:
    """Return what the clock does next to a session or seat that is due.

    Silence means agreement, but not to another time.
    """
    if state.is_called_off and state.status in UPCOMING:
        return Action.CANCEL
    if state.is_moved and state.status in UPCOMING:
        return Action.ASK_AGAIN
    if state.status is SessionStatus.SCHEDULED:
        return Action.EXPIRE
    if state.status is SessionStatus.CONFIRMED:
        return Action.START if state.proposed_by is None else Action.EXPIRE_PROPOSAL
    if state.status is SessionStatus.DISPUTED:
        return Action.SPLIT
    if state.reports.get(Party.MENTEE) is Attendance.NO_SHOW:
        return Action.CLOSE_MENTOR_NO_SHOW
    if state.reports.get(Party.MENTOR) is Attendance.NO_SHOW:
        return Action.CLOSE_MENTEE_NO_SHOW
    return Action.COMPLETE
