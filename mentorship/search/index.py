"""Walking along the listings: the mentors who answer to filters, in an order, from a key on.

The order and most filters are columns of one index (`storage.tables.Listing`), so a step costs the
same whether a guild has a hundred mentors or a hundred thousand, and wherever in the list it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)

from mentorship.actors import Actor
from mentorship.pagination import Direction
from mentorship.time import timezones
from mentorship.time.intervals import Span
from storage import Transaction
from storage.full_text import TextField, TextMatch, profiles_matching
from storage.queries import integer_table, named_integer_table
from storage.tables import DateOverrideRow, Listing, MentorProfile, ProfileTag, Tag, WeeklyHoursRow

EVERY_TAG = 0
"""The `tag_id` under which each mentor is listed once, whatever their tags."""

FEW = 400
"""Words that fewer mentors have are looked up before the walk; see `narrowed`."""

SOON = 5
"""Words are common where one in so many mentors has them; see `narrowed`."""

MOST_WALKS = 4
"""So many tags are walked side by side; more are common enough to be met on the walk of all."""

_DAY, _WEEK = 1_440, 10_080
"""Minutes."""


class Order(Enum):
    """In what order mentors come: the best standing first, or the lowest rate (and then the best
    standing). Values are the key's columns."""

    STANDING = (Listing.shortfall, Listing.profile_id)
    RATE = (Listing.hourly_rate, Listing.shortfall, Listing.profile_id)


@dataclass(frozen=True, slots=True)
class Written:
    """Words that stand in a field. `common`: so many have them that each mentor on the walk is
    asked, instead of all those who have them."""

    field: TextField
    words: tuple[str, ...]
    match: TextMatch = TextMatch.PREFIXES
    common: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """What a mentor must answer to, all of it; None and empty ask nothing.

    `tags`: at least one of these (none can, where it is empty); `but_tags`: none of these.
    `written` and `but_written`: have, and have not. `among` and `but_among`: these profiles alone,
    and none of these, a few hundred at most. `min_rating` is of the plain mean, in hundredths of a
    star. `open_in`: hours on the mentor's clock that meet this span, as far as weekly hours and the
    dates that differ can tell; who is busy then is not left out.
    """

    tags: tuple[int, ...] | None = None
    but_tags: tuple[int, ...] = ()
    written: Written | None = None
    but_written: Written | None = None
    among: tuple[int, ...] | None = None
    but_among: tuple[int, ...] = ()
    min_rating: int | None = None
    max_rate: int | None = None
    open_in: Span | None = None

    @property
    def nobody(self) -> bool:
        """Whether it can be told without a look that none answers to this."""
        return self.tags == () or self.among == ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A mentor on the walk; `key` is where in the order."""

    key: tuple[int, ...]
    profile_id: int
    user_id: int


async def walk(
    tx: Transaction,
    actor: Actor,
    filters: Filters,
    order: Order,
    *,
    key: tuple[int, ...] | None = None,
    way: Direction = Direction.FORWARD,
    limit: int,
) -> list[Listed]:
    """The next mentors of the actor's guild after `key` (or, on the way back, before it, the
    nearest first); from the end of the list without a key.

    Never the actor, and nobody who is not approved or is paused.
    """
    if filters.nobody:
        return []
    tags = filters.tags or (EVERY_TAG,)
    base = await _base(tx, actor, filters)
    base = base.where(*_conditions(tx, actor, filters))
    if len(tags) > MOST_WALKS:
        base, tags = base.where(_tagged(tags)), (EVERY_TAG,)
    if key is not None:
        here, there = tuple_(*order.value), tuple_(*map(literal, key))
        base = base.where(here > there if way is Direction.FORWARD else here < there)
    columns: Sequence[ColumnElement[int]] = [column.expression for column in order.value]
    if filters.among is not None:
        # A few are sorted in no time. Told so, SQLite begins with them and not with the order.
        columns = [column + 0 for column in columns]
    walks = [_sorted(base.where(Listing.tag_id == tag), columns, way).limit(limit) for tag in tags]
    if len(walks) == 1:
        found = await tx.connection.execute(walks[0])
    else:
        # Each walk ends after `limit`, and so a mentor whom several meet is among them once.
        met = union(*(select(each.subquery()) for each in walks)).subquery()
        keys = [met.c[column.key] for column in order.value]
        found = await tx.connection.execute(_sorted(select(met), keys, way).limit(limit))
    return [
        Listed(tuple(row[column.key] for column in order.value), row["profile_id"], row["user_id"])
        for row in found.mappings()
    ]


async def narrowed(tx: Transaction, actor: Actor, filters: Filters) -> Filters:
    """The same filters, for a walk that is as short among many mentors as among few.

    Words that few have are replaced by those few: on the walk one would pass all the others.
    Words that very many have are marked as `common`: the walk meets the next one soon, while all
    of them would be a long list.
    """
    if filters.written is None:
        return filters
    written = filters.written
    asked = profiles_matching(
        tx.connection, actor.guild, written.field, written.words, written.match
    )
    found = tuple((await tx.connection.scalars(asked.limit(FEW))).all())
    if len(found) < FEW:
        return replace(filters, written=None, among=found)
    # Profiles are numbered as they come, so how far one had to look tells how common the words
    # are: at least so common, where other guilds' profiles lie between.
    return replace(filters, written=replace(written, common=max(found) < FEW * SOON))


# Built once: each keystroke asks for them.
_TAGS = (
    select(Tag.id, Tag.name)
    .where(
        Tag.guild_id == bindparam("guild"),
        exists().where(Listing.guild_id == Tag.guild_id, Listing.tag_id == Tag.id),
    )
    .order_by(Tag.name)
)


async def tags(tx: Transaction, actor: Actor) -> dict[int, str]:
    """The tags of the actor's guild under which somebody is listed, by id, alphabetically."""
    rows = await tx.connection.execute(_TAGS, {"guild": actor.guild})
    return {row.id: row.name for row in rows.all()}


