"""The statements by which figures are computed, for several months at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    delete,
    func,
    select,
)
from sqlalchemy.types import TypeEngine

from mentorship.insights.counting import COUNTED
from mentorship.insights.views import shift
from storage.queries import records_table, upsert
from storage.tables import (
    GuildMonth,
    MenteeMonth,
    MentorMonth,
    MentorProfile,
    MentorQuarter,
    MentorTotal,
    Participant,
    Review,
    Session,
    Table,
    Thanks,
)
from storage.types import UtcDateTime

TOTALED = ("sessions", "minutes", "reviews", "stars", "thanks")
"""The numbers of a `MentorTotal` that are sums of its months."""


def month_record(dialect: str, profile_id: int, month: date) -> list[Any]:
    """Return a mentor's month as a row of the parameter `months`."""
    time = " 00:00:00.000000" if dialect == "sqlite" else " 00:00:00+00:00"
    return [profile_id, str(month), f"{month}{time}", f"{shift(month, 1)}{time}"]


_MONTH_COLUMNS: Mapping[str, TypeEngine[Any]] = {"profile_id": BigInteger(), "month": Date()}


@cache
def _months(dialect: str) -> Any:
    """Return the table of the buckets, with the instants of their beginnings and ends."""
    columns: dict[str, TypeEngine[Any]] = {
        **_MONTH_COLUMNS,
        "begins_at": UtcDateTime(),
        "ends_at": UtcDateTime(),
    }
    return records_table(dialect, "months", columns)


