"""Erase a person's data in a guild, and preview what that does.

`mentorship.operations.erasure_phases.steps` does most of the work, a bounded part of it at a time,
and `mentorship.operations.personal_data` lists the columns. For what is kept, and why, see
`docs/decisions/0013-erasure-keeps-the-ledger.md` and
`docs/decisions/0023-what-outlasts-an-erasure.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from mentorship import consent, faults, statuses
from mentorship.actors import Actor
from mentorship.errors import StillToSettle, Term
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import returning
from mentorship.mentors import applications, own_profile, role_removals
from mentorship.operations import personal_data
from mentorship.operations.erasure_phases import groups as erasure_groups
from mentorship.operations.erasure_phases import steps as erasure_steps
from mentorship.operations.erasure_phases.sessions import ROWS_PER_ENDED_SESSION
from mentorship.points import ledger
from mentorship.recognition import earned_roles
from mentorship.sessions import session_views, transitions
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.tables import MentorProfile, ProfileRevision

_ALL_SESSIONS = 10_000
"""More upcoming sessions than any person has."""


@dataclass(frozen=True, slots=True)
class ErasureTerms:
    """What a person agrees to lose: how many upcoming sessions, and how many points.

    A mentor's group session is one of the sessions. `latest_session` and `latest_group` are the
    highest ids of those sessions, 0 without any. So one that was cancelled and another that was
    booked don't make up for each other.
    """

    sessions: int
    latest_session: int
    points: int
    latest_group: int = 0

    def require(self, current: ErasureTerms) -> None:
        """Raise `TermsChanged` unless `current` is what these terms say."""
        consent.require(Term.COUNT, self.sessions, current.sessions)
        consent.require(Term.COUNT, self.latest_session, current.latest_session)
        consent.require(Term.COUNT, self.latest_group, current.latest_group)
        consent.require(Term.BALANCE, self.points, current.points)


@dataclass(frozen=True, slots=True)
class ErasurePreview:
    """What erasing a person would do: cancel the `upcoming` sessions, and remove `points`.

    `groups` are the group sessions that they mentor, which are cancelled as well.

    `has_data` is False if the guild has no data about them. `in_progress` tells that they are being
    erased already, and have done nothing here since.
    """

    has_data: bool
    is_mentor: bool
    points: int
    upcoming: tuple[SessionView, ...]
    in_progress: bool = False
    groups: tuple[GroupView, ...] = ()

    @property
    def terms(self) -> ErasureTerms:
        """What the person has to agree to."""
        return _terms(self.upcoming, self.groups, self.points)


@dataclass(frozen=True, slots=True)
class ErasureResult:
    """The number of sessions that an erasure cancels or declines.

    `unfinished` is the id of an erasure with more rows than one transaction handles. The caller
    then calls `erasure_steps.step` until it returns False; a job does so if the caller doesn't.
    """

    cancelled_sessions: int
    unfinished: int | None = None


async def preview(tx: Transaction, actor: Actor) -> ErasurePreview:
    """Return what erasing the actor in this guild would do. Raises `StillToSettle`."""
    if await is_in_progress(tx, actor):
        return ErasurePreview(
            has_data=True, is_mentor=False, points=0, upcoming=(), in_progress=True
        )
    upcoming = await _list_upcoming(tx, actor)
    groups = await erasure_groups.list_upcoming(tx, actor)
    profile = await tx.connection.scalar(
        select(MentorProfile.status).where(*personal_data.owned_by(MentorProfile, actor))
    )
    return ErasurePreview(
        await personal_data.has_data(tx, actor.guild, actor.user_id),
        profile not in (None, ProfileStatus.APPLICANT),
        await ledger.load_balance(tx, actor),
        tuple(session for session, _ in upcoming),
        groups=tuple(groups),
    )


async def is_in_progress(tx: Transaction, actor: Actor) -> bool:
    """Return whether the actor is being erased, and has done nothing in this guild since."""
    unfinished = await erasure_steps.find(tx, actor.guild, actor.user_id)
    return unfinished is not None and not unfinished.has_returned


async def erase(
    tx: Transaction,
    actor: Actor,
    seen: ErasureTerms | None = None,
    rows: int = erasure_steps.ROWS_PER_STEP,
) -> ErasureResult:
    """Erase the actor from this guild's data: every id, name and text of theirs.

    `seen` are the terms that they agreed to, None to accept any. This transaction handles about as
    many rows as `rows`: see `ErasureResult.unfinished`. Writes nothing about a person without data.

    Upcoming sessions are cancelled or declined first, as if by the actor. If that fails because of
    corrupt rows, it is retried later and doesn't delay the rest. The remaining points are returned
    to the issuance account, so that balances still match the transfers. Their reviews no longer
    count. Sessions that took place keep their times and prices; a placeholder replaces the person.
    Raises `StillToSettle` while a session holds points and can't be cancelled any more, and
    `TermsChanged`.
    """
    unfinished = await erasure_steps.find(tx, actor.guild, actor.user_id)
    if unfinished is not None and not unfinished.has_returned:
        return ErasureResult(0, unfinished.id)
    upcoming = await _list_upcoming(tx, actor)
    groups = await erasure_groups.list_upcoming(tx, actor)
    if seen is not None:
        sessions = [session for session, _ in upcoming]
        seen.require(_terms(sessions, groups, await ledger.load_balance(tx, actor)))
    if not await personal_data.has_data(tx, actor.guild, actor.user_id):
        return ErasureResult(0)
    await _remember(tx, actor, await guild_settings.load(tx, actor.guild))
    # Before the account is closed, since these may refund points to the actor. There are as many as
    # a member may book. A mentor may have more sessions, which the steps end.
    booked = [each for each in upcoming if each[0].party(actor.user_id) is Party.MENTEE]
    failures = await _end(tx, actor, booked)
    rows -= ROWS_PER_ENDED_SESSION * len(booked)
    erasure_id = await erasure_steps.begin(tx, actor.guild, actor.user_id)
    is_unfinished = await erasure_steps.step(tx, erasure_id, rows)
    ended = len(upcoming) - failures + len(groups)
    return ErasureResult(ended, erasure_id if is_unfinished else None)


async def _end(
    tx: Transaction, actor: Actor, sessions: Sequence[tuple[SessionView, Action]]
) -> int:
    """End sessions, each by an action of the actor. Returns how many can't be ended.

    Those stay the actor's until a step can end them (`erasure_sessions.end_upcoming`).
    """

    async def end(ending: tuple[SessionView, Action]) -> None:
        session, action = ending
        await transitions.apply_as_participant(tx, actor, session.id, action)

    kind = FaultKind.CANCELLATION
    outcome = await faults.isolate(tx, kind, sessions, end, lambda ending: ending[0].id)
    return len(outcome.failures)


def _terms(
    upcoming: Sequence[SessionView], groups: Sequence[GroupView], points: int
) -> ErasureTerms:
    return ErasureTerms(
        len(upcoming) + len(groups),
        max((each.id for each in upcoming), default=0),
        points,
        max((each.id for each in groups), default=0),
    )


_LATEST_DECISION = (
    select(ProfileRevision.status, ProfileRevision.decided_at)
    .where(ProfileRevision.profile_id == bindparam("profile"))
    .order_by(ProfileRevision.id.desc())
    .limit(1)
)


async def _remember(tx: Transaction, actor: Actor, guild: GuildSettings) -> None:
    """Remember what an erasure must not undo, and what is left to do in Discord."""
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    if (
        profile is not None
        and profile.status != ProfileStatus.APPLICANT
        and guild.mentor_role_id is not None
    ):
        await role_removals.schedule(tx, actor.guild, actor.user_id, guild.mentor_role_id)
    if profile is not None:
        await earned_roles.schedule_removals(tx, profile.id, actor.user_id)
    # Without its content, which may be unreadable.
    latest = (
        None
        if profile is None
        else (await tx.connection.execute(_LATEST_DECISION, {"profile": profile.id})).one_or_none()
    )
    await returning.remember(
        tx,
        actor.guild,
        actor.user_id,
        may_apply_from=None
        if latest is None
        else applications.may_reapply_from(latest.status, latest.decided_at, guild),
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
