"""Taking notices out of the outbox, and recording what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Integer,
    Row,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    select,
    union_all,
    update,
)

from mentorship.administration import audit
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors import application_review, application_views
from mentorship.mentors.application_views import ApplicationView
from mentorship.notifications.catalogue import (
    CATALOGUE,
    URGENCIES,
    DeliveryProblem,
    Destination,
    NotificationKind,
    NotificationSpec,
)
from mentorship.notifications.writing import WAITING, NotificationDraft, write
from mentorship.sessions import alternatives, points_history, reviews, session_views
from mentorship.sessions.alternatives import Alternative
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import ProfileStatus
from mentorship.time.quiet_hours import QuietHours
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import Member, MentorProfile, Notification
from storage.types import UtcDateTime

LEASE = timedelta(minutes=1)
"""How long whoever took notices has to say what became of them, before another may take them. Short
enough for what was sent and not recorded to be sent again while Discord remembers its nonce."""

BATCH_SIZE = 100
"""How many are taken at once."""

CANDIDATE_WINDOW = 5_000
"""Guilds take turns among this many that have been due longest."""

CLAIMANTS = 4
"""How many programs on one PostgreSQL find something to do at the same moment: each looks at that
many batches, and passes over what another has locked."""

GIVE_UP_AFTER = timedelta(days=3)
MAX_ATTEMPTS = 12
"""What has no end of its own is given up once it has been due for so long and tried so often."""

MAX_ORDER_HOLD = timedelta(seconds=10)
"""How long what follows something that is being sent is left, at most."""

UNDELIVERED_SHOWN_FOR = timedelta(days=14)
"""How long something that could not be sent is shown to the person when they come by."""

_FAILED = Notification.status == literal_column("'failed'")
_UNSEEN = _FAILED & Notification.shown_at.is_(None)
_OF_REVIEWS = frozenset({NotificationKind.RATED, NotificationKind.REPLIED})
_ROLE_FOLLOWS = frozenset(
    {NotificationKind.APPROVED, NotificationKind.REINSTATED, NotificationKind.SUSPENDED}
)


# Built once: what SQLAlchemy makes of a statement costs more than the engine's answer to it.
_NEXT_DUE = select(
    func.min(
        union_all(
            *(
                select(func.min(Notification.next_at).label("at")).where(
                    WAITING, Notification.urgency == literal_column(str(int(urgency)))
                )
                for urgency in URGENCIES
            )
        )
        .subquery()
        .c.at
    )
)


@dataclass(frozen=True, slots=True)
class DueNotification:
    """A notice to be sent now, with the facts as they are `now`.

    `user_id` is None for a channel of the guild. `dm_channel_id` is where that person was reached
    before. `alternatives` are for the mentee of a session that expired. `role_follows`: the mentor
    role is to be as `is_mentor` says. `quiet_until`: that is all for now, and the person hears of
    it then. `unreached` is what could not be delivered, for the kind that tells of it.
    """

    id: int
    key: str
    kind: NotificationKind
    guild: GuildSettings
    user_id: int | None
    facts: dict[str, Any]
    attempts: int
    session: SessionView | None
    application: ApplicationView | None
    review: reviews.SessionReview | None
    transfer: points_history.Entry | None
    entry: audit.AuditEntry | None
    alternatives: tuple[Alternative, ...]
    now: datetime
    due_at: datetime
    useful_until: datetime | None
    dm_channel_id: int | None = None
    is_mentor: bool = False
    quiet_until: datetime | None = None
    unreached: Mapping[int, int] | None = None

    @property
    def is_urgent(self) -> bool:
        return CATALOGUE[self.kind].urgent

    @property
    def role_follows(self) -> bool:
        return self.kind in _ROLE_FOLLOWS

    @property
    def gives_up_at(self) -> datetime:
        """Until when it is worth trying again."""
        return self.useful_until or self.due_at + GIVE_UP_AFTER


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """What became of a notice that was taken; made by the functions below."""

    notice: DueNotification
    values: dict[str, Any]
    trouble: DeliveryProblem | None = None


def sent(notice: DueNotification, channel_id: int, message_id: int) -> DeliveryOutcome:
    """The notice arrived."""
    return DeliveryOutcome(
        notice, {"status": "sent", "channel_id": channel_id, "message_id": message_id}
    )


def failed(notice: DueNotification, problem: str) -> DeliveryOutcome:
    """The notice can't arrive, and trying again would not help."""
    return DeliveryOutcome(notice, {"status": "failed", "problem": problem})