async def commonest(tx: Transaction, guild_id: int, limit: int = 25) -> tuple[str, ...]:
    """The tags of a guild under which most mentors are listed, alphabetically."""
    rows = await tx.connection.scalars(
        select(Tag.name)
        .join(Listing, (Listing.guild_id == Tag.guild_id) & (Listing.tag_id == Tag.id))
        .where(Tag.guild_id == guild_id)
        .group_by(Tag.id, Tag.name)
        .order_by(func.count().desc(), Tag.name)
        .limit(limit)
    )
    return tuple(sorted(rows))


_Walk = Select[*tuple[Any, ...]]


def _sorted(walk: _Walk, columns: Sequence[ColumnElement[Any]], way: Direction) -> _Walk:
    return walk.order_by(
        *(each.asc() if way is Direction.FORWARD else each.desc() for each in columns)
    )


def _conditions(tx: Transaction, actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = [
        Listing.guild_id == actor.guild,
        Listing.user_id != actor.user_id,
        or_(Listing.paused_until.is_(None), Listing.paused_until <= tx.now),
    ]
    if filters.but_tags:
        asked.append(~_tagged(filters.but_tags))
    if filters.written is not None:
        asked.append(_has(tx, actor, filters.written))
    if filters.but_written is not None:
        asked.append(~_has(tx, actor, filters.but_written))
    if filters.but_among:
        asked.append(Listing.profile_id.not_in(filters.but_among))
    if filters.min_rating is not None:
        asked += [
            Listing.rating_count > 0,
            Listing.rating_sum * 100 >= Listing.rating_count * filters.min_rating,
        ]
    if filters.max_rate is not None:
        asked.append(Listing.hourly_rate <= filters.max_rate)
    return asked


def _has(tx: Transaction, actor: Actor, written: Written) -> ColumnElement[bool]:
    found = profiles_matching(
        tx.connection, actor.guild, written.field, written.words, written.match
    )
    if written.common:
        return found.where(found.selected_columns.profile_id == Listing.profile_id).exists()
    # Not a bare column, or SQLite leaves the order of the listings for that of the words.
    return (Listing.profile_id + 0).in_(found)


def _tagged(tags: Sequence[int]) -> ColumnElement[bool]:
    return exists().where(ProfileTag.profile_id == Listing.profile_id, ProfileTag.tag_id.in_(tags))


async def _base(tx: Transaction, actor: Actor, filters: Filters) -> _Walk:
    """The listings, or those of them that the walk is among and with hours that meet a span.

    Never leaves out one that `availability` would call open; it may let some through: near a
    change of clocks, and those who are busy or whose date differs.
    """
    columns = (Listing.hourly_rate, Listing.shortfall, Listing.profile_id, Listing.user_id)
    listings = Listing.__table__
    if filters.among is not None:
        few = integer_table(tx.connection, filters.among)
        listings = few.join(listings, Listing.profile_id == few.c.value)
    span = filters.open_in
    if span is None:
        return select(*columns).select_from(listings)
    zones = await _zones(tx, actor)
    # Where the clock changes nearby, hours may lie that much further off than the clock says.
    slack = max((_change(span, zone) for zone in zones), default=0)
    opens = {zone: (_minute_of_week(span.start, zone) - slack) % _WEEK for zone in zones}
    length = (span.end - span.start) // timedelta(minutes=1) + 2 + 2 * slack
    clock = named_integer_table(tx.connection, opens)
    begins = WeeklyHoursRow.weekday * _DAY + WeeklyHoursRow.start_minute
    lasts = (WeeklyHoursRow.end_minute - WeeklyHoursRow.start_minute + _DAY - 1) % _DAY + 1
    weekly = exists().where(
        WeeklyHoursRow.profile_id == Listing.profile_id,
        # Two arcs of the week's circle meet where one begins within the other.
        or_(
            (clock.c.number - begins + _WEEK) % _WEEK < lasts,
            (begins - clock.c.number + _WEEK) % _WEEK < length,
        ),
    )
    # Any zone's date, and hours that began the evening before.
    nearby = (span.start.date() - timedelta(days=2), span.end.date() + timedelta(days=1))
    other_dates = exists().where(
        DateOverrideRow.profile_id == Listing.profile_id,
        DateOverrideRow.date.between(*nearby),
        DateOverrideRow.start_minute.is_not(None),
    )
    # An outer join, since SQLite then keeps to the order of the listings.
    return (
        select(*columns)
        .outerjoin_from(listings, clock, clock.c.name == Listing.timezone)
        .where(or_(weekly, other_dates))
    )


async def _zones(tx: Transaction, actor: Actor) -> list[str]:
    """The zones of the guild's mentors, by one step along an index for each."""
    least = func.min(MentorProfile.timezone)
    here = MentorProfile.guild_id == actor.guild
    found = select(least.label("zone")).where(here).cte("zones", recursive=True)
    following = select(least).where(here, MentorProfile.timezone > found.c.zone).scalar_subquery()
    found = found.union_all(select(following).where(found.c.zone.is_not(None)))
    rows = await tx.connection.scalars(select(found.c.zone).where(found.c.zone.is_not(None)))
    return list(rows)


def _minute_of_week(instant: datetime, zone: str) -> int:
    local = timezones.to_local(instant, zone)
    return local.weekday() * _DAY + local.hour * 60 + local.minute


def _change(span: Span, zone: str) -> int:
    """By how many minutes the zone's clock changes around `span`, at most."""
    around = timedelta(days=2)
    first, last = span.start - around, span.end + around
    return abs(timezones.offset_at(first, zone) - timezones.offset_at(last, zone)) // 60
