"""Pages of a guild's group sessions, by start, and what a member has to do with each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from mentorship import pagination
from mentorship.actors import Actor
from mentorship.mentors.profile_rules import MAX_DURATION
from mentorship.pagination import Cursor, Direction, Page, Position
from mentorship.sessions import session_views
from mentorship.sessions.groups import group_views
from mentorship.sessions.groups.group_views import GroupView, OwnPlace
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import GroupSession, Participant, WaitlistEntry
from storage.types import RowId, UtcDateTime

LONGEST = timedelta(minutes=MAX_DURATION)


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """Which group sessions of a guild to list, and in which order.

    `since` and `until` restrict the list to those that overlap that time.
    """

    statuses: frozenset[SessionStatus] = frozenset({SessionStatus.CONFIRMED})
    mentor_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    latest_first: bool = False


async def list_page(
    tx: Transaction,
    actor: Actor,
    group_filter: GroupFilter,
    cursor: str | None = None,
    size: int = 10,
) -> Page[GroupView]:
    """List a page of the group sessions of the actor's guild.

    An invalid cursor returns the first page.
    """

    async def load(at: Cursor | None, limit: int) -> list[GroupView]:
        return await list_from(tx, actor, group_filter, at, limit)

    return await pagination.load_page(load, _position_of, cursor, size)


async def list_from(
    tx: Transaction, actor: Actor, group_filter: GroupFilter, at: Cursor | None, limit: int
) -> list[GroupView]:
    """List the group sessions of the actor's guild, the first ones after a cursor.

    Those that can't be read are left out, and replaced by further ones.
    """
    params: dict[str, Any] = {"guild": actor.guild, "mentor": group_filter.mentor_id}
    if group_filter.since is not None:
        params |= {"since": group_filter.since, "since_start": group_filter.since - LONGEST}
    if group_filter.until is not None:
        params["until"] = group_filter.until
    groups: list[GroupView] = []
    while True:
        statement = _select_keys(
            group_filter.statuses,
            group_filter.mentor_id is not None,
            session_views.is_descending(at, latest_first=group_filter.latest_first),
            at is not None,
            group_filter.since is not None,
            group_filter.until is not None,
        )
        missing = limit - len(groups)
        bounds = {**params, **session_views.key_params(at), "limit": missing}
        keys = (await tx.connection.execute(statement, bounds)).all()
        loaded = await group_views.load_many(tx, [group_id for _, group_id in keys])
        groups += [loaded[group_id] for _, group_id in keys if group_id in loaded]
        if len(loaded) == len(keys) or len(keys) < missing:
            return groups
        # Some can't be read: a page is only short where the list ends.
        onwards = Direction.FORWARD if at is None else at.direction
        at = Cursor(onwards, _position(*keys[-1]))


def _position_of(group: GroupView) -> Position:
    return _position(group.starts_at, group.id)


def _position(starts_at: datetime, group_id: int) -> Position:
    # Group sessions start on whole minutes, so whole seconds are exact.
    return Position(0, (int(starts_at.timestamp()), group_id))


@cache
def _select_keys(
    statuses: frozenset[SessionStatus],
    of_mentor: bool,
    descending: bool,
    has_key: bool,
    has_since: bool,
    has_until: bool,
) -> Select[*tuple[Any, ...]]:
    """Select the starts and ids of a page.

    A range of an index for each status ends after the page's size.
    """
    key = (GroupSession.starts_at, GroupSession.id)
    conditions: list[ColumnElement[bool]] = [GroupSession.guild_id == bindparam("guild")]
    if of_mentor:
        conditions.append(GroupSession.mentor_id == bindparam("mentor"))
    if has_key:
        conditions.append(session_views.beyond_key(key, descending))
    if has_since:
        # The first condition bounds the range, the second is exact.
        conditions += [
            GroupSession.starts_at > bindparam("since_start", type_=UtcDateTime),
            GroupSession.ends_at > bindparam("since", type_=UtcDateTime),
        ]
    if has_until:
        conditions.append(GroupSession.starts_at < bindparam("until", type_=UtcDateTime))
    ranges = [
        _in_order(
            select(*key).where(
                *conditions, GroupSession.status == literal_column(f"'{status.value}'")
            ),
            key,
            descending,
        )
        .subquery()
        .select()
        for status in sorted(statuses)
    ]
    merged = union_all(*ranges).subquery()
    starts_at, group_id = merged.c
    return _in_order(select(starts_at, group_id), (starts_at, group_id), descending)


def _in_order(
    query: Select[*tuple[Any, ...]], key: Sequence[Any], descending: bool
) -> Select[*tuple[Any, ...]]:
    order = (column.desc() if descending else column.asc() for column in key)
    return query.order_by(*order).limit(bindparam("limit", type_=Integer))


async def own_places(
    tx: Transaction, actor: Actor, group_ids: Sequence[int]
) -> Mapping[int, OwnPlace]:
    """Return where the actor stands with each of several group sessions, by id."""
    if not group_ids:
        return {}
    params = {"user": actor.user_id, "groups": tuple(group_ids)}
    places = dict.fromkeys(group_ids, OwnPlace())
    for entry in await tx.connection.execute(_OWN_ENTRIES, params):
        places[entry.group_id] = OwnPlace(place_in_line=entry.place)
    for seat in await tx.connection.execute(_OWN_SEATS, params):
        places[seat.group_id] = OwnPlace(seat.session_id, SessionStatus(seat.session_status))
    return places


_OWN_SEATS = select(Participant.group_id, Participant.session_id, Participant.session_status).where(
    Participant.group_id.in_(bindparam("groups", expanding=True)),
    Participant.user_id == bindparam("user"),
    # Literals, so that the partial index on seats applies.
    Participant.role == literal_column("'mentee'"),
    literal_column("participants.group_id IS NOT NULL"),
    literal_column("participants.session_status NOT IN ('declined', 'expired', 'cancelled')"),
)
_before = aliased(WaitlistEntry)
_OWN_ENTRIES = select(
    WaitlistEntry.group_id,
    select(func.count())
    .where(_before.group_id == WaitlistEntry.group_id, _before.id <= WaitlistEntry.id)
    .scalar_subquery()
    .label("place"),
).where(
    WaitlistEntry.group_id.in_(bindparam("groups", expanding=True)),
    WaitlistEntry.user_id == bindparam("user"),
)


# --- What is to come, each chain once -------------------------------------------------------------

_earlier = aliased(GroupSession)


def _is_earlier(of_chain: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether another session of a chain, which is found by its index, comes before."""
    return exists().where(
        of_chain,
        _earlier.status == literal_column("'confirmed'"),
        _earlier.starts_at > bindparam("now", type_=UtcDateTime),
        tuple_(_earlier.starts_at, _earlier.id)
        < tuple_(GroupSession.starts_at.expression, GroupSession.id.expression),
    )


