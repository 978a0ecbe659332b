"""The life of a session as one table: from where, to where, who may, and what that does.

Buttons, commands, the REST API, the documentation's diagram and the tests all read `TRANSITIONS`.
What is not in it is refused with the session's current status; what is in it may still have to
wait for its time, or for the other side (`obstacle`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    NO_SHOW = auto()
    DISPUTED = auto()
    REFUNDED = auto()

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
    Status.NO_SHOW: "closed because somebody did not come",
    Status.DISPUTED: "with the moderators",
    Status.REFUNDED: "refunded",
}

COMING = frozenset({Status.SCHEDULED, Status.CONFIRMED})
"""Statuses of a session that has not begun."""

LIVE = COMING | {Status.IN_PROGRESS, Status.DISPUTED}
"""Statuses in which the mentee's points are held."""


class Act(StrEnum):
    """What can be done to a session."""

    CONFIRM = auto()
    DECLINE = auto()
    EXPIRE = auto()
    PROPOSE = auto()
    ACCEPT = auto()
    KEEP = auto()
    WITHDRAW = auto()
    LAPSE = auto()
    CANCEL = auto()
    START = auto()
    TOOK_PLACE = auto()
    MISSED = auto()
    DISPUTE = auto()
    COMPLETE = auto()
    MENTOR_ABSENT = auto()
    MENTEE_ABSENT = auto()
    PAY = auto()
    REFUND = auto()
    SPLIT = auto()

    @property
    def words(self) -> str:
        """The act as people say it, fit for "you can't … this session"."""
        return _ACTS.get(self, self.value)


_ACTS = {
    Act.PROPOSE: "move",
    Act.ACCEPT: "take the new time of",
    Act.KEEP: "keep the old time of",
    Act.WITHDRAW: "take back the new time of",
    Act.TOOK_PLACE: "complete",
    Act.MISSED: "report a no-show in",
    Act.MENTOR_ABSENT: "close",
    Act.MENTEE_ABSENT: "close",
    Act.PAY: "settle",
    Act.REFUND: "settle",
    Act.SPLIT: "settle",
}


class Party(StrEnum):
    """In what part somebody acts on a session."""

    MENTOR = auto()
    MENTEE = auto()
    MODERATOR = auto()
    CLOCK = auto()

    @property
    def other(self) -> Party:
        """The other of the two who meet."""
        return {Party.MENTOR: Party.MENTEE, Party.MENTEE: Party.MENTOR}[self]


class Points(StrEnum):
    """What becomes of the points held for the session.

    `PAID`: to the mentor less the guild's fee. `FORFEITED`: to the mentor whole, since the guild
    takes no share of what did not happen. `SPLIT`: half back, an odd point too; the rest is paid.
    """

    HELD = auto()
    REFUNDED = auto()
    REFUNDED_BY_POLICY = auto()
    PAID = auto()
    FORFEITED = auto()
    SPLIT = auto()


