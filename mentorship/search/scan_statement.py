"""The statement of a scan of the search index, built once for each shape.

Building a statement takes longer than SQLite takes to run it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    exists,
    or_,
    select,
    tuple_,
    union,
)

from mentorship.members import blocks
from mentorship.pagination import Direction
from mentorship.search import open_hours
from mentorship.search.filters import Order, TextFilter
from storage.full_text import TextField, TextMatch, select_matching
from storage.queries import integer_table
from storage.tables import Listing, ProfileTag


@dataclass(frozen=True, slots=True)
class TextShape:
    """What the statement of a scan depends on of a text filter."""

    field: TextField
    match: TextMatch
    word_count: int
    common: bool


@dataclass(frozen=True, slots=True)
class ScanShape:
    """What the statement of a scan depends on, besides its parameters.

    `conditions` are the names of filters that are set, and "tags" if the tags are a condition.
    """

    dialect: str
    order: Order
    direction: Direction
    from_key: bool
    tag_scans: int
    text: TextShape | None
    excluded_text: TextShape | None
    conditions: frozenset[str]


_Query = Select[*tuple[Any, ...]]


def text_shape(text: TextFilter | None) -> TextShape | None:
    """Return what a statement depends on of a text filter."""
    if text is None:
        return None
    return TextShape(text.field, text.match, len(text.words), text.common)


@lru_cache(maxsize=1_000)
def select_scan(shape: ScanShape) -> Select[*tuple[Any, ...]]:
    """Return the statement of a scan; `index.scan` has its parameters."""
    query = _select_listings(shape).where(*_conditions(shape))
    order, direction = shape.order, shape.direction
    if shape.from_key:
        start = (bindparam(f"key_{n}", type_=BigInteger()) for n in range(len(order.value)))
        columns, key = tuple_(*order.value), tuple_(*start)
        query = query.where(columns > key if direction is Direction.FORWARD else columns < key)
    order_columns: Sequence[ColumnElement[int]] = [column.expression for column in order.value]
    if "profiles" in shape.conditions:
        # A few hundred rows are sorted quickly. `+ 0` keeps SQLite from scanning in the index's
        # order, so that it begins with the few instead.
        order_columns = [column + 0 for column in order_columns]
    limit = bindparam("limit", type_=BigInteger())
    scans = [
        _order_by(
            query.where(Listing.tag_id == bindparam(f"tag_{n}")), order_columns, direction
        ).limit(limit)
        for n in range(shape.tag_scans)
    ]
    if len(scans) == 1:
        return scans[0]
    # Each scan ends after `limit`; the union has a mentor with several of the tags once.
    merged = union(*(select(each.subquery()) for each in scans)).subquery()
    keys = [merged.c[column.key] for column in order.value]
    return _order_by(select(merged), keys, direction).limit(limit)


def _order_by(query: _Query, columns: Sequence[ColumnElement[Any]], direction: Direction) -> _Query:
    forward = direction is Direction.FORWARD
    return query.order_by(*(each.asc() if forward else each.desc() for each in columns))


def _conditions(shape: ScanShape) -> list[ColumnElement[bool]]:
    viewer, least = (bindparam(name, type_=BigInteger()) for name in ("viewer", "min_rating"))
    optional: Mapping[str, Sequence[ColumnElement[bool]]] = {
        "tags": [_has_tag("tags")],
        "excluded_tags": [~_has_tag("excluded_tags")],
        "excluded_profiles": [
            Listing.profile_id.not_in(bindparam("excluded_profiles", expanding=True))
        ],
        "min_rating": [
            Listing.rating_count > 0,
            Listing.rating_sum * 100 >= Listing.rating_count * least,
        ],
        "max_rate": [Listing.hourly_rate <= bindparam("max_rate")],
    }
    conditions = [
        Listing.guild_id == bindparam("guild"),
        Listing.user_id != viewer,
        ~blocks.blocked_with(Listing.guild_id, Listing.user_id, viewer),
        or_(Listing.paused_until.is_(None), Listing.paused_until <= bindparam("now")),
    ]
    for name in sorted(shape.conditions & optional.keys()):
        conditions += optional[name]
    if shape.text is not None:
        conditions.append(_has_text(shape.dialect, shape.text, "text_"))
    if shape.excluded_text is not None:
        conditions.append(~_has_text(shape.dialect, shape.excluded_text, "excluded_text_"))
    return conditions


def _has_text(dialect: str, text: TextShape, prefix: str) -> ColumnElement[bool]:
    matches = select_matching(dialect, text.field, text.match, text.word_count, prefix)
    if text.common:
        return matches.where(matches.selected_columns.profile_id == Listing.profile_id).exists()
    # `+ 0` keeps SQLite scanning in the order of the listings instead of that of the words.
    return (Listing.profile_id + 0).in_(matches)


def _has_tag(parameter: str) -> ColumnElement[bool]:
    tags: BindParameter[int] = bindparam(parameter, expanding=True)
    return exists().where(ProfileTag.profile_id == Listing.profile_id, ProfileTag.tag_id.in_(tags))


def _select_listings(shape: ScanShape) -> _Query:
    """Select the listings, limited to the filters' profiles and to hours that overlap a span."""
    columns = (Listing.hourly_rate, Listing.shortfall, Listing.profile_id, Listing.user_id)
    listings = Listing.__table__
    if "profiles" in shape.conditions:
        profiles = integer_table(shape.dialect, bindparam("profiles"))
        listings = profiles.join(listings, Listing.profile_id == profiles.c.value)
    if "open_in" not in shape.conditions:
        return select(*columns).select_from(listings)
    joined, is_open = open_hours.join_open(shape.dialect, listings)
    return select(*columns).select_from(joined).where(is_open)