def dropped(
    notice: DueNotification, problem: str = "no longer true when it was due"
) -> DeliveryOutcome:
    """The notice makes no sense, or there is nobody to hear it."""
    return DeliveryOutcome(notice, {"status": "dropped", "problem": problem})


def retry(notice: DueNotification, problem: str, wait: timedelta, now: datetime) -> DeliveryOutcome:
    """The notice did not arrive this time; when it has become useless by then, it is given up."""
    tried_enough = notice.useful_until is not None or notice.attempts >= MAX_ATTEMPTS
    if tried_enough and now + wait >= notice.gives_up_at:
        return failed(notice, f"given up after {notice.attempts} attempts: {problem}")
    return DeliveryOutcome(notice, {"next_at": now + wait, "problem": problem})


def hold_for_moderators(
    notice: DueNotification, problem: str, wait: timedelta, now: datetime, trouble: DeliveryProblem
) -> DeliveryOutcome:
    """The notice can't be delivered until moderators mend something, which they are told once. It
    is kept however long that takes, and tried again after each `wait`."""
    return DeliveryOutcome(notice, {"next_at": now + wait, "problem": problem}, trouble)


def postpone(notice: DueNotification, until: datetime) -> DeliveryOutcome:
    """The notice was not tried; it is to be taken again at `until`."""
    return DeliveryOutcome(notice, {"next_at": until, "attempts": notice.attempts - 1})


async def is_due(tx: Transaction) -> bool:
    """Whether there is something to send now."""
    due = await next_due(tx)
    return due is not None and due <= tx.now


async def next_due(tx: Transaction) -> datetime | None:
    """When the outbox next has something to do, None if nothing waits. Two looks at an index,
    however much waits."""
    found: datetime | None = await tx.connection.scalar(_NEXT_DUE)
    return found


async def claim_due(tx: Transaction, limit: int = BATCH_SIZE) -> list[DueNotification]:
    """Take notices that are due for the length of a lease: the urgent ones first, guilds in turn,
    one person's in their order.

    On the way is dropped what is no longer useful or was switched off, and held what meets quiet
    hours, or comes after something that this person could not be told yet.
    """
    await _drop_useless(tx)
    while rows := await _candidates(tx, limit):
        before = await _unfinished(tx, rows)
        taken: list[Row[*tuple[Any, ...]]] = []
        quiet: dict[int, datetime] = {}
        for row in rows:
            entry, kind = CATALOGUE[NotificationKind(row.kind)], NotificationKind(row.kind)
            hold = _quiet_until(row, entry, tx.now) or _held_by(row, before, tx.now)
            if entry.can_be_muted and kind in (row.muted_notices or ()):
                await _set(tx, row.id, status="dropped", problem="switched off", settled_at=tx.now)
            elif hold is not None and kind not in _ROLE_FOLLOWS:
                await _set(tx, row.id, next_at=hold)
            else:
                taken.append(row)
                if hold is not None:
                    quiet[row.id] = hold
        notices = await _with_facts(tx, taken, quiet)
        if notices:
            taking = {"taken": [notice.id for notice in notices], "until": tx.now + LEASE}
            await tx.connection.execute(_TAKE, taking)
            return notices
    return []


