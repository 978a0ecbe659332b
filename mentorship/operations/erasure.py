"""Erase a person's data in a guild, and preview what that does.

`mentorship.operations.personal_data` lists the columns. For what is kept, and why, see
`docs/decisions/0013-erasure-keeps-the-ledger.md` and
`docs/decisions/0023-what-outlasts-an-erasure.md`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, cast, delete, func, insert, select, update

from mentorship import consent, statuses
from mentorship.actors import Actor
from mentorship.errors import StillToSettle, Term
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import returning
from mentorship.mentors import application_views, applications, own_profile
from mentorship.operations import personal_data
from mentorship.operations.personal_data import FORMER_MEMBER, PERSON_COLUMNS, ErasureAction
from mentorship.points import grant_requests, ledger
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

_ALL_SESSIONS = 10_000
"""More upcoming sessions than any person has."""


@dataclass(frozen=True, slots=True)
class ErasureTerms:
    """What a person agrees to lose: how many upcoming sessions, and how many points.

    `latest_session` is the highest id of those sessions, 0 without any. So one that was cancelled
    and another that was booked don't make up for each other.
    """

    sessions: int
    latest_session: int
    points: int

    def require(self, current: ErasureTerms) -> None:
        """Raise `TermsChanged` unless `current` is what these terms say."""
        consent.require(Term.COUNT, self.sessions, current.sessions)
        consent.require(Term.COUNT, self.latest_session, current.latest_session)
        consent.require(Term.BALANCE, self.points, current.points)


@dataclass(frozen=True, slots=True)
class ErasurePreview:
    """What erasing a person would do: cancel the `upcoming` sessions, and remove `points`.

    `has_data` is False if the guild has no data about them.
    """

    has_data: bool
    is_mentor: bool
    points: int
    upcoming: tuple[SessionView, ...]

    @property
    def terms(self) -> ErasureTerms:
        """What the person has to agree to."""
        return _terms(self.upcoming, self.points)


@dataclass(frozen=True, slots=True)
class ErasureResult:
    """The number of sessions that an erasure cancelled or declined."""

    cancelled_sessions: int


async def preview(tx: Transaction, actor: Actor) -> ErasurePreview:
    """Return what erasing the actor in this guild would do. Raises `StillToSettle`."""
    upcoming = await _list_upcoming(tx, actor)
    profile = await tx.connection.scalar(
        select(MentorProfile.status).where(*personal_data.owned_by(MentorProfile, actor))
    )
    return ErasurePreview(
        await personal_data.has_data(tx, actor.guild, actor.user_id),
        profile not in (None, ProfileStatus.APPLICANT),
        await ledger.load_balance(tx, actor),
        tuple(session for session, _ in upcoming),
    )


async def erase(tx: Transaction, actor: Actor, seen: ErasureTerms | None = None) -> ErasureResult:
    """Erase the actor from this guild's data: every id, name and text of theirs.

    `seen` are the terms that they agreed to, None to accept any.

    Upcoming sessions are cancelled or declined first, as if by the actor. The remaining points are
    returned to the issuance account, so that balances still match the transfers. Their reviews no
    longer count. Sessions that took place keep their times and prices; a placeholder replaces the
    person. Raises
    `StillToSettle` while a session holds points and can't be cancelled, and `TermsChanged`.
    """
    upcoming = await _list_upcoming(tx, actor)
    if seen is not None:
        sessions = [session for session, _ in upcoming]
        seen.require(_terms(sessions, await ledger.load_balance(tx, actor)))
    find_name = select(Member.name).where(*personal_data.owned_by(Member, actor))
    name = await tx.connection.scalar(find_name) or ""
    guild = await guild_settings.load(tx, actor.guild)
    await _remember(tx, actor, guild)
    for session, action in upcoming:
        await transitions.apply_as_participant(tx, actor, session.id, action)
    await ledger.close_account(tx, guild, actor.user_id)
    await grant_requests.reject_all_of(tx, actor.guild, actor.user_id)
    person = _Person(actor.guild, actor.user_id, name)
    await _delete_texts(tx, person)
    await _withdraw_ratings(tx, person)
    await _delete_rows(tx, person)
    await _clear_columns(tx, person)
    await _replace_with_placeholder(tx, person)
    return ErasureResult(len(upcoming))


def _terms(upcoming: Sequence[SessionView], points: int) -> ErasureTerms:
    return ErasureTerms(len(upcoming), max((each.id for each in upcoming), default=0), points)


async def _remember(tx: Transaction, actor: Actor, guild: GuildSettings) -> None:
    """Remember what an erasure must not undo. Does nothing for a person without data."""
    if not await personal_data.has_data(tx, actor.guild, actor.user_id):
        return
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    latest = (
        None if profile is None else await application_views.find_latest_of_profile(tx, profile.id)
    )
    await returning.remember(
        tx,
        actor.guild,
        actor.user_id,
        may_apply_from=None if latest is None else applications.may_reapply_from(latest, guild),
        was_suspended=profile is not None and profile.status == ProfileStatus.SUSPENDED,
    )


async def _list_upcoming(tx: Transaction, actor: Actor) -> list[tuple[SessionView, Action]]:
    """List the actor's upcoming sessions, each with the action that ends it.

    Raises `StillToSettle` for a session that can't be cancelled any more.
    """
    upcoming = []
    for session in await session_views.list_upcoming(tx, actor, _ALL_SESSIONS):
        endings = set(session.actions(actor.user_id, tx.now)) & {Action.CANCEL, Action.DECLINE}
        if not endings or session.status not in statuses.UPCOMING:
            raise StillToSettle(session.starts_at)
        upcoming.append((session, Action.CANCEL if Action.CANCEL in endings else Action.DECLINE))
    return upcoming


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
        """Return whether a text contains the person's name or id."""
        named = bool(self.name) and self.name.casefold() in text.casefold()
        return named or re.search(rf"(?<!\d){self.user_id}(?!\d)", text) is not None


