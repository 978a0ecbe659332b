"""Acts on all sessions of a series at once: confirm, decline, cancel what remains.

Each session changes by the table of transitions, as if it were alone, in one transaction. The other
participant is notified once, of the series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mentorship import consent
from mentorship.actors import Actor
from mentorship.errors import (
    Field,
    InvalidField,
    NotAllowedNow,
    Obstacle,
    Problem,
    Subject,
    Term,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications.policy import WITH_SERIES
from mentorship.notifications.publishing import publish
from mentorship.sessions import lifecycle, refunds, session_views, transitions
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.series import views
from mentorship.sessions.series.views import SeriesView
from mentorship.sessions.session_views import SessionView
from storage import Transaction


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """A series after an act on `count` of its sessions.

    `refund` are the points refunded to the mentee, `earned` those paid to the mentor.
    """

    series: SeriesView
    guild: GuildSettings
    count: int
    refund: int = 0
    earned: int = 0


@dataclass(frozen=True, slots=True)
class CancellationPreview:
    """What cancelling all that remain would do now.

    `sessions` would be cancelled, or declined if their mentor hasn't answered yet. `refund` are the
    points that the mentee gets back. `terms` stands for the sessions and their times.
    """

    series: SeriesView
    guild: GuildSettings
    sessions: tuple[SessionView, ...]
    refund: int
    terms: str

    @property
    def price(self) -> int:
        """The price of these sessions, in points."""
        return sum(session.price for session in self.sessions)


async def load_answerable(
    tx: Transaction, actor: Actor, series_id: int, action: Action
) -> tuple[SeriesView, tuple[SessionView, ...]]:
    """Load a series and those of its sessions that the actor can confirm or decline now.

    Raises `NotFound`, `NotAllowedNow` if there are none, and `NotAMember` for confirming.
    """
    series = await views.load_for_participant(tx, actor, series_id)
    sessions = series.allowing(action, actor.user_id, tx.now)
    if not sessions:
        raise NotAllowedNow(action, Obstacle.NONE_LEFT, subject=Subject.SERIES)
    if action in lifecycle.NEEDS_MEMBER:
        session_views.require_member(actor, sessions[0])
    return series, sessions


async def confirm_series(
    tx: Transaction, actor: Actor, series_id: int, *, terms_shown: str | None = None
) -> SeriesChange:
    """Confirm all pending sessions of a series as its mentor, at their current times.

    `terms_shown` is the `views.times_digest` of the sessions that the mentor saw, None to accept
    any. Raises what `load_answerable` does, and `TermsChanged`.
    """
    _, sessions = await load_answerable(tx, actor, series_id, Action.CONFIRM)
    consent.require(Term.SERIES, terms_shown, views.times_digest(sessions))
    return await _apply(tx, actor, series_id, sessions, EventType.SERIES_CONFIRMED)


async def decline_series(
    tx: Transaction,
    actor: Actor,
    series_id: int,
    reason: str = "",
    *,
    terms_shown: str | None = None,
) -> SeriesChange:
    """Decline all pending sessions of a series as its mentor, with full refunds.

    `terms_shown` is as for `confirm_series`. Raises what that does, and `InvalidField`.
    """
    _require_short(reason)
    _, sessions = await load_answerable(tx, actor, series_id, Action.DECLINE)
    consent.require(Term.SERIES, terms_shown, views.times_digest(sessions))
    return await _apply(tx, actor, series_id, sessions, EventType.SERIES_DECLINED, reason)


async def preview_cancellation(
    tx: Transaction, actor: Actor, series_id: int
) -> CancellationPreview:
    """Return what cancelling all that remain of a series would do now. Changes nothing.

    Raises `NotFound`, and `NotAllowedNow` if nothing remains.
    """
    series = await views.load_for_participant(tx, actor, series_id)
    sessions = _remaining(series, actor.user_id, tx.now)
    refund = refund_if_cancelled(series, actor.user_id, tx.now)
    if refund is None:
        raise NotAllowedNow(Action.CANCEL, Obstacle.NONE_LEFT, subject=Subject.SERIES)
    guild = await guild_settings.load(tx, series.guild_id)
    return CancellationPreview(series, guild, sessions, refund, views.times_digest(sessions))


def refund_if_cancelled(series: SeriesView, user_id: int, now: datetime) -> int | None:
    """Return the mentee's refund if a participant cancels all that remain now.

    None if nothing remains.
    """
    party = series.party(user_id)
    points = [
        refunds.refund(
            lifecycle.transition(_ending(session, party), session.status, party).points,
            session,
            now,
        )
        for session in _remaining(series, user_id, now)
    ]
    return sum(points) if points else None


def _remaining(series: SeriesView, user_id: int, now: datetime) -> tuple[SessionView, ...]:
    """Return the sessions that a participant can cancel or, as their mentor, decline now."""
    party = series.party(user_id)
    return tuple(
        session
        for session in series.sessions
        if _ending(session, party) in session.actions(user_id, now)
    )


async def cancel_series(
    tx: Transaction,
    actor: Actor,
    series_id: int,
    reason: str = "",
    *,
    refund_shown: int | None = None,
    terms_shown: str | None = None,
) -> SeriesChange:
    """Cancel all sessions of a series that have not started, as one of its participants.

    The terms of each session decide about its refund, as when it is cancelled alone. A mentor
    declines those that they haven't confirmed. `refund_shown` (points in all) and `terms_shown` are
    what the actor saw in a `CancellationPreview`, None to accept any. Raises what
    `preview_cancellation` does, `InvalidField` and `TermsChanged`.
    """
    _require_short(reason)
    preview = await preview_cancellation(tx, actor, series_id)
    consent.require(Term.SERIES, terms_shown, preview.terms)
    consent.require(Term.REFUND, refund_shown, preview.refund)
    return await _apply(tx, actor, series_id, preview.sessions, EventType.SERIES_CANCELLED, reason)


def _ending(session: SessionView, party: Party) -> Action:
    """Return how a participant ends a session that has not started."""
    return lifecycle.ending_action(session.status, party, session.unit)


def _require_short(reason: str) -> None:
    most = transitions.LONGEST_REASON
    if len(reason) > most:
        raise InvalidField(Field.REASON, Problem.TOO_LONG, most=most)


async def _apply(
    tx: Transaction,
    actor: Actor,
    series_id: int,
    sessions: Sequence[SessionView],
    event_type: EventType,
    reason: str = "",
) -> SeriesChange:
    """Apply an act to the sessions, and publish it once for the series."""
    first = sessions[0]
    party, other = first.party(actor.user_id), first.other(actor.user_id)
    guild = await guild_settings.load(tx, first.guild_id)
    if reason:
        reason = await transitions.without_message_to_blocker(tx, first, actor, reason)
    refund = earned = 0
    for session in sessions:
        result = await transitions.apply(
            *(tx, guild, session),
            Action.CONFIRM if event_type is EventType.SERIES_CONFIRMED else _ending(session, party),
            party,
            by=actor.user_id,
            reason=reason,
            facts={WITH_SERIES: True},
        )
        refund, earned = refund + result.refund, earned + result.earned
    facts = {"series": series_id, "sessions": len(sessions), "refund": refund, "earned": earned}
    event = Event(
        event_type,
        guild.id,
        actor.user_id,
        subject_id=other.user_id,
        session_id=first.id,
        facts=facts,
    )
    await publish(tx, event, participants=[other.user_id], starts_at=first.starts_at)
    return SeriesChange(await views.load(tx, series_id), guild, len(sessions), refund, earned)
