"""Export what is stored about a person in a guild; `mentorship.operations.erasure` removes it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from mentorship.actors import Actor
from mentorship.members import returning
from mentorship.operations.personal_data import PERSON_COLUMNS, owned_by
from storage import Transaction
from storage.tables import (
    Account,
    Block,
    Commitment,
    DateOverrideRow,
    Event,
    GrantRequest,
    IdempotencyKey,
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

ANOTHER_PERSON = "another person"
"""What an export contains in place of the id of anyone else."""


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


def _is(table: Any, actor: Actor) -> ColumnElement[bool]:
    of_guild, of_user = owned_by(table, actor)
    return of_guild & of_user


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