async def record_outcomes(tx: Transaction, outcomes: Sequence[DeliveryOutcome]) -> None:
    """Write down what became of notices, all in one transaction."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for outcome in outcomes:
        values = outcome.values
        if "status" in values:
            values = {"problem": None, **values, "settled_at": tx.now}
        alike.setdefault(tuple(sorted(values)), []).append({"row_id": outcome.notice.id, **values})
        if values.get("status") == "sent":
            place = values["channel_id"], values["message_id"]
            await _remember_place(tx, outcome.notice, *place)
        if outcome.trouble is not None:
            await report_to_moderators(tx, outcome.notice, outcome.trouble)
    for names, rows in alike.items():
        await tx.connection.execute(update_by_id(Notification, *names), rows)
    lost = {
        outcome.notice.guild.id
        for outcome in outcomes
        if outcome.values.get("status") == "failed"
        and CATALOGUE[outcome.notice.kind].to
        not in (Destination.LOG_CHANNEL, Destination.MODERATORS)
    }
    await _tell_moderators(tx, lost)


async def report_to_moderators(
    tx: Transaction, notice: DueNotification, trouble: DeliveryProblem
) -> None:
    """Let moderators know of trouble with a notice; the same trouble of the same notice once."""
    about = notice.application.applicant_id if notice.application is not None else notice.user_id
    await write(
        tx,
        [
            NotificationDraft(
                NotificationKind.TROUBLE,
                notice.guild.id,
                None,
                subject=f"{trouble}.{notice.id}",
                due_at=tx.now,
                facts={"trouble": trouble, "about": about, "with": notice.kind},
            )
        ],
    )


async def is_first_undelivered(tx: Transaction, notice: DueNotification) -> bool:
    """Whether nothing else waits for this person to see it, so that they know of nothing yet."""
    unseen = select(Notification.id).where(
        _UNSEEN, Notification.user_id == notice.user_id, Notification.guild_id == notice.guild.id
    )
    return await tx.connection.scalar(unseen.limit(1)) is None


async def list_undelivered(
    tx: Transaction, guild_id: int, user_id: int, limit: int = 5
) -> list[DueNotification]:
    """What could not be sent to a person, the latest first, to be shown when they come by."""
    asked = {
        "guild": guild_id,
        "user": user_id,
        "since": tx.now - UNDELIVERED_SHOWN_FOR,
        "most": limit,
    }
    rows = await tx.connection.execute(_UNSEEN_BY, asked)
    return await _with_facts(tx, rows.all(), {})


async def mark_undelivered_shown(tx: Transaction, guild_id: int, user_id: int) -> None:
    """A person has seen what could not be sent to them."""
    await tx.connection.execute(
        update(Notification)
        .where(_UNSEEN, Notification.user_id == user_id, Notification.guild_id == guild_id)
        .values(shown_at=tx.now)
    )


# --- taking ---------------------------------------------------------------------------------------

_COLUMNS = (
    *Notification.__table__.c,
    Member.muted_notices,
    Member.quiet_from,
    Member.quiet_until,
    Member.timezone,
    Member.dm_channel_id,
)
_IS_MEMBER = (Member.guild_id == Notification.guild_id) & (Member.user_id == Notification.user_id)

_NOW = bindparam("now", type_=UtcDateTime)
_MOST = bindparam("most", type_=Integer)

_UNSEEN_BY = (
    select(*_COLUMNS)
    .outerjoin(Member, _IS_MEMBER)
    .where(
        _UNSEEN,
        Notification.user_id == bindparam("user"),
        Notification.guild_id == bindparam("guild"),
        Notification.settled_at > bindparam("since"),
    )
    .order_by(Notification.id.desc())
    .limit(_MOST)
)
_TAKE = (
    update(Notification)
    .where(Notification.id.in_(bindparam("taken", expanding=True)))
    .values(next_at=bindparam("until"), attempts=Notification.attempts + 1)
)
# What was tried before counts as given up, not as dropped.
_DROP_USELESS = (
    update(Notification)
    .where(
        WAITING,
        Notification.urgency.in_(URGENCIES),
        Notification.next_at <= _NOW,
        Notification.useful_until <= _NOW,
    )
    .values(
        status=case((Notification.problem.is_not(None), "failed"), else_="dropped"),
        settled_at=_NOW,
        problem=func.coalesce(Notification.problem, "too late to be of use"),
    )
    .returning(Notification.guild_id, Notification.status)
)
_UNFINISHED = select(
    Notification.id,
    Notification.user_id,
    Notification.urgency,
    Notification.due_at,
    Notification.next_at,
).where(
    WAITING,
    Notification.user_id.in_(bindparam("people", expanding=True)),
    Notification.attempts > 0,
    Notification.next_at > _NOW,
)


def _in_turn() -> Select[*tuple[Any, ...]]:
    """The `most` that are to be sent first of what is due `now`, looking at the `first_of_all`."""
    oldest = union_all(
        *(
            select(
                select(
                    Notification.id,
                    Notification.urgency,
                    Notification.due_at,
                    Notification.guild_id,
                )
                .where(WAITING, Notification.urgency == urgency, Notification.next_at <= _NOW)
                .order_by(Notification.next_at)
                .limit(CANDIDATE_WINDOW)
                .subquery()
            )
            for urgency in URGENCIES
        )
    ).subquery()
    in_order = (oldest.c.urgency.desc(), oldest.c.due_at, oldest.c.id)
    turn = func.row_number().over(partition_by=oldest.c.guild_id, order_by=in_order)
    first = (
        select(oldest.c.id, oldest.c.urgency, turn.label("turn"))
        .order_by(oldest.c.urgency.desc(), turn, oldest.c.due_at, oldest.c.id)
        .limit(bindparam("first_of_all", type_=Integer))
        .subquery()
    )
    return (
        select(*_COLUMNS)
        .join(first, first.c.id == Notification.id)
        .outerjoin(Member, _IS_MEMBER)
        .order_by(first.c.urgency.desc(), first.c.turn, Notification.due_at, Notification.id)
        .limit(_MOST)
        .with_for_update(of=Notification.__table__, skip_locked=True)
    )


_IN_TURN = _in_turn()


async def _drop_useless(tx: Transaction) -> None:
    """Settle what has become useless."""
    rows = await tx.connection.execute(_DROP_USELESS, {"now": tx.now})
    await _tell_moderators(tx, {row.guild_id for row in rows if row.status == "failed"})


async def _candidates(tx: Transaction, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Rows that are due, in the order in which they are to be sent."""
    asked = {"now": tx.now, "most": limit, "first_of_all": limit * CLAIMANTS}
    return (await tx.connection.execute(_IN_TURN, asked)).all()