class Word(StrEnum):
    """What one of the two says of how it went; `NO_SHOW` is said of the other."""

    TOOK_PLACE = auto()
    NO_SHOW = auto()


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table. `tells` are the parties who hear of it by a notice."""

    act: Act
    source: Status
    target: Status
    party: Party
    points: Points
    tells: tuple[Party, ...]


_MENTOR, _MENTEE, _MODERATOR, _CLOCK = Party
_BOTH = (_MENTOR, _MENTEE)


def _by_each(act: Act, source: Status, target: Status, *also: Party) -> tuple[Transition, ...]:
    """What either of the two may do while the points stay held; the other hears of it."""
    return tuple(
        Transition(act, source, target, party, Points.HELD, (party.other, *also)) for party in _BOTH
    )


_S = Status

TRANSITIONS = (
    Transition(Act.CONFIRM, _S.SCHEDULED, _S.CONFIRMED, _MENTOR, Points.HELD, (_MENTEE,)),
    Transition(Act.DECLINE, _S.SCHEDULED, _S.DECLINED, _MENTOR, Points.REFUNDED, (_MENTEE,)),
    Transition(Act.EXPIRE, _S.SCHEDULED, _S.EXPIRED, _CLOCK, Points.REFUNDED, _BOTH),
    # Another time: one side asks, the other answers. Whoever takes the new time agrees to meet.
    *_by_each(Act.ACCEPT, _S.SCHEDULED, _S.CONFIRMED),
    *_by_each(Act.ACCEPT, _S.CONFIRMED, _S.CONFIRMED),
    *_by_each(Act.KEEP, _S.SCHEDULED, _S.SCHEDULED),
    *_by_each(Act.KEEP, _S.CONFIRMED, _S.CONFIRMED),
    *_by_each(Act.WITHDRAW, _S.SCHEDULED, _S.SCHEDULED),
    *_by_each(Act.WITHDRAW, _S.CONFIRMED, _S.CONFIRMED),
    *_by_each(Act.PROPOSE, _S.SCHEDULED, _S.SCHEDULED),
    *_by_each(Act.PROPOSE, _S.CONFIRMED, _S.CONFIRMED),
    Transition(Act.LAPSE, _S.CONFIRMED, _S.CONFIRMED, _CLOCK, Points.HELD, _BOTH),
    Transition(
        Act.CANCEL, _S.SCHEDULED, _S.CANCELLED, _MENTEE, Points.REFUNDED_BY_POLICY, (_MENTOR,)
    ),
    Transition(
        Act.CANCEL, _S.CONFIRMED, _S.CANCELLED, _MENTEE, Points.REFUNDED_BY_POLICY, (_MENTOR,)
    ),
    Transition(Act.CANCEL, _S.CONFIRMED, _S.CANCELLED, _MENTOR, Points.REFUNDED, (_MENTEE,)),
    Transition(Act.CANCEL, _S.SCHEDULED, _S.CANCELLED, _MODERATOR, Points.REFUNDED, _BOTH),
    Transition(Act.CANCEL, _S.CONFIRMED, _S.CANCELLED, _MODERATOR, Points.REFUNDED, _BOTH),
    Transition(Act.START, _S.CONFIRMED, _S.IN_PROGRESS, _CLOCK, Points.HELD, _BOTH),
    # How it went. The mentee's word pays at once; everything else waits for the other or for time.
    Transition(Act.TOOK_PLACE, _S.IN_PROGRESS, _S.COMPLETED, _MENTEE, Points.PAID, (_MENTOR,)),
    Transition(Act.TOOK_PLACE, _S.IN_PROGRESS, _S.IN_PROGRESS, _MENTOR, Points.HELD, ()),
    *_by_each(Act.MISSED, _S.IN_PROGRESS, _S.IN_PROGRESS),
    *_by_each(Act.DISPUTE, _S.IN_PROGRESS, _S.DISPUTED, _MODERATOR),
    Transition(Act.COMPLETE, _S.IN_PROGRESS, _S.COMPLETED, _CLOCK, Points.PAID, _BOTH),
    Transition(Act.MENTOR_ABSENT, _S.IN_PROGRESS, _S.NO_SHOW, _CLOCK, Points.REFUNDED, _BOTH),
    Transition(Act.MENTEE_ABSENT, _S.IN_PROGRESS, _S.NO_SHOW, _CLOCK, Points.FORFEITED, _BOTH),
    Transition(Act.PAY, _S.DISPUTED, _S.COMPLETED, _MODERATOR, Points.PAID, _BOTH),
    Transition(Act.REFUND, _S.DISPUTED, _S.REFUNDED, _MODERATOR, Points.REFUNDED, _BOTH),
    Transition(Act.SPLIT, _S.DISPUTED, _S.COMPLETED, _MODERATOR, Points.SPLIT, _BOTH),
)

_BY_KEY = {(row.act, row.source, row.party): row for row in TRANSITIONS}

PATIENCE = timedelta(minutes=10)
"""How long to wait for the other before one can say that they did not come."""


SOONEST_ANSWER = timedelta(minutes=15)
"""What time for an answer there is at least, however soon the session starts."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides beside the status: times, a proposal of another time, and what was said.

    `answer_by` is until when the mentor can confirm, while that is open.
    """

    status: Status
    starts_at: datetime
    answer_by: datetime | None = None
    proposed_by: Party | None = None
    proposed_start: datetime | None = None
    said: Mapping[Party, Word] = field(default_factory=dict)


def transition(act: Act, status: Status, party: Party) -> Transition:
    """The row for what `party` wants to do now. Raises `NotAllowedNow` where there is none."""
    row = _BY_KEY.get((act, status, party))
    if row is None:
        raise NotAllowedNow(act=act.words, status=status.words)
    return row


def obstacle(act: Act, party: Party, at: Situation, now: datetime) -> str | None:
    """Why a row of the table can't be taken by a person right now, fit for "it is …", or None.

    Nothing is agreed, moved or cancelled from the start on. Only who was asked for another time
    answers, and only who asked takes it back. Everybody says once how it went.
    """
    if act in (Act.CONFIRM, Act.DECLINE, Act.CANCEL, Act.PROPOSE, Act.ACCEPT, Act.KEEP):
        if now >= at.starts_at:
            return "past its start"
        if act is Act.CONFIRM and at.answer_by is not None and now >= at.answer_by:
            return "past the time for an answer"
    if act in (Act.ACCEPT, Act.KEEP, Act.WITHDRAW):
        asked = party if act is Act.WITHDRAW else party.other
        if at.proposed_by is not asked:
            return f"{at.status.words}, and no other time waits for your answer"
        if act is Act.ACCEPT and at.proposed_start is not None and now >= at.proposed_start:
            return f"{at.status.words}, and the new time is past"
    if act in (Act.TOOK_PLACE, Act.MISSED, Act.DISPUTE):
        if party in at.said:
            return "waiting for the other's word: you have given yours"
        # A no-show that is contradicted comes to a dispute, and is no sooner one for that.
        if act is not Act.TOOK_PLACE and now < at.starts_at + PATIENCE:
            minutes = int(PATIENCE.total_seconds() // 60)
            return f"too early: give them {minutes} minutes"
    return None


def offered(party: Party, at: Situation, now: datetime) -> tuple[Act, ...]:
    """What `party` can choose to do now, in the table's order: the buttons that are not dead."""
    return tuple(
        row.act
        for row in TRANSITIONS
        if row.source is at.status
        and row.party is party
        and row.act is not Act.DISPUTE
        and obstacle(row.act, party, at, now) is None
    )