async def _delete_texts(tx: Transaction, person: _Person) -> None:
    """Delete texts by the person, about the person, and texts that name them."""
    guild_id, user_id = person.guild_id, person.user_id
    rows = await tx.connection.execute(
        select(Session.id, Session.mentor_id, Session.topic).where(Session.id.in_(person.sessions))
    )
    for row in rows.all():
        values: dict[str, Any] = {"ended_reason": None}
        if row.mentor_id == user_id:
            values["meeting_link"] = None
        if row.mentor_id != user_id or person.is_in(row.topic):
            values["topic"] = ""
        await tx.connection.execute(update(Session).where(Session.id == row.id).values(**values))
    await tx.connection.execute(
        update(Review)
        .where(
            Review.profile_id.in_(person.profiles)
            | ((Review.author_id == user_id) & Review.session_id.in_(person.sessions))
        )
        .values(text="", reply=None, replied_at=None, hidden_reason=None)
    )
    await tx.connection.execute(
        update(Review)
        .where(Review.hidden_by == user_id, personal_data.in_guild(Review, guild_id))
        .values(hidden_reason=None)
    )
    accounts = select(Account.id).where(Account.guild_id == guild_id, Account.user_id == user_id)
    await tx.connection.execute(
        update(Transfer)
        .where(
            Transfer.guild_id == guild_id,
            (Transfer.made_by == user_id)
            | Transfer.debit_account_id.in_(accounts)
            | Transfer.credit_account_id.in_(accounts),
        )
        .values(reason=None)
    )
    await tx.connection.execute(
        update(ProfileRevision)
        .where(
            ProfileRevision.decided_by == user_id, personal_data.in_guild(ProfileRevision, guild_id)
        )
        .values(decision_note=None)
    )
    await tx.connection.execute(
        update(Event)
        .where(
            Event.guild_id == guild_id, (Event.subject_id == user_id) | (Event.actor_id == user_id)
        )
        .values(note=None)
    )


async def _withdraw_ratings(tx: Transaction, person: _Person) -> None:
    """Take the person's stars out of the ratings of mentors. `_delete_rows` deletes the reviews.

    Otherwise they could return, unrecognized, and count twice in the same rating.
    """
    rows = await tx.connection.execute(
        select(
            Review.profile_id,
            func.sum(Review.stars).label("stars"),
            func.count().label("reviews"),
        )
        .where(
            Review.author_id == person.user_id,
            Review.session_id.in_(person.sessions),
            Review.counts,
            Review.hidden_at.is_(None),
        )
        .group_by(Review.profile_id)
    )
    for row in rows.all():
        await tx.connection.execute(
            update(MentorProfile)
            .where(MentorProfile.id == row.profile_id)
            .values(
                rating_sum=MentorProfile.rating_sum - int(row.stars),
                rating_count=MentorProfile.rating_count - row.reviews,
            )
        )


async def _delete_rows(tx: Transaction, person: _Person) -> None:
    """Delete rows that concern only the person."""
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
    mention_ids = [row.id for row in mentions if person.is_in(row.key) or person.is_in(row.facts)]
    for condition in (
        (Notification.guild_id == person.guild_id) & (Notification.user_id == person.user_id),
        Notification.revision_id.in_(revisions),
        Notification.id.in_(mention_ids),
    ):
        await tx.connection.execute(delete(Notification).where(condition))
    for table in (ProfileRevision, WeeklyHoursRow, DateOverrideRow, ProfileTag):
        await tx.connection.execute(
            delete(table).where(table.__table__.c.profile_id.in_(person.profiles))
        )
    for column, action in PERSON_COLUMNS:
        if action is ErasureAction.DELETE_ROW:
            await tx.connection.execute(
                delete(column.class_).where(
                    column == person.user_id, personal_data.in_guild(column.class_, person.guild_id)
                )
            )


async def _clear_columns(tx: Transaction, person: _Person) -> None:
    for column, action in PERSON_COLUMNS:
        if action is ErasureAction.SET_NULL:
            await _set_column(tx, person, column, None)


async def _replace_with_placeholder(tx: Transaction, person: _Person) -> None:
    """Put a placeholder with a random id where other people's history needs a person.

    The id is negative, unlike any of Discord's, and can't be traced back to the person.
    """
    placeholder_id = -1 - secrets.randbelow(2**53 - 1)
    has_sessions = await tx.connection.scalar(select(person.sessions.exists()))
    if has_sessions:
        await tx.connection.execute(
            insert(Member).values(
                guild_id=person.guild_id,
                user_id=placeholder_id,
                name=FORMER_MEMBER,
                created_at=tx.now,
            )
        )
        # Stopped before the id changes, so that the search index has dropped the name and bio.
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
    for column, action in PERSON_COLUMNS:
        if action is ErasureAction.PSEUDONYMIZE and column.class_ is not Member:
            await _set_column(tx, person, column, placeholder_id)
    await tx.connection.execute(
        delete(Member).where(Member.guild_id == person.guild_id, Member.user_id == person.user_id)
    )


async def _set_column(tx: Transaction, person: _Person, column: Any, value: int | None) -> None:
    await tx.connection.execute(
        update(column.class_)
        .where(column == person.user_id, personal_data.in_guild(column.class_, person.guild_id))
        .values({column.key: value})
    )