async def _unfinished(
    tx: Transaction, rows: Iterable[Row[*tuple[Any, ...]]]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """What the same people are being told at this moment, or could not be told a while ago."""
    people = {row.user_id for row in rows if row.user_id is not None}
    if not people:
        return []
    asked = {"people": tuple(people), "now": tx.now}
    return (await tx.connection.execute(_UNFINISHED, asked)).all()


def _held_by(
    row: Row[*tuple[Any, ...]], unfinished: Iterable[Row[*tuple[Any, ...]]], now: datetime
) -> datetime | None:
    """When to look again whether something of the same urgency that comes before it is settled."""
    waits = [
        other.next_at
        for other in unfinished
        if other.user_id == row.user_id
        and other.urgency == row.urgency
        and (other.due_at, other.id) < (row.due_at, row.id)
    ]
    return min(max(waits), now + MAX_ORDER_HOLD) if waits else None


def _quiet_until(
    row: Row[*tuple[Any, ...]], entry: NotificationSpec, now: datetime
) -> datetime | None:
    if not entry.waits or row.quiet_from is None or row.timezone is None:
        return None
    return QuietHours(row.quiet_from, row.quiet_until).ends(now, row.timezone)


async def _with_facts(
    tx: Transaction, rows: Sequence[Row[*tuple[Any, ...]]], quiet: Mapping[int, datetime]
) -> list[DueNotification]:
    """The notices with what they are about, in few statements for all. What is about a session
    that has begun, and of no use after that, is dropped."""
    if not rows:
        return []
    settings = await guild_settings.load_many(tx, {row.guild_id for row in rows})
    meetings = await session_views.load_many(tx, {row.session_id for row in rows if row.session_id})
    texts = {
        number: await application_views.load(tx, number)
        for number in {row.revision_id for row in rows if row.revision_id}
    }
    reviewed = {row.session_id for row in rows if row.kind in _OF_REVIEWS}
    reviews_by_session = await reviews.of_sessions(tx, reviewed)
    notices = []
    for row in rows:
        kind = NotificationKind(row.kind)
        meeting = meetings.get(row.session_id)
        if CATALOGUE[kind].before_start and meeting is not None and meeting.starts_at <= tx.now:
            problem = "too late to be of use"
            await _set(tx, row.id, status="dropped", problem=problem, settled_at=tx.now)
            continue
        notice = DueNotification(
            id=row.id,
            key=row.key,
            kind=kind,
            guild=settings[row.guild_id],
            user_id=row.user_id,
            facts=row.facts,
            attempts=row.attempts + 1,
            session=meeting,
            application=texts.get(row.revision_id),
            review=reviews_by_session.get(row.session_id) if kind in _OF_REVIEWS else None,
            transfer=await points_history.of_transfer(tx, row.facts["transfer"], row.user_id)
            if kind is NotificationKind.POINTS
            else None,
            entry=await audit.load(tx, row.facts["entry"])
            if kind is NotificationKind.LOGGED
            else None,
            alternatives=await alternatives.near(tx, meeting)
            if kind is NotificationKind.EXPIRED
            and meeting
            and meeting.mentee.user_id == row.user_id
            else (),
            now=tx.now,
            due_at=row.due_at,
            useful_until=row.useful_until,
            dm_channel_id=row.dm_channel_id,
            quiet_until=quiet.get(row.id),
        )
        if notice.role_follows:
            notice = replace(notice, is_mentor=await _is_mentor(tx, notice))
        if kind is NotificationKind.UNDELIVERED:
            notice = replace(notice, unreached=await _unreached(tx, notice))
        notices.append(notice)
    return notices


async def _is_mentor(tx: Transaction, notice: DueNotification) -> bool:
    status = await tx.connection.scalar(
        select(MentorProfile.status).where(
            MentorProfile.guild_id == notice.guild.id, MentorProfile.user_id == notice.user_id
        )
    )
    return status == ProfileStatus.APPROVED


# --- recording ------------------------------------------------------------------------------------


async def _set(tx: Transaction, notice_id: int, **values: Any) -> None:
    await tx.connection.execute(
        update_by_id(Notification, *values), {"row_id": notice_id, **values}
    )


_REACHED = (
    update(Member)
    .where(Member.guild_id == bindparam("guild"), Member.user_id == bindparam("user"))
    .values(dm_channel_id=bindparam("place"))
)


async def _remember_place(
    tx: Transaction, notice: DueNotification, channel_id: int, message_id: int
) -> None:
    """Remember where a person was reached, and where a review card stands."""
    if notice.kind is NotificationKind.APPLICATION_RECEIVED and notice.application is not None:
        await application_review.record_card(tx, notice.application.id, channel_id, message_id)
    if notice.user_id is not None and notice.dm_channel_id != channel_id:
        reached = {"guild": notice.guild.id, "user": notice.user_id, "place": channel_id}
        await tx.connection.execute(_REACHED, reached)


async def _tell_moderators(tx: Transaction, guild_ids: Iterable[int]) -> None:
    """Once an hour at most, and only where there is a log channel, tell what was given up."""
    this_hour = tx.now.replace(minute=0, second=0, microsecond=0)
    for guild in (await guild_settings.load_many(tx, guild_ids)).values():
        if guild.log_channel_id is not None:
            draft = NotificationDraft(
                NotificationKind.UNDELIVERED,
                guild.id,
                None,
                subject=f"{guild.id}.{this_hour:%Y%m%d%H}",
                due_at=this_hour + timedelta(hours=1),
                facts={"since": int(this_hour.timestamp())},
            )
            await write(tx, [draft])


async def _unreached(tx: Transaction, notice: DueNotification) -> Mapping[int, int]:
    """How many notices were given up in the hour that a notice tells of, by whose they were."""
    since = datetime.fromtimestamp(notice.facts["since"], tx.now.tzinfo)
    rows = await tx.connection.scalars(
        select(Notification.user_id).where(
            _FAILED,
            Notification.guild_id == notice.guild.id,
            Notification.settled_at >= since,
            Notification.settled_at < since + timedelta(hours=1),
        )
    )
    return Counter(user_id or 0 for user_id in rows)
