"""Forgetting a person in a guild: what it means, and doing it.

It goes by `mentorship.operations.data_export.PERSON_COLUMNS`. What it leaves, and why, is
`docs/decisions/0013-erasure-keeps-the-ledger.md`.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, cast, delete, insert, select, update

from mentorship import statuses
from mentorship.actors import Actor
from mentorship.errors import StillToSettle
from mentorship.guilds import guild_settings
from mentorship.operations import data_export
from mentorship.operations.data_export import FORMER_MEMBER, PERSON_COLUMNS, ErasureAction
from mentorship.points import ledger
from mentorship.sessions import session_views, transitions
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.tables import (
    Account,
    DateOverrideRow,
    Event,
    Member,
    MentorProfile,
    Notification,
    Participant,
    ProfileRevision,
    ProfileTag,
    Review,
    Session,
    Transfer,
    WeeklyHoursRow,
)

_ALL = 10_000


@dataclass(frozen=True, slots=True)
class ErasurePreview:
    """What forgetting somebody would mean: the sessions that it calls off, and the points it takes.

    `is_known` is False when there is nothing about them in the guild.
    """

    is_known: bool
    is_mentor: bool
    points: int
    coming: tuple[SessionView, ...]


@dataclass(frozen=True, slots=True)
class ErasureResult:
    """Somebody is not known any more; so many of their sessions were called off by it."""

    cancelled: int


async def preview(tx: Transaction, actor: Actor) -> ErasurePreview:
    """What forgetting the actor in this guild would mean. Raises `StillToSettle`."""
    coming = await _coming(tx, actor)
    profile = await tx.connection.scalar(
        select(MentorProfile.status).where(*data_export.owned_by(MentorProfile, actor))
    )
    return ErasurePreview(
        await data_export.has_data(tx, actor.guild, actor.user_id),
        profile not in (None, ProfileStatus.APPLICANT),
        await ledger.balance(tx, actor),
        tuple(session for session, _ in coming),
    )


async def erase(tx: Transaction, actor: Actor) -> ErasureResult:
    """Remove the actor from this guild's data: every id, name and text of theirs.

    Coming sessions are called off first, as if the actor had done it; points that are left go back
    where points come from, so the books stay right. Sessions that took place keep their times,
    prices and stars, with nobody in the person's place. Raises `StillToSettle` while the points of
    a session wait for its end.
    """
    coming = await _coming(tx, actor)
    name = (
        await tx.connection.scalar(select(Member.name).where(*data_export.owned_by(Member, actor)))
        or ""
    )
    for session, act in coming:
        await transitions.act_as_participant(tx, actor, session.id, act)
    await ledger.close(tx, await guild_settings.load(tx, actor.guild), actor.user_id)
    person = _Person(actor.guild, actor.user_id, name)
    await _blank_texts(tx, person)
    await _remove_rows(tx, person)
    await _empty_columns(tx, person)
    await _let_stand_in(tx, person)
    return ErasureResult(len(coming))


async def _coming(tx: Transaction, actor: Actor) -> list[tuple[SessionView, Action]]:
    """What the person has before them, each with the act that calls it off.

    Raises `StillToSettle` for what nobody can call off any more.
    """
    found = []
    for session in await session_views.list_upcoming(tx, actor, _ALL):
        ways = set(session.actions(actor.user_id, tx.now)) & {Action.CANCEL, Action.DECLINE}
        if not ways or session.status not in statuses.UPCOMING:
            raise StillToSettle(session.starts_at)
        found.append((session, Action.CANCEL if Action.CANCEL in ways else Action.DECLINE))
    return found


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
        .where(ProfileRevision.decided_by == who, data_export.in_guild(ProfileRevision, guild))
        .values(decision_note=None)
    )
    await tx.connection.execute(
        update(Event)
        .where(Event.guild_id == guild, (Event.subject_id == who) | (Event.actor_id == who))
        .values(note=None)
    )


async def _remove_rows(tx: Transaction, person: _Person) -> None:
    """What is about the person alone."""
    revisions = select(ProfileRevision.id).where(ProfileRevision.profile_id.in_(person.profiles))
    mentions = await tx.connection.execute(
        select(
            Notification.id, Notification.key, cast(Notification.facts, String).label("facts")
        ).where(
            Notification.guild_id == person.guild_id,
            Notification.key.contains(str(person.user_id))
            | cast(Notification.facts, String).contains(str(person.user_id)),
        )
    )
    named = [row.id for row in mentions if person.is_in(row.key) or person.is_in(row.facts)]
    for of_notices in (
        (Notification.guild_id == person.guild_id) & (Notification.user_id == person.user_id),
        Notification.revision_id.in_(revisions),
        Notification.id.in_(named),
    ):
        await tx.connection.execute(delete(Notification).where(of_notices))
    for table in (ProfileRevision, WeeklyHoursRow, DateOverrideRow, ProfileTag):
        await tx.connection.execute(
            delete(table).where(table.__table__.c.profile_id.in_(person.profiles))
        )
    for column, fate in PERSON_COLUMNS:
        if fate is ErasureAction.ROW_GOES:
            await tx.connection.execute(
                delete(column.class_).where(
                    column == person.user_id, data_export.in_guild(column.class_, person.guild_id)
                )
            )


async def _empty_columns(tx: Transaction, person: _Person) -> None:
    for column, fate in PERSON_COLUMNS:
        if fate is ErasureAction.EMPTIED:
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
                guild_id=person.guild_id, user_id=stand_in, name=FORMER_MEMBER, created_at=tx.now
            )
        )
        # Stopped first: then search has forgotten name and bio before the person is another.
        await tx.connection.execute(
            update(MentorProfile)
            .where(MentorProfile.id.in_(person.profiles))
            .values(
                status=ProfileStatus.STOPPED,
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
    for column, fate in PERSON_COLUMNS:
        if fate is ErasureAction.STAND_IN and column.class_ is not Member:
            await _put(tx, person, column, stand_in)
    await tx.connection.execute(
        delete(Member).where(Member.guild_id == person.guild_id, Member.user_id == person.user_id)
    )


async def _put(tx: Transaction, person: _Person, column: Any, value: int | None) -> None:
    await tx.connection.execute(
        update(column.class_)
        .where(column == person.user_id, data_export.in_guild(column.class_, person.guild_id))
        .values({column.key: value})
    )
