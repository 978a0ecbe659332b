"""The phases of an erasure that find rows by a column with the person's id.

A phase handles at most a number of rows in the caller's transaction. It finds them by an index, and
what it has handled isn't found again.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Delete,
    Integer,
    String,
    Update,
    bindparam,
    cast,
    delete,
    exists,
    inspect,
    select,
    tuple_,
    union,
    update,
)
from sqlalchemy.sql import visitors

from mentorship.operations.personal_data import is_person
from mentorship.statuses import HelpRequestStatus
from storage import Transaction
from storage.queries import delete_some, update_by_id
from storage.tables import (
    Block,
    BookingQuestion,
    DateOverrideRow,
    Event,
    GrantRequest,
    GroupSession,
    HelpRequest,
    IdempotencyKey,
    Invitation,
    Notification,
    ProfileRevision,
    ProfileTag,
    RequestedMentor,
    Review,
    Series,
    Session,
    Tag,
    Transfer,
    TravelRow,
    UnmetSearch,
    WeeklyHoursRow,
)
from storage.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class ErasedPerson:
    """A person who is being erased: a row of `erasures`."""

    id: int
    guild_id: int
    user_id: int
    name: str
    placeholder_id: int
    profile_id: int | None
    account_id: int | None
    watermarks: Mapping[str, int]
    phase: str
    position: int
    handled: int
    created_at: datetime

    @property
    def params(self) -> dict[str, Any]:
        """The parameters that name the person in statements."""
        return {
            "guild": self.guild_id,
            "person": self.user_id,
            "placeholder": self.placeholder_id,
            "profile": self.profile_id,
        }

    def is_in(self, text: str) -> bool:
        """Return whether a text contains the person's name or id."""
        named = bool(self.name) and self.name.casefold() in text.casefold()
        return named or re.search(rf"(?<!\d){self.user_id}(?!\d)", text) is not None


@dataclass(frozen=True, slots=True)
class PhaseProgress:
    """How many rows a phase has handled, whether there may be more, and the last id, if the next
    call has to continue after it."""

    rows: int
    more: bool
    position: int = 0


Phase = Callable[[Transaction, ErasedPerson, int], Awaitable[PhaseProgress]]
"""Handles at most a number of rows of a person."""

GUILD, PERSON = bindparam("guild", type_=BigInteger), bindparam("person", type_=BigInteger)
PLACEHOLDER = bindparam("placeholder", type_=BigInteger)
PROFILE = bindparam("profile", type_=BigInteger)
LIMIT = bindparam("limit", type_=Integer)
IDS: BindParameter[Any] = bindparam("ids", expanding=True)


async def run(tx: Transaction, statement: Any, values: Mapping[str, Any]) -> Any:
    """Execute a statement with those of the values that it has parameters for."""
    params = {name: values[name] for name in _parameters(statement)}
    return await tx.connection.execute(statement, params)


@cache
def _parameters(statement: Any) -> frozenset[str]:
    return frozenset(
        element.key
        for element in visitors.iterate(statement)
        if isinstance(element, BindParameter) and not element.unique
    )


