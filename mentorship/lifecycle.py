"""The life of a session as one table: from where, to where, who may, and what that does.

Buttons, commands, the REST API, the documentation's diagram and the tests all read `TRANSITIONS`.
What is not in it is refused with the session's current status.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

from mentorship.errors import NotAllowedNow


class Status(StrEnum):
    """Where a session is in its life."""

    SCHEDULED = auto()
    CONFIRMED = auto()
    IN_PROGRESS = auto()
    COMPLETED = auto()
    DECLINED = auto()
    EXPIRED = auto()
    CANCELLED = auto()

    @property
    def words(self) -> str:
        """The status as people say it, fit for "it is …"."""
        return _WORDS[self]

    @property
    def is_over(self) -> bool:
        """Nothing more happens to the session, and its points have found their owner."""
        return self not in LIVE


_WORDS = {
    Status.SCHEDULED: "waiting for the mentor",
    Status.CONFIRMED: "confirmed",
    Status.IN_PROGRESS: "in progress",
    Status.COMPLETED: "completed",
    Status.DECLINED: "declined",
    Status.EXPIRED: "expired",
    Status.CANCELLED: "cancelled",
}

LIVE = frozenset({Status.SCHEDULED, Status.CONFIRMED, Status.IN_PROGRESS})
"""Statuses that hold the two people's time and the mentee's points."""


class Act(StrEnum):
    """What can be done to a session."""

    CONFIRM = auto()
    DECLINE = auto()
    EXPIRE = auto()
    CANCEL = auto()
    START = auto()
    COMPLETE = auto()


class Party(StrEnum):
    """In what part somebody acts on a session."""

    MENTOR = auto()
    MENTEE = auto()
    MODERATOR = auto()
    CLOCK = auto()


class Points(StrEnum):
    """What becomes of the points held for the session."""

    HELD = auto()
    REFUNDED = auto()
    REFUNDED_BY_POLICY = auto()
    PAID = auto()


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table. `tells` are the parties who hear of it by a notice."""

    act: Act
    source: Status
    target: Status
    party: Party
    points: Points
    tells: tuple[Party, ...]


_BOTH = (Party.MENTOR, Party.MENTEE)

TRANSITIONS = (
    Transition(
        Act.CONFIRM,
        Status.SCHEDULED,
        Status.CONFIRMED,
        Party.MENTOR,
        Points.HELD,
        (Party.MENTEE,),
    ),
    Transition(
        Act.DECLINE,
        Status.SCHEDULED,
        Status.DECLINED,
        Party.MENTOR,
        Points.REFUNDED,
        (Party.MENTEE,),
    ),
    Transition(Act.EXPIRE, Status.SCHEDULED, Status.EXPIRED, Party.CLOCK, Points.REFUNDED, _BOTH),
    Transition(
        Act.CANCEL,
        Status.SCHEDULED,
        Status.CANCELLED,
        Party.MENTEE,
        Points.REFUNDED_BY_POLICY,
        (Party.MENTOR,),
    ),
    Transition(
        Act.CANCEL,
        Status.CONFIRMED,
        Status.CANCELLED,
        Party.MENTEE,
        Points.REFUNDED_BY_POLICY,
        (Party.MENTOR,),
    ),
    Transition(
        Act.CANCEL,
        Status.CONFIRMED,
        Status.CANCELLED,
        Party.MENTOR,
        Points.REFUNDED,
        (Party.MENTEE,),
    ),
    *(
        Transition(Act.CANCEL, source, Status.CANCELLED, Party.MODERATOR, Points.REFUNDED, _BOTH)
        for source in (Status.SCHEDULED, Status.CONFIRMED)
    ),
    Transition(Act.START, Status.CONFIRMED, Status.IN_PROGRESS, Party.CLOCK, Points.HELD, _BOTH),
    Transition(
        Act.COMPLETE,
        Status.IN_PROGRESS,
        Status.COMPLETED,
        Party.MENTEE,
        Points.PAID,
        (Party.MENTOR,),
    ),
    Transition(Act.COMPLETE, Status.IN_PROGRESS, Status.COMPLETED, Party.CLOCK, Points.PAID, _BOTH),
)

_BY_KEY = {(row.act, row.source, row.party): row for row in TRANSITIONS}


def transition(act: Act, status: Status, party: Party) -> Transition:
    """The row for what `party` wants to do now. Raises `NotAllowedNow` where there is none."""
    row = _BY_KEY.get((act, status, party))
    if row is None:
        raise NotAllowedNow(act=act.value, status=status.words)
    return row


def acts(status: Status, party: Party) -> tuple[Act, ...]:
    """What `party` may do to a session in `status`, in the table's order."""
    return tuple(row.act for row in TRANSITIONS if row.source == status and row.party == party)
