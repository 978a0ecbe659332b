"""Blocking a member: the block itself, and the end of what is pending between the two."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, literal_column, select, union_all

from mentorship import consent
from mentorship.actors import Actor
from mentorship.errors import NotBlockable, NotFound, Subject, Term
from mentorship.guilds import guild_settings
from mentorship.members import blocks, members
from mentorship.sessions import lifecycle, session_views, transitions
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.offers import invitation_answers
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import UPCOMING, SessionStatus
from storage import Transaction
from storage.tables import Commitment, Participant, Session


@dataclass(frozen=True, slots=True)
class BlockTarget:
    """The person to block. `name` is None if the caller only knows the id."""

    user_id: int
    name: str | None = None
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class BlockEffects:
    """What a block of somebody does to the sessions that the two have with each other.

    Seats of one in a group session of the other are among them. The pending `requests` end with a
    full refund, and so do seats that were moved and aren't kept yet. Of the `confirmed` sessions
    and seats none is cancelled.
    """

    user_id: int
    requests: tuple[SessionView, ...]
    confirmed: tuple[SessionView, ...]


_SHARED = select(Session.id).where(
    # `+ 0` keeps SQLite from reading all sessions of the guild.
    Session.guild_id + 0 == bindparam("guild"),
    Session.status.in_(UPCOMING),
    Session.starts_at > bindparam("now"),
    # By the commitments that aren't over: there are few, while a person's sessions may be many.
    *(
        Session.id.in_(
            select(Commitment.session_id).where(
                Commitment.user_id == bindparam(user), Commitment.ends_at > bindparam("now")
            )
        )
        for user in ("one", "other")
    ),
)

_SEATS = [
    select(Participant.session_id)
    .join(Session, Session.id == Participant.session_id)
    .where(
        Participant.guild_id == bindparam("guild"),
        Participant.user_id == bindparam(attendee),
        Participant.role == literal_column("'mentee'"),
        Participant.session_status == literal_column(f"'{status}'"),
        Participant.session_starts_at > bindparam("now"),
        Participant.group_id.is_not(None),
        Session.mentor_id == bindparam(mentor),
    )
    for attendee, mentor in (("one", "other"), ("other", "one"))
    for status in sorted(UPCOMING)
]
# By the attendees' seats that aren't over. The mentor's time is held for the group session, and a
# seat that isn't kept yet holds nobody's.
_SHARED_SEATS = union_all(*_SEATS)

_ENDINGS = (Action.DECLINE, Action.CANCEL)
_PROPOSAL_ENDINGS = (Action.DECLINE_PROPOSAL, Action.WITHDRAW_PROPOSAL)


async def preview(tx: Transaction, actor: Actor, target: BlockTarget) -> BlockEffects:
    """Return what `block` would do. Writes nothing.

    Raises `NotBlockable`, `NotAMember`, and `NotFound` for somebody who was erased.
    """
    await members.require_present(tx, actor)
    if target.user_id < 0:
        raise NotFound(Subject.MEMBER)
    if target.user_id == actor.user_id or target.is_bot:
        raise NotBlockable(is_bot=target.is_bot)
    params = {
        "guild": actor.guild,
        "one": actor.user_id,
        "other": target.user_id,
        "now": tx.now,
    }
    sessions = await tx.connection.scalars(_SHARED, params)
    seats = await tx.connection.scalars(_SHARED_SEATS, params)
    shared = await session_views.list_by_id(tx, [*sessions, *seats])
    shared = sorted(shared, key=lambda each: (each.starts_at, each.id))
    return BlockEffects(
        target.user_id,
        tuple(each for each in shared if each.status is SessionStatus.SCHEDULED),
        tuple(each for each in shared if each.status is SessionStatus.CONFIRMED),
    )


async def block(
    tx: Transaction, actor: Actor, target: BlockTarget, requests_shown: int | None = None
) -> BlockEffects:
    """Block a member in this guild. Blocking them once more only ends what is pending.

    Requests between the two are declined, or taken back, with a full refund and without a reason.
    Moved seats that aren't kept yet end in the same way, and reschedule requests end.
    `requests_shown` is how many requests and such seats the actor has agreed to end, None to accept
    any number. Raises what `preview` does, and `TermsChanged`.
    """
    effects = await preview(tx, actor, target)
    consent.require(Term.COUNT, requests_shown, len(effects.requests))
    guild = await guild_settings.load_or_create(tx, actor.guild)
    if not actor.outside_guild:
        await members.record(tx, actor)
    await blocks.insert(tx, guild.id, actor.user_id, target.user_id, target.name)
    await invitation_answers.end_between(tx, guild.id, actor.user_id, target.user_id)
    for session in (*effects.requests, *effects.confirmed):
        is_request = session.status is SessionStatus.SCHEDULED
        party = session.party(actor.user_id)
        for action in _ENDINGS if is_request else _PROPOSAL_ENDINGS:
            if action in lifecycle.available_actions(party, session.state, tx.now):
                await transitions.apply(
                    *(tx, guild, session, action, party),
                    by=actor.user_id,
                )
                break
    return effects