_UPCOMING = (
    group_views.select_groups()
    .where(
        GroupSession.guild_id == bindparam("guild"),
        GroupSession.status == literal_column("'confirmed'"),
        tuple_(GroupSession.starts_at, GroupSession.id)
        > tuple_(bindparam("after", type_=UtcDateTime), bindparam("after_id", type_=RowId)),
        # Of those that repeat, only the next one.
        (GroupSession.repeat_weeks == 0)
        | ~_is_earlier(_earlier.id == GroupSession.repeat_of)
        & ~_is_earlier(
            _earlier.repeat_of == func.coalesce(GroupSession.repeat_of, GroupSession.id)
        ),
    )
    .order_by(GroupSession.starts_at, GroupSession.id)
    .limit(bindparam("limit", type_=Integer))
)


async def list_upcoming(
    tx: Transaction, actor: Actor, limit: int = 10, after: tuple[datetime, int] | None = None
) -> list[GroupView]:
    """List the group sessions of the actor's guild that haven't started, the soonest first.

    Of those that repeat it has the next date; `repeats.list_following` has the others. `after` is
    the start and id of the last one on the page before.
    """
    start, group_id = after or (tx.now, 0)
    params = {
        "guild": actor.guild,
        "after": start,
        "after_id": group_id,
        "limit": limit,
        "now": tx.now,
    }
    return group_views.readable(tx, await tx.connection.execute(_UPCOMING, params))
