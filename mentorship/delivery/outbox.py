"""Claim due notifications from the outbox.

A process that claims a notification has a lease on it. Before the lease ends, it sends the
notification and records the outcome (`mentorship.delivery.outcomes`). Otherwise the notification
can be claimed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Row,
    bindparam,
    case,
    func,
    literal_column,
    select,
    update,
)

from mentorship.availability.slot_alerts import open_slots
from mentorship.delivery import dm_budget
from mentorship.delivery.candidates import list_due
from mentorship.delivery.dm_budget import Bucket, Budget, waiting_lane
from mentorship.delivery.loading import (
    CHANGES_MENTOR_ROLE,
    DueNotification,
    NotificationRow,
    load,
    read_rows,
)
from mentorship.delivery.outcomes import schedule_undelivered_report, update_notification
from mentorship.delivery.turns import Turns
from mentorship.delivery.unreadable import set_aside
from mentorship.notifications.catalogue import (
    ASKING_KINDS,
    CATALOGUE,
    DropReason,
    NotificationKind,
    NotificationSpec,
)
from mentorship.notifications.timing import URGENCIES, Stakes, can_wait
from mentorship.notifications.writing import WAITING
from mentorship.sessions import lifecycle
from mentorship.time.quiet_hours import QuietHours
from storage import Transaction
from storage.tables import DmBudget, Notification
from storage.types import UtcDateTime

LEASE = timedelta(minutes=1)
"""How long a claim lasts. If the outcome isn't recorded by then, the notification can be claimed
again. Short enough that Discord still remembers the nonce of a message that was sent but not
recorded."""

BATCH_SIZE = 100
"""The number of notifications claimed at once."""

NOT_URGENT_SHARE = 10
"""One in this many notifications of a batch isn't urgent, if any are due, so that urgent ones can't
keep all others waiting."""

MAX_ROUNDS = 5
"""How many batches one transaction looks at until it finds something to send. Many in a row may be
held by quiet hours."""

CONSIDERED_FOR_TOKEN = 10
"""How many notifications are loaded for each token of the budget of direct messages. Some of them
may not be sent now."""

MAX_ORDER_HOLD = timedelta(seconds=10)
"""How long a notification waits, at most, before checking again whether the recipient's earlier
ones were delivered."""

PURGE_PAUSE = timedelta(hours=1)
"""When notifications of a guild whose data is being deleted are looked at again, if they remain."""

# Statements are built once: building one costs SQLAlchemy more than the database needs to run it.
_NEXT_DUE = select(
    *(
        select(func.min(Notification.next_at))
        .where(WAITING, Notification.urgency == literal_column(str(urgency)))
        .scalar_subquery()
        for urgency in (*URGENCIES, *map(waiting_lane, URGENCIES))
    ),
    *(
        select(DmBudget.next_at)
        .where(DmBudget.bucket == literal_column(f"'{bucket}'"))
        .scalar_subquery()
        for bucket in (Bucket.URGENT, Bucket.NORMAL)
    ),
)


async def is_due(tx: Transaction) -> bool:
    """Return whether the outbox has something to do now."""
    due = await next_due(tx)
    return due is not None and due <= tx.now


async def next_due(tx: Transaction) -> datetime | None:
    """Return when the outbox next has something to do; None if nothing waits.

    Takes a few index lookups, however many notifications wait.
    """
    times: list[Any] = list((await tx.connection.execute(_NEXT_DUE)).one())
    urgent, normal, unopened_urgent, unopened, *tokens = times
    urgent_at, normal_at = (dm_budget.plausible(at, tx.now) or tx.now for at in tokens)
    due_times = [due for due in (urgent, normal) if due is not None]
    if unopened_urgent is not None:
        due_times.append(max(unopened_urgent, min(urgent_at, normal_at)))
    if unopened is not None:
        due_times.append(max(unopened, normal_at))
    return min(due_times, default=None)


async def claim_due(
    tx: Transaction, limit: int = BATCH_SIZE, turns: Mapping[int, Turns] | None = None
) -> list[DueNotification]:
    """Claim up to `limit` due notifications, or a few more, for the duration of `LEASE`.

    Urgent ones come first, but leave room for some others. Guilds take turns, and in each guild the
    people who caused them; what one of these caused for a person is in order. Those that are too
    late or switched off are dropped. Those that meet quiet hours, or follow one that could not be
    delivered to the same person yet, are postponed, as are those that can't be read
    (`mentorship.delivery.unreadable`). Those to people whom the bot hasn't written to before need
    a token of the budget for opening direct messages (`mentorship.delivery.dm_budget`), which takes
    the same turns. Until there is one, only their mentor role is changed.

    `turns` is from `new_turns`. The caller keeps it from one claim to the next; it is changed even
    if the transaction is rolled back, which does no harm.

    Looks at no more than `MAX_ROUNDS * limit` notifications. Nothing is claimed if none of these
    is to be sent now, although others may be.
    """
    turns = turns or new_turns()
    for _ in range(MAX_ROUNDS):
        round_ = _Round(tx, limit, turns)
        if not await round_.claim() or round_.claimed:
            return round_.claimed
    return []


def new_turns() -> dict[int, Turns]:
    """Return what a process remembers of turns, by priority, at its start."""
    return {lane: Turns() for lane in (*URGENCIES, *map(waiting_lane, URGENCIES))}


class _Round:
    """One look at what is due, in turn."""

    def __init__(self, tx: Transaction, limit: int, turns: Mapping[int, Turns]) -> None:
        self.tx = tx
        self.limit = limit
        self.turns = turns
        self.claimed: list[DueNotification] = []

    async def claim(self) -> bool:
        """Claim a batch. Returns whether anything was due, to be sent or not."""
        budget = await dm_budget.load(self.tx)
        before = replace(budget)
        is_due = False
        role_changes: list[DueNotification] = []
        for urgency in URGENCIES:
            room = self._room()
            if urgency == max(URGENCIES):
                room -= self.limit // NOT_URGENT_SHARE
            candidates = await list_due(self.tx, urgency, room, self.turns[urgency])
            self.turns[urgency].served(candidates)
            is_due |= bool(candidates)
            notifications = await _prepare(self.tx, [each.id for each in candidates])
            unopened = [each for each in notifications if each.needs_opening]
            role_changes += [each for each in unopened if each.kind in CHANGES_MENTOR_ROLE]
            await self._lease([each for each in notifications if not each.needs_opening])
            await self._let_wait(unopened)
            bucket = Bucket.URGENT if urgency == max(URGENCIES) else Bucket.NORMAL
            is_due |= await self._open(urgency, bucket, budget)
        # What the others have left over.
        is_due |= await self._open(max(URGENCIES), Bucket.NORMAL, budget)
        if budget != before:
            await dm_budget.store(self.tx, budget)
        # A role doesn't wait for its message.
        opened = {each.id for each in self.claimed}
        await self._lease(
            [
                replace(each, quiet_until=self.tx.now)
                for each in role_changes
                if each.id not in opened
            ]
        )
        return is_due

    def _room(self) -> int:
        """Return how many more may be claimed: a share is always left for those that come last."""
        return max(self.limit // NOT_URGENT_SHARE, self.limit - len(self.claimed))

    async def _open(self, urgency: int, bucket: Bucket, budget: Budget) -> bool:
        """Claim notifications whose recipients' direct messages may be opened now.

        Returns whether anything was settled or claimed.
        """
        tokens = budget.available(bucket, self.tx.now)
        if not tokens:
            return False
        lane = waiting_lane(urgency)
        room = self._room()
        limit = min(self.limit, tokens * CONSIDERED_FOR_TOKEN)
        candidates = await list_due(self.tx, lane, limit, self.turns[lane])
        notifications = await _prepare(self.tx, [each.id for each in candidates])
        claimed: dict[int, DueNotification] = {}
        opened: set[int | None] = set()
        for each in notifications:
            if len(claimed) == room:
                break
            # Several to the same person need only one token.
            needs_token = each.needs_opening and each.user_id not in opened
            if not needs_token:
                claimed[each.id] = each
            elif budget.take(bucket, self.tx.now):
                claimed[each.id] = replace(each, opening=bucket)
                opened.add(each.user_id)
        await self._lease(list(claimed.values()))
        ready = {each.id for each in notifications}
        served = [each for each in candidates if each.id in claimed or each.id not in ready]
        self.turns[lane].served(served, all_of_them=len(served) == len(candidates))
        return bool(served)

    async def _lease(self, notifications: Sequence[DueNotification]) -> None:
        if notifications:
            lease = {"ids": [each.id for each in notifications], "until": self.tx.now + LEASE}
            await self.tx.connection.execute(_LEASE, lease)
            self.claimed += notifications

    async def _let_wait(self, notifications: Sequence[DueNotification]) -> None:
        """Move notifications to the queue for the budget of direct messages."""
        if notifications:
            ids = [each.id for each in notifications]
            await self.tx.connection.execute(_LET_WAIT, {"ids": ids})


async def _prepare(tx: Transaction, ids: Sequence[int]) -> list[DueNotification]:
    """Load those of some due notifications that are to be sent now, and settle the others."""
    if not ids:
        return []
    rows, unreadable = await read_rows(tx, ids)
    unfinished = await _list_unfinished(tx, rows)
    ready: list[NotificationRow] = []
    too_late: list[int] = []
    quiet_until: dict[int, datetime] = {}
    for row in rows:
        if row.purge_began_at is not None:
            # The bot isn't in that guild any more.
            await update_notification(tx, row.id, next_at=tx.now + PURGE_PAUSE)
            continue
        try:
            kind = NotificationKind(row.kind)
            spec = CATALOGUE[kind]
            hold_until = _quiet_until(row, spec, tx.now) or _order_hold(row, unfinished, tx.now)
            is_muted = spec.is_muted(kind, row.muted_notices or ())
        except Exception as error:
            unreadable[row.id] = error
            continue
        if row.useful_until is not None and row.useful_until <= tx.now:
            too_late.append(row.id)
        elif is_muted:
            await _drop(tx, row.id, DropReason.MUTED)
            tx.tally.append(("notification", kind, "dropped"))
        elif hold_until is not None and kind not in CHANGES_MENTOR_ROLE:
            await update_notification(tx, row.id, next_at=hold_until)
        else:
            ready.append(row)
            if hold_until is not None:
                quiet_until[row.id] = hold_until
    loaded, unloadable = await load(tx, ready, quiet_until)
    await _expire(tx, [*too_late, *(each.id for each in loaded if each.is_too_late)])
    await schedule_undelivered_report(tx, await set_aside(tx, unreadable | unloadable))
    return [each for each in loaded if not each.is_too_late]


_NOW = bindparam("now", type_=UtcDateTime)

_LEASE = (
    update(Notification)
    .where(Notification.id.in_(bindparam("ids", expanding=True)))
    # What changes from now on, the text that is made for this claim doesn't say.
    .values(next_at=bindparam("until"), attempts=Notification.attempts + 1, refresh_at=None)
)
_LET_WAIT = (
    update(Notification)
    .where(
        Notification.id.in_(bindparam("ids", expanding=True)),
        Notification.urgency > 0,
    )
    .values(urgency=-Notification.urgency)
)

# One that was tried before has failed; it wasn't merely dropped. Neither was a question that
# never reached its reader.
_HAS_FAILED = Notification.problem.is_not(None) | Notification.kind.in_(ASKING_KINDS)
_EXPIRE = (
    update(Notification)
    .where(Notification.id.in_(bindparam("ids", expanding=True)))
    .values(
        status=case((_HAS_FAILED, "failed"), else_="dropped"),
        settled_at=_NOW,
        problem=func.coalesce(Notification.problem, DropReason.EXPIRED),
    )
    .returning(
        Notification.guild_id,
        Notification.user_id,
        Notification.kind,
        Notification.status,
        Notification.facts,
    )
)

_UNFINISHED = select(
    Notification.id,
    Notification.user_id,
    Notification.urgency,
    Notification.due_at,
    Notification.next_at,
).where(
    WAITING,
    Notification.user_id.in_(bindparam("user_ids", expanding=True)),
    # A literal, for the partial index: somebody may have thousands of reminders ahead.
    Notification.attempts > literal_column("0"),
    Notification.next_at > _NOW,
)


async def _expire(tx: Transaction, ids: Sequence[int]) -> None:
    """Settle notifications that are too late to be useful, and report those that have failed."""
    if ids:
        rows = (await tx.connection.execute(_EXPIRE, {"now": tx.now, "ids": ids})).all()
        tx.tally += [("notification", row.kind, row.status) for row in rows]
        for row in rows:
            if row.kind == NotificationKind.SLOT_OPENED and row.status == "dropped":
                await open_slots.restore(tx, row.guild_id, row.user_id, row.facts)
        failed = {row.guild_id for row in rows if row.status == "failed"}
        await schedule_undelivered_report(tx, failed)


async def _drop(tx: Transaction, notification_id: int, reason: DropReason) -> None:
    await update_notification(
        tx, notification_id, status="dropped", problem=reason, settled_at=tx.now
    )


async def _list_unfinished(
    tx: Transaction, rows: Iterable[NotificationRow]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """List notifications to the same people that are being sent now or will be tried again."""
    user_ids = {row.user_id for row in rows if row.user_id is not None}
    if not user_ids:
        return []
    params = {"user_ids": tuple(user_ids), "now": tx.now}
    return (await tx.connection.execute(_UNFINISHED, params)).all()


def _order_hold(
    row: NotificationRow, unfinished: Iterable[Row[*tuple[Any, ...]]], now: datetime
) -> datetime | None:
    """Return when to check again whether the recipient's earlier notifications are settled.

    Only those of the same urgency are waited for. Returns None if there are none.
    """
    next_attempts = [
        other.next_at
        for other in unfinished
        if other.user_id == row.user_id
        and abs(other.urgency) == abs(row.urgency)
        and (other.due_at, other.id) < (row.due_at, row.id)
    ]
    return min(max(next_attempts), now + MAX_ORDER_HOLD) if next_attempts else None


def _quiet_until(row: NotificationRow, spec: NotificationSpec, now: datetime) -> datetime | None:
    """Return the end of the recipient's quiet hours, None if they don't hold the notification."""
    if not spec.respects_quiet_hours or row.quiet_from is None or row.timezone is None:
        return None
    quiet_until = QuietHours(row.quiet_from, row.quiet_until).ends(now, row.timezone)
    if quiet_until is None or not can_wait(spec.timing, _stakes(row), quiet_until, now):
        return None
    return quiet_until


def _stakes(row: NotificationRow) -> Stakes:
    """Return what depends on when a candidate is sent, as its session is now."""
    start = row.session_starts_at or row.group_starts_at
    starts = [] if start is None else [start]
    if row.kind == NotificationKind.EXPIRED and row.user_id == row.session_mentor_id:
        starts = []  # They never confirmed, so they won't get up for it.
    if "previous_start" in row.facts:
        starts.append(datetime.fromtimestamp(row.facts["previous_start"], UTC))
    # The clock acts on a session when nobody has answered what was asked last, and on the seats of
    # a group session some time after its end.
    answer_by = row.session_next_at
    if row.group_ends_at is not None:
        answer_by = lifecycle.report_deadline(
            row.group_ends_at, row.due_at, row.group_complete_after
        )
    return Stakes(
        starts=tuple(starts),
        answer_by=answer_by,
        useful_until=row.useful_until,
    )
