"""What is kept about a person in a guild: handing it over, and forgetting it.

Both go by one list of the columns that hold a person (`PEOPLE`), and a test fails when the tables
have one that is not in it. What forgetting leaves, and why, is `docs/decisions/0030-forgetting.md`.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    cast,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from mentorship import acts, guilds, ledger, lifecycle, sessions
from mentorship.actors import Actor
from mentorship.errors import StillToSettle
from mentorship.lifecycle import Act
from mentorship.sessions import SessionView
from storage import Transaction
from storage.tables import (
    Account,
    AuditEntry,
    Commitment,
    DateOverrideRow,
    Guild,
    IdempotencyKey,
    Listing,
    Member,
    MentorProfile,
    Notice,
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

NOBODY = "Former member"
"""What is shown where somebody was whom the bot has forgotten."""

SOMEBODY = "another person"
"""What an export says where the id of anybody else stands."""

_ALL = 10_000


class Fate(Enum):
    """What forgetting does to a column that holds the person: the row goes; the column is emptied;
    a number that stands for nobody takes its place; or triggers derive it from the others."""

    ROW_GOES = auto()
    EMPTIED = auto()
    STAND_IN = auto()
    DERIVED = auto()


PEOPLE: tuple[tuple[Any, Fate], ...] = (
    (Member.user_id, Fate.STAND_IN),
    (MentorProfile.user_id, Fate.STAND_IN),
    (ProfileRevision.decided_by, Fate.EMPTIED),
    (Listing.user_id, Fate.DERIVED),
    (Session.mentor_id, Fate.STAND_IN),
    (Session.proposed_by, Fate.STAND_IN),
    (Session.ended_by, Fate.STAND_IN),
    (Session.no_show_user_id, Fate.STAND_IN),
    (Participant.user_id, Fate.STAND_IN),
    (Commitment.user_id, Fate.ROW_GOES),
    (Account.user_id, Fate.STAND_IN),
    (Transfer.made_by, Fate.EMPTIED),
    (Review.author_id, Fate.STAND_IN),
    (Review.hidden_by, Fate.EMPTIED),
    (Notice.user_id, Fate.ROW_GOES),
    (IdempotencyKey.user_id, Fate.ROW_GOES),
    (AuditEntry.actor_id, Fate.EMPTIED),
    (AuditEntry.user_id, Fate.EMPTIED),
)
"""Every column that holds a person's id."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What forgetting somebody would mean: the sessions that it calls off, and the points it takes.

    `is_known` is False when there is nothing about them in the guild.
    """

    is_known: bool
    is_mentor: bool
    points: int
    coming: tuple[SessionView, ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Somebody is not known any more; so many of their sessions were called off by it."""

    cancelled: int


async def known_in(tx: Transaction, user_id: int) -> list[int]:
    """The guilds in which anything is kept about a person."""
    everywhere = await tx.connection.scalars(select(Guild.id).order_by(Guild.id))
    return [guild_id for guild_id in everywhere if await _is_known(tx, guild_id, user_id)]


async def before_forget(tx: Transaction, actor: Actor) -> Kept:
    """What forgetting the actor in this guild would mean. Raises `StillToSettle`."""
    coming = await _coming(tx, actor)
    profile = await tx.connection.scalar(
        select(MentorProfile.status).where(*_own(MentorProfile, actor))
    )
    return Kept(
        await _is_known(tx, actor.guild, actor.user_id),
        profile in ("approved", "suspended", "stopped"),
        await ledger.balance(tx, actor),
        tuple(session for session, _ in coming),
    )


async def forget(tx: Transaction, actor: Actor) -> Forgotten:
    """Remove the actor from this guild's data: every id, name and text of theirs.

    Coming sessions are called off first, as if the actor had done it; points that are left go back
    where points come from, so the books stay right. Sessions that took place keep their times,
    prices and stars, with nobody in the person's place. Raises `StillToSettle` while the points of
    a session wait for its end.
    """
    coming = await _coming(tx, actor)
    name = await tx.connection.scalar(select(Member.name).where(*_own(Member, actor))) or ""
    for session, act in coming:
        await acts.by_person(tx, actor, session.id, act)
    await ledger.close(tx, await guilds.settings(tx, actor.guild), actor.user_id)
    person = _Person(actor.guild, actor.user_id, name)
    await _blank_texts(tx, person)
    await _remove_rows(tx, person)
    await _empty_columns(tx, person)
    await _let_stand_in(tx, person)
    return Forgotten(len(coming))