@cache
def select_started(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select the sessions that started in months, in a status that counts, with their mentees."""
    months = _months(dialect)
    return (
        select(
            months.c.profile_id.label("of_profile"),
            months.c.month.label("of_month"),
            *(Session.mentor_id, Session.group_id, Session.status, Session.starts_at),
            *(Session.ends_at, Session.confirmed_at, Session.ended_by, Session.no_show_user_id),
            Participant.user_id.label("mentee_id"),
        )
        .select_from(months)
        .join(
            Session,
            and_(
                Session.profile_id == months.c.profile_id,
                Session.starts_at >= months.c.begins_at,
                Session.starts_at < months.c.ends_at,
                Session.status.in_(COUNTED),
            ),
        )
        .join(
            Participant,
            and_(Participant.session_id == Session.id, Participant.role == "mentee"),
        )
        .order_by(Session.profile_id, Session.starts_at, Session.id)
    )


def _is_created_in(months: Any, table: Any) -> ColumnElement[bool]:
    """Return the condition that a profile's row was created in one of its months."""
    return and_(
        table.profile_id == months.c.profile_id,
        table.created_at >= months.c.begins_at,
        table.created_at < months.c.ends_at,
    )


@cache
def select_booked(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select the sessions that were booked in months."""
    months = _months(dialect)
    return (
        select(
            months.c.profile_id.label("of_profile"),
            months.c.month.label("of_month"),
            *(Session.mentor_id, Session.group_id, Session.status, Session.created_at),
            *(Session.starts_at, Session.confirmed_at, Session.ended_at, Session.ended_by),
        )
        .select_from(months)
        .join(Session, _is_created_in(months, Session))
    )


@cache
def select_reviews(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select the stars of the visible reviews that were written in months."""
    months = _months(dialect)
    return (
        select(
            months.c.profile_id.label("of_profile"),
            months.c.month.label("of_month"),
            Review.stars,
        )
        .select_from(months)
        .join(Review, _is_created_in(months, Review) & Review.hidden_at.is_(None))
    )


@cache
def select_thanks(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select the thanks that were given in months."""
    months = _months(dialect)
    return (
        select(months.c.profile_id.label("of_profile"), months.c.month.label("of_month"))
        .select_from(months)
        .join(Thanks, _is_created_in(months, Thanks))
    )


@cache
def select_stored(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select what is stored of months."""
    months = _months(dialect)
    is_same = and_(
        MentorMonth.profile_id == months.c.profile_id, MentorMonth.month == months.c.month
    )
    return select(*MentorMonth.__table__.c).select_from(months).join(MentorMonth, is_same)


@cache
def select_mentees(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select who had sessions in months, as it is stored."""
    months = _months(dialect)
    is_same = and_(
        MenteeMonth.profile_id == months.c.profile_id, MenteeMonth.month == months.c.month
    )
    return select(*MenteeMonth.__table__.c).select_from(months).join(MenteeMonth, is_same)


@cache
def select_pairs(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select all months in which mentees had sessions with mentors."""
    pairs = records_table(dialect, "pairs", {"profile_id": BigInteger(), "mentee_id": BigInteger()})
    is_same = and_(
        MenteeMonth.profile_id == pairs.c.profile_id, MenteeMonth.mentee_id == pairs.c.mentee_id
    )
    return select(*MenteeMonth.__table__.c).select_from(pairs).join(MenteeMonth, is_same)


@cache
def select_member_months(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select with how many mentors members had sessions in a guild's month."""
    columns: dict[str, TypeEngine[Any]] = {
        "guild_id": BigInteger(),
        "month": Date(),
        "mentee_id": BigInteger(),
    }
    members = records_table(dialect, "members", columns)
    is_same = and_(*(getattr(MenteeMonth, name) == members.c[name] for name in columns))
    keys = [members.c[name] for name in columns]
    return (
        select(*keys, func.count().label("mentors"))
        .select_from(members)
        .join(MenteeMonth, is_same)
        .group_by(*keys)
    )


@cache
def select_guild_months(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select what is stored of guilds' months."""
    columns: dict[str, TypeEngine[Any]] = {"guild_id": BigInteger(), "month": Date()}
    months = records_table(dialect, "months", columns)
    is_same = and_(GuildMonth.guild_id == months.c.guild_id, GuildMonth.month == months.c.month)
    return select(*GuildMonth.__table__.c).select_from(months).join(GuildMonth, is_same)


@cache
def _quarters(dialect: str) -> Any:
    return records_table(dialect, "quarters", {**_MONTH_COLUMNS, "first": Date()})


def _is_in_quarter(table: Any, quarters: Any) -> Any:
    return and_(
        table.profile_id == quarters.c.profile_id,
        table.month >= quarters.c.first,
        table.month <= quarters.c.month,
    )


@cache
def select_quarter_sums(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select the sums of the months of quarters."""
    quarters = _quarters(dialect)
    keys = (quarters.c.profile_id, quarters.c.month)
    sums = (
        func.sum(getattr(MentorMonth, name)).label(name)
        for name in ("sessions", "minutes", "thanks")
    )
    return (
        select(*keys, *sums)
        .select_from(quarters)
        .join(MentorMonth, _is_in_quarter(MentorMonth, quarters))
        .group_by(*keys)
    )


@cache
def select_quarter_mentees(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select how many different people had sessions in quarters."""
    quarters = _quarters(dialect)
    keys = (quarters.c.profile_id, quarters.c.month)
    return (
        select(*keys, func.count(MenteeMonth.mentee_id.distinct()).label("mentees"))
        .select_from(quarters)
        .join(MenteeMonth, _is_in_quarter(MenteeMonth, quarters))
        .group_by(*keys)
    )


_IDS = bindparam("ids", expanding=True, type_=BigInteger)
PROFILES = select(
    MentorProfile.id, MentorProfile.guild_id, MentorProfile.status, MentorProfile.created_at
).where(MentorProfile.id.in_(_IDS))
TOTALS = select(MentorTotal.profile_id, MentorTotal.mentees, MentorTotal.returning_mentees).where(
    MentorTotal.profile_id.in_(_IDS)
)
SUMS = (
    select(
        MentorMonth.profile_id,
        *(func.sum(getattr(MentorMonth, name)).label(name) for name in TOTALED),
        func.max(MentorMonth.last_at).label("last_at"),
    )
    .where(MentorMonth.profile_id.in_(_IDS))
    .group_by(MentorMonth.profile_id)
)
_OF_PROFILE = bindparam("of_profile", type_=BigInteger)
_OF_MONTH: BindParameter[date] = bindparam("of_month", type_=Date)
DELETE_MONTH = delete(MentorMonth).where(
    MentorMonth.profile_id == _OF_PROFILE, MentorMonth.month == _OF_MONTH
)
DELETE_QUARTER = delete(MentorQuarter).where(
    MentorQuarter.profile_id == _OF_PROFILE, MentorQuarter.month == _OF_MONTH
)
DELETE_MENTEE = delete(MenteeMonth).where(
    MenteeMonth.profile_id == bindparam("of_profile_id", type_=BigInteger),
    MenteeMonth.mentee_id == bindparam("of_mentee_id", type_=BigInteger),
    MenteeMonth.month == _OF_MONTH,
)


@cache
def upsert_all(dialect: str, table: type[Table]) -> Any:
    """Return an INSERT of whole rows that replaces those with the same key."""
    columns: Sequence[Any] = list(table.__table__.c)
    statement = upsert(dialect, table).values({each.name: bindparam(each.name) for each in columns})
    keys = [each.name for each in columns if each.primary_key]
    new = {each.name: statement.excluded[each.name] for each in columns if not each.primary_key}
    return statement.on_conflict_do_update(index_elements=keys, set_=new)