class RowsOf:
    """The phase that deletes the rows with the person's id in a column.

    With `values`, they are updated instead. `until` is the column that tells old rows from those
    of somebody who returned: an id of the table, or an instant.
    """

    def __init__(self, column: Any, until: Any, values: Mapping[str, Any] | None = None) -> None:
        self.column = column
        self._by_id = not isinstance(until.type, UtcDateTime)
        self._statement = _batch(column, until, values)

    async def __call__(self, tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
        table = self.column.class_.__tablename__
        last = person.watermarks[table] if self._by_id else person.created_at
        result = await run(tx, self._statement, person.params | {"until": last, "limit": limit})
        return PhaseProgress(result.rowcount, result.rowcount >= limit)


def _batch(column: Any, until: Any, values: Mapping[str, Any] | None) -> Delete | Update:
    table = column.class_
    keys = inspect(table).primary_key
    key = keys[0] if len(keys) == 1 else tuple_(*keys)
    old: ColumnElement[bool] = until <= bindparam("until", type_=until.type)
    batch = select(*keys).where(is_person(column, GUILD, PERSON), old).limit(LIMIT)
    if values is None:
        return delete(table).where(key.in_(batch))
    return update(table).where(key.in_(batch)).values(**values)


# --- Notifications that the person caused ---------------------------------------------------------

_CAUSED = (
    select(Notification.id, Notification.facts)
    .where(
        is_person(Notification.caused_by, GUILD, PERSON),
        Notification.id <= bindparam("until", type_=BigInteger),
    )
    .limit(LIMIT)
)
_CLEAR_CAUSE = update(Notification).where(Notification.id.in_(IDS)).values(caused_by=None)
_SET_FACTS = update_by_id(Notification, "facts")

HAS_REASON = cast(Notification.facts, String).contains('"reason"')
"""The condition for notifications with a text that somebody wrote."""


async def clear_caused(tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
    """Clear who caused notifications to others, and what that person wrote in them."""
    params = person.params | {"until": person.watermarks["notices"], "limit": limit}
    rows = (await run(tx, _CAUSED, params)).all()
    if rows:
        await clear_reasons(tx, rows)
        await tx.connection.execute(_CLEAR_CAUSE, {"ids": [row.id for row in rows]})
    return PhaseProgress(len(rows), len(rows) >= limit)


async def clear_reasons(tx: Transaction, notifications: Any) -> None:
    """Empty the texts that people wrote in notifications: rows of `id` and `facts`."""
    changes = [
        {"row_id": row.id, "facts": {**row.facts, "reason": ""}}
        for row in notifications
        if isinstance(row.facts, dict) and row.facts.get("reason")
    ]
    if changes:
        await tx.connection.execute(_SET_FACTS, changes)


# --- Transfers of the person's account -----------------------------------------------------------


def reasons_of(account: Any) -> Phase:
    """Return the phase that empties the reasons of transfers by a column with an account's id."""
    transfers = (
        select(Transfer.id, Transfer.reason)
        .where(account == bindparam("account"), Transfer.id > bindparam("after"))
        .order_by(Transfer.id)
        .limit(LIMIT)
    )
    clear = update(Transfer).where(Transfer.id.in_(IDS)).values(reason=None)

    async def handle(tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
        if person.account_id is None:
            return PhaseProgress(0, more=False)
        params = {"account": person.account_id, "after": person.position, "limit": limit}
        rows = (await tx.connection.execute(transfers, params)).all()
        ids = [row.id for row in rows if row.reason is not None]
        if ids:
            await tx.connection.execute(clear, {"ids": ids})
        return PhaseProgress(len(rows), len(rows) >= limit, rows[-1].id if rows else 0)

    return handle


# --- What belongs to the person's profile --------------------------------------------------------

_REVISIONS = select(ProfileRevision.id).where(ProfileRevision.profile_id == PROFILE).limit(LIMIT)
_DELETE_CARDS = delete(Notification).where(Notification.revision_id.in_(IDS))
_DELETE_REVISIONS = delete(ProfileRevision).where(ProfileRevision.id.in_(IDS))
_DELETE_OVERRIDES = delete(DateOverrideRow).where(
    DateOverrideRow.id.in_(
        select(DateOverrideRow.id).where(DateOverrideRow.profile_id == PROFILE).limit(LIMIT)
    )
)
_DELETE_HOURS = delete(WeeklyHoursRow).where(WeeklyHoursRow.profile_id == PROFILE)
_DELETE_TRAVEL = delete(TravelRow).where(TravelRow.profile_id == PROFILE)
_DELETE_QUESTIONS = delete(BookingQuestion).where(BookingQuestion.profile_id == PROFILE)
_DELETE_PROFILE_TAGS = (
    delete(ProfileTag).where(ProfileTag.profile_id == PROFILE).returning(ProfileTag.tag_id)
)
_DELETE_UNUSED_TAGS = delete(Tag).where(
    Tag.id.in_(IDS), ~exists().where(ProfileTag.tag_id == Tag.id)
)


_OWN_TAGS = union(
    select(HelpRequest.tag).where(is_person(HelpRequest.user_id, GUILD, PERSON)),
    select(Tag.name)
    .join(ProfileTag, ProfileTag.tag_id == Tag.id)
    .where(ProfileTag.profile_id == PROFILE),
).subquery()
_ONLY_OWN_TAGS = select(_OWN_TAGS.c.tag).where(
    ~exists(
        select(Tag.id)
        .join(ProfileTag, ProfileTag.tag_id == Tag.id)
        .where(
            Tag.guild_id == GUILD,
            Tag.name == _OWN_TAGS.c.tag,
            ProfileTag.profile_id.is_distinct_from(PROFILE),
        )
    ),
    ~exists().where(
        HelpRequest.guild_id == GUILD,
        HelpRequest.tag == _OWN_TAGS.c.tag,
        HelpRequest.user_id != PERSON,
        HelpRequest.status == HelpRequestStatus.OPEN,
    ),
)


async def delete_searches(tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
    """Delete the counts of searches for expertise that only the person has named."""
    tags = (await run(tx, _ONLY_OWN_TAGS, person.params)).scalars().all()
    if not tags:
        return PhaseProgress(0, more=False)
    deleted = await delete_some(
        tx.connection,
        UnmetSearch.__table__,
        UnmetSearch.guild_id == person.guild_id,
        UnmetSearch.tag.in_(tags),
        order_by=[UnmetSearch.guild_id, UnmetSearch.tag],
        limit=limit,
    )
    return PhaseProgress(deleted, deleted >= limit)


async def delete_revisions(tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
    """Delete the person's applications and profile changes, with the cards about them."""
    limit = max(1, limit // 5)
    rows = await run(tx, _REVISIONS, person.params | {"limit": limit})
    ids = rows.scalars().all()
    if ids:
        await tx.connection.execute(_DELETE_CARDS, {"ids": ids})
        await tx.connection.execute(_DELETE_REVISIONS, {"ids": ids})
    return PhaseProgress(5 * len(ids), len(ids) >= limit)


async def delete_overrides(tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
    """Delete the dates on which the person's hours differed."""
    result = await run(tx, _DELETE_OVERRIDES, person.params | {"limit": limit})
    return PhaseProgress(result.rowcount, result.rowcount >= limit)


async def delete_hours_and_tags(
    tx: Transaction, person: ErasedPerson, _limit: int
) -> PhaseProgress:
    """Delete the person's hours, trips, questions and expertise, and tags that nobody else has."""
    hours = await run(tx, _DELETE_HOURS, person.params)
    trips = await run(tx, _DELETE_TRAVEL, person.params)
    questions = await run(tx, _DELETE_QUESTIONS, person.params)
    tags = (await run(tx, _DELETE_PROFILE_TAGS, person.params)).scalars().all()
    if tags:
        await tx.connection.execute(_DELETE_UNUSED_TAGS, {"ids": tags})
    deleted = hours.rowcount + trips.rowcount + questions.rowcount + len(tags)
    return PhaseProgress(deleted, more=False)


PHASES: Mapping[str, Phase] = {
    "notifications": RowsOf(Notification.user_id, Notification.id),
    "mentions": RowsOf(Notification.about_id, Notification.id),
    "caused": clear_caused,
    "keys": RowsOf(IdempotencyKey.user_id, IdempotencyKey.created_at),
    "answers": RowsOf(
        IdempotencyKey.about_id, IdempotencyKey.created_at, {"answer": None, "about_id": None}
    ),
    "blocks": RowsOf(Block.blocker_id, Block.created_at),
    "debits": reasons_of(Transfer.debit_account_id),
    "credits": reasons_of(Transfer.credit_account_id),
    "made": RowsOf(Transfer.made_by, Transfer.id, {"made_by": None, "reason": None}),
    "acts": RowsOf(Event.actor_id, Event.id, {"actor_id": None, "note": None}),
    "subjects": RowsOf(Event.subject_id, Event.id, {"subject_id": None, "note": None}),
    "hidden": RowsOf(
        Review.hidden_by, Review.hidden_at, {"hidden_by": None, "hidden_reason": None}
    ),
    "decided": RowsOf(
        ProfileRevision.decided_by,
        ProfileRevision.decided_at,
        {"decided_by": None, "decision_note": None},
    ),
    "ended": RowsOf(Session.ended_by, Session.ended_at, {"ended_by": PLACEHOLDER}),
    "grants": RowsOf(GrantRequest.user_id, GrantRequest.id),
    "requested": RowsOf(
        GrantRequest.requested_by, GrantRequest.id, {"requested_by": None, "reason": ""}
    ),
    "confirmed": RowsOf(GrantRequest.decided_by, GrantRequest.decided_at, {"decided_by": None}),
    "shown": RowsOf(RequestedMentor.mentor_id, RequestedMentor.shown_at),
    "series": RowsOf(Series.mentee_id, Series.created_at, {"mentee_id": PLACEHOLDER}),
    "invited": RowsOf(
        Invitation.mentee_id,
        Invitation.created_at,
        {"mentee_id": PLACEHOLDER, "topic": "", "note": ""},
    ),
    "inviting": RowsOf(
        Invitation.mentor_id,
        Invitation.created_at,
        {"mentor_id": PLACEHOLDER, "topic": "", "note": ""},
    ),
    "searches": delete_searches,
    "help": RowsOf(
        HelpRequest.user_id,
        HelpRequest.created_at,
        {"user_id": PLACEHOLDER, "tag": "", "text": "", "times": [], "most_points": None},
    ),
    "group_ends": RowsOf(GroupSession.ended_by, GroupSession.ended_at, {"ended_by": PLACEHOLDER}),
    "revisions": delete_revisions,
    "overrides": delete_overrides,
    "profile": delete_hours_and_tags,
}
"""The phases, in their order, by the names under which `erasures.phase` stores them."""
