"""Export what is stored about a person in a guild.

`mentorship.operations.erasure` removes it. Both use one list of the columns that contain a user id,
`PERSON_COLUMNS`. A test fails if a table has such a column that isn't listed.
"""

from __future__ import annotations

from dataclasses import asdict
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
from mentorship.members import returning
from storage import Transaction
from storage.tables import (
    Account,
    Block,
    Commitment,
    DateOverrideRow,
    Event,
    GrantRequest,
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
"""The name shown in place of a person whose data was erased."""

ANOTHER_PERSON = "another person"
"""What an export contains in place of the id of anyone else."""


class ErasureAction(Enum):
    """What erasure does with a column that contains the person's id."""

    DELETE_ROW = auto()
    SET_NULL = auto()

    PSEUDONYMIZE = auto()
    """Replace it by a random negative number, the same in all columns."""

    REMEMBER = auto()
    """Replace it by a keyed hash, by which `members.returning` recognizes the person."""

    DERIVED = auto()
    """Nothing, since triggers derive it from other columns."""


PERSON_COLUMNS: tuple[tuple[Any, ErasureAction], ...] = (
    (Member.user_id, ErasureAction.PSEUDONYMIZE),
    (MentorProfile.user_id, ErasureAction.PSEUDONYMIZE),
    (ProfileRevision.decided_by, ErasureAction.SET_NULL),
    (Listing.user_id, ErasureAction.DERIVED),
    (Session.mentor_id, ErasureAction.PSEUDONYMIZE),
    (Session.proposed_by, ErasureAction.PSEUDONYMIZE),
    (Session.ended_by, ErasureAction.PSEUDONYMIZE),
    (Session.no_show_user_id, ErasureAction.PSEUDONYMIZE),
    (Participant.user_id, ErasureAction.PSEUDONYMIZE),
    (Commitment.user_id, ErasureAction.DELETE_ROW),
    (Account.user_id, ErasureAction.PSEUDONYMIZE),
    (Transfer.made_by, ErasureAction.SET_NULL),
    (Review.author_id, ErasureAction.DELETE_ROW),
    (Review.hidden_by, ErasureAction.SET_NULL),
    (Notification.user_id, ErasureAction.DELETE_ROW),
    (Notification.caused_by, ErasureAction.SET_NULL),
    (IdempotencyKey.user_id, ErasureAction.DELETE_ROW),
    (Block.blocker_id, ErasureAction.DELETE_ROW),
    (Block.blocked_id, ErasureAction.REMEMBER),
    (GrantRequest.user_id, ErasureAction.DELETE_ROW),
    (GrantRequest.requested_by, ErasureAction.SET_NULL),
    (GrantRequest.decided_by, ErasureAction.SET_NULL),
    (Event.actor_id, ErasureAction.SET_NULL),
    (Event.subject_id, ErasureAction.SET_NULL),
)
"""Every column that contains a person's id, and what erasure does with it."""


async def list_guilds_with_data(tx: Transaction, user_id: int) -> list[int]:
    """List the guilds that have data about a person."""
    guild_ids = await tx.connection.scalars(select(Guild.id).order_by(Guild.id))
    return [guild_id for guild_id in guild_ids if await has_data(tx, guild_id, user_id)]


async def export(tx: Transaction, actor: Actor) -> dict[str, Any]:
    """Return all data about the actor in this guild, ready for JSON: lists of rows by table.

    Ids are strings, and instants are ISO 8601 in UTC. Contains no id or name of other people.
    """
    user_id, guild_id = actor.user_id, actor.guild
    profiles = select(MentorProfile.id).where(*owned_by(MentorProfile, actor))
    session_ids = select(Participant.session_id).where(*owned_by(Participant, actor))
    accounts = select(Account.id).where(*owned_by(Account, actor))
    tables: dict[str, Any] = {}
    for table, condition in (
        (Member, _is(Member, actor)),
        (MentorProfile, _is(MentorProfile, actor)),
        (ProfileRevision, ProfileRevision.profile_id.in_(profiles)),
        (WeeklyHoursRow, WeeklyHoursRow.profile_id.in_(profiles)),
        (DateOverrideRow, DateOverrideRow.profile_id.in_(profiles)),
        (Session, Session.id.in_(session_ids)),
        (Participant, _is(Participant, actor)),
        (
            Commitment,
            (Commitment.user_id == user_id) & Commitment.session_id.in_(session_ids),
        ),
        (Account, _is(Account, actor)),
        (
            Transfer,
            Transfer.debit_account_id.in_(accounts) | Transfer.credit_account_id.in_(accounts),
        ),
        (
            Review,
            Review.profile_id.in_(profiles)
            | ((Review.author_id == user_id) & Review.session_id.in_(session_ids)),
        ),
        (Notification, _is(Notification, actor)),
        (IdempotencyKey, _is(IdempotencyKey, actor)),
        (Block, (Block.guild_id == guild_id) & (Block.blocker_id == user_id)),
        (GrantRequest, _is(GrantRequest, actor)),
        (
            Event,
            (Event.guild_id == guild_id)
            & ((Event.subject_id == user_id) | (Event.actor_id == user_id)),
        ),
    ):
        rows = (await tx.connection.execute(select(table).where(condition))).mappings()
        tables[table.__tablename__] = [_readable(table, row, user_id) for row in rows]
    tags = select(Tag.name).join(ProfileTag, ProfileTag.tag_id == Tag.id)
    tables["tags"] = list(
        await tx.connection.scalars(tags.where(ProfileTag.profile_id.in_(profiles)))
    )
    # Not the digest, which only says the user id in another way.
    erased = await returning.find(tx, guild_id, user_id)
    tables["erased_people"] = (
        [] if erased is None else [{name: _plain(value) for name, value in asdict(erased).items()}]
    )
    return {
        "guild_id": str(guild_id),
        "user_id": str(user_id),
        "exported_at": _plain(tx.now),
        **tables,
    }


def owned_by(table: Any, actor: Actor) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions for the actor's rows in a table with `guild_id` and `user_id`."""
    return table.guild_id == actor.guild, table.user_id == actor.user_id


def _is(table: Any, actor: Actor) -> ColumnElement[bool]:
    of_guild, of_user = owned_by(table, actor)
    return of_guild & of_user


def in_guild(table: type[Table], guild_id: int) -> ColumnElement[bool]:
    """Return the condition for a guild's rows in a table of `PERSON_COLUMNS`."""
    columns = table.__table__.c
    if "guild_id" in columns:
        return columns.guild_id == guild_id
    if "session_id" in columns:
        return columns.session_id.in_(select(Session.id).where(Session.guild_id == guild_id))
    return columns.profile_id.in_(
        select(MentorProfile.id).where(MentorProfile.guild_id == guild_id)
    )


async def has_data(tx: Transaction, guild_id: int, user_id: int) -> bool:
    """Return whether a guild has any data about a person."""
    conditions = (
        exists().where(column == user_id, in_guild(column.class_, guild_id))
        for column, _ in PERSON_COLUMNS
    )
    return bool(await tx.connection.scalar(select(or_(*conditions))))


def _readable(table: type[Table], row: Any, user_id: int) -> dict[str, Any]:
    person_columns = {column.key for column, _ in PERSON_COLUMNS if column.class_ is table}
    return {
        name: ANOTHER_PERSON
        if name in person_columns and value is not None and value != user_id
        else str(value)
        if isinstance(value, int)
        and (name == "id" or name in person_columns or name.endswith("_id"))
        else _plain(value)
        for name, value in row.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