async def export(tx: Transaction, actor: Actor) -> dict[str, Any]:
    """All that is kept about the actor in this guild, ready for JSON: tables of rows.

    Ids are strings and instants ISO 8601 in UTC. Of other people there is no id and no name.
    """
    who, guild = actor.user_id, actor.guild
    profiles = select(MentorProfile.id).where(*_own(MentorProfile, actor))
    mine = select(Participant.session_id).where(*_own(Participant, actor))
    accounts = select(Account.id).where(*_own(Account, actor))
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
        (Notice, _is(Notice, actor)),
        (IdempotencyKey, _is(IdempotencyKey, actor)),
        (
            AuditEntry,
            (AuditEntry.guild_id == guild)
            & ((AuditEntry.user_id == who) | (AuditEntry.actor_id == who)),
        ),
    ):
        rows = (await tx.connection.execute(select(table).where(condition))).mappings()
        found[table.__tablename__] = [_readable(table, row, who) for row in rows]
    tags = select(Tag.name).join(ProfileTag, ProfileTag.tag_id == Tag.id)
    found["tags"] = list(
        await tx.connection.scalars(tags.where(ProfileTag.profile_id.in_(profiles)))
    )
    return {"guild_id": str(guild), "user_id": str(who), "exported_at": _plain(tx.now), **found}


# --- Who and what ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Person:
    guild_id: int
    user_id: int
    name: str

    @property
    def profiles(self) -> Select[int]:
        return select(MentorProfile.id).where(
            MentorProfile.guild_id == self.guild_id, MentorProfile.user_id == self.user_id
        )

    @property
    def sessions(self) -> Select[int]:
        return select(Participant.session_id).where(
            Participant.guild_id == self.guild_id, Participant.user_id == self.user_id
        )

    def is_in(self, text: str) -> bool:
        """Whether a text names the person, by name or id."""
        named = bool(self.name) and self.name.casefold() in text.casefold()
        return named or re.search(rf"(?<!\d){self.user_id}(?!\d)", text) is not None


def _own(table: Any, actor: Actor) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.guild_id == actor.guild, table.user_id == actor.user_id


def _is(table: Any, actor: Actor) -> ColumnElement[bool]:
    guild, person = _own(table, actor)
    return guild & person


def _of_guild(table: type[Table], guild_id: int) -> ColumnElement[bool]:
    """The rows of a guild, of whatever table holds a person."""
    columns = table.__table__.c
    if "guild_id" in columns:
        return columns.guild_id == guild_id
    if "session_id" in columns:
        return columns.session_id.in_(select(Session.id).where(Session.guild_id == guild_id))
    return columns.profile_id.in_(
        select(MentorProfile.id).where(MentorProfile.guild_id == guild_id)
    )


async def _is_known(tx: Transaction, guild_id: int, user_id: int) -> bool:
    held = (
        exists().where(column == user_id, _of_guild(column.class_, guild_id))
        for column, _ in PEOPLE
    )
    return bool(await tx.connection.scalar(select(or_(*held))))


async def _coming(tx: Transaction, actor: Actor) -> list[tuple[SessionView, Act]]:
    """What the person has before them, each with the act that calls it off.

    Raises `StillToSettle` for what nobody can call off any more.
    """
    found = []
    for session in await sessions.upcoming(tx, actor, _ALL):
        ways = set(session.acts(actor.user_id, tx.now)) & {Act.CANCEL, Act.DECLINE}
        if not ways or session.status not in lifecycle.COMING:
            raise StillToSettle(session.starts_at)
        found.append((session, Act.CANCEL if Act.CANCEL in ways else Act.DECLINE))
    return found


# --- Forgetting -----------------------------------------------------------------------------------


