"""What is kept about a person in a guild, and handing it over. `mentorship.operations.erasure`
removes it.

Both go by one list of the columns that hold a person (`PERSON_COLUMNS`), and a test fails when the
tables have one that is not in it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import (
    ColumnElement,
    exists,
    or_,
    select,
)

from mentorship.actors import Actor
from storage import Transaction
from storage.tables import (
    Account,
    Commitment,
    DateOverrideRow,
    Event,
    Guild,
    IdempotencyKey,
    Listing,
    Member,
    MentorProfile,
    Notification,
    Participant,
    ProfileRevision,
    ProfileTag,
    Review,
    Session,
    Table,
    Tag,
    Transfer,
    WeeklyHoursRow,
)

FORMER_MEMBER = "Former member"
"""What is shown where somebody was whom the bot has forgotten."""

ANOTHER_PERSON = "another person"
"""What an export says where the id of anybody else stands."""


class ErasureAction(Enum):
    """What forgetting does to a column that holds the person: the row goes; the column is emptied;
    a number that stands for nobody takes its place; or triggers derive it from the others."""

    ROW_GOES = auto()
    EMPTIED = auto()
    STAND_IN = auto()
    DERIVED = auto()


PERSON_COLUMNS: tuple[tuple[Any, ErasureAction], ...] = (
    (Member.user_id, ErasureAction.STAND_IN),
    (MentorProfile.user_id, ErasureAction.STAND_IN),
    (ProfileRevision.decided_by, ErasureAction.EMPTIED),
    (Listing.user_id, ErasureAction.DERIVED),
    (Session.mentor_id, ErasureAction.STAND_IN),
    (Session.proposed_by, ErasureAction.STAND_IN),
    (Session.ended_by, ErasureAction.STAND_IN),
    (Session.no_show_user_id, ErasureAction.STAND_IN),
    (Participant.user_id, ErasureAction.STAND_IN),
    (Commitment.user_id, ErasureAction.ROW_GOES),
    (Account.user_id, ErasureAction.STAND_IN),
    (Transfer.made_by, ErasureAction.EMPTIED),
    (Review.author_id, ErasureAction.STAND_IN),
    (Review.hidden_by, ErasureAction.EMPTIED),
    (Notification.user_id, ErasureAction.ROW_GOES),
    (IdempotencyKey.user_id, ErasureAction.ROW_GOES),
    (Event.actor_id, ErasureAction.EMPTIED),
    (Event.subject_id, ErasureAction.EMPTIED),
)
"""Every column that holds a person's id."""


async def list_guilds_with_data(tx: Transaction, user_id: int) -> list[int]:
    """The guilds in which anything is kept about a person."""
    everywhere = await tx.connection.scalars(select(Guild.id).order_by(Guild.id))
    return [guild_id for guild_id in everywhere if await has_data(tx, guild_id, user_id)]


async def export(tx: Transaction, actor: Actor) -> dict[str, Any]:
    """All that is kept about the actor in this guild, ready for JSON: tables of rows.

    Ids are strings and instants ISO 8601 in UTC. Of other people there is no id and no name.
    """
    who, guild = actor.user_id, actor.guild
    profiles = select(MentorProfile.id).where(*owned_by(MentorProfile, actor))
    mine = select(Participant.session_id).where(*owned_by(Participant, actor))
    accounts = select(Account.id).where(*owned_by(Account, actor))
    found: dict[str, Any] = {}
    for table, condition in (
        (Member, _is(Member, actor)),
        (MentorProfile, _is(MentorProfile, actor)),
        (ProfileRevision, ProfileRevision.profile_id.in_(profiles)),
        (WeeklyHoursRow, WeeklyHoursRow.profile_id.in_(profiles)),
        (DateOverrideRow, DateOverrideRow.profile_id.in_(profiles)),
        (Session, Session.id.in_(mine)),
        (Participant, _is(Participant, actor)),
        (
            Commitment,
            (Commitment.user_id == who) & Commitment.session_id.in_(mine),
        ),
        (Account, _is(Account, actor)),
        (
            Transfer,
            Transfer.debit_account_id.in_(accounts) | Transfer.credit_account_id.in_(accounts),
        ),
        (
            Review,
            Review.profile_id.in_(profiles)
            | ((Review.author_id == who) & Review.session_id.in_(mine)),
        ),
        (Notification, _is(Notification, actor)),
        (IdempotencyKey, _is(IdempotencyKey, actor)),
        (
            Event,
            (Event.guild_id == guild) & ((Event.subject_id == who) | (Event.actor_id == who)),
        ),
    ):
        rows = (await tx.connection.execute(select(table).where(condition))).mappings()
        found[table.__tablename__] = [_readable(table, row, who) for row in rows]
    tags = select(Tag.name).join(ProfileTag, ProfileTag.tag_id == Tag.id)
    found["tags"] = list(
        await tx.connection.scalars(tags.where(ProfileTag.profile_id.in_(profiles)))
    )
    return {"guild_id": str(guild), "user_id": str(who), "exported_at": _plain(tx.now), **found}


def owned_by(table: Any, actor: Actor) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The rows of a table that are the actor's in their guild, as conditions."""
    return table.guild_id == actor.guild, table.user_id == actor.user_id


def _is(table: Any, actor: Actor) -> ColumnElement[bool]:
    guild, person = owned_by(table, actor)
    return guild & person


def in_guild(table: type[Table], guild_id: int) -> ColumnElement[bool]:
    """The rows of a guild, of whatever table holds a person."""
    columns = table.__table__.c
    if "guild_id" in columns:
        return columns.guild_id == guild_id
    if "session_id" in columns:
        return columns.session_id.in_(select(Session.id).where(Session.guild_id == guild_id))
    return columns.profile_id.in_(
        select(MentorProfile.id).where(MentorProfile.guild_id == guild_id)
    )


async def has_data(tx: Transaction, guild_id: int, user_id: int) -> bool:
    """Whether a guild's data have the person anywhere."""
    held = (
        exists().where(column == user_id, in_guild(column.class_, guild_id))
        for column, _ in PERSON_COLUMNS
    )
    return bool(await tx.connection.scalar(select(or_(*held))))


def _readable(table: type[Table], row: Any, who: int) -> dict[str, Any]:
    people = {column.key for column, _ in PERSON_COLUMNS if column.class_ is table}
    return {
        name: ANOTHER_PERSON
        if name in people and value is not None and value != who
        else str(value)
        if isinstance(value, int) and (name == "id" or name in people or name.endswith("_id"))
        else _plain(value)
        for name, value in row.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