def answer_by(now: datetime, starts_at: datetime, within: int) -> datetime:
    """Until when an answer must come: `within` minutes, or an hour before the start.

    For a session that starts too soon to leave `SOONEST_ANSWER` by that rule, the start.
    """
    deadline = min(now + timedelta(minutes=within), starts_at - timedelta(hours=1))
    return deadline if deadline >= now + SOONEST_ANSWER else starts_at


def act_of_word(word: Word, party: Party, at: Situation) -> Act:
    """What saying `word` comes to: a contradiction of what the other said opens a dispute."""
    asked = at.status is Status.IN_PROGRESS and party not in at.said
    heard = at.said.get(party.other) if asked else None
    if heard is Word.NO_SHOW or (heard is Word.TOOK_PLACE and word is Word.NO_SHOW):
        return Act.DISPUTE
    return Act.MISSED if word is Word.NO_SHOW else Act.TOOK_PLACE


def act_of_clock(at: Situation) -> Act:
    """What time alone does next to a session whose time has come. Silence agrees."""
    if at.status is Status.SCHEDULED:
        return Act.EXPIRE
    if at.status is Status.CONFIRMED:
        return Act.START if at.proposed_by is None else Act.LAPSE
    if at.said.get(Party.MENTEE) is Word.NO_SHOW:
        return Act.MENTOR_ABSENT
    if at.said.get(Party.MENTOR) is Word.NO_SHOW:
        return Act.MENTEE_ABSENT
    return Act.COMPLETE