async def _blank_texts(tx: Transaction, person: _Person) -> None:
    """What the person wrote, what was written about them, and what names them."""
    guild, who = person.guild_id, person.user_id
    rows = await tx.connection.execute(
        select(Session.id, Session.mentor_id, Session.topic).where(Session.id.in_(person.sessions))
    )
    for row in rows.all():
        values: dict[str, Any] = {"ended_reason": None}
        if row.mentor_id == who:
            values["meeting_link"] = None
        if row.mentor_id != who or person.is_in(row.topic):
            values["topic"] = ""
        await tx.connection.execute(update(Session).where(Session.id == row.id).values(**values))
    await tx.connection.execute(
        update(Review)
        .where(
            Review.profile_id.in_(person.profiles)
            | ((Review.author_id == who) & Review.session_id.in_(person.sessions))
        )
        .values(text="", reply=None, replied_at=None)
    )
    accounts = select(Account.id).where(Account.guild_id == guild, Account.user_id == who)
    await tx.connection.execute(
        update(Transfer)
        .where(
            Transfer.guild_id == guild,
            (Transfer.made_by == who)
            | Transfer.debit_account_id.in_(accounts)
            | Transfer.credit_account_id.in_(accounts),
        )
        .values(reason=None)
    )
    await tx.connection.execute(
        update(ProfileRevision)
        .where(ProfileRevision.decided_by == who, _of_guild(ProfileRevision, guild))
        .values(decision_note=None)
    )
    await tx.connection.execute(
        update(AuditEntry)
        .where(
            AuditEntry.guild_id == guild,
            (AuditEntry.user_id == who) | (AuditEntry.actor_id == who),
        )
        .values(note=None)
    )


async def _remove_rows(tx: Transaction, person: _Person) -> None:
    """What is about the person alone."""
    revisions = select(ProfileRevision.id).where(ProfileRevision.profile_id.in_(person.profiles))
    mentions = await tx.connection.execute(
        select(Notice.id, Notice.key, cast(Notice.facts, String).label("facts")).where(
            Notice.guild_id == person.guild_id,
            Notice.key.contains(str(person.user_id))
            | cast(Notice.facts, String).contains(str(person.user_id)),
        )
    )
    named = [row.id for row in mentions if person.is_in(row.key) or person.is_in(row.facts)]
    for of_notices in (
        (Notice.guild_id == person.guild_id) & (Notice.user_id == person.user_id),
        Notice.revision_id.in_(revisions),
        Notice.id.in_(named),
    ):
        await tx.connection.execute(delete(Notice).where(of_notices))
    for table in (ProfileRevision, WeeklyHoursRow, DateOverrideRow, ProfileTag):
        await tx.connection.execute(
            delete(table).where(table.__table__.c.profile_id.in_(person.profiles))
        )
    for column, fate in PEOPLE:
        if fate is Fate.ROW_GOES:
            await tx.connection.execute(
                delete(column.class_).where(
                    column == person.user_id, _of_guild(column.class_, person.guild_id)
                )
            )


async def _empty_columns(tx: Transaction, person: _Person) -> None:
    for column, fate in PEOPLE:
        if fate is Fate.EMPTIED:
            await _put(tx, person, column, None)


async def _let_stand_in(tx: Transaction, person: _Person) -> None:
    """Put somebody who doesn't exist where others' history needs a person.

    The number is below zero, which no id of Discord's is, and drawn by lot, so that nothing leads
    back from it.
    """
    stand_in = -1 - secrets.randbelow(2**53 - 1)
    has_met = await tx.connection.scalar(select(person.sessions.exists()))
    if has_met:
        await tx.connection.execute(
            insert(Member).values(
                guild_id=person.guild_id, user_id=stand_in, name=NOBODY, created_at=tx.now
            )
        )
        # Stopped first: then search has forgotten name and bio before the person is another.
        await tx.connection.execute(
            update(MentorProfile)
            .where(MentorProfile.id.in_(person.profiles))
            .values(
                status="stopped",
                bio="",
                meeting_link=None,
                timezone="UTC",
                paused=False,
                paused_until=None,
                created_at=tx.now,
            )
        )
    else:
        await tx.connection.execute(
            delete(MentorProfile).where(MentorProfile.id.in_(person.profiles))
        )
    for column, fate in PEOPLE:
        if fate is Fate.STAND_IN and column.class_ is not Member:
            await _put(tx, person, column, stand_in)
    await tx.connection.execute(
        delete(Member).where(Member.guild_id == person.guild_id, Member.user_id == person.user_id)
    )


async def _put(tx: Transaction, person: _Person, column: Any, value: int | None) -> None:
    await tx.connection.execute(
        update(column.class_)
        .where(column == person.user_id, _of_guild(column.class_, person.guild_id))
        .values({column.key: value})
    )


# --- Handing over ---------------------------------------------------------------------------------


def _readable(table: type[Table], row: Any, who: int) -> dict[str, Any]:
    people = {column.key for column, _ in PEOPLE if column.class_ is table}
    return {
        name: SOMEBODY
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
