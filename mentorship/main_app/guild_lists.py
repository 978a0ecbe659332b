"""Lists of a whole guild for the main app: its sessions and its members, as they change.

Both are in the order of the last change, the earliest first. A row that changes while somebody
reads the list moves towards its end, so it may be listed twice, but is never skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    literal_column,
    select,
    tuple_,
    union_all,
)

from mentorship import pagination
from mentorship.actors import Actor
from mentorship.errors import NotAManager
from mentorship.pagination import Cursor, Direction, Page, Position
from mentorship.sessions import session_views
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import ProfileStatus, SessionStatus
from storage import Transaction
from storage.tables import Account, Member, MentorProfile, Session
from storage.types import UtcDateTime

LONGEST_TRANSACTION = timedelta(minutes=1)
"""A row may become visible that long after the time that it bears: that of its transaction."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MICROSECOND = int((datetime(9999, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) * 1_000_000


@dataclass(frozen=True, slots=True)
class GuildMember:
    """A member of a guild as the main app sees them.

    `mentor_status` is None for a member without a mentor profile. `has_used` tells whether they
    have used the bot or the API themselves. `left_at` is set for those who left the guild.
    """

    user_id: int
    name: str
    timezone: str | None
    rank: int
    balance: int
    mentor_status: ProfileStatus | None
    has_used: bool
    joined_at: datetime | None
    left_at: datetime | None
    updated_at: datetime


async def list_sessions(
    tx: Transaction,
    actor: Actor,
    statuses: frozenset[SessionStatus] = frozenset(SessionStatus),
    updated_since: datetime | None = None,
    cursor: str | None = None,
    size: int = 25,
) -> Page[SessionView]:
    """List a page of the guild's sessions and seats, from the earliest change since an instant on.

    An invalid cursor returns the first page. Raises `NotAManager`.
    """
    _require_manager(actor)

    async def fetch(at: Cursor | None, limit: int) -> Sequence[SessionView]:
        statement = _select_sessions(
            statuses, at is not None, _is_backward(at), updated_since is not None
        )
        params = _params(actor, at, limit, updated_since)
        changed: list[SessionView] = []
        while True:
            rows = (await tx.connection.execute(statement, params)).all()
            changed += await session_views.list_by_id(tx, [row.id for row in rows])
            if len(rows) < params["limit"] or len(changed) >= limit:
                return changed
            # Those that can't be read are left out, and replaced by further ones.
            statement = _select_sessions(
                statuses, True, _is_backward(at), updated_since is not None
            )
            last = {"key_changed": rows[-1].updated_at, "key_id": rows[-1].id}
            params |= last | {"limit": limit - len(changed)}

    return await pagination.load_page(
        fetch, lambda session: _position(session.updated_at, session.id), cursor, size
    )


async def list_members(
    tx: Transaction,
    actor: Actor,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    size: int = 25,
) -> Page[GuildMember]:
    """List a page of the guild's members, from the earliest change since an instant on.

    Also lists those who left. Points that somebody gets or spends are no change of theirs. An
    invalid cursor returns the first page. Raises `NotAManager`.
    """
    _require_manager(actor)

    async def fetch(at: Cursor | None, limit: int) -> Sequence[GuildMember]:
        statement = _select_members(at is not None, _is_backward(at), updated_since is not None)
        params = _params(actor, at, limit, updated_since)
        rows = (await tx.connection.execute(statement, params)).all()
        return [
            GuildMember(
                row.user_id,
                row.name,
                row.timezone,
                row.rank,
                row.balance or 0,
                None if row.status is None else ProfileStatus(row.status),
                row.used_at is not None,
                row.joined_at,
                row.left_at,
                row.updated_at,
            )
            for row in rows
        ]

    return await pagination.load_page(
        fetch, lambda member: _position(member.updated_at, member.user_id), cursor, size
    )


def _require_manager(actor: Actor) -> None:
    if not actor.manages_guild:
        raise NotAManager()


def _is_backward(at: Cursor | None) -> bool:
    return at is not None and at.direction is Direction.BACKWARD


def _params(
    actor: Actor, at: Cursor | None, limit: int, updated_since: datetime | None
) -> dict[str, Any]:
    params: dict[str, Any] = {"guild": actor.guild, "limit": limit}
    if updated_since is not None:
        params["since"] = updated_since
    if at is not None:
        microsecond, row_id = at.position.key[:2]
        # A forged cursor may hold a time beyond the range of datetime.
        changed_at = _EPOCH + timedelta(microseconds=min(microsecond, _LAST_MICROSECOND))
        params |= {"key_changed": changed_at, "key_id": row_id}
    return params


@cache
def _select_sessions(
    statuses: frozenset[SessionStatus], has_key: bool, backward: bool, has_since: bool
) -> Select[*tuple[Any, ...]]:
    """Select ids and times of a page: a range of one index for each status, merged."""
    key = (Session.updated_at, Session.id)
    conditions = _beyond(key, has_key, backward, has_since)
    ranges = [
        _in_order(
            select(*key).where(
                Session.guild_id == bindparam("guild"),
                Session.status == literal_column(f"'{status.value}'"),
                *conditions,
            ),
            key,
            backward,
        )
        .subquery()
        .select()
        for status in sorted(statuses)
    ]
    merged = union_all(*ranges).subquery()
    return _in_order(select(merged), tuple(merged.c), backward)


@cache
def _select_members(has_key: bool, backward: bool, has_since: bool) -> Select[*tuple[Any, ...]]:
    """Select a page of members: a range of one index, and the rest for each of them."""
    key = (Member.updated_at, Member.user_id)
    ids = _in_order(
        select(*key).where(
            Member.guild_id == bindparam("guild"),
            # The placeholders of erased people have negative ids.
            Member.user_id > 0,
            *_beyond(key, has_key, backward, has_since),
        ),
        key,
        backward,
    ).subquery()
    profile = (MentorProfile.guild_id == Member.guild_id, MentorProfile.user_id == Member.user_id)
    account: tuple[ColumnElement[bool], ...] = (
        Account.guild_id == Member.guild_id,
        Account.user_id == Member.user_id,
        # Spelt as in the partial index.
        literal_column("accounts.kind = 'member'"),
    )
    query = (
        select(
            *(Member.user_id, Member.name, Member.timezone, Member.rank, Member.used_at),
            *(Member.joined_at, Member.left_at, Member.updated_at),
            select(Account.balance).where(*account).scalar_subquery().label("balance"),
            select(MentorProfile.status).where(*profile).scalar_subquery().label("status"),
        )
        .join_from(ids, Member, Member.user_id == ids.c.user_id)
        .where(Member.guild_id == bindparam("guild"))
    )
    return _in_order(query, key, backward)


def _beyond(
    key: Sequence[Any], has_key: bool, backward: bool, has_since: bool
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [key[0].is_not(None)]
    if has_since:
        conditions.append(key[0] >= bindparam("since", type_=UtcDateTime))
    if has_key:
        bound = tuple_(
            bindparam("key_changed", type_=UtcDateTime), bindparam("key_id", type_=BigInteger)
        )
        conditions.append(tuple_(*key) < bound if backward else tuple_(*key) > bound)
    return conditions


def _in_order(
    query: Select[*tuple[Any, ...]], key: Sequence[Any], backward: bool
) -> Select[*tuple[Any, ...]]:
    order = (column.desc() if backward else column.asc() for column in key)
    return query.order_by(*order).limit(bindparam("limit", type_=Integer))


def _position(changed_at: datetime, row_id: int) -> Position:
    return Position(0, ((changed_at - _EPOCH) // timedelta(microseconds=1), row_id))
